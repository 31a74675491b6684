# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under which change something is written: what may be declared, what is required, what a file keeps of it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.change_reference import (
    reference_of,
    reference_problems,
    task_reference,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.held_to_plan import (
    restrict_to_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    plan_text,
    read_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.undo import UndoFile
from hypothesis import given
from hypothesis import strategies as st

from .approval_desk import made
from .factories import CUSTOMER, declared, user


def declare(rows: list[t.Any], **task: t.Any) -> t.Any:
    given_ = {"customer_id": CUSTOMER, "users": rows, **task}
    return declare_customers(given_, {"credentials_file": "x"})


def row(**more: t.Any) -> dict[str, t.Any]:
    return {"user_principal_name": "a@contoso.example", **more}


@pytest.mark.parametrize(
    ("value", "reason"),
    [("", "empty"), ("  ", "empty"), ("x" * 101, "too_long"), ("a\nb", "control_characters"), (None, "null"),
     (4711, "not_a_text"), ({"a": 1}, "not_a_text"), ("<<Omit>>", "omit_left_over")],
)  # fmt: skip
def test_what_is_no_reference(value: t.Any, reason: str) -> None:
    found = declare([row(change_reference=value)]).problems
    assert [problem.reason for problem in found] == [reason]
    problems: list[t.Any] = []
    assert task_reference({"change_reference": value}, problems) is None
    # What is no text is found by those who judge all texts of a task.
    assert [problem.reason for problem in problems] in ([reason], [])


@given(st.text(max_size=110))
def test_a_reference_is_what_was_written_or_refused(text: str) -> None:
    problems: list[t.Any] = []
    found = reference_of(text, problems)
    if found is not None:
        assert 0 < len(found) <= 100 and not problems and reference_of(found, []) == found


def test_the_nearest_one_wins() -> None:
    rows = [row(), {"user_principal_name": "b@contoso.example", "change_reference": "R"}]
    assert [one.change_reference for one in declare(rows, change_reference=" T ").rows] == ["T", "R"]
    made_ = declare(rows, change_reference="T", defaults={"change_reference": "D"})
    assert [one.change_reference for one in made_.rows] == ["D", "R"] and made_.change_reference == "T"


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"require_change_reference": "CHG"}, "change_reference_missing"),
        ({"require_change_reference": "CHG", "change_reference": "CHG1"}, "change_reference_mismatch"),
        ({"require_change_reference": "CHG", "change_reference": "xCHG"}, "change_reference_mismatch"),
        ({"require_change_reference": "CHG", "change_reference": "CHG"}, None),
        ({"require_change_reference": "(", "change_reference": "CHG"}, "not_a_pattern"),
        ({"require_change_reference": "", "change_reference": "CHG"}, "empty"),
        ({"require_change_reference": None, "change_reference": "CHG"}, "empty"),
        ({}, None),
    ],
)
def test_what_is_required(task: dict[str, t.Any], reason: str | None) -> None:
    assert [problem.reason for problem in declare([row()], **task).problems] == [reason] * bool(reason)


def test_what_no_row_declares_needs_it_too() -> None:
    rows = [declared(change_reference="CHG1")]
    assert not reference_problems({"require_change_reference": "CHG1"}, rows)
    (problem,) = reference_problems({"require_change_reference": "CHG1"}, rows, {"the purge of x": None})
    assert problem.reason == "change_reference_missing"


def test_a_plan_is_carried_out_under_the_reference_that_was_reviewed(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    fresh = {name: made(user(), display_name="New", change_reference=name) for name in ("CHG1", "CHG2", None)}
    for name, one in fresh.items():
        path.write_text(plan_text([one], 1))
        planned = read_plan(str(path)).customers[CUSTOMER]
        for other, now in fresh.items():
            held = restrict_to_plan(planned, now).plan.rows[0]
            assert bool(held.operations) == (name == other)
            assert held.operations or held.details["reason"] == "another_change_reference"


def test_an_undo_file_keeps_the_reference_of_the_last_deletion(tmp_path: Path) -> None:
    undo = UndoFile(str(tmp_path / "undo.json"))

    def kept() -> t.Any:
        data = json.loads((tmp_path / "undo.json").read_text())
        assert undo.check() is None
        assert not [each for block in data["customers"] for each in block["users"] if "change_reference" in each]
        return data.get("change_references")

    one, other = user(1), user(2, "b@contoso.example")
    undo.add(CUSTOMER, [one, other], {one.id: "CHG1", other.id: None})
    assert kept() == {CUSTOMER: {one.id: "CHG1"}}
    earlier = undo.add(CUSTOMER, [one, other], {one.id: "CHG2", other.id: "CHG2"})
    assert kept() == {CUSTOMER: {one.id: "CHG2", other.id: "CHG2"}}
    undo.put_back(CUSTOMER, earlier)
    assert kept() == {CUSTOMER: {one.id: "CHG1"}}, "nobody was deleted after all"
    undo.put_back(CUSTOMER, {one.id: None})
    assert kept() is None
