# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Many users of one customer or of many customers: what was declared, row by row, with every problem of every row at
once.

The rows are validated from what was written and not from what the argument spec made of it, because a problem has to
name its row, and the argument spec stops at the first one without saying where.
"""

from __future__ import annotations

import typing as t
from types import MappingProxyType

from ..._common.change_reference import reference_problems, task_reference
from ..._common.foreign_names import hint
from ..._common.identifiers import domain_key
from ..._common.plausible import option_text_problems, text_problems
from ..._common.problem import Problem, placed
from ..._common.row_options import coerce, common_values, label
from ..._common.text import shown
from .customer import CUSTOMER_SPEC, customer_problems
from .declared import CustomerDeclaration, DeclaredCustomers
from .foreign_names import FOREIGN
from .purge import purge_policy
from .user import KINDS, USER_SPEC, UserDeclaration, declare_user, purge_problems

ROW_SPEC: dict[str, dict[str, t.Any]] = {**USER_SPEC, "source": {"type": "str"}}
"""The options of a row: those of ``customer_user``, and where the row came from."""

_BLOCK_SPEC: dict[str, dict[str, t.Any]] = {
    **CUSTOMER_SPEC,
    "purge_scope": {
        "type": "dict",
        "options": {name: {"type": "list", "elements": "str"} for name in ("domains", "user_principal_names")},
    },
    "purge_protected": {"type": "list", "elements": "str"},
}
"""Options of a customer with texts in them that are no rows."""

NOT_IN_DEFAULTS = frozenset({"user_id", "user_principal_name", "previous_user_principal_name", "password", "source"})
"""What cannot be the same for several users; a common password least of all."""


def declare_customers(
    given: t.Mapping[str, t.Any],
    params: t.Mapping[str, t.Any],
    beside: t.Sequence[UserDeclaration] = (),
    written: t.Mapping[str, str | None] = MappingProxyType({}),
) -> DeclaredCustomers:
    """Validate everything.

    :param given: the options as they were written.
    :param params: the options after the argument spec, for those that are not rows.
    :param beside: rows that the task declares besides, for what is asked of all rows together.
    :param written: what else it writes, by its name, with its reference.
    """
    declared = DeclaredCustomers()
    declared.change_reference = task_reference(given, declared.problems)
    if given.get("customers") is not None:
        both = [name for name in ("customer_id", "customer_domain", "users") if given.get(name) is not None]
        if both:
            declared.problems.append(
                Problem(
                    f"customers and {' and '.join(both)} are mutually exclusive. Specify each customer in customers.",
                    "contradiction",
                    option="customers",
                )
            )
        blocks = given["customers"]
    else:
        blocks = [{name: given[name] for name in ("customer_id", "customer_domain", "users") if name in given}]
    if not isinstance(blocks, list):
        declared.problems.append(Problem("customers must be a list.", "not_a_list", option="customers"))
        return declared
    seen: dict[str, str] = {}
    index = 0
    for number, block in enumerate(blocks):
        where = f"customers[{number}]" if given.get("customers") is not None else ""
        index = _declare_customer(declared, block, given, params, number if where else None, index, seen)
    purges = {f"the purge of {each.name}": declared.change_reference for each in declared.customers if each.purge}
    declared.problems += reference_problems(given, [*beside, *declared.rows], {**written, **purges})
    return declared


def _declare_customer(
    declared: DeclaredCustomers,
    block: t.Any,
    given: t.Mapping[str, t.Any],
    params: t.Mapping[str, t.Any],
    number: int | None,
    index: int,
    seen: dict[str, str],
) -> int:
    """:param number: which of ``customers``; None if the task is about one."""
    where = "" if number is None else f"customers[{number}]"

    def say(*problems: str) -> None:
        prefix = f"{where}: " if where else ""
        declared.problems.extend(placed(prefix, problem, customer=number) for problem in problems)

    if not isinstance(block, dict):
        said = "must be a dictionary with customer_id or customer_domain, and users."
        say(Problem(said, "not_a_dictionary"))
        return index
    known = ("customer_id", "customer_domain", "users", "defaults", "purge", "purge_scope", "purge_protected")
    strange = [name for name in block if name not in known]
    for name in strange:
        meant = hint(str(name), known, FOREIGN)
        say(Problem(f"{shown(str(name))} is not an option of a customer{meant}.", "unknown_option"))
    wrong = option_text_problems(block, _BLOCK_SPEC, KINDS)
    texts = {name: _text(block.get(name)) for name in ("customer_id", "customer_domain")}
    say(*(wrong or customer_problems(*texts.values())))
    name = domain_key(texts["customer_id"] or texts["customer_domain"] or "")
    if name and name in seen:
        said = f"the customer {name} is declared in {seen[name]} too; put its users together."
        say(Problem(said, "declared_twice"))
    seen.setdefault(name, where or "the options")

    own: list[str] = []
    task = {"change_reference": declared.change_reference} if declared.change_reference else {}
    defaults = {**task, **_common(given, declared.problems), **_common(block, own)}
    say(*own)
    policy, purge_found = purge_policy({**params, **_as_written(given)}, block)
    if policy:
        purge_found = _nulls_of_purge(given, block)
        policy = None if purge_found else policy
    users = block.get("users")
    if users is None:
        users = []
        if not policy and not purge_found:
            say(Problem("users is missing.", "users_missing"))
    if not isinstance(users, list):
        say(Problem.about("users", "must be a list.", "not_a_list"))
        users = []
    rows = []
    for position, raw in enumerate(users):
        place = f"{where}.users[{position}]" if where else f"users[{position}]"
        row, problems = _declare_row(raw, defaults, bool(params.get("credentials_file")), index, place)
        declared.problems += [problem.at("", customer=number, row=position) for problem in problems]
        rows.append(row)
        index += 1
    declared.problems += cross_row_problems(rows)
    say(*purge_found)
    if policy and all(row.state == "absent" for row in rows):
        said = "purge needs at least one user declared present or restored; it would delete all users in its scope."
        say(Problem(said, "purge_of_everybody", option="purge"))
    domain = texts["customer_domain"]
    declared.customers.append(
        CustomerDeclaration(
            customer_id=texts["customer_id"].strip() if texts["customer_id"] else None,
            customer_domain=domain.strip() if domain else None,
            rows=tuple(rows),
            purge=policy,
            where=where,
        )
    )
    return index


def _as_written(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Guards as they were written: the argument spec makes a list of everything, also of a text that holds one."""
    # A dictionary may be written as a text (purge_scope='{"domains": [...]}'); what Ansible has read from it is what
    # counts then.
    names = ["purge_protected"] + ["purge_scope"] * (not isinstance(given.get("purge_scope"), str))
    return {name: given[name] for name in names if given.get(name) is not None}


