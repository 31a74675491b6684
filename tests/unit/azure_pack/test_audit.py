"""The audit log of a run against Windows Azure Pack: a line before and after each write, whatever becomes of it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.client import Api
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import UserOutcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.auditing import audited
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import converge
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.chained_file import ChainedFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.verify import verify
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.interruption import (
    UNINTERRUPTED,
    Uninterrupted,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.run_limit import RunLimit
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from hypothesis import given, settings
from hypothesis import strategies as st

from .service import NAME, Service

WAITING = Waiting(True, 60, 5)
ROWS = st.builds(
    UserDeclaration,
    st.sampled_from(["present", "suspended", "absent"]),
    st.just(NAME),
    st.sampled_from([None, NAME, "other@tenant.example"]),
    st.sampled_from(["fail", "delete", "orphan"]),
)


class Task:
    """What a log wants to know of a module."""

    def __init__(self, secret: str = "") -> None:
        self.secrets = Secrets()
        if secret:
            self.secrets.add(secret)
        self.interruption = UNINTERRUPTED


class Clockwork(Uninterrupted):
    """Time that passes only where somebody waits."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def wait(self, seconds: float) -> bool:
        self.service.sleep(seconds)
        return False


def logged(service: Service, path: Path, secret: str = "", reference: str | None = "CHG1") -> Api:
    api = service.api()
    api.transport.budget = WaitBudget(60, clock=lambda: service.now, interruption=Clockwork(service))
    return audited(api, t.cast(t.Any, Task(secret)), ChainedFile(str(path)), reference)


def run(service: Service, row: UserDeclaration, api: Api, waiting: Waiting = WAITING) -> UserOutcome:
    def clock() -> float:
        return service.now

    (outcome,) = converge(api, [row], waiting, check_mode=False, run_limit=RunLimit(1, None), clock=clock)
    return outcome


def lines(path: Path, kind: str = "") -> list[dict[str, t.Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in found if kind in ("", line["kind"])]


@given(
    row=ROWS,
    trouble=st.sampled_from([None, "before", "after", "500", "race"]),
    state=st.sampled_from([None, "active", "suspended"]),
    owns=st.integers(0, 1),
    fails=st.booleans(),
)
@settings(max_examples=30)
def test_every_write_has_its_two_lines(
    tmp_path_factory: pytest.TempPathFactory,
    row: UserDeclaration,
    trouble: str | None,
    state: str | None,
    owns: int,
    fails: bool,
) -> None:
    path = tmp_path_factory.mktemp("log") / "audit.log"
    service = Service(fails=fails, takes=3, trouble=[trouble])
    if state:
        service.put(state=state, owns=owns)
    before = len(lines(path))
    intended_when_sent = []
    answer = service.answer

    api = logged(service, path)

    def send(method: str, *rest: t.Any) -> t.Any:
        if method != "GET":
            intended_when_sent.append(len(lines(path, "write_intended")))
        return answer(method, *rest)

    api.transport.send = t.cast(t.Any, send)
    outcome = run(service, row, api)
    intended, settled = lines(path, "write_intended"), lines(path, "write_settled")
    # The line is on the disk when the request goes out, and each write has one of its own.
    assert before == 0 and intended_when_sent == list(range(1, len(service.writes) + 1))
    assert [line["write"] for line in intended] == [line["write"] for line in settled]
    assert [line["action"] for line in intended] == [
        {"POST": "create", "PUT": "update", "DELETE": "delete"}[method] for method, *_rest in service.writes
    ]
    statuses = [line["status"] for line in settled]
    assert (statuses.count("changed") > 0) == bool(outcome.done), (statuses, outcome)
    assert ("unknown" in statuses) == (outcome.status == "unknown"), (statuses, outcome)
    ends = lines(path, "deletion_ended")
    assert len(ends) == sum(line.get("deletion") == "accepted" for line in settled)
    for line in ends:
        assert (line["deletion"], line["write"]) == (outcome.deletion, settled[-1]["write"])
    for line in (*intended, *settled, *ends):
        assert line["name"] == NAME and line["endpoint"] == "https://wap.example:30004"
        assert line["correlation_id"] == "session" and line["change_reference"] == "CHG1" and line["run"]
    if intended:
        assert verify([("log", path.read_bytes())]).unsettled == {}


def test_who_what_for_whom_and_under_which_id(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    service = Service()
    service.put(state="active", owns=1)
    outcome = run(service, UserDeclaration("absent", NAME, None, "delete"), logged(service, path))
    (intended,), (settled,) = lines(path, "write_intended"), lines(path, "write_settled")
    assert outcome.deletion == "finished"
    assert (intended["delete_subscriptions"], intended["force"]) == (True, False)
    assert [each["id"] for each in intended["subscriptions"]] == ["id-0"]
    assert intended["who"]["principal_id"] == "somebody" and intended["who"]["local_user"]
    assert settled["http_status"] in (200, 202, 204) and settled["request_id"].startswith("request-")
    # Accepted is not done: what became of it is a line of its own.
    assert settled["deletion"] == "accepted"
    (ended,) = lines(path, "deletion_ended")
    assert ended["deletion"] == "finished" and ended["reason"] is None


def test_fields_before_and_after_without_secrets(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    service = Service()
    service.put(state="active", Email="CANARY@tenant.example")
    row = UserDeclaration("suspended", NAME, "new@tenant.example", "fail")
    run(service, row, logged(service, path, secret="CANARY", reference=None))
    (intended,) = lines(path, "write_intended")
    assert intended["fields"]["email"] == {"before": "********@tenant.example", "after": "new@tenant.example"}
    assert intended["fields"]["state"]["after"] == "suspended" and "change_reference" not in intended
    assert "CANARY" not in path.read_text()


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    service = Service()
    api = logged(service, path)
    path.mkdir()
    outcome = run(service, UserDeclaration("present", NAME, None, "fail"), api)
    assert outcome.status == "failed" and outcome.reason in ("audit_log_unwritable", "wrong_file_kind")
    assert service.writes == []


def test_two_runs_under_the_id_of_one_session_are_two(tmp_path: Path) -> None:
    """A session id may be given, and be the same every night: the end of one run must not settle what another began."""
    path = tmp_path / "audit.log"
    service = Service()
    run(service, UserDeclaration("present", NAME, None, "fail"), logged(service, path))
    cut = [line for line in path.read_bytes().splitlines(keepends=True) if b"write_settled" not in line]
    path.write_bytes(b"".join(cut))
    path.with_name("audit.log.head").unlink()
    run(service, UserDeclaration("suspended", NAME, None, "fail"), logged(service, path))
    found = verify([("log", path.read_bytes())])
    assert found.reason is None and len(found.unsettled) == 1 and found.writes == 2
