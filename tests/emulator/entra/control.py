"""The `/sign-in/...` calls of the control port, and `/tokens`: what a person, an administrator or a policy would do.
README.md has the table.

Each function takes the core and the call's JSON, and returns JSON. What cannot be understood raises ValueError or
KeyError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

from emulator.entra.records import User
from emulator.entra.state import REVOCATIONS, SignInState
from emulator.kernel.control_calls import ControlCall, ControlRequest

_CHANGEABLE = {each.name for each in fields(User)} - {"object_id", "upn"}


def refuse(core: Any, body: Any) -> Any:
    """`{aadsts, times?, endpoint?, grant_type?, error?, suberror?, status?, text?}` or a list of those."""
    refusals = core.sign_in_state.refusals
    before = list(refusals.rules)
    try:
        for wanted in body if isinstance(body, list) else [body]:
            refusals.add(wanted)
    except ValueError:
        refusals.rules[:] = before
        raise
    return read_refusals(core, None)


def read_refusals(core: Any, _body: Any) -> Any:
    return {"rules": [rule.as_dict() for rule in core.sign_in_state.refusals.rules]}


def clear_refusals(core: Any, _body: Any) -> Any:
    core.sign_in_state.refusals.rules.clear()
    return {"status": "ok"}


def change_user(core: Any, body: Any) -> Any:
    """`{upn, ...}` with any member of a user but its ids. A new password alone revokes nothing: that is `revoke`."""
    user = _user(core, body["upn"])
    changes = {name: value for name, value in body.items() if name != "upn"}
    if not changes or set(changes) - _CHANGEABLE:
        raise ValueError(f"a user has {sorted(_CHANGEABLE)}, not {sorted(set(changes) - _CHANGEABLE)}")
    for name, value in changes.items():
        wants_text = name in ("name", "password", "mfa_code")
        if not isinstance(value, str if wants_text else bool) and not (
            value is None and name in ("password", "mfa_code")
        ):
            raise ValueError(f"{name} does not take {value!r}")
    changed = replace(user, **changes)
    core.sign_in_state.put_user(changed)
    return read_user(changed)


def read_users(core: Any, _body: Any) -> Any:
    return {"users": [read_user(user) for user in core.sign_in_state.users]}


def revoke(core: Any, body: Any) -> Any:
    """`{upn, event}` or `{refresh_token}`: what ends refresh tokens. The answer counts those that ended."""
    state: SignInState = core.sign_in_state
    if "refresh_token" in body:
        token = state.refresh_token(body["refresh_token"])
        if token is None:
            raise ValueError("no such refresh token")
        state.revoke(token)
        return {"revoked": 1}
    if body["event"] not in REVOCATIONS:
        raise ValueError(f"event is one of {', '.join(REVOCATIONS)}, not {body['event']!r}")
    user = _user(core, body["upn"])
    if body["event"] == "password_expired":
        state.put_user(replace(user, password_expired=True))
    return {"revoked": state.revoke_of(user, body["event"])}


def consent(core: Any, body: Any) -> Any:
    """`{client_id, upn?, given?}`: consent given (or taken back) by a user, or without `upn` by an administrator for
    everybody."""
    state: SignInState = core.sign_in_state
    application = state.application(body["client_id"])
    if application is None:
        raise ValueError(f"no application {body['client_id']!r}")
    given = body.get("given", True)
    if not isinstance(given, bool):
        raise ValueError(f"given is true or false, not {given!r}")
    state.consent(application, _user(core, body["upn"]) if body.get("upn") else None, given)
    return {"status": "ok"}


def change_application(core: Any, body: Any) -> Any:
    """`{client_id, disabled?, public_flows?, admin_consent?, secrets?, federated_credentials?}`, members as in the
    seed."""
    state: SignInState = core.sign_in_state
    if state.application(body["client_id"]) is None:
        raise ValueError(f"no application {body['client_id']!r}")
    changed = state.change_application(
        body["client_id"], {name: value for name, value in body.items() if name != "client_id"}
    )
    return {"client_id": changed.client_id, "disabled": changed.disabled, "secrets": len(changed.secrets)}


def mint_assertion(core: Any, body: Any) -> Any:
    """`{issuer, subject?, audience?, expires_in?, claims?, signed_by?, file?}`: a token of a test issuer, as text or
    (file true) in a file."""
    options = dict(body)
    to_file, name = options.pop("file", False), options.pop("issuer")
    issuers = core.sign_in_state.issuers
    text = issuers.mint(name, **options)
    return {
        "issuer": issuers.url(name),
        **({"file": str(issuers.write_token(text))} if to_file else {"assertion": text}),
    }


def start_job(core: Any, body: Any) -> Any:
    """The two variables of a GitHub Actions job; `{subject?, expires_in?, claims?, signed_by?}` are of the tokens that
    it will get."""
    options = dict(body or {})
    core.sign_in_state.issuers.mint("github", **options)  # an option that is wrong shows now, and not in the job
    return core.sign_in_state.issuers.start_job(options)


def read_user(user: User) -> dict[str, Any]:
    """A user without secrets."""
    known = asdict(user)
    known["has_password"], known["has_mfa"] = known.pop("password") is not None, known.pop("mfa_code") is not None
    return known


def issue_token(core: Any, body: Any) -> Any:
    """`{expires_in?, claims?, app_only?}`: an access token with claims of choice."""
    wanted = body or {}
    expires_in = int(wanted.get("expires_in", 3600))
    token = core.tokens.issue_custom(
        wanted.get("claims"), expires_in=expires_in, app_only=bool(wanted.get("app_only", False))
    )
    return {"access_token": token, "token_type": "Bearer", "expires_in": expires_in}


#: (method, pattern, function).
CALLS: tuple[tuple[str, str, Callable[[Any, Any], Any]], ...] = (
    ("POST", "sign-in/refuse", refuse),
    ("GET", "sign-in/refuse", read_refusals),
    ("DELETE", "sign-in/refuse", clear_refusals),
    ("GET", "sign-in/users", read_users),
    ("POST", "sign-in/users", change_user),
    ("POST", "sign-in/revoke", revoke),
    ("POST", "sign-in/consent", consent),
    ("POST", "sign-in/applications", change_application),
    ("POST", "sign-in/assertions", mint_assertion),
    ("POST", "sign-in/jobs", start_job),
    ("POST", "tokens", issue_token),
)


def calls(core: Any) -> tuple[ControlCall, ...]:
    def handler(function: Callable[[Any, Any], Any]) -> Callable[[ControlRequest], Any]:
        return lambda request: function(core, request.body)

    return tuple(ControlCall(method, pattern, handler(function)) for method, pattern, function in CALLS)


def _user(core: Any, upn: str) -> User:
    try:
        return core.sign_in_state.user(upn)
    except KeyError:
        raise ValueError(f"no user {upn!r}") from None
