"""Access tokens without a server: reasons of refusal, the clock, restarts; and the state that outlives a restart."""

from __future__ import annotations

import time

import jwt
import pytest
from emulator.entra import app
from emulator.entra.certificates import ensure_client_certificate
from emulator.entra.seed import SignInSeedError
from emulator.entra.standalone import MovableClock, StandaloneCore
from emulator.entra.state import SignInState
from emulator.entra.switches import CHECKS, SWITCHES
from emulator.entra.tokens import TokenAuthority, TokenError

TENANT = "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return TokenAuthority.load_or_create(tmp_path_factory.mktemp("keys"), TENANT, MovableClock())


@pytest.fixture
def authority(shared):
    shared._clock.offset = 0.0
    shared.forget()
    return shared


def user_token(authority, **options):
    return authority.issue_user(object_id="oid", upn="svc@example.com", client_id="client", **options)


def reason(authority, token):
    with pytest.raises(TokenError) as caught:
        authority.verify(token)
    return caught.value.reason


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, "missing"),
        ("", "missing"),
        ("nonsense", "malformed"),
        ("a.b.c", "malformed"),
        ("EwBYx", "malformed"),
        ("EwBYé", "malformed"),
    ],
)
def test_texts_that_are_no_tokens(authority, token, expected):
    assert reason(authority, token) == expected


def test_a_changed_payload_is_a_bad_signature(authority):
    head, payload, signature = user_token(authority).split(".")
    other = user_token(authority, mfa=False).split(".")[1]
    assert reason(authority, f"{head}.{other}.{signature}") == "signature"
    assert authority.verify(f"{head}.{payload}.{signature}").mfa is True


def test_a_foreign_key_and_no_key_are_bad_signatures(authority):
    claims = jwt.decode(user_token(authority), options={"verify_signature": False})
    assert reason(authority, TokenAuthority(TENANT, MovableClock()).sign(claims)) == "signature"
    assert reason(authority, jwt.encode(claims, None, algorithm="none")) == "signature"


def test_expiry_follows_the_clock_even_for_a_token_seen_before(authority):
    token = user_token(authority, lifetime=100)
    assert authority.verify(token).upn == "svc@example.com"
    authority._clock.advance(101)
    assert reason(authority, token) == "expired"
    authority._clock.advance(-50)
    assert authority.verify(token).object_id == "oid"


def test_a_token_for_later(authority):
    token = user_token(authority, nbf_delay=60)
    assert reason(authority, token) == "not_yet_valid"
    authority._clock.advance(61)
    assert authority.verify(token).kind == "user"


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ("https://graph.windows.net", "audience_retired"),
        ("https://graph.windows.net/", "audience_retired"),
        ("https://graph.microsoft.com", "audience"),
    ],
)
def test_audiences_that_are_refused(authority, audience, expected):
    assert reason(authority, user_token(authority, audience=audience)) == expected


@pytest.mark.parametrize(
    "audience", ["https://api.partnercenter.microsoft.com/", "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"]
)
def test_spellings_of_the_audience_that_are_taken(authority, audience):
    assert authority.verify(user_token(authority, audience=audience)).tenant_id == TENANT


def test_tokens_of_choice(authority):
    assert authority.verify(authority.issue_custom()).mfa is True
    assert authority.verify(authority.issue_custom(app_only=True)).kind == "app"
    token = authority.issue_custom({"upn": "other@example.com", "amr": ["pwd"], "scp": None}, expires_in=30)
    identity = authority.verify(token)
    assert (identity.upn, identity.mfa) == ("other@example.com", False)
    assert "scp" not in jwt.decode(token, options={"verify_signature": False})
    assert reason(authority, authority.issue_custom(expires_in=-10)) == "expired"
    assert reason(authority, authority.issue_custom({"aud": "https://graph.windows.net"})) == "audience_retired"
    assert reason(authority, authority.issue_custom({"exp": None})) == "malformed"
    assert authority.verify(authority.issue_custom({"idtyp": None})).kind == "user"
    assert authority.verify(authority.issue_custom({"amr": None})).mfa is None


