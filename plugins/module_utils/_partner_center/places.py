# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""All files of a task of Partner Center, those of its options and those of the sign-in, which may come from the
environment."""

from __future__ import annotations

import typing as t

from .._common.paths import Place
from .._entra.settings import Settings

TOKEN_BESIDE = (".previous", ".state", ".lock", ".new")
_OPTIONS = (
    Place("plan_file", None, written=True),
    Place("progress_file", None, written=True),
    Place("credentials_file", None, written=True),
    Place("undo_file", None, written=True, beside=(".lock",)),
    Place("audit_log", None, written=True, beside=(".lock", ".head")),
    Place("people.record_file", None, written=True, beside=(".lock",)),
    Place("access_file", None, written=True, beside=(".lock",)),
    Place("access_policy_file", None),
    Place("record_directory", None, written=True, directory=True),
    Place("dest", None, written=True, beside=(".new",)),
    Place("vault_file", None, written=True, beside=(".new",)),
    Place("refresh_token_file", None, written=True, beside=TOKEN_BESIDE),
    Place("token_cache_path", None, written=True, directory=True),
    Place("record_traffic", None, written=True),
    Place("report_file", None, written=True),
    Place("journal_file", None, written=True),
    Place("read_file", None, written=True, beside=(".lock", ".new")),
    Place("credentials_certificate", None),
    Place("client_certificate_path", None),
    Place("client_assertion_file", None),
    Place("ca_path", None, directory=None),
)


def places(params: t.Mapping[str, t.Any], settings: Settings | None) -> list[Place]:
    """The places of a task. :param settings: what the options and the environment come to, if they come to anything."""
    values = {place.option: params.get(place.option) for place in _OPTIONS}
    people = params.get("people")
    if isinstance(people, dict):
        values["people.record_file"] = people.get("record_file")
    if settings is not None:
        for name in ("refresh_token_file", "token_cache_path", "client_certificate_path", "client_assertion_file"):
            values[name] = getattr(settings, name) or values[name]
        if settings.recording is not None:
            values["record_traffic"] = settings.recording.path
        if isinstance(settings.verify, str):
            values["ca_path"] = settings.verify
    found = [
        Place(place.option, values[place.option], place.written, place.directory, place.beside) for place in _OPTIONS
    ]
    return found + list(_of_approvals(params.get("approvals")))


def _of_approvals(policy: t.Any) -> t.Iterator[Place]:
    """The files of a policy; what they say counts, so nothing else must write there."""
    if not isinstance(policy, t.Mapping):
        return
    yield Place("approvals.allowed_signers", policy.get("allowed_signers"))
    signatures = policy.get("signatures")
    for number, path in enumerate(signatures if isinstance(signatures, list) else ()):
        yield Place(f"approvals.signatures[{number}]", path)
