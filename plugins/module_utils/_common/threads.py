# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Threads that leave signals to the main thread.

The system may hand a signal to any thread that does not block it (signal(7)), but Python runs handlers in the main
thread only. When another thread takes the signal, a main thread that sleeps in a system call is not woken, and what
should end the process waits until that call returns by itself. Ansible's worker sleeps so while it waits for a module,
and its handler is what passes Ctrl-C on to the module.
"""

from __future__ import annotations

import signal
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor


def leave_signals() -> None:
    """Block all signals in the calling thread, and in those that it starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def started(target: t.Callable[..., t.Any], *args: t.Any, name: str | None = None) -> threading.Thread:
    """A daemon thread, started. It takes no signal from its first moment on.

    :raises RuntimeError: there is no room for another thread.
    """
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    # A thread begins with the mask of the one that starts it; what comes meanwhile is delivered afterwards.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return thread


class Pool(ThreadPoolExecutor):
    """A pool whose threads take no signals.

    :param size: how many threads at most; at least one.
    """

    def __init__(self, size: int) -> None:
        super().__init__(max_workers=max(1, size), initializer=leave_signals)
