"""The parts that need no server: paths, numbers, XML, and deletions against a model of what the reference says about them."""

from __future__ import annotations

import json
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from emulator.azure_pack import deletion, seed
from emulator.azure_pack.contracts import format_created, rounded
from emulator.azure_pack.errors import Refusal
from emulator.azure_pack.request import split_path, user_name_in
from emulator.azure_pack.safe_xml import BadXml, parse, to_value
from emulator.azure_pack.wire import negotiate, write_xml
from emulator.kernel.core import Core
from emulator.kernel.switches import Switches
from emulator.services import SERVICES, SWITCHES
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


@pytest.fixture(scope="module")
def core(tmp_path_factory):
    partner = {"tenant_id": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10", "domain": "northwind-partner.onmicrosoft.com"}
    core = Core(SERVICES, tmp_path_factory.mktemp("core"), seed={"partner": partner})
    yield core
    core.close()


@given(TEXT)
def test_an_encoded_name_arrives_or_is_refused(name):
    path = "/users/" + quote(name, safe="")
    assert user_name_in(path) == name
    switches = Switches(SWITCHES)
    if set(name) & set("/\\%&:*?<>#"):
        with pytest.raises(Refusal):
            split_path(path, switches)
        switches.azure_pack_path_validation = False
    assert split_path(path, switches) == ["users", name]


@given(st.floats(0, 4e9))
def test_times_end_in_0_3_or_7(timestamp):
    kept = rounded(timestamp)
    assert abs(kept - timestamp) <= 1 / 300
    assert format_created(kept, zone=False)[-1] in "037"
    assert rounded(kept) == pytest.approx(kept, abs=1e-6)


@given(st.binary())
def test_bytes_are_xml_or_refused(raw):
    try:
        parse(raw)
    except BadXml:
        pass


@given(
    st.dictionaries(
        st.sampled_from(["Name", "Email", "A", "B"]),
        st.none() | TEXT | st.booleans() | st.lists(TEXT, max_size=2),
        max_size=4,
    )
)
def test_what_is_written_can_be_read(document):
    root = ElementTree.fromstring(write_xml("User", document))
    assert [each.tag.rpartition("}")[2] for each in root] == list(document)
    for each, value in zip(root, document.values(), strict=True):
        if isinstance(value, str):
            assert each.text == value.replace("\r\n", "\n").replace("\r", "\n")
        elif isinstance(value, list):
            assert [item.text for item in each] == value


def test_values_of_xml():
    assert to_value(parse(b"<a><b>1</b><b/><c x='1'><d> 2 </d></c></a>")) == {"b": ["1", ""], "c": {"d": "2"}}


@given(st.text(alphabet="application/jsonxml,;q=01.* ", max_size=40))
def test_any_accept_has_an_answer(accept):
    assert negotiate(accept, None) in ("application/json", "text/json", "application/xml", "text/xml")


def test_a_database_without_azure_pack_gets_it_from_the_seed(tmp_path):
    database = str(tmp_path / "state.sqlite")
    first = Core(SERVICES, tmp_path, database)
    first.store.execute("DELETE FROM meta WHERE name = 'azure_pack'")
    first.store.azure_pack.clear()
    first.close()
    for dummy in range(2):
        again = Core(SERVICES, tmp_path, database)
        assert (len(again.store.azure_pack.users()), again.azure_pack.plans) == (
            6,
            ["hosting-basic", "hosting-premium"],
        )
        again.close()


# Deletions

PROVIDERS = st.lists(st.tuples(st.sampled_from(["ok", "fail", "hang"]), st.integers(0, 20)), max_size=4)


@given(PROVIDERS, st.booleans(), st.booleans(), st.integers(0, 15), st.lists(st.integers(1, 8), max_size=6))
def test_deletions_go_as_the_model_says(core, providers, subscriptions, force, user_seconds, steps):
    """At each moment: who is there, in which state, with how many subscriptions, and what was orphaned."""
    core.reset()
    core.set_switches({"azure_pack_delete_seconds": user_seconds})
    document = {
        "name": "a@x.example",
        "subscriptions": [
            {"name": f"{index}", "provider": {"outcome": outcome, "seconds": seconds}}
            for index, (outcome, seconds) in enumerate(providers)
        ],
    }
    store = core.store.azure_pack
    seed.load_users(store, document, core.clock.now())
    user = store.user("a@x.example")
    if providers and not subscriptions and not force:
        with pytest.raises(Refusal):
            deletion.delete_user(core, user, subscriptions=False, force=False)
        assert (store.user("a@x.example").state, store.count_subscriptions(user)) == (1, len(providers))
        return
    deletion.delete_user(core, user, subscriptions=subscriptions, force=force)
    elapsed = 0
    for step in [0, *steps]:
        # Half a second beside the whole ones, so that the time the test takes decides nothing.
        core.clock.advance(step + (0.5 if step and elapsed == 0 else 0))
        elapsed += step
        deletion.settle(core)
        there, state, sync, count, orphans = _model(providers, subscriptions, force, user_seconds, elapsed)
        found = store.user("a@x.example")
        assert (found is not None) is there
        assert len(store.orphans()) == orphans
        if found is not None:
            assert (found.state, found.sync_state, store.count_subscriptions(found)) == (state, sync, count)
            assert (found.last_error is not None) is (sync == 2)


def _model(providers, subscriptions, force, user_seconds, elapsed):
    if force and not subscriptions:
        return False, None, None, 0, len(providers)
    over = [outcome != "hang" and elapsed >= seconds for outcome, seconds in providers]
    if force:
        left = [not done and outcome != "hang" for (outcome, dummy), done in zip(providers, over, strict=True)]
        orphans = sum(
            outcome == "hang" or (outcome == "fail" and done)
            for (outcome, dummy), done in zip(providers, over, strict=True)
        )
    else:
        left = [not (done and outcome == "ok") for (outcome, dummy), done in zip(providers, over, strict=True)]
        orphans = 0
    if not any(left):
        return elapsed < user_seconds, 3, 1, 0, orphans
    failed = not force and all(done for done, remains in zip(over, left, strict=True) if remains)
    return True, 3, 2 if failed else 1, sum(left), orphans


def test_the_log_has_no_secret_of_any_body():
    from emulator.azure_pack.log_fields import read_xml
    from emulator.kernel.log import readable_body

    body = (
        b"<E><UsernameToken><Username>u</Username><Password>canary</Password></UsernameToken><Token>canary</Token></E>"
    )
    assert "canary" not in json.dumps(readable_body(body, "application/soap+xml", read_xml))
