# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module that signs in or speaks to a service records all of it, names nobody in it, and the emulator plays it
again."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from support import traffic_canaries
from trials import forked

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
DOMAIN = "contoso.onmicrosoft.com"
CANARY = {
    "user_principal_name": "canary.fitzgerald@contoso.example",
    "display_name": "Canary Fitzgerald",
    "usage_location": "NO",
    "password": "CANARY-Pass-77",
}
WAP_CANARY = {"name": "canary.wap@tenants.example", "email": "canary.mail@tenants.example"}
SERVICES = {"api": "partner_center", "login": "sign_in", "azure_pack_admin": "azure_pack"}
"""Servers of the emulator, and what a recording calls what they offer. Token issuers are at the sign-in's."""
RUNS = {
    "access_token_info": {},
    "refresh_token": {"dest": "new-token", "force": True},
    "sign_in_info": {"customers": [CONTOSO]},
    "customer_info": {"customer_id": CONTOSO},
    "customer_user_info": {"customer_id": CONTOSO},
    "license_info": {"customers": [CONTOSO], "return_users": True},
    "customer_user": {"customer_id": CONTOSO, **CANARY},
    "customer_users": {"customer_id": CONTOSO, "users": [CANARY], "attribute_changes": True},
    "probe": {"customer_id": CONTOSO, "confirm_customer_domain": DOMAIN, "report_file": "r.json",
              "journal_file": "j.jsonl"},
    "azure_pack_access_token_info": {"username": "olivia@tenants.example", "password": "emulator-tenant-password"},
    "azure_pack_user": WAP_CANARY,
    "azure_pack_users": {"users": [WAP_CANARY, {"name": "peter@tenants.example", "state": "suspended"}]},
    "azure_pack_user_info": {},
}  # fmt: skip


@pytest.fixture
def place(api, tmp_path):
    return Place(api, tmp_path)


class Place:
    """An emulator, and a module's way to it."""

    def __init__(self, api, tmp_path):
        self.control, self.info, self.path = api.control, api.running.info, tmp_path
        self.traffic = tmp_path / "traffic.jsonl"
        self.wap_token = self.control.azure_pack.token()
        self.secrets = {"emulator-client-secret": None, "emulator-refresh-token": None, self.wap_token: None}

    def environment(self, **more):
        own = {
            "PARTNER_CENTER_API_URL": self.info["api_url"],
            "PARTNER_CENTER_AUTHORITY_HOST": self.info["authority_host"],
            "PARTNER_CENTER_CA_PATH": self.info["ca_path"],
            "PARTNER_CENTER_TENANT_ID": self.info["tenant_id"],
            "PARTNER_CENTER_CLIENT_ID": self.info["client_id"],
            "PARTNER_CENTER_CLIENT_SECRET": "emulator-client-secret",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "",
            "PARTNER_CENTER_REFRESH_TOKEN": "emulator-refresh-token",
            "AZURE_PACK_ENDPOINT": self.info["azure_pack_admin_url"],
            "AZURE_PACK_CA_PATH": self.info["ca_path"],
            "AZURE_PACK_ACCESS_TOKEN": self.wap_token,
        }
        return own | more

    def run(self, module, options, check=False, **environment):
        variables = self.environment(**environment)
        if module == "azure_pack_access_token_info":
            variables.pop("AZURE_PACK_ACCESS_TOKEN")
            options = {"issuer_url": f"{self.info['azure_pack_auth_url']}/wstrust/issue/usernamemixed", **options}
        return forked.run(module, options, variables, directory=str(self.path), check=check)

    def exchanges(self):
        return [json.loads(line) for line in self.traffic.read_text(encoding="ascii").splitlines()[1:]]


def people(control):
    """Everything of the seed that is somebody's."""
    found = {"northwind", "contoso", "tenants.example", "olivia", "peter@", "canary", "fitzgerald", "CANARY-Pass-77",
             "emulator-client-secret", "emulator-refresh-token", "emulator-tenant-password",
             "svc-automation", CONTOSO}  # fmt: skip
    for user in control.users(CONTOSO):
        found |= {user["id"], user["user_principal_name"], user["display_name"]}
    for user in control.azure_pack.users():
        found |= {user["name"], user["email"]}
    return {each for each in found if each and len(each) > 5}


