"""Where a module runs, and that a process in which it ran is as it was before."""

from __future__ import annotations

import datetime
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as module_warnings
from ansible.release import __version__ as ansible_version
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import front_door
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_user import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import in_place
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running.execution import VARIABLE, way_of
from hypothesis import given
from hypothesis import strategies as st

TESTS = Path(__file__).resolve().parents[2]
CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
CORE = tuple(int(number) for number in ansible_version.split(".")[:2])

# The front door

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
TYPED = st.recursive(
    st.none() | st.text() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def texts(value: t.Any) -> t.Any:
    """What ansible-core makes of dates."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


@given(PLAIN)
def test_what_json_can_say_passes_as_it_is(value: t.Any) -> None:
    assert front_door.wrapped(value) is value and front_door.as_texts(value) is value
    assert front_door.unwrapped(value) == value


@given(TYPED)
def test_dates_arrive_as_they_were(value: t.Any) -> None:
    sent = json.loads(json.dumps(front_door.wrapped(value)))
    assert front_door.unwrapped(sent) == value and front_door.as_texts(sent) == texts(value)


def test_what_was_written_is_a_copy_all_the_way_down() -> None:
    value = {"a": [{"b": []}]}
    made = front_door.unwrapped(value)
    made["a"][0]["b"].append(1)
    assert value == {"a": [{"b": []}]}


@pytest.mark.parametrize("written", [5, ["date"], ["date", 5], ["year", "2026"], ["date", "x"], {}, None])
def test_somebody_elses_dictionary_stays_one(written: t.Any) -> None:
    value = {front_door.KEY: written}
    assert front_door.unwrapped(value) == value and front_door.as_texts(value) == value


# Where


def action(**changes: t.Any) -> t.Any:
    """As much of an action plugin as is looked at."""
    known = {"transport": "local", "become": None, "async_val": 0, "delegate_to": None, **changes}
    return SimpleNamespace(
        _connection=SimpleNamespace(transport=known["transport"], become=known["become"]),
        _task=SimpleNamespace(async_val=known["async_val"], delegate_to=known["delegate_to"]),
        _templar=SimpleNamespace(template=lambda value: value),
    )


@pytest.fixture
def other_python(tmp_path: Path) -> str:
    """Another environment of the same Python."""
    path = tmp_path / "python"
    path.symlink_to(os.path.realpath(sys.executable))
    return str(path)


def interpreter(path: str) -> dict[str, t.Any]:
    return {"ansible_python_interpreter": path}


def test_in_place_where_the_process_would_be_the_same(tmp_path: Path, other_python: str) -> None:
    twin = Path(sys.executable).with_name("python3")
    for variables in (
        {},
        {VARIABLE: "auto"},
        interpreter("auto"),
        interpreter("auto_silent"),
        interpreter(""),
        interpreter(sys.executable),
        {**interpreter("{{ ansible_playbook_python }}"), "ansible_playbook_python": sys.executable},
        *([interpreter(str(twin))] if twin.exists() else []),
    ):
        assert way_of(action(), variables, ["json"]).in_place, variables
    of_host = {**interpreter(other_python), "ansible_delegated_vars": {"localhost": interpreter(sys.executable)}}
    assert way_of(action(delegate_to="localhost"), of_host, []).in_place


def test_shipped_where_it_would_not(other_python: str) -> None:
    for made, variables, word in (
        (action(transport="ssh"), {}, "ssh"),
        (action(become=object()), {}, "become"),
        (action(async_val=5), {}, "async"),
        (action(), {VARIABLE: "module"}, VARIABLE),
        (action(), interpreter(other_python), "interpreter"),
        (action(), interpreter("python3"), "interpreter"),
        (action(delegate_to="x"), {"ansible_delegated_vars": {"x": interpreter(other_python)}}, "interpreter"),
        (action(), {}, "no_such_library"),
    ):
        way = way_of(made, variables, ["no_such_library"] if word == "no_such_library" else [])
        assert not way.in_place and word in way.why, way


@pytest.mark.parametrize("said", ["Module", "worker", "", None, True])
def test_a_word_that_is_none_of_the_two_is_refused(said: t.Any) -> None:
    with pytest.raises(OptionError) as refused:
        way_of(action(), {VARIABLE: said}, [])
    assert refused.value.details["reason"] == "not_a_choice"


# What is left of it


OF_ANSIBLE: dict[str, t.Any] = {"_ansible_tracebacks_for": []} if CORE >= (2, 19) else {}
"""What Ansible itself adds to the options, where it does."""


def options(**given: t.Any) -> bytes:
    return in_place.encoded({"customer_id": CUSTOMER, "access_token": "x", **given, **OF_ANSIBLE})


def run(args: bytes, directory: Path, **environment: t.Any) -> tuple[in_place.Ended, dict[str, t.Any]]:
    ended = in_place.execute(DEFINITION, args, environment=environment, directory=str(directory))
    return ended, json.loads(ended.stdout)


def test_a_process_is_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)

    def state() -> tuple[t.Any, ...]:
        return (
            dict(os.environ),
            os.getcwd(),
            [signal.getsignal(number) for number in numbers],
            tempfile.tempdir,
            list(logging.getLogger().handlers),
            list(module_warnings._global_warnings),
            {name: getattr(basic, name, None) for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE")},
            sys.stdout,
            sys.stderr,
            os.umask(os.umask(0o22)),
        )

    tempfile.gettempdir()
    module_warnings.warn("Somebody else's.")
    before = state()
    seen: list[t.Any] = []

    def body(module: t.Any) -> dict[str, t.Any]:
        print("not a result")
        module.warn("Mine.")
        logging.getLogger("library").warning("Hushed.")
        seen.extend([os.environ["TMPDIR"], os.environ["NUMBER"], tempfile.gettempdir(), os.getcwd()])
        os.environ["LEFT"] = "behind"
        del os.environ["HOME"]
        return {"changed": False, "user": None}

    definition = type(DEFINITION)(DEFINITION.system, DEFINITION.spec, body)
    ended = in_place.execute(
        definition,
        options(user_id=CUSTOMER),
        environment={"TMPDIR": str(tmp_path), "NUMBER": 5},
        directory=str(tmp_path),
    )
    result = json.loads(ended.stdout[ended.stdout.index("{") :])
    assert ended.rc == 0 and result["user"] is None and "Mine." in json.dumps(result["warnings"])
    assert "Somebody" not in json.dumps(result["warnings"]) and "Hushed" not in ended.stdout + ended.stderr
    assert seen == [str(tmp_path), "5", str(tmp_path), str(tmp_path)]
    assert state() == before and capsys.readouterr().out == ""


def test_refused_options_end_like_a_module(tmp_path: Path) -> None:
    ended, result = run(options(nonsense=1, user_id=5), tmp_path)
    assert ended.rc == 1 and result["failed"] and "nonsense" in result["msg"]
    ended, result = run(options(user_principal_name="x"), tmp_path)
    assert ended.rc == 1 and result["failed"] and result["failure"]["reason"]


def test_a_defect_of_the_frame_shows_no_data(tmp_path: Path) -> None:
    def broken(_spec: t.Any, **_rules: t.Any) -> t.NoReturn:
        raise RuntimeError("Canary-Zq7")

    ended = in_place.execute(
        t.cast("t.Any", SimpleNamespace(module=lambda: broken({}))), options(), environment={}, directory=str(tmp_path)
    )
    assert json.loads(ended.stdout)["failed"] and "Canary" not in ended.stdout + ended.stderr


# What it costs

BUDGET = """
import json, sys, time
sys.path.insert(0, {tests!r})
import conftest
import ansible.plugins.action.normal, ansible.utils.display, ansible.executor.module_common
before, started = set(sys.modules), time.process_time()
import ansible_collections.tenantops.partner_center.plugins.action.customer_users
seconds, loaded = time.process_time() - started, set(sys.modules) - before
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import in_place
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules import customer_user
args = in_place.encoded({{
    "customer_id": {customer!r}, "user_id": {customer!r}, "access_token": "x", "api_url": "https://localhost:9",
    "max_wait": 0, **{of_ansible!r},
}})
ended = in_place.execute(customer_user.DEFINITION, args, environment={{}}, directory=".")
after = set(sys.modules) - before - loaded
print(json.dumps([seconds, sorted(loaded), sorted(after), json.loads(ended.stdout)]))
"""
RARE = ("msal", "cryptography", "jwt", "smtplib", "webbrowser", "ansible.parsing.ajson")
SECONDS, LOADED, LATE = 0.3, 390, 40
"""What the parent may take for customer_users, and how much may come in the worker for a task that needs nothing rare."""


def test_what_is_rare_is_imported_late() -> None:
    script = BUDGET.format(tests=str(TESTS), customer=CUSTOMER, of_ansible=OF_ANSIBLE)
    done = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True
            ).stdout.splitlines()[-1]
        )
        for _number in range(2)
    ]
    seconds, loaded, late, result = min(done)
    assert result["failure"]["reason"] != "missing_library" and "localhost" in result["msg"]
    rare = [name for name in (*loaded, *late) if name.partition(".")[0] in RARE or name in RARE]
    assert rare == [] and len(loaded) < LOADED and len(late) < LATE, (len(loaded), late, rare)
    assert seconds < SECONDS * 2, "twice, because tests run side by side with others"
