# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The way from this machine to a host, for an examination: name, proxy, connection, TLS, and the clocks at both
ends."""

from __future__ import annotations

import socket
import typing as t
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from ..._common import http
from ..._common.errors import TransportError
from ..._common.recordings import observer_of
from ..._entra.observed import sign_in_dialect
from ..._entra.settings import Settings
from .sign_in_checks import Note

if t.TYPE_CHECKING:
    from ..._common.traffic.dialect import Dialect

SKEW_WARNING, SKEW_FAILED = 60, 300
"""Seconds by which clocks may differ; Entra allows five minutes."""
_CONNECTION = {
    "tls": "Set ca_path to the CA that signed the certificate, or to the CA of the proxy that intercepts TLS.",
    "proxy": "Check HTTPS_PROXY and NO_PROXY.",
    "unreachable": "Check the port, the firewall, and whether a proxy is needed (HTTPS_PROXY).",
    "timeout": "Check the firewall and the proxy; raise timeout if the network is slow.",
}


def look_at_host(
    settings: Settings,
    note: Note,
    name: str,
    origin: str,
    url: str,
    dialect: t.Callable[[], type[Dialect]] = sign_in_dialect,
) -> t.Any:
    """Name resolution, proxy, connection and TLS of a host; its answer to a plain GET, None if there was none.

    :param name: what the host is called in the checks.
    :param url: an address of it that answers without a token.
    :param dialect: imports how a recording shows what it says.
    """
    host = urlsplit(origin)
    proxy = _proxy_for(url)
    if proxy:
        note(f"{name}: name", "skipped", f"The proxy resolves {host.hostname}.")
    else:
        note(f"{name}: proxy", "ok", f"No proxy is set for {host.hostname}.")
        if not _resolves(note, name, str(host.hostname), host.port or 443):
            note(f"{name}: connection", "skipped", "There is no address to connect to.")
            return None
    try:
        seen = observer_of(settings.recording, dialect)
        with http.sign_in_session(settings.verify, settings.timeout, seen=seen) as session:
            answer = session.get(url, headers={"Accept": "application/json"})
    except (http.requests.exceptions.RequestException, OSError) as exc:
        _say_why(note, name, host.netloc, proxy, exc, http.explain(exc, url, settings.verify))
        return None
    if proxy:
        note(f"{name}: proxy", "ok", f"{host.hostname} was reached through {proxy}.")
    else:
        note(f"{name}: connection", "ok", f"{host.hostname} accepts connections on port {host.port or 443}.")
    if settings.verify is False:
        note(
            f"{name}: TLS",
            "warning",
            "Certificates are not checked (validate_certs: false).",
            "Set ca_path to the right CA instead.",
        )
    else:
        trusted = (
            f"the CA bundle {settings.verify}"
            if isinstance(settings.verify, str)
            else "this machine's certificate authorities"
        )
        note(f"{name}: TLS", "ok", f"Its certificate is trusted by {trusted}.")
    return answer


def _say_why(note: Note, name: str, host: str, proxy: str | None, exc: Exception, error: TransportError) -> None:
    """What failed, under the name of what failed: a closed port says nothing about certificates."""
    kind = str(error.details.get("error_class"))
    if kind == "tls" or isinstance(exc, http.requests.exceptions.SSLError):
        failed = "TLS"
    else:
        failed = "proxy" if proxy and kind == "proxy" else "connection"
    if proxy and failed != "proxy":
        # Whoever refused the certificate had been led to somebody by the proxy; after anything else nobody knows how
        # far it came.
        status = "ok" if kind == "tls" else "unknown"
        note(f"{name}: proxy", status, f"{proxy} is set.", "" if status == "ok" else _CONNECTION["proxy"])
    said = error.said
    if failed == "connection" and not proxy and kind == "unreachable":
        # The name has been resolved before.
        said = f"No connection to {host}: the port is closed, or a firewall blocks it."
    note(f"{name}: {failed}", "failed", said, _CONNECTION.get(kind, "Try again, then ask the network team."))
    if failed != "TLS":
        note(f"{name}: TLS", "skipped", "There is no connection.")


def _resolves(note: Note, name: str, host: str, port: int) -> bool:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        note(
            f"{name}: name",
            "failed",
            f"{host} cannot be resolved.",
            "Check the name, /etc/resolv.conf, and whether a proxy is needed (HTTPS_PROXY).",
        )
        return False
    note(f"{name}: name", "ok", f"{host} is {', '.join(sorted(found)[:4])}.")
    return True


def look_at_clock(note: Note, answer: t.Any) -> None:
    """How far this machine's clock is off, by the date of an answer; None: nobody answered."""
    if answer is None:
        note("clock", "skipped", "No response contained the time.")
        return
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"])
        seconds = round(
            (
                (theirs if theirs.tzinfo else theirs.replace(tzinfo=timezone.utc)) - datetime.now(timezone.utc)
            ).total_seconds()
        )
    except (KeyError, TypeError, ValueError):
        note("clock", "unknown", "The response did not contain the time.")
        return
    status = "ok" if abs(seconds) <= SKEW_WARNING else "warning" if abs(seconds) <= SKEW_FAILED else "failed"
    off = f"{abs(seconds)} seconds {'behind' if seconds > 0 else 'ahead'}" if abs(seconds) > 1 else "correct"
    words = f"This machine's clock is {off}."
    note(
        "clock",
        status,
        words,
        "" if status == "ok" else "Synchronize the clock (NTP); tokens and assertions with a wrong time are rejected.",
    )


def _proxy_for(url: str) -> str | None:
    """Host and port of the proxy for an address, without the name and the password that may stand in it."""
    utils = http.requests.utils
    proxy = utils.select_proxy(url, utils.get_environ_proxies(url))
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    # What is not understood is not shown: the password may be at any place of it, and behind a slash in it nothing is
    # where it belongs.
    if host is None or proxy.count("@") != parts.netloc.count("@"):
        return "A proxy whose address cannot be read"
    return f"{host}:{port}" if port else host
