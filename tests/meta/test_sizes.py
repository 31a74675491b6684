# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file has one reason to change; one that grows past the limit has got a second one."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
"""Documentation included: options that modules share are in doc_fragments."""


def test_no_file_of_the_plugins_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "plugins").rglob("*.py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
