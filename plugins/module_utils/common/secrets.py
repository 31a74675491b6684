# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Values that must never be shown, and a way to remove them from any text.

Ansible masks options that are marked no_log, but not what a module learns at run time (tokens, generated passwords) and
not what an exception says. Everything that leaves a module goes through one :class:`Secrets`.
"""

from __future__ import annotations

import hashlib
import html
import json
import typing as t

MASK = "********"
SHORTEST = 4
"""Values with fewer characters are not masked: they would shred every text."""


class Secret:
    """A string that does not show itself in repr, str, format or tracebacks that print variables."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one place that has to send or store it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def digest(secret: Secret | None) -> str | None:
    """SHA-256 of a secret in hex digits: for telling whether it is the same one."""
    return None if secret is None else hashlib.sha256(secret.reveal().encode()).hexdigest()


class Secrets:
    """All secrets of a run.

    :param also: called with each new value, so that Ansible's own masking learns it too (``module.no_log_values.add``).
    """

    def __init__(self, also: t.Callable[[str], t.Any] | None = None) -> None:
        self._values: set[str] = set()
        self._also = also

    def add(self, value: str | Secret | None, *, tell: bool = True) -> None:
        """Remember a secret.

        :param tell: whether Ansible's masking learns it too. That compares every value with every text one by one, which takes minutes for
            the passwords of thousands of users; those are looked for by :meth:`clean`.
        """
        text = value.reveal() if isinstance(value, Secret) else value
        if not text or len(text) < SHORTEST:
            return
        # Also in the forms in which a service may repeat it: inside JSON, as HTML or XML, with its white space folded.
        self._values |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], " ".join(text.split())}
        self._values |= {html.escape(text), html.escape(text, quote=False)}
        if self._also and tell:
            self._also(text)

    def scrub(self, text: str) -> str:
        """The text with every known secret replaced; longest first, so that no tail of a longer one stays."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    def clean(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """A result without any known secret, for the last moment before it leaves.

        Nothing is expected to be found; then this costs one look at each text, however many secrets there are: thousands of passwords, searched
        for one by one in the result of as many users, would take a minute.
        """
        beginnings: dict[str, list[str]] = {}
        for value in self._values:
            beginnings.setdefault(value[:SHORTEST], []).append(value)
        inside: set[str] = set()
        for text in set(_texts(result)):
            parts = {text[start : start + SHORTEST] for start in range(len(text) - SHORTEST + 1)}
            inside.update(value for part in parts & beginnings.keys() for value in beginnings[part] if value in text)
        found = sorted(inside, key=len, reverse=True)
        return t.cast("dict[str, t.Any]", _replaced(result, found)) if found else result


def _texts(value: t.Any) -> t.Iterator[str]:
    """Everything that would be printed of a value."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


def _replaced(value: t.Any, secrets: list[str]) -> t.Any:
    if isinstance(value, dict):
        return {name: _replaced(item, secrets) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    return value
