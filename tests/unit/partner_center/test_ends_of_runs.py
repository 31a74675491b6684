"""Runs over several customers in which something ends: the order of writes, the proof, the brake and the record."""

from __future__ import annotations

import tempfile
import typing as t
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid, upn_key
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Status
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.run_limit import RunLimit
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import Written
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    CustomerDeclaration,
    DeclaredCustomers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.ends import Ends, Grant
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers as many
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.access_file import AccessFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.ending import (
    ending,
    overdue_since,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import NOW, user
from .tenants import ROLES, SKUS, Tenant
from .worlds import ANSWER, Partner

OVER, LATER = (NOW - timedelta(hours=1)).isoformat(), (NOW + timedelta(hours=1)).isoformat()
NAMES = [role.name for role in ROLES]


@dataclass
class Logged(Tenant):
    """A customer that keeps what was written, in the order of the whole run, and may say yes and do nothing."""

    log: list[str] = field(default_factory=list)
    deaf: bool = False

    def _wrote(self, ended: bool) -> bool:
        self.log.append("ended" if ended else "other")
        return self.deaf and ended

    def update_user(self, user_id: str, values: t.Mapping[str, str]) -> Written:
        self._wrote(False)
        return super().update_user(user_id, values)

    def add_to_role(self, role_id: str, user: User, *, counted: bool = True) -> Written:
        self._wrote(False)
        return super().add_to_role(role_id, user, counted=counted)

    def update_licenses(self, user_id: str, change: LicenseChange, *, counted: bool = True) -> Written:
        if self._wrote(bool(change.remove)):
            return Written(ANSWER)
        return super().update_licenses(user_id, change, counted=counted)

    def remove_from_role(self, role_id: str, user_id: str, *, counted: bool = True) -> Written:
        return Written(ANSWER) if self._wrote(True) else super().remove_from_role(role_id, user_id, counted=counted)

    def delete_user(self, user_id: str) -> Written:
        return Written(ANSWER) if self._wrote(True) else super().delete_user(user_id)


def person(number: int) -> User:
    return user(number, f"user{number}@contoso.example", usage_location="US")


def tenant(customer: Guid, log: list[str], **values: t.Any) -> Logged:
    people = [person(number) for number in range(4)]
    boss = user(9, "boss@contoso.example")
    return Logged(
        {str(each.id): each for each in [*people, boss]},
        customer_id=customer,
        seats=dict.fromkeys(SKUS, 20),
        held={str(each.id): {"E3": frozenset()} for each in people},
        roles={**{str(each.id): {str(ROLES[1].id)} for each in people}, str(boss.id): {GLOBAL_ADMINISTRATOR}},
        log=log,
        **values,
    )


def row(number: int, options: t.Mapping[str, t.Any]) -> UserDeclaration:
    given_options = {"user_principal_name": f"user{number}@contoso.example", **options}
    made, problems = declare_user(given_options, credentials_file=False, raw=given_options, index=number)
    assert not problems, problems
    return made


def work_of(tenants: t.Mapping[str, Logged], writes: bool = True, **more: t.Any) -> many.Work:
    ends = more.pop("ends", Ends())
    return many.Work(t.cast(t.Any, Partner(tenants)), Policy(ends=ends), Secrets(), 1, 4, not writes, writes, **more)


def run(tenants: t.Mapping[str, Logged], rows: t.Sequence[t.Sequence[t.Any]], **more: t.Any) -> list[many.CustomerRun]:
    blocks = [
        CustomerDeclaration(customer, None, tuple(row(number, options) for number, options in enumerate(declared)))
        for customer, declared in zip(tenants, rows)
    ]
    return many.run_customers(DeclaredCustomers(blocks), work_of(tenants, **more), RunLimit(10, None))


CUSTOMERS = [Guid(f"1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b0{number}") for number in range(3)]
ENTRY = st.sampled_from(
    [
        {},
        {"display_name": "Changed"},
        {"expires_at": OVER},
        {"expires_at": LATER, "display_name": "Changed"},
        {"roles": [{"name": NAMES[1], "expires_at": OVER}, NAMES[2]], "display_name": "Changed"},
        {"roles": [{"name": NAMES[1], "expires_at": OVER}]},
        {"licenses": [{"sku": "E3", "expires_at": OVER}, "BI"], "roles": [{"name": NAMES[2], "expires_at": OVER}]},
        {"licenses": ["MINE"], "roles": [{"name": NAMES[1], "expires_at": OVER}, "Nobody knows"]},
    ]
)
ROWS = st.lists(st.lists(ENTRY, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_what_has_ended_goes_first_and_check_mode_says_so(rows: list[list[dict[str, t.Any]]]) -> None:
    log: list[str] = []
    tenants = {str(customer): tenant(customer, log) for customer in CUSTOMERS[: len(rows)]}
    predicted = run(tenants, rows, writes=False)
    assert log == []
    made = run(tenants, rows)
    assert log == sorted(log, key=lambda word: word != "ended"), "over all customers"
    for before, after in zip(predicted, made):
        assert [each.done for each in before.outcomes] == [each.done for each in after.outcomes]
        assert [each.status for each in before.outcomes] == [each.status for each in after.outcomes]
        assert not [entry for entry in ending({}, after.outcomes, NOW, 0) if entry["overdue"]]
    del log[:]
    again = run(tenants, rows)
    assert log == [] and not any(outcome.done for one in again for outcome in one.outcomes)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["expires_at", "roles", "licenses"]))
def test_a_service_that_says_yes_and_does_nothing_is_found_out(kind: str) -> None:
    ended = {
        "expires_at": OVER,
        "roles": [{"name": NAMES[1], "expires_at": OVER}],
        "licenses": [{"sku": "E3", "expires_at": OVER}],
    }
    tenants = {str(CUSTOMERS[0]): tenant(CUSTOMERS[0], [], deaf=True)}
    ((outcome,),) = [one.outcomes for one in run(tenants, [[{kind: ended[kind]}]])]
    assert (str(outcome.status), outcome.reason) == ("unknown", "still_there") and not outcome.done
    assert overdue_since(outcome, NOW) == "2026-11-22T11:00:00Z"


def test_the_brake_holds_users_who_have_ended_and_not_their_roles() -> None:
    log: list[str] = []
    tenants = {str(customer): tenant(customer, log) for customer in CUSTOMERS[:2]}
    over, less = {"expires_at": OVER}, {"roles": [{"name": NAMES[1], "expires_at": OVER}]}
    one, other = run(tenants, [[over, over], [less]], max_delete_total=1)
    assert log == ["ended"] and str(other.outcomes[0].status) == "changed"
    for outcome in one.outcomes:
        assert (str(outcome.status), outcome.reason) == ("skipped", "deletions_not_approved")
        assert overdue_since(outcome, NOW) == "2026-11-22T11:00:00Z"


def test_a_customer_that_cannot_be_read_says_what_is_overdue_there() -> None:
    class Broken(Logged):
        def users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
            raise CollectionError("Out of order.", reason="service_unavailable")

    made = tenant(CUSTOMERS[0], [])
    broken = Broken(**{name: getattr(made, name) for name in ("users_by_id", "customer_id", "seats", "held", "roles")})
    lasting = {"roles": [{"name": NAMES[1], "lasts": "2h"}, {"name": NAMES[2], "expires_at": LATER}]}
    grant = Grant(
        CUSTOMERS[0],
        "role",
        "an id",
        "",
        NOW - timedelta(hours=5),
        7200,
        upn_key("user0@contoso.example"),
        label=NAMES[1],
    )
    (one,) = run({str(CUSTOMERS[0]): broken}, [[lasting]], ends=Ends(grants=(grant,)))
    assert overdue_since(one.outcomes[0], NOW) == "2026-11-22T09:00:00Z"
    assert [entry["status"] for entry in ending({}, one.outcomes, NOW, 1)] == ["overdue", "ends_soon"]


class Full(AccessFile):
    """A record on a disk that is full."""

    def add(self, customer_id: Guid, rows: t.Any, **_how: t.Any) -> None:
        raise CollectionError("The disk is full.", reason="access_file_unwritable")


def test_what_cannot_be_recorded_is_not_granted_and_what_has_ended_goes_all_the_same() -> None:
    log: list[str] = []
    tenants = {str(CUSTOMERS[0]): tenant(CUSTOMERS[0], log)}
    begins = {"roles": [{"name": NAMES[2], "lasts": "2h"}, {"name": NAMES[1], "expires_at": OVER}]}
    (one,) = run(tenants, [[begins, {"display_name": "Changed"}]], access=Full("/nowhere"))
    granted, plain = one.outcomes
    assert (str(granted.status), granted.reason) == ("failed", "access_file_unwritable")
    assert [operation.action for operation in granted.done] == ["remove_role"] and str(plain.status) == "changed"
    assert log == ["ended", "other"]


def test_what_could_not_be_taken_away_stays_open_in_the_record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = AccessFile(str(Path(folder, "access.json")), new=True)
        lasting = [[{"roles": [{"name": NAMES[1], "lasts": "2h"}]}]]
        tenants = {str(CUSTOMERS[0]): tenant(CUSTOMERS[0], [], deaf=True)}
        run(tenants, lasting, access=file)
        (first,) = file.read()
        early = Ends(grants=(replace(first, granted_at=NOW - timedelta(hours=3)),))
        run(tenants, lasting, access=file, ends=early)
        assert [grant.ended_at for grant in file.read()] == [None]
        tenants[str(CUSTOMERS[0])].deaf = False
        run(tenants, lasting, access=file, ends=early)
        (gone,) = file.read()
        assert gone.ended_at == NOW - timedelta(hours=1)


# A name may be somebody else's by the time that something ends.

UPN = "user0@contoso.example"
TIMES = [timedelta(hours=3), timedelta(minutes=5)]


def granted(what: str, name: str, ago: timedelta, ended: bool = False) -> Grant:
    return Grant(
        CUSTOMERS[0], what, name, "X", NOW - ago, 7200, upn_key(UPN), person(0).id, name, NOW if ended else None
    )


WISHES: list[tuple[str, str, dict[str, t.Any]]] = [
    ("user", "", {"lasts": "2h", "granted_for": "X"}),
    ("role", NAMES[1], {"roles": [{"name": NAMES[1], "lasts": "2h", "granted_for": "X"}]}),
]


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("ago", TIMES)
@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize(("what", "name", "options"), WISHES)
def test_another_user_has_the_name(
    what: str, name: str, options: dict[str, t.Any], only: bool, ago: timedelta, ended: bool
) -> None:
    log: list[str] = []
    there = tenant(CUSTOMERS[0], log)
    there.users_by_id[person(0).id] = replace(person(0), user_principal_name="married@contoso.example")
    there.users_by_id[user(7).id] = user(7, UPN, usage_location="US")
    (found,) = run({CUSTOMERS[0]: there}, [[options]], ends=Ends(grants=(granted(what, name, ago, ended),), only=only))
    assert [(each.status, each.reason) for each in found.outcomes] == [(Status.FAILED, "id_contradicts_name")]
    assert log == []


@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize(("what", "name", "options"), WISHES)
def test_whoever_was_renamed_has_it_still(what: str, name: str, options: dict[str, t.Any], only: bool) -> None:
    log: list[str] = []
    there = tenant(CUSTOMERS[0], log)
    there.users_by_id[person(0).id] = replace(person(0), user_principal_name="married@contoso.example")
    ends = Ends(grants=(granted(what, name, TIMES[0]),), only=only)
    (found,) = run({CUSTOMERS[0]: there}, [[options]], ends=ends)
    assert [(each.status, each.reason) for each in found.outcomes] == [(Status.FAILED, "id_contradicts_name")]
    assert log == []
