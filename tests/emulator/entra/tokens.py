"""Access tokens: issued by the sign-in server, verified by the API server.

Claims follow the v1.0 format of "Access token claims reference" (Microsoft identity platform); signatures are RS256
with a key published at `/{tenant}/discovery/v2.0/keys`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, cast

import jwt
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import serialization
from jwt.types import Options

from emulator.entra import signing_key
from emulator.kernel.identity import Identity, TokenError

PARTNER_CENTER_URL = "https://api.partnercenter.microsoft.com"
PARTNER_CENTER_APP_ID = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
#: The audience that Partner Center took until 2025.
RETIRED_AUDIENCE = "https://graph.windows.net"
OPAQUE_PREFIX = "EwBY"
CACHE_SIZE = 2048


@dataclass(frozen=True)
class _Verified:
    """A token whose signature is good: what does not change with the clock."""

    identity: Identity
    audience: str
    not_before: float
    expires: float


class TokenAuthority:
    """Issues and verifies tokens of one tenant. `clock` has `now()`, an aware datetime.

    `default_user` (`{"object_id", "upn"}`) and `default_client_id` fill the claims that `issue_custom` is not given.
    """

    def __init__(
        self,
        tenant_id: str,
        clock: Any,
        audience: str = PARTNER_CENTER_URL,
        key: Any = None,
        state_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self.audience = audience
        self.state_dir = state_dir
        self.default_user = {"object_id": "00000000-0000-0000-0000-000000000001", "upn": "user@example.com"}
        self.default_client_id = "00000000-0000-0000-0000-000000000002"
        self._clock = clock
        self._key = key or signing_key.new_key()
        public = self._key.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self._public = public
        self._kid = base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:20]).rstrip(b"=").decode()
        # The key of opaque tokens is derived, so that they survive a restart together with the signing key.
        digest = hashlib.sha256(b"opaque access tokens" + signing_key.private_pem(self._key)).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    @classmethod
    def load_or_create(
        cls, state_dir: str | os.PathLike[str], tenant_id: str, clock: Any, audience: str = PARTNER_CENTER_URL
    ) -> TokenAuthority:
        """The authority with the signing key of the state directory (made at the first call)."""
        return cls(tenant_id, clock, audience, key=signing_key.load_or_create(state_dir), state_dir=state_dir)

    def now(self) -> float:
        return self._clock.now().timestamp()

    def jwks(self) -> dict[str, Any]:
        """The key set document (RFC 7517, section 5): `{"keys": [{kty, use, kid, x5t, n, e}]}`."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._public))
        return {
            "keys": [{"kty": "RSA", "use": "sig", "kid": self._kid, "x5t": self._kid, "n": key["n"], "e": key["e"]}]
        }

    # --- issuing

    def issue_user(
        self,
        *,
        object_id: str,
        upn: str,
        client_id: str,
        client_auth: str = "1",
        mfa: bool = True,
        lifetime: int = 4500,
        audience: str | None = None,
        scope: str = "user_impersonation",
        nbf_delay: int = 0,
        with_amr: bool = True,
        v2_format: bool = False,
        opaque: bool = False,
    ) -> str:
        """A token for a user who signed in to an application.

        `client_auth` is the claim `appidacr`: "0" public client, "1" secret, "2" certificate.
        """
        claims = self._times(lifetime, nbf_delay)
        claims.update(
            {
                "acr": "1",
                "amr": ["pwd", "mfa"] if mfa else ["pwd"],
                "aud": audience or self.audience,
                "appid": client_id,
                "appidacr": client_auth,
                "idtyp": "user",
                "oid": object_id,
                "scp": scope,
                "sub": pairwise_subject(object_id, client_id),
                "unique_name": upn,
                "upn": upn,
            }
        )
        if not with_amr:
            del claims["amr"]
        if v2_format:
            claims = self._as_v2(claims, audience)
        return self._seal(claims, opaque)

    def issue_app(
        self,
        *,
        client_id: str,
        object_id: str | None = None,
        client_auth: str = "1",
        lifetime: int = 4500,
        audience: str | None = None,
        nbf_delay: int = 0,
        v2_format: bool = False,
        opaque: bool = False,
    ) -> str:
        """A token for an application itself: no scp, no amr, no upn, and oid equals sub."""
        principal = object_id or service_principal_id(client_id)
        claims = self._times(lifetime, nbf_delay)
        claims.update(
            {
                "aud": audience or self.audience,
                "appid": client_id,
                "appidacr": client_auth,
                "idtyp": "app",
                "oid": principal,
                "sub": principal,
            }
        )
        if v2_format:
            claims = self._as_v2(claims, audience)
        return self._seal(claims, opaque)

    def issue_custom(self, claims: dict[str, Any] | None = None, expires_in: int = 3600, app_only: bool = False) -> str:
        """A signed token whose claims are the usual ones overlaid with `claims`; None removes a claim.

        A negative `expires_in` gives a token that expired so many seconds ago.
        """
        base = self._times(expires_in, 0)
        if expires_in <= 0:
            base["iat"] = base["nbf"] = base["exp"] - 3600
        client_id = self.default_client_id
        base.update({"aud": self.audience, "appid": client_id, "appidacr": "1"})
        if app_only:
            principal = service_principal_id(client_id)
            base.update({"idtyp": "app", "oid": principal, "sub": principal})
        else:
            user = self.default_user
            base.update(
                {
                    "acr": "1",
                    "amr": ["pwd", "mfa"],
                    "idtyp": "user",
                    "oid": user["object_id"],
                    "scp": "user_impersonation",
                    "sub": pairwise_subject(user["object_id"], client_id),
                    "unique_name": user["upn"],
                    "upn": user["upn"],
                }
            )
        base.update(claims or {})
        return self._seal({name: value for name, value in base.items() if value is not None}, opaque=False)

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT over exactly these claims (id tokens use it)."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid, "x5t": self._kid})

    def _times(self, lifetime: int, nbf_delay: int) -> dict[str, Any]:
        now = int(self.now())
        return {
            "iss": f"https://sts.windows.net/{self.tenant_id}/",
            "iat": now,
            "nbf": now + nbf_delay,
            "exp": now + lifetime,
            "tid": self.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }

    def _as_v2(self, claims: dict[str, Any], audience: str | None) -> dict[str, Any]:
        """The same statement in the v2.0 format, where amr, upn and unique_name do not exist."""
        claims = dict(claims)
        claims["azp"], claims["azpacr"] = claims.pop("appid"), claims.pop("appidacr")
        claims["iss"] = f"https://login.microsoftonline.com/{self.tenant_id}/v2.0"
        claims["ver"] = "2.0"
        if "upn" in claims:
            claims["preferred_username"] = claims["upn"]
        if audience in (None, self.audience):
            claims["aud"] = PARTNER_CENTER_APP_ID
        return {name: value for name, value in claims.items() if name not in ("acr", "amr", "upn", "unique_name")}

    def _seal(self, claims: dict[str, Any], opaque: bool) -> str:
        token = self.sign(claims)
        return OPAQUE_PREFIX + self._fernet.encrypt(token.encode()).decode() if opaque else token

    # --- verifying

    def verify(self, token: str | None) -> Identity:
        """Who the token speaks for, or `TokenError`. No leeway for clocks: the server's own clock issued it.

        The signature of a token is checked once; its times are checked at every call, against the movable clock.
        """
        if not token:
            raise TokenError("missing")
        known = self._verified.get(token)
        if known is None:
            known = self._check_signature(token)
            self._verified[token] = known
            if len(self._verified) > CACHE_SIZE:
                self._verified.popitem(last=False)
        now = self.now()
        if now >= known.expires:
            raise TokenError("expired")
        if now < known.not_before:
            raise TokenError("not_yet_valid")
        audience = known.audience.rstrip("/")
        if audience not in (self.audience, PARTNER_CENTER_APP_ID):
            raise TokenError("audience_retired" if audience == RETIRED_AUDIENCE else "audience")
        return known.identity

    def forget(self) -> None:
        """Empties the cache of verified tokens."""
        self._verified.clear()

    def _check_signature(self, token: str) -> _Verified:
        if token.startswith(OPAQUE_PREFIX):
            try:
                token = self._fernet.decrypt(token[len(OPAQUE_PREFIX) :].encode()).decode()
            except (InvalidToken, UnicodeEncodeError):
                raise TokenError("malformed") from None
        off = cast(Options, {"verify_" + name: False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")})
        try:
            claims = jwt.decode(token, self._public, algorithms=["RS256"], options=off)
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
            raise TokenError("signature") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise TokenError("malformed") from None
        try:
            return _Verified(_identity(claims), str(claims["aud"]), float(claims.get("nbf", 0)), float(claims["exp"]))
        except (KeyError, TypeError, ValueError):
            raise TokenError("malformed") from None


def _identity(claims: dict[str, Any]) -> Identity:
    """`idtyp` decides where it is present; otherwise `scp`, which only tokens of users have."""
    kind = claims.get("idtyp") or ("user" if claims.get("scp") else "app")
    methods = claims.get("amr")
    return Identity(
        kind=kind,
        mfa=None if methods is None else "mfa" in methods,
        object_id=str(claims.get("oid", "")),
        upn=claims.get("upn") or claims.get("preferred_username"),
        client_id=str(claims.get("appid") or claims.get("azp") or ""),
        tenant_id=str(claims.get("tid", "")),
    )


def pairwise_subject(object_id: str, client_id: str) -> str:
    """The `sub` of a user differs from application to application; this one is stable for the pair."""
    digest = hashlib.sha256(f"{object_id}/{client_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def service_principal_id(client_id: str) -> str:
    """A stable object id for the service principal of an application."""
    digest = hashlib.sha256(f"service principal of {client_id}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], "4" + digest[13:16], "8" + digest[17:20], digest[20:32]))
