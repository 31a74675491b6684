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
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulator.partner_center import errors
from emulator.partner_center.wire import link

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest

TOKEN_HEADER = "MS-ContinuationToken"
_SEEK = ("next", "previous", "first", "last", "pageindex")
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


@dataclass(frozen=True)
class PageRequest:
    query: PageQuery
    position: list[Any] | None = None
    """The last (or, going backwards, first) place of the page that the client has: [seq, sort key]."""
    backwards: bool = False


@dataclass
class Page:
    """places: one [seq, sort key] per item, in order."""

    items: list[dict[str, Any]]
    places: list[list[Any]]
    has_next: bool
    has_previous: bool


def read_page_request(
    request: ApiRequest, listing: str, default_size: int, span: list[float] | None = None
) -> PageRequest:
    """listing: what is listed, such as `users:{customer id}`; a token of another listing is refused."""
    operation = _seek_operation(request.query("seekOperation"))
    token = request.headers.get(TOKEN_HEADER.lower())
    if operation is None and not token:
        query = PageQuery(
            request.query("filter"),
            request.query("sortField"),
            request.query("sortDirection"),
            _size(request, default_size),
            span,
        )
        return PageRequest(query)
    if not token:
        raise errors.invalid_property(TOKEN_HEADER, "seekOperation needs a continuation token.")
    # size, filter and sort that are repeated next to a token are not looked at.
    content = _open(request, token, listing)
    backwards = operation == "previous"
    return PageRequest(PageQuery(**content["query"]), content["first" if backwards else "last"], backwards)


def cut(found: list[tuple[list[Any], dict[str, Any]]], page: PageRequest) -> Page:
    """found: up to size + 1 (place, item) in listing order; the one too many shows whether there is a further page."""
    size = page.query.size
    more = len(found) > size
    kept = (found[-size:] if page.backwards else found[:size]) if more else found
    has_next, has_previous = (True, more) if page.backwards else (more, page.position is not None)
    return Page([item for dummy, item in kept], [place for place, dummy in kept], has_next, has_previous)


def collection(request: ApiRequest, listing: str, page_request: PageRequest, page: Page) -> dict[str, Any]:
    """The envelope. `totalCount` counts this page's items; without a further page there is no `links.next` and no
    token."""
    switches = request.core.switches
    prefix = "/v1" if switches.links_with_version else ""
    links = {"self": link(prefix + request.uri)}
    document: dict[str, Any] = {"totalCount": len(page.items), "items": page.items, "links": links}
    if page.places and (page.has_next or page.has_previous):
        token = _seal(request, listing, page_request.query, page.places)
        header = [{"key": TOKEN_HEADER, "value": token}]
        if page.has_next and switches.continuation_in != "body":
            links["next"] = link(prefix + _with_seek(request.uri, "Next"), header)
        if page.has_previous and switches.continuation_in != "body":
            links["previous"] = link(prefix + _with_seek(request.uri, "Previous"), header)
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
    # No sample uses the other operations, so their meaning is unknown.
    if name not in ("next", "previous"):
        raise errors.bad_enum(value)
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


def _with_seek(uri: str, operation: str) -> str:
    """The request's own path and query, with seekOperation added or, on a further page, replaced."""
    path, dummy, query = uri.partition("?")
    kept = [part for part in query.split("&") if part and _parameter_name(part) != "seekoperation"]
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
