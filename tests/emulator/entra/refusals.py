"""Refusals on request: the control port's way to any error of the catalogue, without the circumstances that lead to
it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from emulator.entra import errors
from emulator.entra.errors import ErrorKind

#: Where a rule may act. "discovery" is the configuration document.
ENDPOINTS = ("token", "devicecode", "authorize", "discovery")
_KEYS = {"aadsts", "times", "endpoint", "grant_type", "error", "suberror", "status", "text"}


def _catalogue() -> dict[int, ErrorKind]:
    """Every kind of `errors` by its number. Of kinds that share a number the first one counts."""
    found: dict[int, ErrorKind] = {}
    for value in vars(errors).values():
        for kind in value.values() if isinstance(value, dict) else (value,):
            if isinstance(kind, ErrorKind):
                found.setdefault(kind.code, kind)
    return found


CATALOGUE = _catalogue()


@dataclass
class Refusal:
    """One rule. `times` None is always; `fired` counts."""

    kind: ErrorKind
    times: int | None = 1
    endpoint: str = "token"
    grant_type: str | None = None
    fired: int = 0

    def fits(self, endpoint: str, grant_type: str | None) -> bool:
        if self.times is not None and self.fired >= self.times:
            return False
        return self.endpoint == endpoint and self.grant_type in (None, grant_type)

    def as_dict(self) -> dict[str, Any]:
        return {
            "aadsts": self.kind.code,
            "error": self.kind.error,
            "suberror": self.kind.suberror,
            "status": self.kind.status,
            "times": self.times,
            "endpoint": self.endpoint,
            "grant_type": self.grant_type,
            "fired": self.fired,
        }


class Refusals:
    """The rules, oldest first; the first that fits a request acts."""

    def __init__(self) -> None:
        self.rules: list[Refusal] = []

    def add(self, wanted: dict[str, Any]) -> None:
        """`{aadsts, times?, endpoint?, grant_type?, error?, suberror?, status?, text?}`. A number outside the catalogue
        needs `error`.

        Raises ValueError for what cannot be understood; nothing is added then.
        """
        if not isinstance(wanted, dict) or set(wanted) - _KEYS or not isinstance(wanted.get("aadsts"), int):
            raise ValueError(
                f"a refusal is an object with aadsts (a number) and any of {sorted(_KEYS - {'aadsts'})}, not {wanted!r}"
            )
        code, times, endpoint = wanted["aadsts"], wanted.get("times", 1), wanted.get("endpoint", "token")
        if endpoint not in ENDPOINTS:
            raise ValueError(f"endpoint is one of {', '.join(ENDPOINTS)}, not {endpoint!r}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError(f"times is a number from 1 on, or null for always, not {times!r}")
        kind = CATALOGUE.get(code)
        if kind is None and not wanted.get("error"):
            raise ValueError(f"AADSTS{code} is not in the catalogue; say its error too")
        kind = kind or ErrorKind(code, wanted["error"], 400, "The request was refused.")
        changes = {name: wanted[name] for name in ("error", "suberror", "status", "text") if name in wanted}
        if "text" in changes:
            changes["text"] = changes["text"].replace("{", "{{").replace("}", "}}")
        self.rules.append(Refusal(replace(kind, **changes), times, endpoint, wanted.get("grant_type")))

    def check(self, endpoint: str, details: dict[str, Any], grant_type: str | None = None) -> None:
        """Raises the refusal that the oldest fitting rule asks for. `details` are what is known for the text."""
        for rule in self.rules:
            if rule.fits(endpoint, grant_type):
                rule.fired += 1
                placeholders = [
                    name for _literal, name, _format, _conversion in Formatter().parse(rule.kind.text) if name
                ]
                raise errors.SignInError(rule.kind, **{name: details.get(name, "unknown") for name in placeholders})
