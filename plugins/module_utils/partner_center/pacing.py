# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How fast requests may be sent: one budget for the whole partner, one for each customer.

Partner Center throttles in two scopes, does not publish its limits, and counts requests that come too early against the caller (Partner Center
developer documentation, "API throttling guidance"). So a throttled scope is closed for everybody until the service's Retry-After has passed,
and from then on its requests are spaced a little slower than the pace that was refused; while it is not refused, the pace grows slowly.
"""

from __future__ import annotations

import threading
import time
import typing as t
from collections import deque

SLOW_DOWN = 0.85
"""Factor for the pace after a refusal, of what was really sent in the time before."""
SPEED_UP = 0.02
"""Growth of the pace for each second without a refusal."""
WINDOW = 5.0
"""Seconds over which the real pace is measured."""
SLOWEST = 0.2
"""Requests per second that are always tried."""
WRITE_WEIGHT = 5
"""A write counts like so many reads: writes are throttled earlier than reads, how much earlier is not published."""


class Scope:
    """One budget. Not thread-safe by itself; :class:`Pace` holds the lock."""

    def __init__(self) -> None:
        self.closed_until = 0.0
        self.rate: float | None = None  # weight per second; None until the service has refused something
        self.next_free = 0.0
        self.sent: deque[tuple[float, float]] = deque()
        self.changed_at = 0.0

    def reserve(self, now: float, weight: float) -> float:
        """The moment at which a request of this weight may be sent; the slot is taken."""
        start = max(now, self.closed_until, self.next_free if self.rate else 0.0)
        if self.rate:
            self.next_free = start + weight / self.rate
        return start

    def record(self, now: float, weight: float) -> None:
        """A request was accepted."""
        self.sent.append((now, weight))
        while self.sent and self.sent[0][0] < now - WINDOW:
            self.sent.popleft()
        if self.rate and now - self.changed_at >= 1.0:
            self.rate *= 1 + SPEED_UP
            self.changed_at = now

    def refuse(self, now: float, seconds: float) -> None:
        """A request was refused; several refusals of one burst slow down only once."""
        if now >= self.closed_until:
            recent = [(moment, weight) for moment, weight in self.sent if moment >= now - WINDOW]
            span = max(1.0, now - recent[0][0]) if recent else 1.0
            real = sum(weight for _moment, weight in recent) / span
            # The burst that a fresh bucket allows would be taken for its pace, so the pace never rises here.
            base = min(real, self.rate) if self.rate else real
            self.rate = max(SLOWEST, base * SLOW_DOWN)
        self.closed_until = max(self.closed_until, now + seconds)
        self.next_free = max(self.next_free, self.closed_until)
        self.changed_at = self.closed_until


class Pace:
    """The budgets of a run, for all its threads.

    :param parallel: requests that may be under way at once.
    """

    def __init__(self, parallel: int, clock: t.Callable[[], float] = time.monotonic, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self.partner = Scope()
        self.customers: dict[str, Scope] = {}
        self._refusals: deque[tuple[float, str]] = deque()
        self._active: dict[str, float] = {}
        self._lock = threading.Lock()
        self._permits = threading.BoundedSemaphore(parallel)
        self._clock = clock
        self._sleep = sleep

    def gate(self, customer: str) -> Gate:
        """The way to the service for one customer's requests."""
        with self._lock:
            return Gate(self, customer, self.customers.setdefault(customer, Scope()))

    def wait_for(self, customer: Scope, weight: float) -> float:
        """Seconds until a request may be sent; its place is taken in both budgets."""
        with self._lock:
            now = self._clock()
            start = customer.reserve(self.partner.reserve(now, weight), weight)
            return max(0.0, start - now)

    def closed_for(self, customer: Scope) -> float:
        """Seconds for which a refusal still holds."""
        with self._lock:
            return max(0.0, max(customer.closed_until, self.partner.closed_until) - self._clock())

    def accepted(self, name: str, customer: Scope, weight: float) -> None:
        with self._lock:
            now = self._clock()
            self._active[name] = now
            customer.record(now, weight)
            self.partner.record(now, weight)

    def refused(self, name: str, customer: Scope, seconds: float) -> None:
        """A 429 does not say which scope is meant: when most customers that are being worked on get it, it is the partner's."""
        with self._lock:
            now = self._clock()
            self._refusals.append((now, name))
            while self._refusals and self._refusals[0][0] < now - 2.0:
                self._refusals.popleft()
            hit = {item for _moment, item in self._refusals}
            busy = {item for item, moment in self._active.items() if moment >= now - WINDOW} | hit
            if len(hit) >= 2 and 2 * len(hit) >= len(busy):
                self.partner.refuse(now, seconds)
            customer.refuse(now, seconds)


class Gate:
    """One customer's way to the service."""

    def __init__(self, pace: Pace, name: str, scope: Scope) -> None:
        self._pace = pace
        self._name = name
        self._scope = scope

    def enter(self, weight: float) -> None:
        """Wait for the turn of a request, and take one of the permits."""
        seconds = self._pace.wait_for(self._scope, weight)
        if seconds > 0:
            self._pace._sleep(seconds)
        self._pace._permits.acquire()

    def leave(self, weight: float, throttled: float | None = None) -> None:
        """The request was answered. :param throttled: seconds that the service asks to wait, if it refused."""
        self._pace._permits.release()
        if throttled is None:
            self._pace.accepted(self._name, self._scope, weight)
        else:
            self._pace.refused(self._name, self._scope, throttled)

    def closed_for(self) -> float:
        """Seconds for which nobody may send, because of a refusal."""
        return self._pace.closed_for(self._scope)
