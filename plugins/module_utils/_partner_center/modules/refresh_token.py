# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rotates a refresh token on demand: where it is stored, or into a file that something else takes to its own store.

Unlike the rotation that happens by the way (``rotate_after`` of any task), this one tries the new token before it hands
it over, and fails if it could not be stored: it is the job of the run and not a courtesy.
"""

from __future__ import annotations

import os
import typing as t

from ..._common import files as private_files
from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError, SignInError
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.secrets import Secret
from ..._common.token_claims import read_claims
from ..._common.waits import WaitBudget
from ..._entra.refresh_token_file import RefreshTokenFile
from ..._entra.tokens import OF_THE_TOKEN, TokenSource
from ..module import PartnerCenterModule, PartnerCenterTask

DEFAULT_AFTER = 7
"""Days, if the task does not say: once a week leaves twelve more chances before a token ends."""
_NOTHING, _LOST = "Nothing was redeemed", "The new token is lost"
"""What has happened when a new token cannot be stored."""


def rotate(module: PartnerCenterTask) -> dict[str, t.Any]:
    """The result of ``refresh_token``. :raises CollectionError:"""
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    dest = module.params["dest"]
    if settings is not None and settings.auth_method != "refresh_token":
        problems.append(
            Problem(
                f"auth_method {settings.auth_method} has no refresh token that could be rotated.",
                "no_refresh_token",
                option="auth_method",
            )
        )
    if dest is not None:
        problems += _problems_of_dest(dest, settings.refresh_token_file if settings else None)
    elif settings is not None and settings.refresh_token_file is None:
        problems.append(
            Problem("dest is required, because the refresh token is set as a value.", "option_missing", option="dest")
        )
    if problems or settings is None:
        raise OptionError(problems)

    budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
    source = TokenSource(settings, module.secrets, budget, operation="Rotating the refresh token")
    after = settings.rotate_after or DEFAULT_AFTER
    store = None
    if settings.refresh_token_file:
        store = RefreshTokenFile(settings.refresh_token_file, interruption=settings.interruption)
    due = store is None or module.params["force"] or store.due(after)
    place = dest or t.cast(RefreshTokenFile, store).path
    why = private_files.obstacle(place) if due else None
    if why is not None:
        raise _not_stored(place, why, _NOTHING)
    result: dict[str, t.Any] = {"changed": due, "dest": place, "rotate_after": after, **_age(store)}
    if not due or module.check_mode:
        return result
    if dest is not None:
        return {**result, **_into(dest, source, settings.refresh_token)}
    return {**result, **_in_place(t.cast(RefreshTokenFile, store), source, after, module.params["force"])}


def _into(dest: str, source: TokenSource, token: Secret | None) -> dict[str, t.Any]:
    """Put the new token into a file of its own; the old one stays where it is."""
    fresh, seen = _tried(source, token)
    try:
        private_files.replace(dest, fresh.reveal())
    except OSError as exc:
        raise _not_stored(dest, private_files.reason(exc), _LOST) from None
    return seen


def _in_place(store: RefreshTokenFile, source: TokenSource, after: int, force: bool) -> dict[str, t.Any]:
    so_far = _NOTHING
    try:
        with store.lock():
            current = store.read()
            if current is None:
                raise OptionError(
                    [Problem(f"refresh_token_file {store.path!r} is empty.", "file_empty", option="refresh_token_file")]
                )
            if not force and not store.due(after):
                # Another process has just done it.
                return {"changed": False, **_age(store)}
            try:
                fresh, seen = _tried(source, current)
            except SignInError as refused:
                # A task that rotated it by the way has not tried what it stored, and kept the token before.
                before = store.previous() if refused.details.get("error_class") in OF_THE_TOKEN else None
                if before is None:
                    raise
                try:
                    fresh, seen = _tried(source, before)
                except SignInError:
                    raise refused from None
                current = before
            so_far = _LOST
            store.rotate(current, fresh)
            private_files.remove(store.previous_path)  # the new one has worked
    except OSError as exc:
        raise _not_stored(store.path, private_files.reason(exc), so_far) from None
    return {**seen, **_age(store)}


def _tried(source: TokenSource, token: Secret | None) -> tuple[Secret, dict[str, t.Any]]:
    """A new refresh token that has been redeemed once, and what the access token says. :raises SignInError:"""
    fresh = source.redeem(token).refresh_token
    if fresh is None:
        raise SignInError(
            "Entra returned no new refresh token, so there is nothing to store. The stored one stays. Check "
            "whether the application may be granted offline_access.",
            error_class="no_refresh_token",
        )
    claims = read_claims(source.redeem(fresh).access_token)
    return fresh, {
        "user_principal_name": claims.get("upn") or claims.get("unique_name"),
        "tenant_id": claims.get("tid"),
    }


def _age(store: RefreshTokenFile | None) -> dict[str, t.Any]:
    age = store.age_days() if store else None
    return {
        "age_days": None if age is None else int(age),
        "stored_on": None if store is None else _second(store.stored_on()),
    }


def _second(moment: float | None) -> int | None:
    return None if moment is None else int(moment)


def _problems_of_dest(dest: str, source: str | None) -> list[str]:
    directory = os.path.dirname(os.path.abspath(dest))
    if not os.path.isdir(directory):
        return [Problem(f"The folder {directory!r} of dest does not exist.", "folder_missing", option="dest")]
    if os.path.lexists(dest) and not os.path.isfile(dest):
        return [Problem(f"dest {dest!r} is not a regular file.", "wrong_file_kind", option="dest")]
    if not private_files.may_be_token(dest):
        return [
            Problem(
                f"dest {dest!r} exists and holds something other than a refresh token; not overwritten. Use a "
                "separate file.",
                "wrong_file_kind",
                option="dest",
            )
        ]
    if source is not None and os.path.realpath(dest) == os.path.realpath(source):
        return [
            Problem(
                "dest is refresh_token_file; leave dest out, and the token is rotated in place.",
                "contradiction",
                option="dest",
            )
        ]
    return []


def _not_stored(place: str, why: str, so_far: str) -> CollectionError:
    return SignInError(
        f"The new refresh token cannot be stored in {place!r}: {why}. {so_far}; the old token stays in place and is "
        "valid until it is 90 days old. Fix this, or set another dest, and run again before then.",
        error_class="not_stored",
        reason="not_redeemed" if so_far == _NOTHING else "new_token_lost",
    )


SPEC = {"dest": {"type": "path"}, "force": {"type": "bool", "default": False}}
DEFINITION = Definition(PartnerCenterModule, SPEC, rotate)
