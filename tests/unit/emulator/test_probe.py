# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe finds out how the service is set, from outside: whatever the switches are, the report has the same."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.asking import Asker
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe import questions, steps
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.report import (
    report,
    would_send,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.seen import Evidence, Seen
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import probe_journal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.probe_journal import Journal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.probing import Probe
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import Session
from emulator.__main__ import parse_arguments, prepare
from emulator.kernel.switches import Switches
from emulator.partner_center import switches as emulated
from trials.combinations import all_pairs

DOMAIN = "contoso.onmicrosoft.com"
EVERY = 2
"""Which of the settings that hold all pairs of values are tried."""
LAGS = {"read_lag_ms", "update_lag_ms", "assign_lag_ms"}
NEEDS_LICENSE = {"excluded_plans", "late_usage_locations", "licenses_of_restored"}
NOT_ASKED = {
    "page_size_customers",
    "page_size_members",
    "page_size_audit",
    "directory_refuses",
    "synced_user_writes",
    "overtaken_creates",
    "no_relationship",
    "national_cloud",
    "removals_free_seats",
    "license_groups_checked",
    "license_warnings",
    "enforce_mfa",
    "mfa_rejection",
    "app_only_rejection",
    "privileged_users",
    "audit_app_only",
    "audit_lag_ms",
    "replay_seconds",
    "throttle_partner",
    "throttle_customer",
    "throttle_weights",
    "throttle_penalise",
}
"""Switches that two users of one customer cannot show; docs/probe.md says why."""

SETTINGS = {
    "the defaults": {},
    "the other forms": {
        "bom": False, "code_type": "string", "html_escape_descriptions": True, "error_data": "if_any", "nulls_in_answers": True,
        "unquoted_names": True, "links_with_version": True, "links": "repeated", "custom_domains_path": 404, "create_status": 201,
        "create_links": True, "missing_user": "400/3000", "duplicate_upn_status": 409, "force_change_echo": "false",
        "deleted_upn_prefix": True, "role_names": "new", "license_update_status": 200, "excluded_plans": "disabled",
    },
    "an older service": {
        "continuation_in": "body", "user_state_field": "UserStatus", "reset_password_path": 400, "role_catalogue": "fixture",
        "already_member_status": 409, "patch_state_inactive": "delete", "roles_of_deleted": "drop", "licenses_of_restored": "drop",
        "remove_unassigned": "ignore", "replay": False, "page_size_over": "refuse",
    },
    "small pages": {
        "page_size_users": 3, "page_size_max": 40, "continuation_in": "link", "evaluate_user_filters": True,
        "user_state_field": "UserState", "reset_password_path": 405, "already_member_status": 201,
        "patch_state_inactive": "refuse", "role_removal": "400/2000", "late_usage_locations": 2,
    },
    "fields that are dropped": {
        "ignore_create_fields": ["firstName", "phoneNumber"], "ignore_patch_fields": ["displayName", "immutableId"],
        "answers_repeat_fields": True, "fields_not_returned": ["usageLocation"], "reset_password_path": 404,
    },
    "fields that are dropped, and answers that show it": {
        "ignore_create_fields": ["immutableId"], "ignore_patch_fields": ["lastName", "userPrincipalName"],
    },
    "late by time": {"read_lag_ms": 3000, "update_lag_ms": 4000, "assign_lag_ms": 2500},
    "late by reads": {"not_found_reads": 3, "license_calls": "partner_token"},
    "no licenses": {"license_calls": "conditional_access", "nulls_in_answers": True, "missing_user": "400/3000"},
}  # fmt: skip


class World:
    """One emulator, and time that passes by itself only when the probe waits."""

    def __init__(self, api, tmp_path: Path) -> None:
        self.api = api
        self.waited = 0.0
        self.secrets = Secrets()
        self.journal = tmp_path / "journal.jsonl"

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.api.control.advance(seconds)

    def clock(self) -> float:
        return time.monotonic() + self.waited

    def get(self) -> str:
        return self.api.token

    def renew(self, _rejected: str) -> None:
        return None

    def probe(self, ids, licenses: bool = True) -> Probe:
        budget = WaitBudget(1000, sleep=self.sleep, clock=self.clock)
        session = Session.open(
            self.api.url, self, facts_of("AzureCloud"), budget, verify=self.api.running.info["ca_path"]
        )
        values = steps.first_values(ids.contoso, DOMAIN, "c0ffee123456")
        journal = Journal(str(self.journal), ids.contoso, values["prefix"])
        asker = Asker(session.transport, steps.LIMIT, clock=self.clock)
        return Probe(asker, journal, Evidence(values), self.secrets.add, licenses)


@pytest.fixture
def world(api, tmp_path):
    return World(api, tmp_path)


def seen_from_outside(setting: dict, probe: Probe) -> dict:
    """What the report has to say: the emulator's switches without those that nothing shows."""
    every = {each.name: each.default for each in emulated.SWITCHES} | setting
    hidden = set(NOT_ASKED)
    if not (every["ignore_create_fields"] or every["ignore_patch_fields"]):
        hidden.add("answers_repeat_fields")
    if len(probe.evidence.taken("default_page").items) < every["page_size_users"]:
        hidden.add("page_size_users")
    if every["page_size_over"] == "refuse" or every["links"] == "repeated":
        hidden.add("page_size_max")
    if every["license_calls"] != "allow":
        hidden |= NEEDS_LICENSE | {"remove_unassigned", "license_update_status"}
    return {name: value for name, value in every.items() if name not in hidden}


def forms(switch) -> list:
    """The values of a switch that names them."""
    listed = [cell.cell_contents for cell in switch.accepts.__closure__ or () if isinstance(cell.cell_contents, tuple)]
    return [value for values in listed for value in values]


VALUES = {each.name: forms(each) for each in emulated.SWITCHES if forms(each) and each.name not in NOT_ASKED} | {
    "ignore_create_fields": [[], ["firstName"], ["immutableId", "phoneNumber"]],
    "ignore_patch_fields": [[], ["lastName"], ["displayName", "usageLocation", "userPrincipalName"]],
    "late_usage_locations": [0, 1],
    "update_lag_ms": [0, 1500],
    "page_size_users": [100, 3],
    "page_size_max": [500, 40],
}
PAIRS = all_pairs(VALUES)


@pytest.mark.parametrize("number", range(0, len(PAIRS), EVERY))
def test_random_settings_are_found_out(number, api, ids, world):
    found_out(PAIRS[number], api, ids, world)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_report_has_the_settings_of_the_service(name, api, ids, world):
    found_out(SETTINGS[name], api, ids, world)


def found_out(setting, api, ids, world):
    before = api.control.users(ids.contoso)
    api.control.set(**setting)
    api.control.clear_log()
    probe = world.probe(ids)
    probe.run()
    assert probe.error is None and probe.ended == "complete", probe.error
    assert probe.tidy_up() == []
    found, expected = questions.switches(probe.evidence), seen_from_outside(setting, probe)
    for lag in LAGS:
        true = expected.pop(lag)
        assert true <= found.pop(lag) <= max(2.5 * true, true + 600) * bool(true), lag
    assert found == expected
    requests = api.control.log()
    assert len(requests) <= steps.LIMIT and len(requests) == probe.asker.used
    assert not world.journal.exists()
    after = api.control.users(ids.contoso)
    left = [user for user in after if user not in before]
    assert len(left) == 2 and all(user["user_principal_name"].startswith(steps.PREFIX) for user in left)
    assert all(user["state"] == "inactive" for user in left) and [user for user in after if user in before] == before
    # A rehearsal: the emulator reads the report, and is what it was.
    file = world.journal.with_name("report.json")
    file.write_text(json.dumps(report_of(probe)), encoding="utf-8")
    rehearsed = Rehearsed()
    prepare(rehearsed, parse_arguments(["--state-dir", str(file.parent), "--profile", str(file)]))
    assert {name: rehearsed.switches.get(name) for name in expected} == expected


class Rehearsed:
    """An emulator, as far as a profile needs one."""

    def __init__(self) -> None:
        self.switches = Switches(emulated.SWITCHES)

    def set_switches(self, values: dict) -> None:
        self.switches.update(values)


def report_of(probe: Probe) -> dict:
    return report(probe.evidence, probe.exchanges, version="1", day="2026-01-01", cloud="AzureCloud", ended="complete")


def test_every_switch_is_asked_for_or_said_to_be_out_of_reach():
    asked = {question.switch for question in questions.QUESTIONS if question.switch}
    assert not asked & NOT_ASKED
    assert asked | NOT_ASKED == {each.name for each in emulated.SWITCHES}
    page = (Path(__file__).resolve().parents[3] / "docs" / "probe.md").read_text(encoding="utf-8")
    told = page.partition("## What it cannot tell")[2]
    assert set(re.findall(r"`(\w+)`", told)) & {each.name for each in emulated.SWITCHES} == NOT_ASKED


def test_the_report_names_nobody(api, ids, world):
    api.control.add_users(
        ids.contoso,
        [
            {
                "user_principal_name": "canary.person@contoso.onmicrosoft.com",
                "display_name": "CANARY Person",
                "first_name": "Canarina",
                "phone_number": "+47 7654321",
                "usage_location": "NO",
            }
        ],
    )
    api.control.set(page_size_users=2, deleted_upn_prefix=True)
    probe = world.probe(ids)
    probe.run()
    assert probe.tidy_up() == []
    passwords = set(probe._passwords.values())
    assert len(passwords) > 3
    text = json.dumps(report_of(probe))
    people = [value for user in api.control.users(ids.contoso) for value in user.values()]
    names = {each.lower() for each in people if isinstance(each, str) and len(each) > 8 and not each.startswith("20")}
    secret = {*names, *passwords, ids.contoso, "contoso", "canar", "7654321", api.token, "c0ffee", "bearer"}
    assert len(secret) > 20
    assert [each for each in secret if each.lower() in text.lower()] == []
    assert "another object with the same value" in text.lower() and "ms-cv" in text.lower(), (
        "what the service says is there"
    )


@pytest.mark.parametrize("method", ("POST", "PATCH", "DELETE"))
def test_a_connection_that_is_lost_leaves_nobody_unmentioned(method, api, ids, world):
    """Carried out, and not answered: what cannot be known to be gone stays in the journal."""
    before = api.control.users(ids.contoso)
    api.control.fault("drop_after", {"method": method}, times=1)
    probe = world.probe(ids)
    probe.run()
    assert probe.error is not None
    left = probe.tidy_up()
    there = {u["user_principal_name"] for u in api.control.users(ids.contoso) if u not in before}
    active = {u["user_principal_name"] for u in api.control.users(ids.contoso) if u["state"] == "active"}
    assert there & active <= set(left)
    assert bool(left) == world.journal.exists() == (method == "POST")
    if left:
        assert probe_journal.read(str(world.journal)).unanswered() == set(left)


def test_a_write_about_somebody_else_is_stopped(api, ids, world):
    probe = world.probe(ids)
    probe.evidence.values["a"] = ids.adele
    probe.evidence.add(probe_seen())
    api.control.clear_log()
    probe._step(steps.BY_NAME["read_a"])
    for name in ("change_a", "reset_a", "inactive_a"):
        with pytest.raises(CollectionError) as error:
            probe._send(steps.BY_NAME[name])
        assert error.value.details["reason"] == "internal_error"
    probe.evidence.values.update(b=ids.adele, role=steps.HARMLESS_ROLES[0])
    for name in ("delete_b", "restore_b", "add_role", "remove_role", "unquoted"):
        with pytest.raises(CollectionError):
            probe._send(steps.BY_NAME[name])
    assert [entry["method"] for entry in api.control.log()] == ["GET"]


def probe_seen():
    return Seen("create_a", 200, {})


def test_the_limit_ends_the_questions_and_not_the_tidying_up(api, ids, world):
    api.control.set(not_found_reads=50)
    probe = world.probe(ids)
    probe.asker.limit = steps.RESERVE + 12
    probe.run()
    assert probe.ended == "too_many_requests" and probe.error is None
    assert probe.tidy_up() == []
    assert probe.asker.used <= probe.asker.limit
    assert questions.switches(probe.evidence)["create_status"] == 200


def test_check_mode_shows_what_a_run_sends(api, ids, world):
    shown = {each["step"] for each in would_send(True, steps.LICENSE_STEPS)}
    probe = world.probe(ids)
    probe.run()
    assert {each["step"] for each in probe.exchanges} <= shown == set(steps.BY_NAME)
    probe.tidy_up()


def test_the_longest_probe_fits_the_limit():
    """Every step once, and those that are repeated as often as they may be, would be too many; those that are likely
    to be repeated together are not."""
    assert len(steps.STEPS) + 3 * (steps.POLLS - 1) + steps.RESERVE <= steps.LIMIT
