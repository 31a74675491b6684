"""Reads the `sign_in` section of a seed. Strict: a misspelt key or a reference to nobody is an error.

applications:   [{client_id, name?, public?, public_flows?, consented?, admin_consent?, disabled?, secrets?: [{value,
expires?}],
                  certificates?: [file name], redirect_uris?: [uri or {uri, type: web | public | spa}],
                  federated_credentials?: [{issuer, subject, audiences?}]}]       # issuer: an URL, or a name of
                  federation.ISSUERS
users:          [{object_id, upn, name?, enabled?, password?, mfa_code?, admin?, locked?, password_expired?, deleted?}]
refresh_tokens: {token: {user: upn, client_id: id or list of ids, age_days?, mfa?, revoked?, redirect_type?: web | spa,
                         blocked_by?: mfa | consent | conditional_access, sign_in_frequency?: seconds}}
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from emulator.entra.certificates import PEM_NAME, ClientCertificate, ensure_client_certificate
from emulator.entra.records import Application, FederatedCredential, RedirectUri, RefreshToken, Secret, User

_APPLICATION_KEYS = {
    *("client_id", "name", "public", "public_flows", "consented", "admin_consent", "disabled"),
    *("secrets", "certificates", "redirect_uris", "federated_credentials"),
}
_USER_KEYS = {
    "object_id",
    "upn",
    "name",
    "enabled",
    "password",
    "mfa_code",
    "admin",
    "locked",
    "password_expired",
    "deleted",
}
#: The audience of federated credentials in the global cloud ("federatedIdentityCredential", Microsoft Graph).
EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"
_TOKEN_KEYS = {"user", "client_id", "age_days", "mfa", "revoked", "redirect_type", "blocked_by", "sign_in_frequency"}
_BLOCKS = (None, "mfa", "consent", "conditional_access")


class SignInSeedError(ValueError):
    """The section is not one; the message says where."""


def read_applications(section: dict[str, Any], state_dir: str | os.PathLike[str]) -> dict[str, Application]:
    """Applications by client id in lower case. Certificates are PEM files, relative names lie in the state
    directory."""
    found = [_application(entry, state_dir) for entry in section.get("applications") or ()]
    return {application.client_id.lower(): application for application in found}


def read_users(section: dict[str, Any]) -> dict[str, User]:
    """Users by UPN in lower case."""
    found = []
    for entry in section.get("users") or ():
        _check(entry, _USER_KEYS, {"object_id", "upn"}, "a user")
        found.append(User(**{"name": entry["upn"], **entry}))
    return {user.upn.lower(): user for user in found}


def read_refresh_tokens(section: dict[str, Any], users: dict[str, User], now: float) -> dict[str, RefreshToken]:
    """Refresh tokens by their text; their ages are counted back from `now`, in seconds since 1970."""
    found = {}
    for value, entry in (section.get("refresh_tokens") or {}).items():
        _check(entry, _TOKEN_KEYS, {"user", "client_id"}, f"refresh token {value}")
        if entry["user"].lower() not in users:
            raise SignInSeedError(f"refresh token {value}: no user {entry['user']}")
        if entry.get("blocked_by") not in _BLOCKS or entry.get("redirect_type", "web") not in ("web", "spa"):
            raise SignInSeedError(f"refresh token {value}: blocked_by or redirect_type has an unknown value")
        found[value] = _refresh_token(value, entry, now)
    return found


def _application(entry: dict[str, Any], state_dir: str | os.PathLike[str]) -> Application:
    _check(entry, _APPLICATION_KEYS, {"client_id"}, "an application")
    return Application(
        client_id=str(entry["client_id"]),
        name=entry.get("name", ""),
        public=entry.get("public", False),
        consented=entry.get("consented", True),
        secrets=tuple(Secret(item["value"], _moment(item.get("expires"))) for item in entry.get("secrets", ())),
        certificates=tuple(_certificate(name, state_dir) for name in entry.get("certificates", ())),
        public_flows=entry.get("public_flows", False),
        admin_consent=entry.get("admin_consent", False),
        redirect_uris=tuple(_redirect_uri(item, entry.get("public", False)) for item in entry.get("redirect_uris", ())),
        federated_credentials=tuple(_federated_credential(item) for item in entry.get("federated_credentials", ())),
        disabled=entry.get("disabled", False),
    )


def read_application_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Members of an application that can be changed while it runs, as `Application` has them."""
    unknown = set(changes) - {"public_flows", "admin_consent", "disabled", "secrets", "federated_credentials"}
    if unknown or not changes:
        raise SignInSeedError(f"an application has no changeable {sorted(unknown)}")
    found = dict(changes)
    if "secrets" in changes:
        found["secrets"] = tuple(Secret(item["value"], _moment(item.get("expires"))) for item in changes["secrets"])
    if "federated_credentials" in changes:
        found["federated_credentials"] = tuple(_federated_credential(item) for item in changes["federated_credentials"])
    for name in {"public_flows", "admin_consent", "disabled"} & set(changes):
        if not isinstance(changes[name], bool):
            raise SignInSeedError(f"{name} is true or false, not {changes[name]!r}")
    return found


def _redirect_uri(item: Any, public: bool) -> RedirectUri:
    """A bare text is of the application's own kind."""
    if isinstance(item, str):
        return RedirectUri(item, "public" if public else "web")
    _check(item, {"uri", "type"}, {"uri", "type"}, "a redirect URI")
    if item["type"] not in ("web", "public", "spa"):
        raise SignInSeedError(f"redirect URI {item['uri']}: the type is web, public or spa")
    return RedirectUri(item["uri"], item["type"])


def _federated_credential(item: Any) -> FederatedCredential:
    _check(item, {"issuer", "subject", "audiences"}, {"issuer", "subject"}, "a federated credential")
    return FederatedCredential(item["issuer"], item["subject"], tuple(item.get("audiences", (EXCHANGE_AUDIENCE,))))


def _certificate(name: str, state_dir: str | os.PathLike[str]) -> ClientCertificate:
    if name == PEM_NAME:
        return ensure_client_certificate(state_dir)
    return ClientCertificate.from_pem((Path(state_dir) / name).read_bytes())


def _refresh_token(value: str, entry: dict[str, Any], now: float) -> RefreshToken:
    signed_in = now - 86400 * float(entry.get("age_days", 0))
    client_ids = entry["client_id"]
    return RefreshToken(
        value=value,
        client_ids=[client_ids] if isinstance(client_ids, str) else list(client_ids),
        user=entry["user"],
        issued_at=signed_in,
        signed_in_at=signed_in,
        mfa=entry.get("mfa", True),
        blocked_by=entry.get("blocked_by"),
        redirect_type=entry.get("redirect_type", "web"),
        sign_in_frequency=entry.get("sign_in_frequency"),
        revoked=entry.get("revoked", False),
    )


def _check(entry: Any, known: set[str], needed: set[str], where: str) -> None:
    if not isinstance(entry, dict) or set(entry) - known or needed - set(entry):
        raise SignInSeedError(
            f"sign_in: {where} needs {sorted(needed)} and may have {sorted(known - needed)}, not {entry!r}"
        )


def _moment(value: Any) -> datetime.datetime | None:
    """A moment of the seed, as text or as YAML's datetime, as an aware datetime. Without a zone it is UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
