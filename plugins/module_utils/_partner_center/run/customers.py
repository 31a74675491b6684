# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Many customers side by side: resolve, read, plan and apply each, within the budgets, and keep what became of every
row."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._common.deletion_limit import DEFAULT, Deletion, Verdict, decide, digest_of
from ..._common.errors import CollectionError, Defect, SignInError
from ..._common.identifiers import Guid, guid_key
from ..._common.interruption import UNINTERRUPTED, Interrupted, Stopper
from ..._common.outcomes import Outcome, Status
from ..._common.run_limit import NOBODY, RunLimit
from ..._common.secrets import Secrets
from ..._common.threads import Pool
from ..._common.waits import WaitBudget
from ..client.pacing import Pace
from ..client.protocol import CustomerClient
from ..plan.ends import recorded
from ..plan.operations import Plan, RowPlan
from ..plan.policy import Policy
from ..plan.snapshot import Snapshot
from ..session import Session, customer_by_domain
from .access_writing import write_down, write_ids
from .application import Application
from .apply import begin
from .converge import acting_for, read_and_plan
from .permissions import Permissions
from .reader import CustomerReader
from .restored import RestoredPlanner
from .unwritten import predicted

if t.TYPE_CHECKING:
    from ..declare.declared import CustomerDeclaration, DeclaredCustomers
    from .access_file import AccessFile
    from .approvals import Approval
    from .deletion_records import DeletionRecords
    from .passwords import CredentialsFile
    from .plan_file import PlannedCustomer
    from .undo import UndoFile

CUSTOMERS_PER_REQUEST = 4
"""Customers that are worked on for each request that may be under way, so that those which have to wait do not hold up
the others."""
PARTNER = ""
"""The name of the pace at which requests go that are about no single customer."""
SILENT_WAITS = 3
"""A run in which nobody gets another answer than 429 for so many times ``max_wait`` begins with no further customer:
each has its own ``max_wait``, and hundreds of them one after another would take hours to fail. Not sooner, because
those who are stuck may be alone with it."""


@dataclass
class CustomerRun:
    """One customer of a run. ``outcomes`` has one entry per declared row; ``purged`` one per user that the purge is
    about."""

    declaration: CustomerDeclaration
    customer_id: str | None = None
    customer_name: str | None = None
    """Known only if the customer was looked for by its domain; for a name alone nothing is read."""
    plan: Plan | None = None
    snapshot: Snapshot | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    purged: list[Outcome] = field(default_factory=list)
    message: str = ""
    failed: bool = False
    error: Exception | None = None
    """What was raised, if the customer as a whole could not be worked on."""
    deletions: tuple[Deletion, ...] = ()
    """Whom this customer's part of the task deletes, declared and purged."""
    take_away: t.Callable[[Verdict], None] | None = None
    """Takes away what has ended, as far as users may be deleted; before anything else is written anywhere."""
    proceed: t.Callable[[], None] | None = None
    """Writes everything else but deletions."""
    finish: t.Callable[[Verdict], None] | None = None
    """What is left to do once it is known whether these may be deleted."""

    def fail(
        self, message: str, details: dict[str, t.Any] | None = None, status: Status = Status.FAILED
    ) -> list[Outcome]:
        """The customer as a whole could not be worked on: that is what became of each of its rows, unless they have
        their outcomes already.

        :returns: the outcomes that are new.
        """
        self.message, self.failed = message, True
        if self.outcomes:
            return []
        self.outcomes = [
            Outcome(RowPlan(row), status, message=message, details=dict(details or {})) for row in self.declaration.rows
        ]
        return self.outcomes


@dataclass
class Work:
    """What all customers of a run share."""

    session: Session
    policy: Policy
    secrets: Secrets
    max_wait: int
    max_parallel: int
    check_mode: bool
    writes: bool
    """False in check mode and where only a plan is wanted."""
    credentials: CredentialsFile | None = None
    undo: UndoFile | None = None
    records: DeletionRecords | None = None
    access: AccessFile | None = None
    planned: t.Mapping[str, PlannedCustomer] | None = None
    """The plan that must be held to, by customer, when one is applied."""
    approval: Approval | None = None
    change_reference: str | None = None
    """That of the task, for whom no row declares."""
    interruption: Stopper = UNINTERRUPTED
    max_delete_total: int = DEFAULT
    approved_deletions: str | None = None
    paced: bool = True
    """Whether each customer has a pace and a budget for waiting of its own; a single one has those of the session."""


