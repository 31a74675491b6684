# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made a user differ: only what the records say, and never a wrong name."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.audit_records import (
    record_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.attribution import (
    Question,
    attribute,
    questions,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.attributing import (
    attribution_problems,
    described,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support.attribution_worlds import World

from .factories import CUSTOMER, IDS, UPN, declared, gone, user

OTHER = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"


def item(
    operation: str,
    minute: int,
    old: dict[str, t.Any] | None = None,
    new: dict[str, t.Any] | None = None,
    user_id: str | None = IDS[0],
    **more: t.Any,
) -> dict[str, t.Any]:
    return {
        "customerId": CUSTOMER,
        "userPrincipalName": "ann@partner.example",
        "applicationId": "app",
        "resourceType": "customer_user",
        "operationType": operation,
        "originalCorrelationId": f"c{minute}",
        "operationDate": f"2026-11-20T10:{minute:02}:00.1234567Z",
        "operationStatus": "succeeded",
        "customizedData": [{"key": "CustomerUserId", "value": user_id}, {"key": "Nothing", "value": None}]
        if user_id
        else None,
        "resourceOldValue": None if old is None else json.dumps(old),
        "resourceNewValue": None if new is None else json.dumps(new),
        **more,
    }


def update(minute: int, old: str | None, new: str | None, **more: t.Any) -> dict[str, t.Any]:
    before, after = (
        {"DisplayName": name, "UserPrincipalName": UPN, "Id": IDS[0]} if name else None for name in (old, new)
    )
    return item("update_customer_user", minute, before, after, **more)


NAME = Question("display_name", "attribute", IDS[0], UPN, "B", "display_name")


def asked(question: Question, *items: dict[str, t.Any]) -> str:
    answer = attribute(question, CUSTOMER, [record for record in map(record_from_wire, items) if record])
    assert (answer.record is None) != (answer.reason is None)
    return answer.record.correlation_id if answer.record else str(answer.reason)


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ([], "no_record"),
        ([update(1, "A", "B")], "c1"),
        ([update(1, "A", "B"), update(1, "A", "B")], "c1"),
        ([update(5, "A", "B"), update(1, "A", "C")], "c5"),
        ([update(1, "A", "B"), update(5, "B", "C")], "changed_since"),
        ([update(1, "A", "C")], "changed_since"),
        ([update(1, "A", "B"), update(5, "B", "B")], "c1"),
        ([update(1, "A", "B"), update(5, "X", "X")], "changed_since"),
        ([update(1, None, "B")], "ambiguous"),
        ([update(1, "A", "B"), update(5, None, None)], "ambiguous"),
        ([update(5, "A", "B"), update(1, None, None)], "c5"),
        ([update(1, "A", "B"), update(1, "A", "B", userPrincipalName="bob@partner.example")], "ambiguous"),
        ([update(1, "A", "B", customerId=OTHER)], "no_record"),
        ([update(1, "A", "B", operationStatus="failed")], "no_record"),
        ([update(1, "A", "B", customerId=None)], "no_record"),
        ([update(1, "A", "B", operationDate="yesterday")], "no_record"),
        ([update(1, "A", "B", userPrincipalName=None, applicationId=None)], "ambiguous"),
        ([update(1, "A", "B"), item("some_new_operation", 5)], "ambiguous"),
        ([update(1, "A", "B"), item("reset_customer_user_password", 5)], "c1"),
        ([update(1, "A", "B"), item("update_customer_user_licenses", 5, resourceType="license")], "c1"),
        ([item("CreateCustomerUser", 1, None, {"displayname": "B", "ID": IDS[0].upper()})], "c1"),
    ],
)
def test_an_attribute(items: list[dict[str, t.Any]], answer: str) -> None:
    for order in (items, items[::-1]):
        assert asked(NAME, *order) == answer


def test_a_record_about_somebody_else_with_the_same_name_says_nothing() -> None:
    """Somebody else had the name before, or has it at another customer."""
    stranger = {"DisplayName": "B", "UserPrincipalName": UPN, "Id": IDS[1]}
    record = item("update_customer_user", 1, {**stranger, "DisplayName": "A"}, stranger, IDS[1])
    assert asked(NAME, record) == "no_record"
    nameless = item(
        "update_customer_user",
        5,
        {"DisplayName": "A", "UserPrincipalName": UPN},
        {"DisplayName": "B", "UserPrincipalName": UPN},
        None,
    )
    assert asked(NAME, nameless) == "c5"
    assert asked(NAME, nameless, record) == "ambiguous"
    assert asked(NAME, update(1, "A", "B", customizedData=[{"key": "CustomerUserId", "value": IDS[1]}])) == "ambiguous"


