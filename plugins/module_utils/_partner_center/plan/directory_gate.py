# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows that the directory would refuse, at the point of a plan where a user gets a name or a password. Pure."""

from __future__ import annotations

from ..declare.user import UserDeclaration
from ..model.directory_rules import holds_name, new_name_problems
from .operations import Refused


def check_new_name(upn: str) -> None:
    """Refuse a name that the directory gives to nobody; whoever has such a name keeps it. :raises Refused:"""
    problems = new_name_problems(upn)
    if problems:
        raise Refused(
            f"No user can be created as {upn} or renamed to it: the name {' and '.join(problems)}. "
            "Correct user_principal_name.",
            reason="name_not_allowed",
        )


def check_password(row: UserDeclaration, upn: str) -> None:
    """Refuse a password that the directory would refuse for this user; a generated one is made for its user. :raises
    Refused:"""
    if row.password is not None and holds_name(row.password.reveal(), upn):
        raise Refused(
            f"{upn}: the password contains the user's name, which the directory rejects. Choose another one.",
            reason="password_not_allowed",
        )
