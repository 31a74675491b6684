"""Errors of the sign-in server: the catalogue, and the JSON that carries them.

Codes and meanings: "Microsoft Entra authentication and authorization error codes". Members of the answer: "Microsoft
identity platform and OAuth 2.0 authorization code flow", section on errors of the token endpoint. The texts are this
project's own; clients are told not to depend on them.
"""

from __future__ import annotations

import datetime
import json
import uuid
from dataclasses import dataclass, replace

from starlette.responses import JSONResponse


@dataclass(frozen=True)
class ErrorKind:
    """One row of the catalogue. `v1_error` is the `error` member on the v1 endpoint where it differs.

    `challenge`: the answer says with its member `claims` which policy a new sign-in has to meet.
    """

    code: int
    error: str
    status: int
    text: str
    suberror: str | None = None
    v1_error: str | None = None
    challenge: bool = False


#: What a client passes on to the authorize endpoint to meet the policy ("Claims challenges, claims requests, and client
#: capabilities").
CHALLENGE = json.dumps(
    {"access_token": {"capolids": {"essential": True, "values": ["7c1d2e3f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"]}}},
    separators=(",", ":"),
)


class SignInError(Exception):
    """A refusal. `details` fill the placeholders of the kind's text."""

    def __init__(self, kind: ErrorKind, **details: object) -> None:
        self.kind = kind
        self.text = kind.text.format(**details)
        super().__init__(f"AADSTS{kind.code}: {self.text}")


# The request as such
TENANT_UNKNOWN = ErrorKind(
    90002,
    "invalid_request",
    400,
    "There is no tenant '{tenant}' here. Check the tenant, and the cloud that is signed in to.",
)
TENANT_UNKNOWN_DISCOVERY = replace(TENANT_UNKNOWN, error="invalid_tenant")
TENANT_MALFORMED = ErrorKind(
    900023, "invalid_request", 400, "The tenant identifier '{tenant}' is neither a GUID nor a domain name."
)
TENANT_MALFORMED_DISCOVERY = replace(TENANT_MALFORMED, error="invalid_tenant")
INSTANCE_UNKNOWN = ErrorKind(50049, "invalid_instance", 400, "The instance is unknown or invalid.")
PARAMETER_DUPLICATED = ErrorKind(
    9000411, "invalid_request", 400, "The request is not properly formatted. The parameter '{name}' is duplicated."
)
JSON_MALFORMED = ErrorKind(9000410, "invalid_request", 400, "The JSON of the parameter '{name}' is malformed.")
PARAMETER_MISSING = ErrorKind(
    900144, "invalid_request", 400, "The request has no parameter '{name}', which is required."
)
GRANT_UNSUPPORTED = ErrorKind(70003, "unsupported_grant_type", 400, "The grant type '{grant_type}' is not supported.")
ASSERTION_TYPE_UNKNOWN = ErrorKind(
    90023, "invalid_request", 400, "The value of 'client_assertion_type' is not supported."
)

TRY_LATER = ErrorKind(
    90033, "temporarily_unavailable", 503, "A part of the service is temporarily unavailable. Try again."
)
DIRECTORY_BUSY = ErrorKind(
    50033, "temporarily_unavailable", 503, "The directory could not be read for the moment. Try again."
)
WRONG_CLOUD = ErrorKind(
    90038, "invalid_request", 400, "The tenant belongs to another cloud, where requests have to be sent."
)
CONFIDENTIAL_WRONG_CLOUD = ErrorKind(
    900382, "invalid_request", 400, "Confidential clients are not served across clouds."
)
APPLICATION_WRONG_CLOUD = ErrorKind(
    900432, "invalid_request", 400, "Confidential clients of this cloud are not served from another one."
)

