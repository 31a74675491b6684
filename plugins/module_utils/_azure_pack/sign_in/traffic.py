# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What was sent to a token service and what came back, as a recording shows it: the elements of the messages, without
passwords and tokens, and with stand-ins for users, hosts and ids.

An element is ``[name, attributes, content]``; the content is a text, or a list of elements. What a text is replaced by
depends on where it stands, and everything that is not known is replaced.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from xml.etree import ElementTree

from ..._common.pseudonyms import MASK
from ..._common.traffic.dialect import Dialect
from ..._common.traffic.tokens import shown_token
from ..xml_reading import NotXml, local, read_xml

Leaf = t.Callable[[str, str], t.Any]
"""What stands for the text of an element. Takes the element's local name and the text."""
_STANDARDS = re.compile(
    r"(?:http://(?:docs\.oasis-open\.org|www\.w3\.org|schemas\.xmlsoap\.org|schemas\.microsoft\.com)/"
    r"|urn:ietf:params:oauth:|urn:oasis:names:)[A-Za-z0-9_./:#\-]{0,200}"
)
_SMALL = re.compile(r"_?\d{1,3}|[a-z]{2}(?:-[A-Z]{2})?|true|false")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_NUMBERED = re.compile(r"(?:ID|MSIS|MSTSC)\d{1,6}")
_ID = re.compile(r"(urn:uuid:|uuid-|)([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:-\d{1,6})?")
_NAME = re.compile(r"\{([^}]*)\}([A-Za-z][A-Za-z0-9_]{0,60})")
_FAULTS = frozenset(
    """Sender Receiver MustUnderstand VersionMismatch DataEncodingUnknown InvalidRequest FailedAuthentication
    RequestFailed InvalidSecurityToken AuthenticationBadElements BadRequest ExpiredData InvalidTimeRange InvalidScope
    RenewNeeded UnableToRenew UnsupportedSecurityToken UnsupportedAlgorithm InvalidSecurity FailedCheck
    SecurityTokenUnavailable MessageExpired ActionNotSupported DestinationUnreachable EndpointUnavailable
    InvalidAddressingHeader MessageAddressingHeaderRequired""".split()
)
"""Codes of SOAP 1.2, WS-Addressing 1.0, WS-Security 1.0 and WS-Trust 1.3."""
_WORDS = frozenset(
    """Envelope Header Body Fault Code Value Subcode Reason Text Error Message Details Detail Type ValueType
    EncodingType Id RequestSecurityTokenResponseCollection RequestSecurityTokenResponse RequestedSecurityToken
    BinarySecurityToken Lifetime Created Expires AppliesTo EndpointReference Address RelatesTo MessageID Action
    To""".split()
)
_DEEPEST = 40


def tree(element: ElementTree.Element, leaf: Leaf, depth: int = 0) -> list[t.Any]:
    """An element as it is recorded. :param leaf: replaces texts."""
    content: t.Any = []
    if depth < _DEEPEST:
        content = [tree(child, leaf, depth + 1) for child in element]
    text = (element.text or "").strip()
    if text:
        # Text next to elements is in none of these messages; it is not kept.
        content = content or leaf(local(element), text)
    attributes = {
        _qualified(name): value if _SMALL.fullmatch(value) or _STANDARDS.fullmatch(value) else MASK
        for name, value in element.attrib.items()
    }
    return [_qualified(str(element.tag)), attributes, content]


def _qualified(name: str) -> str:
    """The name of an element or an attribute, if it is one of the standards, or one that is looked for whatever its
    namespace."""
    found = _NAME.fullmatch(name)
    if found and _STANDARDS.fullmatch(found[1]):
        return name
    word = found[2] if found else name
    word = word if word in _WORDS else "replaced"
    return f"{{urn:replaced}}{word}" if name.startswith("{") else word


class XmlDialect(Dialect):
    """A service that also speaks XML."""

    def leaf(self, name: str, text: str) -> t.Any:
        """What stands for the text of an element."""
        return self.names.text(text)

    def xml(self, content: bytes) -> list[t.Any] | None:
        """A document as it is recorded; None if it is none."""
        try:
            return tree(read_xml(content), self.leaf)
        except (NotXml, RecursionError):
            return None

    def answer_of(self, answer: t.Any, path: str) -> dict[str, t.Any]:
        """The body of an answer as it is recorded."""
        found = super().answer_of(answer, path)
        if "unreadable_bytes" in found:
            document = self.xml(answer.content)
            if document is not None:
                return {"answer_xml": document, "mark": False}
        return found


class TokenIssuerTraffic(XmlDialect):
    """Exchanges with the tenant authentication site, or with AD FS."""

    SERVICE = "token_issuer"
    WORDS = frozenset(
        """wstrust issue usernamemixed windowstransport adfs services trust 13 adminsite tenantsite authsite
        windowsauthsite""".split()
    )
    """Of the paths of issuers, and of the names of realms."""

    def read(self, data: t.Any) -> t.Any:
        """The document that is sent."""
        return {"xml": self.xml(data)} if isinstance(data, bytes) and data else None

    def sent(self, body: t.Any, path: str) -> t.Any:
        """What was read has its stand-ins already."""
        return body

    def received(self, value: t.Any, path: str) -> t.Any:
        """A token service answers no JSON; what does is something else."""
        return MASK

    def leaf(self, name: str, text: str) -> t.Any:
        """By the element: words of the standards, times and realms stay; a token is shown by its claims."""
        if name == "Password":
            return MASK
        found = _ID.fullmatch(text)
        if found:
            return found[1] + self.names.guid(found[2])
        if name in ("Action", "Address", "KeyType", "RequestType", "TokenType") and _STANDARDS.fullmatch(text):
            return text
        if name in ("Created", "Expires") and _TIME.fullmatch(text):
            return text
        if name == "Value":
            prefix, _colon, code = text.rpartition(":")
            return f"f:{code}" if code in _FAULTS and len(prefix) < 10 else MASK
        if name in ("Text", "faultstring"):
            number = _NUMBERED.match(text)
            return number[0] if number else MASK
        if name in ("Address", "To"):
            return self.url(text)
        if name == "Username":
            return self.names.text(text)
        token = _token_in(text)
        return shown_token(self, token) if token else self.names.text(f"token {text}")


def _token_in(text: str) -> str | None:
    """The JSON web token in a text, which may be in base64."""
    if text.count(".") == 2:
        return text
    try:
        token = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return token if token.count(".") == 2 else None
