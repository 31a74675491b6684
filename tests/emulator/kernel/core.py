"""What the three servers share: one object, used from one thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from emulator.azure_pack import seed as azure_pack_seed
from emulator.azure_pack.state import AzurePackState
from emulator.entra import app as sign_in_app
from emulator.entra.tokens import TokenAuthority
from emulator.kernel.clock import Clock
from emulator.kernel.faults import Faults
from emulator.kernel.identifiers import guid_or_none
from emulator.kernel.log import RequestLog
from emulator.kernel.store import Store
from emulator.kernel.switches import Switches
from emulator.partner_center.replay import Replays
from emulator.partner_center.seed import load_customers, read_seed
from emulator.partner_center.throttle import Throttle


class Core:
    """`base_urls` (of every TLS server) is filled when the ports are known, before any server answers."""

    def __init__(self, state_dir: Path, database: str = ":memory:", seed: Any = None) -> None:
        self.state_dir = state_dir
        self.base_urls: dict[str, str] = {}
        self.clock = Clock()
        self.switches = Switches()
        self.faults = Faults()
        self.log = RequestLog()
        self.throttle = Throttle(self.clock, self.switches)
        self.replays = Replays(self.clock, self.switches)
        self.store = Store(database)
        self.partner: dict[str, str] = {}
        self.sign_in: dict[str, Any] = {}
        self.sign_in_state: Any = None
        self.azure_pack = AzurePackState(self)
        self._seed_source: Any = seed
        self.tokens: TokenAuthority
        stored = self.store.get_meta("seed")
        if stored is None:
            self.reset()
        else:
            self._continue(stored)

    def reset(self, seed: Any = None) -> None:
        """State as in the seed; everything else as at the first start. Without a seed, the one that was used last."""
        document = read_seed(self._seed_source if seed is None else seed)
        # A seed that cannot be loaded must leave the state as it was, and its mistakes show only while it is loaded.
        offset = self.clock.offset_seconds
        try:
            self.clock.reset()
            with self.store.transaction():
                self.store.clear()
                self._take_partner(document)
                self.store.customers.put_domain(self.partner["domain"], self.partner["tenant_id"])
                load_customers(self.store, document.get("customers") or [], self.clock.now())
                # As JSON, so that a restart continues with this seed and not with a file that changed meanwhile.
                self.store.set_meta("seed", {name: document.get(name) for name in ("partner", "sign_in")})
                azure_pack_seed.load(self, document.get("azure_pack"))
                sign_in_app.reset(self)
        except BaseException:
            self.clock.offset_seconds = offset
            stored = self.store.get_meta("seed")
            if stored is not None:
                self._take_partner(stored)
                self.azure_pack.restore()
            raise
        if seed is not None:
            self._seed_source = seed
        self.switches.reset()
        self.faults.clear()
        self.log.clear()
        self.throttle.reset()
        self.replays.clear()
        self.store.users.forget_purge_time()

    def set_switches(self, values: dict[str, Any]) -> None:
        self.switches.update(values)
        self.log.limit = self.switches.log_limit
        self.throttle.reset()
        self.store.set_meta("switches", self.switches.as_dict())

    def move_clock(self) -> None:
        """Call after the clock was moved: the offset survives a restart, because stored dates were made with it."""
        self.store.set_meta("clock_offset_seconds", self.clock.offset_seconds)
        self.store.users.forget_purge_time()

    def close(self) -> None:
        self.store.close()

    def _continue(self, stored: dict[str, Any]) -> None:
        self._take_partner(stored)
        self.clock.offset_seconds = float(self.store.get_meta("clock_offset_seconds", 0.0))
        if not self.azure_pack.restore():
            # A database of an emulator that did not know Azure Pack.
            azure_pack_seed.load(self, read_seed(self._seed_source).get("azure_pack"))
        known = self.switches.as_dict()
        self.set_switches({name: value for name, value in self.store.get_meta("switches", {}).items() if name in known})

    def _take_partner(self, document: dict[str, Any]) -> None:
        partner = document["partner"]
        self.partner = {"tenant_id": guid_or_none(partner["tenant_id"]) or "", "domain": partner["domain"]}
        # Through JSON, so that the first start sees dates as a restart does: as text.
        self.sign_in = json.loads(json.dumps(document.get("sign_in") or {}, default=str))
        self.tokens = TokenAuthority.load_or_create(self.state_dir, self.partner["tenant_id"], self.clock)
