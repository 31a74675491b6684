# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether the paths of a run differ, however they are spelled. A file that is written in two ways, or read and
overwritten, is lost.
"""

from __future__ import annotations

import os
import stat
import typing as t
from dataclasses import dataclass

from ..declarations.files import SUFFIXES
from .values import WRITTEN_PATHS

COMPANIONS = (".lock", ".new", ".previous")
"""What lies next to a file while it is replaced."""


@dataclass(frozen=True)
class Place:
    """A path of a run.

    :ivar label: what it is called in a message.
    :ivar path: absolute and without links.
    :ivar type: as in :class:`playbook_values.Variable`; ``made`` for a file that the playbook itself writes, ``kept``
        for one that belongs to the sign-in.
    """

    label: str
    path: str
    type: str

    @property
    def writes(self) -> bool:
        """Whether the run writes it."""
        return self.type in WRITTEN_PATHS or self.type == "made"


def problems_of(places: t.Sequence[Place]) -> list[str]:
    """Everything that is wrong with the paths, a sentence each."""
    return [*(problem for place in places for problem in _kind(place)), *_pairs(places)]


def _kind(place: Place) -> t.Iterator[str]:
    try:
        mode = os.stat(place.path).st_mode
    except OSError:
        if place.type == "new_file" and os.path.lexists(place.path):
            yield f"{place.label} is a broken link."
        return
    if place.type == "new_file" and stat.S_ISDIR(mode):
        yield f"{place.label} is a folder; specify a file."
    elif place.type in ("output", "folder") and not stat.S_ISDIR(mode):
        yield f"{place.label} is not a folder: {place.path}."
    elif place.type == "file" and stat.S_ISDIR(mode):
        yield f"{place.label} is a folder; specify a file."
    elif not stat.S_ISREG(mode) and not stat.S_ISDIR(mode) and place.type != "kept":
        yield f"{place.label} is neither a file nor a folder: {place.path}."


def _pairs(places: t.Sequence[Place]) -> t.Iterator[str]:
    for number, one in enumerate(places):
        for other in places[number + 1 :]:
            why = _clash(one, other)
            if why:
                yield why


def _clash(one: Place, other: Place) -> str | None:
    if not (one.writes or other.writes):
        return None
    if one.type == other.type == "made":
        return None
    if _same(one.path, other.path):
        if {one.type, other.type} <= {"output", "folder", "place"} and os.path.isdir(one.path):
            # Reports among declarations; none of them has a name that is read as one.
            return None
        return f"{one.label} and {other.label} are the same file, {one.path}. Use different names."
    for file, beside in ((one, other), (other, one)):
        if file.type in ("new_file", "made") and any(_same(file.path + ending, beside.path) for ending in COMPANIONS):
            return f"{beside.label} ({beside.path}) has a name that is used while {file.label} is written. Rename it."
        if file.type in ("new_file", "made") and beside.path.startswith(file.path + os.sep):
            return f"{beside.label} ({beside.path}) would be inside {file.label}, which is a file."
    for file, folder in ((one, other), (other, one)):
        if (
            file.type == "new_file"
            and folder.type in ("folder", "place")
            and _inside(file.path, folder.path)
            and file.path.endswith(SUFFIXES)
        ):
            return (
                f"{file.label} ({file.path}) would be read as a declaration in {folder.label}. Use another place or "
                "ending."
            )
    return None


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return os.path.samestat(os.stat(one), os.stat(other))
    except OSError:
        return False


def _inside(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)
