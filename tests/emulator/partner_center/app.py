"""The ASGI application of the API port. Handlers are plain functions: one runs to its end before the next begins."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.kernel.clock import http_date
from emulator.kernel.identifiers import guid_or_none
from emulator.kernel.routing import NoRoute, Router
from emulator.partner_center import (
    audit,
    authorization,
    customers,
    directory_roles,
    domains,
    errors,
    gdap,
    license_updates,
    licenses,
    played,
    user_writes,
    users,
)
from emulator.partner_center.errors import ApiError
from emulator.partner_center.request import ApiRequest, path_without_version, split_path
from emulator.partner_center.routing import Route
from emulator.partner_center.wire import Reply, encode, service_headers

if TYPE_CHECKING:
    from emulator.kernel.core import Core

ROUTES: tuple[Route, ...] = (
    *customers.ROUTES,
    *users.ROUTES,
    *user_writes.ROUTES,
    *directory_roles.ROUTES,
    *licenses.ROUTES,
    *license_updates.ROUTES,
    *domains.ROUTES,
    *audit.ROUTES,
)

_log = logging.getLogger("emulator.partner_center")


class PartnerCenterApp:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._router = Router(ROUTES)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """scope carries `emulator.body` (bytes) and `emulator.notes` (Notes), put there by the middleware."""
        raw_path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"].decode("latin-1")
        request = ApiRequest(
            core=self._core,
            method=scope["method"],
            path="",
            link_path=path_without_version(raw_path.decode("latin-1").partition("?")[0]),
            query_text=query,
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=scope["emulator.body"],
            notes=scope["emulator.notes"],
        )
        reply = self.answer(request, split_path(scope["path"]))
        await send_reply(
            self._core, reply, request.notes, request.headers.get("ms-cv"), send, is_head=request.method == "HEAD"
        )

    def answer(self, request: ApiRequest, segments: list[str] | None) -> Reply:
        try:
            return _tell_mfa(request, self._dispatch(request, segments))
        except ApiError as error:
            return error.reply(self._core.switches)
        except Exception:
            # The traceback names code, never values: request bodies hold passwords.
            _log.exception("%s failed", request.method)
            return errors.unexpected().reply(self._core.switches)

    def _dispatch(self, request: ApiRequest, segments: list[str] | None) -> Reply:
        core = self._core
        if core.recorded is not None:
            return played.answer(core.recorded, request, segments)
        core.store.users.purge(core.clock.timestamp())
        customer_id = (
            guid_or_none(segments[1]) if segments and len(segments) > 1 and segments[0].lower() == "customers" else None
        )
        realm_id = customer_id or core.partner["tenant_id"]
        found = self._route(request, segments)
        if found is None:
            return errors.unknown_route()
        identity = request.identity = authorization.authenticate(request, realm_id)
        wait = core.throttle.charge(identity.tenant_id, customer_id, request.method)
        if wait is not None:
            return errors.throttled(wait)
        authorization.authorize(request, identity, realm_id)
        if isinstance(found, NoRoute):
            raise errors.method_not_allowed(request.method, found.allowed)
        route, request.params = found
        request.path = "/".join(segments or ())
        authorization.authorize_route(request, identity, route)
        if route.about_licenses:
            authorization.authorize_licenses(core.switches.license_calls)
        if route.method in ("GET", "HEAD"):
            return self._with_customer(request, route)
        return self._write(request, route)

    def _route(self, request: ApiRequest, segments: list[str] | None) -> tuple[Route, dict[str, str]] | NoRoute | None:
        """What the gateway does first: None for a path that it does not know, NoRoute for a method that the path has
        not."""
        if segments is None:
            return None
        try:
            route, params = self._router.find(request.method, segments)
        except NoRoute as error:
            return error if error.allowed else None
        hidden = route.hidden_by is not None and request.core.switches.get(route.hidden_by) == 404
        return None if hidden else (route, params)

    def _write(self, request: ApiRequest, route: Route) -> Reply:
        core, identity = self._core, request.identity
        caller = f"{identity.client_id}/{identity.object_id}"
        key = core.replays.key(caller, request.headers.get("ms-requestid"), request.method, request.path, request.body)
        kept = core.replays.find(key)
        if kept is not None:
            request.notes.replayed = True
            return kept
        try:
            with core.store.transaction():
                reply = self._with_customer(request, route)
        except ApiError as error:
            reply = error.reply(core.switches)
        core.replays.keep(key, reply)
        return reply

    def _with_customer(self, request: ApiRequest, route: Route) -> Reply:
        if "customer_id" in request.params:
            customer_id = guid_or_none(request.params["customer_id"])
            if customer_id is None:
                raise errors.invalid_customer_id()
            request.customer_record = self._core.store.customers.get(customer_id)
            if request.customer_record is None:
                raise errors.tenant_not_found(customer_id)
            if request.customer_record.relationship == "none":
                raise errors.no_relationship(self._core.switches.no_relationship)
            gdap.check(request.customer_record, route, self._core.switches.national_cloud)
        return route.handler(request)


def _tell_mfa(request: ApiRequest, reply: Reply) -> Reply:
    """Partner Center docs (partner security requirements): a call with ValidateMfa learns whether its token had a
    second factor."""
    if (
        request.headers.get("validatemfa", "").lower() != "true"
        or request.identity is None
        or request.identity.kind != "user"
    ):
        return reply
    return replace(reply, headers={**reply.headers, "isMfaCompliant": "true" if request.identity.mfa else "false"})


async def send_reply(
    core: Core, reply: Reply, notes: Any, correlation_vector: str | None, send: Any, *, is_head: bool = False
) -> None:
    content, content_type = encode(reply, bom=core.switches.bom)
    if is_head:
        # Traces of HEAD show Content-Length 0 and no body, also for a refusal (verify-domain-availability).
        content, content_type = b"", None
    # The gateway says nothing of the service: Content-Length, Content-Type, Date, and what the answer itself brings.
    headers = (
        [(b"Date", http_date(core.clock.now()))]
        if reply.from_gateway
        else service_headers(notes, core.clock.now(), correlation_vector)
    )
    headers.append((b"Content-Length", str(len(content)).encode()))
    if content_type:
        headers.append((b"Content-Type", content_type.encode()))
    headers.extend((name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items())
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
