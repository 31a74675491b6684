# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of attributes, and the one comparison of a value that was found with one that is wanted."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    LIMITS,
    USER_SPEC,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.attributes import (
    ATTRIBUTES,
    SYNCED_ATTRIBUTES,
    same_value,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from support.refused import about

from .factories import UPN, snapshot, user


def test_every_attribute_is_an_option_and_a_field_of_the_user() -> None:
    assert set(ATTRIBUTES) <= set(USER_SPEC)
    assert set(ATTRIBUTES) <= {field.name for field in dataclasses.fields(User)}


def test_what_the_table_says() -> None:
    assert {name: attribute.wire for name, attribute in ATTRIBUTES.items()} == {
        "user_principal_name": "userPrincipalName",
        "display_name": "displayName",
        "first_name": "firstName",
        "last_name": "lastName",
        "usage_location": "usageLocation",
        "immutable_id": "immutableId",
        "phone_number": "phoneNumber",
    }
    assert LIMITS == {"display_name": 256, "first_name": 64, "last_name": 64, "immutable_id": 256, "phone_number": 64}
    assert set(ATTRIBUTES) - SYNCED_ATTRIBUTES == {"usage_location"}


@pytest.mark.parametrize(
    ("name", "found", "wanted", "same"),
    [
        ("display_name", "Grace", "Grace", True),
        ("display_name", "grace", "Grace", False),
        ("display_name", "Ame\u0301lie", "Am\u00e9lie", True),
        ("display_name", "Grace ", "Grace", False),
        ("display_name", None, "Grace", False),
        ("usage_location", "us", "US", True),
        ("usage_location", "GB", "US", False),
        ("usage_location", None, "US", False),
        ("user_principal_name", "Grace@Contoso.example", "grace@contoso.example", True),
        ("user_principal_name", "grace@contoso.example", "grace@fabrikam.example", False),
        ("immutable_id", "AbC=", "abc=", False),
        ("state", "active", "active", True),
        ("state", "deleted", "active", False),
    ],
)
def test_the_same_value(name: str, found: str | None, wanted: str, same: bool) -> None:
    assert same_value(name, found, wanted) is same


def test_nothing_can_be_cleared_at_partner_center() -> None:
    assert [name for name, attribute in ATTRIBUTES.items() if attribute.clearable] == []
    for name in set(ATTRIBUTES) - {"user_principal_name"}:
        _row, found = declare_user({"user_principal_name": UPN, name: " "}, credentials_file=False)
        assert about(found) == [(name, "empty")], name


def test_an_empty_string_clears_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ATTRIBUTES, "last_name", dataclasses.replace(ATTRIBUTES["last_name"], clearable=True))
    row, found = declare_user(
        {"user_principal_name": UPN, "display_name": "Ada", "last_name": " "}, credentials_file=True
    )
    assert found == []
    named, unnamed = user(display_name="Ada", last_name="Lovelace"), user(display_name="Ada")
    (operation,) = plan_user(row, snapshot(named)).operations
    assert (operation.action, operation.after()) == ("update", {"last_name": ""})
    assert plan_user(row, snapshot(unnamed)).operations == ()
    (created,) = plan_user(row, snapshot()).operations
    assert created.after() == {"user_principal_name": UPN, "display_name": "Ada"}
