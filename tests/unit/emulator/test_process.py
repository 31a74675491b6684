"""The process: files it writes, restarts, failing starts, and that nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import emulator
import pytest
import requests
from emulator import launch

TESTS = str(Path(emulator.__file__).parent.parent)


def test_state_survives_a_restart(tmp_path, connect, ids):
    database = tmp_path / "state.sqlite"
    with launch.start(tmp_path, database=database) as first:
        api = connect(first)
        created = api.create("kept", passwordProfile={"password": "abCD123*", "forceChangePassword": True})
        api.patch(api.user(ids.ferdinand_deleted), {"state": "active"})
        page = api.get(f"{api.users(ids.fabrikam)}?size=400").json
        first.control.set(create_status=201)
        first.control.advance(40 * 24 * 3600)
        now = first.control.clock()["now"]
        ca = (tmp_path / "ca.pem").read_bytes()
        token = first.control.token()
        wap = first.control.azure_pack
        wap.add_accounts({"username": "kept", "site": "adfs", "password": "canary"})
        wap.add_users(
            {
                "name": "leaving@x.example",
                "deleting_for": 3600,
                "subscriptions": [{"name": "S", "provider": {"outcome": "hang"}}],
            }
        )
        wap.set_provider("c1a2b3c4-0001-4000-8000-000000000001", "fail", message="No.")
        wap_users, wap_token = wap.users(), wap.token()
    assert b"canary" not in database.read_bytes()
    with launch.start(tmp_path, database=database) as second:
        assert second.control.azure_pack.users() == wap_users
        headers = {"Authorization": f"Bearer {wap_token}"}
        kept = requests.get(
            f"{second.info['azure_pack_admin_url']}/users/leaving@x.example",
            headers=headers,
            verify=second.info["ca_path"],
            timeout=20,
        )
        assert kept.json()["State"] == 3
        assert (tmp_path / "ca.pem").read_bytes() == ca
        assert second.control.clock()["now"] >= now
        assert second.control.switches()["create_status"] == 201
        api = connect(second)
        api.token = token
        assert api.get(api.user(created["id"])).json["displayName"] == "kept"
        assert api.get(api.user(ids.ferdinand_deleted)).status == 200
        assert api.deleted_users().json["items"] == []
        following = api.get(
            f"{api.users(ids.fabrikam)}?seekOperation=Next", headers={"MS-ContinuationToken": page["continuationToken"]}
        )
        assert following.json["totalCount"] == 100
        assert second.control.check_password(ids.contoso, created["id"], "abCD123*") == {
            "matches": True,
            "force_change": True,
        }
        second.control.reset()
        assert created["id"] not in {user["id"] for user in second.control.users(ids.contoso)}


def test_files_and_clean_end(tmp_path):
    running = launch.start(tmp_path)
    assert running.info == json.loads((tmp_path / "emulator.json").read_text())
    assert running.info["pid"] == running.process.pid
    assert running.info["tenant_id"] == "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10"
    assert running.info["client_id"] == "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
    script = f". {tmp_path}/emulator.env && env | grep -E '^(PARTNER_CENTER|AZURE_PACK)_'"
    environment = dict(
        line.split("=", 1)
        for line in subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    )
    assert environment["PARTNER_CENTER_API_URL"] == running.info["api_url"]
    assert environment["PARTNER_CENTER_AUTHORITY_HOST"] == running.info["authority_host"]
    assert environment["AZURE_PACK_ENDPOINT"] == running.info["azure_pack_admin_url"]
    assert environment["AZURE_PACK_CA_PATH"] == running.info["ca_path"]
    assert environment["AZURE_PACK_PRINCIPAL_ID"] == "wap-automation@northwind.example"
    headers = {
        "Authorization": f"Bearer {environment['AZURE_PACK_ACCESS_TOKEN']}",
        "x-ms-principal-id": environment["AZURE_PACK_PRINCIPAL_ID"],
    }
    assert (
        requests.get(
            running.info["azure_pack_admin_url"] + "/users", headers=headers, verify=running.info["ca_path"], timeout=20
        ).status_code
        == 200
    )
    tenant = requests.get(
        running.info["azure_pack_tenant_url"] + "/users", headers=headers, verify=running.info["ca_path"], timeout=20
    )
    assert tenant.status_code == 404
    assert running.info["azure_pack_auth_url"] == running.info["authority_host"]
    assert Path(environment["PARTNER_CENTER_CA_PATH"]).read_text().startswith("-----BEGIN CERTIFICATE")
    assert Path(environment["PARTNER_CENTER_CLIENT_CERTIFICATE_PATH"]).exists()
    assert (tmp_path / "emulator.env").stat().st_mode & 0o077 == 0
    assert running.output_path.read_text().startswith("ready ")
    running.stop()
    running.stop()
    assert running.process.returncode == 0
    assert not (tmp_path / "emulator.json").exists()
    assert running.output_path.read_text().count("\n") == 1, "nothing but the ready line"


def test_sigint_ends_it_with_open_connections(tmp_path, connect):
    with launch.start(tmp_path) as running:
        assert connect(running).get("/customers").status == 200
        started = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(5) == 0
        assert time.monotonic() - started < 3


def test_a_failing_start_shows_why(tmp_path):
    seed = tmp_path / "seed.yml"
    seed.write_text("partner: {}\n")
    with pytest.raises(launch.StartError, match="tenant_id"):
        launch.start(tmp_path, seed=seed)


def test_a_start_with_a_taken_port_shows_why(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(launch.StartError, match="in use"):
            launch.start(tmp_path, arguments=("--api-port", str(taken.getsockname()[1])))


def test_a_start_that_takes_too_long_leaves_nothing(tmp_path):
    before = _children()
    with pytest.raises(launch.StartError, match="not ready"):
        launch.start(tmp_path, start_seconds=0.01)
    assert _children() == before


def test_a_killed_caller_leaves_nothing_running(tmp_path):
    start = f"from emulator import launch\nr = launch.start({str(tmp_path)!r})\nprint(r.info['pid'], flush=True)\n"
    script = f"import sys, time; sys.path.insert(0, {TESTS!r})\n{start}time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as caller:
        pid = int(caller.stdout.readline())
        os.kill(pid, 0)
        caller.kill()
        deadline = time.monotonic() + 8
        while _is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _is_running(pid)
    assert not (tmp_path / "emulator.json").exists()


def _is_running(pid: int) -> bool:
    """A process that ended and that nobody has waited for is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
