"""The parts of the examination that no emulator can bring about: clocks, ages, proxies, odd tokens."""

from __future__ import annotations

import base64
import json
import os
import time
import typing as t
from email.utils import formatdate
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import (
    ARGUMENT_SPEC,
    Settings,
    resolve,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import Grant, TokenSource
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules import reachability
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules import (
    sign_in_info as doctor,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.sign_in_checks import (
    ORDER,
    Check,
    worst_first,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.sign_in_info import (
    Doctor,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.sign_in_table import (
    WIDTH,
    table,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.token_checks import (
    PARTNER_CENTER_APPLICATION,
    look_at_token,
)
from hypothesis import given
from hypothesis import strategies as st

TENANT = "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10"
BASE = {"tenant_id": TENANT, "client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01", "refresh_token": "the-refresh-token"}
GOOD = {
    "aud": "https://api.partnercenter.microsoft.com",
    "tid": TENANT,
    "scp": "user_impersonation",
    "amr": ["pwd", "mfa"],
    "upn": "svc@northwind.example",
    "appidacr": "2",
}


def settings(**options: t.Any) -> Settings:
    given = {name: value for name, value in {**BASE, **options}.items() if value is not None}
    return resolve({name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given, list(given), {})


def patient(**options: t.Any) -> Doctor:
    return Doctor(settings(**options), Secrets(), [])


def found(examined: Doctor) -> dict[str, str]:
    return {check.name: check.status for check in examined.checks}


class Answer:
    def __init__(self, seconds: float | None, status: int = 200, content: bytes = b"{}") -> None:
        self.headers = {} if seconds is None else {"Date": formatdate(time.time() + seconds, usegmt=True)}
        self.status_code, self.content = status, content


@pytest.mark.parametrize(
    ("seconds", "status", "words"),
    [
        (0, "ok", "correct"),
        (-45, "ok", "ahead"),
        (120, "warning", "behind"),
        (-290, "warning", "ahead"),
        (900, "failed", "behind"),
        (None, "unknown", "did not contain"),
    ],
)
def test_clocks(seconds: float | None, status: str, words: str) -> None:
    examined = patient()
    reachability.look_at_clock(examined.add, Answer(seconds))
    assert found(examined) == {"clock": status} and words in examined.checks[0].finding


@pytest.mark.parametrize(
    ("days", "status"), [(1, "ok"), (59.5, "ok"), (61, "warning"), (82.5, "warning"), (83.5, "failed"), (200, "failed")]
)
def test_ages_of_a_file(tmp_path: Path, days: float, status: str) -> None:
    path = tmp_path / "token"
    path.write_text("the-token-in-the-file")
    path.chmod(0o600)
    os.utime(path, (time.time() - days * 86400,) * 2)
    examined = patient(refresh_token=None, refresh_token_file=str(path))
    examined._refresh_token_age()
    assert found(examined) == {"refresh token": status} and f"{int(days)} days" in examined.checks[0].finding


def test_the_age_of_a_value_is_known_to_the_cache_alone(tmp_path: Path) -> None:
    examined = patient()
    examined._refresh_token_age()
    assert found(examined) == {"refresh token": "unknown"}
    cached = settings(token_cache=True, token_cache_path=str(tmp_path))
    cache = doctor.cache_of(cached, Secrets(), cached.refresh_token)
    cache.store("an-access-token", time.time() + 4000)
    Path(cache.path).write_text(
        json.dumps({"access_token": "x", "expires_on": 1, "refresh_token_first_seen": time.time() - 70 * 86400})
    )
    examined = Doctor(cached, Secrets(), [])
    examined._refresh_token_age()
    assert found(examined) == {"refresh token": "warning"} and "70 days" in examined.checks[0].finding


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"token": "ok", "MFA": "ok", "audience": "ok", "tenant": "ok", "expiry": "ok"}),
        ({"amr": ["pwd"]}, {"MFA": "failed"}),
        ({"amr": None}, {"MFA": "unknown"}),
        ({"appidacr": "0"}, {"application": "warning"}),
        ({"aud": "https://graph.windows.net"}, {"audience": "failed"}),
        ({"aud": "https://graph.microsoft.com"}, {"audience": "failed"}),
        ({"aud": PARTNER_CENTER_APPLICATION}, {"audience": "ok"}),
        ({"tid": "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"}, {"tenant": "failed"}),
        ({"exp": 1}, {"expiry": "failed"}),
        ({"idtyp": "app", "scp": None}, {"token": "failed"}),
    ],
)
def test_tokens(changes: dict[str, t.Any], expected: dict[str, str]) -> None:
    claims = {
        name: value for name, value in {**GOOD, "exp": int(time.time()) + 3600, **changes}.items() if value is not None
    }
    examined = patient()
    examined.token = "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode() + ".x"
    look_at_token(examined.settings, examined.add, examined.token)
    assert expected.items() <= found(examined).items()


def test_a_token_that_cannot_be_read_is_left_to_the_service() -> None:
    examined = patient()
    examined.token = "opaque"
    look_at_token(examined.settings, examined.add, examined.token)
    assert found(examined) == {"token": "unknown"}


def test_the_password_of_a_proxy_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://name:CANARY-password@proxy.example:3128")
    assert reachability._proxy_for("https://login.microsoftonline.com/") == "proxy.example:3128"
    for strange in (
        "http://name:CANARY@[::1",
        "http://CANARY:password@proxy.example:port",
        "http://name:CANARY@exa\u2100mple",
        "http://CANARY:1/2@x",
    ):
        monkeypatch.setenv("HTTPS_PROXY", strange)
        proxy = reachability._proxy_for("https://login.microsoftonline.com/")
        assert proxy is not None and "CANARY" not in proxy
    monkeypatch.setenv("NO_PROXY", "login.microsoftonline.com")
    assert reachability._proxy_for("https://login.microsoftonline.com/") is None


@pytest.mark.parametrize("proxy", [None, "http://name:CANARY-password@localhost:9"])
def test_a_way_that_was_not_gone_is_not_called_reached(monkeypatch: pytest.MonkeyPatch, proxy: str | None) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    examined = patient(timeout=5)
    assert (
        reachability.look_at_host(
            examined.settings, examined.add, "API host", "https://localhost:9", "https://localhost:9/"
        )
        is None
    )
    status = found(examined)
    failed = "API host: proxy" if proxy else "API host: connection"
    assert [name for name, found in status.items() if found == "failed"] == [failed]
    assert status["API host: TLS"] == "skipped", "a port that is closed says nothing about certificates"
    assert "reached" not in examined.checks[0].finding and "CANARY" not in str(examined.checks)


def test_the_token_before_counts_as_long_as_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "refresh-token"
    path.write_text("renewed")
    (tmp_path / "refresh-token.previous").write_text("before")
    asked: list[str] = []

    def redeem(_source: t.Any, token: Secret) -> Grant:
        asked.append(token.reveal())
        if token.reveal() == "renewed":
            raise SignInError("refused", error_class="revoked")
        return Grant("access", time.time() + 3600, Secret("next"))

    monkeypatch.setattr(TokenSource, "redeem", redeem)
    examined = patient(refresh_token=None, refresh_token_file=str(path), client_secret="x")
    examined._redemption()
    assert asked == ["renewed", "before"] and found(examined) == {"sign-in": "warning"} and examined.token == "access"
    assert path.read_text() == "renewed" and examined.checks[0].action, "it only looks"


@pytest.mark.parametrize("exp", [float("nan"), float("inf"), 1e300, -1e300, True])
def test_a_token_with_an_end_that_cannot_be(exp: float) -> None:
    examined = patient()
    examined.token = (
        "e30." + base64.urlsafe_b64encode(json.dumps({**GOOD, "exp": exp}).encode()).rstrip(b"=").decode() + ".x"
    )
    look_at_token(examined.settings, examined.add, examined.token)
    assert found(examined).get("expiry") != "ok"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, "ok"),
        ({"cloud_environment": "AzureUSGovernment"}, "warning"),
        ({"authority_host": "https://login.microsoftonline.us"}, "failed"),
        ({"authority_host": "https://localhost:8443"}, "ok"),
    ],
)
def test_clouds(options: dict[str, str], status: str) -> None:
    examined = patient(**options)
    examined._cloud()
    assert found(examined) == {"cloud": status}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(0, content=b'{"token_endpoint": "https://x"}'), "ok"),
        (Answer(0, 400, b'{"error": "invalid_tenant", "error_description": "AADSTS90002: no"}'), "failed"),
        (Answer(0, 200, b"<html>"), "failed"),
        (Answer(0, 200, b"[]"), "failed"),
        (None, "skipped"),
    ],
)
def test_discovery(answer: t.Any, status: str) -> None:
    examined = patient()
    examined._discovery(answer)
    assert found(examined) == {"discovery": status}


