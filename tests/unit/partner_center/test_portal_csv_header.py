"""A file without a header that is of use is one problem that names the cause; templates of other administration pages can be loaded."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.rows import Loader, Rules
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.templates import TEMPLATES

HEADER = "First name,Last name,Display name,Email,Status update"
MANY = "".join(f"F{number},L,D {number},u{number}@contoso.example,\n" for number in range(500))
ADMIN_CENTER = (
    "Username,First name,Last name,Display name,Job title,Department,Office number,Office phone,Mobile phone,Fax,Alternate email address,Address,City,"
    "State or province,ZIP or postal code,Country or region"
)
OLD_ADMIN_CENTER = ADMIN_CENTER.title().replace("Username", "User Name").replace("Zip Or", "ZIP or")
ENTRA = (
    "version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required,"
    "Block sign in (Yes/No) [accountEnabled] Required,First name [givenName],Last name [surname],Job title [jobTitle],Department [department],"
    "Usage location [usageLocation],Street address [streetAddress],State or province [state],Country or region [country],"
    "Office [physicalDeliveryOfficeName],City [city],ZIP or postal code [postalCode],Office phone [telephoneNumber],Mobile phone [mobile]\n"
)


def load(text: str, **rules) -> Loader:
    loader = Loader(Rules(**rules))
    loader.load("users.csv", text.encode())
    return loader


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        (MANY, "no_header", 1),
        ("\n" + "".join(f'"{line}"\n' for line in (HEADER + "\n" + MANY).splitlines()), "quoted_lines", 2),
        ((HEADER + "\n" + MANY).replace(",", "|"), "wrong_separator", 1),
        ((HEADER + "\n" + MANY).replace(",", "^"), "wrong_separator", 1),
        (ENTRA + MANY, "other_template", 2),
        (f"{ADMIN_CENTER}\n{MANY}", "other_template", 1),
        (f"{OLD_ADMIN_CENTER}\n{MANY}", "other_template", 1),
        (ADMIN_CENTER.replace(",", ";") + "\n", "other_template", 1),
        ("Vorname,Nachname,Anzeigename,E-Mail\n" + MANY, "missing_columns", 1),
        ("Display name\n" + MANY, "missing_columns", 1),
        (f"{HEADER.replace('Email', 'Mail')},Department,Phone\n{MANY}", "missing_columns", 1),
        (f"#TYPE System.Object\nVorname,Nachname\n{MANY}", "missing_columns", 2),
        ("<html><body>Sign in</body></html>\n", "missing_columns", 1),
    ],
)
def test_a_file_without_the_expected_header_is_one_problem(text: str, word: str, line: int) -> None:
    loader = load(text)
    assert not loader.rows
    (problem,) = loader.problems
    assert (problem.reason, problem.line) == (word, line) and len(str(problem)) < 700


def test_the_cause_is_told_with_what_was_read() -> None:
    (problem,) = load("Vorname;Name;Anzeigename\n").problems
    assert (
        "Vorname, Name, Anzeigename (separated by a semicolon)" in str(problem)
        and 'no column "Display name"' in str(problem)
        and '"Email"' in str(problem)
    )
    assert "template='entra'" in str(load(ENTRA).problems[0]) and "template='admin_center'" in str(
        load(ADMIN_CENTER).problems[0]
    )


@pytest.mark.parametrize(
    "first",
    [
        "#TYPE Selected.System.Management.Automation.PSCustomObject",
        '"#TYPE System.Object"',
        "#TYPE System.Object,,,,",
        "sep=,\n#TYPE x",
    ],
)
def test_a_line_of_powershell_is_passed_over(first: str) -> None:
    loader = load(
        f'{first}\n"First name","Last name","Display name","Email","Status update"\n"Megan","Bowen","Megan Bowen","megan@contoso.example",""\n'
    )
    assert (
        not loader.problems
        and loader.rows[0]["display_name"] == "Megan Bowen"
        and loader.rows[0]["source"].endswith(str(first.count("\n") + 3))
    )


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2007", "  ", "\t ", " \u200b"])
def test_white_space_of_any_kind_in_a_header_is_a_blank(blank: str) -> None:
    loader = load(HEADER.replace(" ", blank).replace("Email", f"\u200bEmail{blank}") + "\n,,Ada,ada@contoso.example,\n")
    assert not loader.problems and loader.rows[0]["user_principal_name"] == "ada@contoso.example"


@pytest.mark.parametrize("header", [ADMIN_CENTER, OLD_ADMIN_CENTER, ADMIN_CENTER.replace(",", ";")])
def test_the_template_of_the_admin_center_is_loaded(header: str) -> None:
    comma = ";" if ";" in header else ","
    line = comma.join(
        [
            "megan@contoso.example",
            "Megan",
            "Bowen",
            "Megan Bowen",
            "Boss",
            "IT",
            "1",
            "2",
            "+1 425 555 0100",
            "",
            "",
            "x",
            "y",
            "z",
            "1",
            "United States",
        ]
    )
    loader = load(
        f"{header}\n{line}\n",
        template=TEMPLATES["admin_center"],
        extra_columns={"Mobile Phone": "phone_number"},
        usage_location="US",
    )
    assert not loader.problems, list(map(str, loader.problems))
    names = {
        "user_principal_name": "megan@contoso.example",
        "first_name": "Megan",
        "last_name": "Bowen",
        "display_name": "Megan Bowen",
    }
    assert loader.rows == [
        {**names, "phone_number": "+1 425 555 0100", "usage_location": "US", "source": "users.csv:2"}
    ]


def test_the_template_of_entra_is_loaded_without_its_passwords() -> None:
    text = ENTRA + "Example: Chris Green,Example: chris@contoso.com,Example: myPassword1234,No,,,,,,,,,,,,,\n"
    text += "Alain Charon,alain@contoso.example,Password1!,No,Alain,Charon,Engineer,,US,,,,,,,,\n"
    loader = load(text, template=TEMPLATES["entra"])
    assert not loader.problems, list(map(str, loader.problems))
    names = {
        "user_principal_name": "alain@contoso.example",
        "first_name": "Alain",
        "last_name": "Charon",
        "display_name": "Alain Charon",
    }
    assert loader.rows == [{**names, "usage_location": "US", "source": "users.csv:4"}] and "Password1" not in str(
        loader.rows
    )


@pytest.mark.parametrize("heading", ["Nom [displayName] Requis", "displayName", "Name [ displayName ] Required"])
def test_translated_headings_of_entra_are_known_by_their_property(heading: str) -> None:
    loader = load(
        ENTRA.replace("Name [displayName] Required", heading) + "Ada,ada@contoso.example,x,No,,,,,,,,,,,,,\n",
        template=TEMPLATES["entra"],
    )
    assert bool(loader.rows) is ("[ " not in heading) and bool(loader.rows) is not bool(loader.problems)


@pytest.mark.parametrize("blocked", ["Yes", "yes ", "TRUE"])
def test_a_user_who_is_not_to_sign_in_is_refused(blocked: str) -> None:
    loader = load(ENTRA + f"Ada,ada@contoso.example,Secret-1!,{blocked},,,,,,,,,,,,,\n", template=TEMPLATES["entra"])
    (problem,) = loader.problems
    assert problem.line == 3 and not loader.rows and "Secret" not in str(problem)


def test_the_portals_file_with_another_template_named_is_one_problem() -> None:
    (problem,) = load(f"{HEADER}\n{MANY}", template=TEMPLATES["entra"]).problems
    assert problem.reason == "other_template"


def test_columns_rename_the_four() -> None:
    columns = {"Login": "user_principal_name", "Full name": "display_name"}
    text = "LOGIN,Full\u00a0name,First name,Status update\nada@contoso.example,Ada,A,\n,Bob,,\n"
    loader = load(text, columns=columns)
    assert [str(problem) for problem in loader.problems] == ['users.csv:3, column "LOGIN": is empty']
    assert [row["first_name"] for row in loader.rows] == ["A"] and loader.rows[0][
        "user_principal_name"
    ] == "ada@contoso.example"
    (problem,) = load(f"{HEADER}\n{MANY}", columns=columns).problems
    assert problem.reason == "missing_columns" and '"Full name"' in str(problem) and '"Login"' in str(problem)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="Megan"', "Megan"),
        ('"=""Bowen, Megan"""', "Bowen, Megan"),
        ('"=""Ada """"A"""" L"""', 'Ada "A" L'),
        ('"= ""x"""', "x"),
        ('="007"', "007"),
    ],
)
def test_what_forces_a_text_is_taken_off(cell: str, text: str) -> None:
    loader = load(
        f"{HEADER},Phone\n{cell},,{cell},ada@contoso.example,,{cell}\n", extra_columns={"Phone": "phone_number"}
    )
    assert not loader.problems, list(map(str, loader.problems))
    assert [loader.rows[0][name] for name in ("first_name", "display_name", "phone_number")] == [text] * 3


