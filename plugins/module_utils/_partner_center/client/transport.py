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
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import partial

from ..._common import http
from ..._common.answers import WHOLE, Answer, Counters, is_refusal, looks_like_html, read_error
from ..._common.errors import CheckModeViolation, CollectionError, ServiceError, SignInError, Throttled, TransportError
from ..._common.foreign import clean_header, parse_json
from ..._common.interruption import Interrupted
from ..._common.secrets import Secrets
from ..._common.version import USER_AGENT
from ..._common.waits import WaitBudget, pause, retry_after
from .meaning import helped_by_new_token, refusal
from .pacing import WRITE_WEIGHT, Gate

TRANSIENT = frozenset({408, 500, 502, 503, 504})
READ_REPEATS = 4
"""Repeats of a read, or of a write that never reached the server; a write whose answer was lost is repeated until
max_wait."""


class Tokens(t.Protocol):
    """Where access tokens come from."""

    def get(self) -> str:
        """A token to send."""

    def renew(self, rejected: str) -> str | None:
        """Another token than the rejected one, or None if there is no way to get one."""


class Transport:
    """One run's connection to the API; may be used from several threads.

    :param api_url: scheme, host and port.
    :param read_only: check mode: anything but GET is refused here, whatever the caller does.
    """

    def __init__(
        self,
        api_url: str,
        tokens: Tokens,
        *,
        verify: bool | str = True,
        timeout: int = 60,
        budget: WaitBudget | None = None,
        secrets: Secrets | None = None,
        read_only: bool = False,
        connections: int = 10,
    ) -> None:
        self.api_url = api_url
        self.tokens = tokens
        self.verify = verify
        self.budget = budget or WaitBudget(120)
        self.secrets = secrets or Secrets()
        self.read_only = read_only
        self.counters = Counters()
        self.correlation_id = str(uuid.uuid4())
        self.server_time: datetime | None = None
        self.gate: Gate | None = None
        self._session = http.session(verify, timeout, connections)

    def for_customer(self, gate: Gate, budget: WaitBudget) -> Transport:
        """The same connection, token and counters, with a customer's own pace and its own budget for waiting."""
        other = copy.copy(self)
        other.gate, other.budget = gate, budget
        return other

    def now(self) -> datetime:
        """The service's time as its last answer gave it, so that "days left" does not depend on this machine's
        clock."""
        return self.server_time or datetime.now(timezone.utc)

    def get(
        self, path: str, query: t.Mapping[str, t.Any] | None = None, headers: t.Mapping[str, str] | None = None
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
                f"Check mode: {method} {path} was stopped before it was sent. Please report this as a defect."
            )
        return _Exchange(self, method, path, body=body, request_id=request_id).run(counted)

    def send(self, method: str, path: str, query: t.Any, headers: dict[str, str], body: t.Any, token: str) -> t.Any:
        """Put one request on the wire; returns the requests.Response or raises requests' exceptions."""
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
            headers = {**headers, "Content-Type": "application/json"}
        headers = {
            "Accept": "application/json",
            "X-Locale": "en-US",
            "MS-CorrelationId": self.correlation_id,
            "MS-PartnerCenter-Application": USER_AGENT,
            **headers,
            "Authorization": f"Bearer {token}",
        }
        response = self._session.request(method, f"{self.api_url}/v1/{path}", params=query, headers=headers, data=data)
        self._learn_time(response.headers.get("Date"))
        return response

    def _learn_time(self, date: str | None) -> None:
        try:
            if date:
                moment = parsedate_to_datetime(date)
                self.server_time = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        except (TypeError, ValueError):
            pass


