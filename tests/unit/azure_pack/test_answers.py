"""Answers that are not what was hoped for: error bodies in JSON, XML, HTML or none at all, listings that break, users that nobody asked for."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.client.meaning import (
    Refusal,
    may_be_absent,
    read_refusal,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import UserDeclaration
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.users import (
    subscription_from_wire,
    user_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.users import (
    needs_subscriptions,
    plan_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.apply import carry_out
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    Kind,
    ServiceError,
    Throttled,
    TransportError,
)
from support.refused import refused as raising

from .answers import Answers
from .service import NAME, Lost, Response, refused, wire

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
        ({"code": "NotFound", "message": "No such user."}, "doubtful", "NotFound", "No such user."),
        (
            {"Code": "C", "Message": "M", "Details": [{"Code": "D", "Source": "S", "Message": "W"}, None]},
            "service",
            "C",
            "M [S: D: W]",
        ),
        ({"Code": "NotFound"}, "doubtful", "NotFound", "reason"),
        ({"Code": "404", "Message": "Not found."}, "doubtful", "404", "Not found."),
        ({"Code": "NotFound", "Message": "No.", "RequestId": "x"}, "doubtful", "NotFound", "No."),
        (
            b"<Error><Code>NotFound</Code><Message>No such user.</Message></Error>",
            "doubtful",
            "NotFound",
            "No such user.",
        ),
        ({"Code": None, "Message": None}, "doubtful", "UnknownError", "reason"),
        (XML, "service", "NotFound", "No such user."),
        (DETAILED, "service", "C", "M [S: D: W]"),
        (b"", "empty", None, "reason"),
        (b" \r\n", "empty", None, "reason"),
        (
            {"Message": "No HTTP resource was found that matches the request URI."},
            "other",
            None,
            "No HTTP resource was found that matches the request URI.",
        ),
        (b"<!DOCTYPE html><html>404.11</html>", "other", None, "is an HTML page"),
        (b"<html><body>404</body></html>", "other", None, "is an HTML page"),
        (BOMB, "other", None, "is an HTML page"),
        (b"<Error>", "other", None, "is an HTML page"),
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
    assert (error.kind is Kind.ABSENT) is (source == "service") and may_be_absent(error) is (
        source in ("empty", "doubtful")
    )
    for other in (Refusal("x", source=found[0], status=400), ServiceError("x", status=404)):
        assert other.kind is Kind.OTHER and not may_be_absent(other)


def test_secrets_are_taken_out_before_a_text_is_cut() -> None:
    text = read_refusal(
        Response(400, {"Code": "C", "Message": "x" * 1020 + "SECRET"}), lambda value: value.replace("SECRET", "*")
    )[2]
    assert text == "x" * 1020 + "*"


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
    "page",
    [
        Response(200, b"<html>Sign in</html>"),
        Response(200, b" <!DOCTYPE html>x"),
        Response(200, b"x", {"Content-Type": "text/html"}),
    ],
)
def test_a_page_is_no_order_for_a_deletion(page: Response) -> None:
    """A proxy that wants a sign-in answers 200; nothing has been ordered then."""
    with pytest.raises(TransportError) as lost:
        Answers(page).api().delete_user(NAME, delete_subscriptions=False, force=False)
    assert lost.value.ambiguous and lost.value.details["error_class"] == "html"
    service = Answers(wire(), page, wire())
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("absent", NAME)), service.api())
    assert (outcome.status, outcome.deletion, outcome.changed) == ("unknown", None, False)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"<User xmlns='http://schemas.microsoft.com/windowsazure'/>", b"what?"]
)
def test_any_other_body_of_a_deletion_does_not_matter(body: bytes) -> None:
    assert Answers(Response(202, body)).api().delete_user(NAME, delete_subscriptions=False, force=False).status == 202


def test_nesting_without_end_is_an_answer_that_is_not_usable() -> None:
    with raising(TransportError, reason="bad_json"):
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
    with raising(TransportError, reason="answer_about_another"):
        Answers(wire("other@x")).api().user(NAME)


ADA = UserDeclaration("present", NAME, "new@x")
WRITES: list[tuple[UserDeclaration, t.Any, Response]] = [
    (ADA, refused(404), Response(201, wire("other@x"))),
    (ADA, wire(), Response(200, wire("other@x"))),
    (UserDeclaration("suspended", NAME), wire(), Response(200, wire("other@x", "suspended"))),
    (UserDeclaration("absent", NAME), wire(), Response(202, wire("other@x", "delete_pending"))),
    (UserDeclaration("absent", NAME), wire(), Response(200, {"name": "other@x"})),
]


@pytest.mark.parametrize(("row", "read", "answer"), WRITES)
def test_a_write_that_is_answered_about_another_is_unknown_and_nothing_follows(
    row: UserDeclaration, read: t.Any, answer: Response
) -> None:
    service = Answers(read, answer, wire())
    outcome = carry_out(read_and_plan(service.api(), row), service.api())
    assert (outcome.status, outcome.details["reason"], outcome.deletion, outcome.changed) == (
        "unknown",
        "answer_about_another",
        None,
        False,
    )
    assert [entry[0] for entry in service.sent].count("GET") == 1 and len(service.sent) == 2


def owned(owner: str | None, helpers: t.Any = ()) -> dict[str, t.Any]:
    return {"SubscriptionID": f"id-{owner}", "AccountAdminLiveEmailId": owner, "CoAdminNames": helpers}


@pytest.mark.parametrize("api", ["admin", "tenant"])
def test_whose_subscriptions_they_are(api: str) -> None:
    def found(*items: dict[str, t.Any]) -> list[str]:
        body = {"items": list(items), "filteredTotalCount": len(items)} if api == "admin" else list(items)
        return [each.id for each in Answers(body).api(kind=api).subscriptions(NAME, "mail@x")]

    assert found(owned(NAME.upper()), owned("MAIL@x"), owned(None), owned("else@x", [NAME])) == [
        "id-ADA@TENANT.EXAMPLE",
        "id-MAIL@x",
        "id-None",
    ]
    for foreign in (owned("else@x"), owned("else@x", None), owned("else@x", ["third@x", 5])):
        with pytest.raises(TransportError) as error:
            found(owned(NAME), foreign)
        assert error.value.details["reason"] == "answer_about_another"


IN_IT = [
    {"Code": "InternalError", "Message": "m"},
    {"code": "x"},
    {"error": {"code": "x"}},
    {"statusCode": 500, "message": "m"},
    {"Message": "An error has occurred."},
    {"Errors": []},
    XML,
]


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("body", IN_IT)
def test_an_error_in_an_answer_of_success_is_no_success(body: t.Any, status: int) -> None:
    going = wire(state="delete_pending", sync="syncing")
    for look, expected in ((wire(), ("unknown", None, False)), (going, ("changed", "accepted", True))):
        service = Answers(wire(), Response(status, body), look)
        outcome = carry_out(read_and_plan(service.api(), UserDeclaration("absent", NAME)), service.api())
        assert (outcome.status, outcome.deletion, outcome.changed) == expected
        assert [entry[0] for entry in service.sent].count("DELETE") == 1
    service = Answers(Response(200, body))
    with pytest.raises(TransportError) as error:
        service.api().user(NAME)
    assert error.value.details["reason"] == "error_in_answer"


@pytest.mark.parametrize("status", [201, 203, 205, 206, 207, 226])
def test_other_statuses_of_success_are_looked_into(status: int) -> None:
    service = Answers(wire(), Response(status), wire())
    outcome = carry_out(read_and_plan(service.api(), UserDeclaration("absent", NAME)), service.api())
    assert (outcome.status, outcome.details["reason"], outcome.changed) == ("unknown", "unexpected_status", False)
    with pytest.raises(TransportError):
        Answers(Response(status, page(NAME, total=1))).api().users()


def test_a_user_with_members_like_those_of_an_error_is_a_user() -> None:
    found = Answers(wire(Message="hello", Code="x")).api().user(NAME)
    assert found is not None and found.name == NAME


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
        with raising(TransportError, reason="listing_unreadable"):
            Answers(page("a", "b", total=1)).api().users()

    def test_one_that_changes_is_read_again(self) -> None:
        service = Answers(page("a", total=3), page("c", total=2), page("a", "c", total=2))
        assert [user.name for user in service.api().users()] == ["a", "c"] and len(service.sent) == 3

    def test_a_doubled_item_is_read_again(self) -> None:
        service = Answers(page("a", total=2), page("a", total=2), page("a", "b", total=2))
        assert [user.name for user in service.api().users()] == ["a", "b"]

    @pytest.mark.parametrize(
        "broken", [page(total=5), {}, {"items": None}, [], {"items": [{}], "filteredTotalCount": 1}]
    )
    def test_a_broken_page_is_an_error(self, broken: t.Any) -> None:
        with pytest.raises(TransportError):
            Answers(page("a", total=5), broken).api().users()

    def test_one_that_never_comes_to_rest(self) -> None:
        service = Answers(*[page("a", total=number) for number in range(2, 60)])
        with raising(TransportError, reason="listing_unreadable"):
            service.api().users()
