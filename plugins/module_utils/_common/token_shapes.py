# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What got around or into a token on its way: seen before it is sent, and told without a part of it.

Tokens are opaque, and nothing here says what one has to look like. What is refused is what no token has: quotes around
it (a docker ``--env-file`` keeps them), the name of a variable in front (the line of a shell), ``Bearer``, JSON, a
template that was not evaluated. A JSON Web Token (RFC 7519) says itself where it ends, and what it is for.
"""

from __future__ import annotations

import re

from .token_claims import read_claims

_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
# A = may be the padding at the end of a token in base64; in front of that, after a name, it assigns.
_ASSIGNED = re.compile(
    r"(?!eyJ)(?:export\s+|set\s+|\$env:|--?)?[A-Za-z_][A-Za-z0-9_-]{3,59}(?:\s*=\s*[^=\s]|\s*:[\s\"'])", re.IGNORECASE
)
_NAMED_SECRET = re.compile(
    r"(?:export\s+|set\s+|\$env:)?[A-Z_]*(?:SECRET|TOKEN|PARTNER_CENTER|AZURE)[A-Z_]*\s*[=:]\s*\S", re.IGNORECASE
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]*")


def wrapping(text: str, *, secret: bool = False) -> tuple[str, str] | None:
    """A stable word and the rest of a sentence about what is around a token; None if there is nothing.

    :param secret: it is a client secret, in which more is possible: only quotes on both sides and the like are refused.
    """
    text = text.strip()
    if len(text) > 1 and (
        text[0] in _QUOTES and text[-1] in _QUOTES if secret else text[0] in _QUOTES or text[-1] in _QUOTES
    ):
        return (
            "in_quotes",
            "has quotes around it that are part of the value; remove them (docker --env-file keeps them)",
        )
    if "{{" in text and "}}" in text:
        return "template_left_over", "is a template that was not evaluated; check how the value gets here"
    if text.startswith(("{", "[")):
        return "json", "is JSON, not the token in it; use the token's value"
    if re.match(r"(?:authorization\s*:\s*)?bearer\b", text, re.IGNORECASE) and not secret:
        return "bearer", "starts with Bearer, which belongs to a header; use only the token"
    if (_NAMED_SECRET if secret else _ASSIGNED).match(text):
        return "assignment", "has a name in front of the value, as in a shell or YAML file; use only the value"
    if not secret and re.search(r"%[0-9A-Fa-f]{2}", text):
        return "percent_encoded", "is percent-encoded, as in a URL; use it as it was issued"
    if text.endswith(("...", "\u2026")):
        return "cut_off", "ends in dots, as if it was shortened for display; use the complete value"
    return None


def misplaced(name: str, text: str) -> tuple[str, str] | None:
    """A stable word and the rest of a sentence about a token that is another one than it should be, or only a part;
    None if nothing is known of it.

    :param name: the option: ``access_token``, ``refresh_token`` or ``client_assertion``.
    """
    web = bool(_JWT.match(text))
    parts = text.split(".")
    # Of an encrypted one (five parts) nothing can be read.
    cut = len(parts) < 3 or (name == "access_token" and len(parts) == 3 and len(parts[2]) < _shortest_signature(text))
    if web and cut:
        return "cut_off", "is a part of a JSON Web Token; it was cut off"
    claims = read_claims(text) if web and len(parts) == 3 else {}
    if name == "refresh_token" and claims.get("aud"):
        return (
            "is_access_token",
            "is an access token or an ID token (a JSON Web Token) and cannot be redeemed; use the refresh token",
        )
    if name == "access_token" and not web and re.match(r"[01]\.A[A-Za-z0-9_-]{20}", text):
        return "is_refresh_token", "is a Microsoft Entra ID refresh token; set it as refresh_token"
    return None


def _shortest_signature(text: str) -> int:
    """Characters that the signature has at least, by the algorithm that the token names (RFC 7518: RSA; old systems
    have keys of 1024 bits)."""
    algorithm = read_claims("." + text).get("alg")
    return 171 if isinstance(algorithm, str) and algorithm[:2] in ("RS", "PS") else 0
