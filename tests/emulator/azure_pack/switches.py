"""Behaviours of the Azure Pack servers that the documentation leaves open, and the durations of what they do in the
background.

"Qn" in a comment counts the open questions of the project's reference of this API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _one_of(*allowed: Any) -> Callable[[Any], bool]:
    # 1 == True in Python, so the type is compared too.
    return lambda value: any(type(value) is type(each) and value == each for each in allowed)


def _seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _count_or_null(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


def _user_texts(value: Any) -> bool:
    return isinstance(value, list) and all(each in ("Name", "Email") for each in value)


def _text_or_null(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(value.strip()))


def _object(value: Any) -> bool:
    return isinstance(value, dict)


_boolean = _one_of(True, False)

#: name -> (default, check, meaning).
SWITCHES: dict[str, tuple[Any, Callable[[Any], bool], str]] = {
    # Requests
    "azure_pack_require_principal_id": (
        False,
        _boolean,
        "the admin server refuses calls without x-ms-principal-id (400)",
    ),  # Q1
    "azure_pack_token_refusals": (
        "401/403",
        _one_of("401/403", "401", "403"),
        "status for a token that is missing, malformed or expired, and for one of the wrong realm or principal",
    ),  # Q2
    "azure_pack_path_validation": (
        True,
        _boolean,
        "a user name in the path with one of / \\ % & : * ? < > # is refused (400, HTML)",
    ),
    "azure_pack_plus_in_path": (
        "accept",
        _one_of("accept", "404.11"),
        "a + in the path is taken, or refused by the web server's filter (HTML)",
    ),
    "azure_pack_principal_claim": (
        "upn",
        _one_of("upn", "unique_name", "name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"),
        "claim of a token that names its principal",
    ),
    "azure_pack_token_lifetime": (28800, _seconds, "seconds that a token lives"),
    "azure_pack_wstrust_timestamp": (
        "optional",
        _one_of("optional", "required"),
        "whether a token request must carry a WS-Security Timestamp",
    ),
    "azure_pack_issued_for": (
        None,
        _text_or_null,
        "the issuers give out tokens for this realm, whatever was asked for; null is for what was asked for",
    ),
    # Names
    "azure_pack_case_sensitive_names": (
        False,
        _boolean,
        "user names that differ by case only are different users",
    ),  # Q5
    "azure_pack_lower_case": (
        [],
        _user_texts,
        'members of a user that the server puts in lower case when it stores them, of ["Name", "Email"]',
    ),  # Q5
    "azure_pack_rename": (
        "refuse",
        _one_of("refuse", "ignore", "rename"),
        "PUT with another Name than the path: 400, the Name of the path stays, or the user is renamed",
    ),  # Q6
    "azure_pack_unique_email": (False, _boolean, "an Email that another user has is refused (409)"),  # Q10
    "azure_pack_validate_email": (False, _boolean, "an Email without the form of an address is refused (400)"),  # Q10
    "azure_pack_create_state": (
        "honour",
        _one_of("honour", "active"),
        "a create takes the State of the body, or always makes an active user",
    ),  # Q11
    "azure_pack_take_sync_state": (False, _boolean, "POST and PUT take ActivationSyncState from the body"),  # Q11
    "azure_pack_extra_user_members": (
        {},
        _object,
        "members that every user in an answer has besides the documented ones",
    ),
    "azure_pack_suspend_cascades": (
        False,
        _boolean,
        "suspending or activating a user does the same to its subscriptions",
    ),  # Q8
    # Lists
    "azure_pack_filter": (
        "substring",
        _one_of("substring", "prefix", "name"),
        "what filter matches: a part of Name or Email, the beginning of one, or a part of Name only",
    ),  # Q9
    "azure_pack_default_sort": ("Name", _one_of("Name", "CreatedTime"), "order of users when none is asked for"),  # Q9
    "azure_pack_max_take": (
        None,
        _count_or_null,
        "most records in an answer, whatever take says; null is without limit",
    ),  # Q9
    "azure_pack_bad_list_parameters": (404, _one_of(404, 400), "status for list parameters that are not understood"),
    # Deleting
    "azure_pack_refused_delete": (
        409,
        _one_of(409, 400),
        "status of a DELETE without flags when there are subscriptions",
    ),  # Q3
    "azure_pack_absent_flags": (
        "false",
        _one_of("false", "refuse"),
        "a DELETE that leaves out a flag: it is False, or 400",
    ),  # Q3
    "azure_pack_both_flags": (
        "attempt",
        _one_of("attempt", "force", "refuse"),
        "both flags True: resources are deleted and failures ignored, as force alone, or 400",
    ),  # Q4
    "azure_pack_refused_write": (
        409,
        _one_of(409, 400),
        "status of anything but DELETE on a user that is being deleted",
    ),
    "azure_pack_delete_lag": (0, _seconds, "seconds after the 202 until the user shows that it is being deleted"),  # Q7
    "azure_pack_deleting_sync_state": (
        1,
        _one_of(0, 1),
        "ActivationSyncState of a user while it is being deleted",
    ),  # Q7
    "azure_pack_delete_seconds": (0, _seconds, "seconds that the deletion of a user takes besides its subscriptions"),
    "azure_pack_provider_seconds": (
        0.2,
        _seconds,
        "seconds that the deletion of a subscription takes where it has none of its own",
    ),
    "azure_pack_billing_veto": (
        "off",
        _one_of("off", "fail", "refuse"),
        "a billing adapter forbids the deletion of subscriptions: they fail as with a provider, or the call is refused "
        "(409)",
    ),  # Q14
    "azure_pack_co_admin_of_deleted": (
        "keep",
        _one_of("keep", "remove"),
        "the name of a deleted user in CoAdminNames of others",
    ),  # Q12
    "azure_pack_made_anew": (
        False,
        _boolean,
        "a user whose deletion ends is made anew at once, as a portal does at the next login",
    ),
    "azure_pack_delete_body": ("empty", _one_of("empty", "user"), "body of the answer to DELETE of a user"),  # Q15
    "azure_pack_delete_status": (202, _one_of(202, 200, 204), "status of the answer to DELETE of a user"),  # Q16
    # The tenant server
    "azure_pack_tenant_other_users": (
        403,
        _one_of(403, 404, "allow"),
        "answer of the tenant server about a user who is not the caller",
    ),  # Q13
    # Errors
    "azure_pack_absent_user": (
        "error",
        _one_of("error", "empty"),
        "404 about a user who is not there has the service's error, or no body",
    ),
    "azure_pack_mixed_up_answers": (
        None,
        _text_or_null,
        "answers to writes, and to reads of one user, are about this user instead; null is about the right one",
    ),
    "azure_pack_refusal_details": (
        "empty",
        _one_of("empty", "null", "absent"),
        "Details of an error: an empty list, null, or not there",
    ),
}
