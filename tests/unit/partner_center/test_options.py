"""Where options come from, and what combinations are refused before anything is sent."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.option_secrets import register
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import (
    ARGUMENT_SPEC,
    VARIABLES,
    Settings,
    resolve,
)
from support.refused import about

TENANT = "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10"
CLIENT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
OTHER = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b0f"
DEFAULTS = {name: option.get("default") for name, option in ARGUMENT_SPEC.items()}


def made(environ: dict[str, str] | None = None, **options: t.Any) -> Settings:
    return resolve({**DEFAULTS, **options}, list(options), environ or {})


def problems(environ: dict[str, str] | None = None, **options: t.Any) -> str:
    with pytest.raises(OptionError) as caught:
        made(environ, **options)
    return caught.value.message


def wrong(environ: dict[str, str] | None = None, **options: t.Any) -> list[tuple[str | None, str | None]]:
    """Option and reason of every problem."""
    with pytest.raises(OptionError) as caught:
        made(environ, **options)
    return about(caught.value.problems)


FULL = {"tenant_id": TENANT, "client_id": CLIENT, "client_secret": "s3cret", "refresh_token": "token"}


def test_a_complete_sign_in() -> None:
    settings = made(**FULL)
    assert settings.auth_method == "refresh_token" and settings.authority_host == "https://login.microsoftonline.com"
    assert (
        settings.api_url == "https://api.partnercenter.microsoft.com"
        and settings.verify is True
        and settings.max_wait == 120
    )


def test_nothing_at_all() -> None:
    assert "PARTNER_CENTER_REFRESH_TOKEN" in problems() and wrong() == [(None, "sign_in_missing")]


@pytest.mark.parametrize("missing", ["tenant_id", "client_id"])
def test_what_is_missing_is_named(missing: str) -> None:
    options = {name: value for name, value in FULL.items() if name != missing}
    assert wrong(**options) == [(missing, "option_missing")]
    assert f"PARTNER_CENTER_{missing.upper()}" in problems(**options)


def test_everything_wrong_is_said_at_once() -> None:
    found = wrong(auth_method="refresh_token", client_id="x", api_url="http://x", timeout=0, ca_path="/nowhere")
    assert set(found) == {
        ("tenant_id", "option_missing"),
        ("client_id", "not_a_guid"),
        ("api_url", "not_a_url"),
        ("timeout", "out_of_range"),
        (None, "file_missing"),
        ("refresh_token", "option_missing"),
    }


def test_environment_order() -> None:
    environ = {"AZURE_TENANT": "a.example", "AZURE_TENANT_ID": "b.example", "PARTNER_CENTER_TENANT_ID": "c.example"}
    options = {name: value for name, value in FULL.items() if name != "tenant_id"}
    assert made(environ, **options).tenant_id == "c.example"
    del environ["PARTNER_CENTER_TENANT_ID"]
    assert made(environ, **options).tenant_id == "b.example"
    assert made(environ, **FULL).tenant_id == TENANT


def test_families_are_not_mixed() -> None:
    environ = {
        "AZURE_CLIENT_ID": OTHER,
        "AZURE_CLIENT_SECRET": "theirs",
        "PARTNER_CENTER_REFRESH_TOKEN": "t",
        "PARTNER_CENTER_TENANT_ID": TENANT,
    }
    theirs = made(environ)
    assert theirs.client_id == OTHER and theirs.client_secret and theirs.client_secret.reveal() == "theirs"
    ours = made({**environ, "PARTNER_CENTER_CLIENT_ID": CLIENT})
    assert ours.client_id == CLIENT and ours.client_secret is None, "a secret of another application is not sent"
    assert made(environ, client_id=CLIENT).client_secret is None


def test_what_the_task_says_beats_what_the_environment_has() -> None:
    environ = {"PARTNER_CENTER_ACCESS_TOKEN": "env-token"}
    assert made(environ, **FULL).auth_method == "refresh_token"
    assert made(environ).auth_method == "access_token"
    assert made(environ, **FULL, access_token="mine").access_token.reveal() == "mine"  # type: ignore[union-attr]


def test_credentials_exclude_each_other_only_where_both_are_meant(tmp_path: t.Any) -> None:
    pfx = tmp_path / "x.pfx"
    pfx.touch()
    assert wrong(**FULL, client_certificate_path=str(pfx)) == [(None, "contradiction")]
    environ = {"PARTNER_CENTER_CLIENT_CERTIFICATE_PATH": str(pfx), "PARTNER_CENTER_CLIENT_SECRET": "s3cret"}
    options = {name: value for name, value in FULL.items() if name != "client_secret"}
    assert made(environ, **options).client_certificate_path == str(pfx)
    assert made(environ, **FULL).client_certificate_path is None
    assert wrong(**options, client_certificate_path="/nowhere/x.pfx") == [(None, "file_missing")]


def test_refresh_token_file(tmp_path: t.Any) -> None:
    path = tmp_path / "token"
    path.write_text("from-file\n")
    path.chmod(0o600)
    options = {name: value for name, value in FULL.items() if name != "refresh_token"}
    settings = made(**options, refresh_token_file=str(path))
    assert settings.refresh_token and settings.refresh_token.reveal() == "from-file" and settings.warnings == ()
    path.chmod(0o644)
    assert "chmod 600" in made(**options, refresh_token_file=str(path)).warnings[0]
    assert wrong(**FULL, refresh_token_file=str(path)) == [("refresh_token_file", "contradiction")]
    path.write_text("<<Omit>>\n")
    assert "omit_left_over" in [reason for _option, reason in wrong(**options, refresh_token_file=str(path))]
    path.write_text(" \n")
    assert wrong(**options, refresh_token_file=str(path)) == [("refresh_token_file", "file_empty")]
    assert wrong(**options, refresh_token_file=str(tmp_path / "none")) == [(None, "file_missing")]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("authority_host", f"https://login.example/{TENANT}", "not_a_url"),
        ("authority_host", "login.example", "not_a_url"),
        ("api_url", "http://api.example", "not_a_url"),
        ("api_url", "https://user:pw@api.example", "not_a_url"),
        ("api_url", "https://api.example/v1/customers", "not_a_url"),
        ("api_url", "https://api.example:99999", "not_a_url"),
        ("tenant_id", "not a tenant", "not_a_guid"),
        ("client_id", "my-app", "not_a_guid"),
        ("client_secret", "two words", "token_white_space"),
        ("refresh_token", "cut\noff", "token_white_space"),
        ("max_wait", -1, "out_of_range"),
    ],
)
def test_malformed(name: str, value: t.Any, reason: str) -> None:
    assert reason in [found for _option, found in wrong(**{**FULL, name: value})]
    assert name in problems(**{**FULL, name: value})


def test_harmless_forms_of_a_url() -> None:
    assert made(**FULL, api_url="https://api.example:444/v1/").api_url == "https://api.example:444"
    assert made(**FULL, authority_host="https://login.example/").authority_host == "https://login.example"


def test_ca_and_no_check_contradict(tmp_path: t.Any) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    assert wrong(**FULL, ca_path=str(ca), validate_certs=False) == [("ca_path", "contradiction")]
    assert made({"PARTNER_CENTER_CA_PATH": str(ca)}, **FULL, validate_certs=False).verify is False
    assert made({"PARTNER_CENTER_CA_PATH": str(ca)}, **FULL).verify == str(ca)
    assert wrong({"PARTNER_CENTER_VALIDATE_CERTS": "perhaps"}, **FULL) == [("validate_certs", "not_a_boolean")]


def test_clouds() -> None:
    china = made(**FULL, cloud_environment="AzureChinaCloud")
    assert (china.authority_host, china.api_url) == (
        "https://login.partner.microsoftonline.cn",
        "https://partner.partnercenterapi.microsoftonline.cn",
    )
    assert "AzureGermanCloud" in problems({"AZURE_CLOUD_ENVIRONMENT": "AzureGermanCloud"}, **FULL)


def test_secrets_that_lost_are_known_too() -> None:
    environ = {"PARTNER_CENTER_REFRESH_TOKEN": "lost-token", "AZURE_SECRET": "lost-secret"}
    known: list[str] = []
    register(Secrets(known.append), {**DEFAULTS, **FULL}, ARGUMENT_SPEC, environ, VARIABLES)
    assert {"lost-token", "lost-secret", "s3cret", "token"} == set(known)
