# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an access token says about itself: who it is for and of, how it was signed in, and when it ends."""

from __future__ import annotations

import time
import typing as t

from ..._common.identifiers import guid_key, is_guid
from ..._common.text import shown
from ..._common.token_claims import read_claims
from ..._entra.claims import RETIRED_AUDIENCE, is_app_only
from ..._entra.settings import Settings
from .sign_in_checks import Note

PARTNER_CENTER_APPLICATION = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"


def look_at_token(settings: Settings, add: Note, token: str | None) -> None:
    """What the access token says about itself; whether that is true, only the API decides."""
    if token is None:
        add("token", "skipped", "There is no token.")
        return
    claims = read_claims(token)
    if not claims:
        add("token", "unknown", "The access token cannot be read; Partner Center decides whether it is valid.")
        return
    if is_app_only(claims):
        expected = settings.auth_method == "client_credentials"
        add(
            "token",
            "warning" if expected else "failed",
            "The token is app-only; Partner Center accepts such tokens for customers, but not for their users.",
            "Use a refresh token of a service account.",
        )
    else:
        name = (
            claims.get("upn")
            or claims.get("unique_name")
            or claims.get("preferred_username")
            or "an account that is not named"
        )
        add("token", "ok", f"App+User, for {name}.")
        _mfa(add, claims)
        if str(claims.get("appidacr") or claims.get("azpacr") or "") == "0":
            add(
                "application",
                "warning",
                "It is a public client: the refresh token ends when the account's password changes.",
                "Consent again with a confidential application (certificate).",
            )
    _whose(settings, add, claims)
    _ends(add, claims)


def _mfa(add: Note, claims: t.Mapping[str, t.Any]) -> None:
    methods = claims.get("amr")
    if not isinstance(methods, list):
        add("MFA", "unknown", "The token does not show how the sign-in was made.")
    elif "mfa" in methods:
        add("MFA", "ok", f"The sign-in used {', '.join(map(str, methods))}.")
    else:
        add(
            "MFA",
            "failed",
            f"The sign-in used {', '.join(map(str, methods))} only; Partner Center rejects such tokens (401, code "
            "900421).",
            "Sign in again with MFA: ansible-playbook tenantops.partner_center.consent.",
        )


def _whose(settings: Settings, add: Note, claims: t.Mapping[str, t.Any]) -> None:
    audience = str(claims.get("aud", "")).rstrip("/")
    if audience == RETIRED_AUDIENCE:
        add(
            "audience",
            "failed",
            f"The token is for {audience}, which Partner Center retired (401, code 900420).",
            "Ask for the scope of the API.",
        )
    elif audience in (settings.cloud.api_url, PARTNER_CENTER_APPLICATION):
        add("audience", "ok", audience)
    else:
        add(
            "audience",
            "failed",
            f"The token is for {shown(audience)}, not for {settings.cloud.api_url}.",
            "Check cloud_environment.",
        )
    issuer = str(claims.get("tid") or "")
    if (
        settings.tenant_id
        and is_guid(settings.tenant_id)
        and issuer
        and guid_key(issuer) != guid_key(settings.tenant_id)
    ):
        words = f"The token is of tenant {issuer}, not of {settings.tenant_id}."
        add("tenant", "failed", words, "tenant_id is the partner's own tenant, not a customer's.")
    elif issuer:
        add("tenant", "ok", issuer)


def _ends(add: Note, claims: t.Mapping[str, t.Any]) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, (int, float)) or not 1 <= expires < 1e11:
        add("expiry", "unknown", "The access token has no expiry time.")
        return
    minutes = int((expires - time.time()) / 60)
    words = (
        f"The access token expires in {minutes} minutes."
        if minutes >= 0
        else f"The access token expired {-minutes} minutes ago."
    )
    status = "failed" if minutes < 0 else "warning" if minutes < 5 else "ok"
    add("expiry", status, words, "" if status == "ok" else "Fetch a new one, or check this machine's clock.")
