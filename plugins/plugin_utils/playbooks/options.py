# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the variables of a playbook come to as options of the modules that it runs."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ..task_files.written import LOOK
from .endings import azure_pack_offboard
from .endings.ending import PROOF
from .tables import LICENSE_REPORTS

Given = t.Mapping[str, t.Any]
REPORTS = ("report.json", "report.md", "report.html")


@dataclass(frozen=True)
class Place:
    """Where a playbook runs. :ivar temporary: a folder that goes away with the run. :ivar customer: what the inventory
    says of the host: ``customer_id`` and ``customer_domain``."""

    host: str = "localhost"
    temporary: str = "/nonexistent"
    check_mode: bool = False
    customer: t.Mapping[str, str] = field(default_factory=dict)


def options(prefix: str, given: Given, place: Place) -> dict[str, t.Any]:
    """The options of the first module of a playbook; empty for one that takes them from its variables."""
    made = _OPTIONS[prefix](given, place) if prefix in _OPTIONS else {}
    return {name: value for name, value in made.items() if value is not None}


def problems_here(prefix: str, given: Given, place: Place) -> list[str]:
    """What is wrong with the variables where the playbook runs."""
    if prefix == "drift" and "file" in given and not place.customer:
        return [
            f"drift_file is a file per host, and {place.host} is not a customer of an inventory (it has no "
            "partner_center_customer_id)."
        ]
    return []


def _taken(given: Given, *names: str) -> dict[str, t.Any]:
    """Options that are called as the variables are."""
    return {name: given[name] for name in names if name in given}


def _reports(given: Given) -> list[str] | None:
    return [os.path.join(given["output"], name) for name in REPORTS] if "output" in given else None


def _reconcile(given: Given, _place: Place) -> dict[str, t.Any]:
    return {
        "declarations": [given["directory"]] if "directory" in given else None,
        **_taken(
            given,
            "defaults",
            "credentials_file",
            "credentials_certificate",
            "undo_file",
            "max_delete",
            "max_delete_percentage",
            "max_delete_total",
            "approve_deletions",
            "purge_protected",
            "access_file",
            "access_file_new",
            "max_lifetime",
            "access_policy_file",
            "max_parallel",
            "max_fail_percentage",
            "plan_author",
            "record_directory",
            *PROOF,
        ),
        "approvals": _approvals(given.get("approvals")),
        "plan_file": given.get("reviewed_plan") or os.path.join(str(given.get("output")), "plan.json"),
        "report": _reports(given),
        "report_title": given.get("title"),
        **_taken(given, *LOOK),
        "return_rows": "changed",
    }


def _approvals(policy: t.Any) -> t.Any:
    """With paths that start where the others do."""
    if not isinstance(policy, t.Mapping):
        return policy
    made = dict(policy)
    if isinstance(made.get("allowed_signers"), str) and made["allowed_signers"]:
        made["allowed_signers"] = _real(made["allowed_signers"])
    if isinstance(made.get("signatures"), list):
        made["signatures"] = [_real(path) if isinstance(path, str) and path else path for path in made["signatures"]]
    return made


def _real(path: str) -> str:
    return os.path.realpath(os.path.expanduser(path))


def _drift(given: Given, place: Place) -> dict[str, t.Any]:
    """What is compared; without a declaration of the host, nothing."""
    if "directory" not in given:
        return {}
    declared = given["directory"]
    if place.customer:
        declared = given.get("file") or os.path.join(given["directory"], f"{place.host}.yml")
        if not os.path.isfile(declared):
            return {}
    return {
        "declarations": [declared],
        **place.customer,
        **_taken(given, "defaults", "max_parallel", "access_file", "attribute_days", "audit_log"),
        "attribute_changes": given.get("attribute"),
        "mode": "plan",
        # What a plan could not do without, although it writes none of them.
        "credentials_file": os.path.join(place.temporary, "credentials.jsonl"),
        "undo_file": os.path.join(place.temporary, "undo.json"),
        "record_directory": os.path.join(place.temporary, "deleted"),
        # Caps are there to stop a purge; here it is only told who would be purged.
        "max_delete": 1000000,
        "max_delete_percentage": 100,
        "max_delete_total": 1000000,
        **(
            {"return_rows": "all"}
            if place.customer
            else {
                "report": _reports(given),
                "report_title": given.get("title"),
                **_taken(given, *LOOK),
                "return_rows": "changed",
            }
        ),
    }


def _onboard(given: Given, place: Place) -> dict[str, t.Any]:
    tables = {name: given[name] for name in ("usage_location", "extra_columns") if name in given}
    credentials = given.get("credentials_file")
    if place.check_mode and credentials and not os.path.isdir(os.path.dirname(credentials)):
        # The folder is not made then, and the module wants to see a place where the file could be.
        credentials = os.path.join(place.temporary, "credentials.jsonl")
    return {
        "declarations": given.get("csv") or [given.get("file")],
        "portal_csv": tables if "csv" in given and tables else None,
        "defaults": _taken(given, "usage_location", "licenses", "roles", "force_change_password"),
        "credentials_file": credentials,
        **_taken(given, "customer_id", "customer_domain", "credentials_certificate", "on_no_seats", "max_parallel"),
        **_taken(given, "access_file", "access_file_new"),
        **_taken(given, *PROOF),
        "plan_file": os.path.join(str(given.get("output")), "plan.json"),
    }


def _license(given: Given, _place: Place) -> dict[str, t.Any]:
    reports = [os.path.join(given["output"], name) for name in LICENSE_REPORTS] if "output" in given else None
    names = ("customers", "low_seats", "unused_seats", "read_file", "read_max_age", "max_parallel")
    return {
        **_taken(given, *names, *LOOK),
        "report": reports,
        "report_title": given.get("title"),
        "return_users": False,
    }


def _verify(given: Given, _place: Place) -> dict[str, t.Any]:
    """An anchor is a hash, with the number of its line and a colon before it if that is known."""
    anchors = []
    for text in given.get("anchor", ()):
        seq, colon, digest = str(text).rpartition(":")
        anchors.append({"hash": digest, **({"seq": seq} if colon else {})})
    return {"audit_log": given.get("audit_log"), "anchors": anchors or None, "continued": given.get("continued")}


_OPTIONS: dict[str, t.Callable[[Given, Place], dict[str, t.Any]]] = {
    "reconcile": _reconcile,
    "drift": _drift,
    "license": _license,
    "onboard": _onboard,
    "azure_pack_offboard": lambda given, _place: azure_pack_offboard.preview(given),
    "verify": _verify,
    "rotate": lambda given, _place: {
        "dest": given.get("dest"),
        "rotate_after": given.get("days"),
        "force": given.get("force"),
    },
    "export": lambda given, _place: {"include": ["subscribed_skus"] if "licenses" in given.get("include", ()) else []},
    "restore": lambda given, _place: _taken(given, "customer_id", "customer_domain"),
}
