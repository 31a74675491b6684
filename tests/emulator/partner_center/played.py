"""What Partner Center answers out of a recording of traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulator.kernel.json_reading import decode_json
from emulator.kernel.recorded import Recorded
from emulator.partner_center import errors
from emulator.partner_center.wire import JSON_TYPE, Reply

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest

SERVICE = "partner_center"
_REPEATED = ("retry-after", "ismfacompliant")
"""Headers of the recording that an answer brings again; the others are made anew."""


def answer(recorded: Recorded, request: ApiRequest, segments: list[str] | None) -> Reply:
    """Passwords are in no recording, so they do not count."""
    try:
        body = decode_json(request.body) if request.body else None
    except ValueError:
        body = None
    query = parse_qsl(request.query_text, keep_blank_values=True)
    record = recorded.find(SERVICE, request.method, "/".join(segments or ()), query, body, telling=_without_passwords)
    return errors.not_recorded().reply(request.core.switches) if record is None else _reply(record)


def _reply(record: dict[str, Any]) -> Reply:
    headers = {name: value for name, value in (record.get("answer_headers") or {}).items() if name.lower() in _REPEATED}
    content_type = (record.get("answer_headers") or {}).get("Content-Type") or JSON_TYPE
    if "error" in record:
        # The connection broke then. That the client waits and asks again is what can be shown of it.
        return Reply(503, text="", headers=headers)
    if "unreadable_bytes" in record:
        size = int(record["unreadable_bytes"])
        text = ("<html>" if record.get("html") else "").ljust(size, "?")[:size]
        return Reply(record["status"], text=text, headers=headers, content_type=content_type)
    return Reply(
        record["status"],
        body=record.get("answer"),
        headers=headers,
        content_type=content_type,
        has_mark=bool(record.get("mark")),
    )


def _without_passwords(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: each for name, each in body.items() if name != "passwordprofile"}
