"""The answers that faults give in place of the sign-in server's."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from emulator.kernel.faults import PROXY_PAGE, Rule

_JSON = "application/json; charset=utf-8"


async def send_fault(rule: Rule, send: Any) -> None:
    await _response(rule)({"type": "http"}, None, send)  # type: ignore[arg-type]


def _response(rule: Rule) -> Response:
    do = rule.do
    headers = {str(name): str(value) for name, value in (do.get("headers") or {}).items()}
    if rule.kind == "status":
        return _status(do, headers)
    if rule.kind == "throttle":
        seconds = max(1, int(do.get("retry_after", 1)))
        body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {seconds} seconds."}
        return _json(429, body, {"Retry-After": str(seconds)})
    if rule.kind == "html":
        return Response(do.get("body") or PROXY_PAGE, int(do.get("status", 502)), headers, "text/html")
    if rule.kind == "text":
        return Response(str(do.get("text", "")), int(do.get("status", 403)), headers, "text/plain")
    if rule.kind == "redirect":
        return Response(None, 307, {"Location": str(do.get("location", "https://localhost/")), **headers})
    return _json(401, {"error": "invalid_client", "error_description": "An error was asked for."}, headers)


def _status(do: dict[str, Any], headers: dict[str, str]) -> Response:
    status, body = int(do["status"]), do.get("body")
    if status == 429:
        headers.setdefault("Retry-After", "1")
    if isinstance(body, (dict, list)):
        return _json(status, body, headers)
    return Response(None if body is None else str(body), status, headers, None if body is None else "text/plain")


def _json(status: int, body: Any, headers: dict[str, str]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), status, headers, _JSON)
