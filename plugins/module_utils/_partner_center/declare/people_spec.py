# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The argument spec of the option ``people``."""

from __future__ import annotations

import typing as t

from .customers import ROW_SPEC

_NOT_OF_PEOPLE = frozenset({"user_id", "previous_user_principal_name", "password", "immutable_id", "source"})
"""Options of a row that are about one user: of many of one person they cannot be the same."""
PERSON_SPEC: dict[str, dict[str, t.Any]] = {
    name: {**option, **({"choices": ["present", "absent"]} if name == "state" else {})}
    for name, option in ROW_SPEC.items()
    if name not in _NOT_OF_PEOPLE
}
"""The options of a person: those of a row that can be the same in many customers."""
_GIVEN_SPEC = {
    name: {key: value for key, value in option.items() if key != "default"} for name, option in PERSON_SPEC.items()
}
MAX_RENAMES = 25
"""As many users as may be deleted without an approval, for the same reason: nobody means so many by mistake."""
PEOPLE_SPEC: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "record_file": {"type": "path"},
    "people": {
        "type": "list",
        "elements": "dict",
        "options": {"local": {"type": "str"}, **_GIVEN_SPEC, "source": {"type": "str"}},
    },
    "defaults": {"type": "dict", "options": _GIVEN_SPEC},
    "customers": {
        "type": "dict",
        "options": {
            "all": {"type": "bool"},
            **{name: {"type": "list", "elements": "str"} for name in ("ids", "domains", "groups")},
        },
    },
    "except": {
        "type": "list",
        "elements": "dict",
        "options": {
            "customer": {"type": "str"},
            "person": {"type": "str"},
            "leave_out": {"type": "bool"},
            **_GIVEN_SPEC,
        },
    },
    "adopt": {"type": "list", "elements": "raw"},
    "max_renames": {"type": "int", "default": MAX_RENAMES},
}
"""The option ``people``."""
SPEC: dict[str, dict[str, t.Any]] = {"people": {"type": "dict", "options": PEOPLE_SPEC}}
