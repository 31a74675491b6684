# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Signs in to Entra ID and hands out access tokens.

msal does the protocol. It is imported only when a token is fetched, gets our own http client, and is built anew for
each attempt, because it answers a repeated identical request from memory for a while after an error. Sources: msal's
documentation; Microsoft Entra documentation, "OAuth 2.0 authorization code flow", "Certificate credentials".
"""

from __future__ import annotations

import threading
import time
import typing as t

from .._common import files as private_files
from .._common import http
from .._common.errors import CollectionError, SignInError, TransportError
from .._common.identifiers import guid_key
from .._common.secrets import Secret, Secrets, digest
from .._common.version import VERSION
from .._common.waits import WaitBudget, pause
from .answers import RecordingClient, documented, not_understood
from .assertion import AssertionSource
from .claims import refuse_unusable
from .msal_client import _credential, _file_digest, _import_msal
from .observed import observed
from .refresh_token_file import DAY, WARN_DAYS, RefreshTokenFile, aging
from .refusals import TRANSIENT, cause_name, refusal
from .settings import Settings
from .token_cache import TokenCache, default_directory

ATTEMPTS = 3
"""Token requests in all, when the sign-in host is not reached, throttles or fails."""
HOPELESS = frozenset({"tls", "proxy", "html", "redirect", *http.BEYOND_BOUNDS})
"""The classes of connections that fail the same way the next time."""
OF_THE_TOKEN = frozenset({"expired", "revoked", "grant", "mfa", "sign_in_frequency", "spa_redirect"})
"""The classes of refusals that another refresh token may not meet with."""
NOT_STORED = (
    "The refresh token is due for rotation, but could not be stored: {why}. The old one stays valid until it is 90 "
    "days old; fix this before then."
)
NOT_CACHED = (
    "token_cache has no effect, so every task signs in again: {why}. Set token_cache_path to a folder that only this "
    "user can write to."
)


class Grant(t.NamedTuple):
    """What a redemption gives: an access token, the epoch second of its end, and the next refresh token if any."""

    access_token: str
    expires_on: float
    refresh_token: Secret | None


class TokenSource:
    """Access tokens for one run, by signing in; safe to use from several threads.

    :param operation: what the token is for, in messages.
    :param app_only_allowed: whether the operation is documented for app-only tokens.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        budget: WaitBudget,
        *,
        operation: str,
        app_only_allowed: bool = False,
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self.budget = budget
        self.operation = operation
        self.app_only_allowed = app_only_allowed
        self.expires_on: float | None = None
        self._token: str | None = None
        self._lock = threading.Lock()
        self._assertions = AssertionSource(settings, secrets) if settings.federated else None
        if settings.auth_method == "client_credentials" and not app_only_allowed:
            raise SignInError(
                f"{operation} needs App+User authentication (a refresh token obtained with MFA). auth_method "
                "client_credentials is supported only by customer_info.",
                error_class="app_only",
            )

    def get(self) -> str:
        """A token, checked for what can be seen without the service. :raises SignInError, TransportError:"""
        with self._lock:
            if self._token is None or (self.expires_on is not None and self.expires_on <= time.time() + 30):
                self._token = self._obtain(None)
            return self._token

    def renew(self, rejected: str) -> str | None:
        """A token other than the rejected one. :raises SignInError, TransportError:"""
        with self._lock:
            if self._token in (None, rejected):
                self._token = self._obtain(rejected)
            return self._token

    def _obtain(self, rejected: str | None) -> str:
        if self.settings.token_cache:
            token, self.expires_on, seen = self._cache(self.settings.refresh_token).get(self._fetch, rejected)
            age = (time.time() - seen) / DAY
            if (
                self.settings.auth_method == "refresh_token"
                and self.settings.refresh_token_file is None
                and age >= WARN_DAYS
            ):
                self.settings.notify(aging(age, "this sign-in"))
        else:
            token, self.expires_on = self._fetch()
        self.secrets.add(token)
        refuse_unusable(token, operation=self.operation, app_only_allowed=self.app_only_allowed)
        return token

    def _cache(self, refresh_token: Secret | None) -> TokenCache:
        return cache_of(self.settings, self.secrets, refresh_token)

    def _fetch(self) -> tuple[str, float]:
        """A token from Entra and the epoch second at which it ends."""
        grant = self._grant()
        return grant.access_token, grant.expires_on

    def _grant(self) -> Grant:
        settings = self.settings
        if settings.refresh_token_file is None:
            return self.redeem(settings.refresh_token)
        store = RefreshTokenFile(settings.refresh_token_file, interruption=settings.interruption)
        if settings.rotate_after is not None and store.due(settings.rotate_after):
            rotated = self._rotate_stored(store, settings.rotate_after)
            if rotated is not None:
                return rotated
        return self._redeem_stored(store)

    def _rotate_stored(self, store: RefreshTokenFile, rotate_after: int) -> Grant | None:
        """Redeem the stored token and store the one that comes with the answer; None when another process has just done
        so, or nobody can."""
        try:
            with store.lock():
                current = store.read()
                if current is None or not store.due(rotate_after):
                    return None
                try:
                    grant = self.redeem(current)
                except SignInError as refused:
                    if refused.details.get("error_class") in OF_THE_TOKEN:
                        return None  # the caller knows what else can be tried
                    raise
                if grant.refresh_token is None:
                    self.settings.notify("Entra returned no new refresh token, so the stored one could not be rotated.")
                    return grant
                if self.settings.token_cache:
                    # Before the file names the new token: whoever reads that file next finds this access token, and
                    # need not sign in.
                    self._cache(grant.refresh_token).store(grant.access_token, grant.expires_on)
                try:
                    store.rotate(current, grant.refresh_token)
                except OSError as exc:
                    self.settings.notify(NOT_STORED.format(why=private_files.reason(exc)))
                return grant
        except OSError as exc:
            self.settings.notify(NOT_STORED.format(why=private_files.reason(exc)))
            return None

    def _redeem_stored(self, store: RefreshTokenFile) -> Grant:
        """Redeem the stored token, or if that is refused the one before it, which is kept until its successor has
        worked once."""
        try:
            current = store.read() or self.settings.refresh_token
        except OSError:
            current = self.settings.refresh_token
        try:
            grant = self.redeem(current)
        except SignInError as refused:
            before = store.previous() if refused.details.get("error_class") in OF_THE_TOKEN else None
            if before is None or current is None:
                raise _with_age(refused, store) from None
            try:
                grant = self.redeem(before)
            except SignInError:
                raise _with_age(refused, store) from None
            self.settings.notify(
                "The rotated refresh token was rejected. The previous one works"
                + (
                    " and was restored."
                    if store.put_back(current)
                    else "; it is in refresh_token_file with the ending .previous and could not be restored."
                )
            )
            return grant
        if current is not None and store.previous() is not None:
            store.confirm(current)
        return grant

    def redeem(self, refresh_token: Secret | None) -> Grant:
        """One redemption, whatever there is in files. :raises SignInError, TransportError:"""
        return self.granted(self.patiently(lambda app: self._ask(app, refresh_token)))

    def granted(self, answer: t.Mapping[str, t.Any]) -> Grant:
        """What an answer of the token endpoint gives. :raises SignInError: it gives nothing."""
        members, wrong = documented(answer)
        if wrong or not (members.get("access_token") or members.get("error")):
            raise not_understood(self._subject(), ", ".join(wrong) or "neither a token nor an error")
        if not members.get("access_token"):
            raise self.refused(members)
        for name in ("access_token", "refresh_token", "id_token"):
            self.secrets.add(members.get(name))
        rotated = members.get("refresh_token")
        ends = time.time() + int(members.get("expires_in", 0))
        return Grant(members["access_token"], ends, Secret(rotated) if rotated else None)

    def refused(self, answer: t.Mapping[str, t.Any]) -> SignInError:
        """The error for an answer without a token; of an assertion it says what Entra compares."""
        error = refusal(answer, self._subject(), self.secrets.scrub)
        more = ""
        if error.details.get("error_class") == "assertion" and self._assertions:
            more = self._assertions.described()
        elif error.details.get("error_class") == "scope":
            more = f"The scope was {scope_of(self.settings)}."
        elif error.details.get("error_class") == "public_client" and self.settings.client_assertion_request:
            more = (
                "No credential is configured. The token of this GitHub job was used, because the job has the "
                "permission id-token: write."
            )
        return SignInError(self.secrets.scrub(f"{error.message} {more}"), **error.details) if more else error

    def _ask(self, app: t.Any, refresh_token: Secret | None) -> t.Mapping[str, t.Any]:
        if self.settings.auth_method == "client_credentials":
            return t.cast("dict[str, t.Any]", app.acquire_token_for_client([scope_of(self.settings)]))
        # options.resolve() guarantees the token for this method.
        token = t.cast(Secret, refresh_token).reveal()
        return t.cast("dict[str, t.Any]", app.acquire_token_by_refresh_token(token, [scope_of(self.settings)]))

    def patiently(self, call: t.Callable[[t.Any], t.Mapping[str, t.Any]]) -> t.Mapping[str, t.Any]:
        """Something that may be asked again while the sign-in host is not reached, throttles or fails. :raises
        SignInError, TransportError:"""
        attempt = 0
        while True:
            attempt += 1
            error: CollectionError
            seconds = pause(attempt)
            try:
                answer = self._with_application(call)
                if cause_name(answer) != TRANSIENT:
                    return answer
                error = self.refused(answer)
            except _Again as again:
                error, seconds = again.error, max(seconds, again.seconds)
            except TransportError as exc:
                if exc.details.get("error_class") in HOPELESS:
                    raise
                error = exc
            if attempt >= ATTEMPTS or not self.budget.wait(seconds):
                raise error

    def once(self, call: t.Callable[[t.Any], t.Mapping[str, t.Any]]) -> t.Mapping[str, t.Any]:
        """Something that cannot be asked again, because what it sends is used up by it. :raises SignInError,
        TransportError:"""
        try:
            return self._with_application(call)
        except _Again as again:
            raise again.error from None

    def _with_application(self, call: t.Callable[[t.Any], t.Mapping[str, t.Any]]) -> t.Mapping[str, t.Any]:
        """Something that a new msal application does; what goes wrong in it becomes an error of ours. :raises
        SignInError, TransportError, _Again:"""
        msal = _import_msal()
        settings = self.settings
        seen = observed(settings, self.secrets)
        session = http.sign_in_session(settings.verify, settings.timeout, seen=seen)
        client = RecordingClient(session, self._subject(), settings.interruption)
        authority = f"{settings.authority_host}/{settings.tenant_id}"
        try:
            arguments = {"authority": authority, "instance_discovery": False, "http_client": client}
            credential = (
                {"client_assertion": self._assertions.fetch} if self._assertions else _credential(settings, msal)
            )
            names = {"app_name": "tenantops.partner_center", "app_version": VERSION}
            if credential is None:
                app = msal.PublicClientApplication(settings.client_id, **arguments, **names)
            else:
                app = msal.ConfidentialClientApplication(
                    settings.client_id, client_credential=credential, **arguments, **names
                )
            return call(app)
        except CollectionError:
            raise
        except http.requests.exceptions.RequestException as exc:
            if client.broken is not None:
                raise http.explain(exc, authority, settings.verify) from None
            # Of msal about an answer that came: a status that it raises, or JSON that it cannot read.
            raise self._explain(exc, client) from None
        except Exception as exc:  # msal raises many types; none of their texts is safe to show
            raise self._explain(exc, client) from None

    def _explain(self, exc: Exception, client: RecordingClient) -> Exception:
        status, body = client.last
        if client.broken is not None:
            return http.explain(client.broken, self.settings.authority_host, self.settings.verify)
        if status is not None and (status == 429 or status >= 500):
            if isinstance(body, dict) and cause_name(body) == TRANSIENT:
                return _Again(self.refused(body), client.retry_after)
            return _Again(
                SignInError(
                    f"Sign-in of {self._subject()}: the sign-in host returned HTTP {status}. Run again later.",
                    error_class="transient",
                    http_status=status,
                ),
                client.retry_after,
            )
        if status is not None and 300 <= status < 400:
            return TransportError(
                f"Sign-in of {self._subject()}: the sign-in host returned a redirect. It was not followed, because it "
                "would receive the secret. Check authority_host.",
                error_class="redirect",
            )
        if isinstance(body, dict) and body.get("error"):
            return self.refused(body)
        if status is not None and body is None:
            return self._bad_answer(client)
        return SignInError(
            f"Sign-in of {self._subject()} failed inside msal ({type(exc).__name__}).", error_class="unknown"
        )

    def _bad_answer(self, client: RecordingClient) -> TransportError:
        page = "an HTML page" if client.html else "something that is not JSON"
        return TransportError(
            f"Sign-in of {self._subject()}: the sign-in host returned {page} (HTTP {client.last[0]}). A proxy is "
            "probably in between, or authority_host is wrong.",
            error_class="html" if client.html else "bad_json",
        )

    def _subject(self) -> str:
        settings = self.settings
        return (
            f"application {settings.client_id} in tenant {settings.tenant_id} at "
            f"{settings.authority_host.partition('//')[2]}"
        )


