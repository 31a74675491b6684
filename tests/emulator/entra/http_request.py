"""Reading requests: the form, and the identifier that ties a request to the client's own log."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body; of a repeated field the first counts. Another body has no fields."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    form: dict[str, str] = {}
    body = await request.body()
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        form.setdefault(name, value)
    return form


def correlation_id(request: Request) -> str:
    """The client's `client-request-id` where it is a GUID, or a new one for this request."""
    known = getattr(request.state, "correlation_id", None)
    if known is None:
        try:
            known = str(uuid.UUID(request.headers["client-request-id"]))
        except (KeyError, ValueError):
            known = str(uuid.uuid4())
        request.state.correlation_id = known
    return known
