"""Whether a secret could be stored is found out before it is there, without a trace."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files as private_files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.files import obstacle, reason


@pytest.mark.parametrize("nameless", [True, False])
def test_nothing_is_in_the_way_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
) -> None:
    """Not every system has files without a name."""
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    (tmp_path / "there").write_text("content")
    assert obstacle(str(tmp_path / "new")) is None and obstacle(str(tmp_path / "there")) is None
    monkeypatch.chdir(tmp_path)
    assert obstacle("new") is None
    assert [path.name for path in tmp_path.iterdir()] == ["there"] and (tmp_path / "there").read_text() == "content"


@pytest.mark.parametrize("nameless", [True, False])
def test_a_disk_that_is_full_leaves_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE")
    monkeypatch.setattr(private_files.os, "fsync", full)
    assert obstacle(str(tmp_path / "new")) == "no space is left on the disk" and list(tmp_path.iterdir()) == []


def test_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert obstacle(str(tmp_path / "no" / "new")) == "its folder does not exist"
    assert "NotADirectoryError" in str(obstacle(str(tmp_path / "file" / "new")))


def test_a_file_that_is_a_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system writes white space and backslashes of a place as octal numbers."""
    place = tmp_path / "a b\\c"
    place.mkdir()
    written = str(place / "token").replace("\\", "\\134").replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:20 / / rw - ext4 /dev/sda rw\n40 22 0:20 /x {written} rw,relatime - ext4 /dev/sda rw\n")
    monkeypatch.setattr(private_files, "_MOUNTS", str(mounts))
    (tmp_path / "link").symlink_to(place)
    for path in (place / "token", tmp_path / "link" / "token"):
        assert "mount its folder" in str(obstacle(str(path)))
    assert obstacle(str(place / "other")) is None
    monkeypatch.setattr(private_files, "_MOUNTS", "/nowhere")
    assert obstacle(str(place / "token")) is None


@pytest.mark.parametrize("number", private_files._REASONS)
def test_a_reason_holds_nothing_of_the_path(number: int) -> None:
    words = reason(OSError(number, os.strerror(number), "/a/secret"))
    assert "secret" not in words and "Error" not in words
    assert reason(OSError("CANARY")) == "it failed with OSError"
