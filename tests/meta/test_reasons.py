# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word that a result can have as its reason is explained to those who branch on it."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


PLACES = {"Problem": 1, "Problem.about": 2, "problem_in": 2, "refuse": 1}
"""Calls that take a reason without its name, and where."""


def words(source: str) -> t.Iterator[str]:
    """Texts that are given as ``reason``, as a keyword, in a dictionary, or as a constant whose name says so."""
    for node in ast.walk(ast.parse(source)):
        found: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg == "reason":
            found.append(node.value)
        elif isinstance(node, ast.Dict):
            found += [
                value
                for key, value in zip(node.keys, node.values)
                if isinstance(key, ast.Constant) and key.value == "reason"
            ]
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and "REASON" in target.id for target in node.targets
        ):
            found.append(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in PLACES:
            found += node.args[PLACES[ast.unparse(node.func)] :][:1]
        for value in found:
            choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            yield from (
                each.value
                for each in choices
                if isinstance(each, ast.Constant)
                and isinstance(each.value, str)
                and each.value.replace("_", "").isalpha()
            )


def test_every_reason_is_documented() -> None:
    known = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    found = {
        word for path in sorted((ROOT / "plugins").rglob("*.py")) for word in words(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 20
    assert sorted(word for word in found if f"`{word}`" not in known) == []


def nameless(source: str) -> list[str]:
    """Refusals that no playbook could tell from another: calls that refuse, and give no reason."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        refuses = ast.unparse(node.func).rsplit(".", 1)[-1] in ("Refused", "_Refused") or "refusal" in given
        # What is handed on has its reason already; None refuses nothing.
        if refuses and not {"reason", "details"} & given.keys():
            found.append(ast.unparse(node))
    return found


def test_every_refusal_has_a_reason() -> None:
    places = sorted((ROOT / "plugins" / "module_utils").rglob("*.py"))
    found = {str(path.relative_to(ROOT)): nameless(path.read_text(encoding="utf-8")) for path in places}
    assert {place: each for place, each in found.items() if each} == {}


def test_a_refusal_without_a_reason_is_seen() -> None:
    assert nameless("raise Refused('no')") and nameless("RowPlan(row, refusal=why)")
    assert not nameless("raise _Refused('no', reason='x')") and not nameless("RowPlan(row, refusal=w, details=d)")
