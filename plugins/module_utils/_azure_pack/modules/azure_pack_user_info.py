# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the module that only reads does."""

from __future__ import annotations

import typing as t

from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.text import nfc, shown
from ..._common.threads import Pool
from ..client.client import Api
from ..identifiers import name_problems
from ..model.users import User
from ..module import AzurePackModule, AzurePackTask
from ..run.converge import connect, requests_result
from ..run.results import ids_result

PARALLEL = 8
"""Users whose subscriptions are read side by side."""


def read_users(module: AzurePackTask) -> dict[str, t.Any]:
    """The users that ``azure_pack_user_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    # A selector that a template left empty must not select everybody: somebody may loop over the answer and delete.
    problems += [
        Problem(f"{name} is null; leave it out (in a template: default(omit, true)) to read all.", "null")
        for name in ("name", "search")
        if module.given.get(name, "") is None
    ]
    name = nfc((params["name"] or "").strip())
    if params["name"] is not None:
        problems += [f"name {shown(params['name'])} {problem}." for problem in name_problems(name)]
    if params["search"] is not None and not params["search"].strip():
        problems.append(Problem("search is empty; leave it out to read all users.", "empty", option="search"))
    if params["name"] is None and settings and settings.api != "admin" and "name" not in module.given:
        problems.append(
            Problem(
                "Only the admin API lists users. Set name, or set api: admin with a token for it.",
                "not_for_api",
                option="name",
            )
        )
    if problems or settings is None:
        raise OptionError(problems)

    api = connect(settings, module.secrets, read_only=True, connections=PARALLEL)
    try:
        users = _users(api, name, params["search"])
        results = [user.result() for user in users]
        if params["subscriptions"]:
            for result, owned in zip(results, _subscriptions(api, users)):
                result["subscriptions"] = owned
    except CollectionError as exc:
        exc.task.update(ids_result(api), requests=requests_result(api))
        raise
    return {"changed": False, "users": results, "requests": requests_result(api), **ids_result(api)}


def _users(api: Api, name: str, search: str | None) -> list[User]:
    if name:
        found = api.user(name)
        return [found] if found else []
    return sorted(api.users(search), key=lambda user: user.key)


def _subscriptions(api: Api, users: list[User]) -> list[list[dict[str, t.Any]]]:
    """What each user owns; nobody is asked about who owns nothing."""

    def owned(user: User) -> list[dict[str, t.Any]]:
        return (
            [subscription.result() for subscription in api.subscriptions(user.name, user.email)]
            if user.subscription_count != 0
            else []
        )

    with Pool(PARALLEL) as pool:
        return list(pool.map(owned, users))


SPEC = {"name": {"type": "str"}, "search": {"type": "str"}, "subscriptions": {"type": "bool", "default": False}}
DEFINITION = Definition(AzurePackModule, SPEC, read_users, {"mutually_exclusive": [("name", "search")]})
