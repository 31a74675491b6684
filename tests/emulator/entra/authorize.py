"""The authorize endpoint: what a request has to look like, and the ways back to the application.

Rules: "Microsoft identity platform and OAuth 2.0 authorization code flow"; "Redirect URI restrictions and limitations"
for the comparison of redirect URIs; RFC 7636 for PKCE. A mistake in the client id or the redirect URI is told to the
person, everything later to the application.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from emulator.entra import errors, pages, scopes
from emulator.entra.http_request import correlation_id, wants_second_factor
from emulator.entra.pending import AuthorizeRequest, Flow
from emulator.entra.records import Application, RedirectUri
from emulator.entra.state import TOKEN_PREFIX, SignInState

PROMPTS = (None, "login", "none", "consent", "select_account")
RESPONSE_MODES = ("query", "fragment", "form_post")
#: How the errors of the token endpoint are called in a redirect, where they differ.
_NAMES = {
    "consent_required": "consent_required",
    "basic_action": "interaction_required",
    "message_only": "interaction_required",
}
_FALLBACK_NAMES = {"invalid_grant": "interaction_required", "invalid_client": "unauthorized_client"}


class RedirectedError(Exception):
    """A refusal that the application is told."""

    def __init__(self, request: AuthorizeRequest, error: errors.SignInError) -> None:
        super().__init__(str(error))
        self.request = request
        self.error = error


def read_request(state: SignInState, parameters: dict[str, str], tenant: str) -> AuthorizeRequest:
    """The request for a code. Raises `SignInError` before, `RedirectedError` after the redirect URI is known to be
    good."""
    application, redirect = _application_and_redirect(state, parameters, tenant)
    mode = parameters.get("response_mode", "query")
    request = AuthorizeRequest(
        application,
        parameters["redirect_uri"],
        redirect.kind,
        state=parameters.get("state"),
        response_mode=mode if mode in RESPONSE_MODES else "query",
        scope=parameters.get("scope", ""),
        nonce=parameters.get("nonce"),
        challenge=parameters.get("code_challenge") or None,
        challenge_method=parameters.get("code_challenge_method", "plain"),
        prompt=parameters.get("prompt") or None,
        login_hint=parameters.get("login_hint") or None,
        client_info=parameters.get("client_info") == "1",
    )
    try:
        state.refusals.check(
            "authorize", {"client_id": application.client_id, "name": application.name, "tenant": tenant, **parameters}
        )
        _check(request, parameters)
        target = scopes.from_scope(request.scope, tenant)
        mfa = wants_second_factor(parameters) or bool({"mfa", "ngcmfa"} & set(parameters.get("amr_values", "").split()))
    except errors.SignInError as error:
        raise RedirectedError(request, error) from None
    return AuthorizeRequest(**{**vars(request), "target": target, "mfa_wanted": mfa})


def read_admin_consent(state: SignInState, parameters: dict[str, str], tenant: str) -> AuthorizeRequest:
    """The request of an administrator's consent: "Admin consent on the Microsoft identity platform"."""
    application, redirect = _application_and_redirect(state, parameters, tenant)
    scope = parameters.get("scope") or f"{scopes.PARTNER_CENTER.uri}/.default"
    request = AuthorizeRequest(
        application, parameters["redirect_uri"], redirect.kind, parameters.get("state"), scope=scope, admin_consent=True
    )
    try:
        return AuthorizeRequest(**{**vars(request), "target": scopes.from_scope(scope, tenant)})
    except errors.SignInError as error:
        raise RedirectedError(request, error) from None


def find_redirect(application: Application, uri: str) -> RedirectUri | None:
    """The registration that a redirect URI fits: literally, or without its port where it is plain HTTP to this
    machine."""
    wanted = _comparable(uri)
    return next((each for each in application.redirect_uris if _comparable(each.uri) == wanted), None)


def grant_code(state: SignInState, flow: Flow) -> Response:
    """Back to the application with a code."""
    request, user = flow.request, flow.user
    assert request is not None and user is not None
    code = state.pending.new_code(flow, TOKEN_PREFIX)
    fields = {"code": code.value}
    if request.client_info:
        info = {"uid": user.object_id, "utid": state.tenant_id}
        fields["client_info"] = base64.urlsafe_b64encode(json.dumps(info).encode()).rstrip(b"=").decode()
    return send_back(request, fields | {"session_state": str(uuid.uuid4())})


