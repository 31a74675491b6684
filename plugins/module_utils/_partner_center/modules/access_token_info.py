# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``access_token_info`` to its result."""

from __future__ import annotations

import typing as t

from ..._common.definition import Definition
from ..._common.token_claims import read_claims, second
from ..._common.waits import WaitBudget
from ..._entra.claims import is_app_only
from ..._entra.given_token import tokens_of
from ..module import PartnerCenterModule, PartnerCenterTask


def sign_in(module: PartnerCenterTask) -> dict[str, t.Any]:
    """The result of ``access_token_info``. :raises CollectionError:"""
    settings = module.settings()
    budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
    source = tokens_of(settings, module.secrets, budget, operation="Signing in", app_only_allowed=True)
    token = source.get()
    module.reveal("access_token", token)
    claims = read_claims(token)
    methods = claims.get("amr")
    return {
        "access_token": token,
        "expires_on": second(claims.get("exp")) or second(source.expires_on),
        "kind": ("app" if is_app_only(claims) else "user") if claims else "unknown",
        "mfa": "mfa" in methods if isinstance(methods, list) else None,
        "user_principal_name": claims.get("upn") or claims.get("unique_name"),
        "tenant_id": claims.get("tid") or settings.tenant_id,
    }


DEFINITION = Definition(PartnerCenterModule, {}, sign_in)
