# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A session whose writes go into an audit log."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.audit_log.run_log import Run, RunLog
from ..._common.context import TaskContext
from ..._common.identifiers import Guid
from ..._common.outcomes import Outcome
from ..._entra.claims import actor
from ..client.protocol import CustomerClient
from ..declare.user import UserDeclaration
from ..plan.operations import Operation
from ..session import Session

if t.TYPE_CHECKING:
    from ..._common.audit_log.chained_file import ChainedFile


def audited(
    session: Session, module: TaskContext[t.Any], file: ChainedFile | None, change_reference: str | None
) -> Session:
    """The session with the log of its run; as it is where there is none. Nothing is written yet.

    :param change_reference: that of the task, in its normal form.
    """
    if file is None:
        return session
    run = Run(
        session.correlation_id,
        # The one that a write is about to use: who is signed in may change while a run lasts.
        lambda: actor(session.transport.tokens.get()),
        lambda: (session.now(), session.clock.known),
    )
    return replace(session, audit=RunLog(file, run, module.secrets, module.interruption, change_reference))


Made = t.TypeVar("Made")


def around(
    client: CustomerClient,
    row: UserDeclaration,
    operation: Operation,
    user_id: Guid | None,
    outcome: Outcome,
    act: t.Callable[[], Made],
) -> Made:
    """Make a write, with a line in the audit log before and after it, where there is one.

    :raises CollectionError: what the write raises; or the line before it could not be written, and it was not made.
    """
    audit = client.session.audit
    if audit is None:
        return act()
    about = {
        "customer_id": client.customer_id,
        "user_principal_name": operation.user_principal_name or row.user_principal_name,
        "user_id": user_id,
    }
    return t.cast("Made", audit.around(operation, about, outcome, act, row.change_reference))
