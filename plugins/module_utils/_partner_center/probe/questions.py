# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The questions of a probe: each with the steps that answer it, and what the answers come to.

A *switch* is a setting of a service that stands for the real one (docs/truth.md): the report has the values that fit.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import forms, users
from .seen import Evidence

Judge = t.Callable[[Evidence], t.Any]


@dataclass(frozen=True)
class Question:
    """:param switch: the setting that the answer is a value of; None for a question without one.
    :param judge: the answer, None if what was seen does not tell.
    """

    text: str
    switch: str | None
    steps: tuple[str, ...]
    judge: Judge


def _unknown_path(e: Evidence) -> str | None:
    seen = e.last("unknown_path")
    if seen is None:
        return None
    by_gateway = seen.status == 404 and "statusCode" in seen.document and "code" not in seen.document
    return "gateway" if by_gateway else seen.refusal


def _refusal_or(step: str, judge: t.Callable[[Evidence, dict[str, t.Any]], str]) -> Judge:
    def judged(e: Evidence) -> str | None:
        seen = e.last(step)
        if seen is None:
            return None
        return judge(e, seen.document) if seen.taken else f"refused: {seen.refusal}"

    return judged


_NAME = {"null_name": "lastName", "empty_name": "firstName"}


def _cleared(step: str) -> Judge:
    return _refusal_or(step, lambda e, body: "ignored" if body.get(_NAME[step]) else "cleared")


def _mark_of_errors(e: Evidence) -> bool | None:
    marks = [seen.mark for answers in e.answers.values() for seen in answers if not seen.taken and seen.document]
    return any(marks) if marks else None


def _deleted_user(e: Evidence) -> str | None:
    seen = e.last("read_deleted")
    return None if seen is None else "found" if seen.taken else seen.refusal


def _same_user(e: Evidence) -> bool | None:
    seen = e.taken("restore_b")
    return seen.document.get("id") == e.values.get("b") if seen else None


def _count_of_page(e: Evidence) -> bool | None:
    seen = e.taken("page")
    return seen.document.get("totalCount") == len(seen.items) if seen else None


def _spoiled(e: Evidence) -> str | None:
    seen = e.last("spoiled_token")
    return None if seen is None else "taken" if seen.taken else seen.refusal


def _ignores(step: str) -> Judge:
    def judged(e: Evidence) -> bool | None:
        return True if e.taken(step) else None

    return judged


def _taken(step: str) -> Judge:
    return _refusal_or(step, lambda _e, _body: "taken")


def _no_version(e: Evidence) -> bool | None:
    return False if e.taken("customer") else None


def _mfa_shows(e: Evidence) -> str | None:
    seen = e.taken("customer")
    if seen is None:
        return None
    where = {"header": seen.headers, "member": seen.document}
    found = [kind for kind, names in where.items() if any(name.lower() == "ismfacompliant" for name in names)]
    return " and ".join(found) or "not there"


def _slash(e: Evidence) -> bool | None:
    """Whatever the service says of the user, it has understood the path, unless the gateway does not know it."""
    seen = e.last("minimal")
    return None if seen is None else seen.taken or "code" in seen.document or None


def _sorted(e: Evidence) -> str | None:
    seen = e.last("sorted")
    if seen is None or not seen.taken:
        return f"refused: {seen.refusal}" if seen else None
    names = [str(each.get("userPrincipalName", "")).lower() for each in seen.items]
    return None if len(set(names)) < 3 else "sorted" if names == sorted(names, reverse=True) else "ignored"


def _offset(e: Evidence) -> str | None:
    seen, first = e.last("offset"), e.taken("page")
    if seen is None or not seen.taken:
        return f"refused: {seen.refusal}" if seen else None
    if first is None or not first.items or not seen.items:
        return None
    return "ignored" if seen.items[0].get("id") == first.items[0].get("id") else "honored"


def _domain_type(e: Evidence) -> str | None:
    seen = e.taken("read_b")
    found = seen.document.get("userDomainType") if seen else None
    return found if isinstance(found, str) and found.isidentifier() else None


def _members(e: Evidence) -> list[str] | None:
    seen = e.taken("read_a")
    return sorted(name for name in seen.document if name.isidentifier() and name.isascii()) if seen else None


