# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the checkout importable as a collection from wherever it is, and keeps the caller's settings out."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

NAMESPACE, NAME = "tenantops", "partner_center"
TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent

# One tree for each process, removed when it ends: workers running side by side do not share one.
_TREE = tempfile.TemporaryDirectory(prefix="collections-")
_FOREIGN = ("ANSIBLE_", "_ANSIBLE_", "PARTNER_CENTER_", "AZURE_PACK_")


# A job in the background has signals ignored, and so would all that it starts; the tests of interruptions send them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _collections() -> Path:
    """A directory that has this checkout as `ansible_collections/tenantops/partner_center`."""
    if ROOT.parts[-3:] == ("ansible_collections", NAMESPACE, NAME):
        return ROOT.parents[2]
    namespace = Path(_TREE.name, "ansible_collections", NAMESPACE)
    namespace.mkdir(parents=True)
    (namespace / NAME).symlink_to(ROOT, target_is_directory=True)
    return Path(_TREE.name)


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "core_differences: behaves differently between versions of ansible-core; run on the oldest and the newest",
    )
    config.addinivalue_line(
        "markers",
        "core_differences_thorough: like core_differences, but run on other than the newest only by make test-all",
    )
    config.addinivalue_line(
        "markers",
        "thorough: larger or slower than what make test has time for, and of a kind that it has; run by make test-all",
    )


try:
    from hypothesis import settings
except ImportError:  # tests of the repository itself need none
    pass
else:
    # The same examples in every run, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=explore looks for new ones.
    settings.register_profile("steady", derandomize=True, deadline=None)
    settings.register_profile("explore", deadline=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

if "ansible_collections" not in sys.modules:  # ansible-test has its own importer and its own tree
    for _name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[_name]
    _path = _collections()
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(_path)
    sys.path.insert(0, str(_path))
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
