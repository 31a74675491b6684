"""Random customers and random declarations: check mode is a promise, a second run does nothing, and nobody else is touched."""

from __future__ import annotations

import random
import time
import typing as t
import uuid
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import emulator
import yaml
from emulator import services

from trials import combinations, forked, switches
from trials.setting import Report, Setting, read_journal, setting

GLOBAL = "Global Administrator"
ROLES = (GLOBAL, "User Administrator", "Helpdesk Administrator", "Service Support Administrator")
UNPRIVILEGED = {"Service Support Administrator"}
SKUS = ("EMS", "POWER_BI_PRO", "AAD_PREMIUM", "WIN_ENT_E5")
COUNTRIES = ("US", "DE", "NO", "GB")
LONGEST = 60.0
"""Seconds after which a task of some dozen users hangs."""
SWITCHES: dict[str, tuple[t.Any, ...]] = {
    "bom": (True, False),
    "code_type": ("number", "string"),
    "html_escape_descriptions": (False, True),
    "error_data": ("always", "if_any"),
    "nulls_in_answers": (False, True),
    "unquoted_names": (False, True),
    "links_with_version": (False, True),
    "links": ("made_anew", "repeated"),
    "custom_domains_path": ("supported", 404),
    "page_size_users": (100, 3),
    "page_size_max": (500, 4),
    "continuation_in": ("both", "link", "body"),
    "user_state_field": ("both", "UserState", "UserStatus"),
    "evaluate_user_filters": (False, True),
    "create_status": (200, 201),
    "create_links": (False, True),
    "missing_user": ("404/60002", "400/3000"),
    "duplicate_upn_status": (400, 409),
    "reset_password_path": ("supported", 404, 405, 400),
    "force_change_echo": ("request", "false"),
    "patch_state_inactive": ("ignore", "refuse", "delete"),
    "deleted_upn_prefix": (False, True),
    "answers_repeat_fields": (False, True),
    "no_relationship": ("403/20002", "400/3000"),
    "role_names": ("old", "new"),
    "role_catalogue": ("full", "fixture"),
    "already_member_status": (400, 409, 201),
    "roles_of_deleted": ("hide", "drop"),
    "excluded_plans": ("omit", "disabled"),
    "license_update_status": (201, 200),
    "remove_unassigned": ("refuse", "ignore"),
    "removals_free_seats": (True, False),
    "license_groups_checked": ("request", "list"),
    "licenses_of_restored": ("if_free", "drop"),
    "audit_app_only": (True, False),
    "replay": (True, False),
    "page_size_customers": (500, 1),
    "page_size_members": (100, 1),
    "page_size_audit": (500, 1),
    "directory_refuses": ([], ["nobody-has-this-in-a-name"]),
    "synced_user_writes": ("allow", "refuse"),
    "license_warnings": ([], [{"code": "1", "message": "Read this", "servicePlans": ["PLAN"]}]),
    "enforce_mfa": (True, False),
    "mfa_rejection": ("json", "text"),
    "app_only_rejection": ("900329", "credentials", "role_text"),
    "replay_seconds": (600, 0),
}
"""Forms of the service in which every world has to be as good as in any other."""
SLOW: dict[str, t.Any] = {
    "ignore_patch_fields": (["phoneNumber"], ["firstName"]),
    "ignore_create_fields": (["phoneNumber"], ["firstName"]),
    "fields_not_returned": (["phoneNumber"], ["firstName"]),
    "update_lag_ms": (150,),
    "read_lag_ms": (150,),
    "not_found_reads": (1,),
    "assign_lag_ms": (150,),
    "late_usage_locations": (1,),
    "latency_ms": (5,),
    "throttle_partner": ({"rate": 200, "burst": 60},),
    "throttle_customer": ({"rate": 200, "burst": 60},),
    "throttle_weights": ({"read": 1, "write": 2},),
    "log_limit": (100_000,),
}
"""Forms for which the module has to wait, or to look several times. One of them is in some worlds."""
RARE: dict[str, t.Any] = {
    name: tuple(value for value in switches.candidates(name) if value != switches.DEFAULTS[name])
    for name in (*switches.NO_FORM, "privileged_users", "page_size_over", "throttle_penalise")
    if name not in SLOW
} | {
    "conditional_access": (53003,),
    "access_token_nbf_delay": (600,),
    "azure_pack_issued_for": ("http://azureservices/AdminSite",),
    "azure_pack_mixed_up_answers": ("somebody@else.example",),
}
"""Forms in which the service refuses a part of what is asked for, or everything. One of them is in some worlds; what
has been refused is no deviation, and everything else holds."""
_USED_UP = "revoke_refresh_token_on_use"
"""With it the check run has used up the token, so that nothing else can sign in, and there is no run to compare."""
OTHERS: dict[str, tuple[t.Any, ...]] = {
    each.name: (each.default, *(value for value in switches.tried(each.name) if value != each.default))
    for each in services.SWITCHES
    if each.name not in {*SWITCHES, *SLOW, *RARE}
}
"""All others: those of the sign-in, and of Azure Pack, which no user of Partner Center may notice."""
PAIRS = combinations.all_pairs(SWITCHES)
"""The first worlds have these; later ones a random setting, or none."""


