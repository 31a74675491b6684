"""Answers to writes, kept by MS-RequestId, so that a repeated write runs once (Partner Center developer docs: headers).

The documentation promises only that; how long, and what a repeat answers, is the emulator's choice. Answers are kept in
memory, not in the database: the answer to a create holds the password.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str, str, str, bytes]


@dataclass
class _Kept:
    until: float
    reply: Any


class Replays:
    def __init__(self, clock: Any, switches: Any) -> None:
        self._clock = clock
        self._switches = switches
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def key(self, caller: str, request_id: str | None, method: str, path: str, body: bytes) -> Key | None:
        """None when the request cannot be a repeat: no id from the client, a read, or the switch is off.

        The same id with another method, path or body is another request.
        """
        if not request_id or not self._switches.replay or method in ("GET", "HEAD"):
            return None
        return (caller, request_id.lower(), method, path.lower(), hashlib.sha256(body).digest())

    def find(self, key: Key | None) -> Any:
        if key is None:
            return None
        kept = self._kept.get(key)
        return kept.reply if kept and self._clock.timestamp() < kept.until else None

    def keep(self, key: Key | None, reply: Any) -> None:
        """Only what is settled is kept: a throttled or failed attempt (429, 5xx) must be able to succeed later."""
        if key is None or reply.status == 429 or reply.status >= 500:
            return
        now = self._clock.timestamp()
        self._kept[key] = _Kept(now + self._switches.replay_seconds, reply)
        self._kept.move_to_end(key)
        while self._kept:
            oldest = next(iter(self._kept))
            if self._kept[oldest].until > now:
                break
            del self._kept[oldest]

    def clear(self) -> None:
        self._kept.clear()
