# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the directory documents to refuse in a name that a user is to get, and in a password that is to be set.

Users who exist may have other names (guests, users of another time, users of Active Directory) and stay
addressable, so names are held to these rules only where a plan creates or renames somebody. Sources: Microsoft Entra
documentation, "Password policies and account restrictions in Microsoft Entra ID" (userPrincipalName policies, password
policies) and "Eliminate bad passwords" (names of four characters or more are looked for in a password).
"""

from __future__ import annotations

import string

from ..._common.identifiers import upn_key

UPN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "'.-_!#^~")
UPN_LIMITS = (64, 48)
"""Characters before and after the @."""
GUEST = "#ext#"
"""What the names of guests hold; only an invitation makes them."""

PASSWORD_LENGTH = (8, 256)
_PRINTABLE = range(0x20, 0x7F)
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_SHORTEST_NAME = 4


def new_name_problems(upn: str) -> list[str]:
    """Why no user can get this user principal name, as parts of sentences; empty if one can.

    :param upn: a name of the form user@domain.
    """
    local, _at, domain = upn.rpartition("@")
    problems = []
    strange = sorted({char for char in local if char not in UPN_CHARACTERS})
    if strange:
        problems.append(
            f"has {' '.join(map(_shown, strange))} before the @, where only A-Z a-z 0-9 ' . - _ ! # ^ ~ "
            "are allowed (no accents)"
        )
    if local.endswith("."):
        problems.append("has a dot directly before the @")
    if GUEST in local.lower():
        problems.append("is the name of a guest, which only an invitation creates")
    if len(local) > UPN_LIMITS[0] or len(domain) > UPN_LIMITS[1]:
        problems.append(f"has more than {UPN_LIMITS[0]} characters before or {UPN_LIMITS[1]} after the @")
    return problems


def password_problems(password: str) -> list[str]:
    """Why the directory takes no such password, as parts of sentences without anything of it; empty if it does."""
    low, high = PASSWORD_LENGTH
    if not low <= len(password) <= high:
        return [f"must have from {low} to {high} characters"]
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in password):
        return ["holds control characters (a line break at the end?)"]
    if any(ord(char) not in _PRINTABLE for char in password):
        return ["holds characters outside ASCII; the directory accepts A-Z a-z 0-9, common symbols and a space"]
    classes = {
        next((number for number, members in enumerate(_CLASSES) if char in members), len(_CLASSES)) for char in password
    }
    if len(classes) < 3:
        return ["must have three of: lower case letters, upper case letters, digits, symbols"]
    return []


def holds_name(password: str, upn: str | None) -> bool:
    """Whether a password holds the part of its user's name before the @, which the directory refuses from four
    characters on."""
    local = upn_key(upn or "").rpartition("@")[0]
    return len(local) >= _SHORTEST_NAME and local in password.lower()


def _shown(char: str) -> str:
    return char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"
