"""The limit over all deletions of a task, as a user meets it: in check mode, in plans, in a run, in a playbook, and in
Windows Azure Pack.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import Deletion, digest_of
from support.playbooks import MODULE, Runner

from .scenes import writes

FIRST, SECOND = "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c07", "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c08"

KEPT = {"display_name": "New"}


def seed(emulator: t.Any) -> str:
    """:returns: the digest of those who are deleted below."""
    for customer_id, domain in ((FIRST, "first.onmicrosoft.com"), (SECOND, "second.onmicrosoft.com")):
        users = [
            {"user_principal_name": f"{name}@{domain}", "display_name": name} for name in ("keep", "leaver1", "leaver2")
        ]
        emulator.add_customers({"id": customer_id, "company_name": domain, "domain": domain, "users": users})
    leavers = [
        (customer, one)
        for customer in (FIRST, SECOND)
        for one in emulator.users(customer)
        if "leaver" in one["user_principal_name"]
    ]
    return digest_of(Deletion(customer, one["id"], "") for customer, one in leavers)


def declared() -> list[dict[str, t.Any]]:
    """Two are declared absent at one customer, two are purged at the other; at both somebody changes."""
    absent = [{"user_principal_name": f"leaver{number}@first.onmicrosoft.com", "state": "absent"} for number in (1, 2)]
    return [
        {"customer_id": FIRST, "users": [{**KEPT, "user_principal_name": "keep@first.onmicrosoft.com"}, *absent]},
        {
            "customer_id": SECOND, "users": [{**KEPT, "user_principal_name": "keep@second.onmicrosoft.com"}],
            "purge": True, "purge_scope": {"domains": ["second.onmicrosoft.com"]},
        },
    ]  # fmt: skip


def gone(emulator: t.Any) -> int:
    return sum(user["state"] != "active" for customer in (FIRST, SECOND) for user in emulator.users(customer))


def test_deletions_of_all_customers_count_together(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    digest = seed(emulator)
    plan = str(tmp_path / "plan.json")
    options = {
        "customers": declared(),
        "undo_file": str(tmp_path / "undo.json"),
        "max_delete_percentage": 100,
        "max_delete_total": 3,
    }

    def task(**changes: t.Any) -> dict[str, t.Any]:
        return {
            "name": "Run",
            "check_mode": changes.pop("check", False),
            MODULE + "customer_users": {**options, **changes},
            "ignore_errors": True,
        }

    stale = digest_of([Deletion(FIRST, FIRST, "")])
    runs = [task(check=True), task(mode="plan", plan_file=plan), task(mode="apply", plan_file=plan),
            task(approve_deletions=stale, max_delete_total=9),
            task(approve_deletions="yes")]  # fmt: skip
    check, planned, applied, wrong, no_digest = ansible.step(runs).modules
    for result in (check, planned, applied, wrong):
        assert (
            result["failed"]
            and result["failure"]["reason"] == "deletions_not_approved"
            and not result["deletions"]["allowed"]
        )
        assert (result["deletions"]["count"], result["deletions"]["digest"]) == (4, digest) and digest in result["msg"]
        refused = [row for row in result["rows"] + result["purged"] if row["reason"] == "deletions_not_approved"]
        assert [row["status"] for row in refused] == ["skipped"] * 4
    listed = json.loads(Path(plan).read_text())["deletions"]
    assert (listed["count"], listed["digest"], len(listed["users"])) == (4, digest, 4)
    assert (
        [row["status"] for row in check["rows"]]
        == [row["status"] for row in applied["rows"]]
        == ["changed", "skipped", "skipped", "changed"]
    )
    assert (
        no_digest["problems"]
        and gone(emulator) == 0
        and [entry["method"] for entry in writes(emulator)] == ["PATCH", "PATCH"]
    )
    made = ansible.step(
        [task(approve_deletions=digest, check=True), task(mode="apply", plan_file=plan, approve_deletions=digest)]
    ).modules
    assert not any(result["failed"] for result in made) and made[1]["summary"]["purged"] == 2 and gone(emulator) == 4


def test_the_playbook_passes_both_options_on(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    digest = seed(emulator)
    for customer in declared():
        folder = tmp_path / "tenants" / customer["customer_id"]
        folder.mkdir(parents=True)
        (folder / "users.yml").write_text(yaml.safe_dump(customer))
    given = {
        "directory": str(tmp_path / "tenants"),
        "output": str(tmp_path / "output"),
        "apply": True,
        "max_delete_percentage": 100,
    }
    given |= {"max_delete_total": 0, "approve_deletions": digest}
    done = ansible.playbook(
        MODULE + "reconcile", extra=["-e", json.dumps({f"reconcile_{name}": value for name, value in given.items()})]
    )
    assert done.rc == 0 and gone(emulator) == 4, done.output


def test_deletions_in_azure_pack(ansible: Runner, emulator: t.Any) -> None:
    names = [f"leaver{number}@tenants.example" for number in range(3)]
    emulator.azure_pack.add_users([{"name": name} for name in names])
    users = [{"name": "new@tenants.example", "state": "present"}, *({"name": name} for name in names)]
    options = {"users": users, "defaults": {"state": "absent", "subscriptions": "delete"}, "max_delete_total": 2}
    refused = ansible.module("azure_pack_users", **options)
    assert refused["failure"]["reason"] == "deletions_not_approved" and [row["status"] for row in refused["rows"]] == [
        "changed",
        "skipped",
        "skipped",
        "skipped",
    ]
    assert [entry["method"] for entry in emulator.azure_pack.writes()] == ["POST"]
    made = ansible.module("azure_pack_users", **options, approve_deletions=refused["deletions"]["digest"])
    assert [row["status"] for row in made["rows"]] == ["ok", "changed", "changed", "changed"] and made["deletions"][
        "allowed"
    ]