class _Exchange:
    """One logical request from the first attempt to an answer or an error."""

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
        self.transport = transport
        self.method = method
        self.path = path
        self.query = query
        self.headers = dict(headers or {})
        self.body = body
        self.request_id = request_id or str(uuid.uuid4())
        self.attempts = 0
        self.lost = False  # an earlier attempt may have been carried out
        self.renewed = False

    def run(self, counted: bool = True) -> Answer:
        self._go_on()
        token = self.transport.tokens.get()
        self._go_on()
        if counted:
            self.transport.counters.add(**{"reads" if self.method == "GET" else "writes": 1})
        while True:
            self.attempts += 1
            if self.attempts > 1:
                self.transport.counters.add(retries=1)
            try:
                response = self._send_in_turn(token)
            except http.requests.exceptions.RequestException as exc:
                self._after_no_answer(http.explain(exc, self.transport.api_url, self.transport.verify))
                continue
            except OSError as exc:
                raise self._about(http.explain(exc, self.transport.api_url, self.transport.verify)) from None
            if 200 <= response.status_code < 300:
                answer = self._good(response)
                if answer is not None:
                    return answer
                continue
            token = self._after_refusal(response, token)

    def _good(self, response: t.Any) -> Answer | None:
        """The answer, or None when its body is unreadable and the request is worth repeating."""
        if self.method == "GET" and response.status_code not in WHOLE:
            error = f"{self._host()} answered a read with HTTP {response.status_code}, which is no complete answer."
            self._after_no_answer(TransportError(error, error_class="incomplete", http_status=response.status_code))
            return None
        try:
            body = parse_json(response.content)
        except ValueError:
            error = self._unreadable(response)
            self._after_no_answer(error, repeat_reads="html" not in str(error.details.get("error_class")))
            return None
        return Answer(
            response.status_code,
            body,
            clean_header(response.headers.get("MS-RequestId")) or self.request_id,
            clean_header(response.headers.get("MS-CorrelationId")) or self.transport.correlation_id,
            self.attempts,
            self.lost,
            response.headers,
        )

    def _unreadable(self, response: t.Any) -> TransportError:
        if looks_like_html(response):
            return TransportError(
                f"{self._host()} answered with an HTML page where JSON was expected. A proxy or a sign-in portal is "
                "probably in between, or api_url is wrong.",
                ambiguous=True,
                error_class="html",
                http_status=response.status_code,
            )
        return TransportError(
            f"The answer of {self._host()} was cut off or is not JSON.",
            ambiguous=True,
            error_class="bad_json",
            http_status=response.status_code,
        )

    def _after_no_answer(self, error: TransportError, repeat_reads: bool = True) -> None:
        """Wait before the next attempt, or raise."""
        fatal = error.details.get("error_class") in ("tls", "proxy", *http.BEYOND_BOUNDS)
        if self.method != "GET" and error.ambiguous:
            self.lost = True
            patient = True
        else:
            patient = self.attempts <= READ_REPEATS and repeat_reads
        if fatal or not patient or not self._wait(pause(self.attempts)):
            raise self._about(error, ambiguous=self.lost)

    def _after_refusal(self, response: t.Any, token: str) -> str:
        """Wait or renew the token before the next attempt, or raise; returns the token to go on with."""
        status = response.status_code
        if 300 <= status < 400:
            raise self._about(
                TransportError(
                    f"{self._host()} answered with a redirect ({status}); it is not followed, because the token would "
                    "go along. Check api_url.",
                    error_class="redirect",
                    http_status=status,
                ),
                # Who sent it may have passed a write on before.
                ambiguous=self.method != "GET",
            )
        error = self._service_error(response)
        if status == 429:
            self._throttled(response, error)
            return token
        unclear = self.method != "GET" and not is_refusal(status)
        if status in TRANSIENT or status > 504 or unclear:
            # A 5xx does not say whether a write was done, nor does a status that nobody knows, so it keeps its id.
            self.lost = self.lost or self.method != "GET"
            patient = self.method != "GET" or self.attempts <= READ_REPEATS
            asked = retry_after(response.headers) or 0.0
            if patient and self._wait(max(asked, pause(self.attempts))):
                return token
            if self.method != "GET":
                raise self._about(TransportError(error.message, ambiguous=True, **error.details))
            raise error
        if not self.renewed and helped_by_new_token(error):
            self.renewed = True
            try:
                fresh = self.transport.tokens.renew(token)
            except CollectionError as exc:
                kind = SignInError if not self.lost else partial(TransportError, ambiguous=True)
                raise kind(f"{error.message} A new token was asked for, but: {exc.message}", **exc.details) from None
            if fresh:
                self._new_request_id()
                self._go_on()
                return fresh
        raise error

    def _send_in_turn(self, token: str) -> t.Any:
        """One attempt, when the budgets allow it."""
        headers = {**self.headers, "MS-RequestId": self.request_id}
        gate = self.transport.gate
        if gate is None:
            return self.transport.send(self.method, self.path, self.query, headers, self.body, token)
        weight = 1 if self.method == "GET" else WRITE_WEIGHT
        moment = gate.enter(weight)
        while moment is None:
            self._wait_at_the_gate(gate)
            moment = gate.enter(weight)
        asked = None
        try:
            # Many may have waited here for their turn.
            self._go_on()
            response = self.transport.send(self.method, self.path, self.query, headers, self.body, token)
            if response.status_code == 429:
                asked = retry_after(response.headers) or 1.0
        finally:
            gate.leave(weight, moment, asked)
        return response

    def _wait(self, seconds: float, begun: t.Callable[[float], None] | None = None) -> bool:
        waited = self.transport.budget.wait(seconds, begun)
        self._go_on()
        return waited

    def _go_on(self) -> None:
        """:raises Interrupted: nothing more may be sent."""
        why = self.transport.budget.interruption.reached()
        if why:
            raise Interrupted(
                f"{self._what()} was not sent{' again, and what became of it is not known' if self.lost else ''}. "
                f"{why}",
                ambiguous=self.lost,
                correlation_id=self.transport.correlation_id,
            )

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
        code, scrubbed = read_error(response, self.transport.secrets.scrub)
        words = f": {scrubbed}" if scrubbed else ""
        numbered = f", code {code}" if code else ""
        request_id = clean_header(response.headers.get("MS-RequestId")) or self.request_id
        correlation_id = clean_header(response.headers.get("MS-CorrelationId")) or self.transport.correlation_id
        message = f"{self._what()} was refused with HTTP {response.status_code}{numbered}{words}"
        message = message if message.endswith((".", "!", "?")) else message + "."
        return refusal(
            f"{message} (request id {request_id}, correlation id {correlation_id})",
            path=self.path,
            status=response.status_code,
            code=code,
            description=scrubbed,
            repeated=self.lost,
            request_id=request_id,
            correlation_id=correlation_id,
        )

    def _about(self, error: TransportError, ambiguous: bool | None = None) -> TransportError:
        details = {**error.details, "request_id": self.request_id, "correlation_id": self.transport.correlation_id}
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return TransportError(
            f"{self._what()} got no usable answer{tries}: {error.message}",
            ambiguous=error.ambiguous if ambiguous is None else ambiguous,
            **details,
        )

    def _what(self) -> str:
        return f"{self.method} /v1/{self.path}"

    def _host(self) -> str:
        return self.transport.api_url.partition("//")[2]
