# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""People and customers become rows for the pipeline. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._common.errors import CollectionError
from ..._common.identifiers import domain_key, is_guid
from ..._common.problem import Problem
from ..._common.text import first_few
from ..declare.declared import CustomerDeclaration
from ..declare.ownership import Ownership
from ..declare.people import Exemption, People, as_row, placeholders
from ..declare.user import UserDeclaration
from ..model.users import Customer
from .made_accounts import Account, Accounts, Event

_SHARED = (".onmicrosoft.com", ".onmicrosoft.us", ".onmicrosoft.de", ".onmschina.cn")
"""What the domains end in that Microsoft gives to every customer."""

Row = dict[str, t.Any]


@dataclass(frozen=True)
class Target:
    """One customer that people are declared for.

    :param key: how it was selected.
    :param customer: what the service says about it, None if it does not know it.
    :param error: why nothing can be done for it.
    """

    key: str
    customer: Customer | None = None
    error: CollectionError | None = None

    @property
    def keys(self) -> set[str]:
        """Everything by which an exception may name it."""
        domain = self.customer.domain if self.customer else None
        return {
            self.key,
            *([str(self.customer.id)] if self.customer else []),
            *([domain_key(domain)] if domain else []),
        }


def select(people: People, listed: t.Sequence[Customer]) -> list[Target]:
    """The customers of a declaration, each once. Those without a customer are ids that were not listed, or have an
    error. All are those that are still customers: Partner Center goes on listing others, without a relationship."""
    if people.every_customer:
        return [Target(str(each.id), each) for each in listed if (each.relationship or "").lower() != "none"]
    by_id = {str(customer.id): customer for customer in listed}
    targets: dict[str, Target] = {}
    for key in people.customers:
        if is_guid(key):
            target = Target(key, by_id.get(key))
        else:
            target = _by_domain(key, [each for each in listed if each.domain and domain_key(each.domain) == key])
        targets.setdefault(str(target.customer.id) if target.customer else key, target)
    return list(targets.values())


def _by_domain(domain: str, found: t.Sequence[Customer]) -> Target:
    if len(found) == 1:
        return Target(domain, found[0])
    if found:
        listed = ", ".join(sorted(str(each.id) for each in found))
        said = f"{len(found)} customers have the domain {domain}: {listed}. Use their ids."
        return Target(domain, error=CollectionError(said, reason="customer_ambiguous"))
    said = f"No customer has the domain {domain} as its domain in Partner Center. Use its id if this is another domain."
    return Target(domain, error=CollectionError(said, reason="customer_not_found"))


def unmatched(people: People, targets: t.Sequence[Target]) -> list[Problem]:
    """Exceptions and adoptions about customers that are not selected. What was to be left out would not be, if the name
    is only misspelled."""
    known = {key for target in targets for key in target.keys}
    twice = [
        Problem(
            f"people.except has two exceptions about {person or 'everybody'} at {target.key}, by its id and by its "
            "domain. Put them together.",
            "declared_twice",
            option="people",
        )
        for target in targets
        for person in dict.fromkeys(each.person for each in exemptions_of(people, target))
        if sum(each.person == person for each in exemptions_of(people, target)) > 1
    ]
    named = [("except", each.customer) for each in people.exemptions]
    named += [("adopt", customer) for _person, customer in people.adopt if customer]
    return twice + [
        Problem(
            f"people.{option} names the customer {customer}, which is not among the customers of {people.name}.",
            "customer_not_selected",
            option="people",
        )
        for option, customer in dict.fromkeys(named)
        if customer not in known
    ]


def exemptions_of(people: People, target: Target) -> list[Exemption]:
    """What is different there."""
    return [each for each in people.exemptions if each.customer in target.keys]


def left_out(people: People, target: Target) -> bool:
    """Whether everybody is left out there."""
    return any(each.leave_out and each.person is None for each in exemptions_of(people, target))


def needs_domains(people: People, target: Target) -> bool:
    """Whether the domain that the service lists is not enough."""
    customer = target.customer
    if customer is None or target.error or (customer.domain and not _is_shared(customer.domain)):
        return False
    here = exemptions_of(people, target)
    values = [people.values(person, written, here) for person, written in people.people]
    return any("customer.domain" in placeholders(str(each["user_principal_name"])) for each in values if each)


def _is_shared(domain: str) -> bool:
    return domain_key(domain).endswith(_SHARED)


