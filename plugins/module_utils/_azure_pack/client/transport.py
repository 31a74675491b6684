# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Sends requests to the Service Management API: headers, repeats of reads, error answers, and the gate that check mode
closes.

Source: Windows Azure Pack REST reference. The service knows no idempotency key, so a write whose answer was lost is
never sent again here; whoever sent it has to look what became of it.
"""

from __future__ import annotations

import json
import time
import typing as t
from urllib.parse import quote

from ..._common import http
from ..._common.answers import Answer, Counters, is_page, is_refusal
from ..._common.errors import CheckModeViolation, Kind, Throttled, TransportError
from ..._common.exchange import REPEATS, TRANSIENT, Exchange
from ..._common.recordings import observer_of
from ..._common.secrets import Secrets
from ..._common.token_claims import read_claims, utc
from ..._common.waits import WaitBudget, pause, retry_after
from ..sign_in.settings import Settings
from .meaning import Refusal, error_in, not_found, read_refusal

if t.TYPE_CHECKING:
    from ..._common.traffic.dialect import Dialect

SUCCESS = {"GET": (200,), "POST": (200, 201), "PUT": (200,), "DELETE": (200, 202, 204)}
"""What success is answered with. Source: Windows Azure Pack REST reference, the page of each operation, and the preview
of 2012 for the 200 of a DELETE."""


def azure_pack_dialect() -> type[Dialect]:
    """How a recording shows what is exchanged with the API."""
    from .traffic import AzurePackTraffic

    return AzurePackTraffic


class Transport:
    """One run's connection to the API; may be used from several threads.

    :param read_only: check mode: anything but GET is refused here, whatever the caller does.
    """

    def __init__(self, settings: Settings, secrets: Secrets, *, read_only: bool, connections: int = 10) -> None:
        self.url = settings.url
        self.settings = settings
        self.secrets = secrets
        self.read_only = read_only
        self.budget = WaitBudget(settings.max_wait, interruption=settings.interruption)
        self.counters = Counters()
        self.request_id = settings.client_request_id
        self.session_id = settings.client_session_id
        seen = observer_of(settings.recording, azure_pack_dialect, settings.url, secrets)
        self._session = http.session(settings.verify, settings.timeout, connections, seen=seen)

    def get(self, path: str, query: t.Mapping[str, str] | None = None, principal: str | None = None) -> Answer:
        """One read. :raises Refusal, TransportError:

        :param principal: for whom it is, if not for whoever runs this.
        """
        return _Exchange(self, "GET", path, query, None, principal).run()

    def write(
        self,
        method: str,
        path: str,
        query: t.Mapping[str, str] | None = None,
        body: t.Any = None,
        *,
        answers: bool = True,
    ) -> Answer:
        """One write, sent once.

        :param answers: whether the body of a good answer is of interest.
        :raises CheckModeViolation: in check mode, always.
        :raises Refusal: it was refused; TransportError with ``ambiguous`` when it may have been done.
        """
        if self.read_only:
            raise CheckModeViolation(
                f"Check mode: {method} {path} was stopped before it was sent. Please report this as a bug."
            )
        return _Exchange(self, method, path, query, body, None, answers).run()

    def send(self, method: str, path: str, query: t.Any, body: t.Any, principal: str | None, request_id: str) -> t.Any:
        """Put one request on the wire; returns the requests.Response or raises requests' exceptions."""
        headers = {
            "Accept": "application/json",
            "Accept-Language": "en-US",
            "Authorization": f"Bearer {self.settings.access_token.reveal()}",
            "x-ms-principal-id": header_text(principal or self.settings.principal_id),
            "x-ms-client-request-id": request_id,
            "x-ms-client-session-id": self.session_id,
        }
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
            headers["Content-Type"] = "application/json; charset=utf-8"
        return self._session.request(method, f"{self.url}/{path}", params=query, headers=headers, data=data)


