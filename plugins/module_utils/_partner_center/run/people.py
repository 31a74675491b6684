# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A run of a declaration of people: which customers, which rows, and what of it goes into the record.

No engine of its own: what comes out are customers with rows for :func:`customers.run_customers`, and a session that
writes down what is created and deleted.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field, replace

from ..._common.errors import CollectionError, SignInError
from ..._common.failure import failure
from ..._common.identifiers import Guid, guid_key, upn_key
from ..._common.outcomes import Outcome, Status, may_be_done
from ..._common.run_limit import RunLimit
from ..._common.secrets import Secret
from ..._common.text import first_few
from ..._common.threads import Pool
from ..client.client import PartnerCenterCustomer
from ..client.protocol import Written
from ..declare.declared import CustomerDeclaration, DeclaredCustomers
from ..declare.people import People
from ..model.users import iso
from ..plan.made_accounts import ADOPTED, MADE, MAKING, NOT_MADE, REMOVED, Account, Event
from ..plan.people import Aside, Block, Target, left_alone, needs_domains, rows_of, select, unmatched
from ..plan.people_beside import beside
from ..session import Session, with_price
from .claiming import BY_LIKENESS
from .customers import CustomerRun, Work, run_customers
from .people_record import PeopleRecord

Domains = t.Mapping[str, "tuple[str, ...] | None"]


@dataclass(frozen=True)
class PeopleSession(Session):
    """A session whose customers write down what they create and delete.

    :param record: None where nothing is written.
    :param persons: whose a user principal name is, by customer and the name's normal form.
    :param domains: what was read of the domains of customers, which is not read again.
    """

    record: PeopleRecord | None = None
    persons: t.Mapping[tuple[str, str], str] = field(default_factory=dict)
    known_domains: Domains = field(default_factory=dict)

    def customer(self, customer_id: str) -> PartnerCenterCustomer:
        """The client of one customer; nothing is sent."""
        return RecordedCustomer(guid_key(customer_id), self.transport, self.facts, self)


class RecordedCustomer(PartnerCenterCustomer):
    """One customer, with a line in the record before and after each create, and after each deletion."""

    session: PeopleSession

    def domains(self) -> tuple[str, ...] | None:
        """As read before the rows were made, if they were."""
        known = self.session.known_domains
        return known[self.customer_id] if self.customer_id in known else super().domains()

    def create_user(
        self, values: t.Mapping[str, str], password: Secret, force_change: bool | None, request_id: str | None
    ) -> Written:
        """Create a user. :raises CollectionError: RecordError: it could not be written down, and nothing was sent."""
        record, name = self.session.record, values.get("user_principal_name", "")
        if record is None or (self.customer_id, upn_key(name)) not in self.session.persons:
            return super().create_user(values, password, force_change, request_id)
        record.note(self._event(MAKING, name))
        try:
            written = super().create_user(values, password, force_change, request_id)
        except CollectionError as exc:
            if not may_be_done(exc):
                record.note_afterwards(self._event(NOT_MADE, name))
            raise
        if written.user:
            record.note_afterwards(self._event(MADE, name, written.user.id))
        return written

    def delete_user(self, user_id: Guid) -> Written:
        """Delete a user."""
        written = super().delete_user(user_id)
        record = self.session.record
        known = record.accounts.with_id(self.customer_id, user_id) if record else None
        if record and known and written.settled:
            record.note_afterwards(self._event(REMOVED, known.user_principal_name, user_id, known.person))
        return written

    def _event(self, event: str, name: str, user_id: Guid | None = None, person: str = "") -> Event:
        person = person or self.session.persons[self.customer_id, upn_key(name)]
        session = self.session
        time = iso(session.now()) or ""
        return Event(event, time, person, self.customer_id, user_id, name, guid_key(session.correlation_id))


