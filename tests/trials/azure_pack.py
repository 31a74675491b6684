"""Answers of Windows Azure Pack that are not what they ought to be: spoiled at every position of every operation, and broken as HTTP.

Whatever comes back: nobody is touched whom the task did not name, nothing that was done is called failed, and nothing that was not done is called done.
"""

from __future__ import annotations

import itertools
import json
import typing as t
from collections import Counter

from trials import answers, forked, proxy, scenes
from trials.protocol import FAULTS, PLENTY, TIMEOUT
from trials.setting import Report, Setting, setting

LONGEST = 60.0
ADMINISTRATOR = "wap-automation@northwind.example"
DOMAIN = "x.example"
OTHER = f"bystander@{DOMAIN}"
"""Somebody who is nobody's affair here."""


def _name(short: str) -> str:
    return f"{short}@{DOMAIN}"


USERS: list[dict[str, t.Any]] = [
    {"name": _name("ada")},
    {"name": _name("halt")},
    {"name": _name("go"), "state": "suspended"},
    {"name": _name("owner"), "subscriptions": [{"name": "One"}, {"name": "Two", "co_admins": [OTHER]}]},
    {"name": _name("kept"), "subscriptions": [{"name": "Three"}]},
    {"name": _name("bare")},
    {"name": _name("bare2")},
    {"name": OTHER, "subscriptions": [{"name": "Four", "co_admins": [_name("owner")]}]},
]
SCENES: dict[str, list[dict[str, t.Any]]] = {
    "create": [{"name": _name("new")}],
    "create two": [{"name": _name("new")}, {"name": _name("newer"), "state": "suspended"}],
    "update": [{"name": _name("ada"), "email": _name("byron")}],
    "suspend": [{"name": _name("halt"), "state": "suspended"}],
    "activate": [{"name": _name("go")}],
    "delete": [{"name": _name("bare"), "state": "absent"}, {"name": _name("nobody"), "state": "absent"}],
    "delete all": [
        {"name": _name("owner"), "state": "absent", "subscriptions": "delete"},
        {"name": _name("bare2"), "state": "absent"},
    ],
    "orphan": [{"name": _name("kept"), "state": "absent", "subscriptions": "orphan"}],
    "nobody": [{"name": _name("nobody"), "state": "absent"}],
}


