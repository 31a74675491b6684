# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads a listing page by page to its end, which has to be one: nothing is decided on a part of a listing, and none
goes on without end.

Sources: the enumerators and the seek queries of the Partner Center .NET SDK (``links.next``, or a continuation token
where only that is given).
"""

from __future__ import annotations

import json
import string
import typing as t
from urllib.parse import parse_qsl, urlsplit

from ..._common.errors import TransportError
from .transport import Transport

Query: t.TypeAlias = "t.Mapping[str, t.Any] | t.Sequence[tuple[str, str]]"

_NAME = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")
"""What names of headers are made of (RFC 9110, token)."""
_OURS = frozenset(
    ("authorization", "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
    + ("content-length", "expect", "accept-encoding")
)

MOST_PAGES = 10_000
"""Pages of a listing: five million users in pages of 500, or a million where the service gives 100 at a time."""
MOST_IDLE_PAGES = 3
"""Pages in a row that bring nothing new. A filter may leave a page empty; one after the other is no progress."""


def pages(transport: Transport, path: str, query: Query) -> t.Iterator[list[t.Any]]:
    """The items of each page. :raises TransportError: a page is broken, or the listing does not end; ServiceError:
    as any read."""
    headers: dict[str, str] = {}
    params: Query = query
    links_seen: set[t.Any] = set()
    pages_seen: set[int] = set()
    idle = 0
    for _number in range(MOST_PAGES):
        body = transport.get(path, params, headers).body
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise _broken(path, "the response is not a list (no items); an incomplete listing is not used")
        following = _following(body, path)
        known = len(pages_seen)
        pages_seen.add(_mark(items))
        idle = 0 if items and len(pages_seen) > known else idle + 1
        yield items
        if following is None:
            return
        params, headers = following
        link = (json.dumps(params), json.dumps(headers, sort_keys=True))
        if link in links_seen:
            raise _endless(path, "the service sent the same next page twice")
        if idle >= MOST_IDLE_PAGES:
            raise _endless(path, f"{idle} pages in a row contained nothing new, and each has a next page")
        links_seen.add(link)
    raise _endless(path, f"it has more than {MOST_PAGES} pages")


def _following(body: t.Mapping[str, t.Any], path: str) -> tuple[Query, dict[str, str]] | None:
    """Query and headers of the page after this one; None when this is the last. What cannot be read is no end."""
    links, token = body.get("links"), body.get("continuationToken")
    if links is not None and not isinstance(links, dict):
        raise _broken(path, "the links of a page cannot be read, so the listing may be incomplete")
    following = links.get("next") if links else None
    if following is not None:
        return next_page(following, path)
    if token is not None and not isinstance(token, str):
        raise _broken(path, "the continuation token of a page cannot be read, so the listing may be incomplete")
    if token:
        return {"seekOperation": "Next"}, {"MS-ContinuationToken": token}
    return None


def next_page(link: t.Any, path: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Where the next page is: query and headers of a link.

    Only these are taken from the service; the path must be the one that was asked for, so that the token cannot be
    led elsewhere. Of the headers those stay behind that say who asks and how the two ends talk.

    :raises TransportError: it cannot be read, or leads elsewhere.
    """
    uri = link.get("uri") if isinstance(link, dict) else None
    given = link.get("headers") if isinstance(link, dict) else None
    if not isinstance(uri, str) or not uri or not isinstance(given, (list, type(None))):
        raise _broken(path, "the link to the next page cannot be read")
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise _broken(path, "the link to the next page cannot be read") from None
    target = parts.path.strip("/")
    if target.lower().startswith("v1/"):
        target = target[3:]
    if target.lower() != path.lower():
        raise _broken(path, "the link to the next page leads to another resource; it is not followed")
    # Pairs and no dictionary: a parameter can be there twice (licenseGroupIds).
    return parse_qsl(parts.query, keep_blank_values=True), dict(_headers(given or [], path))


def _headers(given: list[t.Any], path: str) -> t.Iterator[tuple[str, str]]:
    """The headers of a link that the next request repeats."""
    for header in given:
        name, value = (str(header.get(each, "")) for each in ("key", "value")) if isinstance(header, dict) else ("", "")
        if not set(name) <= _NAME or not name or not all(" " <= each <= "~" for each in value):
            raise _broken(path, "the link to the next page has an invalid header; it is not followed")
        if name.lower() not in _OURS and not name.lower().startswith("proxy-"):
            yield name, value


def _mark(items: list[t.Any]) -> int:
    """A number by which a page is recognised that was there before."""
    ids = tuple(item.get("id") if isinstance(item, dict) else None for item in items)
    if all(isinstance(each, str) for each in ids):
        return hash(ids)
    return hash(json.dumps(items, sort_keys=True))


def _broken(path: str, what: str) -> TransportError:
    return TransportError(f"GET /v1/{path}: {what}.", reason="listing_unreadable")


def _endless(path: str, what: str) -> TransportError:
    return TransportError(
        f"GET /v1/{path}: {what}; the listing is incomplete and was not used.", reason="listing_without_end"
    )
