# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the modules that only read do: users, customers, an access token."""

from __future__ import annotations

import typing as t

from ..common.errors import OptionError, CollectionError, ServiceError
from ..common.module import option_problems
from ..common.text import shown
from ..common.waits import WaitBudget
from .api import Api
from .claims import is_app_only, read_claims
from .credentials import TokenSource
from .declaration import customer_problems
from .model import Customer, User, odd_users
from .module import PartnerCenterModule
from .names import is_guid, upn_key
from .pipeline import connect, customer_by_domain, requests_result


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
    if problems or settings is None:
        raise OptionError(problems)

    api = connect(settings, module.secrets, operation="Reading users", read_only=True)

    def inquire() -> dict[str, t.Any]:
        customer_id = (params["customer_id"] or customer_by_domain(api, params["customer_domain"]).id).strip()
        odd: list[str] = []
        users = _users(api, customer_id, user_id, params["user_principal_name"], params["state"], odd)
        if odd:
            module.warn(odd_users(customer_id, odd))
        users.sort(key=lambda user: (user.key, user.state, str(user.id)))
        return {"customer_id": customer_id, "users": [user.result(api.transport.now()) for user in users]}

    return _priced(api, inquire)


def _nulls(module: PartnerCenterModule) -> list[str]:
    """A selector that a template left empty must not select everybody: somebody may loop over the answer and delete."""
    names = ("customer_id", "customer_domain", "user_id", "user_principal_name", "name_prefix")
    return [f"{name} is null; leave it out (default(omit)) to read all." for name in names if name in module.given and module.given[name] is None]


def _users(api: Api, customer_id: str, user_id: str | None, upn: str | None, state: str, odd: list[str]) -> list[User]:
    found: list[User] = []
    if state in ("active", "any"):
        if user_id:
            user = api.user(customer_id, user_id)
            found += [user] if user else []
        else:
            for page in api.users(customer_id, odd):
                found += [user for user in page if upn is None or user.key == upn_key(upn)]
                if upn is not None and found:
                    break
    # An id is either active or deleted; a name can be both.
    if state in ("deleted", "any") and not (user_id and found):
        for page in api.deleted_users(customer_id, odd):
            found += [user for user in page if (user_id is None or str(user.id).lower() == user_id.lower()) and (upn is None or user.key == upn_key(upn))]
    return found


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
    if problems or settings is None:
        raise OptionError(problems)

    api = connect(settings, module.secrets, operation="Reading customers", read_only=True, app_only_allowed=True)

    def inquire() -> dict[str, t.Any]:
        customers = _customers(api, params)
        customers.sort(key=lambda customer: ((customer.name or "").lower(), customer.id))
        return {"customers": [customer.result() for customer in customers]}

    return _priced(api, inquire)


def _customers(api: Api, params: t.Mapping[str, t.Any]) -> list[Customer]:
    if params["customer_id"]:
        try:
            return [api.customer(params["customer_id"].strip())]
        except ServiceError as exc:
            if (exc.status, exc.code) == (404, "60003"):
                return []
            raise
    if params["customer_domain"]:
        wanted = params["customer_domain"].strip().lower()
        return [customer for customer in api.customers("Domain", wanted) if (customer.domain or "").lower() == wanted]
    if params["name_prefix"]:
        return list(api.customers("CompanyName", params["name_prefix"].strip()))
    return list(api.customers())


def sign_in(module: PartnerCenterModule) -> dict[str, t.Any]:
    """The result of ``access_token_info``. :raises CollectionError:"""
    settings = module.settings()
    source = TokenSource(settings, module.secrets, WaitBudget(settings.max_wait), operation="Signing in", app_only_allowed=True)
    token = source.get()
    # This one module exists to hand the token out; masked, it would be useless to the tasks that need it. Its action plugin hides
    # the result from every output instead.
    module.no_log_values.discard(token)
    module.reveals = "access_token"
    claims = read_claims(token)
    methods = claims.get("amr")
    expires = claims.get("exp") or source.expires_on
    return {
        "access_token": token,
        "expires_on": int(expires) if expires else None,
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
