"""What was probably meant: countries, roles, products and service plans."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.text import nearest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.countries import (
    country_problem,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    ServicePlan,
    Sku,
    Unresolved,
    find_plan,
    find_sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    Role,
    find_role,
)

NAMES = ("Global Reader", "Helpdesk Administrator")
ROLES = [Role("Global Reader", "r1"), Role("User Administrator", "r2"), Role("Helpdesk Administrator", "r3")]
SKU = Sku(
    "s1", "SPE_E3", "Microsoft 365 E3", "group1", 1, 0, 1, plans=(ServicePlan("p1", "TEAMS1", "Microsoft Teams"),)
)


@pytest.mark.parametrize(("code", "part"), [("UK", "GB"), ("uk ", "GB"), ("EL", "GR"), ("False", "boolean")])
def test_countries(code: str, part: str) -> None:
    problem = country_problem(code)
    assert problem and part in problem.rpartition(code.strip())[2]
    assert problem.reason == ("not_a_text" if part == "boolean" else "not_a_country")


def test_codes_that_are_right() -> None:
    assert country_problem("no") is None and country_problem(" GB ") is None


def test_what_is_near_comes_first() -> None:
    for find, text, known, meant in (
        (find_role, "User Adminstrator", ROLES, "User Administrator"),
        (find_sku, "Microsoft 365 E33", [SKU], "Microsoft 365 E3"),
        (find_plan, "Microsoft Team", SKU, "Microsoft Teams"),
    ):
        with pytest.raises(Unresolved) as caught:
            find(text, known)
        said = str(caught.value).partition(repr(text))[2]
        assert min((said.index(name), name) for name in {meant, *NAMES} if name in said)[1] == meant


def test_what_is_far_is_not_guessed() -> None:
    assert nearest("Zebra", [role.name for role in ROLES]) == "" and nearest("x", []) == ""
