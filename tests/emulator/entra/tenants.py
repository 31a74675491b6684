"""The tenant in the path, and the addresses that follow from it."""

from __future__ import annotations

import re
from typing import Any

from emulator.entra import errors

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def resolve(core: Any, name: str, discovery: bool = False) -> str:
    """The GUID of the tenant that the path names by GUID or by domain, or 90002 (900023 for neither of the two)."""
    tenant_id, domain = core.partner["tenant_id"], core.partner["domain"]
    if name.lower() in (tenant_id.lower(), domain.lower()):
        return tenant_id
    if _GUID.fullmatch(name) or _DOMAIN.fullmatch(name):
        kind = errors.TENANT_UNKNOWN_DISCOVERY if discovery else errors.TENANT_UNKNOWN
    else:
        kind = errors.TENANT_MALFORMED_DISCOVERY if discovery else errors.TENANT_MALFORMED
    raise errors.SignInError(kind, tenant=name)


def base(core: Any) -> str:
    return core.base_urls["login"].rstrip("/")


def token_endpoint(core: Any, tenant_id: str, v1: bool = False) -> str:
    return f"{base(core)}/{tenant_id}/oauth2/{'' if v1 else 'v2.0/'}token"


def issuer(core: Any, tenant_id: str) -> str:
    return f"{base(core)}/{tenant_id}/v2.0"
