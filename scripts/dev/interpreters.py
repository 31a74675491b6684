# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a Python of a certain version that really runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

Version = tuple[int, int]

_PROBE = "import ensurepip, sys, venv; print(*sys.version_info[:2], sys.base_prefix)"


def real_path() -> list[str]:
    """PATH without the directories of version managers, whose programs exist without the version behind them."""
    return [
        entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry and Path(entry).name != "shims"
    ]


def _directories() -> list[Path]:
    """Where interpreters may be: on PATH, and where version managers keep theirs."""
    found = [Path(entry) for entry in real_path()]
    managers = [
        Path(entry).parent for entry in os.environ.get("PATH", "").split(os.pathsep) if Path(entry).name == "shims"
    ]
    managers += [Path(os.environ["PYENV_ROOT"])] if os.environ.get("PYENV_ROOT") else []
    managers += [Path.home() / ".pyenv", Path.home() / ".asdf", Path.home() / ".local/share/mise"]
    for manager in dict.fromkeys(managers):
        found += sorted(manager.glob("versions/*/bin"), reverse=True)
        found += sorted(manager.glob("installs/python/*/bin"), reverse=True)
    found += sorted((Path.home() / ".local/share/uv/python").glob("*/bin"), reverse=True)
    return list(dict.fromkeys(found))


def probe(python: Path | str) -> tuple[Version, Path] | None:
    """The version of an interpreter and its path outside of any virtual environment; None if it does not run or cannot make one."""
    try:
        done = subprocess.run([str(python), "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor, prefix = done.stdout.rstrip().split(maxsplit=2)
    version = int(major), int(minor)
    base = Path(prefix, "bin", f"python{major}.{minor}")
    return version, base if base.exists() else Path(python)


def find(versions: list[Version]) -> tuple[Version, Path] | None:
    """The first of these versions that is here. The interpreter that runs this goes before the others if it is one of them."""
    own = sys.version_info[:2]
    for version in sorted(versions, key=lambda version: version != own):
        name = "python{}.{}".format(*version)
        candidates = [Path(sys.executable)] if version == own else []
        candidates += [path for path in (directory / name for directory in _directories()) if path.exists()]
        for candidate in candidates:
            found = probe(candidate)
            if found and found[0] == version:
                return found
    return None
