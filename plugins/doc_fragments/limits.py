# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """How many users a task may delete, and how to bring purged ones back."""

    DOCUMENTATION = r"""
options:
  max_delete:
    description: If a purge would delete more users of a customer than this, it deletes none and the task fails.
    type: int
    default: 5
  max_delete_percentage:
    description: If a purge would delete a larger share of the users in scope than this, it deletes none and the task fails.
    type: float
    default: 10.0
  max_delete_total:
    description:
      - The number of users that the task may delete, declared V(absent) or purged, across all customers. Above it, no user is
        deleted, everything else is done, and the task fails with the reason V(deletions_not_approved).
    type: int
    default: 25
    version_added: 0.3.0
  approve_deletions:
    description:
      - The digest in RV(deletions.digest) of an earlier task. It allows the deletion of exactly these users, regardless of their number. If the set has
        changed, no user is deleted. With O(mode=apply), it can also be the digest of the whole plan.
    type: str
    version_added: 0.3.0
  undo_file:
    description:
      - File that undoes the purge, required with O(purge). JSON with a list C(customers) for O(customers), in which all purged users are
        declared V(restored), with their previous licenses and directory roles. It is written and flushed to disk before any user is
        deleted. Later runs, and parallel runs, add to it. If a user is purged again, the last state counts.
    type: path
"""
