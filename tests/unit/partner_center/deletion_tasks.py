"""Random tasks that delete, each carried out in every mode."""

from __future__ import annotations

import copy
import json
import random
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import (
    REASON,
    Deletion,
    digest_of,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    CustomerDeclaration,
    DeclaredCustomers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers as many
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import purging
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    plan_text,
    planned_deletions,
    read_plan,
)

from .factories import declared, user
from .worlds import Partner, World

PURGE = PurgePolicy(domains=("contoso.example",), max_delete=100, max_delete_percentage=100)


class Service(World):
    """A customer who may be out of order, with a role catalogue that is understood and an administrator who stays."""

    broken = False

    def users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        if self.broken:
            raise CollectionError("out of order")
        return super().users(unidentified)

    def user(self, user_id: str) -> User | None:
        if self.broken:
            raise CollectionError("out of order")
        return super().user(user_id)

    def directory_roles(self) -> tuple[Role, ...]:
        return (Role("Global Administrator", GLOBAL_ADMINISTRATOR),)

    def role_members(self, role_id: str) -> frozenset[str]:
        return frozenset({"boss"})


class Undo:
    def add(self, _customer: str, _users: t.Any, _references: t.Any) -> None:
        pass


@dataclass
class Task:
    """A task on its services."""

    services: dict[str, Service]
    customers: DeclaredCustomers
    limit: int

    def run(
        self,
        services: dict[str, Service],
        limit: int,
        approved: str | None = None,
        *,
        writes: bool = True,
        planned: t.Any = None,
    ) -> t.Any:
        work = many.Work(
            t.cast(t.Any, Partner(services)), Policy(), Secrets(), 1, 1, not writes, writes, undo=t.cast(t.Any, Undo()),
            planned=planned,
            max_delete_total=limit, approved_deletions=approved,
        )  # fmt: skip
        runs = many.run_customers(self.customers, work, many.RunLimit(len(self.customers.rows), None))
        return runs, many.verdict_on(runs, work)


def random_task(dice: random.Random) -> Task:
    services, customers = {}, []
    for number in range(dice.randint(1, 3)):
        customer = f"00000000-0000-4000-8000-{number:012d}"
        people = [
            user(index, f"user{index}@contoso.example", display_name="Old") for index in range(dice.randint(0, 7))
        ]
        rows = []
        for index, one in enumerate(people):
            kind = dice.choice(["absent", "absent", "change", "same", "nobody"])
            if kind != "nobody":
                options = {"absent": {"state": "absent"}, "change": {"display_name": "New"}, "same": {}}[kind]
                rows.append(declared(user_id=one.id, user_principal_name=None, index=index, **options))
        if dice.random() < 0.5:
            rows.append(
                declared(
                    user_principal_name=f"new{number}@contoso.example",
                    display_name="New",
                    password="Correct-Horse-7",
                    index=9,
                )
            )
        # A purge is refused where nobody is declared present, so there it is not asked for.
        purge = PURGE if dice.random() < 0.5 and any(row.state == "present" for row in rows) else None
        customers.append(CustomerDeclaration(customer, None, tuple(rows), purge))
        service = services[customer] = Service({str(one.id): one for one in people}, customer_id=customer)
        service.broken = dice.random() < 0.1
    return Task(services, DeclaredCustomers(customers), dice.randint(0, 8))


def deleted(services: dict[str, Service]) -> set[tuple[str, str]]:
    return {
        (customer, str(one.id))
        for customer, service in services.items()
        for one in service.users_by_id.values()
        if one.state == "deleted"
    }


