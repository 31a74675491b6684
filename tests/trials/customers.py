"""Many customers behind a bucket for the partner and one for each customer: few refusals, little time lost, and one that is stuck disturbs nobody."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass
from datetime import datetime

from trials.setting import Report, Setting, load, setting, statuses


@dataclass(frozen=True)
class Limits:
    """The emulator's buckets; the collection knows nothing of them."""

    partner_rate: float
    partner_burst: float
    customer_rate: float
    customer_burst: float
    read: int = 1
    write: int = 5

    def set(self, place: Setting) -> None:
        """Fresh, full buckets."""
        place.control.set(
            throttle_partner={"rate": self.partner_rate, "burst": self.partner_burst},
            throttle_customer={"rate": self.customer_rate, "burst": self.customer_burst},
            throttle_weights={"read": self.read, "write": self.write},
        )

    def seconds(self, customers: int, reads: int, writes: int) -> float:
        """The least time in which the buckets let so many customers through, each with so many requests."""
        weight = reads * self.read + writes * self.write
        partner = (customers * weight - self.partner_burst) / self.partner_rate
        return max(partner, (weight - self.customer_burst) / self.customer_rate)


FULL = Limits(partner_rate=250, partner_burst=500, customer_rate=10, customer_burst=50)


def trial(customers: int = 200, users: int = 50, limits: Limits = FULL, name: str = "customers") -> Report:
    """Half of the users are there and are updated, the others are created. Then again with one more customer that answers only 429."""
    report = Report(name)
    alone = one(report, customers, users, limits)
    share, ratio = report.figures["share"], report.figures["seconds"] / report.figures["bound"]
    report.target(share < 1, f"{share:.2f} % of the requests were answered 429 (target: under 1 %)")
    report.target(ratio <= 1.3, f"ansible-playbook took {ratio:.2f} times what the buckets allow (target: 1.30)")
    beside = one(report, customers, users, limits, stuck=True)
    later = 100 * (beside / alone - 1)
    report.target(
        later <= 5,
        f"with a stuck customer the others end after {beside:.0f} s instead of {alone:.0f} s ({later:+.1f} %, target: +5 %)",
    )
    return report


def one(
    report: Report, customers: int, users: int, limits: Limits, max_wait: int = 45, *, stuck: bool = False
) -> float:
    """One run.

    :param max_wait: seconds after which a customer that is throttled is given up.
    :returns: seconds from the first request to the last one of the customers that are not stuck; the log has whole seconds.
    """
    ids = [str(uuid.UUID(int=(0xF1EE7 << 100) + number, version=4)) for number in range(customers)]
    extra = str(uuid.UUID(int=(0x57CC << 100), version=4))
    with setting() as place:
        place.control.add_customers([_customer(number, identity, users) for number, identity in enumerate(ids)])
        if stuck:
            place.control.add_customers(_customer(len(ids), extra, users))
            place.control.fault("throttle", {"customer_id": extra}, retry_after=2, times=None)
        limits.set(place)
        place.control.clear_log()
        position = len(ids) // 3
        blocks = [_block(number, identity, users) for number, identity in enumerate(ids)]
        if stuck:
            blocks.insert(position, _block(len(ids), extra, users))
        before = load()
        result, seconds = place.run(
            customers=blocks, credentials_file=str(place.directory / "credentials.jsonl"), max_wait=max_wait
        )
        log = list(place.control.log(server="api"))
        others = [entry for entry in log if entry["customer_id"] != extra]
        refused = sum(entry["status"] == 429 for entry in others)
        span = _span(log[0], others[-1])
        share = 100 * refused / len(others)
        what = "with one more customer that answers only 429" if stuck else "alone"
        report.say(
            f"{len(ids)} customers of {users} users {what}: {statuses(result)}; requests: {result.get('requests')}"
        )
        creates = sum(entry["method"] == "POST" and entry["status"] == 200 for entry in others)
        report.say(
            f"{len(others)} requests ({creates} users created), {refused} answered 429 ({share:.2f} %); {before} before, {load()} after"
        )
        served = [entry for entry in others if entry["status"] == 200]
        reads = sum(entry["method"] == "GET" for entry in served) / len(ids)
        bound = limits.seconds(len(ids), round(reads), users)
        times = f"{span / bound:.2f} and {seconds / bound:.2f} times that"
        report.say(
            f"first to last request {span:.0f} s, ansible-playbook {seconds:.0f} s, the buckets allow {bound:.1f} s: {times}"
        )
        bad = [row for row in result["rows"] if row["status"] != "changed" and row["customer_id"] != extra]
        some = [row["message"][:150] for row in bad[:2]] or ""
        whole = not bad and len(result["rows"]) == users * len(blocks)
        report.target(whole, f"{len(bad)} rows of the customers that answer did not succeed {some}".rstrip())
        if stuck:
            lost = [row for row in result["rows"] if row["customer_id"] == extra]
            told = all(row["status"] == "failed" and "max_wait" in row["message"] for row in lost)
            report.target(
                told and len(lost) == users,
                f"the stuck customer is reported: {lost[0]['status']}, {lost[0]['message'][:120]}",
            )
        report.figures.update({"share": share, "span": span, "bound": bound, "seconds": seconds})
    return span


def _customer(number: int, identity: str, users: int) -> dict[str, t.Any]:
    domain = f"fleet{number}.onmicrosoft.com"
    there = [{"user_principal_name": f"user{index}@{domain}", "display_name": "Before"} for index in range(users // 2)]
    return {"id": identity, "company_name": f"DeclaredCustomers {number}", "domain": domain, "users": there}


def _block(number: int, identity: str, users: int) -> dict[str, t.Any]:
    domain = f"fleet{number}.onmicrosoft.com"
    return {
        "customer_id": identity,
        "users": [
            {"user_principal_name": f"user{index}@{domain}", "display_name": f"User {index}"} for index in range(users)
        ],
    }


def _span(first: dict[str, t.Any], last: dict[str, t.Any]) -> float:
    begun, ended = (datetime.fromisoformat(entry["time"].replace("Z", "+00:00")) for entry in (first, last))
    return (ended - begun).total_seconds() + first["duration_ms"] / 1000
