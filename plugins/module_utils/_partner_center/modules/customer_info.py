# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``customer_info`` to its result."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.definition import Definition
from ..._common.errors import Kind, OptionError, ServiceError
from ..._common.identifiers import domain_key
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..client.meaning import reading
from ..client.protocol import CustomerClient
from ..declare.customer import CUSTOMER_SPEC, customer_problems
from ..model.users import Customer
from ..module import PartnerCenterModule, PartnerCenterTask
from ..session import Session, connect, priced
from .selectors import null_selectors

INCLUDE_OF_CUSTOMERS = ("subscribed_skus", "directory_roles")


def read_customers(module: PartnerCenterTask) -> dict[str, t.Any]:
    """The customers that ``customer_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    if params["customer_id"] is not None or params["customer_domain"] is not None:
        problems += customer_problems(params["customer_id"], params["customer_domain"])
    problems += null_selectors(module)
    if params["name_prefix"] is not None and not params["name_prefix"].strip():
        problems.append(
            Problem("name_prefix is empty; leave it out to read all customers.", "empty", option="name_prefix")
        )
    if params["include"] and not any(params[name] for name in ("customer_id", "customer_domain", "name_prefix")):
        problems.append(
            Problem(
                "include needs customer_id, customer_domain or name_prefix, because it needs a request for each "
                "customer.",
                "customer_missing",
                option="include",
            )
        )
    if problems or settings is None:
        raise OptionError(problems)

    session = connect(settings, module.secrets, operation="Reading customers", read_only=True, app_only_allowed=True)

    def inquire() -> dict[str, t.Any]:
        customers = _customers(session, params)
        customers.sort(key=lambda customer: ((customer.name or "").lower(), customer.id))
        return {
            "customers": [
                {**customer.result(), **_of_customer(session.customer(customer.id), params["include"])}
                for customer in customers
            ]
        }

    return priced(session, inquire)


def _of_customer(client: CustomerClient, include: t.Collection[str]) -> dict[str, t.Any]:
    """Further keys of a customer in the result."""
    found: dict[str, t.Any] = {}
    if "subscribed_skus" in include:
        with reading("skus", client):
            skus = client.subscribed_skus()
        found["subscribed_skus"] = [
            sku.result() for sku in sorted(skus, key=lambda sku: (sku.part_number.lower(), sku.id))
        ]
    if "directory_roles" in include:
        with reading("catalogue", client):
            found["directory_roles"] = [role.result() for role in sorted(client.directory_roles())]
    return found


def _customers(session: Session, params: t.Mapping[str, t.Any]) -> list[Customer]:
    if params["customer_id"]:
        try:
            client = session.customer(params["customer_id"])
            found = client.details()
            return [found if found.domains is not None else replace(found, domains=client.domains())]
        except ServiceError as exc:
            if exc.kind is Kind.ABSENT:
                return []
            raise
    if params["customer_domain"]:
        wanted = domain_key(params["customer_domain"])
        return [
            customer for customer in session.customers("Domain", wanted) if domain_key(customer.domain or "") == wanted
        ]
    if params["name_prefix"]:
        return list(session.customers("CompanyName", params["name_prefix"].strip()))
    return list(session.customers())


SPEC = {
    **CUSTOMER_SPEC,
    "name_prefix": {"type": "str"},
    "include": {"type": "list", "elements": "str", "choices": list(INCLUDE_OF_CUSTOMERS), "default": []},
}
DEFINITION = Definition(
    PartnerCenterModule,
    SPEC,
    read_customers,
    {"mutually_exclusive": [("customer_id", "customer_domain", "name_prefix")]},
)
