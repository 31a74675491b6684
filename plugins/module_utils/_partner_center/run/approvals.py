# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether those who have to approve a plan have done so.

An approval is a detached OpenSSH signature of the plan's bytes in a namespace of ours, and whose it is, ssh-keygen
says.
"""

from __future__ import annotations

import glob
import json
import os
import stat
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ..._common import paths
from ..._common.errors import CollectionError, OptionError
from ..._common.files import opened
from ..._common.problem import Problem
from ..._common.ssh_keygen import Keygen, NoKeygen
from ..._common.ssh_signature import LONGEST, NotASignature, names_of, parsed
from ..._common.text import counted
from ..._common.visible import visible
from .approval_policy import MOST, NAMESPACE, ApprovalPolicy, same_person, sign_command
from .plan_file import PlanFile, plan_as_text, states_its_operations

SKEW = timedelta(minutes=5)
"""So far two clocks may be apart."""
_SIGNERS_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Checked:
    """A signature file.

    :ivar signers: the identities for which it is good; none if it is not.
    :ivar key: the public key that made it.
    :ivar names: all that the key is called, also where it may not sign.
    :ivar reason: why it does not count, a stable word; empty if it is good.
    :ivar said: the same in words, as a part of a sentence.
    """

    file: str
    signers: tuple[str, ...] = ()
    key: bytes = b""
    names: tuple[str, ...] = ()
    reason: str = ""
    said: str = ""

    def result(self) -> dict[str, t.Any]:
        """An element of ``approval.not_counted``."""
        return {"file": self.file, "signer": self.signers[0] if self.signers else None, "reason": self.reason}


@dataclass(frozen=True)
class Approval:
    """A plan that is approved.

    :ivar approved_by: who counted, each by one identity.
    :ivar not_counted: signatures that did not.
    """

    policy: ApprovalPolicy
    plan: PlanFile
    approved_by: tuple[str, ...]
    not_counted: tuple[Checked, ...]

    def check(self, now: datetime) -> None:
        """Once more by the service's clock, before something is written.

        :raises CollectionError: the plan is too old by it; or this machine's clock, by which signers are valid, is
            behind.
        """
        behind = now - datetime.now(timezone.utc)
        if behind > SKEW:
            raise CollectionError(
                f"This machine's clock is {behind.total_seconds() / 60:.0f} minutes behind Partner Center's, so "
                "approvals may have expired. Nothing was written. Correct the clock.",
                reason="clock_behind",
            )
        for problem in age_problems(self.policy, self.plan, now):
            raise CollectionError(f"{problem} Nothing was written.", reason=problem.reason)

    def result(self) -> dict[str, t.Any]:
        """The key ``approval``."""
        return _result(self.policy, self.plan, self.approved_by, self.not_counted)


def approve(policy: ApprovalPolicy, plan: PlanFile) -> Approval:
    """Whether the plan may be carried out. To be called in the main thread, before the first request.

    :param plan: as it was read; these bytes are verified, and these are carried out.
    :raises OptionError: with everything that it lacks.
    """
    problems = [*_plan_problems(policy, plan), *age_problems(policy, plan, datetime.now(timezone.utc))]
    checked, wrong = _checked(policy, plan)
    approved_by, not_counted = decide(policy, plan.made_by, checked)
    problems += wrong
    if not wrong and len(approved_by) < policy.required:
        problems.append(_too_few(policy, plan, approved_by, not_counted))
    if problems:
        raise OptionError(problems, approval=_result(policy, plan, approved_by, not_counted))
    return Approval(policy, plan, tuple(approved_by), tuple(not_counted))


def _plan_problems(policy: ApprovalPolicy, plan: PlanFile) -> t.Iterator[Problem]:
    if policy.not_author and not plan.made_by:
        said = f"plan_file {plan.path!r} does not name its author, who must not approve it. "
        yield Problem(f"{said}Make the plan again with plan_author.", "author_unknown", option="plan_file")
    # What people have looked at has to be what is read here: no key twice, nothing out of sight.
    data = json.loads(plan.content)
    if plan_as_text(data).encode("utf-8") != plan.content or not states_its_operations(data, plan):
        yield _edited(plan)


def _edited(plan: PlanFile) -> Problem:
    said = f"plan_file {plan.path!r} was changed after mode plan wrote it, so the approved content may be another one. "
    return Problem(f"{said}Make the plan again.", "wrong_file_kind", option="plan_file")


def age_problems(policy: ApprovalPolicy, plan: PlanFile, now: datetime) -> t.Iterator[Problem]:
    """Whether it is too old at this time."""
    if policy.max_age is None:
        return
    called, again = f"plan_file {plan.path!r}", "Make the plan again, and have it approved."
    if plan.made_at is None:
        said = f"{called} has no creation time. Make the plan again with approvals."
        yield Problem(said, "plan_undated", option="plan_file")
    elif plan.made_at > now + SKEW:
        said = f"{called} was created at {_stamp(plan.made_at)}, which is later than now ({_stamp(now)}). "
        yield Problem(f"{said}Check the clocks. {again}", "plan_undated", option="plan_file")
    elif now - plan.made_at > policy.max_age:
        hours = policy.max_age.total_seconds() / 3600
        said = f"{called} was created at {_stamp(plan.made_at)}, and max_age_hours is {hours:g}. {again}"
        yield Problem(said, "plan_too_old", option="plan_file")


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def decide(policy: ApprovalPolicy, author: str | None, checked: t.Sequence[Checked]) -> tuple[list[str], list[Checked]]:
    """Who has approved, and which signatures do not count.

    Two signatures are of one person if they have a key or an identity in common, and count once. All that the author
    can sign with is the author's.
    """
    may = {same_person(name) for name in policy.approvers}
    own = same_person(author) if policy.not_author and author else None
    approved: dict[str, str] = {}
    not_counted = [one for one in checked if one.reason]
    for marks, signatures in _people(one for one in checked if not one.reason):
        if own is not None and own in marks:
            not_counted += [
                _not(one, "own_plan", f"is by {author}, who is the author of the plan") for one in signatures
            ]
            continue
        names = [(name, one) for one in signatures for name in one.signers if _counts(name, one.names, may)]
        if not names:
            said = "is by {}, who is not an approver"
            not_counted += [_not(one, "not_an_approver", said.format(", ".join(one.signers))) for one in signatures]
            continue
        name, first = names[0]
        others = [one for one in signatures if one is not first]
        not_counted += [_not(one, "counted_already", f"is by {name}, who counts once") for one in others]
        approved[first.file] = name
    order = [one.file for one in checked]
    not_counted.sort(key=lambda one: order.index(one.file))
    return [approved[file] for file in order if file in approved], not_counted


def _people(checked: t.Iterable[Checked]) -> list[tuple[set[str | bytes], list[Checked]]]:
    """The signatures by who made them, with all keys and identities of each."""
    people: list[tuple[set[str | bytes], list[Checked]]] = []
    for one in checked:
        marks: set[str | bytes] = {one.key, *map(same_person, (*one.signers, *one.names))}
        same = [each for each in people if each[0] & marks]
        people = [each for each in people if not each[0] & marks]
        people.append((marks.union(*(each[0] for each in same)), [*(c for each in same for c in each[1]), one]))
    return people


def _counts(name: str, names: t.Collection[str], may: t.Collection[str]) -> bool:
    """Whether an identity may approve: only one that the file gives this key by name. A pattern is nobody, and
    everybody whom it matches at once."""
    return name in names and not set(name) & set("*?!") and (not may or same_person(name) in may)


def _not(one: Checked, reason: str, said: str) -> Checked:
    return replace(one, reason=reason, said=said)


def _checked(policy: ApprovalPolicy, plan: PlanFile) -> tuple[list[Checked], list[Problem]]:
    """The signatures, and why they cannot be looked at."""
    try:
        signers, status = _read(policy.allowed_signers, _SIGNERS_LIMIT)
    except OSError as exc:
        said = f"approvals.allowed_signers {policy.allowed_signers!r} cannot be read ({_why(exc)})."
        return [], [Problem(said, "file_unreadable", option="approvals")]
    why = paths.distrust(status)
    if why:
        said = f"approvals.allowed_signers {policy.allowed_signers!r} {why}."
        return [], [Problem(said, "untrusted_file", option="approvals")]
    files = _signature_files(policy, plan.path)
    if len(files) > MOST:
        said = f"There are {len(files)} signatures of {plan.path!r}; only {MOST} are read. List them in approvals."
        return [], [Problem(said, "out_of_range", option="approvals")]
    try:
        with Keygen(signers) as keygen:
            return [_one(keygen, plan, file, signers) for file in files], []
    except NoKeygen as exc:
        return [], [Problem(exc.message, exc.REASON, option="approvals")]
    except OSError as exc:
        said = f"Approvals cannot be verified, because no temporary file can be written ({_why(exc)})."
        return [], [Problem(said, "file_unwritable", option="approvals")]


def _signature_files(policy: ApprovalPolicy, plan: str) -> list[str]:
    if policy.signatures is not None:
        return list(dict.fromkeys(policy.signatures))
    alone = f"{plan}.sig"
    return [alone] * os.path.lexists(alone) + sorted(glob.glob(f"{glob.escape(plan)}.*.sig"))


def _one(keygen: Keygen, plan: PlanFile, file: str, allowed: bytes) -> Checked:
    try:
        written, _status = _read(file, LONGEST)
        claimed = parsed(written)
    except OSError as exc:
        return Checked(file, reason="file_unreadable", said=f"cannot be read ({_why(exc)})")
    except NotASignature as exc:
        return Checked(file, reason="not_a_signature", said=str(exc))
    if claimed.namespace != NAMESPACE:
        said = f"was made for {visible(claimed.namespace)[:80]!r}, and not for {NAMESPACE}"
        return Checked(file, key=claimed.key, reason="wrong_namespace", said=said)
    names = names_of(claimed.key, allowed)
    if claimed.certificate:
        # Several certificates of one key would be several people.
        said = "was made with a certificate, which does not prove who signed; sign with the key itself"
        return Checked(file, key=claimed.key, reason="not_a_signature", said=said)
    # The author is asked for, too, because a pattern may stand for the author.
    author = [plan.made_by] if plan.made_by else []
    signers = keygen.signers(plan.content, written, NAMESPACE, (*names, *author))
    if not signers:
        said = f"is not a valid signature of this plan by an allowed signer (ssh-keygen: {keygen.said})"
        return Checked(file, key=claimed.key, reason="signature_not_valid", said=said)
    return Checked(file, signers, claimed.key, names)


def _read(path: str, limit: int) -> tuple[bytes, os.stat_result]:
    """:raises OSError: it cannot be read, is no regular file, or is longer."""
    with os.fdopen(opened(path, os.O_RDONLY), "rb") as handle:
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "it is not a regular file")
        content = handle.read(limit + 1)
    if len(content) > limit:
        raise OSError(27, f"it has more than {limit} bytes")
    return content, status


def _why(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__


def _too_few(
    policy: ApprovalPolicy, plan: PlanFile, approved_by: t.Sequence[str], not_counted: t.Sequence[Checked]
) -> Problem:
    by = f" ({', '.join(map(visible, approved_by))})" if approved_by else ""
    rest = "".join(f" {one.file} {visible(one.said)}." for one in not_counted)
    said = (
        f"plan_file {plan.path!r} has {len(approved_by)} of {counted(policy.required, 'approval')}{by}.{rest} To "
        f"approve it, review it and run: {sign_command(plan.path)}"
    )
    return Problem(said, "not_approved", option="approvals")


def _result(
    policy: ApprovalPolicy, plan: PlanFile, approved_by: t.Iterable[str], not_counted: t.Iterable[Checked]
) -> dict[str, t.Any]:
    return {
        "required": policy.required,
        "approved_by": list(approved_by),
        "not_counted": [one.result() for one in not_counted],
        "plan_author": plan.made_by,
        "sign_command": sign_command(plan.path),
    }
