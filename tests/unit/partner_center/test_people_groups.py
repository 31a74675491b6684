"""Groups of the inventory in a declaration of people."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.declared import with_declarations
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


def test_a_file_with_people_stands_alone() -> None:
    people = {"people": {"name": "x"}}

    def read(*blocks: dict[str, t.Any]) -> t.Any:
        return lambda _lookup, _terms, **_options: list(blocks)

    task = {"declarations": ["people.yml"], "max_parallel": 4}
    assert with_declarations(task, read(people)) == {"max_parallel": 4, **people}
    with refused(OptionError, reason="contradiction"):
        with_declarations(task, read(people, {"customer_id": FIRST, "users": []}))
    with refused(OptionError, reason="contradiction"):
        with_declarations({**task, **people}, read())
