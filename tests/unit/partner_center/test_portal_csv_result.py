"""Results become a file of the portal that runs no formula, loads again, and has passwords only for who may read them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.tenantops.partner_center.plugins.filter.to_portal_csv import FilterModule, to_portal_csv
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.plausible import TextKind, text_problems
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import ACTIONS
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.result import UNKNOWN_PASSWORD
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.rows import Loader, Rules
from hypothesis import given
from hypothesis import strategies as st

CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
ADA = {
    "user_principal_name": "ada@contoso.example",
    "display_name": "Ada",
    "first_name": "A",
    "last_name": "L",
    "source": "users.csv:2",
}
BOB = {"user_principal_name": "bob@contoso.example", "display_name": "Bob", "source": "users.csv:3"}


def result(status: str = "ok", user: dict | None = None, **values) -> dict:
    """One row of a result, about Ada if nobody else is named."""
    name = (user or ADA)["user_principal_name"]
    row = {
        "index": 0,
        "customer_id": CUSTOMER,
        "user_principal_name": name,
        "action": None,
        "status": status,
        "fields": {},
        "message": None,
    }
    return {**row, **values}


def cells(text: str, separator: str = ",") -> list[list[str]]:
    """As a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), dialect="excel", delimiter=separator))


def load(text: str) -> list[dict]:
    loader = Loader(Rules(ignore_status=True))
    loader.load("users.csv", text.encode())
    assert not loader.problems, list(map(str, loader.problems))
    return loader.rows


def test_the_file_byte_by_byte() -> None:
    rows = [result("changed", action="create"), result("failed", BOB, index=1, message='No, "thanks"')]
    assert to_portal_csv(rows, [ADA, BOB]).encode() == (
        b"\xef\xbb\xbfFirst name,Last name,Display name,Email,Status update\r\n"
        b"A,L,Ada,ada@contoso.example,Created\r\n"
        b',,Bob,bob@contoso.example,"Failed: No, ""thanks"""\r\n'
    )
    assert to_portal_csv([], bom=False, separator=";") == "First name;Last name;Display name;Email;Status update\r\n"
    assert to_portal_csv([], bom="no", separator="tab").startswith("First name\tLast name\t")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (result("ok"), "Already as declared"),
        (result("ok", action="update", message="x"), "Already as declared"),
        (result("changed", action="create"), "Created"),
        (result("changed", action="restore"), "Restored"),
        (result("changed", action="rename"), "Renamed"),
        (result("changed", action="delete"), "Deleted"),
        (result("changed", action="something new"), "Changed"),
        (result("changed"), "Changed"),
        (result("changed", action="restore+update"), "Restored, updated"),
        (result("ok", action="none", message=""), "Already as declared"),
        (result("failed"), "Failed"),
        (result("failed", message="Two\r\nlines\x1b[0m"), "Failed: Two lines [0m"),
        (result("skipped", message="The customer was stopped."), "Not attempted: The customer was stopped."),
        (result("skipped", message="3 of 4 rows have failed."), "Not attempted: 3 of 4 rows have failed."),
        (result("unknown"), "Unknown whether it was done"),
    ],
)
def test_the_result_in_words(row: dict, words: str) -> None:
    assert cells(to_portal_csv([row], [ADA]))[1][4] == words


def test_a_plan_is_not_called_a_result() -> None:
    rows = [result("changed", action="create"), result("changed", BOB, action="rename+update"), result("ok", BOB)]
    assert [line[4] for line in cells(to_portal_csv(rows, planned=True))[1:]] == [
        "Would be: Created",
        "Would be: Renamed, updated",
        "Already as declared",
    ]


def test_every_action_of_a_plan_has_words() -> None:
    assert ACTIONS
    assert "Changed" not in [cells(to_portal_csv([result("changed", action=action)]))[1][4] for action in ACTIONS]