QUESTIONS: tuple[Question, ...] = (
    Question("Do JSON bodies begin with a byte order mark?", "bom", ("customer",), forms.bom),
    Question("Do bodies of errors begin with one?", None, ("unknown_user",), _mark_of_errors),
    Question("Is `code` of an error a number or a string?", "code_type", ("unknown_user",), forms.code_type),
    Question("Is `data` always there?", "error_data", ("unknown_user",), forms.error_data),
    Question("Are there HTML entities in `description`?", "html_escape_descriptions", ("bad_country", "add_again"),
             forms.html_escape),
    Question("Empty members: null or absent?", "nulls_in_answers", ("read_b",), forms.nulls),
    Question("Are unquoted JSON names taken?", "unquoted_names", ("unquoted",), users.unquoted),
    Question("Do links begin with `/v1`?", "links_with_version", ("customer", "page"), forms.links_with_version),
    Question("Is `MS-Contract-Version` needed?", None, ("customer",), _no_version),
    Question("Is `isMfaCompliant` a header or a member?", None, ("customer",), _mfa_shows),
    Question("Are unknown parameters ignored?", None, ("page",), _ignores("page")),
    Question("Are unknown members ignored?", None, ("null_name",), _ignores("null_name")),
    Question("Do links have the request in them?", "links", ("page",), forms.links),
    Question("What does an unknown path return?", None, ("unknown_path",), _unknown_path),
    Question("Can a customer's domains be listed?", "custom_domains_path", ("custom_domains",), forms.custom_domains),
    Question("How many users without `size`?", "page_size_users", ("default_page",), forms.default_size),
    Question("What is the largest page?", "page_size_max", ("big_page",), forms.largest_size),
    Question("What does a larger one do?", "page_size_over", ("big_page",), forms.too_large),
    Question("Is `totalCount` that of the page?", None, ("page",), _count_of_page),
    Question("Where is the token of the next page?", "continuation_in", ("page",), forms.continuation),
    Question("What does a spoiled token do?", None, ("spoiled_token",), _spoiled),
    Question("Is a filter field for deleted users `UserState` or `UserStatus`?", "user_state_field",
             ("deleted_by_state", "deleted_by_status"), forms.user_state_field),
    Question("Can users be filtered by name?", "evaluate_user_filters", ("by_name",), forms.name_filters),
    Question("Can users be sorted by user principal name?", None, ("sorted",), _sorted),
    Question("Does `offset` do anything?", None, ("offset", "page"), _offset),
    Question("Is a user found by the user principal name?", None, ("by_upn",), _taken("by_upn")),
    Question("Is a create taken without usage location and password?", None, ("minimal",), _taken("minimal")),
    Question("Is a slash at the end of a path taken?", None, ("minimal",), _slash),
    Question("Is a create 200 or 201?", "create_status", ("create_a",), users.create_status),
    Question("Does its response have `links`?", "create_links", ("create_a",), users.create_links),
    Question("Is `forceChangePassword` echoed as it was sent?", "force_change_echo", ("create_a",),
             users.force_change_echo),
    Question("What does a second write under one `MS-RequestId` return?", "replay", ("create_a", "repeat_a"),
             users.replay),
    Question("What does a name that is taken return?", "duplicate_upn_status", ("taken",), users.duplicate_status),
    Question("What is a GET of an unknown user?", "missing_user", ("unknown_user",), users.missing_user),
    Question("What is a GET of a deleted user?", None, ("read_deleted",), _deleted_user),
    Question("How many reads do not find a new user?", "not_found_reads", ("read_a", "read_b"), users.not_found_reads),
    Question("How long is a new user not found (ms)?", "read_lag_ms", ("read_a", "read_b"), users.read_lag),
    Question("How long is a change not shown (ms)?", "update_lag_ms", ("change_a", "read_changed"), users.update_lag),
    Question("Which fields has a user?", None, ("read_a",), _members),
    Question("Which fields does a create drop?", "ignore_create_fields", ("create_a", "read_a", "read_changed"),
             users.ignored_in_create),
    Question("Which fields does a change drop?", "ignore_patch_fields", ("change_a", "read_changed"),
             users.ignored_in_change),
    Question("Which fields are in no response?", "fields_not_returned", ("create_a", "read_a", "read_changed"),
             users.not_returned),
    Question("Do responses show what was dropped?", "answers_repeat_fields", ("create_a", "change_a"),
             users.answers_repeat),
    Question("What is `userDomainType` of a cloud user?", None, ("read_b",), _domain_type),
    Question("Does null in a request clear a value?", None, ("null_name",), _cleared("null_name")),
    Question("Does an empty string clear a value?", None, ("empty_name",), _cleared("empty_name")),
    Question("Has a password reset its own path?", "reset_password_path", ("reset_a",), users.reset_path),
    Question("What does PATCH with `state: inactive` do?", "patch_state_inactive", ("inactive_a", "read_inactive"),
             users.state_inactive),
    Question("Is the id in front of a deleted user's name?", "deleted_upn_prefix", ("deleted",), users.deleted_name),
    Question("Has a restored user the same id?", None, ("restore_b",), _same_user),
    Question("What is a restore whose name is taken?", None, ("restore_taken",), _taken("restore_taken")),
    Question("Which names have roles?", "role_names", ("roles",), forms.role_names),
    Question("How long is the catalogue of roles?", "role_catalogue", ("roles",), forms.role_catalogue),
    Question("What is adding a member again?", "already_member_status", ("add_again",), forms.already_member),
    Question("What is removing a role that is not there?", None, ("remove_again",), _taken("remove_again")),
    Question("Can a role be removed?", "role_removal", ("remove_role",), forms.role_removal),
    Question("How long is a role not shown (ms)?", "assign_lag_ms", ("add_role", "roles_of_b"), users.assign_lag),
    Question("Do roles come back with a restored user?", "roles_of_deleted", ("roles_restored",),
             forms.roles_of_restored),
    Question("Can licenses be read with this token?", "license_calls", ("licenses_of_b",), forms.license_calls),
    Question("What is removing a license that is not there?", "remove_unassigned", ("remove_unassigned",),
             forms.remove_unassigned),
    Question("What is assigning a license that is there?", None, ("assign_again",), _taken("assign_again")),
    Question("Is a license update 201 or 200?", "license_update_status", ("remove_unassigned", "assign"),
             forms.license_status),
    Question("How often is a usage location not known yet?", "late_usage_locations", ("assign",), forms.late_locations),
    Question("How does an excluded plan show?", "excluded_plans", ("assigned",), forms.excluded_plan),
    Question("Do licenses come back with a restored user?", "licenses_of_restored", ("licenses_restored",),
             forms.licenses_of_restored),
)  # fmt: skip


def answers(evidence: Evidence) -> list[tuple[Question, t.Any]]:
    """Every question with its answer, None where it cannot be told."""
    return [(question, question.judge(evidence)) for question in QUESTIONS]


def switches(evidence: Evidence) -> dict[str, t.Any]:
    """The values of the switches that are known."""
    return {question.switch: found for question, found in answers(evidence) if question.switch and found is not None}
