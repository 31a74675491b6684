# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What users choose about the looks of a page: a template, a logo, a colour. All of it is checked before it is used."""

from __future__ import annotations

import base64
import os
import re
import typing as t
from dataclasses import dataclass

LARGEST_LOGO = 512 * 1024
"""Bytes. The logo is part of every page."""

_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class AppearanceProblem(ValueError):
    """An option cannot be used; the message says which one and why."""


@dataclass(frozen=True)
class Appearance:
    """
    :param template: path of a template of the user; empty for the one of the collection.
    :param logo: an address with the image in it (``data:``); empty for none.
    :param accent: a colour, ``#`` and three or six hexadecimal digits; empty for none.
    """

    template: str = ""
    logo: str = ""
    accent: str = ""


def appearance(template: t.Any = None, logo: t.Any = None, accent: t.Any = None) -> Appearance:
    """The options ``report_template``, ``report_logo`` and ``report_accent``; None and empty texts are not given.

    :raises AppearanceProblem: for a file that is not there, an image of another kind, or something that is no colour.
    """
    colour = str(accent or "").strip()
    if colour and not _COLOUR.fullmatch(colour):
        raise AppearanceProblem(
            f"report_accent must be a color such as #0a4fb3 (# and three or six hexadecimal digits), not {colour!r}"
        )
    path = _path("report_template", template)
    if path and not os.path.isfile(path):
        raise AppearanceProblem(f"report_template {path}: the file does not exist")
    return Appearance(path, _logo(_path("report_logo", logo)), colour)


def _path(option: str, value: t.Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, (str, os.PathLike)):
        raise AppearanceProblem(f"{option} must be a path, not {type(value).__name__}")
    return os.path.abspath(os.path.expanduser(str(value)))


def _logo(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as problem:
        raise AppearanceProblem(
            f"report_logo {path} cannot be read ({problem.strerror or type(problem).__name__})"
        ) from None
    if len(content) > LARGEST_LOGO:
        raise AppearanceProblem(
            f"report_logo {path} has more than {LARGEST_LOGO // 1024} KiB, which is too much for a part of every page"
        )
    kind = _kind(content)
    if not kind:
        raise AppearanceProblem(f"report_logo {path} is not a PNG, JPEG, GIF, WebP or SVG image")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in head:
        return "image/svg+xml"
    return next((kind for magic, kind in _KINDS.items() if content.startswith(magic)), None)