def domains_of(customer: Customer, templates: set[str]) -> dict[str, str | None]:
    """What the placeholders of templates stand for.

    ``customer.default_domain`` is the domain that Partner Center lists for the customer (its documentation calls it
    DefaultDomainName where customers are filtered by it). ``customer.domain`` is that one, too, unless it is one of
    Microsoft's and the customer has exactly one of its own.

    :raises CollectionError: one that is needed cannot be told.
    """
    default = customer.domain
    found: dict[str, str | None] = {"default_domain": default, "domain": default}
    if "customer.default_domain" in templates and not default:
        raise CollectionError(
            "Partner Center does not list a domain of this customer.", reason="customer_domain_unknown"
        )
    if "customer.domain" not in templates or (default and not _is_shared(default)):
        return found
    if customer.domains is None:
        raise CollectionError(
            "Partner Center does not list the domains of this customer, so {customer.domain} is not known. Set "
            "user_principal_name for this customer in except.",
            reason="customer_domain_unknown",
        )
    own = sorted({domain_key(domain) for domain in customer.domains if not _is_shared(domain)})
    if len(own) > 1:
        raise CollectionError(
            f"This customer has {len(own)} custom domains ({', '.join(own)}), so {{customer.domain}} is not known. "
            "Set user_principal_name for this customer in except.",
            reason="customer_domain_unknown",
        )
    if not own and not default:
        raise CollectionError("Partner Center lists no domain of this customer.", reason="customer_domain_unknown")
    return {**found, "domain": own[0] if own else default}


@dataclass(frozen=True)
class Aside:
    """Rows of people for which nothing can be done, at a customer that has others. ``error``: why."""

    rows: tuple[UserDeclaration, ...]
    error: CollectionError


@dataclass(frozen=True)
class Block:
    """The rows of one customer. ``error``: why nothing is done for any of them. ``target``: empty where no person is
    declared."""

    declaration: CustomerDeclaration
    target: Target = Target("")
    error: CollectionError | None = None
    aside: Aside | None = None


def rows_of(people: People, targets: t.Sequence[Target], accounts: Accounts, first: int = 0) -> list[Block]:
    """The rows of all customers, numbered through; those without any are left out. :param first: the number of the
    first row."""
    blocks: list[Block] = []
    index = first
    for target in targets:
        if left_out(people, target):
            continue
        raw, owners, error = _raw(people, target, accounts)
        if not raw:
            continue
        made = people.rows(_id(target), raw)
        if made.problems and not error:
            said = "; ".join(dict.fromkeys(getattr(each, "sentence", str(each)) for each in made.problems))
            reason = getattr(made.problems[0], "reason", None)
            error = CollectionError(said, reason=reason or "invalid_options")
        rows = tuple(
            replace(
                row,
                index=index + position,
                ownership=owner,
                # Where the domain is not known, the name was refused; as it was written, it still says who is meant.
                user_principal_name=row.user_principal_name or raw[position].get("user_principal_name"),
            )
            for position, (row, owner) in enumerate(zip(made.customers[0].rows, owners))
        )
        index += len(rows)
        customer = target.customer
        domain = customer.domain if customer else None if is_guid(target.key) else target.key
        customer_id = str(customer.id) if customer else target.key if is_guid(target.key) else None
        declaration = CustomerDeclaration(customer_id, domain, rows, where=target.key)
        blocks.append(Block(declaration, target, error))
    return _held_to_the_limit(people, blocks, accounts)


def _held_to_the_limit(people: People, blocks: list[Block], accounts: Accounts) -> list[Block]:
    """The same with the new names held back, if there are too many: with one mistake in a template, or a customer's
    domain that is said to be another, everybody would have to sign in under another name.

    Only of what the declaration changes. Whoever was renamed at the customer has the record's name in it still.
    """
    held = {
        (block.target.key, row.index): f"{account.user_principal_name} -> {row.user_principal_name}"
        for block in blocks
        for row in block.declaration.rows
        if row.ownership and row.state != "absent" and not block.error
        for account in accounts.of(row.ownership.person, block.declaration.customer_id or "")[:1]
        if not account.removed and account.key != row.own_key
    }
    if len(held) <= people.max_renames:
        return blocks
    why = (
        f"{len(held)} users of {people.name} would get another name ({first_few(list(held.values()), 3)}), and "
        f"max_renames allows {people.max_renames}. These users were not renamed or changed. To rename all of "
        f"them, set max_renames: {len(held)} for this run."
    )
    return [
        replace(
            block,
            declaration=replace(
                block.declaration,
                rows=tuple(
                    replace(row, ownership=replace(row.ownership, held=why))
                    if row.ownership and (block.target.key, row.index) in held
                    else row
                    for row in block.declaration.rows
                ),
            ),
        )
        for block in blocks
    ]


