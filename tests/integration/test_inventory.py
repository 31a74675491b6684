"""The inventory plugin customers as ansible-inventory and ansible-playbook meet it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.tenantops.partner_center.plugins.inventory import customers as plugin
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as options
from support import documentation, traffic_canaries
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM, REFRESH_TOKEN, SECRET
from .places import Place, plain
from .scenes import writes

EVIL = "00000000-0000-4000-8000-00000000e711"
NAME = "{{ lookup('ansible.builtin.pipe', 'touch pwned') }}{% raw %}"
JWT = "eyJ"


def reads(emulator: t.Any) -> list[str]:
    return [entry["path"] for entry in emulator.log(server="api")]


@pytest.fixture
def place(ansible: Runner, tmp_path: Path) -> Place:
    return Place(ansible, tmp_path)


def evil(emulator: t.Any) -> None:
    emulator.add_customers({"id": EVIL, "company_name": NAME, "domain": "evil.onmicrosoft.com", "users": []})


@pytest.mark.core_differences
def test_customers_are_hosts_with_a_cache_that_holds_no_secret(place: Place, emulator: t.Any) -> None:
    evil(emulator)
    emulator.set(page_size_max=2)
    sealed = VaultLib().encrypt(REFRESH_TOKEN, VaultSecret(b"open")).decode().replace("\n", "\n  ")
    (place.directory / "key").write_text("open")
    (place.directory / "secrets.yml").write_text(f"vault_secret: {SECRET}\n")
    place.write(
        f"""plugin: {MODULE}customers
refresh_token: !vault |
  {sealed}
client_secret: "{{{{ vault_secret }}}}"
strict: true
exclude_domains: [wingtip.*]
compose:
  shown: partner_center_customer_name ~ '!'
groups:
  pharma: "'Pharma' in partner_center_customer_name"
