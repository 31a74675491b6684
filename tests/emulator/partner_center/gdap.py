"""Which directory role in the customer's tenant an operation needs: any one of a set.

Sources: Partner Center docs: dap-api-impact, and the prerequisites of the operations' pages. Where two pages disagree about removing a
member of a role, the stricter one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import role_catalogue as roles
from emulator.partner_center import errors

if TYPE_CHECKING:
    from emulator.customer_store import Customer
    from emulator.partner_center.routing import Route

READ_USERS = frozenset((roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.USER_ADMINISTRATOR))
WRITE_USERS = frozenset((roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS))
RESET_PASSWORD = frozenset((roles.USER_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR))
# One path for two operations: its handler looks at what the body brings.
PATCH_USER = WRITE_USERS | RESET_PASSWORD
DELETE_USER = frozenset((roles.USER_ADMINISTRATOR,))
READ_ROLES = frozenset((roles.DIRECTORY_READERS,))
READ_MEMBERS = frozenset((roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.DIRECTORY_WRITERS, roles.PRIVILEGED_ROLE_ADMINISTRATOR))
READ_USER_ROLES = READ_MEMBERS | {roles.USER_ADMINISTRATOR}
WRITE_MEMBERS = frozenset((roles.PRIVILEGED_ROLE_ADMINISTRATOR,))
READ_SKUS = frozenset((roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.USER_ADMINISTRATOR, roles.LICENSE_ADMINISTRATOR))
READ_LICENSES = frozenset((roles.DIRECTORY_READERS, roles.LICENSE_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS))
WRITE_LICENSES = frozenset((roles.LICENSE_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS))


def check(customer: Customer, route: Route, cloud: str) -> None:
    require(customer, route.needs, cloud)


def require(customer: Customer, needs: frozenset[str], cloud: str) -> None:
    """Refuses when the relationship grants none of the roles that are needed. China has no such relationships.

    Global Administrator may do what every other role may.
    """
    granted = customer.gdap_roles
    if cloud == "china" or not needs or granted is None:
        return
    if roles.GLOBAL_ADMINISTRATOR not in granted and needs.isdisjoint(granted):
        raise errors.insufficient_privileges()
