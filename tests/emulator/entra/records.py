"""What the sign-in server knows of applications, users and refresh tokens: plain records."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from emulator.entra.certificates import ClientCertificate


@dataclass(frozen=True)
class Secret:
    value: str
    expires: datetime.datetime | None = None


@dataclass(frozen=True)
class RedirectUri:
    """`kind` is the platform that it is registered for: "web", "public" (a native client) or "spa"."""

    uri: str
    kind: str


@dataclass(frozen=True)
class FederatedCredential:
    """Whose tokens stand in for a client secret: all three members must be equal to the assertion's claims."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class Application:
    """An application registration together with what the tenant has consented to.

    `public` is an application without any credential; `public_flows` one that has credentials and also allows public
    client flows. `consented` is the consent of an administrator for everybody. `admin_consent` asks for it: users may
    not consent for themselves.
    """

    client_id: str
    name: str
    public: bool = False
    consented: bool = True
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[ClientCertificate, ...] = ()
    public_flows: bool = False
    admin_consent: bool = False
    redirect_uris: tuple[RedirectUri, ...] = ()
    federated_credentials: tuple[FederatedCredential, ...] = ()
    disabled: bool = False


@dataclass(frozen=True)
class User:
    """`password` None: this account cannot sign in by the page. `mfa_code` None: no second factor is registered.

    `password_expired` and `locked` stop interactive sign-ins only; `enabled` and `deleted` also stop refresh tokens.
    """

    object_id: str
    upn: str
    name: str
    enabled: bool = True
    password: str | None = None
    mfa_code: str | None = None
    admin: bool = False
    locked: bool = False
    password_expired: bool = False
    deleted: bool = False


@dataclass
class RefreshToken:
    """A refresh token: bound to a user and to client ids, not to a resource ("Refresh tokens", identity platform).

    `issued_at` moves with each rotation; `signed_in_at`, the moment of the interactive sign-in, does not. Both are
    seconds since 1970. `public` tells whether the client was public when it was issued; None (seeds) is not checked.
    `blocked_by` is None, "mfa", "consent" or "conditional_access". `redirect_type` "spa" limits the token and its
    descendants to 24 hours after the sign-in. `sign_in_frequency` is a policy in seconds.
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
    public: bool | None = None
