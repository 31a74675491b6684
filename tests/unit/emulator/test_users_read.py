"""Listing users: both styles of paging, sorting, the filter's dialects; and get."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest


def follow_links(api, uri, direction="next", headers=None):
    """All items, page by page, as the SDK does: uri verbatim, with the headers of the link."""
    while uri:
        answer = api.get(uri, headers=headers)
        assert answer.status == 200, answer.raw
        yield answer.json
        further = answer.json["links"].get(direction)
        uri, headers = (
            (further["uri"], {each["key"]: each["value"] for each in further["headers"]}) if further else (None, None)
        )


def upns(pages):
    return [user["userPrincipalName"] for page in pages for user in page["items"]]


@pytest.fixture
def everybody(api, ids):
    users = [user for user in api.control.users(ids.fabrikam) if user["state"] == "active"]
    assert len(users) == 500
    return [user["user_principal_name"] for user in users]


def test_default_page_has_100_users_and_links_reach_all(api, ids, everybody):
    pages = list(follow_links(api, api.users(ids.fabrikam)))
    assert [page["totalCount"] for page in pages] == [100] * 5
    assert upns(pages) == everybody
    assert pages[0]["links"]["next"]["uri"] == f"/customers/{ids.fabrikam}/users?seekOperation=Next"
    assert pages[0]["links"]["next"]["headers"][0]["key"] == "MS-ContinuationToken"
    assert "next" not in pages[-1]["links"]
    assert "continuationToken" not in pages[-1]


def test_seeking_with_the_token_of_the_body_keeps_the_size(api, ids, everybody):
    page = api.get(f"{api.users(ids.fabrikam)}?size=150").json
    found = upns([page])
    while page.get("continuationToken"):
        page = api.get(
            f"{api.users(ids.fabrikam)}?seekoperation=next", headers={"ms-continuationtoken": page["continuationToken"]}
        ).json
        found += upns([page])
    assert found == everybody


def test_next_link_repeats_the_query_and_what_is_repeated_does_not_hurt(api, ids, everybody):
    uri = f"{api.users(ids.fabrikam)}?size=300&sortField=DisplayName&sortDirection=Descending"
    first, second = follow_links(api, uri)
    assert first["links"]["self"]["uri"] == uri
    assert first["links"]["next"]["uri"] == uri + "&seekOperation=Next"
    assert second["links"]["self"]["uri"] == uri + "&seekOperation=Next"
    assert sorted(upns([first, second])) == sorted(everybody)
    shown = [user["displayName"].lower() for page in (first, second) for user in page["items"]]
    assert shown == sorted(shown, reverse=True)


def test_previous_leads_back(api, ids, everybody):
    pages = list(follow_links(api, f"{api.users(ids.fabrikam)}?size=200"))
    last = pages[-1]["links"]["previous"]
    headers = {each["key"]: each["value"] for each in last["headers"]}
    back = list(follow_links(api, last["uri"], "previous", headers))
    assert upns(back[:1]) == everybody[200:400]
    assert upns(back[1:2]) == everybody[:200]
    assert len(back) == 2
    assert "previous" not in pages[0]["links"]


@pytest.mark.parametrize("field", ["UserPrincipalName", "firstname", "LASTNAME"])
def test_sorted_pages_are_complete(api, ids, everybody, field):
    pages = follow_links(api, f"{api.users(ids.fabrikam)}?size=120&SortField={field}&SortDirection=ascending")
    assert sorted(upns(pages)) == sorted(everybody)


def test_users_that_come_and_go_between_pages_hide_nobody(api, ids, everybody):
    pages = follow_links(api, f"{api.users(ids.fabrikam)}?size=100")
    found = upns([next(pages)])
    gone = api.get(f"/customers/{ids.fabrikam}/users/{everybody[50]}").json["id"]
    assert api.delete(api.user(gone, ids.fabrikam)).status == 204
    assert found + upns(pages) == everybody


def test_page_size_limits(api, ids, control):
    assert len(api.get(f"{api.users(ids.fabrikam)}?size=0").json["items"]) == 100
    assert len(api.get(f"{api.users(ids.fabrikam)}?size=9999").json["items"]) == 500
    control.set(page_size_users=7, page_size_max=50, page_size_over="refuse")
    assert len(api.get(api.users(ids.fabrikam)).json["items"]) == 7
    assert api.get(f"{api.users(ids.fabrikam)}?size=51").refusal == (400, 3000)
    for size in ("-1", "many", "1.5"):
        assert api.get(f"{api.users(ids.fabrikam)}?size={size}").refusal == (400, 800002)


def test_bad_paging(api, ids):
    token = api.get(f"{api.users(ids.fabrikam)}?size=5").json["continuationToken"]
    seek = f"{api.users(ids.fabrikam)}?seekOperation=Next"
    assert api.get(seek, headers={"MS-ContinuationToken": "AQAAAA=="}).refusal == (400, 3000)
    assert api.get(seek).refusal == (400, 3000)
    assert api.get(f"{api.users()}?seekOperation=Next", headers={"MS-ContinuationToken": token}).refusal == (400, 3000)
    assert api.get(
        f"{api.users(ids.fabrikam)}?seekOperation=Sideways", headers={"MS-ContinuationToken": token}
    ).refusal == (400, 900126)
    tampered = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    assert api.get(seek, headers={"MS-ContinuationToken": tampered}).refusal == (400, 3000)


def test_where_the_next_page_is_told(api, ids, control):
    control.set(continuation_in="link")
    page = api.get(api.users(ids.fabrikam)).json
    assert "continuationToken" not in page and "next" in page["links"]
    control.set(continuation_in="body", links_with_version=True)
    page = api.get(api.users(ids.fabrikam)).json
    assert page["continuationToken"] and "next" not in page["links"]
    assert page["links"]["self"]["uri"] == f"/v1/customers/{ids.fabrikam}/users"


def test_bad_sorting(api):
    assert api.get(f"{api.users()}?sortField=Colour").refusal == (400, 3000)
    assert api.get(f"{api.users()}?sortField=DisplayName&sortDirection=sideways").refusal == (400, 900126)


def test_items_of_a_list(api, ids):
    items = {user["id"]: user for user in api.get(api.users()).json["items"]}
    assert ids.ferdinand_deleted not in items
    assert items[ids.adele] == {
        "usageLocation": "US",
        "id": ids.adele,
        "userPrincipalName": "adele.vance@contoso.example",
        "firstName": "Adele",
        "lastName": "Vance",
        "displayName": "Adele Vance",
        "userDomainType": "none",
        "state": "active",
        "links": {"self": {"uri": f"/customers/{ids.contoso}/users/{ids.adele}", "method": "GET", "headers": []}},
        "attributes": {"objectType": "CustomerUser"},
    }
    assert items[ids.jurgen_synced]["lastDirectorySyncTime"].endswith("Z")
    api.control.set(nulls_in_answers=True)
    assert api.get(api.user(ids.adele)).json["softDeletionTime"] is None


@pytest.mark.parametrize(
    "filter_text",
    [
        '{"Field":"UserState","Value":"Inactive","Operator":"equals"}',
        '{"field":"UserStatus","value":"inactive","operator":"Equals","fieldType":"string"}',
        '{"OPERATOR":0,"FIELD":"userstate","VALUE":"INACTIVE"}',
    ],
)
def test_deleted_users_in_every_dialect(api, ids, filter_text):
    answer = api.get(api.filtered(api.users(), filter_text, size=500))
    assert {user["id"] for user in answer.json["items"]} == {ids.ferdinand_deleted, ids.diego_deleted}
    ferdinand = next(user for user in answer.json["items"] if user["id"] == ids.ferdinand_deleted)
    assert ferdinand["state"] == "inactive"
    assert ferdinand["userPrincipalName"] == "ferdinand.filibuster@contoso.example"
    assert len(ferdinand["softDeletionTime"]) == len("2017-01-20T00:33:34Z")
    assert answer.json["links"]["self"]["uri"] == f"/customers/{ids.contoso}/users?size=500&filter={quote(filter_text)}"


def test_deleted_users_are_paged_with_their_filter(api, ids):
    uri = api.filtered(api.users(ids.fabrikam), '{"Field":"UserState","Value":"Inactive","Operator":"equals"}', size=4)
    page = api.get(uri).json
    items = page["items"]
    while page.get("continuationToken"):
        headers = {"MS-ContinuationToken": page["continuationToken"]}
        page = api.get(f"{api.users(ids.fabrikam)}?seekOperation=Next", headers=headers).json
        items += page["items"]
    assert len({user["id"] for user in items}) == 10
    assert {user["state"] for user in items} == {"inactive"}


@pytest.mark.parametrize(("accepted", "refused"), [("UserState", "UserStatus"), ("UserStatus", "UserState")])
def test_only_one_name_of_the_state_field(api, control, accepted, refused):
    control.set(user_state_field=accepted)
    assert len(api.deleted_users(field=accepted).json["items"]) == 2
    assert api.deleted_users(field=refused).refusal == (400, 3000)


def test_other_filters_are_refused_unless_switched_on(api, control):
    by_name = {"Field": "UserPrincipalName", "Value": "ADELE", "Operator": "starts_with"}
    compound = {
        "LeftFilter": by_name,
        "Operator": "or",
        "RightFilter": {"Field": "DisplayName", "Value": "alex wilber", "Operator": "equals"},
    }
    assert api.get(api.filtered(api.users(), json.dumps(by_name))).refusal == (400, 3000)
    control.set(evaluate_user_filters=True)
    assert upns([api.get(api.filtered(api.users(), json.dumps(compound))).json]) == [
        "adele.vance@contoso.example",
        "alex.wilber@contoso.example",
    ]


@pytest.mark.parametrize(
    ("filter_text", "refusal"),
    [
        ('{"Field":"UserState","Value":"Asleep","Operator":"equals"}', (400, 900126)),
        ('{"Field":"UserState","Value":"Inactive","Operator":"not_equals"}', (400, 3000)),
        ('{"Field":"UserState","Value":"Inactive","Operator":99}', (400, 900126)),
        ('{"Value":"Inactive"}', (400, 800002)),
    ],
)
def test_bad_user_filters(api, filter_text, refusal):
    assert api.get(api.filtered(api.users(), filter_text)).refusal == refusal


def test_get_by_id_and_by_name(api, ids):
    for name in (ids.adele, ids.adele.upper(), "adele.vance@contoso.example", "ADELE.vance@Contoso.example"):
        assert api.get(api.user(name)).json["displayName"] == "Adele Vance"
    assert api.get(api.user("siobhan.o'brien@contoso.example")).json["lastName"] == "O'Brien"


def test_get_of_users_that_are_not_there(api, ids, control):
    unknown = "00000000-0000-4000-8000-000000000000"
    for user_id in (unknown, ids.ferdinand_deleted, "ferdinand.filibuster@contoso.example"):
        assert api.get(api.user(user_id)).refusal == (404, 60002)
    assert api.get(api.user(ids.adele, ids.fabrikam)).refusal == (404, 60002)
    assert api.get(api.user("neither-guid-nor-name")).refusal == (400, 3000)
    control.set(missing_user="400/3000")
    assert api.get(api.user(ids.ferdinand_deleted)).refusal == (400, 3000)
    assert api.delete(api.user(unknown)).refusal == (400, 3000)
