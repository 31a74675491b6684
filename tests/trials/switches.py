"""Every form of the services that a switch of the emulator stands for: correct input works in each, and a second run finds nothing to do.

A form in which a step cannot work, because the service refuses it by its rules, is listed with the reason; everything else is a false refusal.
"""

from __future__ import annotations

import time
import typing as t
from collections import Counter

from emulator import services
from emulator.kernel import switches

from trials import forked, scenes
from trials.setting import Report, Setting, setting

Value = tuple[str, t.Any]
LONGEST = 90.0
ADMINISTRATOR = "wap-automation@northwind.example"

VALUES: dict[str, tuple[t.Any, ...]] = {
    "directory_refuses": (["nobody-has-this-in-a-name"],),
    "update_lag_ms": (300,),
    "late_usage_locations": (1,),
    "page_size_users": (1, 2),
    "page_size_customers": (1,),
    "page_size_members": (1,),
    "page_size_audit": (1,),
    "page_size_max": (1, 3),
    "read_lag_ms": (300,),
    "not_found_reads": (1,),
    "license_warnings": ([{"code": "1", "message": "Read this", "servicePlans": ["PLAN"]}],),
    "assign_lag_ms": (300,),
    "audit_lag_ms": (1000,),
    "replay_seconds": (0,),
    "throttle_partner": ({"rate": 40, "burst": 10},),
    "throttle_customer": ({"rate": 40, "burst": 10},),
    "throttle_weights": ({"read": 1, "write": 1},),
    "latency_ms": (20,),
    "log_limit": (10,),
    "access_token_lifetime": (400,),
    "refresh_token_lifetime": (86400,),
    "token_request_loop_limit": (20,),
    "token_response_without": (["refresh_token"], ["scope"], ["id_token"], ["token_type"]),
    "sign_in_frequency": (86400,),
    "authorization_code_lifetime": (60,),
    "device_code_lifetime": (60,),
    "device_code_interval": (1,),
    "lockout_threshold": (1,),
    "sign_in_mfa": ("requested",),
    "device_code_with_secret": ("confidential",),
    "assertion_clock": ("emulator",),
    "azure_pack_token_lifetime": (3600,),
    "azure_pack_lower_case": (["Name"], ["Email"], ["Name", "Email"]),
    "azure_pack_extra_user_members": ({"Nickname": "x", "Id": 7, "Tags": [None]},),
    "azure_pack_max_take": (2, 3),
    "azure_pack_delete_lag": (0.6,),
    "azure_pack_delete_seconds": (0.6,),
    "azure_pack_provider_seconds": (0, 0.6),
}
"""Values of the switches that take more than a few; those that take few are tried with all."""
NO_FORM = {
    "ignore_patch_fields": "is a defect of the service, which the row reports",
    "ignore_create_fields": "is a defect of the service, which the row reports",
    "fields_not_returned": "is a defect of the service, which the row reports",
    "license_calls": "refuses all that is about licenses",
    "role_removal": "refuses to take roles away, which the row reports",
    "overtaken_creates": "is somebody else at work",
    "national_cloud": "lacks operations, which is told before the first write",
    "conditional_access": "refuses the sign-in",
    "token_response_empty": "is no answer",
    "azure_pack_issued_for": "gives out other tokens than are asked for",
    "azure_pack_mixed_up_answers": "mixes up answers",
    "azure_pack_made_anew": "is somebody else at work",
    "access_token_nbf_delay": "is a clock that is wrong, which the service itself refuses",
    "revoke_refresh_token_on_use": "needs a store of refresh tokens, which is tried elsewhere",
    "mfa_on_redemption": "refuses the sign-in",
}
"""Switches that are no documented form of a service in which the steps have to work."""
TOGETHER: dict[str, dict[str, t.Any]] = {
    "access_token_without_amr": {"enforce_mfa": False},
    "access_token_v2_format": {"enforce_mfa": False},
}
"""Switches that make sense only together with others."""
DEFAULTS = {each.name: each.default for each in services.SWITCHES}
CATCHES_UP = ("not_found_reads", "assign_lag_ms", "read_lag_ms", "update_lag_ms")
"""Reads that lag behind; they have caught up by the time of the second run."""
REFUSED: dict[str, frozenset[str]] = {
    "privileged_users=refuse": frozenset({"second", "helper"}),
    # Who is signed in cannot be told, so that it may be anybody.
    "access_token_opaque=True": frozenset({"second", "old0", "helper"}),
    "azure_pack_billing_veto=fail": frozenset({"owner", "kept"}),
    "azure_pack_billing_veto=refuse": frozenset({"owner", "kept"}),
}
"""Rows that the service refuses by its rules."""


def values(only: t.Collection[str] = ()) -> list[Value]:
    """All values that are tried, the defaults first."""
    found: list[Value] = [("", None)]
    for each in services.SWITCHES:
        if each.name in NO_FORM or (only and each.name not in only):
            continue
        few = [value for value in _candidates(each) if each.accepts(value)]
        found += [(each.name, value) for value in VALUES.get(each.name, tuple(few)) if value != each.default]
    return found


def tried(name: str) -> tuple[t.Any, ...]:
    """The values of a switch that are tried by itself."""
    return VALUES[name] if name in VALUES else candidates(name)


def candidates(name: str) -> tuple[t.Any, ...]:
    """The values that a switch may take, where it names them; none otherwise."""
    (each,) = [each for each in services.SWITCHES if each.name == name]
    return tuple(value for value in _candidates(each) if each.accepts(value))


