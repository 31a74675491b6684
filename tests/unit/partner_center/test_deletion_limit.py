"""Above the limit nobody is deleted anywhere without the digest of exactly those users; everything else is done all the
same.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import (
    REASON,
    Deletion,
    decide,
    digest_of,
    limit_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.application import (
    Application,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.permissions import (
    Permissions,
)
from hypothesis import given
from hypothesis import strategies as st

from .deletion_tasks import random_tasks
from .factories import CUSTOMER, declared, user

SETS = st.sets(
    st.builds(Deletion, st.sampled_from("ABC"), st.sampled_from("abcdefgh"), st.just("x@y.example")), max_size=12
)


@given(SETS, st.integers(0, 12), SETS)
def test_the_decision(deletions: set[Deletion], limit: int, others: set[Deletion]) -> None:
    digest = digest_of(deletions)
    assert not decide(deletions, limit, digest).refusal
    assert bool(decide(deletions, limit, None).refusal) == (len(deletions) > limit)
    if {(each.customer_id, each.user_id) for each in others} != {
        (each.customer_id, each.user_id) for each in deletions
    }:
        assert bool(decide(deletions, limit, digest_of(others)).refusal) == bool(deletions), (
            "an approval of others is none, below the limit either"
        )
        assert not decide(deletions, limit, digest_of(others), [digest_of(others)]).refusal, (
            "part of what was reviewed as a whole"
        )
    refused = decide(deletions, 0, None)
    if deletions:
        assert digest in refused.refusal and refused.details() == {"reason": REASON}
        told = refused.result(0)
        assert (
            told["count"] == len(deletions) == sum(one["count"] for one in told["by_customer"])
            and told["digest"] == digest
            and not told["allowed"]
        )


@given(SETS)
def test_the_digest_is_of_the_set_and_not_of_how_it_is_written(deletions: set[Deletion]) -> None:
    shuffled = [
        Deletion(one.customer_id.lower(), one.user_id.upper(), "other")
        for one in sorted(deletions, key=repr, reverse=True)
    ]
    digest = digest_of(deletions)
    assert digest_of(shuffled) == digest and not limit_problems(
        {"max_delete_total": 0, "approve_deletions": f" {digest}\n"}
    )


@pytest.mark.parametrize("value", ["", " ", "true", "123", "d123", "D" + "0" * 19, "d" + "0" * 20])
def test_what_can_be_no_digest_is_refused(value: str) -> None:
    assert limit_problems({"max_delete_total": 25, "approve_deletions": value})
    assert limit_problems({"max_delete_total": -1, "approve_deletions": None})


@pytest.mark.parametrize("at_once", [True, False])
def test_nobody_gets_the_seat_of_somebody_who_stays(at_once: bool) -> None:
    one, two, three = (user(number, f"user{number}@contoso.example") for number in range(3))

    def row(who: User, action: str, **options: t.Any) -> RowPlan:
        operation = Operation(action, who.user_principal_name, who.id, {})
        return RowPlan(declared(user_id=who.id, user_principal_name=None), who, who, (operation,), **options)

    rows = (row(one, "update", waits_for=frozenset({str(two.id)})), row(two, "delete"), row(three, "update"))
    sent: list[str] = []

    def carry_out(planned: RowPlan) -> Outcome:
        sent.append(planned.before.user_principal_name)
        return Outcome(planned, "changed", done=list(planned.operations))

    made = Application(Plan(CUSTOMER, rows), carry_out, Permissions(CUSTOMER, facts_of("AzureCloud")))
    assert made.deletions() == [0, 1]
    if not at_once:
        made.run([2])
    made.refuse("too many", {"reason": REASON})
    assert sent == [three.user_principal_name]
    assert [each.status for each in made.outcomes()] == ["skipped", "skipped", "changed"]
    assert "not free" in made.outcomes()[0].message and made.outcomes()[1].details == {"reason": REASON}


# Random tasks


def test_random_tasks_in_every_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, refused, reviewed = random_tasks(300, 1, monkeypatch.setattr)
    assert allowed > 30 and refused > 30 and reviewed > 3, "the sample shows all of it"
