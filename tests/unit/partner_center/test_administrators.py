"""Deletions and removals of roles depend on a catalogue that was understood and on who is Global Administrator."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import ServiceError
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.claims import acting_identity
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.acting import ANYBODY
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import Plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Need, Unread
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import acting_for
from hypothesis import given
from hypothesis import strategies as st

from .factories import ADMINISTRATOR, IDS, SOMEBODY_ELSE, declared, snapshot, user

READER, HELPDESK = (
    Role("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf"),
    Role("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"),
)
PEOPLE = [user(number, f"u{number}@contoso.example") for number in range(4)]
EVERYBODY = PurgePolicy(domains=("contoso.example",), max_delete=100, max_delete_percentage=100)
NOT_UNDERSTOOD = {"empty": (), "lacks it": (HELPDESK, READER)}


def absent(number: int) -> UserDeclaration:
    return declared(user_principal_name=PEOPLE[number].user_principal_name, state="absent")


def stripped(number: int, **how: t.Any) -> UserDeclaration:
    how = how or {"roles": [], "purge_roles": True}
    return declared(user_principal_name=PEOPLE[number].user_principal_name, **how)


FORMS = st.sampled_from(
    [
        {"roles": [], "purge_roles": True},
        {"roles": {"set": []}},
        {"roles": {"remove": ["Reports Reader", "Global Administrator"]}},
    ]
)


def made(*rows: UserDeclaration, purge: PurgePolicy | None = None, acting: t.Any = (), **values: t.Any) -> Plan:
    known = {"all_active": tuple(PEOPLE), "user_roles": {item.id: () for item in PEOPLE}, **values}
    return plan(rows, snapshot(*PEOPLE, **known), Policy(facts_of("AzureCloud"), acting=acting), purge)


@pytest.mark.parametrize("catalogue", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
class TestACatalogueThatWasNotUnderstood:
    def test_nobody_is_deleted_or_loses_a_role_and_the_rest_goes_on(self, catalogue: tuple[Role, ...]) -> None:
        other = declared(user_principal_name=PEOPLE[2].user_principal_name, first_name="New")
        result = made(absent(0), stripped(1), other, catalogue=catalogue, user_roles={PEOPLE[1].id: (READER,)})
        assert [row.details.get("reason") for row in result.rows] == [
            "roles_not_understood",
            "roles_not_understood",
            None,
        ]
        assert [operation.action for operation in result.operations] == ["update"]

    def test_nobody_is_purged(self, catalogue: tuple[Role, ...]) -> None:
        purge = made(
            declared(user_principal_name=PEOPLE[0].user_principal_name), purge=EVERYBODY, catalogue=catalogue
        ).purge
        assert purge and purge.operations == () and purge.refusal and purge.reason == "roles_not_understood"

    def test_whoever_comes_back_keeps_the_roles(self, catalogue: tuple[Role, ...]) -> None:
        gone = user(5, "back@contoso.example", state="deleted")
        row = declared(user_principal_name="back@contoso.example", state="restored", roles=[], purge_roles=True)
        result = plan((row,), snapshot(gone, catalogue=catalogue))
        assert result.operations == () and result.rows[0].details["reason"] == "roles_not_understood"


def test_the_id_of_the_role_comes_from_the_catalogue() -> None:
    renamed = Role("Global Administrator", "11111111-2222-4333-8444-555555555555")
    last = made(absent(0), catalogue=(renamed, READER), members={renamed.id: frozenset({PEOPLE[0].id})})
    assert last.operations == () and last.rows[0].details["reason"] == "last_administrator"
    assert made(absent(0), catalogue=(renamed, READER), members={renamed.id: frozenset({SOMEBODY_ELSE})}).operations


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)), st.booleans(), FORMS)
def test_a_declaration_never_leaves_a_customer_without_an_administrator(
    admins: set[int], deleted: set[int], demoted: set[int], outside: bool, how: dict[str, t.Any]
) -> None:
    """Several at once, deletions and removals together; whoever is no administrator is never in the way of it."""
    members = {PEOPLE[number].id for number in admins} | ({SOMEBODY_ELSE} if outside else set())
    rows = [absent(number) for number in sorted(deleted)] + [
        stripped(number, **how) for number in sorted(demoted - deleted)
    ]
    if not rows:
        return
    roles = {item.id: (ADMINISTRATOR,) if number in admins else (READER,) for number, item in enumerate(PEOPLE)}
    result = made(
        *rows, catalogue=(ADMINISTRATOR, READER), members={GLOBAL_ADMINISTRATOR: frozenset(members)}, user_roles=roles
    )
    concerned = {PEOPLE[number].id for number in (deleted | demoted) & admins}
    left = members - {operation.user_id for operation in result.operations if operation.target in (None, ADMINISTRATOR)}
    assert left or not members
    for row in result.rows:
        refused = row.before is not None and row.before.id in concerned and not members - concerned
        assert (row.details.get("reason") == "last_administrator") is refused and bool(row.operations) is not refused


def test_whoever_holds_the_role_counts_also_where_the_members_lack_them() -> None:
    def stripping(**members: t.Any) -> Plan:
        roles = {PEOPLE[0].id: (ADMINISTRATOR,)}
        return made(stripped(0), catalogue=(ADMINISTRATOR, READER), user_roles=roles, **members)

    refused = stripping(members={GLOBAL_ADMINISTRATOR: frozenset()})
    assert refused.operations == () and refused.rows[0].details["reason"] == "last_administrator"
    assert stripping(members={GLOBAL_ADMINISTRATOR: frozenset({SOMEBODY_ELSE})}).operations


def test_only_what_the_guard_needs_is_read() -> None:
    def asked(*rows: UserDeclaration, **values: t.Any) -> t.Any:
        with pytest.raises(Unread) as unread:
            made(*rows, **{"members": {}, **values})
        return set(unread.value.needs)

    assert asked(absent(0), absent(1), catalogue=None) == {Need("guard", "catalogue")}
    assert asked(absent(0), absent(1)) == {Need("guard", "members")}, "one read for all of them"
    reads_a_role = {"user_roles": {PEOPLE[0].id: (READER,)}}
    assert made(stripped(0), catalogue=(ADMINISTRATOR, READER), members={}, **reads_a_role).operations, (
        "another role needs no members"
    )
    nobody = declared(user_principal_name="nobody@contoso.example", state="absent")
    assert made(nobody, catalogue=None, members={}).rows[0].refusal is None, "nobody is deleted, so nothing is read"


def test_who_may_not_read_the_roles_deletes_nobody() -> None:
    error = ServiceError("no", status=403, code="900308", needed_roles=["Directory Readers"])
    other = declared(user_principal_name=PEOPLE[2].user_principal_name, first_name="New")
    result = made(absent(0), other, catalogue=None, guard_error=error)
    assert [operation.action for operation in result.operations] == ["update"]
    assert result.rows[0].details["reason"] == "roles_unreadable" and result.rows[0].details["needed_roles"] == [
        "Directory Readers"
    ]


class Signed:
    """A session with a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def acting_identity(self) -> frozenset[str]:
        return acting_identity(self.token)


