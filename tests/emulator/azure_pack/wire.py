"""Bytes on the wire: JSON and XML in both directions, and which of them a client wants.

The service is ASP.NET Web API with data contracts: enumerations are numbers in JSON and names in XML; the order of
elements counts in XML; without an Accept header the type of the request's body decides, and JSON where there is none.
XML names for lists are the emulator's own choice, as no published document shows one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "http://schemas.microsoft.com/windowsazure"
INSTANCE_NAMESPACE = "http://www.w3.org/2001/XMLSchema-instance"
JSON_TYPES = ("application/json", "text/json")
XML_TYPES = ("application/xml", "text/xml")
HTML_TYPE = "text/html; charset=us-ascii"

_ITEM_NAMES = {
    "Details": "Detail",
    "CoAdminNames": "string",
    "AddOnReferences": "AddOnReference",
    "AddOns": "AddOn",
    "Services": "Service",
    "Subscriptions": "Subscription",
}


@dataclass
class Reply:
    """An answer before it is bytes. `document` is written as JSON or XML (root element `root`), `html` as it is;
    neither is an empty body."""

    status: int
    document: Any = None
    root: str = ""
    html: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def media_type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


def negotiate(accept: str | None, content_type: str | None) -> str:
    """The media type of the answer."""
    wanted = sorted(_accepted(accept or ""), key=lambda each: -each[1])
    for name, quality in wanted:
        if quality <= 0:
            continue
        if name in JSON_TYPES + XML_TYPES:
            return name
        if name in ("*/*", "application/*"):
            return JSON_TYPES[0]
        if name == "text/*":
            return JSON_TYPES[1]
    sent = media_type(content_type)
    return sent if not wanted and sent in JSON_TYPES + XML_TYPES else JSON_TYPES[0]


def _accepted(header: str) -> Iterable[tuple[str, float]]:
    for entry in filter(None, (each.strip() for each in header.split(","))):
        name, *parameters = (each.strip().lower() for each in entry.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        yield name, quality


def encode(reply: Reply, answer_type: str) -> tuple[bytes, str | None]:
    """(body, content type)."""
    if reply.html is not None:
        return reply.html.encode("utf-8"), HTML_TYPE
    if reply.document is None:
        return b"", None
    if answer_type in XML_TYPES:
        text = write_xml(reply.root, reply.document)
    else:
        text = json.dumps(reply.document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8"), f"{answer_type}; charset=utf-8"


def write_xml(root: str, document: Any) -> str:
    attributes = f' xmlns:i="{INSTANCE_NAMESPACE}" xmlns="{NAMESPACE}"'
    return _element(root, document, attributes)


def _element(name: str, value: Any, attributes: str = "") -> str:
    if value is None:
        return f'<{name}{attributes} i:nil="true" />'
    if isinstance(value, dict):
        content = "".join(_element(each, member) for each, member in value.items())
    elif isinstance(value, (list, tuple)):
        content = "".join(_element(_ITEM_NAMES.get(name, "Item"), each) for each in value)
    elif isinstance(value, bool):
        content = "true" if value else "false"
    elif isinstance(value, IntEnum):
        content = value.name
    else:
        content = escape(str(value))
    return f"<{name}{attributes}>{content}</{name}>"


async def send_reply(reply: Reply, answer_type: str, send: Any, *, is_head: bool = False) -> None:
    content, content_type = encode(reply, answer_type)
    headers = [(b"Content-Length", str(len(content)).encode())]
    if content_type and "content-type" not in {name.lower() for name in reply.headers}:
        headers.append((b"Content-Type", content_type.encode()))
    headers.extend((name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items())
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else content})
