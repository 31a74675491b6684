# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What became of a declared user. The plan, the user and the operations are those of the system that it is about."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import Enum

from .answers import Answer
from .errors import CollectionError, ServiceError, TransportError


class Status(str, Enum):
    """What became of a declared user. A member is the word itself, wherever a text is expected."""

    OK = "ok"
    """It was so already."""
    CHANGED = "changed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not attempted, because the run was stopped, or because it could not have been finished."""
    UNKNOWN = "unknown"
    """A write may or may not have been carried out."""

    # Without these a member would be printed as Status.OK.
    def __str__(self) -> str:
        return self.value

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)

    @property
    def good(self) -> bool:
        """Whether the user is (or would be) as declared."""
        return self in (Status.OK, Status.CHANGED)


GENERAL_REASONS = {Status.FAILED: "refused", Status.SKIPPED: "not_attempted", Status.UNKNOWN: "outcome_unknown"}
"""The stable word of what is not as declared, where nothing better is known."""


def counted_by_status(statuses: t.Iterable[str]) -> dict[str, int]:
    """How many there are of each status, all statuses in their order."""
    found = [Status(status) for status in statuses]
    return {status.value: found.count(status) for status in Status}


@dataclass
class Outcome:
    """What became of one declared user.

    ``user`` is the user as the service last answered it. ``done`` are the operations that were carried out, ``answers``
    the answers that confirmed them.
    """

    plan: t.Any
    status: Status = Status.OK
    user: t.Any = None
    done: list[t.Any] = field(default_factory=list)
    failed: t.Any = None
    message: str = ""
    details: dict[str, t.Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    nobody_can: bool = False
    """Whether it failed for want of a token, which no other row will have either."""
    changed_by: dict[str, t.Any] | None = None
    """Who made it as it was found, by what differs; None where nobody asked."""
    claimed: str = ""
    """On what ground a user is taken for the one that this run has made, where the response was lost."""
    unnoted: str = ""
    """What could not be written down about it; it is said beside the outcome, which it does not change."""

    @property
    def changed(self) -> bool:
        """Whether anything was written for this user."""
        return bool(self.done)

    @property
    def reason(self) -> str | None:
        """The stable word for why it is not as declared; None where it is, unless there is something to know about
        it."""
        return self.details.get("reason") or GENERAL_REASONS.get(Status(self.status))


class Unclear(CollectionError):
    """A write may or may not have been carried out."""

    REASON = "outcome_unknown"


class AboutAnother(Unclear):
    """A write was answered with somebody else than it was about, so that nothing can be said of either, and nothing may
    follow."""

    REASON = "answer_about_another"


def may_be_done(exc: CollectionError) -> bool:
    """Whether the write may have been carried out although it ended in this error.

    That is so when no usable answer came, and also when a repeat was refused after the answer to an earlier attempt was
    lost.
    """
    if isinstance(exc, Unclear):
        return True
    if isinstance(exc, TransportError):
        return exc.ambiguous
    return isinstance(exc, ServiceError) and exc.repeated
