"""The module's memory grows with what is declared, not with the customer. What counts is by how much the worker grows."""

from __future__ import annotations

import re
import time
import typing as t
from pathlib import Path

from trials.setting import CUSTOMER, DOMAIN, Background, Report, Setting, setting, statuses

LIMIT_MIB = 43


def trial(users: int = 50_000, declared: int = 100, name: str = "memory") -> Report:
    """A few declared users of a customer with very many."""
    report = Report(name)
    with setting() as place:
        generate = {"count": users, "deleted": 100, "domain": DOMAIN, "seed": 1}
        place.control.add_customers({"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN, "generate": generate})
        names = sorted(
            user["user_principal_name"] for user in place.control.users(CUSTOMER) if user["state"] == "active"
        )
        step = len(names) // declared
        known = [
            {"user_principal_name": names[index * step], "display_name": f"User {index}"}
            for index in range(declared // 2)
        ]
        new = [
            {"user_principal_name": f"new{index}@{DOMAIN}", "display_name": f"New {index}"}
            for index in range(declared - len(known))
        ]
        options: dict[str, t.Any] = {
            "customer_id": CUSTOMER,
            "users": known + new,
            "credentials_file": str(place.directory / "credentials.jsonl"),
        }
        small = {"customer_id": CUSTOMER, "users": [{"user_principal_name": names[0]}]}
        peak, _result, seconds = _peak(place, **small)
        report.say(f"one user at the beginning of the listing: growth {peak:.1f} MiB, {seconds:.1f} s")
        peak, result, seconds = _peak(place, **options)
        report.say(f"{users} users, {declared} declared: {statuses(result)}, {result.get('requests')}, {seconds:.1f} s")
        report.target(peak < LIMIT_MIB, f"growth of the worker {peak:.1f} MiB (target: under {LIMIT_MIB} MiB)")
        report.target(not result.get("failed"), "no row failed")
        scope = {"purge": True, "purge_scope": {"domains": [DOMAIN]}, "undo_file": str(place.directory / "undo.json")}
        purging, result, seconds = _peak(place, **options, **scope)
        report.say(
            f"the same with a purge about everybody (for information; the caps refuse it): growth {purging:.1f} MiB, {seconds:.1f} s"
        )
        report.figures.update(peak=peak, purging=purging)
    return report


def _peak(place: Setting, **options: t.Any) -> tuple[float, dict[str, t.Any], float]:
    """By how much the resident memory of the worker grew at most, in MiB as the kernel counts it; the module's result; and the seconds that it was there."""
    run = Background(place, **options)
    process = run.module()
    started, first, peak = time.monotonic(), 0.0, 0.0
    while True:
        try:
            found = re.search(
                r"^VmHWM:\s+(\d+) kB",
                Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace"),
                re.MULTILINE,
            )
        except OSError:
            break
        if not found:  # it has ended, and nobody has asked for its exit status yet
            break
        peak = max(peak, int(found[1]) / 1024)
        first = first or peak
        time.sleep(0.005)
    seconds = time.monotonic() - started
    return peak - first, run.join(), seconds
