"""Replicas that have not heard of a write yet: reads that lag behind an update, and a licence service that does not see
a usage location which is right. In memory only, as such things pass by themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from emulator.partner_center.user_store import User

Key = tuple[str, str]


@dataclass
class _Old:
    until: float
    user: User


class Replicas:
    def __init__(self, clock: Any, switches: Any) -> None:
        self._clock = clock
        self._switches = switches
        self._old: dict[Key, _Old] = {}
        self._refused: Counter[Key] = Counter()

    def clear(self) -> None:
        self._old.clear()
        self._refused.clear()

    def updated(self, before: User) -> None:
        """before: the user as it was. Until the switch's time is over, reads show what they showed before."""
        lag = self._switches.update_lag_ms / 1000
        if lag:
            self._old[_key(before)] = _Old(self._clock.timestamp() + lag, self.shown(before))

    def shown(self, user: User) -> User:
        """The user as reads show it. Whether somebody is deleted is always told as it is."""
        old = self._old.get(_key(user))
        if old is None or self._clock.timestamp() >= old.until or old.user.is_deleted != user.is_deleted:
            return user
        return old.user

    def overlooks_location(self, user: User) -> bool:
        """Whether a licence update is refused once more although the user has a usage location."""
        if self._refused[_key(user)] >= self._switches.late_usage_locations:
            return False
        self._refused[_key(user)] += 1
        return True


def _key(user: User) -> Key:
    return user.customer_id, user.id
