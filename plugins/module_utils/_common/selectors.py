# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Lists of texts that guard or select somebody, read from what was written.

A guard that was mistyped matches nobody, and then it protects nobody, without a word. Ansible makes it worse: it splits
a text at its commas where a list is meant, so that a list that is written down inside a text becomes patterns with
brackets and quotes. So nothing is repaired here; what cannot be meant is refused.
"""

from __future__ import annotations

import typing as t
import unicodedata

from .plausible import leftovers
from .problem import Problem
from .text import nfc, shown

QUOTES = '"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a'
"""Marks that belong around a text and in no name. The plain apostrophe is not among them, because names have it."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def given_texts(
    what: str, value: t.Any, problems: list[str], judge: t.Callable[[str], str | None], *, split: bool = True
) -> tuple[str, ...]:
    """The texts of an option, trimmed and in Unicode normalisation form C.

    :param value: as it was written: a list, or a text, which Ansible takes for a list with commas between its elements.
    :param problems: takes a sentence for each element that cannot be meant; then the option must not be used.
    :param judge: says why a text cannot be what this option is about, or None.
    :param split: False where commas belong into the texts themselves, so that several in a text cannot be told apart.
    """
    if isinstance(value, str):
        if not split and "," in value:
            problems.append(
                Problem(
                    f"{what} is the string {shown(value)}, which Ansible would split at its commas; write a list.",
                    "not_a_list",
                )
            )
            return ()
        items: t.Any = value.split(",")
        if holds_a_list(value):
            problems.append(
                Problem(
                    f"{what} is a string with a list in it, {shown(value)}, not a list. On the command line, "
                    'write JSON: -e \'{"name": ["..."]}\'.',
                    "not_a_list",
                )
            )
            return ()
    else:
        items = value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) and item.strip() for item in items):
        problems.append(Problem(f"{what} must be a list of strings, none of them empty.", "not_a_list"))
        return ()
    if not items:
        problems.append(Problem(f"{what} is empty; omit it if it is not needed.", "empty"))
        return ()
    found = []
    for item in items:
        text = nfc(item.strip())
        why = cannot_be_meant(text) or judge(text)
        if why:
            problems.append(f"{what}: {shown(item)} {why}.")
        found.append(text)
    return tuple(found)


def holds_a_list(text: str) -> bool:
    """Whether a text is a list or a dictionary that was written down: JSON, YAML or Python."""
    stripped = text.strip()
    if stripped[:1] + stripped[-1:] not in ("[]", "{}", "()"):
        return False
    # A single pattern may begin and end with a set of characters, and has no quotes, commas or blanks.
    return any(mark in stripped for mark in "\"', ") or stripped.count("[") == 1 or stripped[0] != "["


def cannot_be_meant(text: str) -> str | None:
    """What no name, domain or pattern of any kind is, or None."""
    if leftovers("", text):
        return "is an omit placeholder (default(omit) works for a whole option, not inside a list)"
    if any(unicodedata.category(char) in _INVISIBLE for char in text):
        return "has invisible or control characters"
    if "{{" in text or "{%" in text:
        return "is a template that was not evaluated"
    if len(text) > 1 and text[0] in QUOTES + "'" and text[-1] in QUOTES + "'":
        return "has quotes around it"
    return "is a list inside a string" if holds_a_list(text) else None
