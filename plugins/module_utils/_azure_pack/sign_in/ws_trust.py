# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The messages with which a security token service gives out a token for a user name and a password: WS-Trust 1.3 in
SOAP 1.2, no I/O.

Sources: OASIS WS-Trust 1.3, OASIS Web Services Security UsernameToken Profile 1.0, W3C SOAP 1.2; and for what Windows
Azure Pack expects the token issuer of Microsoft's sample client: the token type of a JWT, and a JWT that comes back in
base64.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from ..._common.token_claims import read_claims
from ..xml_reading import NotXml, local, path, read_xml, text_of

CONTENT_TYPE = "application/soap+xml; charset=utf-8"
VALID = timedelta(minutes=5)
"""How long a request may be on its way."""

_TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_ENVELOPE = f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"
 xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd"><s:Header><a:Action s:mustUnderstand="1">{_TRUST}/RST/Issue</a:Action>\
<a:MessageID>urn:uuid:%(message_id)s</a:MessageID><a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>\
<a:To s:mustUnderstand="1">%(to)s</a:To>\
<o:Security s:mustUnderstand="1" xmlns:o="{_WSS}-wssecurity-secext-1.0.xsd"><u:Timestamp u:Id="_0">\
<u:Created>%(created)s</u:Created><u:Expires>%(expires)s</u:Expires></u:Timestamp>\
<o:UsernameToken u:Id="_1"><o:Username>%(username)s</o:Username><o:Password \
Type="{_WSS}-username-token-profile-1.0#PasswordText">%(password)s</o:Password></o:UsernameToken>\
</o:Security></s:Header><s:Body>\
<trust:RequestSecurityToken xmlns:trust="{_TRUST}">\
<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">\
<a:EndpointReference><a:Address>%(realm)s</a:Address></a:EndpointReference></wsp:AppliesTo><trust:KeyType>{_TRUST}/Bearer</trust:KeyType>\
<trust:RequestType>{_TRUST}/Issue\
</trust:RequestType><trust:TokenType>urn:ietf:params:oauth:token-type:jwt</trust:TokenType>\
</trust:RequestSecurityToken></s:Body></s:Envelope>"""


class NoToken(ValueError):
    """The answer holds no token; the message says what was wrong with it."""


@dataclass(frozen=True)
class Fault:
    """A refusal: the last code of the chain without its prefix, and the words."""

    code: str
    reason: str


def request_text(*, to: str, realm: str, username: str, password: str, message_id: str, now: datetime) -> str:
    """The request for a token.

    :param to: the endpoint's URL, as the service knows it.
    :param now: the time in UTC; the service refuses a request that is minutes off.
    """
    values = {
        "message_id": message_id,
        "to": to,
        "realm": realm,
        "username": username,
        "password": password,
        "created": _time(now),
        "expires": _time(now + VALID),
    }
    return _ENVELOPE % {name: escape(value) for name, value in values.items()}


def writable(text: str) -> bool:
    """Whether XML 1.0 can hold a text at all."""
    return not re.search("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)


def read_answer(content: bytes) -> str | Fault:
    """The token, or why there is none. :raises NoToken: it is not an answer of such a service."""
    try:
        root = read_xml(content)
    except NotXml as exc:
        raise NoToken(f"it is not acceptable XML: {exc}") from None
    body = path(root, "Body")
    if local(root) != "Envelope" or body is None:
        raise NoToken("it is not a SOAP message")
    fault = path(body, "Fault")
    if fault is not None:
        return _fault(fault)
    response = path(body, "RequestSecurityTokenResponseCollection", "RequestSecurityTokenResponse")
    if response is None:
        response = path(body, "RequestSecurityTokenResponse")
    token = path(response, "RequestedSecurityToken")
    if token is None:
        raise NoToken("there is no token in it")
    return _decoded(text_of(token))


def encoded_in(token: str) -> str:
    """A token in the form in which the answer holds it, which is as secret."""
    return base64.b64encode(token.encode()).decode()


def _decoded(text: str) -> str:
    token = text  # a service that leaves the base64 out
    if not _JWT.fullmatch(text):
        try:
            token = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise NoToken(
                "the token in it is not a JSON web token (a SAML token, perhaps: is the realm right?)"
            ) from None
    # One without claims is none: for whom and for what it is could not be told.
    if not _JWT.fullmatch(token) or not read_claims(token):
        raise NoToken("the token in it is not a JSON web token")
    return token


def _fault(fault: t.Any) -> Fault:
    code = path(fault, "Code")
    word = text_of(path(code, "Value"))
    inner = path(code, "Subcode")
    while inner is not None:
        word = text_of(path(inner, "Value")) or word
        inner = path(inner, "Subcode")
    return Fault(word.rpartition(":")[2], " ".join(text_of(path(fault, "Reason", "Text")).split()))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
