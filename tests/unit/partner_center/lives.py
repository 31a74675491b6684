"""Lives of a partner: runs of two tasks, one with people and one with rows that end, among changed declarations, jumps of
the clock, lost answers, and whatever others do meanwhile. What must hold after each run is asserted there.
"""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
import tempfile
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.chained_file import files_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.verify import verify
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
    DEFINITION,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings import temporary
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.endings.ending import Run
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from support.paper_partner import ROLES, SKUS, Customer, Killed, Partner, Person

START = datetime.now(timezone.utc).replace(microsecond=0)
LOCALS = ("ada", "bob", "eve")
NAMES = ("Helpdesk Administrator", "Reports Reader", "Global Administrator")
FATES = ("done", "done", "lost", "gone", "refused", "forbidden")
REASONS = ("A", "B")
TEMPLATES = ("{local}@{customer.default_domain}", "x.{local}@{customer.default_domain}")

Options = dict[str, t.Any]


def ends() -> st.SearchStrategy[Options]:
    """An end, or none."""
    return st.one_of(
        st.just({}),
        st.builds(
            lambda hours, why: {"lasts": f"{hours}h", "granted_for": why}, st.integers(1, 60), st.sampled_from(REASONS)
        ),
        st.builds(lambda hours: {"expires_at": (START + timedelta(hours=hours)).isoformat()}, st.integers(-20, 200)),
    )


@st.composite
def entitled(draw: t.Any) -> Options:
    """Roles and licenses, each perhaps with an end."""
    roles = [{"name": name, **draw(ends())} for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2))]
    skus = [
        {"sku": sku, **draw(ends())} for sku in draw(st.lists(st.sampled_from(sorted(SKUS)), unique=True, max_size=2))
    ]
    return {**({"roles": roles} if roles else {}), **({"licenses": skus} if skus else {})}


@st.composite
def rows(draw: t.Any) -> Options:
    """A row about somebody."""
    state = draw(st.sampled_from(("present", "present", "present", "absent", "restored")))
    row: Options = {"local": "r." + draw(st.sampled_from(LOCALS)), "state": state}
    if state == "absent":
        return row
    row |= {"display_name": draw(st.sampled_from(("One", "Two"))), "usage_location": "US", **draw(entitled())}
    if state == "present":
        row["on_deleted"] = draw(st.sampled_from(("fail", "restore", "create")))
    return {**row, "by_id": draw(st.booleans()), **draw(st.one_of(st.just({}), ends()))}


@st.composite
def people(draw: t.Any) -> Options:
    """A declaration of people."""
    chosen = draw(st.lists(st.sampled_from(LOCALS), unique=True, min_size=1))
    listed = [
        {"local": local, "display_name": draw(st.sampled_from(("One", "Two"))), **draw(entitled()), **draw(ends())}
        for local in chosen
    ]
    return {
        "people": listed,
        "defaults": {
            "user_principal_name": draw(st.sampled_from((*TEMPLATES[:1] * 3, *TEMPLATES))),
            "usage_location": "US",
            "on_deleted": draw(st.sampled_from(("fail", "restore", "create"))),
        },
        "adopt": draw(st.lists(st.sampled_from(chosen), unique=True, max_size=1)),
    }


