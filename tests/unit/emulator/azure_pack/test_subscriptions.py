"""Subscriptions on both ports."""

from __future__ import annotations

import pytest

NEW = "c1a2b3c4-0002-4000-8000-000000000001"


def creation(owner, subscription_id=NEW, **members):
    return {
        "AccountAdminLiveEmailId": owner,
        "AccountAdminLivePuid": owner,
        "AccountId": "00000000-0000-0000-0000-000000000000",
        "FriendlyName": "New one",
        "OfferType": 0,
        "OfferInfo": None,
        "PlanId": "hosting-basic",
        "SubscriptionId": subscription_id,
        "CoAdminNames": None,
    } | members


def test_admin_list(wap, names):
    page = wap.get(f"/subscriptions?userid={names.olivia.upper()}").json
    assert (page["filteredTotalCount"], page["totalCount"]) == (2, 2)
    assert [each["SubscriptionName"] for each in page["items"]] == ["Olivia shop", "Olivia web"]
    first = page["items"][1]
    assert list(first)[:12] == [
        "SubscriptionID",
        "SubscriptionName",
        "AccountAdminLiveEmailId",
        "ServiceAdminLiveEmailId",
        "CoAdminNames",
        "AddOnReferences",
        "AddOns",
        "State",
        "QuotaSyncState",
        "ActivationSyncState",
        "PlanId",
        "Services",
    ]
    assert (first["SubscriptionID"], first["AccountAdminLiveEmailId"], first["State"]) == (
        names.olivia_web,
        names.olivia,
        1,
    )
    query = f"/subscriptions?UserId={names.olivia}"
    assert [each["PlanId"] for each in wap.get(query + "&skip=1&take=1").json["items"]] == ["hosting-basic"]
    assert wap.get(query + "&filter=premium").json["filteredTotalCount"] == 1
    assert wap.get(query + "&filter=OLIVIA").json["filteredTotalCount"] == 2
    assert wap.get(query + "&filter=shop").json["filteredTotalCount"] == 0, "names of subscriptions are not looked at"
    assert wap.get(query + "&sortProperty=nothing").status == 404
    assert wap.get("/subscriptions?UserId=nobody").json == {"items": [], "filteredTotalCount": 0, "totalCount": 0}
    assert wap.get("/subscriptions").refusal == (400, "BadRequest")


def test_tenant_list_is_a_bare_array(wap, names):
    for principal in (names.olivia, names.olivia.upper(), "olivia%40tenants.example"):
        listed = wap.get("/subscriptions", tenant=True, headers={"x-ms-principal-id": principal}).json
        assert [each["SubscriptionID"] for each in listed] == [names.olivia_web, names.olivia_shop]
    assert wap.get("/subscriptions", tenant=True, headers={"x-ms-principal-id": "nobody"}).json == []
    wap.token = wap.azure_pack.token("tenant", names.olivia)
    assert wap.get("/subscriptions", tenant=True).refusal == (400, "BadRequest"), "this call needs the header"
    answer = wap.get("/subscriptions", tenant=True, headers={"x-ms-principal-id": names.olivia, "Accept": "text/xml"})
    assert (answer.xml.tag.rpartition("}")[2], len(answer.xml)) == ("Subscriptions", 2)


def test_create_get_and_count(wap, names):
    answer = wap.call("POST", "/subscriptions", creation(names.liam, CoAdminNames=["a@x.example"]))
    assert answer.status == 200
    assert answer.json["SubscriptionName"] == "New one" and answer.json["CoAdminNames"] == ["a@x.example"]
    assert wap.get(f"/subscriptions/{NEW.upper()}").json == answer.json
    assert wap.look(names.liam) == (1, 0, 1, None)
    assert wap.call("POST", "/subscriptions", creation(names.mia)).refusal == (409, "ConflictError")


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"AccountAdminLivePuid": "nobody@x.example"}, 404),
        ({"AccountAdminLivePuid": None}, 400),
        ({"PlanId": "nothing"}, 404),
        ({"PlanId": None}, 400),
        ({"SubscriptionId": "1"}, 400),
        ({"SubscriptionId": None}, 400),
        ({"CoAdminNames": "a"}, 400),
        ({"FriendlyName": 1}, 400),
        ({"AccountAdminLivePuid": "quinn@tenants.example"}, 409),
    ],
)
def test_creates_that_are_refused(wap, names, members, status):
    assert wap.call("POST", "/subscriptions", creation(names.liam, **members)).status == status
    assert wap.get(f"/subscriptions/{NEW}").refusal == (404, "ResourceNotFound")


