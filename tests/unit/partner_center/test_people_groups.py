"""Groups of the inventory in a declaration of people."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.tenantops.partner_center.plugins.lookup import playbook_variables
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.declarations.files import beside_its_file
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.people_by_host import problems_by_host
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.declared import (
    Unreadable,
    records_among,
    refuse_records_among,
    with_declarations,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.groups import with_groups
from support.refused import refused

FIRST, SECOND = "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c07", "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c08"
VARIABLES = {
    "groups": {"gold": ["a", "b"], "strange": ["a", "c"], "empty": []},
    "hostvars": {
        "a": {"partner_center_customer_id": FIRST, "customer_id": "x"},
        "b": {"customer_id": SECOND.upper()},
        "c": {},
    },
}


def resolved(**customers: t.Any) -> t.Any:
    return with_groups({"people": {"name": "x", "customers": customers}}, VARIABLES)["people"]["customers"]


def test_hosts_become_ids_each_once() -> None:
    assert resolved(groups=["gold", "gold"], ids=[FIRST], domains=["a.example"]) == {
        "ids": [FIRST, SECOND],
        "domains": ["a.example"],
    }
    assert with_groups({"users": []}, {}) == {"users": []}


@pytest.mark.parametrize("groups", [["strange"], ["empty"], ["none"], [["gold"]]], ids=str)
def test_a_group_from_which_no_customer_can_be_told(groups: t.Any) -> None:
    with refused(OptionError, reason="customer_missing"):
        resolved(groups=groups)


@pytest.mark.parametrize(("customers", "reason"), [({"groups": "gold"}, "not_a_list"), ({"groups": ["gold"], "all": True}, "contradiction")])  # fmt: skip
def test_what_cannot_be_meant(customers: dict[str, t.Any], reason: str) -> None:
    with refused(OptionError, reason=reason):
        resolved(**customers)


def test_a_file_with_people_stands_alone_or_beside_customers() -> None:
    people, customer = {"people": {"name": "x"}}, {"customer_id": FIRST, "users": []}

    def read(*blocks: dict[str, t.Any]) -> t.Any:
        return lambda _lookup, _terms, **_options: list(blocks)

    task = {"declarations": ["people.yml"], "max_parallel": 4}
    assert with_declarations(task, read(people)) == {"max_parallel": 4, **people}
    assert with_declarations(task, read(customer, people)) == {"max_parallel": 4, **people, "customers": [customer]}
    with refused(OptionError, reason="contradiction"):
        with_declarations(task, read(people, people))
    with refused(OptionError, reason="contradiction"):
        with_declarations({**task, "customer_id": FIRST}, read(people, customer))
    with refused(OptionError, reason="contradiction"):
        with_declarations({**task, **people}, read())


def test_people_where_each_customer_is_a_host(tmp_path: Path) -> None:
    """Nobody would compare them there, and the report would say that there is no drift."""
    (tmp_path / "zero.yml").write_text("customer_id: x\nusers: [{display_name: people}]\n")
    (tmp_path / "sealed.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n61\n")
    (tmp_path / "broken.yml").write_text("people: [\n")
    asked = []

    def read(_lookup: str, terms: t.Sequence[str], **_options: t.Any) -> list[dict[str, t.Any]]:
        asked.append(Path(terms[0]).name)
        if terms[0].endswith(("broken.yml", "locked.yml")):
            raise Unreadable("no YAML")
        return [{"people": {}}] if terms[0].endswith(("tech.yml", "sealed.yml")) else [{"users": []}]

    given = {"directory": str(tmp_path)}
    declared, unknown = problems_by_host(given, read)
    assert "sealed.yml" in declared and declared.reason == "contradiction"
    assert "broken.yml" in unknown and unknown.reason == "file_unreadable"
    (tmp_path / "sealed.yml").rename(tmp_path / "locked.yml")
    (unknown,) = problems_by_host(given, read)
    assert "broken.yml" in unknown and "locked.yml" in unknown
    (tmp_path / "locked.yml").unlink()
    (tmp_path / "broken.yml").write_text("users: [people\n")  # its host says so
    assert problems_by_host(given, read) == [] and problems_by_host({}, read) == []
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "tech.yml").write_text("'people': {}\n")
    (problem,) = problems_by_host(given, read)
    assert "team/tech.yml" in problem
    (tmp_path / "plain.yml").write_text("customer_id: y\nusers: []\n")
    asked.clear()
    problems_by_host(given, read)
    assert "plain.yml" not in asked


def test_only_the_check_of_the_whole_play_looks_at_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said by whoever asks, and does not follow from whether the folder of the results is claimed."""
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "tech.yml").write_text("people:\n  name: x\n")
    loader = DataLoader()
    variables = {
        "drift_directory": str(tmp_path / "tenants"),
        "drift_output": str(tmp_path / "out"),
        "inventory_hostname": "contoso",
        "partner_center_customer_id": FIRST,
    }
    monkeypatch.setattr(
        playbook_variables, "reader", lambda *_where: lambda *_what, **_how: [{"people": {"name": "x"}}]
    )
    lookup = playbook_variables.LookupModule(loader=loader, templar=Templar(loader, variables=variables))
    for options, some in (({}, False), ({"claim": False}, False), ({"all_hosts": True}, True)):
        (found,) = lookup.run(["drift"], variables, **options)
        assert any("tech.yml" in problem for problem in found["problems"]) is some, options


def test_records_are_among_declarations_wherever_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "link").symlink_to("tenants")
    (tmp_path / "file.yml").write_text("users: []")
    place = str(tmp_path / "tenants" / "deleted")
    assert records_among(place, str(tmp_path / "link")) and records_among(str(tmp_path / "link"), str(tmp_path))
    assert records_among(place, "/") and not records_among(str(tmp_path), str(tmp_path / "tenants"))
    assert not records_among(str(tmp_path / "tenants-deleted"), str(tmp_path / "tenants"))
    assert not records_among(place, str(tmp_path / "nowhere")) and not records_among(place, str(tmp_path / "file.yml"))


def test_records_of_deleted_users_are_no_declarations(tmp_path: Path) -> None:
    """The next run would bring the users back."""
    (tmp_path / "tenants").mkdir()
    for records in ("tenants", "tenants/deleted", str(tmp_path / "tenants" / "x" / ".." / "deleted")):
        with refused(OptionError, reason="contradiction"):
            refuse_records_among({"declarations": ["a.yml", "tenants"], "record_directory": records}, str(tmp_path))
    for declarations in (["tenants"], "tenants", None, ["nowhere"], [7]):
        for records in ("tenants-deleted", "deleted", None, 7):
            refuse_records_among({"declarations": declarations, "record_directory": records}, str(tmp_path))


@pytest.mark.parametrize("record", ["../record.jsonl", "record.jsonl", "~/record.jsonl"])
def test_the_record_of_a_file_begins_at_its_folder(tmp_path: Path, record: str) -> None:
    """A playbook of the collection would have it in the folder of the collection, where an update removes it."""
    made = beside_its_file({"people": {"record_file": record}}, str(tmp_path / "tenants" / "people.yml"))
    expected = os.path.join(str(tmp_path / "tenants"), os.path.expanduser(record))
    assert made["people"]["record_file"] == expected and os.path.isabs(expected)
    for other in ({"people": {"record_file": " "}}, {"people": 7}, {"customer_id": "x"}):
        assert beside_its_file(other, "people.yml") is other