def _nulls_of_purge(*sources: t.Mapping[str, t.Any]) -> list[str]:
    """Guards of a purge that are null, which shows only in what was written; silently left out they would not guard."""
    names = []
    for written in sources:
        names += [name for name in ("purge_scope", "purge_protected") if written.get(name, "") is None]
        scope = written.get("purge_scope")
        names += (
            [f"purge_scope.{name}" for name, value in scope.items() if value is None] if isinstance(scope, dict) else []
        )
    way = "omit it if it is not needed (in a template: omit if x is none else x)"
    return [f"{name} is null; {way}." for name in dict.fromkeys(names)]


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def _common(given: t.Mapping[str, t.Any], problems: list[str]) -> dict[str, t.Any]:
    return common_values(given.get("defaults"), "defaults", problems, ROW_SPEC, NOT_IN_DEFAULTS, "a user", FOREIGN)


def _declare_row(
    raw: t.Any, defaults: t.Mapping[str, t.Any], credentials_file: bool, index: int, place: str
) -> tuple[UserDeclaration, list[Problem]]:
    if not isinstance(raw, dict):
        wrong = placed(f"{place}: ", Problem("must be a dictionary with the options of a user.", "not_a_dictionary"))
        return UserDeclaration("present", index=index, source=place), [wrong]
    source = str(raw["source"]) if raw.get("source") is not None else None
    merged = {**defaults, **raw}
    params, problems = coerce(merged, ROW_SPEC, "a user", FOREIGN)
    row, found = declare_user(params, credentials_file=credentials_file, raw=merged, index=index, source=source)
    who = shown(row.user_principal_name) if row.user_principal_name else ""
    where = (f"{place} ({source})" if source else place) + (f" {who}" if who else "")
    # What is common to all rows may well say purge_licenses for those that declare licences.
    own = {**merged, "purge_licenses": raw.get("purge_licenses"), "purge_roles": raw.get("purge_roles")}
    found += text_problems("source", raw.get("source"), KINDS["source"])
    return row, [
        placed(f"{where}: ", problem, source=source, who=who) for problem in problems + found + purge_problems(own)
    ]


def cross_row_problems(rows: t.Sequence[UserDeclaration]) -> list[Problem]:
    """What is wrong with the rows of one customer taken together: duplicates, and renames that depend on each other."""
    problems: list[Problem] = []
    keys: tuple[tuple[str, t.Callable[[UserDeclaration], str | None]], ...] = (
        ("name", lambda row: row.key),
        ("user_id", lambda row: row.user_id),
        ("previous name", lambda row: row.previous_key),
    )
    for what, key_of in keys:
        first: dict[str, UserDeclaration] = {}
        for row in rows:
            key = key_of(row)
            if key is None:
                continue
            if key in first:
                said = f"{label(first[key])} and {label(row)} declare the same {what}."
                problems.append(Problem(said, "declared_twice"))
            first.setdefault(key, row)
    targets = {row.key: row for row in rows if row.key}
    for row in rows:
        other = targets.get(row.previous_key) if row.previous_key else None
        if other is None or other is row:
            continue
        if other.previous_key:
            said = (
                f"{label(row)} gives up the name that {label(other)} takes: a rename chain or swap. Use two runs, "
                "with a temporary name for a swap."
            )
            problems.append(Problem(said, "contradiction"))
        else:
            said = f"{label(row)} renames a user whose old name is also declared by {label(other)}."
            problems.append(Problem(said, "contradiction"))
    return problems