keyed_groups:
  - {{key: partner_center_customer_name, prefix: company}}
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: {place.directory}/cache
"""
    )
    place.env = {"PARTNER_CENTER_REFRESH_TOKEN": None, "PARTNER_CENTER_CLIENT_SECRET": None}
    words = ["--vault-password-file", "key", "-e", "@secrets.yml"]
    listed = place.listed(*words)
    assert len(reads(emulator)) == 3 and set(reads(emulator)) == {"/v1/customers"}, "three pages"
    hosts = {
        name: {key: plain(value) for key, value in values.items()}
        for name, values in listed["_meta"]["hostvars"].items()
    }
    shown = hosts["contoso.onmicrosoft.com"]
    assert {key: value for key, value in shown.items() if key.startswith("partner_center")} == {
        "partner_center_customer_id": CONTOSO,
        "partner_center_customer_domain": "contoso.onmicrosoft.com",
        "partner_center_customer_name": "Contoso",
        "partner_center_customer_relationship": "reseller",
    }
    assert (
        shown["shown"] == "Contoso!"
        and plain(shown["ansible_connection"]) == "local"
        and "wingtip.onmicrosoft.com" not in hosts
    )
    assert (
        hosts["evil.onmicrosoft.com"]["partner_center_customer_name"] == NAME
        and hosts["evil.onmicrosoft.com"]["shown"] == NAME + "!"
    )
    assert listed["pharma"]["hosts"] == ["contosopharma.onmicrosoft.com"] and set(listed["customers"]["hosts"]) == set(
        hosts
    )
    assert all(
        set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
        for name in listed["all"]["children"]
    )

    emulator.clear_log()
    again = place.call("ansible-inventory", "--list", "-vvvv", *words)
    told, brace, document = again.stdout.partition(
        "{\n"
    )  # extra variables are among those of a host, and so in the document
    assert json.loads(brace + document) == listed and emulator.log() == [], (
        "all of it came from the cache, without a sign-in"
    )
    (place.directory / "play.yml").write_text(the_play_of_the_guide())
    recorded = {"PARTNER_CENTER_RECORD_TRAFFIC": str(place.directory / "traffic.jsonl")}
    refreshed = place.call("ansible-playbook", "play.yml", "--list-hosts", "--flush-cache", *words, **recorded)
    traffic = (place.directory / "traffic.jsonl").read_text(encoding="ascii")
    assert (
        traffic_canaries.betrayed(traffic, ["contoso", "fabrikam", "northwind", CONTOSO, SECRET, REFRESH_TOKEN]) == []
    )
    services = [json.loads(line).get("service") for line in traffic.splitlines()[1:]]
    assert sorted(set(services)) == ["partner_center", "sign_in"] and services.count("partner_center") == 3
    assert "contoso.onmicrosoft.com" in refreshed.stdout and len(reads(emulator)) == 3, "read again, not from the cache"
    # Another partner, or another API, does not get these customers.
    other = place.call(
        "ansible-inventory", "--graph", *words, PARTNER_CENTER_TENANT_ID="5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4aff"
    )
    assert "contoso" not in other.stdout

    (cached,) = (place.directory / "cache").iterdir()
    whole = cached.read_text()
    for damaged in ("", whole[: len(whole) // 2], "[]"):
        cached.write_text(damaged)
        emulator.clear_log()
        anew = place.call("ansible-inventory", "--list", *words)
        assert (
            json.loads(anew.stdout[anew.stdout.index("{\n") :]) == listed
            and len(reads(emulator)) == 3
            and cached.read_text() == whole
        ), anew.stderr
    texts = [cached.name, cached.read_text(), told, again.stderr, other.stdout, other.stderr]
    assert "Contoso" in texts[1] and not [
        text for text in texts if SECRET in text or REFRESH_TOKEN in text or JWT in text
    ]

    # A play: names are data, and the id leads to the customer.
    place.write(exclude_domains=["wingtip.*"])
    place.env = {}
    emulator.clear_log()
    done = place.call("ansible-playbook", "play.yml", "--forks", "3", "--limit", "contoso.*,fabrikam.*,evil.*")
    assert done.returncode == 0 and "evil.onmicrosoft.com is " + json.dumps(NAME)[1:-1] in done.stdout, (
        done.stdout + done.stderr
    )
    assert "evil.onmicrosoft.com has the group customers" in done.stdout and not list(place.directory.glob("**/pwned"))
    assert {entry["path"].split("/")[3] for entry in writes(emulator)} == {
        CONTOSO,
        FABRIKAM,
        EVIL,
    } and done.stdout.count("changed: [") == 3


SHOW = {
    "name": "Show",
    "ansible.builtin.debug": {
        "msg": [
            "{{ inventory_hostname }} is {{ partner_center_customer_name }}",
            "{{ inventory_hostname }} has the group {{ group_names[0] }}",
        ]
    },
}


def guide(*languages: str) -> list[str]:
    return [block.text for block in documentation.blocks(*languages) if block.page == "docs/inventory.md"]


def the_play_of_the_guide() -> str:
    (play,) = yaml.safe_load(guide("yml")[1])
    play["tasks"].insert(0, SHOW)
    return yaml.safe_dump([play])


def test_settings_come_from_the_file_variables_and_ansible_cfg_in_this_order(
    place: Place, emulator: t.Any, running: t.Any
) -> None:
    sign_in = dict(place.ansible.environment)
    place.env = dict.fromkeys(sign_in)
    lines = [f"{name.removeprefix('PARTNER_CENTER_').lower()} = {value}" for name, value in sign_in.items()]
    lines += ["timeout = 0", "max_wait = 1"]
    (place.directory / "ansible.cfg").write_text("[partner_center]\n" + "\n".join(lines) + "\n")
    place.env["ANSIBLE_CONFIG"] = str(place.directory / "ansible.cfg")
    place.write(hostnames=["name"], names=["fabrikam"])
    assert " timeout " in place.refusal()
    assert list(place.hosts("-e", "partner_center_timeout=5", PARTNER_CENTER_TIMEOUT="0")) == ["fabrikam"], (
        "a variable counts more than the environment"
    )
    place.write(hostnames=["id"], timeout=7, application_id=sign_in["PARTNER_CENTER_CLIENT_ID"])
    assert FABRIKAM in place.hosts("-e", "partner_center_timeout=0", PARTNER_CENTER_CLIENT_ID="x"), (
        "the file counts most, by an alias too"
    )
    # An empty variable is none, in a pipeline without that secret for example.
    token = emulator.token(app_only=True)
    assert FABRIKAM in place.hosts(
        PARTNER_CENTER_REFRESH_TOKEN=None, PARTNER_CENTER_CLOUD_ENVIRONMENT="", PARTNER_CENTER_ACCESS_TOKEN=token
    )


CANARY = "Canary-Zq7-literal-secret"


@pytest.mark.core_differences_thorough
def test_what_is_wrong_is_said_without_a_secret(place: Place, emulator: t.Any) -> None:
    place.write(
        client_secret=CANARY,
        refresh_token=CANARY + "2",
        tenant_id="x",
        names=[],
        domains="contoso",
        customer_ids=["y"],
        hostnames=["colour"],
    )
    said = place.refusal()
    assert "hostnames" in said and "colour" in said, "ansible-core's own check comes first"
    place.write(
        client_secret=CANARY,
        refresh_token=CANARY + "2",
        tenant_id="x",
        names=[],
        customer_ids=["y"],
        exclude_domains='["z.*"]',
    )
    wrong = place.refusal()
    for words in ("tenant_id 'x'", " names ", "customer_ids: 'y'", "exclude_domains "):
        assert words in wrong
    place.write(client_secret=CANARY, exclude_nams=["contoso"])
    misspelt = place.refusal()
    assert "exclude_nams" in misspelt
    place.write(client_secret="{{ vault_secret }}", refresh_token=CANARY)
    blank = place.refusal("-e", '{"vault_secret": null}')
    assert "client_secret" in blank and emulator.log() == []
    place.write(client_secret=CANARY)
    refused = place.refusal()
    assert "AADSTS7000215" in refused and CANARY not in said + wrong + misspelt + blank + refused

    # A listing that is not complete is no inventory.
    place.write()
    emulator.set(page_size_max=2)
    emulator.fault("broken_page", {"server": "api"}, times=None)
    assert "GET /v1/customers" in place.refusal(PARTNER_CENTER_MAX_WAIT="0")


def test_the_examples_of_the_guide(place: Place, emulator: t.Any) -> None:
    first, _play, some, vault, cached = guide("yml")
    place.write(first)
    assert place.call("ansible-inventory", "--graph").stdout == guide("text")[0]
    domain = "sandbox.test.example"
    excluded = {
        "id": "11111111-2222-4333-8444-555555555501",
        "company_name": "Contoso Sandbox",
        "domain": domain,
        "custom_domains": [domain],
    }
    emulator.add_customers([{**excluded, "users": []}])
    place.write(some)
    listed = place.listed()
    assert set(listed["customers"]["hosts"]) == {
        "contoso.onmicrosoft.com",
        "contosopharma.onmicrosoft.com",
        "fabrikam.onmicrosoft.com",
    }
    assert (
        listed["pharma"]["hosts"] == ["contosopharma.onmicrosoft.com"]
        and len(listed["relationship_reseller"]["hosts"]) == 3
    )
    # The first test has the same from a vault, and with a cache.
    documented = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    assert set(yaml.safe_load(vault)) - {"plugin"} <= set(options.ARGUMENT_SPEC)
    assert set(yaml.safe_load(cached)) - set(documented) == {
        "cache",
        "cache_plugin",
        "cache_connection",
        "cache_timeout",
    }
