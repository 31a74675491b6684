# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in messages."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.text import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (11, "11 users")])
def test_a_noun_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "user") == words
