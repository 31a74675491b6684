# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run writes down around its writes, and what it does when it cannot."""

from __future__ import annotations

import json
import os
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.chained_file import ChainedFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.run_log import (
    Run,
    RunLog,
    log_of,
    logged,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.verify import verify
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.interruption import (
    UNINTERRUPTED,
    Interrupted,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import Operation
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.confirming import NotAccepted

from .factories import user

NOW = datetime(2026, 11, 29, 7, 8, 9, 123456, tzinfo=timezone.utc)
DELETE = Operation("delete", "grace@contoso.example", "id", {"state": ("active", "deleted")}, "declared absent")
RESET = Operation("reset_password", "grace@contoso.example", "id", {"password": (None, True)}, "update_password")


def made(path: Path, actor: t.Callable[[], t.Any] = lambda: {"user_principal_name": "svc@x"}, **how: t.Any) -> RunLog:
    secrets = Secrets()
    secrets.add("CANARY-secret")
    run = Run("c0ffee", actor, lambda: (NOW, True))
    return RunLog(ChainedFile(str(path)), run, secrets, UNINTERRUPTED, **how)


def lines(path: Path) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def around(log: RunLog, act: t.Callable[[Outcome], t.Any], operation: Operation = DELETE) -> t.Any:
    outcome = Outcome(None)
    return log.around(operation, {"customer_id": "c"}, outcome, lambda: act(outcome))


def test_a_write_has_a_line_before_and_one_after_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = made(path, change_reference="CHG-1")

    def act(outcome: Outcome) -> str:
        assert [line["kind"] for line in lines(path)] == ["log_started", "write_intended"]
        outcome.answers.append(Answer(204, None, "request", "c0ffee"))
        return "what it returns"

    assert around(log, act) == "what it returns"
    before, after = lines(path)[1:]
    assert (
        before["fields"] == {"state": {"before": "active", "after": "deleted"}}
        and before["change_reference"] == "CHG-1"
    )
    assert (before["time"], before["clock"]) == ("2026-11-29T07:08:09.123Z", "service")
    assert (after["write"], after["status"], after["http_status"], after["request_id"]) == (
        before["write"],
        "changed",
        204,
        "request",
    )


def test_each_line_is_on_the_disk_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = tmp_path / "log", []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        if path.exists() and os.path.samestat(os.fstat(descriptor), os.stat(path)):
            synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", noted)
    around(made(path), lambda _outcome: synced.append(-path.stat().st_size))
    before, act, after = synced[-3:]
    assert before == -act < after == path.stat().st_size


def test_no_secret_is_written_down(tmp_path: Path) -> None:
    log = made(tmp_path / "log", change_reference="CANARY-secret")
    around(log, lambda _outcome: None, RESET)
    assert "CANARY" not in (tmp_path / "log").read_text()
    assert lines(tmp_path / "log")[1]["fields"]["password"] == {"before": None, "after": "********"}


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (ServiceError("No.", status=403, code=None, reason="missing_role"), "failed", "missing_role"),
        (TransportError("Lost.", ambiguous=True, reason="timeout"), "unknown", "timeout"),
        (TransportError("Never sent.", reason="unreachable"), "failed", "unreachable"),
        (Interrupted("Ended.", ambiguous=True), "unknown", "interrupted"),
        (NotAccepted("Not all.", user(1)), "changed", "not_accepted"),
        (KeyError("x"), "unknown", "KeyError"),
        (KeyboardInterrupt(), "unknown", "KeyboardInterrupt"),
    ],
)
def test_what_became_of_a_write(tmp_path: Path, error: BaseException, status: str, reason: str) -> None:
    log = made(tmp_path / "log")

    def act(_outcome: Outcome) -> None:
        raise error

    with pytest.raises(type(error)):
        around(log, act)
    assert (lines(tmp_path / "log")[-1]["status"], lines(tmp_path / "log")[-1]["reason"]) == (status, reason)
    assert verify([("log", (tmp_path / "log").read_bytes())]).unsettled == {}


