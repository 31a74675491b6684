"""How playbooks go on and end: pure functions of what was registered. No news is no good news."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import (
    drift,
    export,
    onboard,
    reconcile,
    restore,
    sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Host, Run
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.playbooks import PLAYBOOKS
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.options import Place, options
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.runs import run_of
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES

SKIPPED = {"skipped": True, "changed": False}
CUSTOMER = {"customer_id": "c1", "customer_name": "Contoso", "domain": "contoso.example"}


def result(
    rows: int = 2, *, purged: int = 0, failed: bool = False, reason: str = "rows_failed", **counts: int
) -> t.Any:
    numbers = {"failed": 0, "skipped": 0, "unknown": 0, "changed": 0, **counts}
    made = {
        "rows": [],
        "operations": [],
        "customers": [CUSTOMER],
        "requests": {},
        "summary": {"rows": rows, "ok": rows - sum(numbers.values()), **numbers, "purged": purged},
    }
    # As failed_when: false leaves it.
    return {**made, "failed": False, "msg": "No.", "failure": {"reason": reason}} if failed else made


def run(given: dict[str, t.Any] | None = None, **options: t.Any) -> Run:
    steps = options.pop("steps", {})
    return Run(given or {}, steps=steps, **options)


class TestReconcile:
    @pytest.mark.parametrize(
        ("given", "steps", "more", "status", "bad"),
        [
            ({}, {"planned": result(), "applied": SKIPPED}, {}, "no_drift", False),
            ({}, {"planned": result(changed=1), "applied": SKIPPED}, {}, "drift", False),
            ({}, {"planned": result(purged=1), "applied": SKIPPED}, {}, "drift", False),
            ({"fail_on_drift": True}, {"planned": result(changed=1), "applied": SKIPPED}, {}, "drift", True),
            ({}, {"planned": result(changed=1), "applied": result(changed=1)}, {}, "applied", False),
            ({}, {"planned": result(changed=1), "applied": result(changed=1)}, {"check_mode": True}, "drift", False),
            ({}, {"planned": result(changed=1), "applied": result(failed=True)}, {}, "failed", True),
            ({}, {"planned": result(failed=True), "applied": SKIPPED}, {}, "failed", True),
            ({}, {"planned": {"msg": "Timed out.", "failed": False}}, {}, "failed", True),
            ({}, {"planned": {}}, {}, "failed", True),
            ({}, {}, {}, "failed", True),
            ({}, {"planned": result()}, {"broken": "A task failed."}, "failed", True),
        ],
    )
    def test_the_end(self, given: t.Any, steps: t.Any, more: t.Any, status: str, bad: bool) -> None:
        ending = reconcile.end(run(given, steps=steps, **more))
        assert (ending.status, ending.bad) == (status, bad)
        said = json.loads(ending.contents()["result.json"])
        lines = dict(line.split("=") for line in ending.contents()["reconcile.env"].splitlines())
        assert lines == {f"RECONCILE_{key.upper()}": str(value) for key, value in said.items() if key != "message"}

    @pytest.mark.parametrize(
        ("given", "planned", "check", "follows"),
        [
            ({"apply": True}, result(changed=1), False, True),
            ({"apply": True}, result(purged=1), False, True),
            ({"apply": True}, result(), False, False),
            ({"apply": True}, result(changed=1), True, False),
            ({"apply": False}, result(changed=1), False, False),
            ({"apply": True}, result(changed=1, failed=True), False, True),
            ({"apply": True}, result(changed=1, failed=True, reason="interrupted"), False, False),
            ({"apply": True}, {"msg": "No."}, False, False),
            ({"apply": True, "reviewed_plan": "p"}, SKIPPED, True, True),
        ],
    )
    def test_whether_it_is_applied(self, given: t.Any, planned: t.Any, check: bool, follows: bool) -> None:
        assert reconcile.may_apply(run(given, steps={"planned": planned}, check_mode=check)) is follows


class TestDrift:
    def hosts(self, *results: t.Any, customer: bool = True) -> list[Host]:
        return [
            Host(f"h{number}", customer=customer, steps={"compared": each} if each is not None else {})
            for number, each in enumerate(results)
        ]

    def end(self, *results: t.Any, given: t.Any = None, customer: bool = True, **more: t.Any) -> t.Any:
        given = {"directory": "tenants", "title": "T", "undeclared": "report", "fail": True, **(given or {})}
        return drift.end(run(given, hosts=self.hosts(*results, customer=customer), **more))

    def test_sums_over_hosts_and_a_report_of_all(self) -> None:
        ending = self.end(result(changed=1), result(3, changed=1, purged=2), SKIPPED)
        assert (ending.status, ending.bad) == ("drift", True)
        expected = {"customers": 2, "rows": 5, "ok": 3, "changed": 2, "failed": 0, "purged": 2, "undeclared": ["h2"]}
        assert {name: ending.facts[name] for name in expected} == expected and "delete" in ending.facts
        assert set(ending.files) == {"report.json", "report.md", "report.html"}
        assert not self.end(result(), given={"fail": False}).bad

    def test_a_host_that_says_nothing_is_a_failure(self) -> None:
        assert self.end(result(), None).status == "failed"
        assert self.end(result(), {"msg": "Died.", "failed": False}).status == "failed"

    def test_who_compares_nothing_finds_no_difference(self) -> None:
        ending = self.end(SKIPPED, SKIPPED)
        assert (ending.status, ending.facts["reason"]) == ("failed", "nothing_compared")

    @pytest.mark.parametrize(
        ("undeclared", "status"), [("report", "no_drift"), ("fail", "drift"), ("ignore", "no_drift")]
    )
    def test_customers_without_a_declaration(self, undeclared: str, status: str) -> None:
        listed = [{"id": "C1", "domain": "contoso.example"}, {"id": "c9", "domain": "other.example"}]
        ending = self.end(
            result(), given={"undeclared": undeclared}, customer=False, steps={"customers": {"customers": listed}}
        )
        assert ending.status == status and ending.files == {}
        assert ending.facts["undeclared"] == ([] if undeclared == "ignore" else ["other.example"])

    def test_a_listing_that_failed_is_a_problem_and_what_was_compared_is_told(self) -> None:
        ending = self.end(
            result(changed=1), customer=False, steps={"customers": {"msg": "403", "failure": {"reason": "x"}}}
        )
        assert ending.status == "failed" and ending.facts["changed"] == 1

    def test_wrong_variables_are_all_there_is_to_say(self) -> None:
        ending = self.end(None, problems=["Wrong."])
        assert (ending.status, ending.message.strip()) == ("failed", "Wrong.")


class TestOnboard:
    GIVEN: t.ClassVar[dict[str, t.Any]] = {"credentials_file": "/x/credentials.jsonl"}

    @pytest.mark.parametrize(
        ("steps", "more", "status", "bad"),
        [
            ({"planned": result(), "applied": SKIPPED}, {}, "unchanged", False),
            ({"planned": result(changed=2), "applied": result(changed=2)}, {}, "onboarded", False),
            ({"planned": result(changed=2), "applied": SKIPPED}, {"check_mode": True}, "ready", False),
            ({"planned": result(failed=True)}, {}, "refused", True),
            ({"planned": result(changed=2), "applied": result(failed=True)}, {}, "failed", True),
            ({"planned": result(changed=2), "applied": result(1, changed=1)}, {}, "failed", True),
            ({"planned": result(changed=2), "applied": result(changed=2)}, {"broken": "Full."}, "failed", True),
            ({}, {"broken": "Wrong."}, "refused", True),
            ({}, {}, "refused", True),
        ],
    )
    def test_the_end(self, steps: t.Any, more: t.Any, status: str, bad: bool) -> None:
        ending = onboard.end(run(self.GIVEN, steps=steps, **more))
        assert (ending.status, ending.bad) == (status, bad)

    def test_all_or_nobody(self) -> None:
        assert onboard.may_apply(run(steps={"planned": result(changed=1)}))
        for planned in (result(changed=1, failed=True), result(), {}, {"msg": "No."}):
            assert not onboard.may_apply(run(steps={"planned": planned}))
        assert not onboard.may_apply(run(steps={"planned": result(changed=1)}, check_mode=True))

    def test_the_file_that_is_handed_over(self, tmp_path: Path) -> None:
        path = str(tmp_path / "over.csv")
        given = {"handover": path, "credentials_file": str(tmp_path / "none.jsonl")}
        row = {"index": 0, "status": "changed", "action": "create", "user_principal_name": "a@x.example", "fields": {}}
        applied = {**result(1, changed=1), "rows": [row], "operations": [{"action": "create"}]}
        lost = onboard.end(run(given, steps={"planned": result(1, changed=1), "applied": applied}))
        assert (lost.status, lost.bad) == ("failed", True) and path not in lost.files, "there is no journal"
        known = {**result(1), "rows": [{**row, "status": "ok", "action": "none"}]}
        made = onboard.end(run(given, steps={"planned": known, "applied": SKIPPED}))
        assert made.status == "unchanged" and "a@x.example" in made.files[path]
        Path(path).write_text("kept")
        assert path not in onboard.end(run(given, steps={"planned": known, "applied": SKIPPED})).files


class TestRestore:
    def read(self) -> dict[str, t.Any]:
        times = ("2026-11-23T23:59:59Z", "2026-11-24T08:00:00Z", "2026-11-25T00:00:00Z", None)
        people = [
            {"id": f"00000000-0000-4000-8000-00000000000{number}", "user_principal_name": f"u{number}@x.example",
             "display_name": "U", "state": "deleted", "soft_deletion_time": when}
            for number, when in enumerate(times)
        ]  # fmt: skip
        return {"customer_id": "c1", "users": people}

    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ({"on": "2026-11-24"}, ["u1"]),
            ({"since": "2026-11-24"}, ["u1", "u2"]),
            ({"since": "2026-11-24T08:00Z"}, ["u1", "u2"]),
            ({"since": "2026-11-24T08:01Z"}, ["u2"]),
            ({"on": "2026-11-30"}, []),
        ],
    )
    def test_who_is_meant(self, given: t.Any, names: list[str]) -> None:
        made = restore.options(run(given, steps={"read": self.read()}))
        users = made["customers"][0]["users"] if made else []
        assert [user["user_principal_name"].partition("@")[0] for user in users] == names
        assert {user["state"] for user in users} <= {"restored"}

    @pytest.mark.parametrize(
        ("steps", "more", "status", "bad"),
        [
            ({"done": SKIPPED}, {}, "unchanged", False),
            ({"done": result()}, {}, "unchanged", False),
            ({"done": result(changed=1)}, {}, "restored", False),
            ({"done": result(changed=1)}, {"check_mode": True}, "ready", False),
            ({"done": result(changed=1, failed=True)}, {}, "failed", True),
            ({"done": {"msg": "Died."}}, {}, "failed", True),
            ({}, {"broken": "No."}, "refused", True),
        ],
    )
    def test_the_end(self, steps: t.Any, more: t.Any, status: str, bad: bool) -> None:
        ending = restore.end(run({"on": "2026-11-24"}, steps=steps, **more))
        assert (ending.status, ending.bad) == (status, bad)


class TestExport:
    def exported(self, tmp_path: Path, **more: t.Any) -> Run:
        people = [{"id": "00000000-0000-4000-8000-000000000001", "user_principal_name": "a@x.example",
                   "display_name": "A", "state": "active", "synchronized": False}]  # fmt: skip
        given = {"file": str(tmp_path / "x.yml"), "include": [], "exact": False, "user_ids": False}
        customer = {"id": "00000000-0000-4000-8000-0000000000c1", "name": "Contoso"}
        steps = {
            export.FIND: {"customers": [customer]},
            "read": {"customer_id": customer["id"], "users": people},
            **more.pop("steps", {}),
        }
        return run({**given, **more.pop("given", {})}, steps=steps, **more)

    def test_a_file_with_other_content_is_somebodys_work(self, tmp_path: Path) -> None:
        fresh = self.exported(tmp_path)
        assert export.may_write(fresh) and export.end(fresh).status == "exported"
        options = export.write_options(fresh)
        assert options["mode"] == "0600" and "a@x.example" in options["content"]
        Path(options["dest"]).write_text(options["content"])
        assert export.may_write(self.exported(tmp_path)) and "mode" not in export.write_options(fresh)
        Path(options["dest"]).write_text("users: []\n")
        assert not export.may_write(self.exported(tmp_path)) and export.end(self.exported(tmp_path)).bad
        assert not export.may_verify(self.exported(tmp_path, given={"verify": True}))
        assert export.may_write(self.exported(tmp_path, given={"overwrite": True}))

    def test_a_declaration_that_does_not_hold_is_a_failure(self, tmp_path: Path) -> None:
        for verified, status in (
            (result(1), "exported"),
            (result(1, changed=1), "failed"),
            (result(failed=True), "failed"),
        ):
            ending = export.end(self.exported(tmp_path, steps={"written": {"changed": True}, "verified": verified}))
            assert ending.status == status


@pytest.mark.parametrize(
    ("found", "strict", "status", "bad"),
    [
        ({"healthy": True, "worst": "ok", "counts": {}}, False, "healthy", False),
        ({"healthy": True, "worst": "warning", "counts": {"warning": 1}}, False, "warning", False),
        ({"healthy": True, "worst": "warning", "counts": {"warning": 1}}, True, "failed", True),
        ({"healthy": False, "worst": "failed", "counts": {"failed": 1}}, False, "failed", True),
        ({}, False, "failed", True),
    ],
)
def test_the_doctor(found: t.Any, strict: bool, status: str, bad: bool) -> None:
    ending = sign_in.end_of_doctor(run({"strict": strict}, steps={"result": found}))
    assert (ending.status, ending.bad) == (status, bad)


def test_every_playbook_has_a_table_and_its_steps_are_read_as_they_were_registered() -> None:
    assert set(PLAYBOOKS) <= set(TABLES)
    others = {"ansible_play_hosts_all": ["a", "b"], "inventory_hostname": "a"}
    found = run_of(
        "drift",
        PLAYBOOKS["drift"].steps,
        {**others, "_checked": {"given": {"x": 1}, "problems": ["p"]}, "_drift_broken": "No.", "_drift_compared": result(),
         "hostvars": {"b": {"_drift_compared": SKIPPED, "partner_center_customer_id": "c"}}},
        lambda *_words, **_options: [],
    )  # fmt: skip
    assert (found.given, found.problems, found.broken) == ({"x": 1}, ["p"], "No.")
    assert [(host.name, host.customer) for host in found.hosts] == [("a", False), ("b", True)]
    assert found.hosts[1].steps == {"compared": SKIPPED}


def test_options_of_a_host_are_about_its_customer(tmp_path: Path) -> None:
    given = {"directory": str(tmp_path), "output": "/o", "title": "T"}
    place = Place("h", customer={"customer_id": "c1", "customer_domain": "h"})
    assert options("drift", given, place) == {}, "nothing is declared for it"
    (tmp_path / "h.yml").write_text("")
    made = options("drift", given, place)
    assert made["declarations"] == [str(tmp_path / "h.yml")] and made["customer_id"] == "c1" and made["mode"] == "plan"
    assert "report" not in made and options("drift", given, Place("h"))["report"] == [
        f"/o/report.{ending}" for ending in ("json", "md", "html")
    ]
