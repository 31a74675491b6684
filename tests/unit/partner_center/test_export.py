"""The filter to_declaration: what was read is declared again, nothing else is, and nothing gets lost without a word."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.tenantops.partner_center.plugins.filter.to_declaration import to_declaration
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    ServicePlan,
    Sku,
    brief,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.record_kinds import (
    RECORD,
    VERSION,
    kind_problem,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.export.as_yaml import scalar, to_yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support import tenant_schema

from .factories import CUSTOMER, IDS, NOW, gone, snapshot, user

PLANS = (
    ServicePlan("10000000-0000-4000-8000-000000000001", "INTUNE_A"),
    ServicePlan("10000000-0000-4000-8000-000000000002", "RMS_S"),
)
EMS = Sku("20000000-0000-4000-8000-000000000001", "EMS", "Enterprise Mobility", "group1", 9, 9, 0, plans=PLANS)
MINECRAFT = Sku("20000000-0000-4000-8000-000000000002", "MEE_FACULTY", None, "group2", 9, 9, 0)
SKUS = (EMS, MINECRAFT)
ROLES = (
    Role("30000000-0000-4000-8000-000000000001", "Helpdesk Administrator"),
    Role("30000000-0000-4000-8000-000000000002", "User Administrator"),
)


def result(*users: User) -> dict[str, t.Any]:
    """What customer_user_info returns."""
    return {"customer_id": CUSTOMER, "users": [item.result(NOW) for item in users], "changed": False}


def declared(declaration: t.Any) -> tuple[t.Any, ...]:
    """The rows, after everything that the module checks."""
    declared_customers = declare_customers({"customers": [declaration]}, {})
    assert not declared_customers.problems, declared_customers.problems
    return declared_customers.customers[0].rows


def held(number: int) -> tuple[tuple[License, ...], tuple[Role, ...]]:
    """Licences and roles of a user, by a number: none, some, some with plans that are off."""
    on = frozenset(plan.id for plan in PLANS[: number % 3])
    licenses = [License(EMS.id, EMS.part_number, EMS.name, EMS.group, on)] if number & 4 else []
    licenses += [License(MINECRAFT.id, MINECRAFT.part_number, None, MINECRAFT.group, frozenset())] if number & 8 else []
    return tuple(licenses), ROLES[: (number >> 4) % 3]


texts = st.text(min_size=1, max_size=12)
ODD = [
    "Siobhán O'Brien",
    "Jürgen Groß",
    "NO",
    "null",
    "1e3",
    "{{ 1 }}",
    "- a",
    "a: b",
    "x #y",
    " Ada",
    "",
    "ADA",
    "%",
    "日本",
]
names = st.one_of(texts, st.sampled_from(ODD))
locals_ = st.one_of(st.sampled_from(["o'brien", "ÄSTRID", "Ada.Lovelace", "x_y#EXT#", "no", "1"]), texts)


@st.composite
def people(draw: st.DrawFn) -> list[tuple[User, int]]:
    """Users of one customer, with a number for what they hold."""
    found = []
    for number in range(draw(st.integers(0, 7))):
        upn = draw(locals_) + draw(
            st.sampled_from(["@contoso.example", "@Contoso.Example", "@contoso.onmicrosoft.com"])
        )
        values = {
            name: draw(st.one_of(st.none(), names)) or None
            for name in ("display_name", "first_name", "last_name", "immutable_id", "phone_number")
        }
        location = draw(st.sampled_from([None, "DE", "no", "XX", "NO"]))
        made = user(number, upn, usage_location=location, directory_synced=draw(st.booleans()), **values)
        if draw(st.integers(0, 9)) == 0:
            made = replace(made, state="deleted", soft_deletion_time=NOW)
        if all(other.key != made.key for other, _held in found):
            found.append((made, draw(st.integers(0, 63))))
    return found


@settings(max_examples=120)
@given(people(), st.booleans(), st.booleans(), st.booleans())
def test_what_is_exported_is_valid_and_is_found_as_declared(
    found: list[tuple[User, int]], ids: bool, exact: bool, restored: bool
) -> None:
    active = {str(item.id): held(number) for item, number in found if item.state == "active"}
    read = [
        item.with_values({"licenses": tuple(brief(license, EMS if license.sku_id == EMS.id else MINECRAFT) for license in active[str(item.id)][0]),
                          "roles": tuple(role.name for role in active[str(item.id)][1])})
        if item.state == "active" else item
        for item, _held in found
    ]  # fmt: skip
    options = {"user_ids": ids, "exact": exact, "state": "restored" if restored else "present"}
    data = to_declaration(result(*read), "data", **options)
    notes = to_declaration(result(*read), "notes", **options)
    text = to_declaration(result(*reversed(read)), "yaml", **options)
    record = {"format": RECORD, "version": VERSION} if restored and not exact else {}
    assert yaml.safe_load(text) == {**record, **data}, "the same, in any order"
    assert not record or kind_problem(yaml.safe_load(text), RECORD) is None
    known = snapshot(
        *(item for item, _held in found),
        skus=SKUS,
        catalogue=ROLES,
        licenses={user_id: licenses for user_id, (licenses, _roles) in active.items()},
        user_roles={user_id: roles for user_id, (_licenses, roles) in active.items()},
    )
    made = plan(declared(data), known)
    assert not [row.refusal for row in made.rows if row.refusal]
    assert {operation.action for row in made.rows for operation in row.operations} <= (
        {"restore"} if restored else set()
    )
    assert len(data["users"]) == sum(item.state == "active" or restored for item, _held in found)
    assert sum("deleted" in note for note in notes) == (0 if restored else len(found) - len(active))
    for item in read:
        if item.state == "active":
            assert {attribute for attribute in ("first_name", "phone_number") if getattr(item, attribute)} <= {
                *(row_of(data, item) or {}), *(attribute for attribute in ("first_name", "phone_number") for note in notes if attribute in note)
            }  # fmt: skip


def row_of(data: t.Mapping[str, t.Any], item: User) -> dict[str, t.Any] | None:
    return next(
        (
            row
            for row in data["users"]
            if row.get("user_id") == item.id or row.get("user_principal_name") == item.user_principal_name
        ),
        None,
    )


def test_a_declaration_reads_well_and_follows_the_schema() -> None:
    import jsonschema

    adele = user(
        0,
        "adele@contoso.example",
        first_name="Adele",
        usage_location="NO",
        licenses=("POWER_BI_PRO", {"sku": "EMS", "excluded_plans": ["B", "A"]}),
    )
    alex = user(
        1,
        "Alex@contoso.example",
        display_name="Alex {{ 1 }}",
        phone_number="+49 30 1",
        licenses=(),
        roles=("User Administrator",),
    )
    text = to_declaration(
        result(alex, adele, gone(2)), customer_domain="contoso.onmicrosoft.com", name="Contoso\n- users: []"
    )
    assert (
        text
        == f"""\
