# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How ``license_report`` ends."""

from __future__ import annotations

from .ending import NO_RESULT, Ending, Run, reason_of


def end(run: Run) -> Ending:
    """The end of a run. A report that lacks a customer has failed, however much else is in it."""
    read = run.step("read")
    summary = read.get("summary") or {}
    found = {str(word): int(number) for word, number in (summary.get("findings") or {}).items()}
    counts = {name: number for name, number in summary.items() if name != "findings"}
    facts = {**counts, "findings": found}
    if run.broken or not summary or read.get("failed") or read.get("failure"):
        reason = reason_of(read)
        said = run.broken or str(read.get("msg") or NO_RESULT)
        return Ending("failed", said, True, {**facts, **({"reason": reason} if reason else {})})
    grave = any(found.get(word) for word in run.given.get("fail_on") or ())
    return Ending("findings" if any(found.values()) else "no_findings", str(read["msg"]), grave, facts)
