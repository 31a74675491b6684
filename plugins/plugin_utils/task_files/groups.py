# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Groups of the inventory in the option ``people``: only the control node knows them, so they become ids of customers
there."""

from __future__ import annotations

import typing as t

from ...module_utils._common.errors import OptionError
from ...module_utils._common.identifiers import guid_key, is_guid
from ...module_utils._common.problem import Problem
from ...module_utils._common.text import first_few, shown

OPTION = "people.customers.groups"
VARIABLES = ("partner_center_customer_id", "customer_id")
"""Which variables of a host say its customer, the first one that is there."""


def with_groups(args: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options of a task with ids in the place of groups.

    :param variables: of the task, with ``groups`` and ``hostvars``.
    :raises OptionError: a group, or a host in it, from which no customer can be told; nothing was sent.
    """
    people = args.get("people")
    customers = people.get("customers") if isinstance(people, t.Mapping) else None
    if not isinstance(people, t.Mapping) or not isinstance(customers, t.Mapping) or customers.get("groups") is None:
        return dict(args)
    named = customers["groups"]
    if not isinstance(named, (list, tuple)) or not named:
        raise OptionError([Problem.about(OPTION, "must be a list of groups.", "not_a_list")])
    wrong: list[str] = []
    ids = [each for group in named for each in _ids(group, variables, wrong)]
    if customers.get("all"):
        wrong.append(Problem.about(OPTION, "and all are mutually exclusive.", "contradiction"))
    if wrong:
        raise OptionError(wrong)
    given = customers.get("ids")
    found = list(dict.fromkeys([*(given if isinstance(given, (list, tuple)) else []), *ids]))
    rest = {name: value for name, value in customers.items() if name not in ("groups", "ids")}
    return {**args, "people": {**people, "customers": {**rest, "ids": found}}}


def _ids(group: t.Any, variables: t.Mapping[str, t.Any], wrong: list[str]) -> list[str]:
    hosts = variables.get("groups", {}).get(group) if isinstance(group, str) else None
    if not hosts:
        what = "has no hosts" if hosts is not None else "is not a group of the inventory"
        wrong.append(Problem.about(OPTION, f"{shown(str(group))} {what}.", "customer_missing"))
        return []
    found: list[str] = []
    unknown: list[str] = []
    for host in hosts:
        known = variables["hostvars"][host]
        value = next((known[name] for name in VARIABLES if name in known), None)
        if is_guid(value):
            found.append(guid_key(value))
        else:
            unknown.append(str(host))
    if unknown:
        said = f"{group}: no customer id in {' or '.join(VARIABLES)} of {first_few(unknown, 10)}."
        wrong.append(Problem(f"{OPTION}: {said}", "customer_missing", option="people"))
    return found