def run_customers(declared: DeclaredCustomers, work: Work, run_limit: RunLimit) -> list[CustomerRun]:
    """Work on all customers; what goes wrong is in the runs, not raised."""
    runs = [CustomerRun(customer) for customer in declared.customers]
    pace = Pace(work.max_parallel, interruption=work.interruption)
    with Pool(min(len(runs), CUSTOMERS_PER_REQUEST * work.max_parallel)) as pool:
        ending = any(row.ends for run in runs for row in run.declaration.rows)

        def resolve(run: CustomerRun) -> None:
            _guarded(run, run_limit, pace, work, lambda: _resolve(run, work, pace), whatever_failed=ending)

        list(pool.map(resolve, runs))
        _refuse_declared_twice(runs)
        unresolved = tuple(run.declaration.name for run in runs if not run.customer_id)
        work.policy = replace(work.policy, unresolved=(*work.policy.unresolved, *unresolved))
        ready = [run for run in runs if run.customer_id and not run.failed]
        rows = sum(len(run.declaration.rows) for run in ready)

        def each(
            step: t.Callable[[CustomerRun], None], among: list[CustomerRun], begun: bool = False, **how: bool
        ) -> None:
            list(pool.map(lambda run: _guarded(run, run_limit, pace, work, lambda: step(run), begun, **how), among))

        def plan(run: CustomerRun) -> None:
            _plan(run, work, pace, run_limit, _share(run, rows, work), len(ready) > 1)

        def proceed(run: CustomerRun) -> None:
            t.cast("t.Callable[[], None]", run.proceed)()

        def straight(run: CustomerRun) -> None:
            plan(run)
            proceed(run)

        if any(row.ends for run in ready for row in run.declaration.rows):
            # What has ended anywhere is taken away before anything else is written, so all are planned first.
            each(plan, ready, whatever_failed=True)
            so_far = verdict_on(runs, work)
            each(lambda run: run.take_away(so_far) if run.take_away else None, _going(ready), True)
            each(proceed, _going(ready), True)
        else:
            each(straight, ready)
        # By now every customer that can be read is, and everything else is written.
        verdict = verdict_on(runs, work)
        each(lambda run: run.finish(verdict) if run.finish else None, [run for run in ready if run.finish], True)
    for run in ready:
        # They know the run that they are in: with them, all that it read would stay in memory until the task ends.
        run.take_away = run.proceed = run.finish = None
        for outcome in run.outcomes:
            row = outcome.plan.row
            if any(end.ends_at is None for end in row.ends):
                # What could not be planned is overdue all the same, if the record says so.
                known = recorded(row, Guid(str(run.customer_id)), work.policy.ends)
                outcome.plan = replace(outcome.plan, row=known)
    return runs


def verdict_on(runs: t.Iterable[CustomerRun], work: Work) -> Verdict:
    """Whether what all customers together delete may be deleted.

    Of a customer that could not be planned nobody is deleted either. So its deletions, which nobody knows, cannot
    exceed the limit; but an approval of all does not fit any more.
    """
    deletions = [deletion for run in runs for deletion in run.deletions]
    reviewed = []
    if work.planned is not None:
        from .plan_file import planned_deletions

        reviewed = [digest_of(planned_deletions(work.planned))]
    return decide(deletions, work.max_delete_total, work.approved_deletions, reviewed)


def _guarded(
    run: CustomerRun,
    run_limit: RunLimit,
    pace: Pace,
    work: Work,
    action: t.Callable[[], None],
    begun: bool = False,
    whatever_failed: bool = False,
) -> None:
    """:param begun: the customer has been begun: then each row and the purge ask for themselves whether they may go
    on. :param whatever_failed: failed rows are no reason not to."""
    if work.max_wait and pace.silence() > SILENT_WAITS * work.max_wait:
        run_limit.stop(
            f"Partner Center has returned HTTP 429 for every customer for {pace.silence():.0f} seconds. "
            "Run again later."
        )
    why = "" if begun else run_limit.hindered() if whatever_failed else run_limit.reached()
    if why:
        run.fail(why, run_limit.details(), status=Status.SKIPPED)
        return
    made: list[Outcome] = []
    try:
        action()
    except SignInError as exc:
        run.error = exc
        run_limit.stop(NOBODY + exc.message)
        made = run.fail(exc.message, exc.details)
    except CollectionError as exc:
        run.error = exc
        # Writes have their own outcomes; what comes here was reading.
        made = run.fail(exc.message, exc.details, Status.SKIPPED if isinstance(exc, Interrupted) else Status.FAILED)
    except Exception as exc:  # whatever it is, the other customers have their own outcomes
        run.error = exc
        defect = Defect(exc)
        made = run.fail(defect.message, defect.details, Status.UNKNOWN)
    for outcome in made:
        run_limit.note(outcome)


def _session(name: str, work: Work, pace: Pace) -> Session:
    """:param name: whose pace it goes at: a customer's, or the partner's."""
    if not work.paced:
        return work.session
    return work.session.paced(pace.gate(name), WaitBudget(work.max_wait, interruption=work.interruption))


def _resolve(run: CustomerRun, work: Work, pace: Pace) -> None:
    named = run.declaration
    if named.customer_id:
        run.customer_id = guid_key(named.customer_id)
        return
    found = customer_by_domain(_session(PARTNER, work, pace), str(named.customer_domain))
    run.customer_id, run.customer_name = found.id, found.name


def _refuse_declared_twice(runs: list[CustomerRun]) -> None:
    """The same customer once by id and once by domain would be two declarations about the same users."""
    first: dict[str, CustomerRun] = {}
    for run in runs:
        if not run.customer_id or run.failed:
            continue
        key = run.customer_id
        if key in first:
            for twin in (first[key], run):
                twin.fail(
                    f"{first[key].declaration.name} and {run.declaration.name} are the same customer "
                    f"{run.customer_id}; put their users together. Nothing was done for it.",
                    {"reason": "declared_twice"},
                )
        first.setdefault(key, run)


