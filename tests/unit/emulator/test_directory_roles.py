"""Directory roles: the catalogue, members and their pages, adding and removing, and what deleting does."""

from __future__ import annotations

import pytest
import requests

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
UNKNOWN = "00000000-0000-4000-8000-000000000001"


def members_path(ids, role_id=HELPDESK):
    return f"/customers/{ids.wingtip}/directoryroles/{role_id}/usermembers"


@pytest.fixture
def people(api, ids):
    """Seven users of Wingtip without roles; answers their ids."""
    return api.control.add_users(
        ids.wingtip,
        [
            {"user_principal_name": f"p{number}@wingtip.onmicrosoft.com", "display_name": f"P {number}"}
            for number in range(7)
        ],
    )


def member_ids(api, path):
    answer = api.get(path)
    assert answer.status == 200, answer.raw
    return [each["id"] for each in answer.json["items"]]


def test_catalogue(api, ids, control):
    path = f"/customers/{ids.contoso}/directoryroles"
    document = api.get(path).json
    assert (
        set(document) == {"totalCount", "items", "attributes"} and document["totalCount"] == len(document["items"]) > 30
    )
    assert [(each["name"], each["id"]) for each in document["items"][:4]] == [
        ("Company Administrator", GLOBAL_ADMINISTRATOR),
        ("Helpdesk Administrator", HELPDESK),
        ("User Account Administrator", USER_ADMINISTRATOR),
        ("Service Support Administrator", "f023fd81-a637-4b56-95fd-791ac0226033"),
    ]
    assert document["items"][1] == {
        "name": "Helpdesk Administrator",
        "id": HELPDESK,
        "attributes": {"objectType": "DirectoryRole"},
    }
    assert (
        len({each["id"] for each in document["items"]})
        == len({each["name"] for each in document["items"]})
        == document["totalCount"]
    )
    assert api.get(f"/customers/{ids.wingtip}/directoryroles").json == document
    control.set(role_names="new", role_catalogue="fixture")
    names = [each["name"] for each in api.get(path).json["items"]]
    assert names == [
        "Global Administrator",
        "Helpdesk Administrator",
        "User Administrator",
        "Service Support Administrator",
    ]


def test_add_read_and_remove(api, ids, people):
    body = {"Id": people[0], "DisplayName": "x", "UserPrincipalName": "x", "Attributes": {"ObjectType": "UserMember"}}
    answer = api.post(members_path(ids) + f"?role_id={HELPDESK}", body)
    member = {
        "displayName": "P 0",
        "userPrincipalName": "p0@wingtip.onmicrosoft.com",
        "roleId": HELPDESK,
        "id": people[0],
        "attributes": {"objectType": "UserMember"},
    }
    assert (answer.status, answer.json) == (201, member)
    assert api.get(members_path(ids)).json == {
        "totalCount": 1,
        "items": [member],
        "links": {"self": {"uri": members_path(ids), "method": "GET", "headers": []}},
        "attributes": {"objectType": "Collection"},
    }
    assert api.post(members_path(ids, USER_ADMINISTRATOR.upper()), {"id": people[0]}).status == 201
    roles = api.get(api.user(people[0], ids.wingtip) + "/directoryroles").json
    assert set(roles) == {"totalCount", "items", "attributes"}
    assert [each["name"] for each in roles["items"]] == ["Helpdesk Administrator", "User Account Administrator"]
    assert api.get(api.user(people[1], ids.wingtip) + "/directoryroles").json == {
        "totalCount": 0,
        "items": [],
        "attributes": {"objectType": "Collection"},
    }
    # White space around ids, as in the address that the docs page shows.
    answer = api.delete(members_path(ids) + f"/{people[0]}%20")
    assert (answer.status, answer.raw, answer.headers["Content-Length"]) == (204, b"", "0")
    assert member_ids(api, members_path(ids)) == []
    assert api.delete(members_path(ids, USER_ADMINISTRATOR) + "/P0@wingtip.onmicrosoft.com").status == 204
    assert api.control.user(ids.wingtip, people[0])["roles"] == []


