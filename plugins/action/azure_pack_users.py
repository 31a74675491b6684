# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name and prints how far it is, now and then."""

from __future__ import annotations

from ..plugin_utils.running.progress_lines import ProgressLines


class ActionModule(ProgressLines):
    """The module, with lines while it works."""
