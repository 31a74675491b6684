# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The lookups of this collection, for plugins that read the same files."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from .declared import Read, Unreadable

COLLECTION = "tenantops.partner_center."


def reader(loader: t.Any, templar: t.Any, variables: t.Mapping[str, t.Any]) -> Read:
    """Reads files as the lookups do, and finds them where these find them."""

    def read(lookup: str, terms: t.Sequence[str], **options: t.Any) -> list[dict[str, t.Any]]:
        plugin = lookup_loader.get(COLLECTION + lookup, loader=loader, templar=templar)
        try:
            return t.cast("list[dict[str, t.Any]]", plugin.run(list(terms), variables, **options))
        except AnsibleError as exc:
            raise Unreadable(str(exc.message)) from None

    return read
