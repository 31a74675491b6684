"""What a deletion, a removal or a reset depends on is read before it.

When that read fails, or says nothing that was understood, it does not happen.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    LookupFailed,
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.claims import acting_identity
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    CustomerDeclaration,
    DeclaredCustomers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer, User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers as many

from .factories import CUSTOMER, declared, user
from .tenants import ROLES, Tenant
from .worlds import TOKEN, Partner

SILENCE = object()
"""What a read does that is answered with None."""

PEOPLE = {
    name: user(number, f"{name}@contoso.example", usage_location="US")
    for number, name in enumerate(["ada", "bob", "eve", "joe", "max", "zoe"])
}
READER = ROLES[2].id
POLICY = PurgePolicy(domains=("contoso.example",), max_delete=9, max_delete_percentage=100)
ROWS = (
    declared(user_principal_name="ada@contoso.example", roles=[], purge_roles=True),
    declared(user_principal_name="bob@contoso.example", licenses=[], purge_licenses=True),
    declared(user_principal_name="eve@contoso.example", state="absent"),
    declared(user_principal_name="joe@contoso.example", password="Correct-Horse-7", update_password="always"),
    declared(user_principal_name="zoe@contoso.example", first_name="Zoe"),
    declared(user_principal_name="nobody@contoso.example", state="absent"),
)
BY_NAME = (
    declared(user_principal_name="ada@contoso.example", roles={"remove": ["Reports Reader"]}),
    declared(user_principal_name="bob@contoso.example", licenses={"remove": ["E3"]}),
    *ROWS[2:],
)
"""The same, taken away by name."""
ALL = {
    ("remove_role", "ada"),
    ("remove_licenses", "bob"),
    ("delete", "eve"),
    ("reset_password", "joe"),
    ("delete", "max"),
}
DELETIONS = {("delete", "eve"), ("delete", "max")}
DEPENDS: dict[str, set[tuple[str, str]]] = {
    "users": ALL,
    "directory_roles": DELETIONS | {("remove_role", "ada")},
    "role_members": DELETIONS,
    "user_roles": {("remove_role", "ada"), ("delete", "max")},
    "licenses": {("remove_licenses", "bob"), ("delete", "max")},
    "subscribed_skus": {("delete", "max")},
    "deleted_users": {("delete", "max")},
    "domains": {("delete", "max")},
    "token": ALL,
}
"""What must not happen when a read fails; a read about one user concerns this user only, and a purge needs all."""
NAMES = {str(item.id): name for name, item in PEOPLE.items()}


@dataclass
class Watched(Tenant):
    """A tenant in which one read fails. ``calls`` are the reads in their order, ``done`` what was taken away."""

    fails: t.Callable[[str, tuple[str, ...]], t.Any] = lambda _name, _about: None
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    done: set[tuple[str, str]] = field(default_factory=set)

    def get(self) -> str:
        made = self._asked("token")
        return TOKEN if made is None else made

    def _asked(self, name: str, *about: str) -> t.Any:
        if (name, about) not in self.calls:
            self.calls.append((name, about))
        return self.fails(name, about)

    def remove_from_role(self, role_id: str, user_id: str, **more: t.Any) -> t.Any:
        self.done.add(("remove_role", NAMES[user_id]))
        return super().remove_from_role(role_id, user_id, **more)

    def update_licenses(self, user_id: str, change: t.Any, **more: t.Any) -> t.Any:
        self.done.add(("remove_licenses", NAMES[user_id]))
        return super().update_licenses(user_id, change, **more)

    def delete_user(self, user_id: str) -> t.Any:
        self.done.add(("delete", NAMES[user_id]))
        return super().delete_user(user_id)

    def reset_password(self, user_id: str, *more: t.Any) -> t.Any:
        self.done.add(("reset_password", NAMES[user_id]))
        return super().reset_password(user_id, *more)


def _watched(name: str) -> t.Callable[..., t.Any]:
    def read(self: Watched, *about: t.Any) -> t.Any:
        made = self._asked(name, *(item for item in about if isinstance(item, str)))
        return getattr(Tenant, name)(self, *about) if made is None else None if made is SILENCE else made

    return read


for _name in set(DEPENDS) - {"token"}:
    setattr(Watched, _name, _watched(_name))


class Asked(Partner):
    """A session whose token is asked for as well."""

    def acting_identity(self) -> frozenset[str]:
        return acting_identity(t.cast(Watched, self.customers_by_id).get())


class Kept:
    """The file that takes a purge back."""

    def add(self, _customer: str, _users: t.Iterable[User], _references: t.Any = None) -> None:
        pass


def run(
    monkeypatch: pytest.MonkeyPatch, fails: t.Any, *more: CustomerDeclaration, rows: t.Any = ROWS
) -> tuple[Watched, list[many.CustomerRun]]:
    tenant = Watched(
        {str(item.id): item for item in PEOPLE.values()},
        seats={"E3": 5},
        held={str(PEOPLE[name].id): {"E3": frozenset()} for name in ("bob", "max")},
        roles={str(PEOPLE["ada"].id): {READER}, str(PEOPLE["zoe"].id): {GLOBAL_ADMINISTRATOR}},
    )
    tenant.fails = fails
    work = many.Work(t.cast(t.Any, Asked(tenant)), Policy(), Secrets(), 1, 1, False, True, undo=t.cast(t.Any, Kept()))
    customers = [CustomerDeclaration(CUSTOMER, None, rows, POLICY), *more]
    return tenant, many.run_customers(DeclaredCustomers(customers), work, many.RunLimit(99, None))


by_each_form = pytest.mark.parametrize("rows", [ROWS, BY_NAME], ids=["purge", "remove"])


@by_each_form
def test_nothing_is_in_the_way_when_every_read_succeeds(rows: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, (made,) = run(monkeypatch, lambda *_call: None, rows=rows)
    assert tenant.done == ALL and not made.failed, made.message
    assert {name for name, _about in tenant.calls} == set(DEPENDS), (
        "each read that is made to fail below is one that happens"
    )


def broken(kind: str, name: str) -> t.Any:
    """What a read does in place of answering."""
    if kind == "empty":
        return {"token": "opaque", "users": iter([[]]), "deleted_users": iter([[]]), "role_members": frozenset()}.get(
            name, ()
        )
    raise {
        "403": refusal("no", path="customers/c/users/u", status=403, code="900308"),
        "404": refusal("no", path="customers/c/users/u", status=404, code="1000"),
        "500": ServiceError("no", status=500),
        "lost": TransportError("no answer"),
    }[kind]


@by_each_form
@pytest.mark.parametrize("kind", ["403", "404", "500", "lost", "empty"])
def test_what_depends_on_a_read_does_not_happen_without_it(
    kind: str, rows: t.Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = run(monkeypatch, lambda *_call: None, rows=rows)[0].calls
    for name, about in calls:
        # That nobody is there, has nothing, or was deleted may well be so.
        if kind == "empty" and name not in ("token", "directory_roles"):
            continue
        tenant, (made,) = run(
            monkeypatch, lambda *call: broken(kind, name) if call == (name, about) else None, rows=rows
        )
        concerned = {NAMES[each] for each in about if each in NAMES}
        lost = {each for each in DEPENDS[name] if not concerned or each[1] in concerned or each == ("delete", "max")}
        if rows is BY_NAME and (name == "subscribed_skus" or (name, about) == ("role_members", (READER,))):
            lost = lost | {("remove_licenses", "bob") if name == "subscribed_skus" else ("remove_role", "ada")}
        if kind == "empty" and name == "token":
            lost = DELETIONS | {("remove_role", "ada")}
        assert not tenant.done & lost, (kind, name, about, tenant.done)
        assert made.failed or any(outcome.status in ("failed", "unknown", "skipped") for outcome in made.outcomes), (
            kind,
            name,
            about,
        )


def test_a_customer_that_was_not_found_may_be_one_that_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """In both orders, whatever the look-up says, and whoever it is that could be the twin."""
    errors = [ServiceError("no", status=500), TransportError("no"), LookupFailed("none"), LookupFailed("two")]
    for domain, twin in (("contoso.onmicrosoft.com", True), ("CONTOSO.example", True), ("fabrikam.example", False)):
        for error in errors:

            def look_up(_api: t.Any, _domain: str, error: Exception = error) -> Customer:
                raise error

            monkeypatch.setattr(many, "customer_by_domain", look_up)
            other = CustomerDeclaration(None, domain, (declared(user_principal_name="max@contoso.example"),))
            tenant, (made, _lost) = run(monkeypatch, lambda *_call: None, other)
            assert tenant.done == (ALL - DELETIONS if twin else ALL), (domain, error)
            if twin:
                reasons = {outcome.plan.row.key: outcome.plan.details.get("reason") for outcome in made.outcomes}
                assert reasons["eve@contoso.example"] == "customer_unresolved" and not any(
                    outcome.done for outcome in made.purged
                )


def test_where_the_domains_are_not_told_anybody_may_be_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        many, "customer_by_domain", lambda *_arguments: (_number for _number in ()).throw(LookupFailed("none"))
    )
    other = CustomerDeclaration(None, "fabrikam.example", ())
    tenant, _runs = run(monkeypatch, lambda name, _about: SILENCE if name == "domains" else None, other)
    assert tenant.done == ALL - DELETIONS


def test_without_a_purge_only_the_row_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not see the administrators may still do everything else."""
    tenant, (made,) = run(monkeypatch, lambda name, _about: broken("403", name) if name == "role_members" else None)
    assert tenant.done == ALL - DELETIONS
    assert {outcome.plan.details.get("reason") for outcome in made.outcomes} == {None, "roles_unreadable"}
