# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""One exchange as it can be shown, without whatever is somebody's own: what all services have in common.

What is kept is on a list; everything else is replaced. So a member that nobody has thought of cannot betray anybody.
"""

from __future__ import annotations

import abc
import typing as t
from urllib.parse import quote, unquote, urlsplit

from ..answers import looks_like_html
from ..foreign import parse_json
from ..pseudonyms import MASK, Pseudonyms

LONGEST = 100
"""Characters of a value that is kept; the service's own words are shorter."""
_HEADERS = frozenset("accept content-type content-length date retry-after x-locale validatemfa ismfacompliant".split())
_IDS = frozenset(
    """ms-requestid ms-correlationid ms-continuationtoken client-request-id x-ms-request-id x-ms-client-request-id
    x-ms-client-session-id""".split()
)
_PUBLIC_HOSTS = frozenset(
    """login.microsoftonline.com login.partner.microsoftonline.cn login.microsoftonline.us sts.windows.net
    login.chinacloudapi.cn login.microsoft.com microsoft.com www.microsoft.com aka.ms graph.microsoft.com
    graph.windows.net api.partnercenter.microsoft.com partner.partnercenterapi.microsoftonline.cn
    token.actions.githubusercontent.com pipelines.actions.githubusercontent.com localhost 127.0.0.1
    azureservices""".split()
)
"""Hosts that everybody uses; they tell the cloud, and nobody's own name."""


class Dialect(abc.ABC):
    """How the exchanges with one service are shown.

    :cvar SERVICE: the word for it in a recording.
    """

    SERVICE: t.ClassVar[str]
    WORDS: t.ClassVar[frozenset[str]] = frozenset()
    """Segments of paths that are the service's own, in lower case."""
    PARAMETERS: t.ClassVar[frozenset[str]] = frozenset()
    """Parameters of queries whose values say nothing about anybody, in lower case."""

    def __init__(self, names: Pseudonyms | None = None) -> None:
        self.names = names or Pseudonyms()

    def record(
        self, method: str, path: str, query: t.Any, headers: t.Mapping[str, str], body: t.Any, answer: t.Any
    ) -> dict[str, t.Any]:
        """One exchange. :param answer: the requests.Response, or the exception in its place."""
        record: dict[str, t.Any] = {
            "service": self.SERVICE,
            "method": method,
            "path": self.path_of(path),
            "query": self.query_of(query),
            "headers": self.headers_of(headers),
            "body": self.sent(body, path),
        }
        if isinstance(answer, BaseException):
            record["error"] = type(answer).__name__
            return record
        record["status"] = answer.status_code
        record["answer_headers"] = self.headers_of(answer.headers)
        record.update(self.answer_of(answer, path))
        return record

    def read(self, data: t.Any) -> t.Any:
        """A body as it was handed to requests, as what :meth:`sent` takes; None if it cannot be read."""
        if isinstance(data, (bytes, str)) and data:
            try:
                return parse_json(data if isinstance(data, bytes) else data.encode())
            except ValueError:
                return None
        return None

    @abc.abstractmethod
    def sent(self, body: t.Any, path: str) -> t.Any:
        """The body of a request as it is recorded."""

    @abc.abstractmethod
    def received(self, value: t.Any, path: str) -> t.Any:
        """A JSON value that was received, as it is recorded."""

    def answer_of(self, answer: t.Any, path: str) -> dict[str, t.Any]:
        """The body of an answer as it is recorded."""
        content = answer.content or b""
        if not content:
            return {"answer": None, "mark": False}
        try:
            value = parse_json(content)
        except ValueError:
            # A page of a proxy names the network that it stands in.
            return {"unreadable_bytes": len(content), "html": looks_like_html(answer)}
        return {"answer": self.received(value, path), "mark": content.startswith(b"\xef\xbb\xbf")}

    def segment(self, segment: str, before: t.Sequence[str]) -> str:
        """A segment of a path that is not the service's own. :param before: those before it."""
        return self.names.text(segment)

    def path_of(self, path: str) -> str:
        """A path, without the address of the server."""
        segments = [unquote(segment) for segment in path.split("/")]
        found = [
            each if not each or each.lower() in self.WORDS else self.segment(each, segments[:index])
            for index, each in enumerate(segments)
        ]
        return "/".join(quote(segment, safe="@.-_~") for segment in found)

    def query_of(self, query: t.Any) -> list[list[str]]:
        """Pairs of a query; a parameter may be there more than once."""
        pairs: list[list[str]] = []
        for name, value in query.items() if isinstance(query, dict) else query or ():
            for each in value if isinstance(value, (list, tuple)) else (value,):
                pairs.append([plain(name), self.parameter(str(name).lower(), str(each))])
        return pairs

    def parameter(self, name: str, value: str) -> str:
        """The value of a parameter. :param name: in lower case."""
        return value if name in self.PARAMETERS and len(value) <= LONGEST else self.names.text(value)

    def headers_of(self, headers: t.Mapping[str, str]) -> dict[str, str]:
        """All by name; the values of those that say nothing about anybody."""
        found = {}
        for name, value in headers.items():
            known = name.lower()
            if known in _IDS:
                found[name] = self.names.text(str(value))
            else:
                found[name] = str(value)[:200] if known in _HEADERS else MASK
        return found

    def url(self, value: str) -> str:
        """An address: hosts that everybody uses stay, and what is the service's own of the path."""
        try:
            parts = urlsplit(value)
            host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
        except ValueError:
            return MASK
        if not host or parts.scheme not in ("http", "https"):
            return self.names.text(value)
        return f"{parts.scheme}://{self.host(host)}{port}{self.path_of(parts.path)}{'?***' if parts.query else ''}"

    def host(self, host: str) -> str:
        """A host; those that everybody uses stay."""
        return host.lower() if host.lower() in _PUBLIC_HOSTS else self.names.domain(host)


def plain(name: t.Any) -> str:
    """A name of a member or a parameter, if it can be one: a value in its place is replaced."""
    text = str(name)
    return text if text.isascii() and text.replace("_", "").replace("-", "").isalnum() and len(text) <= 40 else MASK
