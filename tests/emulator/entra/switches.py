"""Behaviours of the sign-in server that tests may change while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.entra import errors

#: name -> (default, description). The control server lists and accepts exactly these names.
SWITCHES: dict[str, tuple[Any, str]] = {
    "access_token_lifetime": (
        None,
        "seconds that an access token lives; null takes a random value from 3600 to 5400 for each token",
    ),
    "access_token_opaque": (False, "access tokens are encrypted, so that a client cannot read their claims"),
    "access_token_without_amr": (False, "access tokens of users carry no amr claim at all"),
    "access_token_v2_format": (
        False,
        "access tokens have the claims of the v2.0 format (azp, preferred_username, no amr, no upn)",
    ),
    "access_token_nbf_delay": (
        0,
        "seconds by which nbf lies after the moment of issue (a server whose clock is ahead)",
    ),
    "rotate_refresh_tokens": (True, "each redemption of a refresh token answers a new one"),
    "revoke_refresh_token_on_use": (
        False,
        "a redeemed refresh token is revoked at once (stricter than the real service)",
    ),
    "refresh_token_lifetime": (90 * 86400, "seconds that a refresh token can be redeemed after its own issue"),
    "token_request_loop_limit": (
        0,
        "identical redemptions within five minutes of emulator time that are still answered; 0 is without limit",
    ),
    "token_response_without": (
        [],
        'names of members left out of successful token answers, for example ["refresh_token"]',
    ),
    "token_response_empty": (False, "successful token answers are the empty object {}"),
    "assertion_clock": (
        "host",
        "the clock that client assertions are judged by: 'host' is the machine's, so that moving the emulator's clock "
        "does not outdate the assertions of clients that know nothing of the move; 'emulator' is the movable one",
    ),
    "sign_in_mfa": (
        "always",
        "when the sign-in page asks for the second factor: always, when the client asks for it (amr_values), or never",
    ),
    "mfa_on_redemption": (False, "refresh tokens of sign-ins without a second factor are refused with 50076"),
    "sign_in_frequency": (
        None,
        "seconds after a sign-in that a policy ends its refresh tokens (70043); null is no policy",
    ),
    "conditional_access": (
        None,
        "number of a Conditional Access refusal (53003, 53000, 50131, ...) for every sign-in and redemption; null is "
        "none",
    ),
    "authorization_code_lifetime": (600, "seconds that an authorization code can be redeemed"),
    "device_code_lifetime": (900, "seconds that a device code lives"),
    "device_code_interval": (5, "seconds between two polls, as the device code endpoint tells them"),
    "device_code_enforce_interval": (
        False,
        "polls that come sooner than the interval (of the machine's clock) are answered slow_down",
    ),
    "device_code_with_secret": (
        "public",
        "kind of the refresh token when an application that allows public client flows redeems a device code with its "
        "credential",
    ),
    "lockout_threshold": (10, "wrong passwords in a row that lock an account for a minute of emulator time"),
}


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _seconds_or_null(value: Any) -> bool:
    return value is None or (_count(value) and value > 0)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


#: name -> whether a value fits.
CHECKS: dict[str, Callable[[Any], bool]] = {
    "access_token_lifetime": _seconds_or_null,
    "access_token_opaque": _boolean,
    "access_token_without_amr": _boolean,
    "access_token_v2_format": _boolean,
    "access_token_nbf_delay": _count,
    "rotate_refresh_tokens": _boolean,
    "revoke_refresh_token_on_use": _boolean,
    "refresh_token_lifetime": _count,
    "token_request_loop_limit": _count,
    "token_response_without": _names,
    "token_response_empty": _boolean,
    "sign_in_mfa": lambda value: value in ("always", "requested", "never"),
    "mfa_on_redemption": _boolean,
    "sign_in_frequency": _seconds_or_null,
    "conditional_access": lambda value: value is None or value in errors.CONDITIONAL_ACCESS_KINDS,
    "authorization_code_lifetime": _count,
    "device_code_lifetime": _count,
    "device_code_interval": _count,
    "device_code_enforce_interval": _boolean,
    "device_code_with_secret": lambda value: value in ("public", "confidential"),
    "lockout_threshold": lambda value: _count(value) and value > 0,
    "assertion_clock": lambda value: value in ("host", "emulator"),
}


def switch(core: Any, name: str) -> Any:
    """The current value of a switch, or its default when the core does not know it (or holds null)."""
    value = core.switches.get(name)
    return SWITCHES[name][0] if value is None else value
