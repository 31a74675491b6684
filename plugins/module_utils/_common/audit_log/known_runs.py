# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The runs that a log knows, by the correlation id under which a service keeps what they did."""

from __future__ import annotations

import typing as t

from .. import paths
from ..identifiers import guid_key
from .chain import read_line
from .chained_file import files_of


def known_runs(path: str) -> dict[str, dict[str, t.Any]]:
    """When each run began, by whom and where; who was signed in, if it wrote. Lines that are not what was written say
    nothing, and what cannot be read knows no run."""
    runs: dict[str, dict[str, t.Any]] = {}
    for name in files_of(path):
        try:
            content = paths.read(name)[0]
        except OSError:
            continue
        for line in content.split(b"\n"):
            if b'"run_started"' not in line and b'"write_intended"' not in line:
                continue
            entry = read_line(line)
            if entry is None:
                continue
            values = entry.values
            correlation, who = guid_key(values.get("correlation_id") or ""), values.get("who") or {}
            if entry.kind == "run_started":
                runs[correlation] = {
                    "time": values.get("time"),
                    "module": values.get("module"),
                    "local_user": who.get("local_user"),
                    "host": who.get("host"),
                    "change_reference": values.get("change_reference"),
                    "user_principal_name": None,
                }
            elif entry.kind == "write_intended" and correlation in runs:
                runs[correlation]["user_principal_name"] = who.get("user_principal_name")
    return runs
