"""Where the service is and in whose name it is called."""

from __future__ import annotations

import signal
import time
import typing as t
from types import SimpleNamespace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.transport import header_text
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.module import AzurePackModule
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
    azure_pack_access_token_info as sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in import settings as options
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.settings import (
    ARGUMENT_SPEC,
    NO_NAME,
    resolve,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.token_checks import (
    refuse_unusable,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError, SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.module import run
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.module import PartnerCenterModule

from .tokens import jwt

DEFAULTS = {name: option.get("default") for name, option in {**ARGUMENT_SPEC, **sign_in.SIGN_IN_SPEC}.items()}


def resolved(environ: t.Mapping[str, str] | None = None, **given: t.Any) -> options.Settings:
    given = {"access_token": jwt(), "endpoint": "wap.example", **given}
    given = {name: value for name, value in given.items() if value is not None}
    return resolve({**DEFAULTS, **given}, set(given), environ or {})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"endpoint": "wap.example"}, "https://wap.example:30004"),
        ({"endpoint": "wap.example", "api": "tenant"}, "https://wap.example:30005"),
        ({"endpoint": "WAP01:4443"}, "https://WAP01:4443"),
        ({"endpoint": "https://wap.example"}, "https://wap.example"),
        ({"endpoint": "https://wap.example:30004/"}, "https://wap.example:30004"),
        ({"endpoint": "[fd00::1]"}, "https://[fd00::1]:30004"),
        ({"endpoint": "[fd00::1]:1234"}, "https://[fd00::1]:1234"),
        ({"endpoint": "10.0.0.1"}, "https://10.0.0.1:30004"),
    ],
)
def test_endpoint(given: dict[str, str], url: str) -> None:
    assert resolved(**given).url == url


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://wap.example",
        "https://u:p@wap.example",
        "wap.example/users",
        "https://wap.example/users",
        "wap example",
        "fd00::1",
        "https://",
        "wap:0",
        "wap:99999",
        "wap:x",
        "https://wap.example?x=1",
        "a@b",
        "ftp://x",
        " ",
        "https://wap.example:99999",
        "[::1",
        "[abc]:30004",
        "wap]x",
        "exa\u2100mple",  # becomes "exaa/cmple" in the normal form of a host
        "https://[::1",
        "https://exa\u2100mple",
    ],
)
def test_bad_endpoints_are_refused(endpoint: str) -> None:
    with pytest.raises(OptionError) as refused:
        resolved(endpoint=endpoint)
    assert "endpoint" in refused.value.message
    with pytest.raises(OptionError) as refused:
        signing(endpoint=endpoint, username="admin", password="x")
    assert "endpoint" in refused.value.message


def test_the_task_beats_the_environment_and_everything_can_come_from_it() -> None:
    environ = {
        "AZURE_PACK_ENDPOINT": "other",
        "AZURE_PACK_API": "tenant",
        "AZURE_PACK_PRINCIPAL_ID": "Ann",
        "AZURE_PACK_TIMEOUT": "7",
        "AZURE_PACK_VALIDATE_CERTS": "no",
        "AZURE_PACK_MAX_WAIT": "9",
        "AZURE_PACK_ACCESS_TOKEN": jwt(),
        "AZURE_PACK_CLIENT_REQUEST_ID": "r",
        "AZURE_PACK_CLIENT_SESSION_ID": "s",
    }
    found = resolved(environ, endpoint=None, access_token=None)
    assert (found.url, found.principal_id, found.timeout, found.verify, found.max_wait) == (
        "https://other:30005",
        "Ann",
        7,
        False,
        9,
    )
    assert (found.client_request_id, found.client_session_id, found.realm) == (
        "r",
        "s",
        "http://azureservices/TenantSite",
    )
    assert resolved(environ, endpoint="mine", api="admin").url == "https://mine:30004"


def test_all_problems_at_once() -> None:
    with pytest.raises(OptionError) as refused:
        resolved(
            {"AZURE_PACK_API": "both"},
            endpoint=None,
            access_token=None,
            principal_id="a\nb",
            client_request_id="a b",
            timeout=0,
            max_wait=-1,
            ca_path="/no",
        )
    assert len(refused.value.problems) == 8


@pytest.mark.parametrize("token", ["a b", "tok\nen", "tökén"])
def test_a_damaged_token_is_refused(token: str) -> None:
    with pytest.raises(OptionError) as refused:
        resolved(access_token=token)
    assert token not in refused.value.message


