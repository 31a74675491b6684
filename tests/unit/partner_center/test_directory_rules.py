"""What the directory takes as a new name and as a password, in the rules, in plans and in what is generated; and who
keeps an odd name."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.directory_rules import (
    UPN_CHARACTERS,
    holds_name,
    new_name_problems,
    password_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import generate
from hypothesis import given
from hypothesis import strategies as st

from .factories import IDS, UPN, declared, gone, snapshot, user

REFUSED = [
    "jürgen.müller",
    "o\u2019hara",
    "anne–marie",
    "grace.",
    "mailto:grace",
    "<grace",
    "a&b",
    "sales/emea",
    "a,b",
    "a+b",
    "grace(ext)",
    '"grace"',
    "пётр",
    "grace;h",
    "a%b",
    "grace\\h",
    "a*b",
    "$grace",
    "ada_fabrikam.example#EXT#",
    "josé",
    "x=y",
    "grace?h",
    "a b",
    "a|b",
    "{a}",
]
TAKEN = ["Grace.UPPER", ".grace", "grace..h", "o'hara", "grace-h_1", "a!b", "a#b", "a^b", "a~b", "x" * 64, "1"]


@pytest.mark.parametrize("local", REFUSED)
def test_names_that_nobody_gets(local: str) -> None:
    name = f"{local}@contoso.example"
    assert new_name_problems(name)
    if " " in local:
        return  # not even a declaration takes it
    options = {"user_principal_name": name, "display_name": "X", "password": "Correct-Horse-7"}
    made = plan_user(declared(**options), snapshot())
    assert made.refusal and made.details["reason"] == "name_not_allowed" and not made.operations
    renamed = plan_user(declared(user_principal_name=name, previous_user_principal_name=UPN), snapshot(user()))
    assert renamed.refusal and renamed.details["reason"] == "name_not_allowed"
    restored = plan_user(declared(user_principal_name=name, user_id=IDS[1], state="restored"), snapshot(user(), gone()))
    assert restored.details["reason"] == "name_not_allowed"


@pytest.mark.parametrize("local", [local for local in REFUSED if " " not in local])
def test_who_has_such_a_name_keeps_it(local: str) -> None:
    name = f"{local}@contoso.example"
    there = snapshot(user(upn=name, display_name="Old"))
    assert [
        operation.action
        for operation in plan_user(declared(user_principal_name=name, display_name="New"), there).operations
    ] == ["update"]
    assert [
        operation.action
        for operation in plan_user(declared(user_principal_name=name, state="absent"), there).operations
    ] == ["delete"]
    away = plan_user(declared(user_principal_name="plain@contoso.example", previous_user_principal_name=name), there)
    assert [operation.action for operation in away.operations] == ["rename"]
    back = plan_user(declared(user_principal_name=name, state="restored"), snapshot(gone(upn=name)))
    assert [operation.action for operation in back.operations] == ["restore"]


@pytest.mark.parametrize("local", TAKEN)
def test_names_that_anybody_may_get(local: str) -> None:
    assert new_name_problems(f"{local}@contoso.example") == []


@given(st.text(sorted(UPN_CHARACTERS - {"."}), min_size=1, max_size=57))
def test_every_documented_character_is_taken(local: str) -> None:
    assert new_name_problems(f"{local.replace('#', '-')}@contoso.example") == []


@pytest.mark.parametrize(
    "password",
    [
        "Pässwörter-12",
        "密码密码密码密码Aa1",
        "Password1😀",
        "ªºªºªºaA1",
        "Aa1\u00a0aaaaa",
        "Aa1aaaaaa\n",
        "short1A",
        "x" * 257 + "A1",
        "lowerlower",
        "Lowerlower",
    ],
)
def test_passwords_that_are_refused(password: str) -> None:
    assert password_problems(password)


@given(st.text([chr(code) for code in range(0x20, 0x7F)], min_size=5, max_size=253))
def test_every_printable_character_may_be_in_a_password(text: str) -> None:
    assert password_problems(f"aA1{text}") == []


def test_a_password_with_the_name_of_its_user() -> None:
    assert holds_name("Xx-GRACE-77", "grace@contoso.example") and not holds_name("Canada-77", "ada@contoso.example")
    row = declared(user_principal_name="grace@contoso.example", display_name="G", password="Grace-Hopper-7")
    assert plan_user(row, snapshot()).details["reason"] == "password_not_allowed"
    assert plan_user(row, snapshot(user(upn="grace@contoso.example", display_name="G"))).operations == (), (
        "a password that is not set is nobody's business"
    )
    by_id = declared(user_principal_name=None, user_id=IDS[0], password="Grace-Hopper-7", update_password="always")
    assert plan_user(by_id, snapshot(user(upn="grace@contoso.example"))).details["reason"] == "password_not_allowed"


@given(st.text(sorted(UPN_CHARACTERS), min_size=1, max_size=64))
def test_what_is_generated_is_taken(local: str) -> None:
    password = generate(f"{local}@contoso.example", "Ada", "Lovelace").reveal()
    assert password_problems(password) == [] and not holds_name(password, f"{local}@contoso.example")