class TestNames:
    def test_the_index_counts_only_for_the_same_user(self) -> None:
        others = [
            result(user={"user_principal_name": "ADA@contoso.example"}, index=7),
            result(user={"user_principal_name": "x@y.zz"}, index=None),
        ]
        rows = [result(user=BOB, index=0), *others]
        found = cells(to_portal_csv(rows, [ADA, BOB]))[1:]
        assert [line[2:4] for line in found] == [
            ["Bob", "bob@contoso.example"],
            ["Ada", "ADA@contoso.example"],
            ["", "x@y.zz"],
        ]

    def test_a_result_without_a_name_takes_that_of_its_index(self) -> None:
        rows = [{"index": 1, "status": "failed", "user_principal_name": None}]
        assert cells(to_portal_csv(rows, [ADA, BOB]))[1][2:4] == ["Bob", "bob@contoso.example"]

    def test_without_declarations_what_was_set_is_known(self) -> None:
        fields = {
            "display_name": {"before": None, "after": "Ada"},
            "last_name": {"before": "x", "after": None},
            "first_name": "odd",
        }
        assert cells(to_portal_csv([result("changed", action="create", fields=fields)]))[1] == [
            "",
            "",
            "Ada",
            "ada@contoso.example",
            "Created",
        ]


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ({"rows": []}, {}, "to_portal_csv"),
        ("rows", {}, "to_portal_csv"),
        ([1], {}, "to_portal_csv"),
        ([{}], {}, "row 1 .* None; .*ok, changed"),
        ([result(), result("great")], {}, "row 2 .*'great'"),
        ([], {"users": {"a": 1}}, "users"),
        ([], {"separator": "|"}, "separator"),
        ([], {"bom": "maybe"}, "maybe"),
    ],
)
def test_what_is_no_result_is_refused(rows: object, options: dict, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        to_portal_csv(rows, **options)


def test_it_is_a_filter() -> None:
    assert FilterModule().filters() == {"to_portal_csv": to_portal_csv}


# Round trip

STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
WILD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=50)
FORMULAS = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "'", "'=", "''", " '-", "\uff1d", '"', ";", ","]), WILD
).map(lambda text: text[:50])


def usable(text: str) -> bool:
    """What a declaration accepts."""
    return bool(text.strip()) and not text_problems("", text.strip(), TextKind.NAME)


NAME = (WILD | FORMULAS).filter(usable).map(str.strip)
LOCAL = st.builds(
    str.__add__, st.sampled_from(["", "+", "-", "=", "'"]), st.text("abcxyz019'+-=_.", min_size=1, max_size=20)
)


@st.composite
def users(draw) -> list[dict]:
    names = draw(st.lists(LOCAL, unique=True, max_size=6))
    made = []
    for number, local in enumerate(names):
        optional = {name: value for name in ("first_name", "last_name") if (value := draw(st.none() | NAME))}
        made.append(
            {
                **optional,
                "display_name": draw(NAME),
                "user_principal_name": f"{local}@contoso.example",
                "source": f"users.csv:{number + 2}",
            }
        )
    return made


@given(users(), st.sampled_from(",;\t"), st.booleans(), st.data())
def test_what_is_written_loads_again_and_runs_nothing(
    declared: list[dict], separator: str, bom: bool, data: st.DataObject
) -> None:
    message = st.none() | st.text(st.characters(codec="utf-8"))
    statuses = st.sampled_from(["ok", "changed", "failed", "skipped", "unknown"])
    rows = [
        result(data.draw(statuses), user, index=number, message=data.draw(message))
        for number, user in enumerate(declared)
    ]
    text = to_portal_csv(rows, declared, bom=bom, separator=separator)
    assert load(text) == declared
    lines = cells(text, separator)
    assert len(lines) == len(declared) + 1 and {len(line) for line in lines} == {5}
    assert not [
        cell
        for line in lines
        for cell in line
        if cell.strip().startswith(STARTS) or cell.startswith(("\t", "\r", "\n"))
    ]
    assert text.count("\r\n") == text.count("\n") == text.count("\r") == len(lines)


# Passwords


def journal(path, *lines: dict | str, mode: int = 0o600) -> str:
    file = path / "credentials.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    file.chmod(mode)
    return str(file)


def line(status: str, password: str | None = "Aa1-first", user: dict | None = None, **values) -> dict:
    """One record of the journal, about Ada if nobody else is named."""
    who = {"customer_id": CUSTOMER, "user_principal_name": (user or ADA)["user_principal_name"], "user_id": None}
    return {"time": "2026-01-01T00:00:00Z", **who, "password": password, "request_id": "x", "status": status, **values}


def passwords(path: str, *rows: dict) -> list[str]:
    text = to_portal_csv(rows, [ADA, BOB], credentials_file=path)
    assert cells(text)[0][5] == "Temporary password"
    assert len(load(text)) == len(rows), "it loads with ignore_status"
    return [found[5] for found in cells(text)[1:]]


