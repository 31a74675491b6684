"""Subscribed SKUs, licences and licence updates: the traces, seats, groups, plans, and every refusal."""

from __future__ import annotations

import pytest

EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
POWER_BI = "f8a1db68-be16-40ed-86d5-cb42ce701560"
AAD = "078d2b04-f1bd-4111-bbd4-b4b1b354cef4"
MINECRAFT = "984df360-9a74-4647-8cf8-696749f6247a"
INTUNE = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"
MFA = "8a256a2b-b617-496d-b51b-e76466e88db0"
CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
UNKNOWN = "00000000-0000-4000-8000-000000000001"
SKUS = [
    {"part_number": "EMS", "units": 2},
    {"part_number": "POWER_BI_PRO", "units": 1},
    {"part_number": "AAD_PREMIUM", "units": 10},
    {"part_number": "CFQ7TTC0K5DR/0002", "units": 3},
]


@pytest.fixture
def tenant(api, ids):
    """A customer with few seats and three users: two with a location."""
    api.control.add_customers(
        {
            "id": ids.contoso,
            "company_name": "Contoso",
            "domain": "contoso.example",
            "skus": SKUS,
            "users": [
                {"id": ids.adele, "user_principal_name": "adele@contoso.example", "usage_location": "US"},
                {"id": ids.alex, "user_principal_name": "alex@contoso.example", "usage_location": "DE"},
                {"id": ids.jurgen_synced, "user_principal_name": "nowhere@contoso.example"},
            ],
        }
    )
    return api


def update(api, user_id, assign=None, remove=None, **headers):
    body = {
        "LicensesToAssign": assign,
        "LicensesToRemove": remove,
        "LicenseWarnings": None,
        "Attributes": {"ObjectType": "LicenseUpdate"},
    }
    return api.post(api.user(user_id) + "/licenseupdates", body, headers=headers)


def sku(sku_id, *excluded):
    return {"SkuId": sku_id, "ExcludedPlans": list(excluded) or None}


def held(api, user_id, query="?licenseGroupIds=Group1&licenseGroupIds=Group2"):
    return [
        each["productSku"]["skuPartNumber"] for each in api.get(f"{api.user(user_id)}/licenses{query}").json["items"]
    ]


def free(api, part_number="EMS"):
    """Seats of the tenant's SKU that are free."""
    return api.control.skus(CONTOSO)[part_number]["available_units"]


def test_the_products_of_the_traces(api, ids):
    api.control.set_skus(ids.wingtip, "fixtures")
    answer = api.get(f"/customers/{ids.wingtip}/subscribedskus").json
    assert set(answer) == {"totalCount", "items", "attributes"} and answer["totalCount"] == 5
    assert answer["items"][0] == {
        "availableUnits": 4,
        "activeUnits": 5,
        "consumedUnits": 1,
        "suspendedUnits": 0,
        "totalUnits": 5,
        "warningUnits": 0,
        "productSku": {
            "id": EMS,
            "name": "Enterprise Mobility + Security E3",
            "skuPartNumber": "EMS",
            "targetType": "User",
            "licenseGroupId": "group1",
        },
        "servicePlans": [
            {
                "displayName": display_name,
                "serviceName": name,
                "id": plan_id,
                "capabilityStatus": "Enabled",
                "targetType": "User",
            }
            for name, plan_id, display_name in (
                ("RMS_S_PREMIUM", "6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "Azure Information Protection Premium P1"),
                ("INTUNE_A", INTUNE, "Microsoft Intune A Direct"),
                ("RMS_S_ENTERPRISE", "bea4c11e-220a-4e6d-8eb8-8ea15d019f90", "Microsoft Azure Active Directory Rights"),
                ("AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "Azure Active Directory Premium P1"),
                ("MFA_PREMIUM", MFA, "Microsoft Azure Multi-Factor Authentication"),
            )
        ],
        "capabilityStatus": "Enabled",
        "attributes": {"objectType": "SubscribedSku"},
    }
    numbers = {
        each["productSku"]["skuPartNumber"]: (each["totalUnits"], each["consumedUnits"]) for each in answer["items"]
    }
    assert numbers == {
        "EMS": (5, 1),
        "POWER_BI_PRO": (1, 1),
        "AAD_PREMIUM": (15, 0),
        "AX_TASK_USER": (1, 0),
        "WIN_ENT_E5": (112, 41),
    }
    assert answer["items"][1]["servicePlans"][0]["targetType"] == "Tenant"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["EMS", "POWER_BI_PRO", "AAD_PREMIUM"]),
        ("?licenseGroupIds=group1", ["EMS", "POWER_BI_PRO", "AAD_PREMIUM"]),
        ("?LICENSEGROUPIDS=GROUP2", ["CFQ7TTC0K5DR/0002"]),
        ("?licenseGroupIds=2&licenseGroupIds=1", ["EMS", "POWER_BI_PRO", "AAD_PREMIUM", "CFQ7TTC0K5DR/0002"]),
        ("?licenseGroupIds=none", []),
        ("?licenseGroupIds=group3", None),
        ("?licenseGroupIds=3", None),
    ],
)
def test_license_groups(tenant, ids, query, expected):
    answer = tenant.get(f"/customers/{ids.contoso}/subscribedskus{query}")
    if expected is None:
        assert answer.refusal == (400, 900126)
        assert tenant.get(f"{tenant.user(ids.adele)}/licenses{query}").refusal == (400, 900126)
    else:
        assert [each["productSku"]["skuPartNumber"] for each in answer.json["items"]] == expected
        assert answer.json["totalCount"] == len(expected)


