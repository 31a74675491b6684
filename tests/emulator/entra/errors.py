"""Errors of the sign-in server: the catalogue, and the JSON that carries them.

Codes and meanings: "Microsoft Entra authentication and authorization error codes". Members of the answer: "Microsoft
identity platform and OAuth 2.0 authorization code flow", section on errors of the token endpoint. The texts are this
project's own; clients are told not to depend on them.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from starlette.responses import JSONResponse


@dataclass(frozen=True)
class ErrorKind:
    """One row of the catalogue. `v1_error` is the `error` member on the v1 endpoint where it differs."""

    code: int
    error: str
    status: int
    text: str
    suberror: str | None = None
    v1_error: str | None = None


class SignInError(Exception):
    """A refusal. `details` fill the placeholders of the kind's text."""

    def __init__(self, kind: ErrorKind, **details: object) -> None:
        self.kind = kind
        self.text = kind.text.format(**details)
        super().__init__(f"AADSTS{kind.code}: {self.text}")


# The request as such
TENANT_UNKNOWN = ErrorKind(90002, "invalid_request", 400, "Tenant '{tenant}' not found. Check the tenant identifier and the cloud that is signed in to.")
TENANT_UNKNOWN_DISCOVERY = ErrorKind(90002, "invalid_tenant", 400, TENANT_UNKNOWN.text)
TENANT_MALFORMED = ErrorKind(900023, "invalid_request", 400, "Specified tenant identifier '{tenant}' is neither a GUID nor a domain name.")
TENANT_MALFORMED_DISCOVERY = ErrorKind(900023, "invalid_tenant", 400, TENANT_MALFORMED.text)
INSTANCE_UNKNOWN = ErrorKind(50049, "invalid_instance", 400, "Unknown or invalid instance.")
PARAMETER_MISSING = ErrorKind(900144, "invalid_request", 400, "The request body must contain the following parameter: '{name}'.")
GRANT_UNSUPPORTED = ErrorKind(70003, "unsupported_grant_type", 400, "The grant type '{grant_type}' is not supported.")
ASSERTION_TYPE_UNKNOWN = ErrorKind(90023, "invalid_request", 400, "Unsupported 'client_assertion_type' value.")

