"""Which directory role in the customer's tenant an operation needs: any one of a set.

Sources: Partner Center docs: dap-api-impact, and the prerequisites of the operations' pages. Where two pages disagree
about removing a member of a role, the stricter one counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.partner_center import errors
from emulator.partner_center import role_catalogue as roles

if TYPE_CHECKING:
    from emulator.partner_center.customer_store import Customer
    from emulator.partner_center.request import ApiRequest
    from emulator.partner_center.routing import Route
    from emulator.partner_center.user_store import User

READ_USERS = frozenset((roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.USER_ADMINISTRATOR))
WRITE_USERS = frozenset((roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS))
RESET_PASSWORD = frozenset((roles.USER_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR))
# One path for two operations: its handler looks at what the body brings.
PATCH_USER = WRITE_USERS | RESET_PASSWORD
DELETE_USER = frozenset((roles.USER_ADMINISTRATOR,))
READ_ROLES = frozenset((roles.DIRECTORY_READERS,))
READ_MEMBERS = frozenset(
    (roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.DIRECTORY_WRITERS, roles.PRIVILEGED_ROLE_ADMINISTRATOR)
)
READ_USER_ROLES = READ_MEMBERS | {roles.USER_ADMINISTRATOR}
WRITE_MEMBERS = frozenset((roles.PRIVILEGED_ROLE_ADMINISTRATOR,))
READ_SKUS = frozenset(
    (roles.DIRECTORY_READERS, roles.GLOBAL_READER, roles.USER_ADMINISTRATOR, roles.LICENSE_ADMINISTRATOR)
)
READ_LICENSES = frozenset(
    (roles.DIRECTORY_READERS, roles.LICENSE_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS)
)
WRITE_LICENSES = frozenset((roles.LICENSE_ADMINISTRATOR, roles.USER_ADMINISTRATOR, roles.DIRECTORY_WRITERS))
READ_DOMAINS = frozenset(
    (roles.GLOBAL_ADMINISTRATOR, roles.DIRECTORY_WRITERS, roles.GLOBAL_READER, roles.DOMAIN_NAME_ADMINISTRATOR)
)

# Acting on somebody who holds an administrator's role.
PRIVILEGED_USER = frozenset((roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,))
# A Privileged Authentication Administrator cannot delete a Global Administrator (gdap-supported-workloads).
DELETE_GLOBAL_ADMINISTRATOR = frozenset((roles.GLOBAL_ADMINISTRATOR,))


def check(customer: Customer, route: Route, cloud: str) -> None:
    require(customer, route.needs, cloud)


def check_target(request: ApiRequest, user: User, *, deletes: bool = False) -> None:
    """With the switch: changing, deleting or restoring an administrator needs a stronger role than doing that to
    others."""
    switches = request.core.switches
    if switches.privileged_users == "allow":
        return
    held = request.core.store.roles.of_user(user.customer_id, user.id)
    if deletes and roles.GLOBAL_ADMINISTRATOR in held:
        require(request.customer, DELETE_GLOBAL_ADMINISTRATOR, switches.national_cloud)
    elif any(roles.BY_ID[each].name.endswith("Administrator") for each in held):
        require(request.customer, PRIVILEGED_USER, switches.national_cloud)


def require(customer: Customer, needs: frozenset[str], cloud: str) -> None:
    """Refuses when the relationship grants none of the roles that are needed. China has no such relationships.

    Global Administrator may do what every other role may.
    """
    granted = customer.gdap_roles
    if cloud == "china" or not needs or granted is None:
        return
    if roles.GLOBAL_ADMINISTRATOR not in granted and needs.isdisjoint(granted):
        raise errors.insufficient_privileges()
