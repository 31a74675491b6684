"""Around the api and the login application: reads the body, applies faults and latency, writes the log."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from emulator import fault_answers
from emulator.clock import format_time
from emulator.faults import Call, Rule
from emulator.partner_center.wire import Notes, decode_json, http_date
from emulator.request_log import mask_query, readable_body

if TYPE_CHECKING:
    from emulator.core import Core

_IDS = re.compile(r"/v1/+customers/+\s*([^/\s]+)\s*(?:/+users/+\s*([^/\s]+))?", re.IGNORECASE)
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
        is_later_page = "ms-continuationtoken" in headers or "seekoperation=" in query.lower()
        call = Call(self._server, scope["method"], scope["path"], customer_id, is_later_page)
        seconds, rule = core.faults.decide(call)
        if self._server == "api":
            seconds += core.switches.latency_ms / 1000
        if seconds:
            await asyncio.sleep(seconds)
        notes.fault = rule.kind if rule else ("latency" if seconds and core.faults.rules else None)
        status: int | None = None
        try:
            status = await self._answer(scope, body, send, notes, rule)
        finally:
            core.log.append(
                {
                    "time": format_time(core.clock.timestamp()),
                    "server": self._server,
                    "method": scope["method"],
                    "path": scope["path"],
                    "query": mask_query(query),
                    "status": status,
                    "request_id": notes.request_id,
                    "correlation_id": notes.correlation_id,
                    "customer_id": customer_id,
                    "user_id": user_id,
                    "body": readable_body(body, headers.get("content-type", ""), self._parse) if body else None,
                    "replayed": notes.replayed,
                    "fault": notes.fault,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 3),
                }
            )

    def _notes(self, headers: dict[str, str]) -> Notes:
        """Ids as the client sent them; the API makes those that are missing, the sign-in server has its own names for them."""
        if self._server == "api":
            return Notes(headers.get("ms-requestid") or str(uuid.uuid4()), headers.get("ms-correlationid") or str(uuid.uuid4()))
        return Notes(headers.get("client-request-id"), headers.get("client-request-id"))

    def _parse(self, raw: bytes) -> Any:
        return decode_json(raw, unquoted_names=self._core.switches.unquoted_names)

    async def _answer(self, scope: dict[str, Any], body: bytes, send: Any, notes: Notes, rule: Rule | None) -> int | None:
        """Sends the answer and gives its status, None if the connection was closed instead."""
        kind = rule.kind if rule else None
        if kind == "drop_before":
            return await _drop(send)
        if rule is not None and kind not in ("drop_after", "truncated_json"):
            return await fault_answers.send_fault(self._core, self._server, rule, notes, send)
        messages = await self._run(scope, body)
        if kind == "drop_after":
            return await _drop(send)
        if kind == "truncated_json":
            messages = fault_answers.truncated(messages)
        if not any(name.lower() == b"date" for name, _ in messages[0].get("headers", ())):
            messages[0] = {**messages[0], "headers": [*messages[0].get("headers", ()), (b"date", http_date(self._core.clock.now()))]}
        for message in messages:
            await send(message)
        return messages[0]["status"]

    async def _run(self, scope: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
        """The application's answer as messages that were not sent yet."""
        messages: list[dict[str, Any]] = []
        pending: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def keep(message: dict[str, Any]) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive, keep)
        except Exception:
            _log.exception("the %s application failed", self._server)
        if not messages:
            messages = [{"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]}]
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

    An exception would become a 500. `send` is a method of uvicorn's request cycle, which knows its transport; aborting that is
    the only way to end a connection that the client will see as ended.
    """
    send.__self__.transport.abort()
    # Lets the loop tell uvicorn that the connection is lost, before it looks for the answer that never came.
    await asyncio.sleep(0.01)
