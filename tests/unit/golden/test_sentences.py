# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of problems and refusals, all in one file, where they can be read and edited next to each other.

Other tests assert the reason, the row and the option. After a sentence was changed on purpose, write the file anew and
read the difference: ``RENEW=1 pytest tests/unit/golden``.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration as AzureDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.users import declare_rows
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.users import User as AzureUser
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.users import (
    plan_user as plan_azure_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.problem import Problem
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import declare_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.facts import Facts
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import Sku
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan, plan_user

from ..partner_center.factories import CUSTOMER, IDS, UPN, declared, gone, snapshot, user

FILE = Path(__file__).with_name("sentences.txt")
NEW = "ada.lovelace@contoso.example"
PASSWORD = "Correct-Horse-7"
UNUSABLE = "\N{REPLACEMENT CHARACTER}"
SKU = Sku("efccb6f7-5641-4e0e-bd10-b4976e1bf68e", "EMS", "Mobility", "group1", 10, 5, 5)

OPTIONS: list[dict[str, t.Any]] = [
    {},
    {"user_id": "5"},
    {"user_principal_name": "ada"},
    {"user_principal_name": "a@b@contoso.example"},
    {"user_principal_name": f"{'a' * 65}@contoso.example"},
    {"user_principal_name": "ada@contoso"},
    {"user_principal_name": "ada@-contoso.example"},
    {"user_principal_name": f"ada{UNUSABLE}@contoso.example"},
    {"user_principal_name": UPN, "display_name": ""},
    {"user_principal_name": UPN, "licenses": {"addLicenses": ["EMS"]}},
    {"user_principal_name": UPN, "licenses": {"sku": "EMS"}},
    {"user_principal_name": UPN, "licenses": {}},
    {"user_principal_name": UPN, "licenses": {"add": None, "remove": "EMS"}},
    {"user_principal_name": UPN, "licenses": {"remove": [{"sku": "EMS", "excluded_plans": []}]}},
    {"user_principal_name": UPN, "roles": {"add": ["Reports Reader"], "remove": ["reports reader"]}},
    {"user_principal_name": UPN, "roles": {"set": ["Reports Reader"], "remove": []}, "purge_roles": True},
    {"user_principal_name": UPN, "display_name": None},
    {"user_principal_name": UPN, "display_name": "<<Omit>>"},
    {"user_principal_name": UPN, "display_name": "Jos\u00c3\u00a9"},
    {"user_principal_name": UPN, "display_name": "Jos?phine"},
    {"user_principal_name": UPN, "display_name": "Tom &amp; Jerry"},
    {"user_principal_name": UPN, "display_name": "#REF!"},
    {"user_principal_name": UPN, "display_name": "=A1&B1"},
    {"user_principal_name": UPN, "display_name": "a\u202eb"},
    {"user_principal_name": UPN, "display_name": "a" * 257},
    {"user_principal_name": UPN, "display_name": True},
    {"user_principal_name": UPN, "phone_number": 49301234},
    {"user_principal_name": UPN, "first_name": ["Ada"]},
    {"user_principal_name": UPN, "usage_location": "UK"},
    {"user_principal_name": UPN, "usage_location": "false"},
    {"user_principal_name": UPN, "licenses": "EMS"},
    {"user_principal_name": UPN, "licenses": [{"sku": "", "plan": 1}]},
    {"user_principal_name": UPN, "licenses": ["EMS", "ems"]},
    {"user_principal_name": UPN, "roles": "Reports Reader"},
    {"user_principal_name": UPN, "password": "short"},
    {"user_principal_name": UPN, "update_password": "always"},
    {"user_principal_name": UPN, "previous_user_principal_name": UPN},
]
TASKS: list[dict[str, t.Any]] = [
    {"customers": [5]},
    {"customers": [{"customer_id": CUSTOMER}]},
    {"customers": [{"customer_id": "5", "users": []}]},
    {"customers": [{"customer_id": CUSTOMER, "users": {}}]},
    {"customers": [{"customer_id": CUSTOMER, "user": [], "users": [5]}]},
    {"customers": [{"customer_id": CUSTOMER, "users": [{"user_principal_name": UPN, "state": "gone", "name": "x"}]}]},
    {"customers": [{"customer_id": CUSTOMER, "users": [], "defaults": {"user_id": IDS[1], "nothing": 1}}]},
    {"customers": [{"customer_id": CUSTOMER, "users": [{"user_principal_name": UPN}] * 2}]},
]
AZURE: list[t.Any] = [
    None,
    {},
    [5],
    [{}],
    [{"name": "", "email": ""}],
    [{"name": "ada@contoso.example", "state": "restored"}],
    [{"name": "ada@contoso.example", "state": "gone", "create": "perhaps", "role": 1}],
    [{"name": "ada@contoso.example"}] * 2,
]
SKUS = {"skus": (SKU,)}


def problems() -> t.Iterator[Problem]:
    """Everything that is wrong with the declarations above."""
    for options in OPTIONS:
        yield from declare_user(options, credentials_file=False)[1]
    for task in TASKS:
        yield from map(known, declare_customers(task, {"credentials_file": "x"}).problems)
    for users in AZURE:
        yield from map(known, declare_rows({"users": users})[1])


def known(problem: str) -> Problem:
    """A problem, which is more than a sentence."""
    assert isinstance(problem, Problem), problem
    return problem


def refusals() -> t.Iterator[tuple[str, str]]:
    """Reason and sentence of every plan that refuses."""
    renamed = {"user_principal_name": NEW, "previous_user_principal_name": UPN}
    synced = user(directory_synced=True)
    made = [
        plan_user(declared(), snapshot()),
        plan_user(declared(**renamed), snapshot(user(1), user(2, NEW))),
        plan_user(declared(**renamed), snapshot(user(1), gone(2, upn=NEW))),
        plan_user(declared(user_id=IDS[1]), snapshot()),
        plan_user(declared(user_id=IDS[1], state="restored"), snapshot()),
        plan_user(declared(user_id=IDS[4], user_principal_name=NEW), snapshot(user(4), user(5, NEW))),
        plan_user(declared(user_id=IDS[4], user_principal_name=NEW, state="absent"), snapshot(user(4))),
        plan_user(declared(state="restored"), snapshot()),
        plan_user(declared(state="restored"), snapshot(gone(1), gone(2))),
        plan_user(declared(user_id=IDS[1], state="restored"), snapshot(gone(1), user(2))),
        plan_user(declared(), snapshot(gone(1))),
        plan_user(declared(display_name="other"), snapshot(synced)),
        plan_user(declared(state="absent"), snapshot(synced), Policy(acting={"x"})),
        plan_user(declared(state="absent"), snapshot(user()), Policy(acting={UPN})),
        plan_user(declared(user_principal_name="a@fabrikam.example", display_name="A", password=PASSWORD), snapshot()),
        plan_user(
            declared(state="absent"),
            snapshot(user(), unidentified=("x",)),
            Policy(Facts("Partner Center", "Germany", frozenset({"delete"})), acting={"x"}),
        ),
        plan_user(declared(licenses=["EMS"]), snapshot(user(licenses=()), licenses={IDS[0]: ()}, **SKUS)),
        plan_user(declared(licenses=["E5"]), snapshot(user(usage_location="DE"), licenses={IDS[0]: ()}, **SKUS)),
        plan_user(
            declared(licenses=["EMS", "Mobility"]),
            snapshot(user(usage_location="DE"), licenses={IDS[0]: ()}, **SKUS),
        ),
        plan_user(declared(roles=["Nobody"]), snapshot(user(), user_roles={IDS[0]: ()})),
    ]  # fmt: skip
    both = (declared(user_id=IDS[0], index=0), declared(index=1))
    made += plan(both, snapshot(user())).rows
    for row in made:
        if row.refusal:
            yield row.details["reason"], row.refusal
    name = "ada@contoso.example"
    for state, owns, options in (
        ("active", 1, {"state": "absent"}),
        ("delete_pending", 0, {"state": "present"}),
        ("strange", 0, {"state": "present"}),
    ):
        row = AzureDeclaration(name=name, **options)
        azure = plan_azure_user(row, AzureUser(name, name, state, subscription_count=owns), ())
        yield azure.details["reason"], str(azure.refusal)
    for row in (AzureDeclaration("present", "ada"), AzureDeclaration("present", name, create=False)):
        azure = plan_azure_user(row, None, ())
        yield azure.details["reason"], str(azure.refusal)


def sentences() -> str:
    """One line for each: the reason, and what is said."""
    found = {(str(problem.reason), str(problem)) for problem in problems()} | set(refusals())
    return "".join(f"{reason}: {text}\n" for reason, text in sorted(found))


def test_the_sentences_are_those_of_the_file() -> None:
    said = sentences()
    if os.environ.get("RENEW"):
        FILE.write_text(said, encoding="utf-8")
    assert said.splitlines() == FILE.read_text(encoding="utf-8").splitlines()


def test_everything_has_a_reason_and_no_line_break() -> None:
    found = [*refusals(), *((problem.reason, str(problem)) for problem in problems())]
    assert len(found) > 70 and all(reason and "\n" not in text for reason, text in found)


def test_a_problem_knows_what_it_is_about() -> None:
    (task,) = [declare_customers(task, {"credentials_file": "x"}) for task in TASKS if "gone" in str(task)]
    found = {(problem.customer, problem.row, problem.option, problem.reason) for problem in map(known, task.problems)}
    assert found == {(0, 0, "state", "not_a_choice"), (0, 0, "name", "unknown_option")}
    _rows, azure = declare_rows({"users": [{"name": "a@b.example"}, {"name": "b@b.example", "create": "perhaps"}]})
    assert [(problem.row, problem.option, problem.reason) for problem in map(known, azure)] == [
        (1, "create", "not_a_choice")
    ]