# Authentication of the client
CLIENT_DISABLED = ErrorKind(7000112, "unauthorized_client", 400, "The application '{client_id}' is disabled.")
CLIENT_UNREGISTERED = ErrorKind(
    70001, "unauthorized_client", 400, "The application '{client_id}' is not registered for this kind of sign-in."
)
CLIENT_UNKNOWN = ErrorKind(
    700016, "unauthorized_client", 400, "No application '{client_id}' was found in the directory '{tenant}'."
)
SECRET_INVALID = ErrorKind(
    7000215,
    "invalid_client",
    401,
    "The client secret of application '{client_id}' is wrong. Send the secret's value, not its ID.",
)
SECRET_EXPIRED = ErrorKind(
    7000222, "invalid_client", 401, "The client secret of application '{client_id}' has expired."
)
CLIENT_PUBLIC = ErrorKind(
    700025, "invalid_client", 401, "The client is public, but it presented a 'client_assertion' or a 'client_secret'."
)
CREDENTIAL_MISSING = ErrorKind(
    7000218, "invalid_client", 401, "One of 'client_assertion' and 'client_secret' is required and neither was sent."
)
ASSERTION_MALFORMED = ErrorKind(50027, "invalid_request", 400, "The JWT is invalid or malformed.")
ASSERTION_SIGNATURE = ErrorKind(
    700027,
    "invalid_client",
    401,
    "The signature of the client assertion is not valid: {reason} Thumbprint: '{thumbprint}'.",
)
ASSERTION_AUDIENCE = ErrorKind(
    700023, "invalid_client", 401, "The client assertion is for the audience '{audience}', not for '{expected}'."
)
ASSERTION_SUBJECT = ErrorKind(50048, "invalid_client", 401, "Issuer and subject of the client assertion differ.")
ASSERTION_CLIENT = ErrorKind(
    700021, "invalid_client", 401, "The client assertion is about another application than 'client_id'."
)
ASSERTION_TIME = ErrorKind(
    700024,
    "invalid_client",
    401,
    "The client assertion is not valid at this time. It is {now}, the assertion ends {expires}.",
)
CERTIFICATE_UNREADABLE = ErrorKind(
    700030, "invalid_client", 401, "The certificate of the client assertion cannot be used: its subject does not fit."
)
CERTIFICATE_REFUSED = ErrorKind(50012, "invalid_client", 401, "The authentication by certificate failed.")
FEDERATION_NONE = ErrorKind(70025, "invalid_client", 401, "The application '{client_id}' has no federated credentials.")
FEDERATION_MISMATCH = ErrorKind(
    70021,
    "invalid_client",
    401,
    "No federated credential matches the assertion. Issuer '{issuer}', subject '{subject}'.",
)
FEDERATION_ISSUER = ErrorKind(
    700211, "invalid_client", 401, "No federated credential matches the assertion's issuer '{issuer}'."
)
FEDERATION_AUDIENCE = ErrorKind(
    700212, "invalid_client", 401, "No federated credential matches the assertion's audience '{audience}'."
)
FEDERATION_SUBJECT = ErrorKind(
    700213, "invalid_client", 401, "No federated credential matches the assertion's subject '{subject}'."
)
FEDERATION_SIGNATURE = ErrorKind(
    50013, "invalid_client", 401, "The assertion failed the validation of its signature: {reason}"
)