def test_the_table_is_worst_first_and_shows_no_known_secret() -> None:
    checks = [
        Check("a", "ok", "fine"),
        Check("long name", "failed", "bad", "Mend it."),
        Check("b", "warning", "so so", "Look."),
        Check("c", "failed", "worse", "Run."),
    ]
    assert table(worst_first(checks)) == [
        "failed   long name  bad",
        "                    To do: Mend it.",
        "failed   c          worse",
        "                    To do: Run.",
        "warning  b          so so",
        "                    To do: Look.",
        "ok       a          fine",
    ]
    secrets = Secrets()
    secrets.add(Secret("CANARY-secret"))
    watched = Doctor(settings(), secrets, [])
    watched.add("x", "failed", "said CANARY-secret", "not CANARY-secret")
    assert "CANARY" not in str(watched.checks)


def test_nothing_is_in_a_table_twice() -> None:
    checks = [
        Check("options", "failed", "one is wrong", "Correct them."),
        Check("options", "failed", "two is wrong", "Correct them."),
        Check("customer a", "failed", "unseen", "Look."),
        Check("customer b", "failed", "unseen", "Look."),
        Check("customer c", "failed", "unread", "Look."),
        Check("token", "skipped", "nothing"),
        Check("customers", "skipped", "nothing"),
    ]
    assert table(checks) == [
        "failed   options                 one is wrong",
        "                                 two is wrong",
        "                                 To do: Correct them.",
        "failed   customer a, customer b  unseen",
        "                                 To do: Look.",
        "failed   customer c              unread",
        "                                 To do: see customer a",
        "skipped  token, customers        nothing",
    ]


