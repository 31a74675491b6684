# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Users that were read as rows that declare them: what a run with these rows would find to be true already.

A row is only made of what the module accepts and would compare as equal. Whatever that leaves out is in the notes, so
that nothing gets lost without a word.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ...module_utils._common.identifiers import guid_key, is_guid, upn_key, without_prefix
from ...module_utils._common.text import nfc, shown
from ...module_utils._partner_center.declare.asked import entries, name_of
from ...module_utils._partner_center.declare.user import declare_user
from ...module_utils._partner_center.model.attributes import ATTRIBUTES, same_value
from ...module_utils._partner_center.model.licenses import Sku, Unresolved, find_sku

STATES = ("present", "restored")


class Rows(t.NamedTuple):
    """``users`` are the rows, sorted by name. ``notes`` are sentences about what is not in them, in the same order."""

    users: list[dict[str, t.Any]]
    notes: list[str]


def export_rows(
    users: t.Sequence[t.Mapping[str, t.Any]],
    *,
    state: str = "present",
    user_ids: bool = False,
    exact: bool = False,
    subscribed_skus: t.Sequence[t.Mapping[str, t.Any]] | None = None,
) -> Rows:
    """The rows of some users, as ``customer_user_info`` returns them.

    :param state: ``present`` for the active ones; ``restored`` for active and deleted ones, with ids.
    :param user_ids: whether rows have ``user_id``. Without it a row has it only if the name does not say who is meant.
    :param exact: whether licences and roles that were read are all that there may be, so that others are taken away.
    :param subscribed_skus: what the customer has bought, as ``customer_info`` returns it, to leave out licences that
        cannot be declared.
    """
    made = Rows([], [])
    active = Counter(upn_key(_text(user, "user_principal_name")) for user in users if user.get("state") != "deleted")
    for user in sorted(users, key=_order):
        name = _name(user)
        gone = user.get("state") == "deleted"
        if gone and state == "present":
            since = user.get("soft_deletion_time")
            made.notes.append(f"{name} is deleted{(f' since {since}' if since else '')}; skipped.")
            continue
        identity = _identity(
            user,
            gone,
            with_id=user_ids or state == "restored",
            twice=active[upn_key(_text(user, "user_principal_name"))] > 1,
        )
        if identity is None:
            made.notes.append(f"{name} has neither a usable name nor a usable id; skipped.")
            continue
        if "user_principal_name" not in identity and not gone:
            why = "several users have this name" if not _name_problems(user) else "the name cannot be declared"
            made.notes.append(f"{name} is declared by id, because {why}.")
        row: dict[str, t.Any] = {**identity, **({} if state == "present" else {"state": state})}
        if not gone:  # what a deleted user has comes back with it
            row |= _attributes(user, name, made.notes)
            row |= _entitlements(user, name, exact, subscribed_skus, made.notes)
        made.users.append(row)
    return made


def with_earlier(rows: Rows, earlier: t.Iterable[t.Mapping[str, t.Any]]) -> Rows:
    """The rows with the licences and roles that the same users had before.

    :param earlier: rows of earlier declarations. A row without ``user_id`` says nothing about anybody.
    """
    known: dict[str, dict[str, t.Any]] = {}
    for past in earlier:
        if past.get("user_id"):
            known.setdefault(guid_key(past["user_id"]), {}).update(
                {name: entries(past[name]) for name in ("licenses", "roles") if entries(past.get(name))}
            )

    def one(row: dict[str, t.Any]) -> dict[str, t.Any]:
        past = known.get(guid_key(row.get("user_id", "")), {})
        made = dict(row)
        if "licenses" in past:
            skus = {name_of(item): item for item in (*past["licenses"], *row.get("licenses", ()))}
            made["licenses"] = [skus[sku] for sku in sorted(skus)]
        if "roles" in past:
            made["roles"] = sorted({*map(name_of, past["roles"]), *row.get("roles", ())})
        return made

    return Rows([one(row) for row in rows.users], rows.notes)


