"""A Windows Azure Pack of a few lines below the transport, for tests that need thousands of runs; and users and rows for them."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field
from urllib.parse import unquote

from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.client import Api
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.transport import Transport
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.users import (
    STATES,
    SYNC_STATES,
    User,
    user_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.settings import Settings
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget

NAME = "ada@tenant.example"


def settings(api: str = "admin", principal: str = "somebody") -> Settings:
    return Settings("https://wap.example:30004", api, Secret("a.b.c"), principal, "request", "session", True, 30, 60)


def wire(
    name: str = NAME,
    state: str = "active",
    sync: str = "in_sync",
    owns: int = 0,
    error: str | None = None,
    **more: t.Any,
) -> dict[str, t.Any]:
    return {
        "Name": name,
        "Email": name,
        "State": STATES.index(state),
        "CreatedTime": "2026-06-27T21:15:30.787",
        "SubscriptionCount": owns,
        "ActivationSyncState": SYNC_STATES.index(sync),
        "LastErrorMessage": error,
        **more,
    }


def user(**options: t.Any) -> User:
    return user_from_wire(wire(**options))


def subscriptions(count: int) -> list[dict[str, t.Any]]:
    return [
        {"SubscriptionID": f"id-{number}", "SubscriptionName": f"Plan {number}", "State": 1, "PlanId": "plan"}
        for number in range(count)
    ]


@dataclass
class Response:
    status_code: int
    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = "reason"

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


def refused(status: int, words: str = "no") -> Response:
    return Response(status, {"Code": "Code", "Message": words, "Details": []})


class Lost(http.requests.exceptions.ConnectionError):
    """The connection broke."""


@dataclass
class Service:
    """Users by lower-case name, each with a provider: seconds of its clock until a deletion ends, and whether it fails.

    ``trouble`` are what happens to the next writes: ``None``, ``before`` (lost, not done), ``after`` (done, answer lost), ``500`` (done, and 500),
    ``race`` (somebody else is faster).
    """

    users: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    fails: bool = False
    takes: float = 0
    trouble: list[str | None] = field(default_factory=list)
    now: float = 0.0
    sent: list[tuple[str, str, t.Any, t.Any]] = field(default_factory=list)

    def api(self, *, read_only: bool = False, kind: str = "admin", principal: str = "somebody") -> Api:
        transport = Transport(settings(kind, principal), Secrets(), read_only=read_only)
        transport.send = self.answer
        transport.budget = WaitBudget(60, sleep=self.sleep, clock=lambda: self.now)
        return Api(transport)

    def put(self, **options: t.Any) -> None:
        made = wire(**options)
        self.users[made["Name"].lower()] = made

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    @property
    def writes(self) -> list[tuple[str, str, t.Any, t.Any]]:
        return [entry for entry in self.sent if entry[0] != "GET"]

    def answer(
        self, method: str, path: str, query: t.Any, body: t.Any, principal: str | None, request_id: str
    ) -> Response:
        self.sent.append((method, path, query, body))
        self._settle()
        if method == "GET":
            return self._read(path, query)
        trouble = self.trouble.pop(0) if self.trouble else None
        if trouble == "before":
            raise Lost("broken")
        if trouble == "race":
            self._race(method, path, body)
        answer = self._write(method, path, query, body)
        if trouble == "after" and answer.status_code < 400:
            raise Lost("broken")
        return refused(500) if trouble == "500" and answer.status_code < 400 else answer

    def _read(self, path: str, query: t.Any) -> Response:
        if path == "subscriptions":
            found = self.users.get(query["UserId"].lower())
            items = subscriptions(found["SubscriptionCount"] if found else 0)
            return Response(200, {"items": items, "filteredTotalCount": len(items), "totalCount": len(items)})
        if path == "users":
            listed = [shown(each) for key, each in sorted(self.users.items()) if query.get("filter", "").lower() in key]
            first = int(query["skip"])
            return Response(
                200,
                {
                    "items": listed[first : first + int(query["take"])],
                    "filteredTotalCount": len(listed),
                    "totalCount": len(self.users),
                },
            )
        found = self.users.get(unquote(path.partition("/")[2]).lower())
        return Response(200, shown(found)) if found else refused(404)

    def _write(self, method: str, path: str, query: t.Any, body: t.Any) -> Response:
        key = (body["Name"] if method == "POST" else unquote(path.partition("/")[2])).lower()
        found = self.users.get(key)
        if method == "POST":
            if found:
                return refused(409)
            self.users[key] = {**wire(body["Name"]), **body}
            return Response(201, shown(self.users[key]))
        if not found:
            return refused(404)
        if method == "PUT":
            if found["State"] == 3:
                return refused(409)
            found.update({"Email": body["Email"], "State": body.get("State", 0)})
            return Response(200, shown(found))
        deep, force = query["deleteSubscriptions"] == "True", query["force"] == "True"
        assert not (deep and force)
        if force:
            del self.users[key]
            return Response(202)
        if found["SubscriptionCount"] and not deep and found["State"] != 3:
            return refused(409)
        found.update({"State": 3, "ActivationSyncState": 1, "LastErrorMessage": None, "_until": self.now + self.takes})
        return Response(202)

    def _race(self, method: str, path: str, body: t.Any) -> None:
        key = (body["Name"] if method == "POST" else unquote(path.partition("/")[2])).lower()
        if method == "POST":
            self.users[key] = wire(body["Name"], "suspended")
        else:
            self.users.pop(key, None)

    def _settle(self) -> None:
        for key, found in list(self.users.items()):
            if found.get("_until", float("inf")) <= self.now:
                if self.fails and found["SubscriptionCount"]:
                    found.update({"ActivationSyncState": 2, "LastErrorMessage": "The provider is down."})
                    del found["_until"]
                else:
                    del self.users[key]


def shown(found: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in found.items() if not name.startswith("_")}
