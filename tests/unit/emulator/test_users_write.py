"""Create, update, rename, reset a password, delete: bodies as Microsoft's clients send them, and every refusal."""

from __future__ import annotations

import pytest

PASSWORD = "abCD123*"


def sdk_patch(**changed):
    """What the .NET SDK sends for any change: every property in PascalCase, nulls where nothing is meant."""
    return {
        "UsageLocation": None,
        "Id": None,
        "UserPrincipalName": None,
        "FirstName": None,
        "LastName": None,
        "DisplayName": None,
        "PasswordProfile": None,
        "LastDirectorySyncTime": None,
        "UserDomainType": "none",
        "State": "active",
        "SoftDeletionTime": None,
        "Links": None,
        "Attributes": {"ObjectType": "CustomerUser"},
    } | changed


def test_create_echoes_the_password_once(api, ids):
    body = {
        "usageLocation": "US",
        "userPrincipalName": "first.last@contoso.example",
        "firstName": "First",
        "lastName": "Last",
        "displayName": "User name",
        "immutableId": "Some unique ID",
        "phoneNumber": "+1 555 0100",
        "passwordProfile": {"password": PASSWORD, "forceChangePassword": True},
        "attributes": {"objectType": "CustomerUser"},
    }
    answer = api.post(api.users(), body)
    assert answer.status == 200
    created = answer.json
    assert created == body | {"id": created["id"], "userDomainType": "none", "state": "active"}
    kept = api.get(api.user(created["id"])).json
    assert "passwordProfile" not in kept
    assert kept["immutableId"] == "Some unique ID" and kept["phoneNumber"] == "+1 555 0100"
    assert all("passwordProfile" not in user for user in api.get(api.users()).json["items"])
    checked = api.control.check_password(ids.contoso, created["id"], PASSWORD)
    assert checked == {"matches": True, "force_change": True}
    assert api.control.check_password(ids.contoso, created["id"], PASSWORD + "x")["matches"] is False


def test_create_as_the_sdk_sends_it(api):
    body = sdk_patch(
        UserPrincipalName="sdk@contoso.example",
        DisplayName="SDK",
        UsageLocation="DE",
        PasswordProfile={"Password": PASSWORD, "ForceChangePassword": False},
    )
    created = api.post(api.users() + "/", body)
    assert created.status == 200
    assert (created.json["displayName"], created.json["usageLocation"], created.json["state"]) == (
        "SDK",
        "DE",
        "active",
    )
    assert "firstName" not in created.json


def test_create_without_a_password_gets_a_strong_one(api, ids):
    created = api.post(
        api.users(),
        {
            "userPrincipalName": "nopass@contoso.example",
            "displayName": "N",
            "passwordProfile": {"forceChangePassword": True},
        },
    ).json
    password = created["passwordProfile"]["password"]
    assert 8 <= len(password) <= 256
    assert api.control.check_password(ids.contoso, created["id"], password) == {"matches": True, "force_change": True}


def test_create_status_and_links_by_switch(api, control):
    control.set(create_status=201, create_links=True, force_change_echo="false")
    body = {
        "userPrincipalName": "s@contoso.example",
        "displayName": "S",
        "passwordProfile": {"password": PASSWORD, "forceChangePassword": True},
    }
    answer = api.post(api.users(), body)
    assert answer.status == 201
    assert answer.json["links"]["self"]["uri"].endswith(answer.json["id"])
    assert answer.json["passwordProfile"]["forceChangePassword"] is False
    assert "Location" not in answer.headers


GOOD = {"userPrincipalName": "refused@contoso.example", "displayName": "Refused"}


