# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the code of the collection says to people, found in its source: texts of three words and more."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
GAP = "{}"
"""What stands for a value in a text."""

_WORD = re.compile(r"(?<![\w.@/:-])[A-Za-z][A-Za-z'-]*(?![\w@/=])")
_POSITIONS = {"Problem": 1, "Problem.about": 2, "problem_in": 2, "refuse": 1}
"""Calls that take a reason without its name, and where."""


def words_of(text: str) -> list[str]:
    """The words of a text in order, in small letters; ids, addresses and paths are none."""
    return [word.lower() for word in _WORD.findall(text)]


def runs(text: str) -> set[tuple[str, ...]]:
    """Every three words that follow each other in a text; a value, or what is no word, breaks a run."""
    found: set[tuple[str, ...]] = set()
    for part in re.split(r"\{\}|[\n*]", text):
        # A word as _WORD has it, or anything else between white space, which is kept as what breaks a run.
        tokens = [(words_of(token) or [""])[0] if len(words_of(token)) <= 1 else "" for token in part.split()]
        found |= {run for run in zip(tokens, tokens[1:], tokens[2:]) if all(run)}
    return found


def text_of(node: ast.AST) -> str | None:
    """The text of a literal, with gaps where an f-string has values; None for other expressions."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    return None


def texts(node: ast.AST) -> t.Iterator[str]:
    """All literals in an expression, the parts of an f-string not again."""
    text = text_of(node)
    if text is not None:
        yield text
    for child in ast.iter_child_nodes(node):
        if text is None or isinstance(child, ast.FormattedValue):
            yield from texts(child)


def _reason(node: ast.Call) -> str | None:
    """The reason that a call gives together with its sentence."""
    position = _POSITIONS.get(ast.unparse(node.func))
    given = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
    given += [node.args[position]] if position is not None and len(node.args) > position else []
    for keyword in node.keywords:
        if isinstance(keyword.value, ast.Dict):
            pairs = zip(keyword.value.keys, keyword.value.values)
            given += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "reason"]
    named = [value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return named[0] if named else None


def sentences(source: str) -> t.Iterator[tuple[str, str]]:
    """Reason (empty where the call gives none) and text of everything that a file says."""

    def walk(node: ast.AST, reason: str) -> t.Iterator[tuple[str, str]]:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # documentation of a function, a class or a member
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id in DOCUMENTATION:
                return
        if isinstance(node, ast.Call):
            reason = _reason(node) or reason
        text = text_of(node)
        if text is not None and len(words_of(text)) >= 3 and " " in text.strip():
            yield reason, " ".join(text.split())
        for child in ast.iter_child_nodes(node):
            if text is None or isinstance(child, ast.FormattedValue):
                yield from walk(child, reason)

    yield from walk(ast.parse(source), "")


def files() -> list[Path]:
    """The files that say something to the user of a module or a playbook. Fragments are documentation."""
    return [path for path in sorted((ROOT / "plugins").rglob("*.py")) if "doc_fragments" not in path.parts]


def collection() -> set[tuple[str, str]]:
    """Reason and text of everything that the collection says."""
    return {found for path in files() for found in sentences(path.read_text(encoding="utf-8"))}
