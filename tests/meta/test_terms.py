# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and messages use the field's words: those that CONTRIBUTING.md takes out of use do not come back."""

from __future__ import annotations

from support import prose


def test_no_word_of_the_table_comes_back() -> None:
    words = {word: prose.pattern(word) for word in prose.terms()}
    found = [
        f"{line.path}:{line.number}: {word!r}, write {prose.terms()[word]!r}"
        for line in prose.lines()
        for word, pattern in words.items()
        if pattern.search(line.text)
    ]
    assert not found, "\n".join(["", *found])


MEANT = {
    # A value among the findings of the probe, which people compare from run to run; no sentence.
    ("plugins/module_utils/_partner_center/probe/questions.py", "refused: {}")
}
"""Messages with a word of the table that is right there, each with why."""


def test_no_word_of_the_table_comes_back_in_a_message() -> None:
    words = {word: prose.pattern(word) for word in prose.terms()}
    hits = [(line, word) for line in prose.messages() for word, pattern in words.items() if pattern.search(line.text)]
    found = [
        f"{line.path}:{line.number}: {word!r}, write {prose.terms()[word]!r}: {line.text.strip()}"
        for line, word in hits
        if (line.path, line.text) not in MEANT
    ]
    assert not found, "\n".join(["", *found])
    assert {(line.path, line.text) for line, _word in hits} == MEANT, "an exception that nothing needs"


def test_a_message_is_looked_at_and_documentation_of_code_is_not() -> None:
    source = '''"""The licence of it."""
LIMIT = 3
"""How many licences there are."""
DOCUMENTATION = "A licence of code."
raise Refused(f"The licence {name} exists; {'one licence' if one else 'none'}.", reason="licence")
'''
    assert list(prose.said(source)) == [(5, "The licence {} exists; {}."), (5, "one licence")]


def test_the_table_has_words_and_each_stands_once() -> None:
    text = prose.CONTRIBUTING.read_text(encoding="utf-8")
    words = [cell for row in text.split("<!-- terms -->")[1].splitlines()[3:] for cell in row.split("|")[2:3]]
    listed = [word.strip() for cell in words for word in cell.split(",") if word.strip()]
    assert len(listed) == len(set(listed)) > 20


def test_words_are_found_in_prose_and_not_in_code() -> None:
    text = "The licence is `licence_x`.\n```yaml\n- name: A licence for Ada\n  licence: x\n```\n[a page](licence.md)\n"
    found = [(number, prose.without_code(line)) for number, line in prose.markdown(text)]
    assert [number for number, line in found if prose.pattern("licence*").search(line)] == [1, 3]


def test_all_kinds_of_places_are_looked_at() -> None:
    places = {line.path.split("/")[0] for line in prose.lines()} | {
        "/".join(line.path.split("/")[:2]) for line in prose.lines()
    }
    wanted = {"README.md", "docs", "playbooks", "changelogs", "plugins/modules", "plugins/doc_fragments"}
    assert wanted <= places


def test_a_documentation_string_is_looked_at() -> None:
    source = 'DOCUMENTATION = r"""\nmodule: x\ndescription: The O(licence) and a licence.\n"""\nX = "licence"\n'
    hits = [n for n, line in prose.documented(source) if prose.pattern("licence*").search(prose.without_code(line))]
    assert hits == [3]
