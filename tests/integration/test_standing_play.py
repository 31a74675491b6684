"""What the tests share to be quick changes nothing of what they find out."""

from __future__ import annotations

import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import pytest
from support.playbooks import FRESH, MODULE, SUPPORT, Runner
from support.standing_play import StandingPlayError

from .conftest import CONTOSO
from .scenes import ADELE, GRACE, writes

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(FRESH, reason="nothing is shared")]

CREATE = {
    "customer_id": CONTOSO,
    "user_principal_name": GRACE,
    "display_name": "{{ 'Grace' }}",
    "usage_location": "US",
    "password": "Correct-Horse-7",
}


def alike(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """Without what differs each time."""
    user = {name: value for name, value in (result.get("user") or {}).items() if name != "id"}
    return {
        name: value
        for name, value in result.items()
        if name not in ("correlation_id", "request_id", "invocation", "msg", "operations")
    } | {"user": user}


@pytest.mark.parametrize("keywords", [{"check": True, "diff": True}, {"diff": True}, {}])
def test_a_result_is_the_same_as_with_an_ansible_playbook_of_its_own(
    ansible: Runner, emulator: t.Any, keywords: dict[str, t.Any]
) -> None:
    both = [{**CREATE, "usage_location": "ZZ"}, CREATE]
    shared = [ansible.module("customer_user", **keywords, **options) for options in both]
    sent = len(writes(emulator))
    emulator.reset()
    alone = ansible.tasks(
        [{"name": "Run", MODULE + "customer_user": options, "ignore_errors": True} for options in both], **keywords
    ).modules
    assert list(map(alike, shared)) == list(map(alike, alone)) and [result["failed"] for result in alone] == [
        True,
        False,
    ]
    assert len(writes(emulator)) == sent == ("check" not in keywords)


def test_no_step_sees_what_another_one_left(ansible: Runner, emulator: t.Any) -> None:
    module = {MODULE + "customer_user_info": {"customer_id": CONTOSO, "user_id": ADELE}}
    ansible.step(
        [{"name": "Leave", **module, "register": "left"}, {"name": "Keep", "ansible.builtin.set_fact": {"kept": 1}}]
    )
    seen = ansible.step(
        [{"name": "Look", "ansible.builtin.debug": {"msg": "{{ left is defined or kept is defined }}"}}]
    )
    assert str(seen.records[-1]["result"]["msg"]) == "False"
    lost = ansible.module("customer_info", env={"PARTNER_CENTER_CLIENT_SECRET": None})
    assert lost["failed"] and not ansible.module("customer_info")["failed"]


def test_a_failure_that_nobody_expects_is_raised_and_the_next_step_runs(ansible: Runner, emulator: t.Any) -> None:
    for tasks in (
        [{"name": "Fail", MODULE + "customer_user": {"customer_id": "x"}}],
        [{"name": "No task", "no_such_module": {}}],
    ):
        with pytest.raises(StandingPlayError, match=r"GUID|no_such_module"):
            ansible.step(tasks)
    assert ansible.module("customer_info")["customers"]


def test_kept_code_is_that_of_the_text_and_names_its_file(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    env = {"PYTHONPATH": str(SUPPORT / "kept_code"), "TENANTOPS_KEPT_CODE": str(kept)}
    source = "def where():\n    return {}, where.__code__.co_filename\n"
    for number, (name, text) in enumerate([("a.zip", "1"), ("b.zip", "1"), ("b.zip", "2")]):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("kept_module.py", source.format(text))
        program = (
            f"import sys; sys.path.insert(0, {str(tmp_path / name)!r}); import kept_module; print(*kept_module.where())"
        )
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [text, str(tmp_path / name / "kept_module.py")]
        assert len(list(kept.iterdir())) == (1, 1, 2)[number]
