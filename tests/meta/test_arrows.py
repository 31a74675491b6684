# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports point one way: the table below is the whole of what a folder may reach, and everything else is refused."""

from __future__ import annotations

import ast
import itertools
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
UTILS = "module_utils"
PREFIX = "ansible_collections.tenantops.partner_center.plugins."

# Room: the rooms that it may import. A room is the longest of these names that a file's place begins with; a room may always import itself.
ARROWS: dict[str, tuple[str, ...]] = {
    "_common": (),
    "_entra": ("_common",),
    "_partner_center/model": ("_common",),
    "_partner_center/client": ("_common", "_partner_center/model"),
    "_partner_center/declare": ("_common", "_partner_center/model"),
    "_partner_center/plan": ("_common", "_partner_center/model", "_partner_center/declare"),
    "_partner_center/probe": ("_common",),
    "_partner_center/session": ("_common", "_entra", "_partner_center/model", "_partner_center/client"),
    "_partner_center/places": ("_common", "_entra"),
    "_partner_center/module": ("_common", "_entra", "_partner_center/places", "_partner_center/declare"),
    "_partner_center/run": (
        "_common", "_entra", "_partner_center/model", "_partner_center/client", "_partner_center/declare", "_partner_center/plan",
        "_partner_center/session", "_partner_center/probe",
    ),
    "_partner_center/modules": (
        "_common", "_entra", "_partner_center/model", "_partner_center/client", "_partner_center/declare", "_partner_center/plan",
        "_partner_center/session", "_partner_center/module", "_partner_center/run", "_partner_center/probe",
    ),
    "_azure_pack/xml_reading": (),
    "_azure_pack/identifiers": ("_common",),
    "_azure_pack/model": ("_common", "_azure_pack/identifiers"),
    "_azure_pack/sign_in": ("_common", "_azure_pack/xml_reading", "_azure_pack/identifiers", "_azure_pack/model"),
    "_azure_pack/client": ("_common", "_azure_pack/model", "_azure_pack/identifiers", "_azure_pack/xml_reading", "_azure_pack/sign_in"),
    "_azure_pack/declare": ("_common", "_azure_pack/model", "_azure_pack/identifiers"),
    "_azure_pack/plan": ("_common", "_azure_pack/model", "_azure_pack/declare", "_azure_pack/identifiers"),
    "_azure_pack/module": ("_common", "_azure_pack/sign_in", "_azure_pack/declare"),
    "_azure_pack/run": (
        "_common", "_azure_pack/model", "_azure_pack/client", "_azure_pack/declare", "_azure_pack/plan", "_azure_pack/sign_in", "_azure_pack/identifiers",
    ),
    "_azure_pack/modules": (
        "_common", "_azure_pack/model", "_azure_pack/client", "_azure_pack/declare", "_azure_pack/plan", "_azure_pack/sign_in", "_azure_pack/identifiers",
        "_azure_pack/run", "_azure_pack/module",
    ),
}  # fmt: skip


def room_of(place: str) -> str | None:
    """The room that a file (its path below module_utils, without the ending) is in."""
    rooms = [room for room in ARROWS if place == room or place.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def imported(path: Path, source: str) -> t.Iterator[tuple[int, str]]:
    """Line and target (a path below plugins/) of each import of this collection, also of those inside of functions."""
    here = path.relative_to(PLUGINS).parent.parts
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level:
            base = [*here[: len(here) - node.level + 1], *filter(None, module.split("."))]
        elif module.startswith(PREFIX):
            base = module.removeprefix(PREFIX).split(".")
        else:
            continue
        for alias in node.names:
            target = PLUGINS.joinpath(*base, alias.name)
            found = target if target.with_suffix(".py").is_file() or target.is_dir() else PLUGINS.joinpath(*base)
            yield node.lineno, found.relative_to(PLUGINS).as_posix()


def violations(files: t.Mapping[Path, str]) -> list[str]:
    """What the table does not allow."""
    found = []
    for path, source in files.items():
        place = path.relative_to(PLUGINS / UTILS).with_suffix("").as_posix()
        room = room_of(place.removesuffix("/__init__"))
        if room is None:
            if source.strip():
                found.append(f"{place} is in no room of the table")
            continue
        for line, target in imported(path, source):
            if not target.startswith(UTILS + "/"):
                found.append(f"{place}:{line} imports {target}, which modules do not have")
                continue
            other = room_of(target.removeprefix(UTILS + "/"))
            if other != room and other not in ARROWS[room]:
                found.append(f"{place}:{line} imports {target} ({room} -> {other})")
    return found


def sources() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted((PLUGINS / UTILS).rglob("*.py"))}


def test_imports_follow_the_table() -> None:
    assert violations(sources()) == []


def test_the_table_has_no_cycle() -> None:
    reached = {room: set(others) for room, others in ARROWS.items()}
    for via, room in itertools.product(ARROWS, ARROWS):
        if via in reached[room]:
            reached[room] |= reached[via]
    assert not [room for room, others in reached.items() if room in others]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("_partner_center/plan/users.py", "from ..client.facts import facts_of"),
        ("_partner_center/client/client.py", "from ..plan.operations import Plan"),
        ("_common/text.py", "from .._entra import settings"),
        ("_azure_pack/plan/users.py", "from ..._partner_center.plan import users"),
        ("_partner_center/model/users.py", f"from {PREFIX}module_utils._partner_center.run import apply"),
        ("_partner_center/declare/user.py", "def late():\n    from ..run.apply import apply"),
        ("_common/errors.py", "from ...plugin_utils.report import model"),
    ],
)
def test_an_arrow_that_is_turned_round_is_found(place: str, line: str) -> None:
    files = sources()
    path = PLUGINS / UTILS / place
    files[path] += f"\n{line}\n"
    assert len(violations(files)) == len(violations(sources())) + 1


def test_modules_have_their_work_in_a_file_of_their_name() -> None:
    for module in sorted((PLUGINS / "modules").glob("*.py")):
        if module.stem == "consent":  # its work is done on the controller, by the action plugin of the same name
            assert (PLUGINS / "action" / module.name).is_file() and (
                PLUGINS / "plugin_utils" / "consent" / "consent.py"
            ).is_file()
            continue
        homes = {target for _line, target in imported(module, module.read_text(encoding="utf-8"))}
        assert any(Path(home).name == module.stem for home in homes), module.name
