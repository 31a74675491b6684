# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of the service that clients have met: fields that are taken and dropped, paths that are not there, and refusals
that only the directory can give."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from support import traffic_canaries
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, REFRESH_TOKEN, SECRET
from .scenes import ADELE, sent, writes

ALEX = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e02"


def by_name(result: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    return {row["user_principal_name"].partition("@")[0]: row for row in result["rows"]}


def test_a_field_that_is_dropped_is_never_changed_for_ever(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(ignore_patch_fields=["phoneNumber"], answers_repeat_fields=True)
    users = [
        {"user_id": ADELE, "user_principal_name": "adele.vance@contoso.example", "phone_number": "+47 1"},
        {"user_id": ALEX, "user_principal_name": "alex.wilber@contoso.example", "display_name": "Alexander"},
    ]
    for alex, written in (("changed", 2), ("ok", 1)):
        emulator.clear_log()
        rows = by_name(ansible.module("customer_users", customer_id=CONTOSO, users=users))
        assert (rows["adele.vance"]["status"], rows["adele.vance"]["reason"]) == ("failed", "not_kept")
        assert "phone_number" in rows["adele.vance"]["message"]
        assert (rows["alex.wilber"]["status"], len(writes(emulator))) == (alex, written)


def test_an_older_service_and_a_directory_that_refuses(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    emulator.set(directory_refuses=["grace"], custom_domains_path=404, reset_password_path=400)
    new: dict[str, t.Any] = {"display_name": "New", "usage_location": "US"}
    result = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=[
            {"user_principal_name": "grace.hopper@contoso.example", **new},
            {"user_principal_name": "hedy.lamarr@contoso.example", **new},
            {"user_id": ADELE, "update_password": "always"},
        ],
        credentials_file=str(tmp_path / "credentials.jsonl"),
        max_parallel=1,
    )
    assert "rows" in result, result
    statuses = [row["status"] for row in result["rows"]]
    assert statuses == ["failed", "changed", "changed"], result["rows"]
    refused = result["rows"][0]
    assert (refused["http_status"], refused["code"]) == (400, "3000")
    assert "Property userPrincipalName is invalid" in refused["message"], "in the words of the directory"
    assert not any(user["user_principal_name"].startswith("grace") for user in emulator.users(CONTOSO))
    last = {}
    for line in (tmp_path / "credentials.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        last[record["user_principal_name"].partition(".")[0]] = record
    assert [last[name]["status"] for name in ("grace", "hedy", "adele")] == ["rejected", "delivered", "delivered"]
    assert emulator.check_password(CONTOSO, ADELE, last["adele"]["password"])["matches"]
    asked = [(entry["method"], entry["path"].rpartition("/")[2], entry["status"]) for entry in sent(emulator)]
    domains = asked.index(("GET", "customDomains", 404))
    assert ("GET", CONTOSO, 200) in asked[domains:]  # what is read side by side may be in between
    reset = asked.index(("PATCH", "resetpassword", 400))
    assert asked[reset + 1 :][:2] == [("GET", ADELE, 200), ("PATCH", ADELE, 200)]


def test_a_recording_names_nobody_and_is_replayed(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    traffic = tmp_path / "traffic.jsonl"
    canary: dict[str, t.Any] = {
        "user_principal_name": "canary.person@contoso.example",
        "display_name": "CANARY Person",
        "usage_location": "NO",
        "password": "CANARY-Pass-77",
    }
    made = ansible.module("customer_user", customer_id=CONTOSO, record_traffic=str(traffic), **canary)
    assert made["changed"], made
    text = traffic.read_text(encoding="ascii")
    words = ("canary", "contoso.example", "adele", "vance", CONTOSO, ADELE, made["user"]["id"], "Bearer ")
    assert [word for word in words if word.lower() in text.lower()] == []
    assert traffic.stat().st_mode & 0o777 == 0o600
    exchanges = [json.loads(line) for line in text.splitlines()[1:]]
    (redeemed,) = [each for each in exchanges if each["path"].endswith("/token")]
    (created,) = [each for each in exchanges if each["method"] == "POST" and each["service"] == "partner_center"]
    emulator.replay(traffic)
    again = ansible.module(
        "customer_user",
        tenant_id=redeemed["path"].split("/")[0],
        client_id=redeemed["body"]["client_id"],
        client_secret="another",
        refresh_token="another",
        customer_id=created["path"].split("/")[1],
        user_principal_name=created["body"]["userPrincipalName"],
        display_name=created["body"]["displayName"],
        usage_location="NO",
        password="Another-Pass-77",
    )
    assert again["changed"] and again["user"]["id"] == created["answer"]["id"]
    statuses = [each["status"] for each in exchanges if each["service"] == "partner_center"]
    assert [entry["status"] for entry in sent(emulator)][-len(statuses) :] == statuses


def test_both_systems_are_recorded_in_place_and_shipped(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """The same exchanges either way, also those of the sign-in."""
    users = [{"name": "canary.wap@tenants.example", "email": "canary.mail@tenants.example"}]
    options: dict[str, t.Any] = {"customer_info": {"customer_id": CONTOSO}, "azure_pack_users": {"users": users}}
    ways = [(way, name) for way in ("auto", "module") for name in options]
    done = ansible.tasks(
        [
            {
                "name": f"{name} {way}",
                MODULE + name: {**options[name], "record_traffic": str(tmp_path / f"{name}-{way}")},
                "check_mode": True,
                "vars": {"partner_center_execution": way},
            }
            for way, name in ways
        ]
    )
    assert done.rc == 0, done.output
    found: dict[str, list[t.Any]] = {}
    for way, name in ways:
        traffic = tmp_path / f"{name}-{way}"
        assert traffic.stat().st_mode & 0o777 == 0o600
        text = traffic.read_text(encoding="ascii")
        assert traffic_canaries.betrayed(text, ["canary", "contoso", "northwind", CONTOSO, REFRESH_TOKEN, SECRET]) == []
        exchanges = [json.loads(line) for line in text.splitlines()[1:]]
        found.setdefault(way, []).extend((each["service"], each["method"], each["status"]) for each in exchanges)
    assert found["auto"] == found["module"]
    assert {each[0] for each in found["auto"]} == {"sign_in", "partner_center", "azure_pack"}
