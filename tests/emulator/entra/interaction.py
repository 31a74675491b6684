"""The pages between a request and its answer: account and password, second factor, consent; for browsers and for
devices.

A `Flow` is where a browser is on its way; its token is in every form. Each step ends in `_advance`, which shows the
next page or finishes.
"""

from __future__ import annotations

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.entra import authorize, errors, pages, tenants
from emulator.entra.http_request import read_form, read_query
from emulator.entra.pending import AuthorizeRequest, Flow
from emulator.entra.state import SignInState
from emulator.entra.switches import switch

SESSION_COOKIE = "emulator-session"


async def start(core: Any, state: SignInState, request: Request, admin_consent: bool = False) -> Response:
    """`GET` or `POST /{tenant}/oauth2/v2.0/authorize`, and `GET /{tenant}/v2.0/adminconsent`."""
    parameters = read_query(request) if request.method == "GET" else await read_form(request)
    tenant = tenants.resolve(core, request.path_params["tenant"])
    reader = authorize.read_admin_consent if admin_consent else authorize.read_request
    try:
        wanted = reader(state, parameters, tenant)
        flow = state.pending.begin(request=wanted)
        _use_session(core, state, flow, request)
        if wanted.prompt == "none":
            _check_silent(core, state, flow)
    except authorize.RedirectedError as error:
        return authorize.send_error(core, request, error.request, error.error)
    return _advance(core, state, flow, request)


async def answer(core: Any, state: SignInState, request: Request) -> Response:
    """`POST /{tenant}/login`: the form of any of the pages."""
    form = await read_form(request)
    flow = state.pending.flow(form.get("flow_token", ""))
    if flow is None:
        raise errors.SignInError(errors.FLOW_LOST)
    if form.get("action") == "cancel":
        return _cancel(core, state, flow, request)
    try:
        if flow.user is None:
            if not form.get("password"):
                return _sign_in_page(state, flow, form.get("login", ""))
            _take_password(core, state, flow, form.get("login", ""), form["password"])
        elif "code" in form:
            _take_code(flow, form["code"])
        elif form.get("action") == "accept":
            _take_consent(state, flow, for_all="for_all" in form)
    except errors.SignInError as error:
        if flow.user is None:
            return _sign_in_page(state, flow, form.get("login", ""), str(error))
        return pages.second_factor(_action(state), flow.token, flow.user.upn, str(error))
    return _advance(core, state, flow, request)


def device_page() -> Response:
    return pages.device("/device")


async def device_answer(core: Any, state: SignInState, request: Request) -> Response:
    """`POST /device`: the code that the device shows leads to the sign-in for it."""
    form = await read_form(request)
    device = state.pending.device_of(form.get("user_code", ""))
    if device is None:
        return pages.device(
            "/device", form.get("user_code", ""), "That code did not work. Check the code and try again."
        )
    # No session is used: who follows a link with somebody else's code must still type a password.
    return _advance(core, state, state.pending.begin(device=device), request)


def needs_mfa(core: Any, wanted: AuthorizeRequest | None) -> bool:
    when = switch(core, "sign_in_mfa")
    return when == "always" or (when == "requested" and wanted is not None and wanted.mfa_wanted)


def _advance(core: Any, state: SignInState, flow: Flow, request: Request) -> Response:
    if flow.user is None:
        return _sign_in_page(state, flow, (flow.request and flow.request.login_hint) or "")
    problem = _policy_problem(core, flow)
    if problem is not None and problem.kind is not errors.MFA_REQUIRED:
        user, flow.user = flow.user, None
        return _sign_in_page(state, flow, user.upn, str(problem))
    if problem is not None:
        return pages.second_factor(_action(state), flow.token, flow.user.upn)
    page = _consent_page(state, flow)
    return page if page is not None else _finish(state, flow)


def _policy_problem(core: Any, flow: Flow) -> errors.SignInError | None:
    """What keeps a user who gave the password from going on; MFA_REQUIRED is solved by the next page."""
    number = switch(core, "conditional_access")
    if number is not None:
        return errors.SignInError(errors.CONDITIONAL_ACCESS_KINDS[number])
    assert flow.user is not None
    if flow.mfa or not needs_mfa(core, flow.request):
        return None
    if flow.user.mfa_code is None:
        return errors.SignInError(errors.MFA_KINDS[50079])
    return errors.SignInError(errors.MFA_REQUIRED, resource=flow.application.name)


def _lacks_consent(state: SignInState, flow: Flow) -> bool:
    assert flow.user is not None
    if flow.consented:
        return False
    asked = flow.request is not None and (flow.request.admin_consent or flow.request.prompt == "consent")
    return asked or not state.has_consent(flow.application, flow.user)


