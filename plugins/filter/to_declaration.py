# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter to_declaration: users that customer_user_info read, as a declaration. Documentation: to_declaration.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils.export.declaration import NotExportable, declaration_of
from ..plugin_utils.running.trust import untrusted


def to_declaration(
    value: t.Any,
    format: t.Any = "yaml",
    *,
    customer_domain: t.Any = None,
    name: t.Any = None,
    state: t.Any = "present",
    user_ids: t.Any = False,
    exact: t.Any = False,
    subscribed_skus: t.Any = None,
    earlier: t.Any = None,
) -> t.Any:
    """The declaration: a text, a dictionary, or a list with what could not be declared. The same arguments give the
    same result.

    :param value: a result of customer_user_info.
    :raises AnsibleFilterError: for other input and wrong options.
    """
    try:
        return untrusted(
            declaration_of(
                value,
                format,
                customer_domain=customer_domain,
                name=name,
                state=state,
                user_ids=user_ids,
                exact=exact,
                subscribed_skus=subscribed_skus,
                earlier=earlier,
            )
        )
    except NotExportable as problem:
        raise AnsibleFilterError(f"to_declaration: {problem}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name and its function."""
        return {"to_declaration": to_declaration}
