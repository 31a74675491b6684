"""Partner Center on paper: customers with users, seats and roles in memory, in the forms of the wire, behind the one
method of the client that sends. Whole tasks run against it in a few milliseconds, from the options to the result.

It is no second emulator: it knows only good requests, and a few ways to lose an answer.
"""

from __future__ import annotations

import json
import tempfile
import typing as t
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from unittest import mock

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.definition import Definition
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.http import requests
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.transport import Transport
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import in_place

GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
ROLES = {
    "Global Administrator": GLOBAL,
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
}
SKUS = {"E3": "10000000-0000-4000-8000-000000000001", "BI": "10000000-0000-4000-8000-000000000002"}
SEATS = 1000
TOKEN = "e30.eyJvaWQiOiJlMmYxMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ."
"""Says whose it is: {"oid": "e2f10000-0000-4000-8000-000000000001"}, who is nobody's user."""


class Response:
    """As much of an answer as the client looks at."""

    def __init__(self, status: int, body: t.Any, now: datetime) -> None:
        self.status_code, self.reason = status, "Reason"
        self.content = b"" if body is None else json.dumps(body).encode()
        self.headers = requests.structures.CaseInsensitiveDict(
            {"Content-Type": "application/json", "Date": format_datetime(now, usegmt=True)}
        )


@dataclass
class Person:
    """A user of a customer."""

    id: str
    name: str
    display_name: str = "Somebody"
    location: str | None = "US"
    active: bool = True
    deleted_at: datetime | None = None
    roles: set[str] = field(default_factory=set)
    skus: set[str] = field(default_factory=set)

    def wire(self) -> dict[str, t.Any]:
        return {
            "id": self.id,
            "userPrincipalName": self.name,
            "displayName": self.display_name,
            "usageLocation": self.location,
            "state": "active" if self.active else "inactive",
            **({"softDeletionTime": self.deleted_at.isoformat()} if self.deleted_at else {}),
        }


@dataclass
class Customer:
    """A customer with its users, of whom one is Global Administrator and never declared."""

    id: str
    domain: str
    people: dict[str, Person] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.boss = self.add(f"boss@{self.domain}", display_name="Boss", roles={GLOBAL})

    def add(self, name: str, **values: t.Any) -> Person:
        """Somebody comes into being, whoever did it."""
        # The same story has the same ids.
        self.made += 1
        person = Person(str(uuid.uuid5(uuid.UUID(self.id), str(self.made))), name, **values)
        self.people[person.id] = person
        return person

    def named(self, name: str) -> Person | None:
        """Who is active and has this name."""
        return next((each for each in self.people.values() if each.active and each.name == name.lower()), None)


class Killed(BaseException):
    """The run ends at this moment."""


