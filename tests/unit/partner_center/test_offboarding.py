"""Whom an offboarding deletes: nobody of whom it does not know what they had, and that it was written down and taken."""

from __future__ import annotations

import errno
import os
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks import leaver_records, locks
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import offboard
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.declared import Unreadable
from hypothesis import given, settings
from hypothesis import strategies as st

CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
IDS = [f"8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e0{number}" for number in range(4)]
A, B, C, D = IDS
GIVEN = {
    "customer_id": CUSTOMER,
    "users": IDS,
    "records": "/nonexistent",
    "licenses": "keep",
    "include": ["licenses", "roles"],
    "allow_synced": False,
}


def user(user_id: str, **changes: t.Any) -> dict[str, t.Any]:
    name = f"u{user_id[-1]}@contoso.example"
    base = {"id": user_id, "user_principal_name": name, "state": "active", "roles": [], "licenses": []}
    return {**base, **changes}


def row(user_id: str, status: str = "changed") -> dict[str, t.Any]:
    return {"user_id": user_id, "status": status, "message": "No." if status not in ("changed", "ok") else ""}


def result(*rows: t.Any, touched: t.Sequence[str] = (), **more: t.Any) -> dict[str, t.Any]:
    bad = any(one["status"] not in ("changed", "ok") for one in rows)
    failure = {"msg": "Rows failed.", "failure": {"reason": "rows_failed"}} if bad else {}
    return {"rows": list(rows), "operations": [{"user_id": one} for one in touched], **failure, **more}


def run(users: t.Sequence[t.Any], records: t.Any = "/nonexistent", check: bool = False, **steps: t.Any) -> Run:
    """A run that has come so far; its previews have nothing against it."""
    changes = steps.pop("given", {})
    made = {
        offboard.FIND: {"customers": [{"id": CUSTOMER, "name": "Contoso"}]},
        "token": {"access_token": "t", "expires_on": 1},
        "read": {"users": list(users), "missing": []},
        **steps,
    }
    begun = Run({**GIVEN, "records": str(records), **changes}, check_mode=check, steps=made, began=time.time() - 100)
    if "previews" not in made:
        made["previews"] = {"results": [previewed(begun, name) for name in offboard.PREVIEWS]}
    return begun


def previewed(begun: Run, name: str) -> dict[str, t.Any]:
    wanted = offboard.PREVIEWS[name](begun)["users"] if not begun.steps["read"]["missing"] else []
    return {"item": name, **result(*(row(one["user_id"]) for one in wanted))}


def declared(path: Path | str) -> t.Any:
    return yaml.safe_load(Path(path).read_text())


def read(_lookup: str, files: t.Sequence[str], **_options: t.Any) -> list[t.Any]:
    return [declared(path) for path in files]


def later(begun: Run, **steps: t.Any) -> Run:
    return Run(
        begun.given,
        check_mode=begun.check_mode,
        steps={**begun.steps, **steps},
        began=begun.began,
        broken=begun.broken,
        read=read,
    )


def recorded(begun: Run) -> Run:
    return later(begun, recorded=offboard.record(later(begun)))


def files(place: Path) -> dict[str, Path]:
    return {str(path.relative_to(place / CUSTOMER)): path for path in place.rglob("*") if path.is_file()}


