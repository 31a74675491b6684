# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What users had who are declared absent: written down before the first write, so that everybody can be brought back.

A file for each customer, of the kind of an undo file of a purge.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..._common import paths
from ..._common.errors import CollectionError
from ..._common.identifiers import guid_key
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.outcomes import Outcome, Status
from ..._common.problem import Problem
from ..client.protocol import CustomerClient
from ..plan.operations import RowPlan
from .undo import UndoFile, with_entitlements

OPTION = "record_directory"
_CONSEQUENCE = "no user is deleted"


class DeletionRecords:
    """The folder with the records.

    :param path: made with mode 0700 when the first record is written, if only its parent is there.
    """

    def __init__(self, path: str, interruption: Stopper = UNINTERRUPTED) -> None:
        self.path = path
        self._interruption = interruption

    def file(self, customer_id: str) -> UndoFile:
        """The record of a customer. JSON, which is YAML, so that it is found among other records."""
        path = os.path.join(self.path, f"{guid_key(customer_id)}.yml")
        return UndoFile(path, self._interruption, option=OPTION, consequence=_CONSEQUENCE)

    def check(self, writes: bool = True) -> Problem | None:
        """Why the folder cannot be used, or None. :param writes: False in check mode, where nothing is made."""
        try:
            status = os.stat(self.path)
        except OSError:
            parent = os.path.dirname(os.path.abspath(self.path))
            if not writes or (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):
                return None
            return _unwritable(f"{OPTION} {self.path!r}: the folder above it does not exist or cannot be written.")
        why = paths.distrust(status)
        if why:
            return Problem(f"{OPTION} {self.path!r} {why}.", "untrusted_file", option=OPTION)
        if writes and not os.access(self.path, os.W_OK | os.X_OK):
            return _unwritable(f"{OPTION} {self.path!r} cannot be written.")
        return None

    def begin(self, client: CustomerClient, rows: t.Iterable[RowPlan], parallel: int) -> DeletionRecord | None:
        """Write down everybody whom these rows delete; None if that is nobody. :raises CollectionError: then none of
        them must be deleted."""
        leavers = [(row.before, row.row.change_reference) for row in rows if row.before and _deletes(row)]
        users = [user for user, _reference in leavers]
        if not users:
            return None
        file = self.file(client.customer_id)
        try:
            if not os.path.isdir(self.path):
                os.mkdir(self.path, 0o700)
        except FileExistsError:
            pass
        except OSError as exc:
            raise CollectionError(
                f"{OPTION} {self.path!r} cannot be created ({exc.strerror}); {_CONSEQUENCE}.", reason=OPTION
            ) from None
        references = {user.id: reference for user, reference in leavers}
        earlier = file.add(client.customer_id, with_entitlements(client, users, parallel), references)
        return DeletionRecord(file, client.customer_id, earlier)


class DeletionRecord:
    """What was written down of one customer in this run.

    :param earlier: by id what the file said before about each of these users, None if nothing.
    """

    def __init__(self, file: UndoFile, customer_id: str, earlier: t.Mapping[str, t.Mapping[str, t.Any] | None]) -> None:
        self._file = file
        self._customer_id = customer_id
        self._earlier = earlier

    def settle(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Take back what is no record: of users who certainly were not deleted. What had been there is there again.

        A record that says too much is no reason to hide what became of the rows, so one that cannot be written stays.
        """
        staying = {}
        for outcome in outcomes:
            user_id = str(outcome.plan.before.id) if outcome.plan.before else ""
            if user_id in self._earlier and outcome.status in (Status.FAILED, Status.SKIPPED) and not outcome.done:
                staying[user_id] = self._earlier[user_id]
        if staying:
            with contextlib.suppress(CollectionError):
                self._file.put_back(self._customer_id, staying)
        return outcomes


def _unwritable(sentence: str) -> Problem:
    return Problem(sentence, "file_unwritable", option=OPTION)


def _deletes(row: RowPlan) -> bool:
    return any(operation.action == "delete" for operation in row.operations)
