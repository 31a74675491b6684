"""What is declared together: people, ends, plans, approvals, records and the audit log, in whole tasks on paper."""

from __future__ import annotations

import json
import os
import typing as t
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.deletion_records import (
    DeletionRecords,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import temporary
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from support.paper_partner import GLOBAL, ROLES, Customer, Person, Response

from .lives import Life
from .task_desk import HELPDESK, NOW, READER, Desk, Options, ago, due, reasons


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "kept", [{"licenses": [{"sku": "E3", "lasts": "9h"}]}, {"roles": [{"name": ROLES[READER], "lasts": "9h"}]}], ids=str
)
def test_a_refused_row_of_somebody_who_has_it_is_recorded_and_stops_nobody(desk: Desk, kept: Options) -> None:
    ada = desk.person(skus={"E3"}, roles={ROLES[READER]})
    plan = str(desk.place / "plan.json")
    assert not desk.rows(kept, mode="plan", plan_file=plan)["rc"]
    result = desk.rows({**kept, "display_name": "New"}, mode="apply", plan_file=plan)
    assert reasons(result) == ["changed_since_plan"] and not desk.partner.writes
    assert [grant["user_id"] for grant in desk.grants] == [ada.id]


@pytest.mark.parametrize(
    "later",
    [{}, {"lasts": "300d"}, {"lasts": "2h", "granted_for": "B"}, {"expires_at": "2099-01-01T00:00:00Z"}],
    ids=str,
)
@pytest.mark.parametrize(
    "grant",
    [lambda end: {"roles": [{"name": HELPDESK, **end}]}, lambda end: {"licenses": [{"sku": "E3", **end}]}, dict],
    ids=["role", "license", "user"],
)
def test_who_approves_a_grant_for_two_hours_has_not_approved_a_longer_one(
    desk: Desk, grant: t.Callable[[Options], Options], later: Options
) -> None:
    plan = str(desk.place / "plan.json")
    common = {"display_name": "Ada", "usage_location": "US"}
    reviewed = {**common, **grant({"lasts": "2h", "granted_for": "A"})}
    assert not desk.rows(reviewed, mode="plan", plan_file=plan)["rc"]
    refused = desk.rows({**common, **grant(later)}, mode="apply", plan_file=plan)
    assert reasons(refused) == ["changed_since_plan"] and not desk.partner.writes
    assert not desk.rows(reviewed, mode="apply", plan_file=plan)["rc"] and desk.partner.writes


# What has ended, of which one part cannot be taken away

OVER = {"expires_at": ago(3)}
ME = "e2f10000-0000-4000-8000-000000000001"


def overdue(result: Options) -> list[str]:
    return [entry["name"] for entry in result["ending"] if entry["status"] == "overdue"]


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
@pytest.mark.parametrize("more", [{}, {"display_name": "New"}], ids=["nothing else", "and more"])
def test_one_removal_that_the_service_refuses_holds_up_no_other(desk: Desk, only: bool, more: Options) -> None:
    ada = desk.person(skus={"E3", "BI"}, roles={ROLES[READER], ROLES[HELPDESK]})
    row = {
        "roles": [{"name": READER, **OVER}, {"name": HELPDESK, **OVER}],
        "licenses": [{"sku": "E3", **OVER}, "BI"],
        **more,
    }
    desk.partner.fate = ["refused"]
    result = desk.rows(row, ends_only=only)
    assert result["rc"] and len(ada.roles | ada.skus) == 2, (ada.roles, ada.skus)
    assert overdue(result) == ["E3"] and ada.display_name == "Somebody"
    assert [each["action"] for each in result["operations"]] == ["remove_role", "remove_role"]
    assert not desk.rows(row, ends_only=only)["rc"] and ada.skus == {"BI"} and not ada.roles


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
@pytest.mark.parametrize("check", [True, False], ids=["check", "write"])
def test_the_last_administrator_keeps_that_role_and_loses_what_else_has_ended(
    desk: Desk, only: bool, check: bool
) -> None:
    boss = desk.customer.boss
    boss.roles |= {ROLES[READER]}
    boss.skus = {"E3"}
    row = {
        "local": "boss",
        "roles": [{"name": "Global Administrator", **OVER}, {"name": READER, **OVER}],
        "licenses": [{"sku": "E3", **OVER}],
    }
    result = desk.rows(row, ends_only=only, check=check)
    assert result["rc"] and reasons(result) == ["last_administrator"] and overdue(result) == ["Global Administrator"]
    assert check or (boss.roles == {GLOBAL} and not boss.skus)
    (fields,) = [each["fields"] for each in result["operations"] if each["action"] == "remove_role"]
    assert fields["roles"] == {"before": ["Global Administrator", READER], "after": ["Global Administrator"]}
    again = desk.rows(row, ends_only=only)
    assert again["rc"] and (not desk.partner.writes or check)


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
def test_the_signed_in_account_keeps_its_roles_and_loses_a_license_that_has_ended(desk: Desk, only: bool) -> None:
    me = Person(ME, f"ada@{desk.customer.domain}", roles={ROLES[READER]}, skus={"E3"})
    desk.customer.people[ME] = me
    row = {"roles": [{"name": READER, **OVER}], "licenses": [{"sku": "E3", **OVER}]}
    result = desk.rows(row, ends_only=only)
    assert reasons(result) == ["acting_identity"] and overdue(result) == [READER]
    assert me.roles == {ROLES[READER]} and not me.skus


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
def test_a_license_that_nobody_knows_holds_up_no_role(desk: Desk, only: bool) -> None:
    ada = desk.person(roles={ROLES[READER], ROLES[HELPDESK]})
    row = {"roles": [{"name": READER, **OVER}, {"name": HELPDESK, **OVER}], "licenses": [{"sku": "NOPE", **OVER}]}
    result = desk.rows(row, ends_only=only)
    assert reasons(result) == ["no_such_license"] and overdue(result) == ["NOPE"] and not ada.roles


