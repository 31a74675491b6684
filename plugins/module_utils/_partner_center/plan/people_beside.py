# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""People beside customers that are declared one by one: each customer is planned once, with the rows of both. Pure.

Two plans of one customer would not know each other: a purge would delete the people, and two rows would write the same
user.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.identifiers import upn_key
from ..declare.declared import CustomerDeclaration
from ..declare.people import customer_key
from .made_accounts import Accounts
from .people import Aside, Block


def beside(blocks: t.Sequence[Block], customers: t.Sequence[CustomerDeclaration], accounts: Accounts) -> list[Block]:
    """Everything that is declared, by customer: first those that are declared one by one, in their order.

    :param blocks: the people, as ``plan.people`` has made them.
    :param accounts: whom the record of the people speaks of: no purge is about them.
    """
    waiting = list(blocks)
    found: list[Block] = []
    for declaration in customers:
        declaration = _sparing(declaration, accounts)
        own = customer_key(declaration.customer_id or declaration.customer_domain)
        block = next((each for each in waiting if own in each.target.keys), None)
        if block is None:
            found.append(Block(declaration))
            continue
        waiting.remove(block)
        found.append(_together(declaration, block))
    return found + waiting


def _together(declaration: CustomerDeclaration, block: Block) -> Block:
    people = block.declaration
    if block.error:
        # Whoever is declared there by a name that is not known might be purged.
        purge = declaration.purge and replace(declaration.purge, unplanned=len(people.rows))
        return Block(replace(declaration, purge=purge), block.target, aside=Aside(people.rows, block.error))
    return Block(
        replace(declaration, customer_id=people.customer_id, rows=(*declaration.rows, *people.rows)), block.target
    )


def _sparing(declaration: CustomerDeclaration, accounts: Accounts) -> CustomerDeclaration:
    """The same with a purge that spares whom the declaration of people has made, adopted or perhaps made. What becomes
    of them is its affair, and it leaves some of them alone."""
    if declaration.purge is None:
        return declaration
    known = frozenset(each.user_id for each in accounts.all() if not each.removed)
    perhaps = frozenset(upn_key(event.user_principal_name) for event in accounts.unsettled())
    return replace(declaration, purge=replace(declaration.purge, people=known | perhaps))
