# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether an answer with a token is the answer to our request: a token for something else, for somebody else, or for
another time is not handed on.

Sources: OASIS WS-Trust 1.3 (``AppliesTo`` and ``Lifetime`` of a response say what was really issued), W3C
WS-Addressing 1.0 (``RelatesTo``).
"""

from __future__ import annotations

import time
import typing as t
from datetime import datetime, timezone

from ..._common.errors import SignInError
from ..._common.identifiers import guid_key
from ..._common.token_claims import read_claims
from ..identifiers import name_key
from ..model.accounts import moment
from ..xml_reading import NotXml, path, read_xml, text_of
from .settings import name_in
from .token_checks import refuse_audience, refuse_out_of_time


def refuse_other_token(
    content: bytes, token: str, *, message_id: str, realm: str, username: str | None, now: float | None = None
) -> None:
    """Check a response and the token in it against what was asked for. What they do not say is not missed.

    :param username: whom the token has to name if it names anybody; None where a user name and the name in a token
        may differ.
    :raises SignInError: it is not what was asked for, with ``reason``.
    """
    now = time.time() if now is None else now
    try:
        root = read_xml(content)
    except NotXml:
        return
    relates = text_of(path(root, "Header", "RelatesTo"))
    if relates and guid_key(relates) not in (guid_key(message_id), guid_key(f"urn:uuid:{message_id}")):
        raise SignInError(
            "The response of the issuer is to another request than the one that was sent, so the token may belong to "
            "another user. It was not used. Check for a proxy that mixes up responses.",
            error_class="wrong_access_token",
            reason="answer_about_another",
        )
    response = path(root, "Body", "RequestSecurityTokenResponseCollection", "RequestSecurityTokenResponse")
    response = path(root, "Body", "RequestSecurityTokenResponse") if response is None else response
    about = text_of(path(response, "AppliesTo", "EndpointReference", "Address"))
    claims = read_claims(token)
    advice = f"It was requested for {realm}. Check realm, and the relying party trust at the issuer."
    for audience in ({"aud": about}, claims):
        refuse_audience(audience, (realm,), advice)
    lifetime = {
        "nbf": _seconds(text_of(path(response, "Lifetime", "Created"))),
        "exp": _seconds(text_of(path(response, "Lifetime", "Expires"))),
    }
    for times in (lifetime, claims):
        refuse_out_of_time(times, now)
    named = name_in(claims)
    if username is not None and named is not None and name_key(named) != name_key(username):
        raise SignInError(
            f"{username} signed in, and the token is for {named}. It was not used. Check for a proxy that mixes up "
            "responses.",
            error_class="wrong_access_token",
            reason="wrong_principal",
        )


def _seconds(text: str) -> t.Any:
    found: datetime | None = moment(text)
    return None if found is None else found.replace(tzinfo=timezone.utc).timestamp()
