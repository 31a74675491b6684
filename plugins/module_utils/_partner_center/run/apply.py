# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out a plan: which users are worked on, in which order, and when no further one is begun."""

from __future__ import annotations

import typing as t

from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.secrets import Secrets
from ..client.protocol import CustomerClient
from ..model.users import User
from ..plan.operations import Plan, RowPlan
from .application import Application, Stop
from .permissions import Permissions
from .unwritten import unwritten

if t.TYPE_CHECKING:
    from .passwords import CredentialsFile


def begin(
    plan: Plan,
    client: CustomerClient,
    *,
    secrets: Secrets,
    credentials: CredentialsFile | None = None,
    max_parallel: int = 1,
    stop: Stop | None = None,
    after_restore: t.Callable[[RowPlan, User], RowPlan] | None = None,
    interruption: Stopper = UNINTERRUPTED,
) -> Application:
    """The rows of a plan, ready to be carried out; nothing is done yet.

    :param credentials: where generated passwords go; needed by rows that generate one.
    :param max_parallel: users that are worked on side by side.
    :param stop: asked before each row that would write.
    :param after_restore: plans the licences and roles of a user who has just been restored; needed by rows with
        conditional operations.
    :param interruption: asked before each operation; only what is under way is finished.
    """
    permissions = Permissions(client.customer_id, client.facts)
    if not any(row.operations for row in plan.rows):
        return Application(plan, unwritten, permissions, max_parallel=max_parallel, stop=stop)
    from .writer import Writer  # most runs find everybody as declared

    writer = Writer(client, secrets, credentials, permissions, after_restore, interruption)
    return Application(plan, writer.carry_out, permissions, max_parallel=max_parallel, stop=stop)
