"""Bad input is refused before anything is sent, with every problem at once and without the secret in it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import (
    deleted_upn_key,
    is_guid,
    upn_key,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.countries import (
    COUNTRIES,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customer import (
    customer_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    declare_user,
    purge_problems,
)
from hypothesis import given
from hypothesis import strategies as st
from support.refused import about

GUID = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"


@pytest.mark.parametrize(
    ("written", "wrong"), [("no", False), (False, False), (None, False), ("yes", True), (True, True)]
)
def test_purging_needs_to_know_what_stays(written: t.Any, wrong: bool) -> None:
    for name in ("licenses", "roles"):
        assert about(purge_problems({f"purge_{name}": written})) == [(f"purge_{name}", "list_missing")] * wrong
        assert purge_problems({f"purge_{name}": written, name: []}) == []


def problems(credentials_file: bool = False, raw: dict | None = None, **options) -> str:
    options = {"user_principal_name": "ada@contoso.example", **options}
    return " ".join(declare_user(options, credentials_file=credentials_file, raw=raw)[1])


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "x",
        f"{GUID}%20",
        f"{GUID}/",
        f"../{GUID}",
        f"{{{GUID}}}",
        GUID[:-1],
        GUID.replace("-", ""),
        f"{GUID}?x=1",
        f"{GUID}\n{GUID}",
    ],
)
def test_malformed_ids(value: str) -> None:
    assert not is_guid(value)
    found = declare_user({"user_principal_name": "ada@contoso.example", "user_id": value}, credentials_file=False)[1]
    assert "user_id" in [option for option, _reason in about(found)]
    assert "customer_id" in [option for option, _reason in about(customer_problems(value, None))]


def test_white_space_around_an_id_is_taken_off() -> None:
    row, found = declare_user({"user_id": f" {GUID}\n"}, credentials_file=False)
    assert (row.user_id, found) == (GUID, [])


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("", "is empty"),
        ("ada", "no domain"),
        ("ada@", "no domain"),
        ("@contoso.example", "not of the form"),
        ("a@b@contoso.example", "not of the form"),
        ("ada@contoso", "not a full domain name"),
        ("ada@contoso..example", "not a valid domain name"),
        ("ada@con_toso.example", "characters that a domain name cannot have"),
        ("ada lovelace@contoso.example", "white space"),
        ("ada\x00@contoso.example", "control characters"),
        ("ada@contoso.example%2f..", "domain"),
        ("a" * 65 + "@contoso.example", "65 characters before the @"),
    ],
)
def test_malformed_names(value: str, part: str) -> None:
    assert part in problems(user_principal_name=value)


@pytest.mark.parametrize(
    "value",
    [
        "o'brien@contoso.example",
        "a#EXT#@contoso.example",
        "a%2fb@contoso.example",
        "jürgen@contoso.example",
        "ADA@Contoso.Example",
    ],
)
def test_unusual_names_that_exist(value: str) -> None:
    assert problems(user_principal_name=value) == ""


@pytest.mark.parametrize("name", ["display_name", "first_name", "last_name", "immutable_id", "phone_number"])
def test_attributes(name: str) -> None:
    assert "is empty" in problems(**{name: "  "})
    assert "300 characters" in problems(**{name: "x" * 300}) or "are allowed" in problems(**{name: "x" * 300})
    assert "control characters" in problems(**{name: "a\x07b"})
    assert "control characters" in problems(**{name: "a\u202eb"})
    assert problems(**{name: "Zoë 👩‍💻 O'Brien #1 %2f"}) == ""


def test_countries() -> None:
    assert len(COUNTRIES) == 249
    assert "ISO 3166-1" in problems(usage_location="UK")
    assert "ISO 3166-1" in problems(usage_location="Germany")
    row, found = declare_user({"user_principal_name": "a@b.example", "usage_location": "de"}, credentials_file=False)
    assert (row.attributes["usage_location"], found) == ("DE", [])


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"user_principal_name": None}, "The user is missing"),
        ({"previous_user_principal_name": "ADA@contoso.example"}, "the same name"),
        ({"previous_user_principal_name": "b@contoso.example", "state": "absent"}, "not for state absent"),
        ({"previous_user_principal_name": "b@contoso.example", "user_id": GUID}, "mutually exclusive"),
        ({"force_change_password": True}, "only with a new password"),
        ({"update_password": "always"}, "needs password or credentials_file"),
    ],
)
def test_contradictions(options: dict, part: str) -> None:
    assert part in problems(**options)


@pytest.mark.parametrize("name", ["display_name", "user_id", "password", "state"])
def test_null_is_not_the_same_as_left_out(name: str) -> None:
    assert f"{name} is null" in problems(raw={name: None})


def test_norway_is_not_false() -> None:
    found = declare_user(
        {"user_principal_name": "a@b.example", "usage_location": "False"},
        credentials_file=False,
        raw={"usage_location": False},
    )[1]
    assert about(found) == [("usage_location", "not_a_text")]


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("Ab1!", "from 8 to 256"),
        ("Ab1!" * 65, "from 8 to 256"),
        ("abcdefgh", "three of"),
        ("abcdefg1", "three of"),
        ("Abcdefg1\n", "line break"),
    ],
)
def test_passwords_that_the_directory_would_refuse(password: str, part: str) -> None:
    text = problems(password=password)
    assert part in text and password.strip() not in text


def test_all_problems_come_at_once() -> None:
    found = declare_user(
        {"user_id": "x", "user_principal_name": "y", "usage_location": "QQ", "display_name": ""}, credentials_file=False
    )[1]
    assert len(found) == 4


def test_what_is_left_out_is_not_declared() -> None:
    row, found = declare_user({"user_principal_name": "a@b.example", "first_name": "A"}, credentials_file=False)
    assert (dict(row.attributes), found) == ({"first_name": "A"}, [])


@given(st.text())
def test_no_text_makes_validation_fall_over(text: str) -> None:
    declare_user(
        dict.fromkeys(("user_id", "user_principal_name", "display_name", "usage_location", "password"), text),
        credentials_file=False,
    )
    customer_problems(text, None)
    customer_problems(None, text)


@given(st.text(min_size=1))
def test_the_normal_form_is_stable(text: str) -> None:
    assert upn_key(upn_key(text)) == upn_key(text) or upn_key(text).strip() != upn_key(text)


def test_deleted_names() -> None:
    plain = GUID.replace("-", "")
    assert deleted_upn_key(f"{plain}Ada@contoso.example", GUID) == "ada@contoso.example"
    assert deleted_upn_key("Ada@contoso.example", GUID) == "ada@contoso.example"
    # A local part that merely looks like an id, as in Microsoft's own example, is a name.
    assert (
        deleted_upn_key("e83763f7f2204ac384cfcd49f79f2749@contoso.example", GUID)
        == "e83763f7f2204ac384cfcd49f79f2749@contoso.example"
    )
    assert deleted_upn_key(f"{plain}@contoso.example", GUID) == f"{plain}@contoso.example"


def test_a_turkish_i_is_not_an_i() -> None:
    assert upn_key("I@contoso.example") == upn_key("i@contoso.example")
    assert upn_key("ı@contoso.example") != upn_key("i@contoso.example")
