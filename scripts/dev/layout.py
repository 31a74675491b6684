# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are. Nothing is written outside of the checkout."""

from __future__ import annotations

from pathlib import Path

NAMESPACE = "tenantops"
NAME = "partner_center"
FQCN = f"{NAMESPACE}.{NAME}"

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements"
CACHE = ROOT / ".cache"
HOME = CACHE / "home"  # the home directory of everything that is run
COLLECTIONS = CACHE / "link"  # the checkout as a collection, by a symbolic link
RESULTS = CACHE / "results"
LOGS = CACHE / "logs"
STATE = ROOT / ".state"
