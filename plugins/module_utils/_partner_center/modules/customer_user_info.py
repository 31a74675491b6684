# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the modules that only read do: users, customers, an access token."""

from __future__ import annotations

import typing as t

from ..._common.definition import Definition
from ..._common.errors import OptionError
from ..._common.identifiers import Guid, guid_key, is_guid, upn_key
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.text import shown
from ..._common.threads import Pool
from ..client.facts import facts_of
from ..client.meaning import reading
from ..client.protocol import CustomerClient
from ..declare.customer import CUSTOMER_SPEC, customer_problems
from ..model.users import User, unidentified_users
from ..module import PartnerCenterModule, PartnerCenterTask
from ..plan.entitlements import held_licenses
from ..plan.memberships import cheapest
from ..plan.snapshot import Need
from ..run.reader import CustomerReader
from ..session import connect, customer_by_domain, priced
from .selectors import null_selectors

INCLUDE_OF_USERS = ("licenses", "roles")
_PARALLEL = 8
"""Users or roles that are read side by side."""


def read_users(module: PartnerCenterTask) -> dict[str, t.Any]:
    """The users that ``customer_user_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += customer_problems(params["customer_id"], params["customer_domain"])
    problems += null_selectors(module)
    user_id = guid_key(params["user_id"] or "") or None
    if params["user_id"] is not None and not is_guid(user_id):
        problems.append(Problem(f"user_id {shown(params['user_id'])} is not a GUID.", "not_a_guid", option="user_id"))
    if params["user_principal_name"] is not None and "@" not in params["user_principal_name"]:
        problems.append(
            Problem(
                f"user_principal_name {shown(params['user_principal_name'])} has no domain; it looks like user@domain.",
                "not_a_name",
                option="user_principal_name",
            )
        )
    wanted = _wanted(params["users"], problems)
    if settings and "licenses" in params["include"] and "read_licenses" in facts_of(settings.cloud.name).unsupported:
        problems.append(
            Problem(
                f"include: {settings.cloud.name} does not offer licenses of users through the Partner Center API.",
                "not_offered",
                option="include",
            )
        )
    if problems or settings is None:
        raise OptionError(problems)

    session = connect(settings, module.secrets, operation="Reading users", read_only=True)

    def inquire() -> dict[str, t.Any]:
        customer_id = (params["customer_id"] or customer_by_domain(session, params["customer_domain"]).id).strip()
        client = session.customer(customer_id)
        unidentified: list[str] = []
        missing: dict[str, str] = {}
        if wanted is None:
            users = _users(client, user_id, params["user_principal_name"], params["state"], unidentified)
        else:
            users, missing = _named(client, wanted, params["state"], unidentified)
        users = _with(params["include"], users, CustomerReader(client, parallel=_PARALLEL))
        if unidentified:
            module.warn(unidentified_users(customer_id, unidentified))
        users.sort(key=lambda user: (user.key, user.state, user.id))
        result: dict[str, t.Any] = {"customer_id": customer_id, "users": [user.result(session.now()) for user in users]}
        return result if wanted is None else {**result, "missing": list(missing.values())}

    return priced(session, inquire)


def _wanted(given: list[str] | None, problems: list[str]) -> dict[str, str] | None:
    """The users that are asked for, each once: the normal form of a name or an id, and how it was written. None: not
    these."""
    if given is None:
        return None
    wanted: dict[str, str] = {}
    for text in given:
        value = str(text).strip()
        if is_guid(value):
            wanted.setdefault(guid_key(value), value)
        elif "@" in value:
            wanted.setdefault(upn_key(value), value)
        else:
            problems.append(
                Problem(
                    f"users: {shown(str(text))} is neither a name with a domain (user@domain) nor an id.",
                    "not_a_name",
                    option="users",
                )
            )
    if not given:
        problems.append(Problem("users is empty; leave it out to read all.", "empty", option="users"))
    return wanted


def _users(
    client: CustomerClient, user_id: Guid | None, upn: str | None, state: str, unidentified: list[str]
) -> list[User]:
    found: list[User] = []
    if state in ("active", "any"):
        if user_id:
            with reading("user", client):
                user = client.user(user_id)
            found += [user] if user else []
        else:
            with reading("active", client):
                listed: dict[str, User] = {}  # somebody who moves while the pages are read is on two of them
                for page in client.users(unidentified):
                    wanted = (user for user in page if upn is None or user.key == upn_key(upn))
                    listed.update((user.id, user) for user in wanted)
                    if upn is not None and listed:
                        break
                found += listed.values()
    # An id is either active or deleted; a name can be both.
    if state in ("deleted", "any") and not (user_id and found):
        with reading("deleted", client):
            for page in client.deleted_users(unidentified):
                found += [
                    user
                    for user in page
                    if (user_id is None or user.id == user_id) and (upn is None or user.key == upn_key(upn))
                ]
    return found


def _named(
    client: CustomerClient, wanted: t.Mapping[str, str], state: str, unidentified: list[str]
) -> tuple[list[User], dict[str, str]]:
    """Some users with one listing, and what of ``wanted`` was not found. Only who is not active is looked for among the
    deleted ones."""
    found: dict[str, User] = {}  # by id: somebody who moves while the pages are read is on two of them
    missing = dict(wanted)

    def take(users: t.Iterable[User], sought: t.Collection[str]) -> None:
        for user in users:
            keys = {user.id, user.key}.intersection(sought)
            if keys:
                found[user.id] = user
            for key in keys:
                missing.pop(key, None)

    if state in ("active", "any"):
        if all(map(is_guid, wanted)):
            with reading("user", client), Pool(min(_PARALLEL, len(wanted))) as pool:
                take(filter(None, pool.map(client.user, wanted)), wanted)
        else:
            with reading("active", client):
                for page in client.users(unidentified):
                    take(page, wanted)
                    if not missing:
                        break
    if state in ("deleted", "any") and missing:
        left = set(missing)  # of a name that is looked for here, there can be several
        with reading("deleted", client):
            for page in client.deleted_users(unidentified):
                take(page, left)
    return list(found.values()), missing


def _with(include: t.Collection[str], users: list[User], reader: CustomerReader) -> list[User]:
    """The users with their licences and roles; deleted users as they are, because nobody can read theirs."""
    ids = [user.id for user in users if user.state == "active"]
    if not ids or not include:
        return users
    needs = {Need("licenses", user_id) for user_id in ids} | {Need("skus")} if "licenses" in include else set()
    if "roles" in include:
        # The catalogue is worth a request only if reading role by role can be cheaper.
        reader.read([Need("catalogue")] if len(ids) > 1 else [])
        needs |= cheapest([Need("membership", f"{user_id} *") for user_id in ids], reader.snapshot().catalogue)
    reader.read(needs)
    known = reader.snapshot()

    def one(user: User) -> User:
        if user.state != "active":
            return user
        values: dict[str, t.Any] = {}
        if "licenses" in include:
            values["licenses"] = held_licenses(known.licenses_of(user.id), known)
        if "roles" in include:
            values["roles"] = tuple(sorted(role.name for role in known.roles_of(user.id)))
        return user.with_values(values)

    return [one(user) for user in users]


SPEC = {
    **CUSTOMER_SPEC,
    "user_id": {"type": "str"},
    "user_principal_name": {"type": "str"},
    "users": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["active", "deleted", "any"], "default": "active"},
    "include": {"type": "list", "elements": "str", "choices": list(INCLUDE_OF_USERS), "default": []},
}
DEFINITION = Definition(
    PartnerCenterModule, SPEC, read_users, {"mutually_exclusive": [("user_id", "user_principal_name", "users")]}
)
