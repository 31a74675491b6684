# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a service answers, a probe comes to a report, and what it cannot tell it leaves open."""

from __future__ import annotations

import json

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe import questions, steps
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.report import (
    exchange,
    report,
    table,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.probe.seen import Evidence, Seen
from hypothesis import given, settings
from hypothesis import strategies as st

CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
MEMBERS = """id userPrincipalName displayName firstName lastName usageLocation phoneNumber immutableId state links self
next uri items totalCount continuationToken code description data statusCode passwordProfile forceChangePassword
productSku servicePlans capabilityStatus availableUnits targetType name userDomainType""".split()
IDS = {
    "a": CUSTOMER,
    "b": CUSTOMER.replace("1", "2"),
    "role": steps.HARMLESS_ROLES[0],
    "sku": CUSTOMER,
    "plan": CUSTOMER,
}
leaves = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([*IDS.values(), "/v1/x?size=5"])
)
bodies = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6),
    max_leaves=25,
)
statuses = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 429, 500, 503])
answers = st.dictionaries(
    st.sampled_from(sorted(steps.BY_NAME)), st.lists(st.tuples(statuses, bodies), min_size=1, max_size=6), max_size=48
)


@settings(max_examples=60, deadline=None)
@given(answers)
def test_anything_can_come(found):
    values = {**steps.first_values(CUSTOMER, "contoso.example", "0123456789ab"), **IDS}
    evidence = Evidence(values)
    for step, several in found.items():
        for number, (status, body) in enumerate(several):
            evidence.add(Seen(step, status, body, sent=number, at=number + 0.5))
    steps.learn(evidence)
    for step in steps.STEPS:
        assert step.when is None or step.when(evidence) in (True, False)
        assert step.until is None or step.until(evidence) in (True, False)
    shown = [
        exchange(step, {"status": status, "answer": body}) for step, all_ in found.items() for status, body in all_
    ]
    document = report(evidence, shown, version="1", day="2026-01-01", cloud="AzureCloud", ended="complete")
    assert len(table(json.loads(json.dumps(document)))) == len(questions.QUESTIONS)
    for name, value in document["switches"].items():
        asked = next(question for question in questions.QUESTIONS if question.switch == name)
        assert value is not None
        assert name in ("html_escape_descriptions", "code_type") or any(step in found for step in asked.steps)


def test_nothing_is_said_of_what_was_not_asked():
    evidence = Evidence(steps.first_values(CUSTOMER, "contoso.example", "0123456789ab"))
    assert questions.switches(evidence) == {}
