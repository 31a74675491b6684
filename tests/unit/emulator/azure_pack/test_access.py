"""Tokens, realms, principals, and the tenant server's narrower view."""

from __future__ import annotations

import jwt
import pytest

ADMIN = "wap-automation@northwind.example"
NO_SIGNATURE = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwOi8vYXp1cmVzZXJ2aWNlcy9BZG1pblNpdGUifQ."


def test_claims_of_a_token(wap):
    claims = jwt.decode(wap.token, options={"verify_signature": False})
    assert claims["aud"] == "http://azureservices/AdminSite" and claims["upn"] == ADMIN
    assert claims["exp"] - claims["nbf"] == 8 * 3600


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", f"Bearer {NO_SIGNATURE}", "Basic dXNlcjpwYXNz"],
)
@pytest.mark.parametrize("tenant", [False, True])
def test_not_authenticated(wap, names, authorization, tenant):
    answer = wap.user(names.liam, tenant=tenant, headers={"Authorization": authorization})
    assert answer.refusal == (401, "AuthenticationFailed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_scheme_without_case(wap, names):
    assert wap.user(names.liam, headers={"Authorization": f"bEARER {wap.token}"}).status == 200


def test_time_and_tampering(wap, names):
    good = wap.token
    head, claims, signature = good.split(".")
    for bad in (
        wap.azure_pack.token(expires_in=-1),
        wap.azure_pack.token(claims={"nbf": 9_999_999_999}),
        wap.azure_pack.token(claims={"exp": None}),
        wap.azure_pack.token(claims={"aud": None}),
        wap.azure_pack.token(claims={"upn": None}),
        f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
    ):
        wap.token = bad
        assert wap.user(names.liam).refusal == (401, "AuthenticationFailed")
    wap.token = good
    assert wap.user(names.liam).status == 200
    wap.control.advance(8 * 3600 + 1)
    assert wap.user(names.liam).status == 401


def test_not_authorized(wap, names):
    for token in (
        wap.azure_pack.token("tenant", names.liam),
        wap.azure_pack.token("tenant", ADMIN),
        wap.azure_pack.token("admin", "stranger@northwind.example"),
        wap.azure_pack.token("http://azureservices/Elsewhere", ADMIN),
        wap.control.token(),
    ):
        wap.token = token
        assert wap.user(names.liam).refusal == (403, "AuthenticationFailed")
    wap.token = wap.azure_pack.token("admin", "northwind\\ADMINISTRATOR")
    assert wap.user(names.liam).status == 200


@pytest.mark.parametrize(("switch", "first", "second"), [("401", 401, 401), ("403", 403, 403), ("401/403", 401, 403)])
def test_status_of_refusals(wap, names, switch, first, second):
    wap.control.set(azure_pack_token_refusals=switch)
    assert wap.user(names.liam, headers={"Authorization": None}).refusal == (first, "AuthenticationFailed")
    wap.token = wap.azure_pack.token("tenant", names.liam)
    assert wap.user(names.liam).refusal == (second, "AuthenticationFailed")


@pytest.mark.parametrize("claim", ["unique_name", "name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"])
def test_the_claim_of_the_principal(wap, names, claim):
    wap.control.set(azure_pack_principal_claim=claim)
    wap.token = wap.azure_pack.token()
    claims = jwt.decode(wap.token, options={"verify_signature": False})
    assert claims[claim] == ADMIN and "upn" not in claims
    assert wap.user(names.liam).status == 200


def test_principal_id(wap, names):
    assert wap.user(names.liam).status == 200
    wap.control.set(azure_pack_require_principal_id=True)
    assert wap.user(names.liam).refusal == (400, "BadRequest")
    assert wap.user(names.liam, headers={"x-ms-principal-id": ""}).status == 400
    assert wap.user(names.liam, headers={"x-ms-principal-id": "anything"}).status == 200


def test_the_path_is_looked_at_first_and_the_route_last(wap):
    wap.token = None
    assert wap.get("/users/a:b").status == 400
    assert wap.get("/nowhere").status == 401


# The tenant server


def test_tenant_token(wap, names):
    wap.token = wap.azure_pack.token("tenant", names.olivia)
    assert wap.user(names.olivia.upper(), tenant=True).json["SubscriptionCount"] == 2
    assert wap.user(names.olivia, tenant=True, headers={"x-ms-principal-id": names.olivia.upper()}).status == 200
    assert wap.user(names.olivia, tenant=True, headers={"x-ms-principal-id": names.liam}).refusal == (
        403,
        "AuthenticationFailed",
    )
    assert wap.get("/users", tenant=True).refusal == (404, "ResourceNotFound"), "there is no list"
    changed = wap.call(
        "PUT", f"/users/{names.olivia}", {"Name": names.olivia, "Email": "o@x.example", "State": 1}, tenant=True
    )
    assert changed.json["Email"] == "o@x.example"
    for method, name in (("GET", names.liam), ("DELETE", names.liam), ("GET", "nobody")):
        assert wap.call(method, f"/users/{name}", tenant=True).refusal == (403, "AuthenticationFailed")
    assert wap.call("POST", "/users", {"Name": "x@x.example", "Email": "x"}, tenant=True).status == 403
    assert wap.delete(names.olivia, True, tenant=True).status == 202


def test_tenants_make_themselves(wap):
    wap.token = wap.azure_pack.token("tenant", "first@x.example")
    assert wap.user("first@x.example", tenant=True).status == 404
    assert wap.call("POST", "/users", {"Name": "first@x.example", "Email": "f", "State": 1}, tenant=True).status == 201


def test_other_users_otherwise(wap, names):
    wap.token = wap.azure_pack.token("tenant", names.olivia)
    wap.control.set(azure_pack_tenant_other_users=404)
    assert wap.user(names.liam, tenant=True).refusal == (404, "ResourceNotFound")
    wap.control.set(azure_pack_tenant_other_users="allow")
    assert wap.user(names.liam, tenant=True).status == 200


def test_on_behalf_of_a_tenant(wap, names):
    assert wap.user(names.liam, tenant=True).refusal == (400, "BadRequest"), "for whom?"
    assert wap.user(names.liam, tenant=True, headers={"x-ms-principal-id": names.liam}).status == 200
    assert wap.user(names.mia, tenant=True, headers={"x-ms-principal-id": names.liam}).status == 403
    wap.token = wap.azure_pack.token("admin", "stranger@northwind.example")
    assert wap.user(names.liam, tenant=True, headers={"x-ms-principal-id": names.liam}).status == 403


@pytest.mark.parametrize("sent", ["J%C3%BCrgen%5cX", "jürgen\\x".encode(), "jürgen\\x".encode("latin-1")])
def test_forms_of_the_principal(wap, sent):
    wap.azure_pack.add_users({"name": "jürgen\\x"})
    wap.control.set(azure_pack_path_validation=False)
    assert wap.get("/users/j%C3%BCrgen%5Cx", tenant=True, headers={"x-ms-principal-id": sent}).status == 200


# Withdrawn tokens


def test_revoked_tokens(wap, names):
    old = wap.azure_pack.token("tenant", names.olivia, expires_in=60)
    new = wap.azure_pack.token("tenant", names.olivia, expires_in=7200)
    now = wap.control.clock()["now"]
    body = {"Id": 0, "Username": names.olivia.upper(), "TokenExpiryTime": now.replace("Z", "")}
    assert wap.call("POST", "/invalidusertokens", body).status == 200
    for token in (old, new):
        wap.token = token
        assert wap.user(names.olivia, tenant=True).status == 200, "they live longer"
    wap.token = wap.azure_pack.token()
    wap.control.advance(30)
    later = wap.control.set_clock("2027-01-01T00:00:00Z")["now"]
    wap.token = wap.azure_pack.token()
    keep = wap.azure_pack.token("tenant", names.olivia, expires_in=7200)
    drop = wap.azure_pack.token("tenant", names.olivia, expires_in=600)
    assert (
        wap.call("POST", "/invalidusertokens", body | {"TokenExpiryTime": later.replace("00:00:00", "01:00:00")}).status
        == 200
    )
    wap.token = keep
    assert wap.user(names.olivia, tenant=True).status == 200
    wap.token = drop
    assert wap.user(names.olivia, tenant=True).refusal == (401, "AuthenticationFailed")


def test_revocations_that_are_refused(wap, names):
    for body in (
        {"Username": names.liam},
        {"TokenExpiryTime": "2027-01-01"},
        {"Username": names.liam, "TokenExpiryTime": "soon"},
    ):
        assert wap.call("POST", "/invalidusertokens", body).refusal == (400, "BadRequest")
    body = {"Username": names.mia, "TokenExpiryTime": "2027-01-01T00:00:00"}
    assert (
        wap.call("POST", "/invalidusertokens", body, tenant=True, headers={"x-ms-principal-id": names.liam}).status
        == 403
    )
