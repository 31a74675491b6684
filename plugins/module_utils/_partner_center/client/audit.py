# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an audit record of Partner Center says about who created a user.

Source: Partner Center developer documentation, "Get a record of Partner Center activity".
"""

from __future__ import annotations

import json
import typing as t

from ..._common.identifiers import guid_key


def creator(record: t.Any, user_id: str) -> str | None:
    """The correlation id under which a record says that the user was created, in lower case; None if it does not."""
    if (
        not isinstance(record, dict)
        or str(record.get("operationType")).replace("_", "").lower() != "createcustomeruser"
    ):
        return None
    correlation = record.get("originalCorrelationId")
    if (
        str(record.get("operationStatus")).lower() != "succeeded"
        or not isinstance(correlation, str)
        or not correlation.strip()
    ):
        return None
    return guid_key(correlation) if user_id in _subjects(record) else None


def _subjects(record: t.Mapping[str, t.Any]) -> set[str]:
    """The user that a record is about, in lower case; two if it contradicts itself."""
    data = record.get("customizedData")
    named = (
        [item.get("value") for item in data if isinstance(item, dict) and item.get("key") == "CustomerUserId"]
        if isinstance(data, list)
        else []
    )
    try:
        value = json.loads(str(record.get("resourceNewValue")))
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        named += [item for name, item in value.items() if name.lower() == "id"]
    return {guid_key(name) for name in named if isinstance(name, str)}
