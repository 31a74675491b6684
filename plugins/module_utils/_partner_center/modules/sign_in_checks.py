# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an examination finds: checks, and their order."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

ORDER = ("failed", "warning", "unknown", "skipped", "ok")
"""The words of a check, worst first."""

Note = t.Callable[..., None]
"""Takes what a step found: name, status, finding and what to do about it (empty when there is nothing to do)."""


@dataclass(frozen=True)
class Check:
    """What one step found, and what to do about it (empty when there is nothing to do)."""

    name: str
    status: str
    finding: str
    action: str = ""

    def result(self) -> dict[str, str]:
        """The check as a module returns it."""
        return {"check": self.name, "status": self.status, "finding": self.finding, "action": self.action}


def unconfigured(problems: t.Sequence[str]) -> list[Check]:
    """The checks of options that cannot be used."""
    return [
        *(
            Check("options", "failed", problem, "Correct the options or the environment variables.")
            for problem in problems
        ),
        Check("sign-in", "skipped", "The options cannot be used."),
    ]


def worst_first(checks: t.Iterable[Check]) -> list[Check]:
    """The checks in the order of a table; among equals the order in which they were made."""
    return sorted(checks, key=lambda check: ORDER.index(check.status))
