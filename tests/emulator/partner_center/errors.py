"""Refusals, each with the status and code of the page error-codes, or the emulator's choice where that page is silent.

Sources: Partner Center developer docs: error-codes, api-throttling-guidance. Where no code is documented (duplicate
names, weak passwords, foreign domains), code 3000 with the wording of the directory behind the service.
"""

from __future__ import annotations

from typing import Any

from emulator.partner_center.wire import Reply

SOURCE = "PartnerFD"


class ApiError(Exception):
    """A refusal. `text` replaces the JSON body where the service answered with plain text; `has_data` is false for
    codes that are documented without the member ("data only returned for some error types", error-codes)."""

    def __init__(
        self,
        status: int,
        code: int,
        description: str,
        *,
        data: list[str] | None = None,
        text: str | None = None,
        headers: dict[str, str] | None = None,
        has_data: bool = True,
    ) -> None:
        super().__init__(f"{status} {code} {description}")
        self.status = status
        self.code = code
        self.description = description
        self.data = data or []
        self.text = text
        self.headers = headers or {}
        self.has_data = has_data

    def reply(self, switches: Any) -> Reply:
        if self.text is not None:
            return Reply(self.status, text=self.text, headers=self.headers)
        description = _html(self.description) if switches.html_escape_descriptions else self.description
        code = str(self.code) if switches.code_type == "string" else self.code
        body: dict[str, Any] = {"code": code, "description": description}
        if self.has_data and (self.data or switches.error_data == "always"):
            body["data"] = self.data
        body["source"] = SOURCE
        return Reply(self.status, body=body, headers=self.headers)


