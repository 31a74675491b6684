"""From the target that a client asks for, a scope string or a resource, to the audience and permissions it gets.

Rules: "Scopes and permissions in the Microsoft identity platform". One token is for one resource; `/.default` stands
for everything consented and is not mixed with single permissions of the same resource.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.entra import errors
from emulator.entra.tokens import PARTNER_CENTER_APP_ID, PARTNER_CENTER_URL, RETIRED_AUDIENCE

OPENID_SCOPES = ("openid", "profile", "email", "offline_access")
GRAPH_URL = "https://graph.microsoft.com"


@dataclass(frozen=True)
class Resource:
    """An API that tokens can be issued for. `permissions` are the delegated ones that the applications hold."""

    uri: str
    permissions: tuple[str, ...]


PARTNER_CENTER = Resource(PARTNER_CENTER_URL, ("user_impersonation",))
GRAPH = Resource(GRAPH_URL, ("User.Read",))
# Tokens for it are still issued; it is Partner Center that no longer takes them.
RETIRED = Resource(RETIRED_AUDIENCE, ("user_impersonation",))

_BY_NAME = {
    PARTNER_CENTER_URL: PARTNER_CENTER,
    PARTNER_CENTER_APP_ID: PARTNER_CENTER,
    GRAPH_URL: GRAPH,
    "00000003-0000-0000-c000-000000000000": GRAPH,
    RETIRED_AUDIENCE: RETIRED,
    "00000002-0000-0000-c000-000000000000": RETIRED,
}


@dataclass(frozen=True)
class Target:
    """What a token is for. `answer_scope` is the `scope` member of a v2.0 answer."""

    resource: Resource
    permissions: tuple[str, ...]
    answer_scope: str
    openid: bool
    offline_access: bool
    default_only: bool


def from_resource(name: str, tenant: str) -> Target:
    """The target of a v1 request, which names a resource and always gets a refresh token and an id token."""
    resource = find_resource(name, tenant)
    permissions = resource.permissions
    return Target(resource, permissions, " ".join(permissions), openid=True, offline_access=True, default_only=True)


def from_scope(text: str, tenant: str) -> Target:
    """The target of a v2.0 request. Raises 70011 for a scope that means nothing, 500011 for an unknown resource."""
    words = text.split()
    named = [word for word in words if word.lower() not in OPENID_SCOPES]
    openid = {word.lower() for word in words} - {word.lower() for word in named}
    pairs = [_split(word, text) for word in named]
    resources = {find_resource(name, tenant) for name, _permission in pairs} or {GRAPH}
    if len(resources) > 1:
        raise errors.SignInError(errors.SCOPE_INVALID, scope=text)
    resource = resources.pop()
    asked = {permission for _name, permission in pairs}
    if asked and ".default" in asked and len(asked) > 1:
        raise errors.SignInError(errors.SCOPE_INVALID, scope=text)
    if asked - {".default"} - set(resource.permissions):
        raise errors.SignInError(errors.SCOPE_INVALID, scope=text)
    answer = [f"{resource.uri}/{permission}" for permission in resource.permissions]
    # The requested strings come back literally: a client looks its cache up by what it asked for.
    answer += [word for word in named if word not in answer]
    return Target(
        resource,
        resource.permissions,
        " ".join(answer),
        "openid" in openid,
        "offline_access" in openid,
        default_only=asked == {".default"},
    )


def find_resource(name: str, tenant: str) -> Resource:
    try:
        return _BY_NAME[name.rstrip("/").lower()]
    except KeyError:
        raise errors.SignInError(errors.RESOURCE_UNKNOWN, resource=name, tenant=tenant) from None


def _split(word: str, text: str) -> tuple[str, str]:
    """`https://host/permission` to its two parts. A resource that ends in a slash gives `https://host//.default`."""
    resource, slash, permission = word.rpartition("/")
    if not slash or not resource or not permission or resource.endswith(":/"):
        raise errors.SignInError(errors.SCOPE_INVALID, scope=text)
    return resource, permission
