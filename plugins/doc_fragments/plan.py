# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Plans that are made, reviewed, approved and carried out."""

    DOCUMENTATION = r"""
options:
  mode:
    description:
      - V(converge) reads, plans and writes.
      - V(plan) only reads, and writes the plan to O(plan_file), if there is one. The file has no secrets and is the same, byte for byte, for
        the same state. With O(approvals) or O(plan_author) it also says when it was made; that stays while it says the same.
      - V(apply) carries out exactly the writes of O(plan_file). It needs the same declaration. A user who has changed since is rejected, the
        others are done. For the licenses and roles of restored users the plan holds what may be needed at most.
    type: str
    choices: [converge, plan, apply]
    default: converge
  plan_file:
    description: The plan, as JSON. Required with O(mode=apply).
    type: path
  approvals:
    description:
      - Who must have approved a plan before O(mode=apply) carries it out. Each approval is a detached signature of the plan file by C(ssh-keygen -Y sign)
        in the namespace V(plan@tenantops.partner_center). Otherwise nothing is sent.
      - O(mode=converge) is rejected. Verification needs C(ssh-keygen) of OpenSSH 8.2 or newer where the task runs.
    type: dict
    version_added: 0.3.0
    suboptions:
      allowed_signers:
        description:
          - File in the format of C(ALLOWED SIGNERS) in C(ssh-keygen(1)). Required. Its own limits hold, such as C(valid-before) and C(namespaces).
            Others must not be able to write it.
        type: path
      required:
        description: How many different people must approve. Signatures with a key or an identity in common are of one person.
        type: int
        default: 1
      approvers:
        description: Identities that may approve, as they are in the file. Without it all in the file.
        type: list
        elements: str
      signatures:
        description: The signatures. Without it, the files next to O(plan_file) whose names are its name with C(.sig) or C(.NAME.sig) added.
        type: list
        elements: path
      not_author:
        description: Whether the author of the plan, O(plan_author) when it was made, must not be among those who approve. A plan without an author is
          rejected.
        type: bool
        default: false
      max_age_hours:
        description: How old the plan may be, by this machine's clock and by that of Partner Center.
        type: float
  plan_author:
    description:
      - With O(mode=plan), who made the plan, as an identity in O(approvals.allowed_signers). With O(mode=apply), the file says it.
    type: str
    version_added: 0.3.0
"""
