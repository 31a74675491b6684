"""The control port: plain HTTP, for tests and for people who rehearse. Never faulted, never logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulator.kernel.clock import format_time, parse_time
from emulator.kernel.control_calls import BadCall, ControlCall, ControlRequest, NotThere
from emulator.kernel.recorded import Recorded
from emulator.kernel.routing import NoRoute, Router

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.service import App


class KernelCalls:
    """What concerns no service: one method per row of the table in README.md."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def health(self, _request: ControlRequest) -> Any:
        return {"status": "ok"}

    def reset(self, request: ControlRequest) -> Any:
        self._core.reset((request.body or {}).get("seed"))
        return {"status": "ok"}

    def read_log(self, request: ControlRequest) -> Any:
        servers = request.query.get("server", [])
        unknown = set(servers) - set(self._core.base_urls)
        if unknown:
            # A misspelt name must not look like a server that nobody called.
            raise BadCall(f"no server {', '.join(sorted(unknown))}; known: {', '.join(sorted(self._core.base_urls))}")
        return {"entries": self._core.log.since(int(request.query.get("since", ["0"])[-1]), servers)}

    def clear_log(self, _request: ControlRequest) -> Any:
        self._core.log.clear()
        return {"status": "ok"}

    def read_clock(self, _request: ControlRequest) -> Any:
        return {"now": format_time(self._core.clock.timestamp()), "offset_seconds": self._core.clock.offset_seconds}

    def move_clock(self, request: ControlRequest) -> Any:
        if not isinstance(request.body, dict) or len(request.body) != 1 or not set(request.body) <= {"advance", "set"}:
            raise BadCall('the clock takes {"advance": seconds} or {"set": "2027-01-01T00:00:00Z"}')
        if "advance" in request.body:
            self._core.clock.advance(float(request.body["advance"]))
        else:
            self._core.clock.set(parse_time(request.body["set"]))
        self._core.move_clock()
        return self.read_clock(request)

    def read_switches(self, _request: ControlRequest) -> Any:
        return self._core.switches.as_dict()

    def set_switches(self, request: ControlRequest) -> Any:
        if not isinstance(request.body, dict):
            raise BadCall("switches are an object: {name: value}")
        self._core.set_switches(request.body)
        return self._core.switches.as_dict()

    def replay(self, request: ControlRequest) -> Any:
        """Answers out of a recording from now on, until a reset."""
        with open(request.body["file"], encoding="utf-8") as lines:
            self._core.recorded = Recorded(lines)
        return {"status": "ok"}

    def read_faults(self, _request: ControlRequest) -> Any:
        return {"rules": [rule.as_dict() for rule in self._core.faults.rules]}

    def add_faults(self, request: ControlRequest) -> Any:
        self._core.faults.add(request.body)
        return self.read_faults(request)

    def clear_faults(self, _request: ControlRequest) -> Any:
        self._core.faults.clear()
        return {"status": "ok"}


def calls(core: Core) -> tuple[ControlCall, ...]:
    api = KernelCalls(core)
    return (
        ControlCall("GET", "health", api.health),
        ControlCall("POST", "reset", api.reset),
        ControlCall("GET", "log", api.read_log),
        ControlCall("DELETE", "log", api.clear_log),
        ControlCall("GET", "clock", api.read_clock),
        ControlCall("POST", "clock", api.move_clock),
        ControlCall("GET", "switches", api.read_switches),
        ControlCall("POST", "switches", api.set_switches),
        ControlCall("POST", "replay", api.replay),
        ControlCall("GET", "faults", api.read_faults),
        ControlCall("POST", "faults", api.add_faults),
        ControlCall("DELETE", "faults", api.clear_faults),
    )


def create_app(core: Core) -> App:
    """The calls of the kernel and of all services."""
    router = Router((*calls(core), *(call for service in core.services for call in service.controls(core))))

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await (await _answer(router, Request(scope, receive)))(scope, receive, send)

    return app


async def _answer(router: Router[ControlCall], request: Request) -> Response:
    segments = request.url.path.removeprefix("/").split("/")
    try:
        call, params = router.find(request.method, segments)
    except NoRoute as error:
        if error.allowed:
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": ", ".join(error.allowed)})
        return PlainTextResponse("Not Found", 404)
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else None
        return JSONResponse(call.handler(ControlRequest(body, params, parse_qs(request.url.query))))
    except NotThere as error:
        return JSONResponse({"error": str(error)}, status_code=404)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        # A control call is written by hand: whatever is wrong with it, the caller should read what.
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
