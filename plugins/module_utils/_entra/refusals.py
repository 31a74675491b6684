# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What Entra's refusals mean, and what to do.

Microsoft asks clients not to depend on numbers or wordings, so the class is found by ``error`` and ``suberror`` first
where those tell, and the AADSTS number makes it sharper; an unknown number still gets the class of its ``error``.
Source: Microsoft Entra documentation, "Microsoft Entra authentication and authorization error codes".
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._common.errors import SignInError

_AGAIN = "Sign in again as the service account, with MFA: ansible-playbook tenantops.partner_center.consent."
TRANSIENT = "transient"
"""The one class that is worth another attempt."""


@dataclass(frozen=True)
class Cause:
    """One class of refusal: the numbers and the suberror that show it, what it means, what to do."""

    name: str
    codes: frozenset[int]
    meaning: str
    action: str
    suberrors: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


CAUSES: tuple[Cause, ...] = (
    Cause(
        "public_client",
        frozenset({700025}),
        "The application is public, but a client credential was given.",
        "Remove the client credential, or sign in again through a confidential (web) application. A refresh token "
        "from a device code belongs to a public client.",
    ),
    Cause(
        "confidential_client",
        frozenset({7000218}),
        "The application needs a client credential, and none was given.",
        "Set client_certificate_path, client_assertion_file or client_secret; the refresh token may also come from "
        "another kind of application.",
    ),
    Cause(
        "secret_expired",
        frozenset({7000222}),
        "The client secret has expired.",
        "Create a new secret for the application, or move to a certificate.",
    ),
    Cause(
        "secret_wrong",
        frozenset({7000215}),
        "The client secret was rejected.",
        "Use the secret's value, not its id, and the secret of this client_id.",
    ),
    Cause(
        "certificate",
        frozenset({700027, 700030, 50012}),
        "The certificate was not accepted for this application.",
        "Upload the certificate's public part to the application; right after a rotation wait a minute.",
    ),
    Cause(
        "assertion",
        frozenset({70021, 70025, 700211, 700212, 700213, 700024, 50013}),
        "The client assertion was not accepted: no federated credential of the application matches its issuer, subject "
        "and audience, or it has expired.",
        "Compare all three with the federated credential, character by character. If the assertion has expired, "
        "fetch it later, and check this machine's clock.",
    ),
    Cause(
        "application",
        frozenset({700016, 7000112, 70001}),
        "The application does not exist in this tenant, or is disabled.",
        "Check client_id, tenant_id and cloud_environment.",
        errors=("unauthorized_client",),
    ),
    Cause(
        "tenant",
        frozenset({90002, 900023}),
        "The tenant does not exist at this sign-in host.",
        "Check tenant_id (the partner's own tenant, not a user's or a customer's), authority_host and "
        "cloud_environment.",
        errors=("invalid_tenant",),
    ),
    Cause(
        "cloud",
        frozenset({90038, 900382, 900432}),
        "This tenant belongs to another cloud.",
        "Set cloud_environment to the cloud of the partner's tenant.",
    ),
    Cause(
        "resource",
        frozenset({500011, 650052}),
        "The Partner Center API is not present in this tenant.",
        "Check that tenant_id is the partner's tenant, and sign in to Partner Center once with one of its "
        "administrators.",
    ),
    Cause(
        "consent",
        frozenset({65001, 90094, 650057}),
        "The application is not consented for Microsoft Partner Center / user_impersonation.",
        "Add the delegated permission, grant admin consent, then sign in again.",
        ("consent_required",),
        ("consent_required",),
    ),
    Cause(
        "sign_in_frequency",
        frozenset({70043}),
        "The refresh token expired because of a sign-in frequency policy (Conditional Access).",
        "Exclude the service account from that policy. " + _AGAIN,
    ),
    Cause(
        "spa_redirect",
        frozenset({700084, 9002327}),
        "The redirect URI has the type single-page application; its tokens are for browsers only and end after 24 "
        "hours.",
        "Register the redirect URI as type Web. " + _AGAIN,
    ),
    Cause(
        "conditional_access",
        frozenset({53003, 53000, 53001, 53002, 530032, 530035, 50097, 50131}),
        "The sign-in was blocked by a Conditional Access policy (location, network or device).",
        "Change the policy, or run from an allowed location. Running the consent playbook again does not help.",
        ("message_only", "additional_action"),
    ),
    Cause(
        "mfa",
        frozenset({50076, 50079, 50074, 50072, 50078, 50158}),
        "The stored sign-in lacks (fresh) multifactor authentication.",
        "A new refresh token is needed, from a sign-in with MFA: ansible-playbook tenantops.partner_center.consent.",
        ("basic_action",),
        ("interaction_required",),
    ),
    Cause(
        "account",
        frozenset({50057, 50053, 50055, 50144, 50034}),
        "The service account is disabled or locked, or its password has expired.",
        "Ask an administrator of the partner's tenant to check the account.",
        ("user_password_expired",),
    ),
    Cause(
        "expired",
        frozenset({700082, 70008, 50089}),
        "The refresh token has expired (90 days).",
        _AGAIN,
        ("token_expired",),
    ),
    Cause(
        "revoked",
        frozenset({50173, 70000, 50132, 50133}),
        "The refresh token was revoked (password reset or session revocation), or belongs to another application.",
        _AGAIN,
        ("bad_token",),
    ),
    Cause(
        "loop",
        frozenset({50196}),
        "Too many identical token requests.",
        "Set token_cache: true, or fetch the token once per play with access_token_info.",
    ),
    Cause(
        "malformed",
        frozenset({9002313}),
        "The token request is malformed. The refresh token is probably cut off or in quotes.",
        "Compare the start and the end of the refresh token with the one that was issued. Then check api_url, which "
        "sets the scope.",
    ),
    Cause(
        "scope",
        frozenset({70011, 900144}),
        "Entra did not accept the token request; the scope comes from api_url.",
        "Check api_url and cloud_environment.",
        errors=("invalid_scope", "invalid_request", "invalid_resource"),
    ),
    Cause(
        TRANSIENT,
        frozenset({90033, 50033}),
        "The sign-in service is not available at the moment, or asks to wait.",
        "Run again later; a few attempts were made.",
        errors=("temporarily_unavailable", "server_error"),
    ),
    Cause(
        "client",
        frozenset(),
        "The client credential was not accepted.",
        "Check client_id and the client secret, certificate or assertion.",
        errors=("invalid_client",),
    ),
    Cause("grant", frozenset(), "The refresh token was not accepted.", _AGAIN, errors=("invalid_grant",)),
)

