# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The requests of a probe, in order, as data: what check mode shows is what a run sends.

Every request is about one customer, and every write about a user whom the probe has made itself. A step that needs what
is not known (no user, no harmless role) is left out.
"""

from __future__ import annotations

import json
import typing as t
import uuid
from dataclasses import dataclass

from ..._common.identifiers import guid_key, is_guid
from .seen import Evidence

LIMIT = 80
"""Requests that a probe may send in all."""
RESERVE = 16
"""Of them, those that are kept for taking the users away again."""
LOOKS = 2
"""Further reads for what is still missing when a part of a change is shown."""
PAGES = 4
"""Pages of deleted users that are looked through."""
POLLS = 6
"""Times that something is looked for which was just written."""
PREFIX = "tenantops-probe-"
FIELDS = ("displayName", "firstName", "lastName", "usageLocation", "phoneNumber", "immutableId", "userPrincipalName")
"""What can be written of a user."""
BIG_PAGE = 1000
"""More than any documented page."""
HARMLESS_ROLES = (
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
    "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",  # Message Center Reader
    "4a5d8f65-41da-4de4-8968-e035b65339cf",  # Reports Reader
    "f023fd81-a637-4b56-95fd-791ac0226033",  # Service Support Administrator
)
"""Roles that change nothing for anybody, the least first. The probe gives no other."""


@dataclass(frozen=True)
class Step:
    """One request.

    :param about: what it is for, as a part of a sentence.
    :param path: with placeholders in braces.
    :param body: JSON with placeholders; ``raw`` in its place a text that is no JSON.
    :param creates: the placeholder that the id in the answer is for: ``a`` or ``b``.
    :param repeats: the step whose request id this one has again.
    :param until: the step is repeated, with pauses, until this is so, or POLLS times.
    :param when: whether the step makes sense after what was seen.
    :param pages: what is repeated is the next page, without a pause, PAGES times.
    :param slowly: wait before it for as long as the first user was not found.
    """

    name: str
    about: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: t.Any = None
    raw: str | None = None
    creates: str = ""
    repeats: str = ""
    until: t.Callable[[Evidence], bool] | None = None
    when: t.Callable[[Evidence], bool] | None = None
    slowly: bool = False
    pages: bool = False

    def needs(self) -> set[str]:
        """The placeholders of the step."""
        text = json.dumps([self.path, self.query, self.body, self.raw])
        return {name for name in PLACEHOLDERS if f"{{{name}}}" in text}


PLACEHOLDERS = (
    "customer",
    "other",
    "a",
    "b",
    "a_upn",
    "a_new_upn",
    "b_upn",
    "prefix",
    "domain",
    "password",
    "role",
    "sku",
    "plan",
    "field",
)


def filled(value: t.Any, values: t.Mapping[str, str]) -> t.Any:
    """A path, query or body with its placeholders filled in; a placeholder without a value stays."""
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(each, values) for each in value]
    return value


def first_values(customer_id: str, domain: str, token: str) -> dict[str, str]:
    """What is known before the first step. :param token: the random part of all names."""
    prefix = f"{PREFIX}{token}"
    return {
        "customer": customer_id,
        "other": str(uuid.uuid4()),
        "prefix": prefix,
        "domain": domain,
        "a_upn": f"{prefix}-a@{domain}",
        "a_new_upn": f"{prefix}-c@{domain}",
        "b_upn": f"{prefix}-b@{domain}",
    }


def _of_state(field: str) -> str:
    return json.dumps({"Field": field, "Value": "Inactive", "Operator": "equals"})


def _found(step: str) -> t.Callable[[Evidence], bool]:
    return lambda evidence: evidence.taken(step) is not None


def changed_shows(evidence: Evidence) -> int | None:
    """Which read after the change was the first that shows anything of it."""
    sent = sent_fields(evidence, "change_a").items()
    for number, seen in enumerate(evidence.all("read_changed")):
        if seen.taken and any(seen.document.get(name) == value for name, value in sent):
            return number
    return None


def change_settled(evidence: Evidence) -> bool:
    """Whether a read shows all of the change, or the rest has not come for some reads more."""
    seen, first = evidence.taken("read_changed"), changed_shows(evidence)
    if seen is None or first is None:
        return False
    every = all(seen.document.get(name) == value for name, value in sent_fields(evidence, "change_a").items())
    return every or len(evidence.all("read_changed")) > first + LOOKS


def is_deleted(evidence: Evidence, user: str) -> bool:
    """Whether a user was seen among the deleted. :param user: the placeholder of the id."""
    wanted = evidence.values.get(user)
    return any(guid_key(each.get("id")) == wanted for seen in evidence.all("deleted") for each in seen.items)


def looked_enough(evidence: Evidence, step: str) -> bool:
    """Whether a step was repeated as often as it may be, so that what is not there can be called gone."""
    return len(evidence.all(step)) == POLLS


def role_shows(step: str) -> t.Callable[[Evidence], bool]:
    """Whether the user's roles have the one that was given."""

    def shows(evidence: Evidence) -> bool:
        seen = evidence.taken(step)
        return seen is not None and any(guid_key(each.get("id")) == evidence.values.get("role") for each in seen.items)

    return shows


