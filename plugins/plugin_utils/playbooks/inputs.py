# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a playbook asks of the files that it is given, before anything is sent."""

from __future__ import annotations

import typing as t

from ..report.appearance import AppearanceProblem
from ..task_files.declared import Read, Unreadable
from ..task_files.written import check_look, look_of
from .endings import temporary

Given = t.Mapping[str, t.Any]


def onboarded(given: Given, read: Read) -> list[dict[str, t.Any]]:
    """What is declared for an onboarding: one block, if it is as it must be. :raises Unreadable:"""
    if "csv" in given:
        options = {name: given[name] for name in ("usage_location", "extra_columns") if name in given}
        return [{"users": read("portal_csv", given["csv"], **options)}]
    return read("declarations", [given["file"]])


def blocks(prefix: str, given: Given, read: Read) -> list[dict[str, t.Any]]:
    """What the files declare that the variables name. :raises Unreadable:"""
    if prefix == "onboard":
        return onboarded(given, read)
    if prefix == "restore" and "records" in given:
        return read("declarations", given["records"], merge=True, records=True)
    if prefix == "doctor" and "directory" in given:
        return read("declarations", [given["directory"]])
    return []


def problems(prefix: str, given: Given, read: Read) -> list[str]:
    """What is wrong with the files of a playbook."""
    try:
        look = look_of(given)
        if prefix != "license":  # its module looks at its own template
            check_look(look)
    except AppearanceProblem as exc:
        return [str(exc)]
    if prefix == "temporary":
        return temporary.problems(given)
    try:
        found = blocks(prefix, given, read)
    except Unreadable as unreadable:
        return [str(unreadable)]
    return _not_to_onboard(given, found) if prefix == "onboard" else []


def _not_to_onboard(given: Given, declared: list[dict[str, t.Any]]) -> list[str]:
    if len(declared) != 1:
        return [
            f"onboard_file has {len(declared)} declarations; use a file with one customer, or reconcile for all of "
            "them."
        ]
    if "people" in declared[0]:
        return ["onboard_file declares people for many customers, which this playbook does not; reconcile does."]
    if not declared[0]["users"]:
        files = ", ".join(given["csv"]) if "csv" in given else given["file"]
        return [f"There is no user to onboard in {files}."]
    if declared[0].get("purge"):
        return ["The declaration has a purge, which this playbook does not support; use reconcile."]
    return []