def _going(runs: list[CustomerRun]) -> list[CustomerRun]:
    """Those that could be planned, and in which nothing has gone wrong as a whole."""
    return [run for run in runs if run.proceed and not run.failed]


def _share(run: CustomerRun, rows: int, work: Work) -> int:
    """How many of a customer's users are worked on side by side: twice its share of all, because many customers are
    under way anyway, and a customer whose users come in a crowd is throttled sooner than one whose users come one after
    another."""
    return max(
        min(2, work.max_parallel),
        min(work.max_parallel, -(-2 * work.max_parallel * len(run.declaration.rows) // max(1, rows))),
    )


def _plan(run: CustomerRun, work: Work, pace: Pace, run_limit: RunLimit, parallel: int, among_others: bool) -> None:
    """Plan a customer, and say how it goes on: everything but deletions is written by :attr:`CustomerRun.proceed`,
    which leaves these for :attr:`CustomerRun.finish`; without any, it is finished there."""
    customer_id = str(run.customer_id)
    session = _session(customer_id, work, pace)
    client = session.customer(customer_id)
    declared, purge = run.declaration.rows, run.declaration.purge
    policy = replace(work.policy, acting=acting_for(session, declared, purge=purge is not None))
    run.plan, run.snapshot = read_and_plan(CustomerReader(client, declared, purge, parallel), declared, policy)
    message = ""
    refused: list[Outcome] = []
    if work.planned is not None:
        if work.approval:
            work.approval.check(session.now())
        from .held_to_plan import restrict_to_plan  # what is rare is imported where it is needed
        from .undeclared import refused_deletions

        held = restrict_to_plan(work.planned.get(customer_id), run.plan, only_ends=policy.ends.only)
        run.plan, message = held.plan, held.message
        refused = list(refused_deletions(held, client, work.change_reference))
    run_limit.announce(run.plan.rows)
    record, unwritten = None, None
    if work.records and work.writes:
        try:
            record = work.records.begin(client, run.plan.rows, parallel)
        except (SignInError, Interrupted):
            raise
        except CollectionError as exc:
            unwritten = exc  # without a record no user is deleted; what has ended of the others goes all the same
    application = _begin(run.plan, run.snapshot, client, work, policy, parallel, run_limit)
    if unwritten:
        deleting = (
            place for place, row in enumerate(run.plan.rows) if "delete" in {each.action for each in row.operations}
        )
        application.fail(deleting, unwritten.message, unwritten.details)
    run.deletions = tuple(_deletions(run, customer_id))

    def finish(verdict: Verdict) -> None:
        if verdict.refusal:
            application.refuse(verdict.refusal, verdict.details())
        else:
            application.run()
        run.outcomes = record.settle(application.outcomes()) if record else application.outcomes()
        if work.access and work.writes:
            write_ids(work.access, client.customer_id, run.outcomes)
        if run.plan and run.plan.purge:
            from .purging import purge

            purge(run, client, work, parallel, run_limit, verdict)
        run.purged += refused
        plan = t.cast(Plan, run.plan)
        if plan.purge and plan.purge.refusal:
            run.message, run.failed = plan.purge.refusal, True
        if message:
            run.message, run.failed = f"{run.message} {message}".strip(), True

    def proceed() -> None:
        if work.access and work.writes:
            write_down(work.access, t.cast(Plan, run.plan), application, grants=not work.policy.ends.only)
        if not run.deletions:
            finish(decide((), 0, None))
            return
        if among_others:
            later = set(application.deletions())
            application.run(position for position in range(len(t.cast(Plan, run.plan).rows)) if position not in later)
        run.finish = finish

    run.take_away = lambda verdict: application.take_away(users=not verdict.refusal)
    run.proceed = proceed


def _begin(
    plan: Plan,
    snapshot: Snapshot,
    client: CustomerClient,
    work: Work,
    policy: Policy,
    parallel: int,
    run_limit: RunLimit,
) -> Application:
    """A plan to be carried out; where nothing is written, what becomes of its rows is predicted in the same way."""
    if not work.writes:
        return Application(plan, predicted, Permissions(client.customer_id, client.facts), stop=run_limit)
    return begin(
        plan,
        client,
        secrets=work.secrets,
        credentials=work.credentials,
        max_parallel=parallel,
        stop=run_limit,
        after_restore=RestoredPlanner(client, plan, snapshot, policy),
        interruption=work.interruption,
    )


def _deletions(run: CustomerRun, customer_id: str) -> t.Iterator[Deletion]:
    for operation in t.cast(Plan, run.plan).operations:
        if operation.action == "delete":
            yield Deletion(customer_id, str(operation.user_id), operation.user_principal_name, run.declaration.name)


def customers_plan(runs: t.Iterable[CustomerRun]) -> list[Plan]:
    """The plans of the customers that could be planned, sorted by customer."""
    return sorted((run.plan for run in runs if run.plan), key=lambda plan: plan.customer_id)
