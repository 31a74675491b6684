"""Any declaration against any service, with answers that get lost and others who are faster: the truth is told, and the next run converges."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.users import DECLARED, plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import (
    UserOutcome,
    carry_out,
    predicted,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.deletion import (
    wait_for_deletions,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .service import NAME, Response, Service, user

STATES = st.sampled_from(["pending_validation", "active", "suspended", "delete_pending"])
SYNC = st.sampled_from(["in_sync", "syncing", "out_of_sync"])
NAMES = st.sampled_from([NAME, NAME.upper(), "Ada@tenant.EXAMPLE"])
ROWS = st.builds(
    UserDeclaration,
    st.sampled_from(["present", "suspended", "absent"]),
    NAMES,
    st.sampled_from([None, NAME, "other@tenant.example"]),
    st.sampled_from(["fail", "delete", "orphan"]),
)


@st.composite
def services(draw: t.Any) -> Service:
    service = Service(fails=draw(st.booleans()), takes=draw(st.sampled_from([0, 3, 100])))
    if draw(st.booleans()):
        state, sync = draw(STATES), draw(SYNC)
        service.put(
            name=draw(NAMES),
            state=state,
            sync=sync,
            owns=draw(st.integers(0, 2)),
            error="Before." if sync == "out_of_sync" else None,
            Extra="kept",
        )
        if state == "delete_pending" and sync != "out_of_sync":
            next(iter(service.users.values()))["_until"] = 10
    return service


def run(service: Service, row: UserDeclaration) -> UserOutcome:
    outcome = carry_out(read_and_plan(service.api(), row), service.api(), lambda: service.now)
    wait_for_deletions([outcome], service.api(), Waiting(True, 60, 5), clock=lambda: service.now, sleep=service.sleep)
    return outcome


def holds(service: Service, row: UserDeclaration) -> bool:
    found = service.users.get(row.key)
    if row.state == "absent":
        return found is None
    states = {"active": 1, "suspended": 2}
    return found is not None and found["State"] == states[DECLARED[row.state]] and row.email in (None, found["Email"])


@given(ROWS, services())
@settings(max_examples=400)
def test_a_run_does_what_check_mode_says_and_the_second_one_nothing(row: UserDeclaration, service: Service) -> None:
    check = predicted(read_and_plan(service.api(read_only=True), row))
    assert service.writes == []
    outcome = run(service, row)
    assert len(service.writes) == len(check.done) <= 1
    assert [operation.result() for operation in outcome.done] == [operation.result() for operation in check.done]
    if outcome.deletion in (None, "finished"):
        assert outcome.status == check.status
    assert (outcome.status in ("ok", "changed")) is holds(service, row)
    if outcome.status in ("ok", "changed"):
        before = len(service.writes)
        again = run(service, row)
        assert (again.status, again.changed, len(service.writes)) == ("ok", False, before)


@given(ROWS, services(), st.sampled_from(["before", "after", "500", "race"]))
@settings(max_examples=400)
def test_trouble_is_never_a_wrong_answer_and_the_next_run_converges(
    row: UserDeclaration, service: Service, trouble: str
) -> None:
    service.trouble = [trouble]
    outcome = run(service, row)
    if outcome.status in ("ok", "changed"):
        assert holds(service, row)
    if outcome.status == "unknown":
        assert trouble != "race" and "Run again" in outcome.message
    if trouble == "before" and outcome.failed:
        # Nothing was done and nothing shows that it was; that it failed would be a guess.
        assert outcome.status == "unknown"
    if trouble in ("after", "500") and outcome.failed and outcome.failed.action != "delete":
        raise AssertionError(f"what was done was not found: {outcome.message}")
    # A write is sent once; only somebody else who was faster makes a second one of another kind.
    assert len(service.writes) <= (2 if trouble == "race" else 1)
    service.trouble, service.fails, service.takes = [], False, 0
    for _run in range(2):
        last = run(service, row)
    assert last.changed is False
    if not last.plan.refusal:
        assert last.status == "ok" and holds(service, row)


@given(
    ROWS,
    st.one_of(
        st.none(),
        st.builds(lambda state, sync, owns: user(state=state, sync=sync, owns=owns), STATES, SYNC, st.integers(0, 3)),
    ),
)
def test_a_plan_is_the_same_every_time_and_never_dangerous(row: UserDeclaration, found: t.Any) -> None:
    made = plan_user(row, found)
    assert made == plan_user(row, found)
    assert len(made.operations) <= 1
    assert not (made.refusal and made.operations)
    for operation in made.operations:
        assert not (operation.delete_subscriptions and operation.force)
        if operation.delete_subscriptions or operation.force:
            assert row.state == "absent" and row.subscriptions != "fail"
        if operation.action == "update":
            # What was left out is not declared.
            assert set(operation.fields) <= {"state", *(["email"] if row.email else [])}
            assert all(old != new for old, new in operation.fields.values())


def test_a_put_sends_the_whole_user_back() -> None:
    service = Service()
    service.put(Extra={"kept": [1]}, owns=2, error="Old.")
    run(service, UserDeclaration("suspended", NAME))
    method, _path, _query, body = service.writes[0]
    assert method == "PUT" and body == {**service.api().user(NAME).wire, "State": 2} and body["Extra"] == {"kept": [1]}
    assert (
        body["LastErrorMessage"] == "Old."
        and body["CreatedTime"] == "2026-06-27T21:15:30.787"
        and body["SubscriptionCount"] == 2
    )


class Stubborn(Service):
    """Takes writes, and stores something else."""

    def __init__(self, **stored: t.Any) -> None:
        super().__init__()
        self.stored = stored

    def _write(self, method: str, path: str, query: t.Any, body: t.Any) -> t.Any:
        return super()._write(
            method,
            path,
            query,
            None if body is None else {**body, **{name: value(body[name]) for name, value in self.stored.items()}},
        )


def test_an_email_in_another_case_is_told_and_is_no_failure() -> None:
    row = UserDeclaration("present", NAME, "Ada@Tenant.example")
    for trouble in ([], ["after"]):
        service = Stubborn(Email=str.lower)
        service.trouble = list(trouble)
        outcome = run(service, row)
        assert outcome.status == "changed" and outcome.user is not None and outcome.user.email == "ada@tenant.example"
        assert trouble or "ada@tenant.example" in outcome.warnings[0]


def test_a_value_that_is_not_taken_is_changed_and_failed() -> None:
    service = Stubborn(State=lambda _state: 1)
    outcome = run(service, UserDeclaration("suspended", NAME))
    assert (outcome.status, outcome.changed) == ("failed", True)
    assert outcome.details["reason"] == "not_accepted" and outcome.user is not None
    assert "'suspended'" in outcome.message and "'active'" in outcome.message


class Forgetful(Service):
    """Does what it is asked for, and answers without some members."""

    def __init__(self, without: t.Any, **answered: t.Any) -> None:
        super().__init__()
        self.without, self.answered = without, answered
        self.dumb = False

    def _write(self, method: str, path: str, query: t.Any, body: t.Any) -> t.Any:
        made = super()._write(method, path, query, body)
        left = {name: value for name, value in made.body.items() if name not in self.without}
        return replace(made, body={**left, **self.answered})

    def _read(self, path: str, query: t.Any) -> t.Any:
        return Response(500) if self.dumb and self.writes else super()._read(path, query)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("members", [("Email",), ("State",), ("Email", "State")])
@pytest.mark.parametrize("null", [True, False])
def test_an_answer_that_lacks_a_member_is_read_back(there: bool, members: tuple[str, ...], null: bool) -> None:
    """What is stored counts, and where it cannot be read, nothing is known."""
    row = UserDeclaration("suspended", NAME, "ada.new@tenant.example")
    for dumb, expected in ((False, ("changed", True)), (True, ("unknown", False))):
        service = Forgetful(members, **dict.fromkeys(members if null else ()))
        if there:
            service.put()
        service.dumb = dumb
        outcome = run(service, row)
        assert (outcome.status, outcome.changed) == expected, outcome.message
        assert len(service.writes) == 1


def test_a_subscription_that_appears_in_the_meantime_is_not_destroyed() -> None:
    service = Service()
    service.put()
    planned = read_and_plan(service.api(), UserDeclaration("absent", NAME, subscriptions="delete"))
    service.put(owns=1)
    outcome = carry_out(planned, service.api(), lambda: service.now)
    assert (outcome.status, outcome.changed, outcome.details["http_status"]) == (
        "failed",
        False,
        409,
    ) and NAME in service.users


def test_a_defect_stays_with_its_row() -> None:
    service = Service()
    api = service.api()
    planned = read_and_plan(api, UserDeclaration("present", NAME))
    api.create_user = lambda values: 1 / 0
    outcome = carry_out(planned, api, lambda: service.now)
    assert outcome.status == "unknown" and "Internal error: ZeroDivisionError" in outcome.message
