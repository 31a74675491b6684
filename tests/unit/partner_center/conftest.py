# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sign-in server for the tests that need one."""

from __future__ import annotations

import typing as t

import pytest

if t.TYPE_CHECKING:
    from emulator.entra.standalone import StandaloneServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[StandaloneServer]:
    # Other tests here run where the emulator is not.
    from emulator.entra.standalone import StandaloneServer

    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running
