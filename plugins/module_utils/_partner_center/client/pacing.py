# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How fast requests may be sent: one budget for the whole partner, one for each customer.

Partner Center throttles in two scopes, does not publish its limits, and counts requests that come too early against the
caller (Partner Center developer documentation, "API throttling guidance"). So nothing is paced until something is
refused. Then the scope is closed for everybody until the service's Retry-After has passed, and from then on its
requests are spaced. How far is measured: between two refusals a scope was given what its limit allows, whatever the
limit looks like, so a little less than that is not refused. The pace then grows, slowly at first, to find out whether
the limit has moved.

A refusal does not say which scope it is about. It is the partner's when several customers are refused together, and the
customer's own when it stays alone. What two customers have learned about their limits holds for those that were not
refused yet: finding it out again for each of some hundred customers would be some hundred bursts of refusals.
"""

from __future__ import annotations

import threading
import time
import typing as t
from collections import deque
from dataclasses import dataclass

from ..._common.interruption import UNINTERRUPTED, Stopper

WRITE_WEIGHT = 5
"""A write counts like so many reads: writes are throttled earlier than reads, how much earlier is not published."""
WINDOW = 5.0
"""Seconds over which the present pace is measured, and in which a customer counts as being worked on."""

FIRST_GUESS = 0.85
"""After a first refusal: this part of the pace just before. A budget that was full at first makes even that too
much."""
GUESSES = 8
"""Guesses in a row about the customers that were not refused yet; then only what was measured counts."""
MARGIN = 0.95
"""After further refusals: this part of what was accepted between two of them."""
SLOWEST = 0.2
"""Weight per second that is always tried."""
GROWTH = 0.0005
"""While it holds requests back, a pace grows by this part for each second, times the seconds without a refusal."""
DOUBT, CATCH_UP = 20.0, 0.005
"""After so many seconds without a refusal the pace was too low, and grows by so much more."""
COMMON_DOUBT = 60.0
"""The same for the pace that all customers share; before that it does not grow at all, because all of them would be
refused."""
FRUITLESS, PATIENCE = 2, 120.0
"""So many refusals in a row at paces that were fine before: it is not the pace that is refused, and for so many seconds
there is none."""
COMMON_FRUITLESS = 4
"""The same for a pace that many customers share, where being wrong costs more."""

TOGETHER = 2.0
"""Seconds in which refusals of several customers are taken for one of the partner."""
CROWD = 3
"""Customers that make a refusal the partner's (fewer, if fewer are being worked on)."""


class Tempo:
    """A pace in weight per second; ``rate`` is None as long as there is none."""

    def __init__(self, growth: float = GROWTH, doubt: float = DOUBT, fruitless: int = FRUITLESS) -> None:
        self.rate: float | None = None
        self.averages: deque[float] = deque(maxlen=3)
        self._growth = growth
        self._doubt = doubt
        self._tolerated = fruitless
        self._calm_since = self._grown_at = 0.0
        self._waited_at = float("-inf")
        self._fruitless = 0
        self._given_up_until = float("-inf")

    def guess(self, now: float, rate: float) -> None:
        """Nothing is known but a pace that is probably a little too fast, or not."""
        if now >= self._given_up_until:
            self._set(now, min(self.rate or rate, rate))

    def learn(self, now: float, average: float) -> None:
        """This much was accepted per second between two refusals."""
        if now < self._given_up_until:
            return
        worse = bool(self.averages) and average < 0.9 * max(self.averages)
        self._fruitless = self._fruitless + 1 if worse else 0
        self.averages.append(average)
        if self._fruitless < self._tolerated:
            self._set(now, average * MARGIN)
            return
        self._given_up_until, self._fruitless, self.rate = now + PATIENCE, 0, None
        self.averages.clear()

    def waited(self, now: float) -> None:
        """A request had to wait for this pace: a pace that holds nothing back cannot be too slow."""
        self._waited_at = now

    def grow(self, now: float, real: float) -> None:
        """A request was accepted. :param real: what is really sent; a pace far above that holds nothing back."""
        seconds = now - self._grown_at
        if self.rate is None or seconds < 1.0:
            return
        self._grown_at = now
        if now - self._waited_at <= 2.0 and self.rate < 2 * real:
            calm = now - self._calm_since
            self.rate *= 1 + (self._growth * calm + CATCH_UP * max(0.0, calm - self._doubt)) * min(2.0, seconds)

    def _set(self, now: float, rate: float) -> None:
        self.rate = max(SLOWEST, rate)
        self._calm_since = self._grown_at = now


@dataclass(frozen=True)
class Refusal:
    """What a scope had been given when it was refused.

    :param total: weight that was ever accepted.
    :param recent: weight per second just before, measured over ``span`` seconds.
    :param until: the moment from which on requests may be sent again.
    """

    moment: float
    total: float
    recent: float
    span: float
    until: float


