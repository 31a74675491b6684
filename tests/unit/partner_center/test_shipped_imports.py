# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that is shipped compiles what it imports, for every task; so what few tasks need is imported late."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.interruption import UNINTERRUPTED
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.given_token import GivenToken
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.unwritten import unwritten
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.writer import Writer

TESTS = Path(__file__).resolve().parents[2]
SCRIPT = """
import importlib, json, sys
sys.path.insert(0, {tests!r})
import conftest
importlib.import_module("ansible_collections.tenantops.partner_center.plugins.module_utils.{system}.modules.{name}")
print(json.dumps([name.partition("module_utils.")[2] for name in sys.modules if "partner_center.plugins.module_utils." in name]))
"""
MOST = {"access_token_info": 65, "customer_info": 83, "customer_user_info": 96, "customer_user": 129}
"""Modules of the collection that are compiled. In 0.2.0, with much less to do, customer_user had 58."""
RECORDING = (
    "_common.pseudonyms",
    "_common.traffic.dialect",
    "_common.traffic.recording",
    "_entra.traffic",
    "_partner_center.client.traffic",
    "_azure_pack.client.traffic",
    "_azure_pack.sign_in.traffic",
)
LATE: dict[str, tuple[str, ...]] = {
    "customer_user": (
        "_common.audit_log.chained_file",
        "_common.certificate_files",
        "_entra.tokens",
        *RECORDING,
        "_partner_center.declare.customers",
        "_partner_center.declare.purge",
        "_partner_center.model.audit_records",
        "_partner_center.run.approvals",
        "_partner_center.run.held_to_plan",
        "_partner_center.run.passwords",
        "_partner_center.run.people",
        "_partner_center.run.plan_file",
        "_partner_center.run.undo",
        "_partner_center.run.writer",
    ),
    "customer_user_info": ("_entra.tokens", *RECORDING, "_partner_center.run.customers"),
    "access_token_info": ("_entra.tokens", *RECORDING),
    "sign_in_info": RECORDING,
    "azure_pack_user": RECORDING,
    "azure_pack_access_token_info": RECORDING,
}


@pytest.mark.parametrize("name", {**MOST, **LATE})
def test_what_few_tasks_need_is_imported_late(name: str) -> None:
    system = "_azure_pack" if name.startswith("azure_pack") else "_partner_center"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(tests=str(TESTS), name=name, system=system)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    folder = TESTS.parent / "plugins" / "module_utils"
    for late in LATE.get(name, ()):
        assert (folder / f"{late.replace('.', '/')}.py").is_file(), f"{late} is nowhere"
    assert [late for late in LATE.get(name, ()) if late in found] == []
    assert len(found) <= MOST.get(name, 1000), len(found)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"refusal": "No.", "details": {"reason": "x"}},
        {"skipped": "Later.", "details": {"a": 1}},
        {"note": "So it is."},
    ],
)
def test_a_row_without_operations_ends_as_if_it_was_written(more: dict[str, t.Any]) -> None:
    row = RowPlan(UserDeclaration("present"), warnings=("Look.",), **more)
    client: t.Any = SimpleNamespace()
    writer = Writer(client, Secrets(), None, SimpleNamespace(), None, UNINTERRUPTED)  # type: ignore[arg-type]
    assert unwritten(row) == writer.carry_out(row)


def test_a_given_token_is_known_as_a_secret_and_has_no_successor() -> None:
    known = Secrets()
    tokens = GivenToken(Secret("opaque-token-0815"), known, operation="Looking")
    assert tokens.get() == tokens.get() == "opaque-token-0815" and tokens.renew("opaque-token-0815") is None
    assert "0815" not in known.scrub("with opaque-token-0815")
