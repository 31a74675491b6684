"""One key ``failure`` in every result of a failed task, one list of statuses, one sentence about what was done before."""

from __future__ import annotations

import ast
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.operations import (
    Operation as AzureOperation,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import errors, failure, interruption
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.deletion_limit import Verdict
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import (
    AboutAnother,
    Outcome,
    Status,
    Unclear,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.results import (
    answered,
    outcome_result,
    rows_result,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    COUNTED,
    COUNTED_AS,
    Operation,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.writer import _stopped

ROOT = Path(__file__).parents[3]
NAME = "grace@contoso.example"


class Module:
    """As much of a module as results need."""

    diff_mode = False
    check_mode = False
    params: t.ClassVar = {"max_delete_total": 25}

    def warn(self, _text: str) -> None:
        pass


class Plan:
    refusal = None


def rename(action: str = "rename") -> Operation:
    return Operation(action, NAME, "1", {"user_principal_name": ("g@contoso.example", NAME)}, "differs")


def result_of(outcome: Outcome) -> dict[str, t.Any]:
    return outcome_result(t.cast(t.Any, Module()), outcome, lambda _outcome: {}, (COUNTED, COUNTED_AS))


ERRORS = [
    (errors.OptionError(["x is missing."]), {"reason": "invalid_options"}),
    (
        errors.ServiceError("No.", status=403, code="900308", needed_roles=["User Administrator"], request_id="r"),
        {
            "reason": "missing_role",
            "http_status": 403,
            "code": "900308",
            "request_id": "r",
            "needed_roles": ["User Administrator"],
        },
    ),
    (errors.ServiceError("No.", status=401), {"reason": "token_rejected", "http_status": 401}),
    (errors.ServiceError("No.", status=403), {"reason": "forbidden", "http_status": 403}),
    (errors.ServiceError("No.", status=404), {"reason": "not_found", "http_status": 404}),
    (errors.ServiceError("No.", status=409), {"reason": "conflict", "http_status": 409}),
    (errors.ServiceError("No.", status=400), {"reason": "rejected_by_service", "http_status": 400}),
    (errors.ServiceError("No.", status=503), {"reason": "service_unavailable", "http_status": 503}),
    (errors.Throttled("Wait.", status=429), {"reason": "throttled", "http_status": 429}),
    (errors.TransportError("No.", error_class="tls"), {"reason": "tls", "error_class": "tls"}),
    (errors.TransportError("No list."), {"reason": "answer_not_understood"}),
    (
        errors.SignInError("No.", error_class="mfa", aadsts="AADSTS50076", correlation_id="c", timestamp="now"),
        {
            "reason": "sign_in_failed",
            "correlation_id": "c",
            "error_class": "mfa",
            "aadsts": "AADSTS50076",
            "timestamp": "now",
        },
    ),
    (
        errors.SignInError("No.", error_class="assertion_source", reason="token_json"),
        {"reason": "token_json", "error_class": "assertion_source"},
    ),
    (errors.LookupFailed("None."), {"reason": "customer_not_found"}),
    (errors.Defect(ValueError()), {"reason": "internal_error"}),
    (Unclear("?"), {"reason": "outcome_unknown"}),
    (AboutAnother("?", http_status=200), {"reason": "answer_about_another", "http_status": 200}),
    (interruption.Interrupted("Stop.", reason="throttled"), {"reason": "interrupted"}),
]


@pytest.mark.parametrize(("error", "expected"), ERRORS, ids=lambda value: type(value).__name__)
def test_every_kind_of_error_has_its_word(error: errors.CollectionError, expected: dict[str, t.Any]) -> None:
    error.task["correlation_id"] = "of the task"
    result = failure.of_error(error)
    assert (
        result["failed"]
        and result["failure"] == expected
        and list(result["failure"]) == [name for name in failure.MEMBERS if name in expected]
    )
    assert result["correlation_id"] == "of the task" and not set(result) & (set(failure.MEMBERS) - {"correlation_id"})


@pytest.mark.parametrize("status", [Status.FAILED, Status.SKIPPED, Status.UNKNOWN])
def test_no_failure_is_without_a_word(status: Status) -> None:
    outcome = Outcome(Plan(), status, message="No.")
    assert result_of(outcome)["failure"] == {"reason": answered(outcome)["reason"]} != {"reason": None}


def test_what_is_as_declared_has_no_failure() -> None:
    assert "failure" not in result_of(Outcome(Plan())) and answered(Outcome(Plan()))["reason"] is None


@pytest.mark.parametrize(
    "operation", [rename("update"), AzureOperation("update", NAME, {}, "differs")], ids=["pc", "wap"]
)
def test_the_write_that_failed_is_a_member(operation: t.Any) -> None:
    outcome = Outcome(Plan(), Status.FAILED, failed=operation, message="No.", details={"reason": "throttled"})
    made = result_of(outcome)
    assert made["failure"] == {"reason": "throttled", "operation": operation.result()}
    assert made["msg"] == f"Failed: update {NAME}. No."


def test_what_was_done_before_is_said_once() -> None:
    outcome = Outcome(Plan(), done=[rename()])
    _stopped(outcome, rename("update"), Status.FAILED, errors.ServiceError("No.", status=400))
    assert result_of(outcome)["msg"].count(rename().action) == 1


def test_a_task_with_rows_leaves_the_reasons_to_them() -> None:
    row = {"index": 0, "status": "failed", "message": "No.", "source": None, "name": NAME, "user_id": None}
    made = rows_result(
        t.cast(t.Any, Module()), [row], [], Verdict((), ""), lambda _outcome: {}, (COUNTED, {}), predicted=False
    )
    assert made["failed"] and made["failure"] == {"reason": "rows_failed"}
    assert "failure" not in rows_result(
        t.cast(t.Any, Module()),
        [{**row, "status": "ok"}],
        [],
        Verdict((), ""),
        lambda _outcome: {},
        (COUNTED, {}),
        predicted=False,
    )


def test_a_status_is_its_word() -> None:
    assert (
        [f"{status}" for status in Status] == [str(status) for status in Status] == [status.value for status in Status]
    )
    assert json.dumps({Status.OK: Status.CHANGED}) == '{"ok": "changed"}' and Status.OK == "ok"


def test_the_statuses_are_listed_once() -> None:
    """In Python; the words for people and the order of a report go by the members."""
    words = {status.value for status in Status}
    found = []
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
            if words <= {part.value for part in parts if isinstance(part, ast.Constant)}:
                found.append(f"{path.name}:{node.lineno}")
    assert found == []
