# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The address on this machine to which the browser returns from the sign-in page.

Only loopback is bound. Anything that is not the awaited answer, from a port scan to a page that guesses, gets a short
refusal and changes nothing. The answer is worked on before the browser gets its page, so that the page says what
happened and not what is hoped for. Source: RFC 8252, sections 7.3 and 8 (loopback redirection, state).
"""

from __future__ import annotations

import errno
import hmac
import html
import http.server
import socket
import threading
import typing as t
from urllib.parse import parse_qsl, urlsplit

from ...module_utils._common.threads import started

IDLE_SECONDS = 10
"""Seconds after which a connection that says nothing is closed; browsers open some in advance."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #f4f4f4; }}
main {{ max-width: 40rem; margin: 4rem auto; padding: 1.5rem 2rem; background: #fff; border-top: 4px solid {color}; }}
p {{ overflow-wrap: anywhere; }}
</style>
</head>
<body><main id="{kind}"><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri "
    "'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class Page(t.NamedTuple):
    """What the browser shows. ``kind`` is done, failed or other."""

    kind: str
    title: str
    text: str

    def html(self) -> bytes:
        """The page; every value is only text in it."""
        color = {"done": "#1a7f37", "failed": "#b3261e"}.get(self.kind, "#8a6d00")
        return _PAGE.format(
            kind=self.kind, color=color, title=html.escape(self.title), text=html.escape(self.text)
        ).encode()


_FOREIGN = Page(
    "other",
    "Not this sign-in",
    "This response does not belong to the sign-in that the playbook waits for. Use the address that it shows, once.",
)
_NOTHING = Page("other", "Nothing here", "This address waits for the response of a sign-in.")
_OVER = Page("other", "Already received", "The response to this sign-in was received before.")


class Listener:
    """Waits on a port of this machine. To be closed.

    :param port: the port; 0 takes a free one.
    :raises OSError: another program has the port, on one of the two addresses that localhost stands for, or this user
        may not have it.
    """

    def __init__(self, port: int) -> None:
        self._servers: list[_Server] = []
        self._state = ""
        self._work: t.Callable[[dict[str, str]], Page] | None = None
        self._turn = threading.Lock()
        self._answered = False
        self._finished = threading.Event()
        self._servers.append(_Server(self, socket.AF_INET, ("127.0.0.1", port)))
        self.port: int = self._servers[0].server_address[1]
        try:
            # "localhost" may be looked up as ::1 first. Machines without IPv6 do without. A program that has the port
            # there would get the code instead.
            self._servers.append(_Server(self, socket.AF_INET6, ("::1", self.port)))
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                self.close()
                raise
        self.redirect_uri = f"http://localhost:{self.port}"

    def wait(self, state: str, work: t.Callable[[dict[str, str]], Page], seconds: float) -> bool:
        """Wait for the answer with this state and have it worked on; False when none came in time.

        :param work: gets the parameters of the answer and says what the browser shall show. It is called once, in
            another thread.
        """
        self._state, self._work = state, work
        for server in self._servers:
            started(server.serve_forever, 0.1)
        came = self._finished.wait(seconds)
        with self._turn:
            # An answer that came in the last moment is worked on to its end; none is begun after this.
            came = came or self._answered
            self._answered = True
        if came:
            self._finished.wait(IDLE_SECONDS)  # for the page to be on its way
        for server in self._servers:
            server.shutdown()
        return came

    def close(self) -> None:
        """Give the port back."""
        for server in self._servers:
            server.server_close()

    def answer(self, path: str, host: str) -> tuple[int, Page]:
        """Status and page for a request."""
        if host.lower() not in {f"{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}:
            return 421, _NOTHING  # some page's own name was made to lead here
        parts = urlsplit(path)
        if parts.path not in ("", "/") or not parts.query:
            return 404, _NOTHING
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        values = dict(pairs)
        if len(values) != len(pairs) or not hmac.compare_digest(values.get("state", "").encode(), self._state.encode()):
            return 400, _FOREIGN
        if "code" not in values and "error" not in values:
            return 400, _FOREIGN
        with self._turn:
            if self._answered or self._work is None:
                return 410, _OVER
            self._answered = True
            return 200, self._work(values)

    def sent(self, status: int) -> None:
        """A page has been written; the one about the answer is the last one."""
        if status == 200:
            self._finished.set()


class _Server(http.server.ThreadingHTTPServer):
    """One address family of the listener."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, listener: Listener, family: socket.AddressFamily, address: tuple[str, int]) -> None:
        self.address_family = family
        self.listener = listener
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for the name of this machine, as the standard library does."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A browser that goes away is no reason to print anything."""


class _Handler(http.server.BaseHTTPRequestHandler):
    timeout = IDLE_SECONDS
    server_version = "sign-in"
    sys_version = ""

    def do_GET(self) -> None:  # the name is the protocol's
        """Answer a request."""
        listener = t.cast(_Server, self.server).listener
        status, page = listener.answer(self.path, self.headers.get("Host", ""))
        body = page.html()
        try:
            self.send_response(status)
            for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        finally:
            listener.sent(status)

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  the standard library's name
        """The address of the answer holds the code, so nothing is logged."""
