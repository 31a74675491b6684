# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a probe has seen: the answers by the step that asked, and what they were asked with."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

TOKEN_HEADER = "MS-ContinuationToken"


@dataclass(frozen=True)
class Seen:
    """One answer.

    :param at: seconds between the first request of the probe and this answer; ``sent`` the same for its request.
    :param mark: whether the body begins with a byte order mark.
    :param body: the JSON value; None if there is none, or no JSON.
    """

    step: str
    status: int
    body: t.Any = None
    mark: bool = False
    headers: tuple[str, ...] = ()
    sent: float = 0.0
    at: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the service did what it was asked to do."""
        return 200 <= self.status < 300

    @property
    def document(self) -> dict[str, t.Any]:
        """The body if it is an object, else an empty one."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def items(self) -> list[dict[str, t.Any]]:
        """The objects of a collection."""
        found = self.document.get("items")
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def refusal(self) -> str:
        """Status and code of the service's refusal, such as ``404/60002``; the status alone where there is no code."""
        code = self.document.get("code")
        return "" if self.taken else str(self.status) if code is None else f"{self.status}/{code}"

    @property
    def own_link(self) -> str:
        """The URI of ``links.self``."""
        return self._link("self")

    @property
    def next_link(self) -> str:
        """The URI of ``links.next``."""
        return self._link("next")

    @property
    def next_token(self) -> str:
        """The token of the next page, from the body or from the headers of its link."""
        found = self.document.get("continuationToken")
        if isinstance(found, str) and found:
            return found
        headers = self._link_object("next").get("headers")
        for header in headers if isinstance(headers, list) else ():
            if isinstance(header, dict) and str(header.get("key")).lower() == TOKEN_HEADER.lower():
                return str(header.get("value") or "")
        return ""

    def _link(self, name: str) -> str:
        uri = self._link_object(name).get("uri")
        return uri if isinstance(uri, str) else ""

    def _link_object(self, name: str) -> dict[str, t.Any]:
        links = self.document.get("links")
        found = links.get(name) if isinstance(links, dict) else None
        return found if isinstance(found, dict) else {}


@dataclass
class Evidence:
    """All answers of a probe.

    :param values: what stands for the placeholders of the steps: ids, names, and what was chosen.
    """

    values: dict[str, str]
    answers: dict[str, list[Seen]] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """One more answer."""
        self.answers.setdefault(seen.step, []).append(seen)

    def all(self, step: str) -> list[Seen]:
        """The answers to a step, in order."""
        return self.answers.get(step, [])

    def last(self, step: str) -> Seen | None:
        """The answer to a step that counts: the last one."""
        found = self.all(step)
        return found[-1] if found else None

    def taken(self, step: str) -> Seen | None:
        """The same, if the service did it."""
        found = self.last(step)
        return found if found is not None and found.taken else None
