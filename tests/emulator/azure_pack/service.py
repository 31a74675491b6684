"""Windows Azure Pack: two API ports, and token issuers on the sign-in port. Tokens are signed by whoever attached
`core.tokens`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulator.azure_pack import control, fault_answers, log_fields
from emulator.azure_pack.app import AzurePackApp
from emulator.azure_pack.request import ADMIN, SERVERS, TENANT
from emulator.azure_pack.seed import load as load_section
from emulator.azure_pack.state import AzurePackState
from emulator.azure_pack.store import SCHEMA, TABLES, AzurePackStore
from emulator.azure_pack.switches import SWITCHES
from emulator.azure_pack.wstrust import with_token_issuers
from emulator.kernel.control_calls import ControlCall
from emulator.kernel.notes import Notes
from emulator.kernel.service import App, BodyReader, Seen, Service, Tables
from emulator.kernel.switches import Switch

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.faults import Rule

_SIGN_IN = "login"
_LATER_PAGE = re.compile(rb"(?:^|&)skip=0*[1-9]", re.IGNORECASE)


class AzurePack(Service):
    name = "azure_pack"
    servers = SERVERS
    guest_of = (_SIGN_IN,)
    switches = tuple(Switch(name, *each) for name, each in SWITCHES.items())
    tables = Tables(SCHEMA, TABLES, {"azure_pack": AzurePackStore})
    sections = ("azure_pack",)
    announced = {"azure_pack": "azure_pack_admin_url"}

    def attach(self, core: Core) -> None:
        core.azure_pack = AzurePackState(core)

    def load(self, core: Core, document: dict[str, Any]) -> None:
        load_section(core, document.get("azure_pack"))

    def restore(self, core: Core, seed: Callable[[], dict[str, Any]]) -> None:
        if not core.azure_pack.restore():
            # A database of an emulator that did not know Azure Pack.
            load_section(core, seed().get("azure_pack"))

    def app(self, core: Core, server: str) -> App:
        return AzurePackApp(core, server)

    def beside(self, core: Core, server: str, app: App) -> App:
        return with_token_issuers(core, app)

    def look(self, server: str, scope: dict[str, Any], headers: dict[str, str]) -> Seen:
        return Seen(
            Notes(headers.get("x-ms-client-request-id"), headers.get("x-ms-client-session-id")),
            is_later_page=_LATER_PAGE.search(scope["query_string"]) is not None,
            log_fields=log_fields.fields(scope, headers),
        )

    def body_reader(self, core: Core, server: str, headers: dict[str, str]) -> BodyReader | None:
        return log_fields.read_xml if log_fields.is_xml(headers.get("content-type", "")) else None

    async def send_fault(self, core: Core, rule: Rule, notes: Notes, send: Any) -> None:
        await fault_answers.send_fault(core, rule, send)

    def controls(self, core: Core) -> Sequence[ControlCall]:
        return control.calls(core)

    def connection_info(self, core: Core) -> dict[str, Any]:
        return {
            "azure_pack_admin_url": core.base_urls[ADMIN],
            "azure_pack_tenant_url": core.base_urls[TENANT],
            "azure_pack_auth_url": core.base_urls[_SIGN_IN],
        }

    def environment(self, core: Core, info: dict[str, Any]) -> dict[str, str | None]:
        """With a token of the first administrator, which lives as long as a real one."""
        if not core.azure_pack.administrators:
            return {}
        principal = core.azure_pack.administrators[0]
        return {
            "AZURE_PACK_ENDPOINT": info["azure_pack_admin_url"],
            "AZURE_PACK_ACCESS_TOKEN": core.azure_pack.tokens.issue("admin", principal),
            "AZURE_PACK_PRINCIPAL_ID": principal,
            "AZURE_PACK_CA_PATH": info["ca_path"],
        }
