"""A deletion that is watched."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import UserOutcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.deletion import (
    wait_for_deletions,
)

from .service import NAME, Response, Service, refused, shown, user, wire

GOING = wire(state="delete_pending", sync="syncing")


GONE = refused(404)


class Seen(Service):
    """A service whose looks at the user are a list; the last one stays. Its list of users agrees with them, or is
    ``listing``."""

    listing: Response | None = None

    def __init__(self, *looks: t.Any) -> None:
        super().__init__()
        self.looks = list(looks)

    def answer(self, *request: t.Any) -> Response:
        self.sent.append(request[:4])
        if request[:2] == ("GET", "users"):
            items = [shown(self.looks[0])] if isinstance(self.looks[0], dict) else []
            return self.listing or Response(
                200, {"items": items, "filteredTotalCount": len(items), "totalCount": len(items)}
            )
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return look if isinstance(look, Response) else Response(200, look)


def watch(
    *looks: t.Any, interval: float = 5, timeout: float = 60, ordered: bool = True, listing: Response | None = None
) -> tuple[UserOutcome, Seen]:
    service = Seen(*looks)
    service.listing = listing
    row = UserDeclaration("absent", NAME)
    outcome = UserOutcome(
        RowPlan(row, user()),
        "changed" if ordered else "ok",
        deletion="accepted" if ordered else "running",
        done=["delete"] if ordered else [],
    )
    wait_for_deletions(
        [outcome], service.api(), Waiting(True, timeout, interval), clock=lambda: service.now, sleep=service.sleep
    )
    return outcome, service
