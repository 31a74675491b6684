# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The option ``people`` of a task."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._common.change_reference import reference_problems, task_reference
from ..._common.problem import Problem
from ..declare.customers import declare_customers
from ..declare.declared import CustomerDeclaration, DeclaredCustomers
from ..declare.people_spec import SPEC
from ..module import PartnerCenterTask
from ..session import Session

if t.TYPE_CHECKING:
    from ..declare.people import People
    from ..run.people import PeopleRun
    from ..run.people_record import PeopleRecord

PEOPLE_OPTION = SPEC
_OTHERS = ("users", "customer_id", "customer_domain")
_OF_CUSTOMERS = ("defaults", "purge_scope", "purge_protected")
"""What is for the users of customers that are declared one by one, and not for people."""
_TAKEN_OUT = "users who are taken out of the list"


@dataclass
class PeopleOption:
    """What a task declares."""

    people: People | None
    record: PeopleRecord
    sample: CustomerDeclaration
    """The rows at a customer that is made up, for what is asked of rows before the first request."""
    change_reference: str | None = None
    customers: list[CustomerDeclaration] = field(default_factory=list)
    """What is declared beside them, one by one."""

    def at_work(self, session: Session, writes: bool, parallel: int) -> t.ContextManager[PeopleRun]:
        """The run, see :func:`run.people.prepared`."""
        from ..run.people import prepared  # most tasks declare no people, and need none of it

        people = t.cast("People", self.people)
        return prepared(people, self.record, session, writes=writes, parallel=parallel, customers=self.customers)

    def declared(self, module: PartnerCenterTask) -> DeclaredCustomers:
        """All that the task declares, with the customers that are declared one by one."""
        if module.given.get("customers") is None:
            return DeclaredCustomers([self.sample], change_reference=self.change_reference)
        found = declare_customers(module.given, module.params, self.sample.rows, {_TAKEN_OUT: self.change_reference})
        self.customers = found.customers
        return DeclaredCustomers([*found.customers, self.sample], found.problems, self.change_reference)


def bare(value: t.Any) -> t.Any:
    """What the argument spec gets to see: the path. The rest is validated from what was written, as rows are."""
    path = value.get("record_file") if isinstance(value, dict) else None
    return {"record_file": path} if isinstance(path, str) else {}


def people_of(module: PartnerCenterTask, problems: list[str]) -> PeopleOption | None:
    """What the option says, and everything that is wrong with it; None if there is none.

    :param problems: takes what is wrong.
    """
    params, given = module.params, module.given
    if given.get("people") is None:
        return None
    from ..declare.people_options import declare_people
    from ..run.people_record import PeopleRecord

    alone = given.get("customers") is None
    # Beside customers, what is wrong with references is said once, about all rows: by PeopleOption.declared.
    reference = task_reference(given, problems if alone else [])
    people, rows, found = declare_people(given["people"], bool(params["credentials_file"]), reference)
    problems += found + (reference_problems(given, rows, {_TAKEN_OUT: reference}) if alone else [])
    others = [name for name in _OTHERS if given.get(name) is not None]
    if alone:
        others += [name for name in _OF_CUSTOMERS if given.get(name) is not None] + ["purge"] * bool(params["purge"])
    if others:
        said = f"people and {', '.join(others)} are mutually exclusive: declare other users in customers."
        problems.append(Problem(said, "contradiction", option="people"))
    if not params["record_directory"]:
        said = "people needs record_directory: its records restore users who are removed from the list."
        problems.append(Problem(said, "option_missing", option="record_directory"))
    path = (params["people"] or {}).get("record_file") or ""
    record = PeopleRecord(path, people.name if people else "", module.interruption)
    if people:
        problems += filter(None, [record.check(not module.check_mode and params["mode"] != "plan")])
    return PeopleOption(people, record, CustomerDeclaration(None, None, tuple(rows)), reference)