def test_xml_create(wap, names):
    body = f"<Info><AccountAdminLivePuid>{names.liam}</AccountAdminLivePuid><PlanId>hosting-basic</PlanId><SubscriptionId>{NEW}</SubscriptionId></Info>"
    answer = wap.call("POST", "/subscriptions", body, headers={"Content-Type": "application/xml"})
    assert answer.status == 200
    assert answer.xml.tag.rpartition("}")[2] == "Subscription"
    assert [each.text for each in answer.xml if each.tag.endswith("}State")] == ["Active"]


def test_status_and_synchronisation(wap, names):
    path = f"/subscriptions/{names.olivia_web}"
    for status, state in (("Suspended", 2), ("active", 1)):
        assert wap.call("PATCH", path, {"Status": status, "SubscriptionId": names.olivia_web}).json["State"] == state
    for body in ({"Status": "Gone"}, {}, {"Status": "Active", "SubscriptionId": names.olivia_shop}):
        assert wap.call("PATCH", path, body).status == 400
    wap.azure_pack.add_subscriptions(
        {"id": NEW, "owner": names.liam, "name": "S", "sync_state": "out_of_sync", "quota_sync_state": "out_of_sync"}
    )
    assert wap.call("PUT", f"/subscriptions/{NEW}/quota?sync=False").json["ActivationSyncState"] == 2
    answer = wap.call("PUT", f"/subscriptions/{NEW}/quota?sync=True")
    assert (answer.status, answer.json["ActivationSyncState"], answer.json["QuotaSyncState"]) == (200, 0, 0)
    leaving = f"/subscriptions/{names.quinn_machines}"
    assert wap.call("PATCH", leaving, {"Status": "Active"}).refusal == (409, "ConflictError")
    assert wap.call("PUT", f"{leaving}/quota?sync=True").refusal == (409, "ConflictError")


def test_delete(wap, names):
    wap.azure_pack.set_provider(names.olivia_web, "ok", seconds=30)
    answer = wap.call("DELETE", f"/subscriptions/{names.olivia_web}?force=False")
    assert (answer.status, answer.json["SubscriptionID"], answer.json["State"], answer.json["ActivationSyncState"]) == (
        202,
        names.olivia_web,
        3,
        1,
    )
    assert wap.look(names.olivia) == (1, 0, 2, None), "the user is not concerned"
    wap.control.advance(31)
    assert wap.get(f"/subscriptions/{names.olivia_web}").status == 404
    assert wap.look(names.olivia) == (1, 0, 1, None)
    wap.call("DELETE", f"/subscriptions/{names.peter_database}")
    wap.control.advance(5)
    failed = wap.get(f"/subscriptions/{names.peter_database}").json
    assert (failed["State"], failed["ActivationSyncState"], failed["LastErrorMessage"]) == (
        3,
        2,
        "The database server SQL01 did not answer.",
    )
    assert wap.call("DELETE", f"/subscriptions/{names.peter_database}?force=True").status == 202
    assert [each["subscription_id"] for each in wap.azure_pack.orphans()] == [names.peter_database]
    assert wap.call("DELETE", f"/subscriptions/{names.peter_database}").refusal == (404, "ResourceNotFound")
    assert wap.get("/subscriptions/no-guid").status == 404


def test_tenants_have_their_own_only(wap, names):
    wap.token = wap.azure_pack.token("tenant", names.olivia)
    assert wap.get(f"/subscriptions/{names.olivia_web}", tenant=True).status == 200
    assert wap.get(f"/subscriptions/{names.peter_web}", tenant=True).refusal == (403, "AuthenticationFailed")
    assert wap.call("DELETE", f"/subscriptions/{names.peter_web}", tenant=True).status == 403
    assert wap.call("POST", "/subscriptions", creation(names.peter), tenant=True).status == 403
    own = wap.call("POST", "/subscriptions", creation(names.olivia, AccountAdminLivePuid=None), tenant=True)
    assert (own.status, own.json["AccountAdminLiveEmailId"]) == (200, names.olivia)
    assert wap.call("DELETE", f"/subscriptions/{NEW}", tenant=True).status == 202
