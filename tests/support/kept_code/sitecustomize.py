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
    import zipimport

    compile_source = zipimport._compile_source

    def compiled(pathname, source):
        import hashlib

        from kept import kept

        path = os.path.join(place, f"{hashlib.sha256(source).hexdigest()}.{sys.implementation.cache_tag}")
        code = kept(path, lambda: compile_source(pathname, source))
        _imp._fix_co_filename(code, pathname)  # each payload has a directory of its own, and tracebacks name it
        return code

    zipimport._compile_source = compiled


if _PLACE and os.path.isdir(_PLACE):
    _keep(_PLACE)