# The grant
TOKEN_MALFORMED = ErrorKind(9002313, "invalid_grant", 400, "The request is malformed or invalid.")
TOKEN_UNKNOWN = ErrorKind(70000, "invalid_grant", 400, "The refresh token is not valid.", "bad_token")
TOKEN_OF_OTHER_CLIENT = ErrorKind(700007, "invalid_grant", 400, "The grant belongs to another client id.")
TOKEN_EXPIRED = ErrorKind(
    700082,
    "invalid_grant",
    400,
    "The refresh token, issued {issued}, expired after {days}.00:00:00 without use.",
    "token_expired",
)
TOKEN_REVOKED = ErrorKind(
    50173, "invalid_grant", 400, "The grant, issued {issued}, was revoked. A fresh sign-in is needed.", "bad_token"
)
TOKEN_TOO_OLD_FOR_POLICY = ErrorKind(
    70043,
    "invalid_grant",
    400,
    "A sign-in frequency policy of Conditional Access ended the refresh token. It was issued {issued}, the policy "
    "allows {maximum} seconds.",
    "token_expired",
    "interaction_required",
)
TOKEN_OF_SPA = ErrorKind(
    700084,
    "invalid_grant",
    400,
    "The refresh token of a single page app (SPA), issued {issued}, reached its fixed end after 1.00:00:00.",
    "token_expired",
)
GRANT_EXPIRED = ErrorKind(
    70008,
    "invalid_grant",
    400,
    "The authorization code or refresh token has expired. It was issued {issued}.",
    "token_expired",
)
SESSION_EXPIRED = ErrorKind(
    50089, "invalid_grant", 400, "The authentication has expired. Sign in again.", "token_expired"
)
SESSION_REVOKED = ErrorKind(
    50132, "invalid_grant", 400, "The session is not valid, because the password expired or was changed.", "bad_token"
)
SESSION_INVALID = ErrorKind(
    50133,
    "invalid_grant",
    400,
    "The session is not valid, because the password expired or was changed lately.",
    "bad_token",
)
CODE_UNKNOWN = replace(TOKEN_UNKNOWN, text="The authorization code is not valid.", suberror=None)
CODE_USED = ErrorKind(54005, "invalid_grant", 400, "The authorization code was redeemed before.")
CODE_REDIRECT_URI = ErrorKind(
    500112,
    "invalid_client",
    400,
    "The reply address '{redirect_uri}' is not '{expected}', which the authorization code was sent to.",
)
CODE_VERIFIER = ErrorKind(
    501481, "invalid_grant", 400, "The code verifier does not match the code challenge of the authorization request."
)
CODE_OF_SPA = ErrorKind(
    9002327, "invalid_request", 400, "What a single page app was given is redeemed by cross-origin requests only."
)
DEVICE_PENDING = ErrorKind(70016, "authorization_pending", 400, "The user has not finished the sign-in yet.")
DEVICE_SLOW_DOWN = ErrorKind(70016, "slow_down", 400, "The client asks too often.")
DEVICE_DECLINED = ErrorKind(70017, "authorization_declined", 400, "The user declined the sign-in.")
DEVICE_UNKNOWN = ErrorKind(70018, "bad_verification_code", 400, "The device code is not known.")
DEVICE_EXPIRED = ErrorKind(70020, "expired_token", 400, "The device code has expired.")
ACCOUNT_UNKNOWN = ErrorKind(50034, "invalid_grant", 400, "The user account does not exist in the directory.")
ACCOUNT_LOCKED = ErrorKind(
    50053, "invalid_grant", 400, "The account is locked after too many sign-ins with a wrong user name or password."
)
PASSWORD_EXPIRED = ErrorKind(50055, "invalid_grant", 400, "The password has expired.", "user_password_expired")
PASSWORD_EXPIRED_ON_PREMISES = ErrorKind(
    50144, "invalid_grant", 400, "The password of the on-premises directory has expired.", "user_password_expired"
)
PASSWORD_WRONG = ErrorKind(50126, "invalid_grant", 400, "The user name or the password is wrong.")
ACCOUNT_DISABLED = ErrorKind(50057, "invalid_grant", 400, "The account of the user is disabled.")
MFA_REQUIRED = ErrorKind(
    50076,
    "invalid_grant",
    400,
    "Access to '{resource}' needs multifactor authentication.",
    "basic_action",
    "interaction_required",
    challenge=True,
)
CONSENT_MISSING = ErrorKind(
    65001,
    "invalid_grant",
    400,
    "There is no consent of the user or of an administrator for the application '{client_id}' ({name}).",
    "consent_required",
)
CONDITIONAL_ACCESS = ErrorKind(
    53003,
    "invalid_grant",
    400,
    "A Conditional Access policy blocks the issue of tokens.",
    "message_only",
    "interaction_required",
    challenge=True,
)
CONSENT_DECLINED = ErrorKind(65004, "access_denied", 400, "The user declined to consent to the application.")
CONSENT_OF_ADMIN = ErrorKind(
    90094,
    "invalid_grant",
    400,
    "An administrator has to consent to the application '{client_id}' ({name}).",
    "consent_required",
)
CONSENT_NOT_POSSIBLE = ErrorKind(
    650057,
    "invalid_grant",
    400,
    "The resource is not among the permissions that the application '{client_id}' asks for.",
    "consent_required",
)
SERVICE_NOT_SUBSCRIBED = ErrorKind(
    650052,
    "invalid_client",
    400,
    "The organisation has no subscription of, or did not enable, the service '{resource}'.",
)
MFA_CODE_WRONG = ErrorKind(500121, "invalid_grant", 400, "The authentication failed at the second factor.")
#: The other answers of Conditional Access and of the second factor, by number; they differ in text only.
CONDITIONAL_ACCESS_KINDS = {
    code: replace(CONDITIONAL_ACCESS, code=code, text=text)
    for code, text in {
        53000: "A Conditional Access policy wants a compliant device, and this one is not.",
        53001: "A Conditional Access policy wants a domain-joined device, and this one is not.",
        53002: "A Conditional Access policy wants an approved application, and this one is not.",
        53003: CONDITIONAL_ACCESS.text,
        530032: "A security policy of the tenant blocks the sign-in.",
        530035: "The sign-in was blocked by the security defaults.",
        50097: "The device has to be authenticated.",
        50131: "The device is not in the state that a Conditional Access policy wants, or the activity looks "
        "suspicious.",
    }.items()
}
MFA_KINDS = {
    code: replace(MFA_REQUIRED, code=code, text=text)
    for code, text in {
        50072: "The user has to register for multifactor authentication.",
        50074: "Strong authentication is needed.",
        50076: MFA_REQUIRED.text,
        50078: "The multifactor authentication has expired under a policy of the administrator. Sign in again.",
        50079: "The user has to register for multifactor authentication, because of a change by the administrator or a "
        "move to another place.",
        50158: "The external security challenge was not met.",
    }.items()
}
REQUEST_LOOP = ErrorKind(50196, "invalid_grant", 400, "The client repeats the same request in a loop.")