WORDS = st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=120), max_size=30).map(
    " ".join
)


@given(
    st.lists(
        st.builds(Check, st.text("abc -.", min_size=1, max_size=120), st.sampled_from(ORDER), WORDS, WORDS), max_size=12
    )
)
def test_a_table_fits_and_has_all_words(checks: list[Check]) -> None:
    lines = table(worst_first(checks))
    assert all(len(line) <= WIDTH for line in lines)
    everything = "".join("".join(lines).split())
    for check in checks:
        assert all(word in everything for word in check.finding.split() if len(word) < 40)


@pytest.mark.parametrize(("seen", "known"), [(False, True), (True, False)])
def test_nobody_signs_in_where_the_way_there_failed(monkeypatch: pytest.MonkeyPatch, seen: bool, known: bool) -> None:
    """What failed is said once, under its own name."""
    answer = Answer(0, 200 if known else 400, b'{"token_endpoint": "x"}' if known else b'{"error": "invalid_tenant"}')
    monkeypatch.setattr(doctor, "look_at_host", lambda *_arguments: answer if seen else None)
    monkeypatch.setattr(TokenSource, "redeem", lambda *_arguments: pytest.fail("it asked for a token"))
    status = {check.name: check.status for check in patient().examine()}
    assert status["sign-in"] == "skipped" and status["discovery"] == ("skipped" if known else "failed")


def test_what_to_do_stands_apart_from_what_was_found() -> None:
    examined = patient()
    examined._discovery(Answer(0, 400, b'{"error": "invalid_tenant", "error_description": "AADSTS90002: no"}'))
    (check,) = examined.checks
    assert check.action and check.action not in check.finding
