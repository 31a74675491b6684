# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the repository, one function each. A check prints to its log or to the terminal and gives an exit status."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import environments
import interpreters
import layout
import processes
from environments import DEVELOPMENT, NEWEST, OLDEST, Environment

_LIMIT = 1800.0  # seconds after which a check is taken to hang
_SHELL_SCRIPTS = ("scripts/run", ".ci/run")
_WORKERS = f"--numprocesses={(os.cpu_count() or 1) + 1}"
"""Tests wait a good deal, for latencies and for processes to end: one more than processors keeps those busy."""
_SANITY_TESTS = 20  # ansible-test is content with checking nothing
_ABOUT_TEXT = (
    "pep8",
    "pslint",
    "pylint",
    "shellcheck",
    "yamllint",
)  # sanity tests that read files and nothing of ansible-core

_NOT_PUBLISHED = (
    "tests/bench/",
    "tests/emulator/",
    "tests/meta/",
    "tests/support/",
    "tests/trials/",
    "tests/unit/",
    "tests/integration/test_",
)
"""What ruff and mypy judge in `make test`."""


class Failed(Exception):
    """The check found something, or did not check anything. `complete`: the message says all that the log has to say."""

    complete = False


def newest() -> Environment:
    """The newest ansible-core that can be installed on this machine."""
    return NEWEST if NEWEST.available else DEVELOPMENT


def cores() -> list[Environment]:
    """Where playbooks are run: on the newest, which runs everything, and on the oldest. What is between them is left to ansible-test sanity, for the sake
    of time."""
    return [newest(), OLDEST]


def _run(
    command: list, log: Path | None, environment: Environment = DEVELOPMENT, cwd: Path = layout.ROOT, **more: str
) -> None:
    status = processes.run(command, environments.variables(environment, **more), log=log, cwd=cwd, limit=_LIMIT)
    if status:
        raise Failed(f"{Path(command[0]).name} ended with status {status}")


# -- pytest ----------------------------------------------------------------------------------------------------------------------------


def pytest(name: str, arguments: list, log: Path | None, environment: Environment = DEVELOPMENT, **more: str) -> None:
    """One run of pytest, with its counts in `RESULTS/name.xml`."""
    report = layout.RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    # A place of its own, and a short one: sockets below it may have names of about 100 characters and no more.
    with tempfile.TemporaryDirectory(prefix="pc-", ignore_cleanup_errors=True) as place:
        words = ["-m", "pytest", "--quiet", f"--junit-xml={report}", f"--basetemp={place}/t", *arguments]
        _run([environment.python, *words], log, environment, **({"TMPDIR": place} | more))


def meta(log: Path | None, arguments: list | None = None) -> None:
    pytest("meta", [_WORKERS, "tests/meta", *(arguments or [])], log)


def unit(log: Path | None, arguments: list | None = None) -> None:
    pytest("unit", [_WORKERS, "tests/unit", *(arguments or [])], log)


def unit_on(core: Environment, log: Path | None) -> None:
    """The unit tests of what runs inside of Ansible, with this ansible-core and its Python. The emulator has one Python, its own."""
    words = [_WORKERS, "tests/unit/partner_center", "tests/unit/azure_pack"]
    pytest(f"unit-{core.core}", words, log, environments.UNITS[core.core])


def integration(core: Environment, log: Path | None, arguments: list | None = None, *, whole: bool = True) -> None:
    """All suites on the newest ansible-core; on the others those that may differ between versions. On the oldest each task has an ansible-playbook of its own
    and compiles its module, as it is for a user; on the others that is shared (tests/support/playbooks.py).

    :param whole: also what `make test` has no time for.
    """
    differing = "(core_differences or core_differences_thorough)" if whole else "core_differences"
    marks = ([] if core is newest() else [differing]) + ([] if whole else ["not thorough"])
    chosen = ["-m", " and ".join(marks)] if marks else []
    more = {
        "TENANTOPS_ANSIBLE_BIN": str(core.bin),
        "TENANTOPS_CORE": core.core,
        "TENANTOPS_FRESH": "1" if core is OLDEST else "0",
    }
    pytest(
        f"integration-{core.core}",
        [_WORKERS, "--dist=loadgroup", *chosen, "tests/integration", *(arguments or [])],
        log,
        **more,
    )


