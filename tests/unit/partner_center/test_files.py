"""The files that a run leaves: plan, undo, credentials, progress."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
import threading
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    CredentialsFileError,
    OptionError,
    ServiceError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.progress import Progress
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.held_to_plan import (
    RestrictedPlan,
    restrict_to_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import (
    CLASSES,
    CredentialsFile,
    generate,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    plan_text,
    read_plan,
    write_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.undo import UndoFile
from support.refused import refused

from .factories import CUSTOMER, IDS, declared, gone, snapshot, user

PASSWORD = "CANARY-Correct-7"
EMPTY, OTHER = (plan_text([], reads) for reads in (1, 2))


def made(*users: t.Any, **options: t.Any) -> t.Any:
    return plan((declared(**options),), snapshot(*users))


def full(*_arguments: t.Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TestPlanFile:
    def test_no_secret_and_the_same_bytes(self) -> None:
        fresh = made(display_name="Ada", password=PASSWORD)
        text = plan_text([fresh], 2)
        assert text == plan_text([made(display_name="Ada", password=PASSWORD)], 2) and "CANARY" not in text
        document = json.loads(text)
        assert document["price"] == {"reads": 2, "writes": 1}
        assert document["customers"][0]["users"][0]["operations"][0]["precondition"] == {"state": "none"}

    def test_the_days_that_pass_do_not_change_it(self) -> None:
        earlier, later = snapshot(gone(1, days=3)), snapshot(gone(1, days=3))
        row = (declared(state="restored"),)
        from datetime import timedelta

        assert plan_text([plan(row, earlier)], 1) == plan_text(
            [plan(row, replace(later, now=later.now + timedelta(days=5)))], 1
        )

    def test_written_only_when_it_differs(self, tmp_path: t.Any) -> None:
        path = str(tmp_path / "plan.json")
        assert write_plan(path, EMPTY) and not write_plan(path, EMPTY) and write_plan(path, OTHER)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
        assert [name.name for name in tmp_path.iterdir()] == ["plan.json"]
        with refused(OptionError, reason="file_unwritable", option="plan_file"):
            write_plan("/nowhere/plan.json", "{}")

    def test_a_full_disk_leaves_the_old_plan_and_nothing_else(
        self, tmp_path: t.Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_plan(str(tmp_path / "plan.json"), EMPTY)
        monkeypatch.setattr(os, "fsync", full)
        with refused(OptionError, reason="file_unwritable", option="plan_file"):
            write_plan(str(tmp_path / "plan.json"), OTHER)
        assert [name.name for name in tmp_path.iterdir()] == ["plan.json"] and (
            tmp_path / "plan.json"
        ).read_text() == EMPTY

    def test_what_is_literally_in_it_is_done(self, tmp_path: t.Any) -> None:
        fresh = made(user(), display_name="New")
        path = tmp_path / "plan.json"
        path.write_text(plan_text([fresh], 1))
        held = restrict_to_plan(read_plan(str(path)).customers[CUSTOMER], fresh)
        assert held.plan == fresh and held.message == ""
        others = (
            made(user(display_name="Other"), display_name="New"),
            made(user(), display_name="Newer"),
            made(user(), display_name="New", first_name="A"),
        )
        for other in others:
            held = restrict_to_plan(read_plan(str(path)).customers[CUSTOMER], other).plan
            assert held.operations == () and held.rows[0].details["reason"] == "changed_since_plan"
        done = restrict_to_plan(
            read_plan(str(path)).customers[CUSTOMER], made(user(display_name="New"), display_name="New")
        ).plan
        assert done.rows[0].refusal is None and done.operations == ()

    def test_a_customer_that_is_not_in_it(self) -> None:
        held = restrict_to_plan(None, made(user(), display_name="New")).plan
        assert held.operations == () and held.rows[0].details["reason"] == "changed_since_plan"

    def test_planned_deletions_of_users_who_have_changed(self, tmp_path: t.Any) -> None:
        policy = PurgePolicy(domains=("contoso.example",), max_delete=9, max_delete_percentage=100)

        def purge(*leavers: t.Any, policy: PurgePolicy | None = policy) -> t.Any:
            everybody = (user(), *leavers)
            return plan((declared(),), snapshot(*everybody, all_active=everybody), purge=policy)

        leavers = [user(number, f"leaver{number}@contoso.example") for number in (1, 2, 3)]
        path = tmp_path / "plan.json"
        path.write_text(plan_text([purge(*leavers)], 1))
        planned = read_plan(str(path)).customers[CUSTOMER]
        assert restrict_to_plan(planned, purge(*leavers)) == RestrictedPlan(purge(*leavers))
        renamed, new = user(1, "other@contoso.example"), user(4, "new@contoso.example")
        held = restrict_to_plan(planned, purge(renamed, leavers[1], new))
        assert [operation.user_id for operation in held.plan.operations] == [IDS[2]], (
            "nobody is deleted who is not in the plan as he is now"
        )
        ((changed, words),) = held.changed
        assert changed == renamed and "leaver1@contoso.example" in words and "other@contoso.example" in words
        assert [entry["user_id"] for entry in held.missing] == [IDS[3]]
        off = restrict_to_plan(planned, purge(*leavers, policy=None))
        assert off.plan.operations == () and " 3 " in off.message
        ending = restrict_to_plan(planned, purge(*leavers, policy=None), only_ends=True)
        assert ending.plan == off.plan and " 3 " in ending.message and ending.message != off.message
        capped = restrict_to_plan(planned, purge(*leavers, policy=replace(policy, max_delete=1)))
        assert capped.plan.operations == () and capped.missing == () and capped.plan.purge.reason == "max_delete"

    def test_an_answer_that_is_quoted_has_no_part_in_it(self) -> None:
        world = snapshot(unreadable={IDS[1]: ServiceError("No (request id 1)", status=400, code="1", request_id="1")})
        text = plan_text([plan((declared(user_id=IDS[1], user_principal_name=None),), world)], 1)
        assert "request id" not in text and IDS[1] in text

    @pytest.mark.parametrize("remove", ["user_id", "fields", "price", "after"])
    def test_a_plan_that_somebody_has_edited(self, tmp_path: t.Any, remove: str) -> None:
        document = json.loads(plan_text([made(user(), display_name="New")], 1))
        (entry,) = document["customers"][0]["users"][0]["operations"]
        del (entry["fields"]["display_name"] if remove == "after" else entry)[remove]
        for part in ({}, {"users": [], "purge": [entry]}):
            document["customers"][0] |= part
            (tmp_path / "plan.json").write_text(json.dumps(document))
            with refused(OptionError, reason="wrong_file_kind", option="plan_file"):
                read_plan(str(tmp_path / "plan.json"))

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "{}",
            "[]",
            '{"format": "x"}',
            '{"format": "tenantops.partner_center plan", "version": 1, "customers": [1]}',
        ],
    )
    def test_what_is_no_plan(self, tmp_path: t.Any, content: str) -> None:
        path = tmp_path / "plan.json"
        path.write_text(content)
        with pytest.raises(OptionError):
            read_plan(str(path))


def add_five(path: str, number: int, begin: t.Any) -> None:
    begin.wait()
    for position in range(5):
        UndoFile(path).add(f"00000000-0000-0000-0000-{number:012}", [replace(user(1), id=f"{number}-{position}")])


class TestUndoFile:
    def test_collects_and_does_not_repeat(self, tmp_path: t.Any) -> None:
        undo = UndoFile(str(tmp_path / "undo.json"))
        assert undo.check() is None
        undo.add(CUSTOMER, [user(1)])
        undo.add(CUSTOMER.upper(), [user(1), user(2, "b@contoso.example")])
        data = json.loads((tmp_path / "undo.json").read_text())
        assert [row["user_id"] for row in data["customers"][0]["users"]] == [IDS[1], IDS[2]] and len(
            data["customers"]
        ) == 1
        assert {row["state"] for row in data["customers"][0]["users"]} == {"restored"}
        assert stat.S_IMODE((tmp_path / "undo.json").stat().st_mode) == 0o600

    def test_who_is_purged_again_is_written_down_anew(self, tmp_path: t.Any) -> None:
        undo = UndoFile(str(tmp_path / "undo.json"))
        undo.add(CUSTOMER, [replace(user(1), roles=("Directory Readers",)), user(2, "b@contoso.example")])
        undo.add(CUSTOMER, [replace(user(1), licenses=("ENTERPRISEPACK",), roles=())])
        (block,) = json.loads((tmp_path / "undo.json").read_text())["customers"]
        rows = {row["user_id"]: row for row in block["users"]}
        assert (
            len(block["users"]) == 2 and rows[IDS[1]]["licenses"] == ["ENTERPRISEPACK"] and "roles" not in rows[IDS[1]]
        )

    def test_processes_side_by_side_lose_nobody(self, tmp_path: t.Any) -> None:
        """Hosts of a play are processes of their own, each with a purge of its customer, and all of them may be "
        "given one file."""
        forks = multiprocessing.get_context("fork")
        begin = forks.Barrier(4)
        processes = [
            forks.Process(target=add_five, args=(str(tmp_path / "undo.json"), number, begin)) for number in range(4)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        blocks = json.loads((tmp_path / "undo.json").read_text())["customers"]
        assert [process.exitcode for process in processes] == [0] * 4
        assert sorted(len(block["users"]) for block in blocks) == [5] * 4

    def test_a_full_disk_stops_the_purge_and_leaves_nothing(
        self, tmp_path: t.Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "fsync", full)
        with refused(CollectionError, reason="undo_file"):
            UndoFile(str(tmp_path / "undo.json")).add(CUSTOMER, [user(1)])
        assert [path.name for path in tmp_path.iterdir()] == ["undo.json.lock"]

    @pytest.mark.parametrize(
        "content", ["something else", '{"customers": [{"users": [1]}]}', '{"customers": [{"users": {"a": 1}}]}']
    )
    def test_a_foreign_file_is_not_overwritten(self, tmp_path: t.Any, content: str) -> None:
        path = tmp_path / "undo.json"
        path.write_text(content)
        undo = UndoFile(str(path))
        assert getattr(undo.check(), "reason", None) == "wrong_file_kind"
        with refused(CollectionError, reason="wrong_file_kind"):
            undo.add(CUSTOMER, [user(1)])
        assert path.read_text() == content
        nowhere = UndoFile("/nowhere/undo.json")
        assert getattr(nowhere.check(), "reason", None) == "file_unwritable" and nowhere.check(writes=False) is None
        assert getattr(undo.check(writes=False), "reason", None) == "wrong_file_kind"


class TestCredentialsFile:
    def record(self, file: CredentialsFile, status: str = "pending", name: str = "a") -> None:
        protected = file.protected(Secret("x1234567"))
        file.append(
            status,
            customer_id=CUSTOMER,
            user_principal_name=f"{name}@b.example",
            user_id=None,
            request_id=None,
            protected=protected,
        )

    def test_modes_and_links(self, tmp_path: t.Any) -> None:
        path = tmp_path / "c.jsonl"
        file = CredentialsFile(str(path))
        os.umask(0)
        try:
            self.record(file)
        finally:
            os.umask(0o022)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o640)
        with pytest.raises(CredentialsFileError, match="chmod 600"):
            self.record(file, "delivered")
        link = tmp_path / "link"
        link.symlink_to(path)
        with refused(CredentialsFileError, reason="credentials_file"):
            self.record(CredentialsFile(str(link)))
        with refused(CredentialsFileError, reason="credentials_file"):
            CredentialsFile("/nowhere/c.jsonl").check()
        with refused(CredentialsFileError, reason="credentials_file"):
            CredentialsFile(str(tmp_path)).check()

    def test_a_torn_line_swallows_nothing(self, tmp_path: t.Any) -> None:
        path = tmp_path / "c.jsonl"
        file = CredentialsFile(str(path))
        self.record(file)
        with open(path, "a", encoding="utf-8") as handle:
            handle.write('{"time": "2026')
        self.record(file, "delivered")
        lines = path.read_text().splitlines()
        assert len(lines) == 3 and json.loads(lines[2])["status"] == "delivered"

    def test_many_writers(self, tmp_path: t.Any) -> None:
        file = CredentialsFile(str(tmp_path / "c.jsonl"))
        threads = [
            threading.Thread(
                target=lambda thread=thread: [self.record(file, name=f"u{thread}-{number}") for number in range(20)]
            )
            for thread in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len([json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]) == 160

    def test_generated_passwords(self) -> None:
        seen = {generate("ada.lovelace@contoso.example", "Ada").reveal() for _number in range(500)}
        assert len(seen) == 500
        for text in seen:
            assert len(text) == 20 and text[0].isalpha() and all(set(text) & set(letters) for letters in CLASSES)
            assert not any(part in text.lower() for part in ("ada", "lovelace", "contoso", "example"))


def test_progress_is_numbers_and_never_in_the_way(tmp_path: t.Any) -> None:
    class Counters:
        def progress(self) -> dict[str, float]:
            return {"reads": 1, "writes": 2, "retries": 0, "throttled": 0, "throttled_seconds": 0.5}

    path = tmp_path / "p.json"
    with Progress(str(path), Counters()) as progress:
        progress.rows(3, 10, 1)
    data = json.loads(path.read_text())
    assert data["finished"] and (data["done"], data["rows"], data["failed"], data["writes"]) == (3, 10, 1, 2)
    with Progress("/nowhere/p.json", Counters()) as progress:
        progress.rows(1, 1, 0)
    with Progress(None, Counters()):
        pass
