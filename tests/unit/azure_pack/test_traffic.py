# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of Azure Pack and its token issuers shows what happened, and not to whom."""

from __future__ import annotations

import base64
import json
import typing as t
from datetime import datetime, timezone
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.traffic import (
    AzurePackTraffic,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.traffic import (
    TokenIssuerTraffic,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in.ws_trust import request_text
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.traffic.dialect import Dialect
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.traffic.recording import Recording
from hypothesis import given, settings
from hypothesis import strategies as st
from support import traffic_canaries

from .issuers import fault
from .service import Response, wire

NAME = "Canary.Fitzgerald@canary.example"
GUID = "c1a2b3c4-0001-4000-8000-000000000002"


def exchange(
    tmp_path: Path, dialect: type[Dialect], method: str, path: str, data: t.Any, answer: t.Any, **how: t.Any
) -> tuple[dict[str, t.Any], str]:
    file = tmp_path / "t.jsonl"
    file.unlink(missing_ok=True)
    headers = {"Authorization": "Bearer canary", "x-ms-principal-id": "CANARY\\admin", "x-ms-client-request-id": GUID}
    seen = Recording(str(file)).observer(dialect, "https://wap.canary.example:30004")
    seen(method, f"https://wap.canary.example:30004/{path}", {"data": data, "headers": headers, **how}, answer)
    text = file.read_text(encoding="ascii")
    return json.loads(text.splitlines()[1]), text


def test_a_user(tmp_path: Path) -> None:
    made = wire(NAME, owns=2, error="The machine CANARY-01 did not stop.", Nickname="Canary", Serial=77)
    body = json.dumps(made).encode()
    record, text = exchange(
        tmp_path, AzurePackTraffic, "PUT", "users/canary.fitzgerald%40canary.example", body, Response(200, made)
    )
    assert traffic_canaries.betrayed(text, ["canary", "fitzgerald", GUID]) == []
    shown = record["answer"]
    assert {name: shown[name] for name in ("State", "SubscriptionCount", "ActivationSyncState", "CreatedTime", "Serial")} == {
        "State": 1, "SubscriptionCount": 2, "ActivationSyncState": 0, "CreatedTime": made["CreatedTime"], "Serial": 0,
    }  # fmt: skip
    assert shown["Name"] == shown["Email"] == record["body"]["Name"] == record["path"].removeprefix("users/")
    query = {"deleteSubscriptions": "True", "force": "False", "UserId": NAME, "filter": NAME, "skip": "0"}
    error = {
        "Code": "ConflictError",
        "Message": f"The user {NAME} has CANARY",
        "Details": [{"Code": "X", "Message": "canary"}],
    }
    record, text = exchange(
        tmp_path, AzurePackTraffic, "DELETE", "users/canary", None, Response(409, error), params=query
    )
    assert "canary" not in text.lower() and record["answer"]["Code"] == "ConflictError"
    pairs = dict(record["query"])
    assert (pairs["deleteSubscriptions"], pairs["force"], pairs["skip"]) == ("True", "False", "0")
    assert pairs["UserId"] == pairs["filter"] != NAME


@pytest.mark.parametrize(
    "page", [b"<html>canary</html>", b"canary", b"\xff\xfecanary", b"<!DOCTYPE canary><x>canary</x>"]
)
def test_a_page_is_its_length(page: bytes, tmp_path: Path) -> None:
    record, text = exchange(tmp_path, AzurePackTraffic, "GET", "users", None, Response(502, page))
    assert "canary" not in text and (record.get("unreadable_bytes") == len(page) or record["answer_xml"])


def issued(name: str) -> bytes:
    claims = {
        "upn": name,
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": name,
        "exp": 7,
        "aud": "http://azureservices/TenantSite",
    }
    token = ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b"{}", json.dumps(claims).encode(), b"canary")
    )
    return f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><canary/></s:Header><s:Body>
<t:RequestSecurityTokenResponse xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512" Context="canary">
<t:RequestedSecurityToken><w:BinarySecurityToken xmlns:w="urn:canary" ValueType="urn:ietf:params:oauth:token-type:jwt" Canary="x">
{base64.b64encode(token.encode()).decode()}</w:BinarySecurityToken></t:RequestedSecurityToken><t:KeyType>canary</t:KeyType>
</t:RequestSecurityTokenResponse></s:Body></s:Envelope>""".encode()


def test_a_token_and_what_was_asked_for_it(tmp_path: Path) -> None:
    text = request_text(to="https://sts.canary.example/adfs/services/trust/13/usernamemixed", realm="http://azureservices/TenantSite",
                        username=NAME, password="canary-Pass&77", message_id=GUID, now=datetime(2026, 1, 2, tzinfo=timezone.utc))  # fmt: skip
    record, shown = exchange(
        tmp_path,
        TokenIssuerTraffic,
        "POST",
        "adfs/services/trust/13/usernamemixed",
        text.encode(),
        Response(200, issued(NAME)),
    )
    assert (
        traffic_canaries.betrayed(
            shown.replace("{urn:replaced}", ""), ["fitzgerald", "canary.example", "Pass&77", GUID, "canary"]
        )
        == []
    )
    assert record["path"] == "adfs/services/trust/13/usernamemixed"
    sent, got = json.dumps(record["body"]), json.dumps(record["answer_xml"])
    for kept in ("http://azureservices/TenantSite", "2026-01-02T00:05:00.000Z", "RST/Issue", "usernamemixed"):
        assert kept in sent
    for kept in ('"exp": 7', "claims/name", "urn:replaced", "***"):
        assert kept in got


@pytest.mark.parametrize(("code", "shown"), [("t:FailedAuthentication", "f:FailedAuthentication"), ("x:Canary", "***")])
def test_a_fault_is_told_by_its_code(code: str, shown: str, tmp_path: Path) -> None:
    answer = Response(500, fault(code, "ID3242: The user canary is unknown."))
    record, text = exchange(
        tmp_path, TokenIssuerTraffic, "POST", "wstrust/issue/usernamemixed", b"no xml, canary", answer
    )
    assert "canary" not in text.lower() and '"ID3242"' in text and shown in text and record["body"] == {"xml": None}


places = st.sampled_from(
    """Name Email Message LastErrorMessage Code2 Details SubscriptionID OfferFriendlyName CoAdminNames AccountAdminLiveEmailId items other
    Text Reason Username Password Address To MessageID RelatesTo Action Value Created BinarySecurityToken Assertion NameID X509Certificate""".split()
)
texts = st.sampled_from(
    [
        "Canary-Person",
        "canary@canary.example",
        "CANARY\\Admin",
        "https://canary.example/canary",
        "urn:canary",
        "canary:Canary",
    ]
)
values = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(places, inner, max_size=4),
    max_leaves=12,
)
elements = st.recursive(
    st.tuples(places, texts).map(lambda pair: f"<{pair[0]} a='canary'>{escape(pair[1])}</{pair[0]}>"),
    lambda inner: st.tuples(places, st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: f"<{pair[0]} xmlns='urn:canary'>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(values, elements, st.sampled_from((AzurePackTraffic, TokenIssuerTraffic)))
def test_nothing_of_anybody_stays_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, value: t.Any, element: str, dialect: type[Dialect]
) -> None:
    for sent, got in ((json.dumps(value).encode(), value), (element.encode(), element.encode())):
        _record, text = exchange(
            tmp_path_factory.mktemp("r"),
            dialect,
            "POST",
            "users/canary",
            sent,
            Response(200, got),
            params={"x": "canary"},
        )
        assert traffic_canaries.betrayed(text, ["canary"]) == [], text
