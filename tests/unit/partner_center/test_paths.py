"""Paths of a task: no two mean the same file, nothing of another kind is overwritten or believed, and nothing waits
for a pipe."""

from __future__ import annotations

import json
import os
import socket
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError, AnsibleOptionsError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tenantops.partner_center.plugins.filter.to_declaration import to_declaration
from ansible_collections.tenantops.partner_center.plugins.filter.to_portal_csv import to_portal_csv
from ansible_collections.tenantops.partner_center.plugins.lookup.declarations import LookupModule as Declarations
from ansible_collections.tenantops.partner_center.plugins.lookup.portal_csv import LookupModule as PortalCsv
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files as private_files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import paths
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    CredentialsFileError,
    OptionError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.paths import Place, problems
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.progress import progress_problems
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.refresh_token import (
    _problems_of_dest,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.places import _OPTIONS, places
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.password_encryption import (
    PasswordEncryption,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import (
    CredentialsFile,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    plan_problem,
    plan_text,
    read_plan,
    write_plan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.record_kinds import (
    RECORD,
    UNDO,
    VERSION,
    kind_problem,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.undo import UndoFile
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.declarations.files import Text, not_restored
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running.unusable_files import UnusableFiles
from hypothesis import given
from hypothesis import strategies as st
from support.refused import about

from .factories import CUSTOMER, IDS, user

ROW = {"user_id": IDS[1], "user_principal_name": "ada@contoso.example", "state": "restored"}
BLOCK = {"customer_id": CUSTOMER, "users": [ROW]}
WRITTEN = [place.option for place in _OPTIONS if place.written and not place.directory]
ALL = [place.option for place in _OPTIONS if not place.directory]
DECLARATION = "customer_domain: contoso.example\nusers:\n  - user_principal_name: ada@contoso.example\n"
KINDS = ("pipe", "socket", "device", "directory")


def loaded(lookup: t.Any) -> t.Any:
    """As Ansible loads it; before ansible-core 2.19 only the loader gives it its name."""
    made = lookup(loader=DataLoader())
    made._load_name = "tenantops.partner_center." + lookup.__module__.rpartition(".")[2]
    return made


def put(place: Path, kind: str) -> str:
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "directory":
        place.mkdir()
    elif kind == "device":
        place.symlink_to("/dev/null")
    else:
        with socket.socket(socket.AF_UNIX) as made:
            here = os.getcwd()
            os.chdir(place.parent)
            try:
                made.bind(place.name)
            finally:
                os.chdir(here)
    return str(place)


# One file for each


@given(
    st.sampled_from(WRITTEN),
    st.sampled_from(ALL),
    st.sampled_from(["same", "dots", "link", "hard link", "link to the folder"]),
    st.booleans(),
)
def test_two_options_never_share_a_file(
    tmp_path_factory: pytest.TempPathFactory, first: str, second: str, way: str, there: bool
) -> None:
    folder = tmp_path_factory.mktemp("paths")
    (folder / "in").mkdir()
    file, other = folder / "in" / "file", str(folder / "in" / "file")
    if there or way == "hard link":
        file.write_text("")
    if way == "dots":
        other = f"{folder}/in/../in/./file"
    elif way == "link":
        (folder / "other").symlink_to(file)
        other = str(folder / "other")
    elif way == "hard link":
        os.link(file, folder / "other")
        other = str(folder / "other")
    elif way == "link to the folder":
        (folder / "again").symlink_to(folder / "in")
        other = str(folder / "again" / "file")
    found = problems(places({first: str(file), second: other}, None))
    assert (found == []) == (first == second)
    assert first == second or (len(found) == 1 and first in found[0] and second in found[0])


def test_what_is_kept_beside_a_file_belongs_to_it(tmp_path: Path) -> None:
    token = str(tmp_path / "token")
    for ending in (".previous", ".state", ".lock", ".new"):
        assert problems(places({"refresh_token_file": token, "progress_file": token + ending}, None))
    assert problems(places({"client_certificate_path": token, "ca_path": token}, None)) == [], (
        "two that are only read may be one"
    )
    assert problems(places({name: str(tmp_path / name) for name in ALL}, None)) == []


@pytest.mark.parametrize("option", ALL)
@pytest.mark.parametrize("path", ["", " ", "\t\n", "a\0b"])
def test_an_empty_path_is_none(option: str, path: str) -> None:
    (found,) = problems(places({option: path}, None))
    assert found.startswith(f"{option} ")


@pytest.mark.parametrize("option", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_a_file(tmp_path: Path, option: str, kind: str) -> None:
    found = problems(places({option: put(tmp_path / "x", kind)}, None))
    assert (found == []) == (option == "ca_path" and kind == "directory"), found
    assert problems(places({"token_cache_path": str(tmp_path / "nowhere"), option: None}, None)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_waits_for_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Without the look before, opening a pipe ends in the time-out of the test."""
    path = put(tmp_path / "x.yml", kind)
    monkeypatch.setattr(PortalCsv, "get_option", lambda self, name: None)
    for call in (
        lambda: CredentialsFile(path).check(),
        lambda: PasswordEncryption(path),
        lambda: read_plan(path),
        lambda: write_plan(path, plan_text([], 0)),
        lambda: UndoFile(path).add(CUSTOMER, [user(1)]),
    ):
        with pytest.raises((CredentialsFileError, OptionError, CollectionError)):
            call()
    assert UndoFile(path).check() and plan_problem(path) and _problems_of_dest(path, None)
    if kind != "directory":
        for lookup in (Declarations, PortalCsv):
            with pytest.raises(AnsibleLookupError):
                loaded(lookup).run([path], {})


# Kinds


@pytest.mark.parametrize(
    "content", [DECLARATION, '{"customers": 1}', "[]", '{"format": "x"}', "password\n", '{"time": "x"}']
)
def test_what_is_of_another_kind_stays_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    path.chmod(0o600)
    assert plan_problem(str(path)) and progress_problems(str(path)) and UndoFile(str(path)).check()
    for call in (lambda: write_plan(str(path), plan_text([], 0)), lambda: UndoFile(str(path)).add(CUSTOMER, [user(1)])):
        with pytest.raises(CollectionError):
            call()
    if any(char.isspace() for char in content.strip()):
        assert _problems_of_dest(str(path), None)
    assert path.read_text() == content


def test_what_is_of_its_kind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in ("", plan_text([], 1)):
        path.write_text(content)
        assert plan_problem(str(path)) is None and write_plan(str(path), plan_text([], 2))
    path.write_text('{"done": 1, "finished": false, "rows": 3}')
    assert progress_problems(str(path)) == [] == progress_problems(str(tmp_path / "none"))
    path.write_text("0.AAAA-old-token\n")
    assert _problems_of_dest(str(path), None) == []


@pytest.mark.parametrize("umask", [0, 0o777, 0o022])
def test_modes_are_ours_and_links_lead_nowhere(tmp_path: Path, umask: int) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    before = os.umask(umask)
    try:
        (tmp_path / "plan").symlink_to(precious)
        paths.replace(str(tmp_path / "plan"), "new", 0o644)
        UndoFile(str(tmp_path / "undo")).add(CUSTOMER, [user(1)])
    finally:
        os.umask(before)
    assert (
        stat.S_IMODE((tmp_path / "plan").lstat().st_mode) == 0o644
        and stat.S_IMODE((tmp_path / "undo").stat().st_mode) == 0o600
    )
    assert precious.read_text() == "precious" and not [
        name for name in tmp_path.iterdir() if name.name.endswith(".new")
    ]


# Trust


def distrusted(path: Path) -> t.Iterator[str]:
    """The file in every state in which somebody else could have written it."""
    for mode in (0o620, 0o602, 0o666, 0o660):
        path.chmod(mode)
        yield oct(mode)
    path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
        yield "another owner"
        os.chown(path, 0, -1)


def test_plans_and_undo_files_that_others_can_write(tmp_path: Path) -> None:
    plan, undo = tmp_path / "plan", tmp_path / "undo"
    write_plan(str(plan), plan_text([], 0))
    UndoFile(str(undo)).add(CUSTOMER, [user(1)])
    for _state in distrusted(plan):
        with pytest.raises(OptionError) as caught:
            read_plan(str(plan))
        assert caught.value.details["reason"] == "untrusted_file"
    for _state in distrusted(undo):
        with pytest.raises(CollectionError) as refused:
            UndoFile(str(undo)).add(CUSTOMER, [user(2)])
        assert refused.value.details["reason"] == "untrusted_file"
    assert read_plan(str(plan)).customers == {} and UndoFile(str(undo)).check() is None


def read(path: Path, **how: t.Any) -> list[dict[str, t.Any]]:
    return loaded(Declarations).run([str(path)], {}, **how)


def record(path: Path, content: t.Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(0o600)
    return path


def test_records_and_undo_files_are_read_and_of_version_0_2_too(tmp_path: Path) -> None:
    made = to_declaration(
        {"customer_id": CUSTOMER, "users": [user(1).result(None) | {"state": "deleted"}]}, "yaml", state="restored"
    )
    undo = tmp_path / "undo.json"
    UndoFile(str(undo)).add(CUSTOMER, [user(1)])
    assert json.loads(undo.read_text())["format"] == UNDO
    for path in (
        record(tmp_path / "r.yml", made),
        undo,
        record(tmp_path / "old.yml", BLOCK),
        record(tmp_path / "old.json", {"customers": [BLOCK]}),
    ):
        (block,) = read(path, records=True)
        assert (
            block["customer_id"] == CUSTOMER
            and [row["user_id"] for row in block["users"]] == [IDS[1]]
            and block["users"][0]["source"]
        )
        assert set(block) == {"customer_id", "users"}
    assert read(tmp_path / "r.yml")[0]["users"][0]["state"] == "restored"


WRONG: dict[str, t.Any] = {
    "a declaration": DECLARATION,
    "an edited record": {**BLOCK, "format": RECORD, "version": VERSION, "users": [{**ROW, "state": "absent"}]},
    "one row among others": {
        **BLOCK,
        "users": [ROW, {"user_principal_name": "bob@contoso.example", "state": "present"}],
    },
    "no state": {**BLOCK, "users": [{"user_id": IDS[1]}]},
    "another version": {**BLOCK, "format": RECORD, "version": 2},
    "no version": {**BLOCK, "format": RECORD},
    "another kind": {**BLOCK, "format": "tenantops.partner_center plan", "version": 1},
    "a purge": {
        **BLOCK,
        "format": RECORD,
        "version": VERSION,
        "purge": True,
        "purge_scope": {"domains": ["contoso.example"]},
    },
    "defaults": {**BLOCK, "defaults": {"state": "absent"}},
    "roles are taken": {**BLOCK, "users": [{**ROW, "purge_roles": True, "roles": []}]},
    "an undo file with an absent row": {
        "format": UNDO,
        "version": VERSION,
        "customers": [{**BLOCK, "users": [{**ROW, "state": "absent"}]}],
    },
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_bring_users_back_is_no_record(tmp_path: Path, case: str) -> None:
    path = record(tmp_path / "r.yml", WRONG[case])
    with pytest.raises(UnusableFiles) as caught:
        read(path, records=True)
    assert "wrong_file_kind" in [reason for _option, reason in about(caught.value.problems)], caught.value
    if case == "a declaration":
        assert len(read(path)) == 1, "a declaration stays one"


def test_records_that_others_can_write(tmp_path: Path) -> None:
    path = record(tmp_path / "r.yml", {"format": RECORD, "version": VERSION, **BLOCK})
    for _state in distrusted(path):
        for how in ({"records": True}, {}):
            with pytest.raises(UnusableFiles) as caught:
                read(path, **how)
            assert about(caught.value.problems) == [(None, "untrusted_file")]
    plain = record(tmp_path / "d.yml", DECLARATION)
    plain.chmod(0o664)
    assert len(read(plain)) == 1, "declarations in a checkout are not records"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["users", "customers", "format", "version", "state", "x"]), inner)
        ),
    )
)
def test_nothing_else_passes_for_a_record(value: t.Any) -> None:
    if isinstance(value, dict):
        why = kind_problem(value, RECORD, UNDO)
        rows = [row for block in value.get("customers", [value]) for row in block["users"]] if why is None else []
        assert all(row["state"] == "restored" for row in rows)


@pytest.mark.parametrize("option", ["licenses", "roles"])
@pytest.mark.parametrize("value", [{"remove": ["x"]}, {"set": []}, {"add": ["x"]}, "x"])
def test_a_record_takes_nothing_away(option: str, value: t.Any) -> None:
    row = {"user_id": "00000000-0000-4000-8000-000000000000", "state": "restored"}
    assert kind_problem({"users": [{**row, option: ["x"]}]}, RECORD) is None
    assert kind_problem({"users": [{**row, option: value}]}, RECORD) is not None
    text = Text("a.yml", b"users: [{}]")
    assert not_restored({"users": [{**row, option: ["x"]}]}, text) == []
    assert len(not_restored({"users": [{**row, option: value}]}, text)) == 1


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_path_of_a_filter_or_a_lookup(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(PortalCsv, "get_option", lambda self, name: None)
    with pytest.raises(Exception, match="credentials_file"):
        to_portal_csv([], credentials_file=path)
    for lookup in (Declarations, PortalCsv):
        with pytest.raises(AnsibleOptionsError):
            loaded(lookup).run([path], {})


def test_places_name_every_option_with_a_path() -> None:
    from ansible_collections.tenantops.partner_center.plugins.action.consent import OWN_SPEC
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import ARGUMENT_SPEC
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules import (
        license_info,
        probe,
    )
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
        ON_THE_CONTROLLER,
        SPEC,
    )

    specs = (OWN_SPEC, SPEC, ARGUMENT_SPEC, probe.DEFINITION.spec, license_info.DEFINITION.spec)
    named = {name for spec in specs for name, option in spec.items() if option["type"] == "path"} - set(
        ON_THE_CONTROLLER
    )
    named |= {f"people.{name}" for name, option in SPEC["people"]["options"].items() if option["type"] == "path"}
    assert named | {"dest"} == {place.option for place in _OPTIONS} and isinstance(_OPTIONS[0], Place)


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b"])
def test_what_no_path_can_be_is_an_error_like_any_other(path: str) -> None:
    for read in (paths.read, private_files.read):
        with pytest.raises(OSError):
            read(path)
    with pytest.raises(CredentialsFileError):
        CredentialsFile(path).check()
    with pytest.raises(OptionError):
        read_plan(path)
    assert UndoFile(path).check() and plan_problem(path) and problems([Place("undo_file", path)])
    progress_problems(path)
