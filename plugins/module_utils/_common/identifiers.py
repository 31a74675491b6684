# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Normal forms: how two names are compared, and what an identifier must look like before it may enter a URL."""

from __future__ import annotations

import re
import typing as t
from encodings import idna

from .text import nfc

Guid = t.NewType("Guid", str)
"""An id in its normal form, see :func:`guid_key`. A type checker holds those who compare ids to it."""
Upn = t.NewType("Upn", str)
"""A user principal name in its normal form, see :func:`upn_key`."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DEVIATING = frozenset("\u00df\u03c2\u200c\u200d")
_WILD = frozenset("*?[]")
_PREFIXED = re.compile(r"[0-9a-f]{32}")


def is_guid(text: object) -> bool:
    """Whether this is a GUID in its usual form, with hyphens and nothing around it."""
    return isinstance(text, str) and _GUID.fullmatch(text) is not None


def guid_key(text: object) -> Guid:
    """The normal form of an id: trimmed, in lower case. Ids are put into it where they enter (options, files, answers),
    and are compared as they are everywhere else."""
    return Guid(str(text).strip().lower())


def domain_key(domain: str) -> str:
    """The normal form of a domain, or of a pattern of domains: lower case, and ASCII as the directory keeps it
    (``xn--``).

    A label stays as it is if it has no such form, if it has wildcards, or if its form depends on whom one asks: IDNA
    2003 turns the German sharp s into two letters, IDNA 2008 does not, and a guess would make one domain of two
    (Unicode Technical Standard 46, section 6, "Deviations").
    """
    key = nfc(domain.strip()).lower()
    return key if key.isascii() else ".".join(map(_ascii_label, key.split(".")))


def _ascii_label(label: str) -> str:
    if label.isascii() or not _DEVIATING.isdisjoint(label) or not _WILD.isdisjoint(label):
        return label
    try:
        return idna.ToASCII(label).decode("ascii").lower()
    except UnicodeError:
        return label


def upn_key(upn: str) -> Upn:
    """The normal form of a user principal name: trimmed, NFC, ordinal lower case (never a locale's rules), the domain
    in its ASCII form.
    """
    return Upn(pattern_key(upn))


def pattern_key(pattern: str) -> str:
    """The normal form of a pattern of user principal names, in which it compares with :func:`upn_key`."""
    key = nfc(pattern.strip()).lower()
    if key.isascii():
        return key
    local, at, domain = key.rpartition("@")
    return local + at + domain_key(domain) if at else key


def ascii_domain(upn: str) -> str:
    """A user principal name as it is sent: its domain in ASCII form, everything else as it was written."""
    local, at, domain = upn.rpartition("@")
    return upn if domain.isascii() or not at else local + at + domain_key(domain)


def deleted_upn_key(upn: str, user_id: str) -> Upn:
    """The normal form of a *deleted* user's name.

    Partner Center lists deleted users under their plain name; the directory below it is known to put the object id (32
    hex digits) in front. Only the user's own id is taken off: a real local part may look like one.
    """
    key = upn_key(upn)
    prefix = user_id.replace("-", "").lower()
    if _PREFIXED.fullmatch(prefix) and key.startswith(prefix) and not key.startswith(prefix + "@"):
        return Upn(key[len(prefix) :])
    return key


def without_prefix(upn: str, user_id: str) -> str:
    """A deleted user's name as it was written, without the id that the directory may put in front."""
    return upn if deleted_upn_key(upn, user_id) == upn_key(upn) else upn.strip()[len(user_id.replace("-", "")) :]


def upn_domain(upn: str) -> str:
    """The domain part in its normal form; an empty string when there is none."""
    return upn_key(upn).rpartition("@")[2]
