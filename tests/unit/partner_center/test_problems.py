# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A problem reads as a sentence, and whoever has a better place for it need not take the sentence to pieces."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.problem import Problem, placed
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.declarations.files import Text, problems_of
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.portal_csv.rows import Loader, Rules

CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FILE = Text("a.yml", b"customer_id: x\nusers:\n- user_principal_name: ada@contoso.example\n- user_id: 5\n")


def test_a_place_is_put_in_front_and_can_be_another_one() -> None:
    first = Problem.about("display_name", "is empty.", "empty")
    there = placed("customers[0]: ", placed("users[3]: ", first, row=3), customer=0)
    assert there == "customers[0]: users[3]: display_name is empty."
    assert (there.option, there.said, there.reason, there.row, there.customer) == (
        "display_name",
        "is empty.",
        "empty",
        3,
        0,
    )
    assert there.moved("a.yml:5: ") == "a.yml:5: display_name is empty."
    assert first == "display_name is empty." and first.row is None, "the first one is as it was"


def test_a_part_of_an_option_is_about_the_option() -> None:
    part = Problem.about("roles[2]", "is a list, but must be a string.", "not_a_text").of("roles")
    assert (part.option, part.said) == ("roles", str(part)) and part.startswith("roles[2] ")
    assert part.of("roles") is part


def test_a_mere_sentence_becomes_one() -> None:
    made = placed("there: ", "it is wrong.", row=1)
    assert (made, made.sentence, made.reason, made.row) == ("there: it is wrong.", "it is wrong.", None, 1)


def test_a_result_has_plain_texts_and_the_first_reason() -> None:
    error = OptionError([Problem("One."), placed("x: ", Problem("Two.", "null")), placed("x: ", "Two.")])
    assert error.details == {"reason": "null", "problems": ["One.", "x: Two."]}
    assert {type(text) for text in error.details["problems"]} == {str}


@pytest.mark.parametrize(
    "user, option, reason",
    [
        ({"display_name": ""}, "display_name", "empty"),
        ({"state": "gone"}, "state", "not_a_choice"),
        ({"roles": ["Reader", ["x"]]}, "roles", "not_a_text"),
        ({"colour": "red"}, "colour", "unknown_option"),
        # A source that looks like a place of ours, and a name that looks like a sentence of ours.
        ({"display_name": "", "source": "customers[0].users[7]"}, "display_name", "empty"),
        ({"first_name": None, "source": "a.yml:4 (x)"}, "first_name", "null"),
    ],
)
def test_a_file_says_its_line_whatever_the_row_says(user: dict[str, t.Any], option: str, reason: str) -> None:
    rows = [{"user_principal_name": "ada@contoso.example"}, {"user_principal_name": "eve@contoso.example", **user}]
    (problem,) = problems_of({"customer_id": CUSTOMER, "users": rows}, FILE)
    assert (problem.row, problem.option, problem.reason) == (1, option, reason)
    assert problem.startswith("a.yml:4 ") and problem.endswith(problem.sentence)


def test_a_file_says_its_name_for_what_is_about_the_customer() -> None:
    (problem,) = problems_of({"customer_id": "5", "users": []}, FILE)
    assert (problem.customer, problem.row, problem.option, problem.reason) == (0, None, "customer_id", "not_a_guid")
    assert problem == f"a.yml: {problem.sentence}"


def test_a_cell_is_named_by_its_column_and_has_the_reason() -> None:
    loader = Loader(
        Rules(usage_location="DE", extra_columns={"Alias": "previous_user_principal_name", "Land": "usage_location"})
    )
    header = "First name,Last name,Display name,Email,Status update,Alias,Land\n"
    loader.load("p.csv", (header + "Ada,L,Ada L,ada@contoso.example,,ada,UK\nEve,L,Eve L,eve,,,\n").encode())
    found = {(problem.line, problem.option, problem.reason) for problem in loader.problems}
    assert found == {(2, "Alias", "not_a_name"), (2, "Land", "not_a_country"), (3, "Email", "not_a_name")}
