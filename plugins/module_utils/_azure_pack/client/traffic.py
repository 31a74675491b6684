# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What was sent to the Service Management API and what came back, as a recording shows it: without tokens, and with
stand-ins for users, addresses, subscriptions and plans."""

from __future__ import annotations

import re
import typing as t

from ..._common.pseudonyms import MASK
from ..._common.traffic.dialect import plain
from ..sign_in.traffic import XmlDialect

_KEPT = frozenset(
    """code state activationsyncstate createdtime created subscriptioncount totalcount filteredtotalcount
    quotasyncstate""".split()
)
"""Members with words and numbers of the service, in lower case."""
_NAMES = frozenset(
    "name email accountadminliveemailid accountadminlivepuid serviceadminliveemailid coadminnames userid".split()
)
_WORD = re.compile(r"[A-Za-z]{1,60}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.:+Z]{0,20}")
"""Codes, states and times."""
_FLAGS = ("true", "false")


class AzurePackTraffic(XmlDialect):
    """Exchanges with the admin or the tenant API."""

    SERVICE = "azure_pack"
    WORDS = frozenset(("users", "subscriptions"))
    PARAMETERS = frozenset("skip take sortproperty sortdirection".split())

    def sent(self, body: t.Any, path: str) -> t.Any:
        """A body without whatever is somebody's own."""
        return self._value(body)

    def received(self, value: t.Any, path: str) -> t.Any:
        """The same for an answer."""
        return self._value(value)

    def segment(self, segment: str, before: t.Sequence[str]) -> str:
        """Names of users, and ids of subscriptions."""
        return self._name(segment)

    def parameter(self, name: str, value: str) -> str:
        """Flags of a deletion stay; a search is for somebody."""
        if name in ("deletesubscriptions", "force") and value.lower() in _FLAGS:
            return value
        return super().parameter(name, value) if name in self.PARAMETERS else self._name(value)

    def leaf(self, name: str, text: str) -> t.Any:
        """The texts of an error in XML."""
        return self._value(text, name)

    def _name(self, value: str) -> str:
        """Names differ by case only in writing."""
        return self.names.text(value if "@" in value else value.lower())

    def _value(self, value: t.Any, name: str = "") -> t.Any:
        known = name.lower()
        if isinstance(value, dict):
            return {plain(each): self._value(inner, str(each)) for each, inner in value.items()}
        if isinstance(value, list):
            return [self._value(each, name) for each in value]
        if known in ("password", "access_token", "token"):
            return MASK
        if value is None or isinstance(value, bool) or (known in _KEPT and _is_word(value)):
            return value
        if not isinstance(value, str):
            return 0
        # Messages of resource providers name machines, so that no words are kept; the code tells what it is.
        return self._name(value) if known in _NAMES else self.names.text(value)


def _is_word(value: t.Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and _WORD.fullmatch(value) is not None)
