# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""When "there is no such user" may be believed. Whoever believes it too easily calls a deletion finished that is not,
or an active user absent.

A gateway and the web server answer 404 as well, so only the service's own error counts; where it is not clear whose
answer it is, the list of users decides, and where nothing can tell, it is an error. Source: Windows Azure Pack REST
reference, "Status and Error Codes", "List Users".
"""

from __future__ import annotations

import threading
import time
import typing as t

from ..._common.errors import CollectionError, Kind, ServiceError
from ..identifiers import name_key
from ..model.users import User
from .meaning import may_be_absent, not_found

REASON = "absence_unclear"


class Reader(t.Protocol):
    """What is asked here; the client."""

    def user(self, name: str) -> User | None:
        """One user."""

    def users(self, search: str | None = None) -> list[User]:
        """All users, or those in which the service finds a text."""


class Absence:
    """Judges answers that may say that a user does not exist. May be used from several threads.

    :param lists: whether the API lists users.
    :param acting: the only user that the tenant API speaks about, if that is known; None on the admin API, which
        knows all.
    """

    def __init__(
        self, reader: Reader, *, lists: bool, acting: str | None, clock: t.Callable[[], float] = time.monotonic
    ) -> None:
        self._reader = reader
        self._lists = lists
        self._acting = acting
        self._clock = clock
        self._lock = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._begun = float("-inf")

    def judge(self, name: str, error: ServiceError) -> None:
        """Returns if an error answer to reading a user means that there is none. :raises CollectionError: it does not,
        or nobody can tell."""
        if not not_found(error):
            raise error
        if error.kind is Kind.ABSENT and (self._lists or self._acting == name_key(name)):
            return
        if error.kind is Kind.ABSENT:
            raise _unclear(
                error,
                "The tenant API returns only the user of the token or of principal_id, so another user may exist.",
            )
        if not self._lists or not may_be_absent(error):
            raise _unclear(error, "")
        self._by_listing(name, error)

    def second_look(self, name: str) -> User | None:
        """A look from another side at somebody who seems to be gone: the list of users if there is one, otherwise the
        user once more. :raises CollectionError: this side does not say."""
        if self._lists:
            found = self._reader.users(search=name)
            return next((user for user in found if user.key == name_key(name)), None)
        return self._reader.user(name)

    def _by_listing(self, name: str, error: ServiceError) -> None:
        asked = self._clock()
        with self._lock:
            if self._begun < asked:  # else somebody else has read it since, and it is good for this question too
                begun = self._clock()
                try:
                    self._names = frozenset(user.key for user in self._reader.users())
                except CollectionError as exc:
                    raise _unclear(
                        error, f"The list of users, which would show it, cannot be read: {exc.message}"
                    ) from None
                self._begun = begun
            names = self._names
        if not names:
            raise _unclear(error, "The list of users, which would show it, is empty.")
        if name_key(name) in names:
            raise _unclear(
                error,
                f"The list of users has {name}: the response comes from the web server, or from something in front of "
                "the service.",
            )


def _unclear(error: ServiceError, why: str) -> ServiceError:
    error.message = f"{error.message} {why}".rstrip()
    error.details["reason"] = REASON
    return error
