# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service's answer means is judged in one file of each system; elsewhere an error has a kind."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEANING = ROOT / "plugins" / "module_utils" / "_partner_center" / "client" / "meaning.py"
ELSEWHERE = sorted(
    path
    for path in (ROOT / "plugins").rglob("*.py")
    # The files of modules document, with an example of a code; what they do is in module_utils.
    if path.name != "meaning.py" and path.parent != ROOT / "plugins" / "modules"
)
ERRORS = {"exc", "error"}
"""What a caught error is called in this project."""


def codes(source: str) -> set[str]:
    """Texts of digits: codes of a service. Ports, sizes and times are numbers, and not texts."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isdigit()
        and len(node.value) > 3
    }


def judgments(source: str) -> t.Iterator[str]:
    """Comparisons that read meaning out of an error: of its code, of its status, of an advice."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                if part.attr == "code" or (part.attr in ("status", "description") and part.value.id in ERRORS):
                    yield ast.unparse(node)
            elif isinstance(part, ast.Call) and ast.unparse(part.func).endswith("hint_for"):
                yield ast.unparse(node)


def constructed(source: str) -> int:
    """How often a refusal of a service is made without saying what it means."""
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ServiceError"
        for node in ast.walk(ast.parse(source))
    )


def test_codes_are_known_in_one_file() -> None:
    known = codes(MEANING.read_text(encoding="utf-8"))
    assert len(known) > 10
    found = {str(path.relative_to(ROOT)): sorted(codes(path.read_text(encoding="utf-8")) & known) for path in ELSEWHERE}
    assert {place: each for place, each in found.items() if each} == {}


def test_nobody_else_judges_an_answer() -> None:
    found = {str(path.relative_to(ROOT)): list(judgments(path.read_text(encoding="utf-8"))) for path in ELSEWHERE}
    assert {place: each for place, each in found.items() if each} == {}


def test_nobody_else_makes_a_refusal_of_the_service() -> None:
    found = [str(path.relative_to(ROOT)) for path in ELSEWHERE if constructed(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "if exc.code == known: pass",
        "x = (exc.status, exc.code) in table",
        "if error.status != 404: pass",
        "if 'word' in error.description: pass",
        "same = hint_for(403, None, '') == hint_for(403, code, '')",
    ],
)
def test_a_judgment_is_seen(line: str) -> None:
    assert list(judgments(line))


def test_a_code_and_a_refusal_are_seen() -> None:
    assert codes("x = exc.code == '60012'") == {"60012"} and constructed("raise ServiceError('x', status=4)") == 1


def test_no_playbook_reads_a_sentence_of_the_collection() -> None:
    """What a lookup would fail with is asked as data (input_problems); only the words of ansible-core are cut off."""
    for path in sorted((ROOT / "playbooks").rglob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "regex_" in line:
                assert "problem" not in line and "no user was loaded" not in line, (path.name, line)
