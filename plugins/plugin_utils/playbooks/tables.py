# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The variables of each playbook: names, types, defaults, and what does not belong together."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ...module_utils._partner_center.plan.license_findings import WORDS
from ..task_files.declared import AMONG, records_among
from .endings import temporary
from .values import Variable as V
from .values import one_customer

Given = t.Mapping[str, t.Any]
"""Values by name without the prefix, for those that are given and right; None for those that are given and wrong."""


def _nothing(_given: Given) -> list[str]:
    return []


@dataclass(frozen=True)
class Table:
    """What a playbook takes, and what it writes into its folder ``output``.

    :ivar files: the names of what it writes there.
    :ivar forget: those that are removed first, so that what is there at the end is of this run.
    :ivar rules: sentences about what does not belong together.
    """

    prefix: str
    variables: t.Mapping[str, V]
    rules: t.Callable[[Given], list[str]] = _nothing
    files: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()


def _onboard(given: Given) -> list[str]:
    wrong = []
    by_csv = "csv" in given
    if ("file" in given) == by_csv:
        wrong.append("Specify the users: either onboard_file or onboard_csv.")
    if by_csv:
        wrong += one_customer("onboard", given)
    else:
        if "customer_domain" in given or "customer_id" in given:
            wrong.append(
                "A declaration includes its customer; onboard_customer_domain and onboard_customer_id are for "
                "onboard_csv."
            )
        if "extra_columns" in given:
            wrong.append("onboard_extra_columns is for onboard_csv.")
    if "handover" in given and "credentials_certificate" in given:
        wrong.append(
            "onboard_handover and onboard_credentials_certificate are mutually exclusive: the handover file needs "
            "readable passwords."
        )
    return wrong


def _offboard(given: Given) -> list[str]:
    include = given.get("include")
    wrong = one_customer("offboard", given)
    if include is not None and "roles" not in include:
        wrong.append("offboard_include needs roles: they are removed before the deletion, so they must be recorded.")
    if include is not None and given.get("licenses") == "remove" and "licenses" not in include:
        wrong.append("offboard_licenses=remove needs licenses in offboard_include, to record them first.")
    return wrong


def _reconcile(given: Given) -> list[str]:
    wrong = []
    if "reviewed_plan" in given and given.get("apply") is False:
        wrong.append("reconcile_reviewed_plan is a plan to carry out, and needs reconcile_apply=true.")
    elif "approvals" in given and given.get("apply") and "reviewed_plan" not in given:
        wrong.append("reconcile_approvals needs the approved plan: reconcile_reviewed_plan.")
    records, declared = given.get("record_directory"), given.get("directory")
    if records and declared and records_among(records, declared):
        wrong.append(f"reconcile_record_directory {AMONG.format(folder='reconcile_directory')}")
    return wrong


def _restore(given: Given) -> list[str]:
    wrong = []
    if sum(name in given for name in ("records", "on", "since")) != 1:
        wrong.append("Specify the users: restore_records, restore_on or restore_since.")
    if "records" not in given:
        wrong += one_customer("restore", given)
    elif "customer_domain" in given or "customer_id" in given:
        wrong.append(
            "Records include their customer; restore_customer_domain and restore_customer_id are for restore_on and "
            "restore_since."
        )
    return wrong


def _export(given: Given) -> list[str]:
    wrong, file = one_customer("export", given), given.get("file")
    if file and not os.path.isdir(os.path.dirname(file)):
        wrong.append(f"export_file: there is no folder {os.path.dirname(file)}.")
    return wrong


