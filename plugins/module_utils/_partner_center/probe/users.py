# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What answers say about users: creates, changes, fields that are not kept, and how late reads are.

Each function takes what was seen and returns the value of a switch, or None where it cannot be
told. Nothing here sends anything.
"""

from __future__ import annotations

import math
import typing as t

from ..._common.identifiers import guid_key, upn_key
from .seen import Evidence, Seen
from .steps import change_settled, changed_shows, role_shows, sent_fields


def create_status(e: Evidence) -> int | None:
    """200 or 201."""
    seen = e.taken("create_a")
    return seen.status if seen and seen.status in (200, 201) else None


def create_links(e: Evidence) -> bool | None:
    """Whether the answer to a create has links."""
    seen = e.taken("create_a")
    return "links" in seen.document if seen and seen.document else None


def missing_user(e: Evidence) -> str | None:
    """The answer for a user who is not there."""
    seen = e.last("unknown_user")
    found = seen.refusal if seen else ""
    return found if found in ("404/60002", "400/3000") else None


def duplicate_status(e: Evidence) -> int | None:
    """The status for a name that is taken."""
    seen = e.last("taken")
    return seen.status if seen and seen.status in (400, 409) else None


def reset_path(e: Evidence) -> t.Any:
    """Whether a new password has a path of its own."""
    seen = e.last("reset_a")
    if seen is None:
        return None
    return "supported" if seen.taken else seen.status if seen.status in (404, 405, 400) else None


def force_change_echo(e: Evidence) -> str | None:
    """Whether true is answered with true."""
    seen = e.taken("create_a")
    profile = seen.document.get("passwordProfile") if seen else None
    found = profile.get("forceChangePassword") if isinstance(profile, dict) else None
    return {True: "request", False: "false"}.get(found) if isinstance(found, bool) else None


def state_inactive(e: Evidence) -> str | None:
    """What a change with state inactive does."""
    asked, after = e.last("inactive_a"), e.last("read_inactive")
    if asked is None:
        return None
    if not asked.taken:
        return "refuse" if asked.status == 400 else None
    if after is None:
        return None
    return "ignore" if after.taken else "delete" if after.status in (400, 404) else None


def deleted_name(e: Evidence) -> bool | None:
    """Whether the id is in front of a deleted user's name."""
    for item in (each for seen in e.all("deleted") for each in seen.items):
        if guid_key(item.get("id")) == e.values.get("b"):
            name, plain = upn_key(str(item.get("userPrincipalName", ""))), upn_key(e.values["b_upn"])
            front = e.values["b"].replace("-", "")
            return False if name == plain else True if name == front + plain else None
    return None


def replay(e: Evidence) -> bool | None:
    """Whether a write that is sent again under its id is answered as the first time."""
    first, again = e.taken("create_a"), e.last("repeat_a")
    if first is None or again is None:
        return None
    if again.taken:
        return True if again.document.get("id") == first.document.get("id") else None
    return False if again.status in (400, 409) else None


def unquoted(e: Evidence) -> bool | None:
    """Whether names in JSON may be without quotes."""
    seen = e.last("unquoted")
    return None if seen is None else True if seen.taken else False if seen.status == 400 else None


# Fields that are not kept


def _lost(e: Evidence, step: str, read: Seen | None) -> set[str] | None:
    """The fields of a write that a later read does not have."""
    if read is None:
        return None
    return {name for name, value in sent_fields(e, step).items() if read.document.get(name) != value}


def _after_create(e: Evidence) -> set[str] | None:
    return _lost(e, "create_a", e.taken("read_a"))


def _after_change(e: Evidence) -> set[str] | None:
    """None also while nothing of the change is seen: then it may be late, or dropped as a whole."""
    return _lost(e, "change_a", e.taken("read_changed")) if change_settled(e) else None


def not_returned(e: Evidence) -> list[str] | None:
    """Fields that no read has, after a create and a change that both brought them, unless an answer to a write had
    them."""
    created, changed = _after_create(e), _after_change(e)
    read = e.taken("read_changed")
    if created is None or changed is None or read is None:
        return None
    answered = {n for step in ("create_a", "change_a") for seen in e.all(step) for n in seen.document if seen.taken}
    return sorted(n for n in created & changed if n not in read.document and n not in answered)


def ignored_in_create(e: Evidence) -> list[str] | None:
    """Fields that a create takes and drops."""
    created, hidden = _after_create(e), not_returned(e)
    return None if created is None or hidden is None else sorted(created - set(hidden))


def ignored_in_change(e: Evidence) -> list[str] | None:
    """Fields that a change takes and drops."""
    changed, hidden = _after_change(e), not_returned(e)
    return None if changed is None or hidden is None else sorted(changed - set(hidden))


def answers_repeat(e: Evidence) -> bool | None:
    """Whether an answer shows what was dropped; without a dropped field nothing tells."""
    for step, dropped in (("create_a", ignored_in_create(e)), ("change_a", ignored_in_change(e))):
        seen = e.taken(step)
        sent = sent_fields(e, step)
        if seen and dropped:
            return any(seen.document.get(name) == sent[name] for name in dropped)
    return None


# How late reads are


def _late(e: Evidence, write: str, read: str, number: int = -1) -> int | None:
    """Milliseconds between a write and the read that is the first to show it, at most; 0 if the first read did."""
    written, reads = e.taken(write), e.all(read)
    if written is None or not reads:
        return None
    shows = reads[number]
    return 0 if shows is reads[0] else math.ceil((shows.at - written.sent) * 1000)


def _found_after(e: Evidence, step: str) -> int | None:
    """How often a user was not found before he was."""
    reads = e.all(step)
    return len(reads) - 1 if reads and reads[-1].taken else None


def not_found_reads(e: Evidence) -> int | None:
    """How many reads do not find a new user, whatever the time: as many as before, although more time has passed."""
    first, second = _found_after(e, "read_a"), _found_after(e, "read_b")
    if not first:
        return first
    return None if second is None else first if second == first else 0 if second == 0 else None


def read_lag(e: Evidence) -> int | None:
    """How long a new user is not found: so long, if after that time the second user is found at once."""
    first, second = _found_after(e, "read_a"), _found_after(e, "read_b")
    if not first:
        return first
    return None if second is None else 0 if second == first else _late(e, "create_a", "read_a") if not second else None


def update_lag(e: Evidence) -> int | None:
    """How long a change is not shown."""
    first = changed_shows(e)
    return None if first is None else _late(e, "change_a", "read_changed", first)


def assign_lag(e: Evidence) -> int | None:
    """How long a role is not shown."""
    return _late(e, "add_role", "roles_of_b") if role_shows("roles_of_b")(e) else None
