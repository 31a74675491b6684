# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the service does not offer, or not in this cloud, found out as early as it can be known: from the declaration
alone, or from the plan. Pure functions.
"""

from __future__ import annotations

import typing as t

from ..._common.problem import Problem
from ..._common.text import counted, first_few
from ..declare.user import UserDeclaration
from ..model.facts import Facts
from .operations import PurgePlan, RowPlan

NAMED = 5
"""Users that a message names one by one."""
NOT_OFFERED = "not_offered"
"""The reason of such a refusal."""


def declared_problems(facts: Facts, rows: t.Sequence[UserDeclaration]) -> list[str]:
    """What the service cannot do in this cloud for some rows whatever their customers look like, as sentences; so not
    even a read has to be sent.

    What is needed only in some states of a customer (nobody is deleted who is not there) is left to the plan.
    """
    licensed = [row.name for row in rows if row.manages_licenses and "read_licenses" in facts.unsupported]
    reset = [
        row.name for row in rows if _sets_password(row) and {"reset_password", *_instead(row)} <= facts.unsupported
    ]
    problems: list[str] = []
    if licensed:
        problems.append(
            Problem(
                f"licenses ({first_few(licensed, NAMED)}): {facts.cloud} does not offer licenses of users through the "
                f"{facts.name} API. Leave the option out.",
                NOT_OFFERED,
                option="licenses",
            )
        )
    if reset:
        problems.append(
            Problem(
                f"update_password: always ({first_few(reset, NAMED)}): {facts.cloud} does not offer the operation "
                f"reset_password through the {facts.name} API. Leave the option out.",
                NOT_OFFERED,
                option="update_password",
            )
        )
    lacking: dict[str, list[str]] = {}
    for row in rows:
        for name in row.attributes.keys() - facts.attributes.keys():
            lacking.setdefault(name, []).append(row.name)
    for name, names in sorted(lacking.items()):
        said = f"{name} ({first_few(names, NAMED)}): {facts.name} does not have this attribute. Leave the option out."
        problems.append(Problem(said, NOT_OFFERED, option=name))
    return problems


def only_offered(facts: Facts, made: RowPlan, customer_id: str) -> RowPlan:
    """A row's plan, or its refusal if the cloud does not offer an operation of it."""
    missing = next((operation.action for operation in made.operations if operation.action in facts.unsupported), None)
    if missing is None:
        return made
    return RowPlan(
        made.row,
        before=made.before,
        after=made.before,
        refusal=not_offered(made.row, facts, missing, customer_id),
        details={"reason": NOT_OFFERED},
    )


def purge_only_offered(facts: Facts, purge: PurgePlan) -> PurgePlan:
    """A purge, or its refusal if the cloud does not offer deletions and somebody would be deleted."""
    if not purge.operations or "delete" not in facts.unsupported:
        return purge
    why = (
        f"No user was purged: {counted(len(purge.users), 'user')} would be deleted, and {facts.cloud} does not offer "
        f"the operation delete through the {facts.name} API."
    )
    return PurgePlan(refusal=why, spared=purge.spared, reason=NOT_OFFERED)


def ways_to_appear(row: UserDeclaration) -> tuple[str, ...]:
    """The operations of which one is needed when the user is not active and is to be."""
    if row.state == "restored":
        return ("restore",)
    return ("create", "restore") if row.on_deleted == "restore" else ("create",)


def not_offered(row: UserDeclaration, facts: Facts, actions: str, customer_id: str) -> str:
    """Why nothing is done for a row."""
    return (
        f"{row.name}: {facts.cloud} does not offer the operation {actions} through the {facts.name} API (customer "
        f"{customer_id})."
    )


def _sets_password(row: UserDeclaration) -> bool:
    return row.state != "absent" and row.update_password == "always" and row.has_password


def _instead(row: UserDeclaration) -> tuple[str, ...]:
    """What sets the password of a row in place of a reset: only who does not exist yet, and may come into being, gets
    it with the creation."""
    creates = (
        row.state == "present"
        and row.user_principal_name
        and "display_name" in row.attributes
        and (not row.user_id or row.on_deleted == "create")
    )
    return ("create",) if creates else ()
