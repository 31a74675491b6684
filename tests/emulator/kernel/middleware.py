"""Around the api and the login application: reads the body, applies faults and latency, writes the log."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from emulator.azure_pack import log_fields
from emulator.azure_pack.request import SERVERS as AZURE_PACK
from emulator.kernel import fault_answers
from emulator.kernel.clock import format_time
from emulator.kernel.faults import Call, Rule
from emulator.kernel.log import mask_query, readable_body
from emulator.partner_center.wire import Notes, decode_json, http_date

if TYPE_CHECKING:
    from emulator.kernel.core import Core

_IDS = re.compile(
    r"/v1/+customers/+\s*([^/\s]+)\s*(?:/+(?:users|directoryroles/+[^/]+/+usermembers)/+\s*([^/\s]+))?", re.IGNORECASE
)
# The second page of Partner Center, and of Azure Pack.
_LATER_PAGE = re.compile(r"seekoperation=|(?:^|&)skip=0*[1-9]", re.IGNORECASE)
_log = logging.getLogger("emulator.middleware")


class Watched:
    """One server's application with everything that is not its business."""

    def __init__(self, core: Core, server: str, app: Any) -> None:
        self._core = core
        self._server = server
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        core = self._core
        body = await _read_body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        notes = self._notes(headers)
        scope["emulator.body"], scope["emulator.notes"] = body, notes
        query = scope["query_string"].decode("latin-1")
        ids = _IDS.match(scope["path"])
        customer_id, user_id = (ids.group(1).lower(), ids.group(2)) if ids else (None, None)
        is_later_page = "ms-continuationtoken" in headers or _LATER_PAGE.search(query) is not None
        call = Call(self._server, scope["method"], scope["path"], customer_id, is_later_page)
        seconds, rule = core.faults.decide(call)
        notes.fault = rule.kind if rule else "latency" if seconds else None
        if self._server != "login":
            seconds += core.switches.latency_ms / 1000
        if seconds:
            await asyncio.sleep(seconds)
        messages = await self._messages(scope, body, notes, rule)
        # Before anything is sent: a client that has its answer, or lost its connection, finds the entry.
        core.log.append(
            {
                "time": format_time(core.clock.timestamp()),
                "server": self._server,
                "method": scope["method"],
                "path": scope["path"],
                "query": mask_query(query),
                "status": messages[0]["status"] if messages else None,
                "request_id": notes.request_id,
                "correlation_id": notes.correlation_id,
                "customer_id": customer_id,
                "user_id": user_id,
                "body": readable_body(body, headers.get("content-type", ""), self._parser(headers)) if body else None,
                "replayed": notes.replayed,
                "fault": notes.fault,
                "duration_ms": round((time.perf_counter() - started) * 1000, 3),
                **(log_fields.fields(scope, headers) if self._server in AZURE_PACK else {}),
            }
        )
        if not messages:
            await _drop(send)
        for message in messages:
            await send(message)

    def _notes(self, headers: dict[str, str]) -> Notes:
        """Ids as the client sent them; the API makes those that are missing, the sign-in server has its own names for
        them."""
        if self._server == "api":
            return Notes(
                headers.get("ms-requestid") or str(uuid.uuid4()), headers.get("ms-correlationid") or str(uuid.uuid4())
            )
        if self._server in AZURE_PACK:
            return Notes(headers.get("x-ms-client-request-id"), headers.get("x-ms-client-session-id"))
        return Notes(headers.get("client-request-id"), headers.get("client-request-id"))

    def _parser(self, headers: dict[str, str]) -> Callable[[bytes], Any]:
        if self._server != "api" and log_fields.is_xml(headers.get("content-type", "")):
            return log_fields.read_xml
        return lambda raw: decode_json(raw, unquoted_names=self._server == "api" and self._core.switches.unquoted_names)

    async def _messages(
        self, scope: dict[str, Any], body: bytes, notes: Notes, rule: Rule | None
    ) -> list[dict[str, Any]]:
        """The answer as ASGI messages; none when the connection is to be closed instead."""
        kind = rule.kind if rule else None
        if kind == "drop_before":
            return []
        if rule is not None and kind not in ("drop_after", "truncated_json"):
            return await _collect(lambda send: fault_answers.send_fault(self._core, self._server, rule, notes, send))
        messages = await self._run(scope, body)
        if kind == "drop_after":
            return []
        if kind == "truncated_json":
            messages = fault_answers.truncated(messages)
        start = messages[0]
        if not any(name.lower() == b"date" for name, dummy in start.get("headers", ())):
            messages[0] = {
                **start,
                "headers": [*start.get("headers", ()), (b"Date", http_date(self._core.clock.now()))],
            }
        return messages

    async def _run(self, scope: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
        pending: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return pending.pop() if pending else {"type": "http.disconnect"}

        return await _collect(lambda send: self._app(scope, receive, send))


async def _collect(run: Callable[[Any], Awaitable[Any]]) -> list[dict[str, Any]]:
    """What an application sends, kept; what it sent before an exception still counts (Starlette sends its 500
    first)."""
    messages: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        messages.append(message)

    try:
        await run(keep)
    except Exception:
        _log.exception("an application failed")
    if not messages:
        messages.append({"type": "http.response.start", "status": 500, "headers": [(b"Content-Length", b"0")]})
        messages.append({"type": "http.response.body", "body": b""})
    return messages


async def _read_body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _drop(send: Any) -> None:
    """Closes the TCP connection without an answer.

    An exception would become a 500. `send` is a method of uvicorn's request cycle, which knows its transport; aborting
    that is the only way to end a connection that the client will see as ended.
    """
    send.__self__.transport.abort()
    # Lets the loop tell uvicorn that the connection is lost, before it looks for the answer that never came.
    await asyncio.sleep(0.01)
