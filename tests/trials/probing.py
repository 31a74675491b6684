"""A probe against every form of the service: whatever the switches are, the report has the same."""

from __future__ import annotations

import json
import random
import tempfile
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.asking import Asker
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe import questions, steps
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.report import report
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.seen import Evidence
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.probe_journal import Journal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.probing import Probe
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import Session
from emulator import launch
from emulator.__main__ import parse_arguments, prepare
from emulator.kernel.switches import Switches
from emulator.partner_center import switches as emulated

from trials.combinations import all_pairs
from trials.setting import Report

LAST_STEPS = frozenset(("by_upn", "sorted", "offset", "minimal", "delete_again", "rename_a", "restore_taken"))
"""Steps that stand for no switch, and are given up first."""
CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
DOMAIN = "contoso.onmicrosoft.com"
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
"""Switches that the probe's users cannot show; docs/probe.md says why."""


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

    def probe(self, licenses: bool = True) -> Probe:
        budget = WaitBudget(1000, sleep=self.sleep, clock=self.clock)
        session = Session.open(
            self.api.url, self, facts_of("AzureCloud"), budget, verify=self.api.running.info["ca_path"]
        )
        values = steps.first_values(CONTOSO, DOMAIN, "c0ffee123456")
        journal = Journal(str(self.journal), CONTOSO, values["prefix"])
        asker = Asker(session.transport, steps.LIMIT, clock=self.clock)
        return Probe(asker, journal, Evidence(values), self.secrets.add, licenses)


def seen_from_outside(setting: dict, probe: Probe) -> dict:
    """What the report has to say: the emulator's switches without those that nothing shows."""
    page = probe.evidence.taken("default_page")
    return visible(setting, len(page.items) if page else 0)


def visible(setting: dict, page: int = 3) -> dict:
    """The same. page: users on the first page of a listing."""
    every = {each.name: each.default for each in emulated.SWITCHES} | setting
    hidden = set(NOT_ASKED)
    if not (every["ignore_create_fields"] or every["ignore_patch_fields"]):
        hidden.add("answers_repeat_fields")
    if page < every["page_size_users"]:
        hidden.add("page_size_users")
    if every["page_size_over"] == "refuse" or every["links"] == "repeated":
        hidden.add("page_size_max")
    if every["license_calls"] != "allow":
        hidden |= NEEDS_LICENSE | {"remove_unassigned", "license_update_status"}
    if "usageLocation" in every["ignore_create_fields"]:
        # Nobody without a location can have a license.
        hidden |= NEEDS_LICENSE | ({"license_update_status"} if every["remove_unassigned"] == "refuse" else set())
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
"""Values of the switches that the probe finds out, for settings with all pairs."""
NEEDED = {"ignore_create_fields": ("userPrincipalName", "displayName"), "fields_not_returned": ("userPrincipalName",)}
"""What a service cannot drop: it would make no user, or nobody could tell which one."""
LAGGING = {"read_lag_ms": [0, 3000], "not_found_reads": [0, 2], "assign_lag_ms": [0, 2500]}
EVERY_VALUE = VALUES | LAGGING | {
    name: [[], *([field] for field in steps.FIELDS if field not in NEEDED.get(name, ()))]
    for name in ("ignore_create_fields", "ignore_patch_fields", "fields_not_returned")
}  # fmt: skip
"""The same for each value by itself: every writable attribute, and lags."""
UNSEEN = {("page_size_users", "100")}
"""Values that a customer with few users cannot show."""
PAIRS = all_pairs(VALUES)


def each_value(seed: int = 1) -> list[dict]:
    """Few settings in which every value of every visible switch is there, and nothing hides it."""
    dice = random.Random(seed)
    left = {(name, json.dumps(value)) for name, values in EVERY_VALUE.items() for value in values} - UNSEEN
    found = []
    while left:
        setting = max((_drawn(dice, left) for _try in range(60)), key=lambda each: len(shown(each) & left))
        assert shown(setting) & left, left
        left -= shown(setting)
        found.append(setting)
    return found


def shown(setting: dict) -> set[tuple[str, str]]:
    """What a setting has of the values that can be seen."""
    return {(name, json.dumps(value)) for name, value in visible(setting).items() if name in EVERY_VALUE}


def _drawn(dice: random.Random, left: set[tuple[str, str]]) -> dict:
    """A setting that likes what is left. One lag of reads at a time, and no field that two switches take away: the
    second would not be seen."""
    setting = {}
    for name, values in EVERY_VALUE.items():
        wanted = [value for value in values if (name, json.dumps(value)) in left]
        setting[name] = dice.choice(wanted if wanted and dice.random() < 0.9 else values)
    if setting["not_found_reads"]:
        setting["read_lag_ms"] = 0
    if set(setting["ignore_create_fields"]) & set(setting["ignore_patch_fields"]):
        # A field that is dropped either way looks like one that no response shows (docs/probe.md).
        setting["ignore_patch_fields"] = []
    gone = setting["ignore_create_fields"] + setting["ignore_patch_fields"]
    if set(setting["fields_not_returned"]) & set(gone):
        setting["fields_not_returned"] = []
    return setting


