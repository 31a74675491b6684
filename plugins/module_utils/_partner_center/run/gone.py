# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether what has ended is really gone: looked for after it was taken away, whatever the answer to that said."""

from __future__ import annotations

from ..._common.errors import CollectionError
from ..._common.identifiers import Guid
from ..._common.outcomes import Unclear
from ..._common.waits import attempts
from ..plan.operations import Operation, brief_words
from .assignments import NOT_CONFIRMED, AssignmentWriter

STILL_THERE = "still_there"
"""The reason of what was taken away, as the answer says, and is there afterwards."""
LOOKS = 4
"""How often it is looked for, with growing pauses, because what is read may lag behind what was written."""


def prove_gone(assignments: AssignmentWriter, operation: Operation, user_id: Guid) -> None:
    """Look until it is gone. :raises Unclear: it is still there, or that cannot be told."""
    client = assignments.client
    what = f"{operation.user_principal_name}: {brief_words(operation)}"
    for _attempt in attempts(client.session.budget, LOOKS):
        try:
            if operation.action == "delete":
                gone = client.user(user_id) is None
            else:
                gone = assignments.is_done(operation, user_id)
        except CollectionError as exc:
            raise Unclear(
                f"{what} was accepted, but reading the result failed: {exc.message}",
                **{"reason": NOT_CONFIRMED, **exc.details},
            ) from None
        if gone:
            return
    raise Unclear(
        f"{what} was accepted, but a read still shows what has ended. Run again, and check the portal.",
        reason=STILL_THERE,
    )
