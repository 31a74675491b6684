# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a token says about itself, and whether it can be the right one here: told before the first request, where the
token shows it.

A token that cannot be read here may be good all the same; the service decides. Source: Get-MgmtSvcToken, parameter
ClientRealm; RFC 7519 for ``aud``, ``exp`` and ``nbf``. Who issues a token, and in which claim it names its owner,
is documented nowhere.
"""

from __future__ import annotations

import time
import typing as t

from ..._common.errors import OptionError, SignInError
from ..._common.token_claims import read_claims, utc
from ..identifiers import name_key
from .settings import NO_NAME, REALMS, Settings, name_in

SKEW = 300
"""Seconds that two clocks may differ by."""
_NEW = "Get a new one with Get-MgmtSvcToken or azure_pack_access_token_info."


def refuse_unusable(settings: Settings) -> None:
    """Stop before the first request when the token certainly cannot be used. :raises SignInError:"""
    claims = read_claims(settings.access_token.reveal())
    refuse_out_of_time(claims)
    # The tenant API takes an administrator's token, too: it then acts for the user in principal_id.
    wanted = (REALMS["admin"],) if settings.api == "admin" else (REALMS["tenant"], REALMS["admin"])
    refuse_audience(
        claims, wanted, f"The API on this port (api: {settings.api}) expects one for {settings.realm}. {_NEW}"
    )
    named = name_in(claims)
    if (
        settings.api == "tenant"
        and named
        and not _for(claims, REALMS["admin"])
        and name_key(named) != name_key(settings.principal_id)
    ):
        raise SignInError(
            f"The access token is for {named}, and principal_id is {settings.principal_id}: a tenant's token serves "
            "only its own user. Nothing was sent. Remove principal_id, or use that user's token.",
            error_class="wrong_access_token",
            reason="wrong_principal",
        )


def refuse_out_of_time(claims: t.Mapping[str, t.Any], now: float | None = None) -> None:
    """Stop when a token has ended, or is not good yet. :raises SignInError:"""
    now = time.time() if now is None else now
    expires, begins = _number(claims.get("exp")), _number(claims.get("nbf"))
    if expires is not None and expires <= now:
        raise SignInError(
            f"The access token expired at {utc(expires)}. It was not sent. {_NEW}",
            error_class="expired_access_token",
            reason="token_expired",
        )
    if begins is not None and begins > now + SKEW:
        raise SignInError(
            f"The access token is not valid before {utc(begins)}, and the clock of this machine says {utc(now)}. It "
            "was not sent. Correct the clock, or get a new token.",
            error_class="wrong_access_token",
            reason="token_not_yet_valid",
        )


def refuse_audience(claims: t.Mapping[str, t.Any], wanted: t.Sequence[str], advice: str) -> None:
    """Stop when a token says that it is for something else. :raises SignInError:"""
    if _audiences(claims) and not any(_for(claims, realm) for realm in wanted):
        raise SignInError(
            f"The access token is for {', '.join(_audiences(claims))}. {advice} It was not sent.",
            error_class="wrong_access_token",
            reason="wrong_audience",
        )


def refuse_others(settings: Settings, names: t.Iterable[str]) -> None:
    """Stop when users are declared whom the tenant API will not speak about. :raises OptionError:"""
    only = served(settings)
    others = [name for name in names if only is not None and name_key(name) != only]
    if others:
        shown = ", ".join(others[:5]) + (" and more" if len(others) > 5 else "")
        raise OptionError(
            [
                f"The tenant API serves only {settings.principal_id}, the user of the token or of principal_id, not "
                f"{shown}. Use the admin API for others, or set principal_id with an administrator's token."
            ],
            reason="wrong_principal",
        )


def served(settings: Settings) -> str | None:
    """The only user that the tenant API speaks about (in normal form); None on the admin API, and where nobody is
    named."""
    return None if settings.api == "admin" or settings.principal_id == NO_NAME else name_key(settings.principal_id)


def protected(settings: Settings) -> str | None:
    """Who is signed in on the admin API, if the token tells. On the tenant API it is the only user that can be meant,
    and may be."""
    return name_in(read_claims(settings.access_token.reveal())) if settings.api == "admin" else None


def _for(claims: t.Mapping[str, t.Any], realm: str) -> bool:
    return realm.rstrip("/").lower() in (each.rstrip("/").lower() for each in _audiences(claims))


def _audiences(claims: t.Mapping[str, t.Any]) -> list[str]:
    found = claims.get("aud")
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str) and each.strip()]


def _number(claim: t.Any) -> float | None:
    return claim if isinstance(claim, (int, float)) and not isinstance(claim, bool) else None
