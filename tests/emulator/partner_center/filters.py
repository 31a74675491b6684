"""The `filter` parameter: one JSON object, in the dialects of the .NET, Java and Spring SDKs.

    {"Field":"UserState","Value":"Inactive","Operator":"equals"}                     .NET and the docs pages
    {"field":"UserState","value":"Inactive","operator":"Equals","fieldType":"..."}   Java
    {"Field":"UserState","Value":"Inactive","Operator":0}                            Spring: the operator's number
    {"LeftFilter":{...},"Operator":"and","RightFilter":{...}}                        compound

Sources: Partner Center developer docs: view-a-deleted-user, get-a-customer-by-name; the SDKs' FieldFilterOperation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.kernel.json_reading import decode_json, fold_names
from emulator.partner_center import errors

# In the order of the SDK's enumeration: the position is the number that some clients send.
OPERATORS = (
    "equals",
    "not_equals",
    "greater_than",
    "greater_than_or_equals",
    "less_than",
    "less_than_or_equals",
    "substring",
    "and",
    "or",
    "starts_with",
    "not_starts_with",
)
_OPERATORS_FOLDED = {each.replace("_", ""): each for each in OPERATORS}

Sql = tuple[str, tuple[Any, ...]]
NO_CONDITION: Sql = ("", ())


@dataclass(frozen=True)
class FieldFilter:
    field: str
    """Lower case."""
    value: Any
    operator: str


@dataclass(frozen=True)
class CompoundFilter:
    left: Filter
    operator: str
    right: Filter


Filter = FieldFilter | CompoundFilter


def parse_filter(text: str | None) -> Filter | None:
    if text is None or not text.strip():
        return None
    try:
        document = decode_json(text.encode("utf-8"))
    except (ValueError, RecursionError):
        raise errors.invalid_input("the filter is not valid JSON.") from None
    return _parse(fold_names(document))


def _parse(document: Any) -> Filter:
    if not isinstance(document, dict):
        raise errors.invalid_input("the filter is not a JSON object.")
    operator = _operator(document.get("operator", "equals"))
    if "leftfilter" in document or "rightfilter" in document:
        if operator not in ("and", "or"):
            raise errors.bad_enum(operator)
        return CompoundFilter(_parse(document.get("leftfilter")), operator, _parse(document.get("rightfilter")))
    if not isinstance(document.get("field"), str) or operator in ("and", "or"):
        raise errors.invalid_input("the filter needs Field, Value and Operator.")
    return FieldFilter(document["field"].strip().lower(), document.get("value"), operator)


def _operator(value: Any) -> str:
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(OPERATORS):
        return OPERATORS[value]
    if isinstance(value, str) and (found := _OPERATORS_FOLDED.get(value.strip().lower().replace("_", ""))):
        return found
    raise errors.bad_enum(value)


# Customers


_CUSTOMER_FIELDS = {
    "companyname": "name_key",
    "displayname": "name_key",
    "domain": "domain_key",
    "defaultdomainname": "domain_key",
    # Known to the service; no customer of the emulator came through a reseller.
    "indirectreseller": "''",
    "indirectcloudsolutionprovider": "''",
}


def customer_condition(parsed: Filter | None) -> Sql:
    """SQL for the customers table. Only "starts with" and "equals" exist; both compare without case
    (get-a-customer-by-name)."""
    if parsed is None:
        return NO_CONDITION
    if isinstance(parsed, CompoundFilter) or parsed.operator not in ("starts_with", "equals"):
        raise errors.customer_search_operation()
    column = _CUSTOMER_FIELDS.get(parsed.field)
    if column is None:
        raise errors.invalid_property(parsed.field, "Customers cannot be searched by it.")
    return _text_condition(column, parsed)


# Audit records


def audit_condition(parsed: Filter | None) -> Sql:
    """SQL for the audit table. Documented are a substring of the company's name, and a customer or a type of
    resource."""
    if parsed is None:
        return NO_CONDITION
    if isinstance(parsed, CompoundFilter):
        raise errors.invalid_property("filter", "Audit records cannot be filtered by several fields.")
    if parsed.field == "companyname" and parsed.operator == "substring":
        return _text_condition("company_key", parsed)
    if parsed.field == "customerid" and parsed.operator == "equals":
        return _text_condition("customer_id", parsed)
    if parsed.field == "resourcetype" and parsed.operator == "equals":
        # The SDK sends the name of its enumeration: CustomerUser for customer_user.
        return "replace(resource_type, '_', '') = ?", (str(parsed.value).lower().replace("_", ""),)
    raise errors.invalid_property(parsed.field, "Audit records cannot be filtered by it in this way.")


# Users


_USER_COLUMNS = {
    "displayname": "display_key",
    "userprincipalname": "upn_key",
    "firstname": "lower(coalesce(first_name, ''))",
    "lastname": "lower(coalesce(last_name, ''))",
}
_STATES = {"active": False, "inactive": True, "0": False, "1": True}


def user_condition(parsed: Filter | None, switches: Any) -> tuple[bool, Sql]:
    """(deleted users are wanted, SQL for the users table). Documented is only UserState equals Inactive."""
    if parsed is None:
        return False, NO_CONDITION
    if isinstance(parsed, FieldFilter) and parsed.field in ("userstate", "userstatus"):
        return _wants_deleted(parsed, switches.user_state_field), NO_CONDITION
    if not switches.evaluate_user_filters:
        name = parsed.field if isinstance(parsed, FieldFilter) else "filter"
        raise errors.invalid_property(name, "Users cannot be filtered by it.")
    return False, _user_sql(parsed)


def _wants_deleted(parsed: FieldFilter, accepted: str) -> bool:
    # The docs pages and the SDKs disagree about the name, so a client must be able to live with a service that takes
    # one only.
    if accepted != "both" and parsed.field != accepted.lower():
        raise errors.invalid_property(parsed.field, "Users cannot be filtered by it.")
    if parsed.operator != "equals":
        raise errors.invalid_property(parsed.field, "Only the operator equals is allowed.")
    deleted = _STATES.get(str(parsed.value).strip().lower())
    if deleted is None:
        raise errors.bad_enum(parsed.value)
    return deleted


def _user_sql(parsed: Filter) -> Sql:
    if isinstance(parsed, CompoundFilter):
        (left, left_values), (right, right_values) = _user_sql(parsed.left), _user_sql(parsed.right)
        return f"({left} {parsed.operator.upper()} {right})", (*left_values, *right_values)
    column = _USER_COLUMNS.get(parsed.field)
    if column is None:
        raise errors.invalid_property(parsed.field, "Users cannot be filtered by it.")
    return _text_condition(column, parsed)


def _text_condition(column: str, parsed: FieldFilter) -> Sql:
    """column is one of our own expressions; the value is always a parameter."""
    value = str("" if parsed.value is None else parsed.value).lower()
    if parsed.operator == "equals":
        return f"{column} = ?", (value,)
    if parsed.operator == "not_equals":
        return f"{column} <> ?", (value,)
    if parsed.operator == "starts_with":
        return f"substr({column}, 1, length(?)) = ?", (value, value)
    if parsed.operator == "not_starts_with":
        return f"substr({column}, 1, length(?)) <> ?", (value, value)
    if parsed.operator == "substring":
        return f"instr({column}, ?) > 0", (value,)
    raise errors.invalid_property(parsed.field, f"The operator {parsed.operator} is not supported.")
