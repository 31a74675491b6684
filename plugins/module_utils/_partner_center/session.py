# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A client that signs in when the first request is sent, the customer that a task names, and what a run cost."""

from __future__ import annotations

import typing as t

from .._common.errors import CollectionError, LookupFailed
from .._common.identifiers import domain_key
from .._common.secrets import Secrets
from .._common.waits import WaitBudget
from .._entra.settings import Settings
from .._entra.tokens import TokenSource
from .client.client import Api
from .client.transport import Transport
from .model.users import Customer


def priced(api: Api, inquire: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """A result with its price; the price also goes into an error."""
    try:
        result = inquire()
    except CollectionError as exc:
        exc.task.update(correlation_id=api.transport.correlation_id, requests=requests_result(api))
        raise
    return {
        **result,
        "changed": False,
        "requests": requests_result(api),
        "correlation_id": api.transport.correlation_id,
    }


def connect(
    settings: Settings,
    secrets: Secrets,
    *,
    operation: str,
    read_only: bool,
    app_only_allowed: bool = False,
    connections: int = 10,
) -> Api:
    """A client that signs in when the first request is sent. :raises SignInError: when the method can never do this
    operation."""
    budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
    tokens = TokenSource(settings, secrets, budget, operation=operation, app_only_allowed=app_only_allowed)
    transport = Transport(
        settings.api_url,
        tokens,
        verify=settings.verify,
        timeout=settings.timeout,
        budget=budget,
        secrets=secrets,
        read_only=read_only,
        connections=connections,
    )
    return Api(transport)


def customer_by_domain(api: Api, domain: str) -> Customer:
    """The one customer whose domain is exactly this. :raises LookupFailed: none or several, with what was found
    instead."""
    wanted = domain_key(domain)
    near = list(api.customers("Domain", wanted))
    exact = [customer for customer in near if domain_key(customer.domain or "") == wanted]
    if len(exact) == 1:
        return exact[0]
    listed = ", ".join(sorted(f"{customer.domain} ({customer.id})" for customer in (exact or near))[:10])
    if exact:
        raise LookupFailed(
            f"{len(exact)} customers have the domain {wanted}: {listed}. Use customer_id.", reason="customer_ambiguous"
        )
    also = f" Domains that begin like it: {listed}." if near else ""
    raise LookupFailed(
        f"No customer has the domain {wanted} as its domain in Partner Center.{also} A custom domain is not found this "
        "way: use customer_id."
    )


def requests_result(api: Api, planned: int | None = None) -> dict[str, int]:
    """What the run cost. :param planned: in check mode, the writes that the plan holds."""
    numbers: dict[str, t.Any] = api.transport.counters.result()
    if planned is not None:
        numbers["writes"] = planned
    return numbers
