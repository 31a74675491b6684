# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The connection options that all modules of Windows Azure Pack share."""

from __future__ import annotations

import os
import re
import typing as t
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..._common import paths
from ..._common.errors import OptionError
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.options import Sources, seconds, secret_text, verify
from ..._common.problem import Problem
from ..._common.recordings import recording_at
from ..._common.secrets import Secret
from ..._common.text import shown, unprintable
from ..._common.token_claims import read_claims

if t.TYPE_CHECKING:
    from ..._common.traffic.recording import Recording

APIS = ("admin", "tenant")
PORTS = {"admin": 30004, "tenant": 30005}
"""Default ports. Source: "Required firewall ports" of Windows Azure Pack."""
REALMS = {"admin": "http://azureservices/AdminSite", "tenant": "http://azureservices/TenantSite"}
"""What a token has to be for. Source: Get-MgmtSvcToken, parameter ClientRealm."""

OWN = "AZURE_PACK_"
NO_NAME = "tenantops.partner_center"
"""``x-ms-principal-id`` when neither the options nor the token name anybody; the admin API uses it only for its
records."""
_NAMES = (
    "upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "unique_name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "name",
    "nameid",
)
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "endpoint": {"type": "str"},
    "api": {"type": "str", "choices": list(APIS), "default": "admin"},
    "access_token": {"type": "str", "no_log": True},
    "principal_id": {"type": "str"},
    "client_request_id": {"type": "str"},
    "client_session_id": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path", "aliases": ["ca_cert"]},
    "timeout": {"type": "int", "default": 60},
    "max_wait": {"type": "int", "default": 120},
    "record_traffic": {"type": "path"},
}
ENVIRONMENT = {name: (OWN + name.upper(),) for name in ARGUMENT_SPEC}
VARIABLES = {**ENVIRONMENT, **{name: (OWN + name.upper(),) for name in ("password", "issuer_url")}}
"""For ``option_secrets.register``, with those of the sign-in, which are there for all tasks of a play."""


@dataclass(frozen=True)
class Settings:
    """Where to send requests and in whose name; valid as a whole when it exists. Times are seconds."""

    url: str
    api: str
    access_token: Secret
    principal_id: str
    client_request_id: str
    client_session_id: str
    verify: bool | str
    timeout: int
    max_wait: int
    interruption: Stopper = field(default=UNINTERRUPTED, compare=False, repr=False)
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def realm(self) -> str:
        """What the token has to be for."""
        return REALMS[self.api]


def resolve(
    params: t.Mapping[str, t.Any], explicit: t.Collection[str], environ: t.Mapping[str, str] | None = None
) -> Settings:
    """Turn options and environment into settings.

    :param explicit: names that the task (or module_defaults) really set.
    :raises OptionError: with every problem found; nothing has been sent.
    """
    sources = Sources(params, explicit, os.environ if environ is None else environ, ENVIRONMENT)
    problems: list[str] = [*sources.text_problems(ARGUMENT_SPEC, {})]
    api = api_of(sources, problems)
    values = {
        "api": api,
        "url": server_url(sources, "endpoint", PORTS[api], problems, "Specify the address of Windows Azure Pack"),
        **connection(sources, problems),
        "client_request_id": correlation(sources, "client_request_id", problems),
        "client_session_id": correlation(sources, "client_session_id", problems),
    }
    if sources.rank("access_token") == 2:
        problems.append(
            Problem(
                "access_token is missing (option or AZURE_PACK_ACCESS_TOKEN). Get one with Get-MgmtSvcToken or "
                "azure_pack_access_token_info.",
                "option_missing",
                option="access_token",
            )
        )
        token = None
    else:
        token = secret_text(sources, "access_token", problems)
    values["principal_id"] = _principal(sources, read_claims(token.reveal()) if token else {}, problems)
    if problems or token is None:
        raise OptionError(problems)
    return Settings(access_token=token, **values)


def api_of(sources: Sources, problems: list[str]) -> str:
    """The option ``api``, which the environment may hold in any form."""
    api = str(sources.get("api"))
    if api in APIS:
        return api
    problems.append(
        Problem(
            f"api {shown(api)} ({sources.where('api')}) is not one of {', '.join(APIS)}.", "not_a_choice", option="api"
        )
    )
    return "admin"


