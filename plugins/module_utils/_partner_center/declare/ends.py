"""When a user, a directory role or a license ends, as declared; and what a policy demands of that. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ..._common.moments import NotATime, duration, length, moment
from ..._common.plausible import TextKind, text_problems
from ..._common.problem import Problem
from ..._common.text import nfc, shown

END_SPEC: dict[str, dict[str, t.Any]] = {
    "expires_at": {"type": "raw"},
    "lasts": {"type": "str"},
    "granted_for": {"type": "str"},
}
"""Options of a row, and of a single entry of ``roles`` and ``licenses``."""
SKEW = timedelta(minutes=5)
"""How far two clocks may be apart before it matters."""


@dataclass(frozen=True)
class End:
    """When something ends. The part below is known once the service's time and the record are (``plan.ends``).

    :param what: ``user``, ``role`` or ``license``.
    :param name: the role or the license, as it was declared; empty for a user.
    :param lasts: counted from the first time that it was granted for ``granted_for``.
    :param key: the role or license in its normal form, by which the record knows it; ``names`` are all of its names.
    :param begins: it is granted for the first time, and has to be recorded before.
    :param ended: it is to be taken away, and ``ends_at`` says since when.
    :param may_come_back: who had it was deleted and can be restored, so that it is not known to be gone.
    """

    what: str
    name: str = ""
    expires_at: datetime | None = None
    lasts: timedelta | None = None
    granted_for: str = ""
    key: str = ""
    names: tuple[str, ...] = ()
    granted_at: datetime | None = None
    ends_at: datetime | None = None
    begins: bool = False
    ended: bool = False
    may_come_back: bool = False

    @property
    def mark(self) -> str:
        """What it is about, among all of one user."""
        return f"{self.what}:{self.name}"

    def declared(self) -> dict[str, t.Any]:
        """As it was declared, for those who review it."""
        at = self.expires_at
        return {
            "what": self.what,
            "name": self.name or None,
            "expires_at": at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z") if at else None,
            "lasts": length(self.lasts) if self.lasts is not None else None,
            "granted_for": self.granted_for or None,
        }

    def lifetime(self, now: datetime) -> timedelta | None:
        """How long it may go on from now at most; None where it says nothing."""
        left = [self.lasts] if self.lasts is not None else []
        left += [self.expires_at - now] if self.expires_at is not None else []
        return min(left, default=None)


def end_of(
    given: t.Mapping[str, t.Any], what: str, problems: list[str], *, name: str = "", place: str = "", reason: str = ""
) -> End | None:
    """What an entry says about its end, None if nothing.

    :param given: as it was written.
    :param place: the entry, as in ``roles[0].`` or ``roles.add[0].``.
    :param reason: what the row was granted for.
    """
    option = place.partition("[")[0].partition(".")[0]
    found: dict[str, t.Any] = {}
    for key, read in (("expires_at", moment), ("lasts", duration)):
        value = given.get(key)
        if value is None:
            continue
        try:
            found[key] = read(value)
        except NotATime as wrong:
            said = f"{place}{key} {shown(str(value))} {wrong}."
            problems.append(Problem(said, "not_a_time", option=option or key))
    text = given.get("granted_for")
    if text is not None and place:
        problems += [problem.of(option) for problem in text_problems(f"{place}granted_for", text, TextKind.LOOSE)]
    granted_for = " ".join(nfc(str(text)).split()) if text is not None else reason
    if not found:
        if text is not None and place:
            said = f"{place}granted_for needs expires_at or lasts."
            problems.append(Problem(said, "end_missing", option=option))
        return None
    return End(what, name, found.get("expires_at"), found.get("lasts"), granted_for)


@dataclass(frozen=True)
class AccessPolicy:
    """How long access may last.

    :param longest: of whatever has an end (option ``max_lifetime``); demands none.
    :param demanded: by what (``user``, ``role``, ``license``) and name in normal form (``*`` for all others) how long
        it may last; without an end it lasts too long.
    :param reason: whether all that has an end must say what for.
    """

    longest: timedelta | None = None
    demanded: t.Mapping[str, t.Mapping[str, timedelta]] = field(default_factory=dict)
    reason: bool = False

    def limit(self, what: str, names: t.Iterable[str], sure: bool = True) -> timedelta | None:
        """What is demanded of something.

        :param names: all names under which it is known, in normal form.
        :param sure: False if it may have further names; what holds for all others is not said of it then.
        """
        rules = self.demanded.get(what, {})
        found = [rules[name] for name in names if name in rules]
        if found:
            return min(found)
        return rules.get("*") if sure or len(rules) == 1 else None

    def complaint(
        self, what: str, names: t.Iterable[str], ends: t.Iterable[End], now: datetime, sure: bool = True
    ) -> tuple[str, str] | None:
        """Why this must not be granted, as a stable word and what to say of it; None if it may be.

        :param ends: its own end and that of its user.
        """
        ends = list(ends)
        demanded = self.limit(what, names, sure)
        lifetimes = [left for end in ends for left in [end.lifetime(now)] if left is not None]
        if demanded is not None and not lifetimes:
            return "end_missing", f"has no end; the policy allows {length(demanded)}. Add expires_at or lasts"
        limits = [limit for limit in (self.longest, demanded) if limit is not None]
        if lifetimes and limits and min(lifetimes) > min(limits) + SKEW:
            return ("lifetime_exceeded", f"would last {length(min(lifetimes))}, and {length(min(limits))} are allowed")
        if self.reason and lifetimes and not any(end.granted_for for end in ends):
            return "reason_missing", "has an end, but no granted_for, which the policy requires"
        return None
