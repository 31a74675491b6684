# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""User names: how two are compared, which may enter a URL, and how they are written there.

The name is the key of a user and a segment of the path; there is no other id. Source: Windows Azure Pack REST
reference, "Retrieve a User".
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from .._common.errors import OptionError
from .._common.problem import Problem
from .._common.text import nfc, shown, unprintable

UNSAFE = "/\\%&:*?<>#"
"""ASP.NET answers 400 to a path with one of these, however it is encoded, before the service sees it (httpRuntime
requestPathInvalidCharacters); a slash would address something else."""

LONGEST = 256
"""Characters; Windows' HTTP driver refuses longer segments of a path (UrlSegmentMaxLength)."""


def name_key(name: str) -> str:
    """The normal form of a name: trimmed, NFC, ordinal lower case (never a locale's rules)."""
    return nfc(name.strip()).lower()


def name_problems(name: str) -> list[str]:
    """Why a name cannot be the name of a user here, as parts of sentences; empty if it can."""
    if not name:
        return ["is empty"]
    if (
        unprintable(name)
        or any(unicodedata.category(char) == "Cf" for char in name)
        or any(char.isspace() and char != " " for char in name)
    ):
        return ["holds control characters, invisible characters or white space other than a space"]
    if holds_several(name):
        example = '-e \'{"NAME": ["a@x.example", "b@x.example"]}\''
        return [f"holds several names; use a list, on the command line as JSON: {example}"]
    problems = []
    found = [char for char in UNSAFE if char in name]
    if found:
        problems.append(
            f"holds {' '.join(found)}, and the web server of Windows Azure Pack takes no user name with / \\ % & : * ? "
            "< > # in a path"
        )
    if name.endswith("."):
        problems.append("ends with a dot, which Windows removes from a path, so it would mean another user")
    if len(name) > LONGEST:
        problems.append(f"has {len(name)} characters, {LONGEST} are allowed in a path")
    return problems


def holds_several(name: str) -> bool:
    """Whether a text is a list of names, and not a name: a list or dictionary as JSON, YAML or Python write it, or
    several addresses with something between them."""
    text = name.strip()
    if (text[:1], text[-1:]) in (("[", "]"), ("{", "}")):
        return True
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    return len(parts) > 1 and all("@" in part.strip("@") for part in parts)


def segment(name: str) -> str:
    """A name as one segment of a path. :raises OptionError: the last gate before a URL; callers have validated
    already."""
    if name != name.strip() or name_problems(name):
        raise OptionError([Problem(f"{shown(name)} is not a name from which a URL may be built.", "not_a_name")])
    return quote(name, safe="@")
