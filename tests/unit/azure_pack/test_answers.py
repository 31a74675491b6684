"""Answers that are not what was hoped for: error bodies in JSON, XML, HTML or none at all, listings that break, users that nobody asked for."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.model import subscription_from_wire, user_from_wire
from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.plan import needs_subscriptions, plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.declaration import UserDeclaration
from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.apply import carry_out
from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.pipeline import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils.azure_pack.refusals import Refusal, is_absent, read_refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils.common.errors import ServiceError, Throttled, TransportError

from .service import NAME, Lost, Response, Service, refused, wire

NAMESPACE = "http://schemas.microsoft.com/windowsazure"
XML = f"<Error xmlns='{NAMESPACE}'><Code>NotFound</Code><Message>No such user.</Message></Error>".encode()
DETAILED = (
    f"<?xml version='1.0' encoding='utf-8'?><Error xmlns='{NAMESPACE}'><Code>C</Code><Message>M</Message><Details><Detail><Code>D</Code>"
    "<Source>S</Source><Message>W</Message></Detail></Details></Error>"
).encode()
BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><Error><Code>&b;</Code></Error>"


@pytest.mark.parametrize(
    ("content", "source", "code", "words"),
    [
        ({"Code": "NotFound", "Message": "No such user.", "Details": None}, "service", "NotFound", "No such user."),
        ({"code": "NotFound", "message": "No such user."}, "service", "NotFound", "No such user."),
        ({"Code": "C", "Message": "M", "Details": [{"Code": "D", "Source": "S", "Message": "W"}, None]}, "service", "C", "M [S: D: W]"),
        ({"Code": None, "Message": None}, "service", "UnknownError", "reason"),
        (XML, "service", "NotFound", "No such user."),
        (DETAILED, "service", "C", "M [S: D: W]"),
        (b"", "empty", None, "reason"),
        (b" \r\n", "empty", None, "reason"),
        ({"Message": "No HTTP resource was found that matches the request URI."}, "other", None, "No HTTP resource was found that matches the request URI."),
        (b"<!DOCTYPE html><html>404.11</html>", "other", None, "an HTML page came"),
        (b"<html><body>404</body></html>", "other", None, "an HTML page came"),
        (BOMB, "other", None, "an HTML page came"),
        (b"<Error>", "other", None, "an HTML page came"),
        (b"gone", "other", None, "gone"),
        (b"[]", "other", None, "reason"),
        # A gateway's own 404: the codes of the service are words.
        ({"code": 404, "message": "page not found"}, "other", "404", "page not found"),
        ({"Code": {"value": "x"}, "Message": "M"}, "other", "{'value': 'x'}", "M"),
        ({"Code": "C", "Message": "M", "Details": 5}, "service", "C", "M"),
        ({"Code": "C", "Message": "M", "Details": {"Code": "D"}}, "service", "C", "M"),
        (b"[" * 100_000, "other", None, "[[["),
    ],
)
def test_whose_answer_it_is(content: t.Any, source: str, code: str | None, words: str) -> None:
    found = read_refusal(Response(404, content))
    assert (found[0], found[1]) == (source, code) and words in str(found[2])
    error = Refusal("x", source=found[0], status=404)
    assert is_absent(error) is (source != "other")
    assert not is_absent(Refusal("x", source=found[0], status=400))
    assert not is_absent(ServiceError("x", status=404))


def test_secrets_are_taken_out_before_a_text_is_cut() -> None:
    text = read_refusal(Response(400, {"Code": "C", "Message": "x" * 1020 + "SECRET"}), lambda value: value.replace("SECRET", "*"))[2]
    assert text == "x" * 1020 + "*"


class Answers(Service):
    """Gives these answers, one after another; the last one stays."""

    def __init__(self, *answers: t.Any) -> None:
        super().__init__()
        self.answers = list(answers)

    def answer(self, *request: t.Any) -> Response:
        self.sent.append(request[:4])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else Response(200, answer)


def page(*names: str, total: int | None) -> dict[str, t.Any]:
    return {"items": [wire(name) for name in names], "filteredTotalCount": total, "totalCount": total}


def test_reads_are_repeated_and_writes_are_not() -> None:
    for trouble in (refused(500), refused(503), Lost("x"), Response(200, b"{")):
        service = Answers(trouble, trouble, wire())
        found = service.api().user(NAME)
        assert found is not None and len(service.sent) == 3
        service = Answers(trouble, wire())
        with pytest.raises(TransportError) as lost:
            service.api().create_user({"name": NAME, "email": NAME, "state": "active"})
        assert lost.value.ambiguous and len(service.sent) == 1


@pytest.mark.parametrize(
    "page", [Response(200, b"<html>Sign in</html>"), Response(200, b" <!DOCTYPE html>x"), Response(200, b"x", {"Content-Type": "text/html"})]
)
def test_a_page_is_no_order_for_a_deletion(page: Response) -> None:
    """A proxy that wants a sign-in answers 200; nothing has been ordered then."""
    with pytest.raises(TransportError) as lost:
        Answers(page).api().delete_user(NAME, delete_subscriptions=False, force=False)
    assert lost.value.ambiguous and lost.value.details["error_class"] == "html"
    service = Answers(wire(), page, wire())
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("absent", NAME)), service.api())
    assert (outcome.status, outcome.deletion, outcome.changed) == ("unknown", None, False)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"<User xmlns='http://schemas.microsoft.com/windowsazure'/>", b"what?"])
def test_any_other_body_of_a_deletion_does_not_matter(body: bytes) -> None:
    assert Answers(Response(202, body)).api().delete_user(NAME, delete_subscriptions=False, force=False).status == 202


def test_nesting_without_end_is_an_answer_that_is_not_usable() -> None:
    with pytest.raises(TransportError, match="is not JSON"):
        Answers(Response(200, b"[" * 100_000)).api().user(NAME)


def test_a_read_gives_up() -> None:
    service = Answers(refused(503))
    with pytest.raises(Refusal):
        service.api().user(NAME)
    assert len(service.sent) == 5
    service = Answers(Response(200, b"<html></html>"))
    with pytest.raises(TransportError) as error:
        service.api().user(NAME)
    assert error.value.details["error_class"] == "html" and len(service.sent) == 1


def test_throttling_is_waited_for_also_by_writes() -> None:
    busy = Response(429, None, {"Retry-After": "20"})
    service = Answers(busy, busy, Response(201, wire()))
    service.api().create_user({"name": NAME, "email": NAME, "state": "active"})
    assert service.now == 40 and len(service.sent) == 3
    service = Answers(busy)
    with pytest.raises(Throttled):
        service.api().user(NAME)
    assert len(service.sent) == 4


def test_a_redirect_is_not_followed() -> None:
    service = Answers(Response(302, None, {"Location": "https://evil.example"}))
    with pytest.raises(TransportError) as error:
        service.api().user(NAME)
    assert "not followed" in error.value.message and len(service.sent) == 1


def test_another_user_than_the_one_that_was_asked_for() -> None:
    with pytest.raises(TransportError, match="answered with other@x"):
        Answers(wire("other@x")).api().user(NAME)
    with pytest.raises(TransportError) as lost:
        Answers(Response(201, wire("other@x"))).api().create_user({"name": NAME, "email": NAME, "state": "active"})
    assert lost.value.ambiguous


@pytest.mark.parametrize("body", [None, [], {}, {"Name": None}, {"Name": " "}, "text"])
def test_what_is_not_a_user(body: t.Any) -> None:
    with pytest.raises(TransportError):
        user_from_wire(body)


def test_states_come_as_numbers_or_names_and_unknown_ones_are_not_touched() -> None:
    assert user_from_wire({**wire(), "State": "suspended", "ActivationSyncState": "Synchronizing"}).state == "suspended"
    assert user_from_wire({**wire(), "ActivationSyncState": "OutOfSync"}).sync_state == "out_of_sync"
    assert subscription_from_wire({"SubscriptionID": "x", "State": 3}).state == "delete_pending"
    strange = user_from_wire({**wire(), "State": 9})
    for state in ("present", "suspended", "absent"):
        assert "'unknown (9)'" in str(plan_user(UserDeclaration(state, NAME, subscriptions="orphan"), strange).refusal)


@pytest.mark.parametrize("count", [None, "3", 3.0, True, -1, "left out"])
def test_a_count_that_is_none_is_not_taken_for_zero(count: t.Any) -> None:
    """Whoever may own something is asked about before anything is decided."""
    body = {**wire(), "SubscriptionCount": count}
    if count == "left out":
        del body["SubscriptionCount"]
    found = user_from_wire(body)
    assert found.result()["subscription_count"] is None
    row = UserDeclaration("absent", NAME)
    assert needs_subscriptions(row, found)
    owned = [subscription_from_wire({"SubscriptionID": "x", "SubscriptionName": "Web"})]
    assert "owns 1 subscription: Web (x)" in str(plan_user(row, found, owned).refusal)
    (operation,) = plan_user(row, found, []).operations
    assert not operation.delete_subscriptions and not operation.force


def test_a_put_keeps_the_spelling_of_the_members() -> None:
    found = user_from_wire({"name": NAME, "email": "e", "state": 1, "new": 2})
    assert found.body({"state": "suspended", "email": "f"}) == {"name": NAME, "email": "f", "state": 2, "new": 2}


class TestListing:
    def test_pages(self) -> None:
        service = Answers(page("a", "b", total=3), page("b", "c", total=3))
        assert [user.name for user in service.api().users()] == ["a", "b", "c"]
        assert [entry[2]["skip"] for entry in service.sent] == ["0", "1"]

    def test_without_counts_it_ends_with_an_empty_page(self) -> None:
        assert len(Answers(page("a", total=None), page(total=None)).api().users()) == 1

    def test_a_service_that_knows_neither_pages_nor_counts(self) -> None:
        assert len(Answers(page("a", "b", total=None)).api().users()) == 2

    def test_an_item_that_slips_to_an_earlier_page_is_not_missed(self) -> None:
        """One goes and one comes, so that the count stays: what would have begun the second page is at the end of the first by then."""
        service = Answers(page("a", "b", total=4), page("d", "e", total=4), page("b", "c", "d", "e", total=4))
        assert [user.name for user in service.api().users()] == ["b", "c", "d", "e"]

    def test_a_page_that_holds_more_than_was_counted(self) -> None:
        with pytest.raises(TransportError, match="changed while it was read"):
            Answers(page("a", "b", total=1)).api().users()

    def test_one_that_changes_is_read_again(self) -> None:
        service = Answers(page("a", total=3), page("c", total=2), page("a", "c", total=2))
        assert [user.name for user in service.api().users()] == ["a", "c"] and len(service.sent) == 3

    def test_a_doubled_item_is_read_again(self) -> None:
        service = Answers(page("a", total=2), page("a", total=2), page("a", "b", total=2))
        assert [user.name for user in service.api().users()] == ["a", "b"]

    @pytest.mark.parametrize("broken", [page(total=5), {}, {"items": None}, [], {"items": [{}], "filteredTotalCount": 1}])
    def test_a_broken_page_is_an_error(self, broken: t.Any) -> None:
        with pytest.raises(TransportError):
            Answers(page("a", total=5), broken).api().users()

    def test_one_that_never_comes_to_rest(self) -> None:
        service = Answers(*[page("a", total=number) for number in range(2, 60)])
        with pytest.raises(TransportError, match="changed while it was read"):
            service.api().users()
