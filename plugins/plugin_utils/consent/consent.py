# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Consent of the service account: from a person with the MFA device to a refresh token that has been tried.

msal does the protocol (PKCE, state, nonce). What it leaves open is decided here: whether the token that came is one
that the unattended runs can use. That is found out by using it, before anything is stored. Sources: Microsoft Entra
documentation, "OAuth 2.0 authorization code flow" and "OAuth 2.0 device authorization grant".
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from ...module_utils._common.errors import CollectionError, Defect, SignInError, TransportError
from ...module_utils._common.identifiers import upn_key
from ...module_utils._common.secrets import Secret
from ...module_utils._common.token_claims import read_claims
from ...module_utils._entra.claims import is_app_only
from ...module_utils._entra.tokens import HOPELESS, TokenSource, scope_of
from .loopback import Listener, Page

ASK_FOR_MFA = "&amr_values=mfa"
"""Makes Entra ask for the second factor although the browser may have a session without one; msal has no parameter for
it."""


@dataclass(frozen=True)
class Consent:
    """What came of a sign-in: the token, whose it is, and what can be seen of how it was made (None: cannot be
    seen)."""

    refresh_token: Secret
    user_principal_name: str | None
    tenant_id: str | None
    mfa: bool | None


class FirstConsent:
    """One interactive sign-in.

    :param source: the application and its credential.
    :param show: displays lines to the person.
    :param expected: the account that has to sign in; None takes any.
    :param store: puts the token where it belongs; its words end up on the page of the browser.
    """

    def __init__(
        self,
        source: TokenSource,
        show: t.Callable[[str], None],
        expected: str | None,
        store: t.Callable[[Consent], str],
    ) -> None:
        self.source = source
        self.show = show
        self.expected = expected
        self.store = store

    def in_browser(self, port: int, seconds: float, open_browser: t.Callable[[str], t.Any] | None) -> Consent:
        """Authorization code with a listener on this machine. :raises CollectionError:"""
        try:
            listener = Listener(port)
        except OSError:
            raise SignInError(
                f"Port {port} of this machine is in use or not permitted, so the browser cannot return to this "
                "playbook. Stop the other program, or set redirect_port and add that address to the application's "
                "redirect URIs.",
                error_class="redirect_port",
            ) from None
        try:
            return self._in_browser(listener, seconds, open_browser)
        finally:
            listener.close()

    def _in_browser(self, listener: Listener, seconds: float, open_browser: t.Callable[[str], t.Any] | None) -> Consent:
        source = self.source
        hint = {"login_hint": self.expected} if self.expected else {}
        flow = source.patiently(
            lambda app: app.initiate_auth_code_flow(
                [scope_of(source.settings)], redirect_uri=listener.redirect_uri, prompt="select_account", **hint
            )
        )
        for name in ("code_verifier", "nonce"):
            source.secrets.add(flow.get(name))
        address = flow["auth_uri"] + ASK_FOR_MFA
        outcome: list[Consent | CollectionError] = []

        def work(values: dict[str, str]) -> Page:
            source.secrets.add(values.get("code"))
            try:
                consent, words = self._finish(self._redeem_code(flow, values))
            except CollectionError as exc:
                outcome.append(exc)
                return Page("failed", "No refresh token was stored", exc.message)
            except Exception as exc:  # an unknown text may hold anything
                outcome.append(Defect(exc))
                return Page("failed", "No refresh token was stored", f"Internal error: {type(exc).__name__}.")
            outcome.append(consent)
            return Page("done", "Signed in", f"{words} You can close this window.")

        self.show(
            "Open this address in a private window of a browser on this machine, and sign in as the service account, "
            f"with MFA:\n\n{address}\n\n"
            f"The browser returns to {listener.redirect_uri}. This waits for {seconds:.0f} seconds."
        )
        if open_browser is not None:
            open_browser(address)
        if not listener.wait(str(flow["state"]), work, seconds):
            raise SignInError(
                f"The browser did not return within {seconds:.0f} seconds. Nothing was stored. If the browser "
                f"shows AADSTS50011, the application has no redirect URI {listener.redirect_uri} of type Web. If it "
                "runs on another machine, it cannot reach this one: forward the port (ssh -L "
                f"{listener.port}:localhost:{listener.port}), or run this where the browser is.",
                error_class="not_signed_in",
            )
        if isinstance(outcome[0], CollectionError):
            raise outcome[0]
        return outcome[0]

    def _redeem_code(self, flow: t.Mapping[str, t.Any], values: dict[str, str]) -> t.Mapping[str, t.Any]:
        if values.get("error") == "access_denied":
            raise SignInError(
                "The sign-in was declined in the browser; nothing was stored. "
                + _said(values, self.source.secrets.scrub),
                error_class="declined",
            )
        if "error" in values:
            raise self.source.refused(values)
        return self.source.once(lambda app: app.acquire_token_by_auth_code_flow(dict(flow), values))

    def by_device_code(self, seconds: float) -> Consent:
        """A code that is typed in on another device. :raises CollectionError:"""
        source = self.source
        flow = dict(source.patiently(lambda app: app.initiate_device_flow([scope_of(source.settings)])))
        if "user_code" not in flow:
            raise source.refused(flow)
        source.secrets.add(flow.get("device_code"))
        seconds = min(seconds, float(flow.get("expires_in", seconds)))
        end = time.time() + seconds
        flow["expires_at"] = min(float(flow.get("expires_at", end)), end)
        self.show(
            f"Open {flow['verification_uri']} on any device, enter the code {flow['user_code']}, and sign in as the "
            f"service account, with MFA. This waits for {seconds:.0f} seconds."
        )
        answer = self._poll(flow)
        error = answer.get("error")
        if error in ("authorization_pending", "slow_down", "expired_token", "code_expired"):
            raise SignInError(
                f"The sign-in was not finished within {seconds:.0f} seconds. Nothing was stored. Start again for a new "
                "code.",
                error_class="not_signed_in",
            )
        if error in ("authorization_declined", "access_denied"):
            raise SignInError(
                "The sign-in was declined on the other device; nothing was stored.", error_class="declined"
            )
        return self._finish(answer)[0]

    def _poll(self, flow: dict[str, t.Any]) -> t.Mapping[str, t.Any]:
        """Ask until there is an answer. A connection that breaks is no reason to send the person back to the start: ask
        on, less often (RFC 8628, section 3.5).

        :param flow: msal's, until its ``expires_at`` (epoch seconds). :raises CollectionError:
        """
        while True:
            try:
                return self.source.once(lambda app: app.acquire_token_by_device_flow(flow))
            except CollectionError as exc:
                interval = float(flow.get("interval", 5))
                kind = exc.details.get("error_class")
                passing = kind not in HOPELESS if isinstance(exc, TransportError) else kind == "transient"
                if not passing or time.time() + interval >= flow["expires_at"]:
                    raise
                flow["interval"] = 2 * interval
                time.sleep(interval)

    def _finish(self, answer: t.Mapping[str, t.Any]) -> tuple[Consent, str]:
        """Judge what came, try it, store it. :raises CollectionError: nothing was stored."""
        grant = self.source.granted(answer)
        if grant.refresh_token is None:
            raise SignInError(
                "The sign-in returned no refresh token, so nothing was stored. Ask an administrator whether the "
                "application may be granted offline_access.",
                error_class="no_refresh_token",
            )
        consent = _judged(grant.access_token, grant.refresh_token, self.expected)
        # The unattended runs will do just this. A token that they cannot redeem would be found out in the night.
        self.source.redeem(grant.refresh_token)
        return consent, self.store(consent)


