"""What the sign-in server knows of applications, users and refresh tokens: plain records."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .certificates import ClientCertificate


@dataclass(frozen=True)
class Secret:
    value: str
    expires: datetime.datetime | None = None


@dataclass(frozen=True)
class Application:
    """An application registration together with what the tenant has consented to."""

    client_id: str
    name: str
    public: bool = False
    consented: bool = True
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[ClientCertificate, ...] = ()


@dataclass(frozen=True)
class User:
    object_id: str
    upn: str
    name: str
    enabled: bool = True


@dataclass
class RefreshToken:
    """A refresh token: bound to a user and to client ids, not to a resource ("Refresh tokens", identity platform).

    `issued_at` moves with each rotation; `signed_in_at`, the moment of the interactive sign-in, does not. Both are
    seconds since 1970. `blocked_by` is None, "mfa", "consent" or "conditional_access". `redirect_type` "spa" limits
    the token and its descendants to 24 hours after the sign-in. `sign_in_frequency` is a policy in seconds.
    """

    value: str
    client_ids: list[str]
    user: str
    issued_at: float
    signed_in_at: float
    mfa: bool = True
    blocked_by: str | None = None
    redirect_type: str = "web"
    sign_in_frequency: int | None = None
    revoked: bool = False
