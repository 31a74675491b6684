# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Sends requests to Partner Center: authorization, repeats, throttling, error answers, and the gate that check mode
closes.

Sources: Partner Center developer documentation, "Partner Center REST headers" (MS-RequestId is an idempotency key: the
same value when an answer was lost, a new one after any answer), "API throttling guidance", "Error codes".
"""

from __future__ import annotations

import copy
import json
import typing as t
import uuid
from functools import partial

from ..._common import http
from ..._common.answers import Answer, Counters, contradicts, is_refusal, read_error
from ..._common.errors import CheckModeViolation, CollectionError, ServiceError, SignInError, Throttled, TransportError
from ..._common.exchange import REPEATS, TRANSIENT, Exchange
from ..._common.foreign import clean_header
from ..._common.recordings import observer_of
from ..._common.secrets import Secrets
from ..._common.text import ids_words
from ..._common.version import USER_AGENT
from ..._common.waits import WaitBudget, pause, retry_after
from .clock import Clock
from .meaning import helped_by_new_token, refusal
from .pacing import WRITE_WEIGHT, Gate

if t.TYPE_CHECKING:
    from ..._common.traffic.dialect import Dialect
    from ..._common.traffic.recording import Recording


class Tokens(t.Protocol):
    """Where access tokens come from."""

    def get(self) -> str:
        """A token to send."""

    def renew(self, rejected: str) -> str | None:
        """Another token than the rejected one, or None if there is no way to get one."""


def partner_center_dialect() -> type[Dialect]:
    """How a recording shows what is exchanged with Partner Center."""
    from .traffic import PartnerCenterTraffic

    return PartnerCenterTraffic


class Transport:
    """One run's connection to the API; may be used from several threads.

    :param api_url: scheme, host and port.
    :param timeout: seconds for one request; ``write_timeout`` the same for a write, if that is another number.
    :param recording: takes what is sent and what comes back.
    :param read_only: check mode: anything but GET is refused here, whatever the caller does.
    """

    def __init__(
        self,
        api_url: str,
        tokens: Tokens,
        *,
        verify: bool | str = True,
        timeout: int = 60,
        write_timeout: int | None = None,
        budget: WaitBudget | None = None,
        secrets: Secrets | None = None,
        read_only: bool = False,
        connections: int = 10,
        counters: Counters | None = None,
        clock: Clock | None = None,
        correlation_id: str | None = None,
        recording: Recording | None = None,
    ) -> None:
        self.api_url = api_url
        self.tokens = tokens
        self.verify = verify
        self.budget = budget or WaitBudget(120)
        self.secrets = secrets or Secrets()
        self.read_only = read_only
        self.counters = counters or Counters()
        self.clock = clock or Clock()
        self.correlation_id = correlation_id or str(uuid.uuid4())
        self.gate: Gate | None = None
        self._session = http.session(
            verify,
            timeout,
            connections,
            write_timeout=write_timeout,
            seen=observer_of(recording, partner_center_dialect, f"{api_url}/v1", self.secrets),
        )

    def for_customer(self, gate: Gate, budget: WaitBudget) -> Transport:
        """The same connection, token and counters, with a customer's own pace and its own budget for waiting."""
        other = copy.copy(self)
        other.gate, other.budget = gate, budget
        return other

    def get(
        self,
        path: str,
        query: t.Mapping[str, t.Any] | t.Sequence[tuple[str, str]] | None = None,
        headers: t.Mapping[str, str] | None = None,
    ) -> Answer:
        """One read. :raises ServiceError, TransportError, SignInError:"""
        return _Exchange(self, "GET", path, query=query, headers=headers).run()

    def write(
        self, method: str, path: str, body: t.Any = None, request_id: str | None = None, *, counted: bool = True
    ) -> Answer:
        """One logical write, sent again under the same MS-RequestId when its answer was lost.

        :param request_id: the idempotency key, when the caller has to record it before the request is sent.
        :param counted: False for the second half of a write that was counted already (a fallback to another form).
        :raises CheckModeViolation: in check mode, always.
        :raises ServiceError: the service refused; TransportError with ``ambiguous`` when it may have been done.
        """
        if self.read_only:
            raise CheckModeViolation(
                f"Check mode: {method} {path} was stopped before it was sent. Please report this as a bug."
            )
        return _Exchange(self, method, path, body=body, request_id=request_id).run(counted)

    def send(self, method: str, path: str, query: t.Any, headers: dict[str, str], body: t.Any, token: str) -> t.Any:
        """Put one request on the wire; returns the requests.Response or raises requests' exceptions."""
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8")
            headers = {**headers, "Content-Type": "application/json"}
        headers = {
            "Accept": "application/json",
            "X-Locale": "en-US",
            "MS-CorrelationId": self.correlation_id,
            "MS-PartnerCenter-Application": USER_AGENT,
            **headers,
            "Authorization": f"Bearer {token}",
        }
        answer = self._session.request(method, f"{self.api_url}/v1/{path}", params=query, headers=headers, data=data)
        self.clock.learn(answer.headers.get("Date"))
        return answer


