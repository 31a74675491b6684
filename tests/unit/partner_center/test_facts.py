"""What differs between services changes what is planned, sent and read, without anybody asking which service it is."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import Written
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.cloud_limits import (
    declared_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import (
    CredentialsFile,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.restored import (
    RestoredPlanner,
)

from .factories import declared, gone, user
from .tenants import SKUS, Tenant
from .worlds import PASSWORD, World

FACTS = facts_of("AzureCloud")


def carried_out(world: World, *rows: t.Any, credentials: CredentialsFile | None = None) -> list[Outcome]:
    policy = Policy(world.facts)
    made, snapshot = read_and_plan(CustomerReader(world, rows), rows, policy)
    after = RestoredPlanner(world, made, snapshot, policy)
    return begin(made, world, secrets=Secrets(), credentials=credentials, after_restore=after).finish()


def test_an_attribute_that_the_service_lacks_is_refused_before_anything_is_read() -> None:
    lacking = replace(FACTS, name="Elsewhere", attributes={"user_principal_name": "upn", "display_name": "name"})
    (problem,) = declared_problems(lacking, [declared(phone_number="1", display_name="A"), declared(display_name="B")])
    assert getattr(problem, "reason", None) == "not_offered" and getattr(problem, "option", None) == "phone_number"
    assert declared_problems(FACTS, [declared(phone_number="1")]) == []


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_create_has_a_key_only_where_the_service_knows_one(idempotent: bool, tmp_path: Path) -> None:
    path = tmp_path / "credentials.jsonl"
    row = declared(display_name="N", credentials_file=True)
    world = World({}, facts=replace(FACTS, idempotent_create=idempotent))
    (outcome,) = carried_out(world, row, credentials=CredentialsFile(str(path)))
    assert outcome.status == "changed" and world.writes == 1
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["pending", "delivered"]
    assert [line["request_id"] is not None for line in lines] == [idempotent] * 2


class Silent(World):
    """Writes are answered with nothing, and do not always what they were asked for."""

    deaf = False
    asked = 0

    def user(self, user_id: str) -> t.Any:
        self.asked += 1
        return super().user(user_id)

    def update_user(self, user_id: str, values: t.Mapping[str, str]) -> Written:
        return super().update_user(user_id, {} if self.deaf else values)


@pytest.mark.parametrize("deaf", [False, True])
def test_where_answers_do_not_hold_the_user_it_is_read_before_anything_is_said(deaf: bool) -> None:
    before = user(1, display_name="Old")
    world = Silent({before.id: before}, facts=replace(FACTS, answers_with_user=False))
    world.deaf = deaf
    (outcome,) = carried_out(world, declared(display_name="New"))
    assert outcome.status == ("failed" if deaf else "changed")
    assert outcome.user and outcome.user.display_name == ("Old" if deaf else "New")
    assert outcome.details.get("reason") == ("not_accepted" if deaf else None)


@pytest.mark.parametrize("restores", [True, False])
def test_licenses_of_a_restored_user_wait_only_where_they_may_come_back(restores: bool) -> None:
    before = gone(1, usage_location="US")
    world = Tenant(
        {before.id: before},
        facts=replace(FACTS, restores_licenses=restores),
        seats={**dict.fromkeys(SKUS, 0), "E3": 1},
        gives_back=False,
    )
    row = declared(state="restored", licenses=["E3"])
    made, _snapshot = read_and_plan(CustomerReader(world, (row,)), (row,), Policy(world.facts))
    assert [(each.action, each.conditional) for each in made.operations] == [
        ("restore", False),
        ("assign_licenses", restores),
    ]
    (outcome,) = carried_out(world, row)
    assert outcome.status == "changed" and world.held[before.id] == {"E3": frozenset()}


def test_roles_of_the_service_and_not_of_another_are_named() -> None:
    world = World({}, facts=replace(FACTS, reads={**FACTS.reads, "active": ("Reader of everything",)}))

    def refused(_odd: t.Any = None) -> t.Any:
        raise refusal("no", path="customers/c/users", status=403, code="900308")

    world.users = refused  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Reader of everything"):
        carried_out(world, declared(password=PASSWORD))
