"""What is refused before the first request, and how names are compared and written into paths."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import unquote

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.client import Api
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    declare_user,
    declare_waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.users import declare_rows
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.identifiers import (
    UNSAFE,
    name_key,
    name_problems,
    segment,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CheckModeViolation,
    OptionError,
)
from hypothesis import given
from hypothesis import strategies as st

from .service import Service


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "name is missing"),
        ({"name": None}, "name is null"),
        ({"name": " "}, "is empty"),
        ({"name": "a\u202eb@x"}, "invisible"),
        ({"name": "a\tb@x"}, "white space"),
        ({"name": "a\u200bb@x"}, "invisible"),
        ({"name": "ada."}, "ends with a dot"),
        ({"name": ".."}, "ends with a dot"),
        ({"name": "x" * 257}, "257 characters"),
        ({"name": True}, "boolean"),
        ({"name": ["a"]}, "must be a string"),
        ({"name": "a@x", "email": ""}, "email '' is empty"),
        ({"name": "a@x", "email": None}, "email is null"),
        ({"name": "a@x", "email": "a b@x"}, "white space"),
        ({"name": "a@x", "email": "x" * 257}, "257 characters"),
        ({"name": "a@x", "state": "restored"}, "keeps no deleted users"),
        ({"name": "a@x", "state": "gone"}, "is not one of present, suspended, absent"),
        ({"name": "a@x", "subscriptions": "force"}, "is not one of fail, delete, orphan"),
        ({"name": "a@x", "subscriptions": None}, "subscriptions is null"),
        ({"name": "a@x", "password": "x"}, "'password' is not an option of a user"),
        *(({"name": f"a{char}b@x"}, f"holds {char},") for char in UNSAFE),
    ],
)
def test_refused(options: dict[str, t.Any], words: str) -> None:
    _row, problems = declare_user(options)
    assert words in " ".join(problems) and len(problems) == 1


def test_every_problem_of_every_row_with_its_place() -> None:
    rows = [
        {"name": "a@x", "source": "t.csv:2"},
        {"name": "A@X "},
        "b",
        {"name": "c/d", "state": "restored", "source": "t.csv:5"},
        {"email": "e@x"},
    ]
    declared, problems = declare_rows(
        {"users": rows, "defaults": {"name": "n", "colour": 1, "subscriptions": "delete"}}
    )
    assert [row.subscriptions for row in declared] == ["delete", "delete", "fail", "delete", "delete"] and [
        row.index for row in declared
    ] == [0, 1, 2, 3, 4]
    text = "\n".join(problems)
    for words in (
        "defaults: name cannot be the same",
        "defaults: 'colour' is not an option",
        "users[2]: must be a dictionary",
        "users[3] (t.csv:5) 'c/d': state restored",
        "users[3] (t.csv:5) 'c/d': name 'c/d' holds /",
        "users[4]: name is missing",
        "t.csv:2 (a@x) and row 2 (A@X) declare the same user",
    ):
        assert words in text
    assert len(problems) == 7


@pytest.mark.parametrize("users", [None, "a@x", {"name": "a@x"}])
def test_users_must_be_a_list(users: t.Any) -> None:
    assert declare_rows({"users": users})[1]


def test_numbers_of_waiting() -> None:
    assert declare_waiting({"wait": True, "wait_timeout": 600, "wait_interval": 5})[1] == []
    assert len(declare_waiting({"wait": True, "wait_timeout": 0, "wait_interval": 0})[1]) == 2


@given(st.text(min_size=1, max_size=300))
def test_a_name_is_refused_or_arrives_as_meant(name: str) -> None:
    name = name.strip()
    if name_problems(name):
        with pytest.raises(OptionError):
            segment(name)
        return
    made = segment(name)
    assert (
        unquote(made) == name
        and not set(made) & set("/\\?#&:*<> +;,'\"")
        and made not in (".", "..")
        and made.isascii()
    )


ADDRESSES = st.builds(
    "{}@{}.example".format,
    st.from_regex(r"[a-z][a-z0-9.+'-]{0,8}[a-z0-9]", fullmatch=True),
    st.from_regex(r"[a-z]{1,6}", fullmatch=True),
)


@given(
    st.lists(ADDRESSES, min_size=2, max_size=4), st.sampled_from(["json", "python", "yaml", ",", ", ", ";", " ; ", " "])
)
def test_a_list_in_a_text_is_no_name(names: list[str], form: str) -> None:
    text = {"json": json.dumps(names), "python": str(names), "yaml": f"[{', '.join(names)}]"}.get(
        form, form.join(names)
    )
    assert name_problems(text), text
    for name in names:
        assert not any("several" in problem for problem in name_problems(name))


@pytest.mark.parametrize(
    "name",
    [
        *("ada", "a@x", "Ada Lovelace", "Lovelace, Ada", "a b@x.example", "(a)!$=;,~@x.example"),
        *('"quoted"@x.example', "{[|]}^`@x.example", "a@b@c", "x;y", "O'Brien@x"),
    ],
)
def test_odd_names_stay_names(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize("name", ["", " ", "..", "a/../b", "a@x ", "a?force=True"])
def test_no_url_is_built_from_a_bad_name(name: str) -> None:
    service = Service()
    api: Api = service.api()
    for call in (
        lambda: api.user(name),
        lambda: api.subscriptions(name),
        lambda: api.delete_user(name, delete_subscriptions=False, force=False),
    ):
        with pytest.raises(OptionError):
            call()
    assert service.sent == []


def test_check_mode_stops_every_write_at_the_last_gate() -> None:
    service = Service()
    service.put()
    api = service.api(read_only=True)
    user = api.user("ada@tenant.example")
    assert user is not None
    for call in (
        lambda: api.create_user({"name": "b@x", "email": "b@x", "state": "active"}),
        lambda: api.update_user(user, {"state": "suspended"}),
        lambda: api.delete_user(user.name, delete_subscriptions=False, force=False),
    ):
        with pytest.raises(CheckModeViolation):
            call()
    assert service.writes == []


def test_both_flags_are_never_sent() -> None:
    service = Service()
    with pytest.raises(OptionError):
        service.api().delete_user("a@x", delete_subscriptions=True, force=True)
    assert service.sent == []


def test_names_compare_without_case_and_composition() -> None:
    assert name_key("JU\u0308RGEN@X") == name_key("jürgen@x ") != name_key("jurgen@x")
