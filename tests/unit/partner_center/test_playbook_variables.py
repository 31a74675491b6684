"""One rule for the variables of all playbooks: what each may hold, and that the paths of a run differ."""

from __future__ import annotations

import datetime
import os
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES, of_spec
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.values import (
    LISTS,
    PATHS,
    Omitted,
    Variable,
    Wrong,
    judged,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.variables import (
    Checked,
    Unreadable,
    check,
)
from hypothesis import given
from hypothesis import strategies as st

from .leftovers import LEFTOVERS

ROOT = Path(__file__).resolve().parents[3]
EVERY = [
    pytest.param(prefix, name, id=f"{prefix}_{name}") for prefix, table in TABLES.items() for name in table.variables
]
LISTED = [
    (prefix, name)
    for prefix, table in TABLES.items()
    for name, variable in table.variables.items()
    if variable.type in LISTS
]
EMPTY: list[t.Any] = [
    None,
    "",
    " ",
    "\n",
    "\t \n",
    "\u00a0",
    Omitted(),
    "<<Omit>>",
    "<<omit>>",
    "x__omit_place_holder__0a1b",
    "a <<OMIT>> b",
    *LEFTOVERS["omit_left_over"],
]
ENOUGH: dict[str, dict[str, t.Any]] = {
    "onboard": {"file": "people.yml"},
    "offboard": {"customer_id": "c", "users": "a@x.example"},
    "reconcile": {"directory": "tenants"},
    "drift": {"directory": "."},
    "restore": {"records": ["records"]},
    "export": {"customer_id": "c", "file": "x.yml"},
    "rotate": {},
    "license": {},
    "temporary": {"customer_id": "c", "user": "a@x.example", "roles": ["r"], "reason": "INC-1"},
    "verify": {"audit_log": "audit.log"},
    "doctor": {},
    "consent": {},
    "probe": {"customer_id": "c", "confirm_customer_domain": "d.example"},
    "azure_pack_offboard": {"users": "a@x.example"},
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(
    prefix: str, environ: t.Mapping[str, str] | None = None, others: t.Iterable[str] = (), **given: t.Any
) -> Checked:
    values = {f"{prefix}_{name}": value for name, value in {**ENOUGH[prefix], **given}.items()}
    return check(TABLES[prefix], values, [*values, "ansible_version", "inventory_hostname", *others], environ or {})


@pytest.mark.parametrize("prefix", TABLES)
def test_what_is_needed_is_enough_and_paths_are_absolute(prefix: str) -> None:
    found = checked(prefix)
    assert found.problems == []
    for name, value in found.given.items():
        if TABLES[prefix].variables[name].type in PATHS:
            assert os.path.isabs(value) and value != os.getcwd() or ENOUGH[prefix].get(name) == "."


@pytest.mark.parametrize(("prefix", "name"), EVERY)
def test_no_variable_of_any_playbook_may_be_empty_null_or_omitted(prefix: str, name: str) -> None:
    for value in EMPTY:
        found = checked(prefix, **{name: value})
        assert any(problem.startswith(f"{prefix}_{name} ") for problem in found.problems), (value, found)
        assert name not in found.given, "neither the value nor the default stands for it"


@pytest.mark.parametrize(("prefix", "name"), LISTED)
def test_a_list_with_nothing_in_it_guards_nobody(prefix: str, name: str) -> None:
    variable = TABLES[prefix].variables[name]
    for value in (
        ["a", ""],
        ["a", None],
        ["a", " "],
        ["a", "<<Omit>>"],
        ["a", Omitted()],
        "a,,b",
        "[a, null]",
        '["a", ""]',
        [[]],
        ["a", 7.5],
        ["a", True],
    ):
        if variable.type == "paths" and value == "a,,b":
            continue  # one file
        found = checked(prefix, **{name: value})
        lenient = variable.blanks and value in (["a", ""], ["a", " "], "a,,b", '["a", ""]')
        assert (
            bool([problem for problem in found.problems if problem.startswith(f"{prefix}_{name} ")]) is not lenient
        ), value
    assert bool(checked(prefix, **{name: []}).given.get(name) == []) is variable.empty


@pytest.mark.parametrize(
    "text",
    [
        '["break.glass@*", "a@*"]',
        "['break.glass@*', 'a@*']",
        "[break.glass@*, a@*]",
        "break.glass@*,a@*",
        "break.glass@* , a@*",
    ],
)
def test_a_list_in_a_text_is_the_list(text: str) -> None:
    assert checked("reconcile", purge_protected=text).given["purge_protected"] == ["break.glass@*", "a@*"]
    assert checked("offboard", users=text).given["users"] == ["break.glass@*", "a@*"]
    assert checked("onboard", licenses=text).given["licenses"] == ["break.glass@*", "a@*"]


@pytest.mark.parametrize(
    "text", ['["break.glass@*"', "{a: b}", '{"a": ["b"]}', "[]", "[,]", '["a" "b"]', "[[a]]", "['a', {b: c}]"]
)
def test_what_only_looks_like_a_list_is_no_name(text: str) -> None:
    found = checked("reconcile", purge_protected=text)
    if text == '["break.glass@*"':
        assert found.given["purge_protected"] == [text], "the module says that no user can have this name"
    else:
        assert (
            any(problem.startswith("reconcile_purge_protected ") for problem in found.problems)
            and "purge_protected" not in found.given
        )
    assert judged(Variable("guard"), "[ab]*@x.example") == ["[ab]*@x.example"], "a glob"


@given(
    st.lists(
        st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1).map(lambda text: text + "@x.example"),
        min_size=1,
    )
)
def test_a_list_is_the_same_in_every_form(names: list[str]) -> None:
    guard = Variable("guard")
    assert (
        judged(guard, names)
        == judged(guard, ",".join(names))
        == judged(guard, repr(names))
        == judged(guard, yaml.safe_dump(names, default_flow_style=True))
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no", False),
        ("false", False),
        ("off", False),
        ("0", False),
        (0, False),
        (False, False),
        ("False", False),
        ("yes", True),
        ("true", True),
        (True, True),
        ("1", True),
        (1, True),
        ("Yes", True),
    ],
)
def test_truth_values_in_texts(text: t.Any, meant: bool) -> None:
    for prefix, table in TABLES.items():
        for name, variable in table.variables.items():
            if variable.type == "flag":
                assert checked(prefix, **{name: text}).given[name] is meant


