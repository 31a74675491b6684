"""`emulator.json` and `emulator.env`: how to reach a running emulator."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.kernel.tls import write_file

if TYPE_CHECKING:
    from emulator.kernel.core import Core

INFO_NAME = "emulator.json"
ENVIRONMENT_NAME = "emulator.env"


def connection_info(core: Core, control_url: str, ca_path: Path) -> dict[str, Any]:
    info: dict[str, Any] = {"pid": os.getpid()}
    for service in core.services:
        info.update(service.connection_info(core))
    return {**info, "control_url": control_url, "ca_path": str(ca_path)}


def write_connection_files(core: Core, info: dict[str, Any]) -> None:
    """The environment first: who waits for emulator.json finds both."""
    settings: dict[str, str | None] = {}
    for service in core.services:
        settings.update(service.environment(core, info))
    lines = [f"export {name}={shlex.quote(str(value))}\n" for name, value in settings.items() if value]
    write_file(core.state_dir / ENVIRONMENT_NAME, "".join(lines).encode(), 0o600)
    write_file(core.state_dir / INFO_NAME, (json.dumps(info, indent=2) + "\n").encode(), 0o644)


def ready_line(core: Core, info: dict[str, Any]) -> str:
    places = [place for service in core.services for place in service.announced.items()]
    return " ".join(["ready", *(f"{word}={info[name]}" for word, name in (*places, ("control", "control_url")))])


def remove_connection_files(state_dir: Path) -> None:
    for name in (INFO_NAME, ENVIRONMENT_NAME):
        (state_dir / name).unlink(missing_ok=True)
