"""A recording of traffic shows what happened, and not to whom."""

from __future__ import annotations

import json
import stat
import threading
import typing as t
import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.pseudonyms import Pseudonyms
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.traffic.recording import Recording
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.traffic import (
    PartnerCenterTraffic,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS
from .wires import Response

NAME, DOMAIN, UPN = "Canary Fitzgerald", "canary-secret.example", "canary.f@canary-secret.example"
CANARIES = ("canary", "fitzgerald", *(each.lower() for each in IDS), CUSTOMER.lower())
USER = {
    "id": IDS[1],
    "userPrincipalName": UPN,
    "displayName": NAME,
    "firstName": "Canary",
    "usageLocation": "NO",
    "state": "active",
    "passwordProfile": {"password": "Canary-Pass-1", "forceChangePassword": True},
    "links": {"self": {"uri": f"/customers/{CUSTOMER}/users/{IDS[1]}?note=Canary", "method": "GET", "headers": []}},
    "attributes": {"objectType": "CustomerUser"},
}


def recorded(path: Path) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()[1:]]


def record(tmp_path: Path, *exchanges: t.Any) -> tuple[list[dict[str, t.Any]], str]:
    path = tmp_path / "traffic.jsonl"
    send = sender(Recording(str(path)))
    for method, where, query, body, answer in exchanges:
        headers = {"Authorization": "Bearer canary-token", "MS-RequestId": IDS[3], "X-Other": "Canary"}
        send(method, where, query, headers, body, answer)
    return recorded(path), path.read_text(encoding="ascii")


def sender(recording: Recording) -> t.Callable[..., None]:
    """Tells a recording an exchange with Partner Center, as a connection does."""
    seen = recording.observer(PartnerCenterTraffic, "https://api.example/v1")

    def send(method: str, path: str, query: t.Any, headers: t.Any, body: t.Any, answer: t.Any) -> None:
        data = None if body is None else json.dumps(body).encode()
        seen(
            method, f"https://api.example/v1/{quote(path)}", {"params": query, "headers": headers, "data": data}, answer
        )

    return send


USERS = f"customers/{CUSTOMER}/users"


def test_one_user_from_end_to_end(tmp_path: Path) -> None:
    refusal = {
        "code": 3000,
        "description": f"The user '{NAME}' ({UPN.upper()}) of {DOMAIN} with id {IDS[1]} cannot have 'canary'.",
        "data": ["Exception : Canary Fitzgerald"],
        "source": "PartnerFD",
    }
    lines, text = record(
        tmp_path,
        ("POST", USERS, None, USER, Response(200, USER, MS_RequestId=IDS[3], Set_Cookie="canary")),
        ("GET", f"{USERS}/{IDS[1]}", None, None, Response(200, {**USER, "userPrincipalName": UPN.upper()})),
        ("PATCH", f"{USERS}/{IDS[1].upper()}", None, {"displayName": NAME}, Response(400, refusal)),
        (
            "GET",
            "customers",
            {"filter": json.dumps({"Field": "Domain", "Value": DOMAIN, "Operator": "equals"})},
            None,
            ValueError("canary"),
        ),
        ("GET", f"domains/{DOMAIN}", None, None, Response(200, ["canary-secret.example"])),
        ("GET", f"customers/{CUSTOMER}/customDomains", None, None, Response(200, [DOMAIN, "canary.onmicrosoft.com"])),
    )
    assert not [canary for canary in CANARIES if canary in text.lower()], text
    made, read, refused, failed, _used, domains = lines
    assert made["answer"]["passwordProfile"] == {"password": "***", "forceChangePassword": True}
    assert made["answer"]["usageLocation"] == "NO" and made["answer"]["attributes"] == {"objectType": "CustomerUser"}
    user_id = made["answer"]["id"]
    assert uuid.UUID(user_id).version == 4
    assert read["path"].endswith(f"/users/{user_id}") and refused["path"] == read["path"]
    assert made["answer"]["links"]["self"]["uri"].startswith("/" + read["path"])
    assert read["answer"]["userPrincipalName"] == made["body"]["userPrincipalName"]
    assert made["body"]["userPrincipalName"].endswith(domains["answer"][0])
    assert domains["answer"][1].endswith(".onmicrosoft.com")
    description = refused["answer"]["description"]
    assert description.startswith("The user '") and user_id in description and refused["answer"]["code"] == 3000
    assert failed["error"] == "ValueError" and json.loads(failed["query"][0][1])["Value"] == domains["answer"][0]
    assert made["headers"]["Authorization"] == made["headers"]["X-Other"] == "***"
    assert made["headers"]["MS-RequestId"] == made["answer_headers"]["MS-RequestId"] != IDS[3]