@pytest.mark.parametrize(
    "value", ["perhaps", "2", 2, -1, 1.0, [], {}, ["true"], "truee", "ja", "none", datetime.date(2026, 1, 1)]
)
def test_other_truth_values_are_refused(value: t.Any) -> None:
    found = checked("drift", fail=value)
    assert [problem for problem in found.problems if problem.startswith("drift_fail ")] and "fail" not in found.given


@pytest.mark.parametrize("value", ["many", True, "1_0", "1e400", float("nan"), float("inf"), [], {}, "٣", "5 users"])
def test_numbers(value: t.Any) -> None:
    for prefix, table in TABLES.items():
        for name, variable in table.variables.items():
            if variable.type in ("int", "number"):
                assert name not in checked(prefix, **{name: value}).given
    assert checked("reconcile", max_delete="5", max_delete_percentage=2.5).given["max_delete"] == 5
    assert (
        "max_delete" not in checked("reconcile", max_delete=2.5).given
        and checked("reconcile", max_delete=0).given["max_delete"] == 0
    )


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24\n",
        "2026-11-24 ",
        " 2026-11-24",
        "2026-13-45",
        "2026-02-30",
        "2026-1-1",
        "٢٠٢٦-11-24",
        "24.11.2026",
        20261124,
        True,
    ],
)
def test_days_that_are_none(value: t.Any) -> None:
    for name in ("on", "since"):
        found = check(TABLES["restore"], {"restore_customer_id": "c", f"restore_{name}": value}, [], {})
        assert len(found.problems) == 1 and name not in found.given, found


