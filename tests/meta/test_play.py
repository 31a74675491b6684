# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make play` and `make demo`: what they refuse, and what fits on a screen."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts" / "dev"


@pytest.fixture
def play(monkeypatch):
    """The module behind `make play`, with the folder of scripts on the path for the time of a test."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    before = set(sys.modules)
    spec = importlib.util.spec_from_file_location("play_under_test", SCRIPTS / "play.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in set(sys.modules) - before:
        if str(SCRIPTS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def steps():
    spec = importlib.util.spec_from_file_location("steps_under_test", SCRIPTS / "callback_plugins" / "steps.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_playbook_must_be_named(play, monkeypatch):
    monkeypatch.delenv("FILE", raising=False)
    with pytest.raises(SystemExit, match="make play FILE="):
        play.play([])


def test_a_playbook_must_exist_and_runs_in_its_folder(play, tmp_path):
    with pytest.raises(SystemExit, match="no such file"):
        play._place(str(tmp_path / "missing.yml"))
    (tmp_path / "site.yml").write_text("[]")
    assert play._place(str(tmp_path / "site.yml")) == (tmp_path, "site.yml")
    assert play._place("tenantops.partner_center.doctor") == (ROOT, "tenantops.partner_center.doctor")


def test_the_settings_of_the_folder_count(play, tmp_path):
    assert "ANSIBLE_CONFIG" not in play._settings_of(tmp_path)
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    assert play._settings_of(tmp_path)["ANSIBLE_CONFIG"] == str(tmp_path / "ansible.cfg")


@pytest.mark.parametrize("text", ["http", "80", "-1", "65535", "8443.0"])
def test_a_port_that_is_none_is_named(play, monkeypatch, text):
    monkeypatch.setenv("EMULATOR_PORT", text)
    with pytest.raises(SystemExit, match="EMULATOR_PORT"):
        play._base_port()


def test_a_port_in_use_is_named(play):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is in use"):
            play._refuse_taken({"api": port})


def test_the_ports_are_those_that_the_emulator_has(play):
    # As a program: the emulator and the script that starts it have the same name.
    command = [sys.executable, "-m", "emulator", "--help"]
    shown = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=True).stdout
    assert sorted(play.SERVERS) == sorted(set(re.findall(r"--([a-z-]+)-port", shown)))


def test_a_step_is_a_few_short_lines(steps):
    result = {"outcome": "failed", "msg": "word " * 200, "requests": {"reads": 1, "writes": 2}}
    entries = [{"method": "GET", "path": "/a", "status": 200}, {"method": "POST", "path": f"/{'0' * 8}", "status": 201}]
    lines = steps.lines_of("1", "create a user", result, entries)
    assert lines[0].endswith("1 read, POST 201") and "Create a user" in lines[0]
    assert lines[-1].endswith(" ...") and len(lines) == 3 and max(map(len, lines)) <= 100


def test_a_shell_starts_in_the_folder_that_is_named(play, monkeypatch, tmp_path):
    monkeypatch.delenv("FOLDER", raising=False)
    assert play._folder() == ROOT / "docs" / "examples" / "starter"
    monkeypatch.setenv("FOLDER", str(tmp_path))
    assert play._folder() == tmp_path
    monkeypatch.setenv("FOLDER", str(tmp_path / "missing"))
    with pytest.raises(SystemExit, match="no such folder"):
        play._folder()


def test_the_starter_names_only_what_is_there():
    starter = ROOT / "docs" / "examples" / "starter"
    page = (starter / "README.md").read_text(encoding="utf-8")
    files = set(re.findall(r"~/starter/([\w.]+\.yml)", page)) | set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert len(files) >= 6 and all((starter / name).is_file() for name in files)
    playbooks = set(re.findall(r"ansible-playbook tenantops\.partner_center\.(\w+)", page))
    assert len(playbooks) >= 2 and all((ROOT / "playbooks" / f"{name}.yml").is_file() for name in playbooks)
    links = set(re.findall(r"\]\(([^)#]+)", page))
    assert links and all((starter / target).resolve().is_file() for target in links)
