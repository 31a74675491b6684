"""CustomerUser as it is on the wire (Partner Center developer docs: user-resources)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.kernel.clock import format_time
from emulator.partner_center.user_rules import WRITABLE
from emulator.partner_center.user_store import User
from emulator.partner_center.wire import absent_if_none, link

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest


def user_document(
    request: ApiRequest, user: User, *, password_profile: dict[str, Any] | None = None, with_links: bool = True
) -> dict[str, Any]:
    """password_profile: {"password", "forceChangePassword"}, only in answers to create and reset.

    Empty members are absent, as in traces since December 2016; a switch makes them null.
    """
    switches = request.core.switches
    shown_upn = user.prefixed_upn() if user.is_deleted and switches.deleted_upn_prefix else user.upn
    document: dict[str, Any] = {
        "usageLocation": user.usage_location,
        "id": user.id,
        "userPrincipalName": shown_upn,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "displayName": user.display_name,
        "immutableId": user.immutable_id,
        "phoneNumber": user.phone_number,
        "passwordProfile": password_profile,
        "lastDirectorySyncTime": format_time(user.last_sync),
        "userDomainType": _domain_type(request, user),
        "state": "inactive" if user.is_deleted else "active",
        "softDeletionTime": format_time(user.deleted_at),
    }
    if with_links:
        prefix = "/v1" if switches.links_with_version else ""
        document["links"] = {"self": link(f"{prefix}/customers/{user.customer_id}/users/{user.id}")}
    document["attributes"] = {"objectType": "CustomerUser"}
    hidden = {each.lower() for each in switches.fields_not_returned}
    for name in [each for each in document if each.lower() in hidden and each in WRITABLE]:
        del document[name]
    # Traces of June 2016, which have nulls, have neither of the two younger fields.
    for name in ("immutableId", "phoneNumber", "passwordProfile"):
        if name in document and document[name] is None:
            del document[name]
    return absent_if_none(document, keep=switches.nulls_in_answers)


def _domain_type(request: ApiRequest, user: User) -> str:
    """`none` for every cloud user in the traces, whatever the enumeration's other names suggest."""
    domain = user.upn.rpartition("@")[2].lower()
    return "federated" if domain in (each.lower() for each in request.customer.federated_domains) else "none"