# The record of what was granted, and who is not there for a while


def end_due(desk: Desk) -> Options:
    """What the playbook temporary_access does with end_due."""
    given = {"action": "end_due", "file": str(desk.place / "access.json")}
    task = temporary.options(Run(given))
    return desk.partner.run(DEFINITION, task) if task else {"rc": 0, "rows": []}


def test_what_comes_back_with_a_restored_user_is_still_taken_away(desk: Desk) -> None:
    ada = desk.person()
    assert not desk.rows({"roles": [{"name": HELPDESK, "lasts": "2h"}]})["rc"] and ada.roles == {ROLES[HELPDESK]}
    ada.active, ada.deleted_at = False, NOW
    desk.partner.now += timedelta(hours=3)
    assert not end_due(desk)["rc"]
    ada.active, ada.deleted_at = True, None
    assert not end_due(desk)["rc"] and not ada.roles
    assert [bool(grant["ended_at"]) for grant in desk.grants] == [True]
    assert end_due(desk)["rows"] == []


def test_who_is_gone_for_good_is_not_looked_for_again(desk: Desk) -> None:
    ada = desk.person()
    desk.rows({"roles": [{"name": HELPDESK, "lasts": "2h"}]})
    del desk.customer.people[ada.id]
    desk.partner.now += timedelta(hours=27)
    assert not end_due(desk)["rc"] and [bool(grant["ended_at"]) for grant in desk.grants] == [True]


