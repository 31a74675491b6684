"""A listing ends where the service says so, and nowhere else; one that never does is given up, and nothing is
decided on a part of it."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import TransportError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client import paging
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_user_info import (
    _users,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader

from .factories import CUSTOMER, IDS, declared
from .wires import Response, client, wire

PATH = f"customers/{CUSTOMER}/users"


def body(*items: t.Any, **more: t.Any) -> Response:
    return Response(200, {"items": list(items), **more})


def linked(number: int, *items: t.Any) -> Response:
    return body(*items, links={"next": {"uri": f"/{PATH}?page={number}", "headers": []}})


@pytest.mark.parametrize(
    "links",
    [
        [],
        "x",
        7,
        True,
        {"next": ""},
        {"next": []},
        {"next": 7},
        {"next": {}},
        {"next": {"uri": None}},
        {"next": {"uri": 7}},
        {"next": {"uri": "https://[x/"}},
        {"next": {"uri": f"/{PATH}?a=1", "headers": 7}},
        {"next": False},
    ],
)
def test_links_that_cannot_be_read_are_no_end(links: t.Any) -> None:
    with pytest.raises(TransportError) as caught:
        list(client(body(wire(), links=links))[0].users())
    assert caught.value.details["reason"] == "listing_unreadable"


@pytest.mark.parametrize("token", [7, [], {}, True, 0, False])
def test_a_continuation_token_that_cannot_be_read_is_no_end(token: t.Any) -> None:
    with pytest.raises(TransportError) as caught:
        list(client(body(wire(), continuationToken=token))[0].users())
    assert caught.value.details["reason"] == "listing_unreadable"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"links": None},
        {"links": {}},
        {"links": {"self": {"uri": "x"}}},
        {"links": {"next": None}},
        {"continuationToken": None},
        {"continuationToken": ""},
    ],
)
def test_an_end(more: dict[str, t.Any]) -> None:
    assert len(list(client(body(wire(), **more))[0].users())) == 1


class Endless:
    """A session that has always one more page."""

    def __init__(
        self, items: t.Callable[[int], list[t.Any]], link: t.Callable[[int], int] = lambda number: number
    ) -> None:
        self.items, self.link, self.asked = items, link, itertools.count()
        self.count = 0

    def request(self, *_args: t.Any, **_options: t.Any) -> Response:
        self.count = next(self.asked) + 1
        return linked(self.link(self.count), *self.items(self.count))


@pytest.mark.parametrize(
    ("items", "link", "most"),
    [
        (lambda number: [wire(1)], lambda number: number, 5),
        (lambda number: [], lambda number: number, 5),
        (lambda number: [wire(1)], lambda number: 1, 3),
        (lambda number: [wire(number % 2)], lambda number: number, 7),
        (lambda number: [{"productSku": {"id": "x"}}], lambda number: number, 5),
        (lambda number: [wire(1, id=f"00000000-0000-4000-8000-{number:012d}")], lambda number: number, 40),
    ],
)
def test_a_listing_without_end(monkeypatch: pytest.MonkeyPatch, items: t.Any, link: t.Any, most: int) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 40)
    api, *_more = client()
    api.transport._session = Endless(items, link)
    with pytest.raises(TransportError) as caught:
        list(api.users([]))
    assert caught.value.details["reason"] == "listing_without_end" and api.transport._session.count <= most


def test_some_empty_pages_are_no_reason_to_stop() -> None:
    script = [linked(1), linked(2), body(wire())]
    assert sum(map(len, client(*script)[0].users())) == 1


class TestDeletedUsers:
    GONE = wire(2, userPrincipalName="b@contoso.example", state="inactive")

    def test_one_user_on_two_pages_is_one(self) -> None:
        script = [
            body(),
            linked(1, self.GONE, self.GONE),
            body({**self.GONE, "id": IDS[2].upper()}, wire(3, state="inactive")),
        ]
        api, *_more = client(*script)
        row = declared(user_principal_name="b@contoso.example", state="restored")
        declaration = (row,)
        result = read_and_plan(CustomerReader(api, declaration), declaration, Policy())[0]
        assert [operation.action for operation in result.operations] == ["restore"], result.rows[0].refusal

    def test_in_an_inquiry_too(self) -> None:
        script = [linked(1, self.GONE), body(self.GONE)]
        assert len(_users(client(*script)[0], None, None, "deleted", [])) == 1

    def test_active_ones_in_an_inquiry(self) -> None:
        script = [linked(1, wire(1)), body(wire(1), wire(2))]
        assert [user.id for user in _users(client(*script)[0], None, None, "active", [])] == IDS[1:3]
