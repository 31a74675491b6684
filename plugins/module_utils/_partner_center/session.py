# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A run's connection to Partner Center: what the run owns, the customers that it works on, and what it cost."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from .._common.answers import Counters
from .._common.errors import CollectionError, LookupFailed
from .._common.identifiers import domain_key, guid_key
from .._common.secrets import Secrets
from .._common.waits import WaitBudget
from .._entra.claims import acting_identity
from .._entra.given_token import tokens_of
from .._entra.settings import Settings
from .client import partner
from .client.client import PartnerCenterCustomer
from .client.clock import Clock
from .client.facts import facts_of
from .client.pacing import Gate
from .client.transport import Tokens, Transport
from .model.facts import Facts
from .model.users import Customer

if t.TYPE_CHECKING:
    from .._common.audit_log.run_log import RunLog


@dataclass(frozen=True)
class Session:
    """One run, which may use it from several threads.

    :param read_only: nothing is written: check mode, or a module that only reads.
    """

    facts: Facts
    transport: Transport
    budget: WaitBudget
    counters: Counters
    clock: Clock
    correlation_id: str
    read_only: bool
    audit: RunLog | None = None
    """Where each write is written down before it is sent."""

    @classmethod
    def open(
        cls, api_url: str, tokens: Tokens, facts: Facts, budget: WaitBudget, *, read_only: bool = False, **how: t.Any
    ) -> Session:
        """A session that signs in when the first request is sent. :param how: further options of :class:`Transport`."""
        counters, clock, correlation_id = Counters(), Clock(), str(uuid.uuid4())
        transport = Transport(
            api_url,
            tokens,
            budget=budget,
            read_only=read_only,
            counters=counters,
            clock=clock,
            correlation_id=correlation_id,
            **how,
        )
        return cls(facts, transport, budget, counters, clock, correlation_id, read_only)

    def paced(self, gate: Gate, budget: WaitBudget) -> Session:
        """The same session with a customer's own pace and its own budget for waiting."""
        return replace(self, transport=self.transport.for_customer(gate, budget), budget=budget)

    def now(self) -> datetime:
        """The service's time."""
        return self.clock.now()

    def knows_time(self) -> bool:
        """Whether the service has said it."""
        return self.clock.known

    def acting_identity(self) -> frozenset[str]:
        """Ids and names of whoever is signed in; none if the token does not say.

        :raises SignInError, TransportError:
        """
        return acting_identity(self.transport.tokens.get())

    def customers(self, field: str | None = None, prefix: str = "") -> t.Iterator[Customer]:
        """The partner's customers, see :func:`partner.customers`."""
        return partner.customers(self.transport, field, prefix)

    def sees_mfa(self) -> bool | None:
        """Whether the service sees MFA in the token; None if it does not say."""
        return partner.sees_mfa(self.transport)

    def customer(self, customer_id: str) -> PartnerCenterCustomer:
        """The client of one customer; nothing is sent."""
        return PartnerCenterCustomer(guid_key(customer_id), self.transport, self.facts, self)


def priced(session: Session, inquire: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """A result with its price; the price also goes into an error."""
    try:
        result = inquire()
    except CollectionError as exc:
        with_price(session, exc)
        raise
    return {**result, "changed": False, "requests": requests_result(session), "correlation_id": session.correlation_id}


def with_price(session: Session, error: CollectionError) -> None:
    """Put what the run has cost into an error."""
    error.task.update(correlation_id=session.correlation_id, requests=requests_result(session))


def connect(
    settings: Settings,
    secrets: Secrets,
    *,
    operation: str,
    read_only: bool,
    app_only_allowed: bool = False,
    connections: int = 10,
) -> Session:
    """A session that signs in when the first request is sent. :raises SignInError: when the method can never do this
    operation."""
    budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
    return Session.open(
        settings.api_url,
        tokens_of(settings, secrets, budget, operation=operation, app_only_allowed=app_only_allowed),
        facts_of(settings.cloud.name),
        budget,
        read_only=read_only,
        verify=settings.verify,
        timeout=settings.timeout,
        write_timeout=settings.write_timeout,
        secrets=secrets,
        connections=connections,
        recording=settings.recording,
    )


def customer_by_domain(session: Session, domain: str) -> Customer:
    """The one customer whose domain is exactly this. :raises LookupFailed: none or several, with what was found
    instead."""
    wanted = domain_key(domain)
    near = list(session.customers("Domain", wanted))
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


def requests_result(session: Session, planned: int | None = None) -> dict[str, int]:
    """What the run cost. :param planned: in check mode, the writes that the plan holds."""
    numbers: dict[str, t.Any] = session.counters.result()
    if planned is not None:
        numbers["writes"] = planned
    return numbers
