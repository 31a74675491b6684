# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user is after an operation is computed once; plan, run and diff agree on it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome, Status
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.attributes import (
    ATTRIBUTES,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.after import (
    after_all,
    user_after,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.results import user_diff
from hypothesis import given
from hypothesis import strategies as st

from .factories import IDS, UPN, declared, gone, snapshot, user

READER = Role("Reports Reader", IDS[7])
ROWS = st.fixed_dictionaries(
    {"state": st.sampled_from(["present", "restored", "absent"])},
    optional={
        "last_name": st.sampled_from(["Lovelace", "Byron"]),
        "usage_location": st.sampled_from(["US", "GB"]),
        "previous_user_principal_name": st.just("byron@contoso.example"),
        "on_deleted": st.sampled_from(["restore", "create"]),
        "password": st.just("Correct-Horse-9"),
        "update_password": st.just("always"),
    },
)
USERS = st.sampled_from(
    [
        (),
        (user(last_name="Byron"),),
        (user(usage_location="US", upn="byron@contoso.example"),),
        (gone(last_name="Byron"),),
        (gone(upn=IDS[1].replace("-", "") + UPN),),
    ]
)


@given(options=ROWS, users=USERS)
def test_a_plan_promises_what_its_operations_make(options: dict[str, t.Any], users: tuple[t.Any, ...]) -> None:
    if options["state"] == "absent":
        options.pop("previous_user_principal_name", None)
    if "password" not in options:
        options.pop("update_password", None)
    planned = plan_user(declared(**{"display_name": "Ada", **options}), snapshot(*users))
    after = planned.before
    for operation in planned.operations:
        after = user_after(after, operation)
    assert after == planned.after


def diff_of(before: t.Any, *done: Operation) -> dict[str, t.Any]:
    outcome = Outcome(RowPlan(declared(), before=before, operations=done), Status.CHANGED, done=list(done))
    return {side: json.loads(text) for side, text in user_diff(outcome).items() if side in ("before", "after")}


def add(held: list[str], role: Role = READER) -> Operation:
    fields = {"roles": (held, sorted([*held, role.name]))}
    return Operation("add_role", UPN, IDS[0], fields, "declared", role)


def test_all_roles_are_in_a_diff_where_they_are_known() -> None:
    diff = diff_of(user(roles=("Helpdesk Administrator",)), add([]))
    assert diff["before"]["roles"] == ["Helpdesk Administrator"]
    assert diff["after"]["roles"] == ["Helpdesk Administrator", "Reports Reader"]


def test_the_roles_asked_for_are_in_a_diff_where_not_all_are_known() -> None:
    diff = diff_of(user(), add([]), add(["Reports Reader"], Role("User Administrator", IDS[8])))
    assert (diff["before"]["roles"], diff["after"]["roles"]) == ([], ["Reports Reader", "User Administrator"])


def test_who_is_created_was_not_there() -> None:
    fields = {"user_principal_name": (None, UPN), "display_name": (None, "Ada"), "password": (None, True)}
    licenses = Operation("assign_licenses", UPN, None, {"licenses": ([], ["E3"])}, "", LicenseChange("group1"))
    diff = diff_of(None, Operation("create", UPN, None, fields), licenses, add([]))
    assert diff["before"] == {"state": "none"}
    assert {name: value for name, value in diff["after"].items() if name != "password"} == {
        "user_principal_name": UPN,
        "display_name": "Ada",
        "state": "active",
        "licenses": ["E3"],
        "roles": ["Reports Reader"],
    }
    assert "password" in diff["after"]


@pytest.mark.parametrize("prefix", ["", IDS[1].replace("-", "")])
def test_who_is_restored_has_the_name_of_before_the_deletion(prefix: str) -> None:
    diff = diff_of(gone(upn=prefix + UPN), Operation("restore", UPN, IDS[1], {"state": ("deleted", "active")}))
    assert (diff["before"]["state"], diff["after"]["state"]) == ("deleted", "active")
    assert diff["after"]["user_principal_name"] == UPN


def test_what_was_not_carried_out_is_in_no_diff() -> None:
    found = user(last_name="Byron")
    operation = Operation("update", UPN, IDS[0], {"last_name": ("Byron", "Lovelace")})
    outcome = Outcome(RowPlan(declared(), before=found, operations=(operation,)), Status.FAILED)
    assert user_diff(outcome)["before"] == user_diff(outcome)["after"]
    assert after_all(found, []) == found


def test_every_attribute_is_taken_over() -> None:
    fields = {name: (None, f"{name}@x.example") for name in ATTRIBUTES}
    after = user_after(user(), Operation("update", UPN, IDS[0], fields))
    assert {name: getattr(after, name) for name in ATTRIBUTES} == {name: new for name, (_old, new) in fields.items()}
