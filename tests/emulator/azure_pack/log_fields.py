"""What the request log has of a call to the Azure Pack servers besides the usual."""

from __future__ import annotations

from typing import Any

from emulator.azure_pack import safe_xml
from emulator.azure_pack.request import user_name_in
from emulator.azure_pack.wire import media_type
from emulator.kernel.log import MASK

_HEADERS = ("accept", "accept-language", "content-length", "content-type", "expect")


def fields(scope: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """`raw_path`: as it was sent, still encoded. `headers`: those that mean something to the service; a token only by
    its scheme."""
    raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
    shown = {name: value for name, value in headers.items() if name in _HEADERS or name.startswith("x-ms-")}
    if "authorization" in headers:
        shown["authorization"] = f"{headers['authorization'].partition(' ')[0]} {MASK}"
    return {"raw_path": raw_path, "user_id": user_name_in(raw_path), "headers": shown}


def is_xml(content_type: str) -> bool:
    return media_type(content_type) in ("application/xml", "text/xml", "application/soap+xml")


def read_xml(raw: bytes) -> Any:
    """ValueError for what cannot be read."""
    element = safe_xml.parse(raw)
    return {safe_xml.local_name(element): safe_xml.to_value(element)}
