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
      - V(plan) only reads, and writes the plan to O(plan_file), if it is set. The file has no secrets and is byte-identical for
        the same state. With O(approvals) or O(plan_author) it also has its creation time, which does not change while the content is the same.
      - V(apply) carries out exactly the writes of O(plan_file). It needs the same declaration. A user who changed after the plan was made is rejected, and
        the others are applied. For restored users, the plan has all licenses and roles that may be needed.
    type: str
    choices: [converge, plan, apply]
    default: converge
  plan_file:
    description: The plan, as JSON. Required with O(mode=apply).
    type: path
  approvals:
    description:
      - The approvals that a plan needs before O(mode=apply). Each approval is a detached signature of the plan file by C(ssh-keygen -Y sign)
        in the namespace V(plan@tenantops.partner_center). Otherwise nothing is sent.
      - O(mode=converge) is rejected. Verification needs C(ssh-keygen) of OpenSSH 8.2 or newer where the task runs.
    type: dict
    version_added: 0.3.0
    suboptions:
      allowed_signers:
        description:
          - File in the format of C(ALLOWED SIGNERS) in C(ssh-keygen(1)). Required. Its limits apply, such as C(valid-before) and C(namespaces).
            It must not be writable by others.
        type: path
      required:
        description: How many different people must approve. Signatures that share a key or an identity count as one person.
        type: int
        default: 1
      approvers:
        description: Identities in the file that can approve. By default, all of them.
        type: list
        elements: str
      signatures:
        description: The signature files. By default, the files next to O(plan_file) whose names are its name with C(.sig) or C(.NAME.sig) added.
        type: list
        elements: path
      not_author:
        description: Whether the author of the plan, its O(plan_author), must not approve it. A plan without an author is rejected.
        type: bool
        default: false
      max_age_hours:
        description: Maximum age of the plan, by this machine's clock and by that of Partner Center.
        type: float
  plan_author:
    description:
      - With O(mode=plan), the author of the plan, as an identity in O(approvals.allowed_signers). With O(mode=apply), the author is read from the plan.
    type: str
    version_added: 0.3.0
"""
