"""What all servers share: one object, used from one thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.kernel.clock import Clock
from emulator.kernel.faults import Faults
from emulator.kernel.log import RequestLog
from emulator.kernel.recorded import Recorded
from emulator.kernel.seed import read_seed
from emulator.kernel.service import Service
from emulator.kernel.store import Store
from emulator.kernel.switches import OWN, Switches


class Core:
    """Services attach their parts as attributes (`Service.attach`).

    `base_urls` (of every TLS server) is filled when the ports are known, before any server answers.
    """

    def __init__(
        self, services: Sequence[Service], state_dir: Path, database: str = ":memory:", seed: Any = None
    ) -> None:
        self.services = tuple(services)
        self.state_dir = state_dir
        self.base_urls: dict[str, str] = {}
        self.clock = Clock()
        self.switches = Switches((*OWN, *(switch for service in services for switch in service.switches)))
        self.faults = Faults()
        self.log = RequestLog()
        self.recorded: Recorded | None = None
        """What answers in place of the services, until a reset."""
        self.store = Store(database, [service.tables for service in services])
        self._seed_source: Any = seed
        for service in self.services:
            service.attach(self)
        stored = self.store.get_meta("seed")
        if stored is None:
            self.reset()
        else:
            self._continue(stored)

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            """Services put their parts here."""

    def __getattr__(self, name: str) -> Any:
        """For type checkers: parts of services are found without coming here."""
        raise AttributeError(f"no service has attached {name!r}")

    def reset(self, seed: Any = None) -> None:
        """State as in the seed; everything else as at the first start. Without a seed, the one that was used last."""
        document = read_seed(self._seed_source if seed is None else seed, self.services)
        # A seed that cannot be loaded must leave the state as it was, and its mistakes show only while it is loaded.
        offset = self.clock.offset_seconds
        try:
            self.clock.reset()
            with self.store.transaction():
                self._load(document)
        except BaseException:
            self.clock.offset_seconds = offset
            stored = self.store.get_meta("seed")
            if stored is not None:
                self._restore(stored)
            raise
        if seed is not None:
            self._seed_source = seed
        self.switches.reset()
        self.faults.clear()
        self.log.clear()
        self.recorded = None
        for service in self.services:
            service.forget(self)

    def set_switches(self, values: dict[str, Any]) -> None:
        self.switches.update(values)
        self.log.limit = self.switches.log_limit
        for service in self.services:
            service.switches_changed(self)
        self.store.set_meta("switches", self.switches.as_dict())

    def move_clock(self) -> None:
        """Call after the clock was moved: the offset survives a restart, because stored dates were made with it."""
        self.store.set_meta("clock_offset_seconds", self.clock.offset_seconds)
        for service in self.services:
            service.clock_moved(self)

    def close(self) -> None:
        self.store.close()

    def _load(self, document: dict[str, Any]) -> None:
        self.store.clear()
        for service in self.services:
            service.take(self, document)
        # As JSON, so that a restart continues with this seed and not with a file that changed meanwhile.
        kept = {name: document.get(name) for service in self.services for name in service.kept_sections}
        self.store.set_meta("seed", kept)
        for service in self.services:
            service.load(self, document)
        for service in self.services:
            service.loaded(self)

    def _restore(self, stored: dict[str, Any]) -> None:
        for service in self.services:
            service.take(self, stored)
        for service in self.services:
            service.restore(self, lambda: read_seed(self._seed_source, self.services))

    def _continue(self, stored: dict[str, Any]) -> None:
        self.clock.offset_seconds = float(self.store.get_meta("clock_offset_seconds", 0.0))
        self._restore(stored)
        known = self.switches.as_dict()
        self.set_switches({name: value for name, value in self.store.get_meta("switches", {}).items() if name in known})
