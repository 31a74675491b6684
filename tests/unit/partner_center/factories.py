"""Short ways to make declarations and snapshots for unit tests."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
CUSTOMER = Guid("1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01")
UPN = "ada@contoso.example"
IDS = [Guid(f"00000000-0000-4000-8000-{number:012d}") for number in range(10)]

ADMINISTRATOR = Role("Company Administrator", GLOBAL_ADMINISTRATOR)
SOMEBODY_ELSE = Guid("00000000-0000-4000-8fff-000000000001")
"""The Global Administrator of a customer in whose declaration nobody of that kind appears."""


def user(number: int = 0, upn: str = UPN, **values: t.Any) -> User:
    """A user with the id of that number."""
    return User(**{"id": IDS[number], "user_principal_name": upn, "display_name": "Ada", **values})


def gone(number: int = 1, days: float = 3, upn: str = UPN, **values: t.Any) -> User:
    """A user that was deleted some days ago."""
    return user(number, upn, state="deleted", soft_deletion_time=NOW - timedelta(days=days), **values)


def snapshot(*users: User, **values: t.Any) -> Snapshot:
    """A customer about which everything is known."""
    active = [item for item in users if item.state == "active"]

    class Everything:
        def __contains__(self, key: object) -> bool:
            return True

    by_id = dict.fromkeys(IDS) | {str(item.id): item for item in active}
    return Snapshot(
        **{
            "customer_id": CUSTOMER,
            "now": NOW,
            "by_id": by_id,
            "active": {item.key: item for item in active},
            "known_keys": Everything(),
            "deleted": tuple(item for item in users if item.state == "deleted"),
            "domains": ("contoso.example", "contoso.onmicrosoft.com"),
            "domains_read": True,
            "skus": (),
            "catalogue": (ADMINISTRATOR,),
            "members": {GLOBAL_ADMINISTRATOR: frozenset({SOMEBODY_ELSE})},
            **values,
        }
    )


def declared(**options: t.Any) -> UserDeclaration:
    """A valid declaration from module options; a name, a display name and a password unless said otherwise."""
    options = {"user_principal_name": UPN, **options}
    index = options.pop("index", 0)
    row, problems = declare_user(
        {key: value for key, value in options.items() if value is not None},
        credentials_file=bool(options.get("credentials_file")),
        index=index,
    )
    assert not problems, problems
    return row
