# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Access tokens and id tokens as a recording shows them: what they say of themselves, with stand-ins, and no signature.

A client may need the claims to decide something, so they are there; what could be sent in place of the token is not.
"""

from __future__ import annotations

import re
import typing as t

from ..pseudonyms import MASK
from ..token_claims import read_claims
from .dialect import LONGEST, Dialect, plain

_TIMES = frozenset("exp iat nbf auth_time".split())
_KEPT = frozenset("ver amr idtyp appidacr azpacr acr".split())
"""Claims with words of the protocol, which say nothing about anybody."""
_WORD = re.compile(r"[A-Za-z0-9_.]{1,20}")
SCOPES = frozenset("user_impersonation openid profile email offline_access .default".split())
_SCHEMAS = ("http://schemas.xmlsoap.org/", "http://schemas.microsoft.com/")
_DEEPEST = 6


def shown_token(dialect: Dialect, token: str) -> dict[str, t.Any]:
    """A token as it is recorded; one that cannot be read has no claims."""
    return {
        "token": dialect.names.text(f"token {token}"),
        "claims": {_name(name): _claim(dialect, name, value) for name, value in read_claims(token).items()},
    }


def _claim(dialect: Dialect, name: str, value: t.Any, depth: int = 0) -> t.Any:
    known = name.lower()
    if depth > _DEEPEST:
        return MASK
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [_claim(dialect, name, each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_name(each): _claim(dialect, each, inner, depth + 1) for each, inner in value.items()}
    if not isinstance(value, str):
        return value if known in _TIMES else 0
    if known == "scp":
        return shown_scopes(dialect, value)
    if known in _KEPT and _WORD.fullmatch(value):
        return value
    return dialect.url(value) if "://" in value else dialect.names.text(value)


def shown_scopes(dialect: Dialect, text: str) -> str:
    """Scopes: those of the protocol and of the service stay."""
    return " ".join(
        each if each in SCOPES else dialect.url(each) if "://" in each else dialect.names.text(each)
        for each in text.split()
    )


def _name(name: str) -> str:
    """The name of a claim; some are addresses of Microsoft's schemas."""
    head = next((head for head in _SCHEMAS if name.startswith(head)), None)
    if head is None:
        return plain(name)
    rest = name.removeprefix(head)
    return name if rest.isascii() and rest.replace("/", "").isalnum() and len(name) <= LONGEST else MASK
