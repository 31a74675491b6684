"""Partner Center: the API port, with customers and their users. Tokens are checked by whoever attached
`core.tokens`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulator.kernel.control_calls import ControlCall
from emulator.kernel.json_reading import decode_json
from emulator.kernel.notes import Notes
from emulator.kernel.service import App, BodyReader, Seen, Service
from emulator.partner_center import control, fault_answers
from emulator.partner_center.app import PartnerCenterApp
from emulator.partner_center.replay import Replays
from emulator.partner_center.replicas import Replicas
from emulator.partner_center.seed import load_customers
from emulator.partner_center.switches import SWITCHES
from emulator.partner_center.tables import TABLES
from emulator.partner_center.throttle import Throttle

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.faults import Rule

_IDS = re.compile(
    r"/v1/+customers/+\s*([^/\s]+)\s*(?:/+(?:users|directoryroles/+[^/]+/+usermembers)/+\s*([^/\s]+))?", re.IGNORECASE
)


class PartnerCenter(Service):
    name = "partner_center"
    servers = ("api",)
    switches = SWITCHES
    tables = TABLES
    sections = ("customers",)
    announced = {"api": "api_url"}

    def attach(self, core: Core) -> None:
        core.throttle = Throttle(core.clock, core.switches)
        core.replays = Replays(core.clock, core.switches)
        core.replicas = Replicas(core.clock, core.switches)

    def load(self, core: Core, document: dict[str, Any]) -> None:
        core.store.users.forget_purge_time()
        core.store.customers.put_domain(core.partner["domain"], core.partner["tenant_id"])
        load_customers(core.store, document.get("customers") or [], core.clock.now())

    def restore(self, core: Core, seed: Callable[[], dict[str, Any]]) -> None:
        core.store.users.forget_purge_time()

    def forget(self, core: Core) -> None:
        core.throttle.reset()
        core.replays.clear()
        core.replicas.clear()
        core.store.users.forget_purge_time()

    def clock_moved(self, core: Core) -> None:
        core.store.users.forget_purge_time()

    def switches_changed(self, core: Core) -> None:
        core.throttle.reset()

    def app(self, core: Core, server: str) -> App:
        return PartnerCenterApp(core)

    def look(self, server: str, scope: dict[str, Any], headers: dict[str, str]) -> Seen:
        """Ids are as the client sent them; the API makes those that are missing."""
        ids = _IDS.match(scope["path"])
        customer_id, user_id = (ids.group(1).lower(), ids.group(2)) if ids else (None, None)
        notes = Notes(
            headers.get("ms-requestid") or str(uuid.uuid4()), headers.get("ms-correlationid") or str(uuid.uuid4())
        )
        is_later_page = "ms-continuationtoken" in headers or b"seekoperation=" in scope["query_string"].lower()
        return Seen(notes, customer_id, user_id, is_later_page)

    def body_reader(self, core: Core, server: str, headers: dict[str, str]) -> BodyReader | None:
        return lambda raw: decode_json(raw, unquoted_names=core.switches.unquoted_names)

    async def send_fault(self, core: Core, rule: Rule, notes: Notes, send: Any) -> None:
        await fault_answers.send_fault(core, rule, notes, send)

    def controls(self, core: Core) -> Sequence[ControlCall]:
        return control.calls(core)

    def connection_info(self, core: Core) -> dict[str, Any]:
        return {"api_url": core.base_urls["api"]}

    def environment(self, core: Core, info: dict[str, Any]) -> dict[str, str | None]:
        return {"PARTNER_CENTER_API_URL": info["api_url"], "PARTNER_CENTER_CA_PATH": info["ca_path"]}