def _id(target: Target) -> str:
    return str(target.customer.id) if target.customer else "00000000-0000-0000-0000-000000000000"


def _raw(
    people: People, target: Target, accounts: Accounts
) -> tuple[list[Row], list[Ownership], CollectionError | None]:
    """What is declared there, whose each row is, and why nothing can be done. Deletions come last."""
    here = exemptions_of(people, target)
    wanted = [(person, written, people.values(person, written, here)) for person, written in people.people]
    present = [(person, str(written["local"]).strip(), values) for person, written, values in wanted if values]
    error = target.error
    domains: dict[str, str | None] = {"domain": None, "default_domain": None}
    if target.customer and not error:
        templates = {word for _p, _l, values in present for word in placeholders(str(values["user_principal_name"]))}
        try:
            domains = domains_of(target.customer, templates)
        except CollectionError as exc:
            error = exc
    rows: list[Row] = []
    owners: list[Ownership] = []
    customer_id = str(target.customer.id) if target.customer else ""
    for person, local, values in present:
        owner = _owner(people, person, target, accounts)
        row = {**as_row(local, values, **domains), "source": values.get("source") or f"{people.name}: {local}"}
        made = [each for each in accounts.of(person, customer_id) if not each.adopted and not each.removed]
        if values.get("state") == "absent" and made:
            rows += [_absent(each, str(row["source"])) for each in made]
            owners += [owner] * len(made)
        else:
            rows.append(row)
            owners.append(owner)
    declared = {person for person, _written in people.people}
    for account in accounts.all():
        if account.customer_id == customer_id and account.person not in declared:
            if not account.adopted and not account.removed:
                rows.append(_absent(account, f"{people.name}: {account.person} (taken out)"))
                owners.append(_owner(people, account.person, target, accounts))
    return rows, owners, error


def _absent(account: Account, source: str) -> Row:
    """By its id, and only as long as it has the name that it was given: whoever has been renamed since may be somebody
    whom others need."""
    return {
        "user_id": account.user_id,
        "user_principal_name": account.user_principal_name,
        "state": "absent",
        "source": source,
    }


def _owner(people: People, person: str, target: Target, accounts: Accounts) -> Ownership:
    customer_id = str(target.customer.id) if target.customer else ""
    known = accounts.of(person, customer_id)
    return Ownership(
        people.name,
        person,
        made=tuple(each.user_id for each in known if not each.adopted),
        adopted=tuple(each.user_id for each in known if each.adopted),
        gone=tuple(each.user_id for each in known if each.removed),
        adopt=any(who == person and where in (None, *target.keys) for who, where in people.adopt),
        begun=accounts.begun(person, customer_id),
    )


def left_alone(people: People, targets: t.Sequence[Target], accounts: Accounts) -> list[Row]:
    """Users of the record that are not declared any more, and of which nothing is deleted, each with the reason."""
    places = {str(target.customer.id): target for target in targets if target.customer}
    declared = dict(people.people)

    def reason(person: str, customer_id: str) -> str:
        """Why a person is not declared there; empty if it is."""
        target = places.get(customer_id)
        if target is None or left_out(people, target):
            return "customer_not_selected"
        if person not in declared:
            return "taken_out"
        here = exemptions_of(people, target)
        return "left_out" if people.values(person, declared[person], here) is None else ""

    found: list[Row] = []
    for account in accounts.all():
        why = reason(account.person, account.customer_id)
        why = ("adopted" if account.adopted else "") if why == "taken_out" else why
        if why and not account.removed:
            found.append(_alone(account, account.user_id, why))
    for event in accounts.unsettled():
        if reason(event.person, event.customer_id):
            found.append(_alone(event, None, "perhaps_made"))
    return found


def _alone(who: Account | Event, user_id: str | None, reason: str) -> Row:
    return {
        "person": who.person,
        "customer_id": who.customer_id,
        "user_id": user_id,
        "user_principal_name": who.user_principal_name,
        "reason": reason,
    }
