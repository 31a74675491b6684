"""People in reports: by person, and by person and customer, in each format."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report import as_json, html, markdown
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.markdown_people import people_tables
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.people import matrix, people_of
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.reading import read
from hypothesis import given
from hypothesis import strategies as st

from .reports import CONTOSO, FABRIKAM, STATUSES, result, row

cells = st.dictionaries(
    st.tuples(st.sampled_from(["ada", "bob", "eve"]), st.sampled_from([CONTOSO, FABRIKAM])), st.sampled_from(STATUSES)
)


def report(found: t.Mapping[tuple[str, str], str], **values: t.Any) -> t.Any:
    rows = [
        row(number, status, customer_id=customer, person=person, action="create", **values)
        for number, ((person, customer), status) in enumerate(found.items())
    ]
    return read(result(*rows), "People", None)


@given(found=cells)
def test_the_matrix_has_every_pair_once(found: dict[tuple[str, str], str]) -> None:
    made = report(found)
    people = people_of(made)
    shown = {
        (person.name, line.customer.customer_id): entry.status
        for line in matrix(made, people, made.customers)
        for person, entry in zip(people, line.cells)
        if entry
    }
    assert shown == found
    data = json.loads(as_json.render(made))
    told = {(each["person"], cell["customer_id"]): cell["status"] for each in data.get("people", ()) for cell in each["customers"]}  # fmt: skip
    assert told == found


def test_what_matters_most_stands_in_a_cell() -> None:
    twice = read(
        result(
            row(0, "ok", person="ada", action="none"), row(1, "changed", person="ada", action="delete")
        ),
        "People",
        None,
    )  # fmt: skip
    ((line),) = matrix(twice, people_of(twice), twice.customers)
    assert line.cells[0] and line.cells[0].mark.kind == "delete"


def test_nothing_is_said_of_people_where_none_are_declared() -> None:
    made = read(result(row(0, "ok")), "Users", None)
    assert 'id="people"' not in html.render(made) and "Person" not in markdown.render(made, 60000)
    assert "people" not in json.loads(as_json.render(made))
    assert "person" not in json.loads(as_json.render(made))["users"][0]


def test_names_do_not_become_markup() -> None:
    made = report({("<b>|{{x}}", CONTOSO): "ok"})
    page, comment = html.render(made), markdown.render(made, 60000)
    assert 'id="people"' in page and "<b>|" not in page and "{{" not in page
    assert "{{" not in comment and "<b>|" not in comment


@pytest.mark.parametrize(("room", "parts", "short"), [(10_000, 2, False), (90, 1, True), (10, 0, True)])
def test_a_comment_says_what_has_no_room(room: int, parts: int, short: bool) -> None:
    made = report({("ada", CONTOSO): "ok"})
    text, missing = people_tables(made, made.customers, room)
    assert len(text) <= room and text.count("\n| ---") == parts and missing is short
