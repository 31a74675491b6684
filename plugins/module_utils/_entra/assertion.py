# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Federated client assertions: a token of somebody else's (a pipeline, a cluster) that stands for the application's own
credential.

They live for minutes, so they are fetched at the moment at which they are sent, and never kept. Sources: Microsoft
Entra documentation, "Workload identity federation" and "Microsoft identity platform application authentication
certificate credentials"; GitHub documentation, "OpenID Connect reference" (the two variables of a job, the query
parameter audience, the member value).
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._common import files as private_files
from .._common import http
from .._common.errors import SignInError
from .._common.foreign import parse_json
from .._common.options import token_problem
from .._common.secrets import Secret, Secrets, digest
from .._common.token_claims import read_claims, utc
from .observed import observed
from .settings import Settings

SHOWN = ("iss", "sub", "aud")
"""The claims that Entra compares with the federated credential. They name a repository or a pod, and are no secret."""


class AssertionSource:
    """The assertion of one sign-in.

    :param secrets: learns every assertion, so that none is shown.
    """

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self.settings = settings
        self.secrets = secrets
        self._claims: dict[str, t.Any] = {}

    def fetch(self) -> str:
        """An assertion, as fresh as there is one. :raises SignInError, TransportError:"""
        settings = self.settings
        if settings.client_assertion is not None:
            assertion = settings.client_assertion.reveal()
        elif settings.client_assertion_file:
            assertion = _of_file(settings.client_assertion_file)
        else:
            assertion = self._of_job()
        self.secrets.add(assertion)
        self._claims = read_claims(assertion)
        return assertion

    def identity(self) -> dict[str, t.Any]:
        """What a cached access token depends on: the very assertion, and for a job of GitHub Actions, which gets
        another one each time, the right to ask for it. That an assertion says whom it speaks for is not enough, because
        anybody can write that."""
        settings = self.settings
        if settings.client_assertion_request is not None:
            url, token = settings.client_assertion_request
            return {"kind": "github", "url": url, "token": digest(token)}
        try:
            assertion = settings.client_assertion or Secret(_of_file(str(settings.client_assertion_file)))
        except SignInError:
            return {"kind": "unreadable", "file": settings.client_assertion_file}
        return {"kind": "assertion", "text": digest(assertion)}

    def described(self) -> str:
        """The three claims of the assertion that was sent last, for a message; empty when they cannot be read."""
        named = [f"{name} {self._claims[name]!r}" for name in SHOWN if self._claims.get(name)]
        expires = self._claims.get("exp")
        if isinstance(expires, (int, float)):
            named.append(f"valid until {utc(expires)}")
        return f"The assertion says: {', '.join(named)}." if named else ""

    def _of_job(self) -> str:
        """An id token of the GitHub Actions job that this runs in."""
        url, token = t.cast("tuple[str, t.Any]", self.settings.client_assertion_request)
        settings = self.settings
        address = f"{url}{'&' if '?' in url else '?'}audience={quote(settings.cloud.assertion_audience, safe='')}"
        try:
            seen = observed(settings, self.secrets)
            with http.sign_in_session(settings.verify, settings.timeout, seen=seen) as session:
                answer = session.get(
                    address, headers={"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
                )
        except (http.requests.exceptions.RequestException, OSError) as exc:
            raise http.explain(exc, url, settings.verify) from None
        if answer.status_code != 200:
            raise SignInError(
                f"GitHub issued no ID token for this job (HTTP {answer.status_code}). Give the job permissions: "
                "id-token: write. The token is available only while the job runs.",
                error_class="assertion_source",
                http_status=answer.status_code,
            )
        try:
            value = parse_json(answer.content)["value"]
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str) or not value:
            raise SignInError("The response of GitHub's token service has no ID token.", error_class="assertion_source")
        return value


def _of_file(path: str) -> str:
    """The assertion in a file that somebody else renews, read anew each time."""
    try:
        text = private_files.read(path)[0].decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SignInError(
            f"client_assertion_file {path!r} cannot be read ({type(exc).__name__}).", error_class="assertion_source"
        ) from None
    wrong = token_problem("client_assertion", f"client_assertion_file {path!r}: its content", text)
    if wrong:
        raise SignInError(str(wrong), error_class="assertion_source", reason=wrong.reason)
    if not text or any(char.isspace() for char in text):
        raise SignInError(
            f"client_assertion_file {path!r} is empty or holds more than one token. The program that writes "
            "it may not have done so yet.",
            error_class="assertion_source",
        )
    return text
