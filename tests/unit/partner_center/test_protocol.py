"""What stands for a service: the client of Partner Center, and the customers in memory that other tests declare."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import (
    CustomerClient,
)

from .tenants import Tenant
from .wires import client
from .worlds import World

if t.TYPE_CHECKING:
    # Held by mypy: `make lint`.
    IN_MEMORY: type[CustomerClient] = World
    WITH_LICENSES: type[CustomerClient] = Tenant


def test_all_of_them_can_do_what_is_asked_of_a_customer() -> None:
    asked = {name for name in vars(CustomerClient) if not name.startswith("_")}
    for made in (World({}), Tenant({}), client()[0]):
        stands_for: CustomerClient = made
        assert asked <= set(dir(stands_for)), asked - set(dir(stands_for))
