# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ``temporary_access`` gives and takes away, and how it ends."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ....module_utils._common import text
from ....module_utils._common.errors import CollectionError
from ....module_utils._common.identifiers import guid_key, is_guid, upn_key
from ....module_utils._common.moments import LONGEST, NotATime, duration
from ....module_utils._partner_center.model.roles import role_key
from ....module_utils._partner_center.model.users import iso
from ....module_utils._partner_center.plan.ends import Grant
from ....module_utils._partner_center.run.access_file import AccessFile
from ..outcomes import of_rows
from ..values import one_customer
from .ending import NO_RESULT, PROOF, Ending, Run, counted

Given = t.Mapping[str, t.Any]
ACTIONS = ("grant", "end_due", "end_now")


def contradictions(given: Given) -> list[str]:
    """What of the variables does not belong together."""
    action, wrong = given.get("action"), []
    if action == "grant":
        wrong += one_customer("temporary", given)
        wrong += [f"temporary_{name} is missing." for name in ("user", "roles", "reason") if name not in given]
        try:
            duration(given.get("lasts"))
        except NotATime as exc:
            wrong.append(f"temporary_lasts {text.shown(str(given.get('lasts')))} {exc}.")
        return wrong
    if action == "end_now" and "user" not in given:
        wrong.append("temporary_user is required: the user whose access ends.")
    unused: tuple[str, ...] = ("customer_domain", "customer_id", "roles", "reason", "max_lifetime", "policy_file")
    unused += ("user",) if action == "end_due" else ()
    wrong += [f"temporary_{name} is for temporary_action=grant." for name in unused if name in given]
    if given.get("new"):
        wrong.append("temporary_new is for temporary_action=grant.")
    return wrong


def problems(given: Given) -> list[str]:
    """What is wrong with the record, before anything is sent."""
    if given.get("action") == "grant":
        return []  # the module looks at it
    try:
        found = _open(given)
    except CollectionError as exc:
        return [exc.message]
    if given.get("action") == "end_now" and not found:
        return [f"The record has no temporary access of {given['user']}; nothing was removed."]
    return []


def options(run: Run) -> dict[str, t.Any]:
    """Options of ``customer_users``; empty if the record has nothing that could end."""
    given = run.given
    proof = {name: given[name] for name in PROOF if name in given}
    common = {"access_file": given["file"], "ending_within_days": LONGEST.days, **proof}
    if given["action"] == "grant":
        entry = {"lasts": given["lasts"], "granted_for": given["reason"]}
        who = "user_id" if is_guid(guid_key(given["user"])) else "user_principal_name"
        more = {
            "max_lifetime": given.get("max_lifetime"),
            "access_policy_file": given.get("policy_file"),
            "customer_id": given.get("customer_id"),
            "customer_domain": given.get("customer_domain"),
            "access_file_new": given.get("new") or None,
        }
        roles = [{"name": name, **entry} for name in given["roles"]]
        return {
            **common,
            **{name: value for name, value in more.items() if value is not None},
            "users": [{who: given["user"], "roles": roles}],
        }
    rows: dict[str, dict[str, dict[str, t.Any]]] = {}
    for grant in _open(given):
        users = rows.setdefault(grant.customer_id, {})
        _add(users.setdefault(grant.user_id or grant.user_principal_name, _who(grant)), grant, given["action"])
    if not rows:
        return {}
    customers = [{"customer_id": customer, "users": list(users.values())} for customer, users in rows.items()]
    return {**common, "customers": customers, "ends_only": True}


def _open(given: Given) -> list[Grant]:
    """What has not been taken away yet, of each user and role what ends last. :raises CollectionError:"""
    found: dict[tuple[str, ...], Grant] = {}
    for grant in AccessFile(given["file"]).read():
        if grant.what == "user":
            continue  # whoever declares the user deletes it, with a record of what it had
        if grant.ended_at is not None or (given["action"] == "end_now" and not _is_about(grant, str(given["user"]))):
            continue
        key = (grant.customer_id, grant.user_id or grant.user_principal_name, grant.what, grant.name)
        if key not in found or _end(found[key]) < _end(grant):
            found[key] = grant
    return list(found.values())


def _end(grant: Grant) -> t.Any:
    return grant.granted_at + timedelta(seconds=grant.lasts)


def _is_about(grant: Grant, user: str) -> bool:
    return grant.user_id == guid_key(user) if is_guid(guid_key(user)) else grant.user_principal_name == upn_key(user)


def _who(grant: Grant) -> dict[str, t.Any]:
    # By the id a user is found under any name.
    return {"user_id": grant.user_id} if grant.user_id else {"user_principal_name": grant.user_principal_name}


def _add(row: dict[str, t.Any], grant: Grant, action: str) -> None:
    ends: dict[str, t.Any] = {"lasts": f"{grant.lasts}s", "granted_for": grant.granted_for}
    if action == "end_now":
        ends["expires_at"] = iso(grant.granted_at)
    if grant.what == "role":
        row.setdefault("roles", []).append({"name": grant.name, **ends})
    else:
        row.setdefault("licenses", []).append({"sku": grant.name, **ends})


