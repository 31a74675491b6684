# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments inside the checkout, each kept in step with its requirement file, and the variables that programs in them see."""

from __future__ import annotations

import configparser
import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import interpreters
import layout
import processes


class Missing(Exception):
    """No interpreter for this environment is on this machine."""


_CONTROLLERS = {
    "2.16": (10, 12),
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "2.20": (12, 14),
    "2.21": (12, 14),
    "2.22": (13, 15),
}
"""Minor versions of Python 3 on the control node: the support matrix of ansible-core."""


@dataclass(frozen=True)
class Environment:
    """One version of ansible-core with what belongs to it."""

    core: str
    directory: Path
    requirements: Path
    pythons: tuple[tuple[int, int], ...]

    @property
    def supports(self) -> tuple[tuple[int, int], ...]:
        """The Pythons of the control node that this ansible-core and this collection support."""
        first, last = _CONTROLLERS[self.core]
        return tuple((3, minor) for minor in range(max(first, 11), last + 1))

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def python_version(self) -> str:
        return next(self.directory.glob("lib/python3.*")).name.removeprefix("python")

    @property
    def available(self) -> bool:
        return _stamp(self).is_file() or interpreters.find(list(self.pythons)) is not None

    @property
    def unavailable_because(self) -> str:
        return f"ansible-core {self.core} needs Python {' or '.join('{}.{}'.format(*version) for version in self.pythons)}, and none of them is on this machine"


DEVELOPMENT = Environment("2.19", layout.ROOT / ".venv", layout.REQUIREMENTS / "dev.txt", ((3, 11), (3, 12), (3, 13)))
OLDEST = Environment("2.16", layout.ROOT / ".venv-2.16", layout.REQUIREMENTS / "core-2.16.txt", ((3, 11), (3, 12)))
NEWEST = Environment(
    "2.21", layout.ROOT / ".venv-2.21", layout.REQUIREMENTS / "newest.txt", ((3, 12), (3, 13), (3, 14))
)
ALL = (OLDEST, DEVELOPMENT, NEWEST)
"""What `make test` uses."""
BETWEEN = tuple(
    Environment(core, layout.ROOT / f".venv-{core}", layout.REQUIREMENTS / f"core-{core}.txt", pythons)
    for core, pythons in {
        "2.17": ((3, 12), (3, 11)),
        "2.18": ((3, 13), (3, 12), (3, 11)),
        "2.20": ((3, 13), (3, 14), (3, 12)),
    }.items()
)
NEXT = Environment("2.22", layout.ROOT / ".venv-2.22", layout.REQUIREMENTS / "core-2.22.txt", ((3, 14), (3, 13)))
"""A pre-release: what fails on it is shown, and fails nothing."""
EVERY = (OLDEST, *BETWEEN, DEVELOPMENT, NEWEST, NEXT)
"""What `make test-all` uses."""
UNITS = {
    core.core: core
    if core in (DEVELOPMENT, NEXT, *BETWEEN)
    else replace(
        core,
        directory=layout.ROOT / f".venv-units-{core.core}",
        requirements=layout.REQUIREMENTS / f"units-{core.core}.txt",
    )
    for core in EVERY
}
"""Where unit tests run on each ansible-core: beside those that have what the collection needs and nothing else."""
PLAY = Environment("2.19-play", layout.ROOT / ".venv-play", layout.REQUIREMENTS / "play.txt", DEVELOPMENT.pythons)
"""What a newcomer waits for: no linters, no documentation, no tests."""


