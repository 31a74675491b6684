# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results as the portal's CSV file, with the passwords of a credentials file."""

from __future__ import annotations

import typing as t

from ..portal_csv.journal import Journal, JournalError
from ..portal_csv.result import to_csv

Row = t.Mapping[str, t.Any]


def passwords(rows: t.Sequence[Row], path: str) -> list[str | None]:
    """The password of each row; empty where there is none, None where it is not known which one works.

    :raises JournalError: when there is no journal, although this run has set passwords.
    """
    journal = Journal(path)
    if not journal.exists and any(
        row.get("status") == "changed" and {"create", "reset_password"} & set(str(row.get("action")).split("+"))
        for row in rows
    ):
        raise JournalError(f"credentials_file {path!r} does not exist on this machine, although passwords were set.")
    found = [
        journal.password(row.get("customer_id"), row.get("user_principal_name"), row.get("user_id")) for row in rows
    ]
    # One that is empty is one that nobody knows.
    return [secret.reveal() if secret else None if secret is not None else "" for secret in found]


def handover(rows: t.Sequence[Row], declared: t.Sequence[Row], credentials_file: str) -> str:
    """The text of the file. :raises JournalError: ValueError:"""
    return to_csv(rows, declared, passwords=passwords(rows, credentials_file))