@pytest.mark.parametrize(
    ("change", "refusal", "words"),
    [
        ({"userPrincipalName": None}, (400, 3000), "userPrincipalName"),
        ({"displayName": None}, (400, 3000), "displayName"),
        ({"displayName": ""}, (400, 3000), "displayName"),
        ({"firstName": ""}, (400, 3000), "firstName"),
        ({"firstName": 7}, (400, 800002), "firstName"),
        ({"usageLocation": "XX"}, (400, 3000), "usageLocation"),
        ({"usageLocation": "USA"}, (400, 3000), "usageLocation"),
        ({"userPrincipalName": "refused@elsewhere.example"}, (400, 3000), "domain portion"),
        ({"userPrincipalName": "refused@fabrikam.onmicrosoft.com"}, (400, 3000), "domain portion"),
        ({"userPrincipalName": "no-at-sign"}, (400, 3000), "user principal name"),
        *(
            ({"userPrincipalName": f"{local}@contoso.example"}, (400, 3000), "Property userPrincipalName is invalid.")
            for local in ("jürgen", "a+b", "o\u2019hara", "a.", "x" * 65, "mailto:a", "a#EXT#", "пётр")
        ),
        (
            {"userPrincipalName": "ADELE.VANCE@contoso.example"},
            (400, 3000),
            "same value for property userPrincipalName already exists",
        ),
        ({"passwordProfile": {"password": "short1A"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "onlylowercase"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "lower1234"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "aA1" * 86}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "Pässwörter-12"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "Tab\tinside-1"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": "Refused-4711"}}, (400, 3000), "complexity"),
        ({"passwordProfile": {"password": 12345678}}, (400, 800002), "password"),
        (
            {"passwordProfile": {"password": PASSWORD, "forceChangePassword": "yes"}},
            (400, 800002),
            "forceChangePassword",
        ),
        ({"passwordProfile": "secret"}, (400, 800002), "passwordProfile"),
    ],
)
def test_refused_creates(api, ids, change, refusal, words):
    before = api.control.users(ids.contoso)
    answer = api.post(api.users(), GOOD | change)
    assert answer.refusal == refusal
    assert words in answer.json["description"]
    assert answer.json["source"] == "PartnerFD"
    assert api.control.users(ids.contoso) == before


def test_refused_create_in_a_federated_domain(api, ids):
    answer = api.post(api.users(ids.wingtip), {"userPrincipalName": "new@wingtip.example", "displayName": "N"})
    assert answer.refusal == (400, 3000) and "federated" in answer.json["description"]
    assert (
        api.post(
            api.users(ids.wingtip), {"userPrincipalName": "new@wingtip.onmicrosoft.com", "displayName": "N"}
        ).status
        == 200
    )
    pilot = api.get(api.user("pilot@wingtip.example", ids.wingtip)).json
    assert pilot["userDomainType"] == "federated"


def test_bodies_that_are_no_json(api):
    unquoted = b'{"userPrincipalName":"u@contoso.example","displayName":"a: b","passwordProfile":{password: "abCD123*", forceChangePassword: true}}'
    for raw in (b"", b"not json", b"[]", b'"text"', b'{"displayName": NaN}', unquoted, b"\xff\xfe", b"[" * 100_000):
        assert api.post(api.users(), raw=raw).refusal == (400, 800002)
    api.control.set(unquoted_names=True)
    created = api.post(api.users(), raw=unquoted)
    assert created.status == 200
    assert created.json["displayName"] == "a: b"
    assert created.json["passwordProfile"]["forceChangePassword"] is True


def test_a_body_with_a_byte_order_mark(api):
    raw = b'\xef\xbb\xbf{"userPrincipalName":"bom@contoso.example","displayName":"BOM"}'
    assert api.post(api.users(), raw=raw, headers={"Content-Type": "application/json; charset=utf-8"}).status == 200


def test_patch_changes_only_what_is_sent(api, ids):
    before = api.get(api.user(ids.alex)).json
    after = api.patch(api.user(ids.alex), {"displayName": "Alexander Wilber"})
    assert after.status == 200
    assert after.json == before | {"displayName": "Alexander Wilber"}
    assert api.get(api.user(ids.alex)).json == after.json


def test_patch_as_the_sdk_sends_it(api, ids):
    before = api.get(api.user(ids.alex)).json
    assert api.patch(api.user(ids.alex), sdk_patch(LastName="Wilber-Smith")).json == before | {
        "lastName": "Wilber-Smith"
    }


def test_patch_of_the_whole_object_ignores_what_is_read_only(api, ids):
    whole = api.get(api.user(ids.adele)).json
    sent = whole | {
        "lastName": "Vance-Roe",
        "softDeletionTime": "2020-01-01T00:00:00Z",
        "userDomainType": "managed",
        "id": ids.alex,
        "unknown": [1],
    }
    answer = api.patch(api.user(ids.adele), sent)
    assert answer.status == 200
    assert answer.json == whole | {"lastName": "Vance-Roe"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"displayName": ""}, (400, 3000)),
        ({"usageLocation": "ZZ"}, (400, 3000)),
        ({"usageLocation": ["US"]}, (400, 800002)),
        ({"userPrincipalName": "alex.wilber@contoso.example"}, (400, 3000)),
        ({"userPrincipalName": "adele@elsewhere.example"}, (400, 3000)),
        ({"state": "asleep"}, (400, 900126)),
        ({"state": True}, (400, 900126)),
        ({"passwordProfile": {"password": "weak"}}, (400, 3000)),
    ],
)
def test_refused_patch_changes_nothing(api, ids, change, refusal):
    before = api.get(api.user(ids.adele)).json
    assert api.patch(api.user(ids.adele), {"firstName": "Changed"} | change).refusal == refusal
    assert api.get(api.user(ids.adele)).json == before


