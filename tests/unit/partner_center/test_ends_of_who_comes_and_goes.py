"""Users who are renamed, deleted, restored and replaced while something of theirs ends, and runs side by side."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import temporary
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from support.paper_partner import ROLES, Killed, Person

from .task_desk import HELPDESK, NOW, READER, Desk, Options, ago, due, reasons

GRANT = {"roles": [{"name": READER, "lasts": "1h", "granted_for": "A"}]}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def deleted(desk: Desk, person: Person) -> None:
    person.active, person.deleted_at = False, desk.partner.now


def restored(person: Person) -> None:
    person.active, person.deleted_at = True, None


def end_due(desk: Desk) -> Options:
    task = due(desk)
    return desk.partner.run(DEFINITION, task) if task else {"rc": 0, "rows": []}


@pytest.mark.parametrize("more", [{}, {"display_name": "Ada", "usage_location": "US"}], ids=["nobody", "somebody new"])
@pytest.mark.parametrize("only", [True, False], ids=["ends_only", "a run"])
def test_who_was_renamed_and_deleted_and_comes_back_still_loses_it(desk: Desk, only: bool, more: Options) -> None:
    ada = desk.person()
    assert not desk.rows(GRANT)["rc"] and ada.roles
    ada.name = f"ada.married@{desk.customer.domain}"
    deleted(desk, ada)
    desk.partner.now += timedelta(hours=2)
    desk.rows({**GRANT, **more}, ends_only=only)
    restored(ada)
    assert not end_due(desk)["rc"] and not ada.roles


@pytest.mark.parametrize("by", ["name", "id"])
def test_who_is_followed_by_somebody_new_of_the_same_name_still_loses_it(desk: Desk, by: str) -> None:
    ada = desk.person()
    assert not desk.rows(GRANT)["rc"] and ada.roles
    deleted(desk, ada)
    desk.partner.now += timedelta(hours=2)
    who = {"user_id": ada.id} if by == "id" else {}
    new = {"display_name": "Ada", "usage_location": "US", "on_deleted": "create"}
    assert not desk.rows({**GRANT, **new, **who})["rc"]
    restored(ada)
    ada.name = f"ada.old@{desk.customer.domain}"
    assert not end_due(desk)["rc"] and not ada.roles


@pytest.mark.parametrize("by", ["rows", "ends_only", "end_due"])
def test_somebody_new_in_the_place_of_an_id_loses_what_has_ended(desk: Desk, by: str) -> None:
    old = desk.person()
    deleted(desk, old)
    row = {**GRANT, "user_id": old.id, "display_name": "Ada", "usage_location": "US", "on_deleted": "create"}
    assert not desk.rows(row)["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    assert ada and ada.roles
    assert not desk.rows(row)["rc"]
    desk.partner.now += timedelta(hours=2)
    result = end_due(desk) if by == "end_due" else desk.rows(row, ends_only=by == "ends_only")
    assert not result["rc"] and not ada.roles


@pytest.mark.parametrize("only", [True, False], ids=["ends_only", "a run"])
@pytest.mark.parametrize("role", [{"expires_at": ago(1)}, {"lasts": "1h", "granted_for": "A"}], ids=str)
def test_nobody_stands_in_for_an_id_that_is_gone(desk: Desk, only: bool, role: Options) -> None:
    old = desk.person()
    assert desk.rows({"user_id": old.id, **GRANT})["rc"] == 0
    del desk.customer.people[old.id]
    desk.partner.now += timedelta(days=2)
    ada = desk.person(roles={ROLES[READER]})  # somebody else, for good
    row = {"user_id": old.id, "on_deleted": "create", "display_name": "Ada", "roles": [{"name": READER, **role}]}
    assert bool(desk.rows(row, ends_only=only)["rc"]) is not only
    assert ada.roles


def test_what_is_granted_to_somebody_new_is_not_written_to_the_one_before(desk: Desk) -> None:
    """Also where the run is killed before it knows the id."""
    first = desk.person()
    assert not desk.rows(GRANT)["rc"]
    first.name = f"ada.married@{desk.customer.domain}"
    deleted(desk, first)
    desk.partner.fate = ["done", "killed"]
    with pytest.raises(Killed):
        desk.rows({**GRANT, "display_name": "Ada", "usage_location": "US"})
    assert [(grant["user_id"], grant["ended_at"]) for grant in desk.grants] == [(first.id, None), (None, None)]


@pytest.mark.parametrize("only", [True, False], ids=["ends_only", "a run"])
@pytest.mark.parametrize(
    "end", [{"lasts": "1h"}, {"expires_at": (NOW + timedelta(hours=1)).isoformat()}], ids=["lasts", "expires_at"]
)
def test_nobody_is_deleted_under_another_id_than_is_declared(desk: Desk, only: bool, end: Options) -> None:
    old = desk.person()
    deleted(desk, old)
    row = {**end, "user_id": old.id, "display_name": "Ada", "usage_location": "US", "on_deleted": "create"}
    assert not desk.rows(row)["rc"]
    ada = desk.customer.named(f"ada@{desk.customer.domain}")
    desk.partner.now += timedelta(hours=2)
    result = desk.rows(row, ends_only=only)
    assert ada and ada.active and result["rc"] and reasons(result) == ["id_contradicts_name"]
    assert "expires_at" in end or not [each for each in desk.grants if each["ended_at"]]


def test_who_waits_for_the_seat_of_a_leaver_loses_what_has_ended_under_the_brake(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.paper_partner.SEATS", 1)
    leaver = desk.person("leaver", skus={"E3"})
    ada = desk.person(roles={ROLES[READER]})
    over = {"roles": [{"name": READER, "expires_at": ago(1)}], "licenses": ["E3"]}
    result = desk.rows({"local": "leaver", "state": "absent"}, over, max_delete_total=0)
    assert result["rc"] and leaver.active and not ada.skus and not ada.roles


def test_a_run_that_deletes_nobody_takes_no_record_of_another_run_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    leavers = [desk.person(local, roles={ROLES[HELPDESK]}) for local in ("ada", "bob")]
    rows = [{"local": local, "state": "absent"} for local in ("ada", "bob")]
    other = Desk.rows
    began: list[int] = []
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers

    decided = customers.decide

    def meanwhile(*arguments: t.Any) -> t.Any:
        if not began:
            began.append(1)
            assert not other(desk, rows[0])["rc"]
        return decided(*arguments)

    monkeypatch.setattr(customers, "decide", meanwhile)
    assert desk.rows(*rows, max_delete_total=1)["rc"]
    assert [each.active for each in leavers] == [False, True]
    (block,) = json.loads(next((desk.place / "deleted").glob("*.yml")).read_text())["customers"]
    assert leavers[0].id in [user["user_id"] for user in block["users"]]


def test_what_another_run_has_ended_meanwhile_is_not_granted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = desk.person()
    assert not desk.rows(GRANT)["rc"] and ada.roles
    began: list[int] = []
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import customers

    reading = customers.read_and_plan
    given = {"action": "end_now", "file": str(desk.place / "access.json"), "user": ada.name}

    def meanwhile(*arguments: t.Any) -> t.Any:
        if not began:
            began.append(1)
            assert not desk.partner.run(DEFINITION, temporary.options(Run(given)))["rc"] and not ada.roles
        return reading(*arguments)

    monkeypatch.setattr(customers, "read_and_plan", meanwhile)
    result = desk.rows(GRANT)
    assert not ada.roles or not [each for each in desk.grants if each["ended_at"]], result["msg"]


@pytest.mark.parametrize("name", ["record_directory", "access_file", "undo_file", "credentials_file", "max_lifetime"])
@pytest.mark.parametrize("value", ["", " "], ids=["empty", "blank"])
def test_a_guard_that_is_empty_is_no_guard(desk: Desk, name: str, value: str) -> None:
    ada = desk.person()
    assert desk.rows({"state": "absent"}, {"local": "bob"}, **{name: value})["rc"] and ada.active


@pytest.mark.parametrize(
    ("ahead", "row", "named"),
    [
        (timedelta(minutes=4), GRANT, False),
        (timedelta(minutes=-4), GRANT, False),
        (timedelta(minutes=6), GRANT, True),
        (timedelta(minutes=-6), GRANT, True),
        (timedelta(days=400), {"expires_at": "2999-01-01T00:00:00Z"}, True),
        (timedelta(days=400), {}, False),
    ],
    ids=str,
)
def test_a_clock_that_is_wrong_is_named_where_something_ends(
    desk: Desk, ahead: timedelta, row: Options, named: bool
) -> None:
    desk.person()
    desk.partner.now = datetime.now(timezone.utc) + ahead
    for result in (desk.rows(row), desk.one(row)):
        assert not result["rc"] and len(result.get("warnings", ())) == named


# The playbook temporary_access


def playbook(desk: Desk, action: str, **more: t.Any) -> t.Any:
    """The steps of the playbook, and how it ends."""
    file = desk.place / "access.json"
    given = {"action": action, "file": str(file), "new": not file.exists(), **more}
    if action == "grant":
        given |= {"customer_id": desk.customer.id, "lasts": "2h"}
    steps: dict[str, t.Any] = {}
    for step, check, may in (("look", True, temporary.may_look), ("done", False, temporary.may_do)):
        run = Run(given, steps=steps)
        if may(run):
            steps = {**steps, step: desk.partner.run(DEFINITION, temporary.options(run), check)}
    return temporary.end(Run(given, steps=steps))


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_role_of_somebody_else_who_has_the_name_now_is_not_ended(desk: Desk, by: str) -> None:
    first = desk.person()
    assert playbook(desk, "grant", user=first.name, roles=[READER], reason="A").status == "granted"
    first.name = f"ada.married@{desk.customer.domain}"
    ada = desk.person(roles={ROLES[READER]})  # for good
    who = ada.id if by == "id" else ada.name
    ended = playbook(desk, "grant", user=who, roles=[READER], reason="B")
    assert (ended.status, ended.bad) == ("refused", True)
    desk.partner.now += timedelta(hours=3)
    assert playbook(desk, "end_due").status == "ended" and ada.roles and not first.roles


@pytest.mark.parametrize("later", [timedelta(seconds=30), timedelta(minutes=4)], ids=str)
def test_what_was_granted_just_now_and_is_not_listed_yet_stays_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    ada = desk.person()
    assert playbook(desk, "grant", user=ada.name, roles=[READER], reason="A").status == "granted"
    desk.partner.now += later
    roles, ada.roles = ada.roles, set()  # what a listing shows that lags behind
    playbook(desk, "end_now", user=ada.name)
    ada.roles = roles
    desk.partner.now += timedelta(hours=3)
    assert playbook(desk, "end_due").status == "ended" and not ada.roles


def test_who_was_deleted_just_now_and_is_not_listed_yet_loses_what_comes_back(desk: Desk) -> None:
    ada = desk.person()
    assert playbook(desk, "grant", user=ada.name, roles=[READER], reason="A").status == "granted"
    desk.partner.now += timedelta(hours=3)
    person = desk.customer.people.pop(ada.id)
    assert not playbook(desk, "end_due").bad
    desk.customer.people[ada.id] = person
    assert playbook(desk, "end_due").status == "ended" and not ada.roles
