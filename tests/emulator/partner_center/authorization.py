"""Who calls, and whether that kind of token may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.kernel.identity import Identity, TokenError
from emulator.partner_center import errors

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest
    from emulator.partner_center.routing import Route


def authenticate(request: ApiRequest, realm_id: str) -> Identity:
    """The identity of a good token (Partner Center developer docs: partner-center-authentication, error-codes)."""
    header = request.headers.get("authorization", "").strip()
    if not header:
        raise errors.token_missing(realm_id)
    scheme, dummy, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise errors.access_denied(realm_id)
    try:
        return request.core.tokens.verify(token.strip())
    except TokenError as error:
        if error.reason == "missing":
            raise errors.token_missing(realm_id) from None
        if error.reason == "audience_retired":
            raise errors.audience_retired(realm_id) from None
        raise errors.access_denied(realm_id) from None


def authorize(request: ApiRequest, identity: Identity, realm_id: str) -> None:
    """What holds for every operation: the caller's tenant is the partner, and a user has a second factor.

    The claim is enforced for every App+User call, application tokens are not affected (Partner Center docs: security
    requirements, api mfa).
    """
    switches = request.core.switches
    if identity.tenant_id.lower() != request.core.partner["tenant_id"]:
        raise errors.authorization_failed()
    if identity.kind == "user" and switches.enforce_mfa and identity.mfa is not True:
        raise errors.mfa_required(realm_id, switches.mfa_rejection)


def authorize_route(request: ApiRequest, identity: Identity, route: Route) -> None:
    switches = request.core.switches
    allows_app = route.app_only or bool(route.app_only_switch and switches.get(route.app_only_switch))
    if identity.kind == "app" and not allows_app:
        raise errors.app_only_refused(switches.app_only_rejection)
    if switches.national_cloud in route.missing_in:
        raise errors.not_in_this_cloud()


def authorize_licenses(choice: str) -> None:
    """The two refusals that the page of licence updates documents (assign-licenses-to-a-user, 2023)."""
    if choice == "partner_token":
        raise errors.partner_token_refused()
    if choice == "conditional_access":
        raise errors.blocked_by_conditional_access()
