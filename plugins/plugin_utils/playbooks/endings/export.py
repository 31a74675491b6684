# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ``export_tenant`` writes, and how it ends."""

from __future__ import annotations

import typing as t

from ....module_utils._common import text
from ...export.declaration import declaration_of
from ..outcomes import of_rows
from .ending import Ending, Run, counted

FIND = "_find_found"
"""What tasks/find_customer.yml leaves."""


def read_options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_user_info``."""
    return {"customer_id": _customer(run)["id"], "include": run.given["include"]}


def write_options(run: Run) -> dict[str, t.Any]:
    """Options of ``copy``. A file that is there keeps its mode."""
    file = run.given["file"]
    return {"content": _text(run), "dest": file, **({} if run.exists(file) else {"mode": "0600"})}


def may_write(run: Run) -> bool:
    """Whether the file is written: what is in one that is there may be somebody's work."""
    return not run.check_mode and not _refused(run)


def verify_options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_users``: the file that is there by now, or what would be in it."""
    if run.check_mode:
        return {"customers": [_declared(run, "data")]}
    return {"declarations": [run.given["file"]], "return_rows": "changed"}


def may_verify(run: Run) -> bool:
    """Whether the users are compared with the file."""
    return bool(run.given.get("verify")) and not _refused(run)


def end(run: Run) -> Ending:
    """The end of a run."""
    if run.broken:
        return Ending("refused", run.broken, True)
    file = run.given["file"]
    if not run.step("written") and _refused(run):
        return Ending(
            "refused",
            f"{file} exists with other content. Nothing was written. Specify another file, or set "
            "export_overwrite=true.",
            True,
        )
    notes = _declared(run, "notes")
    name, users = _customer(run)["name"], len(run.step("read")["users"])
    verified = run.step("verified")
    if verified:
        problem, changed = of_rows(verified)["problem"], counted(verified)["changed"]
        if problem or changed:
            verb = text.agreeing(changed, "is", "are")
            said = problem or f"{changed} of {text.counted(users, 'user')} {verb} not as declared."
            return Ending("failed", f"{name}: {said}", True, {"notes": notes})
    status, place = ("ready", "would go to") if run.check_mode else ("exported", "now in")
    return Ending(status, f"{name}: {text.counted(users, 'user')}, {place} {file}", False, {"notes": notes})


def _customer(run: Run) -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", run.step(FIND)["customers"][0])


def _declared(run: Run, form: str) -> t.Any:
    customer = _customer(run)
    return declaration_of(
        run.step("read"),
        form,
        customer_domain=run.given.get("customer_domain"),
        name=customer.get("name"),
        exact=run.given["exact"],
        user_ids=run.given["user_ids"],
        subscribed_skus=customer.get("subscribed_skus"),
    )


def _text(run: Run) -> str:
    return str(_declared(run, "yaml"))


def _refused(run: Run) -> bool:
    file = run.given["file"]
    if run.given.get("overwrite") or not run.exists(file):
        return False
    try:
        with open(file, encoding="utf-8", newline="") as handle:
            return handle.read() != _text(run)
    except (OSError, UnicodeDecodeError):
        return True
