"""Around the application of every TLS port: reads the body, applies faults and latency, writes the log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulator.kernel.clock import format_time, http_date
from emulator.kernel.faults import Call, Rule
from emulator.kernel.json_reading import decode_json
from emulator.kernel.log import mask_query, readable_body
from emulator.kernel.notes import Notes
from emulator.kernel.service import App, BodyReader, Service

if TYPE_CHECKING:
    from emulator.kernel.core import Core

_log = logging.getLogger("emulator.middleware")


def make_apps(core: Core) -> dict[str, App]:
    """What answers on each TLS port."""
    apps: dict[str, App] = {}
    for service in core.services:
        for server in service.servers:
            guests = [each for each in core.services if server in each.guest_of]
            app = service.app(core, server)
            for guest in guests:
                app = guest.beside(core, server, app)
            apps[server] = Watched(core, server, service, guests, app)
    return apps


class Watched:
    """One server's application with everything that is not its business."""

    def __init__(self, core: Core, server: str, service: Service, guests: Sequence[Service], app: App) -> None:
        self._core = core
        self._server = server
        self._service = service
        self._guests = guests
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        core = self._core
        era = core.log.era
        body = await _read_body(receive)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        seen = self._service.look(self._server, scope, headers)
        notes = seen.notes
        scope["emulator.body"], scope["emulator.notes"] = body, notes
        call = Call(self._server, scope["method"], scope["path"], seen.customer_id, seen.is_later_page)
        seconds, rule = core.faults.decide(call)
        notes.fault = rule.kind if rule else "latency" if seconds else None
        if self._service.is_slowed:
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
                "query": mask_query(scope["query_string"].decode("latin-1")),
                "status": messages[0]["status"] if messages else None,
                "request_id": notes.request_id,
                "correlation_id": notes.correlation_id,
                "customer_id": seen.customer_id,
                "user_id": seen.user_id,
                "body": readable_body(body, headers.get("content-type", ""), self._reader(headers)) if body else None,
                "replayed": notes.replayed,
                "fault": notes.fault,
                "duration_ms": round((time.perf_counter() - started) * 1000, 3),
                **seen.log_fields,
            },
            era,
        )
        if not messages:
            await _drop(send)
        for message in messages:
            await send(message)

    def _reader(self, headers: dict[str, str]) -> BodyReader:
        for service in (*self._guests, self._service):
            reader = service.body_reader(self._core, self._server, headers)
            if reader is not None:
                return reader
        return decode_json

    async def _messages(
        self, scope: dict[str, Any], body: bytes, notes: Notes, rule: Rule | None
    ) -> list[dict[str, Any]]:
        """The answer as ASGI messages; none when the connection is to be closed instead."""
        kind = rule.kind if rule else None
        if kind == "drop_before":
            return []
        if rule is not None and kind not in ("drop_after", "truncated_json"):
            return await _collect(lambda send: self._service.send_fault(self._core, rule, notes, send))
        messages = await self._run(scope, body)
        if kind == "drop_after":
            return []
        if kind == "truncated_json":
            messages = _truncated(messages)
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


def _truncated(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Half of the body, with the Content-Length of that half: a proxy that cut the answer and repaired the header."""
    start, content = messages[0], b"".join(each.get("body", b"") for each in messages[1:])
    content = content[: len(content) // 2]
    headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(content)).encode()))
    return [{**start, "headers": headers}, {"type": "http.response.body", "body": content}]


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
