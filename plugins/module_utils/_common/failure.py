# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The key ``failure`` of a task that failed: the facts that a playbook may decide by, the same for every module."""

from __future__ import annotations

import typing as t

from .errors import CollectionError

MEMBERS = (
    "reason",
    "http_status",
    "code",
    "description",
    "request_id",
    "correlation_id",
    "error_class",
    "aadsts",
    "timestamp",
    "needed_roles",
    "operation",
)
"""In this order. Members that do not apply are left out, except for ``reason``, which is always there."""


def failure(details: t.Mapping[str, t.Any], reason: str, operation: t.Any = None) -> dict[str, t.Any]:
    """The key ``failure``.

    :param details: of an error or an outcome; keys that are no members are not taken.
    :param reason: the stable word, where the details have none.
    :param operation: the write that failed, in the form of an element of ``operations``.
    """
    known = {"reason": reason, "operation": operation}
    known.update({name: value for name, value in details.items() if value not in (None, "", [])})
    return {name: known[name] for name in MEMBERS if known.get(name) is not None}


def beside(details: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What an error adds to the result of its task and says nothing about the failure itself, such as ``problems``."""
    return {name: value for name, value in details.items() if name not in MEMBERS}


def of_error(error: CollectionError) -> dict[str, t.Any]:
    """The result of a task that ended in an error."""
    return {
        **beside(error.details),
        **error.task,
        "failed": True,
        "msg": error.message,
        "failure": failure(error.details, error.REASON),
    }
