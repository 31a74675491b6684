"""Domain availability (Partner Center developer docs: verify-domain-availability)."""

from __future__ import annotations

import re

from emulator.partner_center import errors
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.wire import Reply

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def head_domain(request: ApiRequest) -> Reply:
    """200: the domain is in use; 404: it is free; 400: it has characters that no domain has. Never a body."""
    name = request.params["domain"]
    if not _DOMAIN.fullmatch(name):
        raise errors.invalid_input("the domain has invalid characters.")
    return Reply(404 if request.core.store.customers.domain_of(name) is None else 200)


ROUTES = (Route("HEAD", "domains/{domain}", head_domain, app_only=True),)
