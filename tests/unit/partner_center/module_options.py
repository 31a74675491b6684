"""All modules, with the least options that each takes, and their argument specs."""

from __future__ import annotations

import importlib
import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

PACKAGE = "ansible_collections.tenantops.partner_center.plugins.modules."
MODULES = sorted(
    path.stem
    for path in Path(__file__).parents[3].joinpath("plugins", "modules").glob("[a-z]*.py")
    if path.stem != "consent"
)
CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
TOKENS = {"access_token": "token"}
NEEDED: dict[str, dict[str, t.Any]] = {
    "azure_pack_user": {**TOKENS, "endpoint": "wap.example", "name": "ada@tenants.example"},
    "azure_pack_users": {**TOKENS, "endpoint": "wap.example", "users": [{"name": "ada@tenants.example"}]},
    "azure_pack_user_info": {**TOKENS, "endpoint": "wap.example"},
    "azure_pack_access_token_info": {"endpoint": "wap.example", "username": "u", "password": "p"},
    "customer_user": {**TOKENS, "customer_id": CUSTOMER, "user_principal_name": "ada@contoso.example"},
    "customer_users": {**TOKENS, "customer_id": CUSTOMER, "users": [{"user_principal_name": "ada@contoso.example"}]},
    "customer_user_info": {**TOKENS, "customer_id": CUSTOMER},
    "customer_info": TOKENS,
    "license_info": TOKENS,
    "access_token_info": TOKENS,
    "probe": {
        **TOKENS,
        "customer_id": CUSTOMER,
        "confirm_customer_domain": "contoso.example",
        "report_file": "/tmp/report.json",
        "journal_file": "/tmp/journal.jsonl",
    },
    "refresh_token": TOKENS,
    "sign_in_info": TOKENS,
    "verify_audit_log": {"audit_log": ["/tmp/nothing-there/audit.log"]},
}


def spec_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """The argument spec of a module, as it hands it to Ansible."""
    seen: dict[str, t.Any] = {}

    class Stopped(Exception):
        pass

    def keep(_self: t.Any, argument_spec: dict[str, t.Any], *_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
        seen.update(argument_spec)
        raise Stopped

    with monkeypatch.context() as context:
        context.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": NEEDED[name]}).encode())
        context.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        context.setattr(ArgumentSpecValidator, "__init__", keep)
        with pytest.raises(Stopped):
            importlib.import_module(PACKAGE + name).main()
    return seen
