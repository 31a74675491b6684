"""Faults on request: which rule applies to a request, and how often it still will."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    (
        "status",
        "throttle",
        "latency",
        "drop_before",
        "drop_after",
        "html",
        "text",
        "truncated_json",
        "redirect",
        "broken_page",
        "unauthorized",
    )
)
_NEEDED = {"status": {"status"}, "redirect": {"location"}, "text": {"text"}, "latency": {"seconds"}}
_MATCH_KEYS = frozenset(("server", "method", "path", "customer_id"))
_RULE_KEYS = frozenset(("match", "do", "times", "after", "probability", "seed"))


#: What a proxy shows in place of an answer.
PROXY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


class BadRule(ValueError):
    """The rule cannot be understood."""


@dataclass
class Call:
    """What a rule can look at."""

    server: str
    method: str
    path: str
    customer_id: str | None
    is_later_page: bool


@dataclass
class Rule:
    match: dict[str, Any]
    do: dict[str, Any]
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int | None = None
    seen: int = 0
    fired: int = 0
    _pattern: re.Pattern[str] | None = field(default=None, repr=False)
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    @classmethod
    def parse(cls, document: Any) -> Rule:
        if not isinstance(document, dict) or not isinstance(document.get("do"), dict):
            raise BadRule(
                'a rule is {"match": {...}, "do": {"kind": ...}, "times"?, "after"?, "probability"?, "seed"?}'
            )
        unknown = set(document) - _RULE_KEYS
        match = document.get("match") or {}
        if unknown or not isinstance(match, dict) or set(match) - _MATCH_KEYS:
            raise BadRule(f"unknown members: {sorted(unknown) or sorted(set(match) - _MATCH_KEYS)}")
        kind = document["do"].get("kind")
        if kind not in KINDS:
            raise BadRule(f"unknown kind: {kind!r}; known: {', '.join(sorted(KINDS))}")
        _check_action(document["do"])
        times = document.get("times", 1)
        rule = cls(
            match=match,
            do=document["do"],
            times=None if times is None else int(times),
            after=int(document.get("after", 0)),
            probability=float(document.get("probability", 1.0)),
            seed=document.get("seed"),
        )
        try:
            rule._pattern = re.compile(match["path"]) if match.get("path") else None
        except re.error as error:
            raise BadRule(f"path is no regular expression: {error}") from error
        rule._dice = random.Random(rule.seed)
        return rule

    @property
    def kind(self) -> str:
        return self.do["kind"]

    @property
    def is_used_up(self) -> bool:
        return self.times is not None and self.fired >= self.times

    def applies(self, call: Call) -> bool:
        """Whether the rule acts on this call; counts it."""
        if self.is_used_up or not self._matches(call):
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        if self.probability < 1.0 and self._dice.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def _matches(self, call: Call) -> bool:
        if self.kind == "broken_page" and not call.is_later_page:
            return False
        wanted = self.match
        return (
            wanted.get("server", call.server) == call.server
            and str(wanted.get("method", call.method)).upper() == call.method
            and (wanted.get("customer_id") is None or str(wanted["customer_id"]).lower() == (call.customer_id or ""))
            and (self._pattern is None or self._pattern.search(call.path) is not None)
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "match": self.match,
            "do": self.do,
            "times": self.times,
            "after": self.after,
            "probability": self.probability,
            "seed": self.seed,
            "fired": self.fired,
        }


def _check_action(do: dict[str, Any]) -> None:
    """What would otherwise only fail when the rule fires, in the middle of somebody's test."""
    missing = _NEEDED.get(do["kind"], set()) - set(do)
    if missing:
        raise BadRule(f"{do['kind']} needs {', '.join(sorted(missing))}")
    if "status" in do and (not isinstance(do["status"], int) or not 200 <= do["status"] <= 599):
        raise BadRule(f"status {do['status']!r} is no status")
    if not isinstance(do.get("headers") or {}, dict):
        raise BadRule("headers are an object")
    for name in ("seconds", "retry_after"):
        if name in do and (isinstance(do[name], bool) or not isinstance(do[name], (int, float)) or do[name] < 0):
            raise BadRule(f"{name} {do[name]!r} is no number of seconds")


class Faults:
    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, documents: Any) -> None:
        rules = [Rule.parse(each) for each in (documents if isinstance(documents, list) else [documents])]
        self.rules.extend(rules)

    def clear(self) -> None:
        self.rules.clear()

    def decide(self, call: Call) -> tuple[float, Rule | None]:
        """(seconds to wait, the one rule that decides the answer or None). Waiting composes; of the others the first
        wins."""
        if not self.rules:
            return 0.0, None
        seconds = 0.0
        decisive: Rule | None = None
        for rule in self.rules:
            if rule.kind == "latency":
                if rule.applies(call):
                    seconds += float(rule.do.get("seconds", 0))
            elif decisive is None and rule.applies(call):
                decisive = rule
        return seconds, decisive
