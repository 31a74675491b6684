"""The first sign-in without a playbook: the pages of the emulator, the listener on loopback, what is stored and what is refused."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import threading
import typing as t
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ansible_collections.tenantops.partner_center.plugins.action import consent as consent_action
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    SignInError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import ARGUMENT_SPEC, resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.consent import loopback
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.consent.consent import Consent, FirstConsent
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.consent.loopback import Listener, Page
from emulator import launch
from emulator.entra.browser import Browser
from emulator.entra.standalone import StandaloneServer
from support import traffic_canaries
from support.refused import refused

SERVICE = "svc-automation@northwind-partner.onmicrosoft.com"
NO_MFA = "svc-no-mfa@northwind-partner.onmicrosoft.com"
ADMIN = "admin@northwind-partner.onmicrosoft.com"
PASSWORD = "emulator-password"
APPLICATION = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b0"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[StandaloneServer]:
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def _clean(server: StandaloneServer) -> None:
    server.core.reset()


class Person:
    """Reads what is shown and acts on it, as soon as it is shown, in a thread of its own.

    :param acts: gets the browser and the address; what it returns is kept in ``outcome``.
    """

    def __init__(self, server: StandaloneServer, acts: t.Callable[[Browser, str], t.Any]) -> None:
        self.server = server
        self.acts = acts
        self.shown: list[str] = []
        self.outcome: t.Any = None
        self._thread: threading.Thread | None = None

    def show(self, text: str) -> None:
        self.shown.append(text)
        address = t.cast("re.Match[str]", re.search(r"https://\S+", text))[0].rstrip(",")
        self._thread = threading.Thread(target=self._act, args=(address,))
        self._thread.start()

    def _act(self, address: str) -> None:
        self.outcome = self.acts(Browser(self.server.session()), address)

    def done(self) -> t.Any:
        t.cast(threading.Thread, self._thread).join(30)
        return self.outcome


def consent(
    server: StandaloneServer,
    person: Person,
    *,
    expected: str | None = None,
    device: bool = False,
    seconds: float = 20,
    store: t.Any = None,
    **options: t.Any,
) -> Consent:
    given = {
        "authority_host": server.url,
        "tenant_id": server.core.partner["tenant_id"],
        "client_id": APPLICATION + "1",
        "client_secret": "emulator-client-secret",
        "ca_path": str(server.ca_path),
        "max_wait": 5,
        **options,
    }
    given = {name: value for name, value in given.items() if value is not None}
    settings = resolve(
        {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given, list(given), {}, for_consent=True
    )
    source = TokenSource(settings, Secrets(), WaitBudget(5), operation="Testing")
    first = FirstConsent(source, person.show, expected, store or (lambda _consent: "Stored."))
    return first.by_device_code(seconds) if device else first.in_browser(0, seconds, None)


def sign_in(browser: Browser, address: str, login: str = SERVICE, code: str | None = "246810") -> str | None:
    """Through the pages; returns the address that the browser is sent back to."""
    browser.open(address)
    browser.press("next", login=login, password=PASSWORD)
    if code is not None and "verify" in browser.page.buttons:
        browser.press("verify", code=code)
    if "accept" in browser.page.buttons:
        browser.press("accept")
    return browser.page.left


def comes_back(browser: Browser, address: str, **how: t.Any) -> requests.Response:
    return requests.get(t.cast(str, sign_in(browser, address, **how)), timeout=20)


def names_nobody(server: StandaloneServer, traffic: Path, result: Consent, *more: str) -> list[dict[str, t.Any]]:
    """The exchanges of a recording, in which nothing of the sign-in may be found."""
    text = traffic.read_text(encoding="ascii")
    secrets = {result.refresh_token.reveal(), server.core.partner["tenant_id"], "northwind", SERVICE, PASSWORD, *more}
    assert traffic_canaries.betrayed(text, secrets) == []
    return [json.loads(line) for line in text.splitlines()[1:]]


class TestInABrowser:
    def test_a_recording_has_the_way_and_nobody(self, server: StandaloneServer, tmp_path: Path) -> None:
        person = Person(server, comes_back)
        result = consent(server, person, record_traffic=str(tmp_path / "t"))
        code = parse_qs(urlsplit(person.done().url).query).get("code", [""])[0]
        exchanges = names_nobody(server, tmp_path / "t", result, APPLICATION + "1", "emulator-client-secret", code)
        forms = [each["body"] for each in exchanges if each["method"] == "POST"]
        assert [form["grant_type"] for form in forms] == ["authorization_code", "refresh_token"]
        redeemed, tried = (each["answer"] for each in exchanges if each["method"] == "POST")
        assert forms[1]["refresh_token"] == redeemed["refresh_token"] and forms[0]["code_verifier"] == "***"
        assert redeemed["id_token"]["claims"]["aud"] == forms[0]["client_id"] == forms[1]["client_id"]
        assert redeemed["access_token"]["claims"]["upn"] == tried["access_token"]["claims"]["upn"]
        assert redeemed["client_info"]["json"]["uid"] == redeemed["access_token"]["claims"]["oid"]

    def test_a_confidential_client(self, server: StandaloneServer) -> None:
        person = Person(server, comes_back)
        result = consent(server, person, expected=SERVICE)
        page = person.done()
        assert (result.user_principal_name, result.mfa) == (SERVICE, True)
        assert page.status_code == 200 and 'id="done"' in page.text and "Stored." in page.text
        assert result.refresh_token.reveal() not in page.text + "".join(person.shown) + repr(result)
        query = parse_qs(urlsplit(person.shown[0].split("\n\n")[1]).query)
        assert (
            query["code_challenge_method"] == ["S256"]
            and query["amr_values"] == ["mfa"]
            and query["login_hint"] == [SERVICE]
        )
        assert "offline_access" in query["scope"][0] and query["redirect_uri"][0].startswith("http://localhost:")

    def test_consent_is_given_on_the_way(self, server: StandaloneServer) -> None:
        person = Person(server, comes_back)
        assert consent(server, person, client_id=APPLICATION + "3").mfa
        person.done()

    def test_a_public_client(self, server: StandaloneServer) -> None:
        person = Person(server, comes_back)
        assert consent(server, person, client_id=APPLICATION + "2", client_secret=None).mfa
        person.done()

    def test_nothing_is_stored_before_the_token_has_been_tried(self, server: StandaloneServer) -> None:
        stored: list[Consent] = []
        person = Person(server, comes_back)
        server.core.sign_in_state.refusals.add({"aadsts": 53003, "grant_type": "refresh_token"})
        with pytest.raises(SignInError, match="AADSTS53003"):
            consent(server, person, store=stored.append)
        page = person.done()
        assert stored == [] and 'id="failed"' in page.text and "Conditional Access" in page.text

    REFUSED: t.ClassVar[dict[str, t.Any]] = {
        "wrong_account": ({"login": ADMIN, "code": "135791"}, {"expected": SERVICE}),
        "no_mfa": ({"login": NO_MFA, "code": None}, {}),
    }

    @pytest.mark.parametrize("name", REFUSED)
    def test_what_would_not_work_later_is_refused_now(self, server: StandaloneServer, name: str) -> None:
        how, options = self.REFUSED[name]
        if name == "no_mfa":
            server.core.switches["sign_in_mfa"] = "never"
        person = Person(server, partial(comes_back, **how))
        stored: list[Consent] = []
        with refused(SignInError, error_class=name):
            consent(server, person, store=stored.append, **options)
        page = person.done()
        assert stored == [] and 'id="failed"' in page.text

    def test_a_person_who_declines(self, server: StandaloneServer) -> None:
        def declines(browser: Browser, address: str) -> requests.Response:
            browser.open(address)
            browser.press("cancel")
            return requests.get(t.cast(str, browser.page.left), timeout=20)

        person = Person(server, declines)
        with refused(SignInError, error_class="declined"):
            consent(server, person)
        assert "declined" in person.done().text

    def test_an_answer_of_somebody_else_changes_nothing(self, server: StandaloneServer) -> None:
        def attacked(browser: Browser, address: str) -> list[int]:
            port = urlsplit(parse_qs(urlsplit(address).query)["redirect_uri"][0]).port
            base = f"http://127.0.0.1:{port}/"
            state = parse_qs(urlsplit(address).query)["state"][0]
            bad = [
                requests.get(base, timeout=5),
                requests.get(base + "favicon.ico", timeout=5),
                requests.get(base + "?code=stolen&state=guessed", timeout=5),
                requests.get(base + f"?code=a&code=b&state={state}", timeout=5),
                requests.get(base + f"?state={state}", timeout=5),
                requests.get(base + f"?code=a&state={state}", headers={"Host": "evil.example"}, timeout=5),
                requests.post(base + f"?code=a&state={state}", timeout=5),
            ]
            assert all("stolen" not in answer.text for answer in bad)
            good = comes_back(browser, address)
            return [answer.status_code for answer in (*bad, good)]

        person = Person(server, attacked)
        assert consent(server, person).mfa
        assert person.done() == [404, 404, 400, 400, 400, 421, 501, 200]

    def test_nobody_comes(self, server: StandaloneServer) -> None:
        person = Person(server, lambda _browser, _address: None)
        with refused(SignInError, error_class="not_signed_in"):
            consent(server, person, seconds=0.2)
        person.done()

    @pytest.mark.parametrize("family, host", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
    def test_a_port_that_is_taken(self, server: StandaloneServer, family: socket.AddressFamily, host: str) -> None:
        """Also where only one of the two addresses of localhost is taken: the browser may try that one first, and "
        "would hand the code to whoever is there."""
        with socket.socket(family) as other:
            try:
                other.bind((host, 0))
            except OSError:
                pytest.skip("this machine has no IPv6")
            other.listen()
            with refused(SignInError, error_class="redirect_port"):
                FirstConsent(t.cast(t.Any, None), print, None, lambda _consent: "").in_browser(
                    other.getsockname()[1], 1, None
                )


