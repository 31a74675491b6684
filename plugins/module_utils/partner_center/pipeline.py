# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The steps that every module shares: sign-in, which customer, read and plan, apply."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..common.errors import LookupFailed
from ..common.outcomes import Outcome
from ..common.secrets import Secrets
from ..common.waits import WaitBudget
from .acting import ANYBODY
from .aftermath import Aftermath
from .api import Api
from .apply import apply
from .claims import acting_identity
from .cloud_limits import declared_problems
from .credentials import TokenSource
from .declaration import Declaration, UserDeclaration
from .directory import Directory, read_and_plan
from .model import Customer
from .names import domain_key
from .operations import Plan
from .options import Settings
from .passwords import CredentialsFile
from .plan import Policy
from .snapshot import Snapshot
from .transport import Transport


def connect(settings: Settings, secrets: Secrets, *, operation: str, read_only: bool, app_only_allowed: bool = False, connections: int = 10) -> Api:
    """A client that signs in when the first request is sent. :raises SignInError: when the method can never do this operation."""
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


def policy_for(settings: Settings, on_no_seats: str = "fail") -> Policy:
    """The limits of the cloud, and what a lack of seats means."""
    return Policy(settings.cloud.name, settings.cloud.unsupported, on_no_seats)


def cloud_problems(settings: Settings | None, rows: t.Sequence[UserDeclaration]) -> list[str]:
    """What the national cloud cannot do and the declaration alone shows, so that not even a read is sent."""
    return declared_problems(settings.cloud, rows) if settings else []


def customer_by_domain(api: Api, domain: str) -> Customer:
    """The one customer whose domain is exactly this. :raises LookupFailed: none or several, with what was found instead."""
    wanted = domain_key(domain)
    near = list(api.customers("Domain", wanted))
    exact = [customer for customer in near if domain_key(customer.domain or "") == wanted]
    if len(exact) == 1:
        return exact[0]
    listed = ", ".join(sorted(f"{customer.domain} ({customer.id})" for customer in (exact or near))[:10])
    if exact:
        raise LookupFailed(f"{len(exact)} customers have the domain {wanted}: {listed}. Use customer_id.")
    also = f" Domains that begin like it: {listed}." if near else ""
    raise LookupFailed(f"No customer has the domain {wanted} as its domain in Partner Center.{also} A custom domain is not found this way: use customer_id.")


@dataclass
class Run:
    """One customer's declaration, planned and, outside check mode, carried out (``outcomes`` is None in check mode)."""

    plan: Plan
    snapshot: Snapshot
    outcomes: list[Outcome] | None


def acting_for(api: Api, rows: t.Iterable[UserDeclaration], purge: bool = False) -> t.Collection[str]:
    """Ids and names of the identity that is doing this, where the plan has to spare it; everybody's, if the token does not say whose it is.

    :raises SignInError, TransportError:
    """
    guarded = purge or any(row.purge_roles or row.state == "absent" for row in rows)
    return acting_identity(api.transport.tokens.get()) or ANYBODY if guarded else ()


def converge(api: Api, declaration: Declaration, policy: Policy, *, secrets: Secrets, credentials: CredentialsFile | None, check_mode: bool) -> Run:
    """Read, plan and apply. :raises CollectionError: for what concerns the customer as a whole; what concerns a row is in its outcome."""
    acting = acting_for(api, declaration.rows)
    plan, snapshot = read_and_plan(Directory(api, declaration), declaration, policy, acting)
    if check_mode:
        return Run(plan, snapshot, None)
    aftermath = Aftermath(api, plan, snapshot, acting)
    interruption = api.transport.budget.interruption
    return Run(plan, snapshot, apply(plan, api, secrets=secrets, credentials=credentials, aftermath=aftermath, interruption=interruption))


def requests_result(api: Api, plan: Plan | None = None, *, check_mode: bool = False) -> dict[str, int]:
    """What the run cost, or in check mode what it would cost: the reads that were done and the writes that the plan holds."""
    numbers: dict[str, t.Any] = api.transport.counters.result()
    if check_mode and plan is not None:
        numbers["writes"] = plan.writes
    return numbers
