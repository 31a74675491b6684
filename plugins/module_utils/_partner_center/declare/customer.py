# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How a task names its customer."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import is_guid
from ..._common.problem import Problem
from ..._common.text import shown
from .user import _domain_problems

CUSTOMER_SPEC: dict[str, dict[str, t.Any]] = {"customer_id": {"type": "str"}, "customer_domain": {"type": "str"}}
"""The options that name one customer."""


def customer_problems(customer_id: str | None, customer_domain: str | None) -> list[str]:
    """What is wrong with the way a customer is named; exactly one of the two must be given."""
    if customer_id is not None and customer_domain is not None:
        return [Problem("customer_id and customer_domain are mutually exclusive.", "contradiction")]
    if customer_id is not None:
        if is_guid(customer_id.strip()):
            return []
        return [Problem.about("customer_id", f"{shown(customer_id)} is not a GUID.", "not_a_guid")]
    if customer_domain is not None:
        return [
            Problem.about("customer_domain", f"{problem}.", "not_a_domain")
            for problem in _domain_problems(customer_domain.strip())
        ]
    return [Problem("The customer is missing. Specify customer_id or customer_domain.", "customer_missing")]
