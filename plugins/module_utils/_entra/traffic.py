# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What was sent to a sign-in host and what came back, as a recording shows it: the way of the protocol, without tokens,
secrets, codes and assertions, and with stand-ins for tenants, applications and users.

Sources: RFC 6749, RFC 8628, OpenID Connect Discovery 1.0; Microsoft Entra documentation, "OAuth 2.0 authorization code
flow" and "device authorization grant flow".
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from urllib.parse import parse_qsl

from .._common.pseudonyms import MASK
from .._common.traffic.dialect import LONGEST, Dialect, plain
from .._common.traffic.tokens import shown_scopes, shown_token

_KEPT = frozenset(
    """grant_type client_assertion_type response_type token_type expires_in ext_expires_in refresh_in
    expires_on not_before interval error suberror error_codes timestamp""".split()
)
"""Members and fields with words and numbers of the protocol."""
_MASKED = frozenset(
    """client_secret client_assertion assertion password code_verifier code_challenge user_code message claims state
    nonce""".split()
)
_OPAQUE = frozenset(("refresh_token", "device_code", "code"))
"""What a later request has again, so that equal ones stay equal."""
_TOKENS = frozenset(("access_token", "id_token", "value"))
_WORD = re.compile(
    r"[a-z]+(?:_[a-z]+){0,5}|Bearer|code|\d{1,12}|urn:ietf:params:oauth:[a-z-]{1,40}:[a-z_-]{1,40}"
    r"|\d{4}-\d\d-\d\d[T ][\d:.]{8,18}Z?"
)
"""Errors, kinds of grants, numbers and times."""
_SUPPORTED = frozenset(
    """client_secret_post client_secret_basic private_key_jwt self_signed_tls_client_auth none query fragment form_post
    pairwise public RS256 S256 plain code id_token token openid profile email offline_access sub iss cloud_instance_name
    cloud_instance_host_name cloud_graph_host_name msgraph_host aud exp iat auth_time acr nonce preferred_username name
    tid ver at_hash c_hash""".split()
)
"""What the document of a tenant says that it supports."""
_CODE = re.compile(r"AADSTS\d{1,10}")


class SignInTraffic(Dialect):
    """Exchanges with the hosts that give out tokens."""

    SERVICE = "sign_in"
    WORDS = frozenset(
        """oauth2 v2.0 token devicecode authorize logout deviceauth .well-known openid-configuration discovery instance
        keys common organizations consumers adminconsent kerberos userinfo device devicelogin issuers github
        idtoken user_impersonation .default""".split()
    )
    PARAMETERS = frozenset(("api-version",))

    def read(self, data: t.Any) -> t.Any:
        """A form, as msal hands it over."""
        if isinstance(data, (bytes, str)):
            text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
            return dict(parse_qsl(text, keep_blank_values=True))
        return dict(data) if data else None

    def sent(self, body: t.Any, path: str) -> t.Any:
        """The fields of a form."""
        return self._value(body, "")

    def received(self, value: t.Any, path: str) -> t.Any:
        """A JSON answer."""
        return self._value(value, "")

    def segment(self, segment: str, before: t.Sequence[str]) -> str:
        """The first one is the tenant, which may be named by a domain."""
        return self.names.domain(segment) if not any(before) and "." in segment else self.names.text(segment)

    def parameter(self, name: str, value: str) -> str:
        """An audience that everybody has stays."""
        return value if value.startswith("api://AzureADTokenExchange") and len(value) < LONGEST and value.isascii() \
            and value.removeprefix("api://").isalpha() else super().parameter(name, value)  # fmt: skip

    def _value(self, value: t.Any, name: str) -> t.Any:
        known = name.lower()
        if known in _MASKED:
            return None if value is None else MASK
        if isinstance(value, dict):
            return {plain(each): self._value(inner, str(each)) for each, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._value(each, name) for each in value]
        if value is None or isinstance(value, bool):
            return value
        if not isinstance(value, str):
            return value if known in _KEPT else 0
        return self._text(value, known)

    def _text(self, value: str, known: str) -> t.Any:
        if known in _KEPT:
            return value if len(value) <= LONGEST and _WORD.fullmatch(value) else self.names.text(value)
        if known.endswith("_supported") and value in _SUPPORTED:
            return value
        if known in _OPAQUE:
            return self.names.text(f"token {value}")
        if known in _TOKENS:
            return shown_token(self, value)
        if known == "scope":
            return shown_scopes(self, value)
        if known == "error_description":
            # The number says what it is; the words name people, applications and places.
            return ", ".join(_CODE.findall(value)[:3]) or MASK
        if known == "client_info":
            return value if value == "1" else self._client_info(value)
        return self.url(value) if "://" in value else self.names.text(value)

    def _client_info(self, value: str) -> t.Any:
        try:
            found = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        except (ValueError, RecursionError):
            return MASK
        return {"json": self._value(found, "")}
