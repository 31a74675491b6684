# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of behavior assert meanings (`kind`, `reason`, `row`, `option`, `status`), never the sentences of the collection.

The sentences stand in `tests/unit/golden`. An id, a name or a number in a message may be asserted, also that a secret is
not there; three words in a row that the collection says may not.
"""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
from support.sentences import files, runs, sentences, texts, words_of

TESTS = Path(__file__).resolve().parents[1]
FOLDERS = ("unit/partner_center", "unit/azure_pack", "integration")
WORDING = {
    # What people read is the subject of these: reports, what is printed while waiting or at the end, words themselves.
    "integration/test_progress.py",
    "integration/test_report_browser.py",
    "unit/partner_center/test_export.py",
    "unit/partner_center/test_failure_message.py",
    "unit/partner_center/test_portal_csv_result.py",
    "unit/partner_center/test_private_files.py",
    "unit/partner_center/test_report_filter.py",
    "unit/partner_center/test_report_markdown.py",
    "unit/partner_center/test_summary.py",
    "unit/partner_center/test_text.py",
}
ENDINGS = {"endings", "inputs", "options"}
"""What the last line of a playbook says is what its tests look at, wherever it is put together."""
COMPARING = {"startswith", "endswith", "count", "index", "find", "search", "match", "fullmatch", "findall"}


def compared(source: str) -> t.Iterator[tuple[int, str]]:
    """Line and text of every literal that something is compared with: in an assertion, or as `match`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "match":
            yield from ((node.value.lineno, text) for text in texts(node.value))
        if not isinstance(node, ast.Assert):
            continue
        for part in ast.walk(node.test):
            if isinstance(part, ast.Compare) or (
                isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in COMPARING
            ):
                yield from ((part.lineno, text) for text in texts(part))


def is_name(text: str) -> bool:
    """Whether it is what something is called, a directory role or a check, and no sentence."""
    return text.istitle() or text == "MFA at Partner Center"


def said() -> set[tuple[str, ...]]:
    """Every three words in a row of what the collection says."""
    found: set[tuple[str, ...]] = set()
    for path in files():
        if ENDINGS & {path.stem, path.parent.name}:
            continue
        for _reason, text in sentences(path.read_text(encoding="utf-8")):
            found |= set() if is_name(text) else runs(text)
    return found


def test_no_test_compares_a_sentence_of_the_collection() -> None:
    known = said()
    assert len(known) > 3000
    found = []
    for path in sorted(path for folder in FOLDERS for path in (TESTS / folder).glob("test_*.py")):
        name = str(path.relative_to(TESTS))
        if name not in WORDING:
            literals = set(compared(path.read_text(encoding="utf-8")))
            found += [
                f"{name}:{line}: {text!r}"
                for line, text in sorted(literals)
                if not is_name(text) and runs(text) & known
            ]
    assert found == [], "assert the reason, and have the sentence in tests/unit/golden alone"


def test_every_exception_is_still_one() -> None:
    known = said()
    for name in WORDING:
        literals = set(compared((TESTS / name).read_text(encoding="utf-8")))
        assert any(runs(text) & known for _line, text in literals), f"{name} needs no exception any more"


@pytest.mark.parametrize(
    "line",
    [
        "assert 'is not a GUID' in result['msg']",
        "assert error.message.startswith(f'user_id {x} is not a GUID')",
        "assert re.search(r'is not a GUID', text)",
        "with pytest.raises(OptionError, match='is not a GUID'): pass",
        "assert [row['message'] for row in rows] == ['x is not a GUID.']",
    ],
)
def test_a_sentence_is_seen(line: str) -> None:
    assert any(("not", "a", "guid") in runs(text) for _line, text in compared(line))


@pytest.mark.parametrize("line", ["assert name in message, 'is not a GUID'", "assert 'ada@contoso.example' in message"])
def test_facts_are_no_sentences(line: str) -> None:
    assert not any(runs(text) for _line, text in compared(line))


def test_what_counts_as_words() -> None:
    assert words_of("POST /v1/customers of Adele@contoso.example, 3 users") == ["post", "of", "users"]