# -- ansible-test ----------------------------------------------------------------------------------------------------------------------


def sanity(core: Environment, log: Path | None, whole: bool = False) -> None:
    """ansible-test refuses a symbolic link and leaves files behind, so it gets a copy of what git would commit.

    Everything is run on the newest ansible-core, with the newest rules about text, over all that is published. The others get only the tests that meet their
    own code: documentation, arguments, imports. ``whole``, as in `make test-all`, means all tests over all files, those of pytest included.
    """
    left_out = () if whole or core is newest() else _ABOUT_TEXT
    if core is environments.NEXT:
        left_out = ("pylint",)  # what a pre-release pins for it need not be in any index
    copy = _copy(layout.CACHE / "sanity" / core.core, () if whole else _NOT_PUBLISHED)
    home = _home(core)
    log = log or layout.LOGS / f"sanity-{core.core}.log"
    log.unlink(missing_ok=True)
    try:
        command = [core.bin / "ansible-test", "sanity", "--local", "--python", core.python_version, "--color", "no"]
        command += [word for name in left_out for word in ("--skip-test", name)]
        _run(command, log, core, copy, HOME=str(home), PATH=_with_shellcheck(core))
    except Failed:
        problems = [
            line for line in log.read_text(errors="replace").splitlines() if line.startswith(("ERROR", "FATAL"))
        ]
        failure = Failed("\n".join(problems) or "ansible-test failed")
        failure.complete = bool(problems)
        raise failure from None
    ran = len(re.findall(r"^Running sanity test", log.read_text(errors="replace"), re.MULTILINE))
    if ran < _SANITY_TESTS - len(left_out):
        raise Failed(f"only {ran} sanity tests ran")


def imports(core: Environment, log: Path | None) -> None:
    """The sanity tests that depend on the interpreter, with each other one that this ansible-core supports and this machine has."""
    copy = _copy(layout.CACHE / "imports" / core.core)
    home = str(_home(core))
    tried = []
    for version in core.supports:
        name = "{}.{}".format(*version)
        found = interpreters.find([version]) if name != core.python_version else None
        if found:
            path = os.pathsep.join([str(core.bin), str(found[1].parent), *interpreters.real_path()])
            words = ["sanity", "--local", "--python", name, "--color", "no", "--test", "compile", "--test", "import"]
            _run([core.bin / "ansible-test", *words], log, core, copy, HOME=home, PATH=path)
            tried.append(name)
    print(
        f"ansible-core {core.core}: also with Python {', '.join(tried) or 'nothing else, which is not here'}",
        flush=True,
    )


def targets(core: Environment, log: Path | None, arguments: list | None = None) -> None:
    """The smoke tests below tests/integration/targets, as a reviewer runs them: ansible-test integration."""
    place = environments.UNITS[core.core]
    copy = _copy(layout.CACHE / "targets" / core.core)
    log = log or layout.LOGS / f"targets-{core.core}.log"
    log.unlink(missing_ok=True)
    words = ["integration", "--local", "--python", place.python_version, "--color", "no", *(arguments or [])]
    path = os.pathsep.join([str(place.bin), *interpreters.real_path()])
    try:
        _run([place.bin / "ansible-test", *words], log, place, copy, HOME=str(_home(place)), PATH=path)
    except Failed:
        raise Failed(f"a target failed, see {log.relative_to(layout.ROOT)}") from None
    ran = len(re.findall(r"^Running \S+ integration test role", log.read_text(errors="replace"), re.MULTILINE))
    if not ran:
        raise Failed("no target ran")
    print(f"ansible-core {core.core}: {ran} targets", flush=True)


def _copy(place: Path, without: tuple[str, ...] = ()) -> Path:
    """:param without: beginnings of paths that stay away."""
    copy = place / "ansible_collections" / layout.NAMESPACE / layout.NAME
    shutil.rmtree(place, ignore_errors=True)
    env = environments.variables(DEVELOPMENT)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=layout.ROOT,
        env=env,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listing.stdout).split("\0")):
        if name.startswith(without) or not (layout.ROOT / name).exists():
            continue  # or deleted, but not yet committed
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(layout.ROOT / name, target, follow_symlinks=False)
    subprocess.run(
        ["git", "init", "--quiet"], cwd=copy, env=env, check=True
    )  # without it the copy counts as ignored, and is skipped
    return copy


