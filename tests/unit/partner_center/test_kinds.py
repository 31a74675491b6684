# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a refusal means is said once, where the codes are known; most codes mean different things about different requests."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import Kind, Throttled
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import (
    explained,
    may_be_so,
    refusal,
    too_early,
)

CUSTOMER = "customers/c"
USERS = "customers/c/users"
USER = "customers/c/users/u"
LICENSES = "customers/c/users/u/licenseupdates"
NO_RELATIONSHIP = "The relationship between the partner and customer does not exist"


@pytest.mark.parametrize(
    "path, status, code, words, kind",
    [
        (USER, 404, "60002", "User object Id is not found", Kind.ABSENT),
        (USER, 404, "1000", "", Kind.ABSENT),
        (USER, 400, "3000", "Invalid property", Kind.ABSENT),
        # Nobody is called deleted because the partner lost the customer, or because of how the customer was named.
        (USER, 400, "3000", NO_RELATIONSHIP, Kind.OTHER),
        (USER, 404, "1000", NO_RELATIONSHIP, Kind.OTHER),
        (USER, 404, "60003", "Customer not found", Kind.OTHER),
        (USER, 404, None, "Resource not found", Kind.OTHER),
        (CUSTOMER, 404, "60003", "", Kind.ABSENT),
        (CUSTOMER, 404, "60002", "", Kind.OTHER),
        (CUSTOMER, 400, "3000", "", Kind.OTHER),
        (USERS, 400, "3000", "Invalid property", Kind.OTHER),
        (USERS, 400, "3000", "Another object with the same value for property userPrincipalName already exists.", Kind.EXISTS),
        (USER, 409, None, "", Kind.EXISTS),
        ("customers/c/directoryroles/r/usermembers", 400, "3000", "One or more added object references already exist", Kind.EXISTS),
        (LICENSES, 400, "60012", "LicenseQuotaExceededException : ", Kind.NO_SEATS),
        (LICENSES, 400, "3000", "License assignment cannot be done for user with invalid usage location.", Kind.NO_LOCATION),
        (LICENSES, 400, "3000", "Invalid property", Kind.OTHER),
        (LICENSES, 404, "60002", "", Kind.NOT_YET),
        (LICENSES, 404, None, "", Kind.NOT_YET),
        (USERS, 403, "900308", "", Kind.LACKS_ROLE),
        (USERS, 403, "900150", "", Kind.LACKS_ROLE),
        (USERS, 403, None, "Insufficient privileges", Kind.LACKS_ROLE),
        (USERS, 403, None, "Not supported with application credentials", Kind.OTHER),
        (USERS, 403, "900329", "", Kind.OTHER),
        (USERS, 400, "900308", "", Kind.OTHER),
        (USERS, 429, None, "", Kind.THROTTLED),
        (USERS, 500, None, "", Kind.OTHER),
    ],
)  # fmt: skip
def test_what_a_refusal_means(path: str, status: int, code: str | None, words: str, kind: Kind) -> None:
    error = refusal("Refused.", path=path, status=status, code=code, description=words)
    assert error.kind is kind
    assert too_early(error) is (kind in (Kind.ABSENT, Kind.NOT_YET, Kind.NO_LOCATION))
    assert may_be_so(error) is (status in (400, 404, 409) and kind is not Kind.NO_SEATS)


def test_a_better_advice_takes_the_place_of_the_general_one() -> None:
    error = refusal("Refused.", path=USERS, status=403, code="900308", request_id="r", repeated=True)
    better = explained(error, "create", ("User Administrator",), "c")
    assert error.said == better.said == "Refused." and error.message != "Refused."
    assert error.message.removeprefix("Refused. ") not in better.message
    assert better.kind is Kind.LACKS_ROLE and better.repeated
    assert better.details == {**error.details, "reason": "missing_role", "needed_roles": ["User Administrator"]}


def test_who_waits_too_long_is_throttled() -> None:
    assert Throttled("wait", status=429).kind is Kind.THROTTLED
