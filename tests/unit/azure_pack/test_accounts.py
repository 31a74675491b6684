"""One name, several accounts: users who are made anew while their deletion is waited for, and declarations that are
bound to what was seen."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.expected import (
    Expected,
    declare_expected,
    seen,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.accounts import (
    is_another,
    moment,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.users import (
    subscription_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.users import plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import (
    UserOutcome,
    carry_out,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.deletion import (
    wait_for_deletions,
)
from hypothesis import given
from hypothesis import strategies as st

from .deletions import GOING, GONE, watch
from .service import NAME, Service, subscriptions, user, wire

LATER = "2026-06-28T08:00:00.003"
DATES = st.datetimes(min_value=datetime(2013, 1, 1), max_value=datetime(2100, 1, 1))


@given(DATES, st.sampled_from(["", "Z", "+00:00"]), st.sampled_from(["T", " "]), st.integers(0, 9))
def test_a_date_is_the_same_in_every_way_that_it_is_written(
    date: datetime, zone: str, between: str, digits: int
) -> None:
    fraction = f"{date.microsecond:06d}000"[:digits]
    text = f"{date:%Y-%m-%d}{between}{date:%H:%M:%S}{'.' + fraction if fraction else ''}{zone}"
    assert is_another(text, date.isoformat()) is False
    assert is_another((date + timedelta(seconds=2)).isoformat(), text) is True


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00", "yesterday", "2026-13-01T00:00:00", "2026-06-27", "/Date(1372367730787)/"]
)
def test_what_is_no_date_tells_nothing(text: str | None) -> None:
    assert moment(text) is None and is_another(text, LATER) is None and is_another(LATER, text) is None


NEW = wire(CreatedTime=LATER)
UNDATED = [wire(state=state, CreatedTime=None) for state in ("pending_validation", "active", "suspended")]


@pytest.mark.parametrize(
    "looks",
    [
        (GOING, NEW),
        (NEW,),
        (GOING, GONE, NEW, NEW),
        (wire(), NEW),
        (GOING, wire(state="delete_pending", CreatedTime=LATER)),
    ],
)
def test_a_user_who_is_made_anew_is_recognised_and_left_alone(looks: t.Any) -> None:
    for ordered in (True, False):
        outcome, service = watch(*looks, ordered=ordered)
        assert (outcome.status, outcome.details["reason"], outcome.deletion, outcome.changed) == (
            "failed",
            "made_anew",
            "finished",
            ordered,
        )
        assert outcome.user is not None and outcome.user.created == LATER
        assert [entry for entry in service.sent if entry[0] != "GET"] == []


@pytest.mark.parametrize("back", UNDATED)
def test_without_dates_the_state_tells(back: t.Any) -> None:
    outcome, _service = watch(GOING, back)
    assert (outcome.status, outcome.details.get("reason")) == ("failed", "made_anew")


def test_a_state_that_lags_is_nobody_new() -> None:
    assert watch(wire(), wire(), GOING, GONE)[0].deletion == "finished"
    outcome, _service = watch(*[wire(CreatedTime=None)] * 2, timeout=20)
    assert (outcome.deletion, outcome.details.get("reason")) == ("accepted", "deletion_not_finished")


class Reborn(Service):
    """Somebody makes the user again as soon as it is gone, as a portal does at the next login."""

    def _settle(self) -> None:
        before = set(self.users)
        super()._settle()
        for key in before - set(self.users):
            self.put(name=key, CreatedTime=LATER)


@pytest.mark.parametrize("trouble", [None, "after", "500"])
@pytest.mark.parametrize(("wait", "takes"), [(True, 0), (True, 7), (False, 0)])
def test_nobody_deletes_the_new_user(trouble: str | None, wait: bool, takes: float) -> None:
    service = Reborn(takes=takes, trouble=[trouble])
    service.put()

    def run(**options: t.Any) -> UserOutcome:
        outcome = carry_out(
            read_and_plan(service.api(), UserDeclaration("absent", NAME, **options)), service.api(), lambda: service.now
        )
        wait_for_deletions(
            [outcome], service.api(), Waiting(wait, 60, 5), clock=lambda: service.now, sleep=service.sleep
        )
        return outcome

    first = run()
    assert (first.status, first.details["reason"], first.deletion, first.changed) == (
        "failed",
        "made_anew",
        "finished",
        True,
    )
    # Bound to the account that was meant, a second run does not touch the one that came after it.
    second = run(expected=Expected(created=wire()["CreatedTime"]))
    assert (second.status, second.details["reason"], second.changed) == ("failed", "made_anew", False)
    assert len(service.writes) == 1 and service.users[NAME]["CreatedTime"] == LATER


def test_the_end_of_patience_binds_the_next_run_or_does_not_ask_for_one() -> None:
    """What the advice names is an option with which the next run leaves a new user alone."""
    outcome, _service = watch(GOING, timeout=20)
    assert f"created: '{wire()['CreatedTime']}'" in outcome.message
    never, _service = watch(wire(), timeout=20)
    assert "expected" not in never.message


STATES = st.sampled_from(["pending_validation", "active", "suspended", "delete_pending"])


@st.composite
def worlds(draw: t.Any) -> tuple[t.Any, ...]:
    """What somebody saw, what is there by the time it is acted upon, and with which declaration."""

    def one() -> t.Any:
        if draw(st.integers(0, 4)) == 0:
            return None, []
        owned = draw(st.lists(st.integers(0, 5), unique=True, max_size=4))
        listed = [subscription_from_wire(item) for number, item in enumerate(subscriptions(6)) if number in owned]
        state, sync = draw(STATES), draw(st.sampled_from(["in_sync", "syncing", "out_of_sync"]))
        return user(
            state=state,
            sync=sync,
            owns=len(owned),
            CreatedTime=draw(st.sampled_from([wire()["CreatedTime"], LATER, None])),
        ), listed

    return one(), one(), draw(st.sampled_from(["fail", "delete", "orphan"]))


@given(worlds())
def test_what_goes_is_what_was_seen(world: tuple[t.Any, ...]) -> None:
    (before, shown), (now, owned), policy = world
    expected, problems = declare_expected(seen(before, shown))
    assert problems == []
    made = plan_user(UserDeclaration("absent", NAME, subscriptions=policy, expected=expected), now, owned)
    if made.operations:
        assert before is not None, "nobody was there"
        assert before.created is not None and before.created == now.created
        assert {each.id for each in owned} <= {each.id for each in shown}
    if before == now and shown == owned:
        assert made == plan_user(UserDeclaration("absent", NAME, subscriptions=policy, expected=expected), now, owned)
        free = plan_user(UserDeclaration("absent", NAME, subscriptions=policy), now, owned)
        assert made.operations == (free.operations if before is None or before.created else ())


@given(
    st.integers(1, 4),
    st.integers(0, 3),
    st.sampled_from(["delete", "orphan"]),
    st.sampled_from(["pending_validation", "active", "suspended"]),
)
def test_what_is_not_listed_does_not_go(owns: int, listed: int, policy: str, state: str) -> None:
    made = plan_user(
        UserDeclaration("absent", NAME, subscriptions=policy),
        user(state=state, owns=owns),
        [subscription_from_wire(i) for i in subscriptions(listed)],
    )
    assert bool(made.operations) is (listed >= owns)
    if not made.operations:
        assert made.details["reason"] == "unexpected_subscriptions"


BAD = [
    None,
    "x",
    [],
    {},
    {"exists": None},
    {"created": None},
    {"subscriptions": None},
    {"created": "yesterday"},
    {"created": ""},
    {"subscriptions": "id-1"},
    {"subscriptions": "['id-1']"},
    {"subscriptions": [""]},
    {"subscriptions": [5]},
    {"exists": "perhaps"},
    {"exists": False, "created": LATER},
    {"exists": False, "subscriptions": ["x"]},
    {"subscription": ["x"]},
]


@pytest.mark.parametrize("raw", BAD)
def test_a_guard_that_says_nothing_is_refused(raw: t.Any) -> None:
    assert declare_user({"name": NAME, "state": "absent", "expected": raw})[1], raw


def test_nobody_is_created_where_that_is_excluded() -> None:
    for state in ("present", "suspended"):
        row, problems = declare_user({"name": NAME, "state": state, "create": "no"})
        made = plan_user(row, None)
        assert problems == [] and made.operations == () and made.details == {"reason": "no_such_user"}
        assert plan_user(row, user(state="pending_validation")).operations[0].action == "update"
    assert plan_user(UserDeclaration("absent", NAME, create=False), None) == RowPlan(
        UserDeclaration("absent", NAME, create=False), looked=True
    )


@given(
    st.sampled_from(["present", "suspended", "absent"]),
    st.sampled_from([NAME, NAME.upper()]),
    STATES,
    st.sampled_from(["fail", "delete", "orphan"]),
)
def test_who_is_signed_in_is_not_suspended_or_deleted(state: str, name: str, found: str, policy: str) -> None:
    made = plan_user(UserDeclaration(state, name, subscriptions=policy), user(state=found), acting=NAME)
    assert not made.operations or state == "present"
    if made.refusal and found != "delete_pending":
        assert made.details["reason"] == "acting_identity"
    assert plan_user(
        UserDeclaration(state, name, subscriptions=policy), user(state=found), acting="other@x"
    ) == plan_user(UserDeclaration(state, name, subscriptions=policy), user(state=found))


def test_seen_says_what_was_looked_at() -> None:
    assert seen(None, ()) == {"exists": False}
    assert seen(user(), ()) == {"exists": True, "subscriptions": [], "created": wire()["CreatedTime"]}
    assert seen(user(), None) == {"exists": True, "created": wire()["CreatedTime"]}


@pytest.mark.parametrize("created", [None, "", "0001-01-01T00:00:00", wire()["CreatedTime"]])
def test_somebody_of_unknown_age_is_bound_to_nobody(created: str | None) -> None:
    shown = seen(user(CreatedTime=None), ())
    assert shown["created"] == "unknown"
    expected, problems = declare_expected(shown)
    assert problems == []
    for state in ("absent", "suspended"):
        made = plan_user(UserDeclaration(state, NAME, expected=expected), user(CreatedTime=created), [])
        assert made.operations == () and made.details["reason"] == "unexpected_user"