def _with_shellcheck(core: Environment) -> str:
    """PATH of the environment, and shellcheck, but no other program of the development environment. The newest
    ansible-core has its own, so that it need not wait for that environment."""
    tools = layout.CACHE / "sanity" / core.core / "tools"
    tools.mkdir()
    (tools / "shellcheck").symlink_to((core if core is newest() else DEVELOPMENT).bin / "shellcheck")
    return environments.variables(core)["PATH"] + os.pathsep + str(tools)


def _home(core: Environment) -> Path:
    """Where ansible-test keeps its environments: versions side by side do not share them. It finds the program there that it would
    download to put pip into them."""
    home = layout.HOME / f"ansible-test-{core.core}"
    source = next(
        core.directory.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py")
    ).read_text()
    version = re.search(r"pip='([0-9.]+)'", source)
    if version is None:
        raise Failed("ansible-test no longer says which pip it wants")
    kept = home / ".ansible" / "test" / "cache" / "get_pip_{}.py".format(version[1].replace(".", "_"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text((Path(__file__).parent / "get_pip.py").read_text())
    if not (home / ".config").is_symlink():
        (home / ".config").symlink_to(layout.HOME / ".config", target_is_directory=True)
    return home


# -- linters ---------------------------------------------------------------------------------------------------------------------------


def python_format(log: Path | None) -> None:
    _run([DEVELOPMENT.bin / "ruff", "format", "--check", "--quiet", "--diff", "."], log)


def python_lint(log: Path | None) -> None:
    _run([DEVELOPMENT.bin / "ruff", "check", "--quiet", "."], log)


def python_types(log: Path | None) -> None:
    """mypy.ini has the settings. The plugins are read through the link that makes the checkout a collection, because
    they import each other by the name of the collection. One test says which fakes stand for a service."""
    plugins = layout.COLLECTIONS / "ansible_collections" / layout.NAMESPACE / layout.NAME / "plugins"
    _run([DEVELOPMENT.bin / "mypy", plugins, "tests/emulator", "tests/unit/partner_center/test_protocol.py"], log)


def generated_docs(log: Path | None, *arguments: str) -> None:
    """Whether the generated parts of the documentation are current; with other arguments, see generate_docs.py."""
    _run([DEVELOPMENT.python, Path(__file__).parent / "generate_docs.py", *(arguments or ("--check",))], log)


def shellcheck(log: Path | None) -> None:
    _run([DEVELOPMENT.bin / "shellcheck", *_SHELL_SCRIPTS], log)


def ansible_lint(log: Path | None) -> None:
    _run([DEVELOPMENT.bin / "ansible-lint", "--offline", "--nocolor"], log)


def docs_lint(log: Path | None) -> None:
    _run(
        [
            DEVELOPMENT.bin / "antsibull-docs",
            "lint-collection-docs",
            "--plugin-docs",
            "--validate-collection-refs",
            "self",
            "--skip-rstcheck",
            ".",
        ],
        log,
    )


def changelog_lint(log: Path | None) -> None:
    tool = DEVELOPMENT.bin / "antsibull-changelog"
    _run([tool, "lint"], log)
    if (layout.ROOT / "changelogs" / "changelog.yaml").exists():
        _run([tool, "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml"], log)


def pipelines_lint(log: Path | None) -> None:
    """The examples for pipelines and the workflows of this repository: the services' own schemas, which come with the tool, and what is known to be unsafe
    in workflows of GitHub; and actionlint, where somebody has installed it."""
    examples = layout.ROOT / "docs" / "examples"
    own = layout.ROOT / ".github"
    workflows = [*sorted((examples / "github-actions").glob("*.yml")), *sorted((own / "workflows").glob("*.yml"))]
    gitlab = examples / "gitlab-ci" / "gitlab-ci.yml"
    for schema, files in (
        ("vendor.github-workflows", workflows),
        ("vendor.gitlab-ci", [gitlab]),
        ("vendor.dependabot", [own / "dependabot.yml"]),
        ("vendor.github-issue-forms", sorted((own / "ISSUE_TEMPLATE").glob("*_*.yml"))),
    ):
        _run([DEVELOPMENT.bin / "check-jsonschema", "--builtin-schema", schema, *files], log)
    _run(
        [
            DEVELOPMENT.bin / "zizmor",
            "--offline",
            "--persona=auditor",
            "--no-progress",
            "--quiet",
            *workflows,
            own / "dependabot.yml",
        ],
        log,
    )
    if actionlint := shutil.which("actionlint", path=environments.variables(DEVELOPMENT)["PATH"]):
        _run([actionlint, *workflows], log)


def licensing(log: Path | None) -> None:
    """The REUSE Specification: every file says whose it is and under which license, or REUSE.toml does."""
    _run([DEVELOPMENT.bin / "reuse", "lint", "--lines"], log)


def prose_lint(log: Path | None) -> None:
    """proselint over the documentation; its rules are in prose.py, and the project's own words in tests/meta/test_terms.py."""
    _run([DEVELOPMENT.python, Path(__file__).parent / "prose.py"], log)


LINTERS = {
    "ruff format": python_format,
    "ruff check": python_lint,
    "mypy": python_types,
    "generated docs": generated_docs,
    "shellcheck": shellcheck,
    "ansible-lint": ansible_lint,
    "docs lint": docs_lint,
    "changelog lint": changelog_lint,
    "pipelines lint": pipelines_lint,
    "licensing": licensing,
    "prose": prose_lint,
}


# -- products --------------------------------------------------------------------------------------------------------------------------


def build(log: Path | None) -> None:
    """The tarball with its list of materials and sums, in .cache/build, of what git would commit."""
    release(["--output", str(layout.CACHE / "build")], log)


def release(arguments: list, log: Path | None = None) -> None:
    """What a release consists of; see release.py."""
    source = _copy(layout.CACHE / "release-source")
    _run([DEVELOPMENT.python, Path(__file__).parent / "release.py", "--source", source, *arguments], log)


def changelog(log: Path | None) -> None:
    _run([DEVELOPMENT.python, Path(__file__).parent / "changelog.py"], log)


def docs(log: Path | None) -> None:
    """The site in .cache/docs/html: guides, and the reference of modules, plugins and playbooks. Warnings are errors."""
    import site_pages

    place = layout.CACHE / "docs"
    shutil.rmtree(place, ignore_errors=True)
    source = place / "source"
    reference = source / "reference"
    reference.mkdir(parents=True, mode=0o755)
    reference.chmod(0o755)
    _run(
        [
            DEVELOPMENT.bin / "antsibull-docs",
            "collection",
            "--use-current",
            "--squash-hierarchy",
            "--dest-dir",
            reference,
            layout.FQCN,
        ],
        log,
    )
    try:
        site_pages.lay_out(source)
    except ValueError as error:
        raise Failed(str(error)) from None
    shutil.copy(Path(__file__).parent / "sphinx_conf.py", source / "conf.py")
    (source / "_static").mkdir()
    shutil.copy(Path(__file__).parent / "site.css", source / "_static")
    _run([DEVELOPMENT.bin / "sphinx-build", "-q", "-W", "--keep-going", "-b", "html", source, place / "html"], log)


def trials(arguments: list) -> None:
    _measure("tests/trials/run.py", arguments)


def bench(arguments: list, others: list) -> None:
    """:param others: environments in which the cost of a task is measured, too."""
    _measure("tests/bench/run.py", arguments)
    for environment in [DEVELOPMENT, *others]:
        _measure("tests/bench/tasks.py", arguments, TENANTOPS_ANSIBLE_BIN=str(environment.bin))


def _measure(program: str, arguments: list, **variables: str) -> None:
    """As users have it: without what makes the tests quicker."""
    variables |= {"PYTHONPATH": str(layout.ROOT / "tests"), "TENANTOPS_FRESH": "1"}
    _run([DEVELOPMENT.python, program, *arguments], None, **variables)
