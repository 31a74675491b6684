# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door of the module of the same name."""

from __future__ import annotations

from ..module_utils._entra import tokens
from ..module_utils._partner_center.modules.access_token_info import DEFINITION
from ..plugin_utils.running.hidden_result import HiddenResult

IMPORTED = (tokens,)
"""Imported late, and here once for all workers."""


class ActionModule(HiddenResult):
    """Runs it where the data is."""

    definition = DEFINITION
