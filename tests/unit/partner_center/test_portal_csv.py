"""Files of the portal become rows, in every form that Excel writes; what is wrong is refused by file, line and column, all at once."""

from __future__ import annotations

import itertools
import time

import pytest
from ansible.errors import AnsibleOptionsError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tenantops.partner_center.plugins.lookup.portal_csv import LookupModule, _extra_columns
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.cells import convert
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.problem import guard, unguard
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.rows import (
    EXTRA_OPTIONS,
    Loader,
    Rules,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.templates import PORTAL
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.running.unusable_files import UnusableFiles

HEADER = "First name,Last name,Display name,Email,Status update"
ADA = ",,Ada,ada@contoso.example,"
UTF8_BOM, LE_BOM, BE_BOM = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
ENCODINGS = {
    "utf-8": str.encode,
    "utf-8 with mark": lambda text: UTF8_BOM + text.encode(),
    "utf-16-le with mark": lambda text: LE_BOM + text.encode("utf-16-le"),
    "utf-16-be with mark": lambda text: BE_BOM + text.encode("utf-16-be"),
    "cp1252": lambda text: text.encode("cp1252"),
}


def load(*files: str | bytes, **rules) -> Loader:
    """Files a.csv, b.csv and so on."""
    loader = Loader(Rules(**rules))
    for name, data in zip("abcdef", files):
        loader.load(f"{name}.csv", data.encode() if isinstance(data, str) else data)
    return loader


def rows(*files: str | bytes, **rules) -> list[dict]:
    loader = load(*files, **rules)
    assert not loader.problems, list(map(str, loader.problems))
    return loader.rows


def problems(*files: str | bytes, **rules) -> list[str]:
    return [str(problem) for problem in load(*files, **rules).problems]


def told(*files: str | bytes, **rules) -> list[tuple[str | None, str | None, str | None]]:
    """Place, column and reason of each problem."""
    return [(problem.source, problem.option, problem.reason) for problem in load(*files, **rules).problems]


def with_header(*lines: str) -> str:
    return "\r\n".join([HEADER, *lines, ""])


# Forms


@pytest.mark.parametrize(
    ("encoding", "separator", "end", "declared"),
    [*itertools.product(ENCODINGS, ",;\t", ["\r\n", "\n", "\r"], [False, True])],
)
def test_every_form_gives_the_same_rows(encoding: str, separator: str, end: str, declared: bool) -> None:
    comma = separator.strip() or ","  # a tab in a name is a control character
    lines = ["sep=,"] * declared + [
        HEADER,
        ",,,,",
        'Jürgen,,"Groß§ ""Jürgen""",jurgen.gross@contoso.example,',
        "",
        "Zoé,Œuvre,Zoé,zoe@contoso.example,",
    ]
    text = end.join(lines).replace(",", separator).replace("§", comma) + end
    found = rows(ENCODINGS[encoding](text), usage_location="DE")
    first = 2 + declared
    assert found == [
        {
            "first_name": "Jürgen",
            "display_name": f'Groß{comma} "Jürgen"',
            "user_principal_name": "jurgen.gross@contoso.example",
            "usage_location": "DE",
            "source": f"a.csv:{first + 1}",
        },
        {
            "first_name": "Zoé",
            "last_name": "Œuvre",
            "display_name": "Zoé",
            "user_principal_name": "zoe@contoso.example",
            "usage_location": "DE",
            "source": f"a.csv:{first + 3}",
        },
    ]


def test_what_excel_writes_byte_by_byte() -> None:
    german = b"First name;Last name;Display name;Email;Status update\r\nJ\xfcrgen;Gro\xdf;J\xfcrgen Gro\xdf;jg@contoso.example;\r\n"
    unicode_text = bytes.fromhex(
        "fffe"
    ) + "First name\tLast name\tDisplay name\tEmail\tStatus update\r\n\t\t李\tli@contoso.example\t\r\n".encode(
        "utf-16-le"
    )
    assert rows(german)[0]["last_name"] == "Groß"
    assert rows(unicode_text)[0]["display_name"] == "李"


@pytest.mark.parametrize(
    "header",
    [
        "EMAIL , Display Name",
        " display name,email",
        "Status update,Display name,Last name,Email",
        '"Email","Display name"',
    ],
)
def test_columns_in_any_order_and_case(header: str) -> None:
    cells = {"email": "ada@contoso.example", "display name": "Ada"}
    line = ",".join(cells.get(name.strip(' "').lower(), "") for name in header.split(","))
    assert rows(f"{header}\n{line}\n") == [
        {"display_name": "Ada", "user_principal_name": "ada@contoso.example", "source": "a.csv:2"}
    ]


def test_white_space_around_values_and_empty_columns_at_the_end_are_harmless() -> None:
    text = HEADER + ",,\n Ada ,\u00a0Lovelace, Ada Lovelace ,  ada@contoso.example ,  ,,\nx,,Bob,bob@contoso.example\n"
    assert [row.get("last_name") for row in rows(text)] == ["Lovelace", None]


def test_text_that_only_looks_like_other_line_ends_stays_in_one_line() -> None:
    (found,) = problems(with_header(",,Ada\u2028Lovelace,ada@contoso.example,", ",,Bob,bob@contoso.example,"))
    assert found.startswith('a.csv:2, column "Display name":') and "U+2028" in found


def test_a_line_number_counts_the_lines_inside_of_cells() -> None:
    found = told(with_header('"A\r\nd\na",,Ada,ada@contoso.example,', ",,,bob@contoso.example,"))
    assert found == [("a.csv:2", "First name", "line_break"), ("a.csv:5", "Display name", "empty")]
    assert told(with_header(',,"Ada\n",ada@contoso.example,')) == [("a.csv:2", "Display name", "line_break")]


@pytest.mark.parametrize(
    ("forced", "text"),
    [
        ("cp1250", "Łukasz Żak"),
        ("cp1251", "Юрий"),
        ("utf-16-le", "Ωmega"),
        ("utf-8", "Zoë"),
        ("utf-16", "Zoë"),
        ("shift_jis", "田中"),
    ],
)
def test_an_encoding_can_be_forced(forced: str, text: str) -> None:
    assert (
        rows(with_header(f",,{text},ada@contoso.example,").encode(forced), encoding=forced)[0]["display_name"] == text
    )


@pytest.mark.parametrize(
    ("data", "rules", "words"),
    [
        (with_header(ADA).encode() + b",,B\xc3\xbcb,b\x81@contoso.example,\r\n", {}, "a.csv:3: is UTF-8 except here"),
        (
            with_header(ADA).encode() + b",,B\x81b,b@contoso.example,\r\n",
            {},
            "a.csv:3, column \"Display name\": reads 'B\\x81b' in Windows-1252",
        ),
        (
            with_header(",,B\xfcb,b@contoso.example,").encode("cp1252"),
            {"encoding": "utf-8"},
            "a.csv:2: is not UTF-8 text (byte 0xfc)",
        ),
        (LE_BOM + with_header(ADA).encode("utf-16-le") + b"x", {}, "a.csv:3: is not UTF-16-LE text (byte 0x78)"),
        (
            with_header(ADA).encode("utf-16-le"),
            {},
            "a.csv:1: holds a NUL character; if this is UTF-16 without a byte order mark, set encoding",
        ),
        (with_header(ADA, ",,B\0b,b@contoso.example,"), {}, "a.csv:3: holds a NUL character"),
    ],
)
def test_what_is_not_text_is_refused_with_its_line(data: bytes | str, rules: dict, words: str) -> None:
    (found,) = problems(data, **rules)
    assert found.startswith(words)


def test_an_unsure_guess_is_not_made() -> None:
    """One broken byte must not turn all other names into nonsense."""
    good, broken = ",,Jürgen,j@contoso.example,".encode(), b",,Ren\xe9,r@contoso.example,"
    assert problems(b"\n".join([HEADER.encode(), good, broken])) != []
    assert (
        rows(b"\n".join([HEADER.encode(), b",,Andr\xe9 Stra\xdfe \x96 \x80,j@contoso.example,", broken]))[0][
            "display_name"
        ]
        == "André Straße – €"
    )


# Refusals


@pytest.mark.parametrize("data", ["", "\r\n\r\n", ",,,,\n;;\n", UTF8_BOM, "sep=;\r\n", LE_BOM])
def test_an_empty_file_is_refused(data: str | bytes) -> None:
    assert told(data) == [("a.csv", None, "file_empty")]


def test_a_header_alone_has_no_users() -> None:
    assert rows(HEADER) == [] == rows(with_header(",,,,", " , ,,,"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("First name,Last name,Display name,Status update\n,,Ada,\n", [("a.csv:1", None, "missing_columns")]),
        ("Email\nada@contoso.example\n", [("a.csv:1", None, "missing_columns")]),
        (f"\n{HEADER},Department\n{ADA},x\n", [("a.csv:2", None, "unknown_column")]),
        (f"{HEADER},email\n{ADA},x@contoso.example\n", [("a.csv:1", "email", "column_twice")]),
        (f"{HEADER},Temporary password\n{ADA},Secret\n", [("a.csv:1", "Temporary password", "already_used")]),
        (f"{HEADER}\n{ADA},more\n", [("a.csv:2", None, "unknown_column")]),
        (f"{HEADER},\n{ADA},more\n", [("a.csv:2", None, "unknown_column")]),
        (f"sep=|\n{HEADER}\n", [("a.csv:1", None, "not_csv")]),
        (f'{HEADER}\n,,"Ada,ada@contoso.example,\n{ADA}\n', [("a.csv:2", None, "not_csv")]),
        (
            f'{HEADER}\n,,"A"da,x@contoso.example,\n,,,y@contoso.example,\n',
            [("a.csv:2", None, "not_csv"), ("a.csv:3", "Display name", "empty")],
        ),
        (f"{HEADER}\n,,{'x' * 140_000},x@contoso.example,\n", [("a.csv:2", None, "not_csv")]),
        (f"{HEADER}\n{ADA}Created\n", [("a.csv:2", "Status update", "already_used")]),
        (f"{HEADER}\n,,Ada\n", [("a.csv:2", "Email", "empty")]),
    ],
)
def test_what_is_not_a_file_of_the_portal_is_refused(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert told(text) == expected
    found = problems(text)
    assert "Secret" not in str(found) and "more" not in str(found).replace("more than", "").replace("more text", "")


@pytest.mark.parametrize("column", ["First name", "Last name", "Display name"])
def test_fifty_characters_are_allowed_and_fifty_one_are_not(column: str) -> None:
    def line(length: int) -> str:
        cells = {"First name": "", "Last name": "", "Display name": "Ada", column: "ü" * length}
        return ",".join(cells.values()) + ",ada@contoso.example,"

    assert rows(with_header(line(50)))
    assert told(with_header(line(51))) == [("a.csv:2", column, "too_long")]
    composed = with_header(line(50).replace("ü", "u\u0308"))
    assert rows(composed), "an accent that is written on its own is no character of its own"


def test_all_problems_of_all_files_are_reported_at_once_in_order() -> None:
    found = told(
        with_header(",,,ada@contoso.example,", ",,Bob,bob,x", "a,b,C,,"),
        "Email\n",
        with_header(",,Ada,ADA@contoso.example,", ",,Dan,d n@contoso.example,", ",,Eve,eve@evil.example,"),
        domains={"contoso.example"},
    )
    assert found == [
        ("a.csv:2", "Display name", "empty"),
        ("a.csv:3", "Status update", "already_used"),
        ("a.csv:3", "Email", "not_a_name"),
        ("a.csv:4", "Email", "empty"),
        ("b.csv:1", None, "missing_columns"),
        ("c.csv:2", "Email", "declared_twice"),
        ("c.csv:3", "Email", "not_a_name"),
        ("c.csv:4", "Email", "foreign_domain"),
    ]


def test_a_name_is_the_same_in_any_case_and_normal_form() -> None:
    first, second = (
        with_header(",,A,J\u00d6rg@contoso.example,"),
        with_header(",,B,x@contoso.example,", ",,B, jo\u0308rg@CONTOSO.example,"),
    )
    assert told(first, second) == [("b.csv:3", "Email", "declared_twice")] and " a.csv:2 " in problems(first, second)[0]


# Options


def test_one_location_for_all_and_a_stronger_one_for_some() -> None:
    text = f"{HEADER},Location\n{ADA},ca\n,,Bob,bob@contoso.example,,\n"
    assert [
        row["usage_location"] for row in rows(text, usage_location="US", extra_columns={"location": "usage_location"})
    ] == ["ca", "US"]
    assert [row.get("usage_location") for row in rows(text, extra_columns={"LOCATION ": "usage_location"})] == [
        "ca",
        None,
    ]


def test_further_columns_are_checked_like_options_of_a_module() -> None:
    mapping = {
        "Location": "usage_location",
        "Id": "user_id",
        "State": "state",
        "Force": "force_change_password",
        "Old": "previous_user_principal_name",
    }
    text = f"{HEADER},Location,Id,State,Force,Old\n{ADA},XX,17,gone,maybe,ada\n"
    assert told(text, extra_columns=mapping) == [
        ("a.csv:2", "State", "not_a_choice"),
        ("a.csv:2", "Force", "not_a_choice"),
        ("a.csv:2", "Id", "not_a_guid"),
        ("a.csv:2", "Old", "not_a_name"),
        ("a.csv:2", "Location", "not_a_country"),
        ("a.csv:2", None, "contradiction"),
    ]
    (row,) = rows(
        f"{HEADER},State,Force\n{ADA},Absent,Yes\n", extra_columns={"State": "state", "Force": "force_change_password"}
    )
    assert row["state"] == "absent" and row["force_change_password"] is True


def test_a_further_column_must_be_in_every_file() -> None:
    found = told(f"{HEADER},Phone\n{ADA},1\n", HEADER, extra_columns={"Phone": "phone_number"})
    assert found == [("b.csv:1", "Phone", "missing_columns")]


def test_no_secret_comes_from_a_spreadsheet() -> None:
    assert "password" not in EXTRA_OPTIONS and {"usage_location", "licenses", "roles.remove"} <= EXTRA_OPTIONS


def test_a_cell_can_hold_a_list() -> None:
    assert convert("A; B|C;;", {"type": "list"}) == ["A", "B", "C"]


def test_columns_can_be_the_lists_of_a_dictionary() -> None:
    mapping = {"Licenses": "licenses.add", "Take away": "licenses.remove", "Roles": "roles.set"}
    text = f"{HEADER},Licenses,Take away,Roles\n{ADA},E5;F3,E3,\n,,Bob,bob@contoso.example,,,,Reports Reader\n"
    ada, bob = rows(text, extra_columns=mapping)
    assert ada["licenses"] == {"add": ["E5", "F3"], "remove": ["E3"]} and "roles" not in ada, "empty is left out"
    assert bob["roles"] == {"set": ["Reports Reader"]} and "licenses" not in bob
    assert told(f"{HEADER},Licenses,Take away,Roles\n{ADA},E5,e5,\n", extra_columns=mapping) == [
        ("a.csv:2", "Take away", "added_and_removed")
    ]
    assert told(f"{HEADER},All,Add\n{ADA},E5,E3\n", extra_columns={"All": "roles.set", "Add": "roles.add"}) == [
        ("a.csv:2", "Add", "contradiction")
    ]
    assert rows(f"{HEADER},Groups\n{ADA},A;B\n", extra_columns={"Groups": "roles"})[0]["roles"] == ["A", "B"]


def test_a_column_for_the_whole_and_one_for_a_part_of_it() -> None:
    assert _extra_columns({"Licenses": "licenses.add", "Away": "licenses.remove"}, PORTAL)
    for one, other in (("roles", "roles.set"), ("roles.set", "roles"), ("roles.add", "roles.add")):
        with pytest.raises(AnsibleOptionsError, match="'B'"):
            _extra_columns({"A": one, "B": other}, PORTAL)


def test_status_and_passwords_are_ignored_on_request() -> None:
    text = f"{HEADER},Temporary password\n{ADA}Created,Secret\n,,Bob,bob@contoso.example,Failed: no,\n"
    found = rows(text, ignore_status=True)
    assert [row["display_name"] for row in found] == ["Ada", "Bob"] and "Secret" not in str(found)


@pytest.mark.parametrize(
    "text", ["=1+1", "+49", "-x", "@x", "\t=x", "\r", " =x", "'=x", "''=x", "' @", "\uff1dx", "'\tx"]
)
def test_a_formula_is_guarded_and_comes_back(text: str) -> None:
    assert guard(text) == "'" + text and unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["", "Ada", "'", "'Ada'", "O'Brien", "''", "1-1", "a=b"])
def test_other_text_is_not_touched(text: str) -> None:
    assert guard(text) == text == unguard(text)


# Size


def test_ten_thousand_rows_are_read_quickly() -> None:
    text = with_header(
        *[f"First {number},Last,User {number},user{number}@contoso.example," for number in range(10_000)]
    )
    start = time.process_time()
    assert len(rows(text, usage_location="US", domains={"contoso.example"})) == 10_000
    assert time.process_time() - start < 4, "several times what it takes on a slow machine"


# The lookup


class Lookup(LookupModule):
    """With options as they are after Ansible has read the documentation."""

    def set_options(self, task_keys=None, var_options=None, direct=None):
        self.given = {"extra_columns": {}, "domain_allowed": [], "ignore_status": False, **direct}

    def get_option(self, option, hostvars=None):
        return self.given.get(option)


def lookup(tmp_path, *terms, **options):
    return Lookup(loader=DataLoader()).run(list(terms), {"ansible_search_path": [str(tmp_path)]}, **options)


def test_files_are_named_as_they_were_given(tmp_path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "users.csv").write_text(with_header(ADA))
    (tmp_path / "more.csv").write_text(with_header(",,Bob,bob@contoso.example,"))
    found = lookup(
        tmp_path, "users.csv", str(tmp_path / "more.csv"), usage_location="gb", domain_allowed=["CONTOSO.example"]
    )
    assert [row["source"] for row in found] == ["users.csv:2", f"{tmp_path}/more.csv:2"]
    assert {row["usage_location"] for row in found} == {"GB"}
    assert lookup(tmp_path, ["users.csv", "more.csv"]) == lookup(tmp_path, "users.csv", "more.csv", wantlist=True)


def test_one_error_names_everything(tmp_path) -> None:
    (tmp_path / "users.csv").write_text(with_header(",,,x,"))
    (tmp_path / "staff").mkdir()
    with pytest.raises(UnusableFiles) as caught:
        lookup(tmp_path, "users.csv", "none.csv", "staff")
    assert [(problem.source, problem.option, problem.reason) for problem in caught.value.problems] == [
        ("users.csv:2", "Display name", "empty"),
        ("users.csv:2", "Email", "not_a_name"),
        ("none.csv", None, "file_missing"),
        ("staff", None, "file_unreadable"),
    ]
    heading, *lines = caught.value.message.splitlines()
    assert "4 " in heading and " 3 " in heading and lines == caught.value.problems


@pytest.mark.parametrize(
    ("terms", "options", "named"),
    [
        ([], {}, "portal_csv"),
        ([""], {}, "portal_csv"),
        ([7], {}, "portal_csv"),
        (["a.csv", "a.csv"], {}, "a.csv"),
        (["a.csv"], {"ignore_staus": True}, "ignore_staus"),
        (["a.csv"], {"usage_location": "XX"}, "'XX'"),
        (["a.csv"], {"domain_allowed": []}, "domain_allowed"),
        (["a.csv"], {"domain_allowed": None}, "domain_allowed"),
        (["a.csv"], {"domain_allowed": "['contoso.example']"}, "domain_allowed"),
        (["a.csv"], {"domain_allowed": ["*.example"]}, "example'"),
        (["a.csv"], {"encoding": "klingon"}, "'klingon'"),
        (["a.csv"], {"encoding": "base64"}, "'base64'"),
        (["a.csv"], {"extra_columns": {"Password": "password"}}, "'password'"),
        (["a.csv"], {"extra_columns": {"x": "source"}}, "'source'"),
        (["a.csv"], {"extra_columns": {" email": "user_id"}}, "extra_columns"),
        (["a.csv"], {"extra_columns": {"temporary password": "user_id"}}, "extra_columns"),
        (["a.csv"], {"extra_columns": {"Name": "display_name"}}, "display_name"),
        (["a.csv"], {"extra_columns": {"a": "user_id", "A ": "state"}}, "columns"),
        (["a.csv"], {"extra_columns": {"a": "state", "b": "state"}}, "columns"),
        (["a.csv"], {"extra_columns": {"": "state"}}, "extra_columns"),
        (["a.csv"], {"template": "google"}, "'google'"),
        (["a.csv"], {"columns": {"Login": "state"}}, "'state'"),
        (["a.csv"], {"columns": {"Login": "password"}}, "'password'"),
        (["a.csv"], {"columns": {" ": "display_name"}}, "columns"),
        (["a.csv"], {"columns": {"Email": "display_name"}}, "columns"),
        (["a.csv"], {"columns": {"Status update": "display_name"}}, "columns"),
        (["a.csv"], {"columns": {"A": "display_name", "B": "display_name"}}, "columns"),
        (["a.csv"], {"template": "entra", "extra_columns": {"Place": "usage_location"}}, "usage_location"),
    ],
)
def test_wrong_options_are_refused(tmp_path, terms: list, options: dict, named: str) -> None:
    with pytest.raises(AnsibleOptionsError, match=named):
        lookup(tmp_path, *terms, **options)
