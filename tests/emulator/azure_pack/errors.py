"""Refusals: `{Code, Message, Details}`.

The service documents statuses, not codes. The codes here are those of the older Azure service that this API descends
from; a client that depends on one depends on the emulator.
"""

from __future__ import annotations

from typing import Any

from emulator.azure_pack.wire import Reply

_CODES = {
    400: "BadRequest",
    401: "AuthenticationFailed",
    403: "AuthenticationFailed",
    404: "ResourceNotFound",
    405: "MethodNotAllowed",
    409: "ConflictError",
    415: "UnsupportedMediaType",
}

DANGEROUS_PATH_PAGE = (
    "<!DOCTYPE html>\r\n<html>\r\n<head><title>Bad Request</title></head>\r\n<body>\r\n<h1>Server Error in '/' "
    "Application.</h1>\r\n"
    "<h2><i>A potentially dangerous Request.Path value was detected from the client.</i></h2>\r\n</body>\r\n</html>\r\n"
)
DOUBLE_ESCAPE_PAGE = (
    "<!DOCTYPE html>\r\n<html>\r\n<head><title>404 - File or directory not found.</title></head>\r\n<body>\r\n<div "
    'id="header"><h1>Server Error</h1></div>\r\n'
    "<h2>404 - File or directory not found.</h2>\r\n"
    "<h3>HTTP Error 404.11 - The request filtering module is configured to deny a request that contains a double "
    "escape sequence.</h3>\r\n"
    "</body>\r\n</html>\r\n"
)


class Refusal(Exception):
    """An answer in place of the one that was asked for. `html` replaces the error body where the web server answers;
    `empty` leaves it out."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        html: str | None = None,
        headers: dict[str, str] | None = None,
        empty: bool = False,
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.html = html
        self.headers = headers or {}
        self.empty = empty

    def reply(self, switches: Any) -> Reply:
        if self.html is not None:
            return Reply(self.status, html=self.html, headers=self.headers)
        if self.empty:
            return Reply(self.status, headers=self.headers)
        return Reply(self.status, error_document(self.status, self.message, switches), "Error", headers=self.headers)


def error_document(status: int, message: str, switches: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"Code": _CODES.get(status, "InternalError"), "Message": message}
    if switches.azure_pack_refusal_details != "absent":
        document["Details"] = [] if switches.azure_pack_refusal_details == "empty" else None
    return document


# The web server, before the service


def dangerous_path() -> Refusal:
    return Refusal(400, "dangerous path", html=DANGEROUS_PATH_PAGE)


def double_escape() -> Refusal:
    return Refusal(404, "double escape", html=DOUBLE_ESCAPE_PAGE)


# Authentication and authorization


def not_authenticated(reason: str, switches: Any) -> Refusal:
    status = 403 if switches.azure_pack_token_refusals == "403" else 401
    return Refusal(
        status,
        f"The request could not be authenticated: {reason}.",
        headers={"WWW-Authenticate": "Bearer"} if status == 401 else None,
    )


def not_authorized(reason: str, switches: Any) -> Refusal:
    status = 401 if switches.azure_pack_token_refusals == "401" else 403
    return Refusal(
        status,
        f"The caller is not authorized: {reason}.",
        headers={"WWW-Authenticate": "Bearer"} if status == 401 else None,
    )


def principal_missing() -> Refusal:
    return Refusal(400, "The header x-ms-principal-id is required.")


# Routes and parameters


def no_such_path() -> Refusal:
    return Refusal(404, "No resource matches the request URI.")


def method_not_allowed(method: str, allowed: list[str]) -> Refusal:
    return Refusal(
        405, f"The requested resource does not support http method '{method}'.", headers={"Allow": ", ".join(allowed)}
    )


def unsupported_type(name: str) -> Refusal:
    return Refusal(415, f"The media type '{name or 'application/octet-stream'}' is not supported for this resource.")


def invalid(message: str) -> Refusal:
    return Refusal(400, message)


def bad_list_parameter(name: str, switches: Any) -> Refusal:
    return Refusal(switches.azure_pack_bad_list_parameters, f"The parameter '{name}' is not valid.")


# Users and subscriptions


def user_not_found(name: str, switches: Any) -> Refusal:
    return Refusal(404, f"The user '{name}' was not found.", empty=switches.azure_pack_absent_user == "empty")


def user_exists(name: str) -> Refusal:
    return Refusal(409, f"The user '{name}' already exists.")


def email_taken(email: str) -> Refusal:
    return Refusal(409, f"A user with the email '{email}' already exists.")


def has_subscriptions(name: str, count: int, switches: Any) -> Refusal:
    return Refusal(
        switches.azure_pack_refused_delete,
        f"The user '{name}' cannot be deleted because it has {count} subscription(s).",
    )


def billing_veto() -> Refusal:
    return Refusal(409, "The deletion was not approved by the billing system.")


def being_deleted(name: str, switches: Any) -> Refusal:
    return Refusal(
        switches.azure_pack_refused_write, f"The user '{name}' is being deleted; only delete operations are allowed."
    )


def subscription_not_found(subscription_id: str) -> Refusal:
    return Refusal(404, f"The subscription '{subscription_id}' was not found.")


def subscription_exists(subscription_id: str) -> Refusal:
    return Refusal(409, f"The subscription '{subscription_id}' already exists.")


def subscription_being_deleted(subscription_id: str, switches: Any) -> Refusal:
    return Refusal(
        switches.azure_pack_refused_write,
        f"The subscription '{subscription_id}' is being deleted; only delete operations are allowed.",
    )


def plan_not_found(plan: str) -> Refusal:
    return Refusal(404, f"The plan '{plan}' was not found.")


def unexpected() -> Refusal:
    return Refusal(500, "The server encountered an internal error. Please retry the request.")
