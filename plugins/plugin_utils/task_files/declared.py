# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a task says with files in the place of rows: read on the controller, and handed to the module as rows with their
sources."""

from __future__ import annotations

import os
import typing as t

from ...module_utils._common.errors import CollectionError, OptionError
from ...module_utils._common.identifiers import domain_key
from ...module_utils._common.problem import Problem
from ...module_utils._common.text import shown

OPTIONS = ("declarations", "records", "portal_csv")
AMONG = "is in {folder}, and its records would be declarations. Specify another folder."
_ROWS = ("users", "customers", "people")
_CUSTOMER = ("customer_id", "customer_domain")
CSV = ".csv"


class Unreadable(Exception):
    """Files that cannot be used; the text says all that is wrong with them."""


class Read(t.Protocol):
    """Reads files with a lookup of this collection."""

    def __call__(self, lookup: str, terms: t.Sequence[str], **options: t.Any) -> list[dict[str, t.Any]]:
        """What is in the files. :raises Unreadable:"""


def with_declarations(args: t.Mapping[str, t.Any], read: Read) -> dict[str, t.Any]:
    """The options of ``customer_users`` with rows in the place of files.

    :param args: as the task gives them.
    :raises CollectionError: with everything that is wrong with the options and in the files; nothing was sent.
    """
    if all(args.get(name) is None for name in OPTIONS):
        return dict(args)
    wrong: list[str] = []
    terms = {name: _paths(name, args.get(name), wrong) for name in ("declarations", "records")}
    given = [name for name in _ROWS if args.get(name) is not None]
    if given:
        said = f"declarations, records and {' and '.join(given)} are mutually exclusive. Specify the users once."
        wrong.append(Problem(said, "contradiction"))
    options = args.get("portal_csv")
    if options is not None and not isinstance(options, t.Mapping):
        wrong.append(
            Problem.about("portal_csv", "must be a dictionary with options of the lookup.", "not_a_dictionary")
        )
    tables = [path for path in terms["declarations"] if path.lower().endswith(CSV)]
    files = [path for path in terms["declarations"] if path not in tables]
    if options is not None and not tables:
        wrong.append(
            Problem.about("portal_csv", "is for declarations that end in .csv; there is none.", "contradiction")
        )
    customer = {name: str(args[name]) for name in _CUSTOMER if args.get(name) is not None}
    if tables and len(customer) != 1:
        said = "A CSV file has no customer: set customer_id or customer_domain."
        wrong.append(Problem(said, "customer_missing"))
    if wrong:
        raise OptionError(wrong)
    blocks: list[dict[str, t.Any]] = []
    unreadable: list[str] = []
    for lookup, paths, more in (
        ("declarations", files, {}),
        ("declarations", terms["records"], {"merge": True, "records": True}),
        ("portal_csv", tables, dict(options or {})),
    ):
        if not paths:
            continue
        try:
            found = read(lookup, paths, **more)
        except Unreadable as exc:
            unreadable.append(str(exc))
            continue
        blocks += [{**customer, "users": found}] if lookup == "portal_csv" else found
    if unreadable:
        text = "\n".join(unreadable)
        raise CollectionError(text, reason="invalid_declarations", problems=text.splitlines())
    people = [block["people"] for block in blocks if "people" in block]
    blocks = [block for block in blocks if "people" not in block]
    if len(people) > 1:
        names = ", ".join(shown(str(each.get("name"))) for each in people)
        said = (
            f"The files hold {len(people)} declarations of people ({names}); a task accepts one. Use a task for each."
        )
        raise OptionError([Problem(said, "contradiction", option="declarations")])
    if people and customer:
        said = "The files declare people for many customers, but the task sets one customer. Leave out the customer."
        raise OptionError([Problem(said, "contradiction", option="declarations")])
    strangers = [] if tables and not files else [block for block in blocks if not _is_about(block, customer)]
    if strangers:
        raise OptionError([_stranger(block, customer, terms) for block in strangers])
    rest = {name: value for name, value in args.items() if name not in (*OPTIONS, *_CUSTOMER)}
    return {
        **rest,
        **({"people": people[0]} if people else {}),
        **({"customers": blocks} if blocks or not people else {}),
    }


def refuse_records_among(args: t.Mapping[str, t.Any], directory: str) -> None:
    """Keep records of deleted users out of a folder of declarations, where the next run would bring these users back.

    :param directory: where relative paths start.
    :raises OptionError: nothing was sent.
    """
    records, declarations = args.get("record_directory"), args.get("declarations")
    if not isinstance(records, str) or not records.strip():
        return
    for path in declarations if isinstance(declarations, (list, tuple)) else [declarations]:
        if isinstance(path, str) and path.strip():
            place, folder = (os.path.join(directory, os.path.expanduser(each)) for each in (records, path))
            if records_among(place, folder):
                said = f"{shown(records)} {AMONG.format(folder=shown(path))}"
                raise OptionError([Problem.about("record_directory", said, "contradiction")])


def records_among(place: str, declarations: str) -> bool:
    """Whether records of deleted users in a folder would be read as declarations, which brings these users back.

    :param place: the folder of the records, which need not be there yet.
    :param declarations: a file or folder of declarations; only of a folder all files are read.
    """
    place, folder = os.path.realpath(place), os.path.realpath(declarations)
    return os.path.isdir(folder) and os.path.commonpath([place, folder]) == folder


def _paths(name: str, value: t.Any, wrong: list[str]) -> list[str]:
    """The elements of a list of paths; what is none is added to the problems."""
    if value is None:
        return []
    items = value if isinstance(value, (list, tuple)) else [value]
    if not items:
        wrong.append(Problem.about(name, "is empty. Leave it out, or specify files.", "empty"))
    for number, item in enumerate(items):
        if not isinstance(item, str) or not item.strip():
            said = "must be the name of a file or of a folder."
            wrong.append(Problem.about(f"{name}[{number}]", said, "not_a_text"))
    return [str(item) for item in items if isinstance(item, str) and item.strip()]


def _is_about(block: t.Mapping[str, t.Any], customer: t.Mapping[str, str]) -> bool:
    """Whether a declaration is about the customer of the task; where it cannot be told, it is not."""
    said = [name for name in _CUSTOMER if block.get(name) is not None]
    return not customer or all(
        name in customer and domain_key(str(block[name])) == domain_key(customer[name]) for name in said
    )


def _stranger(
    block: t.Mapping[str, t.Any], customer: t.Mapping[str, str], terms: t.Mapping[str, t.Sequence[str]]
) -> Problem:
    named = block.get("customer_id") or block.get("customer_domain")
    files = ", ".join([*terms["declarations"], *terms["records"]])
    return Problem(
        f"{files} declares the customer {shown(str(named))}, and not {' or '.join(customer.values())}.",
        "another_customer",
        option="declarations",
    )