# Authentication of the client
CLIENT_UNKNOWN = ErrorKind(700016, "unauthorized_client", 400, "Application with identifier '{client_id}' was not found in the directory '{tenant}'.")
SECRET_INVALID = ErrorKind(
    7000215, "invalid_client", 401, "Invalid client secret provided for application '{client_id}'. Send the value of the secret, not its ID."
)
SECRET_EXPIRED = ErrorKind(7000222, "invalid_client", 401, "The provided client secret keys for application '{client_id}' are expired.")
CLIENT_PUBLIC = ErrorKind(700025, "invalid_client", 401, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
CREDENTIAL_MISSING = ErrorKind(7000218, "invalid_client", 401, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
ASSERTION_MALFORMED = ErrorKind(50027, "invalid_request", 400, "JWT token is invalid or malformed.")
ASSERTION_SIGNATURE = ErrorKind(
    700027, "invalid_client", 401, "The client assertion failed signature validation. [Reason - {reason}, Thumbprint of key used by client: '{thumbprint}']"
)
ASSERTION_AUDIENCE = ErrorKind(700023, "invalid_client", 401, "The audience '{audience}' of the client assertion is not the token endpoint '{expected}'.")
ASSERTION_SUBJECT = ErrorKind(50048, "invalid_client", 401, "Subject mismatches Issuer claim in the client assertion.")
ASSERTION_CLIENT = ErrorKind(700021, "invalid_client", 401, "The application identifier of the client assertion doesn't match the 'client_id' parameter.")
ASSERTION_TIME = ErrorKind(
    700024, "invalid_client", 401, "Client assertion is not within its valid time range. Current time: {now}, expiry time of assertion {expires}."
)
FEDERATION_ISSUER = ErrorKind(700211, "invalid_client", 401, "No matching federated identity record found for presented assertion issuer '{issuer}'.")

# The grant
TOKEN_MALFORMED = ErrorKind(9002313, "invalid_grant", 400, "Invalid request. Request is malformed or invalid.")
TOKEN_UNKNOWN = ErrorKind(70000, "invalid_grant", 400, "The provided refresh token is not valid.", "bad_token")
TOKEN_OF_OTHER_CLIENT = ErrorKind(700007, "invalid_grant", 400, "The grant was issued for a different client id.")
TOKEN_EXPIRED = ErrorKind(
    700082,
    "invalid_grant",
    400,
    "The refresh token has expired due to inactivity. It was issued on {issued} and was inactive for {days}.00:00:00.",
    "token_expired",
)
TOKEN_REVOKED = ErrorKind(50173, "invalid_grant", 400, "The provided grant was revoked, a fresh sign-in is needed. It was issued on {issued}.", "bad_token")
TOKEN_TOO_OLD_FOR_POLICY = ErrorKind(
    70043,
    "invalid_grant",
    400,
    "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access. The token "
    "was issued on {issued} and the maximum allowed lifetime for this request is {maximum}.",
    "token_expired",
    "interaction_required",
)
TOKEN_OF_SPA = ErrorKind(
    700084,
    "invalid_grant",
    400,
    "The refresh token was issued to a single page app (SPA), lives 1.00:00:00 and can't be extended. It was issued on {issued} and is expired.",
    "token_expired",
)
ACCOUNT_DISABLED = ErrorKind(50057, "invalid_grant", 400, "The user account is disabled.")
MFA_REQUIRED = ErrorKind(
    50076,
    "invalid_grant",
    400,
    "Multifactor authentication is required to access '{resource}', by a policy of the administrator or because of a new location.",
    "basic_action",
    "interaction_required",
)
CONSENT_MISSING = ErrorKind(
    65001,
    "invalid_grant",
    400,
    "Neither the user nor an administrator has consented to use the application with ID '{client_id}' named "
    "'{name}'. Send an interactive authorization request for this user and resource.",
    "consent_required",
)
CONDITIONAL_ACCESS = ErrorKind(
    53003, "invalid_grant", 400, "Access has been blocked by Conditional Access policies. No token is issued.", "message_only", "interaction_required"
)
REQUEST_LOOP = ErrorKind(50196, "invalid_grant", 400, "The server terminated an operation because it encountered a client request loop.")

# The scope
SCOPE_INVALID = ErrorKind(70011, "invalid_scope", 400, "The provided value for the input parameter 'scope' is not valid: '{scope}'.")
SCOPE_NOT_DEFAULT = ErrorKind(
    1002012,
    "invalid_scope",
    400,
    "The provided value for scope '{scope}' is not valid. Client credential flows need the resource identifier followed by /.default.",
)
RESOURCE_UNKNOWN = ErrorKind(500011, "invalid_resource", 400, "The resource principal named '{resource}' was not found in the tenant '{tenant}'.")


def render(error: SignInError, now: datetime.datetime, correlation_id: str, v1: bool = False) -> JSONResponse:
    """The answer to a refused request. `correlation_id` is the client's own identifier where it sent one."""
    kind = error.kind
    trace_id = str(uuid.uuid4())
    timestamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    body: dict[str, object] = {
        "error": kind.v1_error if v1 and kind.v1_error else kind.error,
        "error_description": (f"AADSTS{kind.code}: {error.text} Trace ID: {trace_id} " f"Correlation ID: {correlation_id} Timestamp: {timestamp}"),
        "error_codes": [kind.code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"https://login.microsoftonline.com/error?code={kind.code}",
    }
    if kind.suberror:
        body["suberror"] = kind.suberror
    return JSONResponse(body, status_code=kind.status, headers=answer_headers(correlation_id, trace_id))


def answer_headers(correlation_id: str, trace_id: str | None = None) -> dict[str, str]:
    """Headers of every answer of the token endpoint (RFC 6749, section 5.1, asks for the first two)."""
    return {
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "client-request-id": correlation_id,
        "x-ms-request-id": trace_id or str(uuid.uuid4()),
    }