def test_days_and_moments() -> None:
    customer = {"restore_customer_id": "c"}
    for value in ("2026-11-24", "2026-11-24T08:00Z", "2026-11-24T08:00:59Z"):
        assert check(TABLES["restore"], {**customer, "restore_since": value}, [], {}) == Checked(
            {"customer_id": "c", "since": value}
        )
        assert bool(check(TABLES["restore"], {**customer, "restore_on": value}, [], {}).problems) is (len(value) > 10)
    assert (
        check(TABLES["restore"], {**customer, "restore_on": datetime.date(2026, 11, 24)}, [], {}).given["on"]
        == "2026-11-24"
    )
    for value in (
        "2026-11-24T25:00Z",
        "2026-11-24T08:00Z\n",
        "2026-11-24T8:00Z",
        "2026-11-24T08:00",
        datetime.datetime(2026, 11, 24),
    ):
        assert check(TABLES["restore"], {**customer, "restore_since": value}, [], {}).problems


@pytest.mark.parametrize(
    "value",
    [
        ["tenants"],
        {"a": 1},
        True,
        7.5,
        datetime.date(2026, 1, 1),
        "a\nb",
        "a\0b",
        " tenants",
        "tenants\n",
        '["tenants"]',
        "a\u202eb",
    ],
)
def test_what_is_no_path(value: t.Any) -> None:
    for prefix, table in TABLES.items():
        for name, variable in table.variables.items():
            if variable.type in PATHS:
                found = checked(prefix, **{name: value})
                assert name not in found.given and [
                    problem for problem in found.problems if problem.startswith(f"{prefix}_{name} ")
                ], found


def test_what_yaml_makes_of_norway_is_explained() -> None:
    (problem,) = [text for text in checked("onboard", usage_location=False).problems if "usage_location" in text]
    assert "Norway" in problem


@pytest.mark.parametrize("name", ["Lee\ufffd@x.example", '="lee@x.example"', "4.42E+11", "2026-01-01T10:00:00"])
@pytest.mark.parametrize("prefix", ["offboard", "azure_pack_offboard"])
def test_nobody_has_a_name_that_a_file_has_spoilt(prefix: str, name: str) -> None:
    for value in (name, [name], ["a@x.example", name]):
        (problem,) = [text for text in checked(prefix, users=value).problems if f"{prefix}_users " in text]
        assert problem.startswith(f"{prefix}_users "), problem


@pytest.mark.parametrize("name", ["anna_gmail.com#EXT#@x.example", "j\u00fcrgen@x.example", "a+b&c=d/e@x.example"])
def test_odd_names_that_exist_can_be_given(name: str) -> None:
    assert checked("offboard", users=[name]).given["users"] == [name]


@pytest.mark.parametrize("prefix", TABLES)
def test_misspelled_variables_are_named_with_what_may_be_meant(prefix: str) -> None:
    known = sorted(TABLES[prefix].variables)
    for name in (known[0][:-1] + "q" + known[0][-1], known[0].upper() + "X", "colour", "", known[-1] + "s"):
        if name in TABLES[prefix].variables:
            continue
        found = checked(prefix, others=[f"{prefix}_{name}", "other_thing", f"_{prefix}_internal", f"x{prefix}_a"])
        assert [problem.reason for problem in found.problems] == ["unknown_option"], found
        assert f" {prefix}_{name}. " in found.problems[0], found
    assert checked(prefix, others=[f"{prefix.upper()}_{known[0].upper()}"]).problems
    near = checked("reconcile", others=["reconcile_purge_protcted"]).problems
    assert near[0].endswith("Is reconcile_purge_protcted reconcile_purge_protected?")


def test_all_problems_come_at_once() -> None:
    found = checked(
        "reconcile",
        directory=None,
        apply="perhaps",
        max_delete="many",
        purge_protected="",
        others=["reconcile_x"],
        title=Unreadable("'a' is undefined"),
        output=["x"],
    )
    named = {match for problem in found.problems for match in re.findall(r"^reconcile_\w+", problem)}
    assert named == {
        f"reconcile_{name}" for name in ("directory", "apply", "max_delete", "purge_protected", "title", "output")
    }
    assert found.given.keys() == {"fail_on_drift", "access_file_new"} and not found.output


