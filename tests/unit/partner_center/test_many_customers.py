"""What becomes of rows when something goes wrong outside of them: a file, a token, a mistake of the collection itself."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import Verdict
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    SignInError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    CustomerDeclaration,
    DeclaredCustomers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import (
    User,
    user_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers as many
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import purging

from .factories import CUSTOMER, IDS, declared, user
from .worlds import Partner, World

OTHER = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
POLICY = PurgePolicy(domains=("contoso.example",), max_delete=9, max_delete_percentage=100)


class Undo:
    """The file of a purge, on a disk that is full."""

    def add(self, _customer: str, _users: t.Any, _references: t.Any = None) -> None:
        raise CollectionError("the disk is full")


class Customers(World):
    """Updates of some users raise."""

    def __init__(self, *users: User, errors: dict[str, Exception] | None = None) -> None:
        super().__init__({str(item.id): item for item in users})
        self.errors = errors or {}
        self.tried: list[str] = []

    def update_user(self, user_id: str, values: t.Mapping[str, str]) -> t.Any:
        self.tried.append(user_id)
        if user_id in self.errors:
            raise self.errors[user_id]
        return super().update_user(user_id, values)


def run(
    world: Customers, monkeypatch: pytest.MonkeyPatch, *customers: CustomerDeclaration, **work: t.Any
) -> tuple[list[many.CustomerRun], many.RunLimit]:
    options = {
        "policy": Policy(),
        "secrets": Secrets(),
        "max_wait": 1,
        "max_parallel": 1,
        "check_mode": False,
        "writes": True,
        **work,
    }
    declaration = DeclaredCustomers(list(customers))
    run_limit = many.RunLimit(len(declaration.rows), None)
    return many.run_customers(
        declaration, many.Work(session=t.cast(t.Any, Partner(world)), **options), run_limit
    ), run_limit


def rows(*numbers: int) -> tuple[t.Any, ...]:
    return tuple(declared(user_id=IDS[number], user_principal_name=None, display_name="New") for number in numbers)


def people(*numbers: int) -> list[User]:
    return [user(number, f"user{number}@contoso.example") for number in numbers]


def test_what_was_done_stays_done_when_the_purge_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Customers(*people(1, 2, 3))
    (made,), run_limit = run(world, monkeypatch, CustomerDeclaration(CUSTOMER, None, rows(1, 2), POLICY), undo=Undo())
    assert [outcome.status for outcome in made.outcomes] == ["changed", "changed"] and made.failed and made.message
    assert (
        world.writes == 2
        and [each.status for each in made.purged] == ["skipped"]
        and (run_limit.done, run_limit.failed) == (2, 0)
    )


def test_a_mistake_of_the_collection_costs_one_row_and_tells_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Customers(*people(1, 2, 3), errors={IDS[2]: KeyError("CANARY")})
    (made,), _brake = run(world, monkeypatch, CustomerDeclaration(CUSTOMER, None, rows(1, 2, 3)))
    assert [outcome.status for outcome in made.outcomes] == ["changed", "unknown", "changed"]
    assert (
        "Internal error: KeyError at test_many_customers.py:" in made.outcomes[1].message
        and "CANARY" not in made.outcomes[1].message
    )


def test_a_mistake_of_the_collection_costs_one_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Customers):
        def user(self, user_id: str) -> User | None:
            if user_id == IDS[2]:
                raise ZeroDivisionError
            return super().user(user_id)

    made, _brake = run(
        Broken(*people(1, 2)),
        monkeypatch,
        CustomerDeclaration(OTHER, None, rows(2)),
        CustomerDeclaration(CUSTOMER, None, rows(1)),
    )
    assert [[outcome.status for outcome in one.outcomes] for one in made] == [
        ["unknown"],
        ["changed"],
    ] and "ZeroDivisionError" in made[0].message


def test_when_nobody_can_sign_in_any_more_nobody_else_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Customers(*people(1, 2, 3, 4), errors={IDS[2]: SignInError("CANARY")})
    (made,), _brake = run(world, monkeypatch, CustomerDeclaration(CUSTOMER, None, rows(1, 2, 3, 4)))
    assert [outcome.status for outcome in made.outcomes] == [
        "changed",
        "failed",
        "skipped",
        "skipped",
    ] and world.tried == [IDS[1], IDS[2]]
    assert not made.outcomes[3].done and "CANARY" in made.outcomes[3].message


@pytest.mark.parametrize("error", [TransportError("no answer"), SignInError("revoked"), ZeroDivisionError()])
def test_a_single_customer_is_at_no_pace_of_its_own_and_what_was_raised_is_kept(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Customers):
        def user(self, user_id: str) -> User | None:
            if user_id == IDS[2]:
                raise error
            return super().user(user_id)

    monkeypatch.setattr(Partner, "paced", lambda *_arguments: pytest.fail("paced"))
    for number, found in ((1, None), (2, error)):
        (made,), _limit = run(
            Broken(*people(1, 2)), monkeypatch, CustomerDeclaration(CUSTOMER.upper(), None, rows(number)), paced=False
        )
        assert made.error is found and made.failed == (found is not None) and made.customer_id == CUSTOMER


def test_a_stopped_run_purges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Customers(*people(1, 2, 3))
    stopped = many.RunLimit(2, None)
    stopped.stop("Stopped.")
    work = many.Work(t.cast(t.Any, Partner(world)), Policy(), Secrets(), 1, 1, False, True, undo=t.cast(t.Any, Undo()))
    one = many.CustomerRun(CustomerDeclaration(CUSTOMER, None, rows(1), POLICY), CUSTOMER)
    declaration = rows(1)
    one.plan, _snapshot = many.read_and_plan(
        many.CustomerReader(t.cast(t.Any, world), declaration, POLICY), declaration, Policy()
    )
    purging.purge(one, t.cast(t.Any, world), work, 1, stopped, Verdict((), ""))
    assert (
        [outcome.status for outcome in one.purged] == ["skipped", "skipped"]
        and world.writes == 0
        and one.message == "Stopped."
    )


class Stopped:
    """An interruption that comes after so many questions."""

    def __init__(self, after: int) -> None:
        self.left = after

    def reached(self) -> str:
        self.left -= 1
        return "" if self.left >= 0 else "The run was interrupted."

    def wait(self, seconds: float) -> bool:
        return bool(self.reached())


@pytest.mark.parametrize("after", range(12))
@pytest.mark.parametrize("writes", [True, False])
def test_an_interruption_leaves_no_customer_no_row_and_no_purge_without_a_word(
    after: int, writes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Customers(*people(1, 2, 3))
    kept: list[str] = []
    undo = t.cast(
        t.Any,
        type(
            "Kept",
            (),
            {"add": lambda _self, _customer, users, _references: kept.extend(str(each.id) for each in users)},
        )(),
    )
    declaration = DeclaredCustomers(
        [CustomerDeclaration(CUSTOMER, None, rows(1), POLICY), CustomerDeclaration(OTHER, None, rows(2))]
    )
    stop = Stopped(after)
    run_limit = many.RunLimit(2, None, None, stop)
    work = many.Work(
        t.cast(t.Any, Partner(world)), Policy(), Secrets(), 1, 1, not writes, writes, undo=undo, interruption=stop
    )
    monkeypatch.setattr(purging, "with_entitlements", lambda _client, users, *_more: list(users))
    made = many.run_customers(declaration, work, run_limit)
    everybody = [outcome for one in made for outcome in (*one.outcomes, *one.purged)]
    assert [len(one.outcomes) for one in made] == [1, 1]
    assert {outcome.status for outcome in everybody} <= {"changed", "skipped"}
    assert all(
        (outcome.status == "skipped") == (outcome.details.get("reason") == "interrupted") for outcome in everybody
    )
    assert world.writes == (sum(len(outcome.done) for outcome in everybody) if writes else 0)
    if made[0].plan and made[0].outcomes[0].plan.operations:
        assert len(made[0].purged) == 2, "whom the purge did not come to is named, too"


def test_half_a_character_in_a_name_can_be_written_down() -> None:
    read = user_from_wire(
        {
            "id": IDS[1],
            "userPrincipalName": "a@contoso.example",
            "displayName": "Ada \ud83d",
            "firstName": "\U0001f600 Zoë",
        }
    )
    assert read.display_name == "Ada \ufffd" and read.first_name == "\U0001f600 Zoë"


class Clock:
    """Time that passes by itself with each look at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize(("step", "statuses"), [(0.1, {"changed"}), (10.0, {"changed", "skipped"})])
def test_when_everybody_is_refused_for_long_no_further_customer_is_begun(
    monkeypatch: pytest.MonkeyPatch, step: float, statuses: set[str]
) -> None:
    """Only refusals count, and only until somebody gets another answer."""
    pace = many.Pace(1, Clock(step))
    monkeypatch.setattr(many, "Pace", lambda _parallel, **_options: pace)
    world = Customers(*people(*range(8)))
    monkeypatch.setattr(
        world,
        "update_user",
        lambda *arguments: pace.refused("any", 1.0, pace.clock()) or Customers.update_user(world, *arguments),
    )
    pace.gate("any")
    customers = [
        CustomerDeclaration(f"00000000-0000-4000-8000-{number:012d}", None, rows(number)) for number in range(8)
    ]
    made, _brake = run(world, monkeypatch, *customers)
    assert {outcome.status for one in made for outcome in one.outcomes} == statuses
    assert all("429" in outcome.message for one in made for outcome in one.outcomes if outcome.status == "skipped")
    pace.accepted("any", 1)
    assert pace.silence() == 0
