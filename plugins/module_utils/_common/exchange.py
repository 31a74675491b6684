# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""One logical request from the first attempt to an answer or an error; what differs between services is left to a
subclass.

Redirects are refused, unreadable answers are repeated or given up, and everything that waits or sends asks first
whether the run goes on.
"""

from __future__ import annotations

import abc
import typing as t

from . import http
from .answers import WHOLE, Answer, Counters, looks_like_html
from .errors import TransportError
from .foreign import parse_json
from .interruption import Interrupted
from .waits import WaitBudget, pause

TRANSIENT = frozenset({408, 500, 502, 503, 504})
REPEATS = 4
"""Repeats of a read, or of a write that never reached the server."""


class Link(t.Protocol):
    """What an exchange needs of the connection that it goes over."""

    counters: Counters
    budget: WaitBudget


class Exchange(abc.ABC):
    """One request. A subclass says how it is sent and what its answers mean.

    :cvar ADDRESS: the option that names the server.
    :cvar RESENDS: whether a write whose answer was lost may be sent again, because the service knows it by its id.
    """

    ADDRESS: t.ClassVar[str]
    RESENDS: t.ClassVar[bool]

    def __init__(self, link: Link, method: str, path: str, request_id: str, url: str, verify: bool | str) -> None:
        self.link = link
        self.method = method
        self.path = path
        self.request_id = request_id
        self.url = url
        self.verify = verify
        self.attempts = 0
        self.lost = False  # an earlier attempt may have been carried out

    # What a service gives

    def _prepare(self) -> None:  # noqa: B027 - not every service has something to prepare
        """What is to be had before the first attempt."""

    @abc.abstractmethod
    def _send(self) -> t.Any:
        """One attempt; returns the requests.Response or raises requests' exceptions."""

    def _no_success(self, _response: t.Any) -> TransportError | None:
        """Why an answer in the range of success is none for this request; None if it is one."""
        return None

    def _needs_body(self, _response: t.Any) -> bool:
        """Whether a body that cannot be read makes the answer useless."""
        return True

    @abc.abstractmethod
    def _answer(self, response: t.Any, body: t.Any) -> Answer:
        """The good answer."""

    @abc.abstractmethod
    def _after_refusal(self, response: t.Any) -> None:
        """Wait before the next attempt, or raise."""

    @abc.abstractmethod
    def _what(self) -> str:
        """The request in a message."""

    @abc.abstractmethod
    def _correlation_id(self) -> str:
        """The id under which the service knows the run."""

    # What holds for all

    def run(self, counted: bool = True) -> Answer:
        """Send until there is an answer. :param counted: whether it counts as a request of its own. :raises
        CollectionError:"""
        self._go_on()
        self._prepare()
        if counted:
            self.link.counters.add(**{"reads" if self.method == "GET" else "writes": 1})
        while True:
            self.attempts += 1
            if self.attempts > 1:
                self.link.counters.add(retries=1)
            try:
                response = self._send()
            except (http.requests.exceptions.RequestException, OSError) as exc:
                self._after_no_answer(http.explain(exc, self.url, self.verify))
                continue
            if 200 <= response.status_code < 300:
                answer = self._good(response)
                if answer is not None:
                    return answer
                continue
            if 300 <= response.status_code < 400:
                raise self._redirected(response.status_code)
            self._after_refusal(response)

    def _good(self, response: t.Any) -> Answer | None:
        """The answer, or None when its body is unreadable and the request is worth repeating."""
        status = response.status_code
        if self.method == "GET" and status not in WHOLE:
            words = f"{self._host()} returned HTTP {status} for a read, which is not a complete response."
            self._after_no_answer(TransportError(words, error_class="incomplete", http_status=status))
            return None
        wrong = self._no_success(response)
        if wrong is not None:
            self._after_no_answer(wrong, repeat=False)
            return None
        body = None
        try:
            body = parse_json(response.content)
        except ValueError:
            if self._needs_body(response):
                error = self._unreadable(response)
                self._after_no_answer(error, repeat=error.details.get("error_class") != "html")
                return None
        return self._answer(response, body)

    def _unreadable(self, response: t.Any) -> TransportError:
        kind, words = "bad_json", f"The response of {self._host()} was truncated or is not JSON."
        if looks_like_html(response):
            kind, words = (
                "html",
                f"{self._host()} returned an HTML page where JSON was expected. A proxy or a sign-in portal is "
                f"probably in between, or {self.ADDRESS} is wrong.",
            )
        return TransportError(words, ambiguous=True, error_class=kind, http_status=response.status_code)

    def _redirected(self, status: int) -> TransportError:
        return self._about(
            TransportError(
                f"{self._host()} returned a redirect ({status}). It was not followed, because it would receive the "
                f"token. Check {self.ADDRESS}.",
                error_class="redirect",
                http_status=status,
            ),
            # Who sent it may have passed a write on before.
            ambiguous=self.method != "GET",
        )

    def _after_no_answer(self, error: TransportError, repeat: bool = True) -> None:
        """Wait before the next attempt, or raise."""
        fatal = error.details.get("error_class") in ("tls", "proxy", *http.BEYOND_BOUNDS)
        if self.method != "GET" and error.ambiguous:
            self.lost = True
            patient = self.RESENDS
        else:
            patient = self.attempts <= REPEATS and repeat
        if fatal or not patient or not self._wait(pause(self.attempts)):
            raise self._about(error, ambiguous=self.lost)

    def _wait(self, seconds: float, begun: t.Callable[[float], None] | None = None) -> bool:
        waited = self.link.budget.wait(seconds, begun)
        self._go_on()
        return waited

    def _go_on(self) -> None:
        """:raises Interrupted: nothing more may be sent."""
        why = self.link.budget.interruption.reached()
        if why:
            raise Interrupted(
                f"{self._what()} was not sent{' again, and its outcome is unknown' if self.lost else ''}. {why}",
                ambiguous=self.lost,
                correlation_id=self._correlation_id(),
            )

    def _about(self, error: TransportError, ambiguous: bool) -> TransportError:
        """An error with the request that it is about."""
        tries = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        return TransportError(
            f"{self._what()} received no usable response{tries}: {error.message}",
            ambiguous=ambiguous,
            **{**error.details, "request_id": self.request_id, "correlation_id": self._correlation_id()},
        )

    def _refused(self, status: int, code: str | None, words: str | None) -> str:
        """The first sentence about a refusal."""
        message = (
            f"{self._what()} returned HTTP {status}{f', code {code}' if code else ''}{f': {words}' if words else ''}"
        )
        return message if message.endswith((".", "!", "?", "]")) else message + "."

    def _host(self) -> str:
        return self.url.partition("//")[2]
