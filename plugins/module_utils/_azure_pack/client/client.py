# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The operations of the Service Management API that this collection uses, one method each.

A method builds the request and reads the answer; it decides nothing. Every path comes from a name that may be in one.
"""

from __future__ import annotations

import typing as t

from ..._common.answers import Answer
from ..._common.errors import OptionError, ServiceError, TransportError
from ..._common.outcomes import Unclear
from ..._common.problem import Problem
from ..identifiers import name_key, segment
from ..model.users import Subscription, User, named_in, subscription_from_wire, user_from_wire, wire_values
from ..sign_in.token_checks import protected, served
from .absence import Absence
from .ownership import owned_by
from .transport import Transport

if t.TYPE_CHECKING:
    from ..._common.audit_log.run_log import RunLog

PAGE = 100
"""Items of a page; the service names no limit."""
MOST_PAGES = 10_000
"""Pages of a listing: a million items."""
READINGS = 3
"""How often a listing is read when it changes while it is read."""
ANOTHER = "answer_about_another"
UNREADABLE = "listing_unreadable"
"""The reason of whatever fails because an answer is not about who was asked for."""

Item = t.TypeVar("Item")


class Api:
    """A typed client of the admin or the tenant API."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.acting = protected(transport.settings)
        """Who is signed in, as far as the token tells, and must not be suspended or deleted by itself."""
        self.audit: RunLog | None = None
        """The log of the run, where there is one."""
        self._absence = Absence(self, lists=transport.settings.api == "admin", acting=served(transport.settings))

    def user(self, name: str) -> User | None:
        """One user, or None when there is certainly none. Source: "Retrieve a User"."""
        try:
            answer = self.transport.get(_user(name))
        except ServiceError as exc:
            self._absence.judge(name, exc)
            return None
        return _the(name, answer)

    def user_twice(self, name: str) -> User | None:
        """One user; None only if a second look, from another side where there is one, says so too: for what cannot be
        taken back, or must not be claimed."""
        found = self.user(name)
        return self._absence.second_look(name) if found is None else found

    def users(self, search: str | None = None) -> list[User]:
        """All users, or those that a search text is found in. Only the admin API has this. Source: "List Users"."""
        if self.transport.settings.api != "admin":
            raise OptionError([Problem("Only the admin API lists users.", "not_for_api")])
        query = {"sortProperty": "Name", "sortDirection": "ascending", **({"filter": search} if search else {})}
        return self._pages("users", query, user_from_wire, lambda user: user.key)

    def create_user(self, values: t.Mapping[str, str]) -> tuple[User, Answer]:
        """Create a user with ``name``, ``email`` and ``state``. Source: "Create a User"."""
        return _changed("POST", values["name"], self.transport.write("POST", "users", body=wire_values(values)))

    def update_user(self, user: User, values: t.Mapping[str, str]) -> tuple[User, Answer]:
        """Change a user: the whole object goes back with these values in it. Source: "Update a User"."""
        return _changed("PUT", user.name, self.transport.write("PUT", _user(user.name), body=user.body(values)))

    def delete_user(self, name: str, *, delete_subscriptions: bool, force: bool) -> Answer:
        """Order the deletion of a user, which happens later. Source: "Delete a User".

        Both flags are always sent, in the spelling of .NET. What both together do is documented nowhere, so that is
        refused.
        """
        if delete_subscriptions and force:
            raise OptionError(
                [Problem("deleteSubscriptions and force are mutually exclusive. Nothing was sent.", "contradiction")]
            )
        answer = self.transport.write(
            "DELETE",
            _user(name),
            query={"deleteSubscriptions": str(delete_subscriptions), "force": str(force)},
            answers=False,
        )
        about = named_in(answer.body)
        if about is not None and name_key(about) != name_key(name):
            raise _about_another("DELETE", name, about, answer)
        return answer

    def subscriptions(self, name: str, email: str | None = None) -> list[Subscription]:
        """What a user owns. Source: "Retrieve the Subscriptions for a User", of the admin and of the tenant API.

        :param email: the user's address, under which a subscription may have its owner as well.
        """
        segment(name)
        if self.transport.settings.api == "admin":
            return _sorted(
                owned_by(
                    name,
                    email,
                    self._pages("subscriptions", {"UserId": name}, subscription_from_wire, lambda item: item.key),
                )
            )
        body = self.transport.get("subscriptions", principal=name).body
        if not isinstance(body, list):
            raise TransportError("GET /subscriptions: the response is not a list. It was not used.", reason=UNREADABLE)
        return _sorted(owned_by(name, email, map(subscription_from_wire, body)))

    def _pages(
        self, path: str, query: t.Mapping[str, str], read: t.Callable[[t.Any], Item], key: t.Callable[[Item], str]
    ) -> list[Item]:
        """All items of a listing. One that changes while it is read is read again; a broken page is an error, never an
        early end."""
        for _reading in range(READINGS):
            found = self._read_through(path, query, read, key)
            if found is not None:
                return found
        raise TransportError(
            f"GET /{path}: the listing changed while it was read, {READINGS} times in a row. An incomplete listing is "
            "not used.",
            reason=UNREADABLE,
        )

    def _read_through(
        self, path: str, query: t.Mapping[str, str], read: t.Callable[[t.Any], Item], key: t.Callable[[Item], str]
    ) -> list[Item] | None:
        """One reading from the first page to the last; None if it changed on the way.

        Each page begins with the last item of the one before: if one item goes and another comes, the count stays, and
        only this shows it.
        """
        found: dict[str, Item] = {}
        read_so_far, expected, last = 0, None, None
        pages = 0
        while True:
            pages += 1
            if pages > MOST_PAGES:
                raise TransportError(
                    f"GET /{path}: more than {MOST_PAGES} pages. An incomplete listing is not used.",
                    reason="listing_without_end",
                )
            body = self.transport.get(path, {**query, "skip": str(max(0, read_so_far - 1)), "take": str(PAGE)}).body
            items = body.get("items") if isinstance(body, dict) else None
            if not isinstance(items, list):
                raise TransportError(
                    f"GET /{path}: the response is not a list (no items). An incomplete listing is not used.",
                    reason=UNREADABLE,
                )
            total = body.get("filteredTotalCount")
            total = total if isinstance(total, int) else None
            page = {key(item): item for item in map(read, items)}
            if read_so_far and total != expected:
                return None
            expected = total
            if total is None and page and not page.keys() - found.keys():
                return list(
                    found.values()
                )  # that was the last item once more; or it does not count, and knows no pages either
            if read_so_far and page and next(iter(page)) != last:
                return None
            found.update(page)
            new = len(items) - (1 if read_so_far and items else 0)
            read_so_far += new
            last = next(reversed(page), None)
            if total is not None and read_so_far > total:
                return None
            if not new or read_so_far == total:
                break
        if expected is not None and len(found) < expected:
            if not items:
                raise TransportError(
                    f"GET /{path}: {expected} items were announced and {len(found)} returned. An incomplete listing "
                    "is not used.",
                    reason=UNREADABLE,
                )
            return None
        return list(found.values())


