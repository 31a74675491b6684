"""Pages of a collection, for both styles of client: following `links.next`, and `seekOperation=Next` with a token.

The shape of a further page is that of the invoice pages (Partner Center developer docs:
get-invoice-billed-consumption-lineitems); no page shows one for users.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from emulator.partner_center import errors
from emulator.partner_center.wire import link

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest

TOKEN_HEADER = "MS-ContinuationToken"
_TOKEN_PARAMETERS = (TOKEN_HEADER, "continuationToken")
"""The Java SDK sends the token of audit records in the query."""
_SEEK = ("next", "previous", "first", "last", "pageindex")
_FROM_AN_END = ("first", "last")
_SEEK_PARAMETERS = ("seekoperation", *(each.lower() for each in _TOKEN_PARAMETERS))
_SHOWS_SIZE = ("customers", "audit")
_SIGNATURE_BYTES = 12


@dataclass(frozen=True)
class PageQuery:
    """What is listed. A follow-up request brings only a token, so the token carries all of this."""

    filter: str | None
    sort_field: str | None
    sort_direction: str | None
    size: int
    span: list[float] | None = None
    """First moment and moment after the last of a listing by time, seconds since 1970."""
    days: Sequence[str] = ()
    """The first and the last day that were asked for, for links."""
    shown_size: int | None = None
    """The size that links have: live sessions show the service's own for customers and audit records, and none in lists
    of users and members that were asked for without."""


@dataclass(frozen=True)
class PageRequest:
    query: PageQuery
    position: list[Any] | None = None
    """The last (or, going backwards, first) place of the page that the client has: [seq, sort key]."""
    backwards: bool = False
    operation: str | None = None
    """The seek operation, in lower case."""


@dataclass
class Page:
    """places: one [seq, sort key] per item, in order."""

    items: list[dict[str, Any]]
    places: list[list[Any]]
    has_next: bool
    has_previous: bool


def read_page_request(
    request: ApiRequest, listing: str, default_size: int, span: list[float] | None = None, days: Sequence[str] = ()
) -> PageRequest:
    """listing: what is listed, such as `users:{customer id}`; a token of another listing is refused."""
    operation = _seek_operation(request.query("seekOperation"))
    token = request.headers.get(TOKEN_HEADER.lower()) or next(filter(None, map(request.query, _TOKEN_PARAMETERS)), None)
    if not token and operation in (None, *_FROM_AN_END):
        query = PageQuery(
            request.query("filter"),
            request.query("sortField"),
            request.query("sortDirection"),
            _size(request, default_size),
            span,
            list(days),
            _shown_size(request, listing, default_size),
        )
        return PageRequest(query, None, operation == "last", operation)
    if not token:
        raise errors.invalid_property(TOKEN_HEADER, "seekOperation needs a continuation token.")
    # size, filter and sort that are repeated next to a token are not looked at.
    content = _open(request, token, listing)
    query, backwards = PageQuery(**content["query"]), operation in ("previous", "last")
    if operation in _FROM_AN_END:
        return PageRequest(query, None, backwards, operation)
    return PageRequest(query, content["first" if backwards else "last"], backwards, operation or "next")


def cut(found: list[tuple[list[Any], dict[str, Any]]], page: PageRequest) -> Page:
    """found: up to size + 1 (place, item) in listing order; the one too many shows whether there is a further page."""
    size = page.query.size
    more = len(found) > size
    kept = (found[-size:] if page.backwards else found[:size]) if more else found
    begun = page.position is not None
    has_next, has_previous = (begun, more) if page.backwards else (more, begun)
    return Page([item for dummy, item in kept], [place for place, dummy in kept], has_next, has_previous)


def collection(request: ApiRequest, listing: str, page_request: PageRequest, page: Page) -> dict[str, Any]:
    """The envelope. `totalCount` counts this page's items; without a further page there is no `links.next` and no
    token."""
    switches = request.core.switches
    own, further = _uris(request, page_request)
    links = {"self": link(own)}
    document: dict[str, Any] = {"totalCount": len(page.items), "items": page.items, "links": links}
    if page.places and (page.has_next or page.has_previous):
        token = _seal(request, listing, page_request.query, page.places)
        header = [{"key": TOKEN_HEADER, "value": token}]
        if page.has_next and switches.continuation_in != "body":
            links["next"] = link(further("Next"), header)
        if page.has_previous and switches.continuation_in != "body":
            links["previous"] = link(further("Previous"), header)
        if page.has_next and switches.continuation_in != "link":
            document["continuationToken"] = token
    document["attributes"] = {"objectType": "Collection"}
    return document


def _seek_operation(value: str | None) -> str | None:
    if value is None:
        return None
    name = value.strip().lower()
    if name.isdigit() and int(name) < len(_SEEK):
        name = _SEEK[int(name)]
    if name not in _SEEK:
        raise errors.bad_enum(value)
    if name == "pageindex":
        # A member of Microsoft's SeekOperation; no source says how the number of the page is sent.
        raise errors.not_supported("seekOperation PageIndex")
    return name


def _size(request: ApiRequest, default_size: int) -> int:
    """Absent and 0 mean the server's default, as the SDK's simple query sends it."""
    text = (request.query("size") or "0").strip()
    if not text.isascii() or not text.isdigit():
        raise errors.invalid_input("size is not a whole number.")
    switches = request.core.switches
    size = int(text) or default_size
    if size > switches.page_size_max and int(text) and switches.page_size_over == "refuse":
        raise errors.invalid_property("size", f"The largest page has {switches.page_size_max} items.")
    return min(size, switches.page_size_max)


def _shown_size(request: ApiRequest, listing: str, default_size: int) -> int | None:
    is_asked = (request.query("size") or "0").strip().strip("0") != ""
    return _size(request, default_size) if is_asked or listing in _SHOWS_SIZE else None


def _uris(request: ApiRequest, page_request: PageRequest) -> tuple[str, Callable[[str], str]]:
    """The page's own URI, and what makes that of a further one."""
    switches = request.core.switches
    path = ("/v1" if switches.links_with_version else "") + request.link_path
    if switches.links == "repeated":
        repeated = f"{path}?{request.query_text}" if request.query_text else path
        return repeated, lambda operation: _with_seek(repeated, operation)
    parameters = _query_made_anew(page_request.query)
    operation = page_request.operation
    own = [*parameters, f"seekOperation={operation.capitalize()}"] if operation else parameters
    return _joined(path, own), lambda each: _joined(path, [*parameters, f"seekOperation={each}"])