FOR_ALL_HOSTS = ("drift",)
"""Playbooks with one folder of results for all hosts of a play. Of the others, each host has one of its own: two hosts
that did the same at once would overwrite each other, and create users twice."""
LICENSE_REPORTS = ("report.html", "report.json", "report.md", "report.csv", "report.users.csv", "report.findings.csv")
_REPORTS = ("report.json", "report.md", "report.html")
_LOOK = {"report_template": V("file"), "report_logo": V("file"), "report_accent": V("text")}
_CUSTOMER = {"customer_domain": V("text"), "customer_id": V("text")}
_REFERENCE = {"change_reference": V("text"), "require_change_reference": V("text")}
_PROOF = {**_REFERENCE, "audit_log": V("new_file"), "audit_log_max_bytes": V("int")}
"""Of every playbook that writes users: under which change, and the log of what was done."""
_INCLUDE = ("licenses", "roles")
_ACCESS = {"access_file": V("new_file"), "access_file_new": V("flag", default=False)}

TABLES: dict[str, Table] = {
    table.prefix: table
    for table in (
        Table(
            "onboard",
            {
                "file": V("place"),
                "csv": V("paths"),
                **_CUSTOMER,
                "extra_columns": V("dict"),
                "usage_location": V("text"),
                "licenses": V("raw_list", empty=True, forms=True),
                "roles": V("names", empty=True, forms=True),
                "force_change_password": V("flag", default=True),
                "on_no_seats": V("choice", choices=("fail", "create_unlicensed")),
                "max_parallel": V("int"),
                "output": V("output", default="onboard-output"),
                "credentials_file": V("new_file", default="{output}/credentials.jsonl", folder=True),
                "credentials_certificate": V("file"),
                "handover": V("new_file", again=True, folder=True),
                **_ACCESS,
                **_LOOK,
                **_PROOF,
            },
            _onboard,
            files=("result.json", *_REPORTS, "plan.json"),
            forget=("result.json", *_REPORTS, "plan.json"),
        ),
        Table(
            "offboard",
            {
                **_CUSTOMER,
                "users": V("names", required=True),
                "records": V("output", default="offboarded"),
                "licenses": V("choice", choices=("keep", "remove"), default="keep"),
                "include": V("names", choices=_INCLUDE, default=list(_INCLUDE)),
                "allow_synced": V("flag", default=False),
                "max_delete_total": V("int"),
                **_PROOF,
            },
            _offboard,
        ),
        Table(
            "reconcile",
            {
                "directory": V("place", required=True),
                "defaults": V("dict"),
                "apply": V("flag", default=False),
                "reviewed_plan": V("file"),
                "fail_on_drift": V("flag", default=False),
                "output": V("output", default="reconcile-output"),
                "title": V("text", default="Reconciliation of users"),
                **_LOOK,
                "credentials_file": V("new_file"),
                "credentials_certificate": V("file"),
                "undo_file": V("new_file", default="{output}/undo.json"),
                "record_directory": V("output"),
                "max_delete": V("int"),
                "max_delete_percentage": V("number"),
                "max_delete_total": V("int"),
                "approve_deletions": V("text"),
                "purge_protected": V("guard"),
                **_ACCESS,
                "max_lifetime": V("text"),
                "access_policy_file": V("file"),
                "max_parallel": V("int"),
                "max_fail_percentage": V("number"),
                "approvals": V("dict"),
                "plan_author": V("text"),
                **_PROOF,
            },
            _reconcile,
            files=("result.json", "reconcile.env", *_REPORTS, "plan.json"),
            forget=("result.json", "reconcile.env"),
        ),
        Table(
            "drift",
            {
                "directory": V("folder", required=True, exists=True),
                "file": V("file"),
                "defaults": V("dict"),
                "undeclared": V("choice", choices=("report", "fail", "ignore"), default="report"),
                "fail": V("flag", default=True),
                "output": V("output", default="drift-output"),
                "title": V("text", default="Drift of users"),
                "access_file": V("file"),
                "attribute": V("flag", default=False),
                "attribute_days": V("int"),
                "audit_log": V("file"),
                **_LOOK,
                "max_parallel": V("int"),
            },
            files=("result.json", *_REPORTS),
            forget=("result.json",),
        ),
        Table(
            "license",
            {
                "customers": V("names"),
                "low_seats": V("int"),
                "unused_seats": V("int"),
                "read_file": V("new_file"),
                "read_max_age": V("int"),
                "fail_on": V("names", choices=WORDS, default=[], empty=True),
                "output": V("output", default="license-output"),
                "title": V("text", default="Licenses"),
                **_LOOK,
                "max_parallel": V("int"),
            },
            files=("result.json", *LICENSE_REPORTS),
            forget=("result.json",),
        ),
        Table(
            "restore",
            {
                "records": V("paths"),
                **_CUSTOMER,
                "on": V("day"),
                "since": V("moment"),
                "on_no_seats": V("choice", choices=("fail", "create_unlicensed")),
                **_PROOF,
            },
            _restore,
        ),
        Table(
            "export",
            {
                **_CUSTOMER,
                "file": V("new_file", required=True),
                "include": V("names", choices=_INCLUDE, default=list(_INCLUDE), empty=True),
                "exact": V("flag", default=False),
                "user_ids": V("flag", default=False),
                "overwrite": V("flag", default=False),
                "verify": V("flag", default=False),
            },
            _export,
        ),
        Table(
            "azure_pack_offboard",
            {
                "users": V("names", required=True),
                "action": V("choice", choices=("suspend", "delete"), default="delete"),
                "subscriptions": V("choice", choices=("fail", "delete", "orphan"), default="fail"),
                "wait": V("flag", default=True),
                "wait_timeout": V("int", default=3600),
                "max_parallel": V("int"),
                "max_delete_total": V("int"),
                "approve_deletions": V("text"),
                **_PROOF,
            },
        ),
        Table(
            "temporary",
            {
                "action": V("choice", choices=temporary.ACTIONS, default="grant"),
                **_CUSTOMER,
                "user": V("text"),
                "roles": V("names"),
                "reason": V("text"),
                "lasts": V("text", default="2h"),
                "max_lifetime": V("text"),
                "policy_file": V("file"),
                "file": V("new_file", default="temporary-access.json"),
                "new": V("flag", default=False),
                **_PROOF,
            },
            temporary.contradictions,
        ),
        Table(
            "verify",
            {"audit_log": V("paths", required=True), "anchor": V("names"), "continued": V("flag", default=False)},
        ),
        Table("rotate", {"dest": V("new_file"), "days": V("number"), "force": V("flag", default=False)}),
        Table(
            "doctor",
            {
                "customers": V("names", default=[], blanks=True, empty=True),
                "directory": V("place"),
                "strict": V("flag", default=False),
            },
        ),
        Table(
            "probe",
            {
                "customer_id": V("text", required=True),
                "confirm_customer_domain": V("text", required=True),
                "report": V("new_file", default="probe-report.json"),
                "journal": V("new_file", default="probe-journal.jsonl"),
                "assign_license": V("flag", default=False),
                "unfinished": V("choice", choices=("fail", "remove"), default="fail"),
            },
        ),
        Table(
            "consent",
            {
                "refresh_token_file": V("new_file"),
                "vault_file": V("new_file"),
                "vault_variable": V("text"),
                "vault_id": V("text"),
                "user": V("text"),
                "flow": V("choice", choices=("authorization_code", "device_code")),
                "port": V("int"),
                "timeout": V("int"),
                "open_browser": V("flag"),
                "force": V("flag"),
            },
        ),
    )
}


def of_spec(prefix: str, spec: t.Mapping[str, t.Any]) -> Table:
    """The table of a playbook that says it itself, as an argument spec with the full names of its variables."""
    return Table(prefix, {str(name).removeprefix(prefix + "_"): _of_option(option) for name, option in spec.items()})


_TYPES = {"str": "text", "bool": "flag", "float": "number", "path": "place"}


def _of_option(option: t.Mapping[str, t.Any]) -> V:
    kind, elements = str(option.get("type", "str")), str(option.get("elements", "raw"))
    if kind == "list":
        kind = {"path": "paths", "str": "names"}.get(elements, "raw_list")
    elif option.get("choices"):
        kind = "choice"
    return V(_TYPES.get(kind, kind), required=bool(option.get("required")), choices=tuple(option.get("choices") or ()))
