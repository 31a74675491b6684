"""The table of docs/azure-pack-states.md as data: the documentation is the specification that the tests run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "azure-pack-states.md"
STATES = ("present", "suspended", "absent")
SITUATIONS = ("none", "pending", "active", "suspended", "deleting", "deletion failed", "out of sync")
POLICIES = ("fail", "delete", "orphan")
_ROW = re.compile(
    r"^\| `(present|suspended|absent)` \| ([a-z ]+) \| (any|`[a-z`, ]+) \| (unchanged|changed|fails) \| (\w+|–) "
    r"\| (`(True|False)` `(True|False)`|–) \| (.*) \|$"
)


@dataclass(frozen=True)
class Case:
    """One row. ``result`` is unchanged, changed or fails; ``operation`` an action, or None; ``flags`` are deleteSubscriptions and force, or None."""

    state: str
    situation: str
    policy: str
    result: str
    operation: str | None
    flags: tuple[bool, bool] | None
    remark: str

    @property
    def name(self) -> str:
        """Usable as a test id and as a user name."""
        return f"{self.state}-{self.situation.replace(' ', '-')}-{self.policy}"


def cases() -> list[Case]:
    """All rows of the table, in its order; a row for any policy, or for several, is as many cases."""
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        match = _ROW.match(line)
        if match:
            state, situation, policies, result, operation, flags, first, second, remark = match.groups()
            sent = None if flags == "–" else (first == "True", second == "True")
            done = None if operation == "–" else operation
            for policy in POLICIES if policies == "any" else re.findall(r"`(\w+)`", policies):
                found.append(Case(state, situation, policy, result, done, sent, remark))
    return found
