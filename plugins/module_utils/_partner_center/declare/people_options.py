# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The same people in many customers: what the option ``people`` may say, and every problem of it before the first
request.

People become rows for the pipeline when the customers are known (``plan.people``). Whatever can be wrong with these
rows shows with a customer that is made up, so they are validated here by the same code.
"""

from __future__ import annotations

import re
import typing as t

from ..._common.foreign_names import hint
from ..._common.identifiers import is_guid
from ..._common.plausible import option_text_problems
from ..._common.problem import Problem, placed
from ..._common.text import nearest, shown
from .customer import customer_problems
from .foreign_names import FOREIGN
from .people import Exemption, People, Values, as_row, customer_key, person_key, placeholders, without_placeholders
from .people_spec import MAX_RENAMES, PEOPLE_SPEC, PERSON_SPEC, SPEC
from .user import KINDS, UserDeclaration

PLACEHOLDERS = ("local", "customer.domain", "customer.default_domain")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_NOWHERE = "00000000-0000-0000-0000-000000000000"
_SAMPLE = "customer.example"


def declare_people(
    given: t.Any, credentials_file: bool = True, change_reference: str | None = None
) -> tuple[People | None, list[UserDeclaration], list[Problem]]:
    """Validate the option.

    :param given: as it was written; groups of the inventory have become ids by now.
    :param credentials_file: whether generated passwords have somewhere to go.
    :param change_reference: that of the task.
    :returns: the declaration, None if it is not to be used; its rows at a customer that is made up; every problem.
    """
    if not isinstance(given, dict):
        return None, [], [Problem.about("people", "must be a dictionary.", "not_a_dictionary")]
    found: list[Problem] = option_text_problems({"people": given}, SPEC, KINDS)
    found += _strange("people", given, PEOPLE_SPEC, "people")
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name.strip()):
        said = "must be the name of the declaration: letters, digits, spaces, dots, hyphens, underscores."
        found.append(Problem.about("people.name", said, "name_missing"))
    record = given.get("record_file")
    if not isinstance(record, str) or not record.strip():
        said = "must name the file that records the users of this declaration."
        found.append(Problem.about("people.record_file", said, "option_missing"))
    defaults = _defaults(given.get("defaults"), found)
    people = _people(given.get("people"), found)
    every, customers = _customers(given.get("customers"), found)
    exemptions = _exemptions(given.get("except"), dict(people), found)
    adopt = _adopt(given.get("adopt"), dict(people), found)
    most = _max_renames(given, found)
    made = People(
        name=str(name).strip(),
        record_file=str(record),
        people=tuple(people),
        defaults=defaults,
        every_customer=every,
        customers=customers,
        exemptions=tuple(exemptions),
        adopt=tuple(adopt),
        credentials_file=credentials_file,
        max_renames=most,
        change_reference=change_reference,
    )
    rows: list[UserDeclaration] = []
    if not found:
        rows, found = _sample(made)
    return (None if found else made), rows, found


def people_problems(given: t.Any) -> list[Problem]:
    """What is wrong with the option in a file, where groups of the inventory are still groups."""
    customers = given.get("customers") if isinstance(given, dict) else None
    groups = customers.get("groups") if isinstance(customers, dict) else None
    if isinstance(customers, dict) and isinstance(groups, list) and groups:
        rest = {name: value for name, value in customers.items() if name != "groups"}
        given = {**given, "customers": {**rest, "ids": [*(customers.get("ids") or []), _NOWHERE]}}
    return declare_people(given)[2]


def _strange(place: str, given: Values, known: t.Collection[str], what: str) -> list[Problem]:
    return [
        Problem(
            f"{place}: {shown(str(name))} is not an option of {what}{hint(str(name), list(known), FOREIGN)}.",
            "unknown_option",
        )
        for name in given
        if name not in known
    ]


def _items(option: str, value: t.Any, found: list[Problem], *, needed: bool = False) -> list[t.Any]:
    if value is None and not needed:
        return []
    if not isinstance(value, list):
        found.append(Problem.about(option, "must be a list.", "not_a_list"))
        return []
    if needed and not value:
        # Everybody would be taken out of the list, and deleted.
        found.append(Problem.about(option, "is empty; a declaration without people would delete all of them.", "empty"))
    return value


def _text(place: str, value: t.Any, found: list[Problem]) -> str:
    """A text that must be there. What is none was said by ``option_text_problems``."""
    if value is None or (isinstance(value, str) and not value.strip()):
        found.append(Problem.about(place, "is missing.", "option_missing"))
    return value.strip() if isinstance(value, str) else ""


def _defaults(value: t.Any, found: list[Problem]) -> Values:
    if value is None:
        return {}
    if not isinstance(value, dict):
        found.append(Problem.about("people.defaults", "must be a dictionary.", "not_a_dictionary"))
        return {}
    found += _strange("people.defaults", value, PERSON_SPEC, "a person")
    return value


def _people(value: t.Any, found: list[Problem]) -> list[tuple[str, Values]]:
    people: dict[str, Values] = {}
    for number, written in enumerate(_items("people.people", value, found, needed=True)):
        place = f"people.people[{number}]"
        if not isinstance(written, dict):
            found.append(Problem.about(place, "must be a dictionary with local.", "not_a_dictionary"))
            continue
        found += _strange(place, written, {"local", "source", *PERSON_SPEC}, "a person")
        local = _text(f"{place}.local", written.get("local"), found)
        key = person_key(local)
        if key and key in people:
            found.append(Problem.about(f"{place}.local", f"{shown(local)} is declared twice.", "declared_twice"))
        if key:
            people.setdefault(key, written)
    return list(people.items())


def _customers(value: t.Any, found: list[Problem]) -> tuple[bool, tuple[str, ...]]:
    option = "people.customers"
    if not isinstance(value, dict):
        said = "must be a dictionary with all: true, or with ids, domains or groups."
        found.append(Problem.about(option, said, "customer_missing"))
        return False, ()
    found += _strange(option, value, ("all", "ids", "domains", "groups"), "people.customers")
    every = value.get("all")
    if every not in (None, True, False):
        found.append(Problem.about(f"{option}.all", "must be true or false.", "not_a_choice"))
    if value.get("groups") is not None:
        said = "is resolved on the control node, so it needs the action plugin."
        found.append(Problem.about(f"{option}.groups", said, "contradiction"))
    named: list[str] = []
    for kind in ("ids", "domains"):
        for number, item in enumerate(_items(f"{option}.{kind}", value.get(kind), found)):
            place = f"{option}.{kind}[{number}]"
            text = _text(place, item, found)
            if text:
                problems = customer_problems(*((text, None) if kind == "ids" else (None, text)))
                found += [placed(f"{place}: ", problem) for problem in problems]
                named.append(customer_key(text))
    if every is True and named:
        found.append(
            Problem(f"{option}: all and ids or domains are mutually exclusive.", "contradiction", option=option)
        )
    elif every is not True and not named and value.get("groups") is None:
        said = "names no customer; a group without hosts has none."
        found.append(Problem.about(option, said, "customer_missing"))
    return every is True, tuple(dict.fromkeys(named))


def _pair(place: str, given: Values, people: t.Mapping[str, Values], found: list[Problem]) -> tuple[str, str | None]:
    """The customer and the person that an exception or an adoption is about."""
    named = _text(f"{place}.customer", given.get("customer"), found)
    if named:
        problems = customer_problems(*((named, None) if is_guid(named) else (None, named)))
        found += [placed(f"{place}.customer: ", problem) for problem in problems]
    if "person" not in given:
        return customer_key(named), None
    return customer_key(named), _known(f"{place}.person", given["person"], people, found)


def _max_renames(given: Values, found: list[Problem]) -> int:
    value = given.get("max_renames", MAX_RENAMES)
    text = "" if isinstance(value, bool) else str(value)
    if text.isdecimal():
        return int(text)
    found.append(Problem.about("people.max_renames", "must be a number, 0 or more.", "out_of_range"))
    return 0


def _known(place: str, local: t.Any, people: t.Mapping[str, Values], found: list[Problem]) -> str:
    text = _text(place, local, found)
    if text and person_key(text) not in people:
        near = nearest(text, [str(each.get("local")) for each in people.values()])
        said = f"{shown(text)} is not one of the people{near}."
        found.append(Problem.about(place, said, "unknown_person"))
    return person_key(text)


def _exemptions(value: t.Any, people: t.Mapping[str, Values], found: list[Problem]) -> list[Exemption]:
    made: dict[tuple[str, str | None], Exemption] = {}
    for number, written in enumerate(_items("people.except", value, found)):
        place = f"people.except[{number}]"
        if not isinstance(written, dict):
            found.append(Problem.about(place, "must be a dictionary with customer.", "not_a_dictionary"))
            continue
        own = ("customer", "person", "leave_out")
        found += _strange(place, written, {*own, *PERSON_SPEC}, "an exception")
        customer, person = _pair(place, written, people, found)
        values = {name: each for name, each in written.items() if name not in own}
        leave_out = written.get("leave_out")
        if leave_out not in (None, True, False):
            found.append(Problem.about(f"{place}.leave_out", "must be true or false.", "not_a_choice"))
        if bool(leave_out) == bool(values):
            said = "must have either leave_out: true or other options."
            found.append(Problem.about(place, said, "contradiction"))
        if customer and (customer, person) in made:
            said = "is about the same customer and person as an earlier exception."
            found.append(Problem.about(place, said, "declared_twice"))
        made[customer, person] = Exemption(customer, person, bool(leave_out), values)
    return list(made.values())


def _adopt(value: t.Any, people: t.Mapping[str, Values], found: list[Problem]) -> list[tuple[str, str | None]]:
    made: list[tuple[str, str | None]] = []
    for number, item in enumerate(_items("people.adopt", value, found)):
        place = f"people.adopt[{number}]"
        if not isinstance(item, (str, dict)):
            said = "must be local of a person, or a dictionary with person and customer."
            found.append(Problem.about(place, said, "not_a_text"))
        elif isinstance(item, dict):
            found += _strange(place, item, ("person", "customer"), "an adoption")
            found += _adopted_texts(item, place)
            customer, person = _pair(place, {"person": None, **item}, people, found)
            made.append((str(person), customer))
        else:
            made.append((_known(place, item, people, found), None))
    return made


def _adopted_texts(item: Values, place: str) -> list[Problem]:
    """What is wrong with the texts of an adoption, which the argument spec leaves open."""
    spec = {name: {"type": "str"} for name in ("person", "customer")}
    return option_text_problems(item, spec, KINDS, f"{place}.")


def _sample(people: People) -> tuple[list[UserDeclaration], list[Problem]]:
    """The rows at a customer that is made up, and what is wrong with them, each said once, with its place."""
    rows: list[UserDeclaration] = []
    found: dict[str, Problem] = {}
    for number, exemption in enumerate((None, *people.exemptions)):
        raw: list[dict[str, t.Any]] = []
        places: list[str] = []
        for position, (person, written) in enumerate(people.people):
            if exemption and (exemption.leave_out or exemption.person not in (None, person)):
                continue
            values = people.values(person, written, [exemption] if exemption else []) or {}
            here = f"people.people[{position}] ({written['local']})"
            places.append(f"people.except[{number - 1}], {here}" if exemption else here)
            problem = _template_problem(values.get("user_principal_name")) or _state_problem(values)
            if problem:
                found.setdefault(problem, placed(f"{places[-1]}: ", problem))
            domains = {"domain": _SAMPLE, "default_domain": _SAMPLE}
            raw.append(as_row(str(written["local"]).strip(), values, **domains))
        if found:
            break
        # What is common to all may well say purge_licenses for those that declare licenses.
        sample = people.rows(_NOWHERE, raw)
        rows += sample.rows
        for problem in (placed("", each) for each in sample.problems):
            place = places[problem.row] if problem.row is not None else "people"
            found.setdefault(problem.sentence, problem.moved(f"{place}: "))
        if found:
            break
    return rows, list(found.values())


def _template_problem(template: t.Any) -> Problem | None:
    option = "user_principal_name"
    if template is None:
        said = "is missing; set a template for all in defaults, such as '{local}@{customer.default_domain}'."
        return Problem.about(option, said, "name_missing")
    if not isinstance(template, str):
        return Problem.about(option, "must be a string.", "not_a_text")
    rest = without_placeholders(template)
    strange = sorted(placeholders(template) - set(PLACEHOLDERS)) or (["{", "}"] if "{" in rest or "}" in rest else [])
    if strange:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        said = f"{shown(template)} has {', '.join(map(shown, strange))} in braces; known are {known}."
        return Problem.about(option, said, "unknown_placeholder")
    return None


def _state_problem(values: Values) -> Problem | None:
    if values.get("state", "present") in ("present", "absent"):
        return None
    said = f"{shown(str(values['state']))} is not present or absent; for deleted users, set on_deleted."
    return Problem.about("state", said, "not_a_choice")
