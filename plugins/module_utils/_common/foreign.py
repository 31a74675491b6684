# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What comes from outside as JSON or as a header, made fit for a result: no half characters, no numbers without end,
no more of it than memory has room for.

A service can send half of a surrogate pair (a name that was cut in the middle of a character); Python keeps it, and
cannot write it to anything.
"""

from __future__ import annotations

import json
import math
import typing as t

MOST_PARTS = 400_000
"""Objects and lists of an answer; a page of 500 users has some thousands. Each takes up to a hundred times the room
of its two brackets."""
SMALL = 1_000_000
"""Bytes of an answer that has no room for so many."""
LONGEST_HEADER = 200


def parse_json(content: bytes) -> t.Any:
    """JSON of an answer; None for an empty one. A byte order mark may stand in front.

    :raises ValueError: it is not JSON, or not UTF-8, or nested without end, or of too many parts, or has numbers
        that are none.
    """
    if len(content) > SMALL and content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise ValueError("too many parts")
    text = content.decode("utf-8-sig")
    if not text.strip():
        return None
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        # Only an escape can hold half a pair: UTF-8 has none.
        escaped = "\\" in text and ("\\ud" in text or "\\uD" in text)
        return clean(value) if escaped else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def clean(value: t.Any) -> t.Any:
    """A value with every half of a surrogate pair replaced, in keys too."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


def clean_text(text: str) -> str:
    """A text that can be written: a half of a surrogate pair becomes the replacement character, two that fit the
    character that they are."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_header(text: str | None) -> str | None:
    """A header that names a request: one line of printable ASCII, not longer than such a name is; None for anything
    else."""
    return text if text and len(text) <= LONGEST_HEADER and text.isascii() and text.isprintable() else None


def _no_number(word: str) -> t.NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number
