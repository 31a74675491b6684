"""The ASGI application: routes, and the one place where refusals become answers.

The core gives `clock.now()`, `switches.get(name)`, `base_urls["login"]`, `sign_in` (the seed's section), `partner`
(`{"tenant_id", "domain"}`) and `tokens` (a `TokenAuthority` made with `load_or_create`). The state of the sign-in
server is kept on the core as `sign_in_state`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.entra import (
    authorize,
    device_endpoint,
    discovery,
    errors,
    federation,
    http_request,
    interaction,
    token_endpoint,
)
from emulator.entra.state import SignInState


def reset(core: Any) -> None:
    """Puts the state back to `core.sign_in` as of now: issued and revoked refresh tokens and counters are forgotten."""
    core.sign_in_state = SignInState.fresh(core)
    set_defaults(core)
    core.tokens.forget()


def create_app(core: Any) -> Starlette:
    """The application. Without a `reset` before it, it continues with what the state directory remembers."""
    if getattr(core, "sign_in_state", None) is None:
        core.sign_in_state = SignInState.restored(core)
        set_defaults(core)

    async def v2_token(request: Request) -> Response:
        return await token_endpoint.token(core, core.sign_in_state, request, v1=False)

    async def v1_token(request: Request) -> Response:
        return await token_endpoint.token(core, core.sign_in_state, request, v1=True)

    async def openid_configuration(request: Request) -> Response:
        return discovery.openid_configuration(core, request)

    async def keys(request: Request) -> Response:
        return discovery.keys(core, request)

    async def instance(request: Request) -> Response:
        return discovery.instance(core, request)

    def guarded(
        handler: Callable[[Request], Awaitable[Response]], v1: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except errors.SignInError as error:
                return errors.render(error, core.clock.now(), http_request.correlation_id(request), v1)

        return answer

    async def device_code(request: Request) -> Response:
        return await device_endpoint.device_code(core, core.sign_in_state, request)

    async def start_sign_in(request: Request) -> Response:
        return await interaction.start(core, core.sign_in_state, request)

    async def admin_consent(request: Request) -> Response:
        return await interaction.start(core, core.sign_in_state, request, admin_consent=True)

    async def page_answer(request: Request) -> Response:
        return await interaction.answer(core, core.sign_in_state, request)

    async def device(request: Request) -> Response:
        return (
            interaction.device_page()
            if request.method == "GET"
            else await interaction.device_answer(core, core.sign_in_state, request)
        )

    def shown(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """As `guarded`, for what a person's browser asks for."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except errors.SignInError as error:
                return authorize.show_error(core, request, error)

        return answer

    async def issuer_configuration(request: Request) -> Response:
        return federation.configuration(core.sign_in_state.issuers, request)

    async def issuer_keys(request: Request) -> Response:
        return federation.keys(core.sign_in_state.issuers, request)

    async def job_token(request: Request) -> Response:
        return federation.job_token(core.sign_in_state.issuers, request)

    return Starlette(
        routes=[
            Route("/issuers/github/token", job_token, methods=["GET"]),
            Route("/issuers/{issuer}/.well-known/openid-configuration", issuer_configuration, methods=["GET"]),
            Route("/issuers/{issuer}/.well-known/jwks", issuer_keys, methods=["GET"]),
            Route("/device", shown(device), methods=["GET", "POST"]),
            Route("/{tenant}/login", shown(page_answer), methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/authorize", shown(start_sign_in), methods=["GET", "POST"]),
            Route("/{tenant}/v2.0/adminconsent", shown(admin_consent), methods=["GET"]),
            Route("/{tenant}/oauth2/v2.0/devicecode", guarded(device_code), methods=["POST"]),
            Route("/common/discovery/instance", guarded(instance), methods=["GET"]),
            # With and without /v2.0 in the path: clients that are given an OpenID Connect authority ask without.
            Route("/{tenant}/v2.0/.well-known/openid-configuration", guarded(openid_configuration), methods=["GET"]),
            Route("/{tenant}/.well-known/openid-configuration", guarded(openid_configuration), methods=["GET"]),
            Route("/{tenant}/discovery/v2.0/keys", guarded(keys), methods=["GET"]),
            Route("/{tenant}/discovery/keys", guarded(keys), methods=["GET"]),
            Route("/{tenant}/oauth2/v2.0/token", guarded(v2_token), methods=["POST"]),
            Route("/{tenant}/oauth2/token", guarded(v1_token, v1=True), methods=["POST"]),
        ]
    )


def set_defaults(core: Any) -> None:
    """Tokens of choice speak, unless told otherwise, for the first user and the first application of the seed."""
    state = core.sign_in_state
    if state.users:
        core.tokens.default_user = {"object_id": state.users[0].object_id, "upn": state.users[0].upn}
    if state.applications:
        core.tokens.default_client_id = state.applications[0].client_id