def untried() -> list[str]:
    """Switches that no value stands for, which is a mistake of the tables above."""
    known = {name for name, _value in values()} | set(NO_FORM)
    return [each.name for each in services.SWITCHES if each.name not in known]


def _candidates(each: switches.Switch) -> list[t.Any]:
    """What a switch may take: a truth value, or what its check compares with."""
    listed = [
        cell.cell_contents for cell in each.accepts.__closure__ or () if isinstance(cell.cell_contents, tuple)
    ]  # fmt: skip
    return [value for values in listed for value in values] or [True, False]


def _customer_users(place: Setting) -> dict[str, t.Any]:
    """Everything that can be done to users of a customer, as one task."""
    steps = ("create", "update", "restore", "licenses", "roles", "delete")
    done = {row["user_principal_name"]: row for scene in steps for row in scenes.SCENES[scene]["users"]}
    kept = {row["user_principal_name"]: row for row in scenes.KEPT}
    purge = scenes.options("purge", place.directory)
    return {**purge, "users": list({**kept, **done}.values()), "max_wait": 60}


_X = "x.example"
AZURE_PACK_USERS: list[dict[str, t.Any]] = [
    {"name": f"halt@{_X}"},
    {"name": f"go@{_X}", "state": "suspended", "email": f"go@{_X}"},
    {"name": f"owner@{_X}", "subscriptions": [{"name": "One"}, {"name": "Two", "co_admins": [f"go@{_X}"]}]},
    {"name": f"kept@{_X}", "subscriptions": [{"name": "Three"}]},
    {"name": f"bare@{_X}"},
    {"name": f"bystander@{_X}", "subscriptions": [{"name": "Four", "co_admins": [f"owner@{_X}"]}]},
]
"""Who is there, as the seed of the emulator says it."""
AZURE_PACK: dict[str, t.Any] = {
    "users": [
        {"name": f"new@{_X}", "email": f"new@{_X}"},
        {"name": f"halt@{_X}", "state": "suspended"},
        {"name": f"go@{_X}", "email": f"other@{_X}"},
        {"name": f"owner@{_X}", "state": "absent", "subscriptions": "delete"},
        {"name": f"kept@{_X}", "state": "absent", "subscriptions": "orphan"},
        {"name": f"bare@{_X}", "state": "absent"},
        {"name": f"nobody@{_X}", "state": "absent"},
    ],
    "max_wait": 60,
    "wait_interval": 1,
    "wait_timeout": 60,
}


def one(place: Setting, value: Value) -> list[str]:
    """What was wrong with one value."""
    place.control.reset({**scenes.seed(), "azure_pack": {"administrators": [ADMINISTRATOR], "users": AZURE_PACK_USERS}})
    for name in ("credentials.jsonl", "undo.json"):
        (place.directory / name).unlink(missing_ok=True)
    if value[0]:
        place.control.set(**{value[0]: value[1]}, **TOGETHER.get(value[0], {}))
    token = place.control.azure_pack.token()
    environment = {**place.runner.environment, "AZURE_PACK_ACCESS_TOKEN": token}
    excused = REFUSED.get(f"{value[0]}={value[1]}", frozenset())
    tasks = [("customer_users", _customer_users(place)), ("azure_pack_users", AZURE_PACK)]
    wrong: list[str] = []
    for module, given in tasks:
        if value[0] and value[0].startswith("azure_pack_") != module.startswith("azure_pack_"):
            continue
        for again in (False, True):
            if again and value[0] in CATCHES_UP:
                place.control.set(**{value[0]: 0})
                if value[0].endswith("_ms"):
                    time.sleep(value[1] / 1000)
                else:  # each user is still missed once; that may fail, and says so
                    early = forked.run(module, given, environment, directory=str(place.directory), seconds=LONGEST)
                    wrong += [f"{module}, catching up: {early.defect}"] if early.defect else []
            done = forked.run(module, given, environment, directory=str(place.directory), seconds=LONGEST)
            wrong += [f"{module}: {text}" for text in _judge(done, again, excused)]
    return wrong


def _judge(done: forked.Ended, again: bool, excused: t.Collection[str]) -> list[str]:
    rows = done.result.get("rows") or []
    if done.defect or not rows:
        return [done.defect or f"no rows: {done.result.get('msg')}"]
    wrong = []
    for row in rows:
        name = str(row.get("user_principal_name") or row.get("name"))
        if name.partition("@")[0] in excused:
            continue
        wanted = ("ok",) if again else ("ok", "changed")
        if row["status"] not in wanted:
            said = row.get("message") or ", ".join(row.get("fields") or ())
            wrong.append(f"{'again, ' if again else ''}{name} is {row['status']} ({row['action']}): {said}")
    if not excused and done.failed and not wrong:
        wrong.append(f"failed: {done.result.get('msg')}")
    if not again and not excused and sum(row["status"] == "changed" for row in rows) < 6:
        wrong.append("less was done than was asked for")
    return wrong


def trial(only: t.Collection[str] = (), name: str = "switches") -> Report:
    """Each value of each switch, or of those that are named."""
    report = Report(name)
    wrong: list[str] = []
    tried = values(only)
    with setting() as place:
        for value in tried:
            wrong += [f"{value[0]}={value[1]!r}: {text}" for text in one(place, value)]
    counts = Counter(switch for switch, _value in tried if switch)
    report.say(f"{sum(counts.values())} values of {len(counts)} switches, and the defaults")
    report.target(not untried(), f"no switch is left out {untried() or ''}".rstrip())
    report.target(not wrong, f"{len(wrong)} false refusals {wrong or ''}".rstrip())
    return report
