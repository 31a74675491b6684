# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads XML of a service with the standard library, which is only safe without a document type definition; so there may
be none.

Entities that expand into others, and entities from files, need a DTD. A document that has one is not parsed at all.
"""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree

LARGEST = 1_000_000
"""Bytes; tokens and errors have some thousands."""
_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class NotXml(ValueError):
    """It is no XML that may be read; the message says why and repeats nothing of it."""


def read_xml(content: bytes) -> ElementTree.Element:
    """The root of a document. :raises NotXml:"""
    if len(content) > LARGEST:
        raise NotXml("it is too large")
    try:
        # Only UTF-8: in another encoding a document type definition could hide from the search below.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotXml("it is not UTF-8") from None
    if _DOCTYPE.search(text):
        raise NotXml("it has a document type definition")
    # A declaration of another encoding is of no effect on text that is decoded already, and an error for the parser.
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise NotXml("it is not well-formed") from None


def local(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: ElementTree.Element | None, name: str) -> t.Iterator[ElementTree.Element]:
    """The children of this name, whatever their namespace."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def path(element: ElementTree.Element | None, *names: str) -> ElementTree.Element | None:
    """The first element below, by the names on the way; None if there is none."""
    for name in names:
        element = next(children(element, name), None)
    return element


def text_of(element: ElementTree.Element | None) -> str:
    """All text in an element."""
    return "".join(element.itertext()).strip() if element is not None else ""
