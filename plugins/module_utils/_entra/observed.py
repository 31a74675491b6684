# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who is told the exchanges with a host that gives out tokens. What shows them is imported late."""

from __future__ import annotations

import typing as t

from .settings import Settings

if t.TYPE_CHECKING:
    from .._common.secrets import Secrets
    from .._common.traffic.recording import Observer


def observed(settings: Settings, secrets: Secrets | None = None) -> Observer | None:
    """None if nothing is recorded. :raises OptionError: the recording cannot be written."""
    if settings.recording is None:
        return None
    from .traffic import SignInTraffic

    return settings.recording.observer(SignInTraffic, secrets=secrets)
