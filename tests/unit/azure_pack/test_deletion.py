"""Waiting: 404 is the end, two failures in a row are one, and nothing else is either."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.client import Api
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import (
    UserOutcome,
    carry_out,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import (
    converge,
    read_and_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.deletion import (
    wait_for_deletions,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.results import user_diff
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import Deletion, Verdict
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.run_limit import RunLimit

from .deletions import GOING, GONE, Seen, watch
from .service import NAME, Response, Service, refused, user, wire

FAILED = wire(state="delete_pending", sync="out_of_sync", error="The provider is down.")
ACTIVE = wire()
HTML = Response(404, b"<html>404.11</html>", {"Content-Type": "text/html"})


class Stopped:
    """An interruption that comes after so many questions."""

    def __init__(self, after: int) -> None:
        self.left = after

    def reached(self) -> str:
        self.left -= 1
        return "" if self.left >= 0 else "The run was interrupted."

    def wait(self, seconds: float) -> bool:
        return bool(self.reached())


def test_an_interruption_ends_the_watching_and_what_was_ordered_stays_ordered() -> None:
    service = Seen(GOING)
    outcomes = [
        UserOutcome(RowPlan(UserDeclaration("absent", NAME), user()), "changed", deletion="accepted", done=["delete"]),
        UserOutcome(RowPlan(UserDeclaration("absent", NAME), user()), "ok", deletion="running"),
    ]
    ended: list[UserOutcome] = []
    # The clock stands still: without the interruption this would never end.
    waiting = Waiting(True, 600, 5)
    wait_for_deletions(
        outcomes, service.api(), waiting, clock=lambda: service.now, interruption=Stopped(3), ended=ended.append
    )
    assert [(each.status, each.deletion, each.changed, each.details["reason"]) for each in outcomes] == [
        ("failed", "accepted", True, "interrupted"), ("failed", "running", False, "interrupted"),
    ]  # fmt: skip
    assert ended == outcomes and service.sent


def test_gone_at_once() -> None:
    outcome, service = watch(GONE)
    assert (outcome.status, outcome.deletion, outcome.seconds, outcome.user) == ("changed", "finished", 0.0, None)
    assert [request[1] for request in service.sent] == [f"users/{NAME}", "users"], "the list of users is asked, too"


@pytest.mark.parametrize("listing", [refused(500), refused(404), Response(200, {"items": 7}), HTML])
def test_a_list_that_does_not_say_is_no_end(listing: Response) -> None:
    outcome, _service = watch(GONE, listing=listing, timeout=20)
    assert (outcome.status, outcome.deletion) == ("failed", "accepted") and outcome.changed


def test_the_pauses_grow_to_the_interval() -> None:
    outcome, service = watch(GOING, GOING, GOING, GOING, GOING, GOING, GONE)
    assert outcome.deletion == "finished" and service.now == 0.5 + 1 + 2 + 4 + 5 + 5


def test_a_failure_is_believed_when_it_stays() -> None:
    outcome, service = watch(GOING, FAILED)
    assert (outcome.status, outcome.deletion, outcome.seconds) == ("failed", "failed", 5.5)
    assert outcome.details["reason"] == "deletion_failed"
    assert "The provider is down." in outcome.message and "orphan" in outcome.message


def test_a_failure_of_the_time_before_the_order_is_not() -> None:
    assert watch(FAILED, GOING, FAILED, GOING, GONE)[0].deletion == "finished"


def test_the_state_may_lag_behind_the_order() -> None:
    assert watch(ACTIVE, ACTIVE, GOING, GONE)[0].deletion == "finished"


def test_the_end_of_patience_says_that_it_goes_on() -> None:
    outcome, service = watch(GOING, timeout=30)
    assert (outcome.status, outcome.deletion) == ("failed", "accepted") and service.now == 30 and outcome.changed
    assert outcome.details["reason"] == "deletion_not_finished" and "delete_pending, syncing" in outcome.message
    assert watch(GOING, timeout=30, ordered=False)[0].deletion == "running"


@pytest.mark.parametrize(
    "trouble", [refused(500), refused(503), HTML, Response(200, b"{"), Response(200, {"Name": "other"})]
)
def test_a_bad_look_is_no_look(trouble: Response) -> None:
    assert watch(trouble, trouble, trouble, trouble, trouble, trouble, GONE, timeout=300)[0].deletion == "finished"


def test_a_mistake_of_ours_in_a_look_loses_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deletion has been ordered: whatever happens afterwards, its row has to say so."""

    def broken(self: Api, name: str) -> None:
        raise TypeError("a secret")

    monkeypatch.setattr(Api, "user", broken)
    outcome, _service = watch(GOING, timeout=20)
    assert (outcome.status, outcome.deletion, outcome.changed) == ("failed", "accepted", True)
    assert "TypeError" in outcome.message and "secret" not in outcome.message


