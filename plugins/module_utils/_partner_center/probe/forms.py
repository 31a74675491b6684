# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What answers say about the service's forms: bodies, links, pages, filters, roles and licenses.

Each function takes what was seen and returns the value of a switch, or None where it cannot be
told. Nothing here sends anything.
"""

from __future__ import annotations

import typing as t
from urllib.parse import parse_qs

from .seen import Evidence, Seen
from .steps import BIG_PAGE, license_shows, looked_enough, role_shows

_OLD_ADMINISTRATOR, _NEW_ADMINISTRATOR = "Company Administrator", "Global Administrator"
_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
_FEW_ROLES = 4
_NO_LOCATION = "usage location"


def bom(e: Evidence) -> bool | None:
    """Whether bodies of success begin with a byte order mark."""
    seen = e.taken("customer")
    return seen.mark if seen else None


def _refusals(e: Evidence) -> t.Iterator[Seen]:
    """The service's own refusals; those of the gateway before it have another shape."""
    for answers in e.answers.values():
        yield from (seen for seen in answers if not seen.taken and "code" in seen.document)


def code_type(e: Evidence) -> str | None:
    """Whether ``code`` is a number or a text."""
    for seen in _refusals(e):
        found = {str: "string", int: "number"}.get(type(seen.document["code"]))
        if found:
            return found
    return None


def html_escape(e: Evidence) -> bool | None:
    """Whether descriptions have HTML entities; only one that would have a reason to shows it."""
    for seen in _refusals(e):
        text = str(seen.document.get("description", ""))
        if "&#39;" in text or "&apos;" in text or "&quot;" in text:
            return True
        if "'" in text or '"' in text:
            return False
    return None


def error_data(e: Evidence) -> str | None:
    """Whether an empty ``data`` is left out."""
    seen = e.last("unknown_user")
    if seen is None or "code" not in seen.document:
        return None
    if "data" not in seen.document:
        return "if_any"
    return "always" if seen.document["data"] == [] else None


def nulls(e: Evidence) -> bool | None:
    """Whether empty members are null."""
    seen = e.taken("read_b")
    return any(value is None for value in seen.document.values()) if seen else None


def links_with_version(e: Evidence) -> bool | None:
    """Whether URIs begin with the version."""
    uri = next((seen.own_link for step in ("customer", "page") for seen in e.all(step) if seen.own_link), "")
    return uri.lower().startswith("/v1/") if uri else None


def links(e: Evidence) -> str | None:
    """Whether a link has a parameter that the service does not know."""
    seen = e.taken("page")
    if seen is None or not seen.own_link:
        return None
    return "repeated" if "probe" in parse_qs(seen.own_link.partition("?")[2]) else "made_anew"


def custom_domains(e: Evidence) -> t.Any:
    """Whether there is a path for a customer's domains."""
    seen = e.last("custom_domains")
    if seen is None:
        return None
    if seen.taken and isinstance(seen.body, list):
        return "supported"
    return 404 if seen.status == 404 else None


def default_size(e: Evidence) -> int | None:
    """How many users a page has; only a page with a further one shows it."""
    seen = e.taken("default_page")
    return len(seen.items) if seen and seen.items and (seen.next_link or seen.next_token) else None


def largest_size(e: Evidence) -> int | None:
    """How many users a page has at most: the service's own link says it, or a page with a further one."""
    seen = e.taken("big_page")
    if seen is None:
        return None
    named = parse_qs(seen.own_link.partition("?")[2]).get("size", [""])[0]
    if named.isdigit() and 0 < int(named) < BIG_PAGE:
        return int(named)
    return (
        len(seen.items) if seen.items and (seen.next_link or seen.next_token) and len(seen.items) < BIG_PAGE else None
    )


def too_large(e: Evidence) -> str | None:
    """Whether a size above the largest is refused."""
    seen = e.last("big_page")
    if seen is None:
        return None
    return "clamp" if seen.taken else "refuse" if seen.status == 400 else None


def continuation(e: Evidence) -> str | None:
    """Where the token of the next page is."""
    seen = e.taken("page")
    if seen is None:
        return None
    return {(True, True): "both", (True, False): "link", (False, True): "body"}.get(
        (bool(seen.next_link), bool(seen.document.get("continuationToken")))
    )


