# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the options have in common that say what is read."""

from __future__ import annotations

from ..._common.problem import Problem
from ..module import PartnerCenterTask


def null_selectors(module: PartnerCenterTask) -> list[str]:
    """A selector that a template left empty must not select everybody: somebody may loop over the answer and delete."""
    names = ("customer_id", "customer_domain", "user_id", "user_principal_name", "users", "name_prefix")
    nulls = [name for name in names if name in module.given and module.given[name] is None]
    way = "leave it out (in a template: default(omit, true)) to read all"
    return [Problem(f"{name} is null; {way}.", "null") for name in nulls]
