"""The client, the transport and the writer against scripted answers: what integration cannot reach cheaply."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import answers
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Counters
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.client import (
    PartnerCenterCustomer,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import passwords
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.unwritten import predicted
from support.refused import refused

from .factories import ADMINISTRATOR, CUSTOMER, IDS, UPN, declared, gone, snapshot, user
from .wires import Response, client, wire


def test_a_create_sends_what_was_declared_and_nothing_else() -> None:
    api, script, dummy = client(Response(200, wire()))
    api.create_user({"user_principal_name": UPN, "display_name": "Ada"}, Secret("Correct-Horse-7"), None, "id")
    assert script.asked[0][4] == {
        "userPrincipalName": UPN,
        "displayName": "Ada",
        "passwordProfile": {"password": "Correct-Horse-7"},
        "attributes": {"objectType": "CustomerUser"},
    }


def test_a_5xx_keeps_the_request_id_waits_as_asked_and_ends_unknown() -> None:
    api, script, slept = client(Response(503, Retry_After="7"), Response(503), seconds=8)
    with pytest.raises(TransportError) as caught:
        api.update_user(IDS[1], {"display_name": "A"})
    assert caught.value.ambiguous and slept == [7.0]
    assert len({headers["MS-RequestId"] for _m, _p, _q, headers, _b in script.asked}) == 1


def test_an_answer_about_another_user_is_refused() -> None:
    api, *dummy = client(Response(200, wire(2)))
    with refused(TransportError, reason="answer_about_another"):
        api.user(IDS[1])


def test_a_deleted_user_is_not_an_active_one_and_ids_have_one_form_from_where_they_enter() -> None:
    letters = "8D2A1F7E-3B7C-4A58-9E52-0F6F1C2D3E01"
    api, sent, _slept = client(
        Response(200, {**wire(), "id": letters, "state": "inactive"}), Response(200, {**wire(), "id": letters})
    )
    wanted = declared(user_id=letters).user_id
    assert wanted == letters.lower() and api.user(wanted) is None
    found = api.user(wanted)
    assert found and found.id == wanted and sent.asked[0][1].endswith(f"users/{wanted}")
    assert api.session.customer(CUSTOMER.upper()).customer_id == CUSTOMER
    world = snapshot(gone(1).with_values({"id": wanted}), by_id={wanted: None})
    assert world.user(wanted) is None and world.deleted_with_id(wanted)


@pytest.mark.parametrize("description", ["Invalid property", "The user does not exist."])
def test_both_answers_for_a_missing_user_on_a_read(description: str) -> None:
    api, *dummy = client(Response(404, {"code": 60002}), Response(400, {"code": "3000", "description": description}))
    assert api.user(IDS[1]) is None and api.user(IDS[1]) is None


@pytest.mark.parametrize(
    "answer",
    [
        Response(404, {"code": 60003}),
        Response(
            400, {"code": 3000, "description": "The relationship between the partner and customer does not exist."}
        ),
    ],
)
def test_a_missing_customer_is_not_a_missing_user(answer: Response) -> None:
    with pytest.raises(ServiceError):
        client(answer)[0].user(IDS[1])


def test_pages_by_token_and_a_page_without_items() -> None:
    api, script, dummy = client(
        Response(200, {"items": [wire(1)], "continuationToken": "T"}), Response(200, {"items": [wire(2)]})
    )
    assert [item.id for page in api.users() for item in page] == IDS[1:3]
    assert script.asked[1][2] == {"seekOperation": "Next"} and script.asked[1][3]["MS-ContinuationToken"] == "T"
    with refused(TransportError, reason="listing_unreadable"):
        list(client(Response(200, {"totalCount": 0}))[0].users())


class TestUsersThatCannotBeIdentified:
    """One odd user in a listing must not block the others, and must not be deleted around either."""

    ODD = (
        {"displayName": "No id"},
        {"id": IDS[5]},
        {"id": "x", "userPrincipalName": "x@contoso.example"},
        {"id": IDS[6], "userPrincipalName": " "},
        None,
    )
    POLICY = PurgePolicy(domains=("contoso.example",), max_delete=9, max_delete_percentage=100)

    def made(self, api: PartnerCenterCustomer, *rows: t.Any, purge: PurgePolicy | None = None) -> t.Any:
        declaration = rows
        return read_and_plan(CustomerReader(api, declaration, purge), declaration, Policy())[0]

    def test_the_others_are_worked_on(self) -> None:
        deleted = wire(2, state="inactive", userPrincipalName="b@c.example")
        pages = Response(200, {"items": [*self.ODD, wire()]}), Response(200, {"items": [*self.ODD[:1], deleted]})
        result = self.made(
            client(*pages)[0],
            declared(display_name="Eve"),
            declared(user_principal_name="b@c.example", state="restored"),
        )
        assert [operation.action for operation in result.operations] == ["update", "restore"]
        (warning,) = result.warnings
        assert "'No id'" in warning and IDS[5] in warning and "and 3 more" in warning
        with refused(TransportError, reason="answer_not_understood"):
            list(client(Response(200, {"items": [self.ODD[0]]}))[0].users())

    def test_nobody_is_purged(self) -> None:
        listing = Response(200, {"items": [wire(), wire(2, userPrincipalName="b@contoso.example"), self.ODD[0]]})
        result = self.made(client(listing)[0], declared(), purge=self.POLICY)
        assert result.operations == () and result.purge.reason == "listing_not_understood" and len(result.warnings) == 1

    def test_a_purge_counts_each_active_user_once(self) -> None:
        leaver, inactive = (
            wire(2, userPrincipalName="b@contoso.example"),
            wire(3, userPrincipalName="c@contoso.example", state="inactive"),
        )
        listing = Response(200, {"items": [leaver, wire(), leaver, inactive]})
        roles = Response(200, {"items": [{"id": ADMINISTRATOR.id, "name": ADMINISTRATOR.name}]})
        result = self.made(client(listing, roles, Response(200, {"items": []}))[0], declared(), purge=self.POLICY)
        assert [operation.user_id for operation in result.purge.operations] == [IDS[2]] and result.warnings == ()

    @pytest.mark.parametrize(
        "answer",
        [Response(400, {"code": 2000, "description": "CANNOT"}), Response(200, {"id": IDS[1]}), Response(200, wire(3))],
    )
    def test_one_user_who_cannot_be_read_by_id(self, answer: Response) -> None:
        rows = (
            declared(user_id=IDS[1], user_principal_name=None),
            declared(user_id=IDS[2], user_principal_name=None, display_name="Eve"),
        )
        result = self.made(client(answer, Response(200, wire(2)))[0], *rows)
        assert [row.refusal is None for row in result.rows] == [False, True] and [
            operation.user_id for operation in result.operations
        ] == [IDS[2]]
        outcomes = [predicted(row) for row in result.rows]
        assert outcomes[0].status == "failed" and outcomes[0].details.get("code") == (
            None if answer.status_code == 200 else "2000"
        )
        assert (
            outcomes[0].details
            == begin(result, client(Response(200, wire(2, displayName="Eve")))[0], secrets=Secrets())
            .finish()[0]
            .details
        )

    def test_what_is_wrong_with_the_customer_is_said_once(self) -> None:
        rows = declared(user_id=IDS[1], user_principal_name=None), declared(user_id=IDS[2], user_principal_name=None)
        api, script, dummy = client(Response(403, {"code": 900308}))
        with pytest.raises(ServiceError):
            self.made(api, *rows)
        assert len(script.asked) == 1


def test_the_seconds_for_which_it_was_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(answers.time, "monotonic", lambda: now[0])
    counters = Counters()
    counters.held_back(10)
    now[0] = 104.0
    assert counters.progress()["throttled_seconds"] == 4.0, "what is still to be waited has not been waited yet"
    counters.held_back(3)
    counters.held_back(16)
    now[0] = 200.0
    assert counters.progress() == {"reads": 0, "writes": 0, "retries": 0, "throttled": 0, "throttled_seconds": 20.0}
    begun: list[float] = []
    budget = WaitBudget(5, lambda _seconds: None)
    assert budget.wait(4, begun.append) and not budget.wait(60, begun.append) and begun == [4]


def test_a_restore_under_a_new_name_stays_in_the_customers_domains() -> None:
    row = declared(user_id=IDS[1], user_principal_name="ada@fabrikam.example", state="restored")
    assert plan_user(row, snapshot(gone(1), user(2))).details["reason"] == "foreign_domain"


class TestPasswords:
    def test_generated(self) -> None:
        for _number in range(300):
            text = passwords.generate("abc@x.example", "Zed").reveal()
            assert (
                len(text) == 20 and text[0].isalpha() and all(set(text) & set(letters) for letters in passwords.CLASSES)
            )
            assert "abc" not in text.lower() and "zed" not in text.lower()

    def line(self, path: t.Any) -> None:
        who = {"customer_id": CUSTOMER, "user_principal_name": UPN, "user_id": None}
        passwords.CredentialsFile(str(path)).append("pending", **who, request_id=None, protected={"password": "p"})

    def test_it_is_on_the_disk_when_append_returns(self, tmp_path: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        monkeypatch.setattr(passwords.os, "fsync", synced.append)
        self.line(tmp_path / "c")
        assert len(synced) == 2, "the file and its directory"

    def test_a_line_that_was_cut_off_swallows_nothing(self, tmp_path: t.Any) -> None:
        path = tmp_path / "c"
        path.touch(0o600)
        path.write_text('{"time": "20')
        self.line(path)
        assert json.loads(path.read_text().splitlines()[1])["status"] == "pending"

    def test_no_link_is_followed(self, tmp_path: t.Any) -> None:
        (tmp_path / "c").symlink_to(tmp_path / "elsewhere")
        with refused(passwords.CredentialsFileError, reason="credentials_file"):
            self.line(tmp_path / "c")
        assert not (tmp_path / "elsewhere").exists()


def test_a_netrc_entry_does_not_replace_the_token(tmp_path: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.example login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http

    session = http.session(True, 5)
    prepared = session.prepare_request(
        http.requests.Request("GET", "https://api.example/", headers={"Authorization": "Bearer t"})
    )
    assert prepared.headers["Authorization"] == "Bearer t"