def test_what_is_everybodys_stays(tmp_path: Path) -> None:
    role = {"id": IDS[4], "name": "Helpdesk Administrator", "attributes": {"objectType": "DirectoryRole"}}
    sku = {
        "availableUnits": 4,
        "productSku": {"id": IDS[5], "name": "Power BI", "skuPartNumber": "POWER_BI"},
        "servicePlans": [{"id": IDS[6], "displayName": "Plan", "serviceName": "PLAN", "capabilityStatus": "Enabled"}],
    }
    update = {"licensesToAssign": [{"skuId": IDS[5], "excludedPlans": [IDS[6]]}], "licensesToRemove": [IDS[7]]}
    states = json.dumps({"Field": "UserState", "Value": "Inactive", "Operator": "equals"})
    lines, _text = record(
        tmp_path,
        ("GET", f"customers/{CUSTOMER}/directoryroles", None, None, Response(200, {"items": [role]})),
        ("GET", f"customers/{CUSTOMER}/directoryroles/{IDS[4]}/usermembers", None, None, Response(200, {"items": []})),
        (
            "GET",
            f"customers/{CUSTOMER}/subscribedskus",
            {"licenseGroupIds": ["Group1", "Group2"]},
            None,
            Response(200, {"items": [sku]}),
        ),
        ("POST", f"{USERS}/{IDS[1]}/licenseupdates", None, update, Response(201, update)),
        ("GET", USERS, {"size": "500", "filter": states}, None, Response(200, {"totalCount": 0, "items": []})),
    )
    assert lines[0]["answer"]["items"] == [role]
    assert f"/directoryroles/{IDS[4]}/" in lines[1]["path"]
    assert lines[2]["answer"]["items"] == [sku]
    assert lines[2]["query"] == [["licenseGroupIds", "Group1"], ["licenseGroupIds", "Group2"]]
    assert lines[3]["body"] == update
    assert json.loads(lines[4]["query"][1][1]) == json.loads(states)


secrets = st.text("abcxyzÄß .-'\"@/?=", min_size=0, max_size=6).map(lambda each: f"CANARY{each}CANARY")
keys = st.sampled_from(
    [
        "id",
        "name",
        "displayName",
        "value",
        "key",
        "description",
        "uri",
        "domain",
        "data",
        "message",
        "other",
        "password",
    ]
    + ["passwordProfile", "items", "resourceNewValue", "userPrincipalName", "links", "headers", "customDomains"]
)
bodies = st.recursive(
    secrets | st.integers() | st.none() | secrets.map(lambda each: json.dumps({"Id": each})),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(bodies, secrets, secrets)
def test_nothing_of_anybody_stays_wherever_it_is(
    tmp_path_factory: t.Any, body: t.Any, segment: str, value: str
) -> None:
    path = tmp_path_factory.mktemp("r") / "t.jsonl"
    send = sender(Recording(str(path)))
    link = {
        "links": {
            "next": {
                "uri": f"/customers/{segment}?filter={value}&x={value}",
                "headers": [{"key": "MS-ContinuationToken", "value": value}],
            }
        }
    }
    send("PUT", f"customers/{segment}/x", [("other", value)], {"X-Other": value}, body, Response(200, [body, link]))
    sentences = ("description", "message", "data")
    (line,) = recorded(path)
    assert "CANARY" not in json.dumps(
        {**line, "answer": _without(line["answer"], sentences), "body": _without(line["body"], sentences)}
    )


def _without(value: t.Any, names: t.Collection[str]) -> t.Any:
    """A sentence of the service can only be rid of what is known and what looks like somebody's."""
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


def test_two_recordings_have_nothing_in_common_and_one_is_the_same_for_all_threads() -> None:
    one, other = Pseudonyms(), Pseudonyms()
    assert one.text(NAME) != other.text(NAME) and one.guid(IDS[1]) != other.guid(IDS[1])
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(one.user_principal_name(UPN))) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found) == 8


def test_a_deleted_users_name_keeps_its_id_in_front() -> None:
    names = Pseudonyms()
    shown = names.user_principal_name(IDS[1].replace("-", "") + UPN)
    assert shown == names.guid(IDS[1]).replace("-", "") + names.user_principal_name(UPN)


def test_a_recording_never_ends_a_run(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    send = sender(Recording(str(path)))
    broken = Response(200, {"displayName": "Canary"})
    broken.headers = None  # type: ignore[assignment]
    send("POST", USERS, None, {}, None, broken)
    (line,) = recorded(path)
    assert line["unrecorded"] == "AttributeError" and "anary" not in path.read_text()
    path.unlink()
    send("POST", USERS, None, {}, None, Response(200, {}))
    assert not path.exists()


def test_the_file_is_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    for _again in range(2):
        sender(Recording(str(path)))("GET", "customers", None, {}, None, Response(200, {"items": []}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({line["task"] for line in recorded(path)}) == 2
    other = tmp_path / "notes.txt"
    other.write_text("mine\n")
    for wrong in (other, tmp_path, tmp_path / "no" / "where"):
        with pytest.raises(OptionError):
            Recording(str(wrong)).claim()
    assert other.read_text() == "mine\n"