def user_state_field(e: Evidence) -> str | None:
    """Which filter fields for deleted users are taken."""
    states = {name: e.last(f"deleted_by_{step}") for name, step in (("UserState", "state"), ("UserStatus", "status"))}
    if any(seen is None or (not seen.taken and seen.status != 400) for seen in states.values()):
        return None
    if any(each.get("state") == "active" for seen in states.values() if seen for each in seen.items):
        return None
    taken = [name for name, seen in states.items() if seen and seen.taken]
    return "both" if len(taken) == 2 else taken[0] if taken else None


def name_filters(e: Evidence) -> bool | None:
    """Whether a filter on names is evaluated. One that is taken and ignored shows others, too."""
    seen = e.last("by_name")
    if seen is None:
        return None
    if not seen.taken:
        return False if seen.status == 400 else None
    # The names of the probe's users begin like their display names, which may be in no answer.
    begin = e.values["prefix"]
    return (
        True if seen.items and all(str(u.get("userPrincipalName", "")).startswith(begin) for u in seen.items) else None
    )


def role_names(e: Evidence) -> str | None:
    """Old or new names of roles."""
    seen = e.taken("roles")
    names = [str(each.get("name")) for each in seen.items if each.get("id") == _ADMINISTRATOR] if seen else []
    return {_OLD_ADMINISTRATOR: "old", _NEW_ADMINISTRATOR: "new"}.get(names[0]) if names else None


def role_catalogue(e: Evidence) -> str | None:
    """A long list of roles, or the four of the trace."""
    seen = e.taken("roles")
    if seen is None or not seen.items:
        return None
    return "full" if len(seen.items) > _FEW_ROLES else "fixture" if len(seen.items) == _FEW_ROLES else None


def already_member(e: Evidence) -> int | None:
    """What adding a member again is."""
    seen = e.last("add_again")
    return seen.status if seen and seen.status in (400, 409, 201) else None


def role_removal(e: Evidence) -> str | None:
    """Whether a role can be taken away."""
    seen = e.last("remove_role")
    if seen is None:
        return None
    return "done" if seen.taken else "400/2000" if seen.refusal == "400/2000" else None


def roles_of_restored(e: Evidence) -> str | None:
    """Whether roles come back; that they are gone can be said only where a role was seen before."""
    had_it = e.last("add_role_back") is None or e.taken("add_role_back") is not None
    if e.taken("roles_restored") is None or not had_it:
        return None
    if role_shows("roles_restored")(e):
        return "hide"
    return "drop" if looked_enough(e, "roles_restored") else None


def license_calls(e: Evidence) -> str | None:
    """Whether licenses can be read with this token."""
    seen = e.last("licenses_of_b")
    if seen is None:
        return None
    if seen.taken:
        return "allow"
    return {"400/900316": "partner_token", "403/900309": "conditional_access"}.get(seen.refusal)


def remove_unassigned(e: Evidence) -> str | None:
    """What taking away a license is that is not there."""
    seen = e.last("remove_unassigned")
    return None if seen is None else "ignore" if seen.taken else "refuse" if seen.status == 400 else None


def license_status(e: Evidence) -> int | None:
    """The status of a license update."""
    for step in ("assign", "remove_unassigned"):
        seen = e.taken(step)
        if seen and seen.status in (200, 201):
            return seen.status
    return None


def excluded_plan(e: Evidence) -> str | None:
    """How a plan shows that was left out."""
    seen = e.taken("assigned")
    if seen is None or not license_shows("assigned")(e):
        return None
    for item in seen.items:
        product, plans = item.get("productSku"), item.get("servicePlans")
        if isinstance(product, dict) and product.get("id") == e.values["sku"]:
            plans = (
                [p for p in plans if isinstance(p, dict) and p.get("id") == e.values["plan"]]
                if isinstance(plans, list)
                else []
            )
            if not plans:
                return "omit"
            return "disabled" if str(plans[0].get("capabilityStatus")).lower() == "disabled" else None
    return None


def late_locations(e: Evidence) -> int | None:
    """How often a license was refused for a location that is right."""
    seen = e.all("assign")
    if not seen or not seen[-1].taken:
        return None
    before = [_NO_LOCATION in str(each.document.get("description", "")).lower() for each in seen[:-1]]
    return len(before) if all(before) else None


def licenses_of_restored(e: Evidence) -> str | None:
    """Whether licenses come back."""
    if e.taken("licenses_restored") is None:
        return None
    if license_shows("licenses_restored")(e):
        return "if_free"
    return "drop" if looked_enough(e, "licenses_restored") else None
