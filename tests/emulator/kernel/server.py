"""Several uvicorn servers in one loop, on sockets that were bound before."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

# Longer than a client's pause between two requests: a server that closes an idle connection just as a request arrives
# looks like a dropped connection, and faults should come from the rules only.
KEEP_ALIVE_SECONDS = 300


class QuietServer(uvicorn.Server):
    """Leaves signals to the process, which has several servers to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends idle connections at once. Closing them politely waits for clients that are not listening: they sit in a
        pool."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is None or cycle.response_complete:
                connection.transport.abort()
        await super().shutdown(sockets=sockets)


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def make_server(app: Any, certificate: Path | None = None) -> QuietServer:
    """certificate: PEM with key and chain; None for plain HTTP."""
    # httptools takes what follows an Upgrade for another protocol and loses the body. Over plain HTTP some clients
    # offer one with every request (Java: h2c); h11 reads on.
    has_httptools = certificate is not None and importlib.util.find_spec("httptools") is not None
    config = uvicorn.Config(
        app,
        http="httptools" if has_httptools else "h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=certificate is None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        ssl_keyfile=str(certificate) if certificate else None,
        ssl_certfile=str(certificate) if certificate else None,
    )
    return QuietServer(config)


async def wait_until_started(servers: list[QuietServer], tasks: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                task.result()
                raise RuntimeError("a server stopped while it was starting")
        await asyncio.sleep(0.005)
