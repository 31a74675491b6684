# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a YAML text stays of a bounded size when its aliases are replaced by what they stand for.

A few lines of aliases of lists of aliases stand for more than any memory holds. The events of the parser are counted
before anything is built of them, so that this takes as long as reading the text once. Source: YAML 1.2.2, section 3.1
(events, aliases).
"""

from __future__ import annotations

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

ROOM = 10_000
"""Nodes that any text may grow to."""
GROWTH = 50
"""How many times its own nodes a text may grow to: rows that take up a dictionary of defaults grow four or five
times."""
DEEPEST = 100
"""Levels of lists and dictionaries in each other."""

_ENDLESS = "is nested too deeply, or has an alias that contains itself"


def too_large(text: str) -> str | None:
    """Why a text is not to be built, as the rest of a sentence; None if it can be. What is no YAML is somebody else's
    problem."""
    sizes: dict[str, int] = {}
    # One entry for each list or dictionary that is open: its anchor, and the nodes in it so far.
    nested: list[tuple[str | None, int]] = []
    opened: set[str] = set()
    written = total = 0

    def add(size: int) -> None:
        nonlocal total
        if nested:
            anchor, before = nested[-1]
            nested[-1] = (anchor, before + size)
        else:
            total += size

    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                written += 1
                if event.anchor in opened:
                    return _ENDLESS
                add(sizes.get(event.anchor or "", 1))
            elif isinstance(event, yaml.ScalarEvent):
                written += 1
                if event.anchor:
                    sizes[event.anchor] = 1
                add(1)
            elif isinstance(event, yaml.CollectionStartEvent):
                written += 1
                nested.append((event.anchor, 1))
                if event.anchor:
                    opened.add(event.anchor)
                if len(nested) > DEEPEST:
                    return _ENDLESS
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size = nested.pop()
                if anchor:
                    sizes[anchor] = size
                    opened.discard(anchor)
                add(size)
    except (yaml.YAMLError, RecursionError):
        return None
    if total > ROOM + GROWTH * written:
        return f"expands from {written} to {_shown(total)} values through aliases; write them out"
    return None


def _shown(number: int) -> str:
    return str(number) if number < 10**9 else "more than a billion"
