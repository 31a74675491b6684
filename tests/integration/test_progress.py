"""Tasks with many users say how far they are while they work, and say nothing where that would disturb."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import progress_lines as action
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO

LINE = re.compile(
    r"^(?:customer|azure_pack)_users(?: \[\w+\])?: (?:\d+ of \d+ rows|reading, \d+ requests)"
    r"(?:, \d+ failed)?(?:, (?:throttled once|\d+ times throttled) \(\d+ s\))?, \d+ s(?:, about \d+ (?:s|min) left)?$"
)
EVERY = {"partner_center_progress_seconds": 0.2}


def people(prefix: str, number: int = 6) -> list[dict[str, t.Any]]:
    return [
        {
            "user_principal_name": f"{prefix}{index}@contoso.example",
            "display_name": "New",
            "usage_location": "US",
            "password": "CANARY-Horse-7",
        }
        for index in range(number)
    ]


def task(prefix: str, number: int = 6, **keys: t.Any) -> dict[str, t.Any]:
    options = {"customer_id": CONTOSO, "max_parallel": 1, "users": people(prefix, number), **keys.pop("options", {})}
    return {"name": prefix, MODULE + "customer_users": options, **keys}


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("customer_users", "azure_pack_users"))]


@pytest.mark.parametrize(
    "way",
    [
        pytest.param("auto", marks=pytest.mark.core_differences_thorough),
        pytest.param("module", marks=pytest.mark.thorough),
    ],
)
def test_lines_tell_how_far_it_is(ansible: Runner, emulator: t.Any, way: str) -> None:
    emulator.set(latency_ms=250)
    emulator.fault("throttle", {"method": "POST", "server": "api"}, retry_after=1, times=1, after=2)
    emulator.fault(
        "status",
        {"method": "POST", "server": "api"},
        status=403,
        body={"code": 900308, "description": "No."},
        times=1,
        after=5,
    )
    emulator.azure_pack.add_users(
        {"name": "old@x.example", "subscriptions": [{"name": "Web", "provider": {"outcome": "ok", "seconds": 2}}]}
    )
    old = {"name": "old@x.example", "state": "absent", "subscriptions": "delete"}
    azure_pack = {
        "name": "b",
        MODULE + "azure_pack_users": {"users": [{"name": "new@x.example"}, old], "wait_interval": 1},
    }
    variables = {**EVERY, "partner_center_execution": way}
    done = ansible.tasks([azure_pack, task("a", 10, ignore_errors=True)], play={"vars": variables})
    said = lines(done.stderr)
    assert len(said) >= 2 and not [line for line in said if not LINE.match(line)] and len(set(said)) == len(said), (
        done.output
    )
    waiting = [line for line in said if line.startswith("azure_pack_users: ")]
    assert any("1 of 2 rows" in line for line in waiting), "who is deleted counts when it is gone"
    assert (
        any("of 10 rows" in line for line in said)
        and "throttled once (1 s)" in done.stderr
        and "1 failed" in done.stderr
        and " left" in done.stderr
    )
    assert lines(done.stdout) == [] and "CANARY" not in done.output
    assert done.last["summary"]["changed"] == 9 and "progress.json" not in json.dumps(done.last)


@pytest.mark.core_differences
def test_no_lines_where_they_would_disturb(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    emulator.set(latency_ms=200)
    own = tmp_path / "progress.json"
    tasks = [
        task("hidden", no_log=True, register="hidden"),
        task("own", options={"progress_file": str(own)}),
        task("off", vars={"partner_center_progress_seconds": 0}),
        task("background", poll=1, **{"async": 60}),
        {"ansible.builtin.assert": {"that": "hidden.summary.changed == 6"}},
    ]
    done = ansible.tasks(tasks, play={"vars": EVERY}, env={"ANSIBLE_ASYNC_DIR": str(tmp_path / "async")})
    assert done.rc == 0 and lines(done.output) == [], done.output
    assert (
        json.loads(own.read_text())["finished"]
        and len([user for user in emulator.users(CONTOSO) if user["display_name"] == "New"]) == 24
    )


@pytest.mark.core_differences_thorough
def test_hosts_and_items_side_by_side(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(latency_ms=200)
    play = {"hosts": "one:two", "vars": {**EVERY, "partner_center_progress_seconds": "{{ 1 / 5 }}"}}
    looped = task("{{ inventory_hostname }}{{ item }}", 5, loop=["x", "y"], loop_control={"label": "{{ item }}"})
    done = ansible.tasks([looped], play=play, extra=["-i", "one,two,"])
    said = lines(done.stderr)
    assert done.rc == 0 and {line.split(":")[0] for line in said} == {"customer_users [one]", "customer_users [two]"}, (
        done.output
    )
    assert (
        not [line for line in said if not LINE.match(line)]
        and len([user for user in emulator.users(CONTOSO) if user["display_name"] == "New"]) == 20
    )


def test_lines_are_events_of_ansible_runner(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """Which is what AWX shows. They disturb no event of a task, and what a task returns is complete."""
    runner = pytest.importorskip("ansible_runner", reason="ansible-runner is not installed")
    emulator.set(latency_ms=250)
    variables = {**EVERY, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = [{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task("runner")]}]
    foreign = {"ANSIBLE_CALLBACK_PLUGINS": None, "ANSIBLE_CALLBACKS_ENABLED": None}
    done = runner.run(
        private_data_dir=str(tmp_path),
        playbook=play,
        inventory="localhost ansible_connection=local",
        envvars=ansible.env(**foreign),
        quiet=True,
    )
    events = list(done.events)
    said = [event["stdout"] for event in events if event["event"] == "verbose"]
    assert done.rc == 0 and said and not [line for line in said if not LINE.match(line)], said
    (result,) = [event["event_data"]["res"] for event in events if event["event"] == "runner_on_ok"]
    assert result["summary"]["changed"] == 6 and "CANARY" not in json.dumps(events)


def test_a_bad_number_of_seconds_and_check_mode(ansible: Runner, emulator: t.Any) -> None:
    done = ansible.tasks([task("a", 1)], play={"vars": {"partner_center_progress_seconds": "soon"}}, check=True)
    assert done.rc == 0 and "is not a number of seconds" in done.stderr and done.last["changed"]


class Connection:
    def __init__(self, transport: str) -> None:
        self.transport = transport


class Task:
    action = MODULE + "customer_users"
    no_log = False
    async_val = 0
    args: dict[str, t.Any] = {"users": []}


class Options:
    no_log = False


class Templar:
    def template(self, value: t.Any) -> t.Any:
        return value


SHIPPED = {"partner_center_execution": "module"}


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> t.Any:
    """The action plugin without a task around it; `module` stands for the module, which is shipped."""
    made = action.ProgressLines.__new__(action.ProgressLines)
    made._connection, made._task, made._play_context = Connection("local"), Task(), Options()
    made._templar, made.definition = Templar(), DEFINITION
    monkeypatch.setattr(action.C, "DEFAULT_LOCAL_TMP", str(tmp_path), raising=False)
    return made


def test_the_file_is_private_and_removed(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def module(self: t.Any, module_args: t.Any = None, task_vars: t.Any = None) -> t.Any:
        place = Path(module_args["progress_file"]).parent
        assert place.parent == tmp_path and place.stat().st_mode & 0o077 == 0
        return {"invocation": {"module_args": dict(module_args)}, "changed": False}

    monkeypatch.setattr(NormalAction, "_execute_module", module)
    assert plugin._execute_module(task_vars=SHIPPED) == {
        "invocation": {"module_args": {"users": [], "progress_file": None}},
        "changed": False,
    }
    assert list(tmp_path.iterdir()) == []


def test_an_exception_is_passed_on(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def module(self: t.Any, **_kwargs: t.Any) -> t.Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(NormalAction, "_execute_module", module)
    with pytest.raises(KeyboardInterrupt):
        plugin._execute_module(task_vars=SHIPPED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", ["another connection", "no room", "own file"])
def test_the_module_just_runs(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reason: str) -> None:
    given: dict[str, t.Any] = {"users": []}
    if reason == "another connection":
        plugin._connection = Connection("ssh")
    elif reason == "no room":
        monkeypatch.setattr(action.C, "DEFAULT_LOCAL_TMP", str(tmp_path / "nowhere"), raising=False)
    else:
        given = {"progress_file": "mine"}
    monkeypatch.setattr(plugin._task, "args", given, raising=False)
    monkeypatch.setattr(NormalAction, "_execute_module", lambda self, **kwargs: kwargs)
    assert plugin._execute_module(task_vars=SHIPPED) == {"task_vars": SHIPPED, "module_args": given}


def test_the_first_line_comes_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the pause between two lines is, somebody who looks after a few seconds shall see that it lives."""
    pauses: list[float] = []
    watch = action.Lines(60, "x")
    monkeypatch.setattr(watch._stop, "wait", lambda seconds: pauses.append(seconds) or len(pauses) > 2)
    watch._keep(dict)
    assert pauses == [action.FIRST_SECONDS, 60, 60]


