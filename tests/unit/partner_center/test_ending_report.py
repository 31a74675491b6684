"""What ends, in reports of all formats."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report

ENTRY = {
    "customer_id": "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01",
    "customer_domain": "contoso.onmicrosoft.com",
    "user_principal_name": "ada@contoso.example",
    "user_id": None,
    "what": "role",
    "name": "Helpdesk <b>`Administrator`",
    "ends_at": "2026-12-31T18:00:00Z",
    "granted_at": None,
    "granted_for": "INC-1",
    "overdue": False,
}


def result(*statuses: str, **more: t.Any) -> dict[str, t.Any]:
    ending = [{**ENTRY, "status": status, "overdue": status == "overdue"} for status in statuses]
    return {"rows": [], "customers": [], "mode": "converge", "check_mode": False, "ending": ending, **more}


def test_what_is_overdue_comes_first_in_every_format() -> None:
    found = [result("ends_soon", "taken_away"), result("overdue")]
    document = json.loads(to_report(found, format="json"))
    assert [grant["status"] for grant in document["ending"]] == ["overdue", "taken_away", "ends_soon"]
    assert document["ending"][0]["granted_for"] == "INC-1" and not document["ending"][0]["predicted"]
    for kind in ("md", "html"):
        text = to_report(found, format={"md": "markdown"}.get(kind, kind))
        places = [text.index(words) for words in ("overdue since", "removed, ended at", "ends at 2026")]
        assert places == sorted(places)
        assert kind == "md" or "<b>`" not in text, "nothing of a name is markup"


def test_a_prediction_says_so_and_nonsense_is_left_out() -> None:
    found = result("taken_away", "nonsense", check_mode=True)
    (grant,) = json.loads(to_report([found], format="json"))["ending"]
    assert grant["predicted"] and to_report([found], format="markdown") != to_report(
        [result("taken_away")], format="markdown"
    )
