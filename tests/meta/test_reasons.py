# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word that a result can have as its reason is explained to those who branch on it."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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
