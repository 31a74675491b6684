"""Azure Pack's bearer tokens: JWTs for one of two audiences, signed with the emulator's key."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jwt
from jwt.types import Options

from emulator.azure_pack.switches import SWITCHES

if TYPE_CHECKING:
    from emulator.kernel.core import Core

ADMIN_REALM = "http://azureservices/AdminSite"
TENANT_REALM = "http://azureservices/TenantSite"
REALMS = {"admin": ADMIN_REALM, "tenant": TENANT_REALM}
#: Who a token says it is from. Not documented; nothing reads it.
ISSUER = "http://azureservices/AuthSite"
CACHE_SIZE = 512
# A token that was issued before the switch was changed is still good, so all of them are looked for.
_PRINCIPAL_CLAIMS = ("upn", "unique_name", "name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
assert all(SWITCHES["azure_pack_principal_claim"][1](each) for each in _PRINCIPAL_CLAIMS)


class TokenError(Exception):
    """The token is not accepted; the text says why."""


@dataclass(frozen=True)
class Claims:
    realm: str
    principal: str
    not_before: float
    expires: float


class AzurePackTokens:
    """Issues and verifies. Times are the emulator's."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._known: OrderedDict[str, Claims] = OrderedDict()
        # With the key, because a reset may change it.
        self._authority: Any = None
        self._key: Any = None

    def issue(
        self, realm: str, principal: str, lifetime: float | None = None, more: dict[str, Any] | None = None
    ) -> str:
        """realm: "admin", "tenant" or a URI. more: claims that replace or (with null) remove those of the token."""
        now = int(self._core.clock.timestamp())
        seconds = int(self._core.switches.azure_pack_token_lifetime if lifetime is None else lifetime)
        claims = {
            "aud": REALMS.get(realm, realm),
            "iss": ISSUER,
            "nbf": min(now, now + seconds),
            "exp": now + seconds,
            "jti": str(uuid.uuid4()),
            self._core.switches.azure_pack_principal_claim: principal,
            **(more or {}),
        }
        return self._core.tokens.sign({name: value for name, value in claims.items() if value is not None})

    def verify(self, token: str) -> Claims:
        """What the token says, or TokenError. The signature is checked once, the times at every call."""
        key = self._public_key()
        claims = self._known.get(token)
        if claims is None:
            claims = self._known[token] = _read(token, key)
            if len(self._known) > CACHE_SIZE:
                self._known.popitem(last=False)
        now = self._core.clock.timestamp()
        if now >= claims.expires:
            raise TokenError("the token has expired")
        if now < claims.not_before:
            raise TokenError("the token is not valid yet")
        revoked = self._core.store.azure_pack.revoked_until(claims.principal)
        if revoked is not None and claims.expires <= revoked:
            raise TokenError("the token was revoked")
        return claims

    def _public_key(self) -> Any:
        if self._authority is not self._core.tokens:
            self._authority = self._core.tokens
            self._key = jwt.PyJWK(self._core.tokens.jwks()["keys"][0], algorithm="RS256").key
            self._known.clear()
        return self._key


def _read(token: str, key: Any) -> Claims:
    off = cast(Options, {"verify_" + name: False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")})
    try:
        claims = jwt.decode(token, key, algorithms=["RS256"], options=off)
        principal = next(claims[name] for name in _PRINCIPAL_CLAIMS if name in claims)
        return Claims(str(claims["aud"]), str(principal), float(claims.get("nbf", 0)), float(claims["exp"]))
    except (jwt.PyJWTError, StopIteration, KeyError, ValueError, TypeError):
        raise TokenError("the token is malformed") from None
