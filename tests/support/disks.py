"""Disks that are really read-only or really full: mounted for one command, in a mount namespace of its own."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

#: Arguments: a directory, then the command. What is in `content` below it comes to all places, with the times of its files.
SCRIPT = """
set -eu
cd "$1"; shift
for place in read-only full; do
    mount -t tmpfs -o size=64k,mode=700 tmpfs "$place"
done
for place in read-only full single; do
    cp -a content/. "$place"
done
mount -o remount,ro read-only
cat /dev/zero > full/filler 2> /dev/null || :
for file in single/*; do
    mount --bind "$file" "$file"
done
status=0
(cd "$OLDPWD" && exec "$@") || status=$?
rm full/filler
cp -a read-only full single after
exit "$status"
"""
_WAYS = (["unshare", "--map-root-user", "--mount"], ["unshare", "--mount"])


def way() -> list[str] | None:
    """The command that gives a mount namespace; None where this machine lets nobody have one."""
    for words in _WAYS:
        try:
            done = subprocess.run(
                [*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, timeout=20, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return list(words)
    return None


class Disks:
    """Places that have the files of ``content`` while a command runs on them.

    ``read_only`` and ``full`` are file systems of 64 kB. In ``single`` each file is a mount by itself, as containers have them. ``after`` holds a copy of
    all three once a command has ended, because the file systems end with it.
    """

    def __init__(self, directory: Path, unshare: list[str]) -> None:
        self.content, self.after = directory / "content", directory / "after"
        self.read_only, self.full, self.single = directory / "read-only", directory / "full", directory / "single"
        for place in (self.content, self.after, self.read_only, self.full, self.single):
            place.mkdir()
        self._words = [*unshare, "sh", "-c", SCRIPT, "sh", str(directory)]

    def programs(self, directory: Path, program: Path) -> Path:
        """A new directory with a program of the same name that runs on these disks."""
        directory.mkdir()
        wrapper = directory / program.name
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([*self._words, str(program)])} "$@"\n')
        wrapper.chmod(0o700)
        return directory
