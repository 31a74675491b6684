# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent, on the machine that runs ansible-playbook.

It is an action and no module for three reasons: a module cannot show an address while it runs, the browser has to come
back to the machine where the person sits, and the passwords of ansible-vault exist only here.
"""

from __future__ import annotations

import os
import typing as t
import webbrowser
from dataclasses import replace

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._common import files as private_files
from ..module_utils._common import http, paths
from ..module_utils._common.errors import CollectionError, Defect, OptionError, SignInError
from ..module_utils._common.failure import of_error
from ..module_utils._common.identifiers import upn_key
from ..module_utils._common.libraries import missing
from ..module_utils._common.module import option_problems
from ..module_utils._common.option_secrets import register
from ..module_utils._common.plausible import option_text_problems
from ..module_utils._common.problem import Problem
from ..module_utils._common.secrets import Secrets
from ..module_utils._common.token_claims import read_claims
from ..module_utils._common.waits import WaitBudget
from ..module_utils._entra.refresh_token_file import LIFETIME_DAYS, WARN_DAYS, RefreshTokenFile
from ..module_utils._entra.settings import ARGUMENT_SPEC, VARIABLES, Settings, resolve
from ..module_utils._entra.tokens import OF_THE_TOKEN, TokenSource
from ..module_utils._partner_center.declare.user import KINDS
from ..module_utils._partner_center.places import places
from ..plugin_utils.consent.consent import Consent, FirstConsent
from ..plugin_utils.consent.vault_file import VaultFile

display = Display()

OWN_SPEC: dict[str, dict[str, t.Any]] = {
    "flow": {"type": "str", "choices": ["authorization_code", "device_code"], "default": "authorization_code"},
    "user_principal_name": {"type": "str"},
    "vault_file": {"type": "path"},
    "vault_variable": {"type": "str", "default": "vault_partner_center_refresh_token"},
    "vault_id": {"type": "str"},
    "redirect_port": {"type": "int", "default": 8400},
    "sign_in_timeout": {"type": "int", "default": 600},
    "open_browser": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """Signs in with a person's help and stores the refresh token; nothing of it is in the result."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The task's result. Nothing gets past this as an exception, whose text Ansible would print."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        secrets = Secrets()
        spec = {**ARGUMENT_SPEC, **OWN_SPEC}
        register(secrets, self._task.args, spec, os.environ, VARIABLES)
        warnings: list[str] = []
        try:
            outcome = _Run(
                self._validated(spec), self._task.args, secrets, warnings, self._loader, self._task.check_mode
            ).run()
        except CollectionError as exc:
            outcome = of_error(exc)
        except Exception as exc:
            outcome = of_error(Defect(exc))
        if warnings:
            outcome["warnings"] = warnings
        result.update(secrets.clean(outcome))
        return result

    def _validated(self, spec: dict[str, dict[str, t.Any]]) -> dict[str, t.Any]:
        """The options in the types of the argument spec. :raises CollectionError: Ansible refuses them."""
        try:
            _result, params = self.validate_argument_spec(spec)
        except AnsibleError as exc:
            raise CollectionError(str(exc), reason=OptionError.REASON) from None
        return t.cast("dict[str, t.Any]", params)


