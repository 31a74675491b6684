# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What ends by itself."""

    DOCUMENTATION = r"""
options:
  max_lifetime:
    description:
      - The maximum duration of anything with an end, such as V(8h). A longer duration is rejected before the first request.
      - This option does not require an end. O(access_policy_file) can require one.
    type: str
    version_added: 0.3.0
  access_policy_file:
    description:
      - A YAML or JSON file with the maximum durations of users, roles and licenses, which you can protect in a repository. Everything that it lists must
        end within that time. See U(https://github.com/tenantops/partner_center/blob/main/docs/temporary-access.md).
    type: path
    version_added: 0.3.0
  access_file:
    description:
      - The record of grants with C(lasts) and their times. Required with C(lasts). A JSON file with mode 0600, and a lock file next to it. It is written
        and flushed to disk before anything is granted. In check mode, it is not written.
      - Without the record, it is unknown what has ended. If it is lost or cannot be read, nothing is sent. Back it up.
    type: path
    version_added: 0.3.0
  access_file_new:
    description: Creates O(access_file). For the first run only; the task fails if the file exists.
    type: bool
    default: false
    version_added: 0.3.0
  ends_only:
    description: Only removes what has ended. Nothing is created, changed or granted.
    type: bool
    default: false
    version_added: 0.3.0
  ending_within_days:
    description: RV(ending) lists what ends within this number of days.
    type: int
    default: 14
    version_added: 0.3.0
"""
