"""The log, faults, `Expect`, the control calls and seeds of the Azure Pack servers."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests
from emulator.kernel.control_client import ControlError

ADMIN = "wap-automation@northwind.example"


# Log


def test_log_entries(wap, names):
    headers = {
        "x-ms-principal-id": "NORTHWIND\\Administrator",
        "X-MS-Client-Request-Id": "r-1",
        "x-ms-client-session-id": "s-1",
        "Accept-Language": "en-US",
        "X-Other": "not of interest",
    }
    wap.call("DELETE", "/USERS/liam%40tenants.example?deleteSubscriptions=True&force=False&", headers=headers)
    (entry,) = wap.azure_pack.writes()
    assert (entry["server"], entry["method"], entry["status"], entry["user_id"]) == (
        "azure_pack_admin",
        "DELETE",
        202,
        names.liam,
    )
    assert entry["query"] == "deleteSubscriptions=True&force=False&"
    assert (entry["path"], entry["raw_path"]) == ("/USERS/liam@tenants.example", "/USERS/liam%40tenants.example")
    assert (entry["request_id"], entry["correlation_id"], entry["body"]) == ("r-1", "s-1", None)
    shown = entry["headers"]
    assert shown["x-ms-principal-id"] == "NORTHWIND\\Administrator" and shown["accept-language"] == "en-US"
    assert shown["authorization"] == "Bearer ***" and "x-other" not in shown
    assert wap.token not in str(wap.control.log())


def test_log_of_bodies_and_of_the_tenant_server(wap, names):
    wap.create("a@x.example", Password="canary")
    wap.call("POST", "/users", b"<User><Password>canary</Password></User>", headers={"Content-Type": "application/xml"})
    wap.get("/subscriptions", tenant=True)
    first, second, third = wap.azure_pack.log()
    assert first["body"] == {"Name": "a@x.example", "Email": "a@x.example", "State": 1, "Password": "***"}
    assert second["body"] == {"User": {"Password": "***"}}
    assert (third["server"], third["user_id"]) == ("azure_pack_tenant", None)
    assert len(wap.azure_pack.writes()) == 2 and wap.control.writes() == [], "those of Partner Center are others"


# Faults


def fault(wap, kind, **options):
    wap.control.fault(kind, {"server": "azure_pack_admin"}, **options)


def test_status_faults(wap, names):
    for status, code in (
        (401, "AuthenticationFailed"),
        (403, "AuthenticationFailed"),
        (404, "ResourceNotFound"),
        (500, "InternalError"),
    ):
        fault(wap, "status", status=status)
        assert wap.user(names.liam).refusal == (status, code)
    fault(wap, "status", status=500, body="")
    empty = wap.user(names.liam)
    assert (empty.status, empty.raw, "Content-Type" in empty.headers) == (500, b"", False)
    fault(wap, "status", status=400, body={"Code": "X", "Message": "m", "Details": None}, headers={"X-Note": "n"})
    answer = wap.user(names.liam)
    assert (answer.refusal, answer.headers["X-Note"], "MS-RequestId" in answer.headers) == ((400, "X"), "n", False)
    assert wap.user(names.liam).status == 200


def test_pages_texts_and_the_rest(wap, names):
    fault(wap, "html", status=404)
    page = wap.user(names.liam)
    assert page.status == 404 and page.headers["Content-Type"].startswith("text/html") and b"<html>" in page.raw
    fault(wap, "html", body="<p>down</p>")
    assert (wap.user(names.liam).raw, wap.azure_pack.log()[-1]["status"]) == (b"<p>down</p>", 502)
    fault(wap, "text", status=403, text="Not you.")
    text = wap.user(names.liam)
    assert (text.status, text.raw, text.headers["Content-Type"]) == (403, b"Not you.", "text/plain; charset=utf-8")
    fault(wap, "redirect", location="https://elsewhere.example/")
    assert wap.user(names.liam).headers["Location"] == "https://elsewhere.example/"
    fault(wap, "throttle", retry_after=7)
    busy = wap.user(names.liam)
    assert (busy.status, busy.headers["Retry-After"]) == (429, "7")
    fault(wap, "unauthorized")
    assert wap.user(names.liam).refusal == (401, "AuthenticationFailed")
    fault(wap, "broken_page")
    assert wap.get("/users?skip=0&take=2").status == 200
    assert wap.get("/users?skip=2&take=2").refusal == (404, "ResourceNotFound")


def test_truncated_and_slow(wap, names):
    whole = wap.user(names.liam).raw
    fault(wap, "truncated_json")
    assert wap.user(names.liam).raw == whole[: len(whole) // 2]
    fault(wap, "latency", seconds=0.1)
    wap.user(names.liam)
    wap.control.set(latency_ms=60)
    wap.user(names.liam)
    assert [
        round(each["duration_ms"]) >= limit for each, limit in zip(wap.azure_pack.log()[-2:], (100, 60), strict=True)
    ] == [True, True]


@pytest.mark.parametrize(("kind", "done"), [("drop_before", False), ("drop_after", True)])
def test_resets(wap, kind, done):
    fault(wap, kind)
    with pytest.raises(requests.ConnectionError):
        wap.create()
    assert (wap.look("new@tenants.example") is not None) is done
    assert wap.azure_pack.log()[0]["status"] is None


def test_the_other_server_is_not_faulted(wap, names):
    fault(wap, "status", status=500, times=None)
    assert wap.user(names.liam, tenant=True, headers={"x-ms-principal-id": names.liam}).status == 200


# Expect


def test_expect_continue(wap):
    """A .NET client sends its body only after `100 Continue`."""
    address = urlsplit(wap.admin_url)
    context = ssl.create_default_context(cafile=wap.running.info["ca_path"])
    body = b'{"Name":"net@x.example","Email":"e","State":1}'
    head = (
        f"POST /users HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {wap.token}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with (
        socket.create_connection((address.hostname, address.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(head.encode())
        assert secure.recv(100).startswith(b"HTTP/1.1 100 ")
        secure.sendall(body)
        received = b""
        while chunk := secure.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 201 ")
    assert wap.azure_pack.writes()[0]["headers"]["expect"] == "100-continue"


# Control


def test_users_are_added_and_replaced(wap, names):
    document = {
        "name": "a@x.example",
        "email": "A@x.example",
        "state": "suspended",
        "subscriptions": [{"name": "S", "plan": "p"}],
    }
    assert wap.azure_pack.add_users([document, {"name": names.olivia.upper()}]) == ["a@x.example", names.olivia.upper()]
    assert wap.look("a@x.example") == (2, 0, 1, None)
    assert wap.look(names.olivia) == (1, 0, 0, None)
    shown = wap.azure_pack.user("A@x.example")
    assert (shown["email"], shown["state"], shown["deleting"], shown["subscriptions"][0]["plan"]) == (
        "A@x.example",
        "suspended",
        False,
        "p",
    )
    wap.azure_pack.remove_user("A@X.example")
    assert wap.azure_pack.user("a@x.example") is None and wap.azure_pack.orphans() == []
    assert len(wap.azure_pack.users()) == 6


def test_subscriptions_are_added_and_replaced(wap, names):
    (first,) = wap.azure_pack.add_subscriptions({"owner": names.liam.upper(), "name": "S"})
    assert wap.azure_pack.add_subscriptions([{"id": first, "owner": names.mia, "name": "T"}]) == [first]
    assert (wap.look(names.liam)[2], wap.look(names.mia)[2]) == (0, 1)
    assert wap.azure_pack.set_provider(first, "hang")["provider"] == {"outcome": "hang"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("users", {"email": "a"}),
        ("users", {"name": " "}),
        ("users", {"name": "a", "nmae": 1}),
        ("users", {"name": "a", "state": "gone"}),
        ("users", {"name": "a", "subscriptions": [{"plan": "no name"}]}),
        ("users", [{"name": "a"}, 5]),
        ("subscriptions", {"name": "S"}),
        ("subscriptions", {"name": "S", "owner": "nobody"}),
        ("subscriptions", {"name": "S", "owner": "liam@tenants.example", "id": "1"}),
        ("subscriptions", {"name": "S", "owner": "liam@tenants.example", "provider": {"outcome": "maybe"}}),
        ("subscriptions/c1a2b3c4-0001-4000-8000-000000000001/provider", {"outcome": "ok", "seconds": -1}),
        ("accounts", {"username": "u", "site": "elsewhere", "password": "p"}),
        ("accounts", {"username": "u", "site": "adfs"}),
        ("tokens", {"realm": "tenant"}),
        ("tokens", {"relam": "tenant"}),
    ],
)
def test_calls_that_are_not_understood(wap, path, body):
    with pytest.raises(ControlError, match="400"):
        wap.control.call("POST", f"/azure-pack/{path}", body)
    assert len(wap.azure_pack.users()) == 6 and len(wap.azure_pack.subscriptions()) == 5


def test_unknown_things(wap):
    with pytest.raises(ControlError, match="404"):
        wap.azure_pack.remove_user("nobody")
    with pytest.raises(ControlError, match="404"):
        wap.azure_pack.set_provider("c1a2b3c4-0001-4000-8000-0000000000ff", "ok")
    with pytest.raises(ControlError, match="400"):
        wap.control.set(azure_pack_delete_status=201)
    with pytest.raises(ControlError, match="400"):
        wap.control.set(azure_pack_lower_case=["State"])


def test_token_calls(wap):
    answer = wap.control.call("POST", "/azure-pack/tokens", {})
    assert (answer["token_type"], answer["expires_in"], answer["realm"], answer["principal"]) == (
        "Bearer",
        28800,
        "http://azureservices/AdminSite",
        ADMIN,
    )
    wap.control.set(azure_pack_token_lifetime=60)
    assert wap.control.call("POST", "/azure-pack/tokens", None)["expires_in"] == 60


# Seeds


def test_seeds(wap, names, seed):
    partner = {"tenant_id": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10", "domain": "northwind-partner.onmicrosoft.com"}
    wap.delete(names.quinn, False, True)
    for section in ({"user": []}, {"users": [{"nobody": 1}]}, {"accounts": [{}]}, {"generate": {"amount": 3}}, []):
        if section:
            with pytest.raises(ControlError, match="400"):
                wap.control.reset({"partner": partner, "azure_pack": section})
    assert wap.azure_pack.token() and len(wap.azure_pack.users()) == 5 and len(wap.azure_pack.orphans()) == 1, (
        "nothing has changed"
    )
    try:
        wap.control.reset(
            {
                "partner": partner,
                "azure_pack": {
                    "administrators": ["a"],
                    "plans": ["p"],
                    "generate": {"count": 120, "domain": "x.example"},
                },
            }
        )
        wap.token = wap.azure_pack.token(principal="a")
        page = wap.get("/users?skip=100&take=25&sortProperty=Name").json
        assert (len(page["items"]), page["totalCount"], page["items"][-1]["Name"]) == (20, 120, "tenant0120@x.example")
        assert wap.azure_pack.orphans() == []
        wap.control.reset({"partner": partner})
        assert wap.azure_pack.users() == []
        with pytest.raises(ControlError, match="400"):
            wap.azure_pack.token()
    finally:
        wap.control.reset(seed)
    assert len(wap.azure_pack.users()) == 6
