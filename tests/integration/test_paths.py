"""Paths at the edge: what would overwrite something, wait for something or mean the working directory is refused
before the first request."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from support.playbooks import MODULE, Runner

from .conftest import CONTOSO

USERS = [{"user_principal_name": "grace.hopper@contoso.example", "display_name": "Grace"}]
MANY = {"customer_id": CONTOSO, "users": USERS}
ONE = {"customer_id": CONTOSO, **USERS[0]}


def test_nothing_is_overwritten_and_nothing_waits(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    declaration, pipe, same = tmp_path / "contoso.yml", tmp_path / "pipe", str(tmp_path / "same.json")
    declaration.write_text("users: []\n")
    declaration.chmod(0o600)
    os.mkfifo(pipe)
    (tmp_path / "link.json").symlink_to(same)
    plan = {"mode": "plan", "plan_file": same}
    cases: dict[str, tuple[str, dict[str, t.Any]]] = {
        "progress_file": ("customer_users", {**MANY, **plan, "progress_file": str(tmp_path / "link.json")}),
        "credentials_file": ("customer_users", {**MANY, **plan, "credentials_file": f"{tmp_path}/./same.json"}),
        "plan_file": (
            "customer_users",
            {**MANY, "credentials_file": str(tmp_path / "c"), "mode": "plan", "plan_file": str(declaration)},
        ),
        "credentials_certificate": (
            "customer_users",
            {**MANY, "credentials_file": str(tmp_path / "c"), "credentials_certificate": str(pipe)},
        ),
        "credentials_file  ": ("customer_user", {**ONE, "credentials_file": ""}),
        "token_cache_path": (
            "customer_user",
            {**ONE, "password": "Correct-Horse-7", "token_cache": True, "token_cache_path": " "},
        ),
        "ca_path": ("customer_user_info", {"customer_id": CONTOSO, "ca_path": str(pipe)}),
        "dest": ("refresh_token", {"dest": str(declaration)}),
        "vault_file": ("consent", {"vault_file": ""}),
        "progress_file  ": (
            "azure_pack_users",
            {"users": [{"name": "a@b.example"}], "progress_file": str(declaration)},
        ),
    }
    done = ansible.tasks(
        [{"name": name, MODULE + module: options, "ignore_errors": True} for name, (module, options) in cases.items()]
    )
    results = [record["result"] for record in done.records if record["kind"] == "failed"]
    assert len(results) == len(cases), done.output
    for name, result in zip(cases, results):
        assert result["failed"] and name.strip() in result["msg"] and result["problems"], (name, result["msg"])
    assert emulator.log() == [] and declaration.read_text() == "users: []\n"
    assert {path.name for path in tmp_path.iterdir()} == {"contoso.yml", "pipe", "link.json"}
