# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook wires tasks; what is decided is decided in Python, where it is tested."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 100
MOST_EXPRESSIONS = 10
THIN = (
    "azure_pack_offboard",
    "doctor",
    "drift_report",
    "export_tenant",
    "license_report",
    "offboard_user",
    "onboard_tenant",
    "reconcile",
    "restore_users",
    "rotate",
    "temporary_access",
    "verify_audit_log",
)
BARE = ("when", "that", "until", "failed_when", "changed_when")
"""Keywords whose values are expressions without braces."""


def expressions(value: t.Any, bare: bool = False) -> int:
    """How many lines of a part of a playbook are evaluated; what an alias stands for counts where it is written."""
    if isinstance(value, dict):
        return sum(expressions(item, name in BARE) for name, item in value.items())
    if isinstance(value, list):
        return sum(expressions(item, bare) for item in value)
    if isinstance(value, str) and (bare or "{{" in value or "{%" in value):
        return len(value.strip().splitlines())
    return 0


def parsed(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", THIN)
def test_a_playbook_is_thin(name: str) -> None:
    path = ROOT / "playbooks" / f"{name}.yml"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert 0 < expressions(parsed(path)) <= MOST_EXPRESSIONS
    assert "regex_" not in path.read_text(encoding="utf-8"), "no sentence is taken apart"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{a: 1, when: false, msg: x}", 0),
        ("{when: a > b, msg: '{{ c }}'}", 2),
        ("when: [a, b]", 2),
        ("msg: >-\n  {{ a\n", 1),
        ("msg: |\n  {{ a\n  }}\n", 2),
    ],
)
def test_expressions_are_counted(text: str, count: int) -> None:
    assert expressions(yaml.safe_load(text)) == count
