"""Texts and numbers from outside: what cannot be written or counted does not get in, at the one place where JSON is
read."""

from __future__ import annotations

import base64
import json
import time
import tracemalloc
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import foreign
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    ServiceError,
    SignInError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.token_claims import read_claims
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.answers import documented
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource
from hypothesis import given
from hypothesis import strategies as st
from support.raw_server import Visitor, serving

from .factories import CUSTOMER, IDS
from .wires import Response, client, wire

TENANT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b09"
ANY_TEXT = st.text(st.characters(), max_size=12)
ANY_JSON = st.recursive(
    ANY_TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
)


@given(
    value=st.recursive(
        st.text(st.characters(exclude_categories=()) | st.sampled_from("\ud83d\ude00\udfff\x00"), max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.sampled_from("a\ud800\udc00"), max_size=3), inner, max_size=4)
        ),
    )
)
def test_whatever_comes_can_be_written(value: t.Any) -> None:
    read = foreign.parse_json(json.dumps(value).encode())
    json.dumps(read, ensure_ascii=False).encode("utf-8")


@given(value=ANY_JSON)
def test_what_is_whole_stays_as_it_is(value: t.Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert foreign.parse_json(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "[1e999]",
        "[" * 100_000,
        "[" * 900 + "]" * 900 + "x",
        "9" * 5000,
        "{",
        '"\x01"',
    ],
)
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError):
        foreign.parse_json(text.encode())


@pytest.mark.parametrize("part", ['{"":{}},', "[[],[]],", "{},", '"ab",', '{"a":0},'])
def test_a_small_answer_does_not_fill_the_memory(part: str) -> None:
    text = ("[" + part * (8 * 1024 * 1024 // len(part)) + "0]").encode()
    tracemalloc.start()
    try:
        foreign.parse_json(text)
    except ValueError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 130 * 1024 * 1024


@pytest.mark.parametrize("header", ["x" * 300, "a\x1bb", "ü", ""])
def test_a_header_that_is_no_name_of_a_request(header: str) -> None:
    answer = Response(
        400, {"code": "\ud83d", "description": "half \ud83d \x00"}, MS_RequestId=header, MS_CorrelationId=header
    )
    api, script, _slept = client(answer)
    with pytest.raises(ServiceError) as caught:
        api.user(IDS[1])
    error = caught.value
    assert (
        error.details["request_id"] == script.asked[0][3]["MS-RequestId"]
        and error.details["correlation_id"] == api.transport.correlation_id
    )
    json.dumps([error.message, error.details], ensure_ascii=False).encode()


def test_keys_and_values_of_answers() -> None:
    body = wire(displayName="Ada \ud83d", **{"\ud83d": "\ude00"})
    api, *_more = client(Response(200, {"items": [body], "\udfff": 1}), Response(200, body))
    found = [next(api.users(CUSTOMER))[0], api.user(IDS[1])]
    assert [user.display_name for user in found if user] == ["Ada \ufffd"] * 2


def test_claims_of_a_token() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"upn": "a\ud83d@x", "\udc00": [1]}).encode()).decode().rstrip("=")
    assert read_claims(f"x.{claims}.x") == {"upn": "a\ufffd@x", "\ufffd": [1]}


# The sign-in


def token_source(server: t.Any) -> TokenSource:
    settings = resolve(
        {
            "auth_method": "auto",
            "cloud_environment": "AzureCloud",
            "authority_host": server.url,
            "tenant_id": TENANT,
            "client_id": IDS[1],
            "client_secret": "canary-client-secret",
            "refresh_token": "canary-refresh-token",
            "ca_path": server.ca_path,
            "validate_certs": True,
            "timeout": 5,
            "max_wait": 0,
            "token_cache": False,
            "client_certificate_send_chain": False,
        },
        ["authority_host", "tenant_id", "client_id", "client_secret", "refresh_token", "ca_path"],
        {},
    )
    return TokenSource(settings, Secrets(), WaitBudget(0), operation="Testing")


def host(token_answer: bytes, status: str = "200 OK", **discovery: t.Any) -> t.Callable[[Visitor], None]:
    """A sign-in host that describes itself well and answers a request for a token with these bytes."""

    def act(visitor: Visitor) -> None:
        base = f"{visitor.server.url}/{TENANT}"
        said = {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/a",
            "issuer": f"{base}/v2.0",
            **discovery,
        }
        if visitor.head.startswith(b"GET"):
            visitor.answer(json.dumps(said).encode())
        else:
            visitor.answer(token_answer, status)

    return act


GOOD = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 3599}
ODD: t.Final = (7, 1.5, True, [], ["x"], {}, {"a": 1}, "")
ANSWERS = [
    *[{**GOOD, "access_token": odd} for odd in (*ODD, "two words", "a\nb", "ü")],
    *[{**GOOD, "expires_in": odd} for odd in (True, [], {}, "", "soon", -1, 10**30, 1e30, "9" * 30, "\u00b2")],
    *[{**GOOD, "token_type": odd} for odd in (7, [], "pop")],
    *[{**GOOD, "refresh_token": odd} for odd in (7, [], {}, "a b")],
    *[{**GOOD, "id_token": odd} for odd in (7, [], {})],
    *[{"error": odd} for odd in (7, [], ["invalid_grant"], {}, True)],
    *[{"error": "invalid_grant", "error_codes": odd} for odd in (7, "x", {}, [None], [[]], [{}], ["\u00b2"], [1.5])],
    *[{"error": "invalid_grant", "error_description": odd} for odd in (7, [], {})],
    *[{"error": "invalid_grant", "suberror": odd, "correlation_id": odd, "timestamp": odd} for odd in (7, [], {})],
    {**GOOD, "error": "invalid_grant"},
    {},
    {"access_token": None},
    {"access_token": None, "error": None},
    {"expires_in": 5},
    7,
    [],
    [GOOD],
    "text",
    True,
]


