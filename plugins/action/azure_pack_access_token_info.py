# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name so that its result, a token, is registered and never shown."""

from __future__ import annotations

from ..plugin_utils.running.hidden_result import HiddenResult


class ActionModule(HiddenResult):
    """The module, unseen unless it fails."""