def test_the_last_line_about_a_user_counts(tmp_path) -> None:
    path = journal(
        tmp_path,
        line("pending"),
        line("delivered"),
        line("delivered", "Aa1-other", customer_id=CUSTOMER.replace("1c", "2c")),
        line("pending", "Aa1-bob", BOB),
        line("pending", "Aa1-second", user_principal_name="ADA@contoso.example"),
        '{"time": "2026-01-01T00:00:00Z", "customer_id": "1c9a6a',
        line("delivered", "Aa1-second", customer_id=CUSTOMER.upper()),
    )
    assert passwords(path, result("changed", action="create"), result("unknown", BOB)) == ["Aa1-second", ""]


@pytest.mark.parametrize("status", ["pending", "reset_needed"])
@pytest.mark.parametrize("before", [[], [line("delivered")]])
def test_it_is_said_that_nobody_knows_which_password_works(tmp_path, status: str, before: list) -> None:
    path = journal(
        tmp_path, *before, line("pending", "Aa1-second"), *([line(status, "Aa1-second")] if status != "pending" else [])
    )
    (_head, row) = cells(to_portal_csv([result()], [ADA], credentials_file=path))
    assert row[5] == "" and row[4].endswith(UNKNOWN_PASSWORD)


def test_a_refused_reset_hides_no_password(tmp_path) -> None:
    path = journal(
        tmp_path, line("pending"), line("delivered"), line("pending", "Aa1-second"), line("rejected", "Aa1-second")
    )
    assert passwords(path, result()) == ["Aa1-first"]
    assert passwords(journal(tmp_path, line("pending"), line("rejected")), result()) == [""]


def test_an_id_tells_a_user_from_an_earlier_one_and_survives_a_new_name(tmp_path) -> None:
    path = journal(tmp_path, line("delivered", user_id="1"))
    rows = [result(user_id="1"), result(user_id="2"), result(user=BOB, user_id="1")]
    assert [passwords(path, row) for row in rows] == [["Aa1-first"], [""], ["Aa1-first"]]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_a_journal_that_others_can_read_is_refused(tmp_path, mode: int) -> None:
    path = journal(tmp_path, line("delivered"), mode=mode)
    with pytest.raises(AnsibleFilterError, match="chmod 600") as caught:
        to_portal_csv([result()], credentials_file=path)
    assert "Aa1" not in str(caught.value)


def test_what_is_no_journal_is_refused_without_showing_it(tmp_path) -> None:
    for content in ("Secret words", '"Secret words"', "[1]"):
        with pytest.raises(AnsibleFilterError, match="line 2") as caught:
            to_portal_csv([result()], credentials_file=journal(tmp_path, line("delivered"), content))
        assert "Secret" not in str(caught.value) and "Aa1" not in str(caught.value)
    link = tmp_path / "link"
    link.symlink_to(journal(tmp_path))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe, tmp_path):
        with pytest.raises(AnsibleFilterError, match=str(path)):
            to_portal_csv([result()], credentials_file=str(path))


def test_an_encrypted_password_is_said_to_be_one(tmp_path) -> None:
    encrypted = {**line("delivered", None), "cms": "-----BEGIN CMS-----"}
    with pytest.raises(AnsibleFilterError, match="ada@contoso.example"):
        to_portal_csv([result()], credentials_file=journal(tmp_path, encrypted))
    assert passwords(journal(tmp_path, encrypted), result(user=BOB)) == [""]


def test_a_missing_journal_is_missed_only_if_passwords_were_set(tmp_path) -> None:
    path = str(tmp_path / "none.jsonl")
    assert passwords(path, result("ok"), result("failed", BOB)) == ["", ""]
    for action in ("create", "restore+update+reset_password"):
        with pytest.raises(AnsibleFilterError, match="none.jsonl"):
            to_portal_csv([result("changed", action=action)], credentials_file=path)


def test_the_filter_writes_nothing(tmp_path) -> None:
    path = journal(tmp_path, line("delivered"))
    to_portal_csv([result()], credentials_file=path)
    assert os.listdir(tmp_path) == ["credentials.jsonl"] and stat.S_IMODE(os.stat(path).st_mode) == 0o600
