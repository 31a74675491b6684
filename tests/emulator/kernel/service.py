"""What a service has to be for the kernel: ports, tables, switches, a section of the seed, and a part of the control
port.

The kernel names no service. `emulator/services.py` has the list; each folder has one implementation in `service.py`. A
service that has nothing to say about something inherits the answer from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from emulator.kernel.control_calls import ControlCall
from emulator.kernel.notes import Notes

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.faults import Rule
    from emulator.kernel.store import Store
    from emulator.kernel.switches import Switch

#: An ASGI application. Its scope has `emulator.body` (bytes) and `emulator.notes` (Notes).
App = Callable[[dict[str, Any], Any, Any], Any]
#: A body as a JSON value, or ValueError.
BodyReader = Callable[[bytes], Any]


@dataclass(frozen=True)
class Tables:
    """A service's part of the database."""

    schema: str = ""
    """SQL that makes what is missing."""
    names: Sequence[str] = ()
    """In the order in which a reset empties them."""
    stores: Mapping[str, Callable[[Store], Any]] = field(default_factory=dict)
    """What reads and writes them: attribute of the store, and what makes it."""


@dataclass
class Seen:
    """What the kernel has to know about a request before it is answered."""

    notes: Notes
    customer_id: str | None = None
    """In lower case, for the log and for faults."""
    user_id: str | None = None
    is_later_page: bool = False
    log_fields: dict[str, Any] = field(default_factory=dict)
    """What the log has besides the usual."""


class Service(Protocol):
    name: str
    servers: tuple[str, ...]
    """Names of its TLS ports: in the log, in faults, and (as `--NAME-port`) on the command line."""
    guest_of: tuple[str, ...] = ()
    """Ports of other services on which it answers some paths: see `beside`."""
    is_slowed: bool = True
    """Whether the switch latency_ms concerns it."""
    switches: Sequence[Switch] = ()
    tables: Tables = Tables()
    sections: tuple[str, ...] = ()
    """Members of the seed that it reads."""
    kept_sections: tuple[str, ...] = ()
    """Those of them that a restart needs (`take`)."""
    announced: Mapping[str, str] = {}
    """Word in the line that says `ready`, and member of `connection_info`."""

    # --- life

    def attach(self, core: Core) -> None:
        """Puts its parts on the core, as attributes. Once, before anything else."""
        return None

    def check_seed(self, document: dict[str, Any]) -> None:
        """ValueError for a seed that cannot be used at all. Nothing was changed before."""
        return None

    def take(self, core: Core, document: dict[str, Any]) -> None:
        """Reads its kept sections into memory: at a reset, at a restart, and to undo a reset that failed."""
        return None

    def load(self, core: Core, document: dict[str, Any]) -> None:
        """Fills its tables, which are empty, from the seed. In a transaction; ValueError undoes the reset."""
        return None

    def loaded(self, core: Core) -> None:
        """Still in the transaction, when all services have loaded: for what cannot be rolled back."""
        return None

    def restore(self, core: Core, seed: Callable[[], dict[str, Any]]) -> None:
        """Puts memory back to what the database says. seed: gives the seed, for a database that knows nothing of this
        service."""
        return None

    def forget(self, core: Core) -> None:
        """After a reset: forgets what is in memory only."""
        return None

    def clock_moved(self, core: Core) -> None:
        """The clock was moved by hand."""
        return None

    def switches_changed(self, core: Core) -> None:
        """Switches were set."""
        return None

    # --- requests

    def app(self, core: Core, server: str) -> App:
        """What answers on one of its servers."""

    def beside(self, core: Core, server: str, app: App) -> App:
        """`app`, the application of another service, with this service's paths before it."""
        return app

    def look(self, server: str, scope: dict[str, Any], headers: dict[str, str]) -> Seen:
        """headers: names in lower case."""

    def body_reader(self, core: Core, server: str, headers: dict[str, str]) -> BodyReader | None:
        """How the log reads a body; None leaves it to others, and at last to JSON."""
        return None

    async def send_fault(self, core: Core, rule: Rule, notes: Notes, send: Any) -> None:
        """Gives the answer of a fault in the form that this service's refusals have."""

    # --- around it

    def controls(self, core: Core) -> Sequence[ControlCall]:
        """Its calls on the control port."""
        return ()

    def connection_info(self, core: Core) -> dict[str, Any]:
        """Its members of emulator.json."""
        return {}

    def environment(self, core: Core, info: dict[str, Any]) -> dict[str, str | None]:
        """Its variables in emulator.env; those without a value are left out. info: emulator.json."""
        return {}
