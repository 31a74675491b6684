# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The requests to Partner Center that are about the partner and not about one customer."""

from __future__ import annotations

import json
import typing as t

from ..model.users import Customer, customer_from_wire
from .paging import pages
from .transport import Transport

PAGE_SIZE = "500"
"""Largest page of users in Microsoft's documentation; the service may answer with less, links.next decides."""


def customers(transport: Transport, field: str | None = None, prefix: str = "") -> t.Iterator[Customer]:
    """All customers, or those whose ``CompanyName`` or ``Domain`` begins with a text (short form, domains unknown).

    Source: "Get a list of customers", "Get a list of customers filtered by a search field".
    """
    query = {"size": "0"} if field else {"size": PAGE_SIZE}
    if field:
        query["filter"] = matching(field, prefix, "starts_with")
    for page in pages(transport, "customers", query):
        for item in page:
            yield customer_from_wire(item)


def sees_mfa(transport: Transport) -> bool | None:
    """Whether Partner Center sees MFA in the token; None if it does not say. Source: Partner Center documentation,
    "Mandating MFA".

    The documentation does not say whether it is a header or a member, so both are read.
    """
    answer = transport.get("customers", {"size": "1"}, {"ValidateMfa": "true"})
    said = answer.headers.get("isMfaCompliant")
    if said is None and isinstance(answer.body, dict):
        said = answer.body.get("isMfaCompliant")
    return None if said is None else str(said).lower() == "true"


def matching(field: str, value: str, operator: str) -> str:
    """A filter of a listing."""
    return json.dumps({"Field": field, "Value": value, "Operator": operator}, separators=(",", ":"))
