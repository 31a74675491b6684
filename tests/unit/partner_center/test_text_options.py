"""Every text that any module takes: what is left of an omit, and what is no text, is refused before anything is
sent."""

from __future__ import annotations

import importlib
import json
import typing as t

import pytest
from ansible.module_utils import basic
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http

from .module_options import CUSTOMER, MODULES, NEEDED, PACKAGE, spec_of


class NoRequests:
    """In the place of the library that sends."""

    def __getattr__(self, name: str) -> t.NoReturn:
        raise AssertionError(f"requests.{name} was used")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> t.Callable[..., dict[str, t.Any]]:
    """Runs a module in this process with exactly these options."""
    monkeypatch.setattr(http, "requests", NoRequests())
    for variable in [name for name in __import__("os").environ if name.startswith(("PARTNER_CENTER_", "AZURE_"))]:
        monkeypatch.delenv(variable)

    def made(name: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
        monkeypatch.setattr(
            basic,
            "_ANSIBLE_ARGS",
            json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_remote_tmp": "/tmp"}}).encode(),
        )
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capsys.readouterr()
        with pytest.raises(SystemExit):
            importlib.import_module(PACKAGE + name).main()
        return json.loads(capsys.readouterr().out)

    return made


def places(spec: t.Mapping[str, t.Any], at: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[tuple[t.Any, ...], str]]:
    """Where texts can be, as the path to each of them, with the name of the option; choices are Ansible's own
    business."""
    for name, option in spec.items():
        kind = option.get("type", "str")
        if option.get("choices"):
            continue
        if kind in ("str", "path"):
            yield (*at, name), name
        elif kind == "list" and option.get("elements") in ("str", "path", "raw"):
            yield (*at, name, 0), name
        elif kind in ("list", "dict") and "options" in option:
            yield from places(option["options"], (*at, name, 0) if kind == "list" else (*at, name))


def put(options: dict[str, t.Any], path: tuple[t.Any, ...], value: t.Any) -> dict[str, t.Any]:
    """The options with a value at a path; rows and customers on the way get what they need."""
    made: dict[str, t.Any] = json.loads(json.dumps(options))
    if path[0] == "customers" and len(path) > 2:
        made.pop("customer_id"), made.pop("users")
        made["customers"] = [{"customer_id": CUSTOMER, "users": [{"user_principal_name": "ada@contoso.example"}]}]
    target: t.Any = made
    for step, following in zip(path, path[1:]):
        if isinstance(step, int):
            target += [{}] * (step + 1 - len(target))
            target[step] = dict(target[step])
        elif step not in target:
            target[step] = [] if isinstance(following, int) else {}
        target = target[step]
    if isinstance(path[-1], int):
        target.append(value)
    else:
        target[path[-1]] = value
    return made


def said(name: str, result: dict[str, t.Any]) -> tuple[str | None, str]:
    """The reason and the problems of a result."""
    if name == "sign_in_info":  # what is wrong with options is one of its findings
        return None, " ".join(check["finding"] for check in result["checks"])
    assert result["failed"], result
    return result.get("failure", {}).get("reason"), " ".join(result.get("problems", [result["msg"]]))


@pytest.mark.parametrize("left", ["<<Omit>>", "a <<omit>>", "x__omit_place_holder__0123456789abcdef"])
@pytest.mark.parametrize("name", MODULES)
def test_what_is_left_of_omit(name: str, left: str, run: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, _option in places(spec_of(name, monkeypatch)):
        reason, text = said(name, run(name, put(NEEDED[name], path, left)))
        assert reason in ("omit_left_over", None) and "omit" in text, (path, text)
        assert reason or name == "sign_in_info", path


NO_TEXTS: list[t.Any] = [442079460123, 1.5, True, ["Listed-item"], {"Keyed-item": "Valued-item"}]
MAY_BE_NUMBERS = ("source", "granted_for", "client_request_id", "client_session_id")


@pytest.mark.parametrize("value", NO_TEXTS, ids=str)
@pytest.mark.parametrize("name", MODULES)
def test_what_is_no_text(name: str, value: t.Any, run: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, option in places(spec_of(name, monkeypatch)):
        if (
            option in ("licenses", "excluded_plans", "expires_at", "adopt")
            or (option == "roles" and (isinstance(value, dict) or path[0] == "people"))
            or (option in MAY_BE_NUMBERS and isinstance(value, (int, float)) and value is not True)
        ):
            continue
        result = run(name, put(NEEDED[name], path, value))
        if result["msg"].startswith(("Elements value", "argument '")) if "msg" in result else False:
            continue  # Ansible itself refused it
        reason, text = said(name, result)
        assert reason == "not_a_text" or name == "sign_in_info", (path, value, text)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("customer_user", "phone_number"),
        ("customer_user", "force_change_password"),
        ("customer_user_info", "user_principal_name"),
        ("customer_info", "name_prefix"),
        ("azure_pack_user", "email"),
        ("azure_pack_user_info", "search"),
    ],
)
def test_a_null_is_told_how_to_leave_it_out(name: str, option: str, run: t.Any) -> None:
    result = run(name, {**NEEDED[name], option: None})
    way = "omit if x is none else x" if option == "force_change_password" else "default(omit, true)"
    assert result["failure"]["reason"] == "null" and way in result["msg"]


def test_everything_wrong_at_once_and_no_secret(run: t.Any) -> None:
    result = run(
        "customer_user",
        {
            **NEEDED["customer_user"],
            "password": ["CANARY-Secret-1"],
            "display_name": 7,
            "usage_location": "Nowhere",
            "timeout": 0,
        },
    )
    text = " ".join(result["problems"])
    assert all(
        part in text
        for part in (
            "password is a list",
            "display_name is the number 7",
            "usage_location 'Nowhere'",
            "timeout must be",
        )
    ), text
    assert len(result["problems"]) == 4 and "CANARY" not in json.dumps({**result, "invocation": None})


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("access_token_info", "PARTNER_CENTER_REFRESH_TOKEN"),
        ("access_token_info", "AZURE_CLIENT_SECRET"),
        ("azure_pack_user", "AZURE_PACK_ACCESS_TOKEN"),
        ("azure_pack_access_token_info", "AZURE_PACK_PASSWORD"),
        ("azure_pack_access_token_info", "AZURE_PACK_ACCESS_TOKEN"),
    ],
)
def test_variables_of_the_environment(name: str, variable: str, run: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "<<Omit>>")
    taken = ("access_token", "password") if name != "access_token_info" else ("access_token",)
    options = {key: value for key, value in NEEDED[name].items() if key not in taken}
    result = run(name, options)
    assert result["failure"]["reason"] == "omit_left_over" and f"({variable})" in result["msg"]
