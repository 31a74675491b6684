"""A token is handed on only if the answer, and the token in it, are for what was asked for: this realm, this person,
this request, this time."""

from __future__ import annotations

import base64
import time
import typing as t
from datetime import datetime, timezone

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
    azure_pack_access_token_info as sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.issued import (
    refuse_other_token,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets

from .issuers import TRUST
from .service import Response
from .tokens import jwt

REALM, OTHER = "http://azureservices/TenantSite", "http://azureservices/AdminSite"
ID = "6dc4b5b8-6f0a-4b7e-9d3c-0a51b4e8f001"
ANN = "ann@x.example"


def at(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() + seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def answer(
    token: str,
    applies: str | None = None,
    created: float | None = None,
    expires: float | None = None,
    relates: str | None = None,
) -> bytes:
    """As an issuer gives it; what is None is left out."""
    parts = (
        ""
        if applies is None
        else f"<AppliesTo><EndpointReference><Address>{applies}</Address></EndpointReference></AppliesTo>"
    )
    times = "".join(
        f"<{name}>{at(value)}</{name}>"
        for name, value in (("Created", created), ("Expires", expires))
        if value is not None
    )
    parts += f"<Lifetime>{times}</Lifetime>" if times else ""
    header = "" if relates is None else f"<RelatesTo>{relates}</RelatesTo>"
    inner = base64.b64encode(token.encode()).decode()
    return (
        f"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header>{header}</s:Header><s:Body>"
        f"<t:RequestSecurityTokenResponseCollection xmlns:t='{TRUST}'><t:RequestSecurityTokenResponse>{parts}"
        f"<t:RequestedSecurityToken>{inner}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>"
        "</s:Body></s:Envelope>"
    ).encode()


def check(claims: dict[str, t.Any] | None = None, username: str | None = ANN, **parts: t.Any) -> None:
    token = jwt(**(claims or {}))
    refuse_other_token(answer(token, **parts), token, message_id=ID, realm=REALM, username=username)


GOOD: list[dict[str, t.Any]] = [
    {},
    {"applies": REALM, "created": -1, "expires": 28800, "relates": f"urn:uuid:{ID.upper()}"},
    {"applies": REALM.upper() + "/", "relates": ID},
    {"claims": {"aud": [REALM, "x"], "upn": ANN.upper(), "exp": time.time() + 100_000}},
    {"claims": {"upn": "ben@x.example"}, "username": None},
    {"created": 200},
]
BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"applies": OTHER}, "wrong_audience"),
    ({"claims": {"aud": OTHER}}, "wrong_audience"),
    ({"applies": REALM, "claims": {"aud": [OTHER]}}, "wrong_audience"),
    ({"expires": -5}, "token_expired"),
    ({"claims": {"exp": time.time() - 5}, "expires": 100}, "token_expired"),
    ({"created": 3600, "expires": 7200}, "token_not_yet_valid"),
    ({"claims": {"nbf": time.time() + 100_000}}, "token_not_yet_valid"),
    ({"claims": {"upn": "ben@x.example"}}, "wrong_principal"),
    ({"relates": "urn:uuid:00000000-0000-4000-8000-000000000000"}, "answer_about_another"),
]


@pytest.mark.parametrize("parts", GOOD)
def test_what_was_asked_for_is_taken(parts: dict[str, t.Any]) -> None:
    check(**parts)


@pytest.mark.parametrize(("parts", "reason"), BAD)
def test_what_was_not_asked_for_is_not_handed_on(parts: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(SignInError) as error:
        check(**parts)
    assert error.value.details["reason"] == reason


def test_the_sign_in_checks_what_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        def request(self, *_request: t.Any, **_options: t.Any) -> Response:
            return Response(200, answer(jwt(upn="ben@x.example"), applies=REALM))

    monkeypatch.setattr(http, "session", lambda *_arguments, **_options: Session())
    for issuer in ("membership", "adfs"):
        wanted = sign_in.SignIn("https://x/y", REALM, ANN, Secret("password"), True, 5, 0, {}, issuer)
        if issuer == "adfs":
            assert sign_in.fetch(wanted, Secrets()) == jwt(upn="ben@x.example")
            continue
        with pytest.raises(SignInError) as error:
            sign_in.fetch(wanted, Secrets())
        assert error.value.details["reason"] == "wrong_principal"