@dataclass
class World:
    """Customers as the emulator takes them, the options of one task, and the switches of the service."""

    seed: int
    customers: list[dict[str, t.Any]]
    options: dict[str, t.Any]
    switches: dict[str, t.Any] = field(default_factory=dict)


def make(seed: int) -> World:
    """The world of this number."""
    dice = random.Random(seed)
    customers = [_customer(dice, number) for number in range(dice.choice((1, 1, 1, 2, 3)))]
    options = _task(dice, customers)
    return World(seed, customers, options, _switches(seed, dice))


def _switches(seed: int, dice: random.Random) -> dict[str, t.Any]:
    """The first worlds have all pairs of forms, the later ones some of everything that there is, or the defaults."""
    if seed <= len(PAIRS):
        return dict(PAIRS[seed - 1])
    if dice.random() < 0.2:
        return {}
    setting = combinations.sample(SWITCHES, dice)
    for name, values in OTHERS.items():
        if dice.random() < 0.3:
            setting[name] = dice.choice(values)
    for unusual, share in ((SLOW, 0.1), (RARE, 0.1)):
        if dice.random() < share:
            name = dice.choice(sorted(unusual))
            setting[name] = dice.choice(unusual[name])
    for name, needed in switches.TOGETHER.items():
        if setting.get(name, switches.DEFAULTS[name]) != switches.DEFAULTS[name]:
            setting.update(needed)
    if setting.get("page_size_over") == "refuse":
        # What is asked for has to be possible.
        setting["page_size_max"] = 500
    return setting


def _customer(dice: random.Random, number: int) -> dict[str, t.Any]:
    domain = f"c{number}.onmicrosoft.com"
    users = []
    for index in range(dice.randint(0, 9)):
        user: dict[str, t.Any] = {
            "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "user_principal_name": f"{dice.choice('uUv')}{index}@{domain}",
            "display_name": f"User {index}",
            "usage_location": dice.choice(COUNTRIES),
        }
        for name, text in (("first_name", "Ada"), ("last_name", "Byron"), ("phone_number", "+1 555 0100")):
            if dice.random() < 0.4:
                user[name] = text
        if dice.random() < 0.2:
            user["deleted_days_ago"] = dice.randint(1, 28)
        if dice.random() < 0.15:
            user["synced"] = True
        if dice.random() < 0.25:
            user["roles"] = dice.sample(ROLES, dice.randint(1, 2))
        if dice.random() < 0.35:
            user["licenses"] = dice.sample(SKUS, dice.randint(1, 2))
        users.append(user)
    # Somebody stays who is Global Administrator, or nobody else could be deleted; but not always.
    if dice.random() < 0.8:
        owner = {
            "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "user_principal_name": f"owner@{domain}",
            "display_name": "Owner",
        }
        users.append({**owner, "usage_location": "US", "roles": [GLOBAL]})
    skus = [
        {
            "part_number": name,
            "units": dice.randint(0, 6) + sum(name in user.get("licenses", ()) for user in users),
            "consumed": 0,
        }
        for name in SKUS
    ]
    return {
        "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)), "company_name": f"Customer {number}", "domain": domain,
        "custom_domains": [domain, f"c{number}.example"], "skus": skus, "users": users,
    }  # fmt: skip


