"""Client assertions: a JWT in place of a client secret.

Rules: RFC 7523, section 3, and "Microsoft identity platform application authentication certificate credentials".
"""

from __future__ import annotations

import datetime
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from emulator.entra import errors, federation
from emulator.entra.certificates import ClientCertificate
from emulator.entra.records import Application

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Seconds by which the clocks of client and server may differ.
CLOCK_SKEW = 300
#: The first second that no calendar has; NaN and infinity are not below it either.
_NO_TIME = 253402300800
#: What PyJWT is not to check itself, because the refusals differ from claim to claim.
_SIGNATURE_ONLY = cast(Options, {"verify_" + name: False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")})


def read(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, nothing verified yet."""
    try:
        header = jwt.get_unverified_header(assertion)
        claims = jwt.decode(assertion, options={"verify_signature": False, **_SIGNATURE_ONLY})
    except (jwt.PyJWTError, ValueError, TypeError):
        raise errors.SignInError(errors.ASSERTION_MALFORMED) from None
    return header, claims


def verify(core: Any, application: Application, assertion: str, audiences: list[str]) -> None:
    """Raises unless the assertion proves that the caller is the application.

    An assertion whose issuer is an URL is a token of a foreign issuer; any other is one of the application's own. (A
    thumbprint in the header tells nothing: tokens of GitHub Actions have one.)
    """
    header, claims = read(assertion)
    if str(claims.get("iss", "")).startswith("https://"):
        _verify_federated(core, application, assertion, header, claims)
    else:
        _verify_own(core, application, assertion, header, claims, audiences)


def _verify_own(
    core: Any,
    application: Application,
    assertion: str,
    header: dict[str, Any],
    claims: dict[str, Any],
    audiences: list[str],
) -> None:
    if claims.get("iss") != claims.get("sub"):
        raise errors.SignInError(errors.ASSERTION_SUBJECT)
    if str(claims.get("sub", "")).lower() != application.client_id.lower():
        raise errors.SignInError(errors.ASSERTION_CLIENT)
    now = federation.now_of(core)
    certificate = _certificate(application, header)
    _check_signature(certificate, assertion, header, now)
    if claims.get("aud") not in audiences:
        raise errors.SignInError(errors.ASSERTION_AUDIENCE, audience=claims.get("aud"), expected=audiences[0])
    _check_times(claims, now)


def _verify_federated(
    core: Any, application: Application, assertion: str, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    """A federated credential must have the assertion's issuer, audience and subject, all in the same letters; the
    issuer's key must fit.

    Rules: "Workload identity federation concepts". In Entra ID the issuer's keys are fetched; here they are those of
    `federation`.
    """
    issuers = core.sign_in_state.issuers
    if not application.federated_credentials:
        raise errors.SignInError(errors.FEDERATION_NONE, client_id=application.client_id)
    issuer, subject = str(claims.get("iss")), claims.get("sub")
    trusted = [each for each in application.federated_credentials if issuers.url(each.issuer) == issuer]
    if not trusted:
        raise errors.SignInError(errors.FEDERATION_ISSUER, issuer=issuer)
    key = issuers.key_of(issuer, str(header.get("kid", "")))
    if key is None:
        raise errors.SignInError(
            errors.FEDERATION_SIGNATURE, reason="the issuer has not published the key that the assertion names."
        )
    try:
        jwt.decode(assertion, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)
    except jwt.PyJWTError:
        raise errors.SignInError(
            errors.FEDERATION_SIGNATURE, reason=f"the {header.get('alg')} signature does not match."
        ) from None
    _check_times(claims, federation.now_of(core))
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    trusted = [each for each in trusted if set(each.audiences) & {str(name) for name in named}]
    if not trusted:
        raise errors.SignInError(errors.FEDERATION_AUDIENCE, audience=audience)
    if subject not in [each.subject for each in trusted]:
        raise errors.SignInError(errors.FEDERATION_SUBJECT, subject=subject)


def _certificate(application: Application, header: dict[str, Any]) -> ClientCertificate:
    """The registered certificate that the header names by `x5t#S256` or `x5t`, with or without `=` padding."""
    sha256, sha1 = (str(header.get(name, "")).rstrip("=") for name in ("x5t#S256", "x5t"))
    for certificate in application.certificates:
        if sha256 == certificate.sha256 or (not sha256 and sha1 == certificate.sha1):
            return certificate
    raise errors.SignInError(
        errors.ASSERTION_SIGNATURE, reason="no registered certificate has it.", thumbprint=sha256 or sha1
    )


def _check_signature(certificate: ClientCertificate, assertion: str, header: dict[str, Any], now: float) -> None:
    problem = None
    if (
        not certificate.certificate.not_valid_before_utc.timestamp()
        <= now
        < certificate.certificate.not_valid_after_utc.timestamp()
    ):
        problem = "the certificate has expired."
    else:
        try:
            key = cast(rsa.RSAPublicKey, certificate.certificate.public_key())
            jwt.decode(assertion, key, algorithms=["PS256", "RS256"], options=_SIGNATURE_ONLY)
        except jwt.PyJWTError:
            problem = f"the {header.get('alg')} signature does not match."
    if problem:
        raise errors.SignInError(errors.ASSERTION_SIGNATURE, reason=problem, thumbprint=certificate.sha1)


def _check_times(claims: dict[str, Any], now: float) -> None:
    """`exp` is needed, `nbf` is not; both may have fractions (clients send floats)."""
    try:
        expires = float(claims["exp"])
        starts = float(claims.get("nbf", claims.get("iat", now)))
    except (KeyError, TypeError, ValueError):
        raise errors.SignInError(errors.ASSERTION_MALFORMED) from None
    if not (0 <= expires < _NO_TIME and 0 <= starts < _NO_TIME):
        raise errors.SignInError(errors.ASSERTION_MALFORMED)
    if now >= expires + CLOCK_SKEW or now < starts - CLOCK_SKEW:
        raise errors.SignInError(errors.ASSERTION_TIME, now=_text(now), expires=_text(expires))


def _text(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()
