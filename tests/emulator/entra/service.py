"""Entra ID: the sign-in port, and the tenant and the tokens that other services rely on (`core.partner`,
`core.tokens`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulator.entra import app as sign_in_app
from emulator.entra import control, fault_answers, switches
from emulator.entra.played import with_recording
from emulator.entra.tokens import TokenAuthority
from emulator.kernel.control_calls import ControlCall
from emulator.kernel.identifiers import guid_or_none
from emulator.kernel.notes import Notes
from emulator.kernel.seed import SeedError
from emulator.kernel.service import App, Seen, Service
from emulator.kernel.switches import Switch

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.faults import Rule


class Entra(Service):
    name = "entra"
    servers = ("login",)
    is_slowed = False
    switches = tuple(
        Switch(name, default, switches.CHECKS[name], meaning) for name, (default, meaning) in switches.SWITCHES.items()
    )
    sections = ("partner", "sign_in")
    kept_sections = ("partner", "sign_in")
    announced = {"login": "authority_host"}

    def attach(self, core: Core) -> None:
        core.partner = {}
        core.sign_in = {}
        core.sign_in_state = None

    def check_seed(self, document: dict[str, Any]) -> None:
        partner = document.get("partner") or {}
        if not guid_or_none(partner.get("tenant_id")) or not partner.get("domain"):
            raise SeedError("partner needs tenant_id (a GUID) and domain")

    def take(self, core: Core, document: dict[str, Any]) -> None:
        partner = document["partner"]
        core.partner = {"tenant_id": guid_or_none(partner["tenant_id"]) or "", "domain": partner["domain"]}
        # Through JSON, so that the first start sees dates as a restart does: as text.
        core.sign_in = json.loads(json.dumps(document.get("sign_in") or {}, default=str))
        core.tokens = TokenAuthority.load_or_create(core.state_dir, core.partner["tenant_id"], core.clock)

    def loaded(self, core: Core) -> None:
        # The journal of the state directory begins anew.
        sign_in_app.reset(core)

    def restore(self, core: Core, seed: Callable[[], dict[str, Any]]) -> None:
        # At a restart there is none yet: `create_app` continues with the journal.
        if core.sign_in_state is not None:
            sign_in_app.set_defaults(core)

    def app(self, core: Core, server: str) -> App:
        return with_recording(core, sign_in_app.create_app(core))

    def look(self, server: str, scope: dict[str, Any], headers: dict[str, str]) -> Seen:
        return Seen(Notes(headers.get("client-request-id"), headers.get("client-request-id")))

    async def send_fault(self, core: Core, rule: Rule, notes: Notes, send: Any) -> None:
        await fault_answers.send_fault(rule, send)

    def controls(self, core: Core) -> Sequence[ControlCall]:
        return control.calls(core)

    def connection_info(self, core: Core) -> dict[str, Any]:
        applications = core.sign_in.get("applications") or [{}]
        return {
            "authority_host": core.base_urls["login"],
            "tenant_id": core.partner["tenant_id"],
            "client_id": applications[0].get("client_id"),
        }

    def environment(self, core: Core, info: dict[str, Any]) -> dict[str, str | None]:
        """With a credential that works: the certificate of the first application and a refresh token that it may
        redeem."""
        certificate = core.state_dir / "client.pem"
        return {
            "PARTNER_CENTER_TENANT_ID": info["tenant_id"],
            "PARTNER_CENTER_CLIENT_ID": info["client_id"],
            "PARTNER_CENTER_AUTHORITY_HOST": info["authority_host"],
            "PARTNER_CENTER_CLIENT_CERTIFICATE_PATH": str(certificate) if certificate.exists() else None,
            "PARTNER_CENTER_REFRESH_TOKEN": _refresh_token(core, info["client_id"]),
        }


def _refresh_token(core: Core, client_id: str | None) -> str | None:
    for value, entry in (core.sign_in.get("refresh_tokens") or {}).items():
        clients = entry.get("client_id")
        spoiled = any(entry.get(name) for name in ("revoked", "blocked_by", "age_days")) or entry.get("mfa") is False
        if not spoiled and client_id in (clients if isinstance(clients, list) else [clients]):
            return str(value)
    return None