def others(services: dict[str, Service], left_out: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """What else is there: names and attributes of everybody who is not to be deleted."""
    return sorted(
        (customer, one.user_principal_name, str(one.display_name))
        for customer, service in services.items()
        for one in service.users_by_id.values()
        if (customer, str(one.id)) not in left_out
    )


def random_tasks(number: int, seed: int = 1, patch: t.Callable[..., t.Any] = setattr) -> list[int]:
    """So many random tasks, each in every mode. :returns: how often deletions were allowed, refused, and held to a
    plan; it raises at the first wrong one.
    """
    patch(purging, "with_entitlements", lambda _client, users, *_more: list(users))
    dice = random.Random(seed)
    counts = [0, 0, 0]
    for _number in range(number):
        task = random_task(dice)
        free = copy.deepcopy(task.services)
        task.run(free, 10_000)
        meant = deleted(free)
        digest = digest_of(Deletion(customer, user_id, "") for customer, user_id in meant)
        approved = dice.choice(
            [
                None,
                None,
                digest,
                digest_of([Deletion("x", "y", "")]),
                digest_of(Deletion(*each, "") for each in sorted(meant)[1:]),
            ]
        )
        allowed = approved == digest if approved else len(meant) <= task.limit
        # Check mode and mode plan say it, and do nothing.
        quiet = copy.deepcopy(task.services)
        runs, told = task.run(quiet, task.limit, approved, writes=False)
        assert others(quiet, set()) == others(task.services, set()) and not deleted(quiet)
        assert (not told.refusal) == (allowed or not meant), (task, approved)
        assert {(one.customer_id, one.user_id) for one in told.deletions} == meant
        predicted = [
            (outcome.status, outcome.details.get("reason")) for run in runs for outcome in (*run.outcomes, *run.purged)
        ]
        # The run.
        real = copy.deepcopy(task.services)
        runs, verdict = task.run(real, task.limit, approved)
        everybody = [outcome for run in runs for outcome in (*run.outcomes, *run.purged)]
        assert deleted(real) == (meant if allowed else set()), (task, approved)
        assert others(real, meant) == others(free, meant), "other writes are unaffected"
        assert [(outcome.status, outcome.details.get("reason")) for outcome in everybody] == predicted
        assert sum(outcome.details.get("reason") == REASON for outcome in everybody) == (0 if allowed else len(meant))
        assert [len(run.outcomes) for run in runs] == [len(customer.rows) for customer in task.customers.customers]
        counts[0 if allowed else 1] += bool(meant)
        counts[2] += held_to_a_plan(task, dice)
    return counts


def held_to_a_plan(task: Task, dice: random.Random) -> bool:
    """A plan is made, somebody else deletes a user, the plan is applied: never above the limit without its digest."""
    runs, _verdict = task.run(copy.deepcopy(task.services), task.limit, writes=False)
    planned = _read(plan_text(many.customers_plan(runs), 0))
    whole = digest_of(planned_deletions(planned))
    real = copy.deepcopy(task.services)
    before = {(customer, str(one.id)) for customer, service in real.items() for one in service.users_by_id.values()}
    if dice.random() < 0.3:
        customer = dice.choice(sorted(real))
        for user_id in list(real[customer].users_by_id)[:1]:
            real[customer].users_by_id.pop(user_id)
    approved = dice.choice([None, whole, digest_of([Deletion("x", "y", "")])])
    _runs, told = task.run(real, task.limit, approved, planned=planned)
    gone = deleted(real)
    meant = {(one.customer_id, one.user_id) for one in planned_deletions(planned)}
    assert gone <= meant & before
    if gone:
        assert approved == whole or (approved is None and len(gone) <= task.limit), (task, approved)
    if approved == whole and not told.refusal:
        assert gone == {(one.customer_id, one.user_id) for one in told.deletions}
    return bool(gone) and approved == whole and len(gone) > task.limit


def _read(text: str) -> t.Any:
    assert json.loads(text)["deletions"]["count"] == sum(
        "delete" == entry["action"] for entry in _entries(json.loads(text))
    )
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "plan.json")
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return read_plan(str(path)).customers


def _entries(data: t.Any) -> t.Iterator[t.Any]:
    for customer in data["customers"]:
        yield from customer["purge"]
        for one in customer["users"]:
            yield from one.get("operations", [])
