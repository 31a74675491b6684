# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which Python libraries are not there, all at once: whoever installs one does not want to hear of the next."""

from __future__ import annotations

import importlib.util
import sys
import typing as t


def missing(names: t.Iterable[str], *known: str) -> list[str]:
    """The libraries that cannot be found, in their order.

    :param known: libraries whose import has failed, however it looks.
    """
    return [name for name in dict.fromkeys([*known, *names]) if name in known or not _there(name)]


def _there(name: str) -> bool:
    if name in sys.modules:
        return sys.modules[name] is not None
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
