# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is quicker for ten thousand rows gives the same as what it stands for."""

from __future__ import annotations

import gc
import json
import os
import stat
import typing as t
from pathlib import Path
from unittest import mock

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import secrets as secrets_module
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.definition import Definition
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.module import THRESHOLD, unhurried
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.unescaped import has_one_view, views
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_info import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.kept_results import (
    KEPT,
    Lost,
    kept,
    whole,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.runs import run_of
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.as_json import indented
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running import in_place
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running.module_action import ModuleAction
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.written import replaced
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
SECRETS = ("S3cret-Value", "another/secret+1", "tiny")
PIECES = st.sampled_from(
    [
        *SECRETS,
        "s3CRET-vALUE",
        "S3cret",
        "-Value",
        "%2D",
        "\\n",
        "53 33 63 72",
        "&#45;",
        "eulaV-terc3S",
        "ä",
        " ",
        "\n",
        "x",
    ]
)
RESULT = {
    "changed": False,
    "rows": [{"status": "ok", "user_id": "1"}, {"status": "changed", "user_id": "2"}],
    "operations": [{"action": "update", "user_id": "2"}],
    "customers": [{"customer_id": "c", "ok": 1}],
    "summary": {"rows": 2},
}


@given(JSON)
def test_json_is_indented_as_python_does_it(value: t.Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


def test_json_has_no_infinite_number() -> None:
    with pytest.raises(ValueError):
        indented([float("inf")])


@given(st.text(st.sampled_from('%\\xu&#;"26aZ \n:-=+/')) | st.text())
def test_a_text_with_one_view_has_no_other(text: str) -> None:
    assert not has_one_view(text) or [view.text for view in views(text)] == [text]


@given(st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=6), st.booleans())
def test_many_texts_are_cleaned_as_each_of_them(texts: list[str], one_by_one: bool) -> None:
    known = Secrets()
    for secret in SECRETS:
        known.add(secret)
    result = {"rows": [{"text": text, text: 1} for text in texts], "plain": [f"user{n}@x.example" for n in range(3)]}
    most, secrets_module.MOST_HEADS = secrets_module.MOST_HEADS, 0 if one_by_one else secrets_module.MOST_HEADS
    try:
        cleaned = known.clean(result)
    finally:
        secrets_module.MOST_HEADS = most
    assert cleaned["rows"] == [{"text": known.scrub(text), known.scrub(text): 1} for text in texts]
    assert cleaned["plain"] == result["plain"]


def test_a_result_comes_back_whole_and_leaves_what_is_as_declared_in_a_private_file(tmp_path: Path) -> None:
    short = kept(dict(RESULT), str(tmp_path))
    assert [row["user_id"] for row in short["rows"]] == ["2"] and short["summary"] == RESULT["summary"]
    assert stat.S_IMODE(os.stat(short[KEPT]).st_mode) == 0o600
    read = whole({**short, "failed": False, "failed_when_result": False})
    assert {name: read[name] for name in RESULT} == RESULT and read["failed_when_result"] is False


@pytest.mark.parametrize("result", [{"msg": "No.", "failed": True}, {"skipped": True}])
def test_a_result_without_rows_is_left_alone(result: dict[str, t.Any], tmp_path: Path) -> None:
    assert kept(result, str(tmp_path)) is result and whole(result) is result and not any(tmp_path.iterdir())


def test_where_no_file_can_be_written_the_result_stays_whole(tmp_path: Path) -> None:
    assert kept(dict(RESULT), str(tmp_path / "none")) == RESULT


@pytest.mark.parametrize("content", [None, "{", "[1"])
def test_a_result_that_is_lost_is_a_failure_of_its_host(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_text(content)
    lost = {"rows": [], "requests": {}, KEPT: str(path)}
    with pytest.raises(Lost):
        whole(lost)
    run = run_of(
        "drift",
        ("compared",),
        {"inventory_hostname": "a", "ansible_play_hosts_all": ["a"], "_drift_compared": lost},
        lambda *_terms, **_options: [],
    )
    assert run.hosts[0].broken.startswith("a: ") and "compared" not in run.hosts[0].steps


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"a": 1, "correlation_id": "2", "rows": [{"request_id": None, "b": 1}]}, True),
        ({"a": 1, "correlation_id": "1", "rows": [{"request_id": "x", "b": 2}]}, False),
        ({"a": "correlation_id", "correlation_id": "1", "rows": [{"request_id": "x", "b": 1}]}, False),
    ],
)
def test_a_report_that_differs_in_the_ids_of_requests_alone_is_not_written_again(
    other: dict[str, t.Any], same: bool, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    assert replaced(str(path), indented({"a": 1, "correlation_id": "1", "rows": [{"request_id": "x", "b": 1}]}))
    before = path.read_text()
    assert replaced(str(path), indented(other)) is not same and (path.read_text() == before) is same


def test_a_process_enters_it_once() -> None:
    """A module that runs in Ansible's worker is within the task, and the task is within it."""
    before, seen = gc.get_threshold(), []

    def body(_module: t.Any) -> dict[str, t.Any]:
        seen.append(gc.get_threshold())
        return {"changed": False}

    definition = Definition(DEFINITION.system, {}, body)
    in_place.execute(definition, in_place.encoded({"access_token": "x"}), environment={}, directory=".")
    with mock.patch.object(NormalAction, "run", lambda *_task: body(None)):
        assert object.__new__(ModuleAction).run() == {"changed": False}
    assert seen[0] == before and (seen[1] == (THRESHOLD, *before[1:]) or not before[0]) and gc.get_threshold() == before


def test_the_collector_is_as_it_was_afterwards() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), unhurried():
        assert gc.get_threshold()[0] > before[0] or before[0] == 0
        raise ZeroDivisionError
    assert gc.get_threshold() == before
