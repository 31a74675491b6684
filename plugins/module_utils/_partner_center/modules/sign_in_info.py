# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Looks at everything between this machine and the users of a customer, one step after the other, and says what each
step found.

A step whose ground is missing is skipped and says so. Nothing is written anywhere, no refresh token is rotated, and
nothing that is said holds a secret, so that the table can be pasted into a ticket.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace
from urllib.parse import urlsplit

from ..._common import files as private_files
from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError, ServiceError
from ..._common.foreign import parse_json
from ..._common.identifiers import Guid, domain_key, guid_key, is_guid
from ..._common.secrets import Secret, Secrets
from ..._common.text import counted
from ..._common.waits import WaitBudget
from ..._entra.clouds import CLOUDS
from ..._entra.refresh_token_file import DAY, LIFETIME_DAYS, ROTATE, WARN_DAYS, RefreshTokenFile
from ..._entra.refusals import refusal
from ..._entra.settings import Settings
from ..._entra.tokens import OF_THE_TOKEN, Grant, TokenSource, cache_of
from ..client.facts import facts_of
from ..client.meaning import forbidden
from ..client.transport import partner_center_dialect
from ..module import PartnerCenterModule
from ..session import Session, connect
from .reachability import look_at_clock, look_at_host
from .sign_in_checks import ORDER, Check, unconfigured, worst_first
from .sign_in_table import table
from .token_checks import look_at_token

LAST_DAYS = 7
"""Days before the end of a refresh token from which on there is no time left for a warning."""

UNREACHED = "The sign-in host cannot be reached."
ERRORS = "https://github.com/tenantops/partner_center/blob/main/docs/errors.md#reasons"