def test_rename_keeps_the_id_and_frees_the_name(api, ids):
    answer = api.patch(api.user(ids.adele), {"UserPrincipalName": "adele.roe@contoso.onmicrosoft.com"})
    assert (answer.status, answer.json["id"]) == (200, ids.adele)
    assert api.get(api.user("adele.vance@contoso.example")).refusal == (404, 60002)
    api.create("adele.vance")
    cased = api.patch(api.user(ids.adele), {"userPrincipalName": "Adele.Roe@contoso.onmicrosoft.com"})
    assert cased.json["userPrincipalName"] == "Adele.Roe@contoso.onmicrosoft.com"


def test_fields_that_are_silently_not_taken(api, ids, control):
    control.set(ignore_patch_fields=["displayName", "UserPrincipalName"], ignore_create_fields=["firstName"])
    answer = api.patch(
        api.user(ids.adele),
        {"displayName": "Not taken", "userPrincipalName": "x@contoso.example", "firstName": "Taken"},
    )
    assert answer.status == 200
    assert (answer.json["displayName"], answer.json["firstName"]) == ("Adele Vance", "Taken")
    assert answer.json["userPrincipalName"] == "adele.vance@contoso.example"
    assert "firstName" not in api.create("ignored", firstName="I")


def test_synced_users_can_be_protected(api, ids, control):
    assert api.patch(api.user(ids.jurgen_synced), {"displayName": "Jürgen G."}).json["displayName"] == "Jürgen G."
    control.set(synced_user_writes="refuse")
    assert api.patch(api.user(ids.jurgen_synced), {"displayName": "Other"}).refusal == (400, 3000)
    assert api.patch(api.user(ids.jurgen_synced), {"usageLocation": "AT"}).json["usageLocation"] == "AT"
    assert api.delete(api.user(ids.jurgen_synced)).refusal == (400, 3000)


@pytest.mark.parametrize("path", ["", "/resetpassword", "/ResetPassword/"])
def test_reset_password_both_ways(api, ids, path):
    body = {
        "passwordProfile": {"password": "Renew456*", "forceChangePassword": True},
        "attributes": {"objectType": "CustomerUser"},
    }
    answer = api.patch(api.user(ids.adele) + path, body)
    assert answer.status == 200
    assert answer.json["passwordProfile"] == {"password": "Renew456*", "forceChangePassword": True}
    assert answer.json["displayName"] == "Adele Vance"
    assert api.control.check_password(ids.contoso, ids.adele, "Renew456*") == {"matches": True, "force_change": True}


def test_reset_password_refusals(api, ids, control):
    reset = api.user(ids.adele) + "/resetpassword"
    body = {"passwordProfile": {"password": "Renew456*"}}
    assert api.patch(reset, {"passwordProfile": {"forceChangePassword": True}}).refusal == (400, 3000)
    assert api.patch(reset, {"passwordProfile": {"password": "weak"}}).refusal == (400, 3000)
    assert api.patch(api.user(ids.ferdinand_deleted) + "/resetpassword", body).refusal == (404, 60002)
    for status in (404, 405):
        control.set(reset_password_path=status)
        assert api.patch(reset, body).status == status
        assert api.control.check_password(ids.contoso, ids.adele, "Renew456*")["matches"] is False
    assert api.patch(api.user(ids.adele), body).status == 200
    assert api.control.check_password(ids.contoso, ids.adele, "Renew456*")["matches"] is True


def test_the_flag_alone_changes_nothing(api, ids):
    answer = api.patch(api.user(ids.adele), sdk_patch(PasswordProfile={"Password": None, "ForceChangePassword": True}))
    assert answer.status == 200 and "passwordProfile" not in answer.json
    assert api.control.check_password(ids.contoso, ids.adele, "x")["force_change"] is False