def test_a_person_who_has_ended_is_written_down_as_removed_when_the_answer_was_lost(desk: Desk) -> None:
    person = {"local": "ada", "expires_at": (NOW + timedelta(hours=1)).isoformat()}
    assert not desk.people(person)["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada
    desk.partner.now += timedelta(hours=2)
    desk.partner.fate = ["lost"]
    assert not desk.people(person)["rc"] and not ada.active
    events = [json.loads(line)["event"] for line in (desk.place / "people.jsonl").read_text().splitlines()[1:]]
    assert events == ["making", "made", "removed"]
    assert not desk.people(person)["rc"] and not desk.partner.writes


def test_people_and_ends_only_takes_away_and_does_nothing_else(desk: Desk) -> None:
    ends_at = (NOW + timedelta(hours=1)).isoformat()
    person = {"local": "ada", "roles": [HELPDESK, {"name": READER, "expires_at": ends_at}], "licenses": [{"sku": "E3"}]}
    assert not desk.people(person)["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada and ada.roles == {ROLES[HELPDESK], ROLES[READER]}
    desk.partner.now += timedelta(hours=2)
    ada.skus = set()
    only = {"ends_only": True}
    assert desk.people({"local": "bob"}, task=only)["rc"] == 0 and not desk.partner.writes
    predicted = desk.people(person, {"local": "bob"}, task=only, check=True)
    result = desk.people(person, {"local": "bob"}, task=only)
    assert not result["rc"] and ada.roles == {ROLES[HELPDESK]} and not ada.skus and len(desk.partner.writes) == 1
    assert predicted["summary"] == result["summary"]


def test_a_rename_does_not_begin_anew_what_was_written_down_under_the_earlier_name(desk: Desk) -> None:
    """The run was killed between the create and the line with the id."""
    desk.rows({"roles": [{"name": HELPDESK, "lasts": "2h"}], "display_name": "Ada", "usage_location": "US"})
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada and ada.roles
    record = json.loads((desk.place / "access.json").read_text())
    record["grants"] = [{**grant, "user_id": None} for grant in record["grants"]]
    (desk.place / "access.json").write_text(json.dumps(record))
    desk.partner.now += timedelta(hours=3)
    previous = f"ada@{desk.customer.domain}"
    row = {"local": "eve", "previous_user_principal_name": previous, "roles": [{"name": HELPDESK, "lasts": "2h"}]}
    assert not desk.rows(row)["rc"] and not ada.roles and ada.name.startswith("eve")


# A declaration that asks for more than the policy allows


@pytest.mark.parametrize("undo", ["undo", "nowhere/undo"])
@pytest.mark.parametrize("check", [True, False], ids=["check", "write"])
def test_what_is_over_is_taken_away_before_a_declaration_against_the_policy_fails(
    desk: Desk, check: bool, undo: str
) -> None:
    """A file that only a purge needs keeps nothing alive."""
    ada = desk.person(roles={ROLES[READER]})
    bob = desk.person("bob", display_name="Old")
    eve = desk.person("eve")
    guest = desk.person("guest")
    rows: list[Options] = [
        {"roles": [{"name": READER, **OVER}]},
        {"local": "bob", "roles": [{"name": HELPDESK, "lasts": "300d"}], "display_name": "New"},
        {"local": "eve", "state": "absent"},
        {"local": "guest", **OVER},
    ]
    purge = {"purge": True, "purge_scope": {"domains": [desk.customer.domain]}, "undo_file": str(desk.place / undo)}
    result = desk.rows(*rows, check=check, max_lifetime="9d", **purge, max_delete=90, max_delete_percentage=100)
    assert result["rc"] and result["failure"]["reason"] == "lifetime_exceeded"
    assert [row["status"] for row in result["rows"]] == ["changed", "skipped", "skipped", "changed"]
    assert check or (not ada.roles and not guest.active)
    assert (bob.display_name, bob.roles, eve.active, desk.customer.boss.active) == ("Old", set(), True, True)
    assert len(desk.partner.writes) == (0 if check else 2)


def test_one_user_against_the_policy_loses_what_is_over(desk: Desk) -> None:
    ada = desk.person(roles={ROLES[READER]})
    roles = [{"name": READER, **OVER}, {"name": HELPDESK, "lasts": "300d"}]
    result = desk.one({"roles": roles, "max_lifetime": "9d"})
    assert result["rc"] and result["failure"]["reason"] == "lifetime_exceeded" and not ada.roles
    again = desk.one({"roles": roles[1:], "max_lifetime": "9d"})
    assert again["rc"] and again["failure"]["reason"] == "lifetime_exceeded" and not desk.partner.log


def test_where_nothing_can_be_over_a_declaration_against_the_policy_sends_nothing(desk: Desk) -> None:
    result = desk.rows({"lasts": "300d", "display_name": "Ada"}, max_lifetime="9d")
    assert result["rc"] and not desk.partner.log


@pytest.mark.parametrize("over", [{}, {"licenses": [{"sku": "E3", **OVER}]}], ids=["nothing is over", "something is"])
def test_a_run_that_only_takes_away_begins_nothing(desk: Desk, over: Options) -> None:
    ada = desk.person()
    row = {"roles": [{"name": HELPDESK, "lasts": "2h"}], **over}
    assert not desk.rows(row, ends_only=True)["rc"] and not (desk.place / "access.json").exists()
    desk.partner.now += timedelta(hours=9)
    assert not desk.rows(row)["rc"] and ada.roles == {ROLES[HELPDESK]}


@pytest.mark.parametrize("more", [{"change_reference": None}, {"require_change_reference": r"CHG\d+"}], ids=str)
def test_what_is_wrong_for_people_and_for_customers_is_said_once(desk: Desk, more: Options) -> None:
    users = [{"user_principal_name": f"bob@{desk.customer.domain}", "display_name": "Bob"}]
    task = {"customers": [{"customer_id": desk.customer.id, "users": users}], **more}
    result = desk.people({"local": "ada"}, task=task)
    (problem,) = result["problems"]
    assert result["rc"] and not desk.partner.log and problem.startswith("change_reference ")
    if "change_reference" not in more:
        assert "bob" in problem and "ada" in problem


# Purges that are not carried out, or not as they were reviewed


def purge(desk: Desk, **more: t.Any) -> dict[str, t.Any]:
    return {
        "purge": True,
        "purge_scope": {"domains": [desk.customer.domain]},
        "purge_protected": ["boss@*"],
        "undo_file": str(desk.place / "undo.json"),
        "max_delete": 90,
        "max_delete_percentage": 100,
        **more,
    }


def answered(desk: Desk, end: str, status: int, body: t.Any) -> None:
    """Reads of one path have another answer."""
    send = desk.partner.send

    def other(method: str, path: str, *rest: t.Any) -> Response:
        if method == "GET" and path.endswith(end):
            return Response(status, body, desk.partner.now)
        return send(method, path, *rest)

    desk.partner.send = other  # type: ignore[method-assign]


@pytest.mark.parametrize("check", [True, False], ids=["check", "write"])
def test_a_planned_deletion_whose_user_cannot_be_read_holds_up_no_other(desk: Desk, check: bool) -> None:
    """Among the others something may have ended."""
    ada = desk.person(roles={ROLES[READER]})
    leaver, kept = desk.person("leaver"), desk.person("kept")
    row = {"display_name": "New", "roles": [{"name": READER, "expires_at": ago(1)}]}
    plan = str(desk.place / "plan.json")
    assert not desk.rows(row, mode="plan", plan_file=plan, **purge(desk))["rc"]
    answered(desk, kept.id, 400, {"code": "2000", "description": "not now"})
    fewer = purge(desk, purge_protected=["boss@*", "kept@*"])
    result = desk.rows(row, check=check, mode="apply", plan_file=plan, **fewer)
    assert result["rc"] and [each["status"] for each in result["rows"]] == ["changed"]
    said = {each["user_id"]: (each["status"], each["reason"]) for each in result["purged"]}
    assert said == {leaver.id: ("changed", None), kept.id: ("failed", "rejected_by_service")}
    assert kept.active and (check or (not leaver.active and ada.display_name == "New" and not ada.roles))


@pytest.mark.parametrize("mode", ["converge", "plan"])
def test_people_who_cannot_be_told_are_why_nobody_is_purged(desk: Desk, mode: str) -> None:
    """Two domains of its own: nobody can say under which names the people are there."""
    chief, leaver = desk.person("chief"), desk.person("leaver")
    answered(desk, "customDomains", 200, ["one.example", "two.example"])
    options = purge(desk)
    own = {name: options.pop(name) for name in ("purge", "purge_scope")}
    users = [{"user_principal_name": chief.name, "display_name": "New"}]
    task = {**options, "customers": [{"customer_id": desk.customer.id, "users": users, **own}], "mode": mode}
    plan = {"plan_file": str(desk.place / "plan.json")} if mode == "plan" else {}
    names = {"user_principal_name": "{local}@{customer.domain}"}
    result = desk.people({"local": "ada"}, defaults=names, task={**task, **plan})
    (customer,) = result["customers"]
    assert result["rc"] and customer["reason"] == "rows_refused" and result["purged"] == []
    assert [each["reason"] for each in result["rows"]] == [None, "customer_domain_unknown"]
    assert leaver.active and (chief.display_name == "New") is (mode == "converge")
    assert len(desk.partner.writes) == (mode == "converge")


# A template that renames everybody


def test_many_new_names_are_held_back_and_all_else_goes_on(desk: Desk) -> None:
    for number in range(1, 4):
        desk.partner.customer(number)
    ends_at = (NOW + timedelta(hours=1)).isoformat()
    staff = [{"local": "ada", "roles": [{"name": READER, "expires_at": ends_at}]}, {"local": "bob"}]
    assert not desk.people(*staff)["rc"]
    customers = list(desk.partner.customers.values())
    before = [customer.named(f"ada@{customer.domain}") for customer in customers]
    desk.partner.now += timedelta(hours=2)
    changed = {"defaults": {"user_principal_name": "x.{local}@{customer.default_domain}"}, "max_renames": 7}
    eve = {"local": "eve", "user_principal_name": "eve@{customer.default_domain}"}
    check = desk.people(*staff, eve, check=True, **changed)
    result = desk.people(*staff, eve, **changed)
    assert result["rc"] and reasons(result).count("renames_not_approved") == 8 and reasons(check) == reasons(result)
    assert all(each and each.name.startswith("ada@") and not each.roles for each in before), "what ended is gone"
    assert all(customer.named(f"eve@{customer.domain}") for customer in customers), "all else goes on"
    assert not desk.people(*staff, eve, **{**changed, "max_renames": "8"})["rc"]
    assert all(each and each.name.startswith("x.ada@") for each in before)


def test_whoever_was_renamed_at_the_customer_is_renamed_back_under_any_limit(desk: Desk) -> None:
    desk.people({"local": "ada"})
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada
    ada.name = f"was.{ada.name}"
    assert not desk.people({"local": "ada"}, max_renames=0)["rc"] and ada.name.startswith("ada@")


@pytest.mark.parametrize("value", [-1, True, "many", None], ids=str)
def test_a_limit_of_new_names_that_is_none(desk: Desk, value: t.Any) -> None:
    result = desk.people({"local": "ada"}, max_renames=value)
    assert result["failure"]["reason"] == "out_of_range" and not desk.partner.log


def test_two_exceptions_about_one_customer_under_both_of_its_names_are_refused(desk: Desk) -> None:
    where: list[Options] = [
        {"customer": desk.customer.id, "person": "ada", "leave_out": True},
        {"customer": desk.customer.domain, "person": "ada", "usage_location": "DE"},
    ]
    result = desk.people({"local": "ada"}, {"local": "bob"}, **{"except": where})
    assert result["failure"]["reason"] == "declared_twice" and not desk.partner.writes
    assert not desk.people({"local": "ada"}, {"local": "bob"}, **{"except": where[:1]})["rc"]


# Renames and what has ended


def renaming(desk: Desk, by: str, ada: Person) -> Options:
    """A row that gives ada another name."""
    how = {"id": {"user_id": ada.id}, "name": {"previous_user_principal_name": ada.name}}[by]
    return {"local": "eve", "roles": [{"name": READER, **OVER}, HELPDESK], **how}


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_run_that_only_takes_away_renames_nobody(desk: Desk, by: str) -> None:
    ada = desk.person(roles={ROLES[READER]})
    result = desk.rows(renaming(desk, by, ada), ends_only=True)
    assert not result["rc"] and not ada.roles and ada.name.startswith("ada@") and len(desk.partner.writes) == 1
    assert result["rows"][0]["user_principal_name"] == f"eve@{desk.customer.domain}"
    assert not desk.rows(renaming(desk, by, ada))["rc"] and ada.name.startswith("eve@")


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
@pytest.mark.parametrize("by", ["id", "name"])
def test_a_rename_that_is_refused_holds_up_nothing_that_has_ended(desk: Desk, by: str, only: bool) -> None:
    ada = desk.person(roles={ROLES[READER]})
    desk.person("eve")
    result = desk.rows(renaming(desk, by, ada), ends_only=only)
    if by == "name":  # both names are there, and it cannot be told who is meant
        assert result["rc"] and reasons(result) == ["name_taken"] and ada.roles
    else:
        assert not ada.roles and (only or reasons(result) == ["name_taken"])


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
def test_whoever_of_our_people_was_renamed_at_the_customer_loses_what_has_ended(desk: Desk, only: bool) -> None:
    person = {"local": "ada", "roles": [{"name": READER, "lasts": "2h"}]}
    assert not desk.people(person)["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada and ada.roles
    ada.name = f"was.{ada.name}"
    desk.partner.now += timedelta(hours=3)
    assert not desk.people(person, task={"ends_only": only})["rc"]
    assert not ada.roles and ada.name.startswith("was." if only else "ada@")


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
@pytest.mark.parametrize(
    "end", [{"lasts": "2h"}, {"expires_at": (NOW + timedelta(hours=2)).isoformat()}], ids=["lasts", "expires_at"]
)
def test_our_people_who_have_ended_under_another_name_are_not_taken_for_gone(
    desk: Desk, only: bool, end: Options
) -> None:
    assert not desk.people({"local": "ada", **end})["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada
    ada.name = f"was.{ada.name}"
    desk.partner.now += timedelta(hours=3)
    result = desk.people({"local": "ada", **end}, task={"ends_only": only})
    assert result["rc"] and reasons(result) == ["id_contradicts_name"] and ada.active
    assert [entry["status"] for entry in result["ending"]] == ["overdue"]


# The head of a plan


def edited(plan: Path, change: t.Callable[[t.Any], t.Any]) -> None:
    data = json.loads(plan.read_text())
    change(data)
    plan.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def test_nobody_is_deleted_whom_the_plan_lists_under_another_display_name(desk: Desk) -> None:
    ada, bob = desk.person(display_name="Ada Lovelace"), desk.person("bob", display_name="Bob")
    plan = desk.place / "plan.json"
    rows: list[Options] = [{"state": "absent"}, {"local": "bob", "state": "absent"}]
    assert not desk.rows(*rows, mode="plan", plan_file=str(plan))["rc"]
    edited(plan, lambda data: data["deletions"]["users"][0].update(display_name="Test account"))
    result = desk.rows(*rows, mode="apply", plan_file=str(plan))
    assert reasons(result) == ["changed_since_plan", None] and ada.active and not bob.active


def test_no_undeclared_user_is_deleted_whom_the_plan_lists_under_another_display_name(desk: Desk) -> None:
    desk.person(), desk.person("bob", display_name="Bob")
    plan = desk.place / "plan.json"
    undo = str(desk.place / "undo")
    scope = {"purge": True, "purge_scope": {"domains": [desk.customer.domain]}, "undo_file": undo, "max_delete": 50}
    purge = {**scope, "max_delete_percentage": 100, "purge_protected": ["boss@*"]}
    assert not desk.rows({}, mode="plan", plan_file=str(plan), **purge)["rc"]
    edited(plan, lambda data: data["deletions"]["users"][0].update(display_name="Test account"))
    result = desk.rows({}, mode="apply", plan_file=str(plan), **purge)
    assert result["rc"] and [row["reason"] for row in result["purged"]] == ["changed_since_plan"]
    assert not desk.partner.writes


# People who were deleted, and whose account came back for somebody else


def test_an_account_that_was_deleted_and_came_back_under_another_name_is_not_renamed(desk: Desk) -> None:
    ada, bob = {"local": "ada"}, {"local": "bob"}
    assert not desk.people(ada, bob)["rc"] and not desk.people(bob)["rc"]
    account = next(each for each in desk.customer.people.values() if each.name.startswith("ada@"))
    assert not account.active
    account.active, account.deleted_at, account.name = True, None, f"zoe@{desk.customer.domain}"
    result = desk.people(ada, bob)
    assert result["rc"] and reasons(result) == ["id_contradicts_name", None] and account.name.startswith("zoe@")
    assert not desk.partner.writes
    account.name = f"ada@{desk.customer.domain}"
    assert not desk.people(ada, bob)["rc"]


GARBAGE: list[t.Any] = [
    None,
    7,
    "x",
    [],
    {},
    {"operationType": 5, "customerId": 5, "operationDate": 5},
    {"operationDate": "2026-11-20T00:00:00", "operationType": "update_customer_user", "userPrincipalName": []},
    {"operationDate": "9999-99-99", "customizedData": {"key": 1}, "resourceNewValue": "{"},
    {"customizedData": [{"key": "CustomerUserId", "value": 7}, 7], "resourceNewValue": "[]", "resourceOldValue": 5},
]


def test_audit_records_that_are_none_change_nothing_of_a_run(desk: Desk) -> None:
    account = desk.person(display_name="Old")
    for record in GARBAGE:
        whole = {"customerId": desk.customer.id, "operationStatus": "succeeded"}
        desk.partner.records.append({**whole, **record} if isinstance(record, dict) else record)
    result = desk.rows({"display_name": "New"}, attribute_changes=True)
    assert not result["rc"] and account.display_name == "New"
    assert result["rows"][0]["changed_by"]["display_name"]["who"] == "unknown"


# A run that stops because too many rows have failed


@pytest.mark.parametrize("check", [True, False], ids=["check", "write"])
def test_a_run_that_stops_for_failed_rows_takes_away_what_has_ended_everywhere(desk: Desk, check: bool) -> None:
    other = desk.partner.customer(1)
    here, there = desk.person(roles={ROLES[READER]}), other.add(f"eve@{other.domain}", roles={ROLES[READER]})
    plain = other.add(f"bob@{other.domain}", display_name="Old")
    over = {"roles": [{"name": READER, **OVER}]}
    blocks = [
        {
            "customer_id": desk.customer.id,
            "users": [
                {"user_principal_name": f"x@{desk.customer.domain}", "roles": ["Emperor"]},
                {"user_principal_name": here.name, **over},
            ],
        },
        {
            "customer_id": other.id,
            "users": [
                {"user_principal_name": there.name, **over},
                {"user_principal_name": plain.name, "display_name": "New"},
            ],
        },
    ]
    result = desk.partner.run(DEFINITION, {"customers": blocks, "max_fail_percentage": 10}, check)
    assert result["rc"] and [row["status"] for row in result["rows"]] == ["failed", "changed", "changed", "skipped"]
    assert check or (not here.roles and not there.roles)
    assert plain.display_name == "Old"


# All of it at once


def test_whatever_comes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small sample of the trial ``lives``."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    few = settings(
        max_examples=12,
        stateful_step_count=8,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Life, settings=few)


# What several options have to do with each other.


def purging(customer: Customer, *locals_: str, **row: t.Any) -> Options:
    """Of this customer everybody else is purged."""
    users = [{"user_principal_name": f"{local}@{customer.domain}", **row} for local in locals_]
    return {"customer_id": customer.id, "users": users, "purge": True, "purge_scope": {"domains": [customer.domain]}}


def task_of_purges(desk: Desk, *customers: Options, **more: t.Any) -> Options:
    undo = str(desk.place / "undo.json")
    return {"customers": list(customers), "undo_file": undo, "max_delete_percentage": 100, **more}


@pytest.mark.parametrize("with_people", [False, True])
def test_a_run_that_only_takes_away_what_has_ended_purges_nobody(desk: Desk, with_people: bool) -> None:
    other = desk.partner.customer(1)
    for local in ("keep", "stranger"):
        other.add(f"{local}@{other.domain}", roles={ROLES[READER]})
    desk.person("long")
    over = purging(other, "keep", roles=[{"name": READER, "expires_at": ago(1)}])
    long = {"user_principal_name": f"long@{desk.customer.domain}", "roles": [{"name": HELPDESK, "lasts": "30d"}]}
    task = task_of_purges(desk, over, {"customer_id": desk.customer.id, "users": [long]}, max_lifetime="8h")
    if with_people:
        result = desk.people({"local": "p.ada"}, customers={"ids": [desk.customer.id]}, task=task)
    else:
        result = desk.partner.run(DEFINITION, {**desk._files(), **task}, False)
    assert result["rc"]
    assert all(person.active for person in other.people.values())
    assert not other.named(f"keep@{other.domain}").roles


def test_whom_people_declare_at_a_customer_that_was_not_found_is_not_purged(desk: Desk) -> None:
    for local in ("keep", "ada"):
        desk.person(local)
    carried_out = desk.partner._carried_out
    own = [desk.customer.domain, "contoso.example"]  # the second one is no domain by which Partner Center finds it

    def with_two_domains(method: str, parts: t.Any, *rest: t.Any) -> t.Any:
        if parts[1:] == [desk.customer.id, "customDomains"]:
            return 200, own
        return carried_out(method, parts, *rest)

    desk.partner._carried_out = with_two_domains  # type: ignore[method-assign]
    task = task_of_purges(desk, purging(desk.customer, "keep"))
    result = desk.people({"local": "ada"}, customers={"domains": ["contoso.example"]}, adopt=["ada"], task=task)
    assert result["rc"] and all(person.active for person in desk.customer.people.values())


def test_what_a_guard_keeps_stays_open_in_the_record(desk: Desk) -> None:
    ada = desk.person()
    row = {"roles": [{"name": name, "lasts": "1h", "granted_for": "A"} for name in ("Global Administrator", HELPDESK)]}
    assert not desk.rows(row)["rc"]
    desk.customer.boss.roles.clear()  # now it is the last one
    desk.partner.now += timedelta(hours=2)
    assert desk.rows(row)["rc"] and ada.roles == {GLOBAL}
    assert [grant["label"] for grant in desk.grants if not grant["ended_at"]] == ["Global Administrator"]
    assert due(desk)


def test_who_was_restored_and_renamed_is_found_at_the_end(desk: Desk) -> None:
    ada = desk.person()
    ada.active, ada.deleted_at = False, NOW
    row = {
        "display_name": "Ada",
        "on_deleted": "restore",
        "roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}],
    }
    assert not desk.rows(row)["rc"] and [grant["user_id"] for grant in desk.grants] == [ada.id]
    ada.name = f"ada.married@{desk.customer.domain}"
    desk.partner.now += timedelta(hours=2)
    result = desk.partner.run(DEFINITION, due(desk), False)
    assert not result["rc"] and not ada.roles and all(grant["ended_at"] for grant in desk.grants)


@pytest.mark.parametrize("fate", ["refused", "forbidden", "done"])
def test_what_came_back_with_a_restore_is_ended_only_when_it_is_gone(desk: Desk, fate: str) -> None:
    ada = desk.person(roles={ROLES[READER]})
    row = {"roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}]}
    assert not desk.rows(row)["rc"]
    ada.active, ada.deleted_at = False, NOW
    desk.partner.now += timedelta(hours=2)
    desk.partner.fate = ["done", fate]  # the restore, and then the removal
    result = desk.rows({**row, "on_deleted": "restore"})
    assert ada.active and bool(ada.roles) is (fate != "done") and bool(result["rc"]) is (fate != "done")
    assert not [grant for grant in desk.grants if grant["ended_at"]]
    assert not desk.rows(row)["rc"] and not ada.roles and [grant for grant in desk.grants if grant["ended_at"]]


@pytest.mark.parametrize("with_people", [False, True])
def test_customers_that_cannot_be_found_hold_up_no_end(desk: Desk, with_people: bool) -> None:
    ada = desk.person(roles={ROLES[READER]})
    row = {"user_principal_name": ada.name, "roles": [{"name": READER, "expires_at": ago(1)}]}
    declared = {"customer_id": desk.customer.id, "users": [row]}
    lost = [f"u{number}" for number in range(3)]
    if with_people:
        task = {"customers": [declared], "max_fail_percentage": 10}
        people = [{"local": local} for local in lost]
        result = desk.people(*people, customers={"domains": ["nobody.example"]}, task=task)
    else:
        users = [{"user_principal_name": f"{local}@nobody.example"} for local in lost]
        customers = [{"customer_domain": "nobody.example", "users": users}, declared]
        task = {**desk._files(), "customers": customers, "max_fail_percentage": 10}
        result = desk.partner.run(DEFINITION, task, False)
    assert result["rc"] and not ada.roles


@pytest.mark.parametrize(
    ("reviewed", "applied"),
    [
        ({"roles": {"remove": [READER]}}, {"roles": {"set": []}}),
        ({"roles": {"set": []}}, {"roles": {"remove": [READER]}}),
        ({"roles": {"remove": [READER]}}, {"roles": {"remove": [HELPDESK]}}),
        ({"roles": {"add": [HELPDESK]}}, {"roles": {"set": [HELPDESK]}}),
        ({"roles": {"add": [HELPDESK]}}, {"roles": {"add": [HELPDESK], "remove": [READER]}}),
        ({"roles": [HELPDESK]}, {"roles": [HELPDESK], "purge_roles": True}),
        ({"licenses": {"add": ["E3"]}}, {"licenses": {"set": ["E3"]}}),
    ],
    ids=str,
)
def test_what_is_taken_away_after_a_restore_is_bound_to_the_plan(
    desk: Desk, reviewed: Options, applied: Options
) -> None:
    ada = desk.person(roles={ROLES[HELPDESK], ROLES[READER]}, skus={"E3", "BI"})
    ada.active, ada.deleted_at = False, NOW
    common = {"state": "restored", "usage_location": "US"}
    plan = str(desk.place / "plan.json")
    assert not desk.rows({**common, **reviewed}, mode="plan", plan_file=plan)["rc"]
    result = desk.rows({**common, **applied}, mode="apply", plan_file=plan)
    assert reasons(result) == ["changed_since_plan"] and not desk.partner.writes
    assert not desk.rows({**common, **reviewed}, mode="apply", plan_file=plan)["rc"] and ada.active


def test_one_name_in_people_and_in_customers_makes_no_plan_useless(desk: Desk) -> None:
    other = desk.person("other")
    users = [{"user_principal_name": other.name, "display_name": "New"}]
    users += [{"user_principal_name": f"ada@{desk.customer.domain}", "display_name": "Ada"}]
    plan = str(desk.place / "plan.json")
    task = {"customers": [{"customer_id": desk.customer.id, "users": users}], "plan_file": plan}
    desk.people({"local": "ada"}, task={**task, "mode": "plan"})
    result = desk.people({"local": "ada"}, task={**task, "mode": "apply"})
    assert result["rc"] and other.display_name == "New"


@pytest.mark.parametrize("fate", ["refused", "done"])
def test_what_a_user_has_is_open_until_the_user_is_gone_for_good(desk: Desk, fate: str) -> None:
    """Whoever is not deleted still has it, and whoever restores the user may bring it back."""
    ada = desk.person()
    over = {"lasts": "1h", "granted_for": "A"}
    row = {**over, "roles": [{"name": READER, **over}]}
    assert not desk.rows(row)["rc"]
    desk.partner.now += timedelta(hours=2)
    desk.partner.fate = [fate]
    assert bool(desk.rows(row)["rc"]) is (fate == "refused") is ada.active
    ended = {grant["what"]: bool(grant["ended_at"]) for grant in desk.grants}
    assert ended == {"user": fate == "done", "role": False}


@pytest.mark.parametrize("by", ["rows", "end_due"])
def test_nobody_under_a_recorded_name_is_not_nobody(desk: Desk, by: str) -> None:
    ada = desk.person()
    row = {"roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}]}
    assert not desk.rows(row)["rc"]
    record = desk.place / "access.json"
    found = json.loads(record.read_text())
    found["grants"][0]["user_id"] = None  # the run was killed before it had the id
    record.write_text(json.dumps(found))
    ada.name = f"ada.married@{desk.customer.domain}"
    desk.partner.now += timedelta(hours=2)
    result = desk.rows(row) if by == "rows" else desk.partner.run(DEFINITION, due(desk), False)
    assert result["rc"] and reasons(result) == ["holder_unknown"] and not desk.partner.writes[1:]
    assert ada.roles and not desk.grants[0]["ended_at"]
    found["grants"][0]["user_id"] = ada.id
    record.write_text(json.dumps(found))
    assert not desk.partner.run(DEFINITION, due(desk), False)["rc"] and not ada.roles


@pytest.mark.parametrize("only", [False, True], ids=["a run", "ends_only"])
@pytest.mark.parametrize("what", ["role", "license", "user"])
@pytest.mark.parametrize("more", [{}, {"display_name": "Ada", "usage_location": "US"}], ids=["found", "made"])
def test_who_was_renamed_and_deleted_is_gone_only_when_no_restore_brings_back_what_has_ended(
    desk: Desk, what: str, only: bool, more: Options
) -> None:
    ada = desk.person()
    over = {"lasts": "1h", "granted_for": "A"}
    forms: Options = {
        "role": {"roles": [{"name": READER, **over}]},
        "license": {"licenses": [{"sku": "E3", **over}]},
        "user": over,
    }
    row = {**forms[what], **more}
    assert not desk.rows(row)["rc"]
    ada.name, ada.active, ada.deleted_at = f"ada.married@{desk.customer.domain}", False, NOW
    desk.partner.now += timedelta(hours=2)
    check = desk.rows(row, ends_only=only, check=True)
    result = desk.rows(row, ends_only=only)
    said = {"found": "id_contradicts_name"} if not only and what != "user" else {}
    assert reasons(check) == reasons(result) == [said.get("found")] and not desk.partner.writes
    assert [entry["status"] for entry in result["ending"]] == (["overdue"] if said else [])
    assert [row["message"] for row in check["rows"]] == [row["message"] for row in result["rows"]] != [""]
    assert [grant["ended_at"] for grant in desk.grants] == [None]

    ada.active, ada.deleted_at = True, None  # somebody restores the user, who has it again
    if what == "user":
        assert reasons(desk.rows(row, ends_only=only)) == ["id_contradicts_name"]
    else:
        assert not desk.partner.run(DEFINITION, due(desk), False)["rc"] and not ada.roles and not ada.skus
        return
    del desk.customer.people[ada.id]
    desk.partner.now += timedelta(days=1)
    assert not desk.rows(row, ends_only=True)["rc"] and [bool(grant["ended_at"]) for grant in desk.grants] == [True]


@pytest.mark.parametrize("name", ["ada", "ada.married"])
def test_somebody_new_is_made_where_that_is_declared_and_what_the_deleted_one_had_stays_open(
    desk: Desk, name: str
) -> None:
    ada = desk.person()
    row = {"roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}], "display_name": "Ada"}
    assert not desk.rows(row)["rc"]
    ada.name, ada.active, ada.deleted_at = f"{name}@{desk.customer.domain}", False, NOW
    desk.partner.now += timedelta(hours=2)
    result = desk.rows({**row, "on_deleted": "create"})
    new = desk.customer.named(f"ada@{desk.customer.domain}")
    assert not result["rc"] and new and not new.roles and result["rows"][0]["message"]
    assert {grant["user_id"]: grant["ended_at"] for grant in desk.grants}[ada.id] is None
    assert not desk.rows(row)["rc"]
    ada.name, ada.active, ada.deleted_at = f"ada.married@{desk.customer.domain}", True, None
    assert not desk.partner.run(DEFINITION, due(desk), False)["rc"] and not ada.roles
    assert all(grant["ended_at"] for grant in desk.grants)


def test_who_was_renamed_and_is_gone_for_good_is_not_looked_for_again(desk: Desk) -> None:
    ada = desk.person()
    row = {"roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}]}
    assert not desk.rows(row)["rc"]
    del desk.customer.people[ada.id]
    desk.partner.now += timedelta(hours=26)
    assert not desk.rows(row, ends_only=True)["rc"] and [bool(grant["ended_at"]) for grant in desk.grants] == [True]


def test_a_leaver_without_a_record_stays_and_holds_up_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, leaver = desk.person(roles={ROLES[READER]}), desk.person("leaver")

    def begin(*_arguments: t.Any) -> t.NoReturn:
        raise CollectionError("The disk is full.", reason="record_unwritable")

    monkeypatch.setattr(DeletionRecords, "begin", begin)
    result = desk.rows(
        {"roles": [{"name": READER, "expires_at": ago(1)}]}, {"local": "leaver", "state": "absent"}, {"local": "new"}
    )
    assert result["rc"] and leaver.active and not ada.roles
    assert reasons(result)[1] == "record_unwritable"


def test_a_reviewed_plan_against_the_policy_takes_away_what_has_ended(desk: Desk) -> None:
    ada = desk.person(roles={ROLES[READER]})
    desk.person("long")
    rows = [
        {"roles": [{"name": READER, "expires_at": ago(1)}]},
        {"local": "long", "display_name": "New", "roles": [{"name": HELPDESK, "lasts": "30d"}]},
    ]
    plan = str(desk.place / "plan.json")
    assert desk.rows(*rows, mode="plan", plan_file=plan, max_lifetime="8h")["rc"] and not desk.partner.writes
    assert desk.rows(*rows, mode="apply", plan_file=plan, max_lifetime="8h")["rc"]
    assert not ada.roles and len(desk.partner.writes) == 1
