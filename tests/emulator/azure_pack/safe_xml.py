"""XML from outside. A document type declaration is refused where it begins, so that no entity is ever defined, expanded
or fetched."""

from __future__ import annotations

from typing import Any, NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

MAX_DEPTH = 64


class BadXml(ValueError):
    """The document is malformed, or has what a message to a web service never needs."""


class _Reader:
    def __init__(self) -> None:
        self.builder = ElementTree.TreeBuilder()
        self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self.builder.data
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse

    def read(self, raw: bytes) -> ElementTree.Element:
        self._parser.Parse(raw, True)
        return self.builder.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadXml("the document is nested too deeply")
        self.builder.start(_clark(name), {_clark(each): value for each, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(_clark(name))

    def _refuse(self, *_declaration: Any) -> NoReturn:
        raise BadXml("a document type declaration is not allowed")


def parse(raw: bytes) -> ElementTree.Element:
    """The root element, names as `{namespace}local`. BadXml for anything else."""
    try:
        return _Reader().read(raw)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        if isinstance(error, BadXml):
            raise
        # The parser's message names positions, never content.
        raise BadXml(str(error)) from None


def local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def to_value(element: ElementTree.Element) -> Any:
    """Text, or a dictionary of the children by local name (a list where a name repeats): for the log, and where order
    does not count."""
    if len(element) == 0:
        return (element.text or "").strip()
    value: dict[str, Any] = {}
    for child in element:
        name, content = local_name(child), to_value(child)
        if name in value:
            known = value[name]
            value[name] = [*known, content] if isinstance(known, list) else [known, content]
        else:
            value[name] = content
    return value


def _clark(name: str) -> str:
    return "{" + name if "}" in name else name
