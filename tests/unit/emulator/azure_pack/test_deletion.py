"""DELETE with all combinations of its flags, what goes on afterwards, and how it may fail."""

from __future__ import annotations

import time

import pytest

FAILURE = "The database server SQL01 did not answer."


def ids(orphans):
    return [each["subscription_id"] for each in orphans]


def test_a_user_without_subscriptions(wap, names):
    for name, flags in (
        (names.liam, "?deleteSubscriptions=False&force=False"),
        (names.mia, ""),
        (names.nils, "?DELETESUBSCRIPTIONS=true&Force=FALSE"),
    ):
        answer = wap.call("DELETE", f"/users/{name}{flags}")
        assert (answer.status, answer.raw, "Content-Type" in answer.headers) == (202, b"", False)
        assert wap.look(name) is None
    assert wap.delete(names.liam).refusal == (404, "ResourceNotFound")
    assert wap.azure_pack.orphans() == []


@pytest.mark.parametrize("flags", [(True, True), (False, True)])
def test_flags_do_no_harm_without_subscriptions(wap, names, flags):
    assert wap.delete(names.liam, *flags).status == 202
    assert wap.look(names.liam) is None


def test_refused_while_there_are_subscriptions(wap, names):
    before = wap.shows(names.olivia)
    assert wap.delete(names.olivia).refusal == (409, "ConflictError")
    assert wap.call("DELETE", f"/users/{names.olivia}").status == 409, "absent is False"
    wap.control.set(azure_pack_refused_delete=400)
    assert wap.delete(names.olivia).refusal == (400, "BadRequest")
    assert wap.shows(names.olivia) == before


@pytest.mark.parametrize("flag", ["yes", "1", ""])
def test_flags_are_booleans(wap, names, flag):
    assert wap.delete(names.liam, force=flag).refusal == (400, "BadRequest")
    assert wap.look(names.liam) is not None


def test_absent_flags_may_be_refused(wap, names):
    wap.control.set(azure_pack_absent_flags="refuse")
    assert wap.call("DELETE", f"/users/{names.liam}?force=False").refusal == (400, "BadRequest")
    assert wap.delete(names.liam).status == 202


def test_with_subscriptions_in_order(wap, names):
    wap.azure_pack.set_provider(names.olivia_web, "ok", seconds=100)
    wap.azure_pack.set_provider(names.olivia_shop, "ok", seconds=300)
    assert wap.delete(names.olivia, True).status == 202
    assert wap.look(names.olivia) == (3, 1, 2, None), "at once"
    wap.control.advance(150)
    assert wap.look(names.olivia) == (3, 1, 1, None), "one is gone"
    assert [each["id"] for each in wap.azure_pack.subscriptions() if each["owner"] == names.olivia] == [
        names.olivia_shop
    ]
    assert wap.create(names.olivia).status == 409
    assert wap.delete(names.olivia).status == 202, "it is being deleted already"
    wap.control.advance(200)
    assert wap.look(names.olivia) is None
    assert wap.azure_pack.orphans() == []


def test_the_time_of_the_user_itself(wap, names):
    wap.control.set(azure_pack_delete_seconds=60, azure_pack_provider_seconds=0)
    wap.delete(names.olivia, True)
    assert wap.look(names.olivia) == (3, 1, 0, None)
    wap.delete(names.liam)
    wap.control.advance(59)
    assert wap.look(names.liam) == (3, 1, 0, None)
    wap.control.advance(2)
    assert (wap.look(names.liam), wap.look(names.olivia)) == (None, None)


def test_the_state_may_lag(wap, names):
    wap.control.set(azure_pack_delete_lag=30, azure_pack_deleting_sync_state=0)
    wap.delete(names.olivia, True)
    assert wap.look(names.olivia) == (1, 0, 2, None)
    wap.azure_pack.set_provider(names.olivia_web, "hang")
    wap.control.advance(31)
    assert wap.look(names.olivia) == (3, 0, 1, None)


