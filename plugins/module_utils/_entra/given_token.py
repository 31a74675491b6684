# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""An access token that the task gives, so that nobody signs in."""

from __future__ import annotations

import threading
import typing as t

from .._common.secrets import Secret, Secrets
from .._common.waits import WaitBudget
from .claims import refuse_unusable
from .settings import Settings

if t.TYPE_CHECKING:
    from .tokens import TokenSource


def tokens_of(
    settings: Settings, secrets: Secrets, budget: WaitBudget, *, operation: str, app_only_allowed: bool = False
) -> GivenToken | TokenSource:
    """Where a run has its access tokens from: the one that the task gives, or a sign-in.

    :raises SignInError: when the method can never do this operation.
    """
    if settings.access_token is not None:
        return GivenToken(settings.access_token, secrets, operation=operation, app_only_allowed=app_only_allowed)
    from .tokens import TokenSource  # a shipped module compiles whatever it imports, each time

    return TokenSource(settings, secrets, budget, operation=operation, app_only_allowed=app_only_allowed)


class GivenToken:
    """Hands it out, once it is checked; safe to use from several threads. When it ends is not known, but by what it
    says itself.

    :param operation: what the token is for, in messages.
    :param app_only_allowed: whether the operation is documented for app-only tokens.
    """

    expires_on: float | None = None

    def __init__(self, token: Secret, secrets: Secrets, *, operation: str, app_only_allowed: bool = False) -> None:
        self._token = token
        self._secrets = secrets
        self._operation = operation
        self._app_only_allowed = app_only_allowed
        self._checked = False
        self._lock = threading.Lock()

    def get(self) -> str:
        """The token, checked for what can be seen without the service. :raises SignInError:"""
        token = self._token.reveal()
        with self._lock:
            if not self._checked:
                self._secrets.add(token)
                refuse_unusable(token, operation=self._operation, app_only_allowed=self._app_only_allowed)
                self._checked = True
        return token

    def renew(self, rejected: str) -> str | None:
        """There is no other one."""
        return None
