"""Whatever an argument spec marks as secret is known, wherever it stands and wherever it comes from."""

from __future__ import annotations

import importlib
import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import module as frame
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.option_secrets import secret_names

from .module_options import MODULES, NEEDED, PACKAGE, spec_of

SECRET = "Canary-Zq7-{}"


def nestings(name: str, value: str) -> dict[str, t.Any]:
    """An option where it belongs, and wherever somebody may put it."""
    row = {"user_principal_name": "ada@contoso.example", "name": "ada@tenants.example", name: value}
    return {
        "top": {name: value},
        "row": {"users": [row]},
        "defaults": {"defaults": {name: value}},
        "customer": {"customers": [{"customer_id": "x", name: value, "users": [row], "defaults": {name: value}}]},
        "deep": {"purge_scope": {"a": [{"b": {name: [value]}}]}},
    }


@pytest.mark.parametrize("name", [name for name in MODULES if name != "verify_audit_log"])  # it has no secret option
def test_no_secret_option_is_ever_shown(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a value that is refused, and repeated by a service in a message, a key and a list."""
    names = sorted(secret_names(spec_of(name, monkeypatch)))
    assert names
    for place in nestings("x", "x"):
        shown: dict[str, str] = {}
        options: dict[str, t.Any] = {}
        for number, option in enumerate(names):
            shown[option] = SECRET.format(f"{place}-{number}-{name}")
            for key, value in nestings(option, shown[option])[place].items():
                kept = options.setdefault(key, value)
                if isinstance(kept, dict):
                    kept.update(value)
                elif isinstance(kept, list):
                    kept += value

        def repeat(_module: t.Any, values: tuple[str, ...] = tuple(shown.values())) -> t.NoReturn:
            raise CollectionError(" ".join(values), problems=[{value: [value]} for value in values])

        # A module that gets past its options meets a service that repeats them all; one that does not shows its options.
        monkeypatch.setattr(frame, "_result", lambda module, _body, _stop: frame.of_error(_caught(repeat, module)))
        needed = {key: f"{value}-{SECRET}" if key == "password" else value for key, value in NEEDED[name].items()}
        task = {**needed, **options, "_ansible_remote_tmp": "/tmp"}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": task}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capsys.readouterr()
        with pytest.raises(SystemExit):
            importlib.import_module(PACKAGE + name).main()
        said = capsys.readouterr().out
        assert json.loads(said)["failure"]["reason"] in ("refused", "invalid_options"), said
        assert "Zq7" not in said, (place, said)


def _caught(body: t.Callable[[t.Any], t.Any], module: t.Any) -> CollectionError:
    with pytest.raises(CollectionError) as caught:
        body(module)
    return caught.value


@pytest.mark.parametrize(
    "variable",
    [
        "PARTNER_CENTER_CLIENT_SECRET",
        "AZURE_CLIENT_SECRET",
        "AZURE_SECRET",
        "PARTNER_CENTER_REFRESH_TOKEN",
        "PARTNER_CENTER_CLIENT_ASSERTION",
        "PARTNER_CENTER_ACCESS_TOKEN",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AZURE_PACK_ACCESS_TOKEN",
        "AZURE_PACK_PASSWORD",
    ],
)
def test_variables_of_secret_options_are_known(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those that the task does not use."""
    name = "azure_pack_user" if variable.startswith("AZURE_PACK") else "customer_user"
    monkeypatch.setenv(variable, SECRET)
    monkeypatch.setattr(
        frame, "_result", lambda _module, _body, _stop: {"failed": True, "msg": f"no {SECRET}", "failure": {}}
    )
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": NEEDED[name]}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        importlib.import_module(PACKAGE + name).main()
    assert "Zq7" not in capsys.readouterr().out
