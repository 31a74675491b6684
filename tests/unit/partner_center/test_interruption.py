"""The one place that knows whether a run is to end, and what asks it: waits, pools, paces, the run_limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import TransportError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.interruption import (
    Interrupted,
    Interruption,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.lineage import Lineage, Processes
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import may_be_done
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.run_limit import PurgeLimit, RunLimit
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.pacing import Pace
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import Written
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.transport import Transport
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import CUSTOMER, declared, user

ALONE = Lineage(())
"""A process that depends on nobody."""
MODULE, SHELL, WORKER, MAIN, TERMINAL = 100, 90, 80, 70, 60
PLAYBOOK = [b"/venv/bin/python3", b"/venv/bin/ansible-playbook", b"site.yml"]


class Table(Processes):
    """Processes as a test has them; this one is MODULE."""

    def __init__(self, **commands: list[bytes]) -> None:
        self.parents: dict[int, int] = {MODULE: SHELL, SHELL: WORKER, WORKER: MAIN, MAIN: TERMINAL, TERMINAL: 1}
        self.commands = {
            MODULE: [b"python3", b"AnsiballZ"],
            SHELL: [b"sh"],
            WORKER: PLAYBOOK,
            MAIN: PLAYBOOK,
            TERMINAL: [b"bash"],
        }
        self.commands.update({int(name[1:]): words for name, words in commands.items()})

    def parent(self, process: int) -> int | None:
        return self.parents.get(MODULE if process == os.getpid() else process)

    def command(self, process: int) -> list[bytes]:
        return self.commands.get(MODULE if process == os.getpid() else process, [])

    def dies(self, process: int) -> None:
        """As the system does it: the children get another parent."""
        self.parents = {
            child: (1 if parent == process else parent) for child, parent in self.parents.items() if child != process
        }


class Stopped:
    """An interruption that comes after so many questions."""

    def __init__(self, after: int = 0) -> None:
        self.left = after
        self.lock = threading.Lock()

    def reached(self) -> str:
        with self.lock:
            self.left -= 1
        return "" if self.left >= 0 else "The run was interrupted (test)."

    def wait(self, seconds: float) -> bool:
        return bool(self.reached())


# Who has to live


@pytest.mark.parametrize("process", [SHELL, WORKER, MAIN])
def test_the_death_of_every_process_up_to_ansible_playbook_is_seen(process: int) -> None:
    table = Table()
    lineage = Lineage.of_this_process(table)
    assert not lineage.broken()
    table.dies(process)
    assert lineage.broken()


def test_ansible_playbook_may_outlive_its_terminal() -> None:
    table = Table()
    lineage = Lineage.of_this_process(table)
    table.dies(TERMINAL)
    assert not lineage.broken()


def test_sudo_and_subshells_are_forks_too_and_are_not_taken_for_ansible() -> None:
    table = Table(p100=[b"sudo", b"-H"], p90=[b"sudo", b"-H"])
    lineage = Lineage.of_this_process(table)
    table.dies(MAIN)
    assert lineage.broken()


@pytest.mark.parametrize("commands", [{}, {"p80": [], "p70": []}, {"p80": [b"python3", b"something"]}])
def test_where_ansible_is_not_known_the_own_parent_counts(commands: dict[str, list[bytes]]) -> None:
    table = Table(**(commands or {"p80": [b"a"], "p70": [b"b"]}))
    lineage = Lineage.of_this_process(table)
    table.dies(MAIN)
    assert not lineage.broken()
    table.dies(SHELL)
    assert lineage.broken()


def test_who_has_no_parent_depends_on_nobody() -> None:
    table = Table()
    table.parents[MODULE] = 1
    assert Lineage.of_this_process(table).links == () and not Lineage.of_this_process(table).broken()


def test_the_real_processes() -> None:
    lineage = Lineage.of_this_process()
    assert lineage.links[0] == (os.getpid(), os.getppid()) and not lineage.broken()
    with subprocess.Popen(["sleep", "60"]) as child:
        assert Processes().parent(child.pid) == os.getpid()
        child.kill()
        child.wait()
        assert Processes().parent(child.pid) is None and Lineage(((child.pid, os.getpid()),)).broken()


# Signals and the pipe


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait_and_raises_nothing(number: int) -> None:
    before = signal.getsignal(number)
    with Interruption(None, ALONE) as interruption:
        assert not interruption.reached() and not interruption.wait(0)
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        started = time.monotonic()
        assert interruption.wait(30) and time.monotonic() - started < 10
        os.kill(os.getpid(), number)  # once more: nothing is lost by it
        assert signal.Signals(number).name in interruption.reached() and interruption.signal == number
    assert signal.getsignal(number) is before


def test_a_wait_in_another_thread_ends_too_and_those_that_come_later_do_not_begin() -> None:
    with Interruption(None, ALONE) as interruption:
        ended: list[bool] = []
        threads = [threading.Thread(target=lambda: ended.append(interruption.wait(30))) for _number in range(3)]
        for thread in threads:
            thread.start()
        os.kill(os.getpid(), signal.SIGTERM)
        for thread in threads:
            thread.join(10)
        assert ended == [True] * 3 and interruption.wait(30)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption(None, ALONE) as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interruption.wait(0.01)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_alarm_is_taken_only_where_somebody_has_set_one() -> None:
    """Inside Ansible's worker it is the keyword timeout; elsewhere it would end the process."""
    with Interruption(None, ALONE):
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL

    def ring(_number: int, _frame: t.Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with Interruption(None, ALONE) as interruption:
            os.kill(os.getpid(), signal.SIGALRM)
            assert interruption.wait(30) and "timeout" in interruption.reached()
        assert signal.getsignal(signal.SIGALRM) is ring
    finally:
        signal.signal(signal.SIGALRM, before)


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def inside() -> None:
        with Interruption(None, ALONE) as interruption:
            seen.append((signal.getsignal(signal.SIGTERM), interruption.reached()))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [(before, "")]


def test_a_reader_that_closes_its_end_of_the_pipe() -> None:
    reading, writing = os.pipe()
    with Interruption(writing, ALONE) as interruption:
        assert not interruption.wait(0.05)
        threading.Timer(0.05, os.close, (reading,)).start()
        started = time.monotonic()
        assert interruption.wait(30) and time.monotonic() - started < 10
    os.close(writing)


@pytest.mark.parametrize("path", ["/dev/null", None])
def test_a_file_and_a_closed_descriptor_have_no_reader_to_lose(path: str | None) -> None:
    descriptor = os.open(path or "/dev/null", os.O_WRONLY)
    if path is None:
        os.close(descriptor)
    with Interruption(descriptor, ALONE) as interruption:
        assert not interruption.wait(0.05)
    if path is not None:
        os.close(descriptor)


def test_the_end_of_the_parent_ends_a_wait() -> None:
    table = Table()
    with Interruption(None, Lineage.of_this_process(table)) as interruption:
        threading.Timer(0.05, table.dies, (MAIN,)).start()
        assert interruption.wait(30) and "has ended" in interruption.reached()


def test_nothing_is_left_open() -> None:
    before = sorted(os.listdir("/proc/self/fd")), threading.active_count()
    for _number in range(3):
        with Interruption(None, ALONE):
            pass
    assert (sorted(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_a_signal_while_the_main_thread_holds_any_lock_deadlocks_nobody() -> None:
    """A storm of signals over a main thread that does nothing but wait and ask."""
    with Interruption(None, ALONE) as interruption:
        interruption._note(signal.SIGTERM, None)
        interruption.signal = None
        storm = (
            "import os, signal, sys, time\nfor _ in range(200):\n"
            "    os.kill(int(sys.argv[1]), signal.SIGTERM); time.sleep(0.0005)"
        )
        with subprocess.Popen([sys.executable, "-c", storm, str(os.getpid())]) as process:
            while process.poll() is None:
                interruption.wait(0.001)
        assert interruption.reached()


# Who asks


def test_no_wait_is_begun_or_goes_on() -> None:
    slept: list[float] = []
    assert not WaitBudget(60, slept.append, interruption=Stopped()).wait(5) and slept == []
    assert not WaitBudget(60, slept.append, interruption=Stopped(1)).wait(5) and slept == [5]
    assert WaitBudget(60, slept.append).wait(5)


def test_a_pace_lets_nobody_sleep() -> None:
    pace = Pace(1, lambda: 0.0, lambda _seconds: pytest.fail("slept"), interruption=Stopped())
    pace.partner.tempo.rate = 0.001
    gate = pace.gate("a")
    for _number in range(3):
        moment = gate.enter(1)
        assert moment is not None
        gate.leave(1, moment)


def test_the_brake_has_a_word_for_it_and_a_purge_is_not_counted() -> None:
    run_limit = RunLimit(3, None, interruption=Stopped())
    assert (
        "interrupted" in run_limit.reached()
        and run_limit.details() == {"reason": "interrupted"}
        and PurgeLimit(run_limit).details() == run_limit.details()
    )
    quiet = RunLimit(3, None)
    assert PurgeLimit(quiet).reached() == "" and quiet.details() == {}
    PurgeLimit(quiet).note(t.cast(t.Any, Outcome()))
    assert quiet.done == 0 and "no token" in PurgeLimit(quiet).reached()


class Outcome:
    nobody_can, message, status = True, "no token", "failed"


class Sent(Exception):
    """A request went out."""


@pytest.mark.parametrize("after", [0, 1])
def test_a_request_is_not_begun(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = Transport(
        "https://api.example", t.cast(t.Any, Tokens()), budget=WaitBudget(5, interruption=Stopped(after))
    )
    monkeypatch.setattr(transport, "send", lambda *_arguments: pytest.fail("sent"))
    for call in (lambda: transport.get("customers"), lambda: transport.write("DELETE", "customers/x")):
        with pytest.raises(Interrupted) as stopped:
            call()
        assert stopped.value.details["reason"] == "interrupted" and not may_be_done(stopped.value)


class Tokens:
    def get(self) -> str:
        return "opaque"


@pytest.mark.parametrize(("method", "unclear"), [("GET", False), ("DELETE", True)])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_request_is_not_repeated(status: int, method: str, unclear: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal nothing was done; after a server's error it may have been."""
    sent: list[int] = []

    class Answer:
        status_code, headers, content, reason = status, {"Retry-After": "300"}, b"", "No"

    transport = Transport(
        "https://api.example",
        t.cast(t.Any, Tokens()),
        budget=WaitBudget(600, lambda _seconds: None, interruption=Stopped(2)),
    )
    monkeypatch.setattr(transport, "send", lambda *_arguments: sent.append(1) or Answer())
    with pytest.raises(Interrupted) as stopped:
        transport.get("customers") if method == "GET" else transport.write(method, "customers/x")
    assert len(sent) == 1 and may_be_done(stopped.value) == (unclear and status != 429)


class World:
    """Takes operations, as many at a time as it is asked."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.customer_id, self.facts = CUSTOMER, facts_of("AzureCloud")
        self.session, self.budget, self.audit = self, WaitBudget(0), None
        self.lock = threading.Lock()

    def user(self, _user_id: str) -> t.Any:
        raise TransportError("A read that is stopped like everything else.")

    def delete_user(self, user_id: str) -> Written:
        with self.lock:
            self.sent.append(user_id)
        return Written(Answer(204, None, "request", "correlation"))

    def update_user(self, user_id: str, values: dict[str, str]) -> Written:
        self.delete_user(user_id)
        made = user(1).with_values({"id": user_id, **values})
        return Written(Answer(200, {}, "request", "correlation"), made)


def row(number: int, *actions: str) -> RowPlan:
    one: User = user(number)
    fields = {
        "update": {"display_name": ("old", "new")},
        "rename": {"user_principal_name": ("a@contoso.example", "b@contoso.example")},
    }
    operations = [Operation(action, one.user_principal_name, one.id, fields.get(action, {})) for action in actions]
    return RowPlan(declared(user_id=one.id, user_principal_name=None), one, one, tuple(operations))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["rename", "update", "delete"]), min_size=0, max_size=3, unique=True),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 20),
    st.sampled_from([1, 3]),
)
def test_what_is_said_of_each_row_is_what_was_sent(plans: list[list[str]], after: int, parallel: int) -> None:
    """Whenever it comes: nothing more is sent, no row is lost, and each says exactly what was done for it."""
    world, stop = World(), Stopped(after)
    rows = tuple(row(number, *actions) for number, actions in enumerate(plans))
    outcomes = begin(
        Plan(CUSTOMER, rows), t.cast(t.Any, world), secrets=Secrets(), max_parallel=parallel, interruption=stop
    ).finish()
    assert len(outcomes) == len(rows) and len(world.sent) == min(after, sum(map(len, plans)))
    for actions, outcome in zip(plans, outcomes):
        done = [operation.action for operation in outcome.done]
        assert done == actions[: len(done)] and world.sent.count(str(outcome.plan.before.id)) == len(done)
        expected = ("changed" if actions else "ok") if len(done) == len(actions) else ("failed" if done else "skipped")
        assert outcome.status == expected and (outcome.details.get("reason") == "interrupted") == (
            expected in ("failed", "skipped")
        )
        assert outcome.changed == bool(done)
        assert "failure" not in outcome.message, "an interruption is none"