@pytest.mark.parametrize(
    ("done", "rows", "seconds", "left"),
    [(0, 9, 7, None), (9, 9, 7, None), (1, 4, 10, "about 30 s left"), (1, 100, 10, "about 16 min left")],
)
def test_the_end_is_estimated_from_what_was_done(done: int, rows: int, seconds: float, left: str | None) -> None:
    counts = {**dict.fromkeys(action.COUNTED, 0), "done": done, "rows": rows, "seconds": seconds}
    last = action.words(counts).rsplit(", ", maxsplit=1)[-1]
    assert last == (left or f"{seconds} s")


def test_a_file_that_is_missing_or_broken_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    monkeypatch.setattr(action.display, "display", lambda line, stderr: said.append(line))
    counts = {"done": 0, "rows": 0, "failed": 0, "reads": 3, "writes": 0, "retries": 0, "throttled": 2}
    counts |= {"throttled_seconds": 5.4, "seconds": 7.6, "finished": False}
    file = tmp_path / "progress.json"
    watch = action.Lines(0.01, "x")
    watch.start(lambda: action._read(str(file)))
    for text in (
        "{",
        "[]",
        "{}",
        json.dumps(counts),
        json.dumps({**counts, "seconds": 9}),
        json.dumps({**counts, "rows": 9, "finished": True}),
    ):
        file.write_text(text)
        watch._stop.wait(0.1)
    watch.stop()
    assert said == ["x: reading, 3 requests, 2 times throttled (5 s), 8 s"]
    assert watch._thread is not None and not watch._thread.is_alive()