def test_what_does_not_belong_together(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "link").symlink_to("tenants")
    for prefix, given_, count in (
        ("onboard", {"csv": "a.csv"}, 2),  # who, and which customer
        ("onboard", {"customer_id": "c"}, 1),
        ("onboard", {"extra_columns": {"a": "b"}}, 1),
        ("onboard", {"handover": "h.csv", "credentials_certificate": "c.pem"}, 1),
        ("offboard", {"customer_domain": "d"}, 1),
        ("offboard", {"include": ["licenses"]}, 1),
        ("offboard", {"include": ["roles"], "licenses": "remove"}, 1),
        ("offboard", {"include": ["licenses"], "licenses": "remove"}, 1),
        ("reconcile", {"reviewed_plan": "p.json"}, 1),
        ("reconcile", {"reviewed_plan": "p.json", "apply": True}, 0),
        ("reconcile", {"directory": "link", "record_directory": "tenants/deleted"}, 1),
        ("reconcile", {"directory": "link", "record_directory": "deleted"}, 0),
        ("restore", {"on": "2026-11-24"}, 1),
        ("restore", {"customer_id": "c"}, 1),
        ("export", {"customer_domain": "d"}, 1),
    ):
        assert len(checked(prefix, **given_).problems) == count, (prefix, given_)


@pytest.mark.parametrize("prefix", TABLES)
def test_required_variables(prefix: str) -> None:
    needed = [name for name, variable in TABLES[prefix].variables.items() if variable.required]
    found = check(TABLES[prefix], {}, [], {})
    missing = [problem for problem in found.problems if getattr(problem, "reason", None) == "option_missing"]
    assert bool(missing) is bool(needed) and all(f"{prefix}_{name}" in str(missing) for name in needed)


# Paths

WRITTEN = (
    [
        ("reconcile", "credentials_file", name)
        for name in (*TABLES["reconcile"].files, ".lock", "undo.json", "undo.json.lock", "undo.json.new")
    ]
    + [("onboard", "credentials_file", name) for name in (*TABLES["onboard"].files, ".lock")]
    + [
        ("onboard", "handover", name)
        for name in (*TABLES["onboard"].files, "credentials.jsonl", "credentials.jsonl.lock")
    ]
    + [("reconcile", "undo_file", name) for name in (*TABLES["reconcile"].files, ".lock")]
)


@pytest.mark.parametrize(("prefix", "name", "file"), WRITTEN)
def test_a_file_with_passwords_is_none_that_the_playbook_writes(
    prefix: str, name: str, file: str, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to("out")
    (tmp_path / "file").symlink_to(tmp_path / "out" / file)
    for path in (f"out/{file}", f"link/{file}", f"out/../out/./{file}", str(tmp_path / "out" / file), "file"):
        found = checked(prefix, output="out", **{name: path})
        assert found.problems and not found.output, path
    (tmp_path / "out" / file).write_text("x")
    os.link(tmp_path / "out" / file, tmp_path / "hard")
    assert checked(prefix, output="out", **{name: "hard"}).problems


def test_files_that_are_read_and_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "people.yml").write_text("users: []")
    (tmp_path / "pipe").parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / "pipe")
    for prefix, given_ in (
        ("onboard", {"handover": "people.yml"}),
        ("onboard", {"credentials_file": "people.yml"}),
        ("onboard", {"file": "other.yml", "handover": "people.yml"}),
        ("onboard", {"credentials_file": "c", "handover": "c"}),
        ("onboard", {"credentials_file": "c", "credentials_certificate": "c"}),
        ("onboard", {"file": "pipe"}),
        ("onboard", {"handover": "pipe"}),
        ("onboard", {"handover": "tenants"}),
        ("onboard", {"output": "people.yml"}),
        ("onboard", {"credentials_file": "people.yml/x", "handover": "people.yml"}),
        ("reconcile", {"credentials_file": "u", "undo_file": "u"}),
        ("reconcile", {"credentials_file": "tenants/contoso.yml"}),
        ("reconcile", {"undo_file": "tenants/contoso.yaml"}),
        ("reconcile", {"reviewed_plan": "r", "credentials_file": "r", "apply": True}),
        ("reconcile", {"reviewed_plan": "reconcile-output/report.json", "apply": True}),
        ("drift", {"file": "drift-output/result.json"}),
        ("drift", {"directory": "nowhere"}),
        ("drift", {"directory": "people.yml"}),
        ("export", {"file": "tenants"}),
        ("export", {"file": "nowhere/x.yml"}),
        ("offboard", {"records": "people.yml"}),
    ):
        assert checked(prefix, **given_).problems, (prefix, given_)
    token = {
        "PARTNER_CENTER_REFRESH_TOKEN_FILE": str(tmp_path / "token"),
        "PARTNER_CENTER_CLIENT_CERTIFICATE": "-----BEGIN\n",
    }
    assert (
        checked("reconcile", token, credentials_file="token").problems
        and not checked("rotate", token, dest="token").problems
    )
    assert checked("reconcile", {"PARTNER_CENTER_TOKEN_CACHE_PATH": "reconcile-output/result.json"}).problems


