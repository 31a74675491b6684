# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test module is imported by nobody: what several share is a fixture in `conftest.py`, or has a file of its own beside them or in `tests/support`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = ("unit", "integration", "meta", "support", "trials", "bench", "emulator")


def test_modules(source: str) -> list[str]:
    """The test modules that a source imports, also inside of functions."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from . import test_x` names a module; `from package import test_x` may name a function.
            names = [node.module or "", *([alias.name for alias in node.names] if not node.module else [])]
        else:
            continue
        found += [name for name in names if name.rpartition(".")[2].startswith("test_")]
    return found


test_modules.__test__ = False  # type: ignore[attr-defined]


def fixtures_of(path: Path) -> set[str]:
    """Names of the fixtures that a file defines."""
    return {
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(each) for each in node.decorator_list)
    }


def files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((TESTS / folder).rglob("*.py"))]


def test_no_test_module_is_imported() -> None:
    found = {path.relative_to(TESTS).as_posix(): test_modules(path.read_text(encoding="utf-8")) for path in files()}
    assert {path: names for path, names in found.items() if names} == {}


def test_fixtures_are_defined_where_they_are_found_without_an_import() -> None:
    astray = {
        path.relative_to(TESTS).as_posix(): fixtures_of(path)
        for path in files()
        if path.name != "conftest.py" and not path.name.startswith("test_")
    }
    assert {path: names for path, names in astray.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from .test_sign_in import CLIENT", ["test_sign_in"]),
        ("from unit.partner_center.test_sign_in import CLIENT", ["unit.partner_center.test_sign_in"]),
        ("def late():\n    from . import test_sign_in", ["test_sign_in"]),
        ("import unit.test_sign_in as x", ["unit.test_sign_in"]),
        ("from .factories import test_user", []),
        ("from .conftest import CONTOSO", []),
    ],
)
def test_an_import_of_a_test_module_is_found(source: str, names: list[str]) -> None:
    assert test_modules(source) == names
