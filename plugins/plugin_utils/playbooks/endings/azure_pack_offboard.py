# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whom ``azure_pack_offboard`` takes out, what it shows before, and how it ends."""

from __future__ import annotations

import typing as t

from .ending import PROOF, Ending, Run, counted

_STATES = {"delete": "absent", "suspend": "suspended"}


def options(given: t.Mapping[str, t.Any], users: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """Options of ``azure_pack_users``. Nobody is created."""
    names = ("wait", "wait_timeout", "max_parallel", "max_delete_total", "approve_deletions", *PROOF)
    return {
        "users": list(users),
        "defaults": {"state": _STATES[given["action"]], "subscriptions": given["subscriptions"], "create": False},
        **{name: given[name] for name in names if name in given},
    }


def preview(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Options of the step that shows what would happen."""
    if "users" not in given:
        return {}
    return options(given, [{"name": name, "create": False} for name in dict.fromkeys(given["users"])])


def remove_options(run: Run) -> dict[str, t.Any]:
    """What was seen is what is expected: whatever has appeared since then is left alone."""
    seen = {row["name"]: row["seen"] for row in run.step("preview")["rows"]}
    return options(run.given, [{"name": name, "expected": expected} for name, expected in seen.items()])


def shown(run: Run) -> dict[str, t.Any]:
    """Who goes, and what they own."""
    return {"lines": [_line(row) for row in run.step("preview").get("rows") or ()]}


def _line(row: t.Mapping[str, t.Any]) -> str:
    what = "nothing to do" if row["action"] == "none" else row["action"]
    owned = ", ".join(f"{item['name']} {item['id']}" for item in row.get("subscriptions") or ())
    created = (row.get("seen") or {}).get("created")
    return (
        f"{row['name']}: {what}"
        + (f", owns {owned}" if owned else "")
        + (f" (created {created})" if created is not None else "")
    )


def end(run: Run) -> Ending:
    """The end of a run that has succeeded; one that fails ends with its module."""
    state = _STATES[run.given["action"]]
    done = run.step("done")
    counts = counted(done)
    unfinished = sum(
        bool(row.get("deletion")) and row["deletion"].get("status") != "finished" for row in done.get("rows") or ()
    )
    who = f"{counts['rows']} {'user is' if counts['rows'] == 1 else 'users are'} {state}"
    rest = f"; but {unfinished} {'deletion is' if unfinished == 1 else 'deletions are'} accepted and not finished"
    message = f"{who}, {counts['changed']} of them changed by this run{rest if unfinished else ''}."
    return Ending("unfinished" if unfinished else state, message, False, counts)
