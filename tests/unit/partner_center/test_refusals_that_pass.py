"""Refusals that are not about what was asked for, and what is said of them."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import hint_for
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin

from .factories import CUSTOMER, IDS, UPN, declared, user
from .wires import Response, client

SKU = "f8a1db68-be16-40ed-86d5-cb42ce701560"
NOWHERE = Response(
    400, {"code": 3000, "description": "License assignment cannot be done for user with invalid usage location."}
)
DONE = Response(201, {"licensesToAssign": [{"skuId": SKU}], "licenseWarnings": []})


def assign(location: str | None, *answers: Response) -> tuple[Outcome, int]:
    before = user(1, usage_location=location)
    change = LicenseChange("group1", assign=((SKU, ()),))
    operation = Operation("assign_licenses", UPN, IDS[1], {"licenses": ((), ())}, "", target=change)
    api, script, _slept = client(*answers)
    (outcome,) = begin(
        Plan(CUSTOMER, (RowPlan(declared(), before, before, (operation,)),)), api, secrets=Secrets()
    ).finish()
    assert "Internal error" not in outcome.message, outcome.message
    return outcome, len(script.asked)


def test_a_location_that_is_right_is_asked_about_again() -> None:
    outcome, asked = assign("NO", NOWHERE, NOWHERE, DONE)
    assert (outcome.status, asked) == ("changed", 3)


def test_one_that_is_missing_is_not() -> None:
    outcome, asked = assign(None, NOWHERE, Response(200, {"items": []}))
    assert outcome.status == "failed" and asked <= 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("2000", "Account Id has to be set."),
        ("3000", "License assignment cannot be done for user with invalid usage location."),
    ],
)
def test_what_to_do_is_said(code: str, words: str) -> None:
    assert hint_for(400, code, words)
    assert not hint_for(400, code, "Customer search only allows starts with and equals operation.")
