# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whose a detached signature is, as ``ssh-keygen`` judges it: its own rules for an allowed signers file hold, with
validity, namespaces and certificate authorities.

Everything is read once by whoever calls, and ssh-keygen gets copies in a folder of this run: so what is verified is
what is used. To be called in the main thread, because threads of the pools block signals, and a child would, too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import typing as t

from .errors import CollectionError
from .visible import visible

PROGRAM = "ssh-keygen"
SECONDS = 20
"""More than any signature takes. Files are copies, so nothing waits for a disk or a pipe."""
PRINCIPALS = 50
"""So many identities of one key are looked at."""
_SAID = 200
_SIGNERS, _SIGNATURE = "allowed_signers", "signature"


class NoKeygen(CollectionError):
    """There is no program that can verify."""

    REASON = "ssh_keygen_missing"


class Keygen:
    """Verifies signatures of one text. A context manager, because its folder goes away with it.

    :param allowed_signers: content of the file.
    :raises NoKeygen: there is no ssh-keygen.
    """

    def __init__(self, allowed_signers: bytes) -> None:
        found = shutil.which(PROGRAM)
        if not found:
            raise NoKeygen(
                f"Approvals are verified with {PROGRAM} (OpenSSH 8.2 or newer), which is not in PATH.",
                advice="Install the OpenSSH client where the task runs (openssh-client, openssh-clients).",
            )
        self._program = os.path.abspath(found)
        self._folders = contextlib.ExitStack()
        self._folder = self._folders.enter_context(tempfile.TemporaryDirectory(prefix="partner_center_approvals_"))
        self._file(_SIGNERS, allowed_signers)
        self.said = ""
        """What the program said first about the last signature where it did not agree."""

    def __enter__(self) -> Keygen:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._folders.close()

    def signers(
        self, content: bytes, signature: bytes, namespace: str, others: t.Iterable[str] = ()
    ) -> tuple[str, ...]:
        """The identities for which a signature of these bytes is good, in this namespace and at this time; none if it
        is not good.

        :param others: identities that are asked for besides, because a key may stand for several, and find-principals
            names those of the first line alone.
        """
        self.said = ""
        self._file(_SIGNATURE, signature)
        found = self._run(["-Y", "find-principals", "-s", _SIGNATURE, "-f", _SIGNERS], b"")
        names = [] if found is None else found.decode("utf-8", errors="replace").splitlines()
        wanted = [name for name in dict.fromkeys([*names[:PRINCIPALS], *others]) if name and "\0" not in name]
        verify = ["-Y", "verify", "-s", _SIGNATURE, "-f", _SIGNERS, "-n", namespace]
        # An identity is one argument of its option, whatever it begins with.
        return tuple(name for name in wanted if self._run([*verify, "-I", name], content) is not None)

    def _file(self, name: str, content: bytes) -> None:
        with open(os.path.join(self._folder, name), "wb") as handle:
            handle.write(content)

    def _run(self, words: t.Sequence[str], content: bytes) -> bytes | None:
        """What the program printed, or None if it did not agree."""
        try:
            # run_command has no time limit, and hands on the environment.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                [self._program, *words],
                input=content,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                cwd=self._folder,
                # Neither secrets nor settings of whoever runs this; and Ctrl-C ends the task, not the verification.
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": self._folder},
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            self._note(f"no result in {SECONDS} seconds")
            return None
        except (OSError, ValueError) as exc:
            self._note(getattr(exc, "strerror", None) or type(exc).__name__)
            return None
        if done.returncode == 0:
            return done.stdout
        lines = b"\n".join([done.stderr, done.stdout]).decode("utf-8", errors="replace").splitlines()
        self._note(next(filter(None, (line.strip() for line in lines)), f"status {done.returncode}"))
        return None

    def _note(self, said: str) -> None:
        self.said = self.said or visible(said)[:_SAID]