class Life(RuleBasedStateMachine):
    """One life."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="life-"))
        self.partner = Partner(START)
        self.people: Options = {}
        self.rows: list[list[Options]] = []
        self.granted: dict[tuple[str, ...], datetime] = {}
        """When something was granted for the first time: (customer, user, what, name, granted_for)."""
        self.closed: set[tuple[str, ...]] = set()
        """What the record says to be gone: (customer, user, what, name, granted_for)."""
        self.begun: set[tuple[str, ...]] = set()
        """What a run has begun to grant, whatever became of it: from then on it is counted."""
        self.most = 25
        self.killed = False
        """Whether a run was, which leaves writes in the audit log that it says no more of."""

    def teardown(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    @initialize(
        first=people(),
        two=st.lists(st.lists(rows(), max_size=3, unique_by=lambda row: row["local"]), min_size=2, max_size=2),
        most=st.sampled_from((0, 1, 25)),
    )
    def begin(self, first: Options, two: list[list[Options]], most: int) -> None:
        self.most = most
        for number in range(2):
            customer = self.partner.customer(number)
            if number:
                customer.add(f"ada@{customer.domain}", display_name="One")
        self.people, self.rows = first, two

    # What changes

    @rule(made=people())
    def declare_people(self, made: Options) -> None:
        self.people = made

    @rule(number=st.integers(0, 1), made=st.lists(rows(), max_size=3, unique_by=lambda row: row["local"]))
    def declare_rows(self, number: int, made: list[Options]) -> None:
        self.rows[number] = made

    @rule(hours=st.integers(1, 50))
    def time_passes(self, hours: int) -> None:
        self.partner.now += timedelta(hours=hours)

    @rule(hours=st.integers(1, 9))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.partner.now -= timedelta(hours=hours)

    @rule(
        number=st.integers(0, 1),
        local=st.sampled_from(
            [*LOCALS, *(f"{before}{local}" for before in ("r.", "was.", "was.r.") for local in LOCALS)]
        ),
        what=st.sampled_from(
            ("rename", "delete", "rename, delete", "restore", "make", "role", "no role", "no license", "name")
        ),
        role=st.sampled_from(NAMES[:2]),
    )
    def others_act(self, number: int, local: str, what: str, role: str) -> None:
        customer = list(self.partner.customers.values())[number]
        name = f"{local}@{customer.domain}"
        person = customer.named(name)
        if what == "make" and not person:
            customer.add(name, display_name="Else")
        elif what == "restore":
            names = (name, f"was.{name}")
            gone = [each for each in customer.people.values() if not each.active and each.name in names]
            if gone and not customer.named(gone[-1].name):
                gone[-1].active, gone[-1].deleted_at = True, None
        elif person is None:
            return
        elif what in ("rename", "rename, delete"):
            other = name.removeprefix("was.") if name.startswith("was.") else f"was.{name}"
            if not customer.named(other):
                person.name = other
            person.active = what == "rename"
            person.deleted_at = None if person.active else self.partner.now
        elif what == "delete":
            person.active, person.deleted_at = False, self.partner.now
        elif what == "role":
            person.roles.add(ROLES[role])
        elif what == "no role":
            person.roles.discard(ROLES[role])
        elif what == "no license":
            person.skus.clear()
        elif what == "name":
            person.display_name = "Else"

    # Runs

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=6), audited=st.booleans())
    def run_people(self, fates: list[str], audited: bool) -> None:
        self.partner.audited = audited
        self._run("people", fates)

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=6))
    def run_rows(self, fates: list[str]) -> None:
        self._run("rows", fates)

    @rule(task=st.sampled_from(("people", "rows")), fates=st.lists(st.sampled_from(FATES), max_size=4))
    def run_only_ends(self, task: str, fates: list[str]) -> None:
        self._run(task, fates, ends_only=True)

    @rule(
        task=st.sampled_from(("people", "rows")),
        fates=st.lists(st.sampled_from(FATES), max_size=4),
        last=st.sampled_from(("killed", "killed before")),
        only=st.booleans(),
    )
    def run_that_is_killed(self, task: str, fates: list[str], last: str, only: bool) -> None:
        before = self._before()
        self.partner.fate, self.killed = [*fates, last], True
        with contextlib.suppress(Killed):
            self._task(task, {"ends_only": True} if only else {})
        self.partner.fate = []
        self._closed_is_gone()
        self._learn(task, before, only)
        self._nobody_lost(task, before)

    @rule(
        task=st.sampled_from(("people", "rows")),
        made=people(),
        two=st.lists(rows(), max_size=2, unique_by=lambda row: row["local"]),
        changed=st.booleans(),
        hours=st.integers(0, 30),
    )
    def plan_and_apply(self, task: str, made: Options, two: list[Options], changed: bool, hours: int) -> None:
        plan = str(self.place / "plan.json")
        Path(plan).unlink(missing_ok=True)
        self._task(task, {"mode": "plan", "plan_file": plan})
        assert not self.partner.writes
        if not Path(plan).exists():
            return
        said = json.loads(Path(plan).read_text())
        meant = self._grants(task)
        kept = self.people, self.rows
        if changed:
            self.people, self.rows = made, [two, self.rows[1]]
        self.partner.now += timedelta(hours=hours)
        before = self._before()
        self._task(task, {"mode": "apply", "plan_file": plan})
        self._held(said)
        self._closed_is_gone()
        self._learn(task, before)
        now = self._grants(task)
        for path, given in self._given(before):
            assert now.get(path) == meant.get(path), (
                f"granted otherwise than planned: {given} {meant.get(path)} {now.get(path)}"
            )
        if changed:
            self.people, self.rows = kept

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=3))
    def end_due(self, fates: list[str]) -> None:
        """The playbook temporary_access over all that is in the record, whoever has declared it."""
        file = self.place / "access.json"
        given = temporary.options(Run({"action": "end_due", "file": str(file)})) if file.exists() else {}
        if not given:
            return
        open_ = [each for each in json.loads(file.read_text())["grants"] if each["ended_at"] is None]
        before = self._before()
        self.partner.fate = list(fates)
        result = self.partner.run(DEFINITION, given)
        self.partner.fate = []
        self._closed_is_gone()
        assert not [each for each in self.partner.writes if each[0] != "DELETE" and "licenseupdates" not in each[1]]
        due = [each for each in open_ if each["what"] != "user" and self._is_due(each)]
        names = {**{role: role for role in ROLES.values()}, **{sku: name for name, sku in SKUS.items()}}
        for customer, old, new in self._pairs(before):
            about = [each for each in due if each["customer_id"] == customer.id and self._is_theirs(each, new)]
            assert old.active == new.active and old.name == new.name
            for lost in (old.roles - new.roles) | (old.skus - new.skus):
                assert lost in {names[each["name"]] for each in about}, f"{new.name} lost {lost}"
            if new.active and not result["rc"]:
                longer = {each["name"] for each in open_ if self._is_theirs(each, new) and not self._is_due(each)}
                left = {names[each["name"]] for each in about if each["name"] not in longer}
                assert not left & (new.roles | new.skus), f"{new.name} still has {left}"

    @rule(
        number=st.integers(0, 1),
        local=st.sampled_from([*LOCALS, *(f"r.{local}" for local in LOCALS)]),
        role=st.sampled_from(NAMES),
        reason=st.sampled_from(REASONS),
        by_id=st.booleans(),
        fates=st.lists(st.sampled_from(FATES), max_size=2),
    )
    def grant_for_a_time(self, number: int, local: str, role: str, reason: str, by_id: bool, fates: list[str]) -> None:
        """The playbook temporary_access gives somebody a role."""
        customer = list(self.partner.customers.values())[number]
        person, file = customer.named(f"{local}@{customer.domain}"), self.place / "access.json"
        if person is None:
            return
        had = ROLES[role] in person.roles
        recorded = (customer.id, person.id, "role", role) in {
            key[:4] for key in self._recorded(lambda grant: grant["ended_at"] is None)
        }
        given = {"action": "grant", "file": str(file), "new": not file.exists(), "customer_id": customer.id}
        given |= {"user": person.id if by_id else person.name, "roles": [role], "reason": reason, "lasts": "2h"}
        steps: Options = {"look": self.partner.run(DEFINITION, temporary.options(Run(given)), True)}
        assert not self.partner.writes
        if temporary.may_do(Run(given, steps=steps)):
            assert recorded or not had, f"what {person.name} has for good is given for a time"
            self.partner.fate = list(fates)
            steps["done"] = self.partner.run(DEFINITION, temporary.options(Run(given, steps=steps)))
            self.partner.fate = []
        ended = temporary.end(Run(given, steps=steps))
        self._closed_is_gone()
        if ended.status == "granted":
            key = (customer.id, person.id, "role", role, reason)
            assert ROLES[role] in person.roles and key in self._recorded(lambda grant: grant["ended_at"] is None)

    def _is_due(self, grant: Options) -> bool:
        begun = datetime.fromisoformat(grant["granted_at"])
        return bool(begun + timedelta(seconds=grant["lasts_seconds"]) <= self.partner.now)

    @staticmethod
    def _is_theirs(grant: Options, person: Person) -> bool:
        if grant["user_id"]:
            return bool(grant["user_id"] == person.id)
        return bool(grant["user_principal_name"] == person.name)

    @rule()
    def keep_a_backup_of_the_record(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(self.place / "people.jsonl", self.place / "backup.jsonl")

    @rule()
    def bring_the_record_back(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(self.place / "backup.jsonl", self.place / "people.jsonl")

    @rule(most=st.sampled_from((0, 1, 25)), renames=st.sampled_from((0, 25)))
    def limit(self, most: int, renames: int) -> None:
        self.most, self.people = most, {**self.people, "max_renames": renames}

    # A run with all that has to hold

    def _options(self, task: str, more: Options) -> Options:
        here = str(self.place)
        common = {
            "audit_log": f"{here}/audit.log",
            "audit_log_max_bytes": 20_000,
            "max_delete_total": self.most,
            "record_directory": f"{here}/deleted",
            "access_file": f"{here}/access.json",
            **({"access_file_new": True} if not Path(f"{here}/access.json").exists() else {}),
            **more,
        }
        if task == "people":
            declared = {
                "name": "t",
                "record_file": f"{here}/people.jsonl",
                "customers": {"all": True},
                **copy.deepcopy(self.people),
            }
            return {**common, "credentials_file": f"{here}/p.jsonl", "people": declared}
        blocks = []
        for customer, declared_rows in zip(self.partner.customers.values(), self.rows):
            made = [
                {
                    **{k: v for k, v in row.items() if k not in ("local", "by_id")},
                    **self._id_of(customer, row),
                    "user_principal_name": f"{row['local']}@{customer.domain}",
                }
                for row in declared_rows
            ]
            if made:
                blocks.append({"customer_id": customer.id, "users": made})
        return {**common, "credentials_file": f"{here}/c.jsonl", "customers": blocks}

    @staticmethod
    def _id_of(customer: Customer, row: Options) -> Options:
        """The id of the first one who had the name, if the row is to have it."""
        names = [f"{before}{row['local']}@{customer.domain}" for before in ("", "was.")]
        ids = [person.id for person in customer.people.values() if person.name in names]
        return {"user_id": ids[0]} if row.get("by_id") and ids else {}

    def _task(self, task: str, more: Options, check: bool = False) -> Options:
        if task == "rows" and not any(self.rows):
            self.partner.log.clear()
            return {"rc": 0, "rows": [], "summary": {}, "changed": False}
        result = self.partner.run(DEFINITION, self._options(task, more), check)
        shown = json.dumps(result)
        assert not any(password in shown for password in self.partner.passwords), "a password is shown"
        reason = (result.get("failure") or {}).get("reason")
        broken = [row for row in result.get("rows", ()) if row.get("reason") == "internal_error"]
        assert reason != "internal_error" and not broken, (result["msg"], broken)
        return result

    def _before(self) -> Options:
        return {
            "people": copy.deepcopy({each.id: each.people for each in self.partner.customers.values()}),
            "made": self._made(),
            "adopted": self._made("adopted"),
            "lines": self._lines(),
        }

    def _run(self, task: str, fates: list[str], **more: t.Any) -> None:
        predicted = self._task(task, more, check=True)
        assert not self.partner.writes, "check mode writes"
        before = self._before()
        self.partner.fate = list(fates)
        result = self._task(task, more)
        log = list(self.partner.log)
        self.partner.fate = []
        bad = [
            each for each in log if each[0] != "GET" and each[2] in ("gone", "403", "400") and "reset" not in each[1]
        ]
        if bad:
            assert result["rc"], f"exit status 0, and a write was not made: {bad}"
        self._audit(before, log)
        self._closed_is_gone()
        self._learn(task, before, bool(more))
        self._nobody_lost(task, before)
        if not result["rc"]:
            self._ended_is_gone(task)
            if not more:
                self._declared_is_there(task)
        if not any(each[2] in ("lost", "gone", "403", "400") for each in log):
            assert self._shown(predicted, result) == self._shown(result, result), "check mode has said something else"
        if not result["rc"] and "claimed_by_likeness" not in {row["reason"] for row in result["rows"]}:
            again = self._task(task, more)
            assert not self.partner.writes and not again["rc"] and not again["changed"], (
                f"a second run writes: {self.partner.writes} {again.get('msg')}"
            )

    @staticmethod
    def _shown(result: Options, done: Options) -> t.Any:
        """What check mode and the run say alike. What a restore brings back is known only after it: of the licenses and
        roles of such a user the run does as much as check mode said, or less."""
        rows, made = (each.get("rows", ()) for each in (result, done))
        backs = {place for place, row in enumerate(made) if "restore" in row["action"].split("+")}
        words = [
            [
                word
                for word in row["action"].split("+")
                if place not in backs or word in made[place]["action"].split("+")
            ]
            for place, row in enumerate(rows)
        ]
        return (
            result["rc"],
            None if backs else result.get("summary"),
            [
                (row["user_principal_name"], row["status"], action, row.get("reason"))
                for row, action in zip(rows, words)
            ],
        )

    def _made(self, kind: str = "made") -> set[str]:
        """Ids of users that the record of the people names as made, or as adopted."""
        file = self.place / "people.jsonl"
        if not file.exists():
            return set()
        lines = [json.loads(line) for line in file.read_text().splitlines()[1:]]
        begun = {line["correlation_id"] for line in lines if line["event"] == "making"}
        # What was begun and never ended counts as made where the audit records name that run.
        audited = {
            each["customizedData"][0]["value"]
            for each in self.partner.records
            if each["originalCorrelationId"].lower() in begun
        }
        return audited | {line["user_id"] for line in lines if line["event"] == kind}

    def _lines(self) -> int:
        return sum(
            len(Path(name).read_bytes().splitlines())
            for name in files_of(str(self.place / "audit.log"))
            if Path(name).exists()
        )

    def _audit(self, before: Options, log: list[tuple[str, str, str]]) -> None:
        files = [
            (name, Path(name).read_bytes()) for name in files_of(str(self.place / "audit.log")) if Path(name).exists()
        ]
        if not files:
            return
        found = verify(files)
        assert found.reason is None and (self.killed or not found.unsettled), (found.reason, found.unsettled)
        lines = [json.loads(line) for _name, content in files for line in content.splitlines()][before["lines"] :]
        settled = [line["status"] for line in lines if line["kind"] == "write_settled"]
        writes = [each[2] for each in log if each[0] != "GET"]
        done = sum(each in ("done", "lost") for each in writes)
        sure = sum(each == "done" for each in writes)
        assert sure <= settled.count("changed") <= done, (settled, writes)
        assert settled.count("failed") <= sum(each not in ("done", "lost") for each in writes), (settled, writes)
        text = b"".join(content for _name, content in files).decode()
        assert not any(password in text for password in self.partner.passwords)

    # Who lost what

    def _pairs(self, before: Options) -> t.Iterator[tuple[Customer, Person, Person]]:
        for customer in self.partner.customers.values():
            for person in customer.people.values():
                yield (
                    customer,
                    before["people"][customer.id].get(person.id, Person(person.id, person.name, active=False)),
                    person,
                )

    def _declared(self, task: str) -> t.Iterator[tuple[Customer, str, Options]]:
        """Customer, user principal name, what is declared."""
        for number, customer in enumerate(self.partner.customers.values()):
            if task == "rows":
                for row in self.rows[number]:
                    yield customer, f"{row['local']}@{customer.domain}", row
            else:
                for person in self.people["people"]:
                    template = self.people["defaults"]["user_principal_name"]
                    name = template.replace("{local}", person["local"]).replace(
                        "{customer.default_domain}", customer.domain
                    )
                    yield customer, name, person

    def _row_of(self, task: str, customer: Customer, *people: Person) -> Options | None:
        if task == "people":  # who is not renamed yet, or any more, is meant all the same
            locals_ = {person.name.removeprefix("was.").removeprefix("x.").partition("@")[0] for person in people}
            return next((person for person in self.people["people"] if person["local"] in locals_), None)
        names, ids = {person.name for person in people}, {person.id for person in people}
        return next(
            (
                row
                for where, name, row in self._declared(task)
                if where is customer and (name in names or self._id_of(customer, row).get("user_id") in ids)
            ),
            None,
        )

    def _things(self, row: Options) -> t.Iterator[tuple[str, str, Options]]:
        why = row.get("granted_for", "")
        yield "user", "", {**row, "granted_for": why}
        for what, key, own in (("role", "name", "roles"), ("license", "sku", "licenses")):
            for item in row.get(own, ()):
                yield what, item[key], {**item, "granted_for": item.get("granted_for", why)}

    def _grants(self, task: str) -> dict[tuple[str, ...], t.Any]:
        """What is declared about the end of each thing, by customer, name, what and name."""
        return {
            (customer.id, name, what, thing): (
                end.get("lasts"),
                end.get("expires_at"),
                end["granted_for"] if end.get("lasts") else "",
            )
            for customer, name, row in self._declared(task)
            for what, thing, end in self._things(row)
        }

    def _given(self, before: Options) -> t.Iterator[tuple[tuple[str, ...], str]]:
        for customer, old, new in self._pairs(before):
            roles = {role: name for name, role in ROLES.items()}
            for role in new.roles - old.roles:
                yield (customer.id, new.name, "role", roles[role]), f"{new.name} {roles[role]}"
            for sku in new.skus - old.skus:
                yield (customer.id, new.name, "license", sku), f"{new.name} {sku}"

    def _learn(self, task: str, before: Options, only: bool = False) -> None:
        """What was granted in this run for the first time, and what is there and was declared to last."""
        recorded = self._recorded(lambda grant: True)
        for customer, _old, new in self._pairs(before):
            row = self._row_of(task, customer, new)
            if row is None or not new.active or row.get("state") == "absent":
                continue
            for what, thing, end in self._things(row):
                has = what == "user" or (ROLES.get(thing) in new.roles if what == "role" else thing in new.skus)
                key = (customer.id, new.id, what, thing, end["granted_for"])
                # A run that only takes away begins nothing.
                if has and end.get("lasts") and (not only or key in recorded):
                    self.granted.setdefault(key, self.partner.now)
                if has or not only:
                    self.begun.add(key)

    def _over(self, customer: Customer, person: Person, what: str, thing: str, end: Options) -> bool:
        moments = [datetime.fromisoformat(end["expires_at"])] if end.get("expires_at") else []
        if end.get("lasts"):
            begun = self.granted.get((customer.id, person.id, what, thing, end["granted_for"]))
            moments += [begun + timedelta(hours=int(end["lasts"][:-1]))] if begun else []
        return any(moment <= self.partner.now for moment in moments)

    def _nobody_lost(self, task: str, before: Options) -> None:
        locals_ = {person["local"] for person in self.people["people"]}
        gone = [new for _customer, old, new in self._pairs(before) if old.active and not new.active]
        assert len(gone) <= self.most, "more are deleted than may be"
        known = before["made"] | before["adopted"] | self._made()
        for customer, old, new in self._pairs(before):
            row = self._row_of(task, customer, old, new)
            if task == "people" and old != new and new.id in before["people"][customer.id]:
                local = old.name.partition("@")[0].removeprefix("x.")
                assert new.id in known or local in self.people["adopt"], (
                    f"{new.name} was written, and is none of the declaration's"
                )
            if old.active and not new.active:
                assert old.id != customer.boss.id
                over = row is not None and any(
                    self._was_over(customer, new, *thing) for thing in self._things(row) if thing[0] == "user"
                )
                if task == "people":
                    assert new.id in before["made"], f"{new.name} was deleted, and no record names it"
                    local = new.name.partition("@")[0].removeprefix("x.")
                    assert local not in locals_ or over, f"{new.name} was deleted, and is declared"
                else:
                    assert row is not None and (row["state"] == "absent" or over), f"{new.name} was deleted"
            if new.active:
                for role in old.roles - new.roles if old.active else ():
                    name = next(n for n, r in ROLES.items() if r == role)
                    assert row is not None and any(
                        self._was_over(customer, new, *thing)
                        for thing in self._things(row)
                        if thing[:2] == ("role", name)
                    ), f"{new.name} lost {name}"
                for sku in old.skus - new.skus if old.active else ():
                    assert row is not None and any(
                        self._was_over(customer, new, *thing)
                        for thing in self._things(row)
                        if thing[:2] == ("license", sku)
                    ), f"{new.name} lost {sku}"
            if old.active and new.active and task == "rows" and row is None:
                assert old == new, "nobody else is touched"

    def _was_over(self, customer: Customer, person: Person, what: str, thing: str, end: Options) -> bool:
        """What has ended once stays ended, also with a longer time: so anything that was granted before counts."""
        if self._over(customer, person, what, thing, end):
            return True
        if (customer.id, person.id, what, thing, end["granted_for"]) in self.over:
            return True
        # A run that was killed had no time to write down what it took away. What was begun and refused is counted, too.
        file, name = (
            self.place / "access.json",
            {"user": None, "role": ROLES.get(thing), "license": SKUS.get(thing)}[what],
        )
        return file.exists() and any(
            self._is_due(each) and self._is_theirs(each, person)
            for each in json.loads(file.read_text())["grants"]
            if (each["customer_id"], each["what"], each["name"]) == (customer.id, what, name)
            and each["granted_for"] == end["granted_for"]
        )

    @property
    def over(self) -> set[tuple[str, ...]]:
        return self._recorded(lambda grant: bool(grant["ended_at"]))

    def _recorded(self, wanted: t.Callable[[Options], bool]) -> set[tuple[str, ...]]:
        file = self.place / "access.json"
        with contextlib.suppress(FileNotFoundError):
            names = {
                **{role: name for name, role in ROLES.items()},
                **{sku: name for name, sku in SKUS.items()},
                None: "",
            }
            return {
                (each["customer_id"], each["user_id"], each["what"], names[each["name"]], each["granted_for"])
                for each in json.loads(file.read_text())["grants"]
                if wanted(each)
            }
        return set()

    def _closed_is_gone(self) -> None:
        """What is written down as taken away in this run is with nobody whom the record means, deleted users
        included."""
        for key in self.over - self.closed:
            customer_id, user_id, what, thing, _why = key
            person = self.partner.customers[customer_id].people.get(user_id or "")
            if person:
                held = {"user": {""} if person.active else set(), "role": person.roles, "license": person.skus}[what]
                assert (ROLES.get(thing) if what == "role" else thing) not in held, f"{person.name} still has {thing}"
        self.closed |= self.over

    def _ended_is_gone(self, task: str) -> None:
        for customer, name, row in self._declared(task):
            person = customer.named(name)
            if person is None or row.get("state") == "absent":
                continue
            for what, thing, end in self._things(row):
                if not self._over(customer, person, what, thing, end):
                    continue
                has = what == "user" or (ROLES.get(thing) in person.roles if what == "role" else thing in person.skus)
                assert not has, f"{name} still has {what} {thing}, which has ended, and the run says nothing"

    def _declared_is_there(self, task: str) -> None:
        for customer, name, row in self._declared(task):
            person = customer.named(name)
            things = list(self._things(row))
            if row.get("state") == "absent" or (person is None and self._over_by_record(customer, None, *things[0])):
                assert person is None
                continue
            if person is None:
                # Who had it by another name at last is not written down as gone.
                had = [each for each in customer.people.values() if each.name.removeprefix("was.") == name]
                assert any(self._over(customer, each, *things[0]) for each in [*had, Person("", name)]), (
                    f"{name} is not there, and the run says nothing"
                )
                continue
            for what, thing, end in things:
                has = what == "user" or (ROLES.get(thing) in person.roles if what == "role" else thing in person.skus)
                assert (
                    has
                    or self._over(customer, person, what, thing, end)
                    or self._over_by_record(customer, person, what, thing, end)
                ), f"{name} does not have {what} {thing}, and the run says nothing"

    def _over_by_record(self, customer: Customer, person: Person | None, what: str, thing: str, end: Options) -> bool:
        """What was granted once and has ended stays ended, for what it was granted."""
        ids = {each.id for each in customer.people.values()} if person is None else {person.id}
        return any(
            (customer.id, user_id, what, thing, end["granted_for"]) in self.over
            and (customer.id, user_id, what, thing, end["granted_for"]) in self.begun
            for user_id in ids
        )

    def _held(self, said: Options) -> None:
        planned = {
            (customer["customer_id"], entry["action"], entry["user_id"])
            for customer in said["customers"]
            for user in customer["users"]
            for entry in user.get("operations", ())
        }
        for method, path, fate in self.partner.writes:
            parts = path.split("/")
            if fate != "done":
                continue
            if method == "DELETE" and len(parts) == 4:
                assert (parts[1], "delete", parts[3]) in planned
            if method == "POST" and len(parts) == 3:
                assert any(each[:2] == (parts[1], "create") for each in planned)
        assert self.partner.writes == [] or planned
