# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How ``drift_report`` ends, for all hosts together."""

from __future__ import annotations

import typing as t

from ....module_utils._common import text
from ....module_utils._common.identifiers import guid_key
from ...report.appearance import AppearanceProblem
from ...task_files.written import ENDINGS, look_of, rendered
from ..outcomes import left_alone, of_rows, of_tasks
from .ending import COUNTS, Ending, Result, Run, counted, ran

SHOWN = 5
"""Problems that the message says."""


def by_host(run: Run) -> bool:
    """Whether each host is a customer, with a file of its own."""
    return any(host.customer for host in run.hosts)


def end(run: Run) -> Ending:
    """The end of a run. Whoever compares nothing finds no difference, and a host that says nothing is not one without
    drift."""
    results = [result for result in (ran(host.steps.get("compared")) for host in run.hosts) if "requests" in result]
    wrong = list(dict.fromkeys(_wrong(run)))
    files: dict[str, str] = {}
    try:
        files = _reports(run, results)
    except AppearanceProblem as exc:  # what was compared stays compared
        wrong.append(f"{exc}.")
    nothing = not wrong and not results
    problems = (
        [
            f"Nothing was compared: none of {text.counted(len(run.hosts), 'host')} has a declaration in "
            f"{run.given.get('directory')}."
        ]
        if nothing
        else wrong
    )
    customers = [customer for result in results for customer in result.get("customers") or ()]
    counts = {
        "customers": len(customers),
        **{name: sum(counted(result, ["purged"])[name] for result in results) for name in (*COUNTS, "purged")},
    }
    uncovered = sorted(_uncovered(run, customers))
    differs = counts["changed"] + counts["purged"] > 0
    if problems:
        status = "failed"
    elif differs or (uncovered and run.given.get("undeclared") == "fail"):
        status = "drift"
    else:
        status = "no_drift"
    facts = {
        **counts,
        **left_alone(results),
        "undeclared": uncovered,
        **({"reason": "nothing_compared"} if nothing else {}),
    }
    return Ending(
        status,
        _message(problems, counts, uncovered, _text(results)),
        status == "failed" or (status == "drift" and bool(run.given.get("fail", True))),
        facts,
        files,
    )


def _wrong(run: Run) -> t.Iterator[str]:
    if run.problems:
        yield from run.problems
        return  # nothing was begun
    for host in run.hosts:
        compared = host.steps.get("compared")
        if ran(compared):
            yield from filter(None, [of_rows(compared)["problem"]])
    for host in run.hosts:
        yield from host.problems
    yield from (host.broken for host in run.hosts if host.broken)
    found = run.step("customers")
    if found.get("failure") or found.get("failed") or (found.get("msg") and "customers" not in found):
        yield str(found.get("msg") or "The customers could not be listed.")
    silent = [host.name for host in run.hosts if not host.steps.get("compared") and not host.broken]
    if silent:
        yield f"The result for {', '.join(silent)} is missing."
    strangers = [host.name for host in run.hosts if not host.customer] if by_host(run) else []
    if strangers:
        yield (
            "These hosts are not customers of an inventory (they have no partner_center_customer_id): "
            f"{', '.join(strangers)}."
        )


def _uncovered(run: Run, compared: t.Sequence[Result]) -> list[str]:
    """Customers of whom nothing is declared."""
    if run.given.get("undeclared") == "ignore":
        return []
    if by_host(run):
        return [host.name for host in run.hosts if (host.steps.get("compared") or {}).get("skipped")]
    known = {guid_key(customer.get("customer_id") or "") for customer in compared}
    # A customer that could not be found by its domain is declared nevertheless.
    domains = {str(customer.get("domain") or "").lower() for customer in compared}
    return [
        str(customer["domain"])
        for customer in run.step("customers").get("customers") or ()
        if guid_key(customer["id"]) not in known and str(customer["domain"]).lower() not in domains
    ]


def _text(results: t.Sequence[Result]) -> str:
    """What would be done. The rows of one task need not be all of them; those of hosts are."""
    said = of_rows(results[0])["text"] if len(results) == 1 else of_tasks(results)["text"]
    return str(said)


def _message(problems: t.Sequence[str], counts: t.Mapping[str, int], uncovered: t.Sequence[str], shown: str) -> str:
    customers = text.counted(counts["customers"], "customer")
    if problems:
        more = f" And {len(problems) - SHOWN} more." if len(problems) > SHOWN else ""
        said = " ".join(problems[:SHOWN]) + more
    elif counts["changed"] + counts["purged"] == 0:
        verb = text.agreeing(counts["rows"], "is", "are")
        said = f"{text.counted(counts['rows'], 'row')} of {customers} {verb} as declared."
    else:
        said = (
            f"{counts['changed']} of {text.counted(counts['rows'], 'row')} of {customers} "
            f"{text.agreeing(counts['changed'], 'differs', 'differ')}, "
            f"{text.counted(counts['purged'], 'user')} would be purged: {shown}."
        )
    return said + (f" Without a declaration: {', '.join(uncovered)}." if uncovered else "")


def _reports(run: Run, results: t.Sequence[Result]) -> dict[str, str]:
    """With one host, its task writes the report of all rows itself."""
    if not by_host(run):
        return {}
    texts = rendered(ENDINGS, results, str(run.given.get("title")), look_of(run.given))
    return {f"report{ending}": text for ending, text in texts.items()}


def may_list_customers(run: Run) -> bool:
    """Whether it is asked for which customers nothing is declared."""
    return run.given.get("undeclared") != "ignore" and not by_host(run) and not run.broken
