"""What the sign-in answers out of a recording of traffic: tokens, codes and the documents of a tenant. What a person's
browser asks for is in no recording, and answered as ever."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from emulator.kernel.recorded import send_recorded

SERVICE = "sign_in"
_SPOKEN = ("/token", "/devicecode", "/openid-configuration", "/discovery/instance")
_TELLING = ("grant_type", "client_id", "scope")
"""Fields of a form that make a request the same one; the others are secrets, codes and numbers of ports."""


def with_recording(core: Any, app: Any) -> Any:
    """The application, unless there is a recording that has something of the sign-in."""

    async def played(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"]
        if core.recorded is None or not core.recorded.has(SERVICE) or not path.lower().endswith(_SPOKEN):
            await app(scope, receive, send)
            return
        form = dict(parse_qsl(scope["emulator.body"].decode("utf-8", "replace"), keep_blank_values=True))
        record = core.recorded.find(
            SERVICE,
            scope["method"],
            path.lstrip("/"),
            parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            form or None,
            telling=_telling,
            repeats=True,
        )
        if record is not None:
            record = {**record, "answer": _here(record.get("answer"), core.base_urls["login"])}
        await send_recorded(record, core.clock.timestamp(), send)

    return played


def _telling(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    # Scopes are a set, whose order is another one each time.
    return {name: sorted(str(body.get(name)).split()) for name in _TELLING}


def _here(value: Any, origin: str) -> Any:
    """Addresses of the sign-in host then are those of this one now."""
    if not isinstance(value, dict) or "token_endpoint" not in value:
        return value
    return {name: _moved(each, origin) for name, each in value.items()}


def _moved(value: Any, origin: str) -> Any:
    if not isinstance(value, str) or "://" not in value:
        return value
    return origin + urlsplit(value).path