class Scope:
    """One budget. Not thread-safe by itself; :class:`Pace` holds the lock.

    ``epoch`` changes with each refusal: a place that was taken before is worth nothing after it. ``average`` is what
    was last measured between two refusals.

    :param common: the pace as long as this scope has none of its own.
    """

    def __init__(self, common: Tempo | None = None, fruitless: int = FRUITLESS) -> None:
        self.closed_until = 0.0
        self.refused_at = float("-inf")
        self.refused_in_a_row = 0
        self.epoch = 0
        self.tempo = Tempo(fruitless=fruitless)
        self.average: float | None = None
        self._common = common
        self._next_free = 0.0
        self._total = 0.0
        self._window: deque[tuple[float, float]] = deque()
        self._window_weight = 0.0
        self._last: Refusal | None = None

    def reserve(self, now: float, weight: float) -> float:
        """The moment at which a request of this weight may be sent; its place is taken."""
        tempo = self.tempo if self.tempo.rate or self._common is None else self._common
        start = max(now, self.closed_until)
        if tempo.rate:
            if self._next_free > start:
                start = self._next_free
                tempo.waited(now)
            self._next_free = start + weight / tempo.rate
        return start

    def accept(self, now: float, weight: float) -> None:
        """A request was accepted."""
        self.refused_in_a_row = 0
        self._total += weight
        self._window.append((now, weight))
        self._window_weight += weight
        self.tempo.grow(now, self.recent(now))

    def close(self, now: float, seconds: float) -> Refusal:
        """A request was refused: nobody sends before the service's Retry-After has passed."""
        self.refused_in_a_row += 1
        self.refused_at = now
        self.epoch += 1
        self.closed_until = max(self.closed_until, now + seconds)
        self._next_free = self.closed_until
        recent = self.recent(now)
        return Refusal(now, self._total, recent, self._span(now), self.closed_until)

    def plausible(self, now: float) -> bool:
        """Whether a refusal can be about this scope: since the last one it was given about as much as it could bear
        before."""
        if self._last is None or not self.tempo.averages or now - self._last.moment < 0.5:
            return True
        return (self._total - self._last.total) / (now - self._last.moment) >= 0.9 * max(self.tempo.averages)

    def slow_down(self, now: float, refusal: Refusal) -> None:
        """The refusal was about this scope: learn from it.

        The average since the last refusal is the limit only if this scope was kept busy all the time; the budget of one
        that had little to do fills up, and then the average is too low.
        """
        last, self._last = self._last, refusal
        if last and refusal.moment - last.moment >= 0.5:
            given = refusal.total - last.total
            busy = max(0.5, refusal.moment - last.until)
            if refusal.recent <= 1.5 * given / busy:
                self.average = given / (refusal.moment - last.moment)
                self.tempo.learn(now, self.average)
                return
        if refusal.span >= WINDOW * 0.4:
            self.tempo.guess(now, refusal.recent * FIRST_GUESS)

    def recent(self, now: float) -> float:
        """Weight per second that was accepted just before."""
        while self._window and self._window[0][0] < now - WINDOW:
            self._window_weight -= self._window.popleft()[1]
        return self._window_weight / max(1.0, self._span(now))

    def _span(self, now: float) -> float:
        return now - self._window[0][0] if self._window else 0.0


class Ticket:
    """A request on its way through the budgets: first the customer's, then the partner's."""

    def __init__(self, scopes: tuple[Scope, ...], weight: float) -> None:
        self._scopes = scopes
        self._weight = weight
        self._places: list[tuple[int, float]] = []

    def wait(self, now: float) -> float:
        """Seconds until the next step; 0 when the request may be sent."""
        for position, scope in enumerate(self._scopes):
            if position == len(self._places) or self._places[position][0] != scope.epoch:
                # Places further on were taken in the hope of this one.
                self._places[position:] = [(scope.epoch, scope.reserve(now, self._weight))]
            start = self._places[position][1]
            if start > now:
                return start - now
        return 0.0


