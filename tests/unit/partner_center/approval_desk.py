# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that lies on a table, people who sign it with real keys, and changes of single bytes."""

from __future__ import annotations

import random
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.approval_policy import (
    ApprovalPolicy,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.approvals import approve
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    Made,
    plan_text,
    read_plan,
)
from support.ssh_keys import People

from .factories import declared, snapshot, user

NOW = datetime.now(timezone.utc).replace(microsecond=0)
ANN, BEN, CAT = "ann@msp.example", "ben@msp.example", "cat@msp.example"


def made(*users: t.Any, **options: t.Any) -> t.Any:
    return plan((declared(**options),), snapshot(*users))


class Desk:
    """A plan on the table, and those who sign it."""

    def __init__(self, folder: Path) -> None:
        self.people = People(folder / "keys")
        self.plan = folder / "plan.json"
        self.write()
        self.people.allow(ann=ANN, ben=BEN, cat=CAT)

    def write(self, at: datetime = NOW, by: str | None = None) -> None:
        self.plan.write_text(plan_text([made(user(), display_name="New")], 1, Made(at, by)), encoding="utf-8")
        self.plan.chmod(0o600)

    def sign(self, *names: str, **how: t.Any) -> None:
        for name in names:
            self.people.sign(name, self.plan, **how)

    def policy(self, **how: t.Any) -> ApprovalPolicy:
        return ApprovalPolicy(**{"allowed_signers": str(self.people.allowed), "required": 2, **how})

    def ask(self, **how: t.Any) -> t.Any:
        return approve(self.policy(**how), read_plan(str(self.plan)))

    def refused(self, *reasons: str, counted: int = 1, **how: t.Any) -> None:
        """Refused for want of approvals; ``reasons``: those of the signatures that do not count."""
        with pytest.raises(OptionError) as caught:
            self.ask(**how)
        details = caught.value.details
        assert details["reason"] == "not_approved"
        assert len(details["approval"]["approved_by"]) == counted
        assert [one["reason"] for one in details["approval"]["not_counted"]] == list(reasons)


def changed_byte(content: bytes, position: int, dice: random.Random) -> bytes:
    other = dice.choice([content[position] ^ 1, 10, 32, 65, content[position] ^ 0x20, dice.randrange(256)])
    return content[:position] + bytes([other]) + content[position + 1 :]


def every_change(signed: Desk, positions: t.Callable[[bytes], t.Iterable[int]], dice: random.Random) -> int:
    """Change single bytes of the plan and of a signature; returns how many. Every change has to be refused."""
    count = 0
    for path in (signed.plan, signed.plan.with_name("plan.json.ben.sig")):
        content = path.read_bytes()
        try:
            for position in positions(content):
                edited = changed_byte(content, position, dice)
                if edited == content:
                    continue
                path.write_bytes(edited)
                count += 1
                with pytest.raises(OptionError):
                    signed.ask()
        finally:
            path.write_bytes(content)
    assert signed.ask().approved_by
    return count
