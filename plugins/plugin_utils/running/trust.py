# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ansible-core takes for a template and what not, in all its versions."""

from __future__ import annotations

import typing as t

try:
    # Since 2.19 only text that is marked as trusted is a template, and nothing marks what a plugin makes.
    from ansible.template import trust_as_template as _opt_in
except ImportError:
    _opt_in = None

T = t.TypeVar("T")


def untrusted(value: T) -> T:
    """The value, with every text in it marked where the version of ansible-core needs that."""
    if _opt_in is not None:
        return value
    from ansible.utils.unsafe_proxy import wrap_var

    return t.cast(T, wrap_var(value))


def trusted(text: str) -> str:
    """A text of this collection that is meant as a template."""
    return text if _opt_in is None else t.cast(str, _opt_in(text))
