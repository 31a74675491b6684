"""A request as handlers see it, and how its path is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from emulator.azure_pack import errors
from emulator.azure_pack.authorization import Caller

if TYPE_CHECKING:
    from emulator.kernel.core import Core

ADMIN, TENANT = "azure_pack_admin", "azure_pack_tenant"
SERVERS = (ADMIN, TENANT)

# ASP.NET's request path validation, and the characters that end or split a path.
_DANGEROUS = frozenset("/\\%&:*?<>#")


@dataclass
class ApiRequest:
    core: Core
    server: str
    method: str
    query_text: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    caller: Caller
    params: dict[str, str] = field(default_factory=dict)
    _query: dict[str, str] | None = None

    @property
    def switches(self) -> Any:
        return self.core.switches

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    def query(self, name: str) -> str | None:
        """The first value of a parameter; names compare without case."""
        if self._query is None:
            self._query = {}
            for each, value in parse_qsl(self.query_text, keep_blank_values=True):
                self._query.setdefault(each.lower(), value)
        return self._query.get(name.lower())

    def flag(self, name: str) -> bool | None:
        """True, False or None (not there); .NET's spelling, without case. 400 for anything else."""
        value = self.query(name)
        if value is None:
            return None
        if value.strip().lower() not in ("true", "false"):
            raise errors.invalid(f"The value '{value}' is not valid for the parameter '{name}'.")
        return value.strip().lower() == "true"


def split_path(raw_path: str, switches: Any) -> list[str]:
    """The decoded segments of a path as it was sent. Refusals are those of the web server, before the service sees
    anything."""
    if switches.azure_pack_plus_in_path == "404.11" and ("+" in raw_path or "%2b" in raw_path.lower()):
        raise errors.double_escape()
    segments = []
    for segment in raw_path.split("/"):
        if not segment:
            continue
        try:
            text = unquote_to_bytes(segment).decode("utf-8")
        except UnicodeDecodeError:
            raise errors.dangerous_path() from None
        if switches.azure_pack_path_validation and _DANGEROUS.intersection(text):
            raise errors.dangerous_path()
        segments.append(text)
    return segments


def user_name_in(raw_path: str) -> str | None:
    """The user that a path names, for the log; whatever the service thinks of it."""
    segments = [each for each in raw_path.split("/") if each]
    return unquote(segments[1], errors="replace") if len(segments) > 1 and segments[0].lower() == "users" else None
