"""Tasks with many users say how far they are while they work, and say nothing where that would disturb."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import progress_lines as action
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO

LINE = re.compile(
    r"^(?:customer|azure_pack)_users(?: \[\w+\])?: (?:\d+ of \d+ rows|reading, \d+ requests)"
    r"(?:, \d+ failed)?(?:, (?:throttled once|\d+ times throttled) \(\d+ s\))?, \d+ s$"
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


@pytest.mark.core_differences
def test_lines_tell_how_far_it_is(ansible: Runner, emulator: t.Any) -> None:
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
    done = ansible.tasks([azure_pack, task("a", 10, ignore_errors=True)], play={"vars": EVERY})
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


@pytest.mark.core_differences
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


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> t.Any:
    """The action plugin without a task around it; `module` stands for the module."""
    made = action.ProgressLines.__new__(action.ProgressLines)
    made._connection, made._task, made._play_context, made._templar = Connection("local"), Task(), Options(), None
    monkeypatch.setattr(action.C, "DEFAULT_LOCAL_TMP", str(tmp_path), raising=False)
    return made


def test_the_file_is_private_and_removed(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def module(self: t.Any, module_args: t.Any = None, task_vars: t.Any = None) -> t.Any:
        place = Path(module_args["progress_file"]).parent
        assert place.parent == tmp_path and place.stat().st_mode & 0o077 == 0
        return {"invocation": {"module_args": dict(module_args)}, "changed": False}

    monkeypatch.setattr(NormalAction, "_execute_module", module)
    assert plugin._execute_module(task_vars={}) == {
        "invocation": {"module_args": {"users": [], "progress_file": None}},
        "changed": False,
    }
    assert list(tmp_path.iterdir()) == []


def test_an_exception_is_passed_on(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def module(self: t.Any, **_kwargs: t.Any) -> t.Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(NormalAction, "_execute_module", module)
    with pytest.raises(KeyboardInterrupt):
        plugin._execute_module(task_vars={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", ["another connection", "no room", "own file"])
def test_the_module_just_runs(plugin: t.Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reason: str) -> None:
    if reason == "another connection":
        plugin._connection = Connection("ssh")
    elif reason == "no room":
        monkeypatch.setattr(action.C, "DEFAULT_LOCAL_TMP", str(tmp_path / "nowhere"), raising=False)
    else:
        plugin._task.args = {"progress_file": "mine"}
    monkeypatch.setattr(NormalAction, "_execute_module", lambda self, **kwargs: kwargs)
    assert plugin._execute_module(task_vars={}) == {"task_vars": {}}
    plugin._task.args = Task.args


def test_a_file_that_is_missing_or_broken_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    monkeypatch.setattr(action.display, "display", lambda line, stderr: said.append(line))
    counts = {"done": 0, "rows": 0, "failed": 0, "reads": 3, "writes": 0, "retries": 0, "throttled": 2}
    counts |= {"throttled_seconds": 5.4, "seconds": 7.6, "finished": False}
    file = tmp_path / "progress.json"
    watch = action.Lines(str(file), 0.01, "x")
    watch.start()
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
    assert said == ["x: reading, 3 requests, 2 times throttled (5 s), 8 s"] and not watch._thread.is_alive()
