# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a run of a playbook has left in the variables of its hosts, read as it was registered."""

from __future__ import annotations

import typing as t

from ..task_files.declared import Read
from .endings.ending import Host, Result, Run
from .inputs import blocks
from .kept_results import PROBLEMS, Lost, whole


def run_of(prefix: str, steps: t.Sequence[str], variables: t.Mapping[str, t.Any], read: Read) -> Run:
    """The run, as the host that ends it sees it.

    :param steps: names of steps; their results are in variables such as ``_reconcile_planned``.
    """
    checked = variables.get("_checked")
    checked = checked if isinstance(checked, t.Mapping) else {}
    given = checked.get("given")
    given = given if isinstance(given, t.Mapping) else {}
    hosts = [
        _host(prefix, steps, str(name), _variables(name, variables))
        for name in variables.get("ansible_play_hosts_all") or ()
    ]
    own = _host(prefix, steps, str(variables.get("inventory_hostname")), variables)
    return Run(
        given,
        check_mode=bool(variables.get("ansible_check_mode")),
        diff_mode=bool(variables.get("ansible_diff_mode")),
        broken=own.broken,
        steps=own.steps,
        host=str(variables.get("inventory_hostname") or ""),
        hosts=hosts,
        problems=list(checked.get("problems") or ()),
        began=float(checked.get("began") or 0.0),
        read=read,
        blocks=lambda: blocks(prefix, given, read),
    )


def _variables(name: t.Any, variables: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """The variables of a host, without evaluating any of them."""
    if name == variables.get("inventory_hostname"):
        return variables
    hosts = variables.get("hostvars")
    raw = getattr(hosts, "raw_get", None)
    found = raw(name) if raw else (hosts or {}).get(name)
    return found if isinstance(found, t.Mapping) else {}


def _host(prefix: str, steps: t.Sequence[str], name: str, variables: t.Mapping[str, t.Any]) -> Host:
    found: dict[str, Result] = {}
    broken = str(variables.get(f"_{prefix}_broken") or "")
    for step in steps:
        result = variables.get(step if step.startswith("_") else f"_{prefix}_{step}")
        if isinstance(result, t.Mapping):
            try:
                found[step] = whole(result)
            except Lost as lost:
                broken = broken or f"{name}: {lost}"
    return Host(
        name,
        customer=bool(variables.get("partner_center_customer_id")),
        broken=broken,
        problems=[str(problem) for result in found.values() for problem in result.get(PROBLEMS) or ()],
        steps=found,
    )
