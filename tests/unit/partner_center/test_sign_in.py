"""Sign-in through the real msal against the emulator's sign-in server: every refusal has its own message, and none has a secret."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import subprocess
import sys
import time
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    SignInError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.token_claims import read_claims, second
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import token_cache
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.given_token import tokens_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import CAUSES, refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import Settings, resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource, cache_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.transport import Transport
from emulator.entra.refusals import CATALOGUE
from emulator.entra.standalone import StandaloneServer
from support.refused import refused

from .token_files import CLIENT, SECRET, TOKEN

PUBLIC = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02"


@pytest.fixture(autouse=True)
def _clean(server: StandaloneServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.core.reset()
    for name in list(os.environ):
        if name.startswith(("AZURE_", "PARTNER_CENTER_")) or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name)


def settings(server: StandaloneServer, **options: t.Any) -> Settings:
    base: dict[str, t.Any] = {
        "auth_method": "auto",
        "cloud_environment": "AzureCloud",
        "authority_host": server.url,
        "tenant_id": server.core.partner["tenant_id"],
        "client_id": CLIENT,
        "client_secret": SECRET,
        "refresh_token": TOKEN,
        "ca_path": str(server.ca_path),
        "validate_certs": True,
        "timeout": 10,
        "max_wait": 5,
        "token_cache": False,
        "client_certificate_send_chain": False,
    }
    base.update(options)
    return resolve(base, [name for name, value in options.items() if value is not None] + list(base), {})


def fetch(server: StandaloneServer, app_only_allowed: bool = False, **options: t.Any) -> str:
    made = settings(server, **options)
    return tokens_of(
        made, Secrets(), WaitBudget(made.max_wait), operation="Testing", app_only_allowed=app_only_allowed
    ).get()


def test_a_token_for_the_service_account(server: StandaloneServer) -> None:
    claims = read_claims(fetch(server))
    assert claims["aud"] == "https://api.partnercenter.microsoft.com"
    assert claims["scp"] == "user_impersonation" and "mfa" in claims["amr"]


@pytest.mark.parametrize("chain", [False, True])
@pytest.mark.parametrize(("file", "password"), [("client.pem", None), ("client.pfx", "emulator-pfx-password")])
def test_certificates(server: StandaloneServer, file: str, password: str | None, chain: bool) -> None:
    options = {
        "client_secret": None,
        "client_certificate_path": str(server.state_dir / file),
        "client_certificate_password": password,
    }
    assert read_claims(fetch(server, client_certificate_send_chain=chain, **options))["appidacr"] == "2"


def test_a_private_key_that_others_can_read(server: StandaloneServer, tmp_path) -> None:
    pem = tmp_path / "client.pem"
    pem.write_bytes((server.state_dir / "client.pem").read_bytes())
    pem.chmod(0o600)
    options = {"client_secret": None, "client_certificate_path": str(pem)}
    assert settings(server, **options).warnings == ()
    pem.chmod(0o640)
    (said,) = settings(server, **options).warnings
    assert "client_certificate_path" in said and "chmod 600" in said and fetch(server, **options)


def test_a_wrong_certificate_password(server: StandaloneServer) -> None:
    with refused(SignInError, reason="certificate_password_wrong") as caught:
        fetch(
            server,
            client_secret=None,
            client_certificate_path=str(server.state_dir / "client.pfx"),
            client_certificate_password="CANARY-wrong-password",
        )
    assert "CANARY" not in str(caught.value)


def test_a_file_that_is_no_certificate(server: StandaloneServer, tmp_path) -> None:
    path = tmp_path / "x.pem"
    path.write_text("-----BEGIN NOTHING-----")
    with refused(SignInError, reason="certificate_unreadable") as caught:
        fetch(server, client_secret=None, client_certificate_path=str(path))
    assert (caught.value.details["error_class"], caught.value.details["reason"]) == (
        "certificate_file",
        "certificate_unreadable",
    )


def test_a_public_client(server: StandaloneServer) -> None:
    token = fetch(server, client_id=PUBLIC, client_secret=None, refresh_token="emulator-refresh-token-public")
    assert read_claims(token)["appidacr"] == "0"


REFUSALS = {
    "expired": ({"refresh_token": TOKEN + "-expired"}, "AADSTS700082", "has expired (90 days)"),
    "revoked": ({"refresh_token": TOKEN + "-revoked"}, "AADSTS50173", "was revoked"),
    "mfa": ({"refresh_token": TOKEN + "-mfa-required"}, "AADSTS50076", "from a sign-in with MFA"),
    "consent": ({"refresh_token": TOKEN + "-no-consent"}, "AADSTS65001", "grant admin consent"),
    "sign_in_frequency": ({"refresh_token": TOKEN + "-sign-in-frequency"}, "AADSTS70043", "sign-in frequency policy"),
    "spa_redirect": ({"refresh_token": TOKEN + "-spa"}, "AADSTS700084", "type Web"),
    "conditional_access": (
        {"refresh_token": TOKEN + "-conditional-access"},
        "AADSTS53003",
        "consent playbook again does not help",
    ),
    "account": ({"refresh_token": TOKEN + "-account-disabled"}, "AADSTS50057", "disabled or locked"),
    "secret_wrong": ({"client_secret": "CANARY-wrong-secret"}, "AADSTS7000215", "not its id"),
    "secret_expired": ({"client_secret": SECRET + "-expired"}, "AADSTS7000222", "has expired"),
    "public_client": ({"client_id": PUBLIC, "refresh_token": TOKEN + "-public"}, "AADSTS700025", "is public"),
    "confidential_client": ({"client_secret": None}, "AADSTS7000218", "needs a client credential"),
    "application": (
        {"client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9bee"},
        "AADSTS700016",
        "does not exist in this tenant",
    ),
    "tenant": ({"tenant_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9bef"}, "AADSTS90002", "tenant does not exist"),
    "grant": ({"refresh_token": "CANARY-nonsense"}, "AADSTS", "Sign-in of application"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(server: StandaloneServer, name: str) -> None:
    options, code, words = REFUSALS[name]
    with pytest.raises(SignInError) as caught:
        fetch(server, **options)
    text = caught.value.message
    assert code in text and words in text, text
    if name != "grant":
        assert caught.value.details["error_class"] == name
    assert "correlation id" in text and caught.value.details["correlation_id"] in text
    assert (
        "CANARY" not in text + json.dumps(caught.value.details)
        and SECRET not in text
        and options.get("refresh_token", TOKEN) not in text
    )


# The table of the reference, written down a second time: whoever takes a number out of the code has to take it out here.
NUMBERS = {
    "public_client": (700025,),
    "confidential_client": (7000218,),
    "secret_wrong": (7000215,),
    "secret_expired": (7000222,),
    "certificate": (700027, 700030, 50012),
    "assertion": (70021, 70025, 700211, 700212, 700213, 700024, 50013),
    "application": (700016, 7000112, 70001),
    "tenant": (90002, 900023),
    "cloud": (90038, 900382, 900432),
    "resource": (500011, 650052),
    "consent": (65001, 90094, 650057),
    "expired": (700082, 70008, 50089),
    "sign_in_frequency": (70043,),
    "spa_redirect": (700084, 9002327),
    "conditional_access": (53003, 53000, 53001, 53002, 530032, 530035, 50097, 50131),
    "mfa": (50076, 50079, 50074, 50072, 50078, 50158),
    "account": (50057, 50053, 50055, 50144, 50034),
    "revoked": (50173, 70000, 50132, 50133),
    "loop": (50196,),
    "malformed": (9002313,),
    "scope": (70011, 900144),
    "transient": (90033, 50033),
}
ENDPOINTS = {"tenant": "discovery"}


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, numbers in NUMBERS.items() for number in numbers]
)
def test_every_row_of_the_table_is_shown_as_it_is_documented(server: StandaloneServer, name: str, number: int) -> None:
    rule = {"aadsts": number, "times": None, "endpoint": ENDPOINTS.get(name, "token"), "error": "invalid_grant"}
    if number in CATALOGUE:
        del rule["error"]
    server.core.sign_in_state.refusals.add(rule)
    (cause,) = [cause for cause in CAUSES if cause.name == name]
    with pytest.raises(SignInError) as caught:
        fetch(server, max_wait=0)
    text, details = caught.value.message, caught.value.details
    assert (details["error_class"], details["aadsts"]) == (name, f"AADSTS{number}")
    assert cause.meaning in text and cause.action in text and details["correlation_id"] in text and "Entra said" in text
    assert ("https://api.partnercenter.microsoft.com/user_impersonation" in text) is (name == "scope")


def test_no_number_of_the_table_is_forgotten() -> None:
    assert {cause.name: cause.codes for cause in CAUSES if cause.codes} == {
        name: set(numbers) for name, numbers in NUMBERS.items()
    }


@pytest.mark.parametrize(
    ("suberror", "name"),
    [
        ("consent_required", "consent"),
        ("basic_action", "mfa"),
        ("token_expired", "expired"),
        ("bad_token", "revoked"),
        ("message_only", "conditional_access"),
        ("additional_action", "conditional_access"),
        ("user_password_expired", "account"),
        (None, "grant"),
    ],
)
def test_the_look_alikes_are_told_apart_without_their_numbers(
    server: StandaloneServer, suberror: str | None, name: str
) -> None:
    """Microsoft asks not to depend on numbers: one that nobody knows still gets the class of its suberror."""
    server.core.sign_in_state.refusals.add({"aadsts": 999001, "error": "invalid_grant", "suberror": suberror})
    with pytest.raises(SignInError) as caught:
        fetch(server)
    assert caught.value.details["error_class"] == name


def test_a_service_that_asks_to_wait_is_asked_again(server: StandaloneServer) -> None:
    server.core.sign_in_state.refusals.add({"aadsts": 90033, "error": "temporarily_unavailable"})
    assert fetch(server)


def test_app_only(server: StandaloneServer) -> None:
    with refused(SignInError, error_class="app_only"):
        fetch(server, auth_method="client_credentials", refresh_token=None)
    token = fetch(server, app_only_allowed=True, auth_method="client_credentials", refresh_token=None)
    assert read_claims(token)["idtyp"] == "app"
    with refused(SignInError, error_class="app_only"):
        fetch(server, auth_method="access_token", access_token=token)


def test_an_expired_access_token_is_refused_before_it_is_sent(server: StandaloneServer) -> None:
    token = server.core.tokens.issue_custom({}, -60)
    with refused(SignInError, error_class="expired_access_token"):
        fetch(server, auth_method="access_token", access_token=token)


def test_an_opaque_token_is_left_to_the_service(server: StandaloneServer) -> None:
    assert fetch(server, auth_method="access_token", access_token="opaque") == "opaque"


def test_an_unknown_ca(server: StandaloneServer) -> None:
    with refused(TransportError, reason="tls") as caught:
        fetch(server, ca_path=None)
    assert caught.value.details["error_class"] == "tls"


def test_a_foreign_ca_bundle_in_the_environment_does_not_win(
    server: StandaloneServer, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    import trustme

    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert fetch(server)


def test_a_netrc_entry_is_not_used(server: StandaloneServer, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert fetch(server)


def test_nobody_listens(server: StandaloneServer) -> None:
    with refused(TransportError, reason="unreachable"):
        fetch(server, authority_host="https://localhost:9", max_wait=0)


@pytest.mark.parametrize(
    ("host", "proxy", "kind"),
    [
        ("https://a..b", "", "unreachable"),
        (f"https://{'a' * 70}.example", "", "unreachable"),
        ("https://localhost:9", "http://a..b:3128", "unreachable"),
        ("https://localhost:9", "http://", "proxy"),
        ("https://localhost:9", "socks5h://127.0.0.1:9", "proxy"),
    ],
)
def test_a_name_or_a_proxy_that_cannot_be_one(
    server: StandaloneServer, monkeypatch: pytest.MonkeyPatch, host: str, proxy: str, kind: str
) -> None:
    """urllib3 and requests have exceptions of other kinds for these; nothing was sent, so nothing is in doubt."""
    monkeypatch.setitem(sys.modules, "socks", None)  # as on a machine without PySocks
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    api = Transport(
        host,
        tokens_of(settings(server, access_token="opaque"), Secrets(), WaitBudget(0), operation="Reading users"),
        budget=WaitBudget(0),
    )
    for call in (
        lambda: fetch(server, authority_host=host, max_wait=0),
        lambda: api.get("customers"),
        lambda: api.write("POST", "customers"),
    ):
        with pytest.raises(TransportError) as failed:
            call()
        assert not failed.value.ambiguous and failed.value.details["error_class"] == kind
        assert "HTTPS_PROXY" in failed.value.message


def test_secrets_of_an_answer_are_known_afterwards(server: StandaloneServer) -> None:
    secrets = Secrets()
    made = settings(server)
    token = TokenSource(made, secrets, WaitBudget(5), operation="Testing").get()
    assert secrets.scrub(f"x {token} y") == "x ******** y"


class TestCache:
    def source(self, server: StandaloneServer, directory: t.Any, **options: t.Any) -> TokenSource:
        made = settings(server, token_cache=True, token_cache_path=str(directory), **options)
        return TokenSource(made, Secrets(), WaitBudget(5), operation="Testing")

    def test_a_second_task_does_not_sign_in(
        self, server: StandaloneServer, tmp_path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = self.source(server, tmp_path / "c").get()
        monkeypatch.setattr(TokenSource, "_fetch", lambda self: pytest.fail("signed in again"))
        assert self.source(server, tmp_path / "c").get() == token

    def test_files_are_private_and_hold_no_other_secret(self, server: StandaloneServer, tmp_path) -> None:
        self.source(server, tmp_path / "c").get()
        assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
        for path in (tmp_path / "c").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert TOKEN not in path.read_text() and SECRET not in path.read_text()

    def test_a_wrong_secret_does_not_get_a_cached_token(self, server: StandaloneServer, tmp_path) -> None:
        self.source(server, tmp_path / "c").get()
        with pytest.raises(SignInError, match="7000215"):
            self.source(server, tmp_path / "c", client_secret="wrong-secret").get()

    def test_entries_of_long_ago_are_removed_and_nothing_else(self, server: StandaloneServer, tmp_path) -> None:
        directory = tmp_path / "c"
        directory.mkdir(mode=0o700)
        old, young = time.time() - token_cache.KEEP - 60, time.time() - token_cache.KEEP + 60
        for name, moment in (
            ("0" * 32 + ".json", old),
            ("0" * 32 + ".json.lock", old),
            ("1" * 32 + ".json", young),
            ("notes.json", old),
        ):
            (directory / name).touch()
            os.utime(directory / name, (moment, moment))
        (directory / ("2" * 32 + ".json")).mkdir()
        os.utime(directory / ("2" * 32 + ".json"), (old, old))
        assert self.source(server, directory).get()
        names = {path.name for path in directory.iterdir()}
        assert names >= {"1" * 32 + ".json", "2" * 32 + ".json", "notes.json"}
        assert not names & {"0" * 32 + ".json", "0" * 32 + ".json.lock"}

    def test_a_corrupt_or_readable_file_is_replaced(self, server: StandaloneServer, tmp_path) -> None:
        self.source(server, tmp_path / "c").get()
        (path,) = (tmp_path / "c").glob("*.json")
        path.write_text("{")
        assert self.source(server, tmp_path / "c").get()
        path.chmod(0o644)
        self.source(server, tmp_path / "c").get()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_rejected_token_is_not_served_again(self, server: StandaloneServer, tmp_path) -> None:
        source = self.source(server, tmp_path / "c")
        first = source.get()
        assert source.renew(first) not in (None, first)

    def test_nearly_expired_counts_as_expired(self, server: StandaloneServer, tmp_path) -> None:
        server.core.switches["access_token_lifetime"] = token_cache.SKEW - 1
        source = self.source(server, tmp_path / "c")
        assert source.get() != self.source(server, tmp_path / "c").get()

    def test_a_directory_that_cannot_be_used_is_no_error(self, server: StandaloneServer) -> None:
        assert self.source(server, "/proc/nowhere").get()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe\x00",
            b"[" * 30_000,
            b"null",
            b"[1]",
            b'{"access_token": "x"}',
            b'{"access_token": "x", "expires_on": "soon"}',
            b'{"access_token": "x", "expires_on": Infinity}',
            b'{"access_token": "x", "expires_on": NaN}',
            b'{"access_token": "", "expires_on": 9999999999}',
            b'{"access_token": ["x"], "expires_on": 9999999999}',
            b'{"access_token": "x\\r\\nX-Evil: 1", "expires_on": 9999999999}',
            b'{"access_token": "x", "expires_on": 9999999999}' + b" " * 70_000,
        ],
        ids=lambda content: content[:40].decode("latin-1"),
    )
    def test_a_damaged_file_is_healed(self, server: StandaloneServer, tmp_path, content: bytes) -> None:
        self.source(server, tmp_path / "c").get()
        (path,) = (tmp_path / "c").glob("*.json")
        path.write_bytes(content)
        token = self.source(server, tmp_path / "c").get()
        assert json.loads(path.read_text())["access_token"] == token

    @pytest.mark.parametrize("suffix", ["", ".lock", ".new"])
    @pytest.mark.parametrize("kind", ["fifo", "directory", "full directory", "link", "dangling link"])
    def test_something_else_in_its_place_neither_hangs_nor_fails(
        self, server: StandaloneServer, tmp_path, kind: str, suffix: str
    ) -> None:
        self.source(server, tmp_path / "c").get()
        (path,) = (tmp_path / "c").glob("*.json")
        place = path.with_name(path.name + suffix)
        aside = tmp_path / "aside"
        aside.write_text(path.read_text())
        aside.chmod(0o600)
        path.unlink()
        place.unlink(missing_ok=True)
        if kind == "fifo":
            os.mkfifo(place)
        elif "directory" in kind:
            place.mkdir()
            (place / "x").mkdir() if "full" in kind else None
        else:
            place.symlink_to(aside if kind == "link" else "/nowhere/at/all")
        before = aside.read_text()
        assert self.source(server, tmp_path / "c").get()
        assert aside.read_text() == before, "what a link leads to is not written"

    def test_a_read_only_disk_still_serves_what_is_there(
        self, server: StandaloneServer, tmp_path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = self.source(server, tmp_path / "c").get()
        real = os.open

        def read_only(file: t.Any, flags: int, *args: t.Any, **kwargs: t.Any) -> int:
            if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                raise OSError(30, "Read-only file system")
            return real(file, flags, *args, **kwargs)

        monkeypatch.setattr(os, "open", read_only)
        assert self.source(server, tmp_path / "c").get() == token
        assert self.source(server, tmp_path / "c", refresh_token=TOKEN, client_secret=SECRET).renew(token) not in (
            None,
            token,
        )

    def test_a_directory_that_others_can_write_is_not_used(self, server: StandaloneServer, tmp_path) -> None:
        (tmp_path / "c").mkdir()
        (tmp_path / "c").chmod(0o777)
        assert self.source(server, tmp_path / "c").get() and list((tmp_path / "c").iterdir()) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"client_id": PUBLIC},
            {"refresh_token": "another"},
            {"client_secret": "another"},
            {"client_secret": None},
            {"tenant_id": "northwind-partner.onmicrosoft.com"},
            {"authority_host": "https://localhost:1"},
            {"api_url": "https://localhost:1"},
            {"auth_method": "client_credentials", "refresh_token": None},
            {"client_secret": None, "client_certificate_path": True},
            {"client_secret": None, "client_assertion": "an-assertion"},
        ],
        ids=lambda change: " ".join(f"{name}={value}" for name, value in change.items()),
    )
    def test_everything_that_matters_is_in_the_key(
        self, server: StandaloneServer, tmp_path, change: dict[str, t.Any]
    ) -> None:
        if change.get("client_certificate_path"):
            change = {**change, "client_certificate_path": str(server.state_dir / "client.pem")}
        plain, other = settings(server), settings(server, **change)
        paths = {cache_of(made, Secrets(), made.refresh_token).path for made in (plain, other)}
        assert len(paths) == 2

    def test_an_id_in_capitals_is_the_same_sign_in(self, server: StandaloneServer) -> None:
        one, other = (
            settings(server),
            settings(server, client_id=CLIENT.upper(), tenant_id=server.core.partner["tenant_id"].upper()),
        )
        assert cache_of(one, Secrets(), one.refresh_token).path == cache_of(other, Secrets(), other.refresh_token).path

    def test_the_end_of_a_cached_token_is_known(self, server: StandaloneServer, tmp_path) -> None:
        """A long run renews in time, instead of waiting for a refusal."""
        first = self.source(server, tmp_path / "c")
        first.get()
        second = self.source(server, tmp_path / "c")
        second.get()
        assert second.expires_on == pytest.approx(t.cast(float, first.expires_on))

    def test_a_refresh_token_was_first_seen_when_it_was_first_seen(self, server: StandaloneServer, tmp_path) -> None:
        source = self.source(server, tmp_path / "c")
        first = source.get()
        (path,) = (tmp_path / "c").glob("*.json")
        path.write_text(json.dumps({**json.loads(path.read_text()), "refresh_token_first_seen": 1_700_000_000}))
        said: list[str] = []
        old = self.source(server, tmp_path / "c")
        old.settings = dataclasses.replace(old.settings, notify=said.append)
        assert old.renew(first) and old.get()
        assert json.loads(path.read_text())["refresh_token_first_seen"] == 1_700_000_000
        assert len(said) == 1 and "tenantops.partner_center.rotate" in said[0] and TOKEN not in said[0]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (1794960000, 1794960000),
        (1794960000.9, 1794960000),
        (10**400, 10**400),
        *((odd, None) for odd in (float("nan"), float("inf"), "soon", [], None)),
    ],
)
def test_the_end_of_a_token_can_be_anything(claim: t.Any, expected: int | None) -> None:
    assert second(claim) == expected


def test_msal_is_not_imported_for_an_access_token() -> None:
    code = (
        "import sys\n"
        "from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center import session\n"
        "print('msal' in sys.modules)"
    )
    path = next(entry for entry in sys.path if os.path.isdir(os.path.join(entry, "ansible_collections", "tenantops")))
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_settings_do_not_show_secrets(server: StandaloneServer) -> None:
    made = settings(server, client_secret="CANARY-secret", refresh_token="CANARY-token")
    assert "CANARY" not in repr(made) + str(dataclasses.asdict(made))
    assert made.client_secret == Secret("CANARY-secret")


def test_every_error_is_one_of_ours() -> None:
    assert issubclass(SignInError, CollectionError) and issubclass(TransportError, CollectionError)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"error": "invalid_request", "error_codes": [90038]}, "cloud"),
        (
            {
                "error": "invalid_request",
                "error_description": "AADSTS900382: Confidential Client is not supported in Cross Cloud request.",
            },
            "cloud",
        ),
        ({"error": "invalid_grant", "suberror": "bad_token", "error_codes": [1]}, "revoked"),
        ({"error": "interaction_required"}, "mfa"),
        ({"error": "invalid_grant"}, "grant"),
        ({"error": "server_says_something_new", "error_description": "x"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_classes_of_refusals(answer: dict[str, t.Any], name: str) -> None:
    """The number is the sharpest sign, then the suberror, then the error; what is not known is said to be unknown."""
    error = refusal({**answer, "correlation_id": "c-1"}, "application x", str)
    assert error.details["error_class"] == name and "c-1" in error.message


def test_a_refusal_shows_no_token() -> None:
    words = "AADSTS70000: The provided value " + "a" * 80 + " is malformed. Trace ID: x"
    assert "a" * 60 not in refusal({"error": "invalid_grant", "error_description": words}, "application x", str).message
