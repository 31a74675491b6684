"""Tokens from the tenant authentication site and from AD FS."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import jwt
import pytest

SOAP = "http://www.w3.org/2003/05/soap-envelope"
TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
TENANT_SITE, ADFS = "/wstrust/issue/usernamemixed", "/adfs/services/trust/13/usernamemixed"
ADMIN_REALM, TENANT_REALM = "http://azureservices/AdminSite", "http://azureservices/TenantSite"
ADFS_PASSWORD, TENANT_PASSWORD = "emulator-adfs-password", "emulator-tenant-password"
SOAP_TYPE = "application/soap+xml; charset=utf-8"
AUTOMATION = "wap-automation@northwind.example"
TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"


def moment(seconds=0):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def message(to, username, password, realm, **changes):
    """A request as published clients send it. changes: action, key_type, request_type, token_type, timestamp, security, body, password_type."""
    parts = {
        "action": TRUST + "/RST/Issue",
        "key_type": TRUST + "/Bearer",
        "request_type": TRUST + "/Issue",
        "token_type": "urn:ietf:params:oauth:token-type:jwt",
        "timestamp": "",
        "password_type": TEXT,
    } | changes
    security = (
        f'<o:Security xmlns:o="{SECURITY}" s:mustUnderstand="1">{parts["timestamp"]}<o:UsernameToken><o:Username>{escape(username)}</o:Username>'
        f'<o:Password Type="{parts["password_type"]}">{escape(password)}</o:Password></o:UsernameToken></o:Security>'
    )
    body = (
        f'<t:RequestSecurityToken xmlns:t="{TRUST}"><p:AppliesTo xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"><a:EndpointReference>'
        f"<a:Address>{escape(realm)}</a:Address></a:EndpointReference></p:AppliesTo><t:KeyType>{parts['key_type']}</t:KeyType>"
        f"<t:RequestType>{parts['request_type']}</t:RequestType><t:TokenType>{parts['token_type']}</t:TokenType></t:RequestSecurityToken>"
    )
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"><s:Header><a:Action s:mustUnderstand="1">{parts["action"]}</a:Action>'
        f'<a:MessageID>urn:uuid:42</a:MessageID><a:To s:mustUnderstand="1">{to}</a:To>{changes.get("security", security)}</s:Header>'
        f"<s:Body>{changes.get('body', body)}</s:Body></s:Envelope>"
    )


def timestamp(created, expires):
    return f'<u:Timestamp xmlns:u="{UTILITY}"><u:Created>{created}</u:Created><u:Expires>{expires}</u:Expires></u:Timestamp>'


@pytest.fixture
def ask(wap):
    """Sends a request; answers status, content type, root element (None for an empty body)."""
    url = wap.running.info["azure_pack_auth_url"]

    def send(
        path,
        username=AUTOMATION,
        password=ADFS_PASSWORD,
        realm=ADMIN_REALM,
        *,
        to=None,
        raw=None,
        content_type=SOAP_TYPE,
        **changes,
    ):
        body = message(to or url + path, username, password, realm, **changes) if raw is None else raw
        body = body if isinstance(body, bytes) else body.encode()
        answer = wap.session.post(url + path, data=body, headers={"Content-Type": content_type}, timeout=20)
        root = ElementTree.fromstring(answer.content) if answer.content else None
        return SimpleNamespace(
            status=answer.status_code, type=answer.headers.get("Content-Type"), root=root, text=answer.text
        )

    return send


def token_of(answer):
    assert (answer.status, answer.type) == (200, "application/soap+xml; charset=utf-8")
    path = f"{{{SOAP}}}Body/{{{TRUST}}}RequestSecurityTokenResponseCollection/{{{TRUST}}}RequestSecurityTokenResponse/{{{TRUST}}}RequestedSecurityToken"
    inner = answer.root.find(path)
    return base64.b64decode("".join(inner.itertext()), validate=True).decode()


def fault_of(answer):
    """(namespace, code) of the subcode."""
    assert (answer.status, answer.type) == (500, "application/soap+xml; charset=utf-8")
    fault = answer.root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    assert fault.find(f"{{{SOAP}}}Code/{{{SOAP}}}Value").text == "s:Sender"
    assert fault.find(f"{{{SOAP}}}Reason/{{{SOAP}}}Text").text
    name = fault.find(f"{{{SOAP}}}Code/{{{SOAP}}}Subcode/{{{SOAP}}}Value").text
    prefix, dummy, code = name.partition(":")
    return next(
        uri
        for uri in (SECURITY, TRUST, ADDRESSING)
        if f'xmlns:{prefix}="{uri}"' in answer.text and (uri != ADDRESSING or prefix != "a")
    ), code


@pytest.mark.parametrize(
    "username", ["NORTHWIND\\wap-automation", "northwind\\WAP-Automation", "Wap-Automation@northwind.example"]
)
def test_adfs(wap, names, ask, username):
    answer = ask(ADFS, username, timestamp=timestamp(moment(), moment(300)))
    wap.token = token_of(answer)
    claims = jwt.decode(wap.token, options={"verify_signature": False})
    assert (claims["aud"], claims["upn"]) == (ADMIN_REALM, AUTOMATION)
    assert wap.user(names.liam).status == 200
    assert answer.root.find(f"{{{SOAP}}}Header/{{{ADDRESSING}}}RelatesTo").text == "urn:uuid:42"
    assert answer.root.find(f"{{{SOAP}}}Header/{{{ADDRESSING}}}Action").text == TRUST + "/RSTRC/IssueFinal"
    assert [each.text for each in answer.root.iter(f"{{{ADDRESSING}}}Address")] == [ADMIN_REALM]


def test_the_tenant_site(wap, names, ask):
    wap.token = token_of(ask(TENANT_SITE, names.olivia, TENANT_PASSWORD, TENANT_REALM))
    assert wap.user(names.olivia, tenant=True).status == 200
    assert wap.user(names.olivia).status == 403


def test_adfs_for_tenants_and_for_people_who_are_no_administrators(wap, names, ask):
    wap.azure_pack.add_accounts({"username": names.liam, "site": "adfs", "password": "p"})
    wap.token = token_of(ask(ADFS, names.liam, "p", TENANT_REALM))
    assert wap.user(names.liam, tenant=True).status == 200
    wap.token = token_of(ask(ADFS, "helpdesk@northwind.example"))
    assert wap.user(names.liam).status == 403


def test_lifetime(wap, names, ask):
    wap.control.set(azure_pack_token_lifetime=100)
    answer = ask(ADFS)
    claims = jwt.decode(token_of(answer), options={"verify_signature": False})
    assert claims["exp"] - claims["nbf"] == 100
    created, expires = (answer.root.find(f".//{{{UTILITY}}}{name}").text for name in ("Created", "Expires"))
    assert (datetime.fromisoformat(expires) - datetime.fromisoformat(created)).total_seconds() == 100
    wap.token = token_of(answer)
    wap.control.advance(101)
    assert wap.user(names.liam).status == 401


def test_a_token_for_another_realm_than_was_asked_for(wap, ask):
    wap.control.set(azure_pack_issued_for=TENANT_REALM)
    answer = ask(ADFS)
    assert jwt.decode(token_of(answer), options={"verify_signature": False})["aud"] == TENANT_REALM
    assert [each.text for each in answer.root.iter(f"{{{ADDRESSING}}}Address")] == [TENANT_REALM]


@pytest.mark.parametrize(
    ("path", "username", "password"),
    [
        (ADFS, AUTOMATION, "wrong"),
        (ADFS, AUTOMATION, ""),
        (ADFS, AUTOMATION, ADFS_PASSWORD + " "),
        (ADFS, "nobody", ADFS_PASSWORD),
        (ADFS, "retired@northwind.example", ADFS_PASSWORD),
        (ADFS, "olivia@tenants.example", TENANT_PASSWORD),
        (TENANT_SITE, AUTOMATION, ADFS_PASSWORD),
    ],
)
def test_who_is_not_known(ask, path, username, password):
    answer = ask(path, username, password, TENANT_REALM)
    assert fault_of(answer) == (TRUST, "FailedAuthentication")
    assert "ID3242" in answer.text
    assert answer.root.find(f"{{{SOAP}}}Header/{{{ADDRESSING}}}RelatesTo").text == "urn:uuid:42"


def test_wrong_realms(ask, names):
    for path, username, password, realm in (
        (ADFS, AUTOMATION, ADFS_PASSWORD, "http://azureservices/Elsewhere"),
        (ADFS, AUTOMATION, ADFS_PASSWORD, ""),
        (TENANT_SITE, names.olivia, TENANT_PASSWORD, ADMIN_REALM),
    ):
        answer = ask(path, username, password, realm)
        assert fault_of(answer) == (TRUST, "InvalidScope") and "ID3082" in answer.text


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"action": TRUST + "/RST/Renew"}, (ADDRESSING, "ActionNotSupported")),
        ({"to": "https://adfs.example/adfs/services/trust/13/windowsmixed"}, (ADDRESSING, "DestinationUnreachable")),
        ({"key_type": TRUST + "/SymmetricKey"}, (TRUST, "InvalidRequest")),
        ({"request_type": TRUST + "/Validate"}, (TRUST, "InvalidRequest")),
        ({"token_type": "urn:oasis:names:tc:SAML:2.0:assertion"}, (TRUST, "InvalidRequest")),
        ({"body": "<Other/>"}, (TRUST, "InvalidRequest")),
        ({"security": ""}, (SECURITY, "InvalidSecurity")),
        ({"security": f'<o:Security xmlns:o="{SECURITY}"/>'}, (SECURITY, "InvalidSecurity")),
        (
            {
                "security": f'<o:Security xmlns:o="{SECURITY}"><o:UsernameToken><o:Username>u</o:Username></o:UsernameToken></o:Security>'
            },
            (SECURITY, "UnsupportedSecurityToken"),
        ),
        ({"password_type": TEXT.replace("Text", "Digest")}, (SECURITY, "UnsupportedSecurityToken")),
        ({"timestamp": timestamp(moment(-900), moment(-600))}, (SECURITY, "InvalidSecurity")),
        ({"timestamp": timestamp(moment(600), moment(900))}, (SECURITY, "InvalidSecurity")),
        ({"timestamp": timestamp("soon", "later")}, (SECURITY, "InvalidSecurity")),
    ],
)
def test_requests_that_are_refused(ask, changes, fault):
    assert fault_of(ask(ADFS, **changes)) == fault


def test_clocks_may_differ_by_five_minutes(wap, ask):
    assert ask(ADFS, timestamp=timestamp(moment(-540), moment(-240))).status == 200
    assert ask(ADFS, timestamp=timestamp(moment(240), moment(540))).status == 200
    wap.control.advance(86400)
    assert ask(ADFS, timestamp=timestamp(moment(), moment(300))).status == 200, "the client's clock was not moved"
    wap.control.set(assertion_clock="emulator")
    assert fault_of(ask(ADFS, timestamp=timestamp(moment(), moment(300)))) == (SECURITY, "InvalidSecurity")


def test_a_timestamp_may_be_required(wap, ask):
    wap.control.set(azure_pack_wstrust_timestamp="required")
    assert fault_of(ask(ADFS)) == (SECURITY, "InvalidSecurity")
    assert ask(ADFS, timestamp=timestamp(moment(), moment(300))).status == 200


def test_the_host_in_to_may_be_any(ask):
    assert ask(ADFS, to="https://ADFS.example:444/adfs/services/Trust/13/usernamemixed/").status == 200


@pytest.mark.parametrize(
    "raw", ["", "<s:Envelope", "<Envelope/>", f'<s:Envelope xmlns:s="{SOAP}"/>', "<!DOCTYPE a><a/>"]
)
def test_malformed_messages(ask, raw):
    answer = ask(ADFS, raw=raw)
    assert (answer.status, answer.root) == (400, None)


def test_other_types_methods_and_doors(wap, ask):
    assert ask(ADFS, content_type="text/xml").status == 415
    url = wap.running.info["azure_pack_auth_url"]
    assert wap.session.get(url + ADFS, timeout=20).status_code == 405
    windows = wap.session.post(url + "/wstrust/issue/windowstransport", data=b"", timeout=20)
    assert windows.status_code == 401 and windows.headers["WWW-Authenticate"] == "Negotiate, NTLM"
    assert (
        wap.session.get(
            f"{url}/{wap.running.info['tenant_id']}/v2.0/.well-known/openid-configuration", timeout=20
        ).status_code
        == 200
    )


def test_no_password_in_the_log(wap, ask):
    ask(ADFS, password="canary-good-shape")
    ask(ADFS, raw="<a>canary-broken")
    ask(ADFS, content_type="text/xml", password="canary-other-type")
    ask(ADFS, content_type="application/json", password="canary-no-json")
    entries = wap.control.log(server="login")
    assert "canary" not in str(entries)
    assert [each["status"] for each in entries] == [500, 400, 415, 415]
    header = entries[0]["body"]["Envelope"]["Header"]
    assert header["Security"]["UsernameToken"] == {"Username": AUTOMATION, "Password": "***"}
    assert (
        entries[0]["body"]["Envelope"]["Body"]["RequestSecurityToken"]["AppliesTo"]["EndpointReference"]["Address"]
        == ADMIN_REALM
    )
    assert entries[1]["body"] == {"unreadable_bytes": 16}


def test_faults_reach_the_issuers(wap, ask):
    wap.control.add_faults(
        [{"match": {"server": "login", "path": "^/adfs/"}, "do": {"kind": "status", "status": 503, "body": ""}}]
    )
    assert (ask(ADFS).status, ask(ADFS).status) == (503, 200)
