"""`emulator.json` and `emulator.env`: how to reach a running emulator."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.kernel.tls import write_file

if TYPE_CHECKING:
    from emulator.kernel.core import Core

INFO_NAME = "emulator.json"
ENVIRONMENT_NAME = "emulator.env"


def connection_info(core: Core, control_url: str, ca_path: Path) -> dict[str, Any]:
    applications = core.sign_in.get("applications") or [{}]
    return {
        "pid": os.getpid(),
        "api_url": core.base_urls["api"],
        "authority_host": core.base_urls["login"],
        "azure_pack_admin_url": core.base_urls["azure_pack_admin"],
        "azure_pack_tenant_url": core.base_urls["azure_pack_tenant"],
        "azure_pack_auth_url": core.base_urls["login"],
        "control_url": control_url,
        "ca_path": str(ca_path),
        "tenant_id": core.partner["tenant_id"],
        "client_id": applications[0].get("client_id"),
    }


def write_connection_files(core: Core, info: dict[str, Any]) -> None:
    """The environment first: who waits for emulator.json finds both."""
    settings = {
        "PARTNER_CENTER_TENANT_ID": info["tenant_id"],
        "PARTNER_CENTER_CLIENT_ID": info["client_id"],
        "PARTNER_CENTER_AUTHORITY_HOST": info["authority_host"],
        "PARTNER_CENTER_API_URL": info["api_url"],
        "PARTNER_CENTER_CA_PATH": info["ca_path"],
        # A credential that works: the certificate of the first application and a refresh token that it may redeem.
        "PARTNER_CENTER_CLIENT_CERTIFICATE_PATH": _client_certificate(core),
        "PARTNER_CENTER_REFRESH_TOKEN": _refresh_token(core, info["client_id"]),
        **_azure_pack(core, info),
    }
    lines = [f"export {name}={shlex.quote(str(value))}\n" for name, value in settings.items() if value]
    write_file(core.state_dir / ENVIRONMENT_NAME, "".join(lines).encode(), 0o600)
    write_file(core.state_dir / INFO_NAME, (json.dumps(info, indent=2) + "\n").encode(), 0o644)


def remove_connection_files(state_dir: Path) -> None:
    for name in (INFO_NAME, ENVIRONMENT_NAME):
        (state_dir / name).unlink(missing_ok=True)


def _client_certificate(core: Core) -> str | None:
    path = core.state_dir / "client.pem"
    return str(path) if path.exists() else None


def _azure_pack(core: Core, info: dict[str, Any]) -> dict[str, str]:
    """With a token of the first administrator, which lives as long as a real one."""
    if not core.azure_pack.administrators:
        return {}
    principal = core.azure_pack.administrators[0]
    return {
        "AZURE_PACK_ENDPOINT": info["azure_pack_admin_url"],
        "AZURE_PACK_ACCESS_TOKEN": core.azure_pack.tokens.issue("admin", principal),
        "AZURE_PACK_PRINCIPAL_ID": principal,
        "AZURE_PACK_CA_PATH": info["ca_path"],
    }


def _refresh_token(core: Core, client_id: str | None) -> str | None:
    for value, entry in (core.sign_in.get("refresh_tokens") or {}).items():
        clients = entry.get("client_id")
        spoiled = any(entry.get(name) for name in ("revoked", "blocked_by", "age_days")) or entry.get("mfa") is False
        if not spoiled and client_id in (clients if isinstance(clients, list) else [clients]):
            return value
    return None