def _consent_page(state: SignInState, flow: Flow) -> Response | None:
    """The page that asks for consent where it is lacking; None where nothing is to be asked."""
    user, application = flow.user, flow.application
    assert user is not None
    if not _lacks_consent(state, flow):
        return None
    for_all = flow.request is not None and flow.request.admin_consent
    if (application.admin_consent or for_all) and not user.admin:
        details = {"client_id": application.client_id, "name": application.name}
        error = (
            errors.SignInError(errors.NOT_ADMINISTRATOR)
            if for_all
            else errors.SignInError(errors.CONSENT_OF_ADMIN, **details)
        )
        return pages.admin_approval(_action(state), flow.token, user.upn, application.name, str(error))
    where = flow.request or flow.device
    assert where is not None and where.target is not None
    permissions = [f"{where.target.resource.uri}/{name}" for name in where.target.permissions]
    return pages.consent(
        _action(state),
        flow.token,
        user.upn,
        application.name,
        permissions,
        offer_all=user.admin and not for_all,
        for_all=for_all,
    )


def _check_silent(core: Any, state: SignInState, flow: Flow) -> None:
    """`prompt=none` shows no page, so whatever would need one is an error."""
    assert flow.request is not None
    if flow.user is None:
        error: errors.SignInError | None = errors.SignInError(errors.NOT_SIGNED_IN)
    else:
        error = _policy_problem(core, flow)
        if error is None and _lacks_consent(state, flow):
            error = errors.SignInError(
                errors.CONSENT_MISSING, client_id=flow.application.client_id, name=flow.application.name
            )
    if error is not None:
        state.pending.end(flow)
        raise authorize.RedirectedError(flow.request, error)


def _take_password(core: Any, state: SignInState, flow: Flow, login: str, password: str) -> None:
    user = state.known_user(login)
    if user is None:
        raise errors.SignInError(errors.ACCOUNT_UNKNOWN)
    if user.locked or state.pending.is_locked(user.upn, int(switch(core, "lockout_threshold"))):
        raise errors.SignInError(errors.ACCOUNT_LOCKED)
    if user.password is None or not hmac.compare_digest(user.password.encode(), password.encode()):
        state.pending.failed(user.upn)
        raise errors.SignInError(errors.PASSWORD_WRONG)
    if not user.enabled:
        raise errors.SignInError(errors.ACCOUNT_DISABLED)
    if user.password_expired:
        raise errors.SignInError(errors.PASSWORD_EXPIRED)
    state.pending.succeeded(user.upn)
    flow.user, flow.signed_in_at = user, state.pending.now()


def _take_code(flow: Flow, code: str) -> None:
    assert flow.user is not None
    if flow.user.mfa_code is None or not hmac.compare_digest(
        flow.user.mfa_code.encode(), code.replace(" ", "").encode()
    ):
        raise errors.SignInError(errors.MFA_CODE_WRONG)
    flow.mfa = True


def _take_consent(state: SignInState, flow: Flow, for_all: bool) -> None:
    user, application = flow.user, flow.application
    assert user is not None
    whole = for_all or (flow.request is not None and flow.request.admin_consent)
    # A form can be sent without its page: who may not consent gets the page again.
    if (whole or application.admin_consent) and not user.admin:
        return
    state.consent(application, None if whole else user)
    flow.consented = True


def _cancel(core: Any, state: SignInState, flow: Flow, request: Request) -> Response:
    state.pending.end(flow)
    if flow.device is not None:
        flow.device.status = "declined"
        return pages.done(
            "Sign-in declined", f"You did not sign in to {flow.application.name}. You may close this window."
        )
    assert flow.request is not None
    return authorize.send_error(
        core, request, flow.request, errors.SignInError(errors.CONSENT_DECLINED), subcode="cancel"
    )


def _finish(state: SignInState, flow: Flow) -> Response:
    state.pending.end(flow)
    assert flow.user is not None
    if flow.device is not None:
        device = flow.device
        device.status, device.user, device.mfa, device.signed_in_at = "granted", flow.user, flow.mfa, flow.signed_in_at
        return pages.done(
            "Signed in", f"You have signed in to {flow.application.name} on your device. You may close this window."
        )
    assert flow.request is not None
    if flow.request.admin_consent:
        response = authorize.send_back(
            flow.request, {"admin_consent": "True", "tenant": state.tenant_id, "scope": flow.request.scope}
        )
    else:
        response = authorize.grant_code(state, flow)
    response.set_cookie(
        SESSION_COOKIE, state.pending.new_session(flow).value, secure=True, httponly=True, samesite="lax"
    )
    return response


def _use_session(core: Any, state: SignInState, flow: Flow, request: Request) -> None:
    """A browser that is signed in already is not asked again, unless the request or a sign-in frequency policy wants
    it."""
    wanted = flow.request
    session = state.pending.sessions.get(request.cookies.get(SESSION_COOKIE, ""))
    if wanted is None or session is None or wanted.prompt in ("login", "select_account"):
        return
    frequency = switch(core, "sign_in_frequency")
    if frequency is not None and state.pending.now() >= session.signed_in_at + frequency:
        return
    user = state.known_user(session.user)
    if user is None or not user.enabled or (wanted.login_hint or user.upn).lower() != user.upn.lower():
        return
    flow.user, flow.mfa, flow.signed_in_at = user, session.mfa, session.signed_in_at


def _sign_in_page(state: SignInState, flow: Flow, login: str = "", error: str = "") -> Response:
    return pages.sign_in(_action(state), flow.token, flow.application.name, login, error)


def _action(state: SignInState) -> str:
    return f"/{state.tenant_id}/login"
