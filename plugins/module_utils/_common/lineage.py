# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The processes from this one up to the ansible-playbook that has started it, and whether one of them has gone.

A module's parent is mostly a shell, its parent a worker of Ansible, and that is a fork of ansible-playbook: a Python
process with the same command line. When one of them dies, its child gets another parent (credentials(7), exit(2)),
whatever else it inherits. Above ansible-playbook nobody matters: it may outlive the terminal or the script that it was
started from. Where there is no ``/proc`` only the own parent is known.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

GENERATIONS = 12
"""How far up to look: shells and ``sudo`` may lie between."""


class Processes:
    """What the system knows of processes; replaced in tests."""

    def parent(self, process: int) -> int | None:
        """The parent's id; None if it cannot be told, also because the process is gone."""
        if process == os.getpid():
            return os.getppid()
        try:
            with open(f"/proc/{process}/stat", "rb") as handle:
                return int(handle.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None

    def command(self, process: int) -> list[bytes]:
        """The command line; empty if it cannot be told."""
        try:
            with open(f"/proc/{process}/cmdline", "rb") as handle:
                return handle.read().rstrip(b"\0").split(b"\0")
        except OSError:
            return []


@dataclass(frozen=True)
class Lineage:
    """``links`` are (process, its parent), from this process upward."""

    links: tuple[tuple[int, int], ...]
    processes: Processes = field(default_factory=Processes)

    @classmethod
    def of_this_process(cls, processes: Processes | None = None) -> Lineage:
        """As it is now."""
        processes = processes or Processes()
        process = os.getpid()
        links: list[tuple[int, int]] = []
        while len(links) < GENERATIONS:
            parent = processes.parent(process)
            if parent is None or parent <= 1:
                break
            links.append((process, parent))
            if _forked(processes.command(process), processes.command(parent)):
                return cls(tuple(links), processes)
            process = parent
        return cls(tuple(links[:1]), processes)

    def broken(self) -> bool:
        """Whether one of the processes has another parent by now, or has gone itself."""
        return any(self.processes.parent(process) != parent for process, parent in self.links)


def _forked(child: t.Sequence[bytes], parent: t.Sequence[bytes]) -> bool:
    """Whether a process is a copy of its parent that runs Python, as Ansible's workers are; ``sudo`` and subshells are
    copies, too.
    """
    return bool(child) and child == parent and os.path.basename(child[0]).startswith((b"python", b"ansible"))
