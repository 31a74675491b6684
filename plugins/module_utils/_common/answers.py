# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What came back for a request: good answers, error answers in their many shapes, and the count of both."""

from __future__ import annotations

import html
import threading
import time
import typing as t
from dataclasses import dataclass, field

from .foreign import parse_json


@dataclass
class Counters:
    """What a run cost. ``reads`` and ``writes`` are logical requests, counted once however often they were sent."""

    reads: int = 0
    writes: int = 0
    retries: int = 0
    throttled: int = 0
    throttled_until: float = field(default=0.0, repr=False)
    throttled_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, **numbers: int) -> None:
        """Count, from any thread."""
        with self.lock:
            for name, number in numbers.items():
                setattr(self, name, getattr(self, name) + number)

    def held_back(self, seconds: float) -> None:
        """Count the time for which the service has asked not to be asked. Times that overlap are counted once."""
        with self.lock:
            now = time.monotonic()
            self.throttled_seconds += max(0.0, now + seconds - max(now, self.throttled_until))
            self.throttled_until = max(self.throttled_until, now + seconds)

    def progress(self) -> dict[str, float]:
        """What is worth knowing while a run lasts."""
        with self.lock:
            ahead = max(0.0, self.throttled_until - time.monotonic())
            return {**self.result(), "throttled_seconds": round(max(0.0, self.throttled_seconds - ahead), 1)}

    def result(self) -> dict[str, int]:
        """As a module returns it."""
        return {"reads": self.reads, "writes": self.writes, "retries": self.retries, "throttled": self.throttled}


REFUSALS = frozenset({*range(400, 408), *range(409, 419), 421, 422, 423, 424, 425, 426, 428, 429, 431, 451})
"""The statuses with which a server says that it did not do what it was asked for (IANA's registry of HTTP status
codes). Nothing else says so: not a redirect, not a 408, not a 5xx and no number that is not registered."""


WHOLE = frozenset({200, 203})
"""The statuses of a complete answer to a read. Nobody asked for a part of it (206), for nothing (204, 205) or for one
that comes later (202)."""


LONGEST_CODE = 100
"""Characters of an error code in a message; those of the services have up to fifty."""


def is_refusal(status: int) -> bool:
    """Whether a write with this answer was certainly not carried out."""
    return status in REFUSALS


@dataclass(frozen=True)
class Answer:
    """A good answer. ``body`` is parsed JSON, or None when there was none; ``attempts`` is how often the request was
    sent."""

    status: int
    body: t.Any
    request_id: str
    correlation_id: str
    attempts: int = 1
    repeated: bool = False
    headers: t.Mapping[str, str] = field(default_factory=dict)


def is_page(response: t.Any) -> bool:
    """Whether it certainly is a page of HTML, and not XML of the service."""
    return "html" in response.headers.get("Content-Type", "").lower() or response.content.lstrip()[
        :9
    ].lower().startswith((b"<html", b"<!doctype"))


def looks_like_html(response: t.Any) -> bool:
    """Whether a page came instead of an API answer."""
    return "html" in response.headers.get("Content-Type", "").lower() or response.content.lstrip()[:1] == b"<"


def contradicts(response: t.Any) -> bool:
    """Whether the body of a refusal is no error but the object that was written: then one of the two is wrong."""
    try:
        body = parse_json(response.content)
    except ValueError:
        return False
    if not isinstance(body, dict):
        return False
    names = {str(name).lower() for name in body}
    return "id" in names and not names & {"code", "statuscode", "description", "message", "error"}


def read_error(response: t.Any, scrub: t.Callable[[str], str] = str) -> tuple[str | None, str | None]:
    """Code (as text) and words of an error answer, in any of the shapes that the service and its gateway use.

    ``{code, description}`` of Partner Center, ``{statusCode, message}`` of its gateway, ``{Code, Message}`` of Windows
    Azure Pack, plain text, or nothing. A page of HTML is not repeated to the user.

    :param scrub: removes secrets; it comes before a text is folded or cut, because half a secret would not be
        recognised.
    """
    try:
        body = parse_json(response.content)
    except ValueError:
        body = None
        if not looks_like_html(response):
            return None, " ".join(scrub(response.content.decode("utf-8", "replace")).split())[:300] or reason_of(
                response, scrub
            )
        return None, "the response is an HTML page instead of JSON; a proxy is probably in between"
    if isinstance(body, dict):
        lowered = {str(key).lower(): value for key, value in body.items()}
        code = lowered.get("code")
        words = lowered.get("description") or lowered.get("message")
        said = scrub(html.unescape(str(words)))[:1024] if words else reason_of(response, scrub)
        return (None if code is None else scrub(str(code))[:LONGEST_CODE]), said
    if isinstance(body, str) and body:
        return None, scrub(body)[:300]
    return None, reason_of(response, scrub)


def reason_of(response: t.Any, scrub: t.Callable[[str], str]) -> str | None:
    """The words beside the status; a line of HTTP can have 64 KiB of them."""
    return scrub(response.reason)[:LONGEST_CODE] if isinstance(response.reason, str) else None
