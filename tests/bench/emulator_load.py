"""How many reads of a user the emulator answers in a second, over TLS with keep-alive, from several client processes.

    PYTHONPATH=tests python tests/bench/emulator_load.py [--processes 2] [--connections 4] [--seconds 5] [--users 0]

The clients are written against asyncio streams: a client library would cost more than the server and would be what is measured.
They use the same cores as the server. Prints one line: requests, errors, requests per second.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import ssl
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from emulator import launch

CUSTOMER = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"


async def _connection(url: str, ca_path: str, requests: list[bytes], deadline: float) -> tuple[int, int]:
    """(answers, errors) of one keep-alive connection until the deadline."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    context = ssl.create_default_context(cafile=ca_path)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
    answered = errors = 0
    try:
        while time.monotonic() < deadline:
            writer.write(requests[answered % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            answered += 1
            errors += not (head.startswith(b"HTTP/1.1 200 ") and b'"userPrincipalName"' in body)
    except (OSError, asyncio.IncompleteReadError, IndexError, ValueError):
        errors += 1
    finally:
        writer.close()
    return answered, errors


def _client(url: str, ca_path: str, requests: list[bytes], connections: int, seconds: float) -> tuple[int, int]:
    async def run() -> tuple[int, int]:
        deadline = time.monotonic() + seconds
        results = await asyncio.gather(*(_connection(url, ca_path, requests, deadline) for dummy in range(connections)))
        return sum(each[0] for each in results), sum(each[1] for each in results)

    return asyncio.run(run())


def _get(user_id: str, token: str) -> bytes:
    return f"GET /v1/customers/{CUSTOMER}/users/{user_id} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def measure(processes: int, connections: int, seconds: float, users: int) -> tuple[int, int, float]:
    """(answers, errors, answers per second). users: so many generated users are added to the customer first."""
    with tempfile.TemporaryDirectory() as directory, launch.start(Path(directory)) as running:
        if users:
            customer = {
                "id": CUSTOMER,
                "company_name": "Fabrikam",
                "domain": "fabrikam.onmicrosoft.com",
                "generate": {"count": users},
            }
            running.control.add_customers(customer)
        ids = [user["id"] for user in running.control.users(CUSTOMER) if user["state"] == "active"][:500]
        token = running.control.token(expires_in=36000)
        requests = [_get(user_id, token) for user_id in ids]
        arguments = (running.info["api_url"], running.info["ca_path"], requests, connections, seconds)
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            pool.starmap(_client, [(*arguments[:4], 0.2)] * processes)  # interpreters are up before the clock starts
            started = time.monotonic()
            results = pool.starmap(_client, [arguments] * processes)
            elapsed = time.monotonic() - started
    answered, errors = sum(each[0] for each in results), sum(each[1] for each in results)
    return answered, errors, answered / elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--connections", type=int, default=4, help="of each process")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--users", type=int, default=0, help="users in the customer; 0 takes the seed's 500")
    options = parser.parse_args()
    answered, errors, rate = measure(options.processes, options.connections, options.seconds, options.users)
    print(
        f"{answered} requests, {errors} errors, {rate:.0f} requests/s ({options.processes} processes x {options.connections} connections)"
    )


if __name__ == "__main__":
    main()