def send_error(
    core: Any, request: Request, wanted: AuthorizeRequest, error: errors.SignInError, subcode: str | None = None
) -> Response:
    """Back to the application with `error`, `error_description` and the rest."""
    kind = error.kind
    name = _NAMES.get(kind.suberror or "") or _FALLBACK_NAMES.get(kind.error, kind.error)
    fields = {"error": name}
    if subcode:
        fields["error_subcode"] = subcode
    fields["error_description"] = errors.describe(error, core.clock.now(), correlation_id(request), str(uuid.uuid4()))
    fields["error_uri"] = f"https://login.microsoftonline.com/error?code={kind.code}"
    return send_back(wanted, fields)


def send_back(request: AuthorizeRequest, fields: dict[str, str]) -> Response:
    """The redirect, or the form that posts itself. `state` comes back as it was sent."""
    if request.state is not None:
        fields = {**fields, "state": request.state}
    parts = urlsplit(request.redirect_uri)
    # A URI without a path comes back with a slash ("Redirect URI restrictions", section on the trailing slash).
    parts = parts._replace(path=parts.path or "/")
    if request.response_mode == "form_post":
        return pages.post_back(urlunsplit(parts), fields)
    if request.response_mode == "fragment":
        return _redirect(urlunsplit(parts._replace(fragment=urlencode(fields))))
    return _redirect(
        urlunsplit(
            parts._replace(query=urlencode(parse_qsl(parts.query, keep_blank_values=True) + list(fields.items())))
        )
    )


def show_error(core: Any, request: Request, error: errors.SignInError) -> Response:
    """The page of a refusal that no application can be told."""
    facts = {"Correlation ID": correlation_id(request), "Timestamp": core.clock.now().strftime("%Y-%m-%d %H:%M:%SZ")}
    return pages.failure(str(error), facts, error.kind.status)


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _application_and_redirect(
    state: SignInState, parameters: dict[str, str], tenant: str
) -> tuple[Application, RedirectUri]:
    for name in ("client_id", "redirect_uri"):
        if not parameters.get(name):
            raise errors.SignInError(errors.PARAMETER_MISSING, name=name)
    application = state.application(parameters["client_id"])
    if application is None:
        raise errors.SignInError(errors.CLIENT_UNKNOWN, client_id=parameters["client_id"], tenant=tenant)
    if application.disabled:
        raise errors.SignInError(errors.CLIENT_DISABLED, client_id=application.client_id)
    redirect = find_redirect(application, parameters["redirect_uri"])
    if redirect is None:
        raise errors.SignInError(
            errors.REDIRECT_URI_UNREGISTERED, redirect_uri=parameters["redirect_uri"], client_id=application.client_id
        )
    return application, redirect


def _check(request: AuthorizeRequest, parameters: dict[str, str]) -> None:
    for name in ("response_type", "scope"):
        if not parameters.get(name):
            raise errors.SignInError(errors.PARAMETER_MISSING, name=name)
    if parameters["response_type"] != "code":
        raise errors.SignInError(errors.RESPONSE_TYPE_UNSUPPORTED, response_type=parameters["response_type"])
    for name, value, known in (
        ("response_mode", parameters.get("response_mode", "query"), RESPONSE_MODES),
        ("prompt", request.prompt, PROMPTS),
        ("code_challenge_method", request.challenge_method, ("S256", "plain")),
    ):
        if value not in known:
            raise errors.SignInError(errors.VALUE_UNSUPPORTED, name=name, value=value)
    if request.challenge is not None and not 43 <= len(request.challenge) <= 128:
        raise errors.SignInError(errors.CHALLENGE_SIZE)
    if request.challenge is None and request.redirect_type == "spa":
        raise errors.SignInError(errors.CHALLENGE_MISSING)


def _comparable(uri: str) -> tuple[str, str, int | None, str, str] | str:
    """Scheme and host compare without case, the path with it. The port of plain HTTP to localhost does not count."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return uri
    if parts.fragment or parts.username is not None:
        return uri
    loopback = parts.scheme == "http" and host in ("localhost", "127.0.0.1")
    return parts.scheme, host, None if loopback else port, parts.path or "/", parts.query
