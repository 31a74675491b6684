# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the modules that only read do: users, customers, an access token."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..common.claims import read_claims, second
from ..common.errors import OptionError, CollectionError, ServiceError
from ..common.module import option_problems
from ..common.plausible import Problem
from ..common.text import shown
from ..common.waits import WaitBudget
from .api import Api
from .claims import is_app_only
from .credentials import TokenSource
from .declaration import Declaration, customer_problems
from .directory import Directory
from .entitlements import held_licenses
from .gdap import reading
from .memberships import cheapest
from .model import Customer, User, odd_users
from .module import PartnerCenterModule
from .names import domain_key, is_guid, upn_key
from .pipeline import connect, customer_by_domain, requests_result
from .snapshot import Need

INCLUDE_OF_USERS = ("licenses", "roles")
INCLUDE_OF_CUSTOMERS = ("subscribed_skus", "directory_roles")

_PARALLEL = 8
"""Users or roles that are read side by side."""


def read_users(module: PartnerCenterModule) -> dict[str, t.Any]:
    """The users that ``customer_user_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += customer_problems(params["customer_id"], params["customer_domain"])
    problems += _nulls(module)
    user_id = (params["user_id"] or "").strip() or None
    if params["user_id"] is not None and not is_guid(user_id):
        problems.append(f"user_id {shown(params['user_id'])} is not a GUID.")
    if params["user_principal_name"] is not None and "@" not in params["user_principal_name"]:
        problems.append(f"user_principal_name {shown(params['user_principal_name'])} has no domain; it looks like user@domain.")
    wanted = _wanted(params["users"], problems)
    if settings and "licenses" in params["include"] and "read_licenses" in settings.cloud.unsupported:
        problems.append(f"include: {settings.cloud.name} does not offer licences of users through the Partner Center API.")
    if problems or settings is None:
        raise OptionError(problems)

    api = connect(settings, module.secrets, operation="Reading users", read_only=True)

    def inquire() -> dict[str, t.Any]:
        customer_id = (params["customer_id"] or customer_by_domain(api, params["customer_domain"]).id).strip()
        odd: list[str] = []
        if wanted is None:
            users, missing = _users(api, customer_id, user_id, params["user_principal_name"], params["state"], odd), {}
        else:
            users, missing = _named(api, customer_id, wanted, params["state"], odd)
        users = _with(params["include"], users, Directory(api, Declaration(customer_id, ()), parallel=_PARALLEL))
        if odd:
            module.warn(odd_users(customer_id, odd))
        users.sort(key=lambda user: (user.key, user.state, str(user.id)))
        result: dict[str, t.Any] = {"customer_id": customer_id, "users": [user.result(api.transport.now()) for user in users]}
        return result if wanted is None else {**result, "missing": list(missing.values())}

    return _priced(api, inquire)


def _wanted(given: list[str] | None, problems: list[str]) -> dict[str, str] | None:
    """The users that are asked for, each once: the normal form of a name or an id, and how it was written. None: not these."""
    if given is None:
        return None
    wanted = {}
    for text in given:
        value = str(text).strip()
        if is_guid(value):
            wanted.setdefault(value.lower(), value)
        elif "@" in value:
            wanted.setdefault(upn_key(value), value)
        else:
            problems.append(f"users: {shown(str(text))} is neither a name with a domain (user@domain) nor an id.")
    if not given:
        problems.append("users is empty; leave it out to read all.")
    return wanted


def _nulls(module: PartnerCenterModule) -> list[str]:
    """A selector that a template left empty must not select everybody: somebody may loop over the answer and delete."""
    names = ("customer_id", "customer_domain", "user_id", "user_principal_name", "users", "name_prefix")
    nulls = [name for name in names if name in module.given and module.given[name] is None]
    way = "leave it out (in a template: default(omit, true)) to read all"
    return [Problem(f"{name} is null; {way}.", "null") for name in nulls]


def _users(api: Api, customer_id: str, user_id: str | None, upn: str | None, state: str, odd: list[str]) -> list[User]:
    found: list[User] = []
    if state in ("active", "any"):
        if user_id:
            with reading("user", customer_id):
                user = api.user(customer_id, user_id)
            found += [user] if user else []
        else:
            with reading("active", customer_id):
                listed: dict[str, User] = {}  # somebody who moves while the pages are read is on two of them
                for page in api.users(customer_id, odd):
                    wanted = (user for user in page if upn is None or user.key == upn_key(upn))
                    listed.update((str(user.id).lower(), user) for user in wanted)
                    if upn is not None and listed:
                        break
                found += listed.values()
    # An id is either active or deleted; a name can be both.
    if state in ("deleted", "any") and not (user_id and found):
        with reading("deleted", customer_id):
            for page in api.deleted_users(customer_id, odd):
                found += [user for user in page if (user_id is None or str(user.id).lower() == user_id.lower()) and (upn is None or user.key == upn_key(upn))]
    return found


def _named(api: Api, customer_id: str, wanted: t.Mapping[str, str], state: str, odd: list[str]) -> tuple[list[User], dict[str, str]]:
    """Some users with one listing, and what of ``wanted`` was not found. Only who is not active is looked for among the deleted ones."""
    found: dict[str, User] = {}  # by id: somebody who moves while the pages are read is on two of them
    missing = dict(wanted)

    def take(users: t.Iterable[User], sought: t.Collection[str]) -> None:
        for user in users:
            keys = {str(user.id).lower(), user.key}.intersection(sought)
            if keys:
                found[str(user.id).lower()] = user
            for key in keys:
                missing.pop(key, None)

    if state in ("active", "any"):
        if all(map(is_guid, wanted)):
            with reading("user", customer_id), ThreadPoolExecutor(max_workers=min(_PARALLEL, len(wanted))) as pool:
                take(filter(None, pool.map(lambda user_id: api.user(customer_id, user_id), wanted)), wanted)
        else:
            with reading("active", customer_id):
                for page in api.users(customer_id, odd):
                    take(page, wanted)
                    if not missing:
                        break
    if state in ("deleted", "any") and missing:
        left = set(missing)  # of a name that is looked for here, there can be several
        with reading("deleted", customer_id):
            for page in api.deleted_users(customer_id, odd):
                take(page, left)
    return list(found.values()), missing


def _with(include: t.Collection[str], users: list[User], directory: Directory) -> list[User]:
    """The users with their licences and roles; deleted users as they are, because nobody can read theirs."""
    ids = [str(user.id).lower() for user in users if user.state == "active"]
    if not ids or not include:
        return users
    needs = {Need("licenses", user_id) for user_id in ids} | {Need("skus")} if "licenses" in include else set()
    if "roles" in include:
        # The catalogue is worth a request only if reading role by role can be cheaper.
        directory.read([Need("catalogue")] if len(ids) > 1 else [])
        needs |= cheapest([Need("membership", f"{user_id} *") for user_id in ids], directory.snapshot().catalogue)
    directory.read(needs)
    known = directory.snapshot()

    def one(user: User) -> User:
        if user.state != "active":
            return user
        values: dict[str, t.Any] = {}
        if "licenses" in include:
            values["licenses"] = held_licenses(known.licenses_of(str(user.id)), known)
        if "roles" in include:
            values["roles"] = tuple(sorted(role.name for role in known.roles_of(str(user.id))))
        return user.with_values(values)

    return [one(user) for user in users]


def read_customers(module: PartnerCenterModule) -> dict[str, t.Any]:
    """The customers that ``customer_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    if params["customer_id"] is not None or params["customer_domain"] is not None:
        problems += customer_problems(params["customer_id"], params["customer_domain"])
    problems += _nulls(module)
    if params["name_prefix"] is not None and not params["name_prefix"].strip():
        problems.append("name_prefix is empty; leave it out to read all customers.")
    if params["include"] and not any(params[name] for name in ("customer_id", "customer_domain", "name_prefix")):
        problems.append("include needs customer_id, customer_domain or name_prefix: it costs a request for each customer.")
    if problems or settings is None:
        raise OptionError(problems)

    api = connect(settings, module.secrets, operation="Reading customers", read_only=True, app_only_allowed=True)

    def inquire() -> dict[str, t.Any]:
        customers = _customers(api, params)
        customers.sort(key=lambda customer: ((customer.name or "").lower(), customer.id))
        return {"customers": [{**customer.result(), **_of_customer(api, customer.id, params["include"])} for customer in customers]}

    return _priced(api, inquire)