def _task(dice: random.Random, customers: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    blocks = []
    # A purge comes only when every row is as declared, so that some worlds have nothing that can go wrong.
    calm = dice.random() < 0.4
    for customer in customers:
        block: dict[str, t.Any] = (
            {"customer_id": customer["id"]} if dice.random() < 0.7 else {"customer_domain": customer["domain"]}
        )
        names = [user["user_principal_name"] for user in customer["users"] if user["display_name"] != "Owner"] + [
            f"new{index}@{customer['domain']}" for index in range(3)
        ]
        if dice.random() < 0.3:
            names.append(f"new@c{customers.index(customer)}.example")
        make_row = _calm_row if calm else _row
        block["users"] = [
            make_row(dice, customer, name) for name in dice.sample(names, dice.randint(1, min(7, len(names))))
        ]
        if dice.random() < (0.8 if calm else 0.35):
            block["purge"] = True
            block["purge_scope"] = {"domains": [customer["domain"]]}
            if dice.random() < 0.5:
                block["purge_protected"] = [f"u{dice.randint(0, 9)}@*", f"v{dice.randint(0, 9)}@*"]
        blocks.append(block)
    return {
        "customers": blocks, "credentials_file": "credentials.jsonl", "undo_file": "undo.json",
        "max_delete": dice.choice((0, 2, 20)), "max_delete_total": dice.choice((1, 3, 25)),
        "max_delete_percentage": dice.choice((10, 60, 100)), "on_no_seats": dice.choice(("fail", "create_unlicensed")),
        "max_parallel": dice.choice((1, 4, 8)),
    }  # fmt: skip


def _calm_row(dice: random.Random, customer: t.Mapping[str, t.Any], name: str) -> dict[str, t.Any]:
    known = next((user for user in customer["users"] if user["user_principal_name"] == name), {})
    if known.get("synced"):
        return {"user_principal_name": name, "state": "present", "on_deleted": "restore"}
    return {
        "user_principal_name": name,
        "state": "present",
        "display_name": dice.choice(("Grace Hopper", "Ada Lovelace")),
        "on_deleted": "restore",
    }


def _row(dice: random.Random, customer: t.Mapping[str, t.Any], name: str) -> dict[str, t.Any]:
    row: dict[str, t.Any] = {"user_principal_name": name.upper() if dice.random() < 0.1 else name}
    known = next((user for user in customer["users"] if user["user_principal_name"] == name), None)
    row["state"] = dice.choice(("present", "present", "present", "absent", "restored"))
    if known and dice.random() < 0.15:
        row["user_id"] = known["id"]
    if row["state"] == "absent":
        return row
    if dice.random() < 0.8 or known is None:
        row["display_name"] = dice.choice(("Grace Hopper", "Ada Lovelace", f"{name} again"))
    for option, values in {
        "first_name": ("Grace", ""),
        "usage_location": COUNTRIES,
        "phone_number": ("+44 20 7946 0123",),
        "on_deleted": ("fail", "restore", "create"),
        "allow_synced": (True, False),
    }.items():
        if dice.random() < 0.3:
            row[option] = dice.choice(values)
    if row.get("first_name") == "":
        del row["first_name"]
    if dice.random() < 0.2:
        row.update(password="Declared-Passw0rd!", update_password=dice.choice(("on_create", "always")))
    if dice.random() < 0.35:
        row["licenses"] = dice.sample(SKUS, dice.randint(0, 2))
        row.setdefault("usage_location", "US")
        _form(dice, row, "licenses", SKUS)
    if dice.random() < 0.3:
        row["roles"] = dice.sample(ROLES, dice.randint(0, 2))
        _form(dice, row, "roles", ROLES)
    if known and dice.random() < 0.08:
        row["user_principal_name"] = f"renamed.{name.lower()}"
        row["previous_user_principal_name"] = name
    return row


def _form(dice: random.Random, row: dict[str, t.Any], option: str, names: t.Sequence[str]) -> None:
    """The list of a row as it is, as all that there may be, or as a dictionary."""
    form, given = dice.random(), row[option]
    if form < 0.2:
        row[f"purge_{option}"] = True
    elif form < 0.4:
        row[option] = {"set": given}
    elif form < 0.7:
        away = dice.sample(names, dice.randint(0, 2))
        row[option] = {"add": given, "remove": [name for name in away if name not in given]}


class Trial:
    """One world after another against one emulator."""

    def __init__(self, place: Setting) -> None:
        self.place = place
        self.counts: Counter[str] = Counter()
        self._seed = _seed()

    def one(self, world: World) -> list[str]:
        """What was wrong in this world."""
        control = self.place.control
        self._prepare(world)
        before = self._everybody(world)
        control.clear_log()
        predicted = self._run(world, check=True)
        wrong = [f"check mode: {predicted.defect}"] if predicted.defect else []
        if control.writes():
            wrong.append("check mode wrote")
        if self._everybody(world) != before:
            wrong.append("check mode changed somebody")
        control.clear_log()
        done = self._run(world)
        wrong += [f"run: {done.defect}"] if done.defect else []
        writes = len(control.writes())
        if "rows" not in done.result:
            self.counts["refused tasks"] += 1
            # Refused as a whole: then nothing was sent, and check mode said the same.
            return (
                wrong
                + (["a refused task wrote"] if writes else [])
                + ([] if "rows" not in predicted.result else ["only the run was refused"])
            )
        after = self._everybody(world)
        self.counts["writes"] += writes
        self.counts["worlds with writes"] += writes > 0
        self.counts["rows"] += len(done.result["rows"])
        self.counts.update(f"{row['status']} rows" for row in done.result["rows"])
        self.counts["purged"] += sum(row["status"] == "changed" for row in done.result["purged"])
        self.counts["deletions"] += sum(
            user["state"] == "active" and after.get(key, {}).get("state") != "active" for key, user in before.items()
        )
        if world.switches.get(_USED_UP):
            return wrong + self._bystanders(world, before, after, done.result)
        wrong += self._promise(world, predicted.result, done.result)
        wrong += self._bystanders(world, before, after, done.result)
        wrong += self._deletions(world, before, after, done.result)
        wrong += [f"password lost: {name}" for name in self._lost(world)]
        control.clear_log()
        # A run that comes before the service shows what the first one has assigned may assign it again.
        time.sleep((world.switches.get("assign_lag_ms") or 0) / 1000)
        again = self._run(world)
        wrong += [f"second run: {again.defect}"] if again.defect else []
        if "rows" not in again.result:
            wrong.append("the second run was refused as a whole")
        elif control.writes() and all(row["status"] == "ok" for row in again.result["rows"] + again.result["purged"]):
            wrong.append("the second run wrote, and says that all is as declared")
        repeated = [
            row
            for row in again.result.get("rows", [])
            if row["status"] == "changed" and not self._always(world, row) and not _follows(world, done.result, row)
        ]
        first = {(row["customer_id"], row["index"]): row["status"] for row in done.result["rows"]}
        if [row for row in repeated if first[row["customer_id"], row["index"]] in ("ok", "changed")]:
            wrong.append(f"the second run changed {repeated[0]['user_principal_name']} again ({repeated[0]['action']})")
        return wrong

    def _prepare(self, world: World) -> None:
        self.place.control.reset({**self._seed, "customers": world.customers})
        if world.switches:
            self.place.control.set(**world.switches)
        for name in ("credentials.jsonl", "undo.json"):
            (self.place.directory / name).unlink(missing_ok=True)

    def _run(self, world: World, check: bool = False) -> forked.Ended:
        options = {
            **world.options,
            **{name: str(self.place.directory / world.options[name]) for name in ("credentials_file", "undo_file")},
        }
        return forked.run(
            "customer_users",
            options,
            self.place.runner.environment,
            check=check,
            directory=str(self.place.directory),
            seconds=LONGEST,
        )

    def _everybody(self, world: World) -> dict[tuple[str, str], dict[str, t.Any]]:
        return {
            (customer["id"], user["id"]): user
            for customer in world.customers
            for user in self.place.control.users(customer["id"])
        }

    @staticmethod
    def _promise(world: World, predicted: dict[str, t.Any], done: dict[str, t.Any]) -> list[str]:
        if "rows" not in predicted:
            return ["check mode refused what the run did"]
        if len(predicted["rows"]) != len(done["rows"]):
            return ["rows in are not rows out"]
        wrong = []
        for kind in ("rows", "purged"):
            for said, was in zip(predicted[kind], done[kind]):
                if was["http_status"] and was["status"] in ("failed", "unknown", "skipped"):
                    continue  # the service refused what nothing showed before
                if (
                    kind == "purged"
                    and was["status"] == "skipped"
                    and said["status"] == "changed"
                    and any(row["status"] == "failed" for row in done["rows"])
                ):
                    continue
                planned, made = said["action"].split("+"), was["action"].split("+")
                # What comes back with somebody is only known then: the plan holds what may be needed at most.
                if "restore" in planned and said["status"] == was["status"] and set(made) <= set(planned):
                    continue
                if (said["status"], said["action"]) != (was["status"], was["action"]) and not _waits(done, was):
                    wrong.append(
                        f"{was['user_principal_name']}: promised {said['status']} {said['action']}, did {was['status']} {was['action']}"
                    )
        return wrong

    @staticmethod
    def _bystanders(world: World, before: t.Any, after: t.Any, done: dict[str, t.Any]) -> list[str]:
        spoken = {(row["customer_id"], row["user_id"]) for row in done["rows"] + done["purged"] if row["user_id"]}
        names = {
            (row["customer_id"], (row["user_principal_name"] or "").lower()) for row in done["rows"] + done["purged"]
        }
        wrong = []
        for key, user in before.items():
            if key in spoken or (key[0], user["user_principal_name"].lower()) in names:
                continue
            if after.get(key) != user:
                wrong.append(f"{user['user_principal_name']} was not declared, and is not what it was")
        return wrong

    @staticmethod
    def _deletions(world: World, before: t.Any, after: t.Any, done: dict[str, t.Any]) -> list[str]:
        wrong = []
        gone = [
            (key, user)
            for key, user in before.items()
            if user["state"] == "active" and after.get(key, {}).get("state") != "active"
        ]
        blocks = {block.get("customer_id") or block["customer_domain"]: block for block in world.options["customers"]}
        for customer in world.customers:
            block = blocks.get(customer["id"]) or blocks.get(customer["domain"])
            absent = {
                row["user_principal_name"].lower() for row in (block or {}).get("users", []) if row["state"] == "absent"
            }
            purged = {
                row["user_id"]
                for row in done["purged"]
                if row["customer_id"] == customer["id"] and row["status"] in ("changed", "unknown")
            }
            mine = [user for (owner, _id), user in gone if owner == customer["id"]]
            for user in mine:
                name = user["user_principal_name"].lower()
                if name not in absent and user["id"] not in purged:
                    wrong.append(f"{name} was deleted, and nobody asked for it")
                if user["id"] in purged and name not in absent:
                    if any(fnmatchcase(name, pattern) for pattern in (block or {}).get("purge_protected", [])):
                        wrong.append(f"{name} was purged in spite of purge_protected")
                    if user.get("synced") or not UNPRIVILEGED.issuperset(user["roles"]):
                        wrong.append(f"{name} was purged although it is synced or has a privileged role")
            owners = [
                user
                for (owner, _id), user in before.items()
                if owner == customer["id"] and user["state"] == "active" and GLOBAL in user["roles"]
            ]
            left = [
                user
                for (owner, _id), user in after.items()
                if owner == customer["id"] and user["state"] == "active" and GLOBAL in user["roles"]
            ]
            if owners and not left:
                wrong.append(f"{customer['domain']} has lost its last Global Administrator")
        limit = world.options.get("max_delete_total", 25)
        if len(gone) > limit:
            wrong.append(f"{len(gone)} deletions in one task, more than {limit}")
        return wrong

    def _lost(self, world: World) -> list[str]:
        """Users of the journal of whom the hand-over has a password that does not work, although it says that it does."""
        records, _torn = read_journal(self.place.directory / "credentials.jsonl")
        delivered = {
            (record["customer_id"], record["user_id"]): record for record in records if record["status"] == "delivered"
        }
        return [
            record["user_principal_name"]
            for (customer, user), record in delivered.items()
            if not self.place.control.check_password(customer, user, record["password"])["matches"]
        ]

    @staticmethod
    def _always(world: World, row: t.Mapping[str, t.Any]) -> bool:
        declared = [row for block in world.options["customers"] for row in block["users"]]
        name = (row["user_principal_name"] or "").lower()
        return any(
            each.get("update_password") == "always" and each["user_principal_name"].lower() == name for each in declared
        )


_OPTIONS = {"phoneNumber": "phone_number", "firstName": "first_name"}
"""What the fields in :data:`SLOW` are called in a declaration."""


def _follows(world: World, done: t.Mapping[str, t.Any], row: t.Mapping[str, t.Any]) -> bool:
    """Whether a row changes only what the create before it said that it took, and dropped: that is seen in the next run."""
    if not world.switches.get("answers_repeat_fields") or row["action"] != "update":
        return False
    dropped = {_OPTIONS[name] for name in world.switches.get("ignore_create_fields") or ()}
    made = {each["index"]: each["action"] for each in done["rows"] if each["customer_id"] == row["customer_id"]}
    return made[row["index"]].startswith("create") and set(row["fields"]) <= dropped


def _waits(done: t.Mapping[str, t.Any], row: t.Mapping[str, t.Any]) -> bool:
    """Whether a row was left out because another one of its customer failed at the service, which nothing had shown before."""
    return row["status"] == "skipped" and any(
        other["http_status"] and other["status"] in ("failed", "unknown") and other["customer_id"] == row["customer_id"]
        for other in done["rows"]
    )


def _seed() -> dict[str, t.Any]:
    """The partner and its sign-in as in the default seed."""
    document = yaml.safe_load((Path(emulator.__file__).parent / "seeds" / "demo.yml").read_text(encoding="utf-8"))
    return {"partner": document["partner"], "sign_in": document["sign_in"]}


def trial(worlds: int = 2000, first: int = 1, name: str = "worlds") -> Report:
    """So many worlds, each with a check run, a run and a second run."""
    report = Report(name)
    wrong: list[str] = []
    with setting() as place:
        here = Trial(place)
        for number in range(first, first + worlds):
            wrong += [f"world {number}: {text}" for text in here.one(make(number))]
    counts = here.counts
    report.say(", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    # A world in which nothing happens shows nothing.
    report.target(
        counts["worlds with writes"] * 2 > worlds and counts["deletions"] * 4 > worlds,
        "most worlds had writes, and many had deletions",
    )
    report.target(not wrong, f"{worlds} worlds, {len(wrong)} deviations {wrong[:5] or ''}".rstrip())
    return report
