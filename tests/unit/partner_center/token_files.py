"""Refresh tokens in files, and who signs in with them at the emulator."""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refresh_token_file import DAY
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource
from emulator.entra.standalone import StandaloneServer

CLIENT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
SECRET = "emulator-client-secret"
TOKEN = "emulator-refresh-token"


def stored(path: Path, token: str, days: float = 0) -> Path:
    path.write_text(token + "\n")
    path.chmod(0o600)
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def source(server: StandaloneServer, path: Path, said: list[str] | None = None, **options: t.Any) -> TokenSource:
    given = {
        "auth_method": "auto",
        "cloud_environment": "AzureCloud",
        "authority_host": server.url,
        "tenant_id": server.core.partner["tenant_id"],
        "client_id": CLIENT,
        "client_secret": SECRET,
        "refresh_token_file": str(path),
        "ca_path": str(server.ca_path),
        "validate_certs": True,
        "timeout": 20,
        "max_wait": 5,
        "token_cache": False,
        **options,
    }
    settings = resolve(given, list(given), {})
    if said is not None:
        said += settings.warnings
        settings = dataclasses.replace(settings, notify=said.append)
    return TokenSource(settings, Secrets(), WaitBudget(5), operation="Testing")


def works(server: StandaloneServer, path: Path) -> bool:
    """Whether the token in a file can be redeemed, asked without any of the code under test."""
    scope = "https://api.partnercenter.microsoft.com/user_impersonation"
    form = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": path.read_text().strip(), "scope": scope}
    return server.token(grant_type="refresh_token", **form).status_code == 200
