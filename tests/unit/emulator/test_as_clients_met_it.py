"""Bytes and headers as Microsoft's own clients, and sessions that others have recorded, met the service."""

from __future__ import annotations

import json
import socket
from urllib.parse import quote

import pytest
import requests

BOM = b"\xef\xbb\xbf"
NOBODY = "00000000-0000-4000-8000-000000000000"
GATEWAY_HEADERS = {"Content-Length", "Content-Type", "Date"}


# --- 1, 5: links


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_links_begin_with_one_slash_on_every_page(api, ids, slashes):
    path = f"/v1{slashes}customers{slashes}{ids.fabrikam}/users?size=200"
    answer = api.get(path)
    for _page in range(3):
        links = answer.json["links"]
        assert all(each["uri"].startswith(f"/customers/{ids.fabrikam}/users?size=200") for each in links.values()), (
            links
        )
        if "next" not in links:
            break
        headers = {each["key"]: each["value"] for each in links["next"]["headers"]}
        answer = api.get("/v1" + slashes[1:] + links["next"]["uri"], headers=headers)
    else:
        raise AssertionError("500 users are more than three pages of 200")


def test_links_are_made_anew(api, ids):
    assert api.get("/customers").json["links"]["self"]["uri"] == "/customers?size=500"
    assert api.get("/customers?size=0").json["links"]["self"]["uri"] == "/customers?size=500"
    assert api.get(f"{api.users()}?size=0").json["links"]["self"]["uri"] == f"/customers/{ids.contoso}/users"
    filter_text = '{"Field":"UserState","Value":"Inactive","Operator":"equals"}'
    asked = f"{api.users()}?FILTER={filter_text}&unknown=1&Size=5"
    assert api.get(asked).json["links"]["self"]["uri"] == (
        f"/customers/{ids.contoso}/users?size=5&filter={quote(filter_text, safe='')}"
    )


def test_dates_in_links_are_normalised(api, control):
    control.set_clock("2017-06-20T00:00:00Z")
    api.token = control.token()
    uri = api.get("/auditrecords?startDate=06/01/2017%2000:00:00&endDate=6/19/2017").json["links"]["self"]["uri"]
    assert uri == "/auditrecords?startDate=2017-06-01&endDate=2017-06-19&size=500"


def test_links_can_repeat_the_request_as_in_older_traces(api, ids, control):
    control.set(links="repeated")
    uri = f"{api.users(ids.fabrikam)}?size=200&Unknown=%2B"
    links = api.get("/v1/" + uri).json["links"]
    assert links["self"]["uri"] == uri
    assert links["next"]["uri"] == uri + "&seekOperation=Next"


# --- 2: the byte order mark


def test_only_bodies_of_success_have_a_mark(api, ids):
    assert api.get(api.user(ids.adele)).raw.startswith(BOM + b"{")
    for refused in (
        api.get(api.user(NOBODY)),
        api.get("/customers/nonsense"),
        api.post(api.users(), raw=b"{"),
        api.call("PUT", api.users()),
        api.get("/nowhere"),
    ):
        assert refused.status >= 400
        assert refused.raw.startswith(b"{")


def test_audit_records_have_no_mark(api):
    assert api.get("/auditrecords").raw.startswith(b"{")