def test_a_known_token_is_verified_without_its_signature(authority):
    token = user_token(authority)
    authority.verify(token)
    start = time.perf_counter()
    for _attempt in range(2000):
        authority.verify(token)
    assert time.perf_counter() - start < 0.5


def test_the_cache_stays_small(authority, monkeypatch):
    monkeypatch.setattr("emulator.entra.tokens.CACHE_SIZE", 3)
    tokens = [user_token(authority) for _number in range(5)]
    for token in tokens + tokens:
        authority.verify(token)
    assert len(authority._verified) == 3


@pytest.mark.parametrize("opaque", [False, True])
def test_tokens_survive_a_restart(tmp_path, opaque):
    token = user_token(TokenAuthority.load_or_create(tmp_path, TENANT, MovableClock()), opaque=opaque)
    assert TokenAuthority.load_or_create(tmp_path, TENANT, MovableClock()).verify(token).upn == "svc@example.com"
    assert (tmp_path / "token-signing-key.pem").stat().st_mode & 0o777 == 0o600


def test_refresh_tokens_survive_a_restart_but_not_a_reset(tmp_path):
    core = StandaloneCore(tmp_path)
    app.reset(core)
    used = core.sign_in_state.refresh_token("emulator-refresh-token")
    issued = core.sign_in_state.rotate(used)
    core.sign_in_state.revoke(used)
    core.clock.advance(1000)
    again = SignInState.restored(core)
    assert again.refresh_token(issued.value) == issued
    assert again.refresh_token("emulator-refresh-token").revoked
    assert again.refresh_token("emulator-refresh-token").issued_at == pytest.approx(used.issued_at, abs=1)
    app.reset(core)
    for state in (core.sign_in_state, SignInState.restored(core)):
        assert state.refresh_token(issued.value) is None
        assert not state.refresh_token("emulator-refresh-token").revoked
    assert (tmp_path / "sign-in.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_line_that_a_kill_cut_off_is_no_obstacle(tmp_path, cut):
    core = StandaloneCore(tmp_path)
    app.reset(core)
    first, second = (
        core.sign_in_state.rotate(core.sign_in_state.refresh_token("emulator-refresh-token")).value
        for _time in range(2)
    )
    journal = tmp_path / "sign-in.jsonl"
    journal.write_bytes(journal.read_bytes()[:-cut])
    again = SignInState.restored(core)
    assert again.refresh_token(first) and again.refresh_token(second) is None
    third = again.rotate(again.refresh_token(first)).value
    assert SignInState.restored(core).refresh_token(third), "what is written now begins a line of its own"


def test_the_client_certificate_is_made_once(tmp_path):
    first = ensure_client_certificate(tmp_path)
    content = (tmp_path / "client.pem").read_bytes()
    assert ensure_client_certificate(tmp_path).sha256 == first.sha256
    assert (tmp_path / "client.pem").read_bytes() == content
    assert b"PRIVATE KEY" in content and b"BEGIN CERTIFICATE" in content


@pytest.mark.parametrize(
    "change",
    [
        {"users": [{"object_id": "x", "upn": "y", "enable": False}]},
        {"applications": [{"name": "no id"}]},
        {"refresh_tokens": {"t": {"user": "nobody@example.com", "client_id": "x"}}},
        {
            "refresh_tokens": {
                "t": {
                    "user": "svc-automation@northwind-partner.onmicrosoft.com",
                    "client_id": "x",
                    "blocked_by": "weather",
                }
            }
        },
    ],
)
def test_a_seed_with_a_mistake_is_refused(tmp_path, change):
    core = StandaloneCore(tmp_path)
    core.sign_in = {**core.sign_in, **change}
    with pytest.raises(SignInSeedError):
        app.reset(core)


def test_each_switch_accepts_its_own_default():
    assert set(CHECKS) == set(SWITCHES)
    for name, (default, meaning) in SWITCHES.items():
        assert CHECKS[name](default) and meaning
    assert not CHECKS["access_token_lifetime"]("60")
    assert not CHECKS["rotate_refresh_tokens"](1)
