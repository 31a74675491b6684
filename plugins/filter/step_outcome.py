# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter step_outcome: what a step of a playbook has said, and about whom it said nothing. Documentation:
step_outcome.yml.
"""

from __future__ import annotations

import typing as t

from ..plugin_utils.playbooks import outcomes as step_outcomes


def step_outcome(result: t.Any, user_ids: t.Sequence[str] | None = None, rows: int | None = None) -> dict[str, t.Any]:
    """By user, if there are ids; several results as one; else by the summary."""
    if user_ids is not None:
        return step_outcomes.of_users(result, [str(user_id) for user_id in user_ids])
    if isinstance(result, (list, tuple)):
        return step_outcomes.of_tasks(result)
    return step_outcomes.of_rows(result, None if rows is None else int(rows))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name and its function."""
        return {"step_outcome": step_outcome}
