"""Audit records: one for each write that succeeded, filters, dates, pages."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"


def records(api, query=""):
    answer = api.get(f"/auditrecords{query}")
    assert answer.status == 200, answer.raw
    return answer.json["items"]


def day(api, days=0):
    now = datetime.fromisoformat(api.control.clock()["now"].replace("Z", "+00:00")).astimezone(timezone.utc)
    return (now + timedelta(days=days)).strftime("%Y-%m-%d")


def test_each_write_leaves_a_record(api, ids):
    user = api.create("audited", usageLocation="US")["id"]
    path, members = api.user(user), f"/customers/{ids.contoso}/directoryroles/{HELPDESK}/usermembers"
    api.patch(path, {"firstName": "A"})
    api.patch(path, {"userPrincipalName": "renamed@contoso.example"})
    api.patch(path + "/resetpassword", {"passwordProfile": {"password": "Renew456*"}})
    api.patch(path, {"passwordProfile": {"password": "Renew789*"}})
    api.post(path + "/licenseupdates", {"LicensesToAssign": [{"SkuId": EMS}]})
    api.post(path + "/licenseupdates", {"LicensesToRemove": [EMS]})
    api.post(members, {"id": user})
    api.delete(f"{members}/{user}")
    api.delete(path)
    api.patch(path, {"state": "active"})
    # Refused: no record.
    assert api.patch(path, {"firstName": ""}).status == 400
    assert api.post(path + "/licenseupdates", {"LicensesToRemove": [EMS]}).status == 400
    found = records(api)[::-1]
    assert [(each["operationType"], each["resourceType"]) for each in found] == [
        ("create_customer_user", "customer_user"),
        ("update_customer_user", "customer_user"),
        ("update_customer_user_principal_name", "customer_user"),
        ("reset_customer_user_password", "customer_user"),
        ("reset_customer_user_password", "customer_user"),
        ("update_customer_user_licenses", "license"),
        ("update_customer_user_licenses", "license"),
        ("add_user_member", "customer_directory_role"),
        ("remove_user_member", "customer_directory_role"),
        ("delete_customer_user", "customer_user"),
        ("restore_customer_user", "customer_user"),
    ]
    assert all({"key": "CustomerUserId", "value": user} in each["customizedData"] for each in found)
    assert not any(word in json.dumps(found) for word in ("Renew", "abCD123"))


def test_one_record(api, ids):
    answer = api.post(
        api.user(ids.jurgen_synced) + "/licenseupdates",
        {"LicensesToAssign": [{"SkuId": EMS}]},
        headers={"MS-CorrelationId": "corr-1"},
    )
    assert answer.status == 201
    (record,) = records(api)
    operation_date, application = record.pop("operationDate"), record.pop("applicationId")
    assert (
        len(operation_date.rpartition(".")[2]) == 8
        and operation_date.endswith("Z")
        and operation_date.startswith(day(api))
    )
    partner, dummy, ticks = record.pop("id").rpartition("_")
    assert partner == record["partnerId"] and len(ticks) == 18 and record.pop("sessionId")
    assert application == "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
    assert json.loads(record.pop("resourceNewValue")) == {
        "LicensesToAssign": [{"ExcludedPlans": None, "SkuId": EMS}],
        "LicensesToRemove": None,
        "LicenseWarnings": [],
        "Attributes": {"ObjectType": "LicenseUpdate"},
    }
    assert record == {
        "partnerId": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10",
        "customerId": ids.contoso,
        "customerName": "Contoso",
        "userPrincipalName": "svc-automation@northwind-partner.onmicrosoft.com",
        "resourceType": "license",
        "operationType": "update_customer_user_licenses",
        "originalCorrelationId": "corr-1",
        "operationStatus": "succeeded",
        "customizedData": [
            {"key": "CustomerUserId", "value": ids.jurgen_synced},
            {"key": "AddedLicenseSkuId", "value": EMS},
        ],
        "attributes": {"objectType": "AuditRecord"},
    }


def test_filters(api, ids):
    api.create("one")
    api.create("two", ids.wingtip, "wingtip.onmicrosoft.com")
    api.post(f"/customers/{ids.contoso}/directoryroles/{HELPDESK}/usermembers", {"id": ids.adele})

    def count(field, value, operator):
        return api.get(
            api.filtered("/auditrecords", json.dumps({"Field": field, "Value": value, "Operator": operator}))
        )

    assert len(count("CompanyName", "TOSO", "substring").json["items"]) == 2
    assert len(count("CustomerId", ids.wingtip.upper(), "equals").json["items"]) == 1
    assert len(count("ResourceType", "CustomerUser", "equals").json["items"]) == 2
    assert len(count("ResourceType", "customer_directory_role", "equals").json["items"]) == 1
    assert count("OperationType", "x", "equals").refusal == (400, 3000)
    assert count("CustomerId", ids.wingtip, "substring").refusal == (400, 3000)


def test_dates(api, control):
    api.token = control.token(expires_in=120 * 86400)
    api.create("early")
    first = day(api)
    control.advance(40 * 86400)
    api.create("late")
    assert len(records(api)) == 1
    assert len(records(api, f"?startDate={first}")) == 2
    assert len(records(api, f"?startDate={first}&endDate={first}")) == 1
    american = datetime.strptime(first, "%Y-%m-%d").strftime("%m/%d/%Y%%2012:00:00%%20AM")
    assert len(records(api, f"?STARTDATE={american}&endDate={day(api, -1)}")) == 1
    assert api.get(f"/auditrecords?startDate={day(api, -92)}").refusal == (400, 3000)
    assert api.get(f"/auditrecords?startDate={day(api)}&endDate={first}").refusal == (400, 3000)
    assert api.get("/auditrecords?startDate=yesterday").refusal == (400, 800002)


def test_pages(api, ids):
    for number in range(5):
        api.patch(api.user(ids.adele), {"firstName": f"A{number}"})
    path, headers, found = f"/auditrecords?startDate={day(api)}&size=2", {}, []
    while path:
        page = api.get(path, headers=headers).json
        found += [json.loads(each["resourceNewValue"])["FirstName"] for each in page["items"]]
        token = page.get("continuationToken")
        path, headers = ("/auditrecords?seekOperation=Next", {"MS-ContinuationToken": token}) if token else (None, {})
    assert found == ["A4", "A3", "A2", "A1", "A0"]


@pytest.mark.parametrize("switch", [False, True])
def test_an_application_alone(api, control, switch):
    control.set(audit_app_only=switch)
    api.token = control.token(app_only=True)
    answer = api.get("/auditrecords")
    assert answer.status == 200 if switch else answer.refusal == (403, 900329)
    control.set(national_cloud="china")
    api.token = control.token()
    assert api.get("/auditrecords").refusal == (400, 900127)


def test_records_come_late(api, control, ids):
    control.set(audit_lag_ms=60_000)
    api.patch(api.user(ids.adele), {"firstName": "A"})
    assert records(api) == []
    control.set(audit_lag_ms=0)
    assert len(records(api)) == 1


@pytest.mark.parametrize("who", ["partner", "customer"])
def test_somebody_else_is_faster(api, control, ids, who):
    control.set(overtaken_creates=who)
    body = {
        "userPrincipalName": "fast@contoso.example",
        "displayName": "Fast",
        "passwordProfile": {"password": "abCD123*"},
    }
    for dummy in range(2):
        assert api.post(api.users(ids.contoso), body, headers={"MS-CorrelationId": "mine"}).refusal == (400, 3000)
    (user,) = [each for each in control.users(ids.contoso) if each["user_principal_name"] == "fast@contoso.example"]
    assert user["display_name"] == "Fast" and not control.check_password(ids.contoso, user["id"], "abCD123*")["matches"]
    found = records(api)
    assert len(found) == (1 if who == "partner" else 0) and all(
        each["originalCorrelationId"] != "mine" for each in found
    )