def test_a_run_that_is_killed_leaves_an_unsettled_write(tmp_path: Path) -> None:
    log = made(tmp_path / "log")
    process = os.fork()
    if process == 0:
        around(log, lambda _outcome: os._exit(9))
    os.waitpid(process, 0)
    found = list(verify([("log", (tmp_path / "log").read_bytes())]).unsettled.values())
    assert len(found) == 1
    one = found[0]
    assert (one["seq"], one["correlation_id"], one["action"], one["customer_id"]) == (2, "c0ffee", "delete", "c")


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    path, done = tmp_path / "log", []
    log = made(path)
    log.begin(module="x")
    path.chmod(0o666)
    with pytest.raises(CollectionError) as caught:
        around(log, lambda _outcome: done.append(1))
    assert caught.value.details["reason"] == "untrusted_file" and done == []

    def nobody() -> t.Any:
        raise CollectionError("No token.")

    path.chmod(0o600)
    with pytest.raises(CollectionError):
        around(made(path, nobody), lambda _outcome: done.append(1))
    assert done == [] and len(lines(path)) == 2


def test_what_was_done_and_is_not_in_the_log_fails_the_task(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = made(path)

    def body() -> dict[str, t.Any]:
        around(log, lambda _outcome: path.chmod(0o666))
        path.chmod(0o600)
        return {"changed": True, "msg": "1 deleted"}

    result = logged(log, body, module="x")
    assert result["changed"] and result["failed"] and result["failure"]["reason"] == "audit_log_incomplete"
    assert result["audit_log"]["seq"] == lines(path)[-1]["seq"]
    assert len(verify([("log", path.read_bytes())]).unsettled) == 1


def test_the_row_says_that_its_write_is_not_in_the_log_and_so_does_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = made(path)
    outcome = Outcome(None)

    def body() -> dict[str, t.Any]:
        log.around(DELETE, {"customer_id": "c"}, outcome, lambda: path.chmod(0o666))
        path.chmod(0o600)
        raise CollectionError("No.", reason="missing_role")

    with pytest.raises(CollectionError) as caught:
        logged(log, body, module="x")
    assert "audit_log" in outcome.unnoted and len(outcome.warnings) == 1
    assert caught.value.message.startswith("No. ") and len(caught.value.message) > 10


def test_both_lines_have_the_reference_of_the_row_and_the_id_that_was_made(tmp_path: Path) -> None:
    log = made(tmp_path / "log", change_reference="CHG-TASK")
    about = {"customer_id": "c", "user_id": None}
    log.around(DELETE, about, Outcome(None), lambda: user(1), "CHG-ROW")
    before, after = lines(tmp_path / "log")[1:]
    assert [before["change_reference"], after["change_reference"]] == ["CHG-ROW"] * 2
    assert [before["user_id"], after["user_id"]] == [None, user(1).id]


def test_a_run_that_ends_in_an_error_ends_in_the_log(tmp_path: Path) -> None:
    log = made(tmp_path / "log")

    def body() -> dict[str, t.Any]:
        raise CollectionError("No.", reason="missing_role")

    with pytest.raises(CollectionError) as caught:
        logged(log, body, module="x")
    last = lines(tmp_path / "log")[-1]
    assert (last["kind"], last["failed"], last["reason"]) == ("run_ended", True, "missing_role")
    assert caught.value.task["audit_log"] == {"path": str(tmp_path / "log"), "seq": last["seq"], "hash": last["hash"]}


def test_a_run_that_cannot_begin_does_nothing(tmp_path: Path) -> None:
    log = made(tmp_path / "no" / "log")
    with pytest.raises(CollectionError) as caught:
        logged(log, lambda: pytest.fail("it was run"), module="x")
    assert caught.value.details["reason"] == "audit_log_unwritable"


@pytest.mark.parametrize(
    ("params", "reasons"),
    [
        ({"audit_log": None}, []),
        ({"audit_log": "{}/log"}, []),
        ({"audit_log": "{}/log", "audit_log_max_bytes": 9999}, ["out_of_range"]),
        ({"audit_log": None, "audit_log_max_bytes": 10000}, ["contradiction"]),
        ({"audit_log": "{}/no/log"}, ["file_unwritable"]),
    ],
)
def test_options(tmp_path: Path, params: dict[str, t.Any], reasons: list[str]) -> None:
    params = {key: value.format(tmp_path) if isinstance(value, str) else value for key, value in params.items()}
    problems: list[t.Any] = []
    found = log_of(params, True, problems)
    assert [problem.reason for problem in problems] == reasons
    assert (found is None) == (params["audit_log"] is None) and list(tmp_path.iterdir()) == []
    assert log_of(params, False, []) is None
