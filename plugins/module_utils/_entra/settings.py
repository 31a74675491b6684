# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The sign-in and connection options that all Partner Center modules share.

They are resolved here and not by ``env_fallback``, because two rules need to know where a value came from: what a task
says beats every variable, and a client secret from the ``AZURE_*`` family is only used with a client id from that
family (in a pipeline those usually belong to the deployment's identity, and a refresh token is bound to its own
client).
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .._common.errors import OptionError
from .._common.identifiers import is_guid
from .._common.interruption import UNINTERRUPTED, Stopper
from .._common.options import Sources, flag, readable, seconds, secret_text, verify
from .._common.problem import Problem
from .._common.recordings import recording_at
from .._common.secrets import Secret
from .clouds import CLOUDS, Cloud
from .refresh_token_settings import exposed, refresh_token_values
from .timeouts import WRITE_TIMEOUT, timeouts

if t.TYPE_CHECKING:
    from .._common.traffic.recording import Recording

METHODS = ("auto", "refresh_token", "access_token", "client_credentials")

_OWN = "PARTNER_CENTER_"
_ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "auth_method": (),
    "tenant_id": ("AZURE_TENANT_ID", "AZURE_TENANT"),
    "client_id": ("AZURE_CLIENT_ID",),
    "client_secret": ("AZURE_CLIENT_SECRET", "AZURE_SECRET"),
    "client_certificate_path": ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_X509_CERTIFICATE_PATH"),
    "client_certificate_password": ("AZURE_CLIENT_CERTIFICATE_PASSWORD",),
    "client_certificate_send_chain": ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",),
    "client_assertion": (),
    "client_assertion_file": ("AZURE_FEDERATED_TOKEN_FILE",),
    "refresh_token": (),
    "refresh_token_file": (),
    "rotate_after": (),
    "access_token": (),
    "cloud_environment": ("AZURE_CLOUD_ENVIRONMENT",),
    "authority_host": ("AZURE_AUTHORITY_HOST",),
    "api_url": (),
    "validate_certs": (),
    "ca_path": (),
    "timeout": (),
    "max_wait": (),
    "token_cache": (),
    "token_cache_path": (),
    "record_traffic": (),
}
_CREDENTIAL_OPTIONS = (
    "client_secret",
    "client_certificate_path",
    "client_certificate_password",
    "client_certificate_send_chain",
    "client_assertion",
    "client_assertion_file",
)
_CREDENTIALS = ("client_certificate_path", "client_assertion", "client_assertion_file", "client_secret")
"""The kinds of client credential, in the order in which they are taken when the environment holds several."""
_JOB_URL, _JOB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
"""What GitHub gives to a job that may ask for an id token."""
VARIABLES: dict[str, tuple[str, ...]] = {
    **{name: (_OWN + name.upper(), *azure) for name, azure in _ENVIRONMENT.items()},
    "job_url": (_JOB_URL,),
    "job_token": (_JOB_TOKEN,),
}
"""What may give an option, or stand for one, for ``option_secrets.register``."""
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "auth_method": {"type": "str", "choices": list(METHODS), "default": "auto"},
    "tenant_id": {"type": "str"},
    "client_id": {"type": "str", "aliases": ["application_id"]},
    "client_secret": {"type": "str", "aliases": ["secret"], "no_log": True},
    "client_certificate_path": {"type": "path", "aliases": ["x509_certificate_path"]},
    "client_certificate_password": {"type": "str", "no_log": True},
    "client_certificate_send_chain": {"type": "bool", "default": False},
    "client_assertion": {"type": "str", "no_log": True},
    "client_assertion_file": {"type": "path", "no_log": False},
    "refresh_token": {"type": "str", "no_log": True},
    "refresh_token_file": {"type": "path", "no_log": False},
    "rotate_after": {"type": "int"},
    "access_token": {"type": "str", "no_log": True},
    "cloud_environment": {"type": "str", "choices": list(CLOUDS), "default": "AzureCloud"},
    "authority_host": {"type": "str"},
    "api_url": {"type": "str", "aliases": ["base_url"]},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "aliases": ["ca_cert"]},
    "timeout": {"type": "int", "default": 60},
    "max_wait": {"type": "int", "default": 120},
    "token_cache": {"type": "bool", "default": False, "no_log": False},
    "token_cache_path": {"type": "path", "no_log": False},
    "record_traffic": {"type": "path"},
}


