# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The templates of CSV files that other administration pages of Microsoft hand out: which column fills which option.

Sources: Microsoft 365 documentation, "Add several users at the same time" (the sample file, also with the spelling
"User Name"); Microsoft Entra documentation, "Bulk create users" (a first line ``version:v1.0``, headings of the form
``Name [displayName] Required``, a row of examples). Headings of Entra are translated, the names of properties in
brackets are not.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .problem import NAMES, REQUIRED, column_key

VERSION_LINE = re.compile(r'"?version:v\d+(?:\.\d+)*"?[,;\s]*', re.IGNORECASE)
"""The first line of an Entra template."""
_PROPERTY = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True)
class Template:
    """A kind of file.

    :param title: what it is called in a message.
    :param options: key of a column: the option that it fills.
    :param others: keys of columns that fill no option and are passed over.
    :param required: option that must be filled: the heading of its column, for messages.
    :param blocks: the key of the column that says whether a user may sign in, and what in it means no.
    """

    title: str
    options: t.Mapping[str, str]
    required: t.Mapping[str, str]
    others: frozenset[str] = frozenset()
    blocks: tuple[str, frozenset[str]] | None = None

    def key(self, name: str) -> str:
        """The form in which this template's columns are compared."""
        found = _PROPERTY.search(name) if self is ENTRA else None
        if found and column_key(found[1]) in {*self.options, *self.others}:
            return column_key(found[1])
        return column_key(name)

    def fits(self, names: t.Iterable[str]) -> bool:
        """Whether a header has the columns that nothing works without."""
        found = {self.options.get(self.key(name)) for name in names}
        return {"display_name", "user_principal_name"} <= found


PORTAL = Template(
    "the Partner Center portal",
    {column_key(name): option for name, option in NAMES.items()},
    {NAMES[name]: name for name in REQUIRED},
)
ADMIN_CENTER = Template(
    "the Microsoft 365 admin center",
    {
        "username": "user_principal_name",
        "user name": "user_principal_name",
        "first name": "first_name",
        "last name": "last_name",
        "display name": "display_name",
    },
    {"display_name": "Display name", "user_principal_name": "Username"},
    frozenset(
        {
            "job title",
            "department",
            "office number",
            "office phone",
            "mobile phone",
            "fax",
            "alternate email address",
            "address",
            "city",
            "state or province",
            "zip or postal code",
            "country or region",
        }
    ),
)
ENTRA = Template(
    "the Microsoft Entra admin center",
    {
        "displayname": "display_name",
        "userprincipalname": "user_principal_name",
        "givenname": "first_name",
        "surname": "last_name",
        "usagelocation": "usage_location",
    },
    {"display_name": "Name [displayName]", "user_principal_name": "User name [userPrincipalName]"},
    frozenset(
        {
            "passwordprofile",
            "accountenabled",
            "jobtitle",
            "department",
            "streetaddress",
            "state",
            "country",
            "physicaldeliveryofficename",
            "city",
            "postalcode",
            "telephonenumber",
            "mobile",
        }
    ),
    # The heading is "Block sign in (Yes/No)".
    ("accountenabled", frozenset({"yes", "true", "1"})),
)
TEMPLATES = {"portal": PORTAL, "admin_center": ADMIN_CENTER, "entra": ENTRA}
"""By the name that the option ``template`` takes."""


def is_example(cells: t.Sequence[str]) -> bool:
    """Whether a row is the one with examples that an Entra template comes with."""
    return any(cell.strip().lower().startswith("example:") for cell in cells)
