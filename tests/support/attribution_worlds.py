# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random worlds in which somebody changes users, and audit records tell some of it.

Users of a customer are changed by several actors of the partner, by applications, by runs of the collection, and by administrators of the customer,
who leave no record. Of the partner's records some are missing, some are late, some come twice or without the values before; and others are of another
customer whose users have the same names.

A record tells who made a value if it arrives, says what was changed, and no later record leaves that open again: one without values may be about the
same thing, and with a user who is deleted or restored licenses and roles may go or come back.

What nobody could tell is left out: that an unseen change takes a value away and another unseen one brings it back looks like nothing at all. So an
unseen change never makes again what a record made.
"""

from __future__ import annotations

import json
import random
import typing as t
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.audit_records import (
    AuditRecord,
    record_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.attribution import (
    Question,
    attribute,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.attributing import described

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
OUTSIDE = "outside"
ACTORS = ("ann@partner.example", "bob@partner.example", "svc@partner.example", "")
"""The last one is an application alone."""
APPLICATION = str(uuid.UUID(int=9))
SKUS = [str(uuid.UUID(int=number)) for number in (71, 72)]
ROLES = [str(uuid.UUID(int=number)) for number in (81, 82)]
FIELDS = ("DisplayName", "FirstName", "UsageLocation")
NAMES = {"DisplayName": "display_name", "FirstName": "first_name", "UsageLocation": "usage_location"}


@dataclass
class Person:
    """A user. ``made``: by what can differ the event that made it so; None at the beginning."""

    id: str
    upn: str
    values: dict[str, str]
    held: set[str] = field(default_factory=set)
    state: str = "active"
    made: dict[str, Event | None] = field(default_factory=dict)
    told: dict[str, t.Any] = field(default_factory=dict)
    """By what can differ the value that the last record about it made."""


@dataclass
class Event:
    """A change. ``told``: whether its record arrives, and says which user it is about."""

    actor: str
    correlation_id: str
    told: bool
    ours: bool
    """Whether a run of the collection did it whose log is there."""
    open: bool = False
    """Whether a later record may be about the same thing."""


@dataclass
class Judged:
    """What became of the differences of a world."""

    differences: int = 0
    arrived: int = 0
    """Of how many the record of the one who made it so arrives."""
    tellable: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)


class World:
    """One customer and its neighbor."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.customers = [self.guid(), self.guid()]
        self.partner = self.guid()
        self.people = {
            customer: [
                Person(
                    self.guid(),
                    f"user{number}@contoso.example",
                    {name: f"{name} {number}" for name in FIELDS},
                    set(source.sample([*SKUS, *ROLES], source.randint(0, 3))),
                )
                for number in range(3)
            ]
            for customer in self.customers
        }
        self.now = START
        self.known: dict[str, dict[str, t.Any]] = {}
        self.items: list[dict[str, t.Any]] = []
        for _number in range(source.randint(1, 25)):
            self.step()

    def guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def step(self) -> None:
        """Somebody changes one thing about one user."""
        source = self.random
        self.now += timedelta(seconds=source.choice([0.001, 1, 60, 5000]))
        customer = source.choice([self.customers[0], self.customers[0], self.customers[1]])
        person = source.choice(self.people[customer])
        outside = source.random() < 0.3
        # Late: the service has written it down, and does not show it yet.
        missing = source.random() < 0.1
        bare = source.random() < 0.08  # without the values before it
        ours = not outside and source.random() < 0.3
        actor = OUTSIDE if outside else "svc@partner.example" if ours else source.choice(ACTORS)
        event = Event(actor, self.guid(), not outside and not missing and not bare, ours)
        seen = not outside and not missing
        if ours:
            log = {"time": "2026", "local_user": "u", "host": "h", "user_principal_name": source.choice([actor, None])}
            self.known[event.correlation_id] = log
        change = source.choice(["attribute"] * 3 + ["license", "role", "state"])
        before = self._resource(person)
        if person.state == "deleted" or change == "state":
            key, value = "state", "active" if person.state == "deleted" else "deleted"
        elif change == "attribute":
            key = source.choice(FIELDS)
            pool = [f"{key} {number}" for number in range(3)] if seen and not bare else []
            value = source.choice([*pool, f"{key} of {self.guid()}"])
            if value == person.values[key]:
                return
        else:
            key = source.choice(SKUS if change == "license" else ROLES)
            value = key not in person.held
        if key in SKUS and not value and seen and source.random() < 0.3:
            # The same request, for other service plans of a license that the user has: nobody is given anything.
            self._record(customer, person, key, True, event, before, bare)
            return
        # A record of a license that is given does not tell that it was not there before.
        event.told &= not (key in SKUS and value)
        # That somebody deleted or restored a user, the operation says without any values.
        event.told |= key == "state" and seen
        if not event.told and person.told.get(key, self) == value:
            return
        if key in FIELDS:
            person.values[key] = value
        elif key == "state":
            person.state = value
        else:
            person.held ^= {key}
        if seen and (bare or key == "state"):
            self._leave_open(person, key)
        person.made[key] = event
        if event.told:
            person.told[key] = value
        if seen:
            self._record(customer, person, key, value, event, before, bare)

    @staticmethod
    def _leave_open(person: Person, key: str) -> None:
        kinds = ([*SKUS, *ROLES], SKUS, ROLES, FIELDS)
        for names in kinds[:1] if key == "state" else [each for each in kinds[1:] if key in each]:
            for name in names:
                made = person.made.get(name)
                if made is not None:
                    made.open = True

    def _resource(self, person: Person) -> dict[str, t.Any]:
        state = {"active": "active", "deleted": "inactive"}[person.state]
        return {"UserPrincipalName": person.upn, **person.values, "Id": person.id, "State": state}

    def _record(
        self, customer: str, person: Person, key: str, value: t.Any, event: Event, before: dict[str, t.Any], bare: bool
    ) -> None:
        data = [("CustomerUserId", person.id)]
        old: t.Any = None
        new: t.Any = self._resource(person)
        kind = "customer_user"
        if key in SKUS:
            kind, operation = "license", "update_customer_user_licenses"
            data.append(("AddedLicenseSkuId" if value else "RemovedLicenseSkuId", key))
            new = {
                "LicensesToAssign": [{"SkuId": key}] if value else None,
                "LicensesToRemove": None if value else [key],
            }
        elif key in ROLES:
            kind, operation = "customer_directory_role", "add_user_member" if value else "remove_user_member"
            data.append(("RoleId", key))
            new = {"id": person.id, "userPrincipalName": person.upn, "roleId": key} if value else None
        elif key == "state":
            operation, old = ("restore_customer_user" if value == "active" else "delete_customer_user"), before
        else:
            operation, old = "update_customer_user", before
        if bare:
            old, new, data = None, None, data[:1]
        stamp = self.now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
        item = {
            "id": f"{self.partner}_{self.now.timestamp():.0f}",
            "partnerId": self.partner,
            "customerId": self.random.choice([customer, customer.upper()]),
            "userPrincipalName": event.actor or self.guid(),
            "applicationId": APPLICATION,
            "resourceType": self.random.choice([kind, "".join(word.capitalize() for word in kind.split("_"))]),
            "operationType": operation,
            "originalCorrelationId": event.correlation_id,
            "operationDate": stamp,
            "operationStatus": "succeeded",
            "customizedData": [{"key": name, "value": each} for name, each in data],
            **({} if old is None else {"resourceOldValue": json.dumps(old)}),
            **({} if new is None else {"resourceNewValue": json.dumps(new)}),
        }
        self.items += [item] * self.random.choice([1, 1, 1, 2])
        if self.random.random() < 0.1:
            refused = {**item, "operationStatus": "failed", "originalCorrelationId": self.guid()}
            self.items.append({**refused, "userPrincipalName": "refused@partner.example"})

    def records(self) -> list[AuditRecord]:
        """Of both customers, in any order, as they are read."""
        items = list(self.items)
        self.random.shuffle(items)
        return [record for record in map(record_from_wire, items) if record]

    def judge(self) -> Judged:
        """Ask about everything that was changed, and compare with what happened."""
        judged, records = Judged(), self.records()
        customer = self.customers[0]
        for person in self.people[customer]:
            for key, event in person.made.items():
                if event is None or (person.state == "deleted" and key != "state"):
                    continue
                judged.differences += 1
                by_name = key == "state" and person.state == "deleted" and self.random.random() < 0.5
                answer = attribute(self._question(person, key, by_name), customer, records)
                judged.arrived += event.told
                judged.tellable += event.told and not event.open
                if answer.record is None:
                    continue
                shown = described(answer, self.known)
                who = event.actor or f"application {APPLICATION}"
                named = (shown["who"], shown["correlation_id"], shown["run"] is not None)
                if named != (who, event.correlation_id, event.ours):
                    judged.wrong.append(f"{key} of {person.id}: {shown} and not {event}")
                judged.found += event.told and not event.open
        return judged

    def _question(self, person: Person, key: str, by_name: bool) -> Question:
        if key == "state":
            return Question("state", "state", None if by_name else person.id, person.upn, person.state)
        if key in FIELDS:
            return Question(NAMES[key], "attribute", person.id, person.upn, person.values[key], NAMES[key])
        kind = "license" if key in SKUS else "role"
        return Question(key, kind, person.id, person.upn, key in person.held, key)


def judged(seeds: t.Iterable[int]) -> Judged:
    """Many worlds."""
    total = Judged()
    for seed in seeds:
        one = World(random.Random(seed)).judge()
        total.differences += one.differences
        total.arrived += one.arrived
        total.tellable += one.tellable
        total.found += one.found
        total.wrong += [f"world {seed}: {text}" for text in one.wrong]
    return total
