"""Behaviours that the documentation leaves open, each with the default that the evidence favours.

A switch is a line in a service's list, or in `OWN`: name, default, allowed values or a check, and one sentence.
README.md lists the same names; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


class UnknownSwitch(ValueError):
    """The name is not a switch."""


class BadSwitchValue(ValueError):
    """The value does not fit the switch."""


def one_of(*allowed: Any) -> Callable[[Any], bool]:
    # 1 == True in Python, so the type is compared too: `bom: 1` is a mistake that should be told.
    return lambda value: any(type(value) is type(each) and value == each for each in allowed)


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def positive(value: Any) -> bool:
    return integer(value) and value > 0


def names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


boolean = one_of(True, False)


@dataclass(frozen=True)
class Switch:
    name: str
    default: Any
    accepts: Callable[[Any], bool]
    meaning: str


#: What concerns all services.
OWN: tuple[Switch, ...] = (
    Switch("latency_ms", 0, number, "every API call takes so many milliseconds longer"),
    Switch("log_limit", 200_000, positive, "entries that the request log keeps"),
)


class Switches:
    """Attribute access for the readers (`switches.log_limit`), `update` for the control port."""

    def __init__(self, definitions: Iterable[Switch] = OWN) -> None:
        self._definitions = {switch.name: switch for switch in definitions}
        self.reset()

    def __getattr__(self, name: str) -> Any:
        """For type checkers: switches are found without coming here."""
        raise AttributeError(f"no switch {name!r}")

    def reset(self) -> None:
        for switch in self._definitions.values():
            setattr(self, switch.name, _copy(switch.default))

    def update(self, values: dict[str, Any]) -> None:
        """All or nothing: an unknown name or a bad value changes no switch."""
        for name, value in values.items():
            if name not in self._definitions:
                raise UnknownSwitch(f"unknown switch: {name}; known: {', '.join(sorted(self._definitions))}")
            if not self._definitions[name].accepts(value):
                raise BadSwitchValue(f"switch {name} ({self._definitions[name].meaning}) does not take {value!r}")
        for name, value in values.items():
            setattr(self, name, _copy(value))

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name) if name in self._definitions else default

    def as_dict(self) -> dict[str, Any]:
        return {switch.name: getattr(self, switch.name) for switch in self._definitions.values()}


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value
