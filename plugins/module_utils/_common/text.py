# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Texts that people wrote: how they are compared, and how they are shown in a message."""

from __future__ import annotations

import difflib
import typing as t
import unicodedata


def nfc(text: str) -> str:
    """The text in Unicode normalisation form C, so that composed and decomposed accents compare equal."""
    return unicodedata.normalize("NFC", text)


def same_text(found: t.Any, wanted: t.Any, form: t.Callable[[str], str] = nfc) -> bool:
    """Whether a value that was found is the one that is wanted. Nothing is found where a text is empty.

    :param form: brings both into the form in which they are compared.
    """
    return form(str(found or "")) == form(str(wanted))


def shown(text: str) -> str:
    """A value in a message: quoted, control characters visible, not longer than a line."""
    quoted = repr(text)
    return quoted if len(quoted) <= 80 else quoted[:76] + "...'"


def counted(number: int, noun: str) -> str:
    """A number with its noun, which takes an s unless it is one: "1 user", "2 users"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def ids_words(request_id: str, correlation_id: str) -> str:
    """The ids of a request at the end of a sentence about it; a function, so that a report can find them there."""
    return f" (request id {request_id}, correlation id {correlation_id})"


def row_words(index: int) -> str:
    """A row by its place, as people count: "row 1" for the index 0."""
    return f"row {index + 1}"


def agreeing(number: int, one: str, many: str) -> str:
    """The verb that goes with a number: ``agreeing(1, "is", "are")``."""
    return one if number == 1 else many


def are_or_is(number: int, noun: str) -> str:
    """What is there, with its verb: "is a user", "are 2 users"."""
    return f"is a {noun}" if number == 1 else f"are {counted(number, noun)}"


def first_few(names: t.Sequence[str], most: int) -> str:
    """Some of the names, and how many more there are: "a, b, c and 2 more"."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def nearest(text: str, names: t.Iterable[str]) -> str:
    """What is most like a text among some names, as a part of a sentence ("; did you mean A or B"); empty if nothing
    is."""
    known = {name.casefold(): name for name in names}
    near = [known[key] for key in difflib.get_close_matches(text.casefold(), list(known), n=2, cutoff=0.7)]
    return f"; did you mean {' or '.join(near)}" if near else ""


def unprintable(text: str) -> bool:
    """Whether there are control characters or direction overrides, which can make a name look like another one."""
    # What is printable has none of them; nearly every text is.
    return not text.isprintable() and any(
        unicodedata.category(char) in ("Cc", "Cs")
        or char in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for char in text
    )