# yaml-language-server: $schema=https://raw.githubusercontent.com/tenantops/partner_center/main/docs/tenant.schema.json
# Contoso\\n- users: []: 2 users, as read from Partner Center.
# What is not or not fully in here:
# - ada@contoso.example is deleted since {gone(2).result(NOW)["soft_deletion_time"]}; skipped.
customer_domain: contoso.onmicrosoft.com
users:
  - user_principal_name: adele@contoso.example
    display_name: Ada
    first_name: Adele
    usage_location: "NO"
    licenses:
      - {{sku: EMS, excluded_plans: [A, B]}}
      - POWER_BI_PRO
  - user_principal_name: Alex@contoso.example
    display_name: "Alex {{{{ 1 }}}}"
    phone_number: "+49 30 1"
    roles: [User Administrator]
"""
    )
    jsonschema.Draft7Validator(json.loads(tenant_schema.SCHEMA.read_text())).validate(yaml.safe_load(text))


def test_names_that_do_not_say_who_is_meant_give_way_to_ids() -> None:
    twins = user(0, "Ada@contoso.example"), user(1, "ada@CONTOSO.example")
    odd = user(2, "ada lovelace@contoso.example")
    nobody = {"id": None, "user_principal_name": None, "state": "active"}
    value = {"customer_id": CUSTOMER, "users": [item.result(NOW) for item in (*twins, odd)] + [nobody]}
    data, notes = to_declaration(value, "data"), to_declaration(value, "notes")
    assert [{*row} for row in data["users"]] == [{"user_id", "display_name"}] * 3
    named = [note.split(" is ")[0] for note in notes[1:]]
    assert named == ["ada lovelace@contoso.example", "Ada@contoso.example", "ada@CONTOSO.example"] and len(notes) == 4


def test_a_licence_without_a_subscription_is_noted_and_the_others_stay() -> None:
    item = user(0, licenses=("EMS", "OLD_SKU"), roles=())
    skus = [EMS.result()]
    assert to_declaration(result(item), "data", subscribed_skus=skus, exact=True)["users"][0] == {
        "user_principal_name": item.user_principal_name, "display_name": "Ada", "licenses": ["EMS"], "roles": [], "purge_roles": True,
    }  # fmt: skip
    (note,) = to_declaration(result(item), "notes", subscribed_skus=skus)
    assert note.startswith("ada@contoso.example: ") and "'OLD_SKU'" in note


def test_a_record_brings_back_by_id_whoever_has_the_name_by_then() -> None:
    prefixed = gone(1, upn=IDS[1].replace("-", "") + "Ada@contoso.example")
    rows = to_declaration(
        result(user(0, "bo@contoso.example", roles=("User Administrator",)), prefixed), "data", state="restored"
    )["users"]
    assert rows == [
        {"user_id": IDS[1], "user_principal_name": "Ada@contoso.example", "state": "restored"},
        {
            "user_id": IDS[0],
            "user_principal_name": "bo@contoso.example",
            "state": "restored",
            "display_name": "Ada",
            "roles": ["User Administrator"],
        },
    ]


def test_a_record_keeps_what_an_earlier_one_has() -> None:
    now = user(0, licenses=("POWER_BI_PRO", {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}), roles=("Reports Reader",))
    earlier = [
        {"customer_id": CUSTOMER, "users": [
            {"user_id": IDS[0].upper(), "state": "restored", "licenses": ["EMS", "WIN_ENT_E5"], "roles": ["User Administrator", "Reports Reader"]},
            {"user_id": IDS[2], "state": "restored", "roles": ["Global Reader"]},
            {"user_principal_name": now.user_principal_name, "roles": ["Global Reader"]},
        ]},
        {"customer_id": CUSTOMER, "users": []},
    ]  # fmt: skip
    (row,) = to_declaration(result(now), "data", state="restored", earlier=earlier)["users"]
    assert row["licenses"] == [{"sku": "EMS", "excluded_plans": ["INTUNE_A"]}, "POWER_BI_PRO", "WIN_ENT_E5"]
    assert row["roles"] == ["Reports Reader", "User Administrator"] and row["display_name"] == "Ada"
    (bare,) = to_declaration(result(user(0)), "data", state="restored", earlier=earlier)["users"]
    assert bare["licenses"] == ["EMS", "WIN_ENT_E5"] and bare["roles"] == ["Reports Reader", "User Administrator"]
    assert to_declaration(result(now), "data", earlier=earlier) == to_declaration(result(now), "data"), (
        "without ids nobody is known to be the same"
    )
    declared = {
        "licenses": {"add": ["EMS"], "remove": ["E5"]},
        "roles": {"set": [{"name": "Global Reader", "lasts": "2h"}]},
    }
    for words, licenses in ((declared, ["EMS"]), ({"licenses": {"remove": ["EMS"]}}, None)):
        past = [{"customer_id": CUSTOMER, "users": [{"user_id": IDS[0], **words}]}]
        (row,) = to_declaration(result(user(0)), "data", state="restored", earlier=past)["users"]
        assert row.get("licenses") == licenses and row.get("roles") == (["Global Reader"] if licenses else None)


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        ({"users": [], "customer_id": CUSTOMER}, {"earlier": ["x"]}, "earlier must be a list of declarations"),
        ("text", {}, "takes a result of customer_user_info"),
        ({"users": [1]}, {}, "takes a result of customer_user_info"),
        ({"users": []}, {}, "The customer is missing"),
        ({"users": [], "customer_id": "x"}, {}, "is not a GUID"),
        (
            {"users": [], "customer_id": CUSTOMER},
            {"format": "xml"},
            "format must be one of yaml, data, notes, not 'xml'",
        ),
        ({"users": [], "customer_id": CUSTOMER}, {"state": "absent"}, "state must be one of"),
        ({"users": [], "customer_id": CUSTOMER}, {"exact": "perhaps"}, "perhaps"),
        ({"users": [], "customer_id": CUSTOMER}, {"subscribed_skus": ["EMS"]}, "subscribed_skus must be the list"),
    ],
)
def test_other_input_is_refused(value: t.Any, options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match="to_declaration") as raised:
        to_declaration(value, **options)
    assert words in str(raised.value)


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(),
        names,
        st.booleans(),
        st.lists(st.text()),
        st.fixed_dictionaries({"sku": st.text(), "excluded_plans": st.lists(st.text())}),
    )
)
def test_any_value_survives_yaml(value: t.Any) -> None:
    assert yaml.safe_load(f"key: {scalar(value)}") == {"key": value}


@given(st.lists(st.text()))
def test_a_comment_stays_one(comments: list[str]) -> None:
    text = to_yaml({"customer_id": CUSTOMER, "users": []}, comments)
    assert yaml.safe_load(text) == {"customer_id": CUSTOMER, "users": []} and text.count("\n") == len(comments) + 3
