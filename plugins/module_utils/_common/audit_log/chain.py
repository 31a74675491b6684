# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The lines of an audit log: JSON objects, each with a number, the hash of the line before it, and its own.

The hash of a line is the SHA-256 of everything in it that stands in front of its hash. So one byte that is changed
anywhere is found in the line itself, and a line that is taken out, put in or moved in the number and in ``previous``
of the next one. Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import dataclass

GENESIS = "0" * 64
"""What the first line of all names as the hash of the line before it."""
STARTED, CONTINUED, TORN = "log_started", "log_continued", "torn_line"
"""Kinds of lines that are about the log itself: it begins, it goes on in a new file, a crash left half a line."""
_OPENING = b'{"seq":'
_MARK = b',"hash":"'
_END = b'"}'
_HASH = re.compile(rb"[0-9a-f]{64}")
_TAIL = len(_MARK) + 64 + len(_END)


@dataclass(frozen=True)
class Entry:
    """A line that is what it was when it was written. ``torn``: how many bytes of half a line stand in front of it."""

    seq: int
    previous: str
    hash: str
    values: t.Mapping[str, t.Any]
    torn: int = 0

    @property
    def kind(self) -> str:
        """What it is about."""
        return str(self.values.get("kind"))


def line_of(values: t.Mapping[str, t.Any], seq: int, previous: str) -> tuple[bytes, str]:
    """The bytes of a line, with its end, and its hash."""
    # In ASCII, so that no editor and no encoding makes other bytes of the same characters.
    body = json.dumps({"seq": seq, "previous": previous, **values}, separators=(",", ":"), ensure_ascii=True)
    front = body.encode("ascii")[:-1]
    digest = hashlib.sha256(front).hexdigest()
    return front + _MARK + digest.encode("ascii") + _END + b"\n", digest


def torn_of(rest: bytes) -> dict[str, t.Any]:
    """The line that closes half a line, on which it follows directly: what is there is kept and told."""
    return {"kind": TORN, "torn": {"bytes": len(rest), "sha256": hashlib.sha256(rest).hexdigest()}}


def read_line(line: bytes) -> Entry | None:
    """What a line without its end says, None if it is not as it was written.

    Half a line that a crash left is one whole with the line that closes it: no line is lost, and none can be hidden.
    """
    whole = _whole(line)
    if whole is not None:
        return whole if whole.kind != TORN else None
    at = line.rfind(_OPENING)
    while at > 0:
        closing = _whole(line[at:])
        if closing is not None and closing.kind == TORN and closing.values.get("torn") == torn_of(line[:at])["torn"]:
            return Entry(closing.seq, closing.previous, closing.hash, closing.values, at)
        at = line.rfind(_OPENING, 0, at)
    return None


def _whole(line: bytes) -> Entry | None:
    front, tail = line[:-_TAIL], line[-_TAIL:]
    digest = tail[len(_MARK) : -len(_END)]
    if not line.startswith(_OPENING) or not (
        tail.startswith(_MARK) and tail.endswith(_END) and _HASH.fullmatch(digest)
    ):
        return None
    if hashlib.sha256(front).hexdigest().encode("ascii") != digest:
        return None
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    seq, previous = values.get("seq"), values.get("previous")
    if not isinstance(seq, int) or isinstance(seq, bool) or not isinstance(previous, str):
        return None
    return Entry(seq, previous, digest.decode("ascii"), values)
