# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the user asked for, normalised and validated, before the first request.

An option that was left out is not part of a declaration: it is never compared. (A PUT sends the whole user back, as it
was read.)
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.change_reference import reference_of
from ..._common.plausible import TextKind
from ..._common.problem import Problem, placed
from ..._common.row_options import coerce, null_problems, sound
from ..._common.text import nfc, shown, unprintable
from ..identifiers import name_key, name_problems
from .expected import EXPECTED_SPEC, Expected, declare_expected
from .foreign_names import FOREIGN

STATES = ("present", "suspended", "absent")
SUBSCRIPTIONS = ("fail", "delete", "orphan")
LONGEST_EMAIL = 256

USER_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "email": {"type": "str"},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "subscriptions": {"type": "str", "choices": list(SUBSCRIPTIONS), "default": "fail"},
    "create": {"type": "bool", "default": True},
    "expected": {"type": "dict", "options": EXPECTED_SPEC},
    "change_reference": {"type": "str"},
}
"""The options of one user: those of ``azure_pack_user``, and of a row of ``azure_pack_users``."""
_PLAIN_SPEC = {name: option for name, option in USER_SPEC.items() if name != "expected"}

KINDS = {
    "name": TextKind.ADDRESS,
    "email": TextKind.ADDRESS,
    "source": TextKind.LOOSE,
    "client_request_id": TextKind.LOOSE,
    "client_session_id": TextKind.LOOSE,
}
"""What texts are for: a user may exist under an odd name, and the number of a job may stand for a request."""

WAIT_SPEC: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "wait_interval": {"type": "int", "default": 5},
}

NOT_RESTORABLE = (
    "state restored is not possible: Windows Azure Pack keeps no deleted users. Use state: present to create the "
    "user again (without subscriptions), and state: suspended for a user who may return."
)


@dataclass(frozen=True)
class UserDeclaration:
    """One user, as declared. ``email`` and ``expected`` are None if they were left out; ``index`` and ``source`` say
    where the row came from.

    ``create`` says whether a user may be created who is not there.
    """

    state: str
    name: str
    email: str | None = None
    subscriptions: str = "fail"
    index: int = 0
    source: str | None = None
    create: bool = True
    expected: Expected | None = None
    change_reference: str | None = None

    @property
    def key(self) -> str:
        """Normal form of the name."""
        return name_key(self.name)


@dataclass(frozen=True)
class Waiting:
    """How long to wait for deletions. Times are seconds; without ``wait`` the rest does not matter."""

    wait: bool = True
    timeout: float = 600
    interval: float = 5


def declare_user(
    raw: t.Mapping[str, t.Any], *, index: int = 0, source: str | None = None
) -> tuple[UserDeclaration, list[Problem]]:
    """Validate and normalise the options of one user.

    :param raw: the options as they were written.
    :returns: the declaration, and every problem; the declaration is only to be used when there is none.
    """
    problems = null_problems(raw, USER_SPEC)
    given = raw
    raw, found = sound(raw, USER_SPEC, KINDS)
    problems += found
    if raw.get("state") == "restored":
        problems.append(Problem(NOT_RESTORABLE, "not_restorable", option="state"))
        raw = {name: value for name, value in raw.items() if name != "state"}
    params, found = coerce(
        {name: value for name, value in raw.items() if name != "expected"}, _PLAIN_SPEC, "a user", FOREIGN
    )
    problems += found
    expected = None
    if raw.get("expected") is not None:
        expected, found = declare_expected(raw["expected"])
        problems += found
    name = nfc((params["name"] or "").strip())
    if params["name"] is not None:
        problems += [
            Problem.about("name", f"{shown(params['name'])} {problem}.", "not_a_name")
            for problem in name_problems(name)
        ]
    elif "name" not in given:
        problems.append(Problem("name is missing. Specify the user.", "user_missing", option="name"))
    email = params["email"]
    if email is not None:
        email = nfc(email.strip())
        problems += [
            Problem.about("email", f"{shown(params['email'])} {problem}.", "not_an_address")
            for problem in _email_problems(email)
        ]
    reference = reference_of(params["change_reference"], problems)
    return UserDeclaration(
        params["state"], name, email, params["subscriptions"], index, source, params["create"], expected, reference
    ), [placed("", problem) for problem in problems]


def declare_waiting(params: t.Mapping[str, t.Any]) -> tuple[Waiting, list[str]]:
    """The options of waiting, and what is wrong with them."""
    problems: list[str] = []
    if not 1 <= params["wait_timeout"] <= 86400:
        problems.append(
            Problem(
                "wait_timeout must be a whole number of seconds from 1 to 86400; to skip the wait, set wait: false.",
                "out_of_range",
                option="wait_timeout",
            )
        )
    if not 1 <= params["wait_interval"] <= 3600:
        problems.append(
            Problem(
                "wait_interval must be a whole number of seconds from 1 to 3600.",
                "out_of_range",
                option="wait_interval",
            )
        )
    return Waiting(params["wait"], params["wait_timeout"], params["wait_interval"]), problems


def _email_problems(email: str) -> list[str]:
    if not email:
        return ["is empty; omit it if it should not be managed (in a template: default(omit, true))"]
    if unprintable(email) or any(char.isspace() for char in email):
        return ["holds white space or control characters"]
    if len(email) > LONGEST_EMAIL:
        return [f"has {len(email)} characters, {LONGEST_EMAIL} are allowed"]
    return []
