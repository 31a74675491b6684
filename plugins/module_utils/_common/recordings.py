# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The recording that an option asks for. What makes it is imported then: nearly no task has one."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .traffic.recording import Recording


def recording_at(path: t.Any) -> Recording | None:
    """The recording at a path, which an option may give; None for none."""
    if not path:
        return None
    from .traffic.recording import Recording

    return Recording(str(path))
