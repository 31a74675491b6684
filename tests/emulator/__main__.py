"""`python -m emulator --state-dir DIR`: five ports in one process."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from emulator.kernel import control
from emulator.kernel.connection_files import (
    connection_info,
    ready_line,
    remove_connection_files,
    write_connection_files,
)
from emulator.kernel.core import Core
from emulator.kernel.middleware import make_apps
from emulator.kernel.recorded import Recorded
from emulator.kernel.server import bind, make_server, wait_until_started
from emulator.kernel.tls import ensure_certificates
from emulator.services import SERVICES

SERVERS = tuple(server for service in SERVICES for server in service.servers)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="emulator", description="A local Entra sign-in, Partner Center API and Windows Azure Pack."
    )
    parser.add_argument("--state-dir", type=Path, required=True, help="certificates, keys and emulator.json")
    parser.add_argument(
        "--seed", type=Path, help="YAML file; the default is seeds/demo.yml. A database that has data is continued."
    )
    parser.add_argument("--database", default=":memory:", help="SQLite file; the default keeps the state in memory")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address of the TLS ports; the control port stays on loopback"
    )
    for name in (*SERVERS, "control"):
        parser.add_argument(f"--{name.replace('_', '-')}-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--replay",
        type=Path,
        help="recording of traffic (option record_traffic): the services answer what they answered then",
    )
    parser.add_argument(
        "--profile", type=Path, help='JSON file with {"switches": {name: value}}: the service as somebody has found it'
    )
    parser.add_argument("--parent-pid", type=int, help="stop when this process is gone")
    return parser.parse_args(arguments)


def prepare(core: Core, arguments: argparse.Namespace) -> None:
    """The service as the files say it. ValueError for a file of another kind, or with a switch that is none."""
    if arguments.profile:
        document = json.loads(arguments.profile.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or not isinstance(document.get("switches"), dict):
            raise ValueError(f"{arguments.profile} has no switches")
        core.set_switches(document["switches"])
    if arguments.replay:
        with arguments.replay.open(encoding="utf-8") as lines:
            core.recorded = Recorded(lines)


async def serve(arguments: argparse.Namespace) -> None:
    state_dir: Path = arguments.state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    remove_connection_files(state_dir)
    certificates = ensure_certificates(state_dir)
    # Ports are bound before anything answers: the sign-in server's documents contain its own address.
    sockets = {name: bind(arguments.host, getattr(arguments, f"{name}_port")) for name in SERVERS}
    sockets["control"] = bind("127.0.0.1", arguments.control_port)
    ports = {name: each.getsockname()[1] for name, each in sockets.items()}
    core = Core(SERVICES, state_dir, arguments.database, arguments.seed)
    prepare(core, arguments)
    core.base_urls.update({name: f"https://localhost:{ports[name]}" for name in SERVERS})
    apps = {**make_apps(core), "control": control.create_app(core)}
    servers = {
        name: make_server(app, None if name == "control" else certificates.server_path) for name, app in apps.items()
    }

    def stop() -> None:
        for server in servers.values():
            # A second signal does not wait for idle connections.
            server.force_exit = server.should_exit
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    tasks = [asyncio.create_task(server.serve(sockets=[sockets[name]])) for name, server in servers.items()]
    watch = asyncio.create_task(_stop_without_parent(arguments.parent_pid, stop)) if arguments.parent_pid else None
    try:
        await wait_until_started(list(servers.values()), tasks)
        info = connection_info(core, f"http://127.0.0.1:{ports['control']}", certificates.ca_path)
        write_connection_files(core, info)
        print(ready_line(core, info), flush=True)
        await asyncio.gather(*tasks)
    finally:
        if watch:
            watch.cancel()
        remove_connection_files(state_dir)
        core.close()


async def _stop_without_parent(parent_pid: int, stop: Any) -> None:
    """A caller that was killed cannot stop its emulator. A child whose parent is gone gets another parent."""
    is_child = os.getppid() == parent_pid
    while (os.getppid() == parent_pid) if is_child else _is_alive(parent_pid):
        await asyncio.sleep(0.5)
    stop()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def main() -> int:
    arguments = parse_arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    # The emulator runs on Python 3.11 and newer; the rest of what is checked with it, on 3.10 as well.
    with asyncio.Runner(loop_factory=factory) as runner:  # type: ignore[attr-defined]
        runner.run(serve(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
