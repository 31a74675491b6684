# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A folder with one declaration per customer: which files, which lines, and every problem with its place."""

from __future__ import annotations

import datetime
import os
import typing as t

import yaml

from ...module_utils._common.identifiers import domain_key
from ...module_utils._common.problem import Problem, placed
from ...module_utils._partner_center.declare.customers import declare_customers
from ...module_utils._partner_center.declare.people_options import people_problems
from ...module_utils._partner_center.model.attributes import ATTRIBUTES
from .yaml_bounds import too_large

try:
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

SUFFIXES = (".yml", ".yaml")

# What a declaration does not say itself and the task adds; with these, the module's own validation has nothing to say
# about the task.
_TASK = {"credentials_file": True, "undo_file": "given", "max_delete": 0, "max_delete_percentage": 0}
# What a record has of a user, and what somebody may have to add to it for a user that a directory on the premises
# manages.
_RECORDED = frozenset({"user_id", "state", "licenses", "roles", "source", "allow_synced", *ATTRIBUTES})
# What a record has as lists; a dictionary could take away.
_HELD = ("licenses", "roles")


def declaration_files(directory: str) -> list[str]:
    """The YAML files in the folder and below it, sorted. What begins with a dot does not count, nor does its
    content."""
    found = []
    for place, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if not name.startswith(".")]
        found += [os.path.join(place, name) for name in files if name.endswith(SUFFIXES) and not name.startswith(".")]
    return sorted(found, key=lambda path: os.path.relpath(path, directory).split(os.sep))


def shown_name(path: str, directory: str) -> str:
    """A file in a message and in a result: the same on every machine."""
    return "/".join([os.path.basename(os.path.abspath(directory)), *os.path.relpath(path, directory).split(os.sep)])