# --- 3: the control port


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_the_control_port_reads_a_body_beside_an_upgrade(api, control, upgrade):
    url = api.running.info["control_url"]
    host, port = url.removeprefix("http://").split(":")
    body = json.dumps({"create_status": 201}).encode()
    head = (
        f"POST /switches HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n"
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for _again in range(2):  # the connection goes on afterwards
            connection.sendall(head + body)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            while b'"create_status":201' not in answer:
                answer += connection.recv(65536)
    assert control.switches()["create_status"] == 201


# --- 4: the customer, and the gateway


def test_the_billing_profile_has_links(api, ids):
    profile = api.get(f"/customers/{ids.contoso}").json["billingProfile"]
    assert profile["links"]["self"] == {
        "uri": f"/customers/{ids.contoso}/profiles/billing",
        "method": "GET",
        "headers": [],
    }


def names(answer):
    return {name.title() for name in answer.headers if name.lower() not in ("server", "connection")}


def test_the_429_of_the_gateway(api, control):
    control.fault("throttle", retry_after=57)
    answer = api.get("/customers")
    assert answer.raw == b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds." }'
    assert (answer.status, len(answer.raw), answer.headers["Content-Length"]) == (429, 84, "84")
    assert names(answer) == GATEWAY_HEADERS | {"Retry-After"}
    assert answer.headers["Content-Type"] == "application/json"


def test_the_429_of_a_bucket_is_the_same(api, control):
    control.set(throttle_partner={"rate": 0.01, "burst": 1})
    api.get("/customers")
    answer = api.get("/customers")
    assert answer.status == 429 and answer.raw.startswith(b'{ "statusCode": 429, "message": "Rate limit')
    assert names(answer) == GATEWAY_HEADERS | {"Retry-After"}


# --- 6, 8: pages


def test_every_member_of_seek_operation_is_parsed(api, ids):
    uri = api.users(ids.fabrikam)
    whole = [each["id"] for each in api.get(f"{uri}?size=500").json["items"]]
    second = api.get(f"{uri}?size=200&seekOperation=First")
    assert [each["id"] for each in second.json["items"]] == whole[:200]
    token = {"MS-ContinuationToken": second.json["continuationToken"]}
    assert [each["id"] for each in api.get(f"{uri}?seekOperation=first", headers=token).json["items"]] == whole[:200]
    last = api.get(f"{uri}?seekOperation=Last", headers=token)
    assert [each["id"] for each in last.json["items"]] == whole[-200:]
    assert "next" not in last.json["links"] and "continuationToken" not in last.json
    back = {each["key"]: each["value"] for each in last.json["links"]["previous"]["headers"]}
    previous = api.get(f"{uri}?seekOperation=Previous", headers=back)
    assert [each["id"] for each in previous.json["items"]] == whole[100:300]
    assert api.get(f"{uri}?seekOperation=PageIndex", headers=token).refusal == (400, 900141)
    assert api.get(f"{uri}?seekOperation=4", headers=token).refusal == (400, 900141)
    assert api.get(f"{uri}?seekOperation=Sideways", headers=token).refusal == (400, 900126)


def test_a_continuation_token_in_the_query_is_honoured(api, ids):
    for number in range(3):
        api.create(f"person{number}")
    first = api.get("/auditrecords?size=2").json
    token = quote(first["continuationToken"])
    for query in (f"seekOperation=Next&MS-ContinuationToken={token}", f"size=2&continuationToken={token}"):
        second = api.get(f"/auditrecords?{query}").json
        assert len(second["items"]) == 1
        assert second["items"][0] not in first["items"]


# --- 7: order and absence


def test_the_order_of_a_password_profile(api):
    assert list(api.create("orderly")["passwordProfile"]) == ["forceChangePassword", "password"]


def test_nulls_of_2016_are_not_of_every_member(api, control):
    control.set(nulls_in_answers=True)
    user = api.create("nothing")
    assert user["softDeletionTime"] is None and user["firstName"] is None
    assert "immutableId" not in user and "phoneNumber" not in user


# --- A1: domains


def test_domains_of_a_customer_are_a_bare_array(api, ids, control):
    answer = api.get(f"/customers/{ids.contoso}/customDomains")
    assert (answer.status, answer.json) == (200, ["contoso.onmicrosoft.com", "contoso.example"])
    assert answer.raw.startswith(BOM + b"[")
    api.token = control.token(app_only=True)
    assert api.get(f"/customers/{ids.contoso}/customDomains").status == 200
    assert api.get(f"/customers/{NOBODY}/customdomains").refusal == (404, 60003)


def test_domains_need_one_of_four_roles(api, ids, control):
    for roles, wanted in (
        (["Domain Name Administrator"], 200),
        (["Global Reader"], 200),
        (["User Administrator"], 403),
    ):
        control.set_gdap_roles(ids.contoso, roles)
        assert api.get(f"/customers/{ids.contoso}/customDomains").status == wanted


def test_domains_are_hidden_without_delegated_rights(api, control):
    (customer,) = control.add_customers(
        {"company_name": "Hidden", "domain": "hidden.onmicrosoft.com", "delegated_rights": False}
    )
    assert api.get(f"/customers/{customer}/customDomains").refusal == (403, 900308)
    assert "customDomains" not in api.get(f"/customers/{customer}").json


def test_a_service_without_the_path_of_domains(api, ids, control):
    control.set(custom_domains_path=404)
    answer = api.get(f"/customers/{ids.contoso}/customDomains")
    assert (answer.status, answer.raw) == (404, b'{ "statusCode": 404, "message": "Resource not found" }')


# --- A2: errors without data


def test_refusals_of_license_calls_have_no_data(api, ids, control):
    for kind, wanted in (("partner_token", (400, 900316)), ("conditional_access", (403, 900309))):
        control.set(license_calls=kind)
        answer = api.get(f"{api.user(ids.adele)}/licenses")
        assert answer.refusal == wanted
        assert sorted(answer.json) == ["code", "description", "source"]
        assert api.post(f"{api.user(ids.adele)}/licenseupdates", {}).refusal == wanted
        assert api.get(api.user(ids.adele)).status == 200


def test_empty_data_can_be_left_out_everywhere(api, ids, control):
    assert api.get("/customers/nonsense").json["data"] == []
    control.set(error_data="if_any")
    assert "data" not in api.get("/customers/nonsense").json
    assert api.post(api.users(), {"displayName": "x"}).json["data"] == ["InvalidPropertyException : userPrincipalName"]


# --- A3, A4: paths that are not there


def test_an_unknown_path_is_answered_by_the_gateway(api, ids):
    for path in ("/nowhere", f"/customers/{ids.contoso}/nowhere", f"{api.user(ids.adele)}/nowhere"):
        answer = api.get(path)
        assert (answer.status, answer.raw) == (404, b'{ "statusCode": 404, "message": "Resource not found" }')
        assert names(answer) == GATEWAY_HEADERS
    assert api.get(api.user(NOBODY)).refusal == (404, 60002)
    bare = requests.Session()
    bare.trust_env = False
    bare.verify = api.session.verify
    assert bare.get(f"{api.url}/v1/nowhere", timeout=10).status_code == 404  # before anybody looks at a token


@pytest.mark.parametrize(("form", "status"), [(404, 404), (405, 405), (400, 400)])
def test_forms_of_a_missing_path_for_resets(api, ids, control, form, status):
    control.set(reset_password_path=form)
    body = {"passwordProfile": {"password": "Renew456*"}}
    answer = api.patch(f"{api.user(ids.adele)}/resetpassword", body)
    assert answer.status == status
    assert api.patch(api.user(ids.adele), body).status == 200


# --- A10: takes a field and drops it

WRITABLE = {
    "displayName": "Other",
    "firstName": "Other",
    "lastName": "Other",
    "usageLocation": "NO",
    "immutableId": "other",
    "phoneNumber": "+47 1",
    "userPrincipalName": "other@contoso.example",
}


@pytest.mark.parametrize("field", WRITABLE)
@pytest.mark.parametrize("repeats", [False, True])
def test_a_field_that_is_taken_and_dropped(api, ids, control, field, repeats):
    before = api.get(api.user(ids.adele)).json.get(field)
    control.set(ignore_patch_fields=[field], answers_repeat_fields=repeats)
    answer = api.patch(api.user(ids.adele), {field: WRITABLE[field]})
    assert answer.status == 200
    assert answer.json.get(field) == (WRITABLE[field] if repeats else before)
    assert api.get(api.user(ids.adele)).json.get(field) == before


@pytest.mark.parametrize("field", sorted(set(WRITABLE) - {"userPrincipalName"}))
def test_a_field_that_no_answer_has(api, ids, control, field):
    control.set(fields_not_returned=[field])
    assert field not in api.patch(api.user(ids.adele), {field: WRITABLE[field]}).json
    assert field not in api.get(api.user(ids.adele)).json
    assert all(field not in each for each in api.get(api.users()).json["items"])
    control.set(fields_not_returned=[])
    assert api.get(api.user(ids.adele)).json[field] == WRITABLE[field]


def test_a_create_that_drops_a_field(api, control):
    control.set(ignore_create_fields=["phoneNumber"], answers_repeat_fields=True)
    made = api.create("dropper", phoneNumber="+1")
    assert made["phoneNumber"] == "+1"
    assert "phoneNumber" not in api.get(api.user(made["id"])).json


def test_reads_that_lag_behind_an_update(api, ids, control):
    control.set(update_lag_ms=60_000)
    assert api.patch(api.user(ids.adele), {"displayName": "Late"}).json["displayName"] == "Late"
    assert api.get(api.user(ids.adele)).json["displayName"] != "Late"
    assert "Late" not in {each["displayName"] for each in api.get(f"{api.users()}?size=500").json["items"]}
    control.advance(61)
    assert api.get(api.user(ids.adele)).json["displayName"] == "Late"


# --- A11, A12, A13


def test_a_right_location_that_is_not_seen_at_once(api, ids, control):
    control.set(late_usage_locations=1)
    body = {"licensesToAssign": [{"skuId": "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"}]}
    for user in (ids.adele, ids.alex):
        api.patch(api.user(user), {"usageLocation": "NO"})
    first = api.post(f"{api.user(ids.adele)}/licenseupdates", body)
    assert first.refusal == (400, 3000) and "usage location" in first.json["description"]
    assert api.post(f"{api.user(ids.adele)}/licenseupdates", body).status == 201
    assert api.post(f"{api.user(ids.alex)}/licenseupdates", body).status == 400


def test_a_role_that_cannot_be_taken_away(api, ids, control):
    control.set(role_removal="400/2000")
    members = f"/customers/{ids.contoso}/directoryroles/fe930be7-5e62-47db-91af-98c3a49a38b1/usermembers"
    api.post(members, {"id": ids.alex})
    answer = api.delete(f"{members}/{ids.alex}")
    assert (answer.status, answer.json) == (
        400,
        {"code": 2000, "description": "Account Id has to be set.", "data": [], "source": "PartnerFD"},
    )
    assert ids.alex in {each["id"] for each in api.get(members).json["items"]}


def test_a_global_administrator_is_not_deleted_by_a_lesser_one(api, ids, control):
    control.set(privileged_users="refuse")
    members = f"/customers/{ids.contoso}/directoryroles/62e90394-69f5-4237-9190-012177145e10/usermembers"
    api.post(members, {"id": ids.alex})
    control.set_gdap_roles(ids.contoso, ["Privileged Authentication Administrator", "User Administrator"])
    assert api.delete(api.user(ids.alex)).refusal == (403, 900308)
    control.set_gdap_roles(ids.contoso, ["Global Administrator"])
    assert api.delete(api.user(ids.alex)).status == 204


# --- A14: audit records


def test_the_members_of_an_audit_record(api, ids):
    api.patch(api.user(ids.adele), {"displayName": "Renamed"})
    record = api.get("/auditrecords").json["items"][0]
    partner, dummy, ticks = record["id"].rpartition("_")
    assert partner == record["partnerId"] and ticks.isdigit() and len(ticks) == 18
    assert json.loads(record["resourceNewValue"])["DisplayName"] == "Renamed"
    assert json.loads(record["resourceOldValue"])["DisplayName"] != "Renamed"
    assert record["sessionId"]


def test_a_start_more_than_90_days_ago(api, control):
    control.set_clock("2026-11-01T00:00:00Z")
    api.token = control.token()
    assert api.get("/auditrecords?startDate=2026-07-01").status == 400


# --- A16: what the directory refuses


@pytest.mark.parametrize("local", ["b\u00f6rje", "dot.", "a b", "a,b", "a/b", "a&b", "x" * 65, "guest_x.example#EXT#"])
def test_names_that_the_directory_refuses(api, ids, local):
    for answer in (
        api.post(api.users(), {"userPrincipalName": f"{local}@contoso.example", "displayName": "X"}),
        api.patch(api.user(ids.adele), {"userPrincipalName": f"{local}@contoso.example"}),
    ):
        assert answer.refusal == (400, 3000)


@pytest.mark.parametrize("password", ["Ab1*", "abcdefgh1", "p\u00e4ssW0rd*", "Adele.Vance1", "A1" + "*" * 255])
def test_passwords_that_the_directory_refuses(api, password):
    body = {"userPrincipalName": "adele.vance@contoso.onmicrosoft.com", "displayName": "A"}
    answer = api.post(api.users(), body | {"passwordProfile": {"password": password}})
    assert answer.refusal == (400, 3000)
    assert "does not comply with password complexity requirements" in answer.json["description"]


def test_what_only_the_directory_knows(api, control):
    control.set(directory_refuses=["Contoso2026", "reserved"])
    weak = api.post(
        api.users(),
        {
            "userPrincipalName": "fine@contoso.example",
            "displayName": "F",
            "passwordProfile": {"password": "Xy*cOntoSo2026*"},
        },
    )
    assert weak.refusal == (400, 3000) and "password complexity requirements" in weak.json["description"]
    name = api.post(api.users(), {"userPrincipalName": "reserved.name@contoso.example", "displayName": "R"})
    assert name.refusal == (400, 3000) and "userPrincipalName is invalid" in name.json["description"]
