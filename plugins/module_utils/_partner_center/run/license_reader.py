# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads the licenses of many customers side by side. A customer is read to its end or not at all: half of one would
report less than is there."""

from __future__ import annotations

import threading
import typing as t
from dataclasses import dataclass, field

from ..._common.errors import CollectionError, Defect, Kind, LookupFailed, ServiceError, SignInError
from ..._common.identifiers import Guid, domain_key, upn_key
from ..._common.interruption import UNINTERRUPTED, Interrupted, Stopper
from ..._common.run_limit import NOBODY, RunLimit
from ..._common.threads import Pool
from ..._common.waits import WaitBudget
from ..client.client import PartnerCenterCustomer
from ..client.meaning import reading
from ..client.pacing import Pace
from ..model.license_readings import ACTIVE, Holder, LicenseReading, holder_of, seats_of
from ..model.users import Customer, User, iso
from ..session import Session
from .customers import CUSTOMERS_PER_REQUEST, SILENT_WAITS

READ, REUSED, FAILED, SKIPPED = "read", "reused", "failed", "skipped"
USERS_IN_A_ROW = 100
"""Users of a customer that are read one after another; of one with more users, several are read side by side."""
STATUSES = (READ, REUSED, FAILED, SKIPPED)


@dataclass
class CustomerLicenses:
    """What became of one customer. ``reading`` is None where it failed or was not begun."""

    customer: Customer
    status: str = SKIPPED
    reading: LicenseReading | None = None
    message: str = ""
    details: dict[str, t.Any] = field(default_factory=dict)


class Steps:
    """Counts for the progress: a step is a customer or a user. How many users there will be is estimated from the
    customers whose users are known. :param watch: done, all, failed."""

    def __init__(self, customers: int, watch: t.Callable[[int, int, int], None]) -> None:
        self._customers, self._listed, self._users = customers, 0, 0
        self._done = self._failed = 0
        self._watch = watch
        self._lock = threading.Lock()

    def listed(self, users: int) -> None:
        """The users of one more customer are known."""
        with self._lock:
            self._listed, self._users = self._listed + 1, self._users + users

    def done(self, failed: bool = False) -> None:
        """A step was made."""
        with self._lock:
            self._done, self._failed = self._done + 1, self._failed + failed
            every = self._customers * self._users // self._listed if self._listed else 0
            self._watch(self._done, self._customers + max(every, self._users), self._failed)


def choose(session: Session, wanted: t.Mapping[str, str] | None) -> list[CustomerLicenses]:
    """The customers that a report is about, by name; those that are asked for and not there have failed.

    The list costs a request for 500 customers, which is less than one for each, and gives the names.

    :param wanted: by id or domain in normal form; None: all.
    :raises CollectionError: the list is not complete.
    """
    customers = {customer.id: customer for customer in session.customers()}
    if wanted is None:
        found = list(customers.values())
        missing: dict[str, str] = {}
    else:
        missing = dict(wanted)
        found = []
        for customer in customers.values():
            keys = {str(customer.id), domain_key(customer.domain or "")} & wanted.keys()
            found += [customer] * bool(keys)
            for key in keys:
                missing.pop(key, None)
    runs = [CustomerLicenses(customer) for customer in sorted(found, key=_by_name)]
    for name in missing.values():
        error = LookupFailed(
            f"Partner Center lists no customer with the id or the domain {name}. A custom domain is not found this "
            "way: use the id."
        )
        nobody = Customer(Guid(""), None, name, None)
        runs.append(CustomerLicenses(nobody, FAILED, None, error.message, dict(error.details)))
    return runs


def _by_name(customer: Customer) -> tuple[str, str]:
    return (customer.name or "").casefold(), customer.id


LARGE = 4
"""Users of a large customer that are read side by side while other customers are. Each is a thread, and there may be
many such customers; the pace of all is that of max_parallel anyway."""


class LicenseReader:
    """One run over many customers.

    :param keep: is given each customer that was read to its end.
    """

    def __init__(
        self,
        session: Session,
        *,
        max_parallel: int,
        max_wait: int,
        keep: t.Callable[[LicenseReading], None],
        interruption: Stopper = UNINTERRUPTED,
    ) -> None:
        self._session = session
        self._max_parallel = max_parallel
        self._max_wait = max_wait
        self._keep = keep
        self._interruption = interruption
        self._pace = Pace(max_parallel, interruption=interruption)
        self._limit = RunLimit(0, None, interruption=interruption)

    def read(self, runs: t.Sequence[CustomerLicenses], steps: Steps) -> None:
        """Read all customers; what goes wrong is in the runs, not raised."""
        at_once = min(len(runs), CUSTOMERS_PER_REQUEST * self._max_parallel)
        # Few customers with many users are read as fast as many with few.
        parallel = -(-2 * self._max_parallel // max(1, at_once))
        with Pool(at_once) as pool:
            list(pool.map(lambda run: self._guarded(run, steps, min(parallel, self._max_parallel)), runs))

    def _guarded(self, run: CustomerLicenses, steps: Steps, parallel: int) -> None:
        silent = self._pace.silence()
        if self._max_wait and silent > SILENT_WAITS * self._max_wait:
            self._limit.stop(
                f"Partner Center has returned HTTP 429 for every customer for {silent:.0f} seconds. Run again later."
            )
        try:
            why = self._limit.reached()
            if why:
                run.message, run.details = why, self._limit.details() or {"reason": "not_attempted"}
                return
            run.reading = self._read(run.customer, steps, parallel)
            self._keep(run.reading)
            run.status = READ
        except CollectionError as exc:
            if isinstance(exc, SignInError):
                self._limit.stop(NOBODY + exc.message)
            run.reading = None
            run.status = SKIPPED if isinstance(exc, Interrupted) else FAILED
            run.message, run.details = exc.message, dict(exc.details)
        except Exception as exc:  # whatever it is, the other customers have their own
            defect = Defect(exc)
            run.reading, run.status, run.message, run.details = None, FAILED, defect.message, defect.details
        finally:
            steps.done(run.status == FAILED)

    def _go_on(self) -> None:
        """:raises Interrupted: the run is to end."""
        why = self._interruption.reached()
        if why:
            raise Interrupted(why)

    def _read(self, customer: Customer, steps: Steps, parallel: int) -> LicenseReading:
        session = self._session.paced(
            self._pace.gate(customer.id), WaitBudget(self._max_wait, interruption=self._interruption)
        )
        client = session.customer(customer.id)
        with reading("skus", client):
            skus = client.subscribed_skus()
        # Without a list for those that cannot be identified, such a user is an error: the report would not have them.
        with reading("active", client):
            active = {user.id: user for page in client.users() for user in page if user.state == ACTIVE}
        with reading("deleted", client):
            deleted = {user.id: user for page in client.deleted_users() for user in page}
        steps.listed(len(active))
        # One large customer among many small ones would be read alone in the end, one user after the other.
        parallel = max(parallel, min(self._max_parallel, len(active) // USERS_IN_A_ROW, LARGE))
        names = {sku.id: sku.part_number for sku in skus}

        def one(user: User) -> Holder:
            self._go_on()
            found = self._licenses(client, user)
            for license in found or ():
                names.setdefault(license.sku_id, license.part_number)
            steps.done()
            return holder_of(user, found)

        with reading("licenses", client):
            if parallel > 1 and len(active) > 1:
                with Pool(min(parallel, len(active))) as pool:
                    holders = list(pool.map(one, active.values()))
            else:
                holders = [one(user) for user in active.values()]
        holders += [holder_of(user, None) for user_id, user in deleted.items() if user_id not in active]
        holders.sort(key=lambda each: (upn_key(each.user_principal_name), each.id))
        seats = sorted(map(seats_of, skus), key=lambda each: (each.sku.casefold(), each.sku_id))
        return LicenseReading(
            customer.id, t.cast(str, iso(session.now())), tuple(seats), tuple(holders), dict(sorted(names.items()))
        )

    def _licenses(self, client: PartnerCenterCustomer, user: User) -> t.Any:
        """The licenses of a user; None for one who was deleted since the list was read."""
        try:
            return client.licenses(user.id)
        except ServiceError as exc:
            if exc.kind is not Kind.ABSENT or client.user(user.id) is not None:
                raise
            return None