@dataclass(frozen=True)
class Settings:
    """How to sign in and where to send requests; valid as a whole when it exists.

    ``verify`` is what requests takes: True, False or the path of a CA bundle. Times are seconds, ``rotate_after`` is
    days. ``client_assertion_request`` is where a pipeline's job gets an assertion, and the token for that. ``notify``
    takes what has to be said to the user although nothing failed; constant words only, because warnings are not masked
    everywhere.
    """

    auth_method: str
    cloud: Cloud
    authority_host: str
    api_url: str
    verify: bool | str
    timeout: int
    max_wait: int
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    client_certificate_path: str | None = None
    client_certificate_password: Secret | None = None
    client_certificate_send_chain: bool = False
    client_assertion: Secret | None = None
    client_assertion_file: str | None = None
    client_assertion_request: tuple[str, Secret] | None = None
    refresh_token: Secret | None = None
    refresh_token_file: str | None = None
    rotate_after: int | None = None
    access_token: Secret | None = None
    token_cache: bool = False
    token_cache_path: str | None = None
    warnings: tuple[str, ...] = field(default=())
    interruption: Stopper = field(default=UNINTERRUPTED, compare=False, repr=False)
    write_timeout: int = WRITE_TIMEOUT
    recording: Recording | None = field(default=None, compare=False, repr=False)
    notify: t.Callable[[str], None] = field(default=lambda _text: None, compare=False, repr=False)

    @property
    def federated(self) -> bool:
        """Whether a foreign token stands for the application's own credential."""
        return (
            self.client_assertion is not None
            or self.client_assertion_file is not None
            or self.client_assertion_request is not None
        )

    @property
    def confidential(self) -> bool:
        """Whether there is any client credential."""
        return self.client_secret is not None or self.client_certificate_path is not None or self.federated


def _sources(params: t.Mapping[str, t.Any], explicit: t.Collection[str], environ: t.Mapping[str, str]) -> Sources:
    """The options by source, in order: the task (or module_defaults), PARTNER_CENTER_*, AZURE_*, default."""
    foreign = "client_id" not in {name for name in explicit if params.get(name) is not None} and not environ.get(
        _OWN + "CLIENT_ID"
    )
    return Sources(
        params,
        explicit,
        environ,
        {
            name: (_OWN + name.upper(), *(azure if foreign or name not in _CREDENTIAL_OPTIONS else ()))
            for name, azure in _ENVIRONMENT.items()
        },
    )


def variable(name: str) -> str:
    """The collection's own environment variable for an option."""
    return _OWN + name.upper()


def resolve(
    params: t.Mapping[str, t.Any],
    explicit: t.Collection[str],
    environ: t.Mapping[str, str] | None = None,
    *,
    for_consent: bool = False,
) -> Settings:
    """Turn options and environment into settings.

    :param params: the module's parameters after the argument spec.
    :param explicit: names that the task (or module_defaults) really set; defaults are not among them.
    :param environ: variables, ``os.environ`` by default.
    :param for_consent: there is no token yet, and the settings are for getting one.
    :raises OptionError: with every problem found; nothing has been sent.
    """
    sources = _sources(params, explicit, os.environ if environ is None else environ)
    problems: list[str] = [*sources.text_problems(ARGUMENT_SPEC, {})]
    warnings: list[str] = []

    cloud = CLOUDS.get(str(sources.get("cloud_environment")))
    if cloud is None:
        problems.append(
            Problem(
                f"cloud_environment {sources.get('cloud_environment')!r} ({sources.where('cloud_environment')}) is "
                "not one "
                f"of {', '.join(CLOUDS)}; the German cloud closed in 2021.",
                "not_a_choice",
                option="cloud_environment",
            )
        )
        cloud = CLOUDS["AzureCloud"]
    values: dict[str, t.Any] = {
        "cloud": cloud,
        "authority_host": _origin(sources, "authority_host", cloud.authority_host, problems),
        "api_url": _origin(sources, "api_url", cloud.api_url, problems),
        "verify": verify(sources, problems),
        **timeouts(sources, problems),
        "max_wait": seconds(sources, "max_wait", 0, 86400, problems),
        "token_cache": flag(sources, "token_cache", problems),
        "token_cache_path": sources.get("token_cache_path"),
        "recording": recording_at(sources.get("record_traffic")),
    }
    problems += [
        Problem(f"{name} is empty; leave it out to use the environment or the default.", "empty", option=name)
        for name in ("api_url", "authority_host", "cloud_environment", "tenant_id", "client_id")
        if name in sources.explicit and not str(params[name]).strip()
    ]
    method = "refresh_token" if for_consent else _method(sources, problems)
    values["auth_method"] = method
    if method == "access_token":
        values["access_token"] = secret_text(sources, "access_token", problems)
    elif method in ("refresh_token", "client_credentials"):
        values.update(_application(sources, method, problems))
    if for_consent:
        path = sources.get("refresh_token_file")
        values["refresh_token_file"] = str(path) if path else None
    elif method == "refresh_token":
        values.update(refresh_token_values(sources, problems, warnings))
    if values.get("client_certificate_path") and not problems:
        warnings += exposed(values["client_certificate_path"], "client_certificate_path holds a private key and")
    if problems:
        raise OptionError(problems)
    return Settings(**values, warnings=tuple(warnings))


