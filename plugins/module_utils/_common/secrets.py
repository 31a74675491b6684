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
import threading
import typing as t

from . import echoes
from .unescaped import has_one_view, views

MASK = "********"
LONG = 8
"""Characters by which most secrets are told apart; the first four of many of them may be the same."""
SHORTEST = 4
"""Values with fewer characters are not masked: they would shred every text."""


MOST_HEADS = 500
"""Beginnings of forms of secrets up to which many texts are searched for one after the other."""


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
        self._new: list[str] = []
        self._forms: dict[int, dict[str, list[echoes.Form]]] = {}
        """Forms by their first few characters, and how many those are: so it costs a look or two at each place of a
        text, however many secrets there are."""
        self._lock = threading.Lock()
        self._also = also

    def add(self, value: str | Secret | None, *, tell: bool = True) -> None:
        """Remember a secret.

        :param tell: whether Ansible's masking learns it too. That compares every value with every text one by one,
            which takes minutes for
            the passwords of thousands of users; those are looked for by :meth:`clean`.
        """
        text = value.reveal() if isinstance(value, Secret) else value
        if not text or not isinstance(text, str) or len(text) < SHORTEST:
            return
        with self._lock:
            if text not in self._values:
                self._values.add(text)
                self._new.append(text)
        if self._also and tell:
            self._also(text)

    def _index(self) -> dict[int, dict[str, list[echoes.Form]]]:
        """The forms of all secrets; made only when something has to be looked through."""
        if self._new:
            with self._lock:
                for text in self._new:
                    for form in echoes.forms(text):
                        size = LONG if len(form.text) >= LONG else SHORTEST
                        if len(form.text) >= SHORTEST:
                            self._forms.setdefault(size, {}).setdefault(form.text[:size], []).append(form)
                self._new = []
        return self._forms

    def scrub(self, text: str) -> str:
        """The text with every known secret replaced, in whatever form; what overlaps is replaced as one."""
        index = self._index()
        if not index or len(text) < SHORTEST:
            return text
        spans = [
            (view.starts[start], view.ends[end - 1]) for view in views(text) for start, end in _found(view.text, index)
        ]
        made, done = [], 0
        for start, end in _joined(spans):
            made += [text[done:start], MASK]
            done = end
        return "".join([*made, text[done:]]) if spans else text

    def clean(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """A result without any known secret, for the last moment before it leaves. Nothing is expected to be found."""
        texts = self._worth_a_look(_texts(result))
        changed = {text: clean for text in texts for clean in (self.scrub(text),) if clean != text}
        return t.cast("dict[str, t.Any]", _replaced(result, changed)) if changed else result

    def _worth_a_look(self, texts: set[str]) -> t.Collection[str]:
        """Those that a secret may be in. Ten thousand rows are looked through at once, which takes a tenth of the time,
        and one by one only where anything is found or has to be read twice.
        """
        heads = [head for forms in self._index().values() for head in forms]
        if len(heads) > MOST_HEADS:
            return texts
        simple = [text for text in texts if text.isascii() and has_one_view(text)]
        # A form that reached from one text into the next would only be looked at in vain.
        joined = echoes.small("\n".join(simple))
        return texts if any(head in joined for head in heads) else texts.difference(simple)


def _found(text: str, index: t.Mapping[int, t.Mapping[str, list[echoes.Form]]]) -> list[tuple[int, int]]:
    """Where forms of secrets are in a text."""
    low = echoes.small(text)
    spans: list[tuple[int, int]] = []
    for size, forms in list(index.items()):
        parts = {low[start : start + size] for start in range(len(low) - size + 1)}
        for form in [form for part in parts if part in forms for form in forms[part]]:
            start = low.find(form.text)
            while start >= 0:
                end = start + len(form.text)
                if form.exact is None or text.startswith(form.exact, start):
                    spans.append(echoes.around(text, start, end) if form.inside else (start, end))
                start = low.find(form.text, end if form.exact is None else start + 1)
    return spans


def _joined(spans: list[tuple[int, int]]) -> t.Iterator[tuple[int, int]]:
    """The same places, each once, from left to right."""
    last: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if last is None:
            last = (start, end)
        elif start < last[1]:
            last = (last[0], max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last


def _texts(value: t.Any) -> set[str]:
    """Everything that would be printed of a value, each text once."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.add(str(item))
        elif isinstance(item, dict):
            found.update(map(str, item))
            waiting += item.values()
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif item is not None and item is not True and item is not False:
            found.add(str(item))
    return found


def _replaced(value: t.Any, changed: t.Mapping[str, str]) -> t.Any:
    if isinstance(value, dict):
        return {changed.get(str(name), name): _replaced(item, changed) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(item, changed) for item in value]
    return changed.get(str(value), value)
