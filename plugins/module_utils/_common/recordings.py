# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The recording that an option asks for. What makes it, and what shows an exchange in it, is imported then: nearly no
task has one."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .secrets import Secrets
    from .traffic.dialect import Dialect
    from .traffic.recording import Observer, Recording


def recording_at(path: t.Any) -> Recording | None:
    """The recording at a path, which an option may give; None for none."""
    if not path:
        return None
    from .traffic.recording import Recording

    return Recording(str(path))


def observer_of(
    recording: Recording | None,
    dialect: t.Callable[[], type[Dialect]],
    origin: str = "",
    secrets: Secrets | None = None,
) -> Observer | None:
    """Who is told the exchanges with a server, see :meth:`Recording.observer`; None if nothing is recorded.

    :param dialect: imports how they are shown, and returns it.
    :raises OptionError: the recording cannot be written.
    """
    return recording.observer(dialect(), origin, secrets) if recording is not None else None