class Refusal(Exception):
    """The service says no."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.body = status, {"code": code, "description": words}


@dataclass
class Partner:
    """All of it. :ivar fate: what becomes of the next writes: ``done``, ``lost`` (done, and its answer is lost), ``gone``
    (neither), ``refused``, ``forbidden`` (for want of a role), ``killed`` (done, and it is the last thing that the run
    does), ``killed before`` (not done); after that all are done."""

    now: datetime
    customers: dict[str, Customer] = field(default_factory=dict)
    fate: list[str] = field(default_factory=list)
    audited: bool = True
    log: list[tuple[str, str, str]] = field(default_factory=list)
    """(method, path, what became of it) of all requests."""
    records: list[dict[str, t.Any]] = field(default_factory=list)
    passwords: set[str] = field(default_factory=set)
    """All that were ever sent."""

    def customer(self, number: int) -> Customer:
        """One more customer."""
        made = Customer(f"5f2a0c66-7d0e-4c3b-9a51-{number:012d}", f"c{number}.onmicrosoft.com")
        self.customers[made.id] = made
        return made

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        """What was asked for that is no read."""
        return [each for each in self.log if each[0] != "GET"]

    # The one method that sends

    def send(self, method: str, path: str, query: t.Any, headers: t.Mapping[str, str], body: t.Any) -> Response:
        """An answer. :raises requests.ConnectionError: it is lost."""
        fate = self.fate.pop(0) if self.fate and method != "GET" else "done"
        if body and "passwordProfile" in body:
            self.passwords.add(body["passwordProfile"]["password"])
        try:
            if fate == "forbidden":
                raise Refusal(403, "900308", "Access denied: a role is missing")
            if fate == "refused":
                raise Refusal(400, "2000", "this cannot be done now")
            if fate == "killed before":
                raise Killed
            if fate == "gone":
                raise requests.exceptions.ConnectionError("the connection was closed")
            answer = self._carried_out(method, path.split("/"), dict(query or {}), body, headers["MS-CorrelationId"])
        except Refusal as no:
            self.log.append((method, path, str(no.status)))
            return Response(no.status, no.body, self.now)
        except requests.exceptions.ConnectionError:
            self.log.append((method, path, "gone"))
            raise
        self.log.append((method, path, fate))
        if fate == "killed":
            raise Killed
        if fate == "lost":
            raise requests.exceptions.ConnectionError("the connection was closed")
        return Response(answer[0], answer[1], self.now)

    def _carried_out(
        self, method: str, parts: list[str], query: dict[str, t.Any], body: t.Any, correlation: str
    ) -> tuple[int, t.Any]:
        if parts == ["customers"]:
            profiles = [
                {
                    "id": each.id,
                    "companyProfile": {"companyName": each.domain.split(".")[0], "domain": each.domain},
                    "relationshipToPartner": "reseller",
                }
                for each in self.customers.values()
            ]
            return 200, {"items": profiles}
        if parts == ["auditrecords"]:
            wanted = json.loads(query["filter"])["Value"]
            found = [each for each in self.records if not isinstance(each, dict) or each["customerId"] == wanted]
            return 200, {"items": found if self.audited else []}
        customer = self.customers[parts[1]]
        rest = parts[2:]
        if rest == ["customDomains"]:
            return 200, [customer.domain]
        if rest == ["users"] and method == "GET":
            wanted_state = "filter" not in query
            return 200, {"items": [each.wire() for each in customer.people.values() if each.active == wanted_state]}
        if rest == ["users"]:
            return self._create(customer, body, correlation)
        if rest == ["subscribedskus"]:
            return 200, {"items": [self._sku(customer, name) for name in SKUS]}
        if rest == ["directoryroles"]:
            return 200, {"items": [{"id": role, "name": name} for name, role in ROLES.items()]}
        if rest[0] == "directoryroles":
            return self._role(method, customer, rest[1], rest[3:], body)
        person = customer.people.get(rest[1])
        if person is None or (not person.active and method != "PATCH"):
            raise Refusal(404, "60002", "user not found")
        return self._person(method, customer, person, rest[2:], body)

    def _person(
        self, method: str, customer: Customer, person: Person, rest: list[str], body: t.Any
    ) -> tuple[int, t.Any]:
        if rest == ["licenses"]:
            return 200, {
                "items": [{"productSku": self._product(name), "servicePlans": []} for name in sorted(person.skus)]
            }
        if rest == ["licenseupdates"]:
            names = {sku: name for name, sku in SKUS.items()}
            person.skus -= {names[each] for each in body["licensesToRemove"]}
            person.skus |= {names[each["skuId"]] for each in body["licensesToAssign"]}
            return 201, {"licensesToAssign": body["licensesToAssign"], "licensesToRemove": None}
        if rest == ["directoryroles"]:
            return 200, {"items": [{"id": role, "name": n} for n, role in ROLES.items() if role in person.roles]}
        if rest == ["resetpassword"] or method == "GET":
            return 200, person.wire()
        if method == "DELETE":
            person.active, person.deleted_at = False, self.now
            return 204, None
        name = body.get("userPrincipalName")
        if body.get("state") == "active":
            person.active, person.deleted_at = True, None
        elif not person.active:
            raise Refusal(404, "60002", "user not found")
        if name:
            other = customer.named(name)
            if other and other is not person:
                raise Refusal(400, "3000", "another object with the same value")
            person.name = name.lower()
        person.display_name = body.get("displayName", person.display_name)
        person.location = body.get("usageLocation", person.location)
        return 200, person.wire()

    def _create(self, customer: Customer, body: t.Any, correlation: str) -> tuple[int, t.Any]:
        if customer.named(body["userPrincipalName"]):
            raise Refusal(400, "3000", "another object with the same value already exists")
        made = customer.add(
            body["userPrincipalName"].lower(), display_name=body["displayName"], location=body.get("usageLocation")
        )
        self.records.append(
            {
                "operationType": "create_customer_user",
                "operationStatus": "succeeded",
                "operationDate": self.now.isoformat(),
                "originalCorrelationId": correlation,
                "customerId": customer.id,
                "customizedData": [{"key": "CustomerUserId", "value": made.id}],
            }
        )
        return 201, made.wire()

    def _role(self, method: str, customer: Customer, role: str, rest: list[str], body: t.Any) -> tuple[int, t.Any]:
        if method == "GET":
            held = [each for each in customer.people.values() if each.active and role in each.roles]
            return 200, {"items": [{"id": each.id, "roleId": role} for each in held]}
        person = customer.people.get(rest[0] if rest else body["id"])
        if person is None or not person.active:
            raise Refusal(404, "60002", "user not found")
        if method == "DELETE":
            if role not in person.roles:
                raise Refusal(404, "60002", "not a member")
            person.roles.discard(role)
            return 204, None
        person.roles.add(role)
        return 201, {"id": person.id, "roleId": role}

    @staticmethod
    def _product(name: str) -> dict[str, t.Any]:
        return {"id": SKUS[name], "name": name, "skuPartNumber": name, "licenseGroupId": "group1"}

    def _sku(self, customer: Customer, name: str) -> dict[str, t.Any]:
        used = sum(name in each.skus for each in customer.people.values() if each.active)
        return {
            "productSku": self._product(name),
            "totalUnits": SEATS,
            "consumedUnits": used,
            "availableUnits": SEATS - used,
            "capabilityStatus": "Enabled",
            "servicePlans": [],
        }

    # Tasks

    def run(self, definition: Definition, options: t.Mapping[str, t.Any], check: bool = False) -> dict[str, t.Any]:
        """A whole task; its result, with the exit status as ``rc``."""
        self.log.clear()
        many = {"max_parallel": 1} if "max_parallel" in definition.spec else {}
        given = {"access_token": TOKEN, "max_wait": 0, **many, **options}
        args = in_place.encoded(
            {
                **given,
                "_ansible_check_mode": check,
                "_ansible_diff": False,
                "_ansible_remote_tmp": tempfile.gettempdir(),
            }
        )

        def send(
            _transport: t.Any, method: str, path: str, query: t.Any, headers: t.Any, body: t.Any, _token: str
        ) -> Response:
            answer = self.send(method, path, query, {"MS-CorrelationId": _transport.correlation_id, **headers}, body)
            _transport.clock.learn(answer.headers["Date"])
            return answer

        with mock.patch.object(Transport, "send", send):
            ended = in_place.execute(definition, args, environment={}, directory=tempfile.gettempdir())
        assert ended.stdout, ended.stderr
        return {**json.loads(ended.stdout), "rc": ended.rc}
