# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reviewer, a hub and a buyer look for is there, and the workflows run what the Makefile runs."""

from __future__ import annotations

import re
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = ROOT / "tests" / "integration" / "targets"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
sys.path.append(str(ROOT / "scripts" / "dev"))

import environments  # noqa: E402

PLACES = {
    ".github/CODEOWNERS",
    ".github/ISSUE_TEMPLATE/bug_report.yml",
    ".github/ISSUE_TEMPLATE/config.yml",
    ".github/ISSUE_TEMPLATE/feature_request.yml",
    ".github/ISSUE_TEMPLATE/probe_report.yml",
    ".github/dependabot.yml",
    ".github/pull_request_template.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSES/GPL-3.0-or-later.txt",
    "REUSE.toml",
    "SECURITY.md",
    "SUPPORT.md",
    "docs/moving.md",
    "docs/releasing.md",
    "docs/stability.md",
    "extensions/eda/rulebooks/drift.yml",
    "extensions/molecule/default/molecule.yml",
}

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])


def read(path: Path) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", yaml.safe_load(path.read_text(encoding="utf-8")))


def steps(workflow: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", sorted(PLACES))
def test_it_is_where_people_look_for_it(name: str) -> None:
    assert (ROOT / name).stat().st_size > 100


def test_users_are_not_counted_as_managed_nodes() -> None:
    """docs/stability.md says why."""
    assert not [path for path in ROOT.rglob("event_query*") if ".venv" not in str(path) and ".cache" not in path.parts]


def test_both_copies_of_the_license_are_the_same() -> None:
    assert (ROOT / "LICENSE").read_bytes() == (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_bytes()


# Workflows


def test_there_is_a_workflow_for_each_purpose() -> None:
    assert {path.stem for path in WORKFLOWS} == {"docs", "lint", "release", "tests", "weekly"}


@each_workflow
def test_actions_are_pinned_and_named(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used and all(re.fullmatch(r"[a-z]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name) for name in used)


def test_one_action_has_one_version() -> None:
    used = [name for path in WORKFLOWS for name in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))]
    assert len({name.partition("@")[0] for name in used}) == len(set(used))


@each_workflow
def test_permissions_are_the_least(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] and re.fullmatch(r"ubuntu-\d+\.\d+", job["runs-on"])
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        allowed = {"build": {"id-token", "attestations"}, "publish": {"contents"}} if path.stem == "release" else {}
        assert writes <= allowed.get(name, set())
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}
        # What somebody wrote in a pull request does not become part of a script.
        assert "${{" not in step.get("run", "")


@each_workflow
def test_the_commands_are_those_of_the_makefile(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = [
        name for step in steps(read(path)) for name in re.findall(r"^make ([a-z-]+)", step.get("run", ""), re.MULTILINE)
    ]
    assert called and set(called) <= targets


def test_every_supported_core_is_in_the_matrix() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    supported = [core.core for core in environments.EVERY if core is not environments.NEXT]
    assert sorted(jobs["sanity"]["strategy"]["matrix"]["core"]) == sorted(supported)
    assert jobs["integration"]["strategy"]["matrix"]["core"] == [environments.OLDEST.core, environments.NEWEST.core]
    assert {core.requirements.is_file() for core in (*environments.EVERY, *environments.UNITS.values())} == {True}


def test_secrets_of_a_release_stay_in_their_environments() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    holders = {name for name, job in jobs.items() if "secrets." in str(job)}
    assert holders == {"build", "publish"} and all(jobs[name]["environment"] for name in holders)
    assert jobs["build"]["needs"] == "check" and jobs["publish"]["needs"] == "build"


# Targets of ansible-test integration


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_a_smoke_target(name: str) -> None:
    tasks = (TARGETS / name / "tasks" / "main.yml").read_text(encoding="utf-8")
    assert f"tenantops.partner_center.{name}:" in tasks and "ansible.builtin.assert:" in tasks
    assert (TARGETS / name / "aliases").read_text(encoding="utf-8").split()[0] == "azp/generic/1"
    assert read(TARGETS / name / "meta" / "main.yml") == {"dependencies": ["setup_emulator"]}


def test_there_are_no_targets_of_modules_that_are_gone() -> None:
    assert {path.name for path in TARGETS.iterdir()} == {*MODULES, "setup_emulator"}
