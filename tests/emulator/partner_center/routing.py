"""What a route of the API says: which handler, which tokens, which clouds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest
    from emulator.partner_center.wire import Reply

NOWHERE: frozenset[str] = frozenset()
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """pattern: `customers/{customer_id}/users`; a parameter named customer_id makes the app find the customer first."""

    method: str
    pattern: str
    handler: Callable[[ApiRequest], Reply]
    app_only: bool = False
    """An application's own token suffices (prerequisites section of the operation's docs page)."""
    app_only_switch: str | None = None
    """Name of the switch that says so, where the sources disagree."""
    hidden_by: str | None = None
    """Name of the switch that is 404 when the service does not have the path."""
    about_licenses: bool = False
    """What the switch `license_calls` refuses."""
    missing_in: frozenset[str] = NOWHERE
    """National clouds that lack the operation (developing-for-partner-center-for-microsoft-national-cloud)."""
    needs: frozenset[str] = NOTHING
    """Ids of directory roles of which the partner needs one in the customer's tenant."""