def test_a_provider_fails(wap, names):
    wap.azure_pack.set_provider(names.peter_web, "ok", seconds=50)
    wap.azure_pack.set_provider(names.peter_database, "fail", seconds=10, message=FAILURE)
    wap.delete(names.peter, True)
    wap.control.advance(20)
    assert wap.look(names.peter) == (3, 1, 2, None), "one is still at work"
    wap.control.advance(40)
    assert wap.look(names.peter) == (3, 2, 1, FAILURE)
    (left,) = wap.azure_pack.user(names.peter)["subscriptions"]
    assert (left["id"], left["state"], left["sync_state"], left["last_error"]) == (
        names.peter_database,
        "delete_pending",
        "out_of_sync",
        FAILURE,
    )
    wap.control.advance(3600)
    assert wap.look(names.peter) == (3, 2, 1, FAILURE), "it stays so"
    assert wap.delete(names.peter).refusal == (409, "ConflictError"), "still no flag"
    wap.azure_pack.set_provider(names.peter_database, "ok", seconds=5)
    assert wap.delete(names.peter, True).status == 202
    assert wap.look(names.peter) == (3, 1, 1, None), "a second attempt"
    wap.control.advance(6)
    assert wap.look(names.peter) is None
    assert wap.azure_pack.orphans() == []


def test_a_failure_that_stays(wap, names):
    wap.azure_pack.set_provider(names.peter_database, "fail", seconds=0)
    for dummy in range(2):
        wap.delete(names.peter, True)
        wap.control.advance(1)
        assert wap.look(names.peter)[:3] == (3, 2, 1)
    assert "resource provider" in wap.look(names.peter)[3]


def test_force_is_the_way_out(wap, names):
    assert wap.delete(names.quinn, False, True).status == 202
    assert wap.look(names.quinn) is None
    (orphan,) = wap.azure_pack.orphans()
    assert (orphan["subscription_id"], orphan["owner"], orphan["plan"]) == (
        names.quinn_machines,
        names.quinn,
        "hosting-premium",
    )
    wap.azure_pack.forget_orphans()
    assert wap.azure_pack.orphans() == []


def test_force_does_not_wait(wap, names):
    wap.control.set(azure_pack_delete_seconds=1000, azure_pack_delete_lag=1000)
    wap.delete(names.olivia, False, True)
    assert wap.look(names.olivia) is None
    assert ids(wap.azure_pack.orphans()) == [names.olivia_web, names.olivia_shop]


def test_a_hanging_provider(wap, names):
    wap.azure_pack.set_provider(names.olivia_web, "hang")
    wap.delete(names.olivia, True)
    wap.control.advance(30 * 24 * 3600)
    wap.token = wap.azure_pack.token()
    assert wap.look(names.olivia) == (3, 1, 1, None)
    assert wap.delete(names.olivia, True).status == 202
    assert wap.look(names.olivia) == (3, 1, 1, None)
    wap.delete(names.olivia, False, True)
    assert wap.look(names.olivia) is None
    assert ids(wap.azure_pack.orphans()) == [names.olivia_web]


def test_both_flags_try_and_do_not_mind(wap, names):
    wap.azure_pack.set_provider(names.peter_web, "ok", seconds=20)
    wap.azure_pack.set_provider(names.peter_database, "fail", seconds=10)
    wap.delete(names.peter, True, True)
    assert wap.look(names.peter) == (3, 1, 2, None)
    wap.control.advance(11)
    assert wap.look(names.peter) == (3, 1, 1, None)
    wap.control.advance(10)
    assert wap.look(names.peter) is None
    assert ids(wap.azure_pack.orphans()) == [names.peter_database]
    wap.azure_pack.set_provider(names.olivia_web, "hang")
    wap.delete(names.olivia, True, True)
    wap.control.advance(1)
    assert wap.look(names.olivia) is None
    assert ids(wap.azure_pack.orphans())[1:] == [names.olivia_web]


def test_both_flags_otherwise(wap, names):
    wap.control.set(azure_pack_both_flags="refuse")
    assert wap.delete(names.olivia, True, True).refusal == (400, "BadRequest")
    wap.control.set(azure_pack_both_flags="force")
    wap.delete(names.olivia, True, True)
    assert wap.look(names.olivia) is None
    assert len(wap.azure_pack.orphans()) == 2


