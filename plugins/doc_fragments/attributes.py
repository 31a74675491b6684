# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of the attributes that the modules of this collection have."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(tenantops.partner_center.attributes), and C(.info_module) for modules that only read.

    C(.azure_pack) comes before C(.attributes) in a module of Windows Azure Pack: of two fragments the first one counts.
    """

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
  platform:
    description: Target OS or families that can be operated against.
    support: full
    platforms: posix
    details:
      - The module uses a web service. The target is the machine that runs the module, usually the control node.
  action_group:
    description: Use C(group/tenantops.partner_center.partner_center) in C(module_defaults) to set the sign-in options for this module.
    support: full
    membership:
      - tenantops.partner_center.partner_center
"""

    AZURE_PACK = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/tenantops.partner_center.azure_pack) in C(module_defaults) to set the connection options for this module.
    support: full
    membership:
      - tenantops.partner_center.azure_pack
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads.
  diff_mode:
    support: N/A
    details:
      - This module only reads.
  idempotent:
    support: full
    details:
      - This module only reads.
"""
