"""What Azure Pack and its token issuers answer out of a recording of traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulator.azure_pack import safe_xml
from emulator.kernel.json_reading import decode_json
from emulator.kernel.recorded import send_recorded, texts_of

if TYPE_CHECKING:
    from emulator.kernel.core import Core

SERVICE, ISSUER = "azure_pack", "token_issuer"


async def answer(core: Core, scope: dict[str, Any], send: Any) -> None:
    """The admin and the tenant API."""
    raw = scope["emulator.body"]
    try:
        body = decode_json(raw) if raw else None
    except ValueError:
        body = None
    path = scope["raw_path"].decode("latin-1").partition("?")[0].strip("/")
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    record = core.recorded.find(SERVICE, scope["method"], path, query, body) if core.recorded else None
    await send_recorded(record, core.clock.timestamp(), send)


async def issue(core: Core, scope: dict[str, Any], send: Any) -> None:
    """A token issuer. The same request is one for the same user and realm; its password and its time do not count."""
    try:
        tree = _tree(safe_xml.parse(scope["emulator.body"]))
    except safe_xml.BadXml:
        tree = []
    record = None
    if core.recorded:
        record = core.recorded.find(
            ISSUER, scope["method"], scope["path"].strip("/"), (), {"xml": tree}, telling=_telling, repeats=True
        )
    message_id = next(iter(texts_of(tree, "MessageID")), None)
    await send_recorded(record, core.clock.timestamp(), send, message_id)


def _telling(body: Any) -> Any:
    tree = body.get("xml") if isinstance(body, dict) else None
    return [texts_of(tree, "Username"), texts_of(tree, "AppliesTo")]


def _tree(element: Any) -> list[Any]:
    content = [_tree(each) for each in element]
    return [element.tag, dict(element.attrib), content or (element.text or "").strip()]