class Doctor:
    """One examination.

    :param customers: ids or domains of the customers that the playbooks are about.
    """

    def __init__(self, settings: Settings, secrets: Secrets, customers: t.Sequence[str]) -> None:
        self.settings = settings
        self.secrets = secrets
        self.customers = customers
        self.checks: list[Check] = []
        self.token: str | None = None

    def examine(self) -> list[Check]:
        """All checks, in the order in which they were made."""
        settings = self.settings
        self._cloud()
        described = self._discovery_url() if settings.tenant_id else settings.authority_host + "/"
        login = look_at_host(settings, self.add, "sign-in host", settings.authority_host, described)
        root = settings.api_url + "/"
        api = look_at_host(settings, self.add, "API host", settings.api_url, root, partner_center_dialect)
        look_at_clock(self.add, login if login is not None else api)
        known = True
        if settings.tenant_id and settings.access_token is None:
            known = self._discovery(login)
        self._refresh_token_age()
        if settings.access_token is None and login is None:
            self.add("sign-in", "skipped", UNREACHED)
        elif not known:
            # Whoever signs in asks the same first, and would be told the same.
            self.add("sign-in", "skipped", "The discovery failed.")
        else:
            self._redemption()
        look_at_token(settings, self.add, self.token)
        self._partner_center(api is not None)
        return self.checks

    def add(self, name: str, status: str, finding: str, action: str = "") -> None:
        """Note what a step found."""
        self.checks.append(Check(name, status, self.secrets.scrub(finding), self.secrets.scrub(action)))

    def _failed(self, name: str, exc: CollectionError, action: str = "") -> None:
        """Note an error: what it says, and apart from that what to do."""
        word = exc.details.get("error_class") or exc.details["reason"]
        self.add(name, "failed", exc.said, action or exc.advice or f"Resolve {word} with {ERRORS}")

    def _discovery_url(self) -> str:
        return f"{self.settings.authority_host}/{self.settings.tenant_id}/v2.0/.well-known/openid-configuration"

    def _cloud(self) -> None:
        settings = self.settings
        other = [
            cloud.name
            for cloud in CLOUDS.values()
            if settings.authority_host == cloud.authority_host != settings.cloud.authority_host
        ]
        if other:
            self.add(
                "cloud",
                "failed",
                f"cloud_environment is {settings.cloud.name}, but authority_host is the sign-in host of {other[0]}; "
                "tokens do not cross clouds.",
                "Set cloud_environment and leave authority_host out.",
            )
        elif facts_of(settings.cloud.name).unsupported:
            refused = ", ".join(sorted(facts_of(settings.cloud.name).unsupported))
            self.add(
                "cloud",
                "warning",
                f"{settings.cloud.name} does not offer: {refused}.",
                "Do this in the portal of that cloud.",
            )
        else:
            self.add("cloud", "ok", settings.cloud.name)

    # Entra

    def _discovery(self, answer: t.Any) -> bool:
        """Whether the tenant is known, as far as the sign-in host was reached."""
        settings = self.settings
        if answer is None:
            self.add("discovery", "skipped", UNREACHED)
            return True
        try:
            data = parse_json(answer.content)
        except ValueError:
            data = None
        if isinstance(data, dict) and answer.status_code == 200 and data.get("token_endpoint"):
            self.add(
                "discovery",
                "ok",
                f"Tenant {settings.tenant_id} is known at {urlsplit(settings.authority_host).netloc}.",
            )
            return True
        if isinstance(data, dict) and data.get("error"):
            self._failed("discovery", refusal(data, f"tenant {settings.tenant_id}", self.secrets.scrub))
        else:
            self.add(
                "discovery",
                "failed",
                f"The sign-in host returned HTTP {answer.status_code}, and not its OpenID configuration.",
                "Check authority_host, and whether a proxy is in between (HTTPS_PROXY).",
            )
        return False

    def _refresh_token_age(self) -> None:
        settings = self.settings
        if settings.auth_method != "refresh_token":
            self.add("refresh token", "skipped", f"auth_method {settings.auth_method} has none.")
            return
        closed = None
        if settings.refresh_token_file:
            store = RefreshTokenFile(settings.refresh_token_file)
            age = store.age_days()
            closed = private_files.closed(store.path) if settings.rotate_after is not None else None
            words = f"The token in {settings.refresh_token_file} is {{}} days old"
        else:
            entry = cache_of(settings, self.secrets, settings.refresh_token).entry() if settings.token_cache else None
            age = (time.time() - entry.first_seen) / DAY if entry else None
            words = "The token was first seen here {} days ago"
        if age is None:
            self.add(
                "refresh token",
                "unknown",
                "Its age is unknown, because it is set as a value.",
                "Keep it in refresh_token_file with rotate_after, or rotate it every week with "
                "tenantops.partner_center.rotate.",
            )
            return
        words = f"{words.replace('{}', str(int(age)))}; it expires {LIFETIME_DAYS} days after its issue."
        status = "ok" if age < WARN_DAYS else "warning" if age < LIFETIME_DAYS - LAST_DAYS else "failed"
        if closed and status == "ok":
            self.add(
                "refresh token",
                "warning",
                f"{words} rotate_after cannot rotate it: {closed}.",
                "Let this user replace the file, or rotate it elsewhere.",
            )
            return
        self.add("refresh token", status, words, "" if status == "ok" else ROTATE)

    def _redemption(self) -> None:
        settings = self.settings
        if settings.access_token is not None:
            self.token = settings.access_token.reveal()
            self.add(
                "sign-in",
                "warning",
                "An access token is set; it cannot be renewed.",
                "Configure a refresh token for unattended runs.",
            )
            return
        budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
        source = TokenSource(settings, self.secrets, budget, operation="The examination", app_only_allowed=True)
        started = time.monotonic()
        try:
            grant = source.redeem(settings.refresh_token)
        except CollectionError as exc:
            before = self._token_before(source, str(exc.details.get("error_class")))
            if before is None:
                self._failed("sign-in", exc, _REFUSED.get(str(exc.details.get("error_class")), ""))
                return
            grant = before
            action = (
                "The next sign-in restores the previous token. Then rotate it: ansible-playbook "
                "tenantops.partner_center.rotate."
            )
            self.add(
                "sign-in",
                "warning",
                f"The rotated refresh token was rejected. The previous one works. {exc.said}",
                action,
            )
        else:
            self.add("sign-in", "ok", f"Token received after {time.monotonic() - started:.1f} seconds.")
        self.token = grant.access_token
        if settings.auth_method == "refresh_token" and grant.refresh_token is None:
            self.add(
                "renewal",
                "failed",
                "Entra returned no new refresh token, so the current one cannot be rotated.",
                "Allow offline_access, then run the consent playbook again.",
            )

    def _token_before(self, source: TokenSource, error_class: str) -> Grant | None:
        """What the token before gives, which a task would use now; None when there is none, or it is refused too."""
        path = self.settings.refresh_token_file
        before = RefreshTokenFile(path).previous() if path and error_class in OF_THE_TOKEN else None
        try:
            return source.redeem(before) if before is not None else None
        except CollectionError:
            return None

    # Partner Center

    def _partner_center(self, reached: bool) -> None:
        if self.token is None or not reached:
            self.add(
                "customers",
                "skipped",
                "There is no token." if self.token is None else "The API host cannot be reached.",
            )
            return
        # The token that was just looked at, so that what is said about it is about these requests too.
        given = replace(
            self.settings,
            auth_method="access_token",
            access_token=Secret(self.token),
            refresh_token=None,
            refresh_token_file=None,
            token_cache=False,
        )
        try:
            session = connect(given, self.secrets, operation="The examination", read_only=True, app_only_allowed=True)
            self._asked_about_mfa(session)
            found = {customer.id: customer for customer in session.customers()}
        except CollectionError as exc:
            self._failed("customers", exc)
            return
        if found:
            self.add("customers", "ok", f"{counted(len(found), 'customer')} visible.")
        else:
            self.add(
                "customers",
                "warning",
                "No customer is visible.",
                "Check tenant_id, and that the service account is in AdminAgents.",
            )
        for wanted in self.customers:
            self._customer(session, wanted, {key: customer.domain or "" for key, customer in found.items()})

    def _asked_about_mfa(self, session: Session) -> None:
        """Partner Center's own opinion."""
        good = session.sees_mfa()
        if good is not None:
            self.add(
                "MFA at Partner Center",
                "ok" if good else "failed",
                "Partner Center sees MFA in this token." if good else "Partner Center sees no MFA in this token.",
                "" if good else "Sign in again with MFA: ansible-playbook tenantops.partner_center.consent.",
            )

    def _customer(self, session: Session, wanted: str, domains: t.Mapping[Guid, str]) -> None:
        name = f"customer {wanted}"
        if is_guid(wanted):
            ids = [guid_key(wanted)]
        else:
            ids = [key for key, domain in domains.items() if domain_key(domain) == domain_key(wanted)]
        if len(ids) != 1 or ids[0] not in domains:
            self.add(
                name,
                "failed",
                "It is not among the visible customers.",
                "Check the id or the domain, and the reseller or GDAP relationship.",
            )
            return
        try:
            client = session.customer(ids[0])
            delegated = client.allows_delegated_access()
            page = next(client.users(), [])
        except ServiceError as exc:
            self._failed(name, exc, _NO_ROLE if forbidden(exc) else "")
            return
        except CollectionError as exc:
            self._failed(name, exc)
            return
        if delegated is False:
            self.add(
                name,
                "warning",
                "Its users can be read, but it allows no delegated access.",
                "Ask the customer to accept a GDAP relationship.",
            )
            return
        more = f"{counted(len(page), 'user')} on the first page" if page else "it has no users"
        self.add(name, "ok", f"Its users can be read ({more}). Write access shows only on a write.")


_NO_ROLE = (
    "Add the service account to a security group to which the GDAP relationship grants User Administrator (and "
    "Directory Readers), and to AdminAgents."
)
_CONSENT = "Run the consent playbook again: ansible-playbook tenantops.partner_center.consent."
_REFUSED = dict.fromkeys(OF_THE_TOKEN, _CONSENT)


def examine(module: t.Any) -> dict[str, t.Any]:
    """The result of ``sign_in_info``; what is wrong is in it, and no failure of the module."""
    try:
        settings = module.settings()
    except OptionError as exc:
        checks = unconfigured([module.secrets.scrub(problem) for problem in exc.problems])
    else:
        checks = Doctor(settings, module.secrets, module.params["customers"] or []).examine()
    checks = worst_first(checks)
    counts = {status: sum(check.status == status for check in checks) for status in ORDER}
    return {
        "changed": False,
        "healthy": not counts["failed"],
        "worst": checks[0].status,
        "counts": counts,
        "checks": [check.result() for check in checks],
        "table": table(checks),
    }


DEFINITION = Definition(PartnerCenterModule, {"customers": {"type": "list", "elements": "str"}}, examine)