def license_shows(step: str) -> t.Callable[[Evidence], bool]:
    """Whether the user's licenses have the one that was assigned."""

    def shows(evidence: Evidence) -> bool:
        seen = evidence.taken(step)
        skus = [each.get("productSku") for each in seen.items] if seen else []
        return any(isinstance(sku, dict) and sku.get("id") == evidence.values.get("sku") for sku in skus)

    return shows


def sent_fields(evidence: Evidence, step: str) -> dict[str, str]:
    """The attributes that a step has sent."""
    body = filled(BY_NAME[step].body, evidence.values)
    return {name: body[name] for name in FIELDS if name in body}


def state_field(evidence: Evidence) -> str:
    """The filter field for deleted users that the service takes."""
    return "UserStatus" if evidence.taken("deleted_by_state") is None else "UserState"


def learn(evidence: Evidence) -> None:
    """Put into the values what the last answers make known: the harmless role, the product, the filter field."""
    values = evidence.values
    values["field"] = state_field(evidence)
    known = {guid_key(each.get("id")) for seen in evidence.all("roles") for each in seen.items}
    for role in HARMLESS_ROLES:
        if role in known:
            values.setdefault("role", role)
    for seen in evidence.all("skus"):
        for item in seen.items:
            _learn_product(values, item)


def _learn_product(values: dict[str, str], item: dict[str, t.Any]) -> None:
    """The first product that users have, with a free seat and more than one plan, so that one can be left out."""
    product, plans = item.get("productSku"), item.get("servicePlans")
    if not isinstance(product, dict) or not isinstance(plans, list) or not isinstance(item.get("availableUnits"), int):
        return
    ids = [each.get("id") for each in plans if isinstance(each, dict) and str(each.get("targetType")).lower() == "user"]
    for_users = str(product.get("targetType", "User")).lower() == "user"
    if for_users and item["availableUnits"] > 0 and len(ids) > 1 and is_guid(str(product.get("id"))):
        if "sku" not in values and is_guid(str(ids[-1])):
            values["sku"], values["plan"] = str(product["id"]), str(ids[-1])


_USERS = "customers/{customer}/users"
_A, _B = f"{_USERS}/{{a}}", f"{_USERS}/{{b}}"
_MEMBERS = "customers/{customer}/directoryroles/{role}/usermembers"
_PROFILE = {"password": "{password}", "forceChangePassword": True}
_CREATE_A = {
    "userPrincipalName": "{a_upn}",
    "displayName": "{prefix} a",
    "firstName": "Probe",
    "lastName": "Alpha",
    "usageLocation": "US",
    "phoneNumber": "+1 555 0100",
    "immutableId": "{prefix}",
    "passwordProfile": _PROFILE,
}
_ASSIGN = {"licensesToAssign": [{"skuId": "{sku}", "excludedPlans": ["{plan}"]}]}

