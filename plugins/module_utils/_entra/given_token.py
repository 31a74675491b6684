# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""An access token that the task gives, so that nobody signs in."""

from __future__ import annotations

import threading

from .._common.secrets import Secret, Secrets
from .claims import refuse_unusable


class GivenToken:
    """Hands it out, once it is checked; safe to use from several threads.

    :param operation: what the token is for, in messages.
    :param app_only_allowed: whether the operation is documented for app-only tokens.
    """

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
