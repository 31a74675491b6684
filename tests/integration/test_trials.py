"""Small samples of the trials in tests/trials, which run whole with `make trials`."""

from __future__ import annotations

import typing as t

import pytest
from trials import (
    answers,
    attribution,
    azure_pack,
    crash,
    creates,
    customers,
    protocol,
    sign_in,
    signals,
    switches,
    worlds,
)
from trials.setting import Report

SMALL = customers.Limits(partner_rate=80, partner_burst=80, customer_rate=16, customer_burst=20)


def part_of_the_customers(number: int, *, stuck: bool) -> Report:
    """Too small for the share of refusals and the time to mean anything, but nothing may be missing."""
    report = Report("customers")
    customers.one(report, number, 5, SMALL, 6 if stuck else 45, stuck=stuck)
    return report


SAMPLES: dict[str, t.Callable[[], Report]] = {
    "creates": lambda: creates.trial(12, seed=11),
    "creates that are not replayed": lambda: creates.trial(6, seed=5, replay=False),
    "crash": lambda: crash.trial(2, users=30),
    "worlds": lambda: worlds.trial(60),
    "attribution": lambda: attribution.trial(100),
    "answers": lambda: answers.trial(10),
    "protocol": lambda: protocol.trial(
        ("nothing", "302", "a bomb", "half a pair"), (("create", "POST"), ("delete", "DELETE"))
    ),
    "answers of Azure Pack": lambda: azure_pack.trial(9),
    "protocol of Azure Pack": lambda: azure_pack.protocol(
        ("101", "302", "half a pair"), (("create", "POST"), ("delete all", "DELETE"))
    ),
    "answers of sign-in hosts": lambda: sign_in.trial(6),
    "protocol of sign-in hosts": lambda: sign_in.protocol(("302", "a bomb"), (("renew", "POST"), ("issue", "POST"))),
    "switches": lambda: switches.trial(("role_catalogue", "azure_pack_delete_status")),
    "kills": lambda: signals.trial(6, (*signals.TASKS, signals.ROTATION), kill=True, name="kills"),
    "signals": lambda: signals.trial(5),
    "customers": lambda: part_of_the_customers(10, stuck=False),
    "customers with a stuck customer": lambda: part_of_the_customers(5, stuck=True),
}


AT_ONCE = ("worlds", "attribution")
"""What `make test` has time for; the others run in `make test-all`."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in AT_ONCE else [pytest.mark.thorough]) for name in SAMPLES]
)
def test_sample(name: str) -> None:
    report = SAMPLES[name]()
    assert not report.misses, "\n".join(report.lines)
