"""A TLS server that says whatever bytes a test wants, at whatever pace: for answers that no well-behaved server
gives."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import typing as t
from pathlib import Path

import trustme

Act = t.Callable[["Visitor"], None]


class Visitor:
    """One request, without its body, and the connection that it came through."""

    def __init__(self, server: RawServer, connection: t.Any, head: bytes) -> None:
        self.server, self.connection, self.head = server, connection, head

    def say(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)

    def drip(self, data: bytes, pause: float = 0.1) -> None:
        """One byte after the other, without end when the data has none."""
        for number in range(10_000):
            self.say(data[number % len(data) :][:1])
            time.sleep(pause)

    def answer(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
        self.say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


class RawServer:
    """Answers each request by ``act``; ``connections`` counts how many were opened."""

    def __init__(self, directory: Path, act: Act) -> None:
        authority = trustme.CA()
        self.ca_path = str(directory / "raw-ca.pem")
        authority.cert_pem.write_to_path(self.ca_path)
        self.act = act
        self.requests: list[bytes] = []
        self.connections = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as connection:
            self.connections += 1
            connection.settimeout(30)
            rest = b""
            while True:
                while b"\r\n\r\n" not in rest:
                    part = connection.recv(65536)
                    if not part:
                        return
                    rest += part
                head, _blank, rest = rest.partition(b"\r\n\r\n")
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                        while len(rest) < length:
                            rest += connection.recv(65536)
                        rest = rest[length:]
                self.requests.append(head)
                self.act(Visitor(self, connection, head))

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def serving(directory: Path, act: Act) -> t.Iterator[RawServer]:
    """A server for the length of a block."""
    server = RawServer(directory, act)
    try:
        yield server
    finally:
        server.close()
