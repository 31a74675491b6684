# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module says the same in its documentation, in the action group and in the README."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FQCN = "tenantops.partner_center"
FILES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py") if path.name != "__init__.py")
WITHOUT_SERVICE = {"verify_audit_log"}
"""Modules that only look at files: they sign in nowhere."""
GROUPS = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]


def constants(path: Path) -> dict[str, str]:
    """The text constants of a file, without importing it."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found[node.targets[0].id] = node.value.value
    return found


def documentation(path: Path) -> dict:
    return yaml.safe_load(constants(path)["DOCUMENTATION"])


def fragment(name: str) -> dict:
    """A documentation fragment of this collection, by its full name with an optional part."""
    assert name.startswith(FQCN + "."), f"{name} is not a fragment of this collection"
    stem, _dot, part = name.removeprefix(FQCN + ".").partition(".")
    tree = ast.parse((ROOT / "plugins" / "doc_fragments" / f"{stem}.py").read_text())
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment"]
    texts = {node.targets[0].id: ast.literal_eval(node.value) for node in body if isinstance(node, ast.Assign)}
    return yaml.safe_load(texts[part.upper() or "DOCUMENTATION"])


def fragments(path: Path) -> list[str]:
    return documentation(path).get("extends_documentation_fragment", [])


def attributes(path: Path) -> dict:
    """The attributes of a module with those of its fragments below them; as in Ansible the first one counts."""
    merged: dict = {}
    for source in [documentation(path), *(fragment(name) for name in fragments(path))]:
        for name, value in source.get("attributes", {}).items():
            merged[name] = value | merged.get(name, {})
    return merged


def groups_of(path: Path) -> set[str]:
    return {f"{FQCN}.{group}" for group, members in GROUPS.items() if path.stem in members}


each_module = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def test_there_are_modules():
    assert FILES


def test_the_action_groups_name_only_modules_that_exist():
    assert {member for members in GROUPS.values() for member in members} <= {path.stem for path in FILES}


@each_module
def test_a_module_belongs_to_an_action_group_and_documents_it(path):
    membership = attributes(path)["action_group"]["membership"]
    if path.stem in WITHOUT_SERVICE:
        assert groups_of(path) == set() and membership == [] and attributes(path)["action_group"]["support"] == "none"
        return
    assert groups_of(path), f"{path.stem} is in no action group of meta/runtime.yml"
    assert ({membership} if isinstance(membership, str) else set(membership)) == groups_of(path)


@each_module
def test_a_module_documents_its_name_and_its_attributes(path):
    assert documentation(path)["module"] == path.stem
    for name in ("action_group", "check_mode", "diff_mode", "idempotent", "platform"):
        assert attributes(path).get(name, {}).get("support"), f"{path.stem} does not document the attribute {name}"


@each_module
def test_a_module_takes_sign_in_and_attributes_from_the_fragments(path):
    """Options that all modules share are written once."""
    names = {name.removeprefix(FQCN + ".").partition(".")[0] for name in fragments(path)}
    assert "attributes" in names
    systems = 0 if path.stem in WITHOUT_SERVICE else 1
    assert len({"sign_in", "azure_pack"} & names) == systems, "a module belongs to one of the two systems"
    for name in fragments(path):
        repeated = set(documentation(path).get("options", {})) & set(fragment(name).get("options", {}))
        assert not repeated, f"{path.stem} repeats options of {name}"


@each_module
def test_the_readme_mentions_the_module(path):
    text = (ROOT / "README.md").read_text()
    assert (
        path.stem in text.replace("`", " ").replace("[", " ").replace("]", " ").replace("|", " ").split()
        or f"{FQCN}.{path.stem}" in text
    )


def test_the_changelog_names_every_module_of_a_released_version():
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    if version not in releases:
        pytest.skip(f"{version} is not in the changelog yet")
    named = {module["name"] for release in releases.values() for module in release.get("modules", [])}
    # Those that are newer than the version come with the next one.
    new = {path.stem for path in FILES if as_version(documentation(path)["version_added"]) > as_version(version)}
    assert named == {path.stem for path in FILES} - new


def as_version(text):
    return tuple(int(part) for part in str(text).split("."))
