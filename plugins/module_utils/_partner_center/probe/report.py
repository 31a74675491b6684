# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report of a probe: what was asked, what came, and what it comes to; without anybody's data."""

from __future__ import annotations

import typing as t

from .questions import answers, switches
from .seen import Evidence
from .steps import BY_NAME

FORMAT = "tenantops.partner_center.probe"
VERSION = 1
_WHOLE = frozenset(
    """unknown_path unknown_user create_a read_a repeat_a taken create_b read_b change_a read_changed bad_country
    null_name empty_name reset_a unquoted add_role add_again remove_role add_role_back restore_b read_restored
    inactive_a read_inactive by_upn minimal remove_again assign_again delete_again rename_a restore_taken
    spoiled_token read_deleted delete_b roles remove_unassigned assign""".split()
)
"""Steps whose answers are about the users of the probe, or about nobody. Of all others only refusals are shown, and of
their successes the outline, because those are about the customer."""
_DEEPEST = 8


def outline(value: t.Any, depth: int = 0) -> t.Any:
    """A JSON value by its members and types; of a list its first element and its length."""
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, dict):
        return {
            name: each if name in ("uri", "objectType") else outline(each, depth + 1) for name, each in value.items()
        }
    if isinstance(value, list):
        return {"length": len(value), "first": outline(value[0], depth + 1)} if value else []
    return {"str": "text", "int": "number", "float": "number", "bool": "boolean"}.get(type(value).__name__)


def exchange(step: str, shown: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """One request and its answer. :param shown: with stand-ins (``client.traffic.PartnerCenterTraffic``)."""
    found = {name: shown[name] for name in ("method", "path", "query", "status", "mark", "unreadable_bytes", "body")
             if name in shown}  # fmt: skip
    answer = shown.get("answer")
    return {
        "step": step,
        **found,
        "headers": sorted(shown.get("answer_headers", ())),
        "answer": answer if step in _WHOLE or shown.get("status", 0) >= 400 else outline(answer),
    }


def report(
    evidence: Evidence, exchanges: t.Sequence[dict[str, t.Any]], *, version: str, day: str, cloud: str, ended: str
) -> dict[str, t.Any]:
    """The whole. ``switches`` is what a service that stands for the real one is set to.

    :param ended: a word for how it ended: ``complete``, or the reason why not everything was asked.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "collection": version,
        "day": day,
        "cloud": cloud,
        "ended": ended,
        "switches": switches(evidence),
        "questions": [
            {
                "question": question.text,
                "switch": question.switch,
                "state": "open" if found is None else "settled",
                "answer": found,
                "steps": [step for step in question.steps if evidence.all(step)],
            }
            for question, found in answers(evidence)
        ],
        "exchanges": list(exchanges),
    }


def table(document: t.Mapping[str, t.Any]) -> list[str]:
    """The questions and answers, a line each, for a terminal."""
    width = max(len(each["question"]) for each in document["questions"])
    return [f"{each['question']:<{width}}  {_words(each['answer'])}" for each in document["questions"]]


def _words(answer: t.Any) -> str:
    if answer is None:
        return "(open)"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list):
        return ", ".join(map(str, answer)) or "none"
    return str(answer)


def would_send(with_licenses: bool, skipped: t.Collection[str]) -> list[dict[str, t.Any]]:
    """All steps as check mode shows them, with their placeholders."""
    return [
        {
            "step": step.name,
            "about": step.about,
            "method": step.method,
            "path": f"/v1/{step.path}",
            "query": dict(step.query),
            "body": step.raw if step.raw is not None else step.body,
        }
        for step in BY_NAME.values()
        if with_licenses or step.name not in skipped
    ]
