# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file that takes a purge back: a declaration with state restored for everybody who is about to be deleted."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import typing as t

from ..common.errors import CollectionError
from .model import User


class UndoFile:
    """Collects the users of all purges of a run, and of earlier runs; on the disk before the first of them is deleted.

    :param path: JSON, mode 0600, with the option ``customers`` of ``customer_users``.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()

    def check(self, writes: bool = True) -> str | None:
        """Why the file cannot be used, or None. :param writes: False in check mode, where the task that makes its directory has made nothing."""
        parent = os.path.dirname(os.path.abspath(self.path))
        if writes and not (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):
            return f"undo_file {self.path!r}: its directory does not exist or cannot be written."
        try:
            self._load()
        except CollectionError as exc:
            return exc.message
        return None

    def add(self, customer_id: str, users: t.Iterable[User]) -> None:
        """Write down users that are about to be deleted. :raises CollectionError: then nobody must be deleted."""
        with self._lock:
            data = self._load()
            block = next((item for item in data["customers"] if str(item.get("customer_id")).lower() == customer_id.lower()), None)
            if block is None:
                block = {"customer_id": customer_id, "users": []}
                data["customers"].append(block)
            known = {row.get("user_id") for row in block["users"]}
            block["users"] += [
                {"user_id": user.id, "user_principal_name": user.user_principal_name, "state": "restored"} for user in users if user.id not in known
            ]
            self._store(data)

    def _load(self) -> dict[str, t.Any]:
        try:
            with open(self.path, encoding="utf-8") as handle:
                data = json.load(handle)
            if not isinstance(data["customers"], list) or not all(isinstance(item["users"], list) for item in data["customers"]):
                raise ValueError
        except FileNotFoundError:
            return {"customers": []}
        except (OSError, ValueError, KeyError, TypeError):
            raise CollectionError(f"undo_file {self.path!r} exists and is not an undo file; it is not overwritten, and nobody is purged.") from None
        return t.cast("dict[str, t.Any]", data)

    def _store(self, data: dict[str, t.Any]) -> None:
        try:
            descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(self.path)), prefix=".undo-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                json.dump(data, handle, indent=2, ensure_ascii=False)
                handle.write("\n")
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(temporary, self.path)
        except OSError as exc:
            raise CollectionError(f"undo_file {self.path!r} cannot be written ({exc.strerror or type(exc).__name__}); nobody is purged.") from None
