"""Options that others call otherwise, and libraries that are not there: everything that helps is said at once."""

from __future__ import annotations

import importlib.util
import sys
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.foreign_names import (
    FOREIGN as OF_AZURE_PACK,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.users import (
    ROW_SPEC as AZURE_PACK_SPEC,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.foreign_names import hint, hints, key
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.libraries import missing
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import ARGUMENT_SPEC
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.foreign_names import (
    FOREIGN,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import USER_SPEC
from hypothesis import given
from hypothesis import strategies as st

SPEC = {**ARGUMENT_SPEC, **USER_SPEC, "customer_id": {}, "customer_domain": {}}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("given_name", "first_name"),
        ("givenName", "first_name"),
        ("surname", "last_name"),
        ("upn", "user_principal_name"),
        ("userPrincipalName", "user_principal_name"),
        ("object_id", "user_id"),
        ("frist_name", "first_name"),
        ("tenant", "tenant_id"),
        ("enabled", "compare.md"),
        ("accountEnabled", "compare.md"),
    ],
)
def test_what_was_meant(name: str, meant: str) -> None:
    assert meant in hint(name, SPEC, FOREIGN)
    (said,) = hints([name, "state"], SPEC, FOREIGN)
    assert meant in said


def test_what_nobody_can_mean_is_left_alone() -> None:
    assert hint("zzz", SPEC, FOREIGN) == ""
    assert hint("upn", {"customer_id": {}}, FOREIGN) == "", "an option that is not to be had here"
    assert hints(["secret", "x509_certificate_path", "state"], SPEC, FOREIGN) == [], "aliases are names"


@pytest.mark.parametrize(("foreign", "spec"), [(FOREIGN, SPEC), (OF_AZURE_PACK, AZURE_PACK_SPEC)])
def test_the_tables_lead_to_options_that_there_are(foreign: t.Mapping[str, str], spec: t.Mapping[str, t.Any]) -> None:
    known = {key(name) for name in spec}
    for name, meant in foreign.items():
        assert name == key(name) and name not in known
        assert " " in meant or meant in spec


@given(st.text(max_size=30))
def test_an_option_that_there_is_needs_no_hint(name: str) -> None:
    assert hints([name], {name: {}}, FOREIGN) == []


def test_all_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "absent" else object())
    assert missing(["there", "absent", "msal"], "requests") == ["requests", "absent", "msal"]
    assert missing(["json"]) == []