def test_add_again_and_remove_again(api, ids, people, control):
    body = {"id": people[0]}
    assert api.post(members_path(ids), body).status == 201
    answer = api.post(members_path(ids), body)
    assert (
        answer.refusal == (400, 3000)
        and "One or more added object references already exist" in answer.json["description"]
    )
    control.set(already_member_status=409)
    assert api.post(members_path(ids), body).refusal == (409, 3000)
    control.set(already_member_status=201)
    assert api.post(members_path(ids), body).json["id"] == people[0]
    assert api.delete(members_path(ids) + f"/{people[0]}").status == 204
    assert api.delete(members_path(ids) + f"/{people[0]}").refusal == (404, 1000)


def test_refusals(api, ids, people):
    path = members_path(ids)
    assert api.post(path, {}).refusal == (400, 3000)
    assert api.post(path, {"id": None}).refusal == (400, 3000)
    assert api.post(path, {"id": "p0@wingtip.onmicrosoft.com"}).refusal == (400, 3000)
    assert api.post(path, {"id": 7}).refusal == (400, 800002)
    assert api.post(path, raw=b"{").refusal == (400, 800002)
    assert api.post(path, {"id": UNKNOWN}).refusal == (404, 60002)
    assert api.post(path, {"id": ids.adele}).refusal == (404, 60002)  # of another customer
    for role_id in (UNKNOWN, "helpdesk"):
        assert api.get(members_path(ids, role_id)).refusal == (404, 1000)
        assert api.post(members_path(ids, role_id), {"id": people[0]}).refusal == (404, 1000)
        assert api.delete(members_path(ids, role_id) + f"/{people[0]}").refusal == (404, 1000)
    assert api.delete(f"{path}/{UNKNOWN}").refusal == (404, 1000)
    assert api.delete(path).refusal == (405, 900141)
    assert api.get(api.user(UNKNOWN, ids.wingtip) + "/directoryroles").refusal == (404, 60002)
    assert api.get(f"/customers/{ids.tailspin}/directoryroles").refusal == (403, 20002)


def test_pages_in_both_styles(api, ids, people, control):
    for user_id in people:
        assert api.post(members_path(ids), {"id": user_id}).status == 201
    found, uri, headers = [], members_path(ids) + "?size=3", {}
    while uri:
        page = api.get(uri, headers=headers).json
        assert page["totalCount"] == len(page["items"]) <= 3
        found += [each["id"] for each in page["items"]]
        further = page["links"].get("next")
        uri, headers = (
            (further["uri"], {each["key"]: each["value"] for each in further["headers"]}) if further else (None, {})
        )
    assert found == people
    previous = {each["key"]: each["value"] for each in page["links"]["previous"]["headers"]}
    assert member_ids_of(api.get(page["links"]["previous"]["uri"], headers=previous)) == people[3:6]
    control.set(page_size_members=2)
    found, path, headers = [], members_path(ids), {}
    while path:
        page = api.get(path, headers=headers).json
        found += [each["id"] for each in page["items"]]
        token = page.get("continuationToken")
        path, headers = (
            (members_path(ids) + "?seekOperation=Next", {"MS-ContinuationToken": token}) if token else (None, {})
        )
    assert found == people
    first = api.get(members_path(ids) + "?size=2").json["continuationToken"]
    other = members_path(ids, USER_ADMINISTRATOR) + "?seekOperation=Next"
    assert api.get(other, headers={"MS-ContinuationToken": first}).refusal == (400, 3000)
    # Somebody who leaves between two pages neither hides nor repeats others.
    api.delete(members_path(ids) + f"/{people[0]}")
    rest = api.get(members_path(ids) + "?seekOperation=Next", headers={"MS-ContinuationToken": first})
    assert member_ids_of(rest) == people[2:4]
    control.set(page_size_over="refuse")
    assert api.get(members_path(ids) + "?size=501").refusal == (400, 3000)


def member_ids_of(answer):
    return [each["id"] for each in answer.json["items"]]


