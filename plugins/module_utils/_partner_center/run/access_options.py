# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The options about what ends by itself, the same for one user and for many."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from ..._common.errors import CollectionError, OptionError
from ..._common.failure import of_error
from ..._common.interruption import Stopper
from ..._common.moments import NotATime, duration
from ..._common.problem import Problem
from ..._common.text import shown
from ..declare.ends import SKEW, AccessPolicy
from ..declare.user import UserDeclaration
from ..model.users import iso
from ..plan.ends import Ends, may_have_ended, policy_problems
from ..plan.operations import RowPlan
from ..session import Session

if t.TYPE_CHECKING:
    from .access_file import AccessFile

ACCESS_SPEC: dict[str, dict[str, t.Any]] = {
    "max_lifetime": {"type": "str"},
    "access_policy_file": {"type": "path"},
    "access_file": {"type": "path"},
    "access_file_new": {"type": "bool", "default": False},
    "ends_only": {"type": "bool", "default": False},
    "ending_within_days": {"type": "int", "default": 14},
}
_GUARDS = ("max_lifetime", "access_policy_file", "access_file")


def access_of(
    params: t.Mapping[str, t.Any],
    given: t.Mapping[str, t.Any],
    rows: t.Sequence[UserDeclaration],
    *,
    writes: bool,
    purges: bool,
    interruption: Stopper,
    problems: list[str],
) -> tuple[Ends, AccessFile | None]:
    """What the run goes by, and the file that it keeps; what is wrong is added to the problems.

    :param given: the options as they were written: a guard that a template left empty would not guard.
    """
    for name in _GUARDS:
        if given.get(name, "") is None:
            said = "is null; omit it if it is not needed (in a template: default(omit, true))."
            problems.append(Problem.about(name, said, "null"))
    if params["ending_within_days"] < 0:
        problems.append(Problem.about("ending_within_days", "must not be negative.", "out_of_range"))
    if params["ends_only"] and purges:
        said = "ends_only and purge are mutually exclusive: ends_only just removes what has ended."
        problems.append(Problem(said, "contradiction", option="ends_only"))
    policy = _policy(params, problems)
    against: list[Problem] = []
    now = datetime.now(timezone.utc)
    if policy is not None and not params["ends_only"]:
        for reason, sentence in policy_problems(rows, policy, now):
            said = f" This machine's clock shows {iso(now)}." if reason == "lifetime_exceeded" else ""
            against.append(Problem(sentence + said, reason))
    file, grants = None, ()
    counted = any(end.lasts is not None for row in rows for end in row.ends)
    if params["access_file"]:
        from .access_file import AccessFile  # most tasks have none, and need nothing of it

        file = AccessFile(params["access_file"], params["access_file_new"], interruption)
        if counted:
            problem = file.check(writes)
            problems += [problem] if problem else []
            grants = () if problem else _grants(file, problems)
    elif counted:
        said = "lasts needs access_file, which records the start."
        problems.append(Problem(said, "option_missing", option="access_file"))
    elif params["access_file_new"]:
        said = "access_file_new needs access_file."
        problems.append(Problem(said, "option_missing", option="access_file"))
    ends = Ends(policy or AccessPolicy(), grants, params["ends_only"])
    if against and may_have_ended(rows, ends, now):
        # What is over is taken away before the task fails: a declaration that asks for too much keeps nothing alive.
        return replace(ends, only=True, against=tuple(against)), file
    problems += against
    return ends, file


def against_policy(result: dict[str, t.Any], ends: Ends) -> dict[str, t.Any]:
    """The result of a run that took away what has ended; failed where the declaration is against the policy."""
    if not ends.against:
        return result
    refused = of_error(OptionError(list(ends.against)))
    said = f"{refused['msg']} Only what has ended is removed: {result.get('msg') or 'nothing'}"
    return {**result, **refused, "msg": said}


def _policy(params: t.Mapping[str, t.Any], problems: list[str]) -> AccessPolicy | None:
    longest: timedelta | None = None
    if params["max_lifetime"] is not None:
        try:
            longest = duration(params["max_lifetime"])
        except NotATime as wrong:
            said = f"{shown(params['max_lifetime'])} {wrong}."
            problems.append(Problem.about("max_lifetime", said, "not_a_time"))
    if params["access_policy_file"] is None:
        return AccessPolicy(longest)
    from .access_policy_file import read_policy

    try:
        return read_policy(params["access_policy_file"], longest)
    except OptionError as exc:
        problems += exc.problems
        return None


def _grants(file: AccessFile, problems: list[str]) -> tuple[t.Any, ...]:
    try:
        return file.read()
    except CollectionError as exc:
        problems.append(Problem(exc.message, exc.details["reason"], option="access_file"))
        return ()


def clock_warning(session: Session, plans: t.Iterable[RowPlan]) -> str:
    """What there is to say about this machine's clock where something ends; empty if it is right."""
    ahead = session.clock.ahead
    if ahead is None or abs(ahead) <= SKEW or not any(plan.row.ends for plan in plans):
        return ""
    way = "ahead of" if ahead > timedelta() else "behind"
    seconds = timedelta(seconds=abs(round(ahead.total_seconds())))
    return (
        f"This machine's clock is {seconds} {way} that of {session.facts.name}, whose time decides what has ended. "
        "Correct it."
    )