@pytest.mark.parametrize("module", RUNS)
def test_everything_is_recorded_and_nobody_is_named(module, place):
    control = place.control
    control.clear_log()
    name = "AZURE_PACK" if module.startswith("azure_pack") else "PARTNER_CENTER"
    ended = place.run(module, RUNS[module], **{f"{name}_RECORD_TRAFFIC": str(place.traffic)})
    assert not ended.failed or module == "sign_in_info", ended.output[-2000:]
    assert place.traffic.stat().st_mode & 0o777 == 0o600
    sent, kept = Counter(), Counter()
    for entry in control.log():
        issued = entry["server"] == "login" and "/wstrust/" in entry["path"]
        sent["token_issuer" if issued else SERVICES[entry["server"]], entry["method"], entry["status"]] += 1
    for each in place.exchanges():
        assert "unrecorded" not in each, each
        kept[each["service"], each["method"], each["status"]] += 1
    assert sent and kept == sent
    secrets = people(control) | {place.info["tenant_id"], place.info["client_id"], place.wap_token}
    secrets |= set(re.findall(r"[A-Za-z0-9_-]{40,}", json.dumps(ended.result.get("access_token", ""))))
    assert len(secrets) > 30
    text = place.traffic.read_text(encoding="ascii")
    assert traffic_canaries.betrayed(text, secrets) == []
    assert traffic_canaries.betrayed(text + json.dumps(sorted(secrets)), secrets) == sorted(secrets), "they are found"


def test_what_is_encoded_is_found():
    token = base64.urlsafe_b64encode(json.dumps({"upn": "canary@contoso.example"}).encode()).decode()
    nested = base64.b64encode(f"x.{token}.y".encode()).decode()
    for text in (token, f"a.{token}.b", nested, f"<Token>{nested}</Token>", "canary%40contoso.example"):
        assert traffic_canaries.betrayed(text, ["canary@contoso.example"]), text
    assert traffic_canaries.betrayed("nothing of it, dGhpcyBpcyBmaW5l", ["canary@contoso.example"]) == []


def test_off_by_default(place):
    assert not place.run("azure_pack_user_info", {}).failed
    assert not place.traffic.exists()


@pytest.mark.parametrize("credential", ["certificate", "chain", "job", "cluster", "application"])
def test_a_credential_is_in_no_recording(credential, place):
    given = {"PARTNER_CENTER_CLIENT_SECRET": "", "PARTNER_CENTER_RECORD_TRAFFIC": str(place.traffic)}
    file, options = place.path / "pod", {}
    file.write_text(place.control.assertion("kubernetes"))
    if credential in ("certificate", "chain"):
        given["PARTNER_CENTER_CLIENT_CERTIFICATE_PATH"] = str(Path(place.info["ca_path"]).with_name("client.pem"))
        options["client_certificate_send_chain"] = credential == "chain"
    elif credential == "job":
        given |= place.control.job()
    elif credential == "cluster":
        given["PARTNER_CENTER_CLIENT_ASSERTION_FILE"] = str(file)
    else:
        given["PARTNER_CENTER_CLIENT_SECRET"] = "emulator-client-secret"
        options["auth_method"] = "client_credentials"
    ended = place.run("access_token_info", options, **given)
    assert not ended.failed, ended.output
    job = given.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    parts = {each for token in (ended.result["access_token"], job or "") for each in token.split(".")}
    secrets = {"northwind", "emulator-client-secret", "user-automation", place.info["tenant_id"], *parts, *(
        [job] if job else []), *file.read_text().split(".")}  # fmt: skip
    text = place.traffic.read_text(encoding="ascii")
    assert traffic_canaries.betrayed(text, {each for each in secrets if len(each) > 6}) == []
    form = place.exchanges()[-1]["body"]
    assert form["grant_type"] in ("refresh_token", "client_credentials")
    assert form.get("client_assertion", "***") == form.get("client_secret", "***") == "***"
    given_out = [each["answer"]["value"] for each in place.exchanges() if "value" in (each["answer"] or {})]
    assert [sorted(each) for each in given_out] == [["claims", "token"]] * (credential == "job")


