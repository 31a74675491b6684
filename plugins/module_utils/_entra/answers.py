# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Answers of a sign-in host: the http client that msal gets, and whether what came is of the documented types.

msal takes an answer as it comes, and fails somewhere inside with whatever error when a number is where a text
belongs. So it is judged here, before msal sees it. Sources: RFC 6749, sections 5.1 and 5.2; RFC 8628, section 3.2;
Microsoft Entra documentation, "OAuth 2.0 authorization code flow" (errors).
"""

from __future__ import annotations

import json
import math
import typing as t

from .._common import http
from .._common.errors import SignInError
from .._common.foreign import parse_json
from .._common.interruption import UNINTERRUPTED, Interrupted, Stopper

LONGEST_LIFE = 10 * 366 * 24 * 3600
"""Seconds; nothing that a sign-in host gives lives for longer."""


def _text(value: t.Any) -> bool:
    return isinstance(value, str)


def _secret(value: t.Any) -> bool:
    """A token goes into a header, or into a form."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable() and " " not in value


def _seconds(value: t.Any) -> bool:
    """A number, also as a text, as older endpoints write it."""
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) < 12 and int(value) <= LONGEST_LIFE
    return isinstance(value, (int, float)) and math.isfinite(value) and 0 <= value <= LONGEST_LIFE


def _codes(value: t.Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(code, int) or (isinstance(code, str) and code.isascii() and code.isdigit()) for code in value
    )


DOCUMENTED: dict[str, t.Callable[[t.Any], bool]] = {
    **dict.fromkeys(("access_token", "refresh_token", "id_token", "device_code"), _secret),
    **dict.fromkeys(("expires_in", "ext_expires_in", "refresh_in", "interval"), _seconds),
    "error_codes": _codes,
    **dict.fromkeys(
        (
            *(
                "token_type",
                "scope",
                "client_info",
                "error",
                "error_description",
                "suberror",
                "correlation_id",
                "timestamp",
                "trace_id",
                "claims",
            ),
            *("user_code", "verification_uri", "verification_url", "message"),
            *("token_endpoint", "authorization_endpoint", "device_authorization_endpoint", "issuer"),
        ),
        _text,
    ),
}
"""Members of the answers, and what each has to be when it is there. Others are nobody's concern."""


def documented(answer: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    """The members of an answer that are as documented, and the names of those that are not. A null is as good as
    none."""
    if not isinstance(answer, dict):
        return {}, ["the response itself"]
    there = {name: value for name, value in answer.items() if value is not None}
    wrong = [name for name, value in there.items() if name in DOCUMENTED and not DOCUMENTED[name](value)]
    if isinstance(there.get("token_type"), str) and there["token_type"].lower() != "bearer":
        wrong.append("token_type")
    if there.get("access_token") and there.get("error"):
        wrong += ["access_token", "error"]
    return {name: value for name, value in there.items() if name not in wrong}, sorted(set(wrong))


def not_understood(who: str, what: str, status: int | None = None) -> SignInError:
    """The error for an answer that nobody can have meant."""
    return SignInError(
        f"Sign-in of {who}: the response of the sign-in host was not recognized ({what}). A proxy may be in between, "
        "or authority_host is wrong.",
        error_class="not_understood",
        http_status=status,
    )


class RecordingClient:
    """msal's http client. Remembers the last status and JSON, or why there was none, because msal throws them away
    for some failures.

    :param who: application and tenant, for messages.
    :param interruption: asked before each request.
    """

    def __init__(self, session: t.Any, who: str, interruption: Stopper = UNINTERRUPTED) -> None:
        self._session = session
        self._interruption = interruption
        self._subject = who
        self.last: tuple[int | None, t.Any] = (None, None)
        self.broken: Exception | None = None
        self.html = False
        self.retry_after = 0.0

    def get(self, url: str, **kwargs: t.Any) -> t.Any:
        """One GET. :raises SignInError: the answer is not understood; Interrupted: it was not sent."""
        return self._remember("GET", url, **kwargs)

    def post(self, url: str, **kwargs: t.Any) -> t.Any:
        """One POST. :raises SignInError: the answer is not understood; Interrupted: it was not sent."""
        return self._remember("POST", url, **kwargs)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _remember(self, method: str, url: str, **kwargs: t.Any) -> t.Any:
        why = self._interruption.reached()
        if why:
            raise Interrupted(f"Sign-in of {self._subject} was stopped. {why}")
        try:
            response = self._session.request(method, url, **kwargs)
        except http.requests.exceptions.RequestException as exc:
            self.broken = exc
            raise
        try:
            self.retry_after = max(0.0, float(response.headers.get("Retry-After", "0")))
        except ValueError:
            self.retry_after = 0.0
        if not math.isfinite(self.retry_after):
            self.retry_after = 0.0
        try:
            answer = parse_json(response.content)
        except ValueError:
            answer = None
        self.last = (response.status_code, None)
        self.html = answer is None and "html" in response.headers.get("Content-Type", "").lower()
        if answer is None:
            return response
        members, wrong = documented(answer)
        if response.status_code != 200 and members.pop("access_token", None):
            wrong.append(f"a token with HTTP {response.status_code}")
        if wrong and response.status_code < 500 and response.status_code != 429:
            raise not_understood(self._subject, ", ".join(wrong), response.status_code)
        self.last = (response.status_code, members)
        # msal reads what is understood, and no guess at an encoding.
        response._content, response.encoding = json.dumps(members).encode(), "utf-8"
        return response
