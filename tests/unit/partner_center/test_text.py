# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers in messages."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.text import are_or_is, counted, first_few


@pytest.mark.parametrize(("number", "words"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (11, "11 users")])
def test_a_noun_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "user") == words


@pytest.mark.parametrize(
    ("names", "most", "words"),
    [
        ([], 2, ""),
        (["a"], 2, "a"),
        (["a", "b"], 2, "a, b"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        (["a", "b", "c", "d"], 1, "a and 3 more"),
    ],
)
def test_the_first_few(names: list[str], most: int, words: str) -> None:
    assert first_few(names, most) == words


def test_what_is_there_agrees_with_its_number() -> None:
    assert [are_or_is(number, "deleted user") for number in (1, 2)] == ["is a deleted user", "are 2 deleted users"]