def _joined(path: str, parameters: list[str]) -> str:
    return f"{path}?{'&'.join(parameters)}" if parameters else path


def _query_made_anew(query: PageQuery) -> list[str]:
    """As live sessions show it: dates as days, the size that was taken, and the filter encoded."""
    pairs: list[tuple[str, str]] = list(zip(("startDate", "endDate"), query.days, strict=False))
    for name, value in (
        ("size", str(query.shown_size or "")),
        ("filter", query.filter),
        ("sortField", query.sort_field),
        ("sortDirection", query.sort_direction),
    ):
        if value:
            pairs.append((name, value))
    return [f"{name}={quote(value, safe='')}" for name, value in pairs]


def _with_seek(uri: str, operation: str) -> str:
    """The request's own path and query, with seekOperation added or, on a further page, replaced."""
    path, dummy, query = uri.partition("?")
    kept = [part for part in query.split("&") if part and _parameter_name(part) not in _SEEK_PARAMETERS]
    return f"{path}?{'&'.join([*kept, f'seekOperation={operation}'])}"


def _parameter_name(part: str) -> str:
    pairs = parse_qsl(part, keep_blank_values=True)
    return pairs[0][0].lower() if pairs else ""


def _key(request: ApiRequest) -> bytes:
    # In the database, so that a listing goes on over a restart.
    key = request.core.store.get_meta("paging_key")
    if key is None:
        key = secrets.token_hex(16)
        request.core.store.set_meta("paging_key", key)
    return bytes.fromhex(key)


def _seal(request: ApiRequest, listing: str, query: PageQuery, places: list[list[Any]]) -> str:
    content = {"listing": listing, "query": asdict(query), "first": places[0], "last": places[-1]}
    payload = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(request, payload) + payload).decode()


def _open(request: ApiRequest, token: str, listing: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(token.strip().encode())
    except ValueError:
        raw = b""
    payload = raw[_SIGNATURE_BYTES:]
    if not payload or not hmac.compare_digest(raw[:_SIGNATURE_BYTES], _sign(request, payload)):
        raise errors.invalid_property(TOKEN_HEADER, "The continuation token is not valid.")
    content = json.loads(payload)
    if content["listing"] != listing:
        raise errors.invalid_property(TOKEN_HEADER, "The continuation token belongs to another listing.")
    return content


def _sign(request: ApiRequest, payload: bytes) -> bytes:
    return hmac.digest(_key(request), payload, hashlib.sha256)[:_SIGNATURE_BYTES]
