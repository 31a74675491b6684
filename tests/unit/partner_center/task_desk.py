"""A partner with one customer, and whole tasks about its users on paper."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_user import (
    DEFINITION as ONE,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import temporary
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from support.paper_partner import Customer, Partner, Person

NOW = datetime.now(timezone.utc).replace(microsecond=0)
HELPDESK, READER = "Helpdesk Administrator", "Reports Reader"
Options = dict[str, t.Any]


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


class Desk:
    """A partner with one customer, and a place for files."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.partner = Partner(NOW)
        self.customer: Customer = self.partner.customer(0)

    def person(self, local: str = "ada", **values: t.Any) -> Person:
        return self.customer.add(f"{local}@{self.customer.domain}", **values)

    def rows(self, *rows: Options, check: bool = False, **more: t.Any) -> Options:
        """A task about users of the customer; ``local`` stands for the name."""
        users = [
            {"user_principal_name": f"{row.pop('local', 'ada')}@{self.customer.domain}", **row}
            for row in map(dict, rows)
        ]
        return self.partner.run(
            DEFINITION, {"customer_id": self.customer.id, "users": users, **self._files(), **more}, check
        )

    def one(self, row: Options, check: bool = False) -> Options:
        options = {"customer_id": self.customer.id, "user_principal_name": f"ada@{self.customer.domain}", **row}
        files = {name: path for name, path in self._files().items() if name != "record_directory"}
        return self.partner.run(ONE, {**options, **files}, check)

    def people(self, *people: Options, check: bool = False, task: Options | None = None, **more: t.Any) -> Options:
        """A task about people; without display_name it is the same for all."""
        declared = {
            "name": "t",
            "record_file": str(self.place / "people.jsonl"),
            "customers": {"all": True},
            "people": [{"display_name": "Somebody", **each} for each in people],
            **more,
        }
        defaults = {"user_principal_name": "{local}@{customer.default_domain}", "usage_location": "US"}
        declared["defaults"] = {**defaults, **declared.get("defaults", {})}
        return self.partner.run(DEFINITION, {"people": declared, **self._files(), **(task or {})}, check)

    def _files(self) -> Options:
        access = self.place / "access.json"
        return {
            "access_file": str(access),
            **({} if access.exists() else {"access_file_new": True}),
            "credentials_file": str(self.place / "credentials.jsonl"),
            "record_directory": str(self.place / "deleted"),
        }

    @property
    def grants(self) -> list[Options]:
        return json.loads((self.place / "access.json").read_text())["grants"]


def reasons(result: Options) -> list[str | None]:
    return [row["reason"] for row in result["rows"]]


def due(desk: Desk) -> Options:
    """Options with which the playbook ends what is due; none if the record has nothing that could end."""
    return temporary.options(Run({"action": "end_due", "file": str(desk.place / "access.json")}))
