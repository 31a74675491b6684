# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The record of what was granted for some time, and since when: ``access_file``.

On the disk before anything of it is granted. Nothing is ever taken out of it: what has ended stays ended, until the
declaration says that it is granted for something else (``granted_for``).
"""

from __future__ import annotations

import json
import os
import threading
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..._common import files as private_files
from ..._common import paths
from ..._common.errors import CollectionError
from ..._common.identifiers import Guid, Upn, guid_key, is_guid, upn_key
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.moments import NotATime, moment
from ..._common.problem import Problem
from ..model.users import User, iso
from ..plan.ends import Grant, holds
from ..plan.operations import RowPlan
from .record_kinds import ACCESS, VERSION

OPTION = "access_file"
_CONSEQUENCE = "no temporary access is granted"
_WHAT = ("user", "role", "license")
_GIVING = ("create", "restore", "assign_licenses", "add_role")


class AccessFile:
    """The record, shared by all customers of a run and by runs side by side.

    :param path: JSON, mode 0600, with a lock beside it.
    :param new: the file is not there yet, because nothing was ever granted with it.
    """

    def __init__(self, path: str, new: bool = False, interruption: Stopper = UNINTERRUPTED) -> None:
        self.path = path
        self._new = new
        self._called = f"{OPTION} {path!r}"
        self._interruption = interruption
        self._lock = threading.Lock()

    def read(self) -> tuple[Grant, ...]:
        """What the record says. :raises CollectionError: it is not there, or not to be believed; then nobody can tell
        what has ended."""
        try:
            return self._load()
        except FileNotFoundError:
            if self._new:
                return ()
            raise CollectionError(
                f"{self._called} does not exist. Without it, what was granted and has ended is unknown, so "
                f"{_CONSEQUENCE}. Restore it from a backup. If nothing was ever granted with this file, run once with "
                "access_file_new: true.",
                reason="access_file_missing",
            ) from None

    def check(self, writes: bool = True) -> Problem | None:
        """Why the file cannot be used, or None. :param writes: False in check mode."""
        try:
            self.read()
        except CollectionError as exc:
            return Problem(exc.message, exc.details["reason"], option=OPTION)
        if self._new and os.path.lexists(self.path):
            said = f"{self._called} exists; remove access_file_new, so that a lost file is noticed."
            return Problem(said, "access_file_exists", option=OPTION)
        why = private_files.closed(self.path) if writes else None
        return Problem(f"{self._called} cannot be written: {why}.", "file_unwritable", option=OPTION) if why else None

    def add(self, customer_id: Guid, rows: t.Iterable[tuple[RowPlan, frozenset[str]]], *, grants: bool = True) -> None:
        """Write down what these rows begin to grant, and what of theirs has ended. :raises CollectionError: then
        nothing must be granted.

        :param rows: each with what of it has ended and is not known to be gone, which stays open.
        :param grants: whether the run grants anything; one that only takes away begins nothing.
        """
        listed = [each for row, unproven in rows for each in _grants(customer_id, row, unproven, grants)]
        if not listed:
            return
        try:
            with self._lock, private_files.lock(self.path, stop=self._interruption):
                try:
                    known = list(self._load())
                except FileNotFoundError:
                    if not self._new:
                        raise CollectionError(
                            f"{self._called} was removed meanwhile; {_CONSEQUENCE}.", reason="access_file_missing"
                        ) from None
                    known = []
                over = {
                    each.grant.user_principal_name or each.grant.user_id
                    for each in listed
                    if each.gives and any(each.is_about(old) and old.ended_at for old in known)
                }
                if over:
                    raise CollectionError(
                        f"{self._called}: another run has ended access of {', '.join(sorted(over))} since this one "
                        f"began; {_CONSEQUENCE}. Run again.",
                        reason="ended_meanwhile",
                    )
                merged = _merged(known, listed)
                if merged != known:
                    paths.replace(self.path, _text(merged), 0o600)
                self._new = False
        except OSError as exc:
            raise CollectionError(
                f"{self._called} cannot be written ({private_files.reason(exc)}); {_CONSEQUENCE}.",
                reason="access_file_unwritable",
            ) from None

    def _load(self) -> tuple[Grant, ...]:
        """:raises FileNotFoundError: it is not there; CollectionError: it is not to be believed."""
        try:
            content, status = paths.read(self.path)
            why = paths.distrust(status)
            if why:
                raise CollectionError(f"{self._called} {why}; {_CONSEQUENCE}.", reason="untrusted_file")
            data = json.loads(content)
            if data["format"] != ACCESS or data["version"] != VERSION or isinstance(data["version"], bool):
                raise ValueError
            return tuple(_grant(item) for item in data["grants"])
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CollectionError(
                f"{self._called} exists and cannot be read as a record of access; it is not overwritten, and "
                f"{_CONSEQUENCE}. Restore it from a backup.",
                reason="wrong_file_kind",
            ) from None


@dataclass(frozen=True)
class _Entry:
    """What has to be written down about a grant.

    :param gives: it is given, to somebody who may have it already.
    :param anew: to somebody who is made for it, so that no recorded id is the one of this user.
    """

    grant: Grant
    gives: bool
    anew: bool

    def is_about(self, known: Grant) -> bool:
        """Whether this is one that is written down already."""
        one, other = known, self.grant
        if any(getattr(one, name) != getattr(other, name) for name in ("customer_id", "what", "name", "granted_for")):
            return False
        if one.user_id and (other.user_id or self.anew):
            return one.user_id == other.user_id
        return bool(one.user_principal_name) and one.user_principal_name == other.user_principal_name


def _grants(customer_id: Guid, planned: RowPlan, unproven: t.Collection[str], grants: bool) -> t.Iterator[_Entry]:
    """What has to be written down about a row. A refused one begins nothing, unless the user is there and so has it."""
    anew = planned.before is None and any(operation.action == "create" for operation in planned.operations)
    gives = any(operation.action in _GIVING for operation in planned.operations)
    idle = not grants or planned.refusal or planned.skipped
    row, user = planned.row, planned.before
    active = user is not None and user.state == "active"
    for end in row.ends:
        if end.lasts is None or end.granted_at is None or end.ends_at is None:
            continue
        if not end.ended and idle and not (active and holds(t.cast(User, user), end)):
            continue
        grant = Grant(
            customer_id,
            end.what,
            end.key,
            end.granted_for,
            end.granted_at,
            int(end.lasts.total_seconds()),
            row.key or (upn_key(user.user_principal_name) if user and active else Upn("")),
            (user.id if user and active else Guid("") if anew else row.user_id) or Guid(""),
            end.name,
            end.ends_at if end.ended and end.mark not in unproven and not end.may_come_back else None,
        )
        given = gives and not idle and not end.ended and end.mark not in unproven
        yield _Entry(grant, given, anew)


def _merged(known: list[Grant], found: list[_Entry]) -> list[Grant]:
    """What was granted first and ended first counts; who has got an id or a name since then has it."""
    merged = list(known)
    for entry in found:
        grant = entry.grant
        place = next((place for place, old in enumerate(merged) if entry.is_about(old)), None)
        if place is None:
            merged.append(grant)
            continue
        old = merged[place]
        ended = [each for each in (old.ended_at, grant.ended_at) if each]
        merged[place] = replace(
            old,
            granted_at=min(old.granted_at, grant.granted_at),
            lasts=grant.lasts,
            user_id=old.user_id or grant.user_id,
            user_principal_name=grant.user_principal_name or old.user_principal_name,
            ended_at=min(ended, default=None),
        )
    return merged


def _text(grants: t.Iterable[Grant]) -> str:
    items = [
        {
            "customer_id": grant.customer_id,
            "user_principal_name": grant.user_principal_name or None,
            "user_id": grant.user_id or None,
            "what": grant.what,
            "name": grant.name or None,
            "label": grant.label or None,
            "granted_for": grant.granted_for,
            "granted_at": iso(grant.granted_at),
            "lasts_seconds": grant.lasts,
            "ended_at": iso(grant.ended_at),
        }
        for grant in grants
    ]
    return json.dumps({"format": ACCESS, "version": VERSION, "grants": items}, indent=2, ensure_ascii=False) + "\n"


def _grant(item: t.Any) -> Grant:
    """:raises ValueError, KeyError, TypeError, AttributeError: it is not what :func:`_text` makes."""
    name, user_id = item["user_principal_name"], item["user_id"]
    customer_id, lasts = guid_key(item["customer_id"]), item["lasts_seconds"]
    if item["what"] not in _WHAT or not is_guid(customer_id) or not (name or user_id):
        raise ValueError
    if isinstance(lasts, bool) or not isinstance(lasts, int) or not isinstance(item["granted_for"], str):
        raise ValueError
    timedelta(seconds=lasts)
    return Grant(
        customer_id,
        item["what"],
        str(item["name"] or ""),
        item["granted_for"],
        _moment(item["granted_at"]),
        lasts,
        upn_key(str(name)) if name else Upn(""),
        guid_key(user_id) if user_id else Guid(""),
        str(item["label"] or ""),
        _moment(item["ended_at"]) if item["ended_at"] is not None else None,
    )


def _moment(value: t.Any) -> datetime:
    try:
        return moment(value)
    except NotATime:
        raise ValueError from None
