# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe finds out how the service is set, from outside: whatever the switches are, the report has the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe import questions, steps
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.report import would_send
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.seen import Seen
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import probe_journal
from emulator.partner_center import switches as emulated
from trials.probing import (
    EVERY_VALUE,
    LAGS,
    LAST_STEPS,
    NOT_ASKED,
    PAIRS,
    UNSEEN,
    World,
    defects,
    each_value,
    report_of,
    shown,
)

EVERY = 4
"""Which of the settings that hold all pairs of values are tried; the trial tries them all."""

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


@pytest.fixture
def world(api, tmp_path):
    return World(api, tmp_path)


@pytest.mark.parametrize("number", range(0, len(PAIRS), EVERY))
def test_random_settings_are_found_out(number, api, tmp_path):
    assert defects(PAIRS[number], api, tmp_path)[0] == []


@pytest.mark.parametrize("name", SETTINGS)
def test_the_report_has_the_settings_of_the_service(name, api, tmp_path):
    assert defects(SETTINGS[name], api, tmp_path)[0] == []


EACH = each_value()


@pytest.mark.parametrize("number", range(len(EACH)))
def test_each_value_of_each_visible_switch_is_found_out(number, api, tmp_path):
    wrong, found = defects(EACH[number], api, tmp_path)
    assert wrong == []
    told = {(name, json.dumps(value)) for name, value in found.items()}
    assert {each for each in shown(EACH[number]) if each[0] not in LAGS} <= told


def test_these_are_all_values_of_all_visible_switches():
    """A new switch has to be found out, or it is said why it cannot be."""
    visible = {each.name for each in emulated.SWITCHES} - NOT_ASKED
    assert set(EVERY_VALUE) == visible
    tried = set().union(*map(shown, EACH))
    wanted = {(name, json.dumps(value)) for name, values in EVERY_VALUE.items() for value in values} - UNSEEN
    assert tried >= wanted and all(len(values) > 1 for values in EVERY_VALUE.values())
    assert len(EACH) < 16


def test_every_switch_is_asked_for_or_said_to_be_out_of_reach():
    asked = {question.switch for question in questions.QUESTIONS if question.switch}
    assert not asked & NOT_ASKED
    assert asked | NOT_ASKED == {each.name for each in emulated.SWITCHES}
    page = (Path(__file__).resolve().parents[3] / "docs" / "probe.md").read_text(encoding="utf-8")
    told = page.partition("## What it cannot tell")[2]
    assert set(re.findall(r"`(\w+)`", told)) & {each.name for each in emulated.SWITCHES} == NOT_ASKED


ASKED = {
    "Is the header `MS-Contract-Version` required?": ["Is the header `MS-Contract-Version` required?"],
    "Are unknown members and parameters ignored?": ["Are unknown parameters ignored?", "Are unknown members ignored?"],
    "How long is a continuation token valid, and what does an invalid one return?": [
        "What does an invalid continuation token return?"
    ],
    "By which fields can a listing be sorted?": ["Can users be sorted by user principal name?"],
    "Does `offset` have an effect?": ["Does `offset` have an effect?"],
    "What does a create require?": ["Is a create without usage location and password accepted?"],
    "Is a slash at the end of a path accepted?": ["Is a slash at the end of a path accepted?"],
    "Do other operations accept a name instead of an id in the path?": ["Can a user be read by user principal name?"],
    "Does an empty string clear a value?": ["Does an empty string clear a value?"],
    "What does removing an unassigned role return?": ["What does removing an unassigned role return?"],
    "What does assigning a license twice return?": ["What does assigning a license twice return?"],
    "Is `isMfaCompliant` a header or a member?": ["Is `isMfaCompliant` a header or a member?"],
    "Can a user be restored if the name is in use?": ["What does a restore return if the name is in use?"],
}
"""Questions of docs/truth.md that stand for no switch, and where the probe asks them."""
TOLD = {
    "How long is a continuation token valid, and what does an invalid one return?": "How long a continuation token stays valid",
    "Which fields and operators can a search for customers use?": "Which fields and operators a search for customers can use",
    "Does the company profile accept an app-only token?": "Whether the company profile accepts an app-only token",
    "Which sign-in host does the Chinese cloud use?": "Which sign-in host the Chinese cloud uses",
    "Can PATCH be sent without an id?": "What PATCH without an ID does",
    "Which field of the directory does `phoneNumber` set?": "Which field of the directory `phoneNumber` sets",
    "Which role does removing a directory role require?": "Which role removing a directory role requires",
    "How is a request with licenses of two groups rejected?": "How a request with licenses of two groups",
    "Does a restore change the password?": "Whether a restore changes the password",
    "Does Partner Center list guests?": "whether guests are listed",
}
"""The same, and where docs/probe.md says why it cannot."""