def scope_of(settings: Settings) -> str:
    """What the token is asked for."""
    suffix = "/.default" if settings.auth_method == "client_credentials" else "/user_impersonation"
    return settings.cloud.api_url + suffix


def cache_of(settings: Settings, secrets: Secrets, refresh_token: Secret | None) -> TokenCache:
    """Where the access token of this sign-in is kept. Everything that a token depends on is in the key, secrets as
    their hashes."""
    identity = {
        "authority": f"{settings.authority_host.lower()}/{guid_key(settings.tenant_id)}",
        "client_id": guid_key(settings.client_id),
        "scope": scope_of(settings),
        "api_url": settings.api_url.lower(),
        "secret": digest(settings.client_secret),
        "certificate": _file_digest(settings.client_certificate_path),
        "password": digest(settings.client_certificate_password),
        "assertion": AssertionSource(settings, secrets).identity() if settings.federated else None,
        "refresh_token": digest(refresh_token),
    }
    return TokenCache(
        settings.token_cache_path or default_directory(),
        identity,
        lambda why: settings.notify(NOT_CACHED.format(why=why)),
        settings.interruption,
    )


def _with_age(refused: SignInError, store: RefreshTokenFile) -> SignInError:
    """The same error; of a dead token it also says how old that is."""
    age = store.age_days()
    if refused.details.get("error_class") not in OF_THE_TOKEN or age is None:
        return refused
    return SignInError(f"{refused.message} The token in {store.path!r} is {int(age)} days old.", **refused.details)


class _Again(Exception):
    """A failure that is worth another attempt with a new msal application."""

    def __init__(self, error: SignInError, seconds: float) -> None:
        super().__init__(error.message)
        self.error = error
        self.seconds = seconds
