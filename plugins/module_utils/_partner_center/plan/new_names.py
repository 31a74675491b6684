# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a user may get a name: whose domain it is in, and who has or had it."""

from __future__ import annotations

from ..._common.identifiers import ascii_domain, domain_key, upn_domain
from ..._common.text import are_or_is
from ..declare.user import UserDeclaration
from ..model.users import User
from .directory_gate import check_new_name
from .operations import Refused
from .snapshot import Snapshot
from .wording import until


def check_rename(row: UserDeclaration, snapshot: Snapshot, found: User) -> tuple[str, ...]:
    """Refuse a rename onto a name that is not free; returns warnings."""
    key = row.own_key
    (other,) = snapshot.holders(key)
    if other and other.id != found.id:
        raise Refused(
            f"{found.user_principal_name} cannot be renamed to {row.user_principal_name}: an active user has that name "
            f"(id {other.id}).",
            [found, other],
            reason="name_taken",
        )
    check_new_name(ascii_domain(str(row.user_principal_name)))
    check_domain(str(row.user_principal_name), snapshot)
    namesakes = snapshot.deleted_named(key)
    if not namesakes:
        return ()
    listed = "; ".join(f"id {user.id}, {until(user, snapshot)}" for user in namesakes)
    if row.on_deleted != "create":
        raise Refused(
            f"{found.user_principal_name} cannot be renamed to {row.user_principal_name}: there "
            f"{are_or_is(len(namesakes), 'deleted user')} with that UPN: {listed}. Restore it or wait, or set "
            "on_deleted: create to take the name and give up the restore.",
            (found, *namesakes),
            reason="deleted_namesake",
        )
    return (
        f"{row.user_principal_name} is also the name of a deleted user ({listed}), who can no longer be restored "
        "under it.",
    )


def check_domain(upn: str, snapshot: Snapshot) -> None:
    """Refuse a name in a domain that is known not to be the customer's; when the domains are not known, the service
    decides."""
    if is_foreign(upn, snapshot):
        listed = ", ".join(snapshot.customer_domains() or ())
        raise Refused(
            f"{upn}: the domain {upn_domain(upn)} is not one of this customer's domains ({listed}).",
            reason="foreign_domain",
        )


def is_foreign(upn: str, snapshot: Snapshot) -> bool:
    """Whether the name is in a domain that is known not to be the customer's, or to be it no longer."""
    domains = snapshot.customer_domains() or ()
    return bool(domains) and upn_domain(upn) not in map(domain_key, domains)
