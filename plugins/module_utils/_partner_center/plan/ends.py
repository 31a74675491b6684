# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What has ended: a declared row as it is meant at this moment. Pure.

No engine of its own: a user who has ended is declared absent, a role or a license that has ended is to be taken away,
and everything else is the plan's as always. The service's time decides. What lasts for some time is counted from what
the record says, and where the record and the clock contradict each other nothing is granted.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..._common.identifiers import Guid, Upn, guid_key, is_guid
from ..._common.problem import Problem
from ..._common.row_options import label
from ..._common.text import nfc
from ..declare.ends import SKEW, AccessPolicy, End
from ..declare.user import UserDeclaration
from ..model.licenses import Unresolved, find_sku
from ..model.roles import find_role, role_key
from ..model.users import User, iso
from .holder import holder_of
from .operations import Refused, RowPlan
from .snapshot import Need, Snapshot, Unread


@dataclass(frozen=True)
class Grant:
    """What the record says about one grant. ``name`` and ``label`` are the role or license in normal form, and as
    somebody declared it."""

    customer_id: Guid
    what: str
    name: str
    granted_for: str
    granted_at: datetime
    lasts: int
    user_principal_name: Upn = Upn("")
    user_id: Guid = Guid("")
    label: str = ""
    ended_at: datetime | None = None

    def is_about(self, user: UserDeclaration, user_id: Guid | None) -> bool:
        """Whether it is this user's: by id where both are known, because a name may be somebody else's by now."""
        theirs = {each for each in (user.user_id, user_id) if each}
        if self.user_id and theirs:
            return self.user_id in theirs
        # Where the id was never written down, the user may still have the name of before.
        return self.user_principal_name in [key for key in (user.key, user.previous_key) if key]


@dataclass(frozen=True)
class Ends:
    """What a run goes by.

    :param only: nothing is done but to take away what has ended.
    :param against: what of the declaration is against the policy. Then ``only`` holds, and the task fails.
    """

    policy: AccessPolicy = field(default_factory=AccessPolicy)
    grants: tuple[Grant, ...] = ()
    only: bool = False
    against: tuple[Problem, ...] = ()

    def granted(
        self, customer_id: Guid, row: UserDeclaration, user_id: Guid | None, end: End
    ) -> tuple[datetime, datetime | None] | None:
        """When this was granted for the first time, and since when it has ended; None if there is no record of it."""
        found = [grant for grant in self._of(customer_id, end) if grant.is_about(row, user_id)]
        if not found:
            return None
        ended = [grant.ended_at for grant in found if grant.ended_at is not None]
        return min(grant.granted_at for grant in found), min(ended, default=None)

    def ids_under_the_name(self, customer_id: Guid, row: UserDeclaration) -> dict[Guid, bool]:
        """To whom something of this row was granted under its name, and whether any of that is still open."""
        found: dict[Guid, bool] = {}
        for end in row.ends:
            for grant in self._of(customer_id, end):
                if grant.user_id and grant.user_principal_name == row.own_key:
                    found[grant.user_id] = found.get(grant.user_id, False) or grant.ended_at is None
        return found

    def open_by_name(self, customer_id: Guid, row: UserDeclaration, end: End) -> bool:
        """Whether something of this row is open in the record, under a name alone."""
        return any(
            not grant.user_id and grant.ended_at is None and grant.is_about(row, None)
            for grant in self._of(customer_id, end)
        )

    def holders(self, customer_id: Guid) -> set[Guid]:
        """To whom anything was granted at a customer that is still open, as far as the ids are known."""
        found = (grant for grant in self.grants if grant.customer_id == customer_id and grant.ended_at is None)
        return {grant.user_id for grant in found if grant.user_id}

    def open_ids(self, customer_id: Guid, row: UserDeclaration, end: End) -> set[Guid]:
        """To whom something was granted under the name of this row, and it is still open."""
        found = [grant for grant in self._of(customer_id, end) if grant.ended_at is None and grant.is_about(row, None)]
        return {grant.user_id for grant in found if grant.user_id}

    def _of(self, customer_id: Guid, end: End) -> list[Grant]:
        """What the record says of a role, a license or a user, whoever has it."""
        names = {end.key, _plain(end.name)}
        return [
            grant
            for grant in self.grants
            if grant.customer_id == customer_id
            and grant.what == end.what
            and grant.granted_for == end.granted_for
            and (grant.name in names or (end.name and _plain(grant.label) == _plain(end.name)))
        ]


