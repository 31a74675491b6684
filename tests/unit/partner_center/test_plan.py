"""Planning beyond the table: renames, ids, synced users, attributes, passwords, clouds, and laws that hold for every input."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import hint_for
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.attributes import (
    SYNCED_ATTRIBUTES,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import (
    Need,
    Snapshot,
    Unread,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan, plan_user
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, NOW, UPN, declared, gone, snapshot, user

NEW = "ada.lovelace@contoso.example"
PASSWORD = "Correct-Horse-7"


def actions(made: RowPlan) -> list[str]:
    assert made.refusal is None, made.refusal
    return [operation.action for operation in made.operations]


def refusal(made: RowPlan) -> str:
    """The reason of a plan that refuses, and does nothing."""
    assert made.refusal and not made.operations
    return str(made.details["reason"])


def only(made: RowPlan) -> Operation:
    assert len(made.operations) == 1, made
    return made.operations[0]


class TestAttributes:
    def test_only_what_differs_is_sent(self) -> None:
        found = user(first_name="Ada", last_name="King", usage_location="GB")
        operation = only(
            plan_user(declared(first_name="Ada", last_name="Lovelace", usage_location="gb"), snapshot(found))
        )
        assert operation.action == "update" and operation.after() == {"last_name": "Lovelace"}
        assert operation.result()["fields"] == {"last_name": {"before": "King", "after": "Lovelace"}}
        assert operation.precondition == {"state": "active", "last_name": "King"}

    def test_left_out_is_left_alone(self) -> None:
        assert actions(plan_user(declared(), snapshot(user(first_name="x", phone_number="1")))) == []

    def test_case_of_a_name_is_no_change(self) -> None:
        assert actions(plan_user(declared(user_principal_name=UPN.upper()), snapshot(user()))) == []

    def test_composed_and_decomposed_accents_are_equal(self) -> None:
        assert actions(plan_user(declared(display_name="Zoe\u0308"), snapshot(user(display_name="Zoë")))) == []

    def test_case_of_a_display_name_is_a_change(self) -> None:
        assert actions(plan_user(declared(display_name="ADA"), snapshot(user(display_name="Ada")))) == ["update"]


class TestRename:
    def row(self, **options):
        return declared(user_principal_name=NEW, previous_user_principal_name=UPN, **options)

    def test_same_object(self) -> None:
        operation = only(plan_user(self.row(), snapshot(user(3))))
        assert (operation.action, operation.user_id, operation.after()) == (
            "rename",
            IDS[3],
            {"user_principal_name": NEW},
        )

    def test_done_already(self) -> None:
        assert actions(plan_user(self.row(), snapshot(user(3, NEW)))) == []

    def test_both_exist(self) -> None:
        assert "name_taken" == refusal(plan_user(self.row(), snapshot(user(1), user(2, NEW))))

    def test_neither_exists(self) -> None:
        assert actions(plan_user(self.row(display_name="Ada", password=PASSWORD), snapshot())) == ["create"]

    def test_onto_the_name_of_a_deleted_user(self) -> None:
        users = snapshot(user(1), gone(2, upn=NEW))
        assert "deleted_namesake" == refusal(plan_user(self.row(), users))
        assert "deleted_namesake" == refusal(plan_user(self.row(on_deleted="restore"), users))
        made = plan_user(self.row(on_deleted="create"), users)
        assert actions(made) == ["rename"] and IDS[2] in made.warnings[0]

    def test_foreign_domain(self) -> None:
        row = declared(user_principal_name="ada@fabrikam.example", previous_user_principal_name=UPN)
        assert "foreign_domain" == refusal(plan_user(row, snapshot(user())))

    def test_by_id_with_other_changes(self) -> None:
        made = plan_user(declared(user_id=IDS[4], user_principal_name=NEW, display_name="Ada L"), snapshot(user(4)))
        assert actions(made) == ["rename", "update"]
        assert made.after and (made.after.user_principal_name, made.after.display_name, made.after.id) == (
            NEW,
            "Ada L",
            IDS[4],
        )

    def test_onto_an_active_user(self) -> None:
        assert "name_taken" == refusal(
            plan_user(declared(user_id=IDS[4], user_principal_name=NEW), snapshot(user(4), user(5, NEW)))
        )

    def test_a_deleted_user_comes_back_under_the_new_name(self) -> None:
        made = plan_user(self.row(state="restored"), snapshot(gone(1)))
        assert actions(made) == ["restore", "rename"]


class TestById:
    def test_unknown(self) -> None:
        assert "no_such_user" == refusal(plan_user(declared(user_id=IDS[1]), snapshot()))
        assert "no_such_user" == refusal(plan_user(declared(user_id=IDS[1], state="restored"), snapshot()))
        assert actions(plan_user(declared(user_id=IDS[1], state="absent"), snapshot())) == []

    def test_chooses_among_deleted_namesakes(self) -> None:
        users = snapshot(gone(1), gone(2))
        made = plan_user(declared(user_id=IDS[2], on_deleted="restore"), users)
        assert only(made).user_id == IDS[2]
        assert "deleted_namesake" == refusal(plan_user(declared(user_id=IDS[2]), users))

    def test_create_beside_a_deleted_one_is_done_once(self) -> None:
        row = declared(user_id=IDS[2], on_deleted="create", display_name="Ada", password=PASSWORD)
        assert actions(plan_user(row, snapshot(gone(2)))) == ["create"]
        assert actions(plan_user(row, snapshot(gone(2), user(3)))) == []

    def test_the_acting_identity_is_not_deleted(self) -> None:
        for acting in ({IDS[1]}, {UPN}):
            assert "acting_identity" == refusal(
                plan_user(declared(state="absent"), snapshot(user(1)), Policy(acting=acting))
            )
        assert actions(plan_user(declared(state="absent"), snapshot(user(1)), Policy(acting={IDS[2]}))) == ["delete"]

    def test_absent_with_a_contradicting_name(self) -> None:
        assert "id_contradicts_name" == refusal(
            plan_user(declared(user_id=IDS[1], user_principal_name=NEW, state="absent"), snapshot(user(1)))
        )

    def test_restore_under_a_taken_name(self) -> None:
        users = snapshot(gone(1), user(2))
        assert "name_taken" == refusal(
            plan_user(declared(user_id=IDS[1], user_principal_name=None, state="restored"), users)
        )
        operation = only(plan_user(declared(user_id=IDS[1], user_principal_name=NEW, state="restored"), users))
        assert operation.after("user_principal_name") == {"user_principal_name": NEW}

    def test_restore_from_a_domain_that_the_customer_has_no_longer(self) -> None:
        users = snapshot(gone(1, upn="ada@sold.example"))
        operation = only(plan_user(declared(user_id=IDS[1], user_principal_name=NEW, state="restored"), users))
        assert operation.after("user_principal_name") == {"user_principal_name": NEW}
        # Under the old name the service decides: what it does with such a name is not documented.
        operation = only(plan_user(declared(user_id=IDS[1], user_principal_name=None, state="restored"), users))
        assert operation.after("user_principal_name") == {}


def test_a_domain_that_the_service_does_not_accept_comes_with_what_to_do() -> None:
    said = "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."
    assert hint_for(400, "3000", said) and hint_for(400, "3000", "Invalid value specified for property 'mail'.") == ""


class TestDeletedNames:
    def test_with_the_id_in_front(self) -> None:
        prefixed = gone(1, upn=IDS[1].replace("-", "") + UPN)
        made = plan_user(declared(state="restored"), snapshot(prefixed))
        assert actions(made) == ["restore"] and made.after and made.after.user_principal_name == UPN

    def test_last_day(self) -> None:
        assert (
            gone(1, days=29.5).days_left(NOW) == 1
            and gone(1, days=30).days_left(NOW) == 0
            and gone(1, days=0).days_left(NOW) == 30
        )


class TestSynced:
    @pytest.mark.parametrize("name", sorted(SYNCED_ATTRIBUTES - {"user_principal_name"}))
    def test_names_are_the_directorys(self, name: str) -> None:
        found = user(directory_synced=True)
        assert "directory_synced" == refusal(plan_user(declared(**{name: "other"}), snapshot(found)))
        assert actions(plan_user(declared(**{name: "other"}, allow_synced=True), snapshot(found))) == ["update"]

    def test_delete_and_rename(self) -> None:
        found = user(directory_synced=True)
        assert "directory_synced" == refusal(plan_user(declared(state="absent"), snapshot(found)))
        assert "directory_synced" == refusal(
            plan_user(declared(user_principal_name=NEW, previous_user_principal_name=UPN), snapshot(found))
        )
        assert actions(plan_user(declared(state="absent", allow_synced=True), snapshot(found))) == ["delete"]

    def test_the_location_is_ours(self) -> None:
        assert actions(plan_user(declared(usage_location="DE"), snapshot(user(directory_synced=True)))) == ["update"]


class TestCreate:
    def test_what_is_missing(self) -> None:
        assert "attributes_missing" == refusal(plan_user(declared(), snapshot()))

    def test_domain(self) -> None:
        row = declared(user_principal_name="ada@fabrikam.example", display_name="Ada", password=PASSWORD)
        assert "foreign_domain" == refusal(plan_user(row, snapshot()))
        assert actions(plan_user(row, snapshot(domains=None))) == ["create"]

    def test_a_password_is_announced_and_not_in_the_plan(self) -> None:
        made = plan_user(declared(display_name="Ada", password=PASSWORD, force_change_password=True), snapshot())
        assert PASSWORD not in repr(made)
        assert only(made).result()["fields"]["password"] == {"before": None, "after": "********"}


class TestPasswords:
    def test_never_drift(self) -> None:
        assert actions(plan_user(declared(password=PASSWORD), snapshot(user()))) == []

    def test_always_is_honest(self) -> None:
        assert actions(plan_user(declared(password=PASSWORD, update_password="always"), snapshot(user()))) == [
            "reset_password"
        ]

    def test_restored_keeps_it_unless_asked(self) -> None:
        assert actions(plan_user(declared(state="restored", password=PASSWORD), snapshot(gone()))) == ["restore"]
        assert actions(
            plan_user(declared(state="restored", password=PASSWORD, update_password="always"), snapshot(gone()))
        ) == ["restore", "reset_password"]


def test_clouds_that_cannot() -> None:
    policy = Policy(facts_of("AzureUSGovernment"))
    assert "not_offered" == refusal(plan_user(declared(state="absent"), snapshot(user()), policy))
    assert actions(plan_user(declared(), snapshot(user()), policy)) == []


def test_what_is_not_known_is_asked_for() -> None:
    empty = Snapshot(CUSTOMER, NOW)
    with pytest.raises(Unread) as unread:
        plan((declared(), declared(user_id=IDS[1])), empty)
    assert unread.value.needs == {Need("active", UPN), Need("user", IDS[1])}


NAMES = st.sampled_from([UPN, NEW, "eve@contoso.example"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "display_name": st.sampled_from(["A", "B"]),
        "first_name": st.sampled_from(["A", "B"]),
        "usage_location": st.sampled_from(["DE", "US"]),
    },
)


@st.composite
def worlds(draw) -> Snapshot:
    users = []
    for number, name in enumerate(draw(st.lists(NAMES, unique=True, max_size=3))):
        users.append(user(number, name, **draw(ATTRIBUTES), directory_synced=draw(st.booleans())))
    for number in range(draw(st.integers(0, 3))):
        users.append(gone(number + 4, draw(st.floats(0, 29)), draw(NAMES), **draw(ATTRIBUTES)))
    return snapshot(*users, domains=draw(st.sampled_from([None, ("contoso.example",), ("fabrikam.example",)])))


@st.composite
def rows(draw):
    state, on_deleted = (
        draw(st.sampled_from(["present", "absent", "restored"])),
        draw(st.sampled_from(["fail", "restore", "create"])),
    )
    options = dict(draw(ATTRIBUTES), state=state, on_deleted=on_deleted)
    options["user_principal_name"] = name = draw(NAMES)
    identity = draw(st.sampled_from(["name", "id", "previous"]))
    if identity == "id":
        options["user_id"] = draw(st.sampled_from(IDS))
    elif identity == "previous" and options["state"] != "absent":
        options["previous_user_principal_name"] = draw(NAMES.filter(lambda other: other != name))
    options["allow_synced"] = draw(st.booleans())
    if draw(st.booleans()):
        options["password"] = PASSWORD
    return declared(**options)


def carried_out(made: RowPlan, world: Snapshot) -> Snapshot:
    """The world after the plan, made from its prediction alone."""
    users = [
        item
        for item in [*world.active.values(), *(world.deleted or ())]
        if made.before is None or item.id != made.before.id
    ]
    if made.after:
        values = {"id": made.after.id or IDS[9]}
        if made.after.state == "deleted" and made.after.soft_deletion_time is None:
            values["soft_deletion_time"] = NOW
        users.append(made.after.with_values(values))
    return snapshot(*users, domains=world.domains)


@settings(max_examples=500, deadline=None)
@given(rows(), worlds())
def test_laws(row, world: Snapshot) -> None:
    made = plan_user(row, world)
    assert repr(made) == repr(plan_user(row, world))
    if made.refusal:
        assert not made.operations
        return
    again = plan_user(row, carried_out(made, world)) if made.operations else made
    assert again.refusal is None and not again.operations, "the second run of what succeeded is unchanged"
    for operation in made.operations:
        assert row.state != "restored" or operation.action != "create"
        assert row.state == "absent" or operation.action != "delete"
        given_by_user = set(row.attributes) | {"user_principal_name", "password", "state"}
        assert set(operation.fields) <= given_by_user, "what was left out is never sent"
        assert all(old != new or name == "password" for name, (old, new) in operation.fields.items())
        if (
            operation.action in ("delete", "rename")
            and made.before
            and made.before.directory_synced
            and made.before.state == "active"
        ):
            assert row.allow_synced


@pytest.mark.parametrize(("newcomers", "asked"), [(1, {"deleted"}), (2, {"deleted", "domains"})])
def test_the_domains_are_asked_for_together_with_the_deleted_users_when_several_are_new(
    newcomers: int, asked: set[str]
) -> None:
    """A single newcomer may turn out to be a deleted one, and then the domains are not needed."""
    rows = tuple(
        declared(user_principal_name=f"new{number}@contoso.example", display_name="New", password="Secret-Pass-1")
        for number in range(newcomers)
    )
    with pytest.raises(Unread) as unread:
        plan(rows, snapshot(deleted=None, domains=None, domains_read=False))
    assert {need.kind for need in unread.value.needs} == asked
