# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What became of a declared user. The plan, the user and the operations are those of the system that it is about."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .answers import Answer
from .errors import CollectionError, ServiceError, TransportError

STATUSES = ("ok", "changed", "failed", "skipped", "unknown")
"""The words of ``status``, in the order in which they are counted."""


@dataclass
class Outcome:
    """What became of one declared user.

    ``status``: ``ok`` (was so already), ``changed``, ``failed``, ``skipped`` (not attempted, because the run was
    stopped), ``unknown`` (a write may or may not have been carried out). ``user`` is the user as the service last
    answered it. ``done`` are the operations that were carried out, ``answers`` the answers that confirmed them.
    """

    plan: t.Any
    status: str = "ok"
    user: t.Any = None
    done: list[t.Any] = field(default_factory=list)
    failed: t.Any = None
    message: str = ""
    details: dict[str, t.Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    nobody_can: bool = False
    """Whether it failed for want of a token, which no other row will have either."""
    unnoted: str = ""
    """What could not be written down about it; it is said beside the outcome, which it does not change."""

    @property
    def changed(self) -> bool:
        """Whether anything was written for this user."""
        return bool(self.done)


class Unclear(CollectionError):
    """A write may or may not have been carried out."""


class AboutAnother(Unclear):
    """A write was answered with somebody else than it was about, so that nothing can be said of either, and nothing may
    follow."""

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message, reason="answer_about_another", **details)


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
