# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts an inventory into slices by the rule of AWX and Automation Controller.

    ansible-inventory -i customers.yml --list | python3 cut.py 4 slices

Makes slices/1 to slices/4, each with an inventory for ansible-runner. The rule: all hosts in the order of their names; slice i of n gets
every n-th of them, from the i-th on; groups stay, with the hosts of the slice in them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def hosts_of(inventory: dict[str, Any]) -> list[str]:
    """The names of all hosts, in order."""
    named = {host for group in inventory.values() if isinstance(group, dict) for host in group.get("hosts", [])}
    return sorted(named | set(inventory.get("_meta", {}).get("hostvars", {})))


def cut(inventory: dict[str, Any], number: int, count: int) -> dict[str, Any]:
    """Slice `number` (from 1) of `count`."""
    kept = set(hosts_of(inventory)[number - 1 :: count])
    made: dict[str, Any] = {}
    for name, group in inventory.items():
        if name != "_meta":
            made[name] = {
                **group,
                **({"hosts": [host for host in group["hosts"] if host in kept]} if "hosts" in group else {}),
            }
    meta = inventory.get("_meta", {})
    made["_meta"] = {
        **meta,
        "hostvars": {host: values for host, values in meta.get("hostvars", {}).items() if host in kept},
    }
    return made


def main() -> None:
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal() or int(sys.argv[1]) < 1:
        sys.exit("usage: ansible-inventory -i INVENTORY --list | python3 cut.py NUMBER_OF_SLICES DIRECTORY")
    count, directory = int(sys.argv[1]), Path(sys.argv[2])
    inventory = json.load(sys.stdin)
    hosts = hosts_of(inventory)
    if not hosts:
        sys.exit("There are no hosts in this inventory; nothing was written.")
    if directory.exists():
        sys.exit(f"{directory} exists already; old slices must not mix with new ones.")
    for number in range(1, count + 1):
        # A program that prints the inventory, because only there is the text of a customer known to be data and no template.
        path = directory / str(number) / "inventory" / "hosts"
        path.parent.mkdir(parents=True)
        path.write_text(
            f"#!/usr/bin/env python3\nprint({json.dumps(cut(inventory, number, count))!r})\n", encoding="utf-8"
        )
        path.chmod(0o700)
    print(
        f"{len(hosts)} hosts in {count} slices: {', '.join(str(len(hosts[number::count])) for number in range(count))}"
    )


if __name__ == "__main__":
    main()
