# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Text in Markdown as GitHub and GitLab render it, without letting any of it become markup.

Backslashes and character references do not do: both services look for addresses, mentions and references in the text
after those are resolved. Inside of a code span they look for nothing. So whatever comes from a result stands in a code
span.
"""

from __future__ import annotations

import html
import re

from ...module_utils._common.visible import visible
from .text import cut

LONGEST = 400
"""Characters of one value. The rest is counted; the JSON report has it."""

# In a table a bar ends the cell even inside of a code span, and whether a backslash saves it depends on the service. A
# brace in front of another one could be taken for a template. Both leave the span, as character references.
_OUTSIDE = re.compile(r"(\|+|\{(?=[{%#]))")
_TICKS = re.compile("`+")
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[ ,] ?[A-Za-z0-9]+)*")


def code(text: str, longest: int = LONGEST) -> str:
    """A code span, for anywhere in a line."""
    parts = _OUTSIDE.split(cut(visible(text), longest))
    return "".join(
        "".join(f"&#{ord(char)};" for char in part) if place % 2 else _span(part) for place, part in enumerate(parts)
    )


def title(text: str) -> str:
    """A title: as it is if it holds nothing but words, otherwise a code span."""
    return (
        text
        if _PLAIN.fullmatch(text) and len(text) <= LONGEST and not text.lower().startswith("gh")
        else code(text, 200)
    )


def html_code(text: str) -> str:
    """A code element, for the inside of an HTML block, where Markdown is not read."""
    return f"<code>{html.escape(cut(visible(text), LONGEST)).replace('{', '&#123;')}</code>"


def _span(text: str) -> str:
    if not text:
        return ""
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    # One space on each side is taken away again by the renderer, unless there is nothing but spaces.
    pad = " " if text.strip(" ") and (text[0] in "` " or text[-1] in "` ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
