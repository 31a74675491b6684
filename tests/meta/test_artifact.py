# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball has what a user needs and nothing else, and works when it is installed without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FQCN = "tenantops.partner_center"
BIN = Path(sys.executable).parent

ALLOWED = {"extensions", "plugins", "playbooks", "meta", "docs", "changelogs", "tests"}
EMULATED = {
    "docs/emulator.md",
    "docs/trials.md",
    "playbooks/azure_pack_demo.yml",
    "playbooks/demo.yml",
    "playbooks/tasks/azure_pack_demo_report.yml",
    "playbooks/tasks/demo_report.yml",
}
"""What is about the emulator stays in the repository."""
ALLOWED_FILES = {"README.md", "LICENSE", "CHANGELOG.md", "FILES.json", "MANIFEST.json"}


def call(name: str, *arguments: object, cwd: Path, **variables: str) -> str:
    (cwd / "ansible.cfg").touch()
    env = {
        "PATH": f"{BIN}{os.pathsep}{os.defpath}",
        "HOME": str(cwd),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",  # verify takes what Python leaves behind for a change
        "ANSIBLE_CONFIG": str(cwd / "ansible.cfg"),
        **variables,
    }
    done = subprocess.run(
        [str(BIN / name), *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("build")
    call("ansible-galaxy", "collection", "build", ROOT, "--output-path", directory, cwd=directory)
    (found,) = directory.glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(tarball) -> Path:
    """A directory with the collection and no other."""
    directory = tarball.parent / "installed"
    call("ansible-galaxy", "collection", "install", "--offline", "-p", directory, tarball, cwd=tarball.parent)
    return directory


@pytest.fixture(scope="module")
def names(tarball) -> list[str]:
    with tarfile.open(tarball) as archive:
        return [member.name for member in archive.getmembers() if member.isfile()]


def test_it_contains_nothing_but_what_a_user_needs(names):
    for name in names:
        top = name.split("/")[0]
        assert name in ALLOWED_FILES or (top in ALLOWED and "/" in name), name
    assert [name for name in names if name.startswith("tests/")] == ["tests/config.yml"]
    assert not [name for name in names if name.startswith("extensions/") and not name.startswith("extensions/eda/")]
    assert [name for name in names if name.startswith("changelogs/")] == ["changelogs/changelog.yaml"]


def test_it_contains_everything_that_a_user_needs(names):
    present = (
        path
        for part in ("plugins", "playbooks", "meta", "extensions/eda")
        for path in (ROOT / part).rglob("*")
        if path.is_file()
    )
    wanted = {str(path.relative_to(ROOT)) for path in present if "__pycache__" not in path.parts}
    assert EMULATED - {"docs/emulator.md", "docs/trials.md"} <= wanted
    assert wanted - EMULATED <= set(names)
    assert {"README.md", "LICENSE", "CHANGELOG.md", "meta/runtime.yml"} <= set(names)


def test_it_contains_nothing_about_the_emulator(names, tarball):
    assert not EMULATED & set(names)
    assert not [name for name in names if name.startswith("docs/examples/awx/")], "needs the collection awx.awx"
    with tarfile.open(tarball) as archive:
        code = [name for name in names if name.startswith(("plugins/", "playbooks/", "meta/", "extensions/"))]
        speaking = [name for name in code if b"emulator" in archive.extractfile(name).read().lower()]
    assert not speaking


def test_it_contains_no_caches_and_no_hidden_files(names):
    parts = {part for name in names for part in name.split("/")}
    assert not [
        part
        for part in parts
        if part.startswith(".") or part == "__pycache__" or part.endswith((".pyc", ".sqlite", ".pem"))
    ]


def test_the_installed_modules_have_documentation(installed):
    listed = json.loads(
        call("ansible-doc", "--json", "--list", FQCN, cwd=installed, ANSIBLE_COLLECTIONS_PATH=str(installed))
    )
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.name != "__init__.py"}
    assert set(listed) == {f"{FQCN}.{name}" for name in modules}
    assert len(
        json.loads(call("ansible-doc", "--json", *listed, cwd=installed, ANSIBLE_COLLECTIONS_PATH=str(installed)))
    ) == len(modules)


SHIPPED = sorted(p.stem for p in (ROOT / "playbooks").glob("*.yml") if f"playbooks/{p.name}" not in EMULATED)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_installed_playbooks_are_found_by_name(installed, name):
    call(
        "ansible-playbook",
        "-i",
        "localhost,",
        "--syntax-check",
        f"{FQCN}.{name}",
        cwd=installed,
        ANSIBLE_COLLECTIONS_PATH=str(installed),
    )


def test_the_installed_files_are_those_of_the_tarball(installed, tarball):
    call("ansible-galaxy", "collection", "verify", "--offline", "-p", installed, FQCN, cwd=tarball.parent)