def may_look(run: Run) -> bool:
    """Whether it matters what the user has already."""
    return bool(run.given["action"] == "grant")


def may_do(run: Run) -> bool:
    """Whether there is anything to give or to take away."""
    return bool(options(run)) and not unseen(run) and not held(run)


def unseen(run: Run) -> str:
    """Why it is not known what the user has; then nothing is granted."""
    if run.given["action"] != "grant":
        return ""
    look = run.step("look")
    return str(of_rows(look)["problem"] or "") if look else NO_RESULT


def held(run: Run) -> list[str]:
    """Roles that the user has already, and not for a time by the record. Given for some hours, they would be taken away
    for good."""
    look = run.step("look")
    if run.given["action"] != "grant" or not look:
        return []
    added = {
        role_key(name)
        for operation in look.get("operations") or ()
        if operation.get("action") == "add_role"
        for name in set(operation["fields"]["roles"]["after"]) - set(operation["fields"]["roles"]["before"] or ())
    }
    user_id = _user_id(look)
    found = [
        name
        for name in run.given["roles"]
        if role_key(name) not in added and not _is_recorded(run.given, name, user_id)
    ]
    # Who was named by an id shows only in the number.
    named = [name for name in found if not is_guid(guid_key(name))]
    return named if len(found) - len(named) <= len(added - set(map(role_key, run.given["roles"]))) else found


def _user_id(look: t.Mapping[str, t.Any]) -> str:
    """Who the user is: the name may have been somebody else's when something was recorded for it."""
    found = [guid_key(row.get("user_id") or "") for row in look.get("rows") or ()]
    return found[0] if len(found) == 1 else ""


def _is_recorded(given: Given, role: str, user_id: str) -> bool:
    who = str(given["user"])
    try:
        grants = AccessFile(given["file"], bool(given.get("new"))).read()
    except CollectionError:
        return True  # the module says it
    return any(
        grant.what == "role"
        and grant.ended_at is None
        and (grant.user_id == user_id if grant.user_id and user_id else _is_about(grant, who))
        and bool(grant.name == guid_key(role) or role_key(grant.label) == role_key(role))
        for grant in grants
    )


def end(run: Run) -> Ending:
    """The end of a run."""
    if run.broken:
        return Ending("refused", run.broken, True)
    done = run.step("done")
    if not done and unseen(run):
        return Ending("failed", f"Nothing was granted. {unseen(run)}", True)
    if not done and held(run):
        listed = ", ".join(map(text.shown, held(run)))
        said = f"{run.given['user']} already has {listed}, but not from this record. Nothing was granted: it would"
        return Ending("refused", f"{said} be removed at the end. Leave it out.", True)
    if not done:
        return Ending("unchanged", "The record has no role and no license that could end.", False)
    ended, counts = of_rows(done), counted(done)
    found = [entry for entry in done.get("ending") or () if isinstance(entry, t.Mapping)]
    by_status = {word: [entry for entry in found if entry.get("status") == word] for word in _WORDS}
    facts = {**counts, "ending": [dict(entry) for entry in found]}
    if ended["problem"]:
        overdue = "; ".join(_words(entry) for entry in by_status["overdue"])
        late = f" Ended, but not removed: {overdue}." if overdue else ""
        return Ending("failed", f"{ended['reasons']}{late}", True, facts)
    if run.given["action"] == "grant":
        listed = "; ".join(_words(entry) for entry in by_status["ends_soon"])
        others = len(run.given["roles"]) - len(by_status["ends_soon"])
        if others > 0:
            what = text.counted(others, "other role") if listed else "The access"
            said = (
                "ended for this reason and is not granted again. Specify another temporary_reason to start a new grant."
            )
            begun = f"{listed}. " if listed else ""
            return Ending("ended", f"{begun}{what} of {run.given['user']} {said}", True, facts)
        status = "ready" if run.check_mode else "granted" if counts["changed"] else "unchanged"
        return Ending(status, f"{listed}.", False, facts)
    taken = by_status["taken_away"]
    if not taken:
        left = text.counted(len(by_status["ends_soon"]), "grant")
        return Ending("unchanged", f"No role and no license has ended; {left} continue.", False, facts)
    listed = "; ".join(_words(entry) for entry in taken)
    return Ending("ready" if run.check_mode else "ended", f"{listed}.", False, facts)


_WORDS = {"ends_soon": "until", "taken_away": "ended", "overdue": "since"}


def _words(entry: t.Mapping[str, t.Any]) -> str:
    who = entry.get("user_principal_name") or entry.get("user_id")
    return f"{who}: {entry.get('name') or 'the user'} ({_WORDS[str(entry.get('status'))]} {entry.get('ends_at')})"
