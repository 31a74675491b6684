"""Bytes: byte order mark, headers, path forms, HEAD, Expect, error bodies."""

from __future__ import annotations

import json
import re
import socket
import ssl
import uuid

import pytest
from emulator.kernel.json_reading import decode_json
from emulator.partner_center.filters import OPERATORS, FieldFilter, parse_filter
from emulator.partner_center.request import path_without_version, split_path
from hypothesis import given, settings
from hypothesis import strategies as st

BOM = b"\xef\xbb\xbf"


def test_byte_order_mark(api, ids, control):
    assert api.get(api.user(ids.adele)).raw.startswith(BOM + b"{")
    control.set(bom=False)
    assert api.get(api.user(ids.adele)).raw.startswith(b"{")


def test_headers_of_every_answer(api):
    sent = {"MS-RequestId": "B7F1-Mixed-Case", "MS-CorrelationId": "c-42", "MS-CV": "abc.1"}
    headers = api.get("/customers", headers=sent).headers
    assert {name: headers[name] for name in sent} == sent
    headers = api.get("/customers/nonsense").headers
    assert uuid.UUID(headers["MS-RequestId"]) != uuid.UUID(headers["MS-CorrelationId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{16}\.0", headers["MS-CV"])
    assert headers["MS-ServerId"] == "020021921"
    assert headers["Request-Context"].startswith("appId=cid-v1:")
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Content-Length"]
    assert "Retry-After" not in headers and "server" not in headers


def test_the_date_follows_the_clock(api, control):
    control.set_clock("2031-05-06T07:08:09Z")
    api.token = control.token()
    assert api.get("/customers").headers["Date"].startswith("Tue, 06 May 2031 07:08:")


@pytest.mark.parametrize(
    "path",
    [
        "/V1{user}",
        "/v1{user}/",
        "/v1//customers/{cid}//users/{uid}",
        "/v1/Customers/{cid}%20/USERS/%20{uid}%20",
        "/v1{user}?unknown=1",
    ],
)
def test_forms_of_a_path(api, ids, path):
    answer = api.get(path.format(user=api.user(ids.adele), cid=ids.contoso, uid=ids.adele))
    assert (answer.status, answer.json["id"]) == (200, ids.adele)


def test_paths_without_the_version_are_unknown(api, ids):
    response = api.session.get(f"{api.url}/customers", headers={"Authorization": f"Bearer {api.token}"}, timeout=10)
    assert response.status_code == 404


def test_code_as_text_and_html_entities(api, control):
    answer = api.get("/customers/00000000-0000-4000-8000-000000000000").json
    assert answer == {
        "code": 60003,
        "description": "A customer with the tenant Id '00000000-0000-4000-8000-000000000000' was not found.",
        "data": [],
        "source": "PartnerFD",
    }
    control.set(code_type="string", html_escape_descriptions=True)
    answer = api.get("/customers/00000000-0000-4000-8000-000000000000").json
    assert answer["code"] == "60003"
    assert "&#39;00000000" in answer["description"] and "'" not in answer["description"]


def test_expect_100_continue(api):
    host, port = api.url.removeprefix("https://").split(":")
    body = b'{"userPrincipalName":"expect@contoso.example","displayName":"E"}'
    head = f"POST /v1{api.users()} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {api.token}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    context = ssl.create_default_context(cafile=api.session.verify)
    with (
        socket.create_connection(("127.0.0.1", int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_head_of_other_paths(api, ids):
    answer = api.call("HEAD", api.user(ids.adele))
    assert (answer.status, answer.raw, answer.headers["Content-Length"]) == (405, b"", "0")


def test_split_path():
    assert split_path("/v1/customers/ a /users/") == ["customers", "a", "users"]
    assert split_path("/customers") is None
    assert split_path("/") is None
    assert path_without_version("/V1//customers/%20x/") == "/customers/x"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(json_values)
def test_tolerating_unquoted_names_does_not_change_strict_json(value):
    assert decode_json(json.dumps(value).encode(), unquoted_names=True) == value
    assert decode_json(json.dumps(value, ensure_ascii=False, indent=1).encode(), unquoted_names=True) == value


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(OPERATORS) - 1), st.booleans(), st.booleans())
def test_operators_in_every_spelling(index, as_number, camel):
    name = OPERATORS[index]
    spelled = index if as_number else "".join(part.capitalize() for part in name.split("_")) if camel else name.upper()
    if name in ("and", "or"):
        return
    text = json.dumps({"FIELD": "UserState", "value": "x", "Operator": spelled})
    assert parse_filter(text) == FieldFilter("userstate", "x", name)
