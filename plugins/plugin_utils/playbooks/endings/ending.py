# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How a playbook ends: one word, one sentence, the counts, and the files that say so."""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass, field

from ....module_utils._common.audit_log.run_log import SPEC as AUDIT_SPEC
from ....module_utils._common.change_reference import REFERENCE_SPEC
from ....module_utils._common.outcomes import Status
from ....module_utils._partner_center.plan.operations import COUNTED
from ..outcomes import of_rows

Result = t.Mapping[str, t.Any]
ACTIONS = ("delete", *(action for action in COUNTED if action != "delete"))
COUNTS = ("rows", *ACTIONS, *(status.value for status in Status))
PROOF = (*REFERENCE_SPEC, *AUDIT_SPEC)
"""Options of every module that writes users, as the variables are called: under which change, and the log of it."""
INTERRUPTED = "interrupted"
NO_RESULT = "There is no result."


@dataclass(frozen=True)
class Host:
    """What a host of the play has left.

    :ivar problems: what is wrong with its own variables.
    :ivar steps: its registered results by the name of the step.
    """

    name: str
    customer: bool = False
    broken: str = ""
    problems: t.Sequence[str] = ()
    steps: t.Mapping[str, Result] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What a run of a playbook has left for its end.

    :ivar given: its variables, checked.
    :ivar problems: what is wrong with them.
    :ivar broken: what a task said that failed and was not meant to.
    :ivar steps: registered results by the name of the step.
    :ivar host: the host of the play that comes to its end.
    :ivar began: when it began, in seconds since 1970 UTC.
    :ivar read: reads files as the lookups do.
    :ivar blocks: reads the files that the variables name, once more: what they declare, by customer.
    """

    given: t.Mapping[str, t.Any]
    check_mode: bool = False
    diff_mode: bool = False
    broken: str = ""
    steps: t.Mapping[str, Result] = field(default_factory=dict)
    host: str = ""
    hosts: t.Sequence[Host] = ()
    problems: t.Sequence[str] = ()
    began: float = 0.0
    read: t.Callable[..., t.Any] = field(default=lambda *_terms, **_options: [])
    blocks: t.Callable[[], t.Sequence[Result]] = tuple
    exists: t.Callable[[str], bool] = os.path.lexists

    def declared(self) -> list[Result]:
        """The rows of these files."""
        return [row for block in self.blocks() for row in block["users"]]

    def step(self, name: str) -> Result:
        """The result of a step; empty if it did not run."""
        return ran(self.steps.get(name))


@dataclass(frozen=True)
class Ending:
    """The end. :ivar facts: what ``result.json`` has besides the word and the sentence, in this order. :ivar files:
    contents of further files by name.
    :ivar people: a line for everybody who is affected, for those who look."""

    status: str
    message: str
    bad: bool
    facts: t.Mapping[str, t.Any] = field(default_factory=dict)
    files: t.Mapping[str, str] = field(default_factory=dict)
    people: t.Sequence[str] = ()

    def result(self) -> dict[str, t.Any]:
        """What the playbook goes on with."""
        said = f"{self.status}: {self.message}"
        return {
            "status": self.status,
            "message": self.message,
            "said": said,
            "bad": self.bad,
            "people": list(self.people),
            **self.facts,
        }

    def contents(self) -> dict[str, str]:
        """The files of the end, by name."""
        said = {"status": self.status, "message": self.message, **self.facts}
        return {**self.files, "result.json": json.dumps(said, indent=4, ensure_ascii=False) + "\n"}


def ran(result: t.Any) -> Result:
    """A registered result, or an empty one where nothing was run or registered."""
    if not isinstance(result, t.Mapping) or result.get("skipped"):
        return {}
    return result


def reason_of(result: Result) -> str | None:
    """The stable word of a result that failed."""
    failure = result.get("failure")
    return str(failure.get("reason")) if isinstance(failure, t.Mapping) else None


def counted(result: Result, more: t.Sequence[str] = ()) -> dict[str, int]:
    """The counts of a result, zeros where there are none."""
    counts = of_rows(result)["counts"]
    return {name: int(counts.get(name, 0)) for name in (*COUNTS, *more)}
