# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ``doctor`` examines, and how it and ``rotate`` end."""

from __future__ import annotations

import typing as t

from ....module_utils._common.text import counted
from .ending import Ending, Run


def examine_options(run: Run) -> dict[str, t.Any]:
    """Options of ``sign_in_info``: the customers that are named, and those of the declarations."""
    blocks = run.blocks()
    named = [str(block[key]) for key in ("customer_id", "customer_domain") for block in blocks if block.get(key)]
    for block in blocks:
        selected = (block.get("people") or {}).get("customers") or {}
        named += [str(each) for kind in ("ids", "domains") for each in selected.get(kind) or ()]
    return {"customers": list(dict.fromkeys([*run.given["customers"], *named]))}


def end_of_doctor(run: Run) -> Ending:
    """Whoever watches the exit code wants warnings only if they say so."""
    result = run.step("result")
    counts = result.get("counts") or {}
    failed, warning = int(counts.get("failed", 0)), int(counts.get("warning", 0))
    found = [f"{counted(failed, 'check')} failed"] if failed else []
    found += [counted(warning, "warning")] if warning else []
    message = (
        f"{', '.join(found)}. The table says what to do." if found else ("No check failed, and there are no warnings.")
    )
    healthy = result.get("healthy") is True and not (run.given.get("strict") and result.get("worst") == "warning")
    status = "failed" if not healthy else "warning" if result.get("worst") == "warning" else "healthy"
    return Ending(status, message, not healthy, {"failed": failed, "warning": warning})


def end_of_rotate(run: Run) -> Ending:
    """What there is now."""
    result = run.step("result")
    if not result.get("changed"):
        return Ending("not_due", f"Not due: the token is {result.get('age_days')} days old.", False)
    if run.check_mode:
        return Ending("due", "Would be rotated.", False)
    who = result.get("user_principal_name") or "an unknown account"
    return Ending("rotated", f"{result.get('dest')} has a new working token of {who}.", False)
