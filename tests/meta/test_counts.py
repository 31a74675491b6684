# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The closing line of `make test` tells the truth: a check that failed, hung or did nothing is never green."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """The module behind `make test`, with nothing to prepare and its own directories."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "scripts" / "dev"))
    names = ("checks", "environments", "interpreters", "layout", "processes", "suite")
    module = importlib.import_module("suite")
    monkeypatch.setattr(module.layout, "ROOT", tmp_path)
    monkeypatch.setattr(module.layout, "LOGS", tmp_path)
    monkeypatch.setattr(module.layout, "RESULTS", tmp_path)
    monkeypatch.setattr(module.checks, "newest", lambda: module.environments.NEWEST)
    monkeypatch.setattr(module.environments, "prepare", lambda environment: None)
    yield module
    for name in names:
        sys.modules.pop(name, None)


def leaves(path: Path, *counts: int, fails: Exception | None = None):
    """A run of pytest that leaves these counts."""

    def run(_log):
        path.write_text(REPORT.format(*counts))
        if fails:
            raise fails

    return run


def closing_line(suite, monkeypatch, capsys, *steps) -> tuple[int, str]:
    monkeypatch.setattr(suite, "steps", lambda everything: list(steps))
    status = suite.run()
    return status, capsys.readouterr().out.splitlines()[-1]


def test_counts_of_all_runs_are_added(suite, monkeypatch, capsys, tmp_path):
    steps = [suite.Step(name, leaves(tmp_path / f"{name}.xml", 5, 0, 0, 1), reports=True) for name in ("one", "two")]
    assert closing_line(suite, monkeypatch, capsys, *steps) == (0, "8 passed, 0 failed, 2 skipped")


def test_errors_count_as_failures(suite, monkeypatch, capsys, tmp_path):
    step = suite.Step(
        "one", leaves(tmp_path / "one.xml", 5, 1, 1, 0, fails=suite.checks.Failed("status 1")), reports=True
    )
    assert closing_line(suite, monkeypatch, capsys, step) == (1, "3 passed, 2 failed, 0 skipped")


def test_a_check_without_counts_fails_as_one(suite, monkeypatch, capsys, tmp_path):
    def lint(_log):
        raise suite.checks.Failed("a finding")

    steps = suite.Step("lint", lint), suite.Step("one", leaves(tmp_path / "one.xml", 5, 0, 0, 0), reports=True)
    assert closing_line(suite, monkeypatch, capsys, *steps) == (1, "5 passed, 1 failed, 0 skipped")


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (4, 0, 0, 4)], ids=["none", "all skipped"])
def test_a_run_without_tests_fails(suite, monkeypatch, capsys, tmp_path, counts):
    status, line = closing_line(
        suite, monkeypatch, capsys, suite.Step("one", leaves(tmp_path / "one.xml", *counts), reports=True)
    )
    assert status == 1
    assert line.startswith("0 passed, 1 failed")


def test_a_report_of_an_earlier_run_does_not_count(suite, monkeypatch, capsys, tmp_path):
    """pytest may end before it writes one."""
    (tmp_path / "one.xml").write_text(REPORT.format(9, 0, 0, 0))
    monkeypatch.setattr(suite.checks.processes, "run", lambda *_args, **_kwargs: 4)
    step = suite.Step("one", lambda log: suite.checks.pytest("one", [], log), reports=True)
    assert closing_line(suite, monkeypatch, capsys, step) == (1, "0 passed, 1 failed, 0 skipped")


def test_a_version_of_ansible_core_that_cannot_run_here_is_skipped_by_name(suite, monkeypatch, capsys, tmp_path):
    def prepare(environment):
        if environment is suite.environments.NEWEST:
            raise suite.environments.Missing("no Python for it")

    monkeypatch.setattr(suite.environments, "prepare", prepare)
    monkeypatch.setattr(
        suite,
        "steps",
        lambda everything: [
            suite.Step("sanity", lambda log: None, suite.environments.NEWEST),
            suite.Step("one", leaves(tmp_path / "one.xml", 2, 0, 0, 0), reports=True),
        ],
    )
    assert suite.run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "2 passed, 0 failed, 1 skipped"
    assert any(line.startswith("SKIP sanity") and "no Python for it" in line for line in lines)


@pytest.mark.parametrize(
    ("core", "without_newest", "everything"),
    [("2.16", False, False), ("2.19", False, False), ("2.19", True, True), ("2.21", False, True)],
)
@pytest.mark.parametrize("lacks", [0, 1])
def test_sanity_leaves_nothing_out_on_the_newest_and_counts_what_ran(
    suite, monkeypatch, tmp_path, core, without_newest, everything, lacks
):
    checks = suite.checks
    if without_newest:
        monkeypatch.setattr(checks, "newest", lambda: suite.environments.DEVELOPMENT)
    copied = []
    monkeypatch.setattr(checks, "_copy", lambda place, without=(): copied.append(without) or tmp_path)
    monkeypatch.setattr(checks, "_home", lambda environment: tmp_path)
    monkeypatch.setattr(checks, "_with_shellcheck", lambda environment: "")
    monkeypatch.setattr(suite.environments.Environment, "python_version", "3.12")
    commands = []

    def run(command, log, *_more, **_variables):
        commands.append(command)
        log.write_text('Running sanity test "x"\n' * ((20 if everything else 15) - lacks))

    monkeypatch.setattr(checks, "_run", run)
    environment = next(known for known in suite.environments.ALL if known.core == core)
    if lacks:
        with pytest.raises(checks.Failed, match="sanity tests ran"):
            checks.sanity(environment, tmp_path / "log")
    else:
        checks.sanity(environment, tmp_path / "log")
    assert ("--skip-test" in commands[0]) is not everything
    assert not {"validate-modules", "import", "compile", "ansible-doc"} & set(commands[0])
    (without,) = copied  # nothing of it is published
    assert not [
        name
        for name in ("plugins/", "playbooks/", "meta/", "tests/integration/targets/", "scripts/")
        if name.startswith(without)
    ]
