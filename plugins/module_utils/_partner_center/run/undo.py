# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file that takes deletions back: a declaration with state restored for everybody who is about to be deleted."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import typing as t

from ..._common import files as private_files
from ..._common import paths
from ..._common.errors import CollectionError
from ..._common.identifiers import guid_key
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.problem import Problem
from ..._common.threads import Pool
from ..client.meaning import reading
from ..client.protocol import CustomerClient
from ..model.licenses import brief
from ..model.users import User
from .record_kinds import REFERENCES, UNDO, VERSION, kind_problem

Row = t.Mapping[str, t.Any]
_REFERENCE = "change_reference"


def with_entitlements(client: CustomerClient, users: t.Sequence[User], parallel: int) -> list[User]:
    """Users with their licences and roles, read now, because after the deletion nobody can. :raises CollectionError:"""
    if not users:
        return []
    licensed = "read_licenses" not in client.facts.unsupported
    skus = {}
    if licensed:
        with reading("skus", client):
            skus = {sku.id: sku for sku in client.subscribed_skus()}

    def one(user: User) -> User:
        found = None
        if licensed:
            with reading("licenses", client):
                found = tuple(brief(license, skus.get(license.sku_id)) for license in client.licenses(user.id))
        with reading("user_roles", client):
            roles = tuple(sorted(role.name for role in client.user_roles(user.id)))
        return user.with_values({"licenses": found, "roles": roles})

    with Pool(min(parallel, len(users))) as pool:
        return list(pool.map(one, users))


