# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is committed is consistent, and says nothing about the machine that it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found = {}
    for path in tracked():
        try:
            found[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
    assert found
    return found


def test_the_versions_agree():
    constant = ROOT / "plugins" / "module_utils" / "_common" / "version.py"
    assignments = {
        node.targets[0].id: node.value for node in ast.parse(constant.read_text()).body if isinstance(node, ast.Assign)
    }
    assert ast.literal_eval(assignments["VERSION"]) == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]


def test_no_file_mentions_a_path_of_a_machine():
    # Home directories and work directories, and wherever this checkout is.
    pattern = re.compile(re.escape(str(ROOT)) + r"|(?<![\w.~-])/(?:root/|work/\w|home/\w|Users/\w)")
    found = [f"{name}: {match[0]}" for name, text in texts().items() for match in pattern.finditer(text)]
    assert not found


def test_no_sanity_test_is_ignored():
    assert not list((ROOT / "tests").glob("sanity/ignore*"))


def execution_environment() -> list[str]:
    """The Python libraries that the collection asks an execution environment for."""
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_requirements_of_the_execution_environment_are_lower_bounds():
    for line in execution_environment():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+>=[0-9.]+", line), line


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "tests" / "requirements").glob("*.txt")))
def test_what_the_tests_need_is_pinned_exactly(name):
    for line in (ROOT / "tests" / "requirements" / f"{name}.txt").read_text().splitlines():
        if line and not line.startswith(("#", "--constraint ", "--requirement ")):
            assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9a-z.]+", line), line


def test_the_oldest_environment_has_the_documented_lower_bounds():
    """The lower bounds are tested, not only claimed."""
    pins = dict(
        line.split("==")
        for line in (ROOT / "tests/requirements/core-2.16.txt").read_text().splitlines()
        if "==" in line
    )
    bounds = dict(line.split(">=") for line in execution_environment())
    for name, bound in bounds.items():
        parts = bound.split(".")
        assert pins[name].split(".")[: len(parts)] == parts, name
    (required,) = re.findall(
        r">=(\d+\.\d+)", yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"]
    )
    assert pins["ansible-core"].startswith(required + ".")


def test_every_target_of_the_makefile_has_a_line_of_help():
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = [line for line in lines if re.match(r"[a-z-]+:", line)]
    assert targets and all(re.match(r"[a-z-]+: ## \S", line) for line in targets)


class _Strict(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML takes the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = [key.value for key, _value in node.value if key.value != "<<"]
        assert len(names) == len(set(names)), f"line {node.start_mark.line + 1}: {names}"
        return super().construct_mapping(node, deep)


def test_no_key_of_yaml_is_there_twice():
    documents = {name: text for name, text in texts().items() if name.endswith((".yml", ".yaml"))}
    for name, text in texts().items():
        if name.startswith("plugins/") and name.endswith(".py"):
            for found in re.finditer(
                r'^(DOCUMENTATION|EXAMPLES|RETURN) = r?"""(.*?)"""', text, re.DOTALL | re.MULTILINE
            ):
                documents[f"{name}: {found[1]}"] = found[2]
    wrong = []
    for name, text in documents.items():
        try:
            list(yaml.load_all(text, _Strict))
        except (AssertionError, yaml.constructor.ConstructorError) as exc:
            if not isinstance(exc, yaml.constructor.ConstructorError):  # a tag of Ansible or of GitLab
                wrong.append(f"{name}, {exc}")
    assert not wrong


def test_fragments_of_the_changelog_are_lists_of_texts():
    # A colon or a backquote in the wrong place makes something else of a sentence.
    for path in (ROOT / "changelogs" / "fragments").glob("*.yml"):
        fragment = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert all(isinstance(line, str) for lines in fragment.values() for line in lines), path.name
