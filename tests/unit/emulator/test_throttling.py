"""Token buckets in both scopes, and the gateway's answer."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from emulator.kernel.switches import Switches
from emulator.partner_center.switches import SWITCHES
from emulator.partner_center.throttle import Throttle


class HandClock:
    def __init__(self):
        self.time = 1000.0

    def timestamp(self):
        return self.time


@pytest.fixture
def throttle():
    clock, switches = HandClock(), Switches(SWITCHES)
    return SimpleNamespace(clock=clock, switches=switches, charge=Throttle(clock, switches).charge)


def test_off_by_default(throttle):
    assert [throttle.charge("p", "c", "POST") for dummy in range(1000)] == [None] * 1000


def test_writes_cost_five_reads(throttle):
    throttle.switches.update({"throttle_customer": {"rate": 1, "burst": 10}, "throttle_penalise": False})
    assert [throttle.charge("p", "c", "POST") for dummy in range(3)] == [None, None, 5]
    assert throttle.charge("p", "c", "GET") == 1
    assert throttle.charge("p", "other", "PATCH") is None, "another customer has its own bucket"
    throttle.clock.time += 0.5
    assert throttle.charge("p", "c", "GET") == 1, "rounded up"
    throttle.clock.time += 0.5
    assert throttle.charge("p", "c", "HEAD") is None


def test_the_partner_bucket_counts_all_customers(throttle):
    throttle.switches.update({"throttle_partner": {"rate": 2, "burst": 5}, "throttle_penalise": False})
    assert throttle.charge("p", "a", "POST") is None
    assert throttle.charge("p", "b", "POST") == 3
    assert throttle.charge("p", None, "GET") == 1
    assert throttle.charge("q", "a", "POST") is None


def test_refused_calls_count_too_but_waiting_as_told_always_helps(throttle):
    throttle.switches.update({"throttle_customer": {"rate": 1, "burst": 5}})
    assert throttle.charge("p", "c", "POST") is None
    waits = [throttle.charge("p", "c", "GET") for dummy in range(20)]
    assert waits[:3] == [2, 3, 4] and waits[-1] == 6, "the debt is bounded"
    throttle.clock.time += waits[-1]
    assert throttle.charge("p", "c", "GET") is None


def test_a_call_dearer_than_the_bucket_needs_a_full_one(throttle):
    throttle.switches.update({"throttle_customer": {"rate": 1, "burst": 2}, "throttle_penalise": False})
    assert throttle.charge("p", "c", "POST") is None
    wait = throttle.charge("p", "c", "POST")
    throttle.clock.time += wait
    assert throttle.charge("p", "c", "POST") is None


def test_the_answer_over_the_wire(api, ids, control):
    control.set(throttle_customer={"rate": 0.5, "burst": 1})
    assert api.get(api.user(ids.adele)).status == 200
    answer = api.get(api.user(ids.adele))
    seconds = int(answer.headers["Retry-After"])
    assert answer.status == 429 and 2 <= seconds <= 4
    assert answer.json == {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {seconds} seconds."}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.raw.startswith(b"{")
    assert api.get(api.users(ids.fabrikam)).status == 200
    control.advance(seconds)
    assert api.get(api.user(ids.adele)).status == 200


def test_waiting_in_real_time_helps_too(api, ids, control):
    control.set(throttle_customer={"rate": 5, "burst": 1})
    api.get(api.user(ids.adele))
    seconds = int(api.get(api.user(ids.adele)).headers["Retry-After"])
    time.sleep(seconds)
    assert api.get(api.user(ids.adele)).status == 200
