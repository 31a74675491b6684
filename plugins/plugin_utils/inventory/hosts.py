# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which customers become hosts, and what the hosts are called. Pure: no I/O, no Ansible.

A customer chooses the name of its company itself, so nothing of it gets into the name of a host but letters, digits and
hyphens, and no customer can take the name of another one.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...module_utils._common.identifiers import domain_key, guid_key, is_guid
from ...module_utils._common.text import nfc, shown
from ...module_utils._partner_center.declare import patterns as guards
from ...module_utils._partner_center.model.users import Customer

GROUP = "customers"
HOSTNAMES = ("domain", "id", "name")

_RESERVED = frozenset({"all", "ungrouped", "localhost", GROUP})
"""Names that mean something else in Ansible, and the group of all customers."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.(?=[a-z0-9-]*[a-z]){_LABEL}")
_LONGEST_NAME = 63


@dataclass(frozen=True)
class Selection:
    """What a customer must be to become a host. An empty tuple demands nothing; patterns are globs and compare without
    case."""

    customer_ids: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()
    exclude_customer_ids: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    exclude_names: tuple[str, ...] = ()
    exclude_relationships: tuple[str, ...] = ()

    def takes(self, customer: Customer) -> bool:
        """Whether every filter that is given lets the customer through, and no exclusion names it or cannot tell."""
        if self == EVERYBODY:
            return True
        for value, wanted, unwanted in self._tests(customer):
            if wanted and not _matches(value or "", wanted):
                return False
            if unwanted and (value is None or _matches(value, unwanted)):
                return False
        return True

    def doubtful(self, customer: Customer) -> list[str]:
        """The exclusions that leave a customer out only because the service does not say what they are about."""
        if self == EVERYBODY:
            return []
        kinds = ("customer_ids", "domains", "names", "relationships")
        tests = tuple(zip(kinds, self._tests(customer)))
        if any(value is not None and _matches(value, unwanted) for _kind, (value, _wanted, unwanted) in tests):
            return []
        return [f"exclude_{kind}" for kind, (value, _wanted, unwanted) in tests if unwanted and value is None]

    def missing(self, customers: t.Iterable[Customer]) -> list[str]:
        """The ids among those to include that no customer has."""
        known = {customer.id for customer in customers}
        return [wanted for wanted in self.customer_ids if wanted not in known]

    def unmatched(self, customers: t.Sequence[Customer]) -> list[tuple[str, str]]:
        """The patterns that match no customer, each with its option; those of ``customer_ids`` are in
        :meth:`missing`."""
        found = []
        kinds = ("customer_ids", "domains", "names", "relationships")
        for column, kind in enumerate(kinds):
            values = [
                value for value in (self._tests(customer)[column][0] for customer in customers) if value is not None
            ]
            for name in (kind, f"exclude_{kind}"):
                patterns = () if name == "customer_ids" else getattr(self, name)
                found += [
                    (name, pattern) for pattern in patterns if not any(_matches(value, [pattern]) for value in values)
                ]
        return found

    def _tests(self, customer: Customer) -> tuple[tuple[str | None, tuple[str, ...], tuple[str, ...]], ...]:
        """Ids, domains, names and relationships: what the customer has, what is wanted, what is not."""
        return (
            (customer.id, self.customer_ids, self.exclude_customer_ids),
            (domain_key(customer.domain) if customer.domain else None, self.domains, self.exclude_domains),
            (customer.name or None, self.names, self.exclude_names),
            (customer.relationship or None, self.relationships, self.exclude_relationships),
        )


EVERYBODY = Selection()
FILTERS = tuple(Selection.__dataclass_fields__)
_READERS: dict[str, t.Callable[[str, t.Any, list[str]], tuple[str, ...]]] = {
    "customer_ids": guards.words,
    "domains": guards.domain_patterns,
    "names": guards.free_patterns,
    "relationships": guards.words,
}


def selection(written: t.Mapping[str, t.Any]) -> tuple[Selection, list[str]]:
    """The filters of the options, and what is wrong with them.

    A filter that a template left empty must not select everybody, and one that was mistyped must exclude somebody:
    plays over these hosts delete users.

    :param written: the filters that are given, as they were written.
    """
    problems: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    for name in FILTERS:
        if name in written:
            found: list[str] = []
            values[name] = _READERS[name.removeprefix("exclude_")](name, written[name], found)
            if name.endswith("customer_ids") and not found:
                found += [f"{name}: {shown(item)} is not a GUID." for item in values[name] if not is_guid(item)]
                values[name] = tuple(map(guid_key, values[name]))
            problems += found
    return Selection(**values), problems


def preference(value: t.Any) -> tuple[tuple[str, ...], list[str]]:
    """The option hostnames, and what is wrong with it."""
    if (
        not isinstance(value, (list, tuple))
        or not value
        or not all(item in HOSTNAMES for item in value)
        or len(set(value)) != len(value)
    ):
        return HOSTNAMES[:2], [f"hostnames must be a list of some of {', '.join(HOSTNAMES)}, each once."]
    return tuple(value), []


def host_names(customers: t.Iterable[Customer], preferred: t.Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Names of hosts by customer id, and a sentence for each name that no customer got because several have it.

    The names do not depend on the order in which the service lists its customers, nor on what is filtered. A candidate
    is used only if no other customer could claim it; the id is what is always left.
    """
    kinds = [*preferred, "id"]
    candidates: dict[str, list[str]] = {}
    for customer in customers:
        candidates[customer.id] = [name for name in (_candidate(customer, kind) for kind in kinds) if name]
    claims: dict[str, set[str]] = {}
    for customer_id, names in candidates.items():
        for name in names:
            claims.setdefault(name, set()).add(customer_id)
    chosen: dict[str, str] = {}
    for customer_id, names in candidates.items():
        chosen[customer_id] = next(
            name for name in names if name == customer_id or (len(claims[name]) == 1 and name not in candidates)
        )
    collisions = [
        f"{len(owners)} customers match the host name {name}, so none of them uses it: "
        f"{', '.join(f'{chosen[owner]} ({owner})' for owner in sorted(owners))}."
        for name, owners in sorted(claims.items())
        if len(owners) > 1
    ]
    return chosen, collisions


def _candidate(customer: Customer, kind: str) -> str | None:
    """A text that is safe as the name of a host, in ``--limit`` and in the name of a file; None if there is none of
    this kind."""
    if kind == "id":
        return customer.id
    if kind == "domain":
        domain = (customer.domain or "").strip().lower()
        return domain if _DOMAIN.fullmatch(domain) else None
    name = re.sub(r"[^a-z0-9]+", "-", nfc(customer.name or "").lower())[:_LONGEST_NAME].strip("-")
    return name if name and name not in _RESERVED else None


def _matches(value: str, patterns: t.Iterable[str]) -> bool:
    text = nfc(value).lower()
    return any(fnmatchcase(text, nfc(pattern).lower()) for pattern in patterns)
