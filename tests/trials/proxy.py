"""A TLS server that stands between the modules and the emulator, and answers one chosen request in another way."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import requests
import trustme

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"})


@dataclass
class Answer:
    """An answer on its way back."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: bytes


Change = t.Callable[[Answer], "Answer | Raw"]


@dataclass
class Raw:
    """Bytes that are sent as they are, piece by piece; ``pause`` seconds lie between two pieces. Endless if ``pieces`` is."""

    pieces: t.Iterable[bytes]
    pause: float = 0.0


@dataclass
class Proxy:
    """``change`` is applied to the answer number ``position`` (from 0) of those that ``only`` picks; ``seen`` counts them all."""

    url: str
    ca_path: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    change: Change | None = None
    position: int = -1
    only: t.Callable[[str], bool] = bool
    fired: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def arm(self, change: Change | None, position: int = -1, only: t.Callable[[str], bool] = bool) -> None:
        """What happens from now on; counting begins anew."""
        self.seen.clear()
        self.change, self.position, self.only, self.fired = change, position, only, False
        self.stop.clear()

    def disarm(self) -> None:
        """End what is being sent without end."""
        self.change = None
        self.stop.set()


@contextlib.contextmanager
def between(target: str, target_ca: str, directory: Path) -> t.Iterator[Proxy]:
    """A proxy in front of ``target``, until the end of the block. Its ``ca_path`` trusts the target's authority as well."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    bundle = directory / "proxy-ca.pem"
    bundle.write_bytes(authority.cert_pem.bytes() + Path(target_ca).read_bytes())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.context = context  # type: ignore[attr-defined]
    proxy = Proxy(f"https://localhost:{server.server_address[1]}", str(bundle))
    server.proxy, server.target, server.target_ca = proxy, target, target_ca  # type: ignore[attr-defined]
    server.lock, server.local = threading.Lock(), threading.local()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.disarm()
        server.shutdown()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: t.Any

    def setup(self) -> None:
        # The handshake belongs into the thread of the connection, so that one that hangs stops nobody else.
        self.request.settimeout(30)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, format: str, *args: t.Any) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Pass it on, and the answer back."""
        proxy: Proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            picked = proxy.only(self.command)
            mine = picked and sum(proxy.only(method) for method, _path in proxy.seen) == proxy.position
            proxy.seen.append((self.command, self.path))
        session = getattr(self.server.local, "session", None) or requests.Session()
        session.trust_env = False
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in HOP_BY_HOP | {"host", "accept-encoding"}
        }
        got = session.request(
            self.command,
            self.server.target + self.path,
            data=body,
            headers=headers,
            verify=self.server.target_ca,
            timeout=60,
            allow_redirects=False,
        )
        kept = {name: value for name, value in got.headers.items() if name.lower() not in HOP_BY_HOP}
        # Addresses in an answer lead through here as well.
        content = got.content.replace(self.server.target.encode(), proxy.url.encode())
        answer: Answer | Raw = Answer(self.command, self.path, got.status_code, kept, content)
        if mine and proxy.change:
            proxy.fired = True
            answer = proxy.change(t.cast(Answer, answer))
        self._send(proxy, answer)

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET

    def _send(self, proxy: Proxy, answer: Answer | Raw) -> None:
        if isinstance(answer, Raw):
            self.close_connection = True
            for piece in answer.pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                if proxy.stop.wait(answer.pause) if answer.pause else proxy.stop.is_set():
                    return
            return
        lines = [f"HTTP/1.1 {answer.status} Any", *(f"{name}: {value}" for name, value in answer.headers.items())]
        if answer.status != 204 and answer.status >= 200:
            lines.append(f"Content-Length: {len(answer.body)}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        if answer.status != 204:
            self.wfile.write(answer.body)
        self.wfile.flush()
