# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks behind the Makefile: one function each."""

from __future__ import annotations

import shutil
import subprocess
import sys

import checks
import emulator
import environments
import layout
import processes
import suite


def setup() -> int:
    for environment in environments.ALL:
        _prepare(environment)
    return 0


def demo(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    return emulator.demo(list(arguments))


def test() -> int:
    return suite.run()


def unit(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    return _all(lambda: checks.meta(None), lambda: checks.unit(None, list(arguments)))


def integration(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    return _all(
        *(
            lambda core=core: checks.integration(core, None, list(arguments))
            for core in checks.cores()
            if _prepare(core)
        )
    )


def sanity() -> int:
    environments.prepare(environments.DEVELOPMENT)
    return _all(*(lambda core=core: checks.sanity(core, None) for core in environments.ALL if _prepare(core)))


def lint(*names: str) -> int:
    """All linters, or those of these names."""
    unknown = set(names) - set(checks.LINTERS)
    if unknown:
        raise SystemExit(f"no linter is called {', '.join(sorted(unknown))}; there are {', '.join(checks.LINTERS)}")
    environments.prepare(environments.DEVELOPMENT)
    return _all(*(lambda name=name: checks.LINTERS[name](None) for name in names or checks.LINTERS))


def generate() -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.generated_docs(None, "--write")
    return 0


def docs() -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.docs(None)
    print(f"the documentation is in {(layout.CACHE / 'docs' / 'html' / 'index.html').relative_to(layout.ROOT)}")
    return 0


def bench(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.bench(list(arguments), [environments.NEWEST] if _prepare(environments.NEWEST) else [])
    return 0


def trials(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.trials(list(arguments))
    return 0


def run_emulator(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    return emulator.keep(list(arguments))


def build() -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.build(None)
    return 0


def changelog() -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.changelog(None)
    return 0


def clean() -> int:
    for path in (
        layout.CACHE,
        layout.STATE,
        layout.ROOT / ".ansible",
        layout.ROOT / ".hypothesis",
        layout.ROOT / "tests" / "output",
    ):
        shutil.rmtree(path, ignore_errors=True)
    for path in [*layout.ROOT.glob("*.tar.gz"), layout.ROOT / "changelogs" / ".plugin-cache.yaml"]:
        path.unlink(missing_ok=True)
    for name in ("plugins", "tests", "scripts"):
        for path in list((layout.ROOT / name).rglob("__pycache__")):
            shutil.rmtree(path, ignore_errors=True)
    return 0


def distclean() -> int:
    for environment in environments.ALL:
        shutil.rmtree(environment.directory, ignore_errors=True)
    return clean()


def _prepare(environment: environments.Environment) -> bool:
    """An ansible-core whose Python is not here is left out, and said so."""
    try:
        environments.prepare(environment)
    except environments.Missing as error:
        if environment is environments.DEVELOPMENT:
            raise
        print(f"SKIPPED: {error}", flush=True)
        return False
    return True


def _all(*parts) -> int:
    """Run every part, even after one failed."""
    status = 0
    for part in parts:
        try:
            part()
        except (checks.Failed, processes.TimeLimit) as error:
            print(f"FAILED: {error}", flush=True)
            status = 1
    return status


TASKS = {
    task.__name__: task
    for task in (
        setup,
        demo,
        test,
        unit,
        integration,
        sanity,
        lint,
        generate,
        docs,
        bench,
        trials,
        build,
        changelog,
        clean,
        distclean,
    )
}
TASKS["emulator"] = run_emulator


def main() -> int:
    name, *arguments = sys.argv[1:] or [""]
    if name not in TASKS:
        raise SystemExit(f"usage: scripts/run {{{','.join(TASKS)}}} [ARGUMENT...]")
    processes.terminate_on_signals()
    try:
        return TASKS[name](*arguments)
    except (checks.Failed, processes.TimeLimit, environments.Missing) as error:
        raise SystemExit(f"FAILED: {error}") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"FAILED: {error}") from None
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
