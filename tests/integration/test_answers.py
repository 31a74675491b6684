"""Answers that no well-behaved service gives, and the question whose a user is after an answer was lost: from the
playbook to the request log."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest
from support.playbooks import MODULE, Runner
from support.raw_server import Visitor, serving

from .conftest import CONTOSO
from .scenes import CREATE, GRACE, count, sent, user


def journal(path: Path) -> list[str]:
    return [json.loads(line)["status"] for line in path.read_text().splitlines()]


@pytest.mark.parametrize("lag", [0, 60_000])
def test_a_user_is_claimed_on_a_ground_that_is_named(
    ansible: Runner, emulator: t.Any, tmp_path: Path, lag: int
) -> None:
    emulator.set(replay=False, audit_lag_ms=lag)
    emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_after"}})
    path = tmp_path / "c.jsonl"
    result = ansible.module("customer_users", customer_id=CONTOSO, users=[_row()], credentials_file=str(path))
    (row,) = result["rows"]
    assert (row["status"], row["reason"]) == ("changed", "claimed_by_likeness" if lag else "claimed_by_audit")
    last = json.loads(path.read_text().splitlines()[-1])
    assert (
        last["status"] == "delivered" and emulator.check_password(CONTOSO, last["user_id"], last["password"])["matches"]
    )


def _row() -> dict[str, t.Any]:
    return {name: value for name, value in CREATE.items() if name != "customer_id"}


@pytest.mark.parametrize(
    ("who", "status", "reason", "noted"),
    [
        ("partner", "failed", "created_by_somebody_else", "rejected"),
        ("customer", "unknown", "creator_unknown", "reset_needed"),
    ],
)
def test_somebody_elses_user_keeps_its_password(
    ansible: Runner, emulator: t.Any, tmp_path: Path, who: str, status: str, reason: str, noted: str
) -> None:
    """The same name and the same display name, created between our create that was lost and its repeat."""
    emulator.set(overtaken_creates=who)
    emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_before"}})
    path = tmp_path / "c.jsonl"
    result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
    assert (result["outcome"], result["failure"]["reason"], result["changed"]) == (status, reason, False) and count(
        emulator
    ) == 1
    assert sent(emulator, "PATCH") == [], "nobody's password is reset"
    assert journal(path) == ["pending", noted]
    password = json.loads(path.read_text().splitlines()[0])["password"]
    assert not emulator.check_password(CONTOSO, user(emulator, GRACE)["id"], password)["matches"]


def test_answers_without_end_and_half_characters(
    ansible: Runner, emulator: t.Any, running: t.Any, tmp_path: Path
) -> None:
    """One play against a server that drips, and that sends half a character and a NUL; both systems."""

    def act(visitor: Visitor) -> None:
        path = visitor.head.split(b" ")[1]
        if path.endswith(b"1"):
            visitor.say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
            visitor.drip(b" ", 0.2)
        wanted = {
            "id": path.rpartition(b"/")[2].decode(),
            "userPrincipalName": "a@contoso.example",
            "displayName": "half \ud83d \x00 \udfff",
            "\udead": "\ud800",
        }
        if path.startswith(b"/users"):
            wanted = {
                "Name": "a@x.example",
                "Email": "half \ud83d",
                "State": 1,
                "CreatedTime": "\ud83d",
                "ActivationSyncState": 0,
                "\udead": "\ud800",
            }
        visitor.answer(json.dumps(wanted).encode())

    def user_id(number: int) -> str:
        return f"00000000-0000-4000-8000-00000000000{number}"

    with serving(tmp_path, act) as server:
        there = {
            "api_url": server.url,
            "access_token": emulator.token(expires_in=3600),
            "ca_path": server.ca_path,
            "timeout": 1,
            "max_wait": 0,
        }
        wap = {"endpoint": server.url, "ca_path": server.ca_path, "timeout": 1, "max_wait": 0}
        tasks = [
            *[
                {
                    MODULE + "customer_user_info": {
                        "customer_id": CONTOSO,
                        "user_id": user_id(number),
                        "state": "active",
                        **there,
                    }
                }
                for number in (1, 3)
            ],
            *[{MODULE + "azure_pack_user_info": {"name": name, **wap}} for name in ("slow1", "a@x.example")],
        ]
        started = time.monotonic()
        done = ansible.tasks([{"name": "Read", "ignore_errors": True, **task} for task in tasks])
        seconds = time.monotonic() - started
    assert "Traceback" not in done.output and len(done.modules) == 4, done.output
    assert [result.get("failure", {}).get("reason") for result in done.modules] == ["answer_too_slow", None] * 2, (
        done.output
    )
    assert (
        done.modules[1]["users"][0]["display_name"] == "half \ufffd \x00 \ufffd"
        and done.modules[3]["users"][0]["email"] == "half \ufffd"
    )
    assert seconds < 60 and len(server.requests) == 4, "whole drips would take 200 s; none is asked for again"
