"""The answers that faults give in place of the application's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.azure_pack import fault_answers as azure_pack_answers
from emulator.azure_pack.request import SERVERS as AZURE_PACK
from emulator.kernel.faults import Rule
from emulator.partner_center import errors
from emulator.partner_center.app import send_reply
from emulator.partner_center.wire import Notes, Reply

if TYPE_CHECKING:
    from emulator.kernel.core import Core

_PROXY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


async def send_fault(core: Core, server: str, rule: Rule, notes: Notes, send: Any) -> None:
    if server in AZURE_PACK:
        await azure_pack_answers.send_fault(core, rule, send)
        return
    reply = _reply(core, server, rule)
    # The byte order mark is a habit of the API alone.
    reply.from_gateway = reply.from_gateway or server == "login"
    await send_reply(core, reply, notes, None, send)


def _reply(core: Core, server: str, rule: Rule) -> Reply:
    do = rule.do
    headers = {str(name): str(value) for name, value in (do.get("headers") or {}).items()}
    if rule.kind == "status":
        return _status(core, server, do, headers)
    if rule.kind == "throttle":
        return errors.throttled(max(1, int(do.get("retry_after", 1))))
    if rule.kind == "html":
        status = int(do.get("status", 502))
        return Reply(
            status, text=do.get("body") or _PROXY_PAGE, headers=headers, content_type="text/html", from_gateway=True
        )
    if rule.kind == "text":
        return Reply(int(do.get("status", 403)), text=str(do.get("text", "")), headers=headers)
    if rule.kind == "redirect":
        return Reply(307, headers={"Location": str(do.get("location", "https://localhost/")), **headers})
    if rule.kind == "broken_page":
        return errors.not_found().reply(core.switches)
    return errors.access_denied(core.partner["tenant_id"]).reply(core.switches)


def _status(core: Core, server: str, do: dict[str, Any], headers: dict[str, str]) -> Reply:
    status, body = int(do["status"]), do.get("body")
    if body is None and server == "api" and status >= 400:
        body = errors.ApiError(status, 800003, "Unexpected service error.").reply(core.switches).body
    if status == 429:
        # A 429 without Retry-After does not exist: Microsoft's SDK reads the header without looking whether it is
        # there.
        headers.setdefault("Retry-After", "1")
    if isinstance(body, (dict, list)) or body is None:
        return Reply(status, body=body, headers=headers)
    return Reply(status, text=str(body), headers=headers)


def truncated(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Half of the body, with the Content-Length of that half: a proxy that cut the answer and repaired the header."""
    start, content = messages[0], b"".join(each.get("body", b"") for each in messages[1:])
    content = content[: len(content) // 2]
    headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(content)).encode()))
    return [{**start, "headers": headers}, {"type": "http.response.body", "body": content}]
