"""The budgets on a clock that stands still until it is told to go on, and many customers behind buckets on a simulated one."""

from __future__ import annotations

import heapq
import itertools
import math
import typing as t
from collections import Counter, deque
from dataclasses import dataclass, field

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.pacing import (
    MARGIN,
    WRITE_WEIGHT,
    Gate,
    Pace,
    Ticket,
)


class Clock:
    """Time that passes only by sleeping, or by being told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(4, clock, clock.sleep)


def send(
    gate: Gate, clock: Clock, throttled: float | None = None, takes: float = 0.01, weight: float = WRITE_WEIGHT
) -> float:
    """One request that is answered after a moment; returns when it was sent."""
    sent = gate.enter(weight)
    assert sent is not None, "the gate is closed"
    clock.now += takes
    gate.leave(weight, sent, throttled)
    return sent


def test_nothing_is_paced_before_a_refusal(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    for _request in range(100):
        send(gate, clock, takes=0)
    assert clock.slept == []


def test_a_refusal_closes_the_gate_for_the_whole_time_that_was_asked(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    send(gate, clock)
    send(gate, clock, throttled=7)
    assert gate.closed_for() == pytest.approx(7)
    assert gate.enter(1) is None and clock.slept == [], (
        "whoever comes now is sent away, to wait at the expense of max_wait"
    )
    clock.now += 6.9
    assert gate.enter(1) is None
    clock.now += 0.11
    assert gate.enter(1) is not None


def test_a_longer_refusal_of_another_request_counts(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    first, second = gate.enter(1), gate.enter(1)
    assert first and second
    gate.leave(1, first, 2)
    gate.leave(1, second, 9)
    assert gate.closed_for() == pytest.approx(9)


def test_whoever_slept_for_a_turn_does_not_walk_into_a_gate_that_was_closed_meanwhile(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    for _request in range(400):
        send(gate, clock)
    send(gate, clock, throttled=1)
    clock.now += 1.1
    send(gate, clock)
    other = gate.enter(WRITE_WEIGHT)
    assert other

    def refused_while_asleep(seconds: float) -> None:
        clock.now += seconds / 2
        gate.leave(WRITE_WEIGHT, other, 30)
        clock.now += seconds / 2

    pace.sleep = refused_while_asleep
    assert gate.enter(WRITE_WEIGHT) is None
    assert gate.closed_for() > 29


def test_a_permit_is_given_back_when_the_gate_closes_while_waiting_for_it(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    for _refusal in range(10):
        send(gate, clock, throttled=1)
        assert gate.enter(1) is None
        clock.now += 1.01
    held = [gate.enter(0.001) for _permit in range(4)]
    assert all(held), "all permits are still there"


def test_after_two_refusals_the_pace_is_a_little_below_what_was_accepted_between_them(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    for _request in range(30):
        send(gate, clock, takes=0.1)
    send(gate, clock, throttled=1)
    clock.now += 1.01
    accepted, started = 0, clock.now - 1.01
    while clock.now < started + 5:
        send(gate, clock, takes=0.1)
        accepted += WRITE_WEIGHT
    send(gate, clock, throttled=1)
    scope = pace.customers["a"]
    assert scope.average == pytest.approx(accepted / (clock.now - started), rel=0.05)
    assert scope.tempo.rate == pytest.approx(scope.average * MARGIN)


def test_the_pace_recovers_when_the_limit_has_gone(pace: Pace, clock: Clock) -> None:
    gate = pace.gate("a")
    for _round in range(2):
        for _request in range(60):
            send(gate, clock, takes=0.05)
        send(gate, clock, throttled=5)
        clock.now += 5.01
    learned = pace.customers["a"].tempo.rate
    assert learned
    started = clock.now
    while clock.now < started + 90:
        send(gate, clock)
    assert pace.customers["a"].tempo.rate > 3 * learned


def test_refusals_that_do_not_depend_on_the_pace_do_not_slow_down_for_ever(pace: Pace, clock: Clock) -> None:
    """One request in ten is refused, however slowly they come: Retry-After is honoured, and that is all."""
    gate, started = pace.gate("a"), clock.now
    for number in range(2000):
        if gate.closed_for():
            clock.now += gate.closed_for()
        send(gate, clock, throttled=1 if number % 10 == 9 else None, takes=0.02)
    assert clock.now - started < 2.5 * (200 * 1.0 + 2000 * 0.02)


class TestWhoseRefusal:
    def names(self, pace: Pace, clock: Clock, number: int) -> list[Gate]:
        gates = [pace.gate(f"c{index}") for index in range(number)]
        for _round in range(30):
            for gate in gates:
                send(gate, clock)
        return gates

    def test_several_customers_at_once_mean_the_partner(self, pace: Pace, clock: Clock) -> None:
        gates = self.names(pace, clock, 10)
        for gate in gates[:3]:
            send(gate, clock, throttled=4)
        assert pace.partner.closed_until > clock.now + 3.9
        assert all(gate.closed_for() > 3.9 for gate in gates), "for everybody, also for those who were not refused"
        assert all(scope.tempo.rate is None for scope in pace.customers.values()), "and no customer is blamed"

    def test_one_customer_alone_means_that_customer(self, pace: Pace, clock: Clock) -> None:
        gates = self.names(pace, clock, 10)
        send(gates[0], clock, throttled=4)
        clock.now += 2.1
        send(gates[1], clock)
        assert gates[0].closed_for() > 0 and not any(gate.closed_for() for gate in gates[1:])
        assert pace.customers["c0"].tempo.rate and pace.partner.tempo.rate is None and pace.typical.rate is None

    def test_what_two_customers_have_learned_holds_for_the_others(self, pace: Pace, clock: Clock) -> None:
        gates = self.names(pace, clock, 10)
        for gate in gates[:2]:
            send(gate, clock, throttled=1)
            clock.now += 3
            for other in gates[2:]:
                send(other, clock)
        assert pace.typical.rate and pace.customers["c5"].tempo.rate is None
        started, fresh = clock.now, pace.gate("new")
        for _request in range(20):
            send(fresh, clock, takes=0)
        assert clock.now - started == pytest.approx(19 * WRITE_WEIGHT / pace.typical.rate)

    def test_a_stuck_customer_never_closes_the_partner(self, pace: Pace, clock: Clock) -> None:
        gates = self.names(pace, clock, 10)
        stuck = pace.gate("stuck")
        for _round in range(50):
            for gate in gates:
                send(gate, clock)
            clock.now += stuck.closed_for()
            send(stuck, clock, throttled=2)
        assert (
            pace.partner.refused_at == float("-inf") and pace.partner.tempo.rate is None and pace.typical.rate is None
        )
        assert not any(gate.closed_for() for gate in gates)

    def test_what_was_under_way_when_the_partner_was_refused_is_no_new_refusal(self, pace: Pace, clock: Clock) -> None:
        gates = self.names(pace, clock, 10)
        late = gates[9].enter(WRITE_WEIGHT)
        assert late
        for gate in gates[:3]:
            send(gate, clock, throttled=4)
        rate = pace.partner.tempo.rate
        clock.now += 0.5
        gates[9].leave(WRITE_WEIGHT, late, 6)
        assert pace.partner.tempo.rate == rate and gates[0].closed_for() == pytest.approx(6)


# A simulation behind buckets, simulated


@dataclass
class Bucket:
    rate: float
    burst: float
    tokens: float = 0.0
    at: float = 0.0

    def fill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now


@dataclass
class Simulation:
    """Customers that each read once and write some times, two requests of a customer at a time; the buckets are those of the emulator."""

    customers: int
    writes: int
    partner: tuple[float, float] | None
    customer: tuple[float, float] | None
    weights: tuple[int, int] = (1, WRITE_WEIGHT)
    stuck: str | None = None
    parallel: int = 8
    latency: float = 0.1
    machine: t.Callable[[float], float] | None = None
    """Seconds of the one processor that a request costs at a moment."""
    now: float = 0.0
    counts: Counter = field(default_factory=Counter)

    def run(self) -> float:
        """Seconds until the last customer that is not stuck has ended."""
        self.pace = Pace(self.parallel, lambda: self.now)
        self.free, self.queue, self.heap, self.order = self.parallel, deque(), [], itertools.count()
        self.buckets: dict[str, Bucket] = {}
        self.todo = deque(f"c{number}" for number in range(self.customers))
        self.end = self.processor = 0.0
        for _slot in range(min(self.customers, 4 * self.parallel)):
            self._push(0, self._slot())
        while self.heap:
            self.now, _order, step = heapq.heappop(self.heap)
            wish = next(step, "end")
            if isinstance(wish, float):
                self._push(self.now + wish, step)
            elif wish == "permit" and self.free:
                self.free -= 1
                self._push(self.now, step)
            elif wish == "permit":
                self.queue.append(step)
        return self.end

    def _push(self, moment: float, step: t.Iterator[t.Any]) -> None:
        heapq.heappush(self.heap, (moment, next(self.order), step))

    def _release(self) -> None:
        if self.queue:
            self._push(self.now, self.queue.popleft())
        else:
            self.free += 1

    def _slot(self) -> t.Iterator[t.Any]:
        while self.todo:
            name = self.todo.popleft()
            done = yield from self._request(name, False)
            left = [self.writes if done else 0]
            alive = [2]

            self._push(self.now, self._worker(name, left, alive))
            self._push(self.now, self._worker(name, left, alive))
            while alive[0]:
                yield 0.05
            if name != self.stuck:
                self.end = self.now

    def _worker(self, name: str, left: list[int], alive: list[int]) -> t.Iterator[t.Any]:
        while left[0]:
            left[0] -= 1
            yield from self._request(name, True)
        alive[0] -= 1

    def _request(self, name: str, write: bool) -> t.Iterator[t.Any]:
        gate, weight = self.pace.gate(name), WRITE_WEIGHT if write else 1
        scopes = (self.pace.customers[name], self.pace.partner)
        for attempt in range(1, 8):
            ticket = Ticket(scopes, weight)
            while True:  # as Gate.enter does it
                seconds = gate.closed_for() or ticket.wait(self.now)
                if seconds:
                    ticket = ticket if not gate.closed_for() else Ticket(scopes, weight)
                    yield seconds
                    continue
                yield "permit"
                if not gate.closed_for():
                    break
                self._release()
            sent = self.now
            if self.machine:
                self.processor = max(self.processor, self.now) + self.machine(self.now)
                yield self.processor - self.now
            yield self.latency / 2
            asked = self._charge(name, write)
            self.counts["sent" if name != self.stuck else "sent to the stuck one"] += 1
            yield self.latency / 2
            self._release()
            if asked is None:
                self.pace.accepted(name, weight)
                return True
            self.counts["refused"] += name != self.stuck
            self.pace.refused(name, asked, sent)
            yield max(asked, 0.0 if attempt == 1 else (2**attempt - 1) * 0.5, gate.closed_for())
        return False

    def _charge(self, name: str, write: bool) -> float | None:
        if name == self.stuck:
            return 2.0
        price = self.weights[write]
        buckets = []
        for key, limit in (("", self.partner), (name, self.customer)):
            if limit:
                buckets.append(self.buckets.setdefault(key, Bucket(*limit, tokens=limit[1], at=self.now)))
                buckets[-1].fill(self.now)
        if all(bucket.tokens >= min(price, bucket.burst) for bucket in buckets):
            for bucket in buckets:
                bucket.tokens -= price
            return None
        for bucket in buckets:
            bucket.tokens = max(-bucket.burst, bucket.tokens - 1)
        return float(
            max(1, math.ceil(max((min(price, bucket.burst) - bucket.tokens) / bucket.rate for bucket in buckets)))
        )


LIMITS = {
    "both scopes bind": ((250, 500), (10, 50), (1, 5)),
    "only the partner's binds": ((250, 500), (100, 200), (1, 5)),
    "no limit for customers": ((250, 500), None, (1, 5)),
    "small bursts": ((250, 100), (12, 20), (1, 5)),
    "writes cost as much as reads": ((60, 150), (2.5, 12), (1, 1)),
    "writes cost three reads": ((150, 400), (7, 40), (1, 3)),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_fleet_is_rarely_refused_and_loses_little_time(name: str) -> None:
    partner, customer, weights = LIMITS[name]
    simulation = Simulation(200, 50, partner, customer, weights)
    seconds = simulation.run()
    weight = weights[0] + 50 * weights[1]
    bound = max((200 * weight - partner[1]) / partner[0], (weight - customer[1]) / customer[0] if customer else 0)
    share = 100 * simulation.counts["refused"] / simulation.counts["sent"]
    assert share < 1.2, f"{share:.2f} % refused"
    assert seconds < 1.3 * bound, f"{seconds:.0f} s, the buckets allow {bound:.0f} s"


def test_a_machine_that_is_slow_now_and_then_does_not_spoil_what_is_learned() -> None:
    """What is measured while the machine holds requests back is no limit of the service, and must not be taken for one for ever."""
    simulation = Simulation(
        200, 50, (250, 500), (10, 50), latency=0.01, machine=lambda now: 0.03 if int(now / 15) % 2 else 0.006
    )
    simulation.run()
    assert simulation.counts["refused"] < 0.012 * simulation.counts["sent"]


def test_a_stuck_customer_does_not_delay_a_fleet() -> None:
    alone = Simulation(100, 50, (250, 500), (10, 50)).run()
    simulation = Simulation(100, 50, (250, 500), (10, 50), stuck="c7")
    assert simulation.run() < 1.05 * alone
    assert simulation.counts["sent to the stuck one"] < 15, "nothing is sent before the time"