def connection(sources: Sources, problems: list[str]) -> dict[str, t.Any]:
    """``verify``, ``timeout``, ``max_wait`` and ``recording``."""
    problems += paths.problems(
        [
            paths.Place("ca_path", sources.get("ca_path"), directory=None),
            paths.Place("progress_file", sources.params.get("progress_file"), written=True),
            paths.Place("audit_log", sources.params.get("audit_log"), written=True, beside=(".lock", ".head")),
            paths.Place("record_traffic", sources.get("record_traffic"), written=True),
        ]
    )
    return {
        "verify": verify(sources, problems),
        "timeout": seconds(sources, "timeout", 1, 3600, problems),
        "max_wait": seconds(sources, "max_wait", 0, 86400, problems),
        "recording": recording_at(sources.get("record_traffic")),
    }


def server_url(sources: Sources, name: str, port: int, problems: list[str], missing: str, path: str = "") -> str:
    """``https://host:port`` from a host, a host with a port, or an https URL.

    :param port: for a host without one. A URL means what it says, which is port 443 if it names none.
    :param path: added to a host; a URL may have one of its own, unless this is empty.
    """
    text = str(sources.get(name) or "").strip()
    where = f"{name} ({sources.where(name)})" if sources.where(name) else name
    if not text:
        problems.append(
            Problem(f"{missing}: {name} is missing (option or {OWN}{name.upper()}).", "option_missing", option=name)
        )
        return ""
    if "@" in text:
        problems.append(f"{where} must be an https:// URL with a host name and without user name or password.")
        return ""
    if "://" not in text:
        bare = text.rstrip("/")
        if not _HOST.fullmatch(bare) or not _valid_port(f"https://{bare}"):
            problems.append(
                Problem(f"{where} {shown(text)} is neither a host, nor host:port, nor an https:// URL.", "not_a_url")
            )
            return ""
        has_port = urlsplit(f"https://{bare}").netloc.rpartition("]")[2].partition(":")[1] == ":"
        return f"https://{bare}{'' if has_port else f':{port}'}{path}"
    bare = text.rstrip("/")
    parts = urlsplit(bare) if _valid_port(bare) else urlsplit("")
    if (
        parts.scheme != "https"
        or not parts.hostname
        or parts.username
        or parts.password
        or not _HOST.fullmatch(parts.netloc)
    ):
        problems.append(f"{where} must be an https:// URL with a host name and without user name or password.")
        return ""
    if parts.query or parts.fragment or (parts.path and not path):
        problems.append(
            Problem(
                f"{where} must be only scheme, host and port, without "
                f"{shown(parts.path or parts.query or parts.fragment)}.",
                "not_a_url",
            )
        )
    return bare if not path or parts.path else bare + path


def correlation(sources: Sources, name: str, problems: list[str]) -> str:
    """An id for the service's logs; a new one if none is given."""
    text = str(sources.get(name) or "").strip()
    if text and not re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", text):
        problems.append(
            Problem(
                f"{name} {shown(text)} may have letters, digits and - _ . : only, and at most 100 of them. A GUID "
                "is usual.",
                "not_an_id",
            )
        )
    return text or str(uuid.uuid4())


def name_in(claims: t.Mapping[str, t.Any]) -> str | None:
    """Who a token is for, as far as it tells."""
    return next((claims[name] for name in _NAMES if isinstance(claims.get(name), str) and claims[name].strip()), None)


def _principal(sources: Sources, claims: t.Mapping[str, t.Any], problems: list[str]) -> str:
    text = str(sources.get("principal_id") or "").strip()
    if text and (unprintable(text) or len(text) > 256):
        problems.append(
            Problem(
                "principal_id holds control characters or is too long.", "control_characters", option="principal_id"
            )
        )
    if "principal_id" in sources.explicit and not text:
        problems.append(
            Problem("principal_id is empty; leave it out to use the name in the token.", "empty", option="principal_id")
        )
    found = name_in(claims) or NO_NAME
    return text or ("".join(char for char in found if not unprintable(char))[:256])


def _valid_port(url: str) -> bool:
    try:
        port = urlsplit(url).port
    except ValueError:
        return False
    return port is None or port > 0
