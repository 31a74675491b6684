"""Customers: the forms, the filter's dialects, paging, and who may see what."""

from __future__ import annotations

import json

import pytest


def names(answer):
    assert answer.status == 200, answer.raw
    return [each["companyProfile"]["companyName"] for each in answer.json["items"]]


def test_list_has_the_short_form_and_hides_customers_of_others(api, ids):
    answer = api.get("/customers")
    assert names(answer) == ["Contoso", "Fabrikam", "Contoso Pharma", "Adatum", "Wingtip"]
    assert answer.json["items"][0] == {
        "id": ids.contoso,
        "companyProfile": {
            "tenantId": ids.contoso,
            "domain": "contoso.onmicrosoft.com",
            "companyName": "Contoso",
            "links": {"self": {"uri": f"/customers/{ids.contoso}/profiles/company", "method": "GET", "headers": []}},
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "relationshipToPartner": "reseller",
        "links": {"self": {"uri": f"/customers/{ids.contoso}", "method": "GET", "headers": []}},
        "attributes": {"objectType": "Customer"},
    }
    assert answer.json["links"] == {"self": {"uri": "/customers?size=500", "method": "GET", "headers": []}}
    assert answer.json["attributes"] == {"objectType": "Collection"}
    assert "continuationToken" not in answer.json


def test_get_has_the_full_form(api, ids):
    customer = api.get(f"/customers/{ids.contoso}").json
    assert customer["allowDelegatedAccess"] is True
    assert customer["customDomains"] == ["contoso.onmicrosoft.com", "contoso.example"]
    assert customer["companyProfile"]["address"]["country"] == "US"
    assert customer["companyProfile"]["email"] == "billing@contoso.onmicrosoft.com"
    assert customer["billingProfile"]["attributes"]["objectType"] == "CustomerBillingProfile"
    assert api.get(f"/customers/{ids.contoso}/profiles/company").json == customer["companyProfile"]


def test_without_delegated_rights_domains_and_address_are_missing(api, ids):
    customer = api.get(f"/customers/{ids.adatum}").json
    assert customer["allowDelegatedAccess"] is False
    assert "customDomains" not in customer
    assert not {"address", "email"} & set(customer["companyProfile"])
    assert customer["companyProfile"]["domain"] == "adatum.onmicrosoft.com"


@pytest.mark.parametrize(
    "filter_document",
    [
        {"Field": "CompanyName", "Value": "conto", "Operator": "starts_with"},
        {"field": "companyName", "value": "Conto", "operator": "StartsWith", "fieldType": "string"},
        {"Field": "CompanyName", "Value": "CONTO", "Operator": 9},
        {"Field": "DisplayName", "Value": "Conto", "Operator": "starts_with"},
        {"Field": "Domain", "Value": "contoso", "Operator": "starts_with"},
        {"Field": "DefaultDomainName", "Value": "Contoso", "Operator": "starts_with"},
    ],
)
def test_filter_in_every_dialect(api, filter_document):
    assert names(api.get(api.filtered("/customers", json.dumps(filter_document), size=0))) == [
        "Contoso",
        "Contoso Pharma",
    ]


def test_filter_equals_and_plus_as_space(api):
    assert names(
        api.get(
            "/customers?filter=%7B%22Field%22%3A%22CompanyName%22%2C%22Value%22%3A%22contoso+pharma%22%2C%22Operator%22%3A%22equals%22%7D"
        )
    ) == ["Contoso Pharma"]


@pytest.mark.parametrize(
    ("filter_text", "refusal"),
    [
        ('{"Field":"CompanyName","Value":"x","Operator":"substring"}', (400, 2000)),
        ('{"Field":"CompanyName","Value":"x","Operator":"sounds_like"}', (400, 900126)),
        ('{"Field":"Colour","Value":"x","Operator":"equals"}', (400, 3000)),
        ('{"Field":', (400, 800002)),
        ("[1]", (400, 800002)),
    ],
)
def test_bad_filters(api, filter_text, refusal):
    assert api.get(api.filtered("/customers", filter_text)).refusal == refusal


def test_pages_of_customers(api):
    found, uri, headers = [], "/customers?size=2", {}
    while uri:
        page = api.get(uri, headers=headers).json
        found += [each["companyProfile"]["companyName"] for each in page["items"]]
        assert page["totalCount"] == len(page["items"]) <= 2
        further = page["links"].get("next")
        uri, headers = (
            (further["uri"], {each["key"]: each["value"] for each in further["headers"]}) if further else (None, {})
        )
    assert found == ["Contoso", "Fabrikam", "Contoso Pharma", "Adatum", "Wingtip"]


def test_many_customers_with_the_token_alone(api, control):
    control.add_customers(
        [
            {
                "id": f"00000000-0000-4000-8000-{number:012x}",
                "company_name": f"C {number}",
                "domain": f"c{number}.example",
            }
            for number in range(1100)
        ]
    )
    names_found, sizes, path, headers = [], [], "/customers", {}
    while path:
        page = api.get(path, headers=headers).json
        names_found += [each["companyProfile"]["companyName"] for each in page["items"]]
        sizes.append(page["totalCount"])
        token = page.get("continuationToken")
        path, headers = ("/customers?seekOperation=Next", {"MS-ContinuationToken": token}) if token else (None, {})
    assert sizes == [500, 500, 105]
    assert names_found == ["Contoso", "Fabrikam", "Contoso Pharma", "Adatum", "Wingtip"] + [
        f"C {number}" for number in range(1100)
    ]
    assert names(
        api.get(api.filtered("/customers", '{"Field":"Domain","Value":"C1099.","Operator":"starts_with"}'))
    ) == ["C 1099"]


def test_refusals(api, ids):
    assert api.get("/customers/not-a-guid").refusal == (400, 900118)
    assert api.get("/customers/00000000-0000-4000-8000-000000000000").refusal == (404, 60003)
    for path in ("", "/profiles/company", "/users", f"/users/{ids.adele}"):
        answer = api.get(f"/customers/{ids.tailspin}{path}")
        assert answer.refusal == (403, 20002)
        assert answer.json["description"] == "No relationship between caller and account."
    api.control.set(no_relationship="400/3000")
    assert api.get(f"/customers/{ids.tailspin}").refusal == (400, 3000)


def test_head_domains(api):
    for path, status in (
        ("contoso.example", 200),
        ("CONTOSO.example", 200),
        ("free.example", 404),
        ("abc!.example", 400),
    ):
        answer = api.call("HEAD", f"/domains/{path}")
        assert (answer.status, answer.headers["Content-Length"], answer.raw) == (status, "0", b"")
    assert api.call("HEAD", "/domains/northwind-partner.onmicrosoft.com").status == 200