class _Run:
    """One task."""

    def __init__(
        self,
        params: dict[str, t.Any],
        args: t.Mapping[str, t.Any],
        secrets: Secrets,
        warnings: list[str],
        loader: t.Any,
        check_mode: bool,
    ) -> None:
        self.params = params
        self.args = args
        self.given = set(args)
        self.secrets = secrets
        self.warnings = warnings
        self.loader = loader
        self.check_mode = check_mode
        self.vault: VaultFile | None = None
        self.file: RefreshTokenFile | None = None

    def run(self) -> dict[str, t.Any]:
        """The result. :raises CollectionError:"""
        settings = self._settings()
        source = TokenSource(settings, self.secrets, WaitBudget(settings.max_wait), operation="The consent")
        kept = None if self.params["force"] else self._kept(source)
        if kept is not None:
            return self._result(kept, changed=False)
        self._refuse_obstacle()
        if self.check_mode:
            return self._result(None, changed=True)
        first = FirstConsent(
            source,
            lambda text: display.display(text + "\n", stderr=True),
            self.params["user_principal_name"],
            self._store,
        )
        if self.params["flow"] == "device_code":
            consent = first.by_device_code(self.params["sign_in_timeout"])
        else:
            opener = webbrowser.open if self.params["open_browser"] else None
            consent = first.in_browser(self.params["redirect_port"], self.params["sign_in_timeout"], opener)
        if not settings.confidential:
            self.warnings.append(
                "The application is a public client, so its refresh token ends when the service account's password "
                "changes. That of a confidential application does not."
            )
        if consent.mfa is None:
            self.warnings.append(
                "The access token does not show whether the sign-in used MFA, which Partner Center requires."
            )
        return self._result(consent, changed=True)

    def _settings(self) -> Settings:
        """The options as a whole. :raises OptionError: with all problems at once."""
        if http.REQUESTS_IMPORT_ERROR:
            raise SignInError(
                "Python libraries are missing in the Python environment of ansible-playbook: "
                f"{', '.join(missing(('msal', 'cryptography'), 'requests'))}.",
                advice="Install them there.",
                error_class="missing_library",
            )
        params = self.params
        problems: list[str] = [*option_text_problems(self.args, {**ARGUMENT_SPEC, **OWN_SPEC}, KINDS)]
        settings = option_problems(lambda: resolve(params, _explicit(self.given), for_consent=True), problems)
        problems += paths.problems(places(params, settings))
        problems += [
            Problem(f"{name} is for an existing token; omit it here.", "contradiction")
            for name in ("access_token", "refresh_token")
            if params.get(name) is not None and name in self.given
        ]
        if params["auth_method"] not in ("auto", "refresh_token"):
            problems.append(
                Problem(
                    f"auth_method {params['auth_method']} needs no consent; that is for refresh tokens.",
                    "no_refresh_token",
                    option="auth_method",
                )
            )
        for name, low, high in (("redirect_port", 0, 65535), ("sign_in_timeout", 1, 3600)):
            if not low <= params[name] <= high:
                problems.append(Problem(f"{name} must be from {low} to {high}.", "out_of_range", option=name))
        upn = params["user_principal_name"]
        if upn is not None and "@" not in upn:
            problems.append(
                Problem(
                    f"user_principal_name {upn!r} has no domain; it looks like user@domain.",
                    "not_a_name",
                    option="user_principal_name",
                )
            )
        if params["vault_file"] is not None:
            self.vault = option_problems(
                # The loader offers no other way to the passwords.
                lambda: VaultFile(
                    params["vault_file"], params["vault_variable"], self.loader._vault, params["vault_id"]
                ),
                problems,
            )
        elif settings is not None or params["refresh_token_file"] is not None:
            problems += self._problems_of_file(
                settings.refresh_token_file if settings else params["refresh_token_file"]
            )
        if settings is not None and params["flow"] == "device_code" and settings.confidential:
            problems.append(
                Problem(
                    "flow device_code issues the refresh token to a public client, and Entra rejects such a token "
                    "together with a client credential (AADSTS700025). Remove the credential, here and in the "
                    "playbooks that use the token, and use an application that allows public client flows; or use "
                    "flow authorization_code, whose token also survives a password change.",
                    "contradiction",
                    option="flow",
                )
            )
        if problems or settings is None:
            raise OptionError(problems)
        return t.cast(Settings, replace(settings, notify=self.warnings.append))

    def _problems_of_file(self, path: str | None) -> list[str]:
        if path is None:
            return [
                Problem(
                    "refresh_token_file or vault_file is missing. Specify where the token is stored (option, "
                    "or PARTNER_CENTER_REFRESH_TOKEN_FILE).",
                    "option_missing",
                    option="refresh_token_file",
                )
            ]
        directory = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(directory):
            return [
                Problem(
                    f"The folder {directory!r} of refresh_token_file does not exist.",
                    "folder_missing",
                    option="refresh_token_file",
                )
            ]
        if os.path.lexists(path) and os.path.exists(path) and not os.path.isfile(path):
            return [
                Problem(
                    f"refresh_token_file {path!r} is not a regular file.",
                    "wrong_file_kind",
                    option="refresh_token_file",
                )
            ]
        user = os.geteuid()
        if user != 0 and os.path.exists(path) and os.stat(path).st_uid != user:
            return [
                Problem(
                    f"refresh_token_file {path!r} belongs to another user, who could no longer read it after a "
                    "rotation; run chown, or run this as root.",
                    "foreign_file",
                    option="refresh_token_file",
                )
            ]
        if not private_files.may_be_token(path):
            return [
                Problem(
                    f"refresh_token_file {path!r} exists and holds something other than a refresh token; not "
                    "overwritten. Use a separate file.",
                    "wrong_file_kind",
                    option="refresh_token_file",
                )
            ]
        self.file = RefreshTokenFile(path)
        return []

    @property
    def _place(self) -> str:
        """Where the token goes, with symbolic links resolved."""
        return self.vault.path if self.vault else t.cast(RefreshTokenFile, self.file).path

    def _refuse_obstacle(self) -> None:
        """Nobody shall take the trouble to sign in for a token that cannot be stored. :raises SignInError:"""
        why = private_files.obstacle(self._place)
        if why is not None:
            raise SignInError(
                f"The refresh token could not be stored in {self._place!r}: {why}. No sign-in was started. Fix "
                "this, or specify another place.",
                error_class="not_stored",
            )

    def _kept(self, source: TokenSource) -> Consent | None:
        """The token that is there, if it works, is of the right account and will do for a while."""
        try:
            token = self.vault.read() if self.vault else t.cast(RefreshTokenFile, self.file).read()
        except OSError:
            return None
        age = self.file.age_days() if self.file else 0.0
        if token is None or age is None or age >= WARN_DAYS:
            return None
        self.secrets.add(token)
        try:
            claims = read_claims(source.redeem(token).access_token)
        except SignInError as exc:
            if exc.details.get("error_class") in OF_THE_TOKEN | {"consent", "public_client"}:
                return None
            raise
        name, methods, expected = (
            claims.get("upn") or claims.get("unique_name"),
            claims.get("amr"),
            self.params["user_principal_name"],
        )
        mfa = "mfa" in methods if isinstance(methods, list) else None
        if mfa is False or (expected and name and upn_key(str(name)) != upn_key(expected)):
            return None
        return Consent(token, name, claims.get("tid"), mfa)

    def _store(self, consent: Consent) -> str:
        """Put the token where it belongs; the words say where. :raises CollectionError: it could not be stored."""
        place = self.params["vault_file"] if self.vault else self._place
        try:
            if self.vault:
                self.vault.write(consent.refresh_token)
            else:
                file = t.cast(RefreshTokenFile, self.file)
                with file.lock():
                    file.put(consent.refresh_token, "consent")
        except OSError as exc:
            raise SignInError(
                f"The sign-in succeeded, but the token could not be stored in {place!r}: {private_files.reason(exc)}. "
                "Fix this, then sign in again.",
                error_class="not_stored",
            ) from None
        who = consent.user_principal_name or "The account"
        return (
            f"{who} signed in{' with MFA' if consent.mfa else ''}, the refresh token works, and it is stored in "
            f"{place}."
        )

    def _result(self, consent: Consent | None, *, changed: bool) -> dict[str, t.Any]:
        return {
            "changed": changed,
            "refresh_token_file": None if self.vault else self._place,
            "vault_file": self.params["vault_file"] if self.vault else None,
            "vault_variable": self.params["vault_variable"] if self.vault else None,
            "user_principal_name": consent.user_principal_name if consent else None,
            "tenant_id": consent.tenant_id if consent else None,
            "mfa": consent.mfa if consent else None,
            "lifetime_days": LIFETIME_DAYS,
        }


def _explicit(given: set[str]) -> set[str]:
    """Names of the shared options that the task gave, aliases resolved."""
    aliases = {alias: name for name, option in ARGUMENT_SPEC.items() for alias in option.get("aliases", ())}
    return {aliases.get(name, name) for name in given}
