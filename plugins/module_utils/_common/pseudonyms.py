# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Replaces what is somebody's own, and keeps what is equal equal: the same id, name or domain gets the same stand-in
all through one recording, and another one in the next.

The key is drawn anew for each recording and kept nowhere, so that nobody can try names until one fits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import threading
import uuid

MASK = "***"
_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_PLAIN_GUID = re.compile(_GUID)
_FREE = re.compile(rf"({_GUID})|([^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+)|((?:[\w-]+\.)+[A-Za-z]{{2,}})|('[^']*'|\"[^\"]*\")")
"""What is replaced in free text whoever it belongs to: ids, addresses, domains, and what stands between quotes."""
_PREFIX = 32
_SHORTEST = 3
"""Characters that a text must have to be looked for in others; shorter ones are in every word."""
_INITIAL = ".onmicrosoft.com"


class Pseudonyms:
    """Stand-ins of one recording. May be used from several threads."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def guid(self, value: str) -> str:
        """Another GUID; case makes no difference."""
        digest = hmac.digest(self._key, b"guid" + value.lower().encode(), hashlib.sha256)
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def domain(self, value: str) -> str:
        """A domain that nobody has; an initial domain stays one."""
        known = value.strip().lower()
        initial = known.endswith(_INITIAL)
        local = known.removesuffix(_INITIAL) if initial else known
        return self._learn(value, f"d{self._short('domain', local)}{_INITIAL if initial else '.example'}")

    def user_principal_name(self, value: str) -> str:
        """A name in the stand-in of its domain. The id in front of a deleted user's name stays the user's."""
        local, _at, domain = value.rpartition("@")
        head, rest = local[:_PREFIX], local[_PREFIX:]
        front = ""
        if rest and len(head) == _PREFIX and all(char in "0123456789abcdefABCDEF" for char in head):
            front, local = self.guid(str(uuid.UUID(head))).replace("-", ""), rest
        return self._learn(value, f"{front}u{self._short('user', local.lower())}@{self.domain(domain)}")

    def text(self, value: str) -> str:
        """A text of somebody, such as a name: GUIDs, names of users and everything else, each in its form."""
        if not value.strip():
            return value
        if _PLAIN_GUID.fullmatch(value):
            return self.guid(value)
        if value.count("@") == 1 and not value.startswith("@") and " " not in value:
            return self.user_principal_name(value)
        return self._learn(value, f"text-{self._short('text', value)}")

    def words(self, value: str) -> str:
        """A sentence of the service: it stays, without what is known from elsewhere and what looks like somebody's."""
        with self._lock:
            known = sorted(self._known.items(), key=lambda pair: -len(pair[0]))
        lowered = value.lower()
        known = [(name, stand_in) for name, stand_in in known if name in lowered]
        parts = [value]
        # Stand-ins are not looked at again: every second part is one.
        for name, stand_in in known:
            found: list[str] = []
            for index, part in enumerate(parts):
                pieces = [part] if index % 2 else re.split(f"({re.escape(name)})", part, flags=re.IGNORECASE)
                found += (
                    [part] if index % 2 else [stand_in if number % 2 else piece for number, piece in enumerate(pieces)]
                )
            parts = found
        return "".join(part if index % 2 else _FREE.sub(self._free, part) for index, part in enumerate(parts))

    def _free(self, match: re.Match[str]) -> str:
        guid, address, domain, quoted = match.groups()
        if guid:
            return self.guid(guid)
        if address:
            return self.user_principal_name(address)
        if domain:
            return self.domain(domain)
        return f"'{self.text(quoted[1:-1])}'"

    def _short(self, kind: str, value: str) -> str:
        return hmac.digest(self._key, f"{kind} {value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:10]

    def _learn(self, value: str, stand_in: str) -> str:
        if len(value.strip()) >= _SHORTEST:
            with self._lock:
                self._known[value.strip().lower()] = stand_in
        return stand_in
