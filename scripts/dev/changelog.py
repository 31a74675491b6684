# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the changelog of the version in galaxy.yml anew from the fragments and the plugins. Runs in the development environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

changelog = Path("changelogs/changelog.yaml")
version = yaml.safe_load(Path("galaxy.yml").read_text())["version"]
date = []
if changelog.exists():
    content = yaml.safe_load(changelog.read_text())
    released = content["releases"].pop(version, None)
    if released:
        date = ["--date", str(released["release_date"])]
    if content["releases"]:
        changelog.write_text(yaml.safe_dump(content))
    else:
        changelog.unlink()
subprocess.run(["antsibull-changelog", "release", "--reload-plugins", *date], check=True)
