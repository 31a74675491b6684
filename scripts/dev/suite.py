# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run all checks and count what they counted."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import checks
import environments
import layout
import processes

_TAIL = 150  # lines of the log of a failed step that are shown


@dataclass(frozen=True)
class Step:
    """One check. `reports` says that it is a run of pytest, which must leave counts; it uses all processors by itself, and others one."""

    name: str
    run: Callable[[Path], None]
    core: environments.Environment = environments.DEVELOPMENT
    reports: bool = False
    environment: environments.Environment | None = None
    """Where it runs, if that is another one than that of the core."""
    by_itself: bool = False
    """It uses nothing of the development environment, and may begin before that is made."""

    @property
    def needs(self) -> environments.Environment:
        return self.environment or self.core

    @property
    def early(self) -> bool:
        """An early warning: what it finds is shown, and fails nothing."""
        return self.core is environments.NEXT


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_counts(report: Path) -> Counts:
    """What a run of pytest counted; a report that is missing or broken counts nothing."""
    total = Counts()
    try:
        suites = ElementTree.parse(report).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return total
    for suite in suites:
        tests, failures, errors, skipped = (
            int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        )
        # A test whose teardown fails as well is one failure and one error: passed is what no one complains about.
        total += Counts(max(0, tests - failures - errors - skipped), failures + errors, skipped)
    return total


def steps(everything: bool = False) -> list[Step]:
    """What `make test` runs, or `make test-all`. What is in which was decided by minutes (CONTRIBUTING.md).

    First comes what need not wait for the development environment, then the longest of those that run side by side, so that
    they do not end alone."""
    sanity = [
        Step(
            f"sanity-{core.core}",
            partial(checks.sanity, core, whole=everything),
            core,
            by_itself=core is checks.newest(),
        )
        for core in (environments.EVERY if everything else [checks.newest()])
    ]
    return [
        *sorted(sanity, key=lambda step: not step.by_itself),
        *(Step(name, run) for name, run in checks.LINTERS.items()),
        Step("docs", checks.docs),
        Step("build", checks.build),
        Step("meta", checks.meta, reports=True),
        Step("unit", checks.unit, reports=True),
        *(
            Step(f"integration-{core.core}", partial(checks.integration, core, whole=everything), core, reports=True)
            for core in (_with_playbooks() if everything else checks.cores())
        ),
        *(_further() if everything else ()),
    ]


def _with_playbooks() -> list[environments.Environment]:
    first = checks.cores()
    return [*first, *(core for core in environments.EVERY if core not in first)]


def _further() -> list[Step]:
    """What only `make test-all` runs besides: the unit tests with each ansible-core, other interpreters, targets of ansible-test."""
    found = []
    for core in environments.EVERY:
        place = environments.UNITS[core.core]
        found.append(Step(f"unit-{core.core}", partial(checks.unit_on, core), core, reports=True, environment=place))
        found.append(Step(f"targets-{core.core}", partial(checks.targets, core), core, environment=place))
        found.append(Step(f"imports-{core.core}", partial(checks.imports, core), core))
    return found


def run(everything: bool = False) -> int:
    """Prepare what is needed, run every step, and end with one line of counts."""
    started = time.monotonic()
    total = Counts()
    wanted = steps(everything)
    needed = list(dict.fromkeys([environments.DEVELOPMENT, *(step.needs for step in wanted)]))
    # One program at a time would leave the other processors idle. What waits for an environment stands behind it in the queue.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            made = {environment: pool.submit(_prepare, environment) for environment in needed}
            begun = [pool.submit(_run_if_possible, step, made) for step in wanted if not step.reports]
            for future in made.values():
                total += future.result().counts
            print(f"environments: {time.monotonic() - started:.1f} s", flush=True)
            for ended in begun:
                total += ended.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop_all()
            raise
    for step in wanted:
        if step.reports:
            total += _run_if_possible(step, made)
    print(f"total: {time.monotonic() - started:.1f} s")
    print(total)
    return 1 if total.failed or not total.passed else 0


@dataclass(frozen=True)
class Prepared:
    """:param missing: why the environment cannot be used, "" if it can."""

    missing: str = ""
    counts: Counts = field(default_factory=Counts)


def _prepare(environment: environments.Environment) -> Prepared:
    """Without the development environment nothing goes on; what needs another one is skipped."""
    try:
        environments.prepare(environment)
    except environments.Missing as error:
        if environment is environments.DEVELOPMENT:
            raise
        return Prepared(str(error))
    except subprocess.CalledProcessError as error:
        if environment is environments.DEVELOPMENT:
            raise
        counts = Counts(skipped=1) if environment is environments.NEXT else Counts(failed=1)
        return Prepared(f"the environment could not be made: {error}", counts)
    return Prepared()


def _run_if_possible(step: Step, made: dict[environments.Environment, Future[Prepared]]) -> Counts:
    if not step.by_itself:
        made[environments.DEVELOPMENT].result()
    missing = made[step.needs].result().missing
    if missing:
        print(f"SKIP {step.name:<18}          {missing}", flush=True)
        return Counts(skipped=1)
    return _run(step)


def _run(step: Step) -> Counts:
    log = layout.LOGS / f"{step.name.replace(' ', '-')}.log"
    log.unlink(missing_ok=True)
    started = time.monotonic()
    problem, tail = "", _TAIL
    try:
        step.run(log)
    except (checks.Failed, processes.TimeLimit) as error:
        problem = str(error)
        tail = 0 if getattr(error, "complete", False) else _TAIL
    counts = read_counts(layout.RESULTS / f"{step.name}.xml") if step.reports else Counts()
    if step.reports and not problem and not counts.passed + counts.failed:
        problem = "no test ran"
    if problem and not counts.failed:
        counts += Counts(failed=1)
    word = ("WARN" if step.early else "FAIL") if problem else "ok  "
    if step.early:
        counts = Counts(counts.passed, 0, counts.skipped + counts.failed)
    lines = [f"{word} {step.name:<18} {time.monotonic() - started:6.1f} s  {counts if step.reports else ''}".rstrip()]
    if problem:
        logged = log.read_text(errors="replace").splitlines() if log.exists() else []
        shown = [*problem.splitlines(), f"log: {log.relative_to(layout.ROOT)}", *(logged[-tail:] if tail else [])]
        lines += [f"  | {line}" for line in shown]
    print("\n".join(lines), flush=True)  # at once: others may print at the same time
    return counts
