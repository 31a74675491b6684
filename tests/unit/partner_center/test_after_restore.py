"""What check mode and a plan say about what is taken away after a restore, and what the run then does."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_user import (
    DEFINITION as ONE,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.guards import leaving
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.results import user_diff
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.unwritten import predicted
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report import html, markdown
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.reading import read
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paper_partner import ROLES, SKUS, Partner, Person

from .factories import IDS, SOMEBODY_ELSE, declared, gone, snapshot

NOW = datetime.now(timezone.utc).replace(microsecond=0)
OVER, LATER = ((NOW + timedelta(hours=hours)).isoformat() for hours in (-1, 9))
HELPDESK, READER = "Helpdesk Administrator", "Reports Reader"
NAMES: dict[str, tuple[str, ...]] = {"roles": (HELPDESK, READER), "licenses": tuple(SKUS)}
KEY = {"roles": "name", "licenses": "sku"}
Options = dict[str, t.Any]


def restored(**held: t.Any) -> tuple[Partner, Person]:
    partner = Partner(NOW)
    customer = partner.customer(0)
    return partner, customer.add(f"ada@{customer.domain}", active=False, deleted_at=NOW, **held)


def users(partner: Partner, row: Options, check: bool) -> Options:
    (customer,) = partner.customers.values()
    named = {"user_principal_name": f"ada@{customer.domain}", "state": "restored", **row}
    return partner.run(DEFINITION, {"customer_id": customer.id, "users": [named]}, check)


@st.composite
def wishes(draw: t.Any, option: str) -> Options:
    """The option in one of its forms; of what is to be there some has ended."""
    names = draw(st.lists(st.sampled_from(NAMES[option]), unique=True))
    ends: st.SearchStrategy[Options] = st.sampled_from([{}, {}, {"expires_at": OVER}, {"expires_at": LATER}])
    entries = [{KEY[option]: name, **draw(ends)} for name in names]
    form = draw(st.sampled_from(["append", "purge", "set", "remove", "none"]))
    if form == "remove":
        away = [name for name in NAMES[option] if name not in names]
        return {option: {"add": entries, "remove": away}} if entries or away else {}
    if form in ("append", "purge"):
        return {option: entries, f"purge_{option}": form == "purge"}
    return {option: {"set": entries}} if form == "set" else {}


@settings(max_examples=150, deadline=None)
@given(st.data(), wishes("roles"), wishes("licenses"), st.booleans())
def test_what_check_mode_says_is_what_the_run_does(data: t.Any, roles: Options, licenses: Options, new: bool) -> None:
    partner, ada = restored(display_name="Old")
    row = {**roles, **licenses, "usage_location": "US", **({"display_name": "New"} if new else {})}
    check = users(partner, row, True)
    (said,) = check["rows"]
    back = said.get("after_restore", {})
    # Nobody knows before it what a restore brings back.
    ada.roles = data.draw(st.sets(st.sampled_from([ROLES[name] for name in NAMES["roles"]])))
    ada.skus = data.draw(st.sets(st.sampled_from(NAMES["licenses"])))
    before = {"roles": set(ada.roles), "licenses": set(ada.skus)}
    made = users(partner, row, False)
    (was,) = made["rows"]
    after = {"roles": ada.roles, "licenses": ada.skus}
    assert said["status"] == was["status"] == "changed" and "after_restore" not in was
    assert set(was["action"].split("+")) <= set(said["action"].split("+"))
    for option, names in (("roles", {ROLES[name]: name for name in NAMES["roles"]}), ("licenses", None)):
        goes = back.get(option, {"remove": [], "all_others": False})
        listed = {ROLES[name] if names else name for name in goes["remove"]}
        wanted = set((said["fields"].get(option) or {"after": []})["after"])
        wanted = {ROLES[name] for name in wanted} if names else wanted
        lost = before[option] - after[option]
        assert lost <= (NAMES_OF[option] - wanted if goes["all_others"] else listed), "nothing goes unsaid"
        assert not listed & after[option] and after[option] - before[option] <= wanted
        assert not goes["all_others"] or after[option] == wanted
    most = check["requests"]["writes"]
    assert made["requests"]["writes"] <= most or any(goes["all_others"] for goes in back.values())
    ended = [json.dumps(entry) for entry in made["ending"] if entry["status"] == "taken_away"]
    assert set(ended) <= {json.dumps(entry) for entry in check["ending"]}


NAMES_OF: dict[str, set[str]] = {"roles": {ROLES[name] for name in NAMES["roles"]}, "licenses": set(NAMES["licenses"])}
CASES: list[tuple[Options, Options, list[str]]] = [
    (
        {"roles": [{"name": HELPDESK, "expires_at": OVER}, READER]},
        {"roles": {"all_others": False, "remove": [HELPDESK]}},
        ["restore", "add_role", "remove_role"],
    ),
    (
        {"licenses": [{"sku": "E3", "expires_at": OVER}]},
        {"licenses": {"all_others": False, "remove": ["E3"]}},
        ["restore", "remove_licenses"],
    ),
    (
        {"licenses": {"set": ["BI"]}, "roles": {"remove": [HELPDESK]}},
        {"licenses": {"all_others": True, "remove": []}, "roles": {"all_others": False, "remove": [HELPDESK]}},
        ["restore", "assign_licenses", "remove_licenses", "remove_role"],
    ),
    (
        {"roles": [READER], "purge_roles": True},
        {"roles": {"all_others": True, "remove": []}},
        ["restore", "add_role", "remove_role"],
    ),
    ({"roles": [READER]}, {}, ["restore", "add_role"]),
]


@pytest.mark.parametrize(
    ("row", "goes", "actions"), CASES, ids=["an ended role", "an ended license", "set and remove", "a purge", "nothing"]
)
def test_check_mode_names_what_goes_after_a_restore(row: Options, goes: Options, actions: list[str]) -> None:
    partner, ada = restored()
    check = users(partner, row, True)
    (said,) = check["rows"]
    assert said.get("after_restore", {}) == goes and bool(said["message"]) is bool(goes)
    assert [operation["action"] for operation in check["operations"]] == actions
    assert check["requests"]["writes"] == len(actions) == 1 + check["summary"]["role"] + check["summary"]["license"]
    # What the user has by then is not known; nobody is told that nothing is left.
    assert not any(change["after"] == [] for change in said["fields"].values())
    options = {"customer_id": next(iter(partner.customers)), "user_id": ada.id, "state": "restored", **row}
    assert partner.run(ONE, options, True).get("after_restore", {}) == goes
    report = read([check], "Report", None)
    for text in (markdown.render(report, 50_000), html.render(report)):
        assert all(name in text for each in goes.values() for name in each["remove"])
        assert said["message"] in text


def test_the_diff_names_what_goes_after_a_restore() -> None:
    helpdesk = Role(HELPDESK, IDS[7])
    row = declared(state="restored", roles={"remove": [HELPDESK]}, licenses=[], purge_licenses=True)
    (made,) = plan((row,), snapshot(gone(usage_location="US"), catalogue=(ADMINISTRATOR, helpdesk))).rows
    after = json.loads(user_diff(predicted(made))["after"])
    assert after["after_restore"] == {
        "licenses": {"all_others": True, "remove": []},
        "roles": {"all_others": False, "remove": [HELPDESK]},
    }
    assert after["licenses"] == [] and "roles" not in after
    assert made.after and made.after.roles is None


ADMINISTRATOR = Role("Company Administrator", GLOBAL_ADMINISTRATOR)


@pytest.mark.parametrize("form", [{"roles": {"remove": ["Company Administrator"]}}, {"roles": [], "purge_roles": True}])
def test_who_loses_the_role_after_a_restore_counts_for_nobody_else_as_the_one_who_keeps_it(form: Options) -> None:
    rows = [
        declared(user_principal_name=name, state="restored", index=number, **form)
        for number, name in enumerate(("a@contoso.example", "b@contoso.example"))
    ]
    deleted = [gone(number, upn=row.user_principal_name or "") for number, row in enumerate(rows, start=1)]
    made = plan(rows, snapshot(*deleted, members={GLOBAL_ADMINISTRATOR: frozenset()}))
    assert all(row.operations for row in made.rows), "nobody of them holds it before the restore"
    assert leaving(made.rows, {GLOBAL_ADMINISTRATOR}) == {each.id for each in deleted}
    assert SOMEBODY_ELSE not in leaving(made.rows, {GLOBAL_ADMINISTRATOR})