def _sorted(subscriptions: t.Iterable[Subscription]) -> list[Subscription]:
    """By name, so that a plan is the same for the same state."""
    return sorted(subscriptions, key=lambda subscription: ((subscription.name or "").lower(), subscription.id))


def _user(name: str) -> str:
    return f"users/{segment(name)}"


def _the(name: str, answer: Answer) -> User:
    """The user of an answer, if it is the one that was asked for."""
    found = user_from_wire(answer.body)
    if found.key != name_key(name):
        raise TransportError(
            f"Windows Azure Pack was asked for the user {name} and returned the user {found.name}. The response was "
            "not used.",
            reason=ANOTHER,
            request_id=answer.request_id,
        )
    return found


def _about_another(method: str, name: str, about: str, answer: Answer) -> Unclear:
    return Unclear(
        f"{method} of {name} returned HTTP {answer.status} for {about}; what was done, and to which user, is unknown. "
        f"The module stopped for {name}. Check both users, and check for a proxy that mixes up responses, before you "
        "run this again.",
        reason=ANOTHER,
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def _changed(method: str, name: str, answer: Answer) -> tuple[User, Answer]:
    about = named_in(answer.body)
    if about is not None and name_key(about) != name_key(name):
        raise _about_another(method, name, about, answer)
    try:
        return _the(name, answer), answer
    except TransportError as exc:
        # The service said yes, and did not say to what: the write has probably been carried out.
        raise TransportError(
            exc.message, ambiguous=True, request_id=answer.request_id, correlation_id=answer.correlation_id
        ) from None
