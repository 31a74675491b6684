# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's kernel knows no service, and no service knows another: the table below is the whole of what a folder may import."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest

EMULATOR = Path(__file__).resolve().parents[1] / "emulator"
KERNEL = "kernel"
#: Files beside the folders put the services together. Nothing below them imports them.
TOP = "the top"

# Folder: the folders that it may import besides itself. What one service has from another goes through the core (`core.tokens`, `core.partner`).
ARROWS: dict[str, tuple[str, ...]] = {
    KERNEL: (),
    "entra": (KERNEL,),
    "partner_center": (KERNEL,),
    "azure_pack": (KERNEL,),
    TOP: (TOP, KERNEL, "entra", "partner_center", "azure_pack"),
}
#: File: imports that the table does not allow.
EXCEPTIONS: dict[str, tuple[str, ...]] = {}

#: Words by which the kernel could know a service, also without an import. `customer_id` is a field of the log and of fault rules.
NAMES = re.compile(
    r"partner.?center|azure.?pack|entra\b|sign.?in\b|\blogin\b|microsoft.?365|wap\b|oauth", re.IGNORECASE
)


def folder_of(place: str) -> str:
    """place: the path of a file below the emulator."""
    return place.partition("/")[0] if "/" in place else TOP


def folder_of_target(target: str) -> str:
    """target: an imported name as a path below the emulator."""
    head = target.partition("/")[0]
    return head if (EMULATOR / head).is_dir() else TOP


def imported(path: Path, source: str) -> t.Iterator[tuple[int, str]]:
    """Line and target (a path below the emulator) of each import of the emulator, also of those inside of functions and for type checkers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = ["emulator", *path.relative_to(EMULATOR).parent.parts]
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            modules = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            head, *rest = module.split(".")
            if head == "emulator" and rest:
                yield node.lineno, "/".join(rest)


def violations(files: t.Mapping[Path, str]) -> list[str]:
    """What the table does not allow."""
    found = []
    for path, source in files.items():
        place = path.relative_to(EMULATOR).as_posix()
        folder = folder_of(place)
        if folder not in ARROWS:
            found.append(f"{place} is in no folder of the table")
            continue
        for line, target in imported(path, source):
            other = folder_of_target(target)
            if other != folder and other not in ARROWS[folder] and target not in EXCEPTIONS.get(place, ()):
                found.append(f"{place}:{line} imports {target} ({folder} -> {other})")
    return found


def sources() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(EMULATOR.rglob("*.py"))}


def test_imports_follow_the_table() -> None:
    assert violations(sources()) == []


def test_every_exception_is_needed() -> None:
    for place, targets in EXCEPTIONS.items():
        path = EMULATOR / place
        assert set(targets) <= {target for _line, target in imported(path, path.read_text(encoding="utf-8"))}


def test_the_kernel_names_no_service() -> None:
    named = [
        f"{path.relative_to(EMULATOR)}:{number}: {line.strip()}"
        for path, source in sources().items()
        if folder_of(path.relative_to(EMULATOR).as_posix()) == KERNEL
        for number, line in enumerate(source.splitlines(), 1)
        if NAMES.search(line)
    ]
    assert named == []


def test_every_service_has_one_implementation() -> None:
    services = [folder for folder in ARROWS if folder not in (KERNEL, TOP)]
    assert services == [folder for folder in services if (EMULATOR / folder / "service.py").is_file()]


def test_no_file_is_above_400_lines() -> None:
    assert [path.name for path, source in sources().items() if len(source.splitlines()) > 400] == []


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("kernel/core.py", "from emulator.partner_center.throttle import Throttle"),
        ("kernel/store.py", "def late():\n    from emulator.azure_pack import store"),
        ("kernel/clock.py", "import emulator.entra.tokens"),
        ("kernel/core.py", "from emulator import entra"),
        ("kernel/core.py", "from emulator.services import SERVICES"),
        ("kernel/core.py", "from ..services import SERVICES"),
        ("azure_pack/contracts.py", "from emulator.partner_center.wire import Reply"),
        ("partner_center/authorization.py", "from emulator.entra.tokens import TokenAuthority"),
        ("partner_center/authorization.py", "from ..entra import tokens"),
        ("entra/app.py", "from emulator.services import SERVICES"),
        ("another/service.py", "import json"),
    ],
)
def test_an_arrow_that_is_turned_round_is_found(place: str, line: str) -> None:
    path = EMULATOR / place
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    before = violations({path: source}) if source else []
    assert len(violations({path: f"{source}\n{line}\n"})) == len(before) + 1
