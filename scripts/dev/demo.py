# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: two playbooks, one for each system, against an emulator of their own. The terminal gets a few lines for each step, the log everything."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import emulator
import environments
import layout

LOG = layout.STATE / "demo.log"
PLAYBOOKS = {
    "demo": "Partner Center: one user of a customer, from preview to restore (playbooks/demo.yml)",
    "azure_pack_demo": "Windows Azure Pack: users who leave, with what they own (playbooks/azure_pack_demo.yml)",
}
NEXT = """
Next:
  cp -r docs/examples/starter ~/starter                your own folder
  make play FILE=~/starter/users.yml                   your first playbook
  make shell FOLDER=~/starter                          a shell with ansible-playbook
  docs/sign-in.md                                      your own tenant
All diffs and requests: {log}
"""


def run(arguments: list[str]) -> int:
    """Both playbooks side by side, shown one after the other."""
    environment = environments.prepare_play()
    layout.STATE.mkdir(exist_ok=True)
    print("Declares users against a local emulator of the service.")
    # A playbook that is interrupted does not tidy up behind itself. The name is short because sockets are made below it.
    with (
        tempfile.TemporaryDirectory(prefix="pc-", ignore_cleanup_errors=True) as place,
        emulator.running(Path(place, "emulator")) as (_process, exports),
    ):
        env = environments.variables(
            environment,
            ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callback_plugins"),
            ANSIBLE_CALLBACKS_ENABLED="steps",
            ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
            ANSIBLE_FORCE_COLOR="0",
            TMPDIR=place,
            **exports,
        )
        command = [environment.bin / "ansible-playbook", "--inventory", "localhost,", "--connection", "local", "--diff"]
        second = Path(place, "second")
        logs = {name: Path(place, f"{name}.log") for name in PLAYBOOKS}
        with second.open("w") as later:
            running = {
                name: subprocess.Popen(
                    [*command, f"{layout.FQCN}.{name}", *arguments],
                    env=env,
                    cwd=layout.ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=logs[name].open("w"),
                    stderr=None if name == "demo" else later,
                )
                for name in PLAYBOOKS
            }
            try:
                status = [_show(name, process, second) for name, process in running.items()]
            finally:
                for process in running.values():
                    if process.poll() is None:
                        process.terminate()
                        process.wait()
                LOG.write_text("".join(path.read_text() for path in logs.values() if path.exists()))
    if any(status):
        print(f"\nThe demo failed; see {LOG.relative_to(layout.ROOT)}.", file=sys.stderr)
    else:
        print(NEXT.format(log=LOG.relative_to(layout.ROOT)), end="")
    return max(status)


def _show(name: str, process: subprocess.Popen, second: Path) -> int:
    print(f"\n{PLAYBOOKS[name]}", flush=True)
    status = process.wait()
    if name != "demo":
        sys.stdout.write(second.read_text())
        sys.stdout.flush()
    return status
