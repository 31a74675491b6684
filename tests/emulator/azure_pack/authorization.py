"""Who calls, and for whom.

The admin server takes tokens of the admin realm whose principal is registered as an administrator. The tenant server
takes tokens of the tenant realm for the user they name, and tokens of the admin realm on behalf of the user in
x-ms-principal-id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from emulator.azure_pack import errors
from emulator.azure_pack.tokens import ADMIN_REALM, TENANT_REALM, Claims, TokenError

if TYPE_CHECKING:
    from emulator.kernel.core import Core


@dataclass(frozen=True)
class Caller:
    principal: str
    """Of the token."""
    acts_for: str | None
    """The tenant's user whom the call is about, on the tenant server; None on the admin server, which has no such
    limit."""
    principal_id: str | None
    """The header x-ms-principal-id, decoded."""


def authenticate(core: Core, headers: dict[str, str]) -> Claims:
    scheme, dummy, token = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise errors.not_authenticated("there is no bearer token", core.switches)
    try:
        return core.azure_pack.tokens.verify(token.strip())
    except TokenError as error:
        raise errors.not_authenticated(str(error), core.switches) from None


def authorize_admin(core: Core, claims: Claims, headers: dict[str, str]) -> Caller:
    _require_administrator(core, claims)
    principal_id = read_principal_id(headers)
    if principal_id is None and core.switches.azure_pack_require_principal_id:
        raise errors.principal_missing()
    return Caller(claims.principal, None, principal_id)


def authorize_tenant(core: Core, claims: Claims, headers: dict[str, str]) -> Caller:
    principal_id = read_principal_id(headers)
    if claims.realm == TENANT_REALM:
        if principal_id is not None and principal_id.lower() != claims.principal.lower():
            raise errors.not_authorized("the token belongs to another principal", core.switches)
        return Caller(claims.principal, claims.principal, principal_id)
    _require_administrator(core, claims)
    if principal_id is None:
        raise errors.principal_missing()
    return Caller(claims.principal, principal_id, principal_id)


def _require_administrator(core: Core, claims: Claims) -> None:
    if claims.realm != ADMIN_REALM:
        raise errors.not_authorized("the token is for another realm", core.switches)
    if claims.principal.lower() not in {each.lower() for each in core.azure_pack.administrators}:
        raise errors.not_authorized("the principal is not an administrator", core.switches)


def read_principal_id(headers: dict[str, str]) -> str | None:
    """Published clients send it raw and percent-encoded; both are the same. Bytes beyond ASCII are UTF-8 where they can
    be."""
    value = headers.get("x-ms-principal-id", "").strip()
    try:
        value = value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        pass
    return unquote(value) or None
