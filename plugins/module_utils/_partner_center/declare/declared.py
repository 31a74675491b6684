# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What was declared, customer by customer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .user import UserDeclaration

if t.TYPE_CHECKING:
    from .purge import PurgePolicy


@dataclass(frozen=True)
class CustomerDeclaration:
    """One customer's part: exactly one of ``customer_id`` and ``customer_domain``, its rows, and what may be purged."""

    customer_id: str | None
    customer_domain: str | None
    rows: tuple[UserDeclaration, ...]
    purge: PurgePolicy | None = None
    where: str = ""

    @property
    def name(self) -> str:
        """How to call this customer in a message."""
        return self.customer_id or self.customer_domain or "?"


@dataclass
class DeclaredCustomers:
    """All that was declared. ``problems`` are sentences; the customers are only to be used when there is none."""

    customers: list[CustomerDeclaration] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    change_reference: str | None = None
    """That of the task, for what is written and no row declares."""

    @property
    def rows(self) -> list[UserDeclaration]:
        """Every row, in the order of the declaration."""
        return [row for customer in self.customers for row in customer.rows]
