"""A client of the API whose answers are written down."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.client import (
    PartnerCenterCustomer,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import Session

from .factories import CUSTOMER, IDS, UPN


class Response:
    def __init__(self, status: int, body: t.Any = None, **headers: str) -> None:
        self.status_code, self.reason = status, "Reason"
        self.content = b"" if body is None else json.dumps(body).encode()
        self.headers = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }


class Tokens:
    def get(self) -> str:
        return "token"

    def renew(self, rejected: str) -> str | None:
        return None


class Script:
    """A session that answers from a list and remembers what was asked."""

    def __init__(self, *answers: t.Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[t.Any, ...]] = []

    def request(self, method: str, url: str, **kwargs: t.Any) -> t.Any:
        body = json.loads(kwargs["data"]) if kwargs.get("data") else None
        self.asked.append((method, url.partition("/v1/")[2], kwargs.get("params"), kwargs["headers"], body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def session(*answers: t.Any, seconds: float = 100) -> tuple[Session, Script, list[float]]:
    slept: list[float] = []
    budget = WaitBudget(seconds, slept.append, lambda: 0.0 + sum(slept))
    made = Session.open("https://api.example", Tokens(), facts_of("AzureCloud"), budget)
    script = made.transport._session = Script(*answers)
    return made, script, slept


def client(*answers: t.Any, seconds: float = 100) -> tuple[PartnerCenterCustomer, Script, list[float]]:
    made, script, slept = session(*answers, seconds=seconds)
    return made.customer(CUSTOMER), script, slept


def wire(number: int = 1, **values: t.Any) -> dict[str, t.Any]:
    return {"id": IDS[number], "userPrincipalName": UPN, "displayName": "Ada", "state": "active", **values}
