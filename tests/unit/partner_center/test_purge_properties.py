"""Ten thousand random purges: nobody is deleted whom a guard protects, and above a cap nobody is."""

from __future__ import annotations

import random
import re
import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import upn_key
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import Plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Snapshot
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from support.refused import about

from .factories import CUSTOMER, NOW, declared, snapshot

PLANS, BATCHES = 10_000, 20
LOCALS = (
    "ada",
    "Bob",
    "eve",
    "svc-backup",
    "svc-print",
    "admin",
    "zoe\u0308",
    "josé",
    "guest_partner.example#EXT#",
    "x",
)
DOMAINS = ("contoso.example", "Contoso.onmicrosoft.com", "other.example")


@dataclass
class Case:
    """A customer, a declaration, a policy, and the identity that acts."""

    users: list[User]
    rows: tuple[UserDeclaration, ...]
    policy: PurgePolicy
    acting: frozenset[str]

    def plan(self, policy: PurgePolicy | None = None) -> Plan:
        return plan(self.rows, self.snapshot, Policy(acting=self.acting), policy or self.policy)

    @property
    def active(self) -> list[User]:
        return [user for user in self.users if user.state == "active"]

    @property
    def snapshot(self) -> Snapshot:
        by_id = {str(row.user_id).lower(): None for row in self.rows if row.user_id} | {
            str(user.id): user for user in self.active
        }
        return snapshot(*self.users, by_id=by_id, all_active=tuple(self.active), domains=None)

    # What must hold, written down once more and as plainly as possible.

    def in_scope(self, user: User) -> bool:
        name = upn_key(user.user_principal_name)
        return (not self.policy.domains or name.split("@")[-1] in self.policy.domains) and (
            not self.policy.names or any(fnmatchcase(name, glob) for glob in self.policy.names)
        )

    def is_declared(self, user: User) -> bool:
        return any(user.id == row.user_id or user.key in (row.key, row.previous_key) for row in self.rows)

    def is_protected(self, user: User) -> bool:
        name = upn_key(user.user_principal_name)
        return (
            user.directory_synced
            or "#ext#" in name
            or name in self.acting
            or str(user.id) in self.acting
            or any(fnmatchcase(name, glob) for glob in self.policy.protected)
        )