def test_every_open_question_is_asked_or_said_to_be_out_of_reach():
    """What is not settled about Partner Center: by its switch, by a question of the probe, or with a reason."""
    docs = Path(__file__).resolve().parents[3] / "docs"
    page, section, left = (docs / "probe.md").read_text(encoding="utf-8"), "", set()
    for line in (docs / "truth.md").read_text(encoding="utf-8").splitlines():
        section = line if line.startswith("## ") else section
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if section.startswith("## Partner Center") and len(cells) == 7 and cells[6] in ("open", "contradicted"):
            left |= {cells[0]} if not re.search(r"`\w+`", cells[5]) else set()
    assert left and left <= {*ASKED, *TOLD}, left - {*ASKED, *TOLD}
    texts = {question.text for question in questions.QUESTIONS}
    assert {text for each in ASKED.values() for text in each} <= texts
    assert [each for each in TOLD.values() if each not in page] == []


def test_what_stands_for_no_switch_is_found_out_too(api, tmp_path):
    """Against the emulator, whose forms of these are known."""
    probe = World(api, tmp_path).probe()
    probe.run()
    assert probe.tidy_up() == []
    found = {question.text: answer for question, answer in questions.answers(probe.evidence)}
    assert {text: found[text] for each in ASKED.values() for text in each} == {
        "Is the header `MS-Contract-Version` required?": False,
        "Are unknown parameters ignored?": True,
        "Are unknown members ignored?": True,
        "What does an invalid continuation token return?": "400/3000",
        "Can users be sorted by user principal name?": "sorted",
        "Does `offset` have an effect?": "ignored",
        "Is a create without usage location and password accepted?": "taken",
        "Is a slash at the end of a path accepted?": True,
        "Can a user be read by user principal name?": "taken",
        "Does an empty string clear a value?": "refused: 400/3000",
        "What does removing an unassigned role return?": "refused: 404/1000",
        "What does assigning a license twice return?": "taken",
        "Is `isMfaCompliant` a header or a member?": "header",
        "What does a restore return if the name is in use?": "refused: 400/3000",
    }


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
    probe = world.probe()
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
    probe = world.probe()
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
    probe = world.probe()
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
    probe = world.probe()
    probe.asker.limit = steps.RESERVE + 12
    probe.run()
    assert probe.ended == "too_many_requests" and probe.error is None
    assert probe.tidy_up() == []
    assert probe.asker.used <= probe.asker.limit
    assert questions.switches(probe.evidence)["create_status"] == 200


def test_check_mode_shows_what_a_run_sends(api, ids, world):
    shown = {each["step"] for each in would_send(True, steps.LICENSE_STEPS)}
    probe = world.probe()
    probe.run()
    assert {each["step"] for each in probe.exchanges} <= shown == set(steps.BY_NAME)
    probe.tidy_up()


def test_the_longest_probe_fits_the_limit():
    """Every step once, and those that are repeated as often as they may be, would be too many; those that are likely
    to be repeated together are not."""
    needed = [step for step in steps.STEPS if step.name not in LAST_STEPS]
    assert len(needed) + 3 * (steps.POLLS - 1) + steps.RESERVE <= steps.LIMIT
    assert [step.name for step in steps.STEPS[len(needed) :]] == [
        step.name for step in steps.STEPS if step not in needed
    ]
