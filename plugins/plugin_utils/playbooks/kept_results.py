# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results of many hosts, on their way to the end of a playbook: Ansible copies, cleans and keeps each row of a result
several times, and only the report at the end reads those of users who are as declared. Until then they are in a file of
this run, in the folder that Ansible removes when it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t

from ...module_utils._common.files import reason
from ...module_utils._common.returned import CUT, returned

PROBLEMS = "variable_problems"
"""The key of a registered result with what is wrong with the variables of its host."""
KEPT = "result_file"
"""The key of a registered result with the file that has it whole."""

Result = t.Mapping[str, t.Any]


class Lost(Exception):
    """A result that cannot be read again; the text says why."""


def kept(result: dict[str, t.Any], directory: str) -> dict[str, t.Any]:
    """The result with the rows that differ, and the file with all of them. Where no file can be written, it is as it
    was.

    :param directory: private to this run, which removes it.
    """
    if "rows" not in result:
        return result
    path = None
    try:
        handle, path = tempfile.mkstemp(prefix="result-", suffix=".json", dir=directory)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(result))
    except (OSError, TypeError, ValueError):
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)
        return result
    return {**returned(result, "changed"), KEPT: path}


def whole(result: Result) -> Result:
    """The result that was kept; any other one is returned as it is.

    :raises Lost: it is not there any more. No news is no good news.
    """
    if KEPT not in result:
        return result
    try:
        with open(str(result[KEPT]), encoding="utf-8") as file:
            found = json.load(file)
    except OSError as exc:
        raise Lost(f"The result {result[KEPT]} cannot be read ({reason(exc)}).") from None
    except ValueError:
        raise Lost(f"The result {result[KEPT]} is not JSON.") from None
    # What Ansible has made of the task since counts, such as that it failed.
    return {**found, **{name: value for name, value in result.items() if name not in CUT}}
