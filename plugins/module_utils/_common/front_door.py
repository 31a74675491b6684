# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Types of options that would be lost on the way to a module.

YAML and templates give dates and times where somebody forgot quotes. On the way to a module Ansible writes the options
as JSON, which has no word for those, so a module would see a text that nobody has written (ansible-core,
``executor/module_common.py``: ``isoformat``). Here they are wrapped before that and unwrapped after it, so that one
place judges all of them (``plausible``), together with everything else that is wrong.
"""

from __future__ import annotations

import datetime
import typing as t

KEY = "partner_center_type_of_yaml"
"""The one key of a wrapped value. Whoever writes such a dictionary where a text belongs is told the same."""
_KINDS: dict[str, t.Any] = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}


def wrapped(value: t.Any) -> t.Any:
    """The value with every date and time in it wrapped. What holds none comes back as it is, not as a copy: versions of
    ansible-core keep marks on containers, too.
    """
    if isinstance(value, (datetime.date, datetime.time)):
        kind = next(name for name, known in _KINDS.items() if isinstance(value, known))
        return {KEY: [kind, value.isoformat()]}
    if isinstance(value, t.Mapping):
        changed = {key: item for key, old in value.items() for item in [wrapped(old)] if item is not old}
        return {**value, **changed} if changed else value
    if isinstance(value, (list, tuple)):
        items = [wrapped(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value)) else value
    return value


def unwrapped(value: t.Any) -> t.Any:
    """A copy all the way down, with dates and times as they were."""
    if isinstance(value, dict):
        if len(value) == 1 and KEY in value:
            return _value(value[KEY])
        return {key: unwrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrapped(item) for item in value]
    return value


def as_texts(value: t.Any) -> t.Any:
    """The value with dates and times as the texts that Ansible would have made of them. What holds none comes back as
    it is.
    """
    if isinstance(value, dict):
        if len(value) == 1 and KEY in value:
            found = _value(value[KEY])
            return found if isinstance(found, dict) else found.isoformat()
        changed = {key: item for key, old in value.items() for item in [as_texts(old)] if item is not old}
        return {**value, **changed} if changed else value
    if isinstance(value, list):
        items = [as_texts(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value)) else value
    return value


def _value(written: t.Any) -> t.Any:
    """What was wrapped; somebody else's dictionary stays one."""
    try:
        kind, text = written
        return _KINDS[kind].fromisoformat(text)
    except (TypeError, ValueError, KeyError):
        return {KEY: written}
