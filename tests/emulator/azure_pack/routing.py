"""What a route of the API says: which handler, on which of the two servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.azure_pack.request import SERVERS

if TYPE_CHECKING:
    from emulator.azure_pack.request import ApiRequest
    from emulator.azure_pack.wire import Reply


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    """`users/{name}`; literal segments compare without case."""
    handler: Callable[[ApiRequest], Reply]
    servers: tuple[str, ...] = SERVERS
