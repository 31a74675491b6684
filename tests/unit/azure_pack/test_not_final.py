"""What is no final answer, and what is no answer that can be taken in: at the Service Management API and at the
token service."""

from __future__ import annotations

import itertools
import json
import time
import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client import client as api_module
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.client import Api
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.meaning import read_refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.transport import Transport
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import UserDeclaration
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
    azure_pack_access_token_info as sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import carry_out
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from hypothesis import given
from hypothesis import strategies as st
from support.raw_server import Visitor, serving

from .answers import Answers
from .issuers import TOKEN, fault, issued
from .service import NAME, Response, settings, wire

NOT_FINAL = [300, 301, 302, 303, 304, 307, 308, 399, 408, 444, 499, 500, 501, 502, 505, 511, 599, 600, 777]
ABSENT = Response(404, {"Code": "NotFound", "Message": "No such user."})


@pytest.mark.parametrize("status", NOT_FINAL)
@pytest.mark.parametrize("state", ["present", "absent", "suspended"])
def test_a_write_is_looked_after(status: int, state: str) -> None:
    """Create, delete and update that were carried out although the answer does not say so."""
    before = ABSENT if state == "present" else wire()
    pending = (
        wire(state="delete_pending")
        if state == "absent"
        else wire(state="suspended" if state == "suspended" else "active")
    )
    service = Answers(before, Response(status), pending)
    declaration = UserDeclaration(state, NAME, email=NAME) if state == "present" else UserDeclaration(state, NAME)
    outcome = carry_out(read_and_plan(service.api(), declaration), service.api())
    assert outcome.status == "changed" and outcome.changed, outcome.message


@pytest.mark.parametrize("status", NOT_FINAL)
def test_what_cannot_be_confirmed_is_unknown(status: int) -> None:
    service = Answers(wire(), Response(status), wire())
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("absent", NAME)), service.api())
    assert (outcome.status, outcome.changed) == ("unknown", False)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 412, 422, 451])
def test_a_refusal_is_one(status: int) -> None:
    service = Answers(wire(), Response(status, {"Code": "Code", "Message": "no"}), wire())
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("suspended", NAME)), service.api())
    assert outcome.status == "failed"


@pytest.mark.parametrize("status", [202, 204, 205, 206, 226])
def test_a_read_wants_a_complete_answer(status: int) -> None:
    with pytest.raises(TransportError) as caught:
        Answers(Response(status, wire())).api().user(NAME)
    assert caught.value.details["error_class"] == "incomplete"


def test_a_listing_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "MOST_PAGES", 30)
    numbers = itertools.count()

    class Endless(Answers):
        def answer(self, *request: t.Any) -> Response:
            self.sent.append(request[:4])
            last = f"u{next(numbers)}@x.example"
            first = f"u{int(last[1:].partition('@')[0]) - 1}@x.example"
            return Response(200, {"items": [wire(first), wire(last)], "filteredTotalCount": self.total})

    for total in (None, 10**9):
        service = Endless(None)
        service.total = total
        with pytest.raises(TransportError) as caught:
            service.api().users()
        assert caught.value.details["reason"] == "listing_without_end" and len(service.sent) == 30


def test_a_code_without_end_is_cut() -> None:
    for content in (
        {"Code": "C" * 10_000, "Message": "m"},
        b"<Error><Code>" + b"C" * 10_000 + b"</Code></Error>",
        {"code": 10**500},
    ):
        assert len(str(read_refusal(Response(400, content))[1])) <= 100


@given(
    body=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(exclude_categories=()), max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "Name",
                        "Email",
                        "State",
                        "items",
                        "filteredTotalCount",
                        "Code",
                        "Message",
                        "Details",
                        "ActivationSyncState",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=8,
    ),
    status=st.sampled_from([200, 201, 202, 302, 400, 404, 409, 500]),
)
def test_no_answer_breaks_anything(body: t.Any, status: int) -> None:
    service = Answers(wire(), Response(status, json.dumps(body).encode()))
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("suspended", NAME)), service.api())
    assert "Internal error" not in outcome.message
    json.dumps([outcome.message, outcome.details], ensure_ascii=False).encode()
    try:
        Answers(Response(status, json.dumps(body).encode())).api().users()
    except CollectionError:
        pass


BEYOND: dict[str, tuple[str, t.Callable[[Visitor], None]]] = {
    "slow": (
        "answer_too_slow",
        lambda visitor: (visitor.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), visitor.drip(b" "))[0],
    ),
    "large": (
        "answer_too_large",
        lambda visitor: (visitor.say(b"HTTP/1.1 200 OK\r\n\r\n"), [visitor.say(b" " * 65536) for _part in range(1000)])[
            0
        ],
    ),
}


@pytest.mark.parametrize("name", BEYOND)
def test_the_api_is_bounded_and_not_asked_again(tmp_path: t.Any, name: str) -> None:
    word, act = BEYOND[name]
    with serving(tmp_path, act) as server:
        api = Api(
            Transport(replace(settings(), url=server.url, verify=server.ca_path, timeout=1), Secrets(), read_only=False)
        )
        for call, ambiguous in (
            (lambda: api.user(NAME), False),
            (lambda: api.delete_user(NAME, delete_subscriptions=False, force=False), True),
        ):
            started, before = time.monotonic(), len(server.requests)
            with pytest.raises(TransportError) as caught:
                call()
            assert (caught.value.details["reason"], caught.value.ambiguous) == (word, ambiguous)
            assert time.monotonic() - started < 2 and len(server.requests) == before + 1


class TestTheTokenService:
    def fetch(self, server: t.Any) -> str:
        wanted = sign_in.SignIn(f"{server.url}/x", "realm", "ann", Secret("pw-canary"), server.ca_path, 1, 0, {})
        return sign_in.fetch(wanted, Secrets())

    @pytest.mark.parametrize("name", BEYOND)
    def test_it_is_bounded_and_the_password_not_sent_again(self, tmp_path: t.Any, name: str) -> None:
        word, act = BEYOND[name]
        with serving(tmp_path, act) as server:
            started = time.monotonic()
            with pytest.raises(CollectionError) as caught:
                self.fetch(server)
            assert (
                caught.value.details["reason"] == word and time.monotonic() - started < 2 and len(server.requests) == 1
            )

    @pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "401 No", "500 Error", "600 What"])
    def test_a_token_comes_with_200_or_not_at_all(self, tmp_path: t.Any, status: str) -> None:
        with (
            serving(tmp_path, lambda visitor: visitor.answer(issued(TOKEN), status)) as server,
            pytest.raises(TransportError) as caught,
        ):
            self.fetch(server)
        assert caught.value.details["error_class"] == "not_a_token_service" and TOKEN not in caught.value.message

    def test_interim_answers_come_before_the_token(self, tmp_path: t.Any) -> None:
        def act(visitor: Visitor) -> None:
            visitor.say(b"HTTP/1.1 102 Processing\r\n\r\n")
            visitor.answer(issued(TOKEN))

        with serving(tmp_path, act) as server:
            assert self.fetch(server) == TOKEN

    def test_half_a_character_is_no_xml(self, tmp_path: t.Any) -> None:
        with (
            serving(tmp_path, lambda visitor: visitor.answer(fault("x", "&#xD83D;"), "500 Error")) as server,
            pytest.raises(TransportError) as caught,
        ):
            self.fetch(server)
        assert caught.value.details["error_class"] == "not_a_token_service"
