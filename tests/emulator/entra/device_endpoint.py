"""`POST /{tenant}/oauth2/v2.0/devicecode`: the first leg of the device authorization grant (RFC 8628, section 3.1 and
3.2).

Any application gets a code here; whether it may redeem one is found out at the token endpoint, as in Entra ID.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.entra import errors, scopes, tenants
from emulator.entra.http_request import correlation_id, read_form
from emulator.entra.state import SignInState
from emulator.entra.switches import switch


async def device_code(core: Any, state: SignInState, request: Request) -> Response:
    form = await read_form(request)
    tenant = tenants.resolve(core, request.path_params["tenant"])
    state.refusals.check("devicecode", {"tenant": tenant, **form})
    for name in ("client_id", "scope"):
        if not form.get(name):
            raise errors.SignInError(errors.PARAMETER_MISSING, name=name)
    application = state.application(form["client_id"])
    if application is None:
        raise errors.SignInError(errors.CLIENT_UNKNOWN, client_id=form["client_id"], tenant=tenant)
    if application.disabled:
        raise errors.SignInError(errors.CLIENT_DISABLED, client_id=application.client_id)
    lifetime = int(switch(core, "device_code_lifetime"))
    device = state.pending.new_device(application, form["scope"], scopes.from_scope(form["scope"], tenant), lifetime)
    uri = f"{tenants.base(core)}/device"
    return JSONResponse(
        {
            "user_code": device.user_code,
            "device_code": device.value,
            "verification_uri": uri,
            "expires_in": lifetime,
            "interval": int(switch(core, "device_code_interval")),
            "message": f"Open {uri} in a web browser and enter the code {device.user_code} to sign in.",
        },
        headers=errors.answer_headers(correlation_id(request)),
    )
