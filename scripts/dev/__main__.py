# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks behind the Makefile: one function each."""

from __future__ import annotations

import shutil
import subprocess
import sys

import checks
import demo
import emulator
import environments
import layout
import play
import processes
import suite


def setup() -> int:
    for environment in environments.ALL:
        _prepare(environment)
    return 0


def run_demo(*arguments: str) -> int:
    return demo.run(list(arguments))


def run_play(*arguments: str) -> int:
    return play.play(list(arguments))


def shell(*arguments: str) -> int:
    return play.shell(list(arguments))


def test() -> int:
    return suite.run()


def test_all() -> int:
    return suite.run(everything=True)


def unit(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    return _all(lambda: checks.meta(None), lambda: checks.unit(None, list(arguments)))


def integration(*arguments: str) -> int:
    """On those of `make test`, or on that of `--core`; other arguments are for pytest."""
    environments.prepare(environments.DEVELOPMENT)
    known = {environment.core: environment for environment in environments.EVERY}
    chosen, words = checks.cores(), list(arguments)
    if "--core" in words:
        place = words.index("--core")
        core = known.get("".join(words[place + 1 : place + 2]))
        if core is None:
            raise SystemExit(f"--core needs one of {', '.join(known)}")
        chosen, words = [core], [*words[:place], *words[place + 2 :]]
    return _all(*(lambda core=core: checks.integration(core, None, words) for core in chosen if _prepare(core)))


def sanity(*cores: str) -> int:
    """On those of `make test`, or on these."""
    known = {environment.core: environment for environment in environments.EVERY}
    if set(cores) - known.keys():
        raise SystemExit(
            f"no ansible-core is called {', '.join(sorted(set(cores) - known.keys()))}; there are {', '.join(known)}"
        )
    environments.prepare(environments.DEVELOPMENT)
    chosen = [known[core] for core in cores] or checks.cores()
    return _all(*(lambda core=core: checks.sanity(core, None, whole=bool(cores)) for core in chosen if _prepare(core)))


def targets(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.targets(environments.DEVELOPMENT, None, list(arguments))
    return 0


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
    return emulator.keep(list(arguments))


def build() -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.build(None)
    return 0


def release(*arguments: str) -> int:
    environments.prepare(environments.DEVELOPMENT)
    checks.release(list(arguments))
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
    for environment in (*environments.EVERY, *environments.UNITS.values(), environments.PLAY):
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
        shell,
        test,
        unit,
        integration,
        sanity,
        targets,
        lint,
        generate,
        docs,
        bench,
        trials,
        build,
        release,
        changelog,
        clean,
        distclean,
    )
}
TASKS |= {"demo": run_demo, "emulator": run_emulator, "play": run_play, "test-all": test_all}


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
