"""docs/truth.md: every switch stands for a question, and every question says what is taken for true, and on what
grounds."""

from __future__ import annotations

import re
from pathlib import Path

from emulator import services

PAGE = Path(__file__).resolve().parents[3] / "docs" / "truth.md"
HEADER = ["Question", "What the collection does", "Evidence", "Strength", "Date", "Switch", "State"]
STRENGTHS = {"traffic", "client", "docs", "report", "measured", "inferred", "none"}
STATES = {"settled", "open", "contradicted"}
NOTHING = "\u2013"


def rows(header):
    """The rows of all tables with this header."""
    found, inside = [], False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells == header:
            inside = True
        elif cells is None:
            inside = False
        elif inside and not set(line) <= set("|- "):
            found.append(cells)
    return found


def names(cell):
    return re.findall(r"`(\w+)`", cell)


def test_every_row_is_whole():
    questions = rows(HEADER)
    assert len(questions) > 90
    for row in questions:
        question, reading, evidence, strength, date, switch, state = row
        assert question.endswith("?") and reading and reading != NOTHING, row
        assert strength in STRENGTHS and state in STATES, row
        assert (date == NOTHING) == (strength in ("none", "inferred")) or re.fullmatch(
            r"\d{4}(-\d\d)?|undated", date
        ), row
        assert evidence != NOTHING or strength in ("none", "inferred", "client"), row
        assert switch == NOTHING or names(switch), row
    assert len({row[0] for row in questions}) == len(questions), "no question twice"


def test_what_is_settled_has_evidence_and_what_is_a_choice_is_open():
    for row in rows(HEADER):
        assert row[6] == "open" or row[3] not in ("none", "inferred"), row


def test_the_switches_and_the_table_are_the_same():
    told = {name for row in rows(HEADER) for name in names(row[5])}
    others = {name for row in rows(["Switch", "What it is for"]) for name in names(row[0])}
    assert not told & others
    assert told | others == {switch.name for switch in services.SWITCHES}
