# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a text was read in the wrong encoding, and what was meant.

UTF-8 that something reads as a code page turns each letter outside of ASCII into two or three characters
("JÃ¼rgen", "M├╝ller"). Reading it the other way round gives the letters back. Some pairs are letters that people do
have next to each other (a French quotation mark after a capital É, Í and Ž in "KNÍŽÁK"), so what comes back has to be
a letter of names, in the right case for its place.
"""

from __future__ import annotations

import re
import unicodedata

CODE_PAGES = ("cp1252", "cp1250", "cp437", "cp850", "mac_roman", "cp1251")
"""What UTF-8 is read as by mistake: Windows in western and central Europe, DOS, old Macs, Windows in Cyrillic."""

_NEIGHBORS = re.compile(r"[^\x00-\x7f]{2}")
_SEQUENCE = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2})+"
)
_LETTERS = frozenset(
    [chr(code) for code in (*range(0xC0, 0x180), *range(0x1CD, 0x1DD), *range(0x1E00, 0x1F00), *range(0x218, 0x21C))]
    + list("ƏəƠơƯưƁɓƊɗƘƙƳƴƎǝƆɔƐɛǤǥǦǧǨǩǪǫ")
) - frozenset("ŊĸŉſĲĿ÷×")
"""Latin letters of names outside of ASCII, without those that hardly begin or make a word in capitals."""
_PUNCTUATION = frozenset("‐‑–—\u2018\u2019\u201c\u201d‚„…•™€ªº«»°·¡¿§©®´\u00a0")
"""What texts of people hold besides letters."""
_MANY = {2: 3, 3: 2}
"""Letters of another script, one after the other, that are no accident, by the bytes that each of them has."""


def doubly_encoded(text: str) -> str | None:
    """What was meant, if the text shows that it is UTF-8 read as something else; otherwise None."""
    if not _NEIGHBORS.search(text):
        return None
    return next((meant for page in CODE_PAGES for meant in [_undone(text, page)] if meant is not None), None)


def _undone(text: str, page: str) -> str | None:
    """The text with every part decoded that was encoded twice; None if there is no such part."""
    # One byte for each character: what the code page does not have becomes a question mark, which no sequence holds.
    data = text.encode(page, "replace")
    parts: list[str] = []
    end = 0
    for match in _SEQUENCE.finditer(data):
        try:
            meant = match[0].decode("utf-8")
        except UnicodeDecodeError:
            continue
        if _plausible(text[: match.start()], meant, text[match.end() :], page):
            parts += [text[end : match.start()], meant]
            end = match.end()
    return "".join([*parts, text[end:]]) if parts else None


def _plausible(before: str, meant: str, after: str, page: str) -> bool:
    if all(char in _LETTERS for char in meant):
        if page in ("cp1250", "cp1251") and not (before[-1:].isascii() and after[:1].isascii()):
            return False  # those have many more letters among what continues a sequence
        return all(
            _fits((before + meant[:place])[-2:], char, (meant[place + 1 :] + after)[:1])
            for place, char in enumerate(meant)
        )
    if all(char in _PUNCTUATION or char in _LETTERS for char in meant):
        # One sign of two bytes is nothing: "Â " is what a capital Â and a fixed space are.
        return any(len(char.encode("utf-8")) > 2 for char in meant) or (page == "cp1252" and len(meant) > 1)
    if any(0x1F300 <= ord(char) < 0x1FB00 for char in meant):
        return True
    kinds = [unicodedata.category(char)[0] for char in meant]
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char, kind in zip(meant, kinds) if kind in "LM"}
    enough = len(meant) >= _MANY.get(len(meant[0].encode("utf-8")), 1)
    return (
        enough
        and all(kind in "LMPZ" for kind in kinds)
        and len(scripts - {"LATIN", "IDEOGRAPHIC"}) in (1, 2)
        and "?" not in scripts
        and _settled(meant)
    )


def _fits(before: str, char: str, after: str) -> bool:
    """Whether a letter has the case that its neighbors ask for, so that it may well be the one that was meant."""
    if char.islower():
        # A capital behind it, or two in front: the letter stands in a word of capitals.
        return not (after.isupper() or (len(before) == 2 and all(map(str.isupper, before))))
    return not (char.isupper() and before[-1:].islower())


def _settled(meant: str) -> bool:
    """Whether the case of what comes back is that of words: no capital after a small letter."""
    return not any(left.islower() and right.isupper() for left, right in zip(meant, meant[1:]))