def test_assign_read_and_remove(tenant, ids):
    answer = update(tenant, ids.adele, [sku(EMS), sku(POWER_BI)])
    assert answer.status == 201
    assert answer.json == {
        "licensesToAssign": [{"skuId": EMS}, {"skuId": POWER_BI}],
        "licenseWarnings": [],
        "attributes": {"objectType": "LicenseUpdate"},
    }
    document = tenant.get(f"{tenant.user(ids.adele)}/licenses").json
    assert set(document) == {"totalCount", "items", "attributes"} and document["totalCount"] == 2
    assert document["items"][1] == {
        "servicePlans": [
            {
                "displayName": "Exchange Foundation",
                "serviceName": "EXCHANGE_S_FOUNDATION",
                "id": "113feb6c-3fe4-4440-bddc-54d774bf0318",
                "capabilityStatus": "Assigned",
                "targetType": "Tenant",
            },
            {
                "displayName": "Power BI Pro",
                "serviceName": "BI_AZURE_P2",
                "id": "70d33638-9c74-4d01-bfd3-562de28bd4ba",
                "capabilityStatus": "Assigned",
                "targetType": "User",
            },
        ],
        "productSku": {
            "id": POWER_BI,
            "name": "Power BI Pro",
            "skuPartNumber": "POWER_BI_PRO",
            "licenseGroupId": "group1",
        },
        "attributes": {"objectType": "License"},
    }
    assert free(tenant) == 1
    answer = update(tenant, "Adele@contoso.example", remove=[EMS.upper()])
    assert answer.json == {"licenseWarnings": [], "attributes": {"objectType": "LicenseUpdate"}}
    assert held(tenant, "adele@contoso.example") == ["POWER_BI_PRO"]
    assert free(tenant) == 2
    tenant.control.set(
        license_update_status=200, license_warnings=[{"code": "W1", "message": "Careful", "servicePlans": ["INTUNE_A"]}]
    )
    answer = update(tenant, ids.adele, [], [POWER_BI])
    assert answer.status == 200
    assert answer.json["licensesToAssign"] == []
    assert answer.json["licenseWarnings"] == [{"code": "W1", "message": "Careful", "servicePlans": ["INTUNE_A"]}]


def test_excluded_plans_are_replaced_not_added(tenant, ids):
    assert update(tenant, ids.adele, [sku(EMS, INTUNE)]).json["licensesToAssign"] == [
        {"skuId": EMS, "excludedPlans": [INTUNE]}
    ]

    def plans():
        (license,) = tenant.get(f"{tenant.user(ids.adele)}/licenses").json["items"]
        return {each["serviceName"]: each["capabilityStatus"] for each in license["servicePlans"]}

    assert set(plans()) == {"RMS_S_PREMIUM", "RMS_S_ENTERPRISE", "AAD_PREMIUM", "MFA_PREMIUM"}
    assert update(tenant, ids.adele, [sku(EMS, MFA)]).status == 201
    assert set(plans()) == {"RMS_S_PREMIUM", "RMS_S_ENTERPRISE", "AAD_PREMIUM", "INTUNE_A"}
    assert free(tenant) == 1
    tenant.control.set(excluded_plans="disabled")
    assert plans() == dict.fromkeys(("RMS_S_PREMIUM", "INTUNE_A", "RMS_S_ENTERPRISE", "AAD_PREMIUM"), "Assigned") | {
        "MFA_PREMIUM": "Disabled"
    }
    assert tenant.control.user(ids.contoso, ids.adele)["licenses"] == [
        {"sku": "EMS", "sku_id": EMS, "excluded_plans": ["MFA_PREMIUM"]}
    ]
    assert update(tenant, ids.adele, [sku(EMS)]).status == 201
    assert set(plans().values()) == {"Assigned"}


