# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as a CSV file in the format of the Partner Center portal. Documented in to_portal_csv.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import is_sequence
from ansible.module_utils.parsing.convert_bool import boolean

from ..plugin_utils.portal_csv.journal import JournalError
from ..plugin_utils.portal_csv.problem import SEPARATORS
from ..plugin_utils.portal_csv.result import to_csv
from ..plugin_utils.running.trust import untrusted
from ..plugin_utils.task_files.handover import passwords


def to_portal_csv(
    rows: t.Any,
    users: t.Any = None,
    *,
    bom: t.Any = True,
    separator: t.Any = ",",
    planned: t.Any = False,
    credentials_file: t.Any = None,
) -> str:
    """The text of the file.

    :raises AnsibleFilterError: when something else was given than rows of a result, or the journal of passwords cannot
        be used.
    """
    results = _mappings(rows, "takes the rows of a result of customer_users, as in result.rows")
    declared = _mappings(users, "takes the rows that were declared as users") if users is not None else []
    separator = "\t" if separator in ("tab", "\\t") else separator
    if separator not in SEPARATORS:
        raise AnsibleFilterError("to_portal_csv: separator is ',' or ';' or 'tab'.")
    if credentials_file is not None and not str(credentials_file).strip():
        raise AnsibleFilterError("to_portal_csv: credentials_file is empty. Leave it out, or specify a file.")
    try:
        revealed = passwords(results, str(credentials_file)) if credentials_file is not None else None
        return untrusted(
            to_csv(
                results,
                declared,
                bom=boolean(bom),
                separator=str(separator),
                planned=boolean(planned),
                passwords=revealed,
            )
        )
    except (JournalError, TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"to_portal_csv: {exc}") from None


def _mappings(value: t.Any, what: str) -> list[t.Mapping[str, t.Any]]:
    if not is_sequence(value) or not all(isinstance(item, t.Mapping) for item in value):
        raise AnsibleFilterError(f"to_portal_csv {what}.")
    return list(value)


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name and function."""
        return {"to_portal_csv": to_portal_csv}
