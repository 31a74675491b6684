"""What a service tells about a request besides its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Notes:
    """What the log says about a request and only its handler knows."""

    request_id: str | None = None
    correlation_id: str | None = None
    replayed: bool = False
    fault: str | None = None