STEPS: tuple[Step, ...] = (
    Step("customer", "whether this is the customer that was named", "GET", "customers/{customer}",
         headers=(("ValidateMfa", "true"),)),
    Step("custom_domains", "the customer's domains", "GET", "customers/{customer}/customDomains"),
    Step("roles", "the names of directory roles", "GET", "customers/{customer}/directoryroles"),
    Step("skus", "which product could be assigned", "GET", "customers/{customer}/subscribedskus"),
    Step("unknown_path", "a path that does not exist", "GET", f"{_USERS}/{{other}}/probe"),
    Step("unknown_user", "a user who does not exist", "GET", f"{_USERS}/{{other}}"),
    Step("deleted_by_state", "the first filter for deleted users", "GET", _USERS,
         (("size", "1"), ("filter", _of_state("UserState")))),
    Step("deleted_by_status", "the second filter for deleted users", "GET", _USERS,
         (("size", "1"), ("filter", _of_state("UserStatus")))),
    Step("create_a", "create the first user", "POST", _USERS, body=_CREATE_A, creates="a"),
    Step("read_a", "how late the first user is found", "GET", _A, until=_found("read_a")),
    Step("repeat_a", "the same create again, under its request id", "POST", _USERS, body=_CREATE_A, creates="a2",
         repeats="create_a", when=_found("create_a")),
    Step("taken", "a create with a name that is taken", "POST", _USERS, creates="a3", when=_found("create_a"),
         body={"userPrincipalName": "{a_upn}", "displayName": "{prefix} d", "usageLocation": "US",
               "passwordProfile": _PROFILE}),
    Step("create_b", "create the second user", "POST", _USERS, creates="b", when=_found("read_a"),
         body={"userPrincipalName": "{b_upn}", "displayName": "{prefix} b", "usageLocation": "US",
               "passwordProfile": _PROFILE}),
    Step("read_b", "whether a later read finds the second user", "GET", _B, until=_found("read_b"), slowly=True),
    Step("page", "links and the token of a page", "GET", _USERS, (("size", "1"), ("probe", "1")),
         when=_found("read_b")),
    Step("default_page", "the page without a size", "GET", _USERS),
    Step("big_page", "a page that is too large", "GET", _USERS, (("size", str(BIG_PAGE)),)),
    Step("by_name", "a filter on names", "GET", _USERS, when=_found("read_b"), query=(
        ("filter", json.dumps({"Field": "DisplayName", "Value": "{prefix}", "Operator": "starts_with"})),)),
    Step("spoiled_token", "a token of a page that was never given", "GET", _USERS, (("seekOperation", "Next"),),
         (("MS-ContinuationToken", "cHJvYmU="),)),
    Step("change_a", "change every attribute of the first user", "PATCH", _A, when=_found("read_a"), body={
        "userPrincipalName": "{a_new_upn}", "displayName": "{prefix} c", "firstName": "Changed", "lastName": "Gamma",
        "usageLocation": "NO", "phoneNumber": "+47 555 0100", "immutableId": "{prefix}-c"}),
    Step("read_changed", "how late the change is shown, and what is kept of it", "GET", _A, until=change_settled,
         when=_found("change_a")),
    Step("bad_country", "a country that does not exist", "PATCH", _A, body={"usageLocation": "ZZ"},
         when=_found("read_a")),
    Step("null_name", "whether null clears a value, and whether a member that does not exist is ignored", "PATCH", _A,
         body={"lastName": None, "probe": "1"}, when=_found("read_a")),
    Step("empty_name", "whether an empty text clears a value", "PATCH", _A, body={"firstName": ""},
         when=_found("read_a")),
    Step("reset_a", "the path for a new password", "PATCH", f"{_A}/resetpassword",
         body={"passwordProfile": {"password": "{password}", "forceChangePassword": False}}, when=_found("read_a")),
    Step("unquoted", "a body with names that are not quoted", "PATCH", _B, raw='{displayName:"{prefix} b"}',
         when=_found("read_b")),
    Step("add_role", "give a harmless role", "POST", _MEMBERS, body={"id": "{b}"}, when=_found("read_b")),
    Step("roles_of_b", "how late a role is shown", "GET", f"{_B}/directoryroles", until=role_shows("roles_of_b"),
         when=_found("add_role")),
    Step("add_again", "give the role again", "POST", _MEMBERS, body={"id": "{b}"}, when=_found("add_role")),
    Step("remove_role", "remove the role", "DELETE", f"{_MEMBERS}/{{b}}",
         when=role_shows("roles_of_b")),
    Step("remove_again", "take the role away again", "DELETE", f"{_MEMBERS}/{{b}}", when=_found("remove_role")),
    Step("add_role_back", "give the role once more", "POST", _MEMBERS, body={"id": "{b}"}, when=_found("remove_role")),
    Step("licenses_of_b", "whether licenses can be read", "GET", f"{_B}/licenses", when=_found("read_b")),
    Step("remove_unassigned", "remove a license that the user does not have", "POST", f"{_B}/licenseupdates",
         body={"licensesToRemove": ["{sku}"]}, when=_found("licenses_of_b")),
    Step("assign", "assign a license, without one of its plans", "POST", f"{_B}/licenseupdates", body=_ASSIGN,
         until=_found("assign"), when=_found("licenses_of_b")),
    Step("assigned", "how the license shows", "GET", f"{_B}/licenses", until=license_shows("assigned"),
         when=_found("assign")),
    Step("assign_again", "assign the same license again", "POST", f"{_B}/licenseupdates", body=_ASSIGN,
         when=license_shows("assigned")),
    Step("delete_b", "delete the second user", "DELETE", _B, when=_found("read_b")),
    Step("read_deleted", "a deleted user by id", "GET", _B, when=_found("delete_b")),
    Step("deleted", "the name of a deleted user, on up to four pages", "GET", _USERS, when=_found("delete_b"),
         query=(("filter", _of_state("{field}")),), until=lambda evidence: is_deleted(evidence, "b"), pages=True),
    Step("restore_b", "restore the second user", "PATCH", _B, when=_found("delete_b"),
         body={"state": "active", "attributes": {"objectType": "CustomerUser"}}),
    Step("read_restored", "how late the restored user is found", "GET", _B, until=_found("read_restored"),
         when=_found("restore_b")),
    Step("roles_restored", "whether roles come back", "GET", f"{_B}/directoryroles", until=role_shows("roles_restored"),
         when=lambda evidence: evidence.taken("restore_b") is not None and role_shows("roles_of_b")(evidence)),
    Step("licenses_restored", "whether licenses come back", "GET", f"{_B}/licenses",
         until=license_shows("licenses_restored"),
         when=lambda evidence: evidence.taken("restore_b") is not None and license_shows("assigned")(evidence)),
    Step("inactive_a", "a change with state inactive", "PATCH", _A, body={"state": "inactive"}, when=_found("read_a")),
    Step("read_inactive", "what became of it", "GET", _A, when=_found("inactive_a")),
    # What stands for no switch comes last, so that it is given up first where much had to be waited for.
    Step("by_upn", "a user by the user principal name", "GET", f"{_USERS}/{{b_upn}}", when=_found("read_restored")),
    Step("sorted", "a listing by user principal name", "GET", _USERS,
         (("sortField", "UserPrincipalName"), ("sortDirection", "descending"))),
    Step("offset", "a page that begins later", "GET", _USERS, (("size", "1"), ("offset", "1")), when=_found("page")),
    Step("minimal", "create a user with what all sources demand, on a path with a slash behind it", "POST",
         f"{_USERS}/", creates="c", when=_found("create_a"),
         body={"userPrincipalName": "{prefix}-e@{domain}", "displayName": "{prefix} e"}),
    Step("delete_again", "delete the second user again", "DELETE", _B, when=_found("read_restored")),
    Step("rename_a", "give the first user the name of the deleted one", "PATCH", _A,
         body={"userPrincipalName": "{b_upn}"}, when=_found("delete_again")),
    Step("restore_taken", "restore a user whose name is taken", "PATCH", _B, when=_found("rename_a"),
         body={"state": "active", "attributes": {"objectType": "CustomerUser"}}),
)  # fmt: skip
BY_NAME: dict[str, Step] = {step.name: step for step in STEPS}
LICENSE_STEPS = frozenset(("assign", "assigned", "assign_again", "licenses_restored"))
"""Steps that take a seat for a while, and are sent on request only."""