def settled(row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> UserDeclaration:
    """The row with what it means now. :raises Unread: with what is needed to tell; Refused: it cannot be told, or it
    must not be granted."""
    demands = ends.policy.demanded
    judged = bool(row.ends) or bool(demands)
    if row.state == "absent" or not judged:
        return row
    holder = holder_of(row, snapshot, ends) if row.ends else None
    if row.ends and not snapshot.timed:
        raise Refused(
            f"{row.name}: the service did not return its time, so what has ended is unknown. Nothing was changed.",
            reason="service_time_unknown",
        )
    needs = _needs(row, demands, snapshot)
    if needs:
        raise Unread(needs)
    _refuse_another(row, holder, snapshot, ends)
    user_id = holder.id if holder else row.user_id
    known = [_judged(end, row, user_id, snapshot, ends) for end in row.ends]
    if holder is None and not row.user_id:
        _refuse_unknown_holder(row, known, snapshot, ends)
        if ends.holders(snapshot.customer_id):
            from .deleted_holders import if_restored  # most records are about users who are there

            known = [if_restored(end, row, snapshot, ends) for end in known]
    row = replace(row, ends=tuple(known))
    whole = next((end for end in known if end.what == "user"), None)
    if whole and whole.ended:
        _refuse_another_name(row, holder)
        return replace(row, state="absent", ended=True)
    if any(end.may_come_back for end in known):
        from .deleted_holders import refuse_deleted_holder

        refuse_deleted_holder(row, snapshot, ends)
    over = {end.mark for end in known if end.ended}
    roles = row.roles and tuple(name for name in row.roles if f"role:{name}" not in over)
    licenses = row.licenses and tuple(item for item in row.licenses if f"license:{item.sku}" not in over)
    return replace(
        row,
        roles=roles,
        licenses=licenses,
        ended_roles=tuple(end.name for end in known if end.ended and end.what == "role"),
        ended_licenses=tuple(end.name for end in known if end.ended and end.what == "license"),
        ended=bool(over),
    )


def _refuse_another(row: UserDeclaration, holder: User | None, snapshot: Snapshot, ends: Ends) -> None:
    """A name does not tell who was granted something, where the record has the id. :raises Refused, Unread:"""
    recorded_ids = {} if row.user_id or not row.key else ends.ids_under_the_name(snapshot.customer_id, row)
    if not recorded_ids or (holder and holder.id in recorded_ids):
        return
    if holder is None:
        # Whoever was renamed has it still.
        open_ids = [user_id for user_id, still_open in recorded_ids.items() if still_open]
        holder = next(filter(None, map(snapshot.user, open_ids)), None)
        if holder is None:
            return
        said = f"is no longer the name of a user, and the record is about {holder.user_principal_name} (id {holder.id})"
    else:
        said = f"now has the id {holder.id}, and the record is about {', '.join(sorted(recorded_ids))}"
    raise Refused(
        f"{row.name} {said}. Nothing was changed. Declare the user with user_id, or specify another granted_for.",
        [holder],
        reason="id_contradicts_name",
    )


def _refuse_unknown_holder(row: UserDeclaration, known: t.Iterable[End], snapshot: Snapshot, ends: Ends) -> None:
    """Of whom the record has only a name: that nobody has it now does not say that nobody has the access. :raises
    Refused, Unread:"""
    over = [end for end in known if end.ended and ends.open_by_name(snapshot.customer_id, row, end)]
    if over and not snapshot.deleted_named(*(key for key in (row.own_key, row.previous_key) if key)):
        raise Refused(
            f"{row.name}: {', '.join(end.name or 'the user' for end in over)} has ended. No user has this name, and "
            "the record has no id, so a renamed user may still have it. Set user_id in access_file, or "
            "ended_at if the user is gone.",
            reason="holder_unknown",
        )


def _refuse_another_name(row: UserDeclaration, holder: User | None) -> None:
    """Nobody is deleted under another name or id than is declared; looked for under that alone, somebody who has not
    been renamed yet, is renamed back by every run, or was made anew, would count as gone. :raises Refused:"""
    if holder and row.user_id and holder.id != row.user_id:
        raise Refused(
            f"{row.name} has ended, and the user has the id {holder.id}, not {row.user_id}. No user is deleted under "
            "another id than is declared. Declare this one absent.",
            [holder],
            reason="id_contradicts_name",
        )
    if holder and not row.user_id and holder.key != row.own_key:
        raise Refused(
            f"{row.name} has ended, and the user is named {holder.user_principal_name} (id {holder.id}). No user is "
            "deleted under another name than is declared. Declare this one absent.",
            [holder],
            reason="id_contradicts_name",
        )


def only_ends(row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> UserDeclaration:
    """The row without anything but what has ended, under the name that the user has now: nobody is renamed.

    :raises Unread, Unreadable:
    """
    # With both names there it cannot be told who is meant, and the plan says so.
    both = row.previous_key and not row.user_id and all(snapshot.holders(row.own_key, row.previous_key))
    if row.state != "absent" and not both:
        holder = holder_of(row, snapshot, ends)
        name = holder.user_principal_name if holder else row.user_principal_name
        user_id = holder.id if holder and row.user_id else row.user_id
        row = replace(row, user_principal_name=name, previous_user_principal_name=None, user_id=user_id)
    return replace(
        row,
        attributes={},
        password=None,
        generate_password=False,
        force_change_password=None,
        update_password="on_create",
        on_deleted="fail",
        state="absent" if row.state == "absent" else "present",
        roles=() if row.ended_roles else None,
        licenses=() if row.ended_licenses else None,
        purge_roles=False,
        purge_licenses=False,
        removed_roles=(),
        removed_licenses=(),
    )


def with_open_ends(made: RowPlan) -> RowPlan:
    """A plan that says which ends stay open although nobody is there."""
    if made.refusal or not any(end.may_come_back for end in made.row.ends):
        return made
    from .deleted_holders import told

    return told(made)


def recorded(row: UserDeclaration, customer_id: Guid, ends: Ends) -> UserDeclaration:
    """A row that could not be planned, with when it ends as far as the declaration and the record tell."""
    found = []
    for end in row.ends:
        known = ends.granted(customer_id, row, None, end) if end.ends_at is None and end.lasts is not None else None
        if known and end.lasts is not None:
            moments = [known[0] + end.lasts, *filter(None, (end.expires_at, known[1]))]
            end = replace(end, granted_at=known[0], ends_at=min(moments))
        found.append(end)
    return replace(row, ends=tuple(found))


def holds(user: User, end: End) -> bool:
    """Whether somebody who is there has it, as far as that was read."""
    if end.what == "role":
        return any(role_key(name) in end.names for name in user.roles or ())
    held = (item["sku"] if isinstance(item, dict) else item for item in user.licenses or ())
    return end.what == "user" or any(_plain(str(name)) in end.names for name in held)


def since(row: UserDeclaration) -> str | None:
    """Since when something of the row has ended, in the service's form."""
    return iso(min((end.ends_at for end in row.ends if end.ended and end.ends_at), default=None))


def _needs(row: UserDeclaration, demands: t.Mapping[str, t.Any], snapshot: Snapshot) -> set[Need]:
    about = {end.what for end in row.ends} | set(demands)
    needs = set()
    if row.roles and "role" in about and snapshot.catalogue is None:
        needs.add(Need("catalogue"))
    if row.licenses and "license" in about and snapshot.skus is None:
        needs.add(Need("skus"))
    return needs


def _judged(end: End, row: UserDeclaration, user_id: Guid | None, snapshot: Snapshot, ends: Ends) -> End:
    now = snapshot.now
    names = tuple(_names(end.what, end.name, snapshot))
    end = replace(end, key=names[0], names=names)
    moments = [end.expires_at] if end.expires_at else []
    ended_at = None
    if end.lasts is not None:
        found = ends.granted(snapshot.customer_id, row, user_id, end)
        granted_at, ended_at = found or (now, None)
        if granted_at > now + SKEW:
            raise Refused(
                f"{row.name}: the record has {iso(granted_at)} as the time of the grant, and now it is {iso(now)}. "
                "Either the record or the clock is wrong, so the end is unknown. Nothing was changed.",
                reason="access_record_in_future",
            )
        moments.append(granted_at + end.lasts)
        end = replace(end, granted_at=granted_at, begins=found is None)
    ends_at = min([*moments, *([ended_at] if ended_at else [])])
    ended = ended_at is not None or now >= ends_at
    # What has ended by its time before it was ever granted needs no record.
    return replace(end, ends_at=ends_at, ended=ended, begins=end.begins and not ended)


def _names(what: str, name: str, snapshot: Snapshot) -> list[str]:
    """All names under which something is known, its id first; what cannot be found the plan refuses later."""
    try:
        if what == "role":
            role = find_role(name, snapshot.catalogue or ())
            return [role.id, role_key(role.name), role_key(name)]
        if what == "license":
            sku = find_sku(name, snapshot.skus or ())
            return [sku.id, *(_plain(text) for text in (sku.part_number, sku.name or "", name) if text)]
    except Unresolved:
        pass
    return [guid_key(name) if is_guid(name) else _plain(name)]


def _plain(text: str) -> str:
    return " ".join(nfc(text).casefold().split())


def refuse_too_long(row: UserDeclaration, snapshot: Snapshot, policy: AccessPolicy) -> None:
    """:param row: with what it means now (:func:`settled`). :raises Refused: what was not known before the first
    request is against the policy."""
    if row.state == "absent" or not (row.ends or policy.demanded):
        return
    for what, name, own in wishes(row):
        if any(end.ended for end in own):
            continue
        found = policy.complaint(what, _names(what, name, snapshot), own, snapshot.now)
        if found:
            reason, said = found
            raise Refused(f"{row.name}{f': {name}' if name else ''} {said}.", reason=reason)


def wishes(row: UserDeclaration) -> t.Iterator[tuple[str, str, list[End]]]:
    """What a row wants to be granted: what, its name, and the ends that hold for it (its own, and the user's)."""
    ends = {end.mark: end for end in row.ends}
    whole = [ends["user:"]] if "user:" in ends else []
    yield "user", "", whole
    for what, names in (("role", row.roles or ()), ("license", [item.sku for item in row.licenses or ()])):
        for name in names:
            own = ends.get(f"{what}:{name}")
            yield what, name, [*([own] if own else []), *whole]


def may_have_ended(rows: t.Iterable[UserDeclaration], ends: Ends, now: datetime) -> bool:
    """Whether something of a declaration could be over, as far as it can be told before anything is read.

    :param now: the time of this machine, which may be behind.
    """
    declared = [end for row in rows for end in row.ends]
    return any(end.expires_at is not None and end.expires_at <= now + timedelta(days=1) for end in declared) or (
        bool(ends.grants) and any(end.lasts is not None for end in declared)
    )


def policy_problems(
    rows: t.Iterable[UserDeclaration], policy: AccessPolicy, now: datetime
) -> t.Iterator[tuple[str, str]]:
    """What of the declared must not be granted, before anything is read; each as a stable word and a sentence.

    :param now: the time of this machine; the service's is not known yet, and is asked again in the plan.
    """
    for row in rows:
        if row.state == "absent":
            continue
        for what, name, own in wishes(row):
            sure = what == "user" or (what == "role" and not is_guid(name))
            names = [role_key(name) if what == "role" else _plain(name), guid_key(name)]
            found = policy.complaint(what, names, own, now, sure)
            if found:
                reason, said = found
                yield reason, f"{label(row)}: {f'{what} {name}' if name else 'the user'} {said}."
