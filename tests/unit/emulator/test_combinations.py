"""Settings of the trials hold every combination of two values, and the emulator takes them."""

from __future__ import annotations

from itertools import combinations

from emulator import services
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import switches, worlds
from trials.combinations import all_pairs


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=2),
        st.lists(st.integers(), min_size=1, max_size=4, unique=True),
        min_size=2,
        max_size=7,
    )
)
def test_every_pair_is_there(values):
    found = all_pairs(values)
    for one, two in combinations(values, 2):
        assert {(each[one], each[two]) for each in found} == {(a, b) for a in values[one] for b in values[two]}
    assert all(set(each) == set(values) for each in found) and found == all_pairs(values)


def test_worlds_begin_with_all_pairs():
    assert 10 < len(worlds.PAIRS) < 60, "the sample of the tests holds them all"
    assert [worlds.make(number).switches for number in (1, len(worlds.PAIRS))] == [worlds.PAIRS[0], worlds.PAIRS[-1]]
    known = {each.name: each for each in services.SWITCHES}
    for name, few in worlds.SWITCHES.items():
        assert known[name].default == few[0] and all(map(known[name].accepts, few)), name
        assert name not in switches.NO_FORM


def test_worlds_have_every_switch_that_there_is():
    """A switch that is new is in some worlds, or the tables do not fit together any more."""
    known = {each.name: each for each in services.SWITCHES}
    parts = (worlds.SWITCHES, worlds.SLOW, worlds.RARE, worlds.OTHERS)
    assert sorted(name for part in parts for name in part) == sorted(known)
    for name, values in (item for part in parts for item in part.items()):
        assert [value for value in values if value != known[name].default], f"{name} is always as it is"
        assert all(map(known[name].accepts, values)), name
    made = [worlds.make(number).switches for number in range(1, 2001)]
    changed = {name for each in made for name, value in each.items() if value != known[name].default}
    assert changed == set(known), set(known) - changed
    for each in made:
        assert all(known[name].accepts(value) for name, value in each.items())


def test_no_switch_is_left_out():
    assert switches.untried() == []
