# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the compiled code of modules between the tasks of a test run.

Ansible sends a module and all that it imports as a zip of sources, and Python compiles what it imports from a zip anew in each process: about a
hundred files for each task. With this directory on PYTHONPATH the code is kept in the directory that TENANTOPS_KEPT_CODE names, under the digest of
its text, so that it can never be that of another text. What is run is the same.
"""

from __future__ import annotations

import os
import sys

_PLACE = os.environ.get("TENANTOPS_KEPT_CODE")


def _keep(place):
    import _imp
    import marshal
    import zipimport

    compile_source = zipimport._compile_source

    def kept(pathname, source):
        import hashlib

        digest = hashlib.sha256(source).hexdigest()
        path = os.path.join(place, f"{digest}.{sys.implementation.cache_tag}")
        try:
            with open(path, "rb") as file:
                code = marshal.load(file)
        except FileNotFoundError:
            code = compile_source(pathname, source)
            mine = f"{path}.{os.getpid()}"
            with open(mine, "wb") as file:
                marshal.dump(code, file)
            os.replace(mine, path)  # in one step: others may look for it now
        _imp._fix_co_filename(code, pathname)  # each payload has a directory of its own, and tracebacks name it
        return code

    zipimport._compile_source = kept


if _PLACE and os.path.isdir(_PLACE):
    _keep(_PLACE)
