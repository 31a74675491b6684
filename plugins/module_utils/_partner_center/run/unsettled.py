# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Warns about users of whom nobody noted which of their passwords works."""

from __future__ import annotations

import typing as t

from ..._common.context import TaskContext
from ..._common.outcomes import Outcome
from ..._common.text import first_few

if t.TYPE_CHECKING:
    from .password_attempts import Attempts


def tell_unsettled(
    module: TaskContext[t.Any], before: Attempts, outcomes: t.Iterable[tuple[str | None, Outcome]]
) -> None:
    """Warn about users who exist since a run that was interrupted: their passwords are in the credentials file, only
    nobody noted that they work.

    :param before: what the file said before this run.
    :param outcomes: of all rows, each with its customer.
    """
    names = [
        outcome.user.user_principal_name
        for customer_id, outcome in outcomes
        if outcome.user
        and outcome.user.state == "active"
        and outcome.plan.before
        and not any(operation.action == "reset_password" for operation in outcome.done)
        and _unsettled(before, customer_id, outcome.user)
    ]
    if names:
        some = first_few(names, 10)
        module.warn(
            "An earlier run was interrupted, so the passwords of these users are unverified (pending or reset_needed "
            f"in credentials_file): {some}. The last one may work; update_password: always sets a new one."
        )


def _unsettled(before: Attempts, customer_id: str | None, user: t.Any) -> bool:
    standing = before.standing(customer_id, user.user_principal_name, user.id)
    return standing is not None and not standing.works
