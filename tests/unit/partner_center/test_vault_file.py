"""One encrypted variable in a file of variables."""

from __future__ import annotations

import stat
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.consent.vault_file import (
    VaultFile,
    _variables,
    with_variable,
)
from hypothesis import given
from hypothesis import strategies as st
from support.refused import refused

NAME = "vault_partner_center_refresh_token"


def vault(*ids: str) -> VaultLib:
    return VaultLib([(name, VaultSecret(f"password of {name}".encode())) for name in ids])


def file(path: Path, ids: t.Sequence[str] = ("default",), vault_id: str | None = None) -> VaultFile:
    return VaultFile(str(path), NAME, vault(*ids), vault_id)


def test_a_new_file_is_read_again_and_private(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    made = file(path)
    assert made.read() is None
    made.write(Secret("CANARY-token"))
    assert made.read() == Secret("CANARY-token") and "CANARY" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [item.name for item in tmp_path.iterdir()] == ["v.yml"]
    assert "$ANSIBLE_VAULT;1.1;AES256" in path.read_text()


@pytest.mark.parametrize(
    "before",
    [
        "# a comment\nother: 1\n",
        "other: 1",
        f"---\nother: 1\n{NAME}: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n\n# about the next\nnext: [1, 2]\n",
        f"{NAME}: plain\nnext: {{a: b}}\n",
        f"next:\n  {NAME}: not this one\n",
        f"{NAME}:\n  - a\n  - b\nnext: x\n",
        f'{NAME}: >-\n    folded\n    text\nnext: "x"  # why\n',
    ],
)
def test_other_lines_stay_as_they_are(tmp_path: Path, before: str) -> None:
    path = tmp_path / "v.yml"
    path.write_text(before)
    made = file(path)
    for token in ("first-token", "second-token"):
        made.write(Secret(token))
        assert made.read() == Secret(token)
    text = path.read_text()
    for line in before.splitlines():
        if line.startswith(("#", "next", "other")):
            assert line in text.splitlines()
    assert sum(line.startswith(f"{NAME}:") for line in text.splitlines()) == 1


@pytest.mark.parametrize("before", [f"{{other: 1, {NAME}: 2}}\n", f'"{NAME}": 1\n'])
def test_what_would_be_damaged_is_left_alone(tmp_path: Path, before: str) -> None:
    path = tmp_path / "v.yml"
    path.write_text(before)
    with refused(OptionError, reason="not_insertable", option="vault_file"):
        file(path)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("$ANSIBLE_VAULT;1.1;AES256\n3132\n", "wrong_file_kind"),
        ("- a\n", "wrong_file_kind"),
        ("a: [\n", "wrong_file_kind"),
    ],
)
def test_files_that_cannot_take_it(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "v.yml"
    path.write_text(content)
    with refused(OptionError, reason=reason, option="vault_file"):
        file(path)


def test_nested_aliases_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    path.write_text("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)))
    before = path.read_text()
    started = time.process_time()
    with refused(OptionError, reason="file_unreadable", option="vault_file"):
        file(path)
    assert time.process_time() - started < 1 and path.read_text() == before


def test_a_directory_that_is_not_there() -> None:
    with refused(OptionError, reason="folder_missing", option="vault_file"):
        file(Path("/nowhere/v.yml"))


def test_which_password_encrypts(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    with pytest.raises(OptionError, match="--ask-vault-pass"):
        file(path, ids=())
    with refused(OptionError, reason="vault_id_missing", option="vault_id"):
        file(path, ids=("prod", "dev"))
    with refused(OptionError, reason="no_such_vault_password", option="vault_id"):
        file(path, ids=("prod", "dev"), vault_id="test")
    file(path, ids=("prod", "dev"), vault_id="prod").write(Secret("token"))
    assert ";prod\n" in path.read_text()
    assert file(path, ids=("prod",)).read() == Secret("token") and file(path, ids=("dev",)).read() is None


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.lists(st.sampled_from(["", "# a comment", "  # indented"]), max_size=3),
    st.booleans(),
)
def test_every_other_variable_keeps_its_value(others: dict[str, t.Any], comments: list[str], was_there: bool) -> None:
    """Whatever the file looks like that a YAML library writes."""
    before = {**others, NAME: "before"} if was_there else others
    text = (yaml.safe_dump(before, sort_keys=False, allow_unicode=True) if before else "") + "".join(
        line + "\n" for line in comments
    )
    after = with_variable(text, NAME, "$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    assert _variables(after) == {**others, NAME: "$ANSIBLE_VAULT;1.1;AES256\n3132\n"}
    assert with_variable(after, NAME, "$ANSIBLE_VAULT;1.1;AES256\n3132\n") == after


def test_a_text_that_ansible_would_read(tmp_path: Path) -> None:
    text = with_variable("a: 1\n", "b", "$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    assert text == "a: 1\nb: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n"
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)  # it is not plain text by accident