class _Exchange(Exchange):
    """A request to Partner Center: with a token that may be renewed, at the customer's pace, and a write under one id
    until it is answered."""

    ADDRESS = "api_url"
    RESENDS = True

    def __init__(
        self,
        transport: Transport,
        method: str,
        path: str,
        *,
        query: t.Any = None,
        headers: t.Mapping[str, str] | None = None,
        body: t.Any = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(transport, method, path, request_id or str(uuid.uuid4()), transport.api_url, transport.verify)
        self.transport = transport
        self.query = query
        self.headers = dict(headers or {})
        self.body = body
        self.token = ""
        self.renewed = False

    def _prepare(self) -> None:
        self.token = self.transport.tokens.get()
        self._go_on()

    def _answer(self, response: t.Any, body: t.Any) -> Answer:
        return Answer(
            response.status_code,
            body,
            clean_header(response.headers.get("MS-RequestId")) or self.request_id,
            clean_header(response.headers.get("MS-CorrelationId")) or self.transport.correlation_id,
            self.attempts,
            self.lost,
            response.headers,
        )

    def _after_refusal(self, response: t.Any) -> None:
        """Wait or renew the token before the next attempt, or raise."""
        status = response.status_code
        error = self._service_error(response)
        if status == 429:
            self._throttled(response, error)
            return
        unclear = self.method != "GET" and (contradicts(response) or not is_refusal(status))
        if status in TRANSIENT or status > 504 or unclear:
            # A 5xx does not say whether a write was done, nor does a status that nobody knows, so it keeps its id.
            self.lost = self.lost or self.method != "GET"
            patient = self.method != "GET" or self.attempts <= REPEATS
            asked = retry_after(response.headers) or 0.0
            if patient and self._wait(max(asked, pause(self.attempts))):
                return
            if self.method != "GET":
                raise self._about(TransportError(error.message, **error.details), ambiguous=True)
            raise error
        if not self.renewed and helped_by_new_token(error):
            self.renewed = True
            try:
                fresh = self.transport.tokens.renew(self.token)
            except CollectionError as exc:
                kind = SignInError if not self.lost else partial(TransportError, ambiguous=True)
                raise kind(f"{error.message} A new token was asked for, but: {exc.message}", **exc.details) from None
            if fresh:
                self._new_request_id()
                self._go_on()
                self.token = fresh
                return
        raise error

    def _send(self) -> t.Any:
        """One attempt, when the budgets allow it."""
        headers = {**self.headers, "MS-RequestId": self.request_id}
        gate = self.transport.gate
        if gate is None:
            return self.transport.send(self.method, self.path, self.query, headers, self.body, self.token)
        weight = 1 if self.method == "GET" else WRITE_WEIGHT
        moment = gate.enter(weight)
        while moment is None:
            self._wait_at_the_gate(gate)
            moment = gate.enter(weight)
        asked = None
        try:
            # Many may have waited here for their turn.
            self._go_on()
            response = self.transport.send(self.method, self.path, self.query, headers, self.body, self.token)
            if response.status_code == 429:
                asked = retry_after(response.headers) or 1.0
        finally:
            gate.leave(weight, moment, asked)
        return response

    def _wait_at_the_gate(self, gate: Gate) -> None:
        """Wait while another request's refusal holds for this customer too; it counts against max_wait like one's
        own."""
        seconds = gate.closed_for()
        if seconds and not self._wait(seconds, self.transport.counters.held_back):
            raise Throttled(
                f"{self._what()} was not sent{' again' if self.lost else ''}: Partner Center asks to wait "
                f"{seconds:.0f} more seconds, and max_wait leaves {self.transport.budget.left:.0f} of "
                f"{self.transport.budget.total:.0f}. Raise max_wait or run again later.",
                status=429,
                repeated=self.lost,
                correlation_id=self.transport.correlation_id,
            )

    def _throttled(self, response: t.Any, error: ServiceError) -> None:
        self.transport.counters.add(throttled=1)
        asked = retry_after(response.headers)
        seconds = max(asked or 0.0, pause(self.attempts) if self.attempts > 1 or asked is None else 0.0)
        if self.transport.gate:
            # Another request of this customer may have been told to wait longer.
            seconds = max(seconds, self.transport.gate.closed_for())
        if not self._wait(seconds, self.transport.counters.held_back):
            raise Throttled(
                f"{self._what()} is throttled: Partner Center asks to wait {seconds:.0f} seconds, and max_wait leaves "
                f"{self.transport.budget.left:.0f} of {self.transport.budget.total:.0f}. Raise max_wait or run again "
                "later.",
                status=429,
                repeated=self.lost,
                **{key: value for key, value in error.details.items() if key != "http_status"},
            )
        self._new_request_id()

    def _new_request_id(self) -> None:
        """After a clear refusal the id is spent, unless an earlier attempt may still have been carried out under it."""
        if not self.lost:
            self.request_id = str(uuid.uuid4())

    def _service_error(self, response: t.Any) -> ServiceError:
        code, description = read_error(response, self.transport.secrets.scrub)
        request_id = clean_header(response.headers.get("MS-RequestId")) or self.request_id
        correlation_id = clean_header(response.headers.get("MS-CorrelationId")) or self.transport.correlation_id
        message = self._refused(response.status_code, code, description)
        return refusal(
            f"{message}{ids_words(request_id, correlation_id)}",
            path=self.path,
            status=response.status_code,
            code=code,
            description=description,
            repeated=self.lost,
            request_id=request_id,
            correlation_id=correlation_id,
        )

    def _what(self) -> str:
        return f"{self.method} /v1/{self.path}"

    def _correlation_id(self) -> str:
        return self.transport.correlation_id