def defects(setting: dict, api: t.Any, directory: Path, *, may_end: bool = False) -> tuple[list[str], dict]:
    """What is wrong with a probe of a service that is set so, and what it found out.

    api: with `control`, `url`, `token` and `running.info`. may_end: several lags at once may use up the requests; what
    is open then must not be wrong.
    """
    world = World(api, directory)
    before = api.control.users(CONTOSO)
    api.control.set(**setting)
    api.control.clear_log()
    probe = world.probe()
    probe.run()
    wrong = [f"ended: {probe.error.message}"] if probe.error else []
    if probe.ended == "too_many_requests":
        # Where much had to be waited for, what stands for no switch is given up.
        wrong += (
            []
            if may_end
            else [f"left out: {name}" for name in probe.left_out if name not in LAST_STEPS and _was_due(probe, name)]
        )
    elif probe.ended != "complete":
        wrong.append(f"ended: {probe.ended}")
    wrong += [f"left: {name}" for name in probe.tidy_up()]
    found, expected = questions.switches(probe.evidence), seen_from_outside(setting, probe)
    if may_end and probe.ended == "too_many_requests":
        expected = {name: value for name, value in expected.items() if name in found}
    for lag in LAGS & set(expected):
        true, told = expected.pop(lag), found.pop(lag, None)
        if told is None or not true <= told <= max(2.5 * true, true + 600) * bool(true):
            wrong.append(f"{lag} is {true}, and found to be {told}")
    wrong += [f"{name} is {value!r}, and found to be {found.get(name)!r}" for name, value in expected.items()
              if found.get(name) != value]  # fmt: skip
    wrong += [f"{name} cannot be seen, and was found to be {found[name]!r}" for name in set(found) - set(expected)]
    requests = len(api.control.log())
    if requests > steps.LIMIT or requests != probe.asker.used:
        wrong.append(f"{requests} requests, {probe.asker.used} counted")
    after = api.control.users(CONTOSO)
    left = [user for user in after if user not in before]
    if [user for user in after if user in before] != before or world.journal.exists():
        wrong.append("somebody else was touched, or the journal is there")
    if len(left) > 3:
        wrong.append(f"{len(left)} users were made")
    wrong += [f"{user['user_principal_name']} is there" for user in left
              if user["state"] != "inactive" or not user["user_principal_name"].startswith(steps.PREFIX)]  # fmt: skip
    # A rehearsal: the emulator reads the report, and is what it was.
    file = directory / "report.json"
    file.write_text(json.dumps(report_of(probe)), encoding="utf-8")
    rehearsed = Rehearsed()
    prepare(t.cast(t.Any, rehearsed), parse_arguments(["--state-dir", str(directory), "--profile", str(file)]))
    if {name: rehearsed.switches.get(name) for name in expected} != expected:
        wrong.append("the profile is another one")
    return wrong, found


def _was_due(probe: Probe, name: str) -> bool:
    step = steps.BY_NAME[name]
    return step.needs() - {"password"} <= set(probe.evidence.values) and (
        step.when is None or step.when(probe.evidence)
    )


class Rehearsed:
    """An emulator, as far as a profile needs one."""

    def __init__(self) -> None:
        self.switches = Switches(emulated.SWITCHES)

    def set_switches(self, values: dict) -> None:
        self.switches.update(values)


def report_of(probe: Probe) -> dict:
    return report(probe.evidence, probe.exchanges, version="1", day="2026-01-01", cloud="AzureCloud", ended="complete")


@dataclass
class Target:
    """An emulator as a probe sees it."""

    running: t.Any
    token: str

    @property
    def control(self) -> t.Any:
        return self.running.control

    @property
    def url(self) -> str:
        return str(self.running.info["api_url"])


def trial(number: int = 300, name: str = "probe") -> Report:
    """All pairs of values, each value by itself, and random settings."""
    report_ = Report(name)
    dice = random.Random(14)
    settings = [*PAIRS, *each_value(2), *(_drawn(dice, set()) for _each in range(number))]
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="trial-") as scratch, launch.start(Path(scratch, "emulator")) as running:
        for index, setting in enumerate(settings):
            running.control.reset()
            directory = Path(scratch, str(index))
            directory.mkdir()
            found, _switches = defects(setting, Target(running, running.control.token()), directory, may_end=True)
            wrong += [f"{index}: {text}" for text in found]
    report_.say(f"{len(settings)} settings, {len(PAIRS)} of them with all pairs of values")
    report_.target(not wrong, f"{len(wrong)} findings that are not the setting {wrong or ''}".rstrip())
    return report_
