"""When "there is no such user" is believed: on every road, for every form of a 404, with a list of users that knows
better or cannot be read."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import (
    UserDeclaration,
    Waiting,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import (
    UserOutcome,
    carry_out,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.deletion import (
    wait_for_deletions,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    ServiceError,
)

from .service import NAME, Response, Service, refused

OWN = refused(404)
EMPTY = Response(404)
NEARLY = Response(404, {"code": "NotFound", "message": "no"})
GATEWAY = Response(404, {"code": 404, "message": "page not found"})
ASPNET = Response(404, {"Message": "No HTTP resource was found that matches the request URI."})
PAGE = Response(404, b"<html>404.11</html>", {"Content-Type": "text/html"})
FORMS = {
    "own": OWN,
    "empty": EMPTY,
    "nearly": NEARLY,
    "gateway": GATEWAY,
    "asp.net": ASPNET,
    "page": PAGE,
    "text": Response(404, b"Not Found"),
}


class Hiding(Service):
    """Answers reads (and, if told, deletions) of single users as something in front of it would.

    :param form: the answer to a look at a user: to all, or from the first deletion on.
    """

    def __init__(
        self, form: Response, *, at_once: bool = True, listing: Response | None = None, writes: bool = False
    ) -> None:
        super().__init__()
        self.form, self.hiding, self.listing, self.hides_writes = form, at_once, listing, writes

    def answer(self, method: str, path: str, *rest: t.Any) -> Response:
        if path == "users" and method == "GET" and self.listing is not None:
            self.sent.append((method, path, *rest[:2]))
            return self.listing
        if self.hiding and path.startswith("users/") and (method == "GET" or self.hides_writes):
            self.sent.append((method, path, *rest[:2]))
            return self.form
        answer = super().answer(method, path, *rest)
        self.hiding = self.hiding or method == "DELETE"
        return answer


def run(service: Service, state: str, **options: t.Any) -> UserOutcome:
    row = UserDeclaration(state, NAME, **options)
    try:
        outcome = carry_out(read_and_plan(service.api(), row), service.api(), lambda: service.now)
    except CollectionError as exc:
        return UserOutcome(t.cast(t.Any, None), "failed", message=exc.message, details=exc.details)
    wait_for_deletions([outcome], service.api(), Waiting(True, 30, 5), clock=lambda: service.now, sleep=service.sleep)
    return outcome


@pytest.mark.parametrize("state", ["present", "suspended", "absent"])
@pytest.mark.parametrize("form", [each for each in FORMS if each != "own"])
def test_an_active_user_behind_a_404_is_neither_absent_nor_created(form: str, state: str) -> None:
    service = Hiding(FORMS[form])
    service.put()
    outcome = run(service, state)
    assert (outcome.status, outcome.details["reason"], outcome.details["http_status"]) == (
        "failed",
        "absence_unclear",
        404,
    )
    assert service.writes == []


@pytest.mark.parametrize(
    ("form", "found"),
    [("own", True), ("empty", True), ("nearly", True), ("gateway", False), ("page", False), ("text", False)],
)
def test_the_list_of_users_decides_where_the_answer_may_be_the_services(form: str, found: bool) -> None:
    service = Hiding(FORMS[form])
    service.put(name="somebody@else.example")
    outcome = run(service, "absent")
    assert outcome.status == ("ok" if found else "failed") and service.writes == []
    created = Hiding(FORMS[form])
    created.put(name="somebody@else.example")
    assert (run(created, "present").status, len(created.writes)) == (("changed", 1) if found else ("failed", 0))


LISTINGS = {
    "empty": Response(200, {"items": [], "filteredTotalCount": 0, "totalCount": 0}),
    "refused": refused(403),
    "gateway": GATEWAY,
    "broken": Response(200, {"items": None}),
    "error": Response(200, {"Code": "x", "Message": "m"}),
}


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("listing", LISTINGS)
def test_where_nothing_can_tell_nothing_is_done(listing: str, state: str) -> None:
    service = Hiding(EMPTY, listing=LISTINGS[listing])
    outcome = run(service, state)
    assert (outcome.status, outcome.details["reason"]) == ("failed", "absence_unclear") and service.writes == []


@pytest.mark.parametrize("form", FORMS)
def test_a_deletion_that_goes_on_is_not_finished_by_a_404(form: str) -> None:
    """From the order on every look is answered with 404, while the user is still on its way out."""
    service = Hiding(FORMS[form], at_once=False)
    service.takes = 1000
    service.put()
    outcome = run(service, "absent")
    assert (outcome.status, outcome.deletion, outcome.changed) == ("failed", "accepted", True), outcome.message
    assert len(service.writes) == 1


@pytest.mark.parametrize("form", ["own", "empty", "nearly"])
def test_a_deletion_is_finished_when_both_sides_say_so(form: str) -> None:
    service = Hiding(FORMS[form], at_once=False)
    service.put()
    service.put(name="somebody@else.example")
    outcome = run(service, "absent")
    assert (outcome.status, outcome.deletion, outcome.user) == ("changed", "finished", None)


@pytest.mark.parametrize("form", FORMS)
def test_a_deletion_that_is_answered_with_404_is_no_success(form: str) -> None:
    service = Hiding(FORMS[form], at_once=False, writes=True)
    service.put()
    planned = read_and_plan(service.api(), UserDeclaration("absent", NAME))
    service.hiding = True
    outcome = carry_out(planned, service.api(), lambda: service.now)
    assert (
        outcome.status in ("failed", "unknown")
        and outcome.deletion is None
        and not outcome.changed
        and NAME in service.users
    )
    if form in ("empty", "nearly"):
        assert outcome.status == "unknown" and outcome.details["reason"] == "absence_unclear"


def test_one_reading_of_the_list_serves_all_questions_before_it() -> None:
    service = Hiding(EMPTY)
    service.put(name="somebody@else.example")
    api = service.api()
    api._absence._clock = lambda: 5.0
    for number in range(3):
        assert api.user(f"nobody{number}@x") is None
    assert [entry[1] for entry in service.sent].count("users") == 1
    api._absence._clock = lambda: 6.0
    service.put(name="nobody1@x")
    with pytest.raises(ServiceError):
        api.user("nobody1@x")


@pytest.mark.parametrize(
    ("principal", "known"),
    [(NAME, True), (NAME.upper(), True), ("other@x", False), ("tenantops.partner_center", False)],
)
def test_the_tenant_api_says_nothing_about_others(principal: str, known: bool) -> None:
    service = Service()
    api = service.api(kind="tenant", principal=principal)
    if known:
        assert api.user(NAME) is None and api.user_twice(NAME) is None
        return
    with pytest.raises(ServiceError) as error:
        api.user(NAME)
    assert error.value.details["reason"] == "absence_unclear"
