# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who made users differ from their declarations: asks the audit records of the customers that have differences.

One query for each of them. It never fails a run: what cannot be read is unknown.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ..._common.audit_log.known_runs import known_runs
from ..._common.context import TaskContext
from ..._common.errors import CollectionError
from ..._common.identifiers import guid_key, is_guid, upn_key
from ..._common.outcomes import Outcome
from ..._common.problem import Problem
from ..._common.results import warn
from ..._common.threads import Pool
from ..model.audit_records import AuditRecord
from ..model.users import iso
from ..plan.attribution import Answer, Question, attribute, questions
from ..session import Session
from .customers import CustomerRun

SPEC: dict[str, dict[str, t.Any]] = {
    "attribute_changes": {"type": "bool", "default": False},
    "attribute_days": {"type": "int", "default": 30},
}
KEPT_DAYS = 90
"""The service refuses a start that is longer ago. Source: "Get a record of Partner Center activity"."""
UNREADABLE = "records_unreadable"
UNKNOWN = "unknown"
_WORDS = {
    "no_record": "unknown (not by this partner's tools)",
    "changed_since": "unknown (not by this partner's tools)",
    "ambiguous": "unknown (the audit records do not show it)",
    UNREADABLE: "unknown (the audit records could not be read)",
}

Known = t.Mapping[str, t.Mapping[str, t.Any]]


def attribution_problems(params: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the options."""
    if 1 <= params["attribute_days"] <= KEPT_DAYS:
        return []
    said = f"attribute_days must be from 1 to {KEPT_DAYS}; the service keeps audit records no longer."
    return [Problem(said, "out_of_range", option="attribute_days")]


def attribute_changes(module: TaskContext[t.Any], session: Session, runs: t.Sequence[CustomerRun]) -> None:
    """Put into each outcome who made it so (``Outcome.changed_by``)."""
    params = module.params
    known = known_runs(params["audit_log"]) if params.get("audit_log") else {}
    asked = [(run, _asked(run)) for run in runs]
    differing = [(run, found) for run, found in asked if any(each for _outcome, each in found)]
    with Pool(min(len(differing), params["max_parallel"])) as pool:
        warnings = list(
            pool.map(lambda each: _of_customer(session, each[0], each[1], params["attribute_days"], known), differing)
        )
    warn(module, [warning for warning in warnings if warning])


def _asked(run: CustomerRun) -> list[tuple[Outcome, list[Question]]]:
    found = [(outcome, questions(outcome.plan, run.snapshot)) for outcome in (*run.outcomes, *run.purged)]
    for outcome, _questions in found:
        outcome.changed_by = {}
    return found


def _of_customer(
    session: Session, run: CustomerRun, found: list[tuple[Outcome, list[Question]]], days: int, known: Known
) -> str:
    """:returns: why the records could not be read, empty if they could."""
    customer_id, why = str(run.customer_id), ""
    records: list[AuditRecord] | None = None
    # The day is counted from its beginning, and the service may be in the next one by the time at which it is asked.
    today = session.now().date()
    first = today - timedelta(days=min(days, KEPT_DAYS) - 1)
    try:
        pages = session.customer(customer_id).audit_records(first, today)
        # What this run itself has done is not what it found.
        own = guid_key(session.correlation_id)
        records = [record for page in pages for record in page if record.correlation_id != own]
    except CollectionError as exc:
        why = f"{run.declaration.name}: changes cannot be attributed, because the audit records cannot be read: "
        why += exc.message
    for outcome, asked in found:
        outcome.changed_by = {
            question.key: described(
                Answer(reason=UNREADABLE) if records is None else attribute(question, customer_id, records), known
            )
            for question in asked
        }
    return why


def described(answer: Answer, known: Known) -> dict[str, t.Any]:
    """An element of ``changed_by``. :param known: runs of this collection by correlation id."""
    record = answer.record
    if record is None:
        reason = str(answer.reason)
        return {**dict.fromkeys(_MEMBERS), "who": UNKNOWN, "text": _WORDS[reason], "reason": reason}
    person = record.actor if record.actor and not is_guid(record.actor) else None
    run = known.get(record.correlation_id)
    if (
        run
        and person
        and run.get("user_principal_name")
        and upn_key(str(run["user_principal_name"])) != upn_key(person)
    ):
        run = None  # somebody else under the same id
    who = person or f"application {record.application_id or record.actor}"
    when = iso(record.time)
    ours = f", this collection, run of {run['time']} by {run['local_user']} on {run['host']}" if run else ""
    reference = f" for {run['change_reference']}" if run and run.get("change_reference") else ""
    return {
        "who": who,
        "kind": "user" if person else "application",
        "application_id": record.application_id,
        "time": when,
        "correlation_id": record.correlation_id or None,
        "operation": record.operation,
        "run": dict(run) if run else None,
        "text": f"{who} at {when}{ours}{reference}",
        "reason": None,
    }


_MEMBERS = ("who", "kind", "application_id", "time", "correlation_id", "operation", "run", "text", "reason")
