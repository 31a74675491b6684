# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users build on changes only where somebody sees it, says since when, and tells them what to do."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from support import contract

TABLE = re.compile(r"<!-- table: contract-changes -->.*?<!-- end of table -->", re.DOTALL)
NOW = contract.of(contract.ROOT)
CHANGES = contract.changes(contract.released(), NOW)


def option(**facts: object) -> dict[str, dict[str, object]]:
    return {"module/x: options": {"name": facts}}


def explained(changes: list[contract.Change], page: str) -> list[contract.Change]:
    """Those of the changes that are missing in what a person wrote, on the page or in a fragment of the changelog."""
    spans = re.findall(r"`([^`\n]+)`", TABLE.sub("", page))
    words = {word for span in spans for word in re.findall(r"\w+", span)}
    return [each for each in changes if each.kind != "new" and each.name.rpartition(".")[2] not in words]


def undated(changes: list[contract.Change], now: dict[str, contract.Entries]) -> list[str]:
    """New options and results of plugins that do not say since which version they, or what they are part of, are there."""
    found = []
    for each in changes:
        entries = now.get(each.area, {})
        if each.kind != "new" or each.area.startswith(("playbook/", "reasons")) or each.area not in contract.released():
            continue  # what is wholly new says it as a whole
        parts = each.name.split(".")
        above = [".".join(parts[: count + 1]) for count in range(len(parts))]
        if not any(later(str(entries[name].get(contract.VERSION, "0.0.0"))) for name in above if name in entries):
            found.append(f"{each.area} {each.name}")
    return found


def later(version: str) -> bool:
    return [int(part) for part in version.split(".")] > [int(part) for part in contract.RELEASED.split(".")]


def test_the_contract_is_written_down() -> None:
    assert json.loads(contract.CURRENT.read_text(encoding="utf-8")) == NOW, "see what changed, and run make generate"


def test_it_holds_what_users_build_on() -> None:
    assert {"users.user_principal_name", "access_token", "purge"} <= NOW["module/customer_users: options"].keys()
    assert NOW["module/customer_user: options"]["state"]["choices"]
    assert NOW["module/customer_user: results"]["failure.reason"]["type"] == "str"
    assert NOW["inventory/customers: options"]["client_id"]["env"] == ["PARTNER_CENTER_CLIENT_ID"]
    assert "reconcile_apply" in NOW["playbook/reconcile: variables"]
    assert "last_administrator" in NOW["reasons and classes of errors"]


@pytest.mark.parametrize(
    "after, kind",
    [
        (option(type="str", default="b"), "changed"),
        (option(type="str"), "changed"),
        (option(type="int", default="a"), "changed"),
        (option(type="str", default="a", required=True), "changed"),
        ({"module/x: options": {}}, "gone"),
        ({}, "gone"),
        ({**option(type="str", default="a"), "module/x: results": {"y": {}}}, "new"),
    ],
)
def test_a_change_is_seen(after: dict[str, contract.Entries], kind: str) -> None:
    (change,) = contract.changes(option(type="str", default="a"), after)
    assert change.kind == kind
    assert contract.changes(after, after) == []


def test_what_broke_is_explained() -> None:
    page = (contract.ROOT / "docs" / "moving.md").read_text(encoding="utf-8")
    assert explained(CHANGES, page) == []
    gone = contract.Change("gone", "module/x: options", "users.lost", "")
    assert explained([gone], "<!-- table: contract-changes -->\n`lost`\n<!-- end of table -->") == [gone]
    assert explained([gone], "Nothing is lost.") == [gone]
    assert explained([gone], "Take `result.lost` out.") == []


def test_what_is_new_says_since_when() -> None:
    assert undated(CHANGES, NOW) == []
    area = "module/customer_users: options"
    for version, found in (("0.2.0", [f"{area} users.new"]), ("0.3.0", [])):
        now = {area: {"users": {}, "users.new": {contract.VERSION: version}}}
        assert undated([contract.Change("new", area, "users.new", "")], now) == found


def test_every_plugin_says_since_when() -> None:
    paths = [
        path
        for kind in contract.KINDS
        for path in (contract.ROOT / "plugins" / kind).glob("*.yml" if kind == "filter" else "*.py")
        if path.stem != "__init__"
    ]
    assert len(paths) > 20
    assert [path.stem for path in paths if not contract.documents(path)[0].get(contract.VERSION)] == []


def test_private_plugins_say_so() -> None:
    saying = set()
    for kind in contract.KINDS[1:]:
        for path in (contract.ROOT / "plugins" / kind).glob("*.yml" if kind == "filter" else "*.py"):
            description = contract.documents(path)[0]["description"]
            if any(line.startswith("Private to the playbooks of this collection") for line in description):
                saying.add(f"{kind}/{path.stem}")
    assert saying == contract.PRIVATE


def test_deprecated_options_and_plugins_are_routed() -> None:
    """What is deprecated is removed in a major version, and meta/runtime.yml has only keys that Ansible knows."""
    runtime = yaml.safe_load((contract.ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime.keys() <= {"requires_ansible", "action_groups", "plugin_routing", "import_redirection"}
    for plugins in (runtime.get("plugin_routing") or {}).values():
        for name, route in plugins.items():
            for ending in (route.get("deprecation"), route.get("tombstone")):
                if ending:
                    assert re.fullmatch(r"[1-9]\d*\.0\.0", ending["removal_version"]) and ending["warning_text"], name
