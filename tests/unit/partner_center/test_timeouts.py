# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write is waited for longer than a read, unless somebody says how long: one option for both."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import ARGUMENT_SPEC, resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import connect


@pytest.mark.parametrize(
    ("given", "environ", "read", "write"),
    [
        ({}, {}, 60, 120),
        ({"timeout": 30}, {}, 30, 30),
        ({"timeout": 60}, {}, 60, 60),
        ({"timeout": 300}, {}, 300, 300),
        ({}, {"PARTNER_CENTER_TIMEOUT": "90"}, 90, 90),
    ],
)
def test_seconds_on_the_wire(
    given: dict[str, t.Any], environ: dict[str, str], read: int, write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, t.Any] = {}

    def request(_self: t.Any, method: str, _url: str, **arguments: t.Any) -> t.Any:
        seen[method] = arguments["timeout"][1]
        raise http.requests.exceptions.ConnectionError("no")

    monkeypatch.setattr(http.requests.Session, "request", request)
    given = {"access_token": "token", **given}
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given
    settings = resolve(params, list(given), environ)
    session = connect(settings, Secrets(), operation="Testing", read_only=False)
    for method in ("GET", "POST", "PATCH", "DELETE"):
        with pytest.raises(http.requests.exceptions.ConnectionError):
            session.transport.send(method, "customers", None, {}, None, "token")
    assert seen == {"GET": read, "POST": write, "PATCH": write, "DELETE": write}
