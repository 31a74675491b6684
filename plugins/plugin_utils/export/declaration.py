# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Users that ``customer_user_info`` read, as a declaration."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._common.text import counted, shown
from ...module_utils._partner_center.declare.customer import customer_problems
from ...module_utils._partner_center.run.record_kinds import RECORD, VERSION
from ..declarations.files import plain
from .as_yaml import to_yaml
from .rows import STATES, export_rows, with_earlier


class NotExportable(ValueError):
    """Other input, or wrong options; the message says which."""


FORMATS = ("yaml", "data", "notes")


def declaration_of(
    value: t.Any,
    format: t.Any = "yaml",
    *,
    customer_domain: t.Any = None,
    name: t.Any = None,
    state: t.Any = "present",
    user_ids: t.Any = False,
    exact: t.Any = False,
    subscribed_skus: t.Any = None,
    earlier: t.Any = None,
    change_reference: str | None = None,
) -> t.Any:
    """The declaration: a text, a dictionary, or a list with what could not be declared. The same arguments give the
    same result.

    :param value: a result of customer_user_info.
    :param change_reference: what a record says of itself: under which change its users were deleted.
    :raises NotExportable: for other input and wrong options.
    """
    value, skus = plain(value), plain(subscribed_skus)
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("users"), list)
        or not all(isinstance(user, dict) for user in value["users"])
    ):
        raise NotExportable("takes a result of customer_user_info, with customer_id and users.")
    for what, given, known in (("format", format, FORMATS), ("state", state, STATES)):
        if given not in known:
            raise NotExportable(f"{what} must be one of {', '.join(known)}, not {given!r}.")
    if skus is not None and not (
        isinstance(skus, list) and all(isinstance(sku, dict) and "sku" in sku and "sku_id" in sku for sku in skus)
    ):
        raise NotExportable("subscribed_skus must be the list subscribed_skus that customer_info returns.")
    past = plain(earlier) or []
    if not (
        isinstance(past, list) and all(isinstance(one, dict) and isinstance(one.get("users"), list) for one in past)
    ):
        raise NotExportable("earlier must be a list of declarations, as the lookup declarations returns it.")
    customer = (
        {"customer_domain": str(customer_domain)} if customer_domain else {"customer_id": value.get("customer_id")}
    )
    problems = customer_problems(customer.get("customer_id"), customer.get("customer_domain"))
    if problems:
        raise NotExportable(f"{' '.join(problems)}")
    try:
        rows = export_rows(
            value["users"], state=state, user_ids=boolean(user_ids), exact=boolean(exact), subscribed_skus=skus
        )
        rows = with_earlier(rows, [row for one in past for row in one["users"] if isinstance(row, dict)])
    except TypeError as problem:
        raise NotExportable(str(problem)) from None
    if format == "notes":
        return rows.notes
    declaration = {**customer, "users": rows.users}
    if format == "data":
        return declaration
    if state == "restored" and not boolean(exact):
        # What brings users back says so of itself; see record_kinds.
        reference = {"change_reference": change_reference} if change_reference else {}
        declaration = {"format": RECORD, "version": VERSION, **reference, **declaration}
    count = counted(len(rows.users), "user")
    title = [
        f"{shown(str(name))[1:-1]}: {count}, as read from Partner Center."
        if name
        else f"{count}, as read from Partner Center."
    ]
    return to_yaml(
        declaration,
        [*title, *(["What is not or not fully in here:"] * bool(rows.notes)), *(f"- {note}" for note in rows.notes)],
    )