class Pace:
    """The budgets of a run, for all its threads. ``typical`` is the pace of customers that have not been refused yet.

    :param parallel: requests that may be under way at once.
    :param interruption: ends every wait.
    """

    def __init__(
        self,
        parallel: int,
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], t.Any] | None = None,
        interruption: Stopper = UNINTERRUPTED,
    ) -> None:
        self.clock = clock
        self.sleep = sleep or interruption.wait
        self.interruption = interruption
        self.lock = threading.Lock()
        self.permits = threading.BoundedSemaphore(parallel)
        self.partner = Scope(fruitless=COMMON_FRUITLESS)
        self.customers: dict[str, Scope] = {}
        self.typical = Tempo(0.0, COMMON_DOUBT, COMMON_FRUITLESS)
        self._served: dict[str, float] = {}
        self._suspicions: list[tuple[str, Refusal]] = []
        self._slowed: deque[str] = deque(maxlen=2)
        self._guesses = 0
        self._refused_since: float | None = None

    def silence(self) -> float:
        """Seconds since the first refusal after which nobody got any other answer; 0 if the last answer was none."""
        with self.lock:
            return 0.0 if self._refused_since is None else self.clock() - self._refused_since

    def gate(self, customer: str) -> Gate:
        """The way to the service for one customer's requests."""
        with self.lock:
            return Gate(self, customer, self.customers.setdefault(customer, Scope(self.typical)))

    def accepted(self, name: str, weight: float) -> None:
        """A customer's request was answered, and not with a refusal."""
        with self.lock:
            now = self.clock()
            self._refused_since = None
            self._judge(now)
            self._served[name] = now
            customer = self.customers[name]
            customer.accept(now, weight)
            self.partner.accept(now, weight)
            if not customer.tempo.rate:
                self.typical.grow(now, customer.recent(now))

    def refused(self, name: str, seconds: float, sent: float) -> None:
        """A customer's request that was sent at a moment was answered with 429."""
        with self.lock:
            now = self.clock()
            if self._refused_since is None:
                self._refused_since = now
            if sent <= self.partner.refused_at:
                # It was under way when the partner was refused, and says the same.
                self.partner.closed_until = max(self.partner.closed_until, now + seconds)
                return
            customer = self.customers[name]
            news = sent > customer.refused_at
            refusal = customer.close(now, seconds)
            # A customer that gets nothing but refusals has nothing more to tell after the first: it is its own affair.
            if news and customer.refused_in_a_row == 1:
                self._suspicions.append((name, refusal))
            self._judge(now)

    def _judge(self, now: float) -> None:
        """Decide whose the refusals of the last moments were; the gates have been closed already."""
        if not self._suspicions:
            return
        names = {name for name, _refusal in self._suspicions}
        busy = names | {name for name, moment in self._served.items() if moment >= now - WINDOW}
        crowd = len(names) >= max(2, min(CROWD, len(busy)))
        if crowd and self.partner.plausible(now):
            longest = max(self.customers[name].closed_until for name in names)
            self.partner.slow_down(now, self.partner.close(now, max(0.0, longest - now)))
            for name in names:
                self.customers[name].refused_in_a_row = 0
            self._suspicions.clear()
            return
        if crowd and self.partner.tempo.averages:
            # Said often enough, it is true: what was measured before was too high, or does not hold any more.
            self.partner.tempo.averages.popleft()
        due = [item for item in self._suspicions if len(busy) == 1 or item[1].moment <= now - TOGETHER]
        self._suspicions = [item for item in self._suspicions if item not in due]
        for name, refusal in due:
            self.customers[name].slow_down(now, refusal)
            self._learn(now, name)

    def _learn(self, now: float, name: str) -> None:
        """A pace at which two customers were refused is too fast for the others, too; the faster of the two is
        taken."""
        if name in self._slowed:
            self._slowed.remove(name)
        self._slowed.append(name)
        scopes = [self.customers[slowed] for slowed in self._slowed]
        rates = [scope.tempo.rate for scope in scopes if scope.tempo.rate]
        averages = [scope.average for scope in scopes if scope.average]
        if len(averages) == 2:
            self.typical.learn(now, max(averages))
        elif len(rates) == 2 and not self.typical.averages and self._guesses < GUESSES:
            self._guesses += 1
            self.typical.guess(now, max(rates))


class Gate:
    """One customer's way to the service."""

    def __init__(self, pace: Pace, name: str, scope: Scope) -> None:
        self._pace = pace
        self._name = name
        self._scope = scope

    def enter(self, weight: float) -> float | None:
        """Wait for the turn of a request, and take one of the permits.

        An interruption ends the wait, and the caller finds it out for itself.

        :returns: the moment, for :meth:`leave`; None, without a permit, while a refusal holds: how long to wait then is
            the caller's affair.
        """
        pace = self._pace
        ticket = Ticket((self._scope, pace.partner), weight)
        while not self.closed_for():
            with pace.lock:
                seconds = ticket.wait(pace.clock())
            if seconds > 0 and not pace.interruption.reached():
                pace.sleep(seconds)
                continue
            pace.permits.acquire()
            if not self.closed_for():
                return pace.clock()
            pace.permits.release()
        return None

    def leave(self, weight: float, sent: float, throttled: float | None = None) -> None:
        """The request was answered, or its answer was lost.

        :param sent: what :meth:`enter` answered.
        :param throttled: seconds that the service asks to wait, if it refused.
        """
        self._pace.permits.release()
        if throttled is None:
            self._pace.accepted(self._name, weight)
        else:
            self._pace.refused(self._name, throttled, sent)

    def closed_for(self) -> float:
        """Seconds for which nobody may send, because of a refusal."""
        with self._pace.lock:
            return max(
                0.0, self._scope.closed_until - self._pace.clock(), self._pace.partner.closed_until - self._pace.clock()
            )