@dataclass
class PeopleRun:
    """A declaration of people at work. Made by :func:`prepared`."""

    people: People
    record: PeopleRecord
    session: PeopleSession
    blocks: list[Block]
    targets: list[Target]

    @property
    def rows(self) -> int:
        """How many rows there are, those for which nothing can be done among them."""
        return sum(len(block.declaration.rows) + len(block.aside.rows if block.aside else ()) for block in self.blocks)

    def run(self, work: Work, run_limit: RunLimit) -> list[CustomerRun]:
        """Work on all customers, as on any others, and write down what became of them.

        :returns: one for each, in their order.
        """
        failed = {id(block): _failed(block, block.error) for block in self.blocks if block.error}
        for run in failed.values():
            for outcome in run.outcomes:
                run_limit.note(outcome)
        able = [block for block in self.blocks if not block.error]
        # Such a customer may be one that is declared under another name.
        lost = tuple(block.target.key for block in self.blocks if block.error and not block.target.customer)
        work.policy = replace(work.policy, unresolved=lost)
        done = run_customers(DeclaredCustomers([block.declaration for block in able]), work, run_limit)
        runs = {**failed, **{id(block): run for block, run in zip(able, done)}}
        for block in self.blocks:
            run = runs[id(block)]
            run.customer_name = block.target.customer.name if block.target.customer else run.customer_name
            if block.aside:
                for outcome in _add(run, block.aside):
                    run_limit.note(outcome)
        found = [runs[id(block)] for block in self.blocks]
        self._settle(found)
        return found

    def _settle(self, runs: t.Sequence[CustomerRun]) -> None:
        """Write down what only the outcomes tell: who was adopted, restored or renamed, who was found to be ours, and
        who is gone already."""
        if self.session.record is None:
            return
        for run in runs:
            for outcome in run.outcomes:
                row, own = outcome.plan.row, outcome.plan.row.ownership
                if own is None or not run.customer_id:
                    continue
                good = outcome.status in (Status.OK, Status.CHANGED)
                if row.state == "absent":
                    # Only what was seen: a row that was not looked at is good, too.
                    before = outcome.plan.before
                    user_id = row.user_id or (before.id if before else None)  # who has ended is declared by name
                    known = self.record.accounts.with_id(run.customer_id, user_id) if user_id else None
                    gone = any(operation.action == "delete" for operation in outcome.done) or (
                        before is not None and before.state != "active"
                    )
                    if good and gone and known and not known.removed:
                        self._note(REMOVED, own.person, known.customer_id, known.user_id, known.user_principal_name)
                    continue
                user = outcome.user
                if user is None or user.state != "active" or not (good or outcome.done):
                    continue
                known = self.record.accounts.with_id(run.customer_id, user.id)
                if known and not known.removed and known.key == user.key:
                    continue
                event = self._event(run, outcome, known)
                if event:
                    self._note(event, own.person, guid_key(run.customer_id), user.id, user.user_principal_name)

    @staticmethod
    def _event(run: CustomerRun, outcome: Outcome, known: Account | None) -> str:
        """What is to be written down of a user whom a row wrote, or found as declared; empty for nothing."""
        if known:
            return ADOPTED if known.adopted else MADE
        if outcome.claimed == BY_LIKENESS:
            return ""  # the next run asks the audit records, and until then nobody is deleted on such ground
        if any(operation.action == "create" for operation in outcome.done):
            return MADE
        creators = run.snapshot.creators.get(outcome.user.id, frozenset()) if run.snapshot else frozenset()
        return ADOPTED if creators.isdisjoint(outcome.plan.row.ownership.begun) else MADE

    def _note(self, event: str, person: str, customer_id: Guid, user_id: Guid, name: str) -> None:
        time = iso(self.session.now()) or ""
        correlation = guid_key(self.session.correlation_id)
        self.record.note_afterwards(Event(event, time, person, customer_id, user_id, name, correlation))

    def told(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result with what is special about people; failed if something could not be written down."""
        alone = left_alone(self.people, self.targets, self.record.accounts)
        about = {"name": self.people.name, "record_file": self.people.record_file, "left_alone": alone}
        result = {**result, "people": about}
        lost = self.record.try_again()
        if not lost:
            return result
        names = first_few([f"{event.event} {event.user_principal_name}" for event in lost], 10)
        said = f"record_file {self.record.path!r} is incomplete: {names}. Keep this result, and see docs/people.md."
        failed = {"failed": True, "msg": f"{result.get('msg') or ''} {said}".strip()}
        return {**result, **failed, **({} if result.get("failed") else {"failure": failure({}, "people_record")})}


@contextlib.contextmanager
def prepared(
    people: People,
    record: PeopleRecord,
    session: Session,
    *,
    writes: bool,
    parallel: int,
    customers: t.Sequence[CustomerDeclaration] = (),
) -> t.Iterator[PeopleRun]:
    """Read which customers there are, and make the rows. A run that writes has the record to itself meanwhile.

    :param customers: what is declared beside the people, one by one.
    :raises CollectionError: nothing can be done for anybody.
    """
    with record.held() if writes else contextlib.nullcontext():
        if not writes:
            record.load()
        try:
            targets, domains = _targets(people, session, parallel)
        except CollectionError as exc:
            with_price(session, exc)
            raise
        wrong = unmatched(people, targets)
        if wrong:
            raise CollectionError(" ".join(map(str, wrong)) + " Nothing was written.", reason=wrong[0].reason)
        if not targets:
            raise CollectionError("Partner Center lists no customer. Nothing was written.", reason="customer_not_found")
        first = sum(len(customer.rows) for customer in customers)
        blocks = beside(rows_of(people, targets, record.accounts, first), customers, record.accounts)
        recording = PeopleSession(
            **vars(session),
            record=record if writes else None,
            persons={
                (block.declaration.customer_id or "", row.own_key): row.ownership.person
                for block in blocks
                for row in block.declaration.rows
                if row.ownership and row.state != "absent"
            },
            known_domains=domains,
        )
        yield PeopleRun(people, record, recording, blocks, targets)


def _targets(people: People, session: Session, parallel: int) -> tuple[list[Target], Domains]:
    """The customers with what has to be known of them: one listing, and of each at most one request more, for one that
    is not listed or for its domains."""
    targets = select(people, list(session.customers()))
    known: dict[str, tuple[str, ...] | None] = {}

    def one(target: Target) -> Target:
        try:
            if not target.customer and not target.error:
                return replace(target, customer=session.customer(target.key).details())
            if target.customer and needs_domains(people, target):
                customer_id = target.customer.id
                known[customer_id] = session.customer(customer_id).domains()
                return replace(target, customer=replace(target.customer, domains=known[customer_id]))
        except SignInError:
            raise
        except CollectionError as exc:
            return replace(target, error=exc)
        return target

    with Pool(max(1, min(parallel, len(targets)))) as pool:
        found = list(pool.map(one, targets))
    return found, known


def _failed(block: Block, error: CollectionError) -> CustomerRun:
    run = CustomerRun(block.declaration, block.declaration.customer_id)
    run.error = error
    customer = block.target.customer
    named = f"{customer.name}: " if customer and customer.name else ""
    run.fail(f"{named}{error.message}", error.details)
    return run


def _add(run: CustomerRun, aside: Aside) -> list[Outcome]:
    """People for whom nothing can be done, at a customer whose other rows are done. :returns: what became of them."""
    failed = CustomerRun(replace(run.declaration, rows=aside.rows))
    outcomes = failed.fail(aside.error.message, aside.error.details)
    run.declaration = replace(run.declaration, rows=(*run.declaration.rows, *aside.rows))
    run.outcomes += outcomes
    run.message, run.failed = f"{run.message} {aside.error.message}".strip(), True
    return outcomes
