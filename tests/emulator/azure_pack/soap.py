"""SOAP 1.2 messages of WS-Trust 1.3: reading a token request, writing an answer or a fault.

Sources: SOAP 1.2 part 1 (faults), WS-Addressing 1.0 SOAP binding (faults), WS-Security 1.0 (username token, fault
codes), WS-Trust 1.3 (sections 3, 4 and 11). The sentences of the faults are those that AD FS and WCF are known to
answer with; a client should depend on the codes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from emulator.azure_pack import safe_xml
from emulator.kernel.clock import parse_time

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
POLICY = "http://schemas.xmlsoap.org/ws/2004/09/policy"
TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
ISSUE_ACTION = TRUST + "/RST/Issue"
FINAL_ACTION = TRUST + "/RSTRC/IssueFinal"
ADDRESSING_FAULT = ADDRESSING + "/fault"
ISSUE = TRUST + "/Issue"
BEARER = TRUST + "/Bearer"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
BASE64_BINARY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
CONTENT_TYPE = "application/soap+xml; charset=utf-8"

FAILED = "ID3242: The security token could not be authenticated or authorized."
UNVERIFIED = "An error occurred when verifying security for the message."


class Malformed(ValueError):
    """Not a SOAP 1.2 message at all."""


class Fault(Exception):
    """namespace, code: the subcode. reason: one English sentence. message_id: of the request, where it was readable."""

    def __init__(self, namespace: str, code: str, reason: str, message_id: str | None = None) -> None:
        super().__init__(f"{code} {reason}")
        self.namespace = namespace
        self.code = code
        self.reason = reason
        self.message_id = message_id


@dataclass(frozen=True)
class TokenRequest:
    message_id: str | None
    action: str | None
    to: str | None
    has_security: bool
    has_timestamp: bool
    created: datetime | None
    expires: datetime | None
    username: str | None
    password: str | None
    password_type: str | None
    applies_to: str | None
    request_type: str | None
    key_type: str | None
    token_type: str | None


def read(raw: bytes) -> TokenRequest:
    """Malformed where there is no envelope with a body, a fault where the body is no token request."""
    try:
        envelope = safe_xml.parse(raw)
    except safe_xml.BadXml as error:
        raise Malformed(str(error)) from None
    body = envelope.find(f"{{{SOAP}}}Body")
    if envelope.tag != f"{{{SOAP}}}Envelope" or body is None:
        raise Malformed("not a SOAP 1.2 envelope")
    header = envelope.find(f"{{{SOAP}}}Header")
    header = Element("none") if header is None else header
    security = header.find(f"{{{SECURITY}}}Security")
    token = Element("none") if security is None else _or_empty(security.find(f"{{{SECURITY}}}UsernameToken"))
    timestamp = None if security is None else security.find(f"{{{UTILITY}}}Timestamp")
    password = token.find(f"{{{SECURITY}}}Password")
    request = body.find(f"{{{TRUST}}}RequestSecurityToken")
    message_id = _text(header, f"{{{ADDRESSING}}}MessageID")
    if request is None:
        raise Fault(TRUST, "InvalidRequest", "MSIS3127: The specified request failed.", message_id)
    return TokenRequest(
        message_id=message_id,
        action=_text(header, f"{{{ADDRESSING}}}Action"),
        to=_text(header, f"{{{ADDRESSING}}}To"),
        has_security=security is not None,
        has_timestamp=timestamp is not None,
        created=_time(timestamp, "Created", message_id),
        expires=_time(timestamp, "Expires", message_id),
        username=_text(token, f"{{{SECURITY}}}Username"),
        # A password may begin or end with a space.
        password=None if password is None else password.text or "",
        password_type=None if password is None else password.get("Type"),
        applies_to=_text(request, f"{{{POLICY}}}AppliesTo/{{{ADDRESSING}}}EndpointReference/{{{ADDRESSING}}}Address"),
        request_type=_text(request, f"{{{TRUST}}}RequestType"),
        key_type=_text(request, f"{{{TRUST}}}KeyType"),
        token_type=_text(request, f"{{{TRUST}}}TokenType"),
    )


def _or_empty(element: Element | None) -> Element:
    return Element("none") if element is None else element


def _text(parent: Element, path: str) -> str | None:
    found = parent.find(path)
    return None if found is None else (found.text or "").strip()


def _time(timestamp: Element | None, name: str, message_id: str | None) -> datetime | None:
    text = None if timestamp is None else _text(timestamp, f"{{{UTILITY}}}{name}")
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError:
        raise Fault(SECURITY, "InvalidSecurity", UNVERIFIED, message_id) from None


def issued(request: TokenRequest, token: str, created: str, expires: str) -> str:
    """The answer to a token request: the JWT in base64 as a binary security token. created, expires: xsd:dateTime."""
    content = base64.b64encode(token.encode()).decode()
    answer = (
        f'<trust:RequestSecurityTokenResponseCollection xmlns:trust="{TRUST}"><trust:RequestSecurityTokenResponse>'
        f'<trust:Lifetime><wsu:Created xmlns:wsu="{UTILITY}">{created}</wsu:Created>'
        f'<wsu:Expires xmlns:wsu="{UTILITY}">{expires}</wsu:Expires></trust:Lifetime>'
        f'<wsp:AppliesTo xmlns:wsp="{POLICY}"><wsa:EndpointReference xmlns:wsa="{ADDRESSING}">'
        f"<wsa:Address>{escape(request.applies_to or '')}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>"
        f'<trust:RequestedSecurityToken><wsse:BinarySecurityToken xmlns:wsse="{SECURITY}" ValueType="{JWT_TYPE}" '
        f'EncodingType="{BASE64_BINARY}">'
        f"{content}</wsse:BinarySecurityToken></trust:RequestedSecurityToken>"
        f"<trust:TokenType>{JWT_TYPE}</trust:TokenType><trust:RequestType>{ISSUE}</trust:RequestType><trust:KeyType>{BEARER}</trust:KeyType>"
        "</trust:RequestSecurityTokenResponse></trust:RequestSecurityTokenResponseCollection>"
    )
    return _envelope(FINAL_ACTION, request.message_id, answer)


def fault(refusal: Fault) -> str:
    answer = (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value>"
        f'<s:Subcode><s:Value xmlns:f="{refusal.namespace}">f:{refusal.code}</s:Value></s:Subcode></s:Code>'
        f'<s:Reason><s:Text xml:lang="en-US">{escape(refusal.reason)}</s:Text></s:Reason></s:Fault>'
    )
    return _envelope(ADDRESSING_FAULT, refusal.message_id, answer)


def _envelope(action: str, relates_to: str | None, body: str) -> str:
    relation = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"><s:Header><a:Action '
        f's:mustUnderstand="1">{action}</a:Action>{relation}</s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
