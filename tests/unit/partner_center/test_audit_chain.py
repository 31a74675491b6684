# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of an audit log: whatever is changed in it is found, and nothing is lost by a crash."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log import verify as checking
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.chain import read_line
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.chained_file import ChainedFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.verify import Anchor, verify
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from hypothesis import given, settings
from hypothesis import strategies as st


def log(directory: Path, lines: int = 4, **how) -> ChainedFile:
    made = ChainedFile(str(directory / "audit.log"), **how)
    for number in range(lines):
        made.append({"kind": "run_started", "run": f"r{number}", "name": 'J\u00fcrgen \u2028 "x"'})
    return made


def reason(content: bytes, *anchors: Anchor, **how) -> str | None:
    return verify([("audit.log", content)], anchors, **how).reason


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    log(tmp_path)
    return (tmp_path / "audit.log").read_bytes()


def test_a_log_is_json_lines_and_private(tmp_path: Path, content: bytes) -> None:
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert [line["previous"] for line in lines] == ["0" * 64, *(line["hash"] for line in lines[:-1])]
    assert stat.S_IMODE(os.stat(tmp_path / "audit.log").st_mode) == 0o600
    assert reason(content) is None


def test_every_change_of_a_single_byte_is_found(content: bytes) -> None:
    last = verify([("x", content)]).last
    anchor = Anchor(last.hash, last.seq)
    for position in range(len(content)):
        for other in {content[position] ^ 1, content[position] ^ 0x20, 0, 10, 255} - {content[position]}:
            changed = content[:position] + bytes([other]) + content[position + 1 :]
            found = verify([("audit.log", changed)], [anchor])
            assert found.reason, (position, other)
            # A line that ends elsewhere is said to be bad itself; a change is never put on a line before it.
            assert found.line == content[:position].count(b"\n") + 1, (position, other)


def test_every_byte_that_is_taken_out_or_put_in_is_found(content: bytes) -> None:
    last = verify([("x", content)]).last
    for position in range(len(content)):
        assert reason(content[:position] + content[position + 1 :], Anchor(last.hash))
        assert reason(content[:position] + b"\n" + content[position:], Anchor(last.hash))
        assert reason(content[:position], Anchor(last.hash))


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
@settings(max_examples=150, deadline=None)
def test_lines_that_are_missing_or_in_another_order_are_found(order, missing) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        log(Path(directory), 5)
        lines = (Path(directory) / "audit.log").read_bytes().splitlines(keepends=True)
    last = read_line(lines[-1][:-1])
    kept = [number for number in order if number not in missing]
    bad = reason(b"".join(lines[number] for number in kept), Anchor(last.hash, last.seq))
    assert (bad is None) == (kept == list(range(6)))
    # Without an anchor a log that ends early is a good one, and nothing else is.
    alone = reason(b"".join(lines[number] for number in kept))
    assert (alone is None) == (bool(kept) and kept == list(range(len(kept))))


def test_the_words_for_what_is_wrong(content: bytes) -> None:
    a, b, c, d, e = content.splitlines(keepends=True)
    assert reason(a + b + c[:9] + b"9" + c[10:] + d) == checking.CHANGED
    assert reason(a + c + d) == checking.MISSING
    assert reason(b + c) == checking.MISSING
    assert reason(a + b + d + c) == checking.MISSING
    assert reason(a + b + b) == checking.REORDERED
    assert reason(a + b + c + a) == checking.RESTARTED
    assert reason(a + b + c[:-1]) == checking.TORN_END
    assert reason(b"") == checking.EMPTY
    assert reason(a + b, Anchor(read_line(e[:-1]).hash)) == checking.ANCHOR
    assert reason(a + b + c, Anchor(read_line(c[:-1]).hash, 2)) == checking.ANCHOR


def test_a_line_of_another_log_is_found(tmp_path: Path) -> None:
    one, two = ChainedFile(str(tmp_path / "one")), ChainedFile(str(tmp_path / "two"))
    for number in range(3):
        one.append({"kind": "x", "value": number})
        two.append({"kind": "x", "value": -number})
    a, b = ((tmp_path / name).read_bytes().splitlines(keepends=True) for name in ("one", "two"))
    assert reason(a[0] + a[1] + a[2] + b[3]) == checking.BROKEN


@pytest.mark.parametrize("cut", [1, 8, 60, -1])
def test_half_a_line_of_a_crash_is_closed_and_told(tmp_path: Path, cut: int) -> None:
    made = log(tmp_path)
    path = tmp_path / "audit.log"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    # The head is written after the line, so it is that of the line before.
    head = read_line(lines[-2][:-1])
    (tmp_path / "audit.log.head").write_bytes(f"{head.seq:020d} {head.hash}\n".encode())
    half = b"".join(lines[:-1]) + lines[-1][:cut]
    path.write_bytes(half)
    made.append({"kind": "after"})
    content = path.read_bytes()
    assert content.startswith(half)
    found = verify([("audit.log", content)])
    assert found.reason is None
    assert found.torn == [{"file": "audit.log", "line": 5, "seq": 5, "bytes": len(half) - len(b"".join(lines[:-1]))}]
    # What stands in front of the closing line is held by it as well.
    start = content.index(lines[-1][:cut], len(b"".join(lines[:-1])))
    for position in range(start, len(content)):
        changed = content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
        assert reason(changed), position


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_crash_while_half_a_line_is_closed(tmp_path: Path, cut: int) -> None:
    made, path = log(tmp_path, 2), tmp_path / "audit.log"
    path.write_bytes(path.read_bytes() + b'{"seq":4,"pre')
    before = len(path.read_bytes())
    made.append({"kind": "after"})
    path.write_bytes(path.read_bytes()[: before + cut])
    (tmp_path / "audit.log.head").unlink()
    made.append({"kind": "after"})
    found = verify([("audit.log", path.read_bytes())])
    assert (
        found.reason is None and found.torn[0]["bytes"] == before + cut - path.read_bytes()[:before].rindex(b"\n") - 1
    )