def test_out_of_seats(tenant, ids):
    assert update(tenant, ids.adele, [sku(POWER_BI)]).status == 201
    answer = update(tenant, ids.alex, [sku(EMS), sku(POWER_BI)])
    assert answer.status == 400
    assert answer.json == {
        "code": 60012,
        "description": "We're sorry, it looks like you've run out of licenses. Buy more licenses, and then try again.",
        "data": [
            f"LicenseQuotaExceededException : Subscription with Account {ids.contoso} and SKU {POWER_BI} does not have any available licenses left."
        ],
        "source": "PartnerFD",
    }
    assert held(tenant, ids.alex) == [] and free(tenant) == 2  # all or nothing
    tenant.control.set(html_escape_descriptions=True, code_type="string")
    again = update(tenant, ids.alex, [sku(POWER_BI)]).json
    assert (again["code"], again["description"]) == ("60012", answer.json["description"].replace("'", "&#39;"))
    # What the user has already takes no further seat.
    assert update(tenant, ids.adele, [sku(POWER_BI)]).status == 201
    tenant.control.set_skus(ids.contoso, {"part_number": "POWER_BI_PRO", "units": 2})
    assert update(tenant, ids.alex, [sku(POWER_BI)]).status == 201
    tenant.control.set_skus(ids.contoso, {"part_number": "POWER_BI_PRO", "units": 1})
    assert free(tenant, "POWER_BI_PRO") == -1


def test_removed_and_assigned_in_one_call(tenant, ids):
    assert update(tenant, ids.adele, [sku(POWER_BI)]).status == 201
    assert update(tenant, ids.adele, [sku(POWER_BI), sku(AAD)], [POWER_BI]).status == 201
    assert held(tenant, ids.adele) == ["POWER_BI_PRO", "AAD_PREMIUM"]
    tenant.control.set(removals_free_seats=False)
    assert update(tenant, ids.adele, [sku(POWER_BI)], [POWER_BI]).refusal == (400, 60012)
    assert update(tenant, ids.adele, [sku(EMS)], [POWER_BI, AAD]).status == 201
    assert held(tenant, ids.adele) == ["EMS"]


@pytest.mark.parametrize(
    ("assign", "remove", "refusal", "word"),
    [
        ([sku(UNKNOWN)], None, (400, 3000), UNKNOWN),
        (None, [UNKNOWN], (400, 3000), UNKNOWN),
        ([sku(EMS, UNKNOWN)], None, (400, 3000), "service plan"),
        ([sku(POWER_BI, INTUNE)], None, (400, 3000), "service plan"),
        ([sku("EMS")], None, (400, 3000), "GUID"),
        ([{"ExcludedPlans": []}], None, (400, 3000), "required"),
        (None, None, (400, 3000), "nothing"),
        ([], [], (400, 3000), "nothing"),
        ([sku(EMS), sku(EMS)], None, (400, 3000), "twice"),
        ([sku(EMS), sku(MINECRAFT)], None, (400, 3000), "same license group"),
        (None, [EMS], (400, 3000), "does not have"),
        (EMS, None, (400, 800002), "list"),
        ([EMS], None, (400, 800002), "object"),
        ([{"SkuId": 5}], None, (400, 800002), "string"),
        ([{"SkuId": EMS, "ExcludedPlans": INTUNE}], None, (400, 800002), "list"),
    ],
)
def test_refusals(tenant, ids, assign, remove, refusal, word):
    answer = update(tenant, ids.adele, assign, remove)
    assert answer.refusal == refusal
    assert word in answer.json["description"]
    assert held(tenant, ids.adele) == []


def test_groups_of_both_lists(tenant, ids):
    assert update(tenant, ids.adele, [sku(EMS)]).status == 201
    assert update(tenant, ids.adele, [sku(MINECRAFT)], [EMS]).refusal == (400, 3000)
    tenant.control.set(license_groups_checked="list")
    assert update(tenant, ids.adele, [sku(MINECRAFT)], [EMS]).status == 201
    assert held(tenant, ids.adele, "") == [] and held(tenant, ids.adele) == ["CFQ7TTC0K5DR/0002"]
    tenant.control.set(remove_unassigned="ignore")
    assert update(tenant, ids.adele, None, [EMS]).status == 201


def test_usage_location_comes_first(tenant, ids):
    answer = update(tenant, ids.jurgen_synced, [sku(EMS)])
    assert answer.refusal == (400, 3000)
    assert answer.json["description"] == "License assignment cannot be done for user with invalid usage location."
    tenant.patch(tenant.user(ids.jurgen_synced), {"usageLocation": "DE"})
    assert update(tenant, ids.jurgen_synced, [sku(EMS)]).status == 201


