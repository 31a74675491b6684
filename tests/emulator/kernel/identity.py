"""Who an access token speaks for: what the service that issues tokens and the services that take them have in
common."""

from __future__ import annotations

from dataclasses import dataclass


class TokenError(Exception):
    """An access token is not accepted.

    `reason` is one of missing, malformed, signature, expired, not_yet_valid, audience_retired, audience.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Identity:
    """Who a verified token speaks for.

    `mfa` is True or False as the `amr` claim says, and None where the token has no such claim. `upn` is None for an
    application.
    """

    kind: str
    mfa: bool | None
    object_id: str
    upn: str | None
    client_id: str
    tenant_id: str