def test_a_deleted_user_is_hidden_and_comes_back(api, ids, people, control):
    for user_id in people[:2]:
        api.post(members_path(ids), {"id": user_id})
    path = api.user(people[0], ids.wingtip)
    assert api.delete(path).status == 204
    assert member_ids(api, members_path(ids)) == [people[1]]
    assert api.get(path + "/directoryroles").refusal == (404, 60002)
    assert api.post(members_path(ids), {"id": people[0]}).refusal == (404, 60002)
    assert api.delete(members_path(ids) + f"/{people[0]}").refusal == (404, 1000)
    assert api.patch(path, {"state": "active"}).status == 200
    assert member_ids(api, members_path(ids)) == people[:2]
    control.set(roles_of_deleted="drop")
    api.delete(path)
    api.patch(path, {"state": "active"})
    assert member_ids(api, members_path(ids)) == [people[1]]


def test_members_go_with_their_user(api, ids, people, control):
    api.post(members_path(ids), {"id": people[0]})
    api.delete(api.user(people[0], ids.wingtip))
    api.token = control.token(expires_in=90 * 86400)
    control.advance(31 * 86400)
    assert people[0] not in {user["id"] for user in control.users(ids.wingtip)}
    control.add_users(ids.wingtip, {"id": people[0], "user_principal_name": "again@wingtip.onmicrosoft.com"})
    assert member_ids(api, members_path(ids)) == []


def test_lag(api, ids, people, control):
    control.set(assign_lag_ms=5000)
    assert api.post(members_path(ids), {"id": people[0]}).status == 201
    assert member_ids(api, members_path(ids)) == []
    assert api.get(api.user(people[0], ids.wingtip) + "/directoryroles").json["items"] == []
    control.advance(6)
    assert member_ids(api, members_path(ids)) == [people[0]]
    control.set(assign_lag_ms=0, read_lag_ms=60_000)
    created = api.create("fresh", ids.wingtip, "wingtip.onmicrosoft.com")["id"]
    assert api.post(members_path(ids), {"id": created}).refusal == (404, 60002)


def test_a_repeated_add_runs_once(api, ids, people, control):
    request_id = {"MS-RequestId": "5f2b0c1e-8d0a-4d0e-9a55-2f4b8f4f1a03"}
    assert [api.post(members_path(ids), {"id": people[0]}, headers=request_id).status for dummy in range(2)] == [
        201,
        201,
    ]
    assert [entry["replayed"] for entry in control.writes()] == [False, True]
    assert [api.delete(members_path(ids) + f"/{people[0]}", headers=request_id).status for dummy in range(2)] == [
        204,
        204,
    ]
    assert {(entry["customer_id"], entry["user_id"]) for entry in control.log(method="DELETE")} == {
        (ids.wingtip, people[0])
    }


def test_faults_and_throttling(api, ids, people, control):
    control.fault("drop_after", {"method": "POST", "path": "usermembers$"})
    with pytest.raises(requests.ConnectionError):
        api.post(members_path(ids), {"id": people[0]})
    assert member_ids(api, members_path(ids)) == [people[0]]
    control.set(throttle_customer={"rate": 0.01, "burst": 6})
    assert api.post(members_path(ids), {"id": people[1]}).status == 201
    answer = api.post(members_path(ids), {"id": people[2]})
    assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0
    assert people[2] not in [user["id"] for user in control.users(ids.wingtip) if user["roles"]]
    control.set(throttle_customer=None)
    control.fault("broken_page")
    page = api.get(members_path(ids) + "?size=1").json
    assert (
        api.get(page["links"]["next"]["uri"], headers={"MS-ContinuationToken": page["continuationToken"]}).status == 404
    )


@pytest.mark.parametrize(("cloud", "refused"), [("china", False), ("germany", True), ("us_government", True)])
def test_national_clouds(api, ids, people, control, cloud, refused):
    control.set(national_cloud=cloud)
    answer = api.post(members_path(ids), {"id": people[0]})
    assert answer.refusal == (400, 900127) if refused else answer.status == 201
    answer = api.delete(members_path(ids) + f"/{people[0]}")
    assert answer.refusal == (400, 900127) if refused else answer.status == 204
    assert member_ids(api, members_path(ids)) == []
