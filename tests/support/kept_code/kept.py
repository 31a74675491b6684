# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled code in files."""

from __future__ import annotations

import marshal
import os


def kept(path, make):
    """The code in a file; where there is none, it is made and kept there."""
    try:
        with open(path, "rb") as file:
            return marshal.load(file)
    except FileNotFoundError:
        pass
    code = make()
    mine = f"{path}.{os.getpid()}"
    with open(mine, "wb") as file:
        marshal.dump(code, file)
    os.replace(mine, path)  # in one step: others may look for it now
    return code
