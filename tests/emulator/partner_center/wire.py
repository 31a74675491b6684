"""Bytes on the wire: bodies with and without a byte order mark, names without case, and the service's own headers.

Sources: Partner Center developer docs, pages headers, rest-api-response and the traces of the user pages.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

from emulator.kernel.clock import http_date
from emulator.kernel.notes import Notes

BOM = b"\xef\xbb\xbf"
JSON_TYPE = "application/json; charset=utf-8"
SERVER_ID = "020021921"
REQUEST_CONTEXT = "appId=cid-v1:03ce8ca8-8373-4021-8f25-d5dd45c7b12f"


@dataclass
class Reply:
    """An answer before it is bytes. `body` is a JSON value; `text` a plain one; neither is an empty body."""

    status: int
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    from_gateway: bool = False
    """Answered before the service: without its headers, and JSON is written with blanks."""
    has_mark: bool = True
    """Whether the body has a byte order mark where bodies of this status have one."""


def encode(reply: Reply, *, bom: bool) -> tuple[bytes, str | None]:
    """(body, content type). Only bodies of success have the mark: the traces of errors whose Content-Length fits at all
    fit without, those of successes with it."""
    if reply.text is not None:
        return reply.text.encode(
            "utf-8"
        ), reply.content_type if reply.content_type != JSON_TYPE else "text/plain; charset=utf-8"
    if reply.body is None:
        return b"", None
    if reply.from_gateway and isinstance(reply.body, dict):
        # As the gateway writes them: { "statusCode": 429, "message": "..." }
        return f"{{ {json.dumps(reply.body, ensure_ascii=False)[1:-1]} }}".encode(), reply.content_type
    content = json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    marked = bom and reply.has_mark and reply.status < 400
    return (BOM + content if marked else content), reply.content_type


def service_headers(notes: Notes, now: Any, correlation_vector: str | None) -> list[tuple[bytes, bytes]]:
    """Headers that every answer of the service has. Ids are echoed as they came, or made."""
    vector = correlation_vector or base64.b64encode(os.urandom(12)).decode() + ".0"
    return [
        (b"MS-RequestId", (notes.request_id or "").encode("latin-1", "replace")),
        (b"MS-CorrelationId", (notes.correlation_id or "").encode("latin-1", "replace")),
        (b"MS-CV", vector.encode("latin-1", "replace")),
        (b"MS-ServerId", SERVER_ID.encode()),
        (b"Request-Context", REQUEST_CONTEXT.encode()),
        (b"Date", http_date(now)),
    ]


def absent_if_none(document: dict[str, Any], *, keep: bool) -> dict[str, Any]:
    return document if keep else {name: value for name, value in document.items() if value is not None}


def link(uri: str, headers: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """`headers` is always a list: Microsoft's SDK iterates it without a look."""
    return {"uri": uri, "method": "GET", "headers": headers or []}