class Text:
    """The text of one file: its lines, and what is wrong with it as YAML. Values are read elsewhere."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.text = ""
        self.problems: list[str] = []
        self.rows: list[int] = []
        """The lines on which the elements of ``users`` begin."""
        try:
            self.text = data.decode("utf-8-sig")
            reason = too_large(self.text)
            if reason:
                self.problems.append(Problem(f"{name}: {reason}.", "not_yaml"))
                return
            node = yaml.compose(self.text, Loader=_Loader)
        except UnicodeDecodeError:
            self.problems.append(Problem(f"{name}: is not UTF-8 text.", "not_utf8"))
            return
        except yaml.YAMLError as exc:
            mark = getattr(exc, "problem_mark", None)
            place = f"{name}:{mark.line + 1}" if mark else name
            why = [word for word in (getattr(exc, "context", None), getattr(exc, "problem", None)) if word]
            self.problems.append(
                Problem(f"{place}: invalid YAML: {', '.join(why) or 'a character that is not allowed'}.", "not_yaml")
            )
            return
        if node is None:
            self.problems.append(Problem(f"{name}: is empty.", "file_empty"))
        elif not isinstance(node, yaml.MappingNode):
            self.problems.append(
                Problem(
                    f"{name}:{node.start_mark.line + 1}: must be a dictionary with customer_id or customer_domain, and "
                    "users.",
                    "not_a_dictionary",
                )
            )
        else:
            self._twice(node, set())
            lists = [
                value for key, value in node.value if key.value == "users" and isinstance(value, yaml.SequenceNode)
            ]
            self.rows = [item.start_mark.line + 1 for value in lists for item in value.value]

    def _twice(self, node: yaml.Node, seen: set[int]) -> None:
        """The last of two equal keys would win, and the first would be lost without a word."""
        if id(node) in seen:
            return
        seen.add(id(node))
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in keys:
                        self.problems.append(
                            Problem(
                                f"{self.name}:{key.start_mark.line + 1}: {key.value!r} is given twice.", "named_twice"
                            )
                        )
                    keys.add(key.value)
                children.append(value)
        elif isinstance(node, yaml.SequenceNode):
            children = list(node.value)
        for child in children:
            self._twice(child, seen)

    def line(self, row: int) -> str:
        """The place of an element of ``users``."""
        return f"{self.name}:{self.rows[row]}" if row < len(self.rows) else f"{self.name}: users[{row}]"


def plain(value: t.Any) -> t.Any:
    """The value without whatever a version of ansible-core adds to it; what was encrypted is decrypted."""
    if isinstance(value, t.Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, datetime.date, datetime.time)):
        return value  # what is no text where one is meant is refused, which needs its kind
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    return str(value)


def with_sources(declaration: dict[str, t.Any], text: Text) -> dict[str, t.Any]:
    """The declaration with ``source`` in each row that has none."""
    users = declaration.get("users")
    if not isinstance(users, list):
        return declaration
    rows = [
        {**row, "source": row.get("source") or text.line(index)} if isinstance(row, dict) else row
        for index, row in enumerate(users)
    ]
    return {**declaration, "users": rows}


def beside_its_file(declaration: dict[str, t.Any], path: str) -> dict[str, t.Any]:
    """The declaration with the record of people where the file says it: a relative path begins at the file's folder,
    so that it is the same one whatever reads the file."""
    people = declaration.get("people")
    record = people.get("record_file") if isinstance(people, dict) else None
    if not isinstance(people, dict) or not isinstance(record, str) or not record.strip():
        return declaration
    place = os.path.join(os.path.dirname(os.path.abspath(path)), os.path.expanduser(record))
    return {**declaration, "people": {**people, "record_file": place}}


def problems_of(declaration: dict[str, t.Any], text: Text) -> list[Problem]:
    """What the module would refuse, said with file and line in the place of numbers."""
    if "people" in declaration:
        other = sorted(set(declaration) - {"people"})
        strange = [Problem(f"{name!r} is not for a declaration of people.", "unknown_option") for name in other]
        return [problem.at(f"{text.name}: ") for problem in [*strange, *people_problems(declaration["people"])]]
    found = declare_customers({"customers": [declaration]}, _TASK).problems
    return [_placed(placed("", problem), text) for problem in found]


def not_restored(declaration: t.Mapping[str, t.Any], text: Text) -> list[str]:
    """What is in a file that is no record of deleted users: whatever would do something else than bring them back with
    what they had."""
    other = sorted(set(declaration) - {"customer_id", "customer_domain", "users"})
    problems: list[str] = [
        Problem(f"{text.name}: {name!r} is not for a record; it has the customer and users.", "wrong_file_kind")
        for name in other
    ]
    users = declaration.get("users")
    for index, row in enumerate(users if isinstance(users, list) else []):
        if not isinstance(row, dict):
            continue  # said elsewhere
        if row.get("state") != "restored":
            problems.append(
                Problem(
                    f"{text.line(index)}: is not a row of a record: state is {row.get('state', 'present')}, not "
                    "restored.",
                    "wrong_file_kind",
                )
            )
        more = sorted(set(row) - _RECORDED)
        more += [f"{name} that is not a list" for name in _HELD if not isinstance(row.get(name, []), list)]
        if more:
            problems.append(
                Problem(f"{text.line(index)}: is not a row of a record: it has {', '.join(more)}.", "wrong_file_kind")
            )
    return problems


def _placed(problem: Problem, text: Text) -> Problem:
    """A problem with its file and line in the place of numbers."""
    if problem.row is not None:
        place = text.line(problem.row)
        source = f" ({problem.source})" if problem.source not in (None, place) else ""
        return problem.moved(f"{place}{source}{f' {problem.who}' if problem.who else ''}: ")
    if problem.customer is not None:
        return problem.moved(f"{text.name}: ")
    return problem  # about several rows, each with its source


def declared_twice(declarations: t.Iterable[tuple[str, dict[str, t.Any]]]) -> list[str]:
    """Customers that are declared in several files."""
    first: dict[str, str] = {}
    problems: list[str] = []
    for name, declaration in declarations:
        customer = domain_key(str(declaration.get("customer_id") or declaration.get("customer_domain") or ""))
        if customer and customer in first:
            problems.append(
                Problem(
                    f"{name}: the customer {customer} is declared in {first[customer]} too; put its users into one "
                    "file.",
                    "declared_twice",
                )
            )
        first.setdefault(customer, name)
    return problems


def merged(declarations: t.Iterable[tuple[str, dict[str, t.Any]]]) -> list[tuple[str, dict[str, t.Any]]]:
    """The declarations with one for each customer, where files hold nothing else than the customer and users."""
    first: dict[str, dict[str, t.Any]] = {}
    result = []
    for name, declaration in declarations:
        customer = domain_key(str(declaration.get("customer_id") or declaration.get("customer_domain") or ""))
        simple = set(declaration) - {"customer_id", "customer_domain"} == {"users"}
        if simple and customer in first:
            first[customer]["users"] += declaration["users"]
            continue
        if simple:
            declaration = {**declaration, "users": list(declaration["users"])}
            first.setdefault(customer, declaration)
        result.append((name, declaration))
    return result
