"""Results to report on, and readers of reports."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from html.parser import HTMLParser

from hypothesis import strategies as st

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FABRIKAM = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
FORMATS = ("json", "markdown", "html")
STATUSES = ("ok", "changed", "failed", "skipped", "unknown")


def row(number: int, status: t.Any, **values: t.Any) -> dict[str, t.Any]:
    """A row as the module returns it; the name has the number."""
    return {
        "index": number,
        "customer_id": CONTOSO,
        "user_principal_name": f"user{number}@contoso.example",
        "status": status,
        **values,
    }


def result(*rows: dict[str, t.Any], **values: t.Any) -> dict[str, t.Any]:
    """A result of the module with these rows."""
    return {"mode": "converge", "check_mode": False, "rows": list(rows), **values}


@st.composite
def results(draw: t.Any) -> t.Any:
    """One result or several, with names that are not repeated."""
    number = iter(range(10_000))

    def some() -> list[dict[str, t.Any]]:
        return [
            row(
                next(number),
                draw(st.sampled_from(STATUSES)),
                customer_id=draw(st.sampled_from([CONTOSO, FABRIKAM, None])),
            )
            for _place in range(draw(st.integers(0, 6)))
        ]

    def one() -> dict[str, t.Any]:
        return result(
            *some(),
            purged=some(),
            check_mode=draw(st.booleans()),
            mode=draw(st.sampled_from(["converge", "plan", "apply"])),
        )

    return [one() for _place in range(draw(st.integers(0, 3)))] if draw(st.booleans()) else one()


WORDS = {"updated": "changed", "unchanged": "ok", "not attempted": "skipped", "failed": "failed", "unknown": "unknown"}
"""The words of a table for those statuses that a row without an action can have."""


def rows_of_markdown(text: str) -> list[list[str]]:
    """The cells of the users' tables."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [cells for cells in rows if len(cells) == 4 and "@" in cells[1]]


def status_of(cells: list[str]) -> str:
    """The status that the first cell of a row shows."""
    word = re.sub(r"[^a-z ]", "", cells[0].split("<br>")[0]).strip()
    return WORDS.get(word, word)


@dataclass
class HtmlEntry:
    """One user in a page. ``values`` are the texts of the elements that hold values."""

    status: str
    text: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)


class _Page(HTMLParser):
    VOID = {"meta", "input", "img"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.entries: list[HtmlEntry] = []
        self.tags: dict[str, int] = {}
        self.attributes: set[tuple[str, str | None]] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= set(attrs)
        if "data-mark" in dict(attrs):
            self.entries.append(HtmlEntry(str(dict(attrs)["data-mark"])))
        if tag not in self.VOID:
            self.open.append(tag)
            self.texts.append("")
            if self.entries:
                self.entries[-1].values.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"{tag} is closed in the wrong place"

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data
        if self.entries and self.open:
            self.entries[-1].text += ("" if not self.entries[-1].text else " ") + data.strip()
            self.entries[-1].text = self.entries[-1].text.replace("  ", " ").replace(" :", ":")
            if self.open[-1] in self.entries[-1].values:
                self.entries[-1].values[self.open[-1]][-1] += data


def page(text: str) -> _Page:
    """A parsed page; every element is closed where it should be."""
    parsed = _Page()
    parsed.feed(text)
    parsed.close()
    assert not parsed.open
    return parsed


def entries_of_html(text: str) -> list[HtmlEntry]:
    """The users of a page, in its order."""
    return page(text).entries
