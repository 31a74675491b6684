"""What an approval of deletions is bound to: accounts, and not names that another account may have by now."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import converge
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import (
    Deletion,
    Verdict,
    decide,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.run_limit import RunLimit
from hypothesis import given, settings
from hypothesis import strategies as st

from .service import NAME, Service

DATE = datetime(2026, 6, 27, 8, 0, 0, 500_000)


def digest(*, created: str | None) -> str:
    """What a task in check mode gives for a user who was created then."""
    given: list[Verdict] = []
    service = Service()
    service.put(CreatedTime=created)

    def allow(deletions: t.Iterable[Deletion]) -> Verdict:
        given.append(decide(deletions, 0, None))
        return given[-1]

    row = UserDeclaration("absent", NAME, subscriptions="delete")
    converge(service.api(), [row], Waiting(), check_mode=True, run_limit=RunLimit(1, None), allow=allow)
    assert len(given[0].deletions) == 1
    return given[0].digest


@settings(max_examples=20)
@given(st.integers(2, 10**8), st.booleans())
def test_another_account_of_the_name_is_another_deletion(seconds: int, sooner: bool) -> None:
    other = DATE + timedelta(seconds=-seconds if sooner else seconds)
    assert digest(created=DATE.isoformat()) != digest(created=other.isoformat())


@pytest.mark.parametrize("again", ["2026-06-27T08:00:00.5", "2026-06-27 08:00:00.500Z", "2026-06-27T08:00:00.5000000+00:00"])  # fmt: skip
def test_the_same_account_is_the_same_however_its_date_is_written(again: str) -> None:
    assert digest(created=DATE.isoformat()) == digest(created=again)


def test_a_name_is_all_there_is_where_no_date_can_be_read() -> None:
    assert digest(created=None) == digest(created="0001-01-01T00:00:00") != digest(created=DATE.isoformat())
