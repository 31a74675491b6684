"""What ``temporary_access`` makes of its variables and its record, and how it ends."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.ends import End
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.access_file import AccessFile
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import temporary
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.variables import check

from .factories import CUSTOMER, IDS, NOW, UPN, user

HOUR = timedelta(hours=1)

GRANT = {"customer_id": "c", "user": UPN, "roles": ["Reports Reader"], "reason": "INC-1"}


def problems(**values: t.Any) -> list[str]:
    return check(TABLES["temporary"], {f"temporary_{name}": value for name, value in values.items()}, [], {}).problems


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (GRANT, 0),
        ({**GRANT, "customer_domain": "d"}, 1),
        ({}, 4),
        ({**GRANT, "lasts": "2 hours"}, 1),
        ({"action": "end_due"}, 0),
        ({"action": "end_due", "user": UPN}, 1),
        ({"action": "end_due", "new": True}, 1),
        ({"action": "end_now"}, 1),
        ({"action": "end_now", "user": UPN}, 0),
        ({"action": "end_now", **GRANT}, 3),
    ],
)
def test_variables_that_belong_together(values: dict[str, t.Any], count: int) -> None:
    assert len(problems(**values)) == count


@pytest.fixture
def record(tmp_path: Path) -> str:
    path = str(tmp_path / "access.json")
    role = End("role", "Reports Reader", lasts=HOUR, granted_for="A", key="r", granted_at=NOW, ends_at=NOW + HOUR)
    longer = replace(role, lasts=4 * HOUR, granted_for="B", ends_at=NOW + 4 * HOUR)
    gone = replace(role, name="Other", key="o", ended=True, ends_at=NOW)
    whole = End("user", lasts=HOUR, granted_at=NOW, ends_at=NOW + HOUR)
    rows = [
        (
            RowPlan(UserDeclaration("present", user_principal_name=UPN, ends=(role, longer, gone)), before=user()),
            frozenset(),
        ),
        (RowPlan(UserDeclaration("present", user_principal_name="new@contoso.example", ends=(whole,))), frozenset()),
    ]
    AccessFile(path, new=True).add(CUSTOMER, t.cast(t.Any, rows))
    return path


def options(record: str, **given: t.Any) -> dict[str, t.Any]:
    return temporary.options(Run({"file": record, **given}))


def test_what_is_due_is_all_that_is_open_and_nothing_is_granted(record: str) -> None:
    made = options(record, action="end_due")
    assert made["ends_only"] is True and made["access_file"] == record
    (block,) = made["customers"]
    (known,) = block["users"]
    assert known == {"user_id": IDS[0], "roles": [{"name": "r", "lasts": "14400s", "granted_for": "B"}]}, (
        "of one role what ends last, nothing that is gone, and no user, whom only its declaration deletes"
    )


def test_what_ends_now_is_of_one_user(record: str) -> None:
    made = options(record, action="end_now", user=UPN.upper())
    ((row,),) = [block["users"] for block in made["customers"]]
    assert row["roles"][0]["expires_at"] == "2026-11-22T12:00:00Z" and made["ends_only"] is True
    assert options(record, action="end_now", user=str(IDS[0]).upper()) == made
    assert temporary.problems({"file": record, "action": "end_now", "user": "x@contoso.example"})
    assert temporary.problems({"file": record + "x", "action": "end_due"})
    assert not temporary.problems({"file": record, "action": "end_due"})


def test_nothing_in_the_record_is_nothing_to_do(tmp_path: Path, record: str) -> None:
    document = (
        Path(record).read_text(encoding="utf-8").replace('"ended_at": null', '"ended_at": "2026-11-22T12:00:00Z"')
    )
    Path(record).write_text(document, encoding="utf-8")
    run = Run({"file": record, "action": "end_due"})
    assert not temporary.may_do(run) and temporary.end(run).status == "unchanged"


SUMMARY = {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "skipped": 0, "unknown": 0}


def ended(action: str, *statuses: str, **result: t.Any) -> tuple[str, bool]:
    ending = [{"status": status, "user_principal_name": UPN, "name": "R", "ends_at": "x"} for status in statuses]
    step = {"summary": SUMMARY, "operations": [], "rows": [], "msg": "1 updated", "ending": ending, **result}
    roles = result.pop("roles", ["R"])
    found = temporary.end(Run({"action": action, "user": UPN, "roles": roles}, steps={"done": step}))
    return found.status, found.bad


def test_how_it_ends() -> None:
    assert ended("grant", "ends_soon") == ("granted", False)
    assert ended("grant", "taken_away") == ("ended", True), "it had ended for this reason"
    assert ended("grant") == ("ended", True)
    both = Run(
        {"action": "grant", "user": UPN, "roles": ["R", "S"]},
        steps={"done": {"summary": SUMMARY, "rows": [], "ending": [
            {"status": "ends_soon", "user_principal_name": UPN, "name": "R", "ends_at": "2026-11-22"}]}},
    )  # fmt: skip
    mixed = temporary.end(both)
    assert mixed.bad and "2026-11-22" in mixed.message, "what was granted is said, too"
    assert ended("end_due", "taken_away", "ends_soon") == ("ended", False)
    assert ended("end_due", "ends_soon") == ("unchanged", False)
    late = {"failed": True, "failure": {"reason": "rows_failed"}, "msg": "1 of 1 row failed"}
    assert ended("end_due", "overdue", **late) == ("failed", True)
    assert temporary.end(Run({}, broken="no")).bad


def looked(tmp_path: Path, added: list[str], roles: list[str]) -> list[str]:
    fields = {"roles": {"before": ["Z"], "after": ["Z", *added]}}
    operations = [{"action": "add_role", "fields": fields}] if added else []
    look = {"summary": SUMMARY, "rows": [], "operations": operations}
    given = {"action": "grant", "file": str(tmp_path / "none.json"), "new": True, "user": UPN, "roles": roles}
    return temporary.held(Run(given, steps={"look": look}))


def test_what_somebody_has_already_is_not_given_for_a_time(tmp_path: Path) -> None:
    role = str(IDS[3])
    assert looked(tmp_path, ["Helpdesk Administrator"], ["helpdesk administrator"]) == []
    assert looked(tmp_path, ["Global Administrator"], ["Company Administrator"]) == []
    assert looked(tmp_path, ["A"], ["A", "B"]) == ["B"] and looked(tmp_path, [], ["A"]) == ["A"]
    assert looked(tmp_path, ["A", "B"], ["A", role]) == [] and looked(tmp_path, ["A"], ["A", role]) == [role]


def test_what_the_record_has_given_is_given_again(record: str) -> None:
    look = {"summary": SUMMARY, "rows": [], "operations": []}
    for role, expected in (("r", []), ("other", ["other"])):
        given = {"action": "grant", "file": record, "user": UPN, "roles": [role], "lasts": "2h", "reason": "C"}
        run = Run(given, steps={"look": look})
        assert temporary.held(run) == expected and temporary.may_do(run) == (not expected)
        assert not expected or (temporary.end(run).status, temporary.end(run).bad) == ("refused", True)


@pytest.mark.parametrize(
    "look",
    [
        {},
        {"failed": True, "msg": "No answer in time.", "failure": {"reason": "throttled"}},
        {"msg": "MODULE FAILURE", "failed": True},
    ],
    ids=["none", "throttled", "broken"],
)
def test_nothing_is_granted_without_knowing_what_the_user_has(tmp_path: Path, look: dict[str, t.Any]) -> None:
    given = {"action": "grant", "file": str(tmp_path / "access.json"), "new": True, "user": "ada@contoso.example",
             "roles": ["A"], "lasts": "2h", "reason": "X", "customer_domain": "contoso.example"}  # fmt: skip
    run = Run(given, steps={"look": look} if look else {})
    assert not temporary.may_do(run)
    ended = temporary.end(run)
    assert (ended.status, ended.bad) == ("failed", True)
