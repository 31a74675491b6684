"""Tokens that cannot be the right ones are told before the first request; tokens that do not tell are left to the
service."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.settings import (
    NO_NAME,
    Settings,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.token_checks import (
    protected,
    refuse_others,
    refuse_unusable,
    served,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError, SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret

from .tokens import jwt

ADMIN, TENANT = "http://azureservices/AdminSite", "http://azureservices/TenantSite"
ANN, BEN = "ann@x.example", "ben@x.example"


def with_token(api: str, principal: str = ANN, text: str | None = None, **claims: t.Any) -> Settings:
    return Settings(
        "https://wap.example:30004", api, Secret(text or jwt(**claims)), principal, "request", "session", True, 30, 60
    )


NOW = time.time()
REFUSED = [
    ("admin", {"aud": TENANT}, "wrong_audience"),
    ("admin", {"aud": [TENANT, "https://graph.microsoft.com"]}, "wrong_audience"),
    ("admin", {"aud": "https://api.partnercenter.microsoft.com"}, "wrong_audience"),
    ("tenant", {"aud": "https://graph.microsoft.com"}, "wrong_audience"),
    ("admin", {"aud": ADMIN, "exp": NOW - 1}, "token_expired"),
    ("admin", {"exp": 1.5}, "token_expired"),
    ("admin", {"aud": ADMIN, "nbf": NOW + 100_000, "exp": NOW + 200_000}, "token_not_yet_valid"),
    ("tenant", {"aud": TENANT, "upn": BEN}, "wrong_principal"),
    ("tenant", {"upn": BEN}, "wrong_principal"),
]
TAKEN = [
    ("admin", {"aud": ADMIN}),
    ("admin", {"aud": ADMIN.upper() + "/"}),
    ("admin", {"aud": ["x", ADMIN]}),
    ("admin", {"aud": ADMIN, "upn": BEN}),
    ("admin", {}),
    ("admin", {"aud": 5}),
    ("admin", {"aud": [None, 5]}),
    ("admin", {"aud": ADMIN, "exp": "soon", "nbf": True}),
    ("admin", {"aud": ADMIN, "exp": 10**400}),
    ("admin", {"aud": ADMIN, "nbf": NOW + 60}),
    ("tenant", {"aud": TENANT, "upn": ANN.upper()}),
    ("tenant", {"aud": TENANT}),
    # An administrator acts for the user that principal_id names.
    ("tenant", {"aud": ADMIN, "upn": BEN}),
]


@pytest.mark.parametrize(("api", "claims", "reason"), REFUSED)
def test_refused(api: str, claims: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(SignInError) as error:
        refuse_unusable(with_token(api, **claims))
    assert error.value.details["reason"] == reason and error.value.details["error_class"]


@pytest.mark.parametrize(("api", "claims"), TAKEN)
def test_taken(api: str, claims: dict[str, t.Any]) -> None:
    refuse_unusable(with_token(api, **claims))


@pytest.mark.parametrize("text", ["opaque", "a.b.c", "..", "a.bm9uZQ.c"])
def test_what_cannot_be_read_is_left_to_the_service(text: str) -> None:
    for api in ("admin", "tenant"):
        refuse_unusable(with_token(api, text=text))


def test_whom_the_tenant_api_serves() -> None:
    for principal, names, refused in (
        (ANN, [ANN, ANN.upper()], False),
        (ANN, [ANN, BEN], True),
        (NO_NAME, [ANN, BEN], False),
    ):
        settings = with_token("tenant", principal)
        assert served(settings) == (None if principal == NO_NAME else ANN)
        if not refused:
            refuse_others(settings, names)
            continue
        with pytest.raises(OptionError) as error:
            refuse_others(settings, names)
        assert error.value.details["reason"] == "wrong_principal"
    refuse_others(with_token("admin"), [ANN, BEN])


def test_who_is_protected() -> None:
    assert protected(with_token("admin", upn=BEN)) == BEN and protected(with_token("admin")) is None
    assert protected(with_token("tenant", upn=BEN)) is None