def prepare(environment: Environment) -> None:
    """Make the environment, or bring it up to date; nothing is done when it already is. Several can be prepared side by side."""
    with _lock("lock"):
        _prepare_tree()
    with _lock(f"lock-{environment.core}"):
        wanted = _fingerprint(environment)
        stamp = _stamp(environment)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        started = time.monotonic()
        if not _works(environment):
            found = interpreters.find(list(environment.pythons))
            if found is None:
                raise Missing(environment.unavailable_because)
            shutil.rmtree(environment.directory, ignore_errors=True)
            print(
                f"making {environment.directory.name} (ansible-core {environment.core}, Python {'{}.{}'.format(*found[0])}) ...",
                flush=True,
            )
            _run([found[1], "-I", "-m", "venv", environment.directory], dict(os.environ))
        else:
            print(f"updating {environment.directory.name} (ansible-core {environment.core}) ...", flush=True)
        pip = [environment.python, "-I", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        _run([*pip, "--requirement", environment.requirements], _pip_variables())
        stamp.write_text(wanted)
        print(f"{environment.directory.name} is ready after {time.monotonic() - started:.0f} s", flush=True)


def prepare_play() -> Environment:
    """An environment with Ansible and the emulator: the development environment if it is current, else a small one."""
    stamp = _stamp(DEVELOPMENT)
    if stamp.is_file() and stamp.read_text() == _fingerprint(DEVELOPMENT):
        prepare(DEVELOPMENT)
        return DEVELOPMENT
    prepare(PLAY)
    return PLAY


def variables(environment: Environment, **more: str) -> dict[str, str]:
    """The variables that programs see: few of the caller's, so that no setting of the user or of a network changes a result."""
    kept = ("CI", "COLUMNS", "GNUPGHOME", "LOGNAME", "NO_COLOR", "SOURCE_DATE_EPOCH", "TERM", "TMPDIR", "USER")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    gitconfig = Path(os.environ.get("GIT_CONFIG_GLOBAL") or Path.home() / ".gitconfig")
    if gitconfig.is_file():
        found["GIT_CONFIG_GLOBAL"] = str(gitconfig)  # it may say whose checkouts are safe to read
    found |= {
        "PATH": os.pathsep.join([str(environment.bin), *interpreters.real_path()]),
        "HOME": str(layout.HOME),
        "LC_ALL": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "VIRTUAL_ENV": str(environment.directory),
        "ANSIBLE_CONFIG": str(layout.CACHE / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(layout.COLLECTIONS),
        "ANSIBLE_PYTHON_INTERPRETER": str(environment.python),
    }
    return found | more


def _run(command: list, env: dict[str, str]) -> None:
    status = processes.run(command, env)
    if status:
        raise subprocess.CalledProcessError(status, command)


def _stamp(environment: Environment) -> Path:
    return environment.directory / "requirements.sha256"


def _fingerprint(environment: Environment) -> str:
    """Changes with the requirements, and with the place: an environment that was moved does not work."""
    files = [environment.requirements, layout.REQUIREMENTS / "constraints.txt"]
    for file in files:  # it grows while it is read
        lines = [line.split() for line in file.read_text().splitlines() if line.startswith("--requirement ")]
        files += [layout.REQUIREMENTS / name for _option, name in lines]
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    return f"{digest}\n{environment.directory}\n"


def _works(environment: Environment) -> bool:
    """Whether there is an environment that can be updated in place."""
    found = interpreters.probe(environment.python) if environment.python.exists() else None
    if found is None or found[0] not in environment.pythons:
        return False
    stamp = _stamp(environment)
    return not stamp.is_file() or stamp.read_text().splitlines()[1:] == [str(environment.directory)]


def _prepare_tree() -> None:
    link = layout.COLLECTIONS / "ansible_collections" / layout.NAMESPACE / layout.NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != layout.ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(layout.ROOT, target_is_directory=True)
    (layout.CACHE / "ansible.cfg").touch()
    for directory in (layout.HOME, layout.RESULTS, layout.LOGS):
        directory.mkdir(parents=True, exist_ok=True)
    _write_pip_configuration()


def _pip_variables() -> dict[str, str]:
    """Installing needs the network, hence the caller's variables, without those that lead it elsewhere."""
    foreign = ("ANSIBLE_", "PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
        "PIP_CACHE_DIR": str(layout.CACHE / "pip")
    }


def _write_pip_configuration() -> None:
    """ansible-test installs what it needs with pip, but keeps variables from it and has another home here: give it the caller's settings in a file."""
    parser = configparser.RawConfigParser()
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    parser.read(
        [Path.home() / ".pip" / "pip.conf", base / "pip" / "pip.conf", os.environ.get("PIP_CONFIG_FILE", os.devnull)]
    )
    if not parser.has_section("global"):
        parser.add_section("global")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name not in (
            "PIP_CONFIG_FILE",
            "PIP_TARGET",
            "PIP_PREFIX",
            "PIP_USER",
            "PIP_REQUIRE_VIRTUALENV",
        ):
            parser.set("global", name.removeprefix("PIP_").lower().replace("_", "-"), value)
    for option, names in {
        "proxy": ("HTTPS_PROXY", "https_proxy"),
        "cert": ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    }.items():
        value = next((os.environ[name] for name in names if os.environ.get(name)), None)
        if value and not parser.has_option("global", option):
            parser.set("global", option, value)
    parser.set("global", "cache-dir", str(layout.CACHE / "pip"))
    target = layout.HOME / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)  # an index address may hold a password
    with target.open("w") as file:
        parser.write(file)


@contextmanager
def _lock(name: str):
    """Two calls in one checkout wait for each other."""
    layout.CACHE.mkdir(exist_ok=True)
    with (layout.CACHE / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
