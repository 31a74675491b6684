# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who is told the exchanges with a host that gives out tokens. What shows them is imported late."""

from __future__ import annotations

import typing as t

from .._common.recordings import observer_of
from .settings import Settings

if t.TYPE_CHECKING:
    from .._common.secrets import Secrets
    from .._common.traffic.dialect import Dialect
    from .._common.traffic.recording import Observer


def sign_in_dialect() -> type[Dialect]:
    """How a recording shows what is exchanged with such a host."""
    from .traffic import SignInTraffic

    return SignInTraffic


def observed(settings: Settings, secrets: Secrets | None = None) -> Observer | None:
    """None if nothing is recorded. :raises OptionError: the recording cannot be written."""
    return observer_of(settings.recording, sign_in_dialect, secrets=secrets)