def test_the_principal() -> None:
    assert resolved(access_token="opaque").principal_id == NO_NAME
    assert resolved(access_token=jwt(upn="ann@x", name="Ann")).principal_id == "ann@x"
    assert resolved(access_token=jwt(name=" ", unique_name="WAP\\Ann")).principal_id == "WAP\\Ann"
    assert resolved(access_token=jwt(upn="ann@x"), principal_id="ben@x").principal_id == "ben@x"
    # A name in a token may not bring another header with it.
    assert resolved(access_token=jwt(upn="ann\r\nX: y")).principal_id == "annX: y"
    assert header_text("WAP01\\Jürgen 100%") == "WAP01\\J%C3%BCrgen 100%25"


def test_ids_are_new_unless_given() -> None:
    first, second = resolved(), resolved()
    assert first.client_request_id != second.client_request_id and first.client_session_id != second.client_session_id


def test_an_expired_token_is_not_sent() -> None:
    with pytest.raises(SignInError) as refused:
        refuse_unusable(resolved(access_token=jwt(exp=1)))
    assert "expired at 1970-01-01T00:00:01Z" in refused.value.message
    refuse_unusable(resolved(access_token=jwt(exp=time.time() + 100)))
    refuse_unusable(resolved(access_token="opaque"))


# Signing in


def signing(environ: t.Mapping[str, str] | None = None, **given: t.Any) -> sign_in.SignIn | Secret:
    return sign_in.resolve({**DEFAULTS, **given}, set(given), environ or {})


WHO = {"username": "ann", "password": "pass word"}


@pytest.mark.parametrize(
    ("given", "url", "realm"),
    [
        ({"issuer_url": "wap.example"}, "https://wap.example:30071/wstrust/issue/usernamemixed", "TenantSite"),
        ({"endpoint": "wap.example:30004"}, "https://wap.example:30071/wstrust/issue/usernamemixed", "TenantSite"),
        ({"endpoint": "https://[fd00::1]"}, "https://[fd00::1]:30071/wstrust/issue/usernamemixed", "TenantSite"),
        (
            {"issuer": "adfs", "issuer_url": "sts.example"},
            "https://sts.example:443/adfs/services/trust/13/usernamemixed",
            "AdminSite",
        ),
        (
            {"issuer": "adfs", "issuer_url": "sts.example", "api": "tenant"},
            "https://sts.example:443/adfs/services/trust/13/usernamemixed",
            "TenantSite",
        ),
        (
            {"issuer": "adfs", "issuer_url": "https://sts.example"},
            "https://sts.example/adfs/services/trust/13/usernamemixed",
            "AdminSite",
        ),
        (
            {"issuer": "adfs", "issuer_url": "https://sts.example/other/path"},
            "https://sts.example/other/path",
            "AdminSite",
        ),
    ],
)
def test_who_gives_out_the_token(given: dict[str, str], url: str, realm: str) -> None:
    made = signing(**WHO, **given)
    assert isinstance(made, sign_in.SignIn) and made.url == url and made.realm == f"http://azureservices/{realm}"


def test_problems_of_signing_in_at_once() -> None:
    with pytest.raises(OptionError) as refused:
        signing(issuer="adfs", password="pass\x00word", realm="\x01", issuer_url="http://x")
    assert len(refused.value.problems) == 4 and "pass\x00word" not in refused.value.message


def test_a_token_that_is_there_already() -> None:
    token = jwt()
    assert signing(access_token=token) == Secret(token)
    assert signing(
        {"AZURE_PACK_ACCESS_TOKEN": token, "AZURE_PACK_USERNAME": "ann", "AZURE_PACK_PASSWORD": "x"}
    ) == Secret(token)
    # What the task says counts more than what the environment says.
    assert isinstance(signing({"AZURE_PACK_ACCESS_TOKEN": token}, **WHO, issuer_url="x"), sign_in.SignIn)


@pytest.mark.parametrize(
    ("kind", "words"), [(AzurePackModule, "accepted deletions continue"), (PartnerCenterModule, "credentials file")]
)
def test_what_an_interruption_leaves_behind(kind: t.Any, words: str) -> None:
    told: list[str] = []
    before = signal.getsignal(signal.SIGTERM)
    module = kind.__new__(kind)
    module.no_log, module.secrets, module.fail_json, module.exit_json = (
        True,
        Secrets(),
        lambda **result: told.append(result["msg"]),
        lambda **_result: None,
    )

    def body(_module: t.Any) -> dict[str, t.Any]:
        raise KeyboardInterrupt

    run(SimpleNamespace(module=lambda: module, body=body))
    assert words in told[0] and signal.getsignal(signal.SIGTERM) == before