def _order(user: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    return (upn_key(_text(user, "user_principal_name")), _text(user, "state"), _text(user, "id"))


def _text(user: t.Mapping[str, t.Any], name: str) -> str:
    value = user.get(name)
    return value if isinstance(value, str) else ""


def _name(user: t.Mapping[str, t.Any]) -> str:
    """How to call a user in a note."""
    return shown(_text(user, "user_principal_name") or _text(user, "id") or "A user").strip("'\"")


def _name_problems(user: t.Mapping[str, t.Any]) -> list[str]:
    """Why the user cannot be declared by name."""
    upn = user.get("user_principal_name")
    if not isinstance(upn, str) or not upn:
        return ["there is none"]
    row, problems = declare_user({"user_principal_name": upn}, credentials_file=False)
    return [*problems] or ([] if row.user_principal_name == nfc(upn) else ["it would be a different name"])


def _identity(user: t.Mapping[str, t.Any], gone: bool, *, with_id: bool, twice: bool) -> dict[str, str] | None:
    user_id = _text(user, "id")
    upn = _text(user, "user_principal_name")
    usable = is_guid(user_id)
    by_name = not _name_problems(user) and not twice
    if gone and usable and by_name:
        upn = without_prefix(upn, user_id)  # without the id that the directory may put in front
    identity = {}
    if usable and (with_id or not by_name):
        identity["user_id"] = user_id
    if by_name:
        identity["user_principal_name"] = upn
    return identity or None


def _attributes(user: t.Mapping[str, t.Any], name: str, notes: list[str]) -> dict[str, str]:
    found = {}
    for attribute in ATTRIBUTES:
        value = user.get(attribute)
        if attribute == "user_principal_name" or value is None or value == "":
            continue
        row, problems = declare_user(
            {"user_principal_name": "any@name.example", attribute: value}, credentials_file=False
        )
        declared = row.attributes.get(attribute, "")
        equal = same_value(attribute, value, declared)
        if problems:
            notes.append(f"{name}: {attribute} was skipped. {problems[0]}")
        elif not equal:
            notes.append(
                f"{name}: {attribute} {shown(str(value))} was skipped, because leading or trailing spaces cannot be "
                "declared."
            )
        else:
            found[attribute] = declared
    return found


def _entitlements(
    user: t.Mapping[str, t.Any],
    name: str,
    exact: bool,
    subscribed_skus: t.Sequence[t.Mapping[str, t.Any]] | None,
    notes: list[str],
) -> dict[str, t.Any]:
    """Licences and roles, if they were read."""
    found: dict[str, t.Any] = {}
    licenses = user.get("licenses")
    if isinstance(licenses, (list, tuple)):
        kept, lost = _licenses(licenses, subscribed_skus)
        notes += [f"{name}: the license {reason}." for reason in lost]
        if kept or exact:
            found["licenses"] = kept
        if exact and not lost:  # else it would take away what could not be declared
            found["purge_licenses"] = True
    roles = user.get("roles")
    if isinstance(roles, (list, tuple)) and (roles or exact):
        found["roles"] = sorted(str(role) for role in roles)
        if exact:
            found["purge_roles"] = True
    return found


def _licenses(
    licenses: t.Sequence[t.Any], subscribed_skus: t.Sequence[t.Mapping[str, t.Any]] | None
) -> tuple[list[t.Any], list[str]]:
    """Those that can be declared, sorted, and the others with the reason."""
    skus = None if subscribed_skus is None else tuple(_sku(sku) for sku in subscribed_skus)
    kept: dict[str, t.Any] = {}
    lost = []
    for item in licenses:
        sku = str(item["sku"]) if isinstance(item, t.Mapping) else str(item)
        try:
            if skus is not None:
                find_sku(sku, skus)
        except Unresolved as unresolved:
            lost.append(f"{shown(sku)} was skipped: {unresolved}")
            continue
        kept[sku] = (
            {"sku": sku, "excluded_plans": sorted(map(str, item["excluded_plans"]))}
            if isinstance(item, t.Mapping)
            else sku
        )
    return [kept[sku] for sku in sorted(kept)], lost


def _sku(result: t.Mapping[str, t.Any]) -> Sku:
    """A SKU as far as it matters for its name."""
    name = result.get("name")
    return Sku(str(result["sku_id"]), str(result["sku"]), None if name is None else str(name), "", 0, 0, 0)
