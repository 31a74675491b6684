# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Asks one thing after the other, and takes every answer as it is: for whoever wants to know what the service does.

Nothing is repeated but what was throttled, so the number of requests is known.
"""

from __future__ import annotations

import time
import typing as t

from ..._common import http
from ..._common.errors import CheckModeViolation, CollectionError
from ..._common.foreign import parse_json
from ..._common.interruption import Interrupted
from ..._common.waits import retry_after
from .traffic import PartnerCenterTraffic
from .transport import Transport

_MARK = b"\xef\xbb\xbf"
_WAIT = 1.0


class Spent(CollectionError):
    """The number of requests that may be sent is used up."""

    REASON = "too_many_requests"


class Asked(t.NamedTuple):
    """An answer.

    :param shown: the exchange with stand-ins for whatever is somebody's own.
    """

    status: int
    body: t.Any
    mark: bool
    headers: tuple[str, ...]
    sent: float
    at: float
    shown: dict[str, t.Any]


class Asker:
    """Requests of one run.

    :param limit: requests that may be sent in all.
    """

    def __init__(self, transport: Transport, limit: int, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self.used = 0
        self._transport = transport
        self._clock = clock
        self._begun = clock()
        self._replacing = PartnerCenterTraffic()

    def left(self) -> int:
        """Requests that may still be sent."""
        return self.limit - self.used

    def wait(self, seconds: float) -> bool:
        """Wait, if the task may. :returns: whether it has."""
        return self._transport.budget.wait(seconds)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: t.Sequence[tuple[str, str]] = (),
        headers: t.Mapping[str, str] | None = None,
        body: t.Any = None,
        request_id: str,
    ) -> Asked:
        """Send one request, again only if it was throttled.

        :param body: JSON, or bytes that are sent as they are.
        :raises Spent: no request may be sent any more.
        :raises Interrupted: the task is to end.
        :raises TransportError: no answer; with ``ambiguous`` when a write may have been carried out.
        :raises CheckModeViolation: in check mode, for anything but GET.
        """
        if self._transport.read_only and method != "GET":
            raise CheckModeViolation(f"Check mode: {method} was stopped before it was sent. Please report this.")
        sent_headers = {**(headers or {}), "MS-RequestId": request_id}
        while True:
            response, sent = self._once(method, path, query, sent_headers, body)
            if response.status_code == 429 and self.left() > 0:
                self._transport.counters.add(throttled=1)
                if self.wait(retry_after(response.headers) or _WAIT):
                    continue
            break
        at = self._clock() - self._begun
        shown = self._replacing.record(
            method, path, list(query), sent_headers, None if isinstance(body, bytes) else body, response
        )
        content = response.content or b""
        try:
            value = parse_json(content) if content else None
        except ValueError:
            value = None
        return Asked(response.status_code, value, content.startswith(_MARK), tuple(response.headers), sent, at, shown)

    def _once(
        self, method: str, path: str, query: t.Sequence[tuple[str, str]], headers: dict[str, str], body: t.Any
    ) -> tuple[t.Any, float]:
        why = self._transport.budget.interruption.reached()
        if why:
            raise Interrupted(f"{method} was not sent. {why}")
        if self.left() <= 0:
            raise Spent(f"{self.limit} requests were sent, the limit for a probe.")
        token = self._transport.tokens.get()
        self.used += 1
        self._transport.counters.add(**{"reads" if method == "GET" else "writes": 1})
        sent = self._clock() - self._begun
        try:
            return self._transport.send(method, path, list(query), headers, body, token), sent
        except (http.requests.exceptions.RequestException, OSError) as exc:
            raise http.explain(exc, self._transport.api_url, self._transport.verify) from None
