"""Errors of the sign-in server: the catalogue, and the JSON that carries them.

Codes and meanings: "Microsoft Entra authentication and authorization error codes". Members of the answer: "Microsoft
identity platform and OAuth 2.0 authorization code flow", section on errors of the token endpoint. The texts are this
project's own; clients are told not to depend on them.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, replace

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
TENANT_UNKNOWN = ErrorKind(90002, "invalid_request", 400, "There is no tenant '{tenant}' here. Check the tenant, and the cloud that is signed in to.")
TENANT_UNKNOWN_DISCOVERY = replace(TENANT_UNKNOWN, error="invalid_tenant")
TENANT_MALFORMED = ErrorKind(900023, "invalid_request", 400, "The tenant identifier '{tenant}' is neither a GUID nor a domain name.")
TENANT_MALFORMED_DISCOVERY = replace(TENANT_MALFORMED, error="invalid_tenant")
INSTANCE_UNKNOWN = ErrorKind(50049, "invalid_instance", 400, "The instance is unknown or invalid.")
PARAMETER_MISSING = ErrorKind(900144, "invalid_request", 400, "The request has no parameter '{name}', which is required.")
GRANT_UNSUPPORTED = ErrorKind(70003, "unsupported_grant_type", 400, "The grant type '{grant_type}' is not supported.")
ASSERTION_TYPE_UNKNOWN = ErrorKind(90023, "invalid_request", 400, "The value of 'client_assertion_type' is not supported.")

# Authentication of the client
CLIENT_UNKNOWN = ErrorKind(700016, "unauthorized_client", 400, "No application '{client_id}' was found in the directory '{tenant}'.")
SECRET_INVALID = ErrorKind(7000215, "invalid_client", 401, "The client secret of application '{client_id}' is wrong. Send the secret's value, not its ID.")
SECRET_EXPIRED = ErrorKind(7000222, "invalid_client", 401, "The client secret of application '{client_id}' has expired.")
CLIENT_PUBLIC = ErrorKind(700025, "invalid_client", 401, "The client is public, but it presented a 'client_assertion' or a 'client_secret'.")
CREDENTIAL_MISSING = ErrorKind(7000218, "invalid_client", 401, "One of 'client_assertion' and 'client_secret' is required and neither was sent.")
ASSERTION_MALFORMED = ErrorKind(50027, "invalid_request", 400, "The JWT is invalid or malformed.")
ASSERTION_SIGNATURE = ErrorKind(700027, "invalid_client", 401, "The signature of the client assertion is not valid: {reason} Thumbprint: '{thumbprint}'.")
ASSERTION_AUDIENCE = ErrorKind(700023, "invalid_client", 401, "The client assertion is for the audience '{audience}', not for '{expected}'.")
ASSERTION_SUBJECT = ErrorKind(50048, "invalid_client", 401, "Issuer and subject of the client assertion differ.")
ASSERTION_CLIENT = ErrorKind(700021, "invalid_client", 401, "The client assertion is about another application than 'client_id'.")
ASSERTION_TIME = ErrorKind(700024, "invalid_client", 401, "The client assertion is not valid at this time. It is {now}, the assertion ends {expires}.")
FEDERATION_ISSUER = ErrorKind(700211, "invalid_client", 401, "No federated credential matches the assertion's issuer '{issuer}'.")

# The grant
TOKEN_MALFORMED = ErrorKind(9002313, "invalid_grant", 400, "The request is malformed or invalid.")
TOKEN_UNKNOWN = ErrorKind(70000, "invalid_grant", 400, "The refresh token is not valid.", "bad_token")
TOKEN_OF_OTHER_CLIENT = ErrorKind(700007, "invalid_grant", 400, "The grant belongs to another client id.")
TOKEN_EXPIRED = ErrorKind(700082, "invalid_grant", 400, "The refresh token, issued {issued}, expired after {days}.00:00:00 without use.", "token_expired")
TOKEN_REVOKED = ErrorKind(50173, "invalid_grant", 400, "The grant, issued {issued}, was revoked. A fresh sign-in is needed.", "bad_token")
TOKEN_TOO_OLD_FOR_POLICY = ErrorKind(
    70043,
    "invalid_grant",
    400,
    "A sign-in frequency policy of Conditional Access ended the refresh token. It was issued {issued}, the policy allows {maximum} seconds.",
    "token_expired",
    "interaction_required",
)
TOKEN_OF_SPA = ErrorKind(
    700084, "invalid_grant", 400, "The refresh token of a single page app (SPA), issued {issued}, reached its fixed end after 1.00:00:00.", "token_expired"
)
ACCOUNT_DISABLED = ErrorKind(50057, "invalid_grant", 400, "The account of the user is disabled.")
MFA_REQUIRED = ErrorKind(50076, "invalid_grant", 400, "Access to '{resource}' needs multifactor authentication.", "basic_action", "interaction_required")
CONSENT_MISSING = ErrorKind(
    65001,
    "invalid_grant",
    400,
    "There is no consent of the user or of an administrator for the application '{client_id}' ({name}).",
    "consent_required",
)
CONDITIONAL_ACCESS = ErrorKind(53003, "invalid_grant", 400, "A Conditional Access policy blocks the issue of tokens.", "message_only", "interaction_required")
REQUEST_LOOP = ErrorKind(50196, "invalid_grant", 400, "The client repeats the same request in a loop.")

# The scope
SCOPE_INVALID = ErrorKind(70011, "invalid_scope", 400, "The scope '{scope}' is not valid.")
SCOPE_NOT_DEFAULT = ErrorKind(1002012, "invalid_scope", 400, "The scope '{scope}' is not valid: client credentials take the resource followed by /.default.")
RESOURCE_UNKNOWN = ErrorKind(500011, "invalid_resource", 400, "The tenant '{tenant}' has no resource '{resource}'.")


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
