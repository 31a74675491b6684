"""Answers that are not what they ought to be, at every position of every operation.

Whatever comes back: the module ends with a result, nobody is touched whom the task did not name, and no password that works is lost or hidden.
"""

from __future__ import annotations

import copy
import json
import random
import typing as t
from collections import Counter

from trials import forked, proxy, scenes
from trials.setting import Report, Setting, read_journal, setting

LONGEST = 60.0
OTHER = "00000000-0000-4000-8000-000000000020"
"""The id of somebody who is nobody's affair here: the account for emergencies."""
ODD: tuple[t.Any, ...] = (
    None, True, 0, -1, 1e300, "", " ", "\x00", "\ud800", "x" * 5000, "Ω̈", [], {}, [None], {"code": 1},
    OTHER, f"break.glass@{scenes.DOMAIN}", "2026-13-45", "<b>",
)  # fmt: skip


class Fuzzer:
    """One way to spoil an answer, from one number."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.kind = self.dice.choice((
            "member", "member", "member", "value", "value", "value", "value",
            "double", "lose", "swap", "status", "status", "truncate", "text", "header", "empty",
        ))  # fmt: skip

    def __call__(self, answer: proxy.Answer) -> proxy.Answer:
        return getattr(self, "_" + self.kind)(answer)

    def _document(self, answer: proxy.Answer) -> t.Any:
        try:
            return json.loads(answer.body.decode("utf-8-sig"))
        except ValueError:
            return None

    def _with(self, answer: proxy.Answer, document: t.Any) -> proxy.Answer:
        answer.body = json.dumps(document).encode("utf-8", "surrogatepass")
        if answer.status == 204:
            answer.status = 200
        return answer

    def _places(self, document: t.Any) -> list[tuple[t.Any, t.Any]]:
        found: list[tuple[t.Any, t.Any]] = []
        for key, value in (
            document.items()
            if isinstance(document, dict)
            else enumerate(document)
            if isinstance(document, list)
            else ()
        ):
            found += [(document, key), *self._places(value)]
        return found

    def _member(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        places = [place for place in self._places(document) if isinstance(place[0], dict)]
        if not places:
            return self._empty(answer)
        holder, key = self.dice.choice(places)
        del holder[key]
        return self._with(answer, document)

    def _value(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        places = self._places(document)
        if not places:
            return self._with(answer, self.dice.choice(ODD))
        holder, key = self.dice.choice(places)
        holder[key] = self.dice.choice(ODD)
        return self._with(answer, document)

    def _items(self, document: t.Any) -> list[t.Any] | None:
        return document.get("items") if isinstance(document, dict) and isinstance(document.get("items"), list) else None

    def _double(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        items = self._items(document)
        if not items:
            return self._text(answer)
        items.append(copy.deepcopy(self.dice.choice(items)))
        return self._with(answer, document)

    def _lose(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        items = self._items(document)
        if not items:
            return self._member(answer)
        del items[self.dice.randrange(len(items))]
        return self._with(answer, document)

    def _swap(self, answer: proxy.Answer) -> proxy.Answer:
        document = self._document(answer)
        if isinstance(document, dict) and "id" in document:
            document["id"] = OTHER
            return self._with(answer, document)
        # Not within a listing: one that says the same of two users consistently cannot be told from the truth.
        return self._value(answer)

    def _status(self, answer: proxy.Answer) -> proxy.Answer:
        answer.status = self.dice.choice(
            (200, 201, 202, 204, 206, 300, 302, 304, 400, 401, 403, 404, 409, 410, 412, 418, 500, 502, 503, 599)
        )
        return answer

    def _truncate(self, answer: proxy.Answer) -> proxy.Answer:
        answer.body = answer.body[: self.dice.randrange(len(answer.body) + 1)]
        return answer

    def _text(self, answer: proxy.Answer) -> proxy.Answer:
        answer.body = self.dice.choice(
            (
                b"null",
                b"[]",
                b"{}",
                b'"text"',
                b"\xff\xfe\x00",
                b"<html>proxy</html>",
                b"NaN",
                b"[" * 5000,
                b'{"a":' * 500,
            )
        )
        return answer

    def _header(self, answer: proxy.Answer) -> proxy.Answer:
        name = self.dice.choice(
            (
                "Content-Type",
                "Retry-After",
                "MS-RequestId",
                "MS-CorrelationId",
                "Date",
                "Location",
                "MS-ContinuationToken",
            )
        )
        answer.headers[name] = self.dice.choice(
            ("", "x", "-1", "99999999999", "text/html", "application/xml", "Tue, 99 Foo 9999")
        )
        if name == "Retry-After":
            answer.status = self.dice.choice((429, 503))
        return answer

    def _empty(self, answer: proxy.Answer) -> proxy.Answer:
        answer.body = b""
        return answer


class Trial:
    """Scene after scene against one emulator, through one proxy."""

    def __init__(self, place: Setting, wire: proxy.Proxy) -> None:
        self.place = place
        self.wire = wire
        self.environment = {
            **place.runner.environment,
            "PARTNER_CENTER_API_URL": wire.url,
            "PARTNER_CENTER_CA_PATH": wire.ca_path,
        }
        self.counts: Counter[str] = Counter()
        self._lengths: dict[str, int] = {}
        self._seed = scenes.seed()

    def fresh(self) -> None:
        """Everything as at the beginning."""
        self.place.control.reset(self._seed)
        for name in ("credentials.jsonl", "undo.json"):
            (self.place.directory / name).unlink(missing_ok=True)

    def length(self, scene: str) -> int:
        """How many requests a scene takes when nothing is wrong."""
        if scene not in self._lengths:
            self.fresh()
            self.wire.arm(None)
            done = self.run(scene)
            if done.failed:
                raise RuntimeError(f"{scene}: {done.result.get('msg')} {done.output[-2000:]}")
            self._lengths[scene] = len(self.wire.seen)
        return self._lengths[scene]

    def run(self, scene: str) -> forked.Ended:
        """One task."""
        given = {**scenes.options(scene, self.place.directory), "max_wait": 3, "timeout": 5}
        return forked.run(
            "customer_users", given, self.environment, directory=str(self.place.directory), seconds=LONGEST
        )

    def one(self, scene: str, position: int, change: proxy.Change) -> list[str]:
        """What was wrong."""
        self.fresh()
        before = {user["id"]: user for user in self.place.control.users(scenes.CUSTOMER)}
        self.wire.arm(change, position)
        done = self.run(scene)
        self.wire.disarm()
        self.counts["fired" if self.wire.fired else "not reached"] += 1
        rows = done.result.get("rows", [])
        self.counts.update(f"{row['status']} rows" for row in rows)
        self.counts["refused tasks"] += not rows
        return ([done.defect] if done.defect else []) + self.damage(scene, before, done)

    def damage(self, scene: str, before: dict[str, t.Any], done: forked.Ended) -> list[str]:
        """Who was touched and not named, and which passwords are lost."""
        wrong = []
        after = {user["id"]: user for user in self.place.control.users(scenes.CUSTOMER)}
        for user_id, user in before.items():
            if user_id not in scenes.named(scene) and after.get(user_id) != user:
                wrong.append(f"{user['user_principal_name']} was touched")
        if not any(user["state"] == "active" and "Global Administrator" in user["roles"] for user in after.values()):
            wrong.append("the last Global Administrator is gone")
        rows = {(row["user_principal_name"] or "").lower(): row for row in done.result.get("rows", [])}
        records, torn = read_journal(self.place.directory / "credentials.jsonl")
        wrong += [f"{torn} torn lines"] * bool(torn)
        for user in after.values():
            name = user["user_principal_name"].lower()
            row = rows.get(name)
            created = user["id"] not in before and user["state"] == "active"
            if created and row and row["status"] == "failed" and not row["user_id"]:
                wrong.append(f"{name} was created, and is called failed")
            mine = [record for record in records if record["user_principal_name"].lower() == name]
            works = [
                record
                for record in mine
                if self.place.control.check_password(scenes.CUSTOMER, user["id"], record["password"])["matches"]
            ]
            if created and not works and not (row and row["status"] in ("unknown", "failed")):
                wrong.append(f"{name} has no password that is known")
            # The hand-over takes the last line that is not rejected.
            last = next((record for record in reversed(mine) if record["status"] != "rejected"), None)
            if works and (last is None or last["password"] not in [record["password"] for record in works]):
                wrong.append(f"{name}: a password that works is hidden")
            if last and last["status"] == "delivered" and last not in works:
                wrong.append(f"{name}: a password is handed over that does not work")
        return wrong


def spoil(
    here: t.Any, names: t.Sequence[str], fuzzer_of: t.Callable[[int], Fuzzer], indices: t.Sequence[int], report: Report
) -> None:
    """One spoiled answer for each index, over all scenes, at a random position.

    :param here: a trial: ``length`` of a scene, ``one`` task and what was wrong with it, ``counts``.
    """
    wrong: list[str] = []
    for index in indices:
        scene, fuzzer = names[index % len(names)], fuzzer_of(index)
        position = fuzzer.dice.randrange(here.length(scene))
        here.counts[fuzzer.kind] += 1
        wrong += [
            f"{index} ({scene}, answer {position}, {fuzzer.kind}): {text}" for text in here.one(scene, position, fuzzer)
        ]
    fired = here.counts["fired"]
    report.say(", ".join(f"{count} {kind}" for kind, count in sorted(here.counts.items())))
    report.target(fired >= 0.9 * len(indices), f"{fired} of {len(indices)} answers were spoiled")
    report.target(not wrong, f"{len(wrong)} deviations {wrong[:6] or ''}".rstrip())


def trial(number: int = 500, first: int = 1, name: str = "answers") -> Report:
    """So many spoiled answers, over all operations and positions."""
    report = Report(name)
    with setting() as place:
        known = place.runner.environment
        with proxy.between(known["PARTNER_CENTER_API_URL"], known["PARTNER_CENTER_CA_PATH"], place.directory) as wire:
            spoil(Trial(place, wire), list(scenes.SCENES), Fuzzer, range(first, first + number), report)
    return report
