"""The answers that faults give in place of the Azure Pack servers'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.azure_pack import errors
from emulator.azure_pack.wire import JSON_TYPES, Reply, send_reply

if TYPE_CHECKING:
    from emulator.kernel.core import Core
    from emulator.kernel.faults import Rule


async def send_fault(core: Core, rule: Rule, send: Any) -> None:
    await send_reply(_reply(core, rule), JSON_TYPES[0], send)


def _reply(core: Core, rule: Rule) -> Reply:
    do = rule.do
    headers = {str(name): str(value) for name, value in (do.get("headers") or {}).items()}
    if rule.kind == "status":
        return _status(core, do, headers)
    if rule.kind == "throttle":
        # The service has no throttling; a load balancer in front of it may.
        seconds = str(max(1, int(do.get("retry_after", 1))))
        return Reply(
            429,
            html="<html><body><h1>429 Too Many Requests</h1></body></html>",
            headers={"Retry-After": seconds, **headers},
        )
    if rule.kind == "html":
        status = int(do.get("status", 502))
        return Reply(
            status,
            html=do.get("body") or f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>",
            headers=headers,
        )
    if rule.kind == "text":
        return Reply(
            int(do.get("status", 403)),
            html=str(do.get("text", "")),
            headers={"Content-Type": "text/plain; charset=utf-8", **headers},
        )
    if rule.kind == "redirect":
        return Reply(307, headers={"Location": str(do.get("location", "https://localhost/")), **headers})
    if rule.kind == "broken_page":
        return errors.no_such_path().reply(core.switches)
    return errors.not_authenticated("the token has expired", core.switches).reply(core.switches)


def _status(core: Core, do: dict[str, Any], headers: dict[str, str]) -> Reply:
    """Without a body the answer has the service's own error document; `"body": ""` is an empty one."""
    status, body = int(do["status"]), do.get("body")
    if body is None and status >= 400:
        body = errors.error_document(status, "An error was asked for.", core.switches)
    if isinstance(body, str):
        return Reply(status, html=body, headers=headers) if body else Reply(status, headers=headers)
    return Reply(status, document=body, root="Error", headers=headers)