_NUMBER = re.compile(r"AADSTS(\d+)")
_TRAILER = re.compile(r"\s*(Trace ID|Correlation ID|Timestamp):", re.IGNORECASE)
_OPAQUE = re.compile(r"\S{60,}")


def cause_of(error: str, suberror: str, codes: t.Collection[int]) -> Cause | None:
    """The class of a refusal, or None. The number is the sharpest sign; four different causes share
    ``invalid_grant``."""
    for cause in CAUSES:
        if cause.codes & set(codes):
            return cause
    for cause in CAUSES:
        if suberror in cause.suberrors:
            return cause
    for cause in CAUSES:
        if error in cause.errors:
            return cause
    return None


def cause_name(answer: t.Mapping[str, t.Any]) -> str | None:
    """The class of an answer of the token endpoint, None if it is no refusal of a known kind."""
    if answer.get("access_token") or not answer.get("error"):
        return None
    cause = cause_of(str(answer["error"]), str(answer.get("suberror") or ""), _codes(answer))
    return cause.name if cause else None


def _codes(answer: t.Mapping[str, t.Any]) -> list[int]:
    """The AADSTS numbers of an answer; where the list is missing, the number is at the beginning of the description."""
    given = answer.get("error_codes")
    codes = (
        [int(code) for code in given if str(code).isascii() and str(code).isdigit()] if isinstance(given, list) else []
    )
    return codes or [int(number) for number in _NUMBER.findall(str(answer.get("error_description") or ""))[:1]]


def refusal(answer: t.Mapping[str, t.Any], who: str, scrub: t.Callable[[str], str]) -> SignInError:
    """The error for an answer of the token endpoint that holds no token.

    :param answer: the endpoint's JSON, as msal hands it over.
    :param who: application and tenant, for the message.
    :param scrub: removes known secrets.
    """
    error = str(answer.get("error") or "")
    description = scrub(str(answer.get("error_description") or ""))
    codes = _codes(answer)
    cause = cause_of(error, str(answer.get("suberror") or ""), codes)
    number = f"AADSTS{codes[0]}" if codes else error or "no error code"
    # Entra's first sentence helps; long words are cut out because a token or an assertion could only hide there.
    words = _OPAQUE.sub("...", _TRAILER.split(description)[0].replace("\r", " ").replace("\n", " ")).strip()[:300]
    parts = [f"Sign-in of {who} failed ({number})."]
    parts.append(cause.meaning if cause else "Entra returned an unknown error.")
    if words:
        parts.append(f"Entra said: {words}")
    ids = [f"correlation id {answer['correlation_id']}"] if answer.get("correlation_id") else []
    ids += [f"time {answer['timestamp']}"] if answer.get("timestamp") else []
    if ids:
        parts.append(f"({', '.join(ids)})")
    return SignInError(
        scrub(" ".join(parts)),
        advice=cause.action if cause else "",
        error_class=cause.name if cause else "unknown",
        aadsts=number if codes else None,
        correlation_id=answer.get("correlation_id"),
        timestamp=answer.get("timestamp"),
    )
