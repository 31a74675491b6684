"""The source of events for Event-Driven Ansible, and the rulebook that reacts to it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EDA = ROOT / "extensions" / "eda"


def load() -> t.Any:
    """As ansible-rulebook does it: by path."""
    place = EDA / "plugins" / "event_source" / "drift_report.py"
    spec = t.cast(t.Any, importlib.util.spec_from_file_location("drift_report", place))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(path: Path, text: str) -> None:
    """In one step, as the playbook does it."""
    path.with_suffix(".new").write_text(text)
    os.replace(path.with_suffix(".new"), path)


async def events(path: Path, *contents: str | None) -> list[dict[str, t.Any]]:
    """What the source says while the file has these contents, one after the other; None is a file that is not there."""
    queue: asyncio.Queue[dict[str, t.Any]] = asyncio.Queue()
    source = asyncio.create_task(load().main(queue, {"path": str(path), "interval": 0.001}))
    found = []
    try:
        for content in contents:
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write(path, content)
            await asyncio.sleep(0.05)
            while not queue.empty():
                found.append(queue.get_nowait())
            assert not source.done()
    finally:
        source.cancel()
    return found


def test_each_result_is_one_event(tmp_path: Path) -> None:
    drift, none = ({"status": "drift", "counts": {"changed": 2}}, {"status": "no_drift"})
    path = tmp_path / "result.json"
    found = asyncio.run(events(path, None, json.dumps(drift), None, json.dumps(none), json.dumps(none)))
    assert found == [{**each, "path": str(path)} for each in (drift, none, none)]


@pytest.mark.parametrize("content", ['{"status": "dri', "[]", '{"status": 1}', "", "{}", "\x00"])
def test_what_is_no_result_is_no_event(tmp_path: Path, content: str) -> None:
    good = '{"status": "drift"}'
    found = asyncio.run(events(tmp_path / "result.json", content, good))
    assert [each["status"] for each in found] == ["drift"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"path": ""},
        {"path": 1},
        {"path": "x", "interval": 0},
        {"path": "x", "interval": True},
        {"path": "x", "interval": "1"},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="drift_report: "):
        asyncio.run(load().main(asyncio.Queue(), wrong))


def test_the_rulebook_knows_every_status_and_applies_nothing() -> None:
    (ruleset,) = yaml.safe_load((EDA / "rulebooks" / "drift.yml").read_text(encoding="utf-8"))
    conditions = [rule["condition"] for rule in ruleset["rules"]]
    assert conditions == [f'event.status == "{status}"' for status in ("drift", "failed", "no_drift")]
    (source,) = [set(each) - {"name"} for each in ruleset["sources"]]
    assert source == {"tenantops.partner_center.drift_report"}
    play = ruleset["rules"][0]["action"]["run_playbook"]
    assert play["name"] == "tenantops.partner_center.reconcile" and set(play["extra_vars"]) == {
        "reconcile_directory",
        "reconcile_output",
        "reconcile_credentials_file",
    }