class TestWithADeviceCode:
    def types_it_in(
        self, person: Person, login: str = SERVICE, press: str = "accept"
    ) -> t.Callable[[Browser, str], str]:
        def act(browser: Browser, address: str) -> str:
            code = t.cast("re.Match[str]", re.search(r"the code (\w+)", person.shown[0]))[1]
            browser.open(address)
            browser.press("next", user_code=code)
            browser.press("next", login=login, password=PASSWORD)
            browser.press("verify", code="246810")
            if press in browser.page.buttons:
                browser.press(press)
            return browser.page.texts.get("message", browser.page.html)

        return act

    @pytest.fixture(autouse=True)
    def _quickly(self, server: StandaloneServer, _clean: None) -> None:
        server.core.switches["device_code_interval"] = 1

    def test_a_public_client(self, server: StandaloneServer) -> None:
        person = Person(server, lambda _browser, _address: None)
        person.acts = self.types_it_in(person)
        result = consent(server, person, device=True, client_id=APPLICATION + "2", client_secret=None)
        person.done()
        assert (result.user_principal_name, result.mfa) == (
            SERVICE,
            True,
        ) and result.refresh_token.reveal() not in "".join(person.shown)

    def test_a_recording_has_no_code(self, server: StandaloneServer, tmp_path: Path) -> None:
        person = Person(server, lambda _browser, _address: None)
        person.acts = self.types_it_in(person)
        given = {"client_id": APPLICATION + "2", "client_secret": None, "record_traffic": str(tmp_path / "t")}
        result = consent(server, person, device=True, **given)
        person.done()
        code = t.cast("re.Match[str]", re.search(r"the code (\w+)", "".join(person.shown)))[1]
        exchanges = names_nobody(server, tmp_path / "t", result, APPLICATION + "2", code)
        asked, polled = (
            [each for each in exchanges if each["path"].endswith(f"/{name}")] for name in ("devicecode", "token")
        )
        assert asked[0]["answer"]["user_code"] == asked[0]["answer"]["message"] == "***"
        polled = [each for each in polled if each["body"]["grant_type"].endswith("device_code")]
        assert polled[0]["body"]["device_code"] == asked[0]["answer"]["device_code"]
        assert {each["answer"].get("error") for each in polled} <= {"authorization_pending", None}
        with launch.start(tmp_path / "emulator") as running:
            running.control.replay(tmp_path / "t")
            again = consent(
                server,
                Person(server, lambda _browser, _address: None),
                device=True,
                authority_host=running.info["authority_host"],
                ca_path=running.info["ca_path"],
                tenant_id=asked[0]["path"].split("/")[0],
                client_id=asked[0]["body"]["client_id"],
                client_secret=None,
            )
        assert again.refresh_token.reveal() == polled[-1]["answer"]["refresh_token"] and again.mfa
        assert again.user_principal_name == polled[-1]["answer"]["access_token"]["claims"]["upn"] != SERVICE

    def test_an_application_that_allows_no_public_flows(self, server: StandaloneServer) -> None:
        person = Person(server, lambda _browser, _address: None)
        person.acts = self.types_it_in(person)
        with refused(CollectionError, error_class="confidential_client"):
            consent(server, person, device=True, client_secret=None)

    def test_nobody_types_it_in(self, server: StandaloneServer) -> None:
        person = Person(server, lambda _browser, _address: None)
        with refused(SignInError, error_class="not_signed_in"):
            consent(server, person, device=True, seconds=1, client_id=APPLICATION + "2", client_secret=None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused_before_somebody_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "refresh-token"
    path.write_text("x")
    os.chown(path, 12345, 12345)
    run = consent_action._Run({}, set(), Secrets(), [], None, False)
    assert run._problems_of_file(str(path)) == [], "root can replace it, and it stays that user's"
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    (problem,) = run._problems_of_file(str(path))
    assert problem.reason == "foreign_file" and "chown" in problem


class TestListener:
    def test_a_machine_without_ipv6_does_without(self, monkeypatch: pytest.MonkeyPatch) -> None:
        usual = loopback._Server.server_bind

        def bind(server: t.Any) -> None:
            if server.address_family == socket.AF_INET6:
                raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
            usual(server)

        monkeypatch.setattr(loopback._Server, "server_bind", bind)
        listener = Listener(0)
        listener.close()
        assert [server.server_address[0] for server in listener._servers] == ["127.0.0.1"]

    def test_only_loopback_is_bound(self) -> None:
        listener = Listener(0)
        try:
            addresses = {server.server_address[0] for server in listener._servers}
            assert addresses <= {"127.0.0.1", "::1"} and "127.0.0.1" in addresses
        finally:
            listener.close()

    def test_a_connection_that_says_nothing_is_not_in_the_way_and_the_answer_is_taken_once(self) -> None:
        listener = Listener(0)
        calls: list[dict[str, str]] = []

        def work(values: dict[str, str]) -> Page:
            calls.append(values)
            return Page("done", "<b>", "it's & fine")

        answers: list[requests.Response] = []

        def browser() -> None:
            with socket.create_connection(("127.0.0.1", listener.port)):
                answers.append(requests.get(f"{listener.redirect_uri}/?code=c&state=s", timeout=5))

        thread = threading.Thread(target=browser)
        thread.start()
        try:
            assert listener.wait("s", work, 20)
            thread.join()
            assert listener.answer("/?code=c&state=s", f"localhost:{listener.port}")[0] == 410
        finally:
            listener.close()
        assert calls == [{"code": "c", "state": "s"}]
        (answer,) = answers
        assert "&lt;b&gt;" in answer.text and "it&#x27;s &amp; fine" in answer.text and "<b>" not in answer.text
        assert (
            answer.headers["Cache-Control"] == "no-store"
            and "default-src 'none'" in answer.headers["Content-Security-Policy"]
        )
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", listener.port), 1):
            pass