@pytest.mark.parametrize(
    "cell",
    [
        "#N/A",
        "#REF!",
        "Lee #VALUE!",
        "#NAME?",
        "########",
        "4.42E+11",
        '"4,42079E+11"',
        "=B2",
        '"=CONCATENATE(A2,"" "",B2)"',
        '"=""a""&""b"""',
        "#DIV/0!",
    ],
)
@pytest.mark.parametrize("column", ["Display name", "Phone"])
def test_what_a_spreadsheet_leaves_is_refused_with_line_and_column(cell: str, column: str) -> None:
    cells = {"Display name": "Ada", "Phone": "+442079460123", column: cell}
    loader = load(
        f"{HEADER},Phone\n\n,,{cells['Display name']},ada@contoso.example,,{cells['Phone']}\n",
        extra_columns={"Phone": "phone_number"},
    )
    assert [(problem.line, problem.option, problem.reason) for problem in loader.problems] == [
        (3, column, "spreadsheet_leftover")
    ] and not loader.rows


def test_broken_letters_are_refused_in_every_encoding() -> None:
    for name, word in {
        "J\ufffdrgen": "replacement_characters",
        "JÃ¼rgen GroÃŸ": "doubly_encoded",
        "Siobh&aacute;n": "html_entity",
        "Bo\u00adwen": "invisible_characters",
    }.items():
        for encoding in ("utf-8-sig", "utf-16"):
            loader = Loader(Rules())
            loader.load("users.csv", f"{HEADER}\n,,{name},ada@contoso.example,\n".encode(encoding))
            assert [(problem.line, problem.option, problem.reason) for problem in loader.problems] == [
                (2, "Display name", word)
            ]
