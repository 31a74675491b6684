# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Runs a module in the process that this is, as if it had one of its own.

A module reads its options once from a global of ``ansible.module_utils.basic``, prints its result and exits. Both are
kept: what comes out is the text that a process would have printed, made by the same code of ansible-core, so nothing
can differ. What such a process would take with it when it ends is put back here: the environment, the directory,
the texts that were collected, and the handlers of signals.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import tempfile
import time
import typing as t
from dataclasses import dataclass

import ansible.module_utils.common.warnings as module_warnings
from ansible.module_utils import basic

from ...module_utils._common.definition import Definition
from ...module_utils._common.errors import Defect
from ...module_utils._common.interruption import Interruption
from ...module_utils._common.module import run_here
from ...module_utils._common.progress import Watcher

try:
    from ansible.module_utils import _internal as core_internal
    from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
except ImportError:  # ansible-core before 2.19
    core_internal = None

PROFILE = "legacy"
"""How ansible-core since 2.19 writes the options of a module that does not ask for something else."""
_ENCODER: t.Any = None
if core_internal is not None:
    # Found here, once, and not in each worker. So is how ansible-core reads the result.
    _ENCODER = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    get_module_decoder(PROFILE, Direction.MODULE_TO_CONTROLLER)


@dataclass
class Ended:
    """What a process would have left behind, and why the run was to end, if it was."""

    rc: int
    stdout: str
    stderr: str
    interruption: Interruption


def encoded(module_args: t.Mapping[str, t.Any]) -> bytes:
    """The options as a module gets them (ansible-core, ``executor/module_common.py``).

    :raises TypeError: there are values that cannot be written.
    """
    params = {"ANSIBLE_MODULE_ARGS": module_args}
    if _ENCODER is not None:
        return json.dumps(params, cls=_ENCODER).encode()
    from ansible.parsing.ajson import AnsibleJSONEncoder

    return json.dumps(params, cls=AnsibleJSONEncoder, vault_to_text=True).encode()


def execute(
    definition: Definition,
    args: bytes,
    *,
    environment: t.Mapping[str, t.Any],
    directory: str,
    watcher: Watcher | None = None,
) -> Ended:
    """Run a module to its end.

    :param args: from :func:`encoded`.
    :param environment: variables in addition to those that are there.
    :param directory: where a process would be started: relative paths begin there.
    :param watcher: is told how far it is.
    """
    # Ansible's worker has no pipe to anybody; whether ansible-playbook lives shows in its being the parent.
    interruption = Interruption(reader=None)
    out, err = io.StringIO(), io.StringIO()
    code: t.Any = 1
    with _surroundings(environment, directory), _arguments(args), _silent_logs():
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run_here(definition, interruption=interruption, watcher=watcher)
            except SystemExit as ended:
                code = ended.code
            except Exception as exc:
                # Where the frame itself is at fault; the text of such an exception may hold anything.
                print(json.dumps({"failed": True, "msg": Defect(exc).message}))
    return Ended(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue(), interruption)


@contextlib.contextmanager
def _surroundings(environment: t.Mapping[str, t.Any], directory: str) -> t.Iterator[None]:
    variables, temporary = dict(os.environ), tempfile.tempdir
    try:
        here = os.getcwd()
    except OSError:  # it is gone
        here = None
    try:
        os.environ.update({name: str(value) for name, value in environment.items()})
        tempfile.tempdir = None  # found once and kept, and the environment says where
        _read_time_zone(environment)
        os.chdir(directory)
        yield
    finally:
        if here is not None:
            with contextlib.suppress(OSError):
                os.chdir(here)
        for name in set(os.environ) - set(variables):
            del os.environ[name]
        os.environ.update({name: value for name, value in variables.items() if os.environ.get(name) != value})
        tempfile.tempdir = temporary
        _read_time_zone(environment)


def _read_time_zone(environment: t.Mapping[str, t.Any]) -> None:
    if "TZ" in environment and hasattr(time, "tzset"):
        time.tzset()


@contextlib.contextmanager
def _arguments(args: bytes) -> t.Iterator[None]:
    """The globals of ansible-core that a module's process has for itself."""
    names = [name for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE", "_PARSED_MODULE_ARGS") if hasattr(basic, name)]
    before = {name: getattr(basic, name) for name in names}
    collected = [module_warnings._global_warnings, module_warnings._global_deprecations]
    texts = [kept.copy() for kept in collected]
    controller = getattr(core_internal, "is_controller", None)
    basic._ANSIBLE_ARGS = args
    if "_ANSIBLE_PROFILE" in before:
        basic._ANSIBLE_PROFILE = PROFILE
    if controller is not None:
        core_internal.is_controller = False  # a warning belongs into the result, and the display shows it from there
    try:
        for kept in collected:
            kept.clear()
        yield
    finally:
        if controller is not None:
            core_internal.is_controller = controller
        for name, value in before.items():
            setattr(basic, name, value)
        for kept, old in zip(collected, texts):
            kept.clear()
            kept.update(old) if isinstance(kept, dict) else kept.extend(old)


@contextlib.contextmanager
def _silent_logs() -> t.Iterator[None]:
    """With ``log_path`` Ansible gives the root logger a file, and libraries would write into it; a module's process has
    none, and nobody has looked for secrets in what they say.
    """
    root = logging.getLogger()
    handlers = root.handlers
    root.handlers = [logging.NullHandler()]
    try:
        yield
    finally:
        root.handlers = handlers
