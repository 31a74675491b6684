"""What is made of the answer to a write: whom it is about, whether it says that it is done, and what follows when it
does not."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.confirming import LOOKS
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import (
    CredentialsFile,
)
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, UPN, declared, gone, snapshot, user
from .wires import Response, client, wire

ROLE = Role("Helpdesk Administrator", IDS[7])
SKU = "f8a1db68-be16-40ed-86d5-cb42ce701560"
TAKEN = Response(
    400,
    {"code": 3000, "description": "Another object with the same value for property userPrincipalName already exists."},
)
EMPTY = Response(200, {"items": []})


def created(user_id: str, correlation: str, **more: t.Any) -> dict[str, t.Any]:
    data = [{"key": "CustomerUserId", "value": user_id}]
    return {
        "operationType": "create_customer_user",
        "originalCorrelationId": correlation,
        "operationStatus": "succeeded",
        "customizedData": data,
        **more,
    }


def generated(**options: t.Any) -> t.Any:
    """A declaration whose password is generated."""
    return dataclasses.replace(declared(**options, password="Correct-Horse-7"), password=None, generate_password=True)


def run(
    script: t.Sequence[t.Any], row: t.Any, *users: t.Any, seconds: float = 100, **options: t.Any
) -> tuple[Outcome, list[tuple[str, str]]]:
    api, sent, _slept = client(*script, seconds=seconds)
    api.transport.correlation_id = "ours"
    api.session = dataclasses.replace(api.session, correlation_id="ours")
    (outcome,) = begin(plan((row,), snapshot(*users)), api, secrets=Secrets(), **options).finish()
    assert "Internal error" not in outcome.message, outcome.message
    assert not sent.answers, "all that was scripted was asked for"
    return outcome, [(asked[0], asked[1].rpartition("/")[2]) for asked in sent.asked]


def grant(script: t.Sequence[t.Any], action: str, target: t.Any) -> tuple[Outcome, list[str]]:
    """One operation on a license or a role of a user."""
    before = user(1)
    field = "roles" if isinstance(target, Role) else "licenses"
    operation = Operation(action, UPN, IDS[1], {field: ((), ())}, "", target=target)
    api, sent, _slept = client(*script)
    made = Plan(CUSTOMER, (RowPlan(declared(), before, before, (operation,)),))
    (outcome,) = begin(made, api, secrets=Secrets()).finish()
    assert "Internal error" not in outcome.message, outcome.message
    return outcome, [asked[0] for asked in sent.asked]


class TestAboutAnother:
    """An answer about somebody else: unknown, and nothing follows for that row."""

    RENAME = {"user_id": IDS[1], "display_name": "Eve", "password": "Correct-Horse-7", "update_password": "always"}

    def test_a_change_is_followed_by_no_reset(self) -> None:
        outcome, asked = run([Response(200, wire(2, displayName="Eve"))], declared(**self.RENAME), user(1))
        assert (outcome.status, outcome.details["reason"], outcome.done) == ("unknown", "answer_about_another", [])
        assert asked == [("PATCH", IDS[1])], "neither the one nor the other gets a password"

    def test_a_restore(self) -> None:
        outcome, asked = run([Response(200, wire(2))], declared(state="restored", user_id=IDS[1]), gone(1))
        assert (outcome.status, outcome.details["reason"]) == ("unknown", "answer_about_another") and len(asked) == 1

    def test_a_reset(self, tmp_path: t.Any) -> None:
        row = generated(user_id=IDS[1], update_password="always")
        file = CredentialsFile(str(tmp_path / "c"))
        outcome, asked = run([Response(200, wire(2))], row, user(1), credentials=file)
        assert (outcome.status, outcome.details["reason"]) == ("unknown", "answer_about_another") and len(asked) == 1
        last = json.loads((tmp_path / "c").read_text().splitlines()[-1])
        assert (last["status"], last["user_id"]) == ("reset_needed", IDS[1]), "and not the other one"

    def test_a_create_under_another_name(self, tmp_path: t.Any) -> None:
        row = generated(display_name="Ada")
        answer = Response(201, wire(2, userPrincipalName="other@contoso.example"))
        outcome, asked = run([answer], row, credentials=CredentialsFile(str(tmp_path / "c")))
        assert (outcome.status, outcome.details["reason"], len(asked)) == ("unknown", "answer_about_another", 1)
        assert json.loads((tmp_path / "c").read_text().splitlines()[-1])["status"] == "reset_needed"

    @pytest.mark.parametrize("body", [{"id": IDS[2], "roleId": ROLE.id}, {"id": IDS[1], "roleId": IDS[8]}])
    def test_a_role(self, body: t.Any) -> None:
        outcome, asked = grant([Response(201, body)], "add_role", ROLE)
        assert (outcome.status, outcome.details["reason"], asked) == ("unknown", "answer_about_another", ["POST"])

    def test_a_customer(self) -> None:
        with pytest.raises(TransportError) as caught:
            client(Response(200, {"id": IDS[3]}))[0].details()
        assert caught.value.details["reason"] == "answer_about_another"

    def test_members_of_a_role(self) -> None:
        page = Response(200, {"items": [{"id": IDS[1], "roleId": ROLE.id.upper()}, {"id": IDS[2], "roleId": IDS[8]}]})
        with pytest.raises(TransportError) as caught:
            client(page)[0].role_members(ROLE.id)
        assert caught.value.details["reason"] == "answer_about_another"


class TestNotFinal:
    """What is no final answer to a write is looked after, whatever its status."""

    @pytest.mark.parametrize(
        "status", [300, 301, 302, 303, 304, 307, 308, 399, 408, 427, 444, 499, 500, 501, 505, 511, 599, 600, 777, 999]
    )
    def test_a_change_that_was_made(self, status: int) -> None:
        answers = [Response(status), Response(200, wire(displayName="Eve"))]
        outcome, asked = run(answers, declared(user_id=IDS[1], display_name="Eve"), user(1), seconds=0)
        assert (outcome.status, asked) == ("changed", [("PATCH", IDS[1]), ("GET", IDS[1])])

    @pytest.mark.parametrize("status", [301, 304, 408, 499, 503, 600])
    def test_one_that_was_not(self, status: int) -> None:
        outcome, _asked = run(
            [Response(status), Response(200, wire())], declared(user_id=IDS[1], display_name="Eve"), user(1), seconds=0
        )
        assert outcome.status == "unknown" and outcome.done == []

    @pytest.mark.parametrize("status", [301, 307, 499, 501, 600])
    def test_the_password_of_a_create_is_never_rejected(self, status: int, tmp_path: t.Any) -> None:
        row = generated(display_name="Ada")
        outcome, _asked = run(
            [Response(status), EMPTY], row, seconds=0, credentials=CredentialsFile(str(tmp_path / "c"))
        )
        assert outcome.status == "unknown" and [
            json.loads(line)["status"] for line in (tmp_path / "c").read_text().splitlines()
        ] == ["pending", "reset_needed"]

    @pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 428, 431, 451])
    def test_a_refusal_is_one(self, status: int) -> None:
        outcome, asked = run([Response(status)], declared(user_id=IDS[1], display_name="Eve"), user(1))
        assert (outcome.status, len(asked)) == ("failed", 1)

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 418, 451])
    def test_a_refusal_with_the_object_that_was_written_is_none(self, status: int, tmp_path: t.Any) -> None:
        row, journal = generated(display_name="Ada"), tmp_path / "c"
        answers = [Response(status, wire(displayName="Ada")), EMPTY]
        outcome, _asked = run(answers, row, seconds=0, credentials=CredentialsFile(str(journal)))
        said = [json.loads(line)["status"] for line in journal.read_text().splitlines()]
        assert outcome.status == "unknown" and said == ["pending", "reset_needed"]

    @pytest.mark.parametrize("status", [202, 204, 205, 206, 226, 299])
    def test_a_read_wants_a_complete_answer(self, status: int) -> None:
        with pytest.raises(TransportError) as caught:
            client(Response(status, wire()), seconds=0)[0].user(IDS[1])
        assert caught.value.details["error_class"] == "incomplete"


class TestAccepted:
    """A 2xx that does not say that it is done, or not all of it."""

    @pytest.mark.parametrize("status", [200, 201, 202, 205, 207])
    @pytest.mark.parametrize("body", [None, {"code": 1}, {}])
    @pytest.mark.parametrize("gone_then", [True, False])
    def test_a_deletion(self, status: int, body: t.Any, gone_then: bool) -> None:
        look = Response(404, {"code": 60002}) if gone_then else Response(200, wire())
        outcome, asked = run(
            [Response(status, body), look], declared(user_id=IDS[1], state="absent"), user(1), seconds=0
        )
        assert (outcome.status, len(outcome.done)) == (("changed", 1) if gone_then else ("unknown", 0))
        assert [method for method, _path in asked] == ["DELETE", "GET"]

    def test_a_deletion_that_says_so_costs_no_read(self) -> None:
        outcome, asked = run([Response(204)], declared(user_id=IDS[1], state="absent"), user(1))
        assert outcome.status == "changed" and len(asked) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            Response(202, wire(displayName="Eve")),
            Response(200, wire(displayName="Eve", state="inactive")),
            Response(200),
            Response(204),
        ],
    )
    @pytest.mark.parametrize("taken", [True, False])
    def test_a_change(self, answer: Response, taken: bool) -> None:
        there = Response(200, wire(displayName="Eve" if taken else "Ada"))
        outcome, _asked = run([answer, there], declared(user_id=IDS[1], display_name="Eve"), user(1), seconds=0)
        assert outcome.status == ("changed" if taken else "unknown")

    @pytest.mark.parametrize("answer", [wire(phoneNumber=None), wire()])
    @pytest.mark.parametrize(
        ("looks", "status"), [(["+49 30 1"], "changed"), ([None, "+49 30 1"], "changed"), ([None] * LOOKS, "failed")]
    )
    def test_a_member_that_the_answer_leaves_out(self, answer: t.Any, looks: t.Any, status: str) -> None:
        script = [Response(200, answer), *(Response(200, wire(phoneNumber=there)) for there in looks)]
        outcome, asked = run(script, declared(user_id=IDS[1], phone_number="+49 30 1"), user(1))
        assert (outcome.status, [method for method, _path in asked]) == (status, ["PATCH"] + ["GET"] * len(looks))

    def test_a_member_with_another_value_was_not_taken(self) -> None:
        outcome, asked = run(
            [Response(200, wire(phoneNumber="1"))], declared(user_id=IDS[1], phone_number="+49 30 1"), user(1)
        )
        assert (outcome.status, len(asked)) == ("failed", 1)

    @pytest.mark.parametrize("answer", [Response(202, {"id": IDS[1]}), Response(201), Response(201, {}), Response(204)])
    @pytest.mark.parametrize("held", [True, False])
    def test_a_role(self, answer: Response, held: bool) -> None:
        there = Response(200, {"items": [{"id": ROLE.id, "name": ROLE.name}] if held else []})
        outcome, _asked = grant([answer, *[there] * 5], "add_role", ROLE)
        assert outcome.status == ("changed" if held else "unknown")

    @pytest.mark.parametrize("held", [True, False])
    def test_a_role_that_is_taken_away(self, held: bool) -> None:
        there = Response(200, {"items": [{"id": ROLE.id, "name": ROLE.name}] if held else []})
        outcome, _asked = grant([Response(200), *[there] * 5], "remove_role", ROLE)
        assert outcome.status == ("unknown" if held else "changed")

    @pytest.mark.parametrize(
        "answer",
        [Response(202, {"licensesToAssign": [{"skuId": SKU}]}), Response(201), Response(201, {"licensesToAssign": 7})],
    )
    @pytest.mark.parametrize("held", [True, False])
    def test_licenses(self, answer: Response, held: bool) -> None:
        held_now = {
            "productSku": {"id": SKU, "name": "x", "skuPartNumber": "X", "licenseGroupId": "group1"},
            "servicePlans": [],
        }
        there = Response(200, {"items": [held_now] if held else []})
        outcome, _asked = grant([answer, *[there] * 5], "assign_licenses", LicenseChange("group1", assign=((SKU, ()),)))
        assert outcome.status == ("changed" if held else "unknown"), outcome.message

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ({}, "unknown"),
            ({"servicePlans": None}, "unknown"),
            ({"servicePlans": []}, "changed"),
            ({"servicePlans": [{"id": IDS[5], "capabilityStatus": "Enabled"}]}, "unknown"),
        ],
    )
    def test_plans_are_off_where_the_answer_says_so(self, said: dict[str, t.Any], status: str) -> None:
        held = {"productSku": {"id": SKU, "name": "x", "skuPartNumber": "X", "licenseGroupId": "group1"}, **said}
        change = LicenseChange("group1", assign=((SKU, (IDS[5],)),))
        outcome, _asked = grant([Response(202), *[Response(200, {"items": [held]})] * 5], "assign_licenses", change)
        assert outcome.status == status, outcome.message


class TestClaims:
    """After a lost create a user of that name is there: is it ours?"""

    ROW: t.ClassVar[dict[str, t.Any]] = {"display_name": "Ada", "password": "Correct-Horse-7"}

    def claim(self, *script: t.Any, found: t.Any = None, **options: t.Any) -> tuple[Outcome, list[tuple[str, str]]]:
        listing = Response(200, {"items": [found or wire(2)]})
        return run([Response(503), TAKEN, listing, *script], declared(**{**self.ROW, **options}))

    def test_a_repeat_that_succeeds(self) -> None:
        outcome, asked = run([Response(503), Response(201, wire(2))], declared(**self.ROW))
        assert outcome.status == "changed" and "reason" not in outcome.details and len(asked) == 2

    def test_the_audit_says_ours(self) -> None:
        audit = Response(200, {"items": [created(IDS[3], "else"), created(IDS[2].upper(), "OURS")]})
        outcome, asked = self.claim(audit, Response(200, wire(2)))
        assert (outcome.status, outcome.details["reason"]) == ("changed", "claimed_by_audit") and asked[-1][
            1
        ] == "resetpassword"

    def test_the_audit_names_the_user_in_its_value_only(self) -> None:
        record = created("", "ours", customizedData=None, resourceNewValue=json.dumps({"Id": IDS[2]}))
        outcome, _asked = self.claim(Response(200, {"items": [record]}), Response(200, wire(2)))
        assert outcome.details["reason"] == "claimed_by_audit"

    def test_the_audit_says_somebody_else(self) -> None:
        outcome, asked = self.claim(Response(200, {"items": [created(IDS[2], "else")]}))
        assert (outcome.status, outcome.details["reason"]) == ("failed", "created_by_somebody_else")
        assert all(method in ("POST", "GET") for method, _path in asked), "no password of a stranger is reset"

    @pytest.mark.parametrize("audit", [[EMPTY, EMPTY], [Response(403, {"code": 900308})], [Response(400)]])
    def test_without_audit_and_with_nothing_foreign(self, audit: list[Response]) -> None:
        outcome, asked = self.claim(*audit, EMPTY, EMPTY, Response(200, wire(2)))
        assert (outcome.status, outcome.details["reason"]) == ("changed", "claimed_by_likeness") and asked[-1][
            1
        ] == "resetpassword"
        assert outcome.warnings

    def test_what_the_audit_said_before_a_page_failed_counts(self) -> None:
        found = Response(200, {"items": [created(IDS[2], "else")], "links": {"next": {"uri": "/auditrecords?seek=1"}}})
        outcome, asked = self.claim(found, Response(403, {"code": 900308}))
        assert (outcome.status, outcome.details["reason"]) == ("failed", "created_by_somebody_else")
        assert all(method in ("POST", "GET") for method, _path in asked)

    def test_audit_that_could_not_be_read_is_no_silence(self) -> None:
        outcome, asked = self.claim(Response(200, {"items": 7}))
        assert (outcome.status, outcome.details["reason"]) == ("unknown", "creator_unknown")
        assert all(path != "resetpassword" for _method, path in asked)

    @pytest.mark.parametrize(
        "record",
        [
            created(IDS[2], "ours", operationStatus="failed"),
            created(IDS[2], "ours", operationType="update_customer_user"),
            created(IDS[3], "ours"),
            created(IDS[2], ""),
            created(IDS[2], "ours", originalCorrelationId=None),
            created(IDS[2], "ours", customizedData=[{"key": "CustomerUserId", "value": None}, 7]),
            None,
            "x",
        ],
    )
    def test_records_that_say_nothing(self, record: t.Any) -> None:
        audit = Response(200, {"items": [record]})
        outcome, _asked = self.claim(audit, audit, EMPTY, EMPTY, Response(200, wire(2)))
        assert outcome.details["reason"] == "claimed_by_likeness"

    @pytest.mark.parametrize(
        ("found", "reads"),
        [
            (wire(2, displayName="Somebody else"), []),
            (wire(2, firstName="Ada"), []),
            (wire(2, usageLocation="DE"), []),
            (wire(2, phoneNumber="1"), []),
            (wire(2, immutableId="x"), []),
            (wire(2, lastDirectorySyncTime="2026-01-01T00:00:00Z"), []),
            (wire(2), [Response(200, {"items": [{"id": ROLE.id, "name": ROLE.name}]})]),
            (
                wire(2),
                [
                    EMPTY,
                    Response(
                        200,
                        {
                            "items": [
                                {"productSku": {"id": SKU, "name": "x", "licenseGroupId": "group1"}, "servicePlans": []}
                            ]
                        },
                    ),
                ],
            ),
            (wire(2), [Response(403, {"code": 900308})]),
            (wire(2), [EMPTY, Response(403, {"code": 900308})]),
        ],
    )
    def test_whose_it_is_cannot_be_told(self, found: t.Any, reads: list[Response], tmp_path: t.Any) -> None:
        listing = Response(200, {"items": [found]})
        row = generated(display_name="Ada")
        file = CredentialsFile(str(tmp_path / "c"))
        outcome, asked = run([Response(503), TAKEN, listing, EMPTY, EMPTY, *reads], row, credentials=file)
        assert (outcome.status, outcome.details["reason"], outcome.done) == ("unknown", "creator_unknown", [])
        assert all(method in ("POST", "GET") for method, _path in asked)
        assert json.loads((tmp_path / "c").read_text().splitlines()[-1])["status"] == "reset_needed"

    def test_ours_by_audit_that_the_service_has_changed(self) -> None:
        audit = Response(200, {"items": [created(IDS[2], "ours")]})
        outcome, asked = self.claim(audit, Response(200, wire(2)), found=wire(2, displayName="ADA"))
        assert outcome.status == "failed" and outcome.changed and asked[-1][1] == "resetpassword"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "items",
                    "links",
                    "next",
                    "uri",
                    "userPrincipalName",
                    "state",
                    "licensesToAssign",
                    "skuId",
                    "code",
                    "description",
                    "continuationToken",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(answer=JUNK, status=st.sampled_from([200, 201, 202, 204, 302, 400, 404, 409, 500]))
def test_no_answer_breaks_the_writer(answer: t.Any, status: int) -> None:
    """Whatever comes, it is an outcome, and a deletion that did not say so is not done."""
    try:
        body = Response(status, answer)
    except ValueError:
        return
    for row in (declared(display_name="Eve", user_id=IDS[1]), declared(user_id=IDS[1], state="absent")):
        api, script, _slept = client(body, *[Response(403)] * 9, seconds=0)
        (outcome,) = begin(plan((row,), snapshot(user(1))), api, secrets=Secrets()).finish()
        assert "Internal error" not in outcome.message, outcome.message
        assert outcome.status in ("failed", "unknown") or (row.state == "absent" and status == 204)


@given(body=JUNK)
def test_no_listing_breaks_the_reader(body: t.Any) -> None:
    api, _script, _slept = client(*[Response(200, body)] * 4, *[EMPTY] * 3, seconds=0)
    for read in (lambda: list(api.users()), lambda: list(api.deleted_users([])), lambda: api.licenses(IDS[1])):
        try:
            read()
        except CollectionError:
            pass