def test_a_page_that_says_404_is_not_the_end() -> None:
    outcome, _service = watch(HTML, timeout=20)
    assert (outcome.status, outcome.deletion) == ("failed", "accepted")
    assert outcome.details["reason"] == "absence_unclear"


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_ends_is_told_with_the_order(status: int) -> None:
    outcome, service = watch(GOING, refused(status, "expired"))
    assert outcome.status == "failed" and outcome.deletion == "accepted" and outcome.details["http_status"] == status
    assert service.now == 0.5


def test_many_are_waited_for_together() -> None:
    service = Service(takes=100)
    outcomes = []
    for number in range(30):
        service.put(name=f"user{number}@x")
        outcomes.append(
            carry_out(
                read_and_plan(service.api(), UserDeclaration("absent", f"user{number}@x")),
                service.api(),
                lambda: service.now,
            )
        )
    wait_for_deletions(
        outcomes, service.api(), Waiting(True, 600, 5), max_parallel=4, clock=lambda: service.now, sleep=service.sleep
    )
    assert {outcome.deletion for outcome in outcomes} == {"finished"} and 100 <= service.now <= 106


def test_without_waiting_nothing_is_claimed() -> None:
    service = Service(takes=100)
    service.put()
    row = UserDeclaration("absent", NAME)
    first = carry_out(read_and_plan(service.api(), row), service.api(), lambda: service.now)
    wait_for_deletions([first], service.api(), Waiting(False), clock=lambda: service.now, sleep=service.sleep)
    assert (first.status, first.deletion) == ("changed", "accepted") and NAME in first.message
    assert first.user is not None and first.user.state == "delete_pending"
    sides = [json.loads(user_diff(first)[side])["state"] for side in ("before", "after")]
    assert sides == ["active", "delete_pending"]
    second = carry_out(read_and_plan(service.api(), row), service.api(), lambda: service.now)
    wait_for_deletions([second], service.api(), Waiting(False), clock=lambda: service.now, sleep=service.sleep)
    assert (second.status, second.changed, second.deletion) == ("ok", False, "running") and NAME in second.message
    assert len(service.writes) == 1
    service.put(name="fast@x")
    service.takes = 0
    fast = carry_out(
        read_and_plan(service.api(), UserDeclaration("absent", "fast@x")), service.api(), lambda: service.now
    )
    wait_for_deletions([fast], service.api(), Waiting(False), clock=lambda: service.now, sleep=service.sleep)
    assert (fast.status, fast.deletion, fast.message) == ("changed", "finished", "") and user_diff(fast)["after"] == ""


def test_what_came_at_the_last_moment_and_goes_is_told() -> None:
    going = wire(state="delete_pending", sync="syncing", owns=1)
    outcome, _service = watch(going, going, GONE)
    assert outcome.deletion == "finished"
    assert (
        len(outcome.warnings) == 1
        and watch(going, GONE, ordered=False)[0].warnings == watch(GOING, GONE)[0].warnings == []
    )


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, "changed", None),
        ({"owns": 0}, "changed", None),
        ({"owns": 2}, "failed", "changed_meanwhile"),
        ({"CreatedTime": "2026-11-01T08:00:00"}, "failed", "changed_meanwhile"),
        (None, "ok", None),
    ],
)
def test_whoever_was_read_long_before_the_order_is_read_once_more(
    change: dict[str, object] | None, status: str, reason: str | None
) -> None:
    service = Service()
    service.put(owns=1)

    def allow(deletions: t.Iterable[Deletion]) -> Verdict:
        # The other rows took a minute, and somebody was at work on this user.
        if change is None:
            service.users.clear()
        else:
            service.put(**{"owns": 1, **change})
        service.now += 60
        return Verdict(tuple(deletions), "")

    def run(check_mode: bool) -> UserOutcome:
        row = UserDeclaration("absent", NAME, subscriptions="delete")
        (outcome,) = converge(
            service.api(),
            [row],
            Waiting(wait=False),
            check_mode=check_mode,
            run_limit=RunLimit(1, None),
            allow=allow,
            clock=lambda: service.now,
        )
        return outcome

    outcome = run(False)
    assert (outcome.status, outcome.details.get("reason")) == (status, reason), outcome.message
    assert len(service.writes) == (status == "changed")
    reads = len(service.sent)
    service.put(owns=1)
    assert run(True).status == "changed" and len(service.sent) - reads == 2, "nothing is read twice in check mode"