def case(seed: int) -> Case:
    """A random one; the same seed gives the same."""
    dice = random.Random(seed)
    names = [f"{local}@{domain}" for local in LOCALS for domain in DOMAINS]
    users = []
    for number, name in enumerate(dice.sample(names, dice.randint(0, 14))):
        users.append(
            User(f"00000000-0000-4000-8000-{number:012d}", name, "Name", directory_synced=dice.random() < 0.15)
        )
    for number in range(dice.randint(0, 3)):
        users.append(
            User(
                f"00000000-0000-4000-9000-{number:012d}",
                dice.choice(names),
                "Gone",
                state="deleted",
                soft_deletion_time=NOW,
            )
        )
    rows = []
    for name in dice.sample(names, dice.randint(1, 6)):
        options = {
            "user_principal_name": dice.choice([name, name.upper()]),
            "display_name": "Name",
            "password": "Correct-Horse-7",
        }
        kind = dice.random()
        if kind < 0.2 and users:
            options = {
                "user_id": dice.choice(users).id,
                "user_principal_name": None,
                "state": dice.choice(["present", "absent"]),
            }
        elif kind < 0.35:
            options["previous_user_principal_name"] = dice.choice(
                [other for other in names if upn_key(other) != upn_key(name)]
            )
        elif kind < 0.5:
            options = {"user_principal_name": name, "state": dice.choice(["absent", "restored"])}
        rows.append(
            declared(**options, on_deleted=dice.choice(["fail", "restore", "create"]), allow_synced=dice.random() < 0.8)
        )
    policy = PurgePolicy(
        domains=tuple(domain.lower() for domain in dice.sample(DOMAINS, dice.randint(0, 2))),
        names=tuple(dice.sample(["*", "svc-*", "a*", "*@contoso.*", "[b-z]*"], dice.randint(0, 2))),
        protected=tuple(dice.sample(["admin@*", "svc-*", "*ose*"], dice.randint(0, 2))),
        max_delete=dice.choice([0, 1, 2, 3, 5, 20]),
        max_delete_percentage=dice.choice([0, 10, 34, 50, 100]),
    )
    acting = frozenset()
    if users and dice.random() < 0.7:
        me = dice.choice(users)
        acting = dice.choice([frozenset({str(me.id)}), frozenset({upn_key(me.user_principal_name)})])
    return Case(users, tuple(rows), policy, acting)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_purges(batch: int) -> None:
    outcomes = {"deleted": 0, "refused": 0, "nobody": 0}
    for seed in range(batch * PLANS // BATCHES, (batch + 1) * PLANS // BATCHES):
        world = case(seed)
        made = world.plan()
        assert made.purge is not None
        deleted = list(made.purge.users)
        assert [operation.user_id for operation in made.purge.operations] == [user.id for user in deleted]
        for user in deleted:
            why = f"seed {seed}: {user}"
            assert user in world.active and world.in_scope(user), why
            assert not world.is_protected(user), why
            assert not world.is_declared(user), why
        meant = {user.id for row in made.rows for user in (row.before, row.after, *row.candidates) if user}
        meant_names = {
            user.key
            for row in made.rows
            for user in (row.before, row.after, *row.candidates)
            if user and user.state == "active"
        }
        to_delete = [
            user
            for user in world.active
            if world.in_scope(user)
            and not world.is_protected(user)
            and not world.is_declared(user)
            and user.id not in meant
            and user.key not in meant_names
        ]
        refused_rows = any(row.refusal for row in made.rows)
        in_scope = sum(world.in_scope(user) for user in world.active)
        allowed = (
            not refused_rows
            and len(to_delete) <= world.policy.max_delete
            and 100 * len(to_delete) <= world.policy.max_delete_percentage * in_scope
        )
        if to_delete and not allowed:
            assert not deleted and made.purge.refusal and made.purge.reason, f"seed {seed}"
            assert not re.search(r"\b1 (users|declared rows)\b", made.purge.refusal), f"seed {seed}"
            outcomes["refused"] += 1
        else:
            assert {user.id for user in deleted} == {user.id for user in to_delete} and not made.purge.refusal, (
                f"seed {seed}"
            )
            outcomes["deleted" if deleted else "nobody"] += 1
        if to_delete and not refused_rows:
            # Exactly at the cap all of them, one above it none.
            exactly = PurgePolicy(world.policy.domains, world.policy.names, world.policy.protected, len(to_delete), 100)
            below = PurgePolicy(
                world.policy.domains, world.policy.names, world.policy.protected, len(to_delete) - 1, 100
            )
            at, above = world.plan(exactly).purge, world.plan(below).purge
            assert at and above and len(at.users) == len(to_delete) and not above.users and not above.operations, (
                f"seed {seed}"
            )
    assert all(count > PLANS / BATCHES / 50 for count in outcomes.values()), f"the cases are too alike: {outcomes}"


SCOPE = {
    "purge": True,
    "purge_scope": {"domains": ["contoso.example"]},
    "undo_file": "/tmp/undo.json",
    "max_delete": 5,
    "max_delete_percentage": 10.0,
}


@pytest.mark.parametrize("users", [[], None, [{"user_principal_name": "ada@contoso.example", "state": "absent"}]])
def test_an_empty_declaration_purges_nobody(users: list | None) -> None:
    given = {"customer_id": CUSTOMER, **({"users": users} if users is not None else {}), **SCOPE}
    assert "purge_of_everybody" in [reason for _option, reason in about(declare_customers(given, given).problems)]
    customers = {"customers": [{"customer_id": CUSTOMER, **({"users": users} if users is not None else {})}]}
    found = declare_customers({**customers, **SCOPE}, SCOPE).problems
    assert "purge_of_everybody" in [reason for _option, reason in about(found)]


@pytest.mark.parametrize(
    ("written", "purges"),
    [("no", False), ("false", False), ("yes", True), (False, False), (True, True), ("perhaps", None), (2, None)],
)
@pytest.mark.parametrize("nested", [False, True])
def test_purge_is_on_only_if_it_says_so(written: t.Any, purges: bool | None, nested: bool) -> None:
    """What a customer's block or file says is not converted by the argument spec, and a text "no" is not true."""
    block = {
        "customer_id": CUSTOMER,
        "users": [{"user_principal_name": "ada@contoso.example"}],
        **SCOPE,
        "purge": written,
    }
    params = {name: block.pop(name) for name in ("undo_file", "max_delete", "max_delete_percentage")}
    declared_customers = (
        declare_customers({"customers": [block]}, {**params, "purge": not purges})
        if nested
        else declare_customers(block, {**params, **block})
    )
    if purges is None:
        assert ("purge", "not_a_boolean") in about(declared_customers.problems)
    else:
        assert declared_customers.problems == [] and (declared_customers.customers[0].purge is not None) is purges


NAMES = ["svc-*"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"purge_scope": {"domains": [], "user_principal_names": NAMES}},
        {"purge_scope": {"domains": [""], "user_principal_names": NAMES}},
        {"purge_scope": {"domains": ["contoso.example", None], "user_principal_names": NAMES}},
        {"purge_scope": {"domains": None, "user_principal_names": NAMES}},
        {"purge_scope": {"domains": {"a": "b"}, "user_principal_names": NAMES}},
        {"purge_scope": ["contoso.example"]},
        {"purge_protected": [" "]},
        {"purge_protected": None},
        {"purge_protected": 5},
        {"max_delete": float("nan")},
        {"max_delete": -1},
        {"max_delete": None},
        {"max_delete_percentage": None},
        {"max_delete_percentage": float("nan")},
        {"max_delete_percentage": 100.5},
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_guard_that_a_template_left_empty_is_refused(wrong: dict, nested: bool) -> None:
    """Silently left out it would widen the scope, or protect nobody."""
    block = {"customer_id": CUSTOMER, "users": [{"user_principal_name": "ada@contoso.example"}], **SCOPE, **wrong}
    params = {name: block.pop(name) for name in ("undo_file", "max_delete", "max_delete_percentage")}
    declared_customers = (
        declare_customers({"customers": [block]}, {**params, "purge_protected": ["max@*"]})
        if nested
        else declare_customers(block, {**params, **block})
    )
    assert (
        any(next(iter(wrong)) in problem for problem in declared_customers.problems)
        and declared_customers.customers[0].purge is None
    )


def test_one_domain_in_a_file_narrows_the_scope() -> None:
    block = {"customer_id": CUSTOMER, "users": [{"user_principal_name": "ada@contoso.example"}], **SCOPE}
    block["purge_scope"] = {"domains": "contoso.example", "user_principal_names": NAMES}
    declared_customers = declare_customers(
        {"customers": [block]}, {name: block.pop(name) for name in ("undo_file", "max_delete", "max_delete_percentage")}
    )
    assert declared_customers.problems == [] and declared_customers.customers[0].purge is not None
    assert declared_customers.customers[0].purge.domains == ("contoso.example",) and declared_customers.customers[
        0
    ].purge.names == ("svc-*",)


def test_who_is_protected_everywhere_is_protected_at_a_customer_with_patterns_of_its_own() -> None:
    block = {
        "customer_id": CUSTOMER,
        "users": [{"user_principal_name": "ada@contoso.example"}],
        **SCOPE,
        "purge_protected": ["svc-*", "Break.Glass@*"],
    }
    params = {name: block.pop(name) for name in ("undo_file", "max_delete", "max_delete_percentage")}
    declared_customers = declare_customers(
        {"customers": [block]}, {**params, "purge_protected": ["break.glass@*", "max@*"]}
    )
    assert declared_customers.problems == [] and declared_customers.customers[0].purge is not None
    assert declared_customers.customers[0].purge.protected == ("break.glass@*", "max@*", "svc-*")


@pytest.mark.parametrize(
    "scope", [None, {}, {"domains": []}, {"domains": [""], "user_principal_names": [" "]}, {"domains": None}]
)
def test_a_purge_needs_a_scope(scope: dict | None) -> None:
    given = {
        "customer_id": CUSTOMER,
        "users": [{"user_principal_name": "ada@contoso.example"}],
        **SCOPE,
        "purge_scope": scope,
    }
    declared_customers = declare_customers(given, given)
    assert (
        any("purge_scope" in problem for problem in declared_customers.problems)
        and declared_customers.customers[0].purge is None
    )
