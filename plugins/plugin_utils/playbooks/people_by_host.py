# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Declarations of people where each customer is a host with its own file: nobody would compare them, and a report
that passes them over says that there is no drift."""

from __future__ import annotations

import os
import typing as t

from ...module_utils._common.problem import Problem
from ...module_utils._common.text import first_few
from ..declarations.files import declaration_files, shown_name
from ..task_files.declared import Read, Unreadable

_VAULT = b"$ANSIBLE_VAULT"


def problems_by_host(given: t.Mapping[str, t.Any], read: Read) -> list[str]:
    """Why the folder of declarations cannot be compared host by host. :param given: variables of ``drift_report``."""
    directory = given.get("directory")
    if not isinstance(directory, str) or not os.path.isdir(directory):
        return []
    found = [shown_name(path, directory) for path in declaration_files(directory) if _is_people(path, read)]
    if not found:
        return []
    said = (
        f"{first_few(found, 5)} declares people for many customers, and here each customer is a host with its own "
        "file. Compare the folder without target, in one task, or keep people in another folder."
    )
    return [Problem(said, "contradiction", option="drift_directory")]


def _is_people(path: str, read: Read) -> bool:
    try:
        with open(path, "rb") as handle:
            content = handle.read()
        # Most files are of customers, and are read by their hosts.
        if b"people" not in content and not content.startswith(_VAULT):
            return False
        return any("people" in block for block in read("declarations", [path]))
    except (OSError, Unreadable):
        return False  # the host whose file it is says so
