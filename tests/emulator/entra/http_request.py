"""Reading requests: the form, and the identifier that ties a request to the client's own log."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from emulator.entra import errors


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body. Another body has no fields."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return _once((await request.body()).decode("utf-8", "replace"))


def read_query(request: Request) -> dict[str, str]:
    """The parameters of the address."""
    return _once(request.url.query)


def wants_second_factor(parameters: Mapping[str, str]) -> bool:
    """Whether the parameter `claims` passes on a challenge (`errors.CHALLENGE`), that is: whether it names policies for
    the access token."""
    try:
        wanted = json.loads(parameters.get("claims") or "{}")
        return bool({"capolids", "polids"} & set(wanted.get("access_token") or {}))
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise errors.SignInError(errors.JSON_MALFORMED, name="claims") from None


def _once(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in found:
            raise errors.SignInError(errors.PARAMETER_DUPLICATED, name=name)
        found[name] = value
    return found


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
