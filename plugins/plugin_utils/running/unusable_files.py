# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a lookup fails with that reads files."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleLookupError


class UnusableFiles(AnsibleLookupError):
    """Files that nothing is made of.

    :param heading: how many problems there are, and what was not done for them.
    :param problems: one line each, ``problem.Problem`` where it is known what they are about.
    """

    def __init__(self, heading: str, problems: t.Sequence[str]) -> None:
        super().__init__("\n".join([heading, *problems]))
        self.problems = list(problems)
