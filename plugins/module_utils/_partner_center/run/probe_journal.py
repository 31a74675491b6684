# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The journal of a probe: which users it has made, written down before each is made, and gone when all of them are.

So a file that is there says that users may be left, whatever has ended the probe.
"""

from __future__ import annotations

import json
import os
import re
import typing as t
from dataclasses import dataclass, field

from ..._common import files
from ..._common.errors import CollectionError
from ..._common.identifiers import is_guid, upn_key
from ..probe.steps import PREFIX

FORMAT = "tenantops.partner_center.probe_journal"
_LARGEST = 1 << 20
_PREFIX = re.compile(rf"{PREFIX}[0-9a-f]{{12}}")
"""With the random part: without it, a name would not say that its user is of a probe."""


class JournalError(CollectionError):
    """The journal cannot be used."""

    REASON = "probe_journal"


@dataclass
class Left:
    """What a journal says.

    :param names: user principal names under which a create was sent; ``ids`` of those whose create was answered.
    """

    customer_id: str
    prefix: str
    names: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    def unanswered(self) -> set[str]:
        """Names whose create was sent and not answered; nobody knows whether there is such a user."""
        return self.names - {upn_key(name) for name in self.ids.values()}

    def described(self) -> str:
        """For a message."""
        return ", ".join([*sorted(self.ids.values()), *sorted(self.unanswered())]) or "none"


def read(path: str) -> Left | None:
    """What an earlier probe has left; None if there is no journal. :raises JournalError: it is none, or unreadable."""
    try:
        descriptor = files.opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise JournalError(f"journal_file {path!r} cannot be read: {files.reason(exc)}.") from None
    with os.fdopen(descriptor, "rb") as handle:
        content = handle.read(_LARGEST)
    records = []
    for line in content.splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            records.append(None)  # the last line of a machine that lost its power
    head = records[0] if records else None
    if (
        not isinstance(head, dict)
        or head.get("format") != FORMAT
        or not _PREFIX.fullmatch(str(head.get("prefix")))
        or not is_guid(str(head.get("customer_id")))
    ):
        raise JournalError(
            f"journal_file {path!r} is a file of another kind and was not changed. Use another file, or remove it."
        )
    left = Left(str(head.get("customer_id")), str(head["prefix"]))
    for record in records[1:]:
        if isinstance(record, dict):
            name, user_id = record.get("user_principal_name"), record.get("user_id")
            if isinstance(name, str) and upn_key(name).startswith(f"{left.prefix}-"):
                left.names.add(upn_key(name))
                if isinstance(user_id, str):
                    left.ids[user_id] = name
    return left


class Journal:
    """A journal that is written.

    :raises JournalError: a file is there already, or it cannot be written. Nothing was created then.
    """

    def __init__(self, path: str, customer_id: str, prefix: str) -> None:
        self.path = path
        head = {"format": FORMAT, "version": 1, "customer_id": customer_id, "prefix": prefix}
        self._write(head, os.O_CREAT | os.O_EXCL)

    def about_to_create(self, name: str) -> None:
        """Before a create is sent. :raises JournalError: it could not be written down."""
        self._write({"user_principal_name": name})

    def created(self, name: str, user_id: str) -> None:
        """After its answer."""
        self._write({"user_principal_name": name, "user_id": user_id})

    def finished(self) -> None:
        """Nobody is left."""
        files.remove(self.path)

    def _write(self, record: dict[str, t.Any], flags: int = 0) -> None:
        try:
            descriptor = files.opened(self.path, os.O_WRONLY | os.O_APPEND | flags)
            try:
                os.write(descriptor, json.dumps(record).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise JournalError(f"journal_file {self.path!r} cannot be written: {files.reason(exc)}.") from None
