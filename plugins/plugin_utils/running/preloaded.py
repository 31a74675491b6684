# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the modules for users import where they need it, because a module that is shipped compiles all that it imports,
for every task. In place it is imported here, once, and not in the worker of each task.
"""

from __future__ import annotations

from ...module_utils._entra import tokens
from ...module_utils._partner_center.declare import purge
from ...module_utils._partner_center.run import password_writer, unsettled, writer

PRELOADED = (tokens, purge, password_writer, unsettled, writer)
