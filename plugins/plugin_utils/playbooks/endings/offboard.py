# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whom ``offboard_user`` deletes, what it takes and writes down before, and how it ends."""

from __future__ import annotations

import os
import typing as t

from ....module_utils._common.text import agreeing, counted
from ..leaver_records import Impossible, InUse, Records
from ..outcomes import of_users
from .ending import INTERRUPTED, PROOF, Ending, Result, Run, ran, reason_of

FIND = "_find_found"
"""What tasks/find_customer.yml leaves."""
STEPS = (FIND, "token", "read", "previews", "recorded", "stripped", "deleted")
_ADMINISTRATORS = ("Global Administrator", "Company Administrator")
"""One role, and its older name."""

User = t.Mapping[str, t.Any]


def find_options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_info``."""
    names = ("customer_id", "customer_domain")
    return {**_signed_in(run), **{name: run.given[name] for name in names if name in run.given}}


def read_options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_user_info``."""
    return {**_of_customer(run), "users": run.given["users"], "state": "any", "include": run.given["include"]}


def deletable_options(run: Run) -> dict[str, t.Any]:
    """Options of the preview that tells who can be deleted."""
    return _deletion(run, [] if _unclear(run) else _ids(_active(run)))


def takeable_options(run: Run) -> dict[str, t.Any]:
    """Options of the preview that tells whether somebody would be left as Global Administrator."""
    users = [] if _unclear(run) else [user for user in _active(run) if _is_administrator(user)]
    return _taking(run, _ids(users), licenses=False)


def strip_options(run: Run) -> dict[str, t.Any]:
    """Options of the step that takes what is taken before the deletion."""
    return _taking(run, _holders(run), licenses=_removes(run))


def delete_options(run: Run) -> dict[str, t.Any]:
    """Options of the deletion. Nothing is begun after an interruption."""
    return _deletion(run, [] if reason_of(run.step("stripped")) == INTERRUPTED else _leaving(run))


def may_take(run: Run) -> bool:
    """Whether something is or would be taken: everything is written down, or will be."""
    return bool(_active(run)) and "written" in run.step("recorded")


def record(run: Run) -> dict[str, t.Any]:
    """Write down what they have, if everything that follows can be done.

    :return: ``refused``, a sentence; or ``written``, the records by the id of the user, those of users who are deleted
        already among them, and ``known``, the ids of those whose record is of an earlier run.
    """
    refusal = _unclear(run) or _impossible(run)
    if refusal:
        return {"refused": refusal}
    records, users = _records(run), _active(run)
    if run.check_mode or not users:
        found = records.found()
        return {"written": dict(found.unfinished), "known": list(found.unfinished)}
    try:
        found = records.begin(users, run.began)
        reference = run.given.get("change_reference")
        written = records.write(_customer(run), users, found.unfinished, run.read, reference)
    except InUse as use:
        return {"refused": f"Another run offboards one of these users. Nothing was written. {use}"}
    except Impossible as problem:
        return {"refused": f"Their licenses and roles cannot be recorded, so nothing was removed. {problem}"}
    return {"written": {**found.unfinished, **written}, "known": list(found.unfinished)}


def conclude(run: Run) -> Ending:
    """Put the records in their places, let other runs go on with these users, and say how it ended."""
    try:
        wrong = _settled(run) if "written" in run.step("recorded") and not run.check_mode else []
        return end(run, wrong)
    finally:
        if run.step("read") and not run.check_mode:
            _records(run).end(_ids(_active(run)))


def _settled(run: Run) -> list[str]:
    """Only what is certain moves: a record is finished when its user is deleted, and none when nothing was taken."""
    recorded = run.step("recorded")
    written: t.Mapping[str, str] = recorded["written"]
    gone = [user for user in (*_deleted(run)["done"], *_ids(_gone(run))) if user in written]
    return _records(run).settle(
        [written[user] for user in gone], [written[user] for user in _untouched(run) if user in written]
    )


def _untouched(run: Run) -> list[str]:
    """From whom certainly nothing was taken, now or in an interrupted run."""
    touched = {
        *run.step("recorded")["known"],
        *(set(_holders(run)) - set(_taken(run)["untouched"])),
        *(set(_leaving(run)) - set(_deleted(run)["untouched"])),
    }
    return [user for user in _ids(_active(run)) if user not in touched]


