"""Technicians who are declared at four customers."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.people import People
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.people_options import (
    declare_people,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer

LOCALS = ("ada", "bob", "eve")
IDS = [Guid(f"5f2a0c66-7d0e-4c3b-9a51-00000000000{number}") for number in range(4)]
CUSTOMERS = [Customer(each, f"Customer {n}", f"c{n}.onmicrosoft.com", "reseller") for n, each in enumerate(IDS)]
RUN = "9f0e5f0a-0000-4000-8000-00000000000a"


def block(**changes: t.Any) -> dict[str, t.Any]:
    """The option ``people``."""
    return {
        "name": "technicians",
        "record_file": "record.jsonl",
        "customers": {"all": True},
        "defaults": {"user_principal_name": "{local}@{customer.default_domain}"},
        "people": [{"local": local, "display_name": local.title()} for local in LOCALS],
        **changes,
    }


def declared(**changes: t.Any) -> People:
    """The declaration that becomes of it."""
    people, _rows, problems = declare_people(block(**changes))
    assert people and not problems, problems
    return people