def test_sku_for_tenants(tenant, ids):
    (sku_id,) = tenant.control.set_skus(ids.contoso, {"part_number": "WHOLE", "units": 1, "target_type": "Tenant"})
    assert update(tenant, ids.adele, [sku(sku_id)]).refusal == (400, 3000)


def test_names_without_case_and_sdk_dialects(tenant, ids):
    path = tenant.user(ids.adele) + "/licenseupdates"
    assert tenant.post(path + "?isKickInstantOn=true", {"licensestoassign": [{"SKUID": EMS}]}).status == 201
    assert (
        tenant.post(path, {"licensesToAssign": [{"skuId": EMS, "excludedPlans": None}], "licensesToRemove": []}).status
        == 201
    )
    assert tenant.post(path, [EMS]).refusal == (400, 800002)
    assert tenant.post(tenant.user(UNKNOWN) + "/licenseupdates", {"licensesToRemove": [EMS]}).refusal == (404, 60002)
    assert tenant.get(path).refusal == (405, 900141)


def test_deleting_frees_seats_and_a_restore_takes_them_back_if_they_are_free(tenant, ids):
    assert update(tenant, ids.adele, [sku(POWER_BI), sku(EMS, INTUNE)]).status == 201
    assert tenant.delete(tenant.user(ids.adele)).status == 204
    assert free(tenant, "POWER_BI_PRO") == 1
    assert tenant.get(tenant.user(ids.adele) + "/licenses").refusal == (404, 60002)
    assert update(tenant, ids.adele, None, [EMS]).refusal == (404, 60002)
    assert [each["sku"] for each in tenant.control.user(ids.contoso, ids.adele)["licenses"]] == ["EMS", "POWER_BI_PRO"]
    assert update(tenant, ids.alex, [sku(POWER_BI)]).status == 201
    assert tenant.patch(tenant.user(ids.adele), {"state": "active"}).status == 200
    assert tenant.control.user(ids.contoso, ids.adele)["licenses"] == [
        {"sku": "EMS", "sku_id": EMS, "excluded_plans": ["INTUNE_A"]}
    ]
    assert (free(tenant), free(tenant, "POWER_BI_PRO")) == (1, 0)
    tenant.control.set(licenses_of_restored="drop")
    tenant.delete(tenant.user(ids.adele))
    tenant.patch(tenant.user(ids.adele), {"state": "active"})
    assert held(tenant, ids.adele) == [] and free(tenant) == 2


def test_lag(tenant, ids, control):
    control.set(assign_lag_ms=5000)
    assert update(tenant, ids.adele, [sku(EMS)]).status == 201
    assert held(tenant, ids.adele) == [] and free(tenant) == 1
    control.advance(6)
    assert held(tenant, ids.adele) == ["EMS"]
    control.set(assign_lag_ms=0, read_lag_ms=60_000)
    user_id = tenant.create("fresh", usageLocation="US")["id"]
    assert update(tenant, user_id, [sku(EMS)]).refusal == (404, 60002)
    control.set(read_lag_ms=0, not_found_reads=1)
    user_id = tenant.create("fresher", usageLocation="US")["id"]
    assert tenant.get(tenant.user(user_id) + "/licenses").refusal == (404, 60002)
    assert tenant.get(tenant.user(user_id) + "/licenses").status == 200


def test_a_repeated_update_runs_once(tenant, ids, control):
    request_id = {"MS-RequestId": "5f2b0c1e-8d0a-4d0e-9a55-2f4b8f4f1a02"}
    for dummy in range(2):
        assert update(tenant, ids.adele, [sku(POWER_BI)], **request_id).status == 201
    assert [entry["replayed"] for entry in control.writes()] == [False, True]
    assert control.writes()[0]["user_id"] == ids.adele
    assert control.writes()[0]["body"]["LicensesToAssign"] == [{"SkuId": POWER_BI, "ExcludedPlans": None}]


@pytest.mark.parametrize(
    ("cloud", "reads", "writes"),
    [("china", (400, 900127), (400, 900127)), ("germany", None, (400, 900127)), ("us_government", None, None)],
)
def test_national_clouds(tenant, ids, control, cloud, reads, writes):
    control.set(national_cloud=cloud)
    answer = tenant.get(tenant.user(ids.adele) + "/licenses")
    assert answer.status == 200 if reads is None else answer.refusal == reads
    answer = update(tenant, ids.adele, [sku(EMS)])
    assert answer.status == 201 if writes is None else answer.refusal == writes
    assert tenant.get(f"/customers/{ids.contoso}/subscribedskus").status == 200