class Fuzzer(answers.Fuzzer):
    """The same ways to spoil an answer, with somebody of Azure Pack as the other one."""

    def _swap(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        if isinstance(document, dict) and "Name" in document:
            document["Name"] = OTHER
            return self._with(answer, document)
        return self._value(answer)

    def _status(self, answer: proxy.Answer) -> proxy.Answer:
        done = answer.method != "GET" and 200 <= answer.status < 300
        answer = super()._status(answer)
        if done and 400 <= answer.status < 500:
            # Whoever is told "refused" about what was done is lied to, and cannot know.
            answer.status = self.dice.choice((203, 206, 301, 307, 408, 499, 500, 502, 504))
        return answer


class Trial:
    """Scene after scene against one emulator, through one proxy."""

    def __init__(self, place: Setting, wire: proxy.Proxy) -> None:
        self.place = place
        self.wire = wire
        self.counts: Counter[str] = Counter()
        self._lengths: dict[str, int] = {}
        self._seed = {**scenes.seed(), "azure_pack": {"administrators": [ADMINISTRATOR], "users": USERS}}

    def fresh(self) -> dict[str, dict[str, t.Any]]:
        """Everything as at the beginning; who is there, by name."""
        self.place.control.reset(self._seed)
        self.place.control.set(azure_pack_provider_seconds=0.1)
        return self.users()

    def users(self) -> dict[str, dict[str, t.Any]]:
        """Who is there now."""
        return {user["name"].lower(): user for user in self.place.control.azure_pack.users()}

    def start(self, scene: str, timeout: int = 5) -> forked.Started:
        """One task."""
        given = {"users": SCENES[scene], "max_wait": 3, "timeout": timeout, "wait_timeout": 3, "wait_interval": 1}
        environment = {
            **self.place.runner.environment,
            "AZURE_PACK_ENDPOINT": self.wire.url,
            "AZURE_PACK_CA_PATH": self.wire.ca_path,
            "AZURE_PACK_ACCESS_TOKEN": self.place.control.azure_pack.token(),
        }
        return forked.start("azure_pack_users", given, environment, directory=str(self.place.directory))

    def length(self, scene: str) -> int:
        """How many requests a scene takes when nothing is wrong."""
        if scene not in self._lengths:
            self.fresh()
            self.wire.arm(None)
            done = self.start(scene).wait(LONGEST)
            if done.failed:
                raise RuntimeError(f"{scene}: {done.result.get('msg')} {done.output[-2000:]}")
            self._lengths[scene] = len(self.wire.seen)
        return self._lengths[scene]

    def one(self, scene: str, position: int, change: proxy.Change) -> list[str]:
        """What was wrong."""
        before = self.fresh()
        self.wire.arm(change, position)
        done = self.start(scene).wait(LONGEST)
        self.wire.disarm()
        self.counts["fired" if self.wire.fired else "not reached"] += 1
        return self.judge(scene, before, done)

    def judge(self, scene: str, before: t.Mapping[str, t.Any], done: forked.Ended) -> list[str]:
        """Who was touched and not named, and what was said that is not so."""
        after = self.users()
        rows = {str(row["name"]).lower(): row for row in done.result.get("rows", [])}
        self.counts.update(f"{row['status']} rows" for row in rows.values())
        wrong = [done.defect] if done.defect else []
        declared = {row["name"]: row for row in SCENES[scene]}
        for name in {*before, *after} - set(declared):
            if before.get(name) != after.get(name):
                wrong.append(f"{name} was touched")
        for name, row in rows.items():
            wrong += [f"{name} {text}" for text in _wrong(row, declared[name], before.get(name), after.get(name))]
        moved = [name for name in declared if before.get(name) != after.get(name)]
        if moved and not done.result.get("changed") and not any(row["status"] == "unknown" for row in rows.values()):
            wrong.append(f"{', '.join(moved)} changed, and the task says that nothing did")
        if not done.failed and any(row["status"] in ("failed", "unknown", "skipped") for row in rows.values()):
            wrong.append("the task does not fail")
        return wrong


def _wrong(row: t.Mapping[str, t.Any], declared: t.Mapping[str, t.Any], before: t.Any, after: t.Any) -> t.Iterator[str]:
    """What a row says that is not so."""
    state = declared.get("state", "present")
    gone = after is None
    ordered = before is not None and (gone or after["deleting"])
    is_so = gone if state == "absent" else _is_so(declared, after)
    if row["status"] in ("ok", "changed") and not is_so:
        yield f"is called {row['status']}, and is {after and after['state']}"
    if row["status"] == "failed" and state == "absent" and ordered and row["deletion"] is None:
        yield "is called failed, and its deletion was ordered"
    if row["status"] == "failed" and state != "absent" and before != after and not row["fields"]:
        yield "is called failed, and was written"
    if row["status"] == "failed" and state != "absent" and before is None and after is not None and is_so:
        yield "is called failed, and was done"


def _is_so(declared: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any] | None) -> bool:
    if after is None:
        return False
    wanted = {"present": "active", "suspended": "suspended"}[declared.get("state", "present")]
    return after["state"] == wanted and after["email"] == declared.get("email", after["email"])


def _through(place: Setting) -> t.ContextManager[proxy.Proxy]:
    known = place.runner.environment
    return proxy.between(known["AZURE_PACK_ENDPOINT"], known["AZURE_PACK_CA_PATH"], place.directory)


def trial(number: int = 400, first: int = 1, name: str = "azure_pack answers") -> Report:
    """So many spoiled answers, over all operations and positions."""
    report = Report(name)
    with setting() as place, _through(place) as wire:
        answers.spoil(Trial(place, wire), list(SCENES), Fuzzer, range(first, first + number), report)
    return report


PLACES: tuple[tuple[str, str], ...] = (
    ("create", "POST"),
    ("update", "PUT"),
    ("suspend", "PUT"),
    ("delete all", "DELETE"),
    ("delete all", "GET"),
)
"""Scenes, and the method whose first answer is broken there."""


def protocol(
    faults: t.Collection[str] = tuple(FAULTS),
    places: t.Collection[tuple[str, str]] = PLACES,
    name: str = "azure_pack protocol",
) -> Report:
    """Each fault at each place."""
    report = Report(name)
    wrong: list[str] = []
    fired, longest, where, largest = 0, 0.0, "", 0
    with setting() as place, _through(place) as wire:
        here = Trial(place, wire)
        for (scene, method), fault in itertools.product(places, faults):
            before = here.fresh()
            wire.arm(FAULTS[fault], 0, lambda sent, method=method: sent == method)
            done = here.start(scene, TIMEOUT).wait(PLENTY)
            wire.disarm()
            fired += wire.fired
            if done.seconds > longest:
                longest, where = done.seconds, f"{scene}, {fault}"
            largest = max(largest, done.memory)
            wrong += [f"{scene}, {method}, {fault}: {text}" for text in here.judge(scene, before, done)]
    report.say(json.dumps(here.counts))
    report.target(fired == len(faults) * len(places), f"{fired} answers were broken")
    report.target(longest < PLENTY, f"the longest task took {longest:.1f} s ({where})")
    report.target(largest < 200 * 1024, f"at most {largest / 1024:.0f} MiB of memory")
    report.target(not wrong, f"{len(wrong)} deviations {wrong[:8] or ''}".rstrip())
    return report
