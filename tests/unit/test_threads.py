# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals are for the main thread, whatever else runs."""

from __future__ import annotations

import ast
import signal
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.threads import Pool, started

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM}


def blocked() -> set[t.Any]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def test_a_thread_takes_no_signal_and_the_one_that_starts_it_still_does() -> None:
    seen: list[set[t.Any]] = []
    before = blocked()
    thread = started(lambda: seen.append(blocked()))
    thread.join(5)
    assert seen[0] >= ENDING and blocked() == before


def test_the_mask_comes_back_when_there_is_no_room_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = blocked()
    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(RuntimeError):
        started(print)
    assert blocked() == before


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_pool_takes_no_signals(size: int) -> None:
    with Pool(size) as pool:
        assert all(found >= ENDING for found in pool.map(lambda _number: blocked(), range(6)))


def test_no_thread_is_started_in_another_way() -> None:
    """A thread of http.server belongs to it and lives as long as a page is sent."""
    found = [
        f"{path.relative_to(PLUGINS)}:{node.lineno}"
        for path in PLUGINS.rglob("*.py")
        if path.name != "threads.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        in ("Thread", "ThreadPoolExecutor", "Timer")
    ]
    assert found == []
