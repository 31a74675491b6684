"""Answers out of a recording of traffic, as the collection writes one (option record_traffic): the same request gets
what it got then.

A request is the same when service, method, path, query and body are, as far as its service finds them telling. Equal
requests are answered in the order in which they were recorded; what only reads is answered once more with the last
answer. What was not recorded is not answered as if it had been.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from emulator.kernel.clock import parse_time
from emulator.kernel.json_reading import fold_names

FORMAT = ".traffic"
"""What the name of the format ends with."""
_LIFETIME = 3600
"""Seconds of a token that shows only when it ends."""
Telling = Callable[[Any], Any]
"""Takes the body of a request, names in lower case, and returns what counts of it."""


@dataclass
class _Exchange:
    service: str
    record: dict[str, Any]
    is_used: bool = False


class Recorded:
    """lines: those of the file. ValueError for what is no recording."""

    def __init__(self, lines: Iterable[str]) -> None:
        documents = [json.loads(line) for line in lines if line.strip()]
        head = documents[0] if documents and isinstance(documents[0], dict) else {}
        if not str(head.get("format", "")).endswith(FORMAT):
            raise ValueError("this is no recording of traffic")
        self._exchanges = [
            _Exchange(each.get("service", ""), each) for each in documents[1:] if "unrecorded" not in each
        ]

    def has(self, service: str) -> bool:
        """Whether anything was sent to it."""
        return any(each.service == service for each in self._exchanges)

    def find(
        self,
        service: str,
        method: str,
        path: str,
        query: Iterable[Any],
        body: Any,
        *,
        telling: Telling = lambda body: body,
        repeats: bool = False,
    ) -> dict[str, Any] | None:
        """The record of an equal request. path: without a slash before it. repeats: the last answer may come again,
        also to what is no read."""
        wanted = _key(method, path, query, body, telling)
        same = [
            each
            for each in self._exchanges
            if each.service == service
            and wanted
            == _key(each.record["method"], each.record["path"], each.record["query"], each.record["body"], telling)
        ]
        again = same[-1] if same and (repeats or method == "GET") else None
        found = next((each for each in same if not each.is_used), again)
        if found is None:
            return None
        found.is_used = True
        return found.record


def _key(method: str, path: str, query: Iterable[Any], body: Any, telling: Telling) -> str:
    pairs = sorted([str(name).lower(), _canonical(str(value))] for name, value in query)
    return json.dumps([method, unquote(path).lower(), pairs, telling(fold_names(body))], sort_keys=True)


def _canonical(value: str) -> str:
    """A filter is JSON, which can be written in several ways."""
    try:
        return json.dumps(json.loads(value), sort_keys=True) if value.startswith("{") else value
    except ValueError:
        return value


def answer_bytes(record: dict[str, Any], now: float, relates_to: str | None = None) -> tuple[int, bytes]:
    """Status and body of a recorded answer; a connection that broke then is one that is not available now."""
    if "error" in record:
        return 503, b""
    if "unreadable_bytes" in record:
        size = int(record["unreadable_bytes"])
        return record["status"], (b"<html>" if record.get("html") else b"").ljust(size, b"?")[:size]
    if "answer_xml" in record:
        return record["status"], _xml(record["answer_xml"], now, relates_to)
    if record.get("answer") is None:
        return record["status"], b""
    content = json.dumps(restored(record["answer"], now), ensure_ascii=False).encode()
    return record["status"], (b"\xef\xbb\xbf" if record.get("mark") else b"") + content


def restored(value: Any, now: float) -> Any:
    """A JSON value with what stands for a token made into one again, as if it were given out now."""
    if isinstance(value, dict):
        if set(value) == {"token", "claims"}:
            return _token(value, now)
        if set(value) == {"json"}:
            return _encoded(value["json"])
        return {name: restored(each, now) for name, each in value.items()}
    return [restored(each, now) for each in value] if isinstance(value, list) else value


def _token(shown: dict[str, Any], now: float) -> str:
    claims = dict(shown["claims"])
    if not claims:
        return str(shown["token"])
    times = {name: each for name, each in claims.items() if name in ("iat", "nbf", "exp", "auth_time")}
    numbers = {name: each for name, each in times.items() if isinstance(each, (int, float))}
    begun = numbers.get("iat", numbers.get("nbf", numbers.get("exp", _LIFETIME) - _LIFETIME))
    claims.update({name: int(now + each - begun) for name, each in numbers.items()})
    signature = base64.urlsafe_b64encode(str(shown["token"]).encode()).rstrip(b"=").decode()
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}.{signature}"


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _xml(tree: list[Any], now: float, relates_to: str | None) -> bytes:
    begun = next((parse_time(text) for text in texts_of(tree, "Created") if isinstance(text, str)), None)
    moved = datetime.fromtimestamp(now, tz=timezone.utc) - begun if begun else timedelta()
    return ElementTree.tostring(_element(tree, now, moved, relates_to), encoding="utf-8")


def _element(tree: list[Any], now: float, moved: timedelta, relates_to: str | None) -> ElementTree.Element:
    name, attributes, content = tree
    local = name.rpartition("}")[2]
    element = ElementTree.Element(name, attributes)
    if isinstance(content, list):
        element.extend(_element(each, now, moved, relates_to) for each in content)
    elif isinstance(content, dict):
        # Token services give the token in base64.
        element.text = base64.b64encode(restored(content, now).encode()).decode()
    elif local in ("Created", "Expires"):
        element.text = (parse_time(content) + moved).strftime("%Y-%m-%dT%H:%M:%SZ")
    elif local == "RelatesTo" and relates_to:
        element.text = relates_to
    else:
        element.text = content
    return element


def texts_of(tree: Any, name: str) -> list[Any]:
    """The contents of all elements of this local name, in their order."""
    if not isinstance(tree, list) or len(tree) != 3:
        return []
    content = tree[2]
    here = [content] if tree[0].rpartition("}")[2] == name else []
    below = [text for each in content for text in texts_of(each, name)] if isinstance(content, list) else []
    return [*here, *below]


async def send_recorded(record: dict[str, Any] | None, now: float, send: Any, relates_to: str | None = None) -> None:
    """As ASGI messages: 501 for what is not in the recording."""
    told = {name.lower(): value for name, value in ((record or {}).get("answer_headers") or {}).items()}
    if record is None:
        status, content = 501, b'{"error": "not_recorded"}'
        told["content-type"] = "application/json"
    else:
        status, content = answer_bytes(record, now, relates_to)
    headers = [(b"Content-Length", str(len(content)).encode())]
    for name in ("content-type", "retry-after"):
        if name in told and (content or name != "content-type"):
            headers.append((name.encode(), told[name].encode("latin-1", "replace")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
