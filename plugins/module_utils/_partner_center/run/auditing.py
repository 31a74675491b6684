# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A session whose writes go into an audit log."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.audit_log.chained_file import ChainedFile
from ..._common.audit_log.run_log import Run, RunLog
from ..._common.context import TaskContext
from ..._entra.claims import actor
from ..session import Session


def audited(session: Session, module: TaskContext[t.Any], file: ChainedFile | None) -> Session:
    """The session with the log of its run; as it is where there is none. Nothing is written yet."""
    if file is None:
        return session
    run = Run(
        session.correlation_id,
        # The one that a write is about to use: who is signed in may change while a run lasts.
        lambda: actor(session.transport.tokens.get()),
        lambda: (session.now(), session.clock.known),
    )
    reference = module.params.get("change_reference")
    return replace(session, audit=RunLog(file, run, module.secrets, module.interruption, reference))
