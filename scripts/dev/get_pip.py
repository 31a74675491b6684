# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the program that ansible-test downloads to install pip: the pip that Python brings along installs the wanted one."""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys
from pathlib import Path

options = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
wheel = next(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"), None)
if wheel:  # it runs as it is
    environment = os.environ | {"PYTHONPATH": str(wheel)}
else:  # some distributions keep it elsewhere
    environment = dict(os.environ)
    subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *options], env=environment))
