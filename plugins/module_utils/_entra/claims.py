# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an access token says about itself, for early and friendly errors only.

A client is told to treat access tokens as opaque, so a token that cannot be read is not an error: then the API decides.
Source: Microsoft Entra documentation, "Access token claims reference".
"""

from __future__ import annotations

import time
import typing as t

from .._common.errors import SignInError
from .._common.identifiers import guid_key, upn_key
from .._common.token_claims import read_claims, utc

RETIRED_AUDIENCE = "https://graph.windows.net"


def is_app_only(claims: t.Mapping[str, t.Any]) -> bool:
    """Whether the token stands for an application alone; False when the claims do not tell."""
    if claims.get("idtyp"):
        return bool(claims["idtyp"] == "app")
    if claims.get("scp"):
        return False
    return bool(claims.get("oid")) and claims.get("oid") == claims.get("sub")


def refuse_unusable(token: str, *, operation: str, app_only_allowed: bool) -> None:
    """Stop before the first request when the API would certainly refuse this token.

    :param operation: what is about to be done, for the message.
    :raises SignInError:
    """
    claims = read_claims(token)
    if str(claims.get("aud", "")).rstrip("/") == RETIRED_AUDIENCE:
        raise SignInError(
            f"The access token is for {RETIRED_AUDIENCE}, an audience that Partner Center retired (it returns HTTP "
            "401, code 900420). Use the scope https://api.partnercenter.microsoft.com/user_impersonation.",
            error_class="audience",
        )
    expires = claims.get("exp")
    if isinstance(expires, (int, float)) and expires <= time.time():
        raise SignInError(
            f"The access token expired at {utc(expires)}. Fetch a new one, or configure a refresh token.",
            error_class="expired_access_token",
        )
    if not app_only_allowed and is_app_only(claims):
        raise SignInError(
            f"{operation} needs App+User authentication (a refresh token that a service account obtained with MFA); "
            "the token is app-only. Only customer_info accepts app-only tokens.",
            error_class="app_only",
        )


def actor(token: str) -> dict[str, str | None]:
    """Who holds this token, for a record: name, object id, application and tenant; None for what it does not tell."""
    claims = read_claims(token)

    def said(*names: str) -> str | None:
        return next((str(claims[name]) for name in names if claims.get(name)), None)

    return {
        "user_principal_name": None if is_app_only(claims) else said("upn", "unique_name", "preferred_username"),
        "object_id": said("oid"),
        "application_id": said("appid", "azp"),
        "tenant_id": said("tid"),
    }


def acting_identity(token: str) -> frozenset[str]:
    """Object id and name of whoever holds this token, as far as the token tells."""
    claims = read_claims(token)
    ids = {guid_key(claims[name]) for name in ("oid", "sub") if claims.get(name)}
    names = {upn_key(str(claims[name])) for name in ("upn", "unique_name", "preferred_username") if claims.get(name)}
    return frozenset(ids | names)