def _method(sources: Sources, problems: list[str]) -> str:
    method = str(sources.get("auth_method"))
    if method not in METHODS:
        problems.append(
            Problem(
                f"auth_method {method!r} ({sources.where('auth_method')}) is not one of {', '.join(METHODS)}.",
                "not_a_choice",
                option="auth_method",
            )
        )
        return ""
    if method != "auto":
        return method
    # What the task says comes before what the environment says; among equals a ready token comes first.
    found = sorted(
        (sources.rank(name), order, chosen)
        for order, (name, chosen) in enumerate(
            (
                ("access_token", "access_token"),
                ("refresh_token", "refresh_token"),
                ("refresh_token_file", "refresh_token"),
            )
        )
        if sources.rank(name) < 2
    )
    if found:
        return found[0][2]
    problems.append(
        Problem(
            "No credentials are configured: set refresh_token or refresh_token_file (with tenant_id, client_id and a "
            "client secret or certificate), or access_token; or the variables PARTNER_CENTER_REFRESH_TOKEN, "
            "PARTNER_CENTER_REFRESH_TOKEN_FILE, PARTNER_CENTER_ACCESS_TOKEN. client_credentials must be set "
            "explicitly.",
            "sign_in_missing",
        )
    )
    return ""


def _application(sources: Sources, method: str, problems: list[str]) -> dict[str, t.Any]:
    """Tenant, client and exactly one kind of client credential (or none, for a public client)."""
    values: dict[str, t.Any] = {}
    for name in ("tenant_id", "client_id"):
        text = str(sources.get(name) or "").strip()
        if not text:
            problems.append(
                Problem(
                    f"{name} is missing; auth_method {method} needs it (option or PARTNER_CENTER_{name.upper()}).",
                    "option_missing",
                    option=name,
                )
            )
        elif not is_guid(text) and (name == "client_id" or not _DOMAIN.fullmatch(text)):
            kind = "a GUID" if name == "client_id" else "a GUID or a domain name"
            problems.append(
                Problem(f"{name} {text!r} ({sources.where(name)}) is not {kind}.", "not_a_guid", option=name)
            )
        values[name] = text

    values.update(_credential(sources, method, problems))
    return values


def _credential(sources: Sources, method: str, problems: list[str]) -> dict[str, t.Any]:
    """The one client credential that counts, or none."""
    said = [name for name in _CREDENTIALS if sources.rank(name) == 0]
    if len(said) > 1:
        problems.append(Problem(f"{' and '.join(sorted(said))} are mutually exclusive. Specify one.", "contradiction"))
        return {}
    found = [name for name in _CREDENTIALS if sources.rank(name) < 2]
    if found:
        # What the task says, then this collection's own variables, then those of the AZURE_* family; among equals the
        # order of _CREDENTIALS.
        return _credential_values(
            sources,
            min(found, key=lambda name: (sources.rank(name), not sources.where(name).startswith(_OWN))),
            problems,
        )
    url, token = sources.environ.get(_JOB_URL), sources.environ.get(_JOB_TOKEN)
    if url and token:
        if not url.startswith("https://"):
            problems.append(
                Problem(f"{_JOB_URL} is not an https:// URL, so the job's token is not sent there.", "not_a_url")
            )
        return {"client_assertion_request": (url, Secret(token))}
    if method == "client_credentials":
        problems.append(
            Problem(
                "client_secret, client_certificate_path, client_assertion or client_assertion_file is missing; "
                "auth_method "
                "client_credentials needs one of them.",
                "option_missing",
                option="client_secret",
            )
        )
    return {}


def _credential_values(sources: Sources, name: str, problems: list[str]) -> dict[str, t.Any]:
    if name in ("client_secret", "client_assertion"):
        return {name: secret_text(sources, name, problems, foreign_letters=name == "client_secret")}
    path = str(sources.get(name))
    if not readable(path, f"{name} ({sources.where(name)})", problems) or name == "client_assertion_file":
        return {name: path}
    values: dict[str, t.Any] = {
        name: path,
        "client_certificate_send_chain": flag(sources, "client_certificate_send_chain", problems),
    }
    if sources.rank("client_certificate_password") < 2:
        values["client_certificate_password"] = Secret(str(sources.get("client_certificate_password")))
    return values


def _origin(sources: Sources, name: str, default: str, problems: list[str]) -> str:
    """An https URL without path (a trailing slash and, for the API, /v1 are taken off)."""
    text = str(sources.get(name) or default).strip()
    bare = text.rstrip("/")
    if name == "api_url" and bare.lower().endswith("/v1"):
        bare = bare[:-3].rstrip("/")
    try:
        parts = urlsplit(bare)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        parts, valid = urlsplit(""), False
    where = f"{name} ({sources.where(name)})" if sources.where(name) else name
    if not valid or parts.scheme != "https" or "@" in text:
        problems.append(
            Problem(
                f"{where} must be an https:// URL with a host name and without user name or password.",
                "not_a_url",
                option=name,
            )
        )
    elif parts.path or parts.query or parts.fragment:
        hint = "; the tenant goes into tenant_id" if name == "authority_host" else ""
        problems.append(
            Problem(
                f"{where} must be only scheme, host and port, without the path {parts.path!r}{hint}.",
                "not_a_url",
                option=name,
            )
        )
    return bare
