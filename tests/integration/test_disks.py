"""Disks that are read-only or full: a token that works is not lost and goes on working, and what exists to store one says so before it begins."""

from __future__ import annotations

import json
import os
import time
import typing as t
from pathlib import Path

import pytest
from support.disks import Disks, way
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, REFRESH_TOKEN, SECRET

READ, RENEW, CONSENT, EXAMINE = (
    MODULE + name for name in ("customer_info", "refresh_token", "consent", "sign_in_info")
)
REASONS = {"read-only": "the file system is read-only", "full": "no space is left on the disk"}
MOUNTED = "the file itself is a mount, which cannot be replaced; mount its folder"


@pytest.fixture
def disks(ansible: Runner, tmp_path: Path) -> Disks:
    """Places with a token of twenty days, on which the runner's playbooks run."""
    unshare = way()
    if unshare is None:
        pytest.skip("this machine lets nobody mount a file system (unshare --mount)")
    made = Disks(tmp_path, unshare)
    token = made.content / "token"
    token.write_text(REFRESH_TOKEN)
    token.chmod(0o600)
    os.utime(token, (time.time() - 20 * 86400,) * 2)
    ansible.bin = made.programs(tmp_path / "bin", ansible.bin / "ansible-playbook")
    return made


def test_a_token_outlives_disks_that_take_nothing(
    ansible: Runner, emulator: t.Any, disks: Disks, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("of the vault")
    wait = {"sign_in_timeout": 1, "redirect_port": 0}
    tasks: list[dict[str, t.Any]] = []
    for name, place in (("read-only", disks.read_only), ("full", disks.full)):
        file = {"refresh_token_file": str(place / "token")}
        tasks += [
            {
                "name": f"{name}: read",
                READ: {
                    "customer_id": CONTOSO,
                    **file,
                    "rotate_after": 7,
                    "token_cache": True,
                    "token_cache_path": str(place / "c"),
                },
            },
            {"name": f"{name}: examine", EXAMINE: {**file, "rotate_after": 7}},
            {"name": f"{name}: consent that is there", CONSENT: {**file, **wait}},
            {"name": f"{name}: renew", RENEW: file},
            {"name": f"{name}: renew in check mode", RENEW: file, "check_mode": True},
            {"name": f"{name}: renew to another file", RENEW: {**file, "dest": str(place / "dest")}},
            {"name": f"{name}: consent", CONSENT: {**file, **wait, "force": True}},
            {"name": f"{name}: consent to a vault", CONSENT: {"vault_file": str(place / "vault.yml"), **wait}},
        ]
    single = {"refresh_token_file": str(disks.single / "token")}
    tasks += [
        {"name": "single: read", READ: {"customer_id": CONTOSO, **single, "rotate_after": 7}},
        {"name": "single: renew", RENEW: single},
        {"name": "single: consent", CONSENT: {**single, **wait, "force": True}},
    ]
    for task in tasks:
        task["ignore_errors"] = True
    emulator.clear_log()
    done = ansible.tasks(
        tasks, env={"PARTNER_CENTER_REFRESH_TOKEN": None}, extra=["--vault-password-file", str(tmp_path / "password")]
    )
    results = {record["task"]: record["result"] for record in done.records}
    assert len(results) == len(tasks), done.output

    for name, why in REASONS.items():
        read = results[f"{name}: read"]
        assert len(read["customers"]) == 1 and len(read["warnings"]) == 2, read
        said = "\n".join(read["warnings"])
        assert said.count(f": {why}.") == 2 and "token_cache" in said
        (check,) = [check for check in results[f"{name}: examine"]["checks"] if check["check"] == "refresh token"]
        assert check["status"] == "warning" and f"{why}." in check["finding"], check
        there = results[f"{name}: consent that is there"]
        assert not there["changed"] and there["user_principal_name"].startswith("svc-automation@"), there
        for what, so_far in (
            ("renew", "Nothing was redeemed"),
            ("renew in check mode", "Nothing was redeemed"),
            ("renew to another file", "Nothing was redeemed"),
            ("consent", "No sign-in was started"),
            ("consent to a vault", "No sign-in was started"),
        ):
            refused = results[f"{name}: {what}"]
            assert refused["failed"] and refused["failure"]["error_class"] == "not_stored", refused
            assert f"{why}. {so_far}" in refused["msg"] and str(disks.content.parent / name) in refused["msg"]
    assert len(results["single: read"]["customers"]) == 1 and f"{MOUNTED}." in results["single: read"]["warnings"][0]
    assert all(f"{MOUNTED}. No" in results[f"single: {what}"]["msg"] for what in ("renew", "consent"))

    # A read, an examination and a consent that found a token on each of the two, a read on the third; nobody was sent to a page, nothing redeemed in vain.
    asked = [entry["path"].rpartition("/")[2] for entry in emulator.log(server="login") if entry["method"] == "POST"]
    assert asked == ["token"] * 7 and "/authorize" not in done.output
    for place in ("read-only", "full", "single"):
        assert (disks.after / place / "token").read_text() == REFRESH_TOKEN
        for path in (disks.after / place).rglob("*"):
            assert path.is_dir() or path.name in ("token", "token.previous") or path.stat().st_size == 0, path
    for secret in (REFRESH_TOKEN, SECRET, "eyJ"):
        assert secret not in done.output + json.dumps(done.records)