def test_a_log_whose_very_first_line_is_half(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(b'{"seq":1,"prev')
    path.chmod(0o600)
    ChainedFile(str(path)).append({"kind": "after"})
    assert reason(path.read_bytes()) is None


def refusal(path: Path) -> str:
    with pytest.raises(CollectionError) as caught:
        ChainedFile(str(path)).append({"kind": "x"})
    return caught.value.details["reason"]


def test_what_is_not_as_it_was_left_gets_no_line(tmp_path: Path) -> None:
    log(tmp_path)
    path = tmp_path / "audit.log"
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    for damaged in (
        b"".join(lines[:-1]),
        content.replace(b'"run":"r3"', b'"run":"r4"'),
        b"".join(lines[:-1]) + b"{}\n",
    ):
        path.write_bytes(damaged)
        assert refusal(path) == "audit_log_damaged"
        assert ChainedFile(str(path)).check(writes=True).reason == "audit_log_damaged"
        assert path.read_bytes() == damaged
    path.write_bytes(content)
    ChainedFile(str(path)).append({"kind": "x"})
    (tmp_path / "audit.log.head").write_text("what\n")
    assert refusal(path) == "audit_log_damaged"


def test_another_file_gets_no_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    for content in ("notes\n", "notes", "{}\n{}\n", "\n"):
        path.write_text(content)
        assert refusal(path) == "wrong_file_kind" and path.read_text() == content
        assert ChainedFile(str(path)).check(writes=False).reason == "wrong_file_kind"
    made = ChainedFile(str(tmp_path / "mine"))
    made.append({"kind": "x"})
    (tmp_path / "mine").chmod(0o666)
    assert refusal(tmp_path / "mine") == "untrusted_file"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert refusal(tmp_path / "link") == "audit_log_unwritable"
    assert refusal(tmp_path / "no" / "folder") == "audit_log_unwritable"
    assert ChainedFile(str(tmp_path / "no" / "folder")).check(writes=True).reason == "file_unwritable"
    assert ChainedFile(str(tmp_path / "no" / "folder")).check(writes=False) is None


def files(directory: Path) -> list[tuple[str, bytes]]:
    return [
        (path.name, path.read_bytes()) for path in [*sorted(directory.glob("audit.log.0*")), directory / "audit.log"]
    ]


def test_rotation_keeps_the_chain(tmp_path: Path) -> None:
    made = log(tmp_path, 40, max_bytes=2000)
    found = files(tmp_path)
    assert len(found) > 5 and all(len(content) <= 2000 for _name, content in found)
    whole = verify(found)
    assert whole.reason is None and whole.runs == 40
    first = json.loads(found[1][1].splitlines()[0])
    assert (first["kind"], first["previous_file"]) == ("log_continued", found[0][0])
    assert verify(found[1:]).reason == checking.BEGINNING
    assert verify(found[1:], continued=True).reason is None
    assert verify([found[0], *found[2:]]).reason == checking.MISSING
    assert verify([found[1], found[0], *found[2:]], continued=True).reason == checking.RESTARTED
    made.append({"kind": "x"})
    assert verify(files(tmp_path)).reason is None


def test_a_log_that_is_moved_away_is_continued(tmp_path: Path) -> None:
    made, path = log(tmp_path), tmp_path / "audit.log"
    path.rename(tmp_path / "2026.log")
    made.append({"kind": "x"})
    old, new = ("2026.log", (tmp_path / "2026.log").read_bytes()), ("audit.log", path.read_bytes())
    assert verify([old, new]).reason is None
    assert verify([new]).reason == checking.BEGINNING
    # Without the head nobody knows that there has been a log. The two together tell it, and so does an anchor.
    path.rename(tmp_path / "2027.log")
    (tmp_path / "audit.log.head").unlink()
    place = made.append({"kind": "x"})
    assert place.seq == 2
    assert verify([old, new, ("audit.log", path.read_bytes())]).reason == checking.RESTARTED
    last = verify([old]).last
    assert verify([("audit.log", path.read_bytes())], [Anchor(last.hash, last.seq)]).reason == checking.ANCHOR
    # An empty file in its place (logrotate: create, copytruncate) is continued as well.
    path.write_bytes(b"")
    made.append({"kind": "x"})
    assert json.loads(path.read_bytes().splitlines()[0])["kind"] == "log_continued"


def _many(path: str, name: str) -> None:
    for number in range(50):
        ChainedFile(path, max_bytes=20000).append({"kind": "x", "from": name, "number": number})


def test_several_processes_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=_many, args=(str(tmp_path / "audit.log"), name)) for name in "abcd"]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    found = files(tmp_path)
    assert verify(found).reason is None
    lines = [json.loads(line) for _name, content in found for line in content.splitlines()]
    assert len(found) > 1
    for name in "abcd":
        assert [line["number"] for line in lines if line.get("from") == name] == list(range(50))
