"""What is around a token is refused before anything is sent, wherever the token comes from, and no part of it is in the message; real ones pass."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in import settings as azure_pack
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError, SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.token_shapes import misplaced, wrapping
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import assertion as assertions
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as options
from hypothesis import given
from hypothesis import strategies as st

ENTRA = "0.AXoAO-Qn1kSbZEqLwC1b9Zr3hF8NbXq_9xtGj3kYpO1hTzZ6AAA." + "AgABAAEAAADnfolhJpSnRYB1SVj-Hgd8AgDs_wUA9P-" * 12
WRAPPED = {
    '"{}"': "in_quotes",
    "'{}'": "in_quotes",
    "\u201c{}\u201d": "in_quotes",
    '{}"': "in_quotes",
    "PARTNER_CENTER_REFRESH_TOKEN={}": "assignment",
    "export TOKEN={}": "assignment",
    'refresh_token: "{}"': "in_quotes",
    "refresh_token: {}": "assignment",
    "--refresh-token={}": "assignment",
    "Bearer {}": "bearer",
    "Authorization: Bearer {}": "assignment|bearer",
    '{{"refresh_token": "{}"}}': "json",
    '["{}"]': "json",
    "{{{{ token_{} }}}}": "template_left_over",
    "{}%3D%3D": "percent_encoded",
    "{}...": "cut_off",
    "{}…": "cut_off",
}


def jwt(signature: str = "s" * 342, **claims: t.Any) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)
    ]
    return ".".join([*parts, signature])


def resolved(environ: dict[str, str] | None = None, **given: t.Any) -> OptionError:
    params = {name: option.get("default") for name, option in options.ARGUMENT_SPEC.items()}
    base = {"tenant_id": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10", "client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"}
    with pytest.raises(OptionError) as caught:
        options.resolve({**params, **base, **given}, [*base, *given], environ or {})
    return caught.value


@pytest.mark.parametrize(("form", "word"), WRAPPED.items())
@pytest.mark.parametrize("token", ["emulator-refresh-token", ENTRA])
def test_what_is_around_a_token_is_refused_from_everywhere(form: str, word: str, token: str, tmp_path) -> None:
    text = form.format(token)
    path = tmp_path / "token"
    path.write_text(text + "\n")
    path.chmod(0o600)
    errors = [
        resolved(refresh_token=text),
        resolved({"PARTNER_CENTER_REFRESH_TOKEN": text}),
        resolved(refresh_token_file=str(path)),
        resolved(access_token=text),
        resolved({"PARTNER_CENTER_ACCESS_TOKEN": text}),
        resolved(refresh_token="fine-token", client_assertion=text),
    ]
    with pytest.raises(OptionError) as caught:
        azure_pack.resolve(
            {
                **{name: option.get("default") for name, option in azure_pack.ARGUMENT_SPEC.items()},
                "endpoint": "wap.example",
                "access_token": text,
            },
            ["endpoint", "access_token"],
            {},
        )
    for error in (*errors, caught.value):
        assert error.details["reason"] in [f"token_{one}" for one in word.split("|")], error.message
        assert (
            token[:12] not in error.message
            and token[-12:] not in error.message
            and "".join(error.problems).count(token[5:15]) == 0
        )
    assertion = options.resolve(
        {
            **{name: option.get("default") for name, option in options.ARGUMENT_SPEC.items()},
            "tenant_id": "contoso.example",
            "client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01",
            "refresh_token": "fine",
            "client_assertion_file": str(path),
        },
        ["tenant_id", "client_id", "refresh_token", "client_assertion_file"],
        {},
    )
    with pytest.raises(SignInError) as refused:
        assertions.AssertionSource(assertion, Secrets()).fetch()
    assert refused.value.details["error_class"] == "assertion_source" and token[5:15] not in refused.value.message


@pytest.mark.parametrize("text", ["line\nbreak", "two tokens", "tab\there"])
def test_white_space_inside_has_a_word(text: str, tmp_path) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    assert (
        resolved(refresh_token=text).details["reason"]
        == "token_white_space"
        == resolved(refresh_token_file=str(path)).details["reason"]
    )


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("refresh_token", jwt(aud="00000003", tid="x"), "is_access_token"),
        ("access_token", ENTRA, "is_refresh_token"),
        ("access_token", jwt(aud="x")[:40], "cut_off"),
        ("access_token", jwt(aud="x" * 50)[:90], "cut_off"),
        ("access_token", jwt(aud="x")[:-300], "cut_off"),
        ("client_assertion", jwt(aud="x").rpartition(".")[0], "cut_off"),
    ],
)
def test_another_token_or_a_part_of_one_is_refused(name: str, text: str, word: str) -> None:
    more = {"refresh_token": "fine-token"} if name == "client_assertion" else {}
    error = resolved(**more, **{name: text})
    assert error.details["reason"] == f"token_{word}" and text[:12] not in error.message


@pytest.mark.parametrize(
    "token",
    [
        "emulator-refresh-token",
        ENTRA,
        "1." + ENTRA[2:],
        "AQABAAAAAADnfolhJpSnRYB1SVj-Hgd8",
        "M.C5xx_BAY.0.U.-Cg!*$ab",
        "EwBYA8l6BAAUO9chh8cJscQLmU+LSWpbnr0vmwwAAQ9mJ/w==",
        "ya29=",
        "t=EwBYA8l6BAAUO9chh8cJscQLmU",
        "eyJhbGciOiJub25lIn0.e30.a.b.c",
    ],
)
def test_tokens_are_opaque(token: str) -> None:
    assert wrapping(token) is None and misplaced("refresh_token", token) is None


def test_a_whole_web_token_passes_where_it_belongs() -> None:
    for name in ("access_token", "client_assertion"):
        assert misplaced(name, jwt(aud="x", exp=1)) is None
    assert (
        misplaced("access_token", jwt("signature", aud="x").replace("eyJhbGciOiAiUlMyNTYifQ", "eyJhbGciOiAibm9uZSJ9"))
        is None
    )


@given(
    st.text(st.sampled_from("ABCDEFabcdef0123456789-_"), min_size=1, max_size=80),
    st.text(st.sampled_from("ABCabc019-_.~"), max_size=200),
)
def test_what_entra_issues_is_never_refused(head: str, tail: str) -> None:
    for token in (f"0.A{head}.{tail}x", f"1.A{head}.{tail}x"):
        assert wrapping(token) is None and misplaced("refresh_token", token) is None
        assert wrapping(f"{head}{tail}~", secret=True) is None


@pytest.mark.parametrize(
    "secret",
    [
        '"abcDEF123~_"',
        "'abc'",
        "PARTNER_CENTER_CLIENT_SECRET=abcdef",
        "export AZURE_CLIENT_SECRET='x'",
        '{"secretText": "abc"}',
    ],
)
def test_a_secret_with_something_around_it_is_refused(secret: str) -> None:
    error = resolved(refresh_token="fine-token", client_secret=secret)
    assert error.details["reason"].startswith("token_") and "abc" not in error.message


@pytest.mark.parametrize(
    "secret", ["Ab8Q~x.yz_-", "abc=def=", 'quote"inside', "it's", "pass=word", "x%20y", "Pa$$w0rd{}", "a...b"]
)
def test_secrets_may_hold_nearly_anything(secret: str) -> None:
    assert wrapping(secret, secret=True) is None
