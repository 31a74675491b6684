# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the files say of themselves that bring users back: records of an offboarding, and undo files of a purge.

Such a file is believed without anybody reading it once more, so it names its kind and version, and has nothing but
rows that restore. Files of version 0.2 name
neither; they are taken as long as everything in them is a row that restores.
"""

from __future__ import annotations

import typing as t

RECORD = "tenantops.partner_center record"
UNDO = "tenantops.partner_center undo"
PEOPLE = "tenantops.partner_center people record"
"""Says which users a declaration of people has made; it brings nobody back."""
PLAN = "tenantops.partner_center plan"
ACCESS = "tenantops.partner_center access"
"""What ``access_file`` says of itself, which brings nobody back and is read by ``access_file`` alone."""
LICENSES = "tenantops.partner_center licenses"
"""Keeps what was read of the licenses of customers; it brings nobody back either."""
VERSION = 1
REFERENCES = "change_references"
"""Under which change each user was deleted, in an undo file: by the customer's id and the user's id."""
ABOUT = ("format", "version", "change_reference")
"""What a record says of itself, besides the declaration: its kind, and under which change it was written."""
_TAKING = ("purge_licenses", "purge_roles", "password", "update_password", "on_deleted")
"""Options of a row that take something away, or set something that nobody had."""
_HELD = ("licenses", "roles")
_BLOCK = {"customer_id", "customer_domain", "users"}


def kind_problem(data: t.Mapping[str, t.Any], *kinds: str) -> str | None:
    """Why this is no file of one of these kinds, of a version that is known, with rows that restore and nothing else;
    None if it is."""
    if "format" in data or "version" in data:
        if data.get("format") not in kinds:
            return f"is of another kind ({data.get('format')!r})"
        if data.get("version") != VERSION or isinstance(data.get("version"), bool):
            return f"is of another version ({data.get('version')!r}; this is version {VERSION})"
    blocks = data.get("customers", [data])
    known = {"format", "version", REFERENCES, "customers"} if "customers" in data else {*_BLOCK, *ABOUT}
    own = {*_BLOCK, "format", "version"} if "customers" in data else known
    if not isinstance(data.get(REFERENCES, {}), dict) or not all(
        isinstance(each, dict) for each in data.get(REFERENCES, {}).values()
    ):
        return f"has {REFERENCES} that are not dictionaries"
    strange = sorted(str(name) for name in set(data) - known)
    for block in blocks if isinstance(blocks, list) else [None]:
        if not isinstance(block, dict) or not isinstance(block.get("users"), list):
            return "has no list of users"
        strange += sorted(str(name) for name in set(block) - own)
        for row in block["users"]:
            if not isinstance(row, dict) or row.get("state") != "restored":
                return "has rows whose state is not restored; such a file only restores users"
            strange += [name for name in _TAKING if name in row]
            # A dictionary can take away; what a user had is a list.
            strange += [name for name in _HELD if not isinstance(row.get(name, []), list)]
    return (
        f"has unexpected content (it must only restore users): {', '.join(dict.fromkeys(strange))}" if strange else None
    )
