# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids and names of users are put into their normal form by one function each; nobody folds them by hand."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
NORMAL_FORMS = {"module_utils/_common/identifiers.py", "module_utils/_azure_pack/identifiers.py"}
"""Where a normal form is made."""
_IDENTIFIES = re.compile(r"(^|_)(id|ids|guid|upn|user_principal_name|oid|tid|tenant|issuer|wanted|expected|relates)$")


def folded(source: str) -> list[int]:
    """The lines in which the case of something that identifies is folded by hand."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _folds(node) and _identifies(node.func.value)]


def _folds(node: ast.AST) -> t.TypeGuard[t.Any]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FOLDING


FOLDING = {"lower", "casefold", "upper"}


def _identifies(node: ast.AST) -> bool:
    """Whether a name, an attribute or a key in an expression is that of an id or of a user's name."""
    for part in ast.walk(node):
        word = getattr(part, "id", None) or getattr(part, "attr", None) or getattr(part, "value", None)
        if isinstance(word, str) and _IDENTIFIES.search(word):
            return True
    return False


FILES = sorted(path.relative_to(PLUGINS).as_posix() for path in PLUGINS.rglob("*.py"))


@pytest.mark.parametrize(
    "line",
    [
        "known[customer_id.lower()]",
        "str(user.id).lower()",
        'str(row.get("user_id", "")).lower()',
        'str(past["user_id"]).casefold()',
        "settings.tenant_id.lower()",
        "row.user_principal_name.lower()",
    ],
)
def test_a_fold_of_an_id_is_seen(line: str) -> None:
    assert folded(line) == [1]


@pytest.mark.parametrize("line", ["guid_key(customer_id)", "name.lower()", "text.casefold()", "id(x)"])
def test_other_lines_are_none(line: str) -> None:
    assert folded(line) == []


def test_ids_are_folded_in_the_place_of_normal_forms_only() -> None:
    found = {name: folded((PLUGINS / name).read_text(encoding="utf-8")) for name in FILES}
    assert {name: lines for name, lines in found.items() if lines and name not in NORMAL_FORMS} == {}
