# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of three words and more that the code of the collection says, sorted by its reason, with gaps for values.

Those of problems and refusals are in ``sentences.txt`` as well, as they read with their values. After a sentence was
added or changed on purpose, write both files anew and read the difference: ``RENEW=1 pytest tests/unit/golden``.
"""

from __future__ import annotations

import os
from pathlib import Path

from support.sentences import collection, runs, sentences, words_of

FILE = Path(__file__).with_name("all_sentences.txt")


def listed() -> str:
    """One line for each text: its reason, or a dash where the reason is not next to it, and the text."""
    return "".join(f"{reason or '-'}: {text}\n" for reason, text in sorted(collection()))


def test_all_sentences_are_those_of_the_file() -> None:
    said = listed()
    if os.environ.get("RENEW"):
        FILE.write_text(said, encoding="utf-8")
    assert said.splitlines() == FILE.read_text(encoding="utf-8").splitlines()


def test_a_sentence_comes_with_its_reason() -> None:
    assert list(sentences("raise Refused(f'{name} is a guest.', reason='guest')")) == [("guest", "{} is a guest.")]
    assert list(sentences("Problem.about('name', 'is no name at all.', 'not_a_name')")) == [
        ("not_a_name", "is no name at all.")
    ]
    assert list(sentences("RowPlan(row, refusal='It is not so.', details={'reason': 'x'})")) == [("x", "It is not so.")]


def test_documentation_and_names_are_no_sentences() -> None:
    source = '"""It is a module."""\nDOCUMENTATION = "It is an option."\nx = {"one_two_three": "a/b"}'
    assert list(sentences(source)) == []


def test_words_and_runs() -> None:
    assert words_of("ada@contoso.example is not a GUID (1).") == ["is", "not", "a", "GUID".lower()]
    assert runs("It is {} not so here") == {("not", "so", "here")}
