"""A write repeated with its MS-RequestId runs once."""

from __future__ import annotations

import pytest
import requests
from emulator.kernel.clock import Clock
from emulator.kernel.switches import Switches
from emulator.partner_center.replay import Replays
from emulator.partner_center.switches import SWITCHES
from emulator.partner_center.wire import Reply

BODY = {"userPrincipalName": "once@contoso.example", "displayName": "Once", "passwordProfile": {"password": "abCD123*"}}
ID = {"MS-RequestId": "5f2b0c1e-8d0a-4d0e-9a55-2f4b8f4f1a01"}


def replayed(control):
    return [entry["replayed"] for entry in control.log()]


def test_a_lost_answer_is_given_again(api, ids, control):
    control.fault("drop_after", {"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        api.post(api.users(), BODY, headers=ID)
    again = api.post(api.users(), BODY, headers=ID)
    assert again.status == 200
    assert again.json["passwordProfile"]["password"] == "abCD123*"
    assert [user["id"] for user in control.users(ids.contoso) if user["display_name"] == "Once"] == [again.json["id"]]
    assert replayed(control) == [False, True]
    assert [entry["status"] for entry in control.log()] == [None, 200]


def test_delete_and_refusals_are_given_again(api, ids, control):
    assert api.delete(api.user(ids.adele), headers=ID).status == 204
    assert api.delete(api.user(ids.adele), headers=ID).status == 204
    duplicate = {**BODY, "userPrincipalName": "alex.wilber@contoso.example"}
    other = {"MS-RequestId": "other"}
    assert api.post(api.users(), duplicate, headers=other).status == 400
    assert api.delete(api.user(ids.alex)).status == 204
    assert api.post(api.users(), duplicate, headers=other).status == 400
    assert replayed(control) == [False, True, False, False, True]


def test_another_request_with_the_same_id_is_another_request(api, control):
    first = api.post(api.users(), BODY, headers=ID).json["id"]
    second = api.post(api.users(), {**BODY, "userPrincipalName": "twice@contoso.example"}, headers=ID).json["id"]
    assert first != second
    assert api.delete(api.user(first), headers=ID).status == 204
    api.token = control.token(claims={"oid": "somebody-else"})
    assert api.delete(api.user(first), headers=ID).refusal == (404, 60002)
    assert not any(replayed(control))


def test_without_the_id_or_the_switch_a_repeat_runs(api, control):
    assert [api.post(api.users(), BODY).status for dummy in range(2)] == [200, 400]
    control.set(replay=False)
    body = {**BODY, "userPrincipalName": "other@contoso.example"}
    assert [api.post(api.users(), body, headers=ID).status for dummy in range(2)] == [200, 400]


def test_answers_are_kept_for_ten_minutes(api, control):
    assert api.post(api.users(), BODY, headers=ID).status == 200
    control.advance(599)
    assert api.post(api.users(), BODY, headers=ID).status == 200
    control.advance(2)
    assert api.post(api.users(), BODY, headers=ID).refusal == (400, 3000)


def test_what_was_not_settled_is_not_kept(api, control):
    control.add_faults([{"do": {"kind": "status", "status": 503}}, {"do": {"kind": "throttle", "retry_after": 1}}])
    assert [api.post(api.users(), BODY, headers=ID).status for dummy in range(2)] == [503, 429]
    control.set(throttle_customer={"rate": 0.01, "burst": 1})
    assert api.get(api.users()).status == 200
    assert api.post(api.users(), BODY, headers=ID).status == 429
    control.set(throttle_customer=None)
    assert api.post(api.users(), BODY, headers=ID).status == 200
    assert not any(replayed(control))


def test_an_expired_token_is_not_kept(api, control):
    good, api.token = api.token, control.token(expires_in=-1)
    assert api.post(api.users(), BODY, headers=ID).status == 401
    api.token = good
    assert api.post(api.users(), BODY, headers=ID).status == 200


def test_reads_are_never_kept(api, ids):
    assert api.get(api.user(ids.adele), headers=ID).json["displayName"] == "Adele Vance"
    api.patch(api.user(ids.adele), {"displayName": "A"})
    assert api.get(api.user(ids.adele), headers=ID).json["displayName"] == "A"


def test_reset_forgets(api, control):
    assert api.post(api.users(), BODY, headers=ID).status == 200
    control.reset()
    api.token = control.token()
    first = api.post(api.users(), BODY, headers=ID)
    assert first.status == 200 and replayed(control) == [False]


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (204, True), (404, True), (409, True), (429, False), (500, False), (503, False)]
)
def test_which_answers_are_kept(status, kept):
    replays = Replays(Clock(), Switches(SWITCHES))
    key = replays.key("caller", "id", "POST", "customers/x/users", b"{}")
    replays.keep(key, Reply(status))
    assert (replays.find(key) is not None) is kept