class UndoFile:
    """Collects the users of all purges of a run, of earlier runs, and of runs beside it; on the disk before the first
    of them is deleted.

    :param path: JSON, mode 0600, with the option ``customers`` of ``customer_users``. A lock lies next to it, because
        hosts of a play that purge side by side are processes of their own, and one must not overwrite what another has
        written down.
    :param interruption: ends the wait for another run.
    :param option: how the user calls the file.
    :param consequence: what does not happen without it.
    """

    def __init__(
        self,
        path: str,
        interruption: Stopper = UNINTERRUPTED,
        *,
        option: str = "undo_file",
        consequence: str = "no user was purged",
    ) -> None:
        self.path = path
        self._called = f"{option} {path!r}"
        self._option = option
        self._consequence = consequence
        self._interruption = interruption
        self._lock = threading.Lock()
        self._written: tuple[int, ...] = ()
        """The file that this run has written."""

    def check(self, writes: bool = True) -> Problem | None:
        """Why the file cannot be used, or None. :param writes: False in check mode, where the task that makes its
        folder has made nothing."""
        parent = os.path.dirname(os.path.abspath(self.path))
        if writes and not (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):
            return Problem(
                f"{self._called}: its folder does not exist or cannot be written.",
                "file_unwritable",
                option=self._option,
            )
        try:
            self._load()
        except CollectionError as exc:
            return Problem(exc.message, exc.details["reason"], option=self._option)
        return None

    def add(
        self, customer_id: str, users: t.Iterable[User], references: t.Mapping[t.Any, str | None] | None = None
    ) -> dict[str, Row | None]:
        """Write down users that are about to be deleted, in the place of what an earlier deletion wrote about them.

        :param references: by the user's id, under which change.
        :returns: by id what was there about them, None if nothing.
        :raises CollectionError: then nobody must be deleted.
        """
        rows: dict[str, Row | None] = {guid_key(user.id): _row(user, (references or {}).get(user.id)) for user in users}
        return self._replace(customer_id, rows)

    def put_back(self, customer_id: str, rows: t.Mapping[str, Row | None]) -> None:
        """Of users who were not deleted after all, what was there before (None: nothing). Another run that has written
        since may have deleted them, and then nothing is put back. :raises CollectionError:"""
        self._replace(customer_id, rows, self._written)

    def _replace(
        self, customer_id: str, rows: t.Mapping[str, Row | None], only: tuple[int, ...] = ()
    ) -> dict[str, Row | None]:
        """:param only: the file is replaced only as long as it is this one."""
        try:
            with self._lock, private_files.lock(self.path, stop=self._interruption):
                if only and self._seen() != only:
                    return {}
                earlier = self._write(customer_id, rows)
                self._written = self._seen()
                return earlier
        except OSError as exc:
            raise CollectionError(
                f"{self._called} cannot be written ({exc.strerror or type(exc).__name__}); {self._consequence}.",
                reason=self._option,
            ) from None

    def _seen(self) -> tuple[int, ...]:
        """Which file is there: whoever writes makes another one."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return ()
        return status.st_dev, status.st_ino, status.st_mtime_ns

    def _write(self, customer_id: str, rows: t.Mapping[str, Row | None]) -> dict[str, Row | None]:
        data = self._load()
        block = next(
            (item for item in data["customers"] if guid_key(item.get("customer_id")) == guid_key(customer_id)), None
        )
        if block is None:
            block = {"customer_id": customer_id, "users": []}
            data["customers"].append(block)
        # Whoever is brought back is so under another change, so the reference is no part of the row.
        every = data.get(REFERENCES, {})
        known = {**every.get(guid_key(customer_id), {})}
        earlier: dict[str, Row] = {}
        for row in block["users"]:
            user_id = guid_key(row.get("user_id"))
            earlier[user_id] = {**row, **({_REFERENCE: known[user_id]} if user_id in known else {})}
        known = {user_id: reference for user_id, reference in known.items() if user_id not in rows}
        known |= {user_id: new[_REFERENCE] for user_id, new in rows.items() if new and _REFERENCE in new}
        block["users"] = [row for row in block["users"] if guid_key(row.get("user_id")) not in rows]
        block["users"] += [_bare(row) for row in rows.values() if row is not None]
        data["customers"] = [item for item in data["customers"] if item["users"]]
        every = {name: found for name, found in {**every, guid_key(customer_id): known}.items() if found}
        data = {
            "format": UNDO,
            "version": VERSION,
            **({REFERENCES: every} if every else {}),
            "customers": data["customers"],
        }
        if not data["customers"]:
            # Without anybody in it, it is no record.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
        else:
            paths.replace(self.path, json.dumps(data, indent=2, ensure_ascii=False) + "\n", 0o600)
        return {user_id: earlier.get(guid_key(user_id)) for user_id in rows}

    def _load(self) -> dict[str, t.Any]:
        try:
            content, status = paths.read(self.path)
            why = paths.distrust(status)
            if why:
                raise CollectionError(f"{self._called} {why}; {self._consequence}.", reason="untrusted_file")
            data = json.loads(content)
            if not isinstance(data["customers"], list) or not all(
                isinstance(row, dict) for item in data["customers"] for row in item["users"]
            ):
                raise ValueError
        except FileNotFoundError:
            return {"customers": []}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise CollectionError(
                f"{self._called} exists and is not an undo file; it is not overwritten, and {self._consequence}.",
                reason="wrong_file_kind",
            ) from None
        why = kind_problem(data, UNDO)
        if why:
            raise CollectionError(
                f"{self._called} {why}; it is not overwritten, and {self._consequence}.", reason="wrong_file_kind"
            )
        return t.cast("dict[str, t.Any]", data)


def _bare(row: Row) -> dict[str, t.Any]:
    return {name: value for name, value in row.items() if name != _REFERENCE}


def _row(user: User, reference: str | None) -> dict[str, t.Any]:
    """The declaration that brings a user back, with the licences and roles that it had, and for :meth:`UndoFile._write`
    under which change it was deleted."""
    row: dict[str, t.Any] = {"user_id": user.id, "user_principal_name": user.user_principal_name, "state": "restored"}
    if user.licenses:
        row["licenses"] = list(user.licenses)
    if user.roles:
        row["roles"] = list(user.roles)
    if reference:
        row[_REFERENCE] = reference
    return row
