# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The requests session that both the sign-in and the API client use.

requests has habits that are dangerous here: a netrc entry replaces the Authorization header, a redirect carries the
secret in the body to another origin, REQUESTS_CA_BUNDLE beats a CA that was set on the session, and there is no bound
of time and of size. Each is turned off per request, so that no environment can turn it on again. Proxies of the
environment stay in force.
"""

from __future__ import annotations

import os
import ssl
import traceback
import typing as t

try:
    import requests

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    requests = None  # type: ignore[assignment]
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

try:
    import truststore
except ImportError:  # optional
    truststore = None  # type: ignore[assignment]

from .bounded import LARGE, LARGEST, LARGEST_OF_SIGN_IN, SLOW, Adapter, Bounds, read_body
from .errors import TransportError
from .version import USER_AGENT

if t.TYPE_CHECKING:
    from .traffic.recording import Observer

CONNECT_TIMEOUT = 10
"""Seconds for a TCP connection; the whole request has those of the option ``timeout``."""
BEYOND_BOUNDS = (SLOW, LARGE)
"""The classes of answers that are given up. The next one would be no better."""


def keep_headers(request: t.Any) -> t.Any:
    """An auth callable that adds nothing: its presence keeps requests from reading a netrc file."""
    return request


def session(
    verify: bool | str,
    timeout: int,
    connections: int = 10,
    largest: int = LARGEST,
    write_timeout: int | None = None,
    *,
    seen: Observer | None = None,
) -> t.Any:
    """A requests session with the precautions above; also usable as msal's ``http_client``.

    :param verify: True, False, or the path of a CA bundle or directory.
    :param timeout: seconds for a whole request, from the connection to the last byte of the answer.
    :param write_timeout: the same for what is no GET; None: no other.
    :param connections: connections kept open per host.
    :param largest: bytes of an answer.
    :param seen: who is told every exchange (option ``record_traffic``).
    """

    settings: dict[str, t.Any] = {}

    class Session(requests.Session):
        def request(self, method: str, url: str, **kwargs: t.Any) -> t.Any:  # type: ignore[override]
            if seen is None:
                return self._bounded(method, url, **kwargs)
            answer: t.Any = None
            try:
                answer = self._bounded(method, url, **kwargs)
            except Exception as exc:
                answer = exc
                raise
            finally:
                if answer is not None:
                    seen(method, url, kwargs, answer)
            return answer

        def _bounded(self, method: str, url: str, **kwargs: t.Any) -> t.Any:
            seconds = timeout if method == "GET" else write_timeout or timeout
            kwargs.update(timeout=(min(CONNECT_TIMEOUT, seconds), seconds), allow_redirects=False, stream=True)
            if verify is not True:
                kwargs["verify"] = verify
            with Bounds(seconds, largest) as bounds:
                try:
                    return _whole(super().request(method, url, **kwargs), bounds)
                except requests.packages.urllib3.exceptions.LocationValueError as exc:  # type: ignore[attr-defined]
                    # requests translates it only where it reads the URL, and not where a name turns out to be none.
                    raise requests.exceptions.InvalidURL(type(exc).__name__) from None
                except requests.exceptions.RequestException as exc:
                    if bounds.why and (bounds.begun or bounds.why != SLOW):
                        raise _beyond(bounds) from None
                    if isinstance(exc, requests.exceptions.ReadTimeout) and not bounds.asked:
                        raise requests.exceptions.ConnectTimeout("the handshake of TLS") from None
                    raise

        def merge_environment_settings(
            self, url: t.Any, proxies: t.Any, stream: t.Any, verify: t.Any, cert: t.Any
        ) -> t.Any:
            """Proxies and bundles, out of the environment once for each host: reading them costs more than all else
            that is done before a request is sent. All requests of a session ask with the same arguments."""
            host = str(url).split("/", 3)[2]
            if host not in settings:
                settings[host] = super().merge_environment_settings(url, proxies, stream, verify, cert)
            return dict(settings[host])

        def get_redirect_target(self, resp: t.Any) -> str | None:
            """None: requests looks ahead even when it is not to follow, and reads the body without a bound for that."""
            return None

    if verify is False:
        # The user said so in the playbook; a warning per request on stderr would only hide real ones.
        requests.packages.urllib3.disable_warnings()  # type: ignore[attr-defined]
    made = Session()
    made.auth = keep_headers
    made.headers["User-Agent"] = USER_AGENT
    made.headers["Accept-Encoding"] = "gzip, deflate"
    for scheme in ("https://", "http://"):
        made.mount(scheme, Adapter(pool_maxsize=connections, ssl_context=system_store(verify)))
    return made


def system_store(verify: bool | str) -> ssl.SSLContext | None:
    """What makes a connection trust the store of the operating system as well, where a company puts its own authority.

    None if the library truststore is not installed, if certificates are not checked, and if somebody said whom to
    trust (``verify`` names a bundle, or one of the variables does that requests reads): then nobody else is trusted.
    None also with urllib3 1.26, which tells such a context only names of hosts, so that hosts with nothing but an
    address could not be checked.
    """
    named = verify is not True or any(os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    if truststore is None or named or requests.packages.urllib3.__version__.startswith("1."):  # type: ignore[attr-defined]
        return None
    return t.cast("ssl.SSLContext", truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def sign_in_session(verify: bool | str, timeout: int, *, seen: Observer | None = None) -> t.Any:
    """A session for hosts that give out tokens, whose answers are short. :param seen: see :func:`session`."""
    return session(verify, timeout, 1, LARGEST_OF_SIGN_IN, seen=seen)


def _whole(response: t.Any, bounds: Bounds) -> t.Any:
    """The answer with its body read."""
    try:
        response._content = read_body(response, bounds)
    except BaseException:
        response.close()
        raise
    response._content_consumed = True
    return response


def _beyond(bounds: Bounds) -> Exception:
    error = requests.exceptions.RequestException(bounds.why)
    error.bounds = bounds  # type: ignore[attr-defined]
    return error


def explain(exc: Exception, url: str, verify: bool | str) -> TransportError:
    """Say what a failed connection means and what to do; never the exception's own text, which may hold a URL with
    credentials.

    The result is ``ambiguous`` unless it is certain that the request never reached the server.
    """
    host = url.split("/")[2] if "//" in url else url
    kind = type(exc).__name__
    bounds = getattr(exc, "bounds", None)
    if isinstance(bounds, Bounds):
        what = {
            SLOW: "was not complete in time (option timeout)",
            LARGE: f"is larger than {bounds.largest // (1024 * 1024)} MiB, which no response of the service is",
        }[bounds.why]
        return TransportError(
            f"The response of {host} {what}. It was discarded.",
            ambiguous=bounds.asked,
            error_class=bounds.why,
            reason=bounds.why,
        )
    if (
        isinstance(exc, requests.exceptions.SSLError)
        and not _found(exc, "SSLCertVerificationError")
        and not _found(exc, "CertificateError")
    ):
        # The handshake is behind us or not, that cannot be told: the request may have been read.
        return TransportError(
            f"The TLS connection to {host} broke before a response arrived.", ambiguous=True, error_class="lost_answer"
        )
    if isinstance(exc, requests.exceptions.SSLError):
        bundle = f"the CA bundle {verify!r}" if isinstance(verify, str) else "this machine's certificate authorities"
        return TransportError(
            f"TLS to {host} failed: its certificate is not trusted by {bundle}, or the connection is intercepted.",
            advice="Set ca_path to the right CA (REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE apply when ca_path is not set).",
            error_class="tls",
        )
    if isinstance(
        exc, (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema, requests.exceptions.InvalidURL)
    ):
        of_proxy = not isinstance(exc, requests.exceptions.InvalidURL) or isinstance(
            exc, requests.exceptions.InvalidProxyURL
        )
        socks = (
            " A SOCKS proxy needs the Python library PySocks."
            if isinstance(exc, requests.exceptions.InvalidSchema)
            else ""
        )
        return TransportError(
            f"{host}: invalid host name or HTTPS_PROXY ({kind}); nothing was sent.{socks}",
            error_class="proxy" if of_proxy else "unreachable",
        )
    if isinstance(exc, requests.exceptions.ProxyError) and (
        never_sent(exc) or "tunnel connection failed" in str(exc).lower()
    ):
        return TransportError(
            f"The proxy for {host} cannot be used.",
            advice="Check HTTPS_PROXY and NO_PROXY on the machine that runs the module.",
            error_class="proxy",
        )
    if isinstance(exc, requests.exceptions.ConnectTimeout):
        return TransportError(f"No connection to {host} within {CONNECT_TIMEOUT} seconds.", error_class="unreachable")
    if isinstance(exc, requests.exceptions.ReadTimeout):
        return TransportError(
            f"{host} did not respond in time (option timeout).", ambiguous=True, error_class="timeout"
        )
    if isinstance(exc, requests.exceptions.ConnectionError):
        if never_sent(exc):
            return TransportError(
                f"No connection to {host}: the name cannot be resolved or the port is closed.",
                advice="Check the URL, the network and the proxy.",
                error_class="unreachable",
            )
        return TransportError(
            f"The connection to {host} broke before a response arrived.", ambiguous=True, error_class="lost_answer"
        )
    if isinstance(exc, requests.exceptions.RequestException):
        return TransportError(f"The request to {host} failed ({kind}).", ambiguous=True, error_class="lost_answer")
    if isinstance(exc, OSError):
        return TransportError(
            f"The CA bundle for {host} cannot be used ({kind}).", advice="Check ca_path.", error_class="tls"
        )
    return TransportError(f"The request to {host} failed ({kind}).", ambiguous=True, error_class="lost_answer")


def never_sent(exc: BaseException) -> bool:
    """Whether a connection error happened while connecting, so that the server cannot have seen the request."""
    return _found(exc, "NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _found(exc: BaseException, *names: str) -> bool:
    """Whether an exception of one of these types is anywhere in the chain; requests and urllib3 hide causes in
    arguments, too. What was being handled at the time may be of another request and is left out."""
    seen: set[int] = set()
    pending: list[t.Any] = [exc]
    while pending:
        item = pending.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        if type(item).__name__ in names:
            return True
        pending += [*item.args, item.__cause__, getattr(item, "reason", None)]
    return False