def test_duplicates_by_switch_are_a_conflict(api, ids, control):
    control.set(duplicate_upn_status=409)
    assert api.post(api.users(), GOOD | {"userPrincipalName": "Adele.Vance@contoso.example"}).refusal == (409, 3000)
    assert api.patch(api.user(ids.alex), {"userPrincipalName": "adele.vance@contoso.example"}).refusal == (409, 3000)


def test_names_of_deleted_users_can_be_given_again(api, ids):
    created = api.create("ferdinand.filibuster")
    assert created["id"] != ids.ferdinand_deleted


def test_delete_is_soft_and_happens_once(api, ids):
    answer = api.delete(api.user(ids.adele), headers={"Content-Length": "0"})
    assert (answer.status, answer.raw, answer.headers["Content-Length"]) == (204, b"", "0")
    assert api.delete(api.user(ids.adele)).refusal == (404, 60002)
    assert api.get(api.user(ids.adele)).refusal == (404, 60002)
    assert ids.adele not in {user["id"] for user in api.get(api.users()).json["items"]}
    deleted = {user["id"]: user for user in api.deleted_users().json["items"]}
    assert deleted[ids.adele]["userPrincipalName"] == "adele.vance@contoso.example"


def test_deleted_users_can_show_their_id_in_the_name(api, ids, control):
    control.set(deleted_upn_prefix=True)
    shown = {user["id"]: user["userPrincipalName"] for user in api.deleted_users().json["items"]}
    assert (
        shown[ids.ferdinand_deleted] == ids.ferdinand_deleted.replace("-", "") + "ferdinand.filibuster@contoso.example"
    )
    whole = next(user for user in api.deleted_users().json["items"] if user["id"] == ids.ferdinand_deleted)
    restored = api.patch(api.user(ids.ferdinand_deleted), whole | {"state": "active"})
    assert restored.json["userPrincipalName"] == "ferdinand.filibuster@contoso.example"


@pytest.mark.parametrize(
    ("choice", "status", "state"), [("ignore", 200, "active"), ("refuse", 400, "active"), ("delete", 200, "inactive")]
)
def test_patch_with_state_inactive(api, ids, control, choice, status, state):
    control.set(patch_state_inactive=choice)
    assert api.patch(api.user(ids.adele), {"state": "Inactive"}).status == status
    assert {user["id"]: user["state"] for user in control.users(ids.contoso)}[ids.adele] == state


def test_read_lag(api, control):
    control.set(read_lag_ms=60_000)
    created = api.create("late")
    assert api.get(api.user(created["id"])).refusal == (404, 60002)
    assert api.patch(api.user(created["id"]), {"firstName": "L"}).refusal == (404, 60002)
    assert "late@contoso.example" not in [user["userPrincipalName"] for user in api.get(api.users()).json["items"]]
    assert api.post(api.users(), GOOD | {"userPrincipalName": "late@contoso.example"}).refusal == (400, 3000)
    control.advance(61)
    assert api.get(api.user(created["id"])).status == 200
    assert "late@contoso.example" in [user["userPrincipalName"] for user in api.get(api.users()).json["items"]]


def test_first_reads_do_not_find_a_new_user(api, control):
    control.set(not_found_reads=2)
    created = api.create("shy")
    assert [api.get(api.user(created["id"])).status for dummy in range(4)] == [404, 404, 200, 200]


@pytest.mark.parametrize(
    ("cloud", "refused"),
    [
        ("us_government", {"create", "patch", "reset", "profile"}),
        ("germany", {"create", "patch", "reset", "profile"}),
        ("china", {"reset", "profile"}),
    ],
)
def test_national_clouds_lack_operations(api, ids, control, cloud, refused):
    control.set(national_cloud=cloud)
    profile = {"passwordProfile": {"password": "Renew456*"}}
    answers = {
        "create": api.post(api.users(), GOOD),
        "patch": api.patch(api.user(ids.adele), {"firstName": "A"}),
        "reset": api.patch(api.user(ids.adele) + "/resetpassword", profile),
        "profile": api.patch(api.user(ids.adele), profile),
        "read": api.get(api.users()),
    }
    assert {name for name, answer in answers.items() if answer.status != 200} == refused
    assert {answer.refusal for answer in answers.values() if answer.status != 200} == {(400, 900127)}


def test_methods_that_do_not_exist(api, ids):
    assert api.patch(api.users(), {"firstName": "A"}).refusal == (405, 900141)
    assert api.call("PUT", api.user(ids.adele), {"firstName": "A"}).status == 405
    assert api.call("PUT", api.user(ids.adele)).headers["Allow"] == "DELETE, GET, PATCH"
