# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Text in one line, with everything in it that a reader could not see made visible.

What a reader cannot see could make a terminal or a report say something else than it holds: characters that turn the
direction of the text around, that have no width, that look like a space, or that a terminal takes for commands. They
are replaced by their code point.
"""

from __future__ import annotations

import re

_JOINER = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
# Letters and marks by their category, but without ink.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_LINE_BREAK = re.compile("\r\n|[\r\n]")


def visible(text: str) -> str:
    """The text in one line, with every invisible character as ``[U+202E]`` and every line break as the symbol for one.

    Joiners inside of emoji and of scripts that need them stay. Whatever is returned can be encoded.
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    kept = {match.start() for match in _JOINER.finditer(text)}
    marked = "".join(
        char
        if char in "\r\n" or place in kept or (char.isprintable() and not _BLANK.match(char))
        else f"[U+{ord(char):04X}]"
        for place, char in enumerate(text)
    )
    return _LINE_BREAK.sub("\u23ce", marked)


def person(display_name: str | None, name: str) -> str:
    """A user as people know it: "Adele Vance <adele.vance@contoso.example>"."""
    return visible(f"{display_name} <{name}>" if display_name and display_name != name else name)
