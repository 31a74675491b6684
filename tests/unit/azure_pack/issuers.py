"""Answers of a token issuer."""

from __future__ import annotations

TOKEN = "eyJhbGciOiJub25lIn0.eyJ1cG4iOiJhbm4ifQ.c2ln"


TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"


def issued(inner: str) -> bytes:
    return (
        f"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><t:RequestSecurityTokenResponseCollection xmlns:t='{TRUST}'>"
        f"<t:RequestSecurityTokenResponse><t:RequestedSecurityToken>{inner}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
        "</t:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>"
    ).encode()


def fault(code: str, reason: str = "No.") -> bytes:
    return (
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
        f"<s:Value xmlns:a='x'>a:{code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>{reason}</s:Text></s:Reason></s:Fault>"
        "</s:Body></s:Envelope>"
    ).encode()
