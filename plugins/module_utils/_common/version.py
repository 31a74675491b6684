# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version that the collection tells the services about itself (a test keeps it equal to galaxy.yml)."""

from __future__ import annotations

VERSION = "0.3.0"
USER_AGENT = f"tenantops.partner_center/{VERSION}"
