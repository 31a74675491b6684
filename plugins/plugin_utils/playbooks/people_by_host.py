# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Declarations of people where each customer is a host with its own file: nobody would compare them, and a report
that passes them over says that there is no drift."""

from __future__ import annotations

import os
import re
import typing as t

from ...module_utils._common.problem import Problem
from ...module_utils._common.text import first_few
from ..declarations.files import declaration_files, shown_name
from ..task_files.declared import Read, Unreadable

_VAULT = b"$ANSIBLE_VAULT"
_PEOPLE = re.compile(rb"^[\s{]*[\"']?people[\"']?\s*:", re.MULTILINE)


def problems_by_host(given: t.Mapping[str, t.Any], read: Read) -> list[str]:
    """Why the folder of declarations cannot be compared host by host. :param given: variables of ``drift_report``."""
    directory = given.get("directory")
    if not isinstance(directory, str) or not os.path.isdir(directory):
        return []
    kinds = {shown_name(path, directory): _kind(path, read) for path in declaration_files(directory)}
    problems = []
    found = [name for name, kind in kinds.items() if kind == "people"]
    if found:
        said = (
            f"{first_few(found, 5)} declares people for many customers, but here each customer is a host with its own "
            "file. Compare the folder without target, in one task, or keep people in another folder."
        )
        problems.append(Problem(said, "contradiction", option="drift_directory"))
    unknown = [name for name, kind in kinds.items() if kind == "unknown"]
    if unknown:
        said = (
            f"{first_few(unknown, 5)} cannot be read, and may declare people, which no host compares. Correct the file."
        )
        problems.append(Problem(said, "file_unreadable", option="drift_directory"))
    return list(problems)


def _kind(path: str, read: Read) -> str:
    """What a file declares: ``people``, ``customers``, or ``unknown`` for one that cannot be read and may be of
    people."""
    try:
        with open(path, "rb") as handle:
            content = handle.read()
        # Most files are of customers, and are read by their hosts.
        if b"people" not in content and not content.startswith(_VAULT):
            return "customers"
        return "people" if any("people" in block for block in read("declarations", [path])) else "customers"
    except OSError:
        return "unknown"
    except Unreadable:
        # Of a file that shows to be of a customer, the host whose file it is says so.
        return "unknown" if content.startswith(_VAULT) or _PEOPLE.search(content) else "customers"