class TestOptions:
    def test_one_sign_in_serves_all_steps(self) -> None:
        begun = run([user(A, roles=["Global Administrator"])])
        made = [offboard.find_options(begun), offboard.read_options(begun), offboard.deletable_options(begun)]
        made += [offboard.takeable_options(begun), offboard.strip_options(begun), offboard.delete_options(begun)]
        assert {options["access_token"] for options in made} == {"t"}
        assert not any("expires_on" in options for options in made)
        assert "access_token" not in offboard.read_options(later(begun, token={}))

    def test_what_is_taken(self) -> None:
        users = [user(A, roles=["Reports Reader"]), user(B, licenses=["EMS"]), user(C), user(D, state="deleted")]
        kept = offboard.strip_options(run(users))
        assert [one["user_id"] for one in kept["users"]] == [A] and kept["defaults"] == {"purge_roles": True}
        removed = offboard.strip_options(run(users, given={"licenses": "remove"}))
        assert [one["user_id"] for one in removed["users"]] == [A, B]
        assert removed["defaults"] == {"purge_roles": True, "licenses": [], "purge_licenses": True}

    @pytest.mark.parametrize("role", ["Global Administrator", "Company Administrator"])
    def test_only_who_may_be_the_last_is_previewed(self, role: str) -> None:
        options = offboard.takeable_options(run([user(A, roles=[role]), user(B, roles=["Reports Reader"])]))
        assert options["users"] == [{"user_id": A, "roles": []}] and options["defaults"] == {"purge_roles": True}

    def test_limit_and_synced_users_are_passed_on(self) -> None:
        begun = run([user(A)], given={"allow_synced": True, "max_delete_total": 40})
        for options in (offboard.deletable_options(begun), offboard.delete_options(begun)):
            assert options["max_delete_total"] == 40 and options["defaults"] == {"allow_synced": True}
            assert options["users"] == [{"user_id": A, "state": "absent"}]

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_nobody_leaves_of_whom_it_is_not_reported_that_everything_was_taken(self, data: t.Any) -> None:
        holders = data.draw(st.sets(st.sampled_from(IDS)))
        statuses = st.sampled_from(["changed", "ok", "failed", "unknown", "skipped"])
        rows = data.draw(st.lists(st.builds(row, st.sampled_from([*IDS, CUSTOMER]), statuses), max_size=8))
        begun = run([user(one, roles=["Reports Reader"] if one in holders else []) for one in IDS])
        stripped = data.draw(
            st.sampled_from([result(*rows), {"rows": rows}, {"msg": "MODULE FAILURE", "failed": True}, {}])
        )
        leaving = {one["user_id"] for one in offboard.delete_options(later(begun, stripped=stripped))["users"]}
        assert set(IDS) - holders <= leaving
        for one in leaving & holders:
            assert [found["status"] in ("changed", "ok") for found in stripped["rows"] if found["user_id"] == one] == [
                True
            ]

    def test_nothing_follows_an_interruption(self) -> None:
        stripped = {**result(row(A)), "msg": "x", "failure": {"reason": "interrupted"}}
        begun = run([user(A, roles=["Reports Reader"]), user(B)], stripped=stripped)
        assert offboard.delete_options(begun)["users"] == []
        ended = offboard.end(later(begun, recorded={"written": {}, "known": []}))
        assert (ended.status, ended.bad) == ("failed", True)


class TestRefusals:
    @pytest.mark.parametrize(
        "begun",
        [
            run([user(A)], read={"users": [user(A)], "missing": ["x@y.example"]}),
            run([user(A, roles=None)]),
            run([user(A, licenses=None)], given={"licenses": "remove"}),
            run([user(A)], previews={}),
            run([user(A)], previews={"results": [{"item": "deletable", **result(row(A, "failed"))}]}),
            run([user(A)], previews={"results": [{"item": "deletable", "failed": False, "msg": "Timed out."}]}),
            run(
                [user(A, roles=["Global Administrator"])],
                previews={"results": [{"item": "deletable", **result(row(A))}, {"item": "takeable", **result(row(B))}]},
            ),
        ],
    )
    def test_nothing_is_written_and_nothing_follows(self, begun: Run, tmp_path: Path) -> None:
        begun = later(begun)
        refused = recorded(Run({**begun.given, "records": str(tmp_path)}, steps=begun.steps, began=begun.began))
        assert set(refused.step("recorded")) == {"refused"} and list(tmp_path.iterdir()) == []
        assert not offboard.may_take(refused)
        ended = offboard.conclude(refused)
        assert (ended.status, ended.bad) == ("refused", True) and list(tmp_path.iterdir()) == []

    def test_what_cannot_be_seen_is_not_previewed(self) -> None:
        begun = run([user(A, roles=None), user(B, roles=["Global Administrator"])])
        assert offboard.deletable_options(begun)["users"] == offboard.takeable_options(begun)["users"] == []

    def test_a_run_without_a_record_takes_nothing(self) -> None:
        for found in ({}, {"refused": "x"}, {"skipped": True}):
            begun = later(run([user(A)]), recorded=found)
            assert not offboard.may_take(begun)
            assert offboard.conclude(begun).status == "refused"

    def test_before_anything_was_read(self) -> None:
        ended = offboard.conclude(Run({}, broken="What a task said.", problems=["x"]))
        assert (ended.status, ended.message, ended.bad) == ("refused", "What a task said.", True)


