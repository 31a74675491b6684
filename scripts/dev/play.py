# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook of one's own, or a shell, against the emulator. What the emulator knows is kept between the runs."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import emulator
import environments
import layout

STATE = layout.STATE / "emulator"
BASE_PORT = 8443
SERVERS = ("api", "login", "azure-pack-admin", "azure-pack-tenant", "control")


def play(arguments: list[str]) -> int:
    """Run a playbook: a file, or one of the collection by its name."""
    playbook = os.environ.get("FILE", "")
    if not playbook:
        raise SystemExit("Name a playbook: make play FILE=docs/examples/starter/users.yml")
    folder, name = _place(playbook)
    with _emulator() as (environment, env):
        command = [str(environment.bin / "ansible-playbook"), name, *arguments]
        return _foreground(command, env | _settings_of(folder), folder)


def shell(arguments: list[str]) -> int:
    """A shell in which ansible-playbook and its siblings talk to the emulator."""
    folder = _folder()
    with _emulator() as (_environment, env):
        print(
            f"In {folder}: ansible-playbook, ansible-doc and ansible-inventory use the emulator and this checkout. "
            "Leave with exit.",
            flush=True,
        )
        more = {"PS1": "emulator $ "} | _settings_of(folder)
        return _foreground(["bash", "--norc", *arguments], env | more, folder)


def _place(playbook: str) -> tuple[Path, str]:
    """The folder in which it runs, and how it is called there."""
    if playbook.startswith(f"{layout.FQCN}."):
        return layout.ROOT, playbook
    path = Path(playbook).expanduser().resolve()
    if not path.is_file():
        raise SystemExit(f"{playbook}: no such file.")
    return path.parent, path.name


def _folder() -> Path:
    """Where a shell starts: FOLDER, or the starter."""
    name = os.environ.get("FOLDER", "")
    if not name:
        return layout.ROOT / "docs" / "examples" / "starter"
    path = Path(name).expanduser().resolve()
    if not path.is_dir():
        raise SystemExit(f"{name}: no such folder.")
    return path


def _settings_of(folder: Path) -> dict[str, str]:
    """The folder's own ansible.cfg, if it has one. Without an inventory, localhost needs no warning."""
    settings = folder / "ansible.cfg"
    quiet = {"ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False"}
    return ({"ANSIBLE_CONFIG": str(settings)} if settings.is_file() else {}) | quiet


@contextmanager
def _emulator() -> Iterator[tuple[environments.Environment, dict[str, str]]]:
    """The emulator that runs already, or one for the time of the block."""
    environment = environments.prepare_play()
    base = environments.variables(environment, ANSIBLE_FORCE_COLOR="1" if emulator.color() else "0")
    if emulator.is_running(STATE):
        yield environment, base | _exports()
        return
    ports = dict(zip(SERVERS, range(_base_port(), _base_port() + len(SERVERS))))
    _refuse_taken(ports)
    options = [word for name, port in ports.items() for word in (f"--{name}-port", str(port))]
    with emulator.running(STATE, "--database", str(STATE / "emulator.sqlite"), *options):
        yield environment, base | _exports()


def _exports() -> dict[str, str]:
    found = emulator.exports(STATE)
    control = found["PARTNER_CENTER_EMULATOR_CONTROL_URL"]
    if os.environ.get("RESET"):
        with urllib.request.urlopen(urllib.request.Request(f"{control}/reset", data=b"", method="POST"), timeout=30):
            print("The emulator has its original users again.", flush=True)
    return found | {"EMULATOR_CONTROL": control}


def _base_port() -> int:
    text = os.environ.get("EMULATOR_PORT") or str(BASE_PORT)
    if not text.isdecimal() or not 1024 <= int(text) <= 65535 - len(SERVERS):
        raise SystemExit(f"EMULATOR_PORT: {text} is not a port between 1024 and {65535 - len(SERVERS)}.")
    return int(text)


def _refuse_taken(ports: dict[str, int]) -> None:
    for port in ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SystemExit(
                    f"Port {port} is in use. Set another one: make play EMULATOR_PORT=9443 FILE=..."
                ) from None


def _foreground(command: list[str], env: dict[str, str], folder: Path) -> int:
    """Run it with this terminal. Ctrl-C reaches it directly, so this waits for what it makes of that."""
    process = subprocess.Popen(command, env=env, cwd=folder)
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
