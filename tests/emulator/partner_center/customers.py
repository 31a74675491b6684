"""Customers: list, get, company profile.

Sources: Partner Center developer docs: get-a-list-of-customers, get-a-customer-by-name, get-a-customer-by-id,
get-a-customer-s-company-profile, customer-resources.
"""

from __future__ import annotations

import uuid
from typing import Any

from emulator.partner_center import errors, filters, gdap, paging
from emulator.partner_center.customer_store import Customer
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.wire import Reply, link

_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
_LISTING = "customers"


def list_customers(request: ApiRequest) -> Reply:
    """200: a collection of customers in the short form."""
    page_request = paging.read_page_request(request, _LISTING, request.core.switches.page_size_customers)
    where, parameters = filters.customer_condition(filters.parse_filter(page_request.query.filter))
    position = page_request.position[0] if page_request.position else None
    rows = request.core.store.customers.page(
        where, parameters, position, page_request.backwards, page_request.query.size + 1
    )
    page = paging.cut([([seq, None], short_form(request, customer)) for seq, customer in rows], page_request)
    return Reply(200, paging.collection(request, _LISTING, page_request, page))


def get_customer(request: ApiRequest) -> Reply:
    """200: the full form."""
    return Reply(200, full_form(request, request.customer))


def get_company_profile(request: ApiRequest) -> Reply:
    """200: the company profile alone, as it is inside the full form."""
    return Reply(200, _company_profile(request, request.customer, full=True))


def get_custom_domains(request: ApiRequest) -> Reply:
    """200: the customer's verified domains, as a bare array (get-customer-custom-domain). Without delegated rights
    there is no role that would allow it."""
    customer = request.customer
    if not customer.shows_details:
        raise errors.insufficient_privileges()
    known = (customer.domain, *customer.custom_domains, *customer.federated_domains)
    return Reply(200, list(dict.fromkeys(each.lower() for each in known)))


def short_form(request: ApiRequest, customer: Customer) -> dict[str, Any]:
    """What a list has of a customer: no allowDelegatedAccess, no customDomains, no billing profile, no address."""
    return {
        "id": customer.id,
        "companyProfile": _company_profile(request, customer, full=False),
        "relationshipToPartner": customer.relationship,
        "links": {"self": link(f"{_prefix(request)}/customers/{customer.id}")},
        "attributes": {"objectType": "Customer"},
    }


def full_form(request: ApiRequest, customer: Customer) -> dict[str, Any]:
    document = {
        "id": customer.id,
        "commerceId": customer.details.get("commerce_id") or str(uuid.uuid5(_NAMESPACE, f"commerce {customer.id}")),
        "companyProfile": _company_profile(request, customer, full=True),
        "billingProfile": _billing_profile(request, customer),
        "relationshipToPartner": customer.relationship,
        "allowDelegatedAccess": customer.delegated_rights,
    }
    if customer.shows_details:
        document["customDomains"] = customer.custom_domains
    return document | {
        "links": {"self": link(f"{_prefix(request)}/customers/{customer.id}")},
        "attributes": {"objectType": "Customer"},
    }


def _company_profile(request: ApiRequest, customer: Customer, *, full: bool) -> dict[str, Any]:
    """Address and e-mail are missing in lists, and everywhere without delegated rights."""
    document: dict[str, Any] = {
        "tenantId": customer.id,
        "domain": customer.domain,
        "companyName": customer.company_name,
    }
    if full and customer.shows_details:
        document["address"] = _address(customer)
        document["email"] = _email(customer)
    return document | {
        "links": {"self": link(f"{_prefix(request)}/customers/{customer.id}/profiles/company")},
        "attributes": {"objectType": "CustomerCompanyProfile"},
    }


def _billing_profile(request: ApiRequest, customer: Customer) -> dict[str, Any]:
    profile_id = uuid.uuid5(_NAMESPACE, f"billing {customer.id}")
    return {
        "id": str(profile_id),
        "firstName": "Accounts",
        "lastName": "Payable",
        "email": _email(customer),
        "culture": customer.details.get("culture", "en-US"),
        "language": customer.details.get("language", "en"),
        "companyName": customer.company_name,
        "defaultAddress": _address(customer),
        "links": {"self": link(f"{_prefix(request)}/customers/{customer.id}/profiles/billing")},
        # An etag is opaque; in the traces it is a signed 64-bit number.
        "attributes": {"etag": str(profile_id.int % 2**63 - 2**62), "objectType": "CustomerBillingProfile"},
    }


def _address(customer: Customer) -> dict[str, Any]:
    given = customer.details.get("address")
    if given:
        return dict(given)
    country = customer.details.get("country", "US")
    return {
        "country": country,
        "city": "Springfield",
        "addressLine1": "1 Main Street",
        "postalCode": "00001",
        "phoneNumber": "5550100",
    }


def _email(customer: Customer) -> str:
    return customer.details.get("email") or f"billing@{customer.domain}"


def _prefix(request: ApiRequest) -> str:
    return "/v1" if request.core.switches.links_with_version else ""


ROUTES = (
    Route("GET", "customers", list_customers, app_only=True),
    Route("GET", "customers/{customer_id}", get_customer, app_only=True),
    Route("GET", "customers/{customer_id}/profiles/company", get_company_profile),
    Route(
        "GET",
        "customers/{customer_id}/customdomains",
        get_custom_domains,
        app_only=True,
        hidden_by="custom_domains_path",
        needs=gdap.READ_DOMAINS,
    ),
)
