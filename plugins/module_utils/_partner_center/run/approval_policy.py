# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a task demands of a plan before it is carried out.

The policy is that of the task: nothing in the plan file can weaken it.
"""

from __future__ import annotations

import math
import shlex
import typing as t
from dataclasses import dataclass
from datetime import timedelta

from ..._common.problem import Problem
from ..._common.text import agreeing, counted, nfc, unprintable

NAMESPACE = "plan@tenantops.partner_center"
"""What the signatures are for. One that was made for something else approves nothing."""
WEAKER = "approvals_weaker"
"""The reason of a plan that was made where more approvals are demanded."""
MOST = 100
"""People, and signatures that are looked at."""
_OPTIONS: dict[str, dict[str, t.Any]] = {
    "allowed_signers": {"type": "path"},
    "required": {"type": "int", "default": 1},
    "approvers": {"type": "list", "elements": "str"},
    "signatures": {"type": "list", "elements": "path"},
    "not_author": {"type": "bool", "default": False},
    "max_age_hours": {"type": "float"},
}
APPROVALS_SPEC: dict[str, dict[str, t.Any]] = {
    "approvals": {"type": "dict", "options": _OPTIONS},
    "plan_author": {"type": "str"},
}


@dataclass(frozen=True)
class ApprovalPolicy:
    """What the task demands of a plan.

    :ivar approvers: who may approve; everybody in the allowed signers file if there is none.
    :ivar signatures: the files; None for those next to the plan.
    """

    allowed_signers: str
    required: int = 1
    approvers: tuple[str, ...] = ()
    signatures: tuple[str, ...] | None = None
    not_author: bool = False
    max_age: timedelta | None = None


def approval_policy(
    given: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any], problems: list[str]
) -> ApprovalPolicy | None:
    """What the options come to; what is wrong with them is added to the problems.

    :param given: the options as they were written: one that a template left empty would demand nothing.
    """
    author = params["plan_author"]
    if given.get("plan_author", "") is None:
        said = "is null; omit it if it is not needed (in a template: default(omit, true))."
        problems.append(Problem.about("plan_author", said, "null"))
    elif author is not None and (not author.strip() or unprintable(author)):
        problems.append(Problem.about("plan_author", "must be a person or a job, in one line.", "empty"))
    elif author is not None and params["mode"] == "converge":
        problems.append(Problem("plan_author is for mode plan.", "contradiction", option="plan_author"))
    if "approvals" not in given:
        return None
    written, options = given["approvals"], params["approvals"]
    nulls = [name for name in _OPTIONS if isinstance(written, dict) and written.get(name, "") is None]
    if written is None or nulls or options is None:
        names = ", ".join(f"approvals.{name}" for name in nulls) or "approvals"
        said = f"{names} is null; omit it if nothing is required (in a template: omit)."
        problems.append(Problem(said, "null", option="approvals"))
        return None
    wrong = list(_policy_problems(options))
    if params["mode"] == "converge":
        said = "need a plan that was reviewed: use mode plan, have it signed, then use mode apply."
        wrong.append(Problem.about("approvals", said, "contradiction"))
    problems += wrong
    if wrong:
        return None
    hours = options["max_age_hours"]
    return ApprovalPolicy(
        options["allowed_signers"],
        options["required"],
        tuple(options["approvers"] or ()),
        None if options["signatures"] is None else tuple(options["signatures"]),
        options["not_author"],
        None if hours is None else timedelta(hours=hours),
    )


def _policy_problems(options: t.Mapping[str, t.Any]) -> t.Iterator[Problem]:
    for name in ("approvers", "signatures"):
        values = options[name]
        if values is not None and (not values or not all(value.strip() for value in values)):
            said = f"approvals.{name} is empty, or has an element that is; omit it if it is not needed."
            yield Problem(said, "empty", option="approvals")
    if not (options["allowed_signers"] or "").strip():
        said = "approvals.allowed_signers is missing: the file that lists who may sign, in OpenSSH's format."
        yield Problem(said, "option_missing", option="approvals")
    people = {same_person(name) for name in options["approvers"] or ()}
    if not 1 <= options["required"] <= MOST:
        said = f"approvals.required must be from 1 to {MOST}."
        yield Problem(said, "out_of_range", option="approvals")
    elif people and options["required"] > len(people):
        said = f"approvals.required is {options['required']}, and approvals.approvers has only {len(people)}."
        yield Problem(said, "contradiction", option="approvals")
    hours = options["max_age_hours"]
    if hours is not None and not (math.isfinite(hours) and 0 < hours <= 24 * 366):
        said = "approvals.max_age_hours must be more than 0, and no more than a year."
        yield Problem(said, "out_of_range", option="approvals")


def demand_problem(demanded: int, policy: ApprovalPolicy | None, plan: str) -> Problem | None:
    """Why a plan must not be carried out under this policy: it was made where more approvals are demanded. Who forgets
    the policy would go around it otherwise.

    :param demanded: how many approvals the plan says that it needs.
    :param policy: of the task that carries it out.
    """
    has = policy.required if policy else 0
    if has >= demanded:
        return None
    said = (
        f"plan_file {plan!r} was made where {counted(demanded, 'approval')} {agreeing(demanded, 'is', 'are')} demanded"
    )
    text = f"{said}, and this task demands {has}. Give approvals as where it was made, or make the plan again."
    return Problem(text, WEAKER, option="approvals")


def same_person(name: str) -> str:
    """Identities compare without case, because an address is the same person however it is written."""
    return nfc(name.strip()).casefold()


def sign_command(plan: str) -> str:
    """What a person runs who approves a plan."""
    place = shlex.quote(plan)
    return f"ssh-keygen -Y sign -f KEY -n {NAMESPACE} < {place} > {shlex.quote(plan + '.NAME.sig')}"


def to_sign(policy: ApprovalPolicy, plan: str) -> dict[str, t.Any]:
    """The key ``approval`` of a plan that was made."""
    return {"required": policy.required, "sign_command": sign_command(plan)}
