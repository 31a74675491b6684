# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whom ``restore_users`` brings back, and how it ends."""

from __future__ import annotations

import typing as t

from ....module_utils._common import text
from ...declarations.files import plain
from ...export.rows import export_rows
from ..outcomes import of_rows
from .ending import PROOF, Ending, Run, counted


def options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_users``; empty if nobody was deleted then."""
    given = run.given
    more = {name: given[name] for name in ("on_no_seats", *PROOF) if name in given}
    if "records" in given:
        return {"records": given["records"], **more}
    read = run.step("read")
    lost = [user for user in read.get("users") or () if _meant(user, given)]
    if not lost:
        return {}
    rows = export_rows(plain(lost), state="restored", user_ids=False, exact=False, subscribed_skus=None).users
    return {"customers": [{"customer_id": str(read["customer_id"]), "users": rows}], **more}


def _meant(user: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> bool:
    when = str(user.get("soft_deletion_time") or "")
    if not when:
        return False
    # The moments of a day are those that begin with it.
    return when.startswith(given["on"]) if "on" in given else when >= str(given["since"]).rstrip("Z")


def may_restore(run: Run) -> bool:
    """Whether there is anybody to bring back."""
    return bool(options(run))


def end(run: Run) -> Ending:
    """The end of a run."""
    if run.broken:
        return Ending("refused", run.broken, True)
    done = run.step("done")
    if not done:
        return Ending("unchanged", "No user was deleted then, or all were already restored.", False)
    ended, counts = of_rows(done), counted(done)
    every = text.counted(counts["rows"], "user")
    mood = "would be" if run.check_mode else text.agreeing(counts["changed"], "was", "were")
    if ended["problem"]:
        users = counts["rows"] or len(run.declared())
        share = f"{counts['changed']} of {text.counted(users, 'user')} {mood} restored."
        return Ending("failed", f"{share} {ended['reasons']}", True, counts)
    if not counts["changed"]:
        said = f"{every} {text.agreeing(counts['rows'], 'is', 'are')} active and as recorded."
        return Ending("unchanged", said, False, counts)
    share = f"{counts['changed']} of {every} {mood} restored."
    return Ending("ready" if run.check_mode else "restored", share, False, counts)