class TestRecords:
    def test_who_is_deleted_has_a_record_and_who_is_not_has_none(self, tmp_path: Path) -> None:
        users = [user(A, roles=["Reports Reader"]), user(B), user(C, roles=["Reports Reader"])]
        begun = recorded(run(users, tmp_path))
        unfinished = files(tmp_path)
        assert {name.rpartition(".")[2] for name in unfinished} == {"yml", "lock"} and len(unfinished) == 6
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in unfinished.values())
        assert (tmp_path / CUSTOMER / "unfinished").stat().st_mode & 0o777 == 0o700
        assert declared(begun.step("recorded")["written"][A])["users"][0]["roles"] == ["Reports Reader"]
        # A is deleted; of B, who had nothing to take, it is certain that nothing was sent; C lost the role, and the deletion was rejected.
        stripped = result(row(A), row(C), touched=[A, C])
        deleted = result(row(A), row(B, "failed"), row(C, "failed"), touched=[A])
        ended = offboard.conclude(later(begun, stripped=stripped, deleted=deleted))
        assert (ended.status, ended.bad, ended.facts) == ("failed", True, {"users": 3, "deleted": 1})
        assert set(files(tmp_path)) == {f"u0@contoso.example.{A}.yml", f"unfinished/u2@contoso.example.{C}.yml"}

    def test_an_interrupted_run_is_continued(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A, roles=["Reports Reader"])], tmp_path))
        # Renamed since, and with another role; the record keeps its name and what was taken.
        again = recorded(run([user(A, user_principal_name="new@contoso.example", roles=["Helpdesk"])], tmp_path))
        path = again.step("recorded")["written"][A]
        assert path == begun.step("recorded")["written"][A] and again.step("recorded")["known"] == [A]
        assert declared(path)["users"][0]["roles"] == ["Helpdesk", "Reports Reader"]
        # Nothing was sent in this run, but the first one may have taken something.
        failed = result(row(A, "failed"))
        ended = offboard.conclude(later(again, stripped=failed, deleted=result()))
        assert ended.bad and Path(path).exists()

    def test_who_is_deleted_by_now_has_a_record_in_its_place(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A)], tmp_path))
        old = tmp_path / CUSTOMER / f"old@contoso.example.{A}.yml"
        other = tmp_path / CUSTOMER / f"other@contoso.example.{B}.yml"
        old.write_text("x")
        other.write_text("x")
        gone = recorded(run([user(A, state="deleted")], tmp_path))
        assert not offboard.may_take(gone)
        ended = offboard.conclude(gone)
        assert (ended.status, ended.bad) == ("unchanged", False)
        offboard.conclude(begun)  # lets others go on
        assert set(files(tmp_path)) == {f"u0@contoso.example.{A}.yml", other.name}

    def test_in_check_mode_no_file_is_written(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A, roles=["Reports Reader"])], tmp_path, check=True))
        assert offboard.may_take(begun) and list(tmp_path.iterdir()) == []
        ended = offboard.conclude(later(begun, stripped=result(row(A)), deleted=result(row(A))))
        assert (ended.status, ended.bad, ended.facts["deleted"]) == ("ready", False, 0)
        assert list(tmp_path.iterdir()) == []

    def test_in_check_mode_no_record_moves(self, tmp_path: Path) -> None:
        users = [user(A), user(B), user(C)]
        offboard.conclude(recorded(run(users, tmp_path)))
        before = set(files(tmp_path))
        assert len(before) == 3
        checked = recorded(run([user(A), user(B, state="deleted"), user(C)], tmp_path, check=True))
        failed = result(row(A), row(C, "failed"))
        offboard.conclude(later(checked, stripped=result(), deleted=failed))
        assert set(files(tmp_path)) == before

    def test_for_nobody_no_folder_is_made(self, tmp_path: Path) -> None:
        gone = recorded(run([user(A, state="deleted")], tmp_path))
        assert offboard.conclude(gone).status == "unchanged" and list(tmp_path.iterdir()) == []

    def test_a_result_that_is_missing_is_no_success(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A)], tmp_path))
        ended = offboard.conclude(begun)
        assert (ended.status, ended.bad) == ("failed", True)
        assert [path.suffix for path in files(tmp_path).values()] == [".yml"], "kept, and no lock"

    def test_another_run_keeps_this_one_away(self, tmp_path: Path) -> None:
        place = tmp_path / CUSTOMER / "unfinished"
        place.mkdir(parents=True)
        locks.claim(str(place / f".{B}.lock"), {**locks.this_run(), "pid": 1, "started": locks._started(1)})
        refused = recorded(run([user(A), user(B)], tmp_path))
        assert "refused" in refused.step("recorded")
        offboard.conclude(refused)
        assert set(files(tmp_path)) == {f"unfinished/.{B}.lock"}

    def test_somebody_was_offboarded_while_this_run_read(self, tmp_path: Path) -> None:
        path = tmp_path / CUSTOMER / f"u0@contoso.example.{A}.yml"
        path.parent.mkdir(parents=True)
        path.write_text("x")
        refused = recorded(run([user(A)], tmp_path))
        assert "refused" in refused.step("recorded") and set(files(tmp_path)) == {path.name}
        before = run([user(A)], tmp_path)
        late = Run(before.given, steps=before.steps, began=time.time() + 100)
        assert "written" in offboard.record(Run(late.given, steps=late.steps, began=late.began, read=read))

    @pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
    def test_a_record_that_is_not_on_the_disk_is_none(
        self, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun = later(run([user(A)], tmp_path))
        real = os.fsync

        def fail(descriptor: int) -> None:
            if os.readlink(f"/proc/self/fd/{descriptor}").endswith("/unfinished"):
                raise OSError(number, os.strerror(number))
            real(descriptor)

        monkeypatch.setattr(leaver_records.os, "fsync", fail)
        refused = recorded(begun)
        assert set(refused.step("recorded")) == {"refused"} and not offboard.may_take(refused)
        assert offboard.conclude(refused).status == "refused"
        assert not [path for path in files(tmp_path).values() if path.suffix == ".lock"]

    def test_a_record_of_an_earlier_run_that_cannot_be_read_is_not_overwritten(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A)], tmp_path))
        path = Path(begun.step("recorded")["written"][A])
        path.write_text("{")

        def unreadable(*_terms: t.Any, **_options: t.Any) -> t.Any:
            raise Unreadable("not a declaration")

        again = Run(begun.given, steps=begun.steps, began=begun.began, read=unreadable)
        assert "refused" in offboard.record(again) and path.read_text() == "{"

    def test_a_record_that_cannot_be_moved_is_no_success(self, tmp_path: Path) -> None:
        begun = recorded(run([user(A)], tmp_path))
        (tmp_path / CUSTOMER / f"u0@contoso.example.{A}.yml").mkdir()
        ended = offboard.conclude(later(begun, stripped=result(), deleted=result(row(A), touched=[A])))
        assert (ended.status, ended.bad, ended.facts["deleted"]) == ("failed", True, 1)
        assert Path(begun.step("recorded")["written"][A]).exists()

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_record_goes_only_if_nothing_was_sent_and_moves_only_if_its_user_is_deleted(self, data: t.Any) -> None:
        moved: dict[str, t.Any] = {}
        statuses = st.sampled_from(["changed", "failed", "unknown", "skipped"])

        def reported(ids: t.Sequence[str]) -> t.Any:
            rows = [row(one, data.draw(statuses)) for one in ids if data.draw(st.booleans())]
            touched = [one for one in ids if data.draw(st.booleans())]
            return data.draw(st.sampled_from([result(*rows, touched=touched), {"rows": rows}, {}]))

        holders = data.draw(st.sets(st.sampled_from(IDS)))
        known = data.draw(st.sets(st.sampled_from(IDS)))
        begun = run([user(one, roles=["Reports Reader"] if one in holders else []) for one in IDS])
        begun = later(begun, recorded={"written": {one: one for one in IDS}, "known": sorted(known)})
        begun = later(begun, stripped=reported(sorted(holders)))
        begun = later(begun, deleted=reported([one["user_id"] for one in offboard.delete_options(begun)["users"]]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                leaver_records.Records,
                "settle",
                lambda _self, deleted, obsolete: moved.update(deleted=deleted, obsolete=obsolete) or [],
            )
            ended = offboard.conclude(begun)
        stripped, deleted = begun.step("stripped"), begun.step("deleted")
        for one in moved["deleted"]:
            assert [found["status"] for found in deleted["rows"] if found["user_id"] == one] == ["changed"]
        for one in moved["obsolete"]:
            assert one not in known and one not in moved["deleted"]
            for step in (stripped, deleted):
                assert not any(item["user_id"] == one for item in step.get("operations", ()))
        assert ended.bad or len(moved["deleted"]) == len(IDS)
