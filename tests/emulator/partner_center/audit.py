"""Audit records: written after each write that succeeded, and listed newest first.

Sources: Partner Center developer docs: get-a-record-of-partner-center-activity-by-user (with a trace),
auditing-resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from emulator.partner_center import errors, filters, paging
from emulator.partner_center.audit_store import AuditRecord
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.wire import Reply

_DEFAULT_DAYS = 30
_KEPT_DAYS = 90
# yyyy-mm-dd is the documented form; the others are what the SDK sends and what people write.
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
)


def write(
    request: ApiRequest,
    operation: str,
    resource: str,
    data: dict[str, str] | Iterable[tuple[str, str]],
    new_value: dict[str, Any] | None,
    correlation_id: str | None = None,
    old_value: dict[str, Any] | None = None,
) -> None:
    """data: `customizedData`; new_value and old_value: the resource after and before the write, never with a password;
    correlation_id: another one than the request's."""
    identity = request.identity
    record: dict[str, Any] = {
        "operationType": operation,
        "userPrincipalName": identity.upn or identity.object_id,
        "applicationId": identity.client_id,
        "originalCorrelationId": correlation_id or request.notes.correlation_id,
        "customizedData": [
            {"key": key, "value": value} for key, value in (data.items() if isinstance(data, dict) else data)
        ],
    }
    for name, value in (("resourceOldValue", old_value), ("resourceNewValue", new_value)):
        if value is not None:
            record[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    customer = request.customer
    request.core.store.audit.add(
        AuditRecord(request.core.clock.timestamp(), customer.id, customer.company_name, resource, record)
    )


def list_records(request: ApiRequest) -> Reply:
    """200: records of the last 30 days, or of the days that were asked for, both included."""
    core = request.core
    start, end = _span(request)
    listing = "audit"
    days = [each.strftime("%Y-%m-%d") for name in ("startDate", "endDate") if (each := _date(request, name))]
    page_request = paging.read_page_request(
        request, listing, core.switches.page_size_audit, span=[start, end], days=days
    )
    where, parameters = filters.audit_condition(filters.parse_filter(page_request.query.filter))
    start, end = page_request.query.span or [start, end]
    if core.switches.audit_lag_ms:
        end = min(end, core.clock.timestamp() - core.switches.audit_lag_ms / 1000)
    position = page_request.position[0] if page_request.position else None
    rows = core.store.audit.page(
        start, end, where, parameters, position, page_request.backwards, page_request.query.size + 1
    )
    page = paging.cut([([seq, None], _document(request, entry)) for seq, entry in rows], page_request)
    # Audit records came without a byte order mark, and the older PowerShell module reads nothing with one.
    return Reply(200, paging.collection(request, listing, page_request, page), has_mark=False)


def _span(request: ApiRequest) -> tuple[float, float]:
    """[first moment, moment after the last) in seconds since 1970."""
    now = request.core.clock.now()
    first = _date(request, "startDate") or now - timedelta(days=_DEFAULT_DAYS)
    last = _date(request, "endDate") or now
    # The records of the day are kept for 90 days; a day's tolerance, because the parameter has no time.
    if first < now - timedelta(days=_KEPT_DAYS + 1):
        raise errors.invalid_property("startDate", f"Audit records are available for {_KEPT_DAYS} days.")
    if first > last:
        raise errors.invalid_property("startDate", "The start date is after the end date.")
    return _midnight(first).timestamp(), (_midnight(last) + timedelta(days=1)).timestamp()


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _date(request: ApiRequest, name: str) -> datetime | None:
    text = (request.query(name) or "").strip()
    if not text:
        return None
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    raise errors.invalid_input(f"{name} is not a date.")


def _document(request: ApiRequest, entry: AuditRecord) -> dict[str, Any]:
    return {
        "id": f"{request.core.partner['tenant_id']}_{_ticks(entry.time)}",
        "partnerId": request.core.partner["tenant_id"],
        "customerId": entry.customer_id,
        "customerName": entry.company_name,
        **{name: entry.record[name] for name in ("userPrincipalName", "applicationId")},
        "resourceType": entry.resource_type,
        **{name: entry.record[name] for name in ("resourceOldValue", "resourceNewValue") if name in entry.record},
        "operationType": entry.record["operationType"],
        "originalCorrelationId": entry.record["originalCorrelationId"],
        # One session per token cannot be told from here; what matters is that the member is there.
        "sessionId": entry.record["originalCorrelationId"],
        "operationDate": _seven_digits(entry.time),
        "operationStatus": "succeeded",
        "customizedData": entry.record["customizedData"],
        "attributes": {"objectType": "AuditRecord"},
    }


def _ticks(seconds: float) -> int:
    """The moment as .NET counts it: tenths of a microsecond since the year 1."""
    return 621_355_968_000_000_000 + round(seconds * 10_000_000)


def _seven_digits(seconds: float) -> str:
    """`2020-09-02T23:26:19.7753934Z`: dates of audit records have seven fractional digits."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


# The page applies to the global, German and US Government clouds.
ROUTES = (
    Route("GET", "auditrecords", list_records, app_only_switch="audit_app_only", missing_in=frozenset(("china",))),
)
