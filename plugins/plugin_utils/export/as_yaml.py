# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A declaration of one customer as YAML that people read in a diff: one key on a line, the same bytes for the same
data.

The shape is known and small, so it is written directly. That is many times faster than a general emitter, which matters
with thousands of users.
"""

from __future__ import annotations

import json
import re
import typing as t

SCHEMA = (
    "# yaml-language-server: "
    "$schema=https://raw.githubusercontent.com/tenantops/partner_center/main/docs/tenant.schema.json"
)

_PLAIN = re.compile(r"[^\W\d_][\w.@'+/()-]*(?: [\w.@'+/()&-]+)*")
_WORDS = frozenset("y n yes no true false on off null none".split())
"""What YAML 1.1 or a person may take for something other than a text."""
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""What JSON leaves as it is and YAML does not allow, or nobody could see."""


def to_yaml(declaration: t.Mapping[str, t.Any], comments: t.Iterable[str] = ()) -> str:
    """The text of a file. :param comments: lines that go to its top."""
    lines = [SCHEMA, *(f"# {_line(comment)}" for comment in comments)]
    for key, value in declaration.items():
        if key != "users":
            lines.append(f"{key}: {scalar(value)}")
    if declaration["users"]:
        lines.append("users:")
        for row in declaration["users"]:
            lines += _row(row)
    else:
        lines.append("users: []")
    return "\n".join(lines) + "\n"


def scalar(value: t.Any) -> str:
    """A text, a boolean, a whole number or a list of texts and small dictionaries, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return (
            "["
            + ", ".join(
                scalar(item) if isinstance(item, (t.Mapping, list, tuple)) else _inner(str(item)) for item in value
            )
            + "]"
        )
    if isinstance(value, t.Mapping):
        return (
            "{"
            + ", ".join(
                f"{key}: {scalar(item) if isinstance(item, (list, tuple)) else _inner(str(item))}"
                for key, item in value.items()
            )
            + "}"
        )
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else _quoted(text)


def _inner(text: str) -> str:
    """A text inside of brackets; part numbers and names of roles need no more than this."""
    return (
        text if re.fullmatch(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", text) and text.lower() not in _WORDS else _quoted(text)
    )


def _quoted(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _row(row: t.Mapping[str, t.Any]) -> list[str]:
    lines = []
    for key, value in row.items():
        if key == "licenses" and any(isinstance(item, t.Mapping) for item in value):
            lines += [f"{key}:", *(f"  - {scalar(item)}" for item in value)]
        else:
            lines.append(f"{key}: {scalar(value)}")
    return [("  - " if number == 0 else "    ") + line for number, line in enumerate(lines)]


def _line(comment: str) -> str:
    """A comment cannot end early."""
    return " ".join("".join(char if char.isprintable() else " " for char in comment).split())
