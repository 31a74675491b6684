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
    Question("Do JSON bodies start with a byte order mark?", "bom", ("customer",), forms.bom),
    Question("Do bodies of errors start with one?", None, ("unknown_user",), _mark_of_errors),
    Question("Is `code` of an error a number or a string?", "code_type", ("unknown_user",), forms.code_type),
    Question("Do errors always have `data`?", "error_data", ("unknown_user",), forms.error_data),
    Question("Does `description` contain HTML entities?", "html_escape_descriptions", ("bad_country", "add_again"),
             forms.html_escape),
    Question("Are empty members null or absent?", "nulls_in_answers", ("read_b",), forms.nulls),
    Question("Are unquoted JSON names accepted?", "unquoted_names", ("unquoted",), users.unquoted),
    Question("Do links start with `/v1`?", "links_with_version", ("customer", "page"), forms.links_with_version),
    Question("Is the header `MS-Contract-Version` required?", None, ("customer",), _no_version),
    Question("Is `isMfaCompliant` a header or a member?", None, ("customer",), _mfa_shows),
    Question("Are unknown parameters ignored?", None, ("page",), _ignores("page")),
    Question("Are unknown members ignored?", None, ("null_name",), _ignores("null_name")),
    Question("Do links echo the request?", "links", ("page",), forms.links),
    Question("What does an unknown path return?", None, ("unknown_path",), _unknown_path),
    Question("Can a customer's domains be listed?", "custom_domains_path", ("custom_domains",), forms.custom_domains),
    Question("How many users does a page have without `size`?", "page_size_users", ("default_page",),
             forms.default_size),
    Question("What is the largest page size?", "page_size_max", ("big_page",), forms.largest_size),
    Question("What does a larger page size return?", "page_size_over", ("big_page",), forms.too_large),
    Question("Does `totalCount` count only the page?", None, ("page",), _count_of_page),
    Question("Where is the continuation token of the next page?", "continuation_in", ("page",), forms.continuation),
    Question("What does an invalid continuation token return?", None, ("spoiled_token",), _spoiled),
    Question("Is the filter field for deleted users `UserState` or `UserStatus`?", "user_state_field",
             ("deleted_by_state", "deleted_by_status"), forms.user_state_field),
    Question("Can users be filtered by name?", "evaluate_user_filters", ("by_name",), forms.name_filters),
    Question("Can users be sorted by user principal name?", None, ("sorted",), _sorted),
    Question("Does `offset` have an effect?", None, ("offset", "page"), _offset),
    Question("Can a user be read by user principal name?", None, ("by_upn",), _taken("by_upn")),
    Question("Is a create without usage location and password accepted?", None, ("minimal",), _taken("minimal")),
    Question("Is a slash at the end of a path accepted?", None, ("minimal",), _slash),
    Question("Does a create return 200 or 201?", "create_status", ("create_a",), users.create_status),
    Question("Does the response to a create have `links`?", "create_links", ("create_a",), users.create_links),
    Question("Does a response echo `forceChangePassword` as it was sent?", "force_change_echo", ("create_a",),
             users.force_change_echo),
    Question("What does a second write with the same `MS-RequestId` return?", "replay", ("create_a", "repeat_a"),
             users.replay),
    Question("What does a create with a name in use return?", "duplicate_upn_status", ("taken",),
             users.duplicate_status),
    Question("What does GET return for an unknown user?", "missing_user", ("unknown_user",), users.missing_user),
    Question("What does GET return for a deleted user?", None, ("read_deleted",), _deleted_user),
    Question("How many reads miss a new user?", "not_found_reads", ("read_a", "read_b"), users.not_found_reads),
    Question("How long do reads miss a new user (ms)?", "read_lag_ms", ("read_a", "read_b"), users.read_lag),
    Question("How long do reads miss a change (ms)?", "update_lag_ms", ("change_a", "read_changed"), users.update_lag),
    Question("Which fields does a user have?", None, ("read_a",), _members),
    Question("Which fields does a create drop?", "ignore_create_fields", ("create_a", "read_a", "read_changed"),
             users.ignored_in_create),
    Question("Which fields does a change drop?", "ignore_patch_fields", ("change_a", "read_changed"),
             users.ignored_in_change),
    Question("Which fields are in no response?", "fields_not_returned", ("create_a", "read_a", "read_changed"),
             users.not_returned),
    Question("Do responses show what was dropped?", "answers_repeat_fields", ("create_a", "change_a"),
             users.answers_repeat),
    Question("What is the `userDomainType` of a cloud user?", None, ("read_b",), _domain_type),
    Question("Does null in a request clear a value?", None, ("null_name",), _cleared("null_name")),
    Question("Does an empty string clear a value?", None, ("empty_name",), _cleared("empty_name")),
    Question("Does a password reset have its own path?", "reset_password_path", ("reset_a",), users.reset_path),
    Question("What does PATCH with `state: inactive` do?", "patch_state_inactive", ("inactive_a", "read_inactive"),
             users.state_inactive),
    Question("Is the id in front of a deleted user's name?", "deleted_upn_prefix", ("deleted",), users.deleted_name),
    Question("Does a restored user have the same id?", None, ("restore_b",), _same_user),
    Question("What does a restore return if the name is in use?", None, ("restore_taken",), _taken("restore_taken")),
    Question("Which names do directory roles have?", "role_names", ("roles",), forms.role_names),
    Question("How many directory roles are listed?", "role_catalogue", ("roles",), forms.role_catalogue),
    Question("What does adding a member twice return?", "already_member_status", ("add_again",), forms.already_member),
    Question("What does removing an unassigned role return?", None, ("remove_again",), _taken("remove_again")),
    Question("Can a directory role be removed?", "role_removal", ("remove_role",), forms.role_removal),
    Question("How long do reads miss a role (ms)?", "assign_lag_ms", ("add_role", "roles_of_b"), users.assign_lag),
    Question("Does a restore include directory roles?", "roles_of_deleted", ("roles_restored",),
             forms.roles_of_restored),
    Question("Can licenses be read with this token?", "license_calls", ("licenses_of_b",), forms.license_calls),
    Question("What does removing an unassigned license return?", "remove_unassigned", ("remove_unassigned",),
             forms.remove_unassigned),
    Question("What does assigning a license twice return?", None, ("assign_again",), _taken("assign_again")),
    Question("Does a license update return 201 or 200?", "license_update_status", ("remove_unassigned", "assign"),
             forms.license_status),
    Question("How often is a new usage location unknown?", "late_usage_locations", ("assign",), forms.late_locations),
    Question("How is an excluded service plan shown?", "excluded_plans", ("assigned",), forms.excluded_plan),
    Question("Does a restore include licenses?", "licenses_of_restored", ("licenses_restored",),
             forms.licenses_of_restored),
)  # fmt: skip


def answers(evidence: Evidence) -> list[tuple[Question, t.Any]]:
    """Every question with its answer, None where it cannot be told."""
    return [(question, question.judge(evidence)) for question in QUESTIONS]


def switches(evidence: Evidence) -> dict[str, t.Any]:
    """The values of the switches that are known."""
    return {question.switch: found for question, found in answers(evidence) if question.switch and found is not None}
