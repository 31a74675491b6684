"""Answers out of a recording of traffic, as the collection writes one (option record_traffic): the same request gets
what it got then.

A request is the same when method, path, query and body are; passwords are in no recording, so they do not count. Equal
requests are answered in the order in which they were recorded, a read that comes once more with the last answer. What
was not recorded is not answered as if it had been.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from emulator.kernel.json_reading import decode_json, fold_names
from emulator.partner_center import errors
from emulator.partner_center.wire import JSON_TYPE, Reply

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest

FORMAT = "tenantops.partner_center.traffic"
_REPEATED = ("retry-after", "ismfacompliant")
"""Headers of the recording that an answer brings again; the others are made anew."""


@dataclass
class _Exchange:
    key: str
    is_read: bool
    record: dict[str, Any]
    is_used: bool = False


class Recorded:
    """lines: those of the file. ValueError for what is no recording."""

    def __init__(self, lines: Iterable[str]) -> None:
        documents = [json.loads(line) for line in lines if line.strip()]
        if not documents or not isinstance(documents[0], dict) or documents[0].get("format") != FORMAT:
            raise ValueError("this is no recording of traffic")
        self._exchanges = [
            _Exchange(_key(each["method"], each["path"], each["query"], each["body"]), each["method"] == "GET", each)
            for each in documents[1:]
            if "unrecorded" not in each
        ]

    def answer(self, request: ApiRequest, segments: list[str] | None) -> Reply:
        try:
            body = decode_json(request.body) if request.body else None
        except ValueError:
            body = None
        query = parse_qsl(request.query_text, keep_blank_values=True)
        key = _key(request.method, "/".join(segments or ()), query, body)
        same = [each for each in self._exchanges if each.key == key]
        found = next((each for each in same if not each.is_used), same[-1] if same and same[-1].is_read else None)
        if found is None:
            return errors.not_recorded().reply(request.core.switches)
        found.is_used = True
        return _reply(found.record)


def _reply(record: dict[str, Any]) -> Reply:
    headers = {name: value for name, value in (record.get("answer_headers") or {}).items() if name.lower() in _REPEATED}
    if "error" in record:
        # The connection broke then. That the client waits and asks again is what can be shown of it.
        return Reply(503, text="", headers=headers)
    if "unreadable_bytes" in record:
        return Reply(record["status"], text="?" * int(record["unreadable_bytes"]), headers=headers)
    content_type = (record.get("answer_headers") or {}).get("Content-Type") or JSON_TYPE
    return Reply(
        record["status"],
        body=record.get("answer"),
        headers=headers,
        content_type=content_type,
        has_mark=bool(record.get("mark")),
    )


def _key(method: str, path: str, query: Iterable[Any], body: Any) -> str:
    pairs = sorted([str(name).lower(), _canonical(str(value))] for name, value in query)
    return json.dumps([method, unquote(path).lower(), pairs, _without_passwords(fold_names(body))], sort_keys=True)


def _canonical(value: str) -> str:
    """A filter is JSON, which can be written in several ways."""
    try:
        return json.dumps(json.loads(value), sort_keys=True) if value.startswith("{") else value
    except ValueError:
        return value


def _without_passwords(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: each for name, each in body.items() if name != "passwordprofile"}
