"""The ASGI application of the admin and of the tenant port. Handlers are plain functions: one runs to its end before
the next begins."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from emulator.azure_pack import authorization, deletion, errors, played, subscriptions, users
from emulator.azure_pack.errors import Refusal
from emulator.azure_pack.request import ADMIN, ApiRequest, split_path
from emulator.azure_pack.routing import Route
from emulator.azure_pack.wire import Reply, negotiate, send_reply
from emulator.kernel.routing import NoRoute, Router

if TYPE_CHECKING:
    from emulator.kernel.core import Core

ROUTES: tuple[Route, ...] = (*users.ROUTES, *subscriptions.ROUTES)

_log = logging.getLogger("emulator.azure_pack")


class AzurePackApp:
    """server: `azure_pack_admin` or `azure_pack_tenant`."""

    def __init__(self, core: Core, server: str) -> None:
        self._core = core
        self._server = server
        self._router = Router(ROUTES)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """scope carries `emulator.body` (bytes), put there by the middleware."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._core.recorded is not None:
            await played.answer(self._core, scope, send)
            return
        reply = self._answer(scope, headers)
        answer_type = negotiate(headers.get("accept"), headers.get("content-type"))
        await send_reply(reply, answer_type, send, is_head=scope["method"] == "HEAD")

    def _answer(self, scope: dict[str, Any], headers: dict[str, str]) -> Reply:
        try:
            return self._dispatch(scope, headers)
        except Refusal as refusal:
            return refusal.reply(self._core.switches)
        except Exception:
            # The traceback names code, never values.
            _log.exception("%s failed", scope["method"])
            return errors.unexpected().reply(self._core.switches)

    def _dispatch(self, scope: dict[str, Any], headers: dict[str, str]) -> Reply:
        core = self._core
        deletion.settle(core)
        segments = split_path(scope["raw_path"].decode("latin-1").partition("?")[0], core.switches)
        claims = authorization.authenticate(core, headers)
        authorize = authorization.authorize_admin if self._server == ADMIN else authorization.authorize_tenant
        caller = authorize(core, claims, headers)
        method = scope["method"]
        try:
            route, params = self._router.find(method, segments, lambda each: self._server in each.servers)
        except NoRoute as error:
            raise errors.method_not_allowed(method, error.allowed) if error.allowed else errors.no_such_path()
        request = ApiRequest(
            core=core,
            server=self._server,
            method=method,
            query_text=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=scope["emulator.body"],
            caller=caller,
            params=params,
        )
        if route.method == "GET":
            return route.handler(request)
        with core.store.transaction():
            return route.handler(request)
