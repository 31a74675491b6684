# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of a sign-in has the way of the protocol, and nothing of whoever signed in, wherever a host puts it."""

from __future__ import annotations

import ast
import base64
import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.traffic.dialect import Dialect
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.traffic.recording import Recording
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.traffic import SignInTraffic
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.traffic import (
    PartnerCenterTraffic,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support import traffic_canaries

from .wires import Response

ROOT = Path(__file__).resolve().parents[3]
TENANT, CLIENT = "7b26b357-9ca3-48b8-a58e-4febe2662a5d", "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"


def encoded(value: t.Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def exchange(
    tmp_path: Path, form: t.Any, answer: t.Any, path: str = f"{TENANT}/oauth2/v2.0/token", **how: t.Any
) -> t.Any:
    file = tmp_path / "t.jsonl"
    file.unlink(missing_ok=True)
    seen = Recording(str(file)).observer(SignInTraffic, secrets=how.pop("secrets", None))
    headers = {"client-request-id": TENANT, "X-AnchorMailbox": "Oid:canary"}
    seen("POST", f"https://login.example/{path}", {"data": form, "headers": headers, **how}, answer)
    text = file.read_text(encoding="ascii")
    return json.loads(text.splitlines()[1]), text


def test_what_is_of_the_protocol_stays(tmp_path: Path) -> None:
    claims = {"aud": "https://api.partnercenter.microsoft.com", "oid": CLIENT, "upn": "canary@c.example", "exp": 9, "iat": 2,
              "amr": ["pwd", "mfa"], "scp": "user_impersonation Canary.Read", "name": "Canary", "wids": [TENANT],
              "iss": f"https://sts.windows.net/{TENANT}/", "xms_tcdt": 5, "idtyp": "Canary Fitzgerald"}  # fmt: skip
    answer = {"token_type": "Bearer", "expires_in": 3599, "scope": "https://api.partnercenter.microsoft.com/.default openid",
              "access_token": f"a.{encoded(claims)}.canary", "refresh_token": "0.canary", "client_info": encoded({"uid": CLIENT})}  # fmt: skip
    form = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": "0.old", "client_secret": "canary",
            "client_info": "1", "scope": "offline_access https://api.partnercenter.microsoft.com/user_impersonation",
            "redirect_uri": "http://localhost:8400/canary"}  # fmt: skip
    record, text = exchange(tmp_path, form, Response(200, answer, Set_Cookie="canary"))
    assert traffic_canaries.betrayed(text, ["canary", TENANT, CLIENT, "0.old"]) == []
    shown, sent = record["answer"], record["body"]
    assert {name: shown[name] for name in ("token_type", "expires_in", "scope")} == {
        name: answer[name] for name in ("token_type", "expires_in", "scope")
    }
    assert sent["scope"] == form["scope"] and sent["client_secret"] == "***"
    assert sent["redirect_uri"].startswith("http://localhost:8400/")
    found = shown["access_token"]["claims"]
    assert (found["exp"], found["iat"], found["amr"], found["aud"]) == (9, 2, ["pwd", "mfa"], claims["aud"])
    assert found["scp"].split()[0] == "user_impersonation" and found["xms_tcdt"] == 0
    assert found["oid"] == sent["client_id"] == shown["client_info"]["json"]["uid"], "equal ids stay equal"
    assert found["iss"].split("/")[3] == record["path"].split("/")[0] == found["wids"][0]


def test_a_refusal_is_told_by_its_number(tmp_path: Path) -> None:
    words = "AADSTS50105: Your administrator has blocked Canary App ('x'). Trace ID: 1 Correlation ID: 2"
    answer = {"error": "invalid_grant", "suberror": "bad_token", "error_description": words, "error_codes": [50105],
              "timestamp": "2026-06-15 10:00:00Z", "correlation_id": CLIENT, "claims": "{canary}",
              "error_uri": "https://login.microsoftonline.com/error?code=50105&canary=1"}  # fmt: skip
    record, text = exchange(tmp_path, None, Response(400, answer))
    assert "canary" not in text.lower()
    assert record["answer"] | {"correlation_id": "", "error_uri": ""} == {
        **answer, "error_description": "AADSTS50105", "claims": "***", "correlation_id": "", "error_uri": "",
    }  # fmt: skip


secrets = st.sampled_from(
    ["Canary-Person", "canary@canary.example", "Canary Fitzgerald/x", "canary+1&a=b", "CANARYcanary"]
)
hidden = secrets.flatmap(
    lambda each: st.sampled_from(
        [each, f"a.{encoded({'upn': each, 'x': [each]})}.b", encoded({"uid": each}), f"https://canary.example/{each}?q={each}",
         f"AADSTS1: {each}", f"Bearer {each}"]
    )
)  # fmt: skip
names = st.sampled_from(
    """access_token refresh_token id_token device_code user_code message verification_uri client_info scope error_description claims
    username password client_secret client_assertion assertion code code_verifier redirect_uri client_id resource token_endpoint
    issuer token_endpoint_auth_methods_supported correlation_id trace_id error_uri value tenant state nonce other""".split()
)
bodies = st.recursive(
    hidden | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, hidden, max_size=6), bodies, hidden)
def test_nothing_of_anybody_stays_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, form: dict[str, str], body: t.Any, segment: str
) -> None:
    """Forms and answers, each with canaries in the clear, in tokens, in base64 and in addresses."""
    path = f"{segment.replace('?', '').replace('#', '')}/oauth2/v2.0/token"
    how = {"params": {"q": segment}}
    _record, text = exchange(tmp_path_factory.mktemp("r"), form, Response(200, body, Location=segment), path, **how)
    assert traffic_canaries.betrayed(text, ["canary"]) == [], text


def test_a_known_secret_is_taken_out_wherever_it_is(tmp_path: Path) -> None:
    """The last moment before the file, for what is kept because it is a word of the protocol everywhere else."""
    known = Secrets()
    known.add("a_secret_word")
    record, text = exchange(
        tmp_path, {"grant_type": "a_secret_word"}, Response(400, {"error": "a_secret_word"}), secrets=known
    )
    assert "a_secret_word" not in text and record["status"] == 400


def test_two_services_share_their_stand_ins(tmp_path: Path) -> None:
    recording = Recording(str(tmp_path / "t.jsonl"))
    dialects: tuple[type[Dialect], ...] = (SignInTraffic, PartnerCenterTraffic)
    for dialect in dialects:
        recording.observer(dialect)("GET", f"https://h.example/{TENANT}", {}, Response(200, {}))
    one, other = [json.loads(line)["path"] for line in (tmp_path / "t.jsonl").read_text().splitlines()[1:]]
    assert one == other != TENANT


def test_every_connection_is_recorded() -> None:
    """Whoever makes a connection says who is told of it; there is none that a recording does not have."""
    made = []
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in (
                "http.session",
                "http.sign_in_session",
                "requests.Session",
                "requests.get",
                "requests.post",
                "urlopen",
            ):
                assert "seen" in {each.arg for each in t.cast(ast.Call, node).keywords}, (path, name)
                made.append(path.name)
            assert name not in ("urllib.request.urlopen", "http.client.HTTPSConnection"), path
    assert len(made) >= 5
