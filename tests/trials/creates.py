"""Many creates, of which a third goes wrong: afterwards each user exists once, no row lies, and each password works."""

from __future__ import annotations

from collections import Counter

from trials.setting import CUSTOMER, DOMAIN, Report, read_journal, rows, setting, statuses

DROPPED, THROTTLED, UNAVAILABLE = 0.20, 0.10, 0.05


def faults(seed: int) -> list[dict[str, object]]:
    """Shares of all creates. The first rule that applies decides, so the later ones are shares of what is left."""
    match = {"server": "api", "method": "POST", "path": "/users$"}
    rules = [
        (DROPPED, {"kind": "drop_after"}),
        (THROTTLED / (1 - DROPPED), {"kind": "throttle", "retry_after": 1}),
        (UNAVAILABLE / (1 - DROPPED - THROTTLED), {"kind": "status", "status": 503}),
    ]
    return [
        {"match": match, "do": do, "times": None, "probability": share, "seed": seed + number}
        for number, (share, do) in enumerate(rules)
    ]


def trial(users: int = 1000, seed: int = 1, replay: bool = True, name: str = "creates") -> Report:
    """One customer, so many creates. :param replay: whether the service answers a repeated request from memory, as it documents."""
    report = Report(name)
    with setting() as place:
        control = place.control
        control.add_customers({"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN})
        control.set(replay=replay)
        control.add_faults(faults(seed))
        control.clear_log()
        journal = place.directory / "credentials.jsonl"
        options = {
            "customer_id": CUSTOMER,
            "users": rows(users, usage_location="DE"),
            "credentials_file": str(journal),
            "max_wait": 1200,
        }
        result, seconds = place.run(**options)
        fired = {rule["do"]["kind"]: rule["fired"] for rule in control.faults()}
        sent = [entry for entry in control.writes() if entry["method"] == "POST"]
        injected = f"{fired['drop_after']} committed and dropped, {fired['throttle']} answered 429, {fired['status']} answered 503"
        report.say(f"{users} creates in {seconds:.0f} s: {len(sent)} sent, {injected}")
        report.say(f"rows: {statuses(result)}; requests: {result.get('requests')}")
        control.clear_faults()
        there = [user["user_principal_name"].lower() for user in control.users(CUSTOMER)]
        wanted = {row["user_principal_name"] for row in options["users"]}
        twice = [upn for upn, count in Counter(there).items() if count > 1]
        report.target(
            len(there) == users and set(there) == wanted, f"{len(there)} users on the server, {users} declared"
        )
        report.target(not twice, f"{len(twice)} duplicates")
        undone = [
            row["user_principal_name"] for row in result["rows"] if row["status"] in ("failed", "unknown", "skipped")
        ]
        lies = [upn for upn in undone if upn in there]
        report.target(
            not lies, f"{len(lies)} rows reported failed or unknown whose user exists {lies[:3] or ''}".rstrip()
        )
        report.target(len(result["rows"]) == users, f"{len(result['rows'])} rows out, {users} in")
        wrong = place.passwords_that_fail(CUSTOMER, journal)
        report.target(
            not wrong, f"{len(wrong)} users whose password in the journal does not work {wrong[:3] or ''}".rstrip()
        )
        pending = Counter(
            record["status"]
            for record in {record["user_principal_name"]: record for record in read_journal(journal)[0]}.values()
        )
        report.target(pending == {"delivered": users}, f"last lines of the journal: {dict(pending)}")
        control.clear_log()
        second, seconds = place.run(**options)
        writes = control.writes()
        report.target(
            not second["changed"] and not writes,
            f"second run: {statuses(second)}, {len(writes)} writes, {seconds:.0f} s",
        )
    return report