def _html(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def _status_and_code(choice: str) -> tuple[int, int]:
    """Reads the value of a switch such as "404/60002"."""
    status, dummy, code = choice.partition("/")
    return int(status), int(code)


# Authentication and authorization


def _challenge(realm_id: str) -> dict[str, str]:
    return {"WWW-Authenticate": f"OAuth realm=urn:cpsvc:cpid:{realm_id}"}


def access_denied(realm_id: str) -> ApiError:
    return ApiError(401, 400, "Access denied.", headers=_challenge(realm_id))


def token_missing(realm_id: str) -> ApiError:
    return ApiError(401, 800001, "Partner Token missing in request context.", headers=_challenge(realm_id))


def audience_retired(realm_id: str) -> ApiError:
    description = "The audience in the token is invalid and is no longer supported in Partner Center API."
    return ApiError(401, 900420, description, headers=_challenge(realm_id))


def mfa_required(realm_id: str, form: str) -> ApiError:
    text = "Authentication failed. MFA required. (10001)" if form == "text" else None
    return ApiError(
        401, 900421, "MFA required: the token has no claim of a second factor.", text=text, headers=_challenge(realm_id)
    )


def app_only_refused(form: str) -> ApiError:
    if form == "credentials":
        return ApiError(403, 2032, "This resource can't be accessed by application credentials.")
    if form == "role_text":
        return ApiError(
            403, 900150, "", text="The supplied role does not have the rights to perform the requested operation."
        )
    return ApiError(403, 900329, "This resource doesn't support application-only authentication.")


def authorization_failed() -> ApiError:
    return ApiError(403, 1002, "Authorization Failed")


# Customers


def invalid_customer_id() -> ApiError:
    return ApiError(400, 900118, "Invalid Customer Id.")


def tenant_not_found(customer_id: str) -> ApiError:
    return ApiError(404, 60003, f"A customer with the tenant Id '{customer_id}' was not found.")


def no_relationship(choice: str) -> ApiError:
    status, code = _status_and_code(choice)
    if code == 3000:
        return ApiError(status, code, "The relationship between the partner and customer does not exist.")
    return ApiError(status, code, "No relationship between caller and account.")


def customer_search_operation() -> ApiError:
    return ApiError(400, 2000, "Customer search only allows starts with and equals operation.")


# Users


def user_not_found(choice: str) -> ApiError:
    status, code = _status_and_code(choice)
    return ApiError(
        status, code, "User object Id is not found." if code == 60002 else "Invalid property: the user does not exist."
    )


def duplicate_upn(status: int) -> ApiError:
    return ApiError(status, 3000, "Another object with the same value for property userPrincipalName already exists.")


def invalid_property(name: str, reason: str) -> ApiError:
    return ApiError(400, 3000, f"Invalid property: {name}. {reason}", data=[f"InvalidPropertyException : {name}"])


def weak_password() -> ApiError:
    reason = (
        "The specified password does not comply with password complexity requirements. Please provide a different "
        "password."
    )
    return invalid_property("password", reason)


def insufficient_privileges() -> ApiError:
    return ApiError(403, 900308, "Insufficient privileges to complete the operation.")


# Licences and directory roles


def no_usage_location() -> ApiError:
    return ApiError(400, 3000, "License assignment cannot be done for user with invalid usage location.")


def no_seats(customer_id: str, sku_id: str) -> ApiError:
    """Plain text (assign-licenses-to-a-user of 2023); the entity of older pages comes by the switch for all."""
    return ApiError(
        400,
        60012,
        "We're sorry, it looks like you've run out of licenses. Buy more licenses, and then try again.",
        data=[
            f"LicenseQuotaExceededException : Subscription with Account {customer_id} and SKU {sku_id} does not have "
            "any available licenses left."
        ],
    )


def partner_token_refused() -> ApiError:
    return ApiError(
        400,
        900316,
        "Partner token isn't allowed in license management calls. Call with partner access token.",
        has_data=False,
    )


def blocked_by_conditional_access() -> ApiError:
    description = (
        "Access has been blocked by Conditional Access policies. The access policy doesn't allow token issuance."
    )
    return ApiError(403, 900309, description, has_data=False)


def account_id_missing() -> ApiError:
    """What removing a member of a partner's own role has been seen to answer."""
    return ApiError(400, 2000, "Account Id has to be set.")


def already_member(status: int) -> ApiError:
    return ApiError(
        status,
        3000,
        "One or more added object references already exist for the following modified properties: 'members'.",
    )


# Requests in general


def invalid_input(reason: str) -> ApiError:
    return ApiError(400, 800002, f"Invalid request input: {reason}")


def bad_enum(value: Any) -> ApiError:
    return ApiError(400, 900126, f"Unable to parse enum: {value}")


def not_found() -> ApiError:
    return ApiError(404, 1000, "Not found.")


def method_not_allowed(method: str, allowed: list[str]) -> ApiError:
    return ApiError(
        405,
        900141,
        f"This operation is not supported: {method}.",
        headers={"Allow": ", ".join(allowed)} if allowed else {},
    )


def not_in_this_cloud() -> ApiError:
    return ApiError(400, 900127, "This operation is not supported in this environment.")


def not_supported(what: str) -> ApiError:
    return ApiError(400, 900141, f"This operation is not supported: {what}.")


def unknown_route() -> Reply:
    """A path that the gateway does not know never reaches the service."""
    return _gateway(404, "Resource not found")


def not_recorded() -> ApiError:
    """No answer of the service: the recording has none for this request."""
    return ApiError(501, 0, "This request is not in the recording that is replayed.")


def unexpected() -> ApiError:
    return ApiError(500, 800003, "Unexpected service error.")


def throttled(seconds: int) -> Reply:
    """The gateway's answer: another shape than the service's, and always with Retry-After in whole seconds."""
    reply = _gateway(429, f"Rate limit is exceeded. Try again in {seconds} seconds.")
    reply.headers["Retry-After"] = str(seconds)
    return reply


def _gateway(status: int, message: str) -> Reply:
    return Reply(
        status, body={"statusCode": status, "message": message}, content_type="application/json", from_gateway=True
    )
