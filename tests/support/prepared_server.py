# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has loaded ansible-core and starts each ansible-playbook as a copy of itself; see prepared_plays.py.

It runs with the Python of that ansible-core, and knows nothing of the tests.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib
import json
import marshal
import os
import signal
import socket
import sys
import tempfile
import time

import ansible.cli.playbook
import ansible.executor.playbook_executor
import ansible.executor.task_executor
import ansible.plugins.loader
import ansible.template
from ansible import constants
from ansible.utils.collection_loader import _collection_finder
from ansible.utils.path import cleanup_tmp_file
from kept import kept

_SOON = """requests
ansible.executor.process.worker ansible.playbook.handler_task_include ansible.playbook.included_file ansible.playbook.role_include
ansible.plugins.action.normal ansible.plugins.cache.memory ansible.plugins.callback.default ansible.plugins.callback.junit
ansible.plugins.callback.tree ansible.plugins.connection.local ansible.plugins.connection.psrp ansible.plugins.connection.ssh
ansible.plugins.connection.winrm ansible.plugins.inventory.host_list ansible.plugins.inventory.toml ansible.plugins.inventory.yaml
ansible.plugins.shell.sh ansible.plugins.strategy.linear ansible.plugins.vars.host_group_vars
multiprocessing.popen_fork multiprocessing.synchronize
""".split()
"""What every play loads later."""

for _name in _SOON:
    with contextlib.suppress(ImportError):  # they differ between versions
        importlib.import_module(_name)


def keep_what_is_read() -> None:
    """What ansible-core reads of collections in each play anew, and is always the same: it compiles their files, of which it keeps no code, and parses lists of
    redirects with thousands of lines. Code is kept under the digest of its text, so that it can never be that of another one."""
    place = os.environ["TENANTOPS_KEPT_CODE"]
    read_routing = _collection_finder._meta_yml_to_dict
    builtin = os.path.join(os.path.dirname(ansible.__file__), "config", "ansible_builtin_runtime.yml")
    with open(builtin, "rb") as file:
        text = file.read()
    known = {text: marshal.dumps(read_routing(text, None))}

    def routing(text: bytes, content_id: object) -> object:
        return marshal.loads(known[text]) if text in known else read_routing(text, content_id)

    def code(self: object, fullname: str) -> object:
        source, filename = self.get_source(fullname), self.get_filename(fullname)
        if source is None or not filename:
            return original(self, fullname)
        digest = hashlib.sha256(f"{filename}\0{source}".encode()).hexdigest()
        return kept(os.path.join(place, f"{digest}.collection"), lambda: original(self, fullname))

    original = _collection_finder._AnsibleCollectionPkgLoaderBase.get_code
    _collection_finder._AnsibleCollectionPkgLoaderBase.get_code = code
    _collection_finder._meta_yml_to_dict = routing


def serve(path: str) -> None:
    """One connection is one run: a request with three descriptors comes in, a process id and a status go out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that watch
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path + ".new")
        listener.listen()
        os.rename(path + ".new", path)  # who finds it is answered
        while True:
            connection, _address = listener.accept()
            request, descriptors, _flags, _sender = socket.recv_fds(connection, 1 << 16, 3)
            while not request.endswith(b"\n"):
                request += connection.recv(1 << 16)
            if not os.fork():
                listener.close()
                _watch(connection, json.loads(request), descriptors)
            connection.close()
            for descriptor in descriptors:
                os.close(descriptor)


def _watch(connection: socket.socket, request: dict, descriptors: list[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    play = os.fork()
    if not play:
        connection.close()
        _play(request, descriptors)
    connection.sendall(f"{play}\n".encode())
    _pid, status = os.waitpid(play, 0)
    with contextlib.suppress(OSError):  # nobody waits for one that took too long
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _play(request: dict, descriptors: list[int]) -> None:
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None
    _read_settings()
    sys.argv = request["command"]
    ansible.cli.playbook.main()
    sys.exit()


def _read_settings() -> None:
    """The settings of ansible-core anew: those that were loaded are those of the process that prepared."""
    atexit.unregister(cleanup_tmp_file)  # of the directory of that process
    loaded = constants.config
    importlib.reload(constants)
    for module in list(sys.modules.values()):
        if getattr(module, "config", None) is loaded:
            module.config = constants.config


if __name__ == "__main__":
    keep_what_is_read()
    serve(sys.argv[1])