def _of_customer(api: Api, customer_id: str, include: t.Collection[str]) -> dict[str, t.Any]:
    """Further keys of a customer in the result."""
    found: dict[str, t.Any] = {}
    if "subscribed_skus" in include:
        with reading("skus", customer_id):
            skus = api.subscribed_skus(customer_id)
        found["subscribed_skus"] = [sku.result() for sku in sorted(skus, key=lambda sku: (sku.part_number.lower(), sku.id))]
    if "directory_roles" in include:
        with reading("catalogue", customer_id):
            found["directory_roles"] = [role.result() for role in sorted(api.directory_roles(customer_id))]
    return found


def _customers(api: Api, params: t.Mapping[str, t.Any]) -> list[Customer]:
    if params["customer_id"]:
        try:
            return [api.customer(params["customer_id"].strip())]
        except ServiceError as exc:
            if (exc.status, exc.code) == (404, "60003"):
                return []
            raise
    if params["customer_domain"]:
        wanted = domain_key(params["customer_domain"])
        return [customer for customer in api.customers("Domain", wanted) if domain_key(customer.domain or "") == wanted]
    if params["name_prefix"]:
        return list(api.customers("CompanyName", params["name_prefix"].strip()))
    return list(api.customers())


def sign_in(module: PartnerCenterModule) -> dict[str, t.Any]:
    """The result of ``access_token_info``. :raises CollectionError:"""
    settings = module.settings()
    budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
    source = TokenSource(settings, module.secrets, budget, operation="Signing in", app_only_allowed=True)
    token = source.get()
    # This one module exists to hand the token out; masked, it would be useless to the tasks that need it. Its action plugin hides
    # the result from every output instead.
    module.no_log_values.discard(token)
    module.reveals = "access_token"
    claims = read_claims(token)
    methods = claims.get("amr")
    return {
        "access_token": token,
        "expires_on": second(claims.get("exp")) or second(source.expires_on),
        "kind": ("app" if is_app_only(claims) else "user") if claims else "unknown",
        "mfa": "mfa" in methods if isinstance(methods, list) else None,
        "user_principal_name": claims.get("upn") or claims.get("unique_name"),
        "tenant_id": claims.get("tid") or settings.tenant_id,
    }


def _priced(api: Api, inquire: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """A result with its price; the price also goes into an error."""
    try:
        result = inquire()
    except CollectionError as exc:
        exc.details.setdefault("correlation_id", api.transport.correlation_id)
        exc.details["requests"] = requests_result(api)
        raise
    return {**result, "changed": False, "requests": requests_result(api), "correlation_id": api.transport.correlation_id}
