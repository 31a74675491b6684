"""The messages of the sign-in: nothing in an option becomes markup, and nothing in an answer is believed that should not be."""

from __future__ import annotations

import base64
import typing as t
from datetime import datetime, timezone
from xml.etree import ElementTree

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
    azure_pack_access_token_info as sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.ws_trust import (
    Fault,
    NoToken,
    read_answer,
    request_text,
    writable,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.xml_reading import NotXml, read_xml
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import SignInError, TransportError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from hypothesis import given
from hypothesis import strategies as st

from .issuers import TOKEN, TRUST, fault, issued
from .service import Response

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)


def message(**changes: str) -> str:
    values = {
        "to": "https://wap.example/x",
        "realm": "http://azureservices/AdminSite",
        "username": "ann",
        "password": "pw",
        "message_id": "1",
        **changes,
    }
    return request_text(now=NOW, **values)


ENCODED = base64.b64encode(TOKEN.encode()).decode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_whatever_the_password_is_it_arrives_as_it_is(password: str) -> None:
    if not writable(password):
        return
    root = ElementTree.fromstring(message(password=password, username=password, realm=password))
    found = [element.text or "" for element in root.iter() if element.tag.endswith(("}Password", "}Username"))]
    # XML reads every kind of line break as one.
    assert found == [password.replace("\r\n", "\n").replace("\r", "\n")] * 2


def test_the_request() -> None:
    text = message(username="HOSTER\\ann", password="</o:Password>&amp;\"'")
    assert "<o:Username>HOSTER\\ann</o:Username>" in text and "&lt;/o:Password&gt;&amp;amp;" in text
    for part in (
        "2026-11-25T12:00:00.000Z",
        "2026-11-25T12:05:00.000Z",
        f"{TRUST}/RST/Issue",
        f"{TRUST}/Bearer",
        "urn:ietf:params:oauth:token-type:jwt",
    ):
        assert part in text


@pytest.mark.parametrize(
    "inner",
    [ENCODED, f"<b:BinarySecurityToken xmlns:b='x'>\n {ENCODED[:9]}\n{ENCODED[9:]} </b:BinarySecurityToken>", TOKEN],
)
def test_the_token_is_found(inner: str) -> None:
    assert read_answer(issued(inner)) == TOKEN


@pytest.mark.parametrize("token", ["eyJh.eyJi.c2ln", "eyJh.bnVsbA.x", "a.W10.c", "e30.e30.", "a.b.c"])
@pytest.mark.parametrize("encoded", [True, False])
def test_a_token_that_says_nothing_is_none(token: str, encoded: bool) -> None:
    """Whom and what it is for could not be told."""
    with pytest.raises(NoToken):
        read_answer(issued(base64.b64encode(token.encode()).decode() if encoded else token))


def test_a_refusal() -> None:
    assert read_answer(fault("FailedAuthentication", "ID3242: No.")) == Fault("FailedAuthentication", "ID3242: No.")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"{}",
        issued(""),
        issued("%%%"),
        issued(base64.b64encode(b"<saml/>").decode()),
        b"<Envelope/>",
        b"<!DOCTYPE e [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + issued("&x;"),
        issued("x" * 1_000_001),
        issued(ENCODED).decode().encode("utf-16"),
    ],
)
def test_what_is_no_answer(content: bytes) -> None:
    with pytest.raises(NoToken) as refused:
        read_answer(content)
    assert "passwd" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE x><x/>",
        "<?xml version='1.0'?>\n<!doctype x SYSTEM 'y'><x/>",
        "<x><!ENTITY a 'b'></x>",
        "<! DOCTYPE x><x/>",
    ],
)
def test_no_document_type_is_parsed(text: str) -> None:
    with pytest.raises(NotXml, match="document type"):
        read_xml(text.encode())


def test_another_encoding_in_the_declaration_does_not_matter() -> None:
    assert read_xml("<?xml version='1.0' encoding='utf-7'?><x>ü</x>".encode()).text == "ü"


class TestFetching:
    """What is sent again, and what the errors say."""

    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch) -> list[t.Any]:
        answers: list[t.Any] = []

        class Session:
            def request(self, method: str, url: str, **kwargs: t.Any) -> Response:
                answer = answers.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer

        monkeypatch.setattr(sign_in.http, "session", lambda *_args, **_options: Session())
        monkeypatch.setattr(sign_in, "pause", lambda _attempt: 0)
        return answers

    def fetch(self, secrets: Secrets | None = None) -> str:
        wanted = sign_in.SignIn("https://wap.example/x", "realm", "ann", Secret("pass-word"), True, 5, 5, {})
        known = secrets or Secrets()
        known.add("pass-word")
        return sign_in.fetch(wanted, known)

    def test_the_token_is_a_secret_in_both_forms(self, sent: list[t.Any]) -> None:
        sent.append(Response(200, issued(ENCODED)))
        secrets = Secrets()
        assert self.fetch(secrets) == TOKEN
        assert TOKEN not in secrets.scrub(TOKEN) and ENCODED not in secrets.scrub(ENCODED)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("FailedAuthentication", "bad_credentials"),
            ("InvalidScope", "unknown_realm"),
            ("InvalidSecurity", "bad_request_security"),
            ("X", "refused"),
        ],
    )
    def test_a_refusal_is_not_tried_again(self, sent: list[t.Any], code: str, kind: str) -> None:
        sent.extend([Response(500, fault(code, "no pass-word")), Response(200, issued(ENCODED))])
        with pytest.raises(SignInError) as refused:
            self.fetch()
        assert (
            refused.value.details["error_class"] == kind and len(sent) == 1 and "pass-word" not in refused.value.message
        )

    def test_a_lost_answer_is_not_tried_again(self, sent: list[t.Any]) -> None:
        sent.extend([http.requests.exceptions.ReadTimeout(), Response(200, issued(ENCODED))])
        with pytest.raises(TransportError):
            self.fetch()
        assert len(sent) == 1

    def test_a_proxy_without_a_backend_is_tried_again(self, sent: list[t.Any]) -> None:
        sent.extend([Response(503), Response(503), Response(200, issued(ENCODED))])
        assert self.fetch() == TOKEN

    @pytest.mark.parametrize(
        "answer", [Response(502), Response(504), Response(503, fault("FailedAuthentication", "no"))]
    )
    def test_a_password_that_may_have_been_read_is_not_sent_again(self, sent: list[t.Any], answer: Response) -> None:
        """Each time could count as a wrong one, and a few of them lock the account."""
        sent.extend([answer, Response(200, issued(ENCODED))])
        with pytest.raises((TransportError, SignInError)):
            self.fetch()
        assert len(sent) == 1

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (Response(302), "redirect"),
            (Response(200, b"<html></html>"), "not_a_token_service"),
            (Response(401), "not_a_token_service"),
        ],
    )
    def test_what_is_no_such_service(self, sent: list[t.Any], answer: Response, kind: str) -> None:
        sent.append(answer)
        with pytest.raises(TransportError) as refused:
            self.fetch()
        assert refused.value.details["error_class"] == kind
