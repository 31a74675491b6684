# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The verified domains of a customer, as the service lists them.

Source: Partner Center developer documentation, "Get a customer's custom domains" (a bare array of names). Older
services and other clouds may not have the path, and the relationship may not allow it.
"""

from __future__ import annotations

import typing as t

from ..._common.errors import ServiceError
from .meaning import not_offered, surely_unknown_path
from .transport import Transport


class CustomDomains:
    """Reads the list; remembers for the run that a service does not have it."""

    def __init__(self) -> None:
        self._missing = False

    def read(self, transport: Transport, path: str) -> tuple[str, ...] | None:
        """The names in lower case; None where the service does not say.

        :param path: the customer.
        :raises ServiceError, TransportError: trouble that is not about this path.
        """
        if self._missing:
            return None
        try:
            body = transport.get(f"{path}/customDomains").body
        except ServiceError as exc:
            if not not_offered(exc):
                raise
            self._missing = surely_unknown_path(exc)
            return None
        return _names(body)


def _names(body: t.Any) -> tuple[str, ...] | None:
    """Half a list would refuse users whose domain is in the other half, so it is all or nothing. A customer without a
    domain does not exist."""
    if not isinstance(body, list) or not body:
        return None
    names = [name.strip().lower() for name in body if isinstance(name, str) and name.strip()]
    return tuple(dict.fromkeys(names)) if len(names) == len(body) else None
