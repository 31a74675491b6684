"""The table of docs/states.md as data: the documentation is the specification that the tests run."""

from __future__ import annotations

import re
import typing as t
import uuid
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "states.md"
POLICIES = ("fail", "restore", "create")
SITUATIONS = ("active", "one deleted", "several deleted", "active and deleted", "none", "purged")
_ROW = re.compile(
    r"^\| `(present|absent|restored)` \| ([a-z ]+) \| (any|`[a-z`, ]+) \| (unchanged|changed|fails) \| (\w+|–) \|"
)


@dataclass(frozen=True)
class Case:
    """One row: ``result`` is unchanged, changed or fails; ``operation`` an action, or None."""

    state: str
    situation: str
    on_deleted: str
    result: str
    operation: str | None

    @property
    def name(self) -> str:
        """Usable as a test id and as a local part."""
        return f"{self.state}-{self.situation.replace(' ', '-')}-{self.on_deleted}"


def cases() -> list[Case]:
    """All rows of the table, in its order; a row for any policy, or for several, is as many cases."""
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        match = _ROW.match(line)
        if match:
            state, situation, policies, result, operation = match.groups()
            for on_deleted in POLICIES if policies == "any" else re.findall(r"`(\w+)`", policies):
                found.append(Case(state, situation, on_deleted, result, None if operation == "–" else operation))
    return found


PASSWORD = "Correct-Horse-7"
NAMES = {case: f"customer{index:02d}" for index, case in enumerate(cases())}


def customer_id(case: Case) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, NAMES[case]))


def upn(case: Case) -> str:
    return f"ada@{NAMES[case]}.example"


def seed(case: Case) -> dict[str, t.Any]:
    """A customer of its own, so that the log can be read case by case."""
    name = NAMES[case]
    user = {"user_principal_name": upn(case), "display_name": "Ada", "usage_location": "GB"}
    users = {
        "active": [user],
        "one deleted": [{**user, "deleted_days_ago": 3}],
        "several deleted": [{**user, "deleted_days_ago": 3}, {**user, "deleted_days_ago": 9}],
        "active and deleted": [user, {**user, "deleted_days_ago": 3}],
        "none": [],
        "purged": [{**user, "deleted_days_ago": 31}],
    }[case.situation]
    return {
        "id": customer_id(case),
        "company_name": name,
        "domain": f"{name}.example",
        "custom_domains": [f"{name}.example"],
        "users": users,
    }


def row(case: Case) -> dict[str, t.Any]:
    return {
        "user_principal_name": upn(case),
        "display_name": "Ada",
        "usage_location": "GB",
        "password": PASSWORD,
        "state": case.state,
        "on_deleted": case.on_deleted,
    }