def test_paths_that_may_be_the_same(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    plan = checked("reconcile", reviewed_plan="reconcile-output/plan.json", apply="yes")
    assert plan.problems == [] and plan.given["reviewed_plan"] == str(tmp_path / "reconcile-output" / "plan.json"), (
        "the plan of the step before"
    )
    for given_ in (
        {"directory": "tenants", "output": "tenants"},
        {"directory": ".", "credentials_file": "credentials.jsonl"},
        {"directory": "tenants", "output": "tenants/out", "credentials_file": "tenants/out/credentials.jsonl"},
    ):
        assert checked("reconcile", **given_).problems == []
    assert checked("restore", records=["a", "a", "./a"]).problems == []


def test_an_argument_spec_is_a_table() -> None:
    spec = {
        "a_b_users": {"type": "list", "elements": "str", "required": True},
        "a_b_action": {"type": "str", "choices": ["x", "y"]},
        "a_b_wait": {"type": "bool"},
    }
    table = of_spec("a_b", spec)
    found = check(table, {"a_b_users": '["a", "b"]', "a_b_action": "y", "a_b_wait": "no"}, [], {})
    assert found == Checked({"users": ["a", "b"], "action": "y", "wait": False})
    assert len(check(table, {"a_b_action": "z", "a_b_wait": None}, ["a_b_c"], {}).problems) == 4


def test_every_playbook_uses_its_table_and_no_variable_past_it() -> None:
    """What is read past the table is not checked."""
    past = {"reconcile_defaults", "drift_defaults", "drift_file"}
    for path in (ROOT / "playbooks").glob("*.yml"):
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        for prefix, table in TABLES.items():
            for name in table.variables:
                used = [
                    line
                    for line in lines
                    if re.search(rf"(?<![\w.]){prefix}_{name}\b(?! (is|has|needs|would|must)|=)", line)
                ]
                assert not used or f"{prefix}_{name}" in past, (path.name, used)


def test_wrong_is_a_sentence() -> None:
    with pytest.raises(Wrong, match=r"\.$"):
        judged(Variable("flag"), "x")


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"add": ["EMS"], "remove": "E3, E5"}, {"add": ["EMS"], "remove": ["E3", "E5"]}),
        ('{"set": []}', {"set": []}),
        ("{add: [EMS]}", {"add": ["EMS"]}),
        ({"set": ["EMS"], "add": []}, {"set": ["EMS"], "add": []}),  # the module says what is wrong with it
        ({"ad": ["EMS"]}, None),
        ({"sku": "EMS"}, None),
        ({"add": [7]}, None),
        ({"add": ["EMS", None]}, None),
        ({"set": None}, None),
        ({"set": ""}, None),
        ({"set": ["<<Omit>>"]}, None),
        ({"set": {}}, None),
        ({}, None),
    ],
)
def test_licenses_and_roles_of_an_onboarding_can_be_a_dictionary(value: t.Any, meant: t.Any) -> None:
    for name in ("licenses", "roles"):
        found = checked("onboard", **{name: value})
        assert found.given.get(name) == meant and bool(found.problems) == (meant is None), found.problems
        assert checked("restore", records=value).problems, "only those can"
