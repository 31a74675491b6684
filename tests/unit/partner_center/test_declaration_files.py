"""A directory of declarations: what is read, what is refused, and with which place."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultEditor, VaultLib, VaultSecret
from ansible_collections.tenantops.partner_center.plugins.lookup.declarations import LookupModule
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running.unusable_files import UnusableFiles
from support.refused import about

GOOD = """\
# yaml-language-server: $schema=https://example.com/x.json
customer_domain: contoso.onmicrosoft.com
defaults: &defaults
  usage_location: US
users:
  # a remark
  - user_principal_name: a@contoso.example
    display_name: "{{ 1 + 1 }}"
  - {user_principal_name: b@contoso.example, source: people.csv:3}

  - <<: *defaults
    user_principal_name: c@contoso.example
"""
VAULT = [("default", VaultSecret(b"open"))]


def read(*places: Path, vault: t.Any = None, **options: t.Any) -> list[dict[str, t.Any]]:
    loader = DataLoader()
    if vault:
        loader.set_vault_secrets(vault)
    lookup = LookupModule(loader=loader)
    lookup._load_name = "tenantops.partner_center.declarations"
    lookup.set_options = lambda **_: None
    return lookup.run([str(place) for place in places], {}, **options)


def problems(*places: Path, vault: t.Any = None, **options: t.Any) -> list[str]:
    with pytest.raises(UnusableFiles) as raised:
        read(*places, vault=vault, **options)
    count, *lines = str(raised.value).split("\n")
    assert count.startswith(f"{len(lines)} ") and lines == raised.value.problems
    return raised.value.problems


@pytest.fixture
def tenants(tmp_path: Path) -> Path:
    directory = tmp_path / "tenants"
    directory.mkdir()
    return directory


def test_each_row_gets_its_file_and_line(tenants: Path) -> None:
    (tenants / "contoso.yml").write_text(GOOD)
    (declared,) = read(tenants)
    assert [row["source"] for row in declared["users"]] == [
        "tenants/contoso.yml:7",
        "people.csv:3",
        "tenants/contoso.yml:11",
    ]
    assert declared["users"][2]["usage_location"] == "US" and declared["users"][0]["display_name"] == "{{ 1 + 1 }}"
    assert {type(value) for row in declared["users"] for value in row.values()} == {str}


def test_which_files_count(tenants: Path) -> None:
    for name in ("b.yaml", "emea/a.yml", "a.yml", ".hidden.yml", ".git/x.yml", "README.md"):
        (tenants / name).parent.mkdir(exist_ok=True)
        (tenants / name).write_text(f"customer_domain: {name.replace('/', '-').strip('.')}.example\nusers: []\n")
    assert [item["customer_domain"] for item in read(tenants)] == [
        "a.yml.example",
        "b.yaml.example",
        "emea-a.yml.example",
    ]


def test_a_byte_order_mark_and_windows_lines(tenants: Path) -> None:
    (tenants / "a.yml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read(tenants)[0]["users"][0]["source"] == "tenants/a.yml:7"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("users: [}", "tenants/x.yml:1: ", "not_yaml"),
        ("a: b: c", "tenants/x.yml:1: ", "not_yaml"),
        ("a: 1\n---\nb: 1\n", "tenants/x.yml:2: ", "not_yaml"),
        ("a: \x01", "tenants/x.yml: ", "not_yaml"),
        ("", "tenants/x.yml: ", "file_empty"),
        ("- a", "tenants/x.yml:1: ", "not_a_dictionary"),
        ("users: []\nusers: []\n", "tenants/x.yml:2: 'users'", "named_twice"),
        (
            "customer_domain: a.example\nusers:\n- {state: absent, state: present}\n",
            "tenants/x.yml:3: 'state'",
            "named_twice",
        ),
        ("customer_domain: a.example\ncolour: red\nusers: []", "tenants/x.yml: 'colour'", "unknown_option"),
        ("users: []", "tenants/x.yml: ", "customer_missing"),
        ("customer_domain: a.example", "tenants/x.yml: users", "users_missing"),
        ("customer_domain: a.example\nusers: {}", "tenants/x.yml: users", "not_a_list"),
        ("customer_domain: a.example\nusers:\n- x", "tenants/x.yml:3: ", "not_a_dictionary"),
        (
            "customer_domain: a.example\nusers:\n\n- frist_name: x\n  user_principal_name: a@b.example",
            "tenants/x.yml:4 'a@b.example': 'frist_name'",
            "unknown_option",
        ),
        (
            "customer_domain: a.example\nusers:\n- user_principal_name: a@b.example\n  usage_location: NO",
            "tenants/x.yml:3 'a@b.example': usage_location",
            "not_a_text",
        ),
        (
            "customer_domain: a.example\nusers:\n- {user_principal_name: a@b.example}\n- {user_principal_name: A@b.example}",
            "tenants/x.yml:3 (a@b.example) and ",
            "declared_twice",
        ),
        ("customer_domain: a.example\nusers: []\npurge: true", "tenants/x.yml: purge", "scope_missing"),
        (
            "customer_domain: a.example\nusers: []\ndefaults: {password: x}",
            "tenants/x.yml: defaults: password",
            "not_for_all",
        ),
    ],
)
def test_a_problem_is_named_with_its_place(tenants: Path, text: str, line: str, reason: str) -> None:
    (tenants / "x.yml").write_text(text)
    problem = problems(tenants)[0]
    assert problem.startswith(line) and getattr(problem, "reason", None) == reason


def test_all_problems_of_all_files_are_named(tenants: Path) -> None:
    (tenants / "a.yml").write_text("customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01\nusers: []\n")
    (tenants / "b.yml").write_text("customer_id: 1C9A6A52-0C6E-4F0E-8F3D-6D1B7A2F9B01\nusers: []\nx: 1\n")
    (tenants / "c.yml").write_bytes(b"\xff")
    found = problems(tenants)
    assert [(problem.split(":")[0], reason) for problem, (_option, reason) in zip(found, about(found))] == [
        ("tenants/b.yml", "unknown_option"),
        ("tenants/c.yml", "not_utf8"),
        ("tenants/b.yml", "declared_twice"),
    ]
    assert "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01" in found[2] and "tenants/a.yml" in found[2]


def test_nothing_to_read_is_a_problem(tenants: Path) -> None:
    assert about(problems(tenants)) == [(None, "folder_empty")]
    assert about(problems(tenants / "nowhere")) == [(None, "file_missing")]


def test_a_file_that_is_encrypted_is_decrypted(tenants: Path) -> None:
    (tenants / "a.yml").write_text(GOOD)
    VaultEditor(VaultLib(VAULT)).encrypt_file(str(tenants / "a.yml"), VAULT[0][1])
    assert read(tenants, vault=VAULT)[0]["users"][0]["source"] == "tenants/a.yml:7"
    (line,) = problems(tenants)
    assert line.startswith("tenants/a.yml: ") and "vault" in line.lower()


def test_a_tag_that_is_not_known_is_a_problem_and_shows_no_value(tenants: Path) -> None:
    (tenants / "a.yml").write_text(
        "customer_domain: a.example\nusers:\n- {user_principal_name: a@a.example, password: !foo CANARY-1}\n"
    )
    (line,) = problems(tenants)
    assert line.startswith("tenants/a.yml: ") and "CANARY" not in line


def test_single_files_and_several_places(tenants: Path) -> None:
    (tenants / "a.yml").write_text("customer_domain: a.example\nusers: []\n")
    (tenants / "b.yml").write_text("customer_domain: b.example\nusers: []\n")
    (tenants / "notes.txt").write_text("customer_domain: c.example\nusers: [{user_principal_name: c@c.example}]\n")
    assert [item["customer_domain"] for item in read(tenants / "b.yml", tenants)] == ["b.example", "a.example"], (
        "each once"
    )
    assert read(tenants / "notes.txt")[0]["users"][0]["source"] == "tenants/notes.txt:2", (
        "a file that is named counts whatever its ending"
    )
    (problem,) = problems(tenants / "a.yml", tenants / "x.yml")
    assert problem.startswith(f"{tenants / 'x.yml'}: ") and about([problem]) == [(None, "file_missing")]


def test_files_of_one_customer_are_put_together_if_asked(tenants: Path) -> None:
    for name in "ab":
        (tenants / f"{name}.yml").write_text(
            f"customer_domain: {name.upper() if name == 'b' else name}.example\nusers: []\n"
        )
        (tenants / f"{name}2.yml").write_text(
            f"customer_domain: {name}.example\nusers: [{{user_principal_name: {name}@{name}.example}}]\n"
        )
    assert len(problems(tenants)) == 2
    assert [(item["customer_domain"], len(item["users"])) for item in read(tenants, merge=True)] == [
        ("a.example", 1),
        ("B.example", 1),
    ]
    (tenants / "a3.yml").write_text("customer_domain: a.example\nusers: []\ndefaults: {usage_location: US}\n")
    (line,) = problems(tenants, merge=True)
    assert line.startswith("tenants/a3.yml: ") and " tenants/a.yml " in line
    assert about([line]) == [(None, "declared_twice")]


@pytest.mark.parametrize(
    "users",
    [
        "&everybody [*everybody]",
        "[&one {user_principal_name: a@contoso.example, licenses: [*one]}]",
        "[" * 3000 + "]" * 3000,
    ],
)
def test_what_has_no_end_is_a_problem_of_its_file(tenants: Path, users: str) -> None:
    (tenants / "contoso.yml").write_text(f"customer_domain: contoso.onmicrosoft.com\nusers: {users}\n")
    (problem,) = problems(tenants)
    assert problem.startswith("tenants/contoso.yml: ") and about([problem]) == [(None, "not_yaml")]
