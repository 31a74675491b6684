# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What is wrong with a declaration: an object that knows its row and its option, and reads as a sentence when it is
printed."""

from __future__ import annotations

import typing as t


class Problem(str):
    """A sentence about a declaration, and what it is about, for those who say the place in their own way.

    :ivar reason: the stable word for its cause, None where there is none.
    :ivar option: the option that it is about; None if it is about several, or about none.
    :ivar said: what is said about the option, without its name.
    :ivar sentence: all of it, without a place in front.
    :ivar customer: the position of the customer among those of the task.
    :ivar row: the position of the row among those of its customer; None if it is about several, or about none.
    :ivar source: where the row comes from, as the row says itself.
    :ivar line: the line of that file, counted from 1; None where there is no file, or it is about all of it.
    :ivar who: whom the row is about, as in a sentence; empty where that is not known.
    """

    reason: str | None
    option: str | None
    said: str
    sentence: str
    customer: int | None
    row: int | None
    source: str | None
    line: int | None
    who: str

    def __new__(
        cls, sentence: str, reason: str | None = None, *, option: str | None = None, said: str | None = None
    ) -> Problem:
        made = super().__new__(cls, sentence)
        made.reason, made.option = reason, option
        made.said, made.sentence = sentence if said is None else said, sentence
        made.customer, made.row, made.source, made.line, made.who = None, None, None, None, ""
        return made

    @classmethod
    def about(cls, option: str, said: str, reason: str | None = None) -> Problem:
        """A sentence that begins with the name of an option."""
        return cls(f"{option} {said}", reason, option=option, said=said)

    def of(self, option: str) -> Problem:
        """The same, about an option of which this is a part (``roles[2]`` of ``roles``)."""
        return self if self.option == option else self._again(str(self), option=option, said=self.sentence)

    def at(self, place: str, **where: t.Any) -> Problem:
        """The same with a place in front.

        :param where: what the place is: ``customer``, ``row``, ``source``, ``line``, ``who``.
        """
        return self._again(place + self, **where)

    def moved(self, place: str) -> Problem:
        """The same with another place in front."""
        return self._again(place + self.sentence)

    def _again(self, text: str, **changed: t.Any) -> Problem:
        made = Problem.__new__(Problem, text)
        made.__dict__.update({**self.__dict__, **changed})
        return made


def placed(place: str, problem: str, **where: t.Any) -> Problem:
    """A problem with a place in front of it; a mere sentence becomes one."""
    return (problem if isinstance(problem, Problem) else Problem(problem)).at(place, **where)
