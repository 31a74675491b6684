# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file that says how long access may last: ``access_policy_file``, which a repository can protect from those who
write declarations."""

from __future__ import annotations

import json
import typing as t
from datetime import timedelta

from ..._common import paths
from ..._common.errors import OptionError
from ..._common.identifiers import guid_key, is_guid
from ..._common.moments import NotATime, duration
from ..._common.problem import Problem
from ..._common.text import nfc, shown
from ..declare.ends import AccessPolicy
from ..model.roles import role_key

OPTION = "access_policy_file"
FORMAT = "tenantops.partner_center access policy"
VERSION = 1
_KINDS = {"users": "user", "roles": "role", "licenses": "license"}


def read_policy(path: str, longest: timedelta | None) -> AccessPolicy:
    """The policy of a file. :raises OptionError: with everything that is wrong with it; then nothing may be granted."""
    called = f"{OPTION} {path!r}"
    try:
        content, status = paths.read(path)
    except OSError as exc:
        why = f"{called} cannot be read ({exc.strerror or type(exc).__name__})."
        raise OptionError([Problem(why, "file_unreadable", option=OPTION)]) from None
    untrusted = paths.distrust(status)
    if untrusted:
        raise OptionError([Problem(f"{called} {untrusted}.", "untrusted_file", option=OPTION)])
    data = _parsed(content, called)
    problems: list[Problem] = []

    def wrong(said: str, reason: str = "wrong_file_kind") -> None:
        problems.append(Problem(f"{called}: {said}.", reason, option=OPTION))

    if not isinstance(data, dict) or data.get("format") != FORMAT:
        wrong(f"it is not an access policy, which starts with format: {FORMAT}")
        raise OptionError(problems)
    if data.get("version") != VERSION or isinstance(data.get("version"), bool):
        wrong(f"it is of another version; this is version {VERSION}")
    for name in data:
        if name not in ("format", "version", "max_lifetime", "require_reason"):
            wrong(f"{shown(str(name))} is not known; the keys are max_lifetime and require_reason", "unknown_option")
    reason = data.get("require_reason", False)
    if not isinstance(reason, bool):
        wrong("require_reason is neither true nor false", "not_a_boolean")
    limits = data.get("max_lifetime", {})
    if not isinstance(limits, dict):
        wrong("max_lifetime must be a dictionary with users, roles and licenses", "not_a_dictionary")
        limits = {}
    demanded: dict[str, dict[str, timedelta]] = {}
    for kind, rules in limits.items():
        if kind not in _KINDS:
            wrong(f"max_lifetime has no {shown(str(kind))}; it has users, roles and licenses", "unknown_option")
            continue
        if kind == "users" or not isinstance(rules, dict):
            rules = {"*": rules}  # one duration for all of them
        for name, text in rules.items():
            try:
                known, key, limit = demanded.setdefault(_KINDS[kind], {}), _key(kind, str(name)), duration(text)
                known[key] = min(limit, known.get(key, limit))  # an older and a newer name are of one role
            except NotATime as exc:
                wrong(f"max_lifetime.{kind}: {shown(str(name))}: {shown(str(text))} {exc}", "not_a_time")
    if problems:
        raise OptionError(problems)
    return AccessPolicy(longest, demanded, bool(reason))


def _key(kind: str, name: str) -> str:
    if name == "*" or is_guid(name):
        return guid_key(name)
    return role_key(name) if kind == "roles" else " ".join(nfc(name).casefold().split())


def _parsed(content: bytes, called: str) -> t.Any:
    """JSON, or YAML where its library is there: it is on the control node. :raises OptionError:"""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass
    try:
        import yaml
    except ImportError:
        why = f"{called} is not JSON, and PyYAML is missing on the machine that runs the module. Write it as JSON."
        raise OptionError([Problem(why, "missing_library", option=OPTION)]) from None
    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise OptionError([Problem(f"{called} is not YAML.", "wrong_file_kind", option=OPTION)]) from None
