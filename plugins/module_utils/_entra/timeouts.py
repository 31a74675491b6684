# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How long a request may take."""

from __future__ import annotations

from .._common.options import Sources, seconds

WRITE_TIMEOUT = 120
"""Seconds for a write where nobody said how many; Microsoft's SDKs wait two and three minutes. One that is given up too
early is done all the same, and nobody knows."""


def timeouts(sources: Sources, problems: list[str]) -> dict[str, int]:
    """``timeout`` and ``write_timeout``: one option for both. Where nobody has set it, a write is waited for longer."""
    given = seconds(sources, "timeout", 1, 3600, problems)
    return {"timeout": given, "write_timeout": given if sources.rank("timeout") < 2 else WRITE_TIMEOUT}
