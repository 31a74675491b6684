# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""One root for everything that can go wrong, so that one except block per module is enough.

An error says what was tried, for whom, what the service answered and what to do next. Its text is built from fields
that are known to be free of secrets; a response body or a request body is never part of it.
"""

from __future__ import annotations

import enum
import os
import traceback
import typing as t


class CollectionError(Exception):
    """Something that the user of a module has to be told.

    :param message: sentences for a person.
    :param details: members of the result's key ``failure`` (``failure.MEMBERS``), and other keys of the result (JSON
        types only). ``reason`` is a stable word that a playbook may branch on; without one it is that of the class.
    :param advice: what to do next; it ends the message, and stands apart for those who know better.
    """

    REASON = "refused"
    """The stable word of errors of this class that bring none of their own."""

    def __init__(self, message: str, *, advice: str = "", **details: t.Any) -> None:
        whole = f"{message} {advice}" if advice else message
        super().__init__(whole)
        self.message = whole
        self.said = message
        self.advice = advice
        self.details = {key: value for key, value in details.items() if value is not None}
        self.details.setdefault("reason", self._reason())
        self.task: dict[str, t.Any] = {}
        """Keys of the task's result that say nothing about the failure: what it cost, and under which ids."""

    def _reason(self) -> str:
        return self.REASON


class OptionError(CollectionError):
    """Options or rows that cannot be meant; raised before the first request, with every problem at once.

    :param problems: one sentence each, said once; the result's ``reason`` is that of the first that has one
        (``problem.Problem``), else ``invalid_options``.
    """

    REASON = "invalid_options"

    def __init__(self, problems: t.Sequence[str], **details: t.Any) -> None:
        self.problems = list(dict.fromkeys(problems))
        # The first cause is the one to begin with; a problem without a word of its own has none here either.
        reasons = (getattr(problem, "reason", None) for problem in self.problems)
        details.setdefault("reason", next(filter(None, reasons), None))
        said = [str(problem) for problem in self.problems]
        super().__init__("Nothing was sent. " + " ".join(said), problems=said, **details)


class CheckModeViolation(CollectionError):
    """A write was about to be sent in check mode: a defect of the collection, stopped at the last gate."""

    REASON = "internal_error"


class SignInError(CollectionError):
    """No usable token could be had.

    Details: ``error_class`` (which kind of refusal, a stable word), ``aadsts`` (Entra's code), ``correlation_id``,
    ``timestamp``.
    """

    REASON = "sign_in_failed"


class TransportError(CollectionError):
    """No answer, or one that is not the service's (DNS, TLS, time-out, proxy page, redirect, truncated JSON).

    Its reason is its ``error_class``, a word for the kind of failure of the connection.

    :param ambiguous: a write may have been carried out although its answer was lost.
    """

    REASON = "answer_not_understood"

    def __init__(self, message: str, *, ambiguous: bool = False, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.ambiguous = ambiguous

    def _reason(self) -> str:
        return str(self.details.get("error_class", self.REASON))


class Kind(str, enum.Enum):
    """What a refusal of a service means. Set where the codes and the words of the service are known
    (``client/meaning.py`` of each system); nobody else looks at those.
    """

    ABSENT = "absent"
    """What the request is about does not exist."""
    EXISTS = "exists"
    """What was to be made exists already, or its name is taken."""
    LACKS_ROLE = "lacks_role"
    """Who is signed in is not allowed to do it."""
    NO_SEATS = "no_seats"
    """No license of the product is left."""
    NO_LOCATION = "no_location"
    """The user has no usage location that the service knows of."""
    NOT_YET = "not_yet"
    """Something was not found, which may be for having been made a moment ago."""
    THROTTLED = "throttled"
    OTHER = "other"


class ServiceError(CollectionError):
    """The service answered, and refused.

    :param status: HTTP status.
    :param kind: what the refusal means.
    :param code: the service's error code as text (it comes as a number or as a string), or None.
    :param description: the service's words, or None.
    :param repeated: the request had been sent before and that answer was lost, so that "already exists" or "not found"
        may be the echo of our own success.
    """

    REASON = "rejected_by_service"
    _REASONS: t.ClassVar[dict[int, str]] = {
        401: "token_rejected",
        403: "forbidden",
        404: "not_found",
        409: "conflict",
        429: "throttled",
    }

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        description: str | None = None,
        repeated: bool = False,
        kind: Kind = Kind.OTHER,
        advice: str = "",
        **details: t.Any,
    ) -> None:
        super().__init__(message, advice=advice, http_status=status, code=code, description=description, **details)
        self.kind = kind
        self.status = status
        self.code = code
        self.description = description
        self.repeated = repeated

    def _reason(self) -> str:
        if self.details.get("needed_roles"):
            return "missing_role"
        status = self.details["http_status"]
        return "service_unavailable" if status >= 500 else self._REASONS.get(status, self.REASON)


class Throttled(ServiceError):
    """The service asked to wait for longer than ``max_wait`` leaves."""

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.kind = Kind.THROTTLED


class LookupFailed(CollectionError):
    """A customer or a user that was named cannot be found, or not unambiguously."""

    REASON = "customer_not_found"


class Defect(CollectionError):
    """A mistake of the collection itself, kept to the one user or customer that it happened with. Its text holds no
    data.

    :param error: what was raised; only its kind and its place are told.
    """

    REASON = "internal_error"

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"Internal error: {type(error).__name__} at {place_of(error)}. Please report this; nothing of it contains "
            "your data."
        )


def place_of(error: BaseException) -> str:
    """File and line of an error, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "an unknown place"


class CredentialsFileError(CollectionError):
    """The file that receives generated passwords cannot be used; nothing was created."""

    REASON = "credentials_file"