@pytest.mark.parametrize("token", ["opaque", "", "a.b.c", "e30.e30."])
def test_when_it_cannot_be_told_who_is_acting_nobody_is_deleted_purged_or_loses_a_role(token: str) -> None:
    acting = acting_for(t.cast(t.Any, Signed(token)), [absent(0)])
    assert acting is ANYBODY
    result = made(
        absent(0), stripped(1), acting=acting, catalogue=(ADMINISTRATOR, READER), user_roles={PEOPLE[1].id: (READER,)}
    )
    assert [row.details.get("reason") for row in result.rows] == [
        "acting_identity_unknown"
    ] * 2 and result.operations == ()
    purge = made(declared(user_principal_name=PEOPLE[0].user_principal_name), purge=EVERYBODY, acting=acting).purge
    assert purge and purge.operations == () and purge.reason == "acting_identity_unknown"


def test_a_token_that_says_whose_it_is_is_no_obstacle() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"oid": IDS[9]}).encode()).decode().rstrip("=")
    acting = acting_for(t.cast(t.Any, Signed(f"e30.{claims}.")), [absent(0)])
    assert acting == {IDS[9]} and made(absent(0), acting=acting).operations
    assert acting_for(t.cast(t.Any, Signed("opaque")), [declared()]) == (), "nothing is deleted, so nobody asks"


def test_whoever_is_not_found_in_a_listing_that_was_not_understood_is_not_said_to_be_absent() -> None:
    nobody, known = declared(user_principal_name="nobody@contoso.example", state="absent"), absent(0)
    result = made(
        nobody,
        known,
        declared(user_id=IDS[9], user_principal_name=None, state="absent"),
        unidentified=("the one named 'x'",),
    )
    assert [row.details.get("reason") for row in result.rows] == ["listing_not_understood", None, None] and len(
        result.operations
    ) == 1
    gone = user(5, "nobody@contoso.example", state="deleted")
    row = plan((nobody,), snapshot(gone, unidentified=("the one named 'x'",))).rows[0]
    assert row.details.get("reason") == "listing_not_understood", "an earlier deletion says nothing about who is active"
