# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The playbooks that end in Python: their steps, and who says how they go on and end."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import (
    azure_pack_offboard,
    drift,
    export,
    license_report,
    offboard,
    onboard,
    reconcile,
    restore,
    sign_in,
    temporary,
)
from .ending import Ending, Run


@dataclass(frozen=True)
class Playbook:
    """A playbook.

    :ivar steps: the names of the steps whose results are registered in variables such as ``_reconcile_planned``; one
        that begins with an underscore is that of a variable.
    :ivar may: by the name of a step whether it follows.
    :ivar options: by the name of a step the options of its module, where they follow from an earlier step.
    :ivar acts: by the name of a step what it does itself; the result is that of the step.
    :ivar broken: the word for an end that could not be written down.
    """

    end: t.Callable[[Run], Ending]
    steps: tuple[str, ...] = ()
    may: t.Mapping[str, t.Callable[[Run], bool]] = field(default_factory=dict)
    options: t.Mapping[str, t.Callable[[Run], dict[str, t.Any]]] = field(default_factory=dict)
    acts: t.Mapping[str, t.Callable[[Run], dict[str, t.Any]]] = field(default_factory=dict)
    broken: str = "failed"


PLAYBOOKS: dict[str, Playbook] = {
    "reconcile": Playbook(
        reconcile.end, ("planned", "applied"), {"apply": reconcile.may_apply, "change": reconcile.may_change}
    ),
    "drift": Playbook(drift.end, ("compared", "customers"), {"customers": drift.may_list_customers}),
    "license": Playbook(license_report.end, ("read",)),
    "onboard": Playbook(
        onboard.end, ("planned", "applied", "customer"), {"apply": onboard.may_apply, "name": onboard.may_name}
    ),
    "offboard": Playbook(
        offboard.conclude,
        offboard.STEPS,
        {"take": offboard.may_take},
        {
            "find": offboard.find_options,
            "read": offboard.read_options,
            **offboard.PREVIEWS,
            "strip": offboard.strip_options,
            "delete": offboard.delete_options,
        },
        {"record": offboard.record},
    ),
    "restore": Playbook(restore.end, ("read", "done"), {"restore": restore.may_restore}, {"restore": restore.options}),
    "export": Playbook(
        export.end,
        (export.FIND, "read", "written", "verified"),
        {"write": export.may_write, "verify": export.may_verify},
        {"read": export.read_options, "write": export.write_options, "verify": export.verify_options},
    ),
    "azure_pack_offboard": Playbook(
        azure_pack_offboard.end,
        ("preview", "done"),
        options={"remove": azure_pack_offboard.remove_options, "shown": azure_pack_offboard.shown},
    ),
    "doctor": Playbook(sign_in.end_of_doctor, ("result",), options={"examine": sign_in.examine_options}),
    "temporary": Playbook(
        temporary.end,
        ("look", "done"),
        {"look": temporary.may_look, "do": temporary.may_do},
        {"look": temporary.options, "do": temporary.options},
    ),
    "rotate": Playbook(sign_in.end_of_rotate, ("result",)),
}
"""By what the variables of the playbook begin with."""