def _judged(access_token: str, refresh_token: Secret, expected: str | None) -> Consent:
    """What the access token says about the sign-in. :raises SignInError: Partner Center would not accept it."""
    claims = read_claims(access_token)
    name = claims.get("upn") or claims.get("unique_name") or claims.get("preferred_username")
    methods = claims.get("amr")
    mfa = "mfa" in methods if isinstance(methods, list) else None
    if claims and is_app_only(claims):
        raise SignInError("The token is app-only; nothing was stored.", error_class="app_only")
    if expected and name and upn_key(str(name)) != upn_key(expected):
        raise SignInError(
            f"{name} signed in, and {expected} was expected; nothing was stored. Use a private window, so that the "
            "browser does not choose an account.",
            error_class="wrong_account",
        )
    if mfa is False:
        raise SignInError(
            f"{name or 'The account'} signed in without MFA (the token has {', '.join(map(str, methods or ()))}); "
            "nothing was stored, because Partner Center rejects such tokens (401, code 900421). Register MFA for the "
            "account and require it with a Conditional Access policy; a federated identity provider must pass the "
            "claim on.",
            error_class="no_mfa",
        )
    return Consent(refresh_token, str(name) if name else None, claims.get("tid"), mfa)


def _said(values: t.Mapping[str, str], scrub: t.Callable[[str], str]) -> str:
    words = scrub(values.get("error_description", "")).split("Trace ID")[0].strip()[:300]
    return f"Entra said: {words}" if words else ""
