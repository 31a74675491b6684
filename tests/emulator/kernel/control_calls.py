"""A call on the control port, as services offer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class BadCall(ValueError):
    """The call cannot be understood; the message goes back with a 400."""


class NotThere(LookupError):
    """What the call names does not exist; the message goes back with a 404."""


@dataclass(frozen=True)
class ControlRequest:
    body: Any
    """A JSON value, or None."""
    params: dict[str, str] = field(default_factory=dict)
    """Of the path."""
    query: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ControlCall:
    """pattern: `customers/{customer_id}/users`. The handler answers a JSON value, or raises."""

    method: str
    pattern: str
    handler: Callable[[ControlRequest], Any]
