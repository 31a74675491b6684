"""The answers that faults give in place of the API's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.kernel.faults import PROXY_PAGE, Rule
from emulator.kernel.notes import Notes
from emulator.partner_center import errors
from emulator.partner_center.app import send_reply
from emulator.partner_center.wire import Reply

if TYPE_CHECKING:
    from emulator.kernel.core import Core


async def send_fault(core: Core, rule: Rule, notes: Notes, send: Any) -> None:
    await send_reply(core, _reply(core, rule), notes, None, send)


def _reply(core: Core, rule: Rule) -> Reply:
    do = rule.do
    headers = {str(name): str(value) for name, value in (do.get("headers") or {}).items()}
    if rule.kind == "status":
        return _status(core, do, headers)
    if rule.kind == "throttle":
        return errors.throttled(max(1, int(do.get("retry_after", 1))))
    if rule.kind == "html":
        status = int(do.get("status", 502))
        return Reply(
            status, text=do.get("body") or PROXY_PAGE, headers=headers, content_type="text/html", from_gateway=True
        )
    if rule.kind == "text":
        return Reply(int(do.get("status", 403)), text=str(do.get("text", "")), headers=headers)
    if rule.kind == "redirect":
        return Reply(307, headers={"Location": str(do.get("location", "https://localhost/")), **headers})
    if rule.kind == "broken_page":
        return errors.not_found().reply(core.switches)
    return errors.access_denied(core.partner["tenant_id"]).reply(core.switches)


def _status(core: Core, do: dict[str, Any], headers: dict[str, str]) -> Reply:
    status, body = int(do["status"]), do.get("body")
    if body is None and status >= 400:
        body = errors.ApiError(status, 800003, "Unexpected service error.").reply(core.switches).body
    if status == 429:
        # A 429 without Retry-After does not exist: Microsoft's SDK reads the header without looking whether it is
        # there.
        headers.setdefault("Retry-After", "1")
    if isinstance(body, (dict, list)) or body is None:
        return Reply(status, body=body, headers=headers)
    return Reply(status, text=str(body), headers=headers)
