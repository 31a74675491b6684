"""Paths that a service has or has not, links that are followed whole, and how long an answer is waited for."""

from __future__ import annotations

import typing as t
from urllib.parse import urlencode

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import ARGUMENT_SPEC, resolve
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.paging import next_page
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_info import (
    _customers as customers_of,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import connect
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS
from .wires import Response, client, session, wire

GATEWAY = Response(404, {"statusCode": 404, "message": "Resource not found"})
NO_USER = Response(404, {"code": 60002, "description": "User object Id is not found."})
FULL = {
    "id": CUSTOMER,
    "companyProfile": {"domain": "a.onmicrosoft.com"},
    "customDomains": ["a.onmicrosoft.com", "B.x"],
}


BARE = {"id": CUSTOMER, "companyProfile": {"domain": "a.onmicrosoft.com"}}


class TestDomains:
    def test_the_list_of_verified_domains(self) -> None:
        api, script, _slept = client(Response(200, ["A.onmicrosoft.com", "b.example"]))
        assert api.domains() == ("a.onmicrosoft.com", "b.example")
        assert [asked[1] for asked in script.asked] == [f"customers/{CUSTOMER}/customDomains"]

    @pytest.mark.parametrize(
        "answer",
        [
            GATEWAY,
            Response(404, {"code": 1000}),
            Response(403, {"code": 900308}),
            Response(400, {"code": 3000}),
            Response(405, {"code": 900141}),
            *(Response(200, body) for body in ([], {}, ["a.x", None], "a.x", [7], [""], {"items": ["a.x"]})),
        ],
    )
    def test_where_there_is_none_the_customer_tells(self, answer: Response) -> None:
        api, script, _slept = client(answer, Response(200, FULL))
        assert api.domains() == ("a.onmicrosoft.com", "b.x")
        assert [asked[1] for asked in script.asked] == [f"customers/{CUSTOMER}/customDomains", f"customers/{CUSTOMER}"]

    @pytest.mark.parametrize(
        ("answers", "domains"),
        [([FULL], ("a.onmicrosoft.com", "b.x")), ([BARE, ["c.x"]], ("c.x",)), ([BARE, {}, BARE], None)],
    )
    def test_a_customer_that_does_not_name_its_domains(self, answers: t.Any, domains: t.Any) -> None:
        made, script, _slept = session(*(Response(200, answer) for answer in answers))
        (found,) = customers_of(made, {"customer_id": CUSTOMER})
        assert found.domains == domains and not script.answers

    def test_a_service_without_the_path_is_asked_once(self) -> None:
        api, script, _slept = client(GATEWAY, Response(200, FULL), Response(200, FULL))
        assert api.domains() == api.domains()
        assert [asked[1].rpartition("/")[2] for asked in script.asked] == ["customDomains", CUSTOMER, CUSTOMER]

    @pytest.mark.parametrize("status", [401, 500])
    def test_trouble_is_no_missing_path(self, status: int) -> None:
        api, _script, _slept = client(*[Response(status, {"code": 1})] * 9, seconds=0)
        with pytest.raises(ServiceError):
            api.domains()


class TestReset:
    def reset(self, *answers: Response) -> tuple[t.Any, list[tuple[str, str]]]:
        api, script, _slept = client(*answers)
        error = None
        try:
            api.reset_password(IDS[1], Secret("Correct-Horse-7"), None)
        except ServiceError as exc:
            error = exc
        return error, [(asked[0], asked[1].rpartition("/")[2]) for asked in script.asked]

    @pytest.mark.parametrize("answer", [GATEWAY, Response(405, {"code": 900141})])
    def test_a_path_that_is_surely_unknown_costs_no_read(self, answer: Response) -> None:
        assert self.reset(answer, Response(200, wire())) == (None, [("PATCH", "resetpassword"), ("PATCH", IDS[1])])

    @pytest.mark.parametrize(
        "answer", [Response(404, {"code": 1000}), Response(404), Response(400, {"code": 800002}), Response(400)]
    )
    def test_one_that_may_be_unknown_costs_one(self, answer: Response) -> None:
        error, asked = self.reset(answer, Response(200, wire()), Response(200, wire()))
        assert (error, asked) == (None, [("PATCH", "resetpassword"), ("GET", IDS[1]), ("PATCH", IDS[1])])

    @pytest.mark.parametrize(
        "answer",
        [
            NO_USER,
            Response(404, {"code": 60003}),
            Response(400, {"code": 3000, "description": "Invalid property: password. The specified password ..."}),
            Response(403, {"code": 900308}),
        ],
    )
    def test_what_is_about_the_user_or_the_password_is_no_unknown_path(self, answer: Response) -> None:
        error, asked = self.reset(answer)
        assert error is not None and asked == [("PATCH", "resetpassword")]

    def test_a_user_who_is_not_there(self) -> None:
        error, asked = self.reset(Response(404, {"code": 1000}), NO_USER)
        assert error.code == "1000" and len(asked) == 2

    def test_a_service_that_refuses_both_forms_has_the_last_word(self) -> None:
        refused = Response(400, {"code": 3000, "description": "no"})
        api, script, _slept = client(
            Response(400), Response(200, wire()), refused, Response(200, wire()), Response(200, wire())
        )
        with pytest.raises(ServiceError) as caught:
            api.reset_password(IDS[1], Secret("Correct-Horse-7"), None)
        assert caught.value.code == "3000"
        api.reset_password(IDS[1], Secret("Correct-Horse-7"), None)
        assert script.asked[3][1].endswith("/resetpassword"), "it is not known that the path is not there"

    def test_what_was_learned_holds_for_the_run(self) -> None:
        api, script, _slept = client(Response(400), Response(200, wire()), *[Response(200, wire())] * 2)
        for _again in range(2):
            api.reset_password(IDS[1], Secret("Correct-Horse-7"), None)
        assert len(script.asked) == 4 and script.asked[3][1] == f"customers/{CUSTOMER}/users/{IDS[1]}"


names = st.text("abcdefgABC-", min_size=1, max_size=12).map("X-".__add__)
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
pairs = st.lists(st.tuples(names, values), max_size=5)


class TestLinks:
    @given(pairs, pairs)
    def test_every_parameter_and_every_header(self, parameters: t.Any, headers: t.Any) -> None:
        link = {
            "uri": "/customers?" + urlencode(parameters),
            "headers": [{"key": name, "value": value} for name, value in headers],
        }
        found, sent = next_page(link, "customers")
        assert found == parameters, "repeated ones too"
        assert sent == dict(headers)

    @pytest.mark.parametrize(
        "name",
        "Authorization authorization Host Connection Keep-Alive Proxy-Authorization Proxy-Authenticate TE Trailer "
        "Transfer-Encoding Upgrade Content-Length Expect Accept-Encoding Proxy-Anything".split(),
    )
    def test_what_is_between_two_hops_or_ours_stays(self, name: str) -> None:
        link = {"uri": "/customers", "headers": [{"key": name, "value": "x"}, {"key": "X-Shard", "value": "7"}]}
        assert next_page(link, "customers")[1] == {"X-Shard": "7"}

    @pytest.mark.parametrize(
        "header",
        [
            {"key": "X-A", "value": "a\r\nb: c"},
            {"key": "X A", "value": "a"},
            {"key": "", "value": "a"},
            {"key": "X-\u00e9", "value": "a"},
        ],
    )
    def test_what_is_no_header_breaks_the_listing(self, header: t.Any) -> None:
        with pytest.raises(TransportError):
            next_page({"uri": "/customers", "headers": [header]}, "customers")


class TestTimeouts:
    @pytest.mark.parametrize(("given", "read", "write"), [(None, 60, 120), (7, 7, 7), (300, 300, 300)])
    def test_a_write_is_waited_for_longer(
        self, given: int | None, read: int, write: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited = []

        class Session(http.requests.Session):
            def request(self, method: str, url: str, **kwargs: t.Any) -> t.Any:
                waited.append((method, kwargs["timeout"]))
                raise http.requests.exceptions.ConnectionError("x")

        monkeypatch.setattr(http.requests, "Session", Session)
        params = dict.fromkeys(ARGUMENT_SPEC) | {"access_token": "a.b.c", "auth_method": "auto"}
        params |= {"cloud_environment": "AzureCloud", "validate_certs": True, "max_wait": 0, "token_cache": False}
        explicit = ("access_token", *(() if given is None else ("timeout",)))
        settings = resolve({**params, "timeout": given or 60}, explicit, environ={})
        api = connect(settings, Secrets(), operation="x", read_only=False)
        for method in ("GET", "PATCH"):
            with pytest.raises(http.requests.exceptions.ConnectionError):
                api.transport.send(method, "customers", None, {}, None, "token")
        assert waited == [("GET", (min(10, read), read)), ("PATCH", (min(10, write), write))]
