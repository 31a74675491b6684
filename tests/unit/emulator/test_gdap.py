"""Roles that the partner has in a customer's tenant: which operation needs which, and what is left without them."""

from __future__ import annotations

import pytest

PASSWORD = {"passwordProfile": {"password": "Renew456*"}}
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"

READERS, WRITERS, GLOBAL_READER = "Directory Readers", "Directory Writers", "Global Reader"
USERS, LICENSES = "User Administrator", "License Administrator"
ROLES, AUTHENTICATION = "Privileged Role Administrator", "Privileged Authentication Administrator"
EVERY = (READERS, WRITERS, GLOBAL_READER, USERS, LICENSES, ROLES, AUTHENTICATION)

# (name, method, path behind the customer, body, any of these)
OPERATIONS = (
    ("list users", "GET", "/users", None, {READERS, GLOBAL_READER, USERS}),
    ("get a user", "GET", "/users/{user}", None, {READERS, GLOBAL_READER, USERS}),
    ("create", "POST", "/users", {"displayName": "N", **PASSWORD}, {USERS, WRITERS}),
    ("update", "PATCH", "/users/{user}", {"firstName": "N"}, {USERS, WRITERS}),
    ("restore", "PATCH", "/users/{deleted}", {"state": "active"}, {USERS, WRITERS}),
    ("reset", "PATCH", "/users/{user}/resetpassword", PASSWORD, {USERS, AUTHENTICATION}),
    ("reset by PATCH", "PATCH", "/users/{user}", PASSWORD, {USERS, AUTHENTICATION}),
    ("reset and update", "PATCH", "/users/{user}", {"lastName": "N", **PASSWORD}, {USERS}),
    ("list roles", "GET", "/directoryroles", None, {READERS}),
    ("list members", "GET", "/directoryroles/{role}/usermembers", None, {READERS, GLOBAL_READER, WRITERS, ROLES}),
    ("roles of a user", "GET", "/users/{user}/directoryroles", None, {READERS, GLOBAL_READER, USERS, WRITERS, ROLES}),
    ("add a member", "POST", "/directoryroles/{role}/usermembers", {"id": "{user}"}, {ROLES}),
    ("remove a member", "DELETE", "/directoryroles/{role}/usermembers/{user}", None, {ROLES}),
    ("list SKUs", "GET", "/subscribedskus", None, {READERS, GLOBAL_READER, USERS, LICENSES}),
    ("licenses of a user", "GET", "/users/{user}/licenses", None, {READERS, LICENSES, USERS, WRITERS}),
    (
        "assign",
        "POST",
        "/users/{user}/licenseupdates",
        {"licensesToAssign": [{"skuId": EMS}]},
        {LICENSES, USERS, WRITERS},
    ),
    ("delete", "DELETE", "/users/{user}", None, {USERS}),
    ("get the customer", "GET", "", None, set(EVERY)),
    ("get the profile", "GET", "/profiles/company", None, set(EVERY)),
)


@pytest.mark.parametrize("role", EVERY)
def test_matrix(api, ids, control, role):
    control.set_skus(ids.wingtip, {"part_number": "EMS", "units": 99})
    user, deleted = control.add_users(
        ids.wingtip,
        [
            {"user_principal_name": "u@wingtip.onmicrosoft.com", "usage_location": "US"},
            {"user_principal_name": "d@wingtip.onmicrosoft.com", "deleted_days_ago": 1},
        ],
    )
    control.set_gdap_roles(ids.wingtip, [role])
    assert control.gdap_roles(ids.wingtip) == [role]
    outcomes = {}
    for name, method, path, body, dummy in OPERATIONS:
        filled = path.format(user=user, deleted=deleted, role=HELPDESK)
        if name == "create":
            body = {**body, "userPrincipalName": "new@wingtip.onmicrosoft.com"}
        elif body and body.get("id"):
            body = {"id": user}
        if name == "remove a member":
            # So that the only reason to be refused is the role.
            control.set_gdap_roles(ids.wingtip, None)
            api.post(f"/customers/{ids.wingtip}/directoryroles/{HELPDESK}/usermembers", {"id": user})
            control.set_gdap_roles(ids.wingtip, [role])
        answer = api.call(method, f"/customers/{ids.wingtip}{filled}", body)
        outcomes[name] = True if answer.status < 300 else answer.refusal
    assert outcomes == {
        name: True if role in needed else (403, 900308) for name, dummy, dummy, dummy, needed in OPERATIONS
    }


def test_all_roles_are_granted_unless_told(api, ids, control):
    assert control.gdap_roles(ids.contoso) is None
    assert api.get(api.users()).status == 200
    control.set_gdap_roles(ids.contoso, [])
    answer = api.get(api.users())
    assert answer.refusal == (403, 900308)
    assert answer.json["description"] == "Insufficient privileges to complete the operation."
    assert api.get(api.users(ids.fabrikam)).status == 200
    control.set_gdap_roles(ids.contoso, ["Company Administrator"])
    assert api.delete(api.user(ids.adele)).status == 204
    control.set_gdap_roles(ids.contoso, None)
    assert api.get(api.users()).status == 200


def test_a_customer_shows_less_when_nothing_is_granted(api, ids, control):
    control.set_gdap_roles(ids.contoso, [])
    customer = api.get(f"/customers/{ids.contoso}").json
    assert "customDomains" not in customer and "address" not in customer["companyProfile"]
    assert "Contoso" in [each["companyProfile"]["companyName"] for each in api.get("/customers").json["items"]]
    control.set_gdap_roles(ids.contoso, ["directory reader"])
    assert api.get(f"/customers/{ids.contoso}").json["customDomains"] == ["contoso.onmicrosoft.com", "contoso.example"]


def test_china_has_no_granted_roles(api, ids, control):
    control.set_gdap_roles(ids.contoso, [])
    control.set(national_cloud="china")
    assert api.get(api.users()).status == 200


def test_a_refused_write_did_nothing(api, ids, control):
    control.set_gdap_roles(ids.contoso, [READERS])
    assert api.delete(api.user(ids.adele)).refusal == (403, 900308)
    assert control.user(ids.contoso, ids.adele)["state"] == "active"


def test_administrators_need_more(api, ids, control):
    (admin,) = control.add_users(
        ids.wingtip, {"user_principal_name": "boss@wingtip.onmicrosoft.com", "roles": ["Global Administrator"]}
    )
    (reader,) = control.add_users(
        ids.wingtip, {"user_principal_name": "reads@wingtip.onmicrosoft.com", "roles": ["Directory Readers"]}
    )
    path = api.user(admin, ids.wingtip)
    control.set_gdap_roles(ids.wingtip, [USERS])
    assert api.patch(path, {"firstName": "A"}).status == 200
    control.set(privileged_users="refuse")
    for method, where, body in (
        ("PATCH", path, {"firstName": "B"}),
        ("PATCH", path + "/resetpassword", PASSWORD),
        ("DELETE", path, None),
    ):
        assert api.call(method, where, body).refusal == (403, 900308)
    assert api.patch(api.user(reader, ids.wingtip), {"firstName": "B"}).status == 200
    control.set_gdap_roles(ids.wingtip, [USERS, AUTHENTICATION])
    assert api.patch(path, {"firstName": "C"}).status == 200
    control.set_gdap_roles(ids.wingtip, ["Global Administrator"])
    assert api.delete(path).status == 204
    control.set_gdap_roles(ids.wingtip, [USERS])
    assert api.patch(path, {"state": "active"}).refusal == (403, 900308)
