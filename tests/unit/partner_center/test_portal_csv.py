"""Files of the portal become rows, in every form that Excel writes; what is wrong is refused by file, line and column, all at once."""

from __future__ import annotations

import itertools
import time

import pytest
from ansible.errors import AnsibleError, AnsibleOptionsError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tenantops.partner_center.plugins.lookup.portal_csv import LookupModule
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.cells import convert
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.problem import guard, unguard
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.rows import (
    EXTRA_OPTIONS,
    Loader,
    Rules,
)

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
    found = problems(with_header('"A\r\nd\na",,Ada,ada@contoso.example,', ",,,bob@contoso.example,"))
    assert found == ['a.csv:2, column "First name": holds a line break', 'a.csv:5, column "Display name": is empty']
    assert problems(with_header(',,"Ada\n",ada@contoso.example,')) == [
        'a.csv:2, column "Display name": holds a line break'
    ]


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
        (
            with_header(ADA).encode() + b",,B\xc3\xbcb,b\x81@contoso.example,\r\n",
            {},
            "a.csv:3: is UTF-8 in some places and not in this one",
        ),
        (
            with_header(ADA).encode() + b",,B\x81b,b@contoso.example,\r\n",
            {},
            "a.csv:3, column \"Display name\": is 'B\\x81b' in Windows-1252",
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
            "a.csv:1: holds a NUL character; if this is UTF-16 without a byte order mark, say encoding",
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
    assert problems(data) == ["a.csv: is empty; a header line with the names of the columns is needed"]


def test_a_header_alone_has_no_users() -> None:
    assert rows(HEADER) == [] == rows(with_header(",,,,", " , ,,,"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "First name,Last name,Display name,Status update\n,,Ada,\n",
            [
                'a.csv:1: has no column "Email". The header was read as: First name, Last name, Display name, Status update'
            ],
        ),
        ("Email\nada@contoso.example\n", ['a.csv:1: has no column "Display name". The header was read as: Email']),
        (
            f"\n{HEADER},Department\n{ADA},x\n",
            ["a.csv:2: column 'Department' is not one of the portal's; remove it, or name it in extra_columns"],
        ),
        (f"{HEADER},email\n{ADA},x@contoso.example\n", ['a.csv:1, column "email": appears twice in the header']),
        (
            f"{HEADER},Temporary password\n{ADA},Secret\n",
            ['a.csv:1, column "Temporary password": belongs to a file with results; ignore_status loads one'],
        ),
        (f"{HEADER}\n{ADA},more\n", ["a.csv:2: has data in column 6, which has no name in the header"]),
        (f"{HEADER},\n{ADA},more\n", ["a.csv:2: has data in column 6, which has no name in the header"]),
        (f"sep=|\n{HEADER}\n", ["a.csv:1: names the separator '|'; a comma, a semicolon or a tab is possible"]),
        (f'{HEADER}\n,,"Ada,ada@contoso.example,\n{ADA}\n', ["a.csv:2: opens a quote that is never closed"]),
        (
            f'{HEADER}\n,,"A"da,x@contoso.example,\n,,,y@contoso.example,\n',
            ["closing quote", 'a.csv:3, column "Display name": is empty'],
        ),
        (f"{HEADER}\n,,{'x' * 140_000},x@contoso.example,\n", ["a.csv:2: has a cell of more than 131072 characters"]),
        (f"{HEADER}\n{ADA}Created\n", ['a.csv:2, column "Status update": must be empty']),
        (f"{HEADER}\n,,Ada\n", ['a.csv:2, column "Email": is empty']),
    ],
)
def test_what_is_not_a_file_of_the_portal_is_refused(text: str, expected: list[str]) -> None:
    found = problems(text)
    assert len(found) == len(expected) and all(words in line for words, line in zip(expected, found)), found
    assert "Secret" not in str(found) and "more" not in str(found).replace("more than", "").replace("more text", "")


@pytest.mark.parametrize("column", ["First name", "Last name", "Display name"])
def test_fifty_characters_are_allowed_and_fifty_one_are_not(column: str) -> None:
    def line(length: int) -> str:
        cells = {"First name": "", "Last name": "", "Display name": "Ada", column: "ü" * length}
        return ",".join(cells.values()) + ",ada@contoso.example,"

    assert rows(with_header(line(50)))
    assert problems(with_header(line(51))) == [f'a.csv:2, column "{column}": has 51 characters, the portal allows 50']
    composed = with_header(line(50).replace("ü", "u\u0308"))
    assert rows(composed), "an accent that is written on its own is no character of its own"


def test_all_problems_of_all_files_are_reported_at_once_in_order() -> None:
    found = problems(
        with_header(",,,ada@contoso.example,", ",,Bob,bob,x", "a,b,C,,"),
        "Email\n",
        with_header(",,Ada,ADA@contoso.example,", ",,Dan,d n@contoso.example,", ",,Eve,eve@evil.example,"),
        domains={"contoso.example"},
    )
    beginnings = [
        'a.csv:2, column "Display name": is empty',
        'a.csv:3, column "Status update": must be empty, because it is for the result; ignore_status loads a file that has been used',
        "a.csv:3, column \"Email\": 'bob' has no domain; a user principal name looks like user@domain",
        'a.csv:4, column "Email": is empty',
        'b.csv:1: has no column "Display name"',
        "c.csv:2, column \"Email\": 'ADA@contoso.example' is in a.csv:2 already",
        "c.csv:3, column \"Email\": 'd n@contoso.example' holds white space",
        "c.csv:4, column \"Email\": 'eve@evil.example' is not in one of the domains contoso.example",
    ]
    assert len(found) == len(beginnings) and all(map(str.startswith, found, beginnings)), found