def test_billing_may_forbid(wap, names):
    wap.control.set(azure_pack_billing_veto="refuse")
    assert wap.delete(names.olivia, True).refusal == (409, "ConflictError")
    assert wap.call("DELETE", f"/subscriptions/{names.olivia_web}").refusal == (409, "ConflictError")
    assert wap.look(names.olivia) == (1, 0, 2, None)
    wap.control.set(azure_pack_billing_veto="fail", azure_pack_provider_seconds=0)
    wap.delete(names.olivia, True)
    assert wap.look(names.olivia) == (3, 2, 2, "The deletion was not approved by the billing system.")
    assert wap.delete(names.liam).status == 202


def test_co_administrators(wap, names):
    wap.delete(names.liam)
    assert wap.look(names.liam) is None
    assert wap.get(f"/subscriptions/{names.olivia_shop}").json["CoAdminNames"] == [names.liam]
    wap.control.set(azure_pack_co_admin_of_deleted="remove")
    wap.create(names.liam)
    wap.delete(names.liam)
    assert wap.look(names.liam) is None
    assert wap.get(f"/subscriptions/{names.olivia_shop}").json["CoAdminNames"] == []


@pytest.mark.parametrize("status", [200, 202, 204])
def test_other_answers_to_delete(wap, names, status):
    wap.control.set(azure_pack_delete_status=status, azure_pack_delete_body="user")
    answer = wap.delete(names.olivia, True)
    assert answer.status == status
    assert answer.raw == b"" if status == 204 else (answer.json["Name"], answer.json["State"]) == (names.olivia, 3)


def test_real_time_is_enough(wap, names):
    wap.delete(names.olivia, True)
    assert wap.look(names.olivia) == (3, 1, 2, None)
    deadline = time.monotonic() + 10
    while wap.look(names.olivia) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_seeds_of_deletions_under_way(wap):
    wap.azure_pack.add_users({"name": "a@x.example", "deleting_for": 100})
    failing = {"name": "S", "provider": {"outcome": "fail", "seconds": 50, "message": "No."}}
    wap.azure_pack.add_users({"name": "b@x.example", "deleting_for": 0, "subscriptions": [failing]})
    assert (wap.look("a@x.example"), wap.look("b@x.example")) == ((3, 1, 0, None), (3, 1, 1, None))
    wap.control.advance(60)
    assert (wap.look("a@x.example"), wap.look("b@x.example")) == ((3, 1, 0, None), (3, 2, 1, "No."))
    wap.control.advance(41)
    assert wap.look("a@x.example") is None


def test_a_user_may_be_made_anew(wap, names):
    before = wap.shows(names.liam)
    wap.control.set(azure_pack_made_anew=True)
    assert wap.delete(names.liam).status == 202
    after = wap.shows(names.liam)
    assert (after["Name"], after["State"], after["SubscriptionCount"]) == (names.liam, 1, 0) and after[
        "CreatedTime"
    ] > before["CreatedTime"]
    assert wap.delete(names.olivia, False, True).status == 202 and wap.shows(names.olivia)["SubscriptionCount"] == 0


def test_an_absent_user_may_be_an_empty_answer(wap, names):
    wap.control.set(azure_pack_absent_user="empty")
    for method in ("GET", "DELETE"):
        answer = wap.call(method, "/users/nobody@x.example")
        assert (answer.status, answer.raw) == (404, b"")
    assert wap.delete(names.liam).status == 202 and wap.call("GET", f"/users/{names.liam}").status == 404


def test_answers_may_be_about_somebody_else(wap, names):
    wap.control.set(azure_pack_mixed_up_answers=names.mia)
    assert wap.create("new@x.example").json["Name"] == wap.call("GET", f"/users/{names.liam}").json["Name"] == names.mia
    assert wap.delete(names.liam).json["Name"] == names.mia
    assert (
        wap.azure_pack.user("new@x.example") and not wap.azure_pack.user(names.liam) and wap.azure_pack.user(names.mia)
    )
    wap.control.set(azure_pack_mixed_up_answers="nobody@x.example")
    assert wap.call("GET", f"/users/{names.mia}").json["Name"] == "nobody@x.example"
