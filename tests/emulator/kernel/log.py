"""The request log: what was sent and what was answered, without secrets.

Secrets are replaced before an entry exists, so nothing that reads the log can see one. A body that cannot be parsed is
logged by its length only: what cannot be understood cannot be masked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode

MASK = "***"

# Compared without case and without '_' and '-', so that ClientSecret, client-secret and client_secret are one name.
SECRET_NAMES = frozenset(
    (
        "password",
        "newpassword",
        "refreshtoken",
        "accesstoken",
        "idtoken",
        "clientsecret",
        "clientassertion",
        "assertion",
        "code",
        "codeverifier",
        "devicecode",
        "usercode",
        "flowtoken",
        "idtokenhint",
        "authorization",
        "token",
    )
)


def is_secret_name(name: str) -> bool:
    return name.replace("_", "").replace("-", "").strip().lower() in SECRET_NAMES


def mask(value: Any) -> Any:
    """A copy of a JSON value with the values of secret names replaced, at any depth. Null stays null: it shows that
    none was sent."""
    if isinstance(value, dict):
        return {
            name: (None if each is None else MASK) if is_secret_name(str(name)) else _mask_password_profile(name, each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [mask(each) for each in value]
    return value


def _mask_password_profile(name: Any, value: Any) -> Any:
    # A client that sends the password as a plain string in place of the object is wrong, and its password is still a
    # secret.
    if str(name).lower() == "passwordprofile" and value is not None and not isinstance(value, dict):
        return MASK
    return mask(value)


def mask_query(query: str) -> str:
    if not query or "=" not in query:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(is_secret_name(name) for name, dummy in pairs):
        return query  # as it was sent, not as we would write it
    return urlencode([(name, MASK if is_secret_name(name) else value) for name, value in pairs])


def readable_body(raw: bytes, content_type: str, parse: Callable[[bytes], Any]) -> Any:
    """The request body for the log: JSON, form fields, or only its length.

    parse: bytes -> value, raising ValueError (it knows whether unquoted names are tolerated, or that the body is XML).
    """
    if not raw:
        return None
    try:
        if "form-urlencoded" in content_type:
            return mask(dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True)))
        value = parse(raw)
        return mask(value) if isinstance(value, (dict, list)) else {"unreadable_bytes": len(raw)}
    except (ValueError, RecursionError):
        return {"unreadable_bytes": len(raw)}


class RequestLog:
    """Entries as described in README.md, numbered from 1 and never renumbered while the process lives."""

    def __init__(self, limit: int = 200_000) -> None:
        self._entries: deque[dict[str, Any]] = deque()
        self._next = 1
        self.limit = limit
        self.era = 0
        """How often it was cleared."""

    def append(self, entry: dict[str, Any], era: int | None = None) -> None:
        """Add an entry. `era`: in which the request came; if the log was cleared since then, it is not in it."""
        if era is not None and era != self.era:
            return
        self._entries.append({"seq": self._next, **entry})
        self._next += 1
        while len(self._entries) > self.limit:
            self._entries.popleft()

    def since(self, seq: int = 0, servers: Collection[str] = ()) -> list[dict[str, Any]]:
        """Entries with a number above `seq`, oldest first; of these servers only, if any is named."""
        if not self._entries:
            return []
        skip = max(0, seq - self._entries[0]["seq"] + 1)
        return [
            entry
            for index, entry in enumerate(self._entries)
            if index >= skip and (not servers or entry["server"] in servers)
        ]

    def clear(self) -> None:
        """Forgets the entries; numbers go on, so that `since` of an earlier answer stays true."""
        self._entries.clear()
        self.era += 1