def test_a_name_is_the_same_in_any_case_and_normal_form() -> None:
    first, second = (
        with_header(",,A,J\u00d6rg@contoso.example,"),
        with_header(",,B,x@contoso.example,", ",,B, jo\u0308rg@CONTOSO.example,"),
    )
    (found,) = problems(first, second)
    assert found.startswith('b.csv:3, column "Email":') and found.endswith("is in a.csv:2 already")


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
    assert problems(text, extra_columns=mapping) == [
        "a.csv:2, column \"State\": 'gone' is not possible, only present, absent, restored",
        "a.csv:2, column \"Force\": 'maybe' is neither yes nor no",
        "a.csv:2, column \"Id\": '17' is not a GUID",
        "a.csv:2, column \"Old\": 'ada' has no domain; a user principal name looks like user@domain",
        "a.csv:2, column \"Location\": 'XX' is not a country code of ISO 3166-1 alpha-2, such as US or DE",
        "a.csv:2: previous_user_principal_name and user_id exclude each other: user_id already says which user is renamed",
    ]
    (row,) = rows(
        f"{HEADER},State,Force\n{ADA},Absent,Yes\n", extra_columns={"State": "state", "Force": "force_change_password"}
    )
    assert row["state"] == "absent" and row["force_change_password"] is True


def test_a_further_column_must_be_in_every_file() -> None:
    found = problems(f"{HEADER},Phone\n{ADA},1\n", HEADER, extra_columns={"Phone": "phone_number"})
    assert found == ['b.csv:1, column "Phone": is missing from the header, but extra_columns names it']


def test_no_secret_comes_from_a_spreadsheet() -> None:
    assert "password" not in EXTRA_OPTIONS and "usage_location" in EXTRA_OPTIONS


def test_a_cell_can_hold_a_list() -> None:
    assert convert("A; B|C;;", {"type": "list"}) == ["A", "B", "C"]


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
    with pytest.raises(AnsibleError) as caught:
        lookup(tmp_path, "users.csv", "none.csv", "staff")
    assert caught.value.message.splitlines() == [
        "4 problems in 3 files; no user was loaded:",
        'users.csv:2, column "Display name": is empty',
        "users.csv:2, column \"Email\": 'x' has no domain; a user principal name looks like user@domain",
        "none.csv: was not found",
        "staff: is a folder; name the files in it",
    ]


@pytest.mark.parametrize(
    ("terms", "options", "words"),
    [
        ([], {}, "needs the name of a file"),
        ([""], {}, "needs the name of a file"),
        ([7], {}, "needs the name of a file"),
        (["a.csv", "a.csv"], {}, "a.csv more than once"),
        (["a.csv"], {"ignore_staus": True}, "has no option ignore_staus"),
        (["a.csv"], {"usage_location": "XX"}, "'XX' is not a country code"),
        (["a.csv"], {"domain_allowed": []}, "domain_allowed is empty"),
        (["a.csv"], {"domain_allowed": None}, "domain_allowed must be a list"),
        (["a.csv"], {"domain_allowed": "['contoso.example']"}, "domain_allowed is a text that holds a list"),
        (["a.csv"], {"domain_allowed": ["*.example"]}, "example' is no domain"),
        (["a.csv"], {"encoding": "klingon"}, "'klingon' is not known"),
        (["a.csv"], {"encoding": "base64"}, "'base64' is not known"),
        (["a.csv"], {"extra_columns": {"Password": "password"}}, "'password'; possible are"),
        (["a.csv"], {"extra_columns": {"x": "source"}}, "'source'; possible are"),
        (["a.csv"], {"extra_columns": {" email": "user_id"}}, "one of the template's columns"),
        (["a.csv"], {"extra_columns": {"temporary password": "user_id"}}, "one of the template's columns"),
        (
            ["a.csv"],
            {"extra_columns": {"Name": "display_name"}},
            "display_name, which one of the template's columns fills",
        ),
        (["a.csv"], {"extra_columns": {"a": "user_id", "A ": "state"}}, "more than once"),
        (["a.csv"], {"extra_columns": {"a": "state", "b": "state"}}, "more than once"),
        (["a.csv"], {"extra_columns": {"": "state"}}, "is empty"),
        (["a.csv"], {"template": "google"}, "'google' is not one of portal, admin_center, entra"),
        (["a.csv"], {"columns": {"Login": "state"}}, "'state'; possible are"),
        (["a.csv"], {"columns": {"Login": "password"}}, "'password'; possible are"),
        (["a.csv"], {"columns": {" ": "display_name"}}, "is empty"),
        (["a.csv"], {"columns": {"Email": "display_name"}}, "for something else"),
        (["a.csv"], {"columns": {"Status update": "display_name"}}, "for something else"),
        (["a.csv"], {"columns": {"A": "display_name", "B": "display_name"}}, "more than once"),
        (
            ["a.csv"],
            {"template": "entra", "extra_columns": {"Place": "usage_location"}},
            "usage_location, which one of the template's columns fills",
        ),
    ],
)
def test_wrong_options_are_refused(tmp_path, terms: list, options: dict, words: str) -> None:
    with pytest.raises(AnsibleOptionsError, match=words):
        lookup(tmp_path, *terms, **options)
