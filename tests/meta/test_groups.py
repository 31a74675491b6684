# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of one group share a worker, and so what is expensive is made once. Without that nothing fails, it only takes longer."""

from __future__ import annotations

import subprocess
import sys

SOURCE = """
import os
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    with open("workers", "a") as file:
        print(os.environ["PYTEST_XDIST_WORKER"], file=file)
"""


def test_one_worker_runs_all_tests_of_a_group(tmp_path):
    (tmp_path / "test_it.py").write_text(SOURCE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--quiet",
        "--numprocesses=2",
        "--dist=loadgroup",
        "-p",
        "no:cacheprovider",
        "test_it.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    workers = (tmp_path / "workers").read_text().split()
    assert len(workers) == 4 and len(set(workers)) == 1
