# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a run is to end: a signal came, or nobody is there any more who would take its result.

A signal reaches only the main thread, which mostly waits for a pool whose threads would go on with everything that
they were given. So the handlers here raise nothing: they leave a note, and whoever is about to begin something asks
first. What is under way is finished.

``timeout:`` of a task, and the death of ansible-playbook, send no signal at all. Ansible's worker then closes the
pipe that the result goes to (ansible-core, ``TaskExecutor``: SIGALRM raises in the worker, which ends), or lives on
as an orphan (ansible-playbook killed with SIGKILL, and with SIGTERM before ansible-core 2.19). So the pipe is
looked at, and the processes from this one up to ansible-playbook.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
import types
import typing as t

from .errors import TransportError
from .lineage import Lineage
from .threads import started

REASON = "interrupted"
"""The key ``reason`` of what was not begun."""
INTERVAL = 0.25
"""Seconds between two looks at the parent while something waits; whoever asks looks for itself."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GONE = select.POLLERR | select.POLLHUP


class Interrupted(TransportError):
    """A request was not sent, or not sent again, because the run is to end. ``ambiguous`` when an earlier attempt may
    have been carried out.
    """

    def __init__(self, message: str, *, ambiguous: bool = False, **details: t.Any) -> None:
        super().__init__(message, ambiguous=ambiguous, **{**details, "reason": REASON})


class Stopper(t.Protocol):
    """What the rest of the collection knows of an interruption."""

    def reached(self) -> str:
        """Why nothing further may be begun, as a sentence; empty while the run goes on. From any thread."""

    def wait(self, seconds: float) -> bool:
        """Sleep, but not beyond an interruption. :returns: whether there is one."""


class Uninterrupted:
    """Where nobody watches: in tests, and in code that Ansible runs in its own process and ends with an exception."""

    def reached(self) -> str:
        """Never."""
        return ""

    def wait(self, seconds: float) -> bool:
        """All of it."""
        time.sleep(seconds)
        return False


UNINTERRUPTED = Uninterrupted()


class Interruption:
    """A context manager: while it is entered, signals and the parent's end are noted. The handlers that were there
    before come back with its end.

    It owns neither the process nor its signals: a signal that is ignored (``nohup``) stays ignored, and outside the
    main thread signals are left alone.

    :param reader: file descriptor whose other end is read by who waits for the result; None if there is none.
    :param lineage: the processes that have to live.
    """

    def __init__(self, reader: int | None = 1, lineage: Lineage | None = None) -> None:
        self.signal: int | None = None
        """The first signal that came, for whoever wants to pass it on afterwards."""
        self._reader = reader
        self._lineage = lineage if lineage is not None else Lineage.of_this_process()
        self._why = ""
        self._event = threading.Event()
        self._before: dict[int, t.Any] = {}
        self._thread: threading.Thread | None = None
        self._wake: tuple[int, int] | None = None
        self._woken: int | None = None

    def __enter__(self) -> Interruption:
        if self._reader is not None and not _open(self._reader):
            self._reader = None  # its number may become that of the pipe below
        self._wake = os.pipe()
        for end in self._wake:
            os.set_blocking(end, False)
        if threading.current_thread() is threading.main_thread():
            # A handler runs only when the main thread does, and that may sleep while another thread got the signal.
            self._woken = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
            for number in self._signals():
                self._before[number] = signal.signal(number, self._note)
        self._thread = started(self._watch, self._wake[0], name="interruption")
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        if self._woken is not None:
            signal.set_wakeup_fd(self._woken)
            self._woken = None
        if self._wake and self._thread:
            os.write(self._wake[1], b"e")
            self._thread.join()
            for end in self._wake:
                os.close(end)
            self._wake = None

    def reached(self) -> str:
        """See :class:`Stopper`. Looks at once, so that not one request is begun in the meantime."""
        if not self._why:
            self._look()
        return self._why

    def stop(self, why: str) -> None:
        """End the run, for a reason that is not seen here. From any thread, not from a signal handler."""
        self._why = self._why or why
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """See :class:`Stopper`."""
        if self.reached():
            return True
        self._event.wait(seconds)
        return bool(self.reached())

    @staticmethod
    def _signals() -> list[int]:
        found: list[int] = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        # Inside Ansible's worker this is how a task is timed out; nothing else here uses it.
        return found + [signal.SIGALRM] if callable(signal.getsignal(signal.SIGALRM)) else found

    def _note(self, number: int, _frame: types.FrameType | None) -> None:
        """The handler. It takes no lock, because the main thread may hold any; a second signal changes nothing."""
        if self.signal is None:
            self.signal = number
        if self._wake:
            with contextlib.suppress(OSError):
                os.write(self._wake[1], b"s")

    def _look(self) -> None:
        if self.signal is not None:
            name = "timeout" if self.signal == signal.SIGALRM else signal.Signals(self.signal).name
            self.stop(f"The run was interrupted ({name}).")
        elif self._reader is not None and _closed(self._reader):
            self.stop("The run was interrupted (its result is no longer awaited: a timeout, or Ansible has ended).")
        elif self._lineage.broken():
            self.stop("The run was interrupted (the Ansible process that started it has ended).")

    def _watch(self, wake: int) -> None:
        """Sets the event for those who wait, which the handler must not do itself."""
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        if self._reader is not None:
            poll.register(self._reader, 0)
        while not self._event.is_set():
            for descriptor, _events in poll.poll(INTERVAL * 1000):
                if descriptor == wake:
                    with contextlib.suppress(OSError):
                        said = os.read(wake, 64)
                        if b"e" in said:
                            return
                        # Numbers of signals are below those of the letters.
                        self.signal = self.signal or next((byte for byte in said if byte in self._before), None)
                else:
                    # Gone, or not even open; looked at below, and not once more without a pause.
                    poll.unregister(descriptor)
            self._look()


def _open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _closed(descriptor: int) -> bool:
    """Whether nobody reads the other end any more. A file, a closed descriptor and a terminal that is there say no."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & _GONE and not events & select.POLLNVAL for _descriptor, events in poll.poll(0))