class _Exchange(Exchange):
    """A request to the Service Management API. A write that may have arrived is not sent again."""

    ADDRESS = "endpoint"
    RESENDS = False

    def __init__(
        self,
        transport: Transport,
        method: str,
        path: str,
        query: t.Any = None,
        body: t.Any = None,
        principal: str | None = None,
        answers: bool = True,
    ) -> None:
        request_id = f"{transport.request_id}-{time.strftime('%Y-%m-%d %H:%M:%SZ', time.gmtime())}"
        super().__init__(transport, method, path, request_id, transport.url, transport.settings.verify)
        self.transport = transport
        self.query = query
        self.body = body
        self.principal = principal
        self.answers = answers

    def _send(self) -> t.Any:
        return self.transport.send(self.method, self.path, self.query, self.body, self.principal, self.request_id)

    def _answer(self, response: t.Any, body: t.Any) -> Answer:
        return Answer(response.status_code, body, self.request_id, self.transport.session_id, self.attempts)

    def _needs_body(self, response: t.Any) -> bool:
        # No body is documented for such an answer, and one that cannot be read says nothing.
        return self.answers or is_page(response)

    def _no_success(self, response: t.Any) -> TransportError | None:
        """Why an answer in the range of success is none for this request; None if it is one."""
        status = response.status_code
        said = error_in(response, self.transport.secrets.scrub)
        if said is not None:
            words = f"{self._host()} returned HTTP {status} with an error in the response ({said})."
            return TransportError(
                words, ambiguous=True, error_class="error_in_answer", reason="error_in_answer", http_status=status
            )
        if status not in SUCCESS[self.method]:
            words = f"{self._host()} returned HTTP {status}, which this request does not return when it succeeds."
            return TransportError(
                words, ambiguous=True, error_class="unexpected_status", reason="unexpected_status", http_status=status
            )
        return None

    def _after_refusal(self, response: t.Any) -> None:
        """Wait before the next attempt, or raise."""
        status = response.status_code
        error = self._refusal(response)
        asked = retry_after(response.headers) or 0.0
        if status == 429:
            # Nothing was done, so that a write may be sent again, too.
            self.transport.counters.add(throttled=1)
            seconds = max(asked, pause(self.attempts))
            if not self._wait(seconds, self.transport.counters.held_back):
                raise Throttled(
                    f"{error.message} It asks to wait {seconds:.0f} seconds, and max_wait leaves "
                    f"{self.transport.budget.left:.0f} of {self.transport.budget.total:.0f}.",
                    status=429,
                    **{name: value for name, value in error.details.items() if name != "http_status"},
                )
            return
        if self.method != "GET" and not is_refusal(status):
            # Neither a 5xx nor a status that nobody knows says whether a write was done.
            raise TransportError(error.message, ambiguous=True, **error.details)
        if status in TRANSIENT or status > 504:
            if self.attempts <= REPEATS and self._wait(max(asked, pause(self.attempts))):
                return
        raise error

    def _refusal(self, response: t.Any) -> Refusal:
        source, code, words = read_refusal(response, self.transport.secrets.scrub)
        message = self._refused(response.status_code, code, words)
        error = Refusal(
            f"{message} (request id {self.request_id}, session id {self.transport.session_id})",
            source=source,
            status=response.status_code,
            code=code,
            description=words,
            **self._ids(),
        )
        hint = self._hint(error)
        error.message = f"{error.message} {hint}".rstrip()
        return error

    def _hint(self, error: Refusal) -> str:
        """What to do next."""
        settings = self.transport.settings
        if error.kind is Kind.LACKS_ROLE:
            claims = read_claims(settings.access_token.reveal())
            expires = claims.get("exp")
            until = utc(expires) if isinstance(expires, (int, float)) else "an unknown time"
            port = "30004 (admin)" if settings.api == "admin" else "30005 (tenant)"
            what = (
                f"The token is for {claims['aud']!s}"
                if isinstance(claims.get("aud"), str)
                else "The audience of the token is unknown"
            )
            return f"{what}, and expires at {until}. The API on port {port} expects one for {settings.realm}" + (
                ", of a principal that is registered with Add-MgmtSvcAdminUser. Get a new one with Get-MgmtSvcToken or "
                "azure_pack_access_token_info."
                if settings.api == "admin"
                else ", and serves only the user of the token or of principal_id."
            )
        if not_found(error) and error.kind is not Kind.ABSENT:
            return (
                "That does not mean that the user does not exist: it is not a response of the Service Management API. "
                "Either endpoint leads to another site, or the request filter of IIS rejects the name (a plus sign, "
                "for example, while allowDoubleEscaping is false)."
            )
        return ""

    def _ids(self) -> dict[str, t.Any]:
        return {"request_id": self.request_id, "correlation_id": self.transport.session_id}

    def _what(self) -> str:
        return f"{self.method} /{self.path}"

    def _correlation_id(self) -> str:
        return self.transport.session_id


def header_text(text: str) -> str:
    """A text in a header. A header takes ASCII; everything else is percent-encoded, which the service treats as
    equal."""
    return quote(text, safe="".join(chr(code) for code in range(32, 127) if chr(code) != "%"))
