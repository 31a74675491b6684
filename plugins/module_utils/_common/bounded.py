# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Bounds of an answer: how long a whole request may take, from the connection to the last byte, and how large its
answer may be.

The time-out of a socket starts anew with every byte, so that it bounds nothing: one byte a second is an answer
without end. Here each read of a socket gets the time that is left of the whole request, and what is read is counted:
on the wire, where headers and the framing of chunks count as well, and after decompression, which is done here
because it is where a small answer becomes a large one.

Sources: Python documentation, ``http.client`` (``response_class``, 100 headers of 64 KiB at most); RFC 9110, section
15.2 (a client reads any number of interim answers, 1xx, before the final one).
"""

from __future__ import annotations

import io
import socket
import threading
import time
import typing as t
import zlib
from http.client import BadStatusLine, HTTPException, HTTPResponse, LineTooLong, parse_headers

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import exceptions as urllib3_errors
    from urllib3.util.connection import allowed_gai_family
except ImportError:  # http.py tells it
    requests = None  # type: ignore[assignment]
    HTTPAdapter = object  # type: ignore[assignment,misc]
    urllib3_errors = allowed_gai_family = None  # type: ignore[assignment]

LARGEST = 8 * 1024 * 1024
"""Bytes of an answer. The largest page has 500 users; this is 16 KiB for each, where one has about one."""
LARGEST_OF_SIGN_IN = 1024 * 1024
"""Bytes of an answer of a sign-in host; tokens have some thousands."""
FRAMING = 1024 * 1024
"""Bytes on the wire that may be there beside the body: headers, interim answers, sizes of chunks."""
SLOW, LARGE = "answer_too_slow", "answer_too_large"
CHUNK = 64 * 1024
BUFFER = 16 * 1024
"""Bytes that are read at once: a record of TLS."""

_thread = threading.local()


class Bounds:
    """What is left of one request.

    ``why`` is the bound that was reached; ``asked`` whether the request was sent, ``begun`` whether anything came back.
    """

    def __init__(self, seconds: float, largest: int) -> None:
        self.deadline = time.monotonic() + seconds
        self.largest = largest
        self.on_the_wire = largest + FRAMING
        self.why = ""
        self.asked = False
        self.begun = False

    @property
    def seconds(self) -> float:
        """Seconds that are left; never zero, which would mean not to wait at all."""
        return max(0.001, self.deadline - time.monotonic())

    def __enter__(self) -> Bounds:
        _thread.bounds = self
        return self

    def __exit__(self, *_error: object) -> None:
        _thread.bounds = None


class TooLarge(OSError):
    """More came than may."""


class _Reader(io.RawIOBase):
    """What comes from a socket, within the bounds."""

    def __init__(self, sock: t.Any, bounds: Bounds) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        self._sock = sock
        self._bounds = bounds

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def readinto(self, buffer: t.Any) -> int | None:
        bounds = self._bounds
        try:
            if time.monotonic() >= bounds.deadline:
                raise TimeoutError("timed out")
            self._sock.settimeout(bounds.seconds)
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError:
            bounds.why = SLOW
            raise
        if count:
            bounds.begun = True
            bounds.on_the_wire -= count
            if bounds.on_the_wire < 0:
                bounds.why = LARGE
                raise TooLarge
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read within the bounds of the request that this thread is about to make."""

    def __init__(self, sock: t.Any, *args: t.Any, **options: t.Any) -> None:
        super().__init__(sock, *args, **options)
        bounds = getattr(_thread, "bounds", None)
        if bounds is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_Reader(sock, bounds), BUFFER)

    def begin(self) -> None:
        try:
            super().begin()
        except HTTPException as exc:
            bounds = getattr(_thread, "bounds", None)
            if bounds is not None and (isinstance(exc, LineTooLong) or exc.__class__ is HTTPException):
                bounds.why = LARGE  # a line of more than 64 KiB, or more than 100 headers
            raise

    def _read_status(self) -> tuple[str, int, str]:
        """The status of the final answer. Without this any interim one but 100 would be taken for it, and the final
        one for that of the next request."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise BadStatusLine("101")  # nobody asked for another protocol
            if not 100 <= status < 200:
                return version, status, reason
            parse_headers(self.fp)


class _Connection:
    """Added to the connections of urllib3: to connect takes no longer than the request may, however many addresses a
    name has."""

    response_class = _Response

    def _new_conn(self) -> t.Any:
        bounds = getattr(_thread, "bounds", None)
        if bounds is None:
            return super()._new_conn()  # type: ignore[misc]
        name, given = self._dns_host, self.timeout  # type: ignore[has-type]
        end = time.monotonic() + min(given if isinstance(given, (int, float)) else bounds.seconds, bounds.seconds)
        addresses = self._addresses()
        try:
            for left in range(len(addresses), 0, -1):
                self._dns_host = addresses[-left]
                # An address that does not answer must not use up the time of the others.
                self.timeout = max(0.001, (end - time.monotonic()) / left)
                try:
                    sock = super()._new_conn()  # type: ignore[misc]
                    break
                except (urllib3_errors.ConnectTimeoutError, urllib3_errors.NewConnectionError):
                    if left == 1:
                        raise
        finally:
            self._dns_host, self.timeout = name, given
        # For the handshake of TLS, which has this as a whole.
        sock.settimeout(bounds.seconds)
        return sock

    def _addresses(self) -> list[str]:
        """Where to connect to; the name itself if it has one address, if it has none, which urllib3 tells, or if a
        SOCKS proxy is to look it up."""
        name = str(self._dns_host)
        if hasattr(self, "_socks_options"):
            return [name]
        try:
            port = self.port  # type: ignore[attr-defined]
            found = socket.getaddrinfo(name.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return [name]
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        return addresses if len(addresses) > 1 else [name]

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        bounds = getattr(_thread, "bounds", None)
        if bounds is not None:
            self.sock.settimeout(bounds.seconds)  # type: ignore[attr-defined]

    def request(self, *args: t.Any, **options: t.Any) -> t.Any:
        return self._asked(super().request, *args, **options)  # type: ignore[misc]

    def request_chunked(self, *args: t.Any, **options: t.Any) -> t.Any:
        return self._asked(super().request_chunked, *args, **options)  # type: ignore[misc]

    def _asked(self, send: t.Callable[..., t.Any], *args: t.Any, **options: t.Any) -> t.Any:
        bounds = getattr(_thread, "bounds", None)
        if bounds is not None:
            bounds.asked = True
            if getattr(self, "sock", None) is not None:
                self.sock.settimeout(bounds.seconds)  # type: ignore[attr-defined]
        return send(*args, **options)


class Adapter(HTTPAdapter):
    """requests' adapter with connections that keep to the bounds, through every kind of proxy.

    ``ssl_context`` is what they trust; None leaves that to requests.
    """

    def __init__(self, *args: t.Any, ssl_context: t.Any = None, **options: t.Any) -> None:
        self._trust: dict[str, t.Any] = {"ssl_context": ssl_context} if ssl_context is not None else {}
        super().__init__(*args, **options)

    def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
        super().init_poolmanager(*args, **{**options, **self._trust})
        _bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options, **self._trust)
        if not known:
            _bind(manager)
        return manager


def _bind(manager: t.Any) -> None:
    manager.pool_classes_by_scheme = {scheme: _bound(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _bound(pool: t.Any) -> t.Any:
    """The same kind of pool, whose connections keep to the bounds."""
    connection = type("Bounded" + pool.ConnectionCls.__name__, (_Connection, pool.ConnectionCls), {})
    return type("Bounded" + pool.__name__, (pool,), {"ConnectionCls": connection})


def read_body(response: t.Any, bounds: Bounds) -> bytes:
    """The body of an answer that has not been read yet, decompressed. :raises requests.exceptions.RequestException:"""
    errors = requests.exceptions
    inflate = _inflater(response.headers.get("Content-Encoding"), bounds)
    body = bytearray()
    try:
        for part in response.raw.stream(CHUNK, decode_content=False):
            body += inflate(part, len(body)) if inflate else part
            if len(body) > bounds.largest:
                bounds.why = LARGE
                raise errors.ContentDecodingError("too large")
    except urllib3_errors.ReadTimeoutError as exc:
        raise errors.ReadTimeout(exc) from None
    except urllib3_errors.SSLError as exc:
        raise errors.SSLError(exc) from None
    except urllib3_errors.HTTPError as exc:
        raise errors.ChunkedEncodingError(exc) from None
    except zlib.error:
        raise errors.ContentDecodingError("it cannot be decompressed") from None
    return bytes(body)


def _inflater(encoding: str | None, bounds: Bounds) -> t.Callable[[bytes, int], bytes] | None:
    """What decompresses the parts of a body, given how many bytes came out of those before; None for one that is not
    compressed."""
    names = [name.strip().lower() for name in (encoding or "").split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise requests.exceptions.ContentDecodingError("compressed in a way that was not requested")
    return _Inflater(bounds.largest, deflate=names[0] == "deflate")


class _Inflater:
    """Decompresses gzip (also several members) and deflate (with the header of zlib, or without it), never more than
    may come out."""

    def __init__(self, largest: int, deflate: bool) -> None:
        self._largest = largest
        self._deflate = deflate
        self._machine: t.Any = None

    def __call__(self, part: bytes, before: int) -> bytes:
        out = bytearray()
        while part and before + len(out) <= self._largest:
            if self._machine is None:
                raw = self._deflate and part[0] & 0x0F != 8
                self._machine = zlib.decompressobj(
                    -zlib.MAX_WBITS if raw else zlib.MAX_WBITS if self._deflate else 16 + zlib.MAX_WBITS
                )
            out += self._machine.decompress(part, self._largest + 1 - before - len(out))
            part = self._machine.unconsumed_tail
            if self._machine.eof:
                part = self._machine.unused_data.lstrip(b"\0")
                self._machine = None
        return bytes(out)
