# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which generated password of a user works, as far as the lines of a credentials file tell.

An attempt is a password and the lines that have it: ``pending`` before the request, then what became of it. The one
rule, for whoever reads the file:

* What was ``rejected`` was never set, and says nothing about any other password.
* The attempt that began last works if it was ``delivered`` and every other one was over before it began. It is not
  known which one works if the last one is
  ``pending`` or ``reset_needed``, or if another one was still under way when it began.
* An attempt without an end (the run was killed) is over where it began: while a run lives, no other one begins an
  attempt for the same user.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ..._common.identifiers import guid_key, upn_key

STATUSES = ("pending", "delivered", "rejected", "reset_needed")


@dataclass
class Attempt:
    """One password of one user. ``start`` and ``end`` are the numbers of its first and last line; ``record`` is the
    line that tells most."""

    start: int
    end: int
    record: dict[str, t.Any]
    name: str
    user_id: str | None = None
    statuses: set[str] = field(default_factory=set)

    @property
    def status(self) -> str:
        """What became of it. Nothing takes a delivery back."""
        return next(
            (status for status in ("delivered", "reset_needed", "rejected") if status in self.statuses), "pending"
        )


class Standing(t.NamedTuple):
    """What is known about a user's password: ``works``, or else it is not known which of several does.

    ``record`` is the line of the attempt that began last.
    """

    works: bool
    status: str
    record: t.Mapping[str, t.Any]


class Attempts:
    """All attempts of a file.

    :param content: the file. Lines that a full disk or a crash cut off are passed over: what was cut off was not sent
        yet, or is ``pending`` in a line before.
    """

    def __init__(self, content: bytes) -> None:
        self.foreign: int | None = None
        """The number of the first line that is none of a journal, if there is one."""
        self._attempts: dict[tuple[str, str, str], Attempt] = {}
        self._by_name: dict[tuple[str, str], list[Attempt]] = {}
        self._by_id: dict[tuple[str, str], list[Attempt]] = {}
        for number, line in enumerate(content.split(b"\n"), 1):
            line = line.strip(b" \t\r\0")  # a power failure can leave zeros
            if line:
                self._take(number, line)
        for (customer, name, _password), attempt in self._attempts.items():
            self._by_name.setdefault((customer, name), []).append(attempt)
            if attempt.user_id:
                self._by_id.setdefault((customer, attempt.user_id), []).append(attempt)

    def _take(self, number: int, line: bytes) -> None:
        record = parsed(line)
        if record is None:
            if self.foreign is None and not line.startswith(b"{"):
                self.foreign = number
            return
        if not is_record(record):
            self.foreign = self.foreign or number
            return
        customer, name = guid_key(record["customer_id"]), upn_key(record["user_principal_name"])
        password = record.get("password") or record.get("cms") or record.get("request_id") or f"line {number}"
        attempt = self._attempts.setdefault((customer, name, str(password)), Attempt(number, number, record, name))
        attempt.end = number
        attempt.statuses.add(str(record["status"]))
        if record.get("user_id"):
            attempt.user_id = guid_key(record["user_id"])
        if record["status"] == attempt.status:
            attempt.record = record

    def standing(self, customer_id: t.Any, user_principal_name: t.Any, user_id: t.Any = None) -> Standing | None:
        """What is known about the password of a user; None when no password of the file was ever set.

        :param user_id: finds a user who has been renamed, and tells one from an earlier user of the same name.
        """
        customer, found = guid_key(customer_id), guid_key(user_id) if user_id else None
        named = self._by_name.get((customer, upn_key(str(user_principal_name))), []) if user_principal_name else []
        named = [attempt for attempt in named if not found or attempt.user_id in (None, found)]
        known = [attempt for attempt in self._by_id.get((customer, found), []) if attempt not in named] if found else []
        attempts = sorted(
            (attempt for attempt in (*named, *known) if attempt.status != "rejected"), key=lambda attempt: attempt.start
        )
        if not attempts:
            return None
        *earlier, last = attempts
        works = last.status == "delivered" and all(attempt.end < last.start for attempt in earlier)
        return Standing(works, last.status, last.record)


def parsed(line: bytes) -> t.Any:
    """A line as JSON, None for what is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def is_record(value: t.Any) -> bool:
    """Whether this is a line of a credentials file."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("user_principal_name"), str)
        and {"customer_id", "status"} <= value.keys()
    )
