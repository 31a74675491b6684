# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What happens on the control node before and after a task of ``customer_users`` that names files there."""

from __future__ import annotations

import typing as t

from ...module_utils._common.errors import CollectionError, Defect
from ...module_utils._common.failure import of_error
from .declared import OPTIONS, refuse_records_among, with_declarations
from .groups import with_groups
from .lookups import reader
from .written import OPTIONS as WRITTEN
from .written import TaskFiles

_GIVEN = (*OPTIONS, *WRITTEN, "customer_id", "customer_domain", "return_rows")


def around(
    task: t.Any, loader: t.Any, templar: t.Any, task_vars: dict[str, t.Any], run: t.Callable[[], dict[str, t.Any]]
) -> dict[str, t.Any]:
    """The result of the task, with rows from files, and in files. The task is left as it was, because it may be tried
    again.

    :param task: Ansible's task.
    :param run: runs the module with the options that the task has then.
    """
    given = task.args
    try:
        files = TaskFiles(
            given,
            loader.get_basedir(),
            reads=[path for name in ("declarations", "records") for path in _texts(given.get(name))],
            check_mode=bool(task.check_mode),
            detached=bool(task.async_val),
        )
        refuse_records_among(given, loader.get_basedir())
        declared = with_declarations(given, reader(loader, templar, task_vars))
        args = files.args(with_groups(declared, task_vars))
        files.begin()
    except CollectionError as exc:
        return {**of_error(exc), "changed": False}
    except Exception as exc:
        return {**of_error(Defect(exc)), "changed": False}
    try:
        task.args = args
        result = run()
    finally:
        task.args = given
    return files.finish(_as_given(result, given))


def _as_given(result: dict[str, t.Any], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The invocation with the files that the task names, and not with what was in them."""
    shown = (result.get("invocation") or {}).get("module_args")
    if isinstance(shown, dict):
        if any(given.get(name) is not None for name in OPTIONS):
            shown["customers"] = None
        shown.update({name: given[name] for name in _GIVEN if name in given})
    return result


def _texts(value: t.Any) -> list[str]:
    return [item for item in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(item, str)]
