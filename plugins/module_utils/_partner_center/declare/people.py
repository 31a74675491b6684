# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""People who are to be the same in many customers, as declared: what each is to have at which customer."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..._common.identifiers import domain_key, guid_key, is_guid
from ..._common.text import nfc
from .customers import declare_customers
from .declared import DeclaredCustomers

Values = t.Mapping[str, t.Any]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TASK = {"undo_file": "given", "max_delete": 0, "max_delete_percentage": 0}
"""What a task says to which the validation of rows has nothing to say."""


@dataclass(frozen=True)
class Exemption:
    """What is different at one customer, for one person (a key) or for all (None)."""

    customer: str
    person: str | None
    leave_out: bool
    values: Values


@dataclass(frozen=True)
class People:
    """The option, validated. Customers are keys: an id, or a domain in its normal form."""

    name: str
    record_file: str
    people: tuple[tuple[str, Values], ...]
    """Each person's key, and what was written."""
    defaults: Values
    every_customer: bool
    customers: tuple[str, ...]
    exemptions: tuple[Exemption, ...]
    adopt: tuple[tuple[str, str | None], ...]
    """(person, customer), the customer None for all."""
    credentials_file: bool = True
    """Whether generated passwords have somewhere to go."""
    max_renames: int = 0
    """How many users may get another name because the declaration has another one for them."""
    change_reference: str | None = None
    """That of the task, which rows have that name no other one; also those of users who are taken out of the list."""

    def rows(self, customer_id: str, raw: t.Sequence[Values]) -> DeclaredCustomers:
        """Rows of one customer, validated as any others."""
        task = {**_TASK, "credentials_file": self.credentials_file}
        given: dict[str, t.Any] = {"customers": [{"customer_id": customer_id, "users": list(raw)}]}
        if self.change_reference:
            given["change_reference"] = self.change_reference
        return declare_customers(given, task)

    def values(self, person: str, written: Values, exemptions: t.Iterable[Exemption]) -> dict[str, t.Any] | None:
        """What a person is to have where these exceptions hold: that of the pair wins over that of the customer, which
        wins over the person, who wins over ``defaults``. None if the person is left out there.
        """
        merged = {**self.defaults, **written}
        for exemption in sorted(exemptions, key=lambda each: each.person is not None):
            if exemption.person in (None, person):
                if exemption.leave_out:
                    return None
                merged.update(exemption.values)
        return merged


def person_key(local: t.Any) -> str:
    """The normal form of ``local``, by which a person is known in the record."""
    return nfc(str(local).strip()).lower()


def customer_key(named: t.Any) -> str:
    """The normal form of an id or a domain."""
    text = str(named).strip()
    return guid_key(text) if is_guid(text) else domain_key(text)


def filled(template: str, local: str, **domains: str | None) -> str:
    """A user principal name from its template. What is not known (None) stays as it was written."""
    known = {"local": local, **{f"customer.{name}": domain for name, domain in domains.items()}}
    return _PLACEHOLDER.sub(lambda match: known.get(match[1]) or match[0], template)


def placeholders(template: str) -> set[str]:
    """The words in braces."""
    return set(_PLACEHOLDER.findall(template))


def without_placeholders(template: str) -> str:
    """The rest of a template."""
    return _PLACEHOLDER.sub("", template)


def as_row(local: str, values: Values, **domains: str | None) -> dict[str, t.Any]:
    """A row for the pipeline."""
    row = {name: value for name, value in values.items() if name != "local"}
    return {**row, "user_principal_name": filled(str(values.get("user_principal_name")), local, **domains)}