def test_a_sign_in_and_what_follows_are_played_again(place):
    first = place.run("customer_user", RUNS["customer_user"], PARTNER_CENTER_RECORD_TRAFFIC=str(place.traffic))
    assert first.result["changed"], first.output
    exchanges = place.exchanges()
    (redeemed,) = [each for each in exchanges if each["path"].endswith("/token")]
    (created,) = [each for each in exchanges if each["method"] == "POST" and each["service"] == "partner_center"]
    assert redeemed["answer"]["access_token"]["claims"]["amr"] and redeemed["body"]["client_secret"] == "***"
    place.control.replay(place.traffic)
    again = place.run(
        "customer_user",
        {
            "customer_id": created["path"].split("/")[1],
            "user_principal_name": created["body"]["userPrincipalName"],
            "display_name": created["body"]["displayName"],
            "usage_location": "NO",
            "password": "Another-Pass-77",
        },
        PARTNER_CENTER_TENANT_ID=redeemed["path"].split("/")[0],
        PARTNER_CENTER_CLIENT_ID=redeemed["body"]["client_id"],
        PARTNER_CENTER_CLIENT_SECRET="another",
        PARTNER_CENTER_REFRESH_TOKEN="another-token",
    )
    assert again.result.get("changed") and again.result["user"]["id"] == created["answer"]["id"], again.output
    place.control.reset()
    assert place.run("customer_user_info", {"customer_id": CONTOSO}).result["users"], "the sign-in is its own again"


def test_a_refused_sign_in_is_played_again(place):
    expired = "emulator-refresh-token-expired"
    first = place.run(
        "access_token_info", {}, PARTNER_CENTER_RECORD_TRAFFIC=str(place.traffic), PARTNER_CENTER_REFRESH_TOKEN=expired
    )
    assert first.failed
    redeemed = place.exchanges()[-1]
    assert redeemed["answer"]["error"] == "invalid_grant" and "AADSTS" in redeemed["answer"]["error_description"]
    assert expired not in place.traffic.read_text()
    place.control.replay(place.traffic)
    again = place.run(
        "access_token_info",
        {},
        PARTNER_CENTER_TENANT_ID=redeemed["path"].split("/")[0],
        PARTNER_CENTER_CLIENT_ID=redeemed["body"]["client_id"],
    )
    assert again.failed and again.result["failure"]["reason"] == first.result["failure"]["reason"]
    assert again.result["failure"].get("aadsts") == first.result["failure"].get("aadsts")


def test_azure_pack_and_its_tokens_are_played_again(place):
    recorded = {"AZURE_PACK_RECORD_TRAFFIC": str(place.traffic)}
    first = place.run("azure_pack_access_token_info", RUNS["azure_pack_access_token_info"], **recorded)
    (issued,) = place.exchanges()
    text = json.dumps(issued["body"])
    assert "Username" in text and "***" in text and issued["answer_xml"]
    users = place.run("azure_pack_users", RUNS["azure_pack_users"], **recorded)
    assert not users.failed, users.output
    rest = place.exchanges()[1:]
    (created,) = [each for each in rest if each["method"] == "POST"]
    (changed,) = [each for each in rest if each["method"] == "PUT"]
    place.control.replay(place.traffic)
    named = re.search(r'Username", \{\}, "([^"]+)"', text)
    again = place.run("azure_pack_access_token_info", {"username": named[1], "password": "another"})
    assert again.result.get("access_token") and again.result["principal"] == named[1] != first.result["principal"], (
        again.output
    )
    again = place.run(
        "azure_pack_users",
        {
            "users": [
                {"name": created["body"]["Name"], "email": created["body"]["Email"]},
                {"name": changed["body"]["Name"], "state": "suspended"},
            ]
        },
    )
    assert not again.failed, again.output
    assert [row["status"] for row in again.result["rows"]] == [row["status"] for row in users.result["rows"]]
    refused = place.run("azure_pack_user", {"name": "somebody@else.example"})
    assert refused.failed and refused.result["failure"].get("http_status") == 501
