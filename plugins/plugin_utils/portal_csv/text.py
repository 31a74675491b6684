# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the bytes of a CSV file to its text, in the encodings that Excel writes.

"CSV UTF-8" has a byte order mark, "Unicode Text" is UTF-16 with one, and "CSV" is the code page of the machine, in
Western languages Windows-1252. Other programs write UTF-8 without a mark. Windows-1252 is what is left when nothing
else fits, and no more than a guess (``portal_csv_guess``).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .guess import GUESS, UNDEFINED

# The first match counts: a mark of UTF-32 begins like one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A letter beyond ASCII as UTF-8 writes it. In Windows-1252 this would be a letter followed by a symbol, which few names
# have (a sharp s may be).
_UTF8_LETTER = re.compile(rb"[\xc3-\xde][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_UNDEFINED = {ord(char): char for char in UNDEFINED}
_LINE_END = re.compile(r"\r\n|\r|\n")


class UnreadableText(Exception):
    """The bytes are not text. ``line`` is where, None if that is nowhere in particular."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True)
class Decoded:
    """The text of a file, and whether its encoding was only guessed. Then bytes without a meaning are there as
    :data:`UNDEFINED`."""

    text: str
    guessed: bool = False


def known_encoding(name: str) -> bool:
    """Whether Python can read text in an encoding of this name."""
    try:
        return isinstance(b"a\0\0\0".decode(name, "replace"), str)
    except (LookupError, ValueError, UnicodeError):
        return False


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of a file, without a byte order mark.

    :param encoding: a name that Python knows; None to find out.
    :raises UnreadableText: when the bytes are not text in that encoding, or it cannot be told safely which one it is.
    """
    found = Decoded(_strict(data, encoding)) if encoding else _detect(data)
    text = found.text.removeprefix("\ufeff")
    position = text.find("\0")
    if position >= 0:
        hint = (
            "; if this is UTF-16 without a byte order mark, set encoding: utf-16-le or utf-16-be"
            if not encoding
            else ""
        )
        raise UnreadableText(f"holds a NUL character{hint}", line_of(text[:position]))
    return Decoded(text, found.guessed)


def _detect(data: bytes) -> Decoded:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data[len(mark) :], encoding))
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError as exc:
        if _mostly_utf8(data):
            # Reading it as Windows-1252 would turn all of these letters into nonsense, and create users with such
            # names.
            place = line_of(data[: exc.start].decode("utf-8", "replace"))
            raise UnreadableText("is UTF-8 except here; save it again, or set encoding", place) from None
    return Decoded("".join(_UNDEFINED.get(byte) or bytes([byte]).decode(GUESS) for byte in data), True)


def _mostly_utf8(data: bytes) -> bool:
    """Whether half of the places beyond ASCII or more are letters in UTF-8. A few such bytes can be met with in any
    code page."""
    runs = _BEYOND_ASCII.findall(data)
    return sum(bool(_UTF8_LETTER.match(run)) and not _UTF8_LETTER.sub(b"", run) for run in runs) * 2 >= len(runs)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        place = line_of(data[: exc.start].decode(encoding, "replace"))
        raise UnreadableText(f"is not {encoding.upper()} text (byte 0x{data[exc.start]:02x})", place) from None
    except UnicodeError:
        raise UnreadableText(f"is not {encoding.upper()} text") from None


def line_of(before: str) -> int:
    """The number of the line that a text ends on."""
    return len(_LINE_END.findall(before)) + 1
