# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Error answers of Windows Azure Pack and of what stands in front of it: what they say, and whose they are.

Source: Windows Azure Pack REST reference, "Status and Error Codes", and the data contract ManagementServiceError:
``{Code, Message, Details}`` in JSON or XML. IIS answers with a page of HTML, or with nothing; ASP.NET answers
``{Message}`` for a path that leads nowhere.
"""

from __future__ import annotations

import typing as t

from ..._common.answers import LONGEST_CODE, looks_like_html, read_error, reason_of
from ..._common.errors import Kind, ServiceError
from ..._common.foreign import parse_json
from ..xml_reading import NotXml, children, local, path, read_xml, text_of

DETAILS = 5
_MEMBERS = frozenset({"Code", "Message", "Details"})
_ERRORS = frozenset({"error", "errors", "errorcode", "statuscode", "exceptionmessage", "message"})
"""What an error of a gateway or of ASP.NET has, and a user has not."""
_NAMESPACE = "http://schemas.microsoft.com/windowsazure"


class Refusal(ServiceError):
    """The service, or something before it, refused.

    :param source: ``service`` for an error in the documented form of the API, ``doubtful`` for one that resembles it,
        ``empty`` for an answer without a body, ``other`` for everything else.
    """

    def __init__(self, message: str, *, source: str, status: int, **details: t.Any) -> None:
        super().__init__(message, status=status, kind=_kind(status, source), **details)
        self.source = source


def _kind(status: int, source: str) -> Kind:
    """What an answer to a request about one user means. That there is none, only the service's own error says, in its
    documented form."""
    if status == 404 and source == "service":
        return Kind.ABSENT
    return {401: Kind.LACKS_ROLE, 403: Kind.LACKS_ROLE, 409: Kind.EXISTS, 429: Kind.THROTTLED}.get(status, Kind.OTHER)


def not_found(error: ServiceError) -> bool:
    """Whether somebody says "not found", whoever that is."""
    return error.status == 404


def token_refused(error: ServiceError) -> bool:
    """Whether the token is not accepted, which no other request with it will be either."""
    return error.status == 401


def may_be_absent(error: ServiceError) -> bool:
    """Whether a 404 may be the service's and may be a gateway's: without a body, or nearly in the form of the service.
    Another source has to decide.

    A page of HTML never does: IIS answers 404.11 with one to a name that its filter does not like, whether or not there
    is such a user.
    """
    return error.status == 404 and getattr(error, "source", "other") in ("empty", "doubtful")


def error_in(response: t.Any, scrub: t.Callable[[str], str] = str) -> str | None:
    """What an error says in an answer whose status claims success; None where there is no error in it, or a user after
    all."""
    source, code, words = read_refusal(response, scrub)
    members = set(_members_of(response))
    if "name" in members or (source not in ("service", "doubtful") and not members & _ERRORS):
        return None
    return f"code {code}: {words}" if code else str(words)


def read_refusal(response: t.Any, scrub: t.Callable[[str], str] = str) -> tuple[str, str | None, str | None]:
    """``source``, code and words of an error answer.

    :param scrub: removes secrets.
    """
    if not response.content.strip():
        return "empty", None, reason_of(response, scrub)
    found = _from_json(response) or _from_xml(response)
    if found is None:
        code, words = read_error(response, scrub)
        return "other", code, words
    source, code, message, details = found
    words = " ".join([message, *(f"[{detail}]" for detail in details[:DETAILS] if detail)]).strip()
    return source, code, scrub(" ".join(words.split()))[:1024] or reason_of(response, scrub)


def _from_json(response: t.Any) -> tuple[str, str, str, list[str]] | None:
    members = _members_of(response)
    if "code" not in members or not isinstance(members["code"], (str, type(None))):
        return None  # the service's codes are words; a number is what a gateway in front of it says
    details = members.get("details")
    items = details if isinstance(details, list) else []
    listed = [
        _detail({str(key).lower(): value for key, value in item.items()}) for item in items if isinstance(item, dict)
    ]
    # Every documented answer has its members in this spelling, and no others; gateways have their own forms.
    body = parse_json(response.content)
    exact = set(body) <= _MEMBERS and _is_word(body.get("Code")) and isinstance(body.get("Message"), str)
    return (
        "service" if exact else "doubtful",
        (members["code"] or "UnknownError")[:LONGEST_CODE],
        str(members.get("message") or ""),
        listed,
    )


def _members_of(response: t.Any) -> dict[str, t.Any]:
    """The members of a JSON object by their names in lower case; none for everything else."""
    try:
        body = parse_json(response.content)
    except ValueError:
        return {}
    return {str(key).lower(): value for key, value in body.items()} if isinstance(body, dict) else {}


def _is_word(code: t.Any) -> bool:
    return isinstance(code, str) and bool(code.strip()) and not code.strip().isdigit()


def _detail(members: t.Mapping[str, t.Any]) -> str:
    return ": ".join(str(members[name]) for name in ("source", "code", "message") if members.get(name))


def _from_xml(response: t.Any) -> tuple[str, str, str, list[str]] | None:
    if "html" in response.headers.get("Content-Type", "").lower() or not looks_like_html(response):
        return None  # what begins with a bracket may be either
    try:
        root = read_xml(response.content)
    except NotXml:
        return None
    if local(root) != "Error" or path(root, "Code") is None:
        return None
    listed = [_detail({local(part).lower(): text_of(part) for part in item}) for item in path(root, "Details") or ()]
    code = text_of(next(children(root, "Code"), None))
    exact = root.tag == f"{{{_NAMESPACE}}}Error" and _is_word(code)
    return (
        "service" if exact else "doubtful",
        (code or "UnknownError")[:LONGEST_CODE],
        text_of(path(root, "Message")),
        listed,
    )
