"""Behaviours of the API that the documentation leaves open, each with the default that the evidence favours."""

from __future__ import annotations

from typing import Any

from emulator.kernel.switches import Switch, boolean, integer, names, number, one_of, positive


def bucket(value: Any) -> bool:
    """None (off) or {"rate": tokens per second, "burst": tokens}."""
    if value is None:
        return True
    return (
        isinstance(value, dict)
        and set(value) == {"rate", "burst"}
        and all(number(each) for each in value.values())
        and value["rate"] > 0
        and value["burst"] >= 1
    )


def weights(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"read", "write"} and all(number(each) for each in value.values())


def warnings(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and set(each) == {"code", "message", "servicePlans"} for each in value
    )


SWITCHES: tuple[Switch, ...] = (
    # Bodies
    Switch("bom", True, boolean, "JSON bodies of success begin with a byte order mark"),
    Switch("code_type", "number", one_of("number", "string"), "type of `code` in error bodies"),
    Switch(
        "html_escape_descriptions",
        False,
        boolean,
        "`description` has HTML entities, as older pages show licence errors",
    ),
    Switch(
        "error_data",
        "always",
        one_of("always", "if_any"),
        "`data` in error bodies: always there, or left out when it is empty",
    ),
    Switch("nulls_in_answers", False, boolean, "empty members are null instead of absent (June 2016)"),
    Switch("unquoted_names", False, boolean, "request bodies may have unquoted JSON names"),
    Switch(
        "links_with_version",
        False,
        boolean,
        "link URIs begin with /v1 (2015; customers in November 2021, and probably users in December 2021)",
    ),
    Switch(
        "links",
        "made_anew",
        one_of("made_anew", "repeated"),
        "link URIs have the query as the service understood it, or as it was sent (traces of 2016 and 2017)",
    ),
    # Customers
    Switch("custom_domains_path", "supported", one_of("supported", 404), "what /customDomains of a customer answers"),
    # Paging and filters
    Switch("page_size_users", 100, positive, "users per page when no size is given"),
    Switch("page_size_customers", 500, positive, "customers per page when no size is given"),
    Switch("page_size_members", 100, positive, "members of a role per page when no size is given"),
    Switch("page_size_audit", 500, positive, "audit records per page when no size is given"),
    Switch("page_size_max", 500, positive, "largest page"),
    Switch("page_size_over", "clamp", one_of("clamp", "refuse"), "a larger size is clamped, or 400/3000"),
    Switch("continuation_in", "both", one_of("both", "link", "body"), "where the token of the next page is given"),
    Switch(
        "user_state_field",
        "both",
        one_of("both", "UserState", "UserStatus"),
        "filter field for deleted users; the other is 400/3000",
    ),
    Switch("evaluate_user_filters", False, boolean, "filters on names and UPN are evaluated instead of 400/3000"),
    # Users
    Switch("create_status", 200, one_of(200, 201), "status of a create"),
    Switch("create_links", False, boolean, "the answer to a create has `links`"),
    Switch("missing_user", "404/60002", one_of("404/60002", "400/3000"), "answer for an unknown or deleted user"),
    Switch("duplicate_upn_status", 400, one_of(400, 409), "status of 'Another object with the same value ...'"),
    Switch("reset_password_path", "supported", one_of("supported", 404, 405, 400), "what /resetpassword answers"),
    Switch(
        "force_change_echo",
        "request",
        one_of("request", "false"),
        "forceChangePassword in answers: as sent, or always false",
    ),
    Switch("patch_state_inactive", "ignore", one_of("ignore", "refuse", "delete"), "PATCH with state inactive"),
    Switch(
        "deleted_upn_prefix", False, boolean, "deleted users show their UPN with the object id's 32 hex digits in front"
    ),
    Switch("ignore_patch_fields", [], names, "fields that a PATCH silently does not take"),
    Switch("ignore_create_fields", [], names, "fields that a create silently does not take"),
    Switch(
        "answers_repeat_fields",
        False,
        boolean,
        "answers to writes show what was sent, also what was silently not taken",
    ),
    Switch("fields_not_returned", [], names, "fields that are taken and kept, and that no answer has"),
    Switch("update_lag_ms", 0, number, "an update is not shown by reads for so many milliseconds"),
    Switch(
        "directory_refuses",
        [],
        names,
        "texts that the directory refuses in a new name or password, besides what its documented rules say",
    ),
    Switch(
        "synced_user_writes", "allow", one_of("allow", "refuse"), "changing names of, or deleting, a synchronised user"
    ),
    Switch("read_lag_ms", 0, number, "a created user is not found for so many milliseconds"),
    Switch("not_found_reads", 0, integer, "the first n reads by id of a created user are not found"),
    Switch(
        "overtaken_creates",
        "no",
        one_of("no", "partner", "customer"),
        "somebody else creates the same user a moment before a create is carried out: somebody of the partner, or an "
        "administrator of the customer, who leaves no audit record and gives a first name",
    ),
    Switch("no_relationship", "403/20002", one_of("403/20002", "400/3000"), "answer for a customer of another partner"),
    Switch(
        "national_cloud",
        "global",
        one_of("global", "us_government", "china", "germany"),
        "operations that a national cloud lacks are 400/900127",
    ),
    # Directory roles
    Switch(
        "role_names",
        "old",
        one_of("old", "new"),
        "names of directory roles: Company Administrator, or Global Administrator",
    ),
    Switch(
        "role_catalogue", "full", one_of("full", "fixture"), "directory roles: a long list, or the four of the trace"
    ),
    Switch(
        "already_member_status",
        400,
        one_of(400, 409, 201),
        "adding a member again is 400/3000, 409/3000, or answered as done",
    ),
    Switch(
        "roles_of_deleted",
        "hide",
        one_of("hide", "drop"),
        "memberships of a deleted user come back on a restore, or are lost",
    ),
    Switch(
        "role_removal",
        "done",
        one_of("done", "400/2000"),
        "taking a role away is done, or 400/2000 as for members of a partner's own role",
    ),
    # Licences
    Switch(
        "license_calls",
        "allow",
        one_of("allow", "partner_token", "conditional_access"),
        "calls about licences are refused with 400/900316, or with 403/900309",
    ),
    Switch(
        "late_usage_locations",
        0,
        integer,
        "the first n licence updates of a user are refused for a usage location that is right",
    ),
    Switch(
        "excluded_plans",
        "omit",
        one_of("omit", "disabled"),
        "an excluded plan in a user's licences is left out, or has the status Disabled",
    ),
    Switch("license_update_status", 201, one_of(201, 200), "status of a licence update"),
    Switch(
        "remove_unassigned",
        "refuse",
        one_of("refuse", "ignore"),
        "removing a licence that the user does not have is 400/3000, or nothing",
    ),
    Switch(
        "removals_free_seats",
        True,
        boolean,
        "a SKU removed and assigned in one update needs no seat that is free before",
    ),
    Switch(
        "license_groups_checked",
        "request",
        one_of("request", "list"),
        "one licence group in the whole update, or in each of its lists",
    ),
    Switch(
        "license_warnings", [], warnings, "`licenseWarnings` of the answers: a list of {code, message, servicePlans}"
    ),
    Switch(
        "licenses_of_restored",
        "if_free",
        one_of("if_free", "drop"),
        "licences of a restored user come back if seats are free, or are lost",
    ),
    Switch("assign_lag_ms", 0, number, "a licence or membership that was added is not shown for so many milliseconds"),
    # Authorization
    Switch("enforce_mfa", True, boolean, "App+User tokens without MFA are refused"),
    Switch("mfa_rejection", "json", one_of("json", "text"), "form of that refusal: code 900421, or the text of 2020"),
    Switch(
        "app_only_rejection",
        "900329",
        one_of("900329", "credentials", "role_text"),
        "form of the refusal of an app-only token: today's code, the older description, or the text body of 2018",
    ),
    Switch(
        "privileged_users",
        "allow",
        one_of("allow", "refuse"),
        "changing, deleting or restoring an administrator without the partner's role Privileged Authentication "
        "Administrator",
    ),
    Switch("audit_app_only", True, boolean, "an application alone may read audit records, as their page says"),
    Switch("audit_lag_ms", 0, number, "an audit record is not shown for so many milliseconds"),
    # Repetition, limits, speed
    Switch("replay", True, boolean, "a write repeated with its MS-RequestId gets the stored answer"),
    Switch("replay_seconds", 600, number, "how long answers are kept for that"),
    Switch("throttle_partner", None, bucket, "token bucket per partner: {rate, burst}"),
    Switch("throttle_customer", None, bucket, "token bucket per partner and customer: {rate, burst}"),
    Switch("throttle_weights", {"read": 1, "write": 5}, weights, "price of a call"),
    Switch("throttle_penalise", True, boolean, "a refused call costs one token too"),
)