def end(run: Run, unsettled: t.Sequence[str] = ()) -> Ending:
    """The end of a run. :param unsettled: what is wrong with the records since."""
    found: list[Result] = list(run.step(FIND).get("customers") or ())
    name = f"{found[0]['name']}: " if len(found) == 1 else ""
    recorded = run.step("recorded")
    refusal = recorded.get("refused") or ("" if "written" in recorded else run.broken or "There is no result.")
    if refusal:
        # What a task says that failed names its customer itself, if there is one by then.
        return Ending("refused", f"{name}{refusal}" if recorded.get("refused") else refusal, True)
    users, active, records = len(run.step("read")["users"]), len(_active(run)), _records(run).directory
    taken, deleted = (_taken(run), _deleted(run)) if active else ({}, {})
    done = len(deleted.get("done", ()))
    facts = {"users": users, "deleted": 0 if run.check_mode else done}
    said = [run.broken, taken.get("problem"), deleted.get("problem"), *unsettled]
    problem = " ".join(dict.fromkeys(filter(None, said)))
    if problem:
        were = f"{done} of {counted(active, 'user')} {agreeing(done, 'was', 'were')} deleted."
        share = "Not all users can be offboarded." if run.check_mode else were
        return Ending("failed", f"{name}{share} {problem} Records: {records}", True, facts)
    if not active:
        are = f"{users} of {counted(users, 'user')} {agreeing(users, 'is', 'are')} deleted already."
        return Ending("unchanged", f"{name}{are}", False, facts)
    if run.check_mode:
        return Ending("ready", f"{name}{counted(active, 'user')} would be deleted.", False, facts)
    were = f"{counted(done, 'user')} {agreeing(done, 'was', 'were')} deleted"
    text = f"{were} and can be restored for 30 days. Records: {records}"
    return Ending("offboarded", f"{name}{text}", False, facts)


def _unclear(run: Run) -> str:
    """Why it cannot be told who they are or what they have; empty if it can."""
    missing = run.step("read")["missing"]
    if missing:
        return (
            f"No user of the customer, active or deleted in the last 30 days, is {' or '.join(map(str, missing))}. "
            "Nothing was written."
        )
    seen = ("roles", "licenses") if _removes(run) else ("roles",)
    if any(not isinstance(user.get(name), (list, tuple)) for user in _active(run) for name in seen):
        return "The directory roles and licenses of a user cannot be read. Nothing was written."
    return ""


def _impossible(run: Run) -> str:
    """Why not all of them can be offboarded; empty if they can."""
    previews = {str(item.get("item")): item for item in run.step("previews").get("results") or ()}
    wanted = {name: [row["user_id"] for row in PREVIEWS[name](run)["users"]] for name in PREVIEWS}
    problems = [of_users(ran(previews.get(name)), ids)["problem"] for name, ids in wanted.items()]
    said = " ".join(dict.fromkeys(filter(None, problems)))
    return f"Nothing was written. {said}" if said else ""


PREVIEWS = {"deletable": deletable_options, "takeable": takeable_options}


def _deletion(run: Run, ids: t.Sequence[str]) -> dict[str, t.Any]:
    return {
        **_of_customer(run),
        "users": [{"user_id": user, "state": "absent"} for user in ids],
        "defaults": {"allow_synced": run.given["allow_synced"]},
        **{name: run.given[name] for name in ("max_delete_total", *PROOF) if name in run.given},
    }


def _taking(run: Run, ids: t.Sequence[str], *, licenses: bool) -> dict[str, t.Any]:
    return {
        **_of_customer(run),
        "users": [{"user_id": user, "roles": []} for user in ids],
        "defaults": {"purge_roles": True, **({"licenses": [], "purge_licenses": True} if licenses else {})},
        **{name: run.given[name] for name in PROOF if name in run.given},
    }


def _of_customer(run: Run) -> dict[str, t.Any]:
    return {**_signed_in(run), "customer_id": _customer(run)["id"]}


def _signed_in(run: Run) -> dict[str, t.Any]:
    """One sign-in serves all steps."""
    return {name: value for name, value in run.step("token").items() if name == "access_token"}


def _customer(run: Run) -> Result:
    return t.cast("Result", run.step(FIND)["customers"][0])


def _records(run: Run) -> Records:
    return Records(os.path.join(str(run.given["records"]), str(_customer(run)["id"])), run.host)


def _removes(run: Run) -> bool:
    return bool(run.given["licenses"] == "remove")


def _active(run: Run) -> list[User]:
    return [user for user in run.step("read").get("users") or () if user["state"] == "active"]


def _gone(run: Run) -> list[User]:
    return [user for user in run.step("read").get("users") or () if user["state"] == "deleted"]


def _ids(users: t.Iterable[User]) -> list[str]:
    return [str(user["id"]) for user in users]


def _is_administrator(user: User) -> bool:
    return any(name in str(role) for role in user.get("roles") or () for name in _ADMINISTRATORS)


def _holders(run: Run) -> list[str]:
    """Who has something that is taken before the deletion."""
    return _ids(user for user in _active(run) if user.get("roles") or (_removes(run) and user.get("licenses")))


def _taken(run: Run) -> dict[str, t.Any]:
    return of_users(run.step("stripped"), _holders(run))


def _leaving(run: Run) -> list[str]:
    """Who had something to take leaves only if it was reported to be taken."""
    staying = set(_holders(run)) - set(_taken(run)["done"])
    return [user for user in _ids(_active(run)) if user not in staying]


def _deleted(run: Run) -> dict[str, t.Any]:
    return of_users(run.step("deleted"), _leaving(run))
