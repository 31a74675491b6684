# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a text says when its escapes are undone, layer by layer, and where in the text each character stands.

Who escapes may escape everything, or several times over; no list of forms of a secret holds that. Sources: RFC 3986
(percent), RFC 8259 (JSON), the HTML standard (numbered entities), RFC 2045 (lines of base64).
"""

from __future__ import annotations

import html
import re
import typing as t

LAYERS = 4
"""How many times a text is looked through; the last proxy of a chain has quoted the one before."""
_HEX = "[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rf"(?P<percent>(?:%{_HEX}{{2}})+)|(?P<bytes>(?:\\x{_HEX}{{2}})+)|(?P<units>(?:\\u{_HEX}{{4}})+)"
    rf"|(?P<entity>&(?:#\d{{1,7}}|#[xX]{_HEX}{{1,6}}|amp|lt|gt|quot|apos);)|\\(?P<char>[\"\\/nrt])"
)
_CHARS = {"n": "\n", "r": "\r", "t": "\t"}
_SEPARATED = re.compile(
    rf"(?:{_HEX}{{2}}[ :-]){{3,}}{_HEX}{{2}}|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{{20,}}(?:\r?\n[ \t]*[A-Za-z0-9+/=]+)+"
)
_SEPARATORS = frozenset(" :-\t\r\n")


class View(t.NamedTuple):
    """A text, and for each of its characters where its origin begins and ends."""

    text: str
    starts: t.Sequence[int]
    ends: t.Sequence[int]


def views(text: str) -> t.Iterator[View]:
    """The text itself, and each layer of it that says something else."""
    view = View(text, range(len(text)), range(1, len(text) + 1))
    for _layer in range(LAYERS):
        yield view
        joined = _without_separators(view)
        if joined:
            yield joined
        below = _unescaped(view)
        if below is None:
            return
        view = below
    yield view


def has_one_view(text: str) -> bool:
    """Whether :func:`views` would give the text itself and nothing else."""
    return _ESCAPE.search(text) is None and _SEPARATED.search(text) is None


def _unescaped(view: View) -> View | None:
    """One layer less; None if there is none."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _ESCAPE.finditer(view.text):
        chars += view.text[done : match.start()]
        starts += view.starts[done : match.start()]
        ends += view.ends[done : match.start()]
        done = match.end()
        place = match.start()
        for char, width in _meant(str(match.lastgroup), match[0]):
            chars.append(char)
            starts.append(view.starts[place])
            place += width
            ends.append(view.ends[place - 1])
    if not done:
        return None
    return View("".join([*chars, view.text[done:]]), [*starts, *view.starts[done:]], [*ends, *view.ends[done:]])


def _meant(kind: str, text: str) -> list[tuple[str, int]]:
    """The characters of an escape, each with the length of its own part."""
    if kind == "char":
        return [(_CHARS.get(text[1], text[1]), 2)]
    if kind == "entity":
        meant = html.unescape(text)
        return [(meant, len(text))] if len(meant) == 1 else [(char, 1) for char in text]
    if kind == "units":
        found = bytes.fromhex(text.replace("\\u", "")).decode("utf-16-be", "replace")
        return [(char, 12 if ord(char) > 0xFFFF else 6) for char in found]
    size, data = (
        (3, bytes.fromhex(text.replace("%", ""))) if kind == "percent" else (4, bytes.fromhex(text.replace("\\x", "")))
    )
    try:
        return [(char, size * len(char.encode("utf-8"))) for char in data.decode("utf-8")]
    except UnicodeDecodeError:
        return [(chr(byte), size) for byte in data]


def _without_separators(view: View) -> View | None:
    """Without what stands between the pairs of hexadecimal digits, or the lines of base64; None if there is nothing."""
    out = {
        place
        for match in _SEPARATED.finditer(view.text)
        for place in range(match.start(), match.end())
        if view.text[place] in _SEPARATORS
    }
    if not out:
        return None
    kept = [place for place in range(len(view.text)) if place not in out]
    return View(
        "".join(view.text[place] for place in kept),
        [view.starts[place] for place in kept],
        [view.ends[place] for place in kept],
    )
