"""Every playbook that writes users hands the change reference and the audit log to every step that writes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import (
    offboard,
    restore,
    sign_in,
    temporary,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import PROOF, Run
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.options import Place, options
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.outcomes import left_alone
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES

GIVEN = {
    "change_reference": "CHG1",
    "require_change_reference": "CHG.",
    "audit_log": "/a",
    "audit_log_max_bytes": 10000,
}
WRITING = ("reconcile", "onboard", "offboard", "restore", "temporary", "azure_pack_offboard")
FOUND = {"_find_found": {"customers": [{"id": "c", "name": "C"}]}, "read": {"users": [], "missing": []}}
OFFBOARD = {"users": ["u"], "licenses": "keep", "include": ["roles"], "allow_synced": False, "records": "r"}
GRANT = {"action": "grant", "user": "u", "roles": ["r"], "reason": "x", "lasts": "2h", "file": "f", "customer_id": "c"}


def test_the_playbooks_that_write_have_the_variables() -> None:
    assert set(PROOF) == set(GIVEN)
    having = {prefix for prefix, table in TABLES.items() if set(PROOF) <= set(table.variables)}
    assert having == set(WRITING)


def made(prefix: str, directory: Path) -> t.Iterator[dict[str, t.Any]]:
    given = {**GIVEN, "output": str(directory)}
    if prefix == "offboard":
        run = Run({**given, **OFFBOARD}, steps={**FOUND, "recorded": {"written": {}}})
        yield from (offboard.strip_options(run), offboard.delete_options(run), offboard.deletable_options(run))
        yield offboard.takeable_options(run)
    elif prefix == "restore":
        yield restore.options(Run({**given, "records": ["r"]}))
    elif prefix == "temporary":
        yield temporary.options(Run({**given, **GRANT}))
    else:
        more = {"users": ["u"], "action": "delete", "subscriptions": "fail"} if "azure" in prefix else {"file": "f"}
        yield options(prefix, {**given, **more}, Place())


@pytest.mark.parametrize("prefix", WRITING)
def test_each_step_that_writes_gets_them(prefix: str, tmp_path: Path) -> None:
    for found in made(prefix, tmp_path):
        assert {name: found.get(name) for name in PROOF} == GIVEN, prefix


def test_who_is_left_alone_is_counted_only_where_people_are_declared() -> None:
    assert left_alone([{"rows": []}, None]) == {}
    assert left_alone([{"people": {"left_alone": [1, 2]}}, {"people": {"name": "x"}}]) == {"left_alone": 2}


def test_the_doctor_looks_at_the_customers_of_people() -> None:
    people = {"people": {"customers": {"ids": ["a"], "domains": ["b"], "groups": ["g"]}}}
    blocks = [{"customer_id": "a"}, people, {"people": {"customers": {"all": True}}}]
    found = sign_in.examine_options(Run({"customers": ["z"]}, blocks=lambda: blocks))
    assert found == {"customers": ["z", "a", "b"]}
