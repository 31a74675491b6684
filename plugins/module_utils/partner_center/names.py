# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Normal forms: how two names are compared, and what an identifier must look like before it may enter a URL."""

from __future__ import annotations

import re

from ..common.text import nfc

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIXED = re.compile(r"[0-9a-f]{32}")


def is_guid(text: object) -> bool:
    """Whether this is a GUID in its usual form, with hyphens and nothing around it."""
    return isinstance(text, str) and _GUID.fullmatch(text) is not None


def upn_key(upn: str) -> str:
    """The normal form of a user principal name: trimmed, NFC, ordinal lower case (never a locale's rules)."""
    return nfc(upn.strip()).lower()


def deleted_upn_key(upn: str, user_id: str) -> str:
    """The normal form of a *deleted* user's name.

    Partner Center lists deleted users under their plain name; the directory below it is known to put the object id (32 hex
    digits) in front. Only the user's own id is taken off: a real local part may look like one.
    """
    key = upn_key(upn)
    prefix = user_id.replace("-", "").lower()
    if _PREFIXED.fullmatch(prefix) and key.startswith(prefix) and not key.startswith(prefix + "@"):
        return key[len(prefix) :]
    return key


def upn_domain(upn: str) -> str:
    """The domain part in its normal form; an empty string when there is none."""
    return upn_key(upn).rpartition("@")[2]