def test_licenses_and_roles() -> None:
    def licensed(minute: int, added: str | None = None, removed: str | None = None) -> dict[str, t.Any]:
        data = [("CustomerUserId", IDS[0]), ("AddedLicenseSkuId", added), ("RemovedLicenseSkuId", removed)]
        pairs = [{"key": key, "value": value} for key, value in data if value]
        return item("update_customer_user_licenses", minute, resourceType="license", customizedData=pairs)

    held, lost = (Question("licenses.E5", "license", IDS[0], UPN, held, "e5") for held in (True, False))
    # The same request changes the service plans of a license that the user has.
    assert asked(held, licensed(1, "E5"), licensed(2, None, "f1")) == "ambiguous"
    assert asked(lost, licensed(1, "E5"), licensed(2, None, "e5")) == "c2"
    assert asked(lost, licensed(1, "E5")) == "changed_since"
    assert asked(held, licensed(1, "E5"), licensed(2)) == "ambiguous"
    assert asked(held, licensed(1, "E5"), licensed(2, "e5", "e5")) == "ambiguous"
    assert asked(held, licensed(1, "E5"), item("delete_customer_user", 2)) == "ambiguous"

    def member(minute: int, operation: str, role: str | None) -> dict[str, t.Any]:
        data = [("CustomerUserId", IDS[0]), ("RoleId", role)]
        pairs = [{"key": key, "value": value} for key, value in data if value]
        return item(operation, minute, resourceType="customer_directory_role", customizedData=pairs)

    role = Question("roles.X", "role", IDS[0], UPN, True, "r1")
    assert asked(role, member(1, "add_user_member", "r1"), member(2, "remove_user_member", "r2")) == "c1"
    assert asked(role, member(1, "add_user_member", "r1"), member(2, "remove_user_member", "r1")) == "changed_since"
    assert asked(role, member(1, "add_user_member", None)) == "ambiguous"


def test_states() -> None:
    there, gone_ = Question("state", "state", IDS[0], UPN, "active"), Question("state", "state", None, UPN, "deleted")
    shown = {"UserPrincipalName": UPN, "Id": IDS[0]}
    created, deleted = item("create_customer_user", 1, None, shown), item("delete_customer_user", 5, shown, shown)
    assert asked(there, created) == "c1" and asked(there, created, deleted) == "changed_since"
    assert asked(gone_, created, deleted) == "c5" and asked(gone_, created) == "changed_since"
    renamed = item(
        "update_customer_user_principal_name", 7, shown, {**shown, "UserPrincipalName": "other@contoso.example"}
    )
    assert asked(gone_, created, renamed) == "c7"
    assert asked(gone_, created, deleted, item("delete_customer_user", 6)) == "ambiguous"
    assert asked(gone_, item("delete_customer_user", 6, user_id=IDS[3])) == "no_record"


def test_what_is_asked_of_a_plan() -> None:
    def made(*operations: Operation, before: t.Any = user(), **more: t.Any) -> list[tuple[t.Any, ...]]:
        found = questions(RowPlan(declared(), before=before, operations=operations, **more))
        return [(each.key, each.kind, each.user_id, each.value) for each in found]

    fields = {"display_name": ("Ada", "X"), "first_name": (None, "Y")}
    licenses = Operation(
        "assign_licenses", UPN, IDS[0], {}, target=LicenseChange("group1", (("e5", ()),), ("f1",), ("e5",))
    )
    role = Operation("remove_role", UPN, IDS[0], {}, target=Role("Reader", "r1"))
    assert made(Operation("update", UPN, IDS[0], fields), licenses, role) == [
        ("display_name", "attribute", IDS[0], "Ada"),
        ("first_name", "attribute", IDS[0], ""),
        ("licenses.e5", "license", IDS[0], False),
        ("licenses.f1", "license", IDS[0], True),
        ("roles.Reader", "role", IDS[0], True),
    ]
    assert made(Operation("create", UPN, None, fields), licenses, before=None) == [("state", "state", None, "deleted")]
    assert made(Operation("delete", UPN, IDS[0]), before=user()) == [("state", "state", IDS[0], "active")]
    assert made(Operation("restore", UPN, IDS[1]), licenses, before=gone()) == [("state", "state", IDS[1], "deleted")]
    assert made(refusal="No.", candidates=(gone(),), before=None) == [("state", "state", IDS[1], "deleted")]
    assert made(Operation("reset_password", UPN, IDS[0], {"password": (None, True)})) == []


def test_what_is_said() -> None:
    def said(known: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
        return described(attribute(NAME, CUSTOMER, [record_from_wire(update(1, "A", "B", **more))]), known)

    run = {
        "time": "2026-11-20T10:00:00Z",
        "local_user": "ops",
        "host": "h",
        "change_reference": "CHG-7",
        "user_principal_name": None,
    }
    assert said({})["text"] == "ann@partner.example at 2026-11-20T10:01:00Z" and said({})["run"] is None
    assert said({"c1": run})["run"] == run and "CHG-7" in said({"c1": run})["text"]
    # Another identity under the same id is no run of ours.
    assert said({"c1": {**run, "user_principal_name": "bob@partner.example"}})["run"] is None
    application = said({}, userPrincipalName=IDS[5])
    assert (application["who"], application["kind"]) == ("application app", "application")
    unknown = described(attribute(NAME, CUSTOMER, []), {"c1": run})
    assert (unknown["who"], unknown["reason"]) == ("unknown", "no_record")
    assert set(unknown) == set(application)


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_nobody_is_named_wrongly(seed: int) -> None:
    found = World(random.Random(seed)).judge()
    assert found.wrong == []


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(sorted(update(1, "A", "B"))),
)
@settings(max_examples=200, deadline=None)
def test_a_record_of_any_form_is_read_or_left(value: t.Any, name: str) -> None:
    for given_value in (value, json.dumps(value)):
        record = record_from_wire({**update(1, "A", "B"), name: given_value})
        if record is not None:
            attribute(NAME, CUSTOMER, [record])
    assert record_from_wire(value) is None


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (90, True), (91, False)])
def test_days(days: int, good: bool) -> None:
    assert (attribution_problems({"attribute_days": days}) == []) == good
