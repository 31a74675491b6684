# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Runs a probe: sends its steps, keeps to its own users, and takes them away again."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass, field

from ..._common.answers import is_refusal
from ..._common.errors import CollectionError, Defect
from ..._common.identifiers import guid_key, is_guid, upn_key
from ..._common.waits import pause
from ..client.asking import Asked, Asker
from ..probe.report import exchange
from ..probe.seen import TOKEN_HEADER, Evidence, Seen
from ..probe.steps import BY_NAME, LICENSE_STEPS, PAGES, POLLS, RESERVE, STEPS, Step, filled, learn
from .passwords import generate
from .probe_journal import Journal

_REMOVALS = 3


class NotOurs(CollectionError):
    """A write was about somebody whom the probe has not made: a defect, stopped before it was sent."""

    REASON = "internal_error"


@dataclass
class Probe:
    """One run.

    :param evidence: with the values that are known before (:func:`steps.first_values`).
    :param secret: is told each password before it is sent.
    :param ended: a word for how it ended.
    """

    asker: Asker
    journal: Journal
    evidence: Evidence
    secret: t.Callable[[str], t.Any]
    licenses: bool = False
    own: dict[str, str] = field(default_factory=dict)
    exchanges: list[dict[str, t.Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    ended: str = "complete"
    error: CollectionError | None = None
    _ids: dict[str, str] = field(default_factory=dict)
    _passwords: dict[str, str] = field(default_factory=dict)
    _unanswered: set[str] = field(default_factory=set)

    def run(self) -> None:
        """All steps, and the users away again; an error ends the steps and not the tidying up."""
        try:
            for step in STEPS:
                self._step(step)
                learn(self.evidence)
        except CollectionError as exc:
            self.error, self.ended = exc, str(exc.details["reason"])
        except Exception as exc:
            self.error = Defect(exc)
            self.ended = self.error.REASON

    def _step(self, step: Step) -> None:
        values = self.evidence.values
        known = step.needs() - {"password"} <= set(values) and (step.when is None or step.when(self.evidence))
        if not known or (step.name in LICENSE_STEPS and not self.licenses):
            self.left_out.append(step.name)
            return
        if step.slowly:
            self.asker.wait(self._found_after())
        for attempt in range(1, (PAGES if step.pages else POLLS if step.until else 1) + 1):
            if self.asker.left() <= RESERVE:
                self.ended = "too_many_requests"
                self.left_out.append(step.name)
                return
            self._send(step)
            if step.until is None or step.until(self.evidence):
                return
            if step.pages:
                if not self.evidence.all(step.name)[-1].next_token:
                    return
                continue
            if attempt == POLLS or not self.asker.wait(pause(attempt)):
                return

    def _found_after(self) -> float:
        """Seconds that are surely enough where time alone decides when a new user is found."""
        created, reads = self.evidence.last("create_a"), self.evidence.all("read_a")
        return reads[-1].at - created.sent + 0.5 if created and len(reads) > 1 else 0.0

    def _send(self, step: Step) -> None:
        password = generate(self.evidence.values["prefix"]).reveal() if "password" in step.needs() else ""
        if password:
            self.secret(password)
        values = {**self.evidence.values, **({"password": password} if password else {})}
        if step.repeats:
            values = {**values, "password": self._passwords[step.repeats]}
        elif password:
            self._passwords[step.name] = password
        path, body = filled(step.path, values), filled(step.body, values)
        request_id = self._ids[step.repeats] if step.repeats else str(uuid.uuid4())
        self._ids[step.name] = request_id
        if step.method != "GET":
            self._refuse_others(step, path, body)
        if step.creates:
            self.journal.about_to_create(body["userPrincipalName"])
            self._unanswered.add(body["userPrincipalName"])
        asked = self.asker.ask(
            step.method,
            path,
            **_page(step, values, self.evidence.last(step.name)),
            body=filled(step.raw, values).encode() if step.raw is not None else body,
            request_id=request_id,
        )
        self._keep(step.name, asked)
        if step.creates:
            self._created(step, body["userPrincipalName"], asked)

    def _keep(self, name: str, asked: Asked) -> None:
        self.evidence.add(Seen(name, asked.status, asked.body, asked.mark, asked.headers, asked.sent, asked.at))
        self.exchanges.append(exchange(name, asked.shown))

    def _created(self, step: Step, name: str, asked: Asked) -> None:
        """Learn who was made; a refusal made nobody."""
        if is_refusal(asked.status):
            self._unanswered.discard(name)
            return
        found = asked.body.get("id") if isinstance(asked.body, dict) else None
        if not (200 <= asked.status < 300) or not isinstance(found, str) or not is_guid(found):
            raise CollectionError("The response to a create has no user id.", reason="answer_not_understood")
        user_id = guid_key(found)
        if upn_key(str(asked.body.get("userPrincipalName", ""))) != upn_key(name):
            raise CollectionError("The response to a create is for another user.", reason="answer_about_another")
        # First, so that whoever was made is deleted again even if nothing more can be written down.
        self.own[user_id] = name
        self._unanswered.discard(name)
        self.evidence.values.setdefault(step.creates, user_id)
        self.journal.created(name, user_id)

    def _refuse_others(self, step: Step, path: str, body: t.Any) -> None:
        """The gate before every write: it is about one of the probe's own users. :raises NotOurs:"""
        prefix, customer = self.evidence.values["prefix"], self.evidence.values["customer"]
        parts = path.split("/")
        ours = parts[:2] == ["customers", customer]
        if step.creates:
            ours = (
                ours
                and [*filter(None, parts[2:])] == ["users"]
                and str(body["userPrincipalName"]).startswith(f"{prefix}-")
            )
        elif parts[2] == "users":
            ours = ours and parts[3] in self.own
        else:
            ours = ours and parts[2] == "directoryroles" and (
                parts[5] in self.own if len(parts) > 5 else body.get("id") in self.own
            )  # fmt: skip
        renamed = body.get("userPrincipalName") if isinstance(body, dict) else None
        if not ours or (renamed is not None and not str(renamed).startswith(f"{prefix}-")):
            raise NotOurs(f"The step {step.name} was stopped: its user is not one of the probe's. Please report this.")

    # Tidying up

    def tidy_up(self) -> list[str]:
        """Delete the users. :returns: names of those that may still be there; the journal stays then."""
        left = dict(self.own)
        try:
            # The user that was made last may not be found yet.
            self.asker.wait(self._found_after() if left else 0.0)
            for user_id in list(left):
                if self._remove(user_id):
                    del left[user_id]
        except CollectionError as exc:
            self.error = self.error or exc
        names = sorted([*left.values(), *self._unanswered])
        if not names:
            self.journal.finished()
        return names

    def _remove(self, user_id: str) -> bool:
        """Delete one user of the probe; a refusal is believed only when the user is among the deleted."""
        customer = self.evidence.values["customer"]
        for attempt in range(1, _REMOVALS + 1):
            asked = self.asker.ask("DELETE", f"customers/{customer}/users/{user_id}", request_id=str(uuid.uuid4()))
            if 200 <= asked.status < 300 or self._among_deleted(user_id):
                return True
            self.asker.wait(pause(attempt))
        return False

    def _among_deleted(self, user_id: str) -> bool:
        values = self.evidence.values
        step, seen = BY_NAME["deleted"], None
        for _number in range(PAGES):
            asked = self.asker.ask(
                "GET", filled(step.path, values), **_page(step, values, seen), request_id=str(uuid.uuid4())
            )
            seen = Seen(step.name, asked.status, asked.body)
            if any(guid_key(each.get("id")) == user_id and each.get("state") != "active" for each in seen.items):
                return True
            if not seen.next_token:
                break
        return False


def _page(step: Step, values: dict[str, str], before: Seen | None) -> dict[str, t.Any]:
    """Query and headers of a step; of one with pages those of the page after ``before``."""
    if step.pages and before is not None and before.next_token:
        return {"query": [("seekOperation", "Next")], "headers": {TOKEN_HEADER: before.next_token}}
    return {"query": [(name, filled(value, values)) for name, value in step.query], "headers": dict(step.headers)}