# The scope
SCOPE_INVALID = ErrorKind(70011, "invalid_scope", 400, "The scope '{scope}' is not valid.")
SCOPE_NOT_DEFAULT = ErrorKind(
    1002012,
    "invalid_scope",
    400,
    "The scope '{scope}' is not valid: client credentials take the resource followed by /.default.",
)
RESOURCE_UNKNOWN = ErrorKind(500011, "invalid_resource", 400, "The tenant '{tenant}' has no resource '{resource}'.")


# The authorize endpoint
REDIRECT_URI_UNREGISTERED = ErrorKind(
    50011,
    "invalid_request",
    400,
    "The redirect URI '{redirect_uri}' is not registered for the application '{client_id}'.",
)
RESPONSE_TYPE_UNSUPPORTED = ErrorKind(
    700054, "unsupported_response_type", 400, "The response type '{response_type}' is not enabled for the application."
)
VALUE_UNSUPPORTED = ErrorKind(
    90023, "invalid_request", 400, "The value '{value}' of the parameter '{name}' is not supported."
)
CHALLENGE_SIZE = ErrorKind(50147, "invalid_request", 400, "The size of the parameter 'code_challenge' is not valid.")
CHALLENGE_MISSING = ErrorKind(9002325, "invalid_request", 400, "A single page app has to send a code challenge (PKCE).")
NOT_SIGNED_IN = ErrorKind(50058, "login_required", 400, "Nobody is signed in, and a silent sign-in was asked for.")
FLOW_LOST = ErrorKind(
    90014,
    "invalid_request",
    400,
    "The sign-in page is too old, or was answered before. Begin again at the application.",
)
NOT_ADMINISTRATOR = ErrorKind(90093, "access_denied", 400, "Only an administrator may consent for the organisation.")


def render(error: SignInError, now: datetime.datetime, correlation_id: str, v1: bool = False) -> JSONResponse:
    """The answer to a refused request. `correlation_id` is the client's own identifier where it sent one."""
    kind = error.kind
    trace_id = str(uuid.uuid4())
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    body: dict[str, object] = {
        "error": kind.v1_error if v1 and kind.v1_error else kind.error,
        "error_description": describe(error, now, correlation_id, trace_id),
        "error_codes": [kind.code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"https://login.microsoftonline.com/error?code={kind.code}",
    }
    if kind.suberror:
        body["suberror"] = kind.suberror
    if kind.challenge:
        body["claims"] = CHALLENGE
    return JSONResponse(body, status_code=kind.status, headers=answer_headers(correlation_id, trace_id))


def describe(error: SignInError, now: datetime.datetime, correlation_id: str, trace_id: str) -> str:
    """The description as token answers and redirects carry it."""
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    return (
        f"AADSTS{error.kind.code}: {error.text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: "
        f"{timestamp}"
    )


def answer_headers(correlation_id: str, trace_id: str | None = None) -> dict[str, str]:
    """Headers of every answer of the token endpoint (RFC 6749, section 5.1, asks for the first two)."""
    return {
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "client-request-id": correlation_id,
        "x-ms-request-id": trace_id or str(uuid.uuid4()),
    }