@pytest.fixture(scope="module")
def odd_host(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Any]:
    with serving(tmp_path_factory.mktemp("odd"), lambda visitor: None) as server:
        yield server


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_an_answer_of_other_types_is_not_understood(odd_host: t.Any, answer: t.Any, status: str) -> None:
    odd_host.act = host(json.dumps(answer).encode(), status)
    with pytest.raises(SignInError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] == "not_understood", caught.value.message
    assert (
        "Internal" not in caught.value.message
        and "canary" not in caught.value.message
        and "certificate" not in caught.value.message
    )


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "302 Found", "418 Teapot", "451 No"])
def test_a_token_comes_with_200_or_not_at_all(odd_host: t.Any, status: str) -> None:
    odd_host.act = host(json.dumps(GOOD).encode(), status)
    with pytest.raises(SignInError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] == "not_understood"


@pytest.mark.parametrize("status", ["429 Too Many", "500 Error", "600 What"])
def test_nor_with_an_error_that_may_pass(odd_host: t.Any, status: str) -> None:
    odd_host.act = host(json.dumps(GOOD).encode(), status)
    with pytest.raises(CollectionError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] in ("transient", "not_understood"), caught.value.message


@pytest.mark.parametrize("member", ["token_endpoint", "authorization_endpoint", "issuer"])
@pytest.mark.parametrize("odd", [7, [], {"a": 1}])
def test_a_description_of_other_types(odd_host: t.Any, member: str, odd: t.Any) -> None:
    odd_host.act = host(json.dumps(GOOD).encode(), **{member: odd})
    with pytest.raises(SignInError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] == "not_understood"


@pytest.mark.parametrize(
    "answer",
    [
        {**GOOD, "expires_in": "3599"},
        {**GOOD, "expires_in": 3599.0},
        {**GOOD, "error": None, "refresh_token": None},
        {**GOOD, "x": "\ud83d"},
    ],
)
def test_what_is_understood(odd_host: t.Any, answer: t.Any) -> None:
    odd_host.act = host(json.dumps(answer).encode())
    source = token_source(odd_host)
    grant = source.redeem(Secret("canary-refresh-token"))
    assert grant.access_token == "a.b.c" and abs(grant.expires_on - time.time() - 3599) < 60


@pytest.mark.parametrize("answer", [{"error": 5, "error_codes": 7}, [], "x", {"error_codes": {}}])
def test_a_server_error_of_other_types_may_pass(odd_host: t.Any, answer: t.Any) -> None:
    odd_host.act = host(json.dumps(answer).encode(), "503 Service Unavailable")
    with pytest.raises(CollectionError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] == "transient", caught.value.message


def test_half_a_character_in_a_refusal(odd_host: t.Any) -> None:
    answer = {
        "error": "invalid_grant",
        "error_description": "AADSTS70008: half \ud83d",
        "correlation_id": "\udc00",
        "timestamp": "\ud83d",
    }
    odd_host.act = host(json.dumps(answer).encode(), "400 Bad Request")
    with pytest.raises(SignInError) as caught:
        token_source(odd_host).get()
    assert caught.value.details["error_class"] == "expired"
    json.dumps([caught.value.message, caught.value.details], ensure_ascii=False).encode()


SIGN_IN_BOUNDS: dict[str, tuple[str, t.Callable[[Visitor], None]]] = {
    "slow": ("answer_too_slow", lambda visitor: (visitor.say(b"HTTP/1.1 200 OK\r\n"), visitor.drip(b"X: y\r\n"))[0]),
    "large": ("answer_too_large", lambda visitor: visitor.answer(b" " * 2_000_000)),
}


@pytest.mark.parametrize("name", SIGN_IN_BOUNDS)
def test_the_sign_in_is_bounded_and_not_tried_again(odd_host: t.Any, name: str) -> None:
    word, act = SIGN_IN_BOUNDS[name]
    odd_host.act, before = act, len(odd_host.requests)
    source = token_source(odd_host)
    source.settings = source.settings.__class__(**{**source.settings.__dict__, "timeout": 1})
    started = time.monotonic()
    with pytest.raises(TransportError) as caught:
        source.get()
    assert (
        caught.value.details["reason"] == word
        and time.monotonic() - started < 2
        and len(odd_host.requests) == before + 1
    )


@given(
    answer=st.dictionaries(
        st.sampled_from(
            [
                "access_token",
                "expires_in",
                "error",
                "error_codes",
                "error_description",
                "suberror",
                "correlation_id",
                "timestamp",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
            lambda inner: st.lists(inner, max_size=3),
        ),
    )
)
def test_no_refusal_breaks_its_reader(answer: dict[str, t.Any]) -> None:
    members, _wrong = documented(answer)
    for given_answer in (answer, members):
        json.dumps(refusal(given_answer, "x", str).details)
