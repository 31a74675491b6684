"""Licences and directory roles, the pure parts: declaration, wire, names, plans, reads, seats, the last administrator, missing roles of the partner."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    Kind,
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.row_options import coerce
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client import meaning
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import ROW_SPEC
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import declare_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    ServicePlan,
    Sku,
    Unresolved,
    brief,
    find_plan,
    find_sku,
    license_from_wire,
    sku_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED,
    Role,
    find_role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.memberships import cheapest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    ACTIONS,
    Operation,
    Plan,
    RowPlan,
    merged_fields,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Need, Unread
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan, plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import permissions as granted
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import plan_text
from hypothesis import given
from hypothesis import strategies as st
from support.refused import refused

from .factories import CUSTOMER, IDS, UPN, declared, gone, snapshot, user
from .known_roles import ADMINISTRATOR, EMS, EXCHANGE, HELPDESK, INTUNE, MFA, MINE, READER, ROLES, known, minecraft, sku
from .wires import client


def held(*off: ServicePlan, of: Sku | None = None) -> License:
    of = of or sku()
    return License(
        of.id, of.part_number, of.name, of.group, frozenset(item.id for item in of.plans) - {item.id for item in off}
    )


def changes(made: RowPlan) -> list[tuple[str, t.Any]]:
    assert made.refusal is None, made.refusal
    return [(operation.action, next(iter(operation.fields.values()))[1]) for operation in made.operations]


class TestDeclaration:
    @pytest.mark.parametrize(
        "value, words",
        [
            ("EMS", "licenses must be a list"),
            ([7], "licenses[0] must be a part number"),
            ([""], "licenses[0] must be a part number"),
            ([{"excluded_plans": []}], "licenses[0].sku must be"),
            ([{"sku": "EMS", "excluded_plans": "INTUNE_A"}], "licenses[0].excluded_plans must be a list"),
            ([{"sku": "EMS", "excluded_plans": None}], "licenses[0].excluded_plans must be a list"),
            ([{"sku": "EMS", "excluded_plans": [None]}], "licenses[0].excluded_plans must be the name"),
            ([{"sku": "EMS", "plans": []}], "'plans' is not known"),
            (["EMS", {"sku": "ems"}], "licenses names 'ems' twice"),
            (["E\x07MS"], "holds control characters"),
        ],
    )
    def test_what_is_no_licence(self, value: t.Any, words: str) -> None:
        _row, problems = declare_user({"user_principal_name": UPN, "licenses": value}, credentials_file=False)
        assert any(words in problem for problem in problems), problems

    @pytest.mark.parametrize(
        "value, words",
        [("x", "roles must be a list"), ([None], "roles[0] must be the name"), (["a", "A"], "roles names 'A' twice")],
    )
    def test_what_is_no_role(self, value: t.Any, words: str) -> None:
        params, problems = coerce({"user_principal_name": UPN, "roles": value}, ROW_SPEC, "a user")
        problems += declare_user(params, credentials_file=False)[1]
        assert any(words in problem for problem in problems), problems

    def test_null_is_refused_and_nothing_is_not_managed(self) -> None:
        options = {"user_principal_name": UPN, "licenses": None}
        assert "licenses is null" in declare_user(options, credentials_file=False, raw=options)[1][0]
        assert (
            not declared().manages_licenses
            and not declared(licenses=[]).manages_licenses
            and not declared(roles=[]).manages_roles
        )
        assert (
            declared(licenses=[], purge_licenses=True).manages_licenses
            and not declared(state="absent", licenses=["EMS"]).manages_licenses
        )


def unresolved(find: t.Callable[..., t.Any], *arguments: t.Any) -> tuple[str, tuple[str, ...]]:
    """Why nothing is found, and what it may be."""
    with pytest.raises(Unresolved) as caught:
        find(*arguments)
    return caught.value.reason, caught.value.found


class TestNames:
    @pytest.mark.parametrize("text", ["EMS", "ems", " Ems ", "MOBILITY", EMS.upper()])
    def test_a_sku_by_all_its_names(self, text: str) -> None:
        assert find_sku(text, [sku(), minecraft()]).id == EMS

    def test_an_ambiguous_or_unknown_sku(self) -> None:
        twin = sku(id=MINE, part_number="EMS_2")
        assert unresolved(find_sku, "Mobility", [sku(), twin]) == ("no_such_license", ("EMS", "EMS_2"))
        assert find_sku("EMS_2", [sku(), twin]) is twin
        named = sku(id=MINE, part_number="OTHER", name="ems")
        assert unresolved(find_sku, "EMS", [sku(), named]) == ("no_such_license", ("EMS", "OTHER"))
        assert unresolved(find_sku, "E5", []) == ("no_such_license", ())

    def test_a_service_plan(self) -> None:
        assert find_plan("microsoft INTUNE", sku()) is INTUNE and find_plan(MFA.id, sku()) is MFA
        assert unresolved(find_plan, "x", sku()) == ("no_such_license", ())
        assert unresolved(find_plan, "EXCHANGE_S_FOUNDATION", sku()) == ("license_for_tenant", ())
        twins = sku(plans=(INTUNE, ServicePlan(MFA.id, "same"), ServicePlan(EXCHANGE.id, "SAME")))
        assert unresolved(find_plan, "same", twins) == ("no_such_license", ("same", "SAME"))

    @pytest.mark.parametrize("text", ["Global Administrator", "company  administrator", GLOBAL_ADMINISTRATOR.upper()])
    @pytest.mark.parametrize("shown", ["Company Administrator", "Global Administrator"])
    def test_old_and_new_names_of_a_role_in_both_directions(self, text: str, shown: str) -> None:
        assert find_role(text, [Role(shown, GLOBAL_ADMINISTRATOR), HELPDESK]).id == GLOBAL_ADMINISTRATOR

    def test_roles_of_the_same_name(self) -> None:
        custom = Role("Global Administrator", READER.id)
        assert find_role("Global Administrator", [ADMINISTRATOR, custom]) is custom
        assert find_role("Company Administrator", [ADMINISTRATOR, custom]) is ADMINISTRATOR
        twins = [HELPDESK, Role(HELPDESK.name, READER.id)]
        assert unresolved(find_role, "Helpdesk Administrator", twins) == ("no_such_role", (HELPDESK.name,) * 2)
        assert unresolved(find_role, "x", []) == ("no_such_role", ())


class TestWire:
    def test_a_subscribed_sku(self) -> None:
        wire = {
            "availableUnits": -2,
            "totalUnits": 3,
            "consumedUnits": 5,
            "productSku": {"id": EMS.upper(), "name": "M", "licenseGroupId": 2},
            "servicePlans": [{"id": MFA.id, "serviceName": "MFA", "targetType": "Tenant"}, {"id": "x"}, None],
        }
        read = sku_from_wire(wire)
        assert (read.id, read.part_number, read.group, read.free, read.total) == (EMS, EMS, "group2", 0, 3)
        assert [item.tenant_wide for item in read.plans] == [True]
        for target, wide in (
            ("User", False),
            ("user", False),
            (None, False),
            ("", False),
            ("Tenant", True),
            ("Company", True),
        ):
            assert sku_from_wire({"productSku": {"id": EMS, "targetType": target}}).tenant_wide is wide
        assert sku_from_wire({"totalUnits": 5, "consumedUnits": 2, "productSku": {"id": EMS}}).free == 3

    @pytest.mark.parametrize("wire", [None, {}, {"productSku": {}}, {"productSku": {"id": "EMS"}}])
    def test_without_an_id_nothing_is_decided(self, wire: t.Any) -> None:
        for read in (sku_from_wire, license_from_wire):
            with pytest.raises(TransportError):
                read(wire)

    @pytest.mark.parametrize("plans", [[], [{"id": INTUNE.id, "capabilityStatus": "Disabled"}], [{"id": INTUNE.id}]])
    def test_a_plan_that_is_left_out_or_has_another_status_is_off(self, plans: list[t.Any]) -> None:
        plans = [*plans, {"id": MFA.id, "capabilityStatus": "assigned"}]
        wire = {"productSku": {"id": EMS, "skuPartNumber": "EMS", "licenseGroupId": "Group1"}, "servicePlans": plans}
        assert brief(license_from_wire(wire), sku()) == {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}
        assert brief(license_from_wire(wire), None) == "EMS", "what is off is not known without the SKU"


class TestLicencesOfAUser:
    def plan(self, *has: License, location: str | None = "US", **options: t.Any) -> RowPlan:
        return plan_user(declared(**options), known(user(usage_location=location), licenses={IDS[0]: has}))

    def test_missing_and_there(self) -> None:
        assert changes(self.plan(licenses=["EMS"])) == [("assign_licenses", ["EMS"])]
        assert changes(self.plan(held(), licenses=["EMS"])) == []
        assert changes(self.plan(held(of=minecraft()), licenses=["EMS"])) == [("assign_licenses", ["EMS", "MINE"])]

    def test_excluded_plans(self) -> None:
        off = {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}
        assert changes(self.plan(licenses=[off])) == [("assign_licenses", [off])]
        assert changes(self.plan(held(INTUNE), licenses=["EMS"])) == [], "left out: not touched"
        assert changes(self.plan(held(INTUNE), licenses=[off])) == []
        assert changes(self.plan(held(INTUNE), licenses=[{"sku": "EMS", "excluded_plans": []}])) == [
            ("assign_licenses", ["EMS"])
        ]
        made = self.plan(held(MFA), licenses=[off])
        assert (
            made.operations[0].fields["licenses"] == ([{"sku": "EMS", "excluded_plans": ["MFA"]}], [off])
            and made.operations[0].target.new == ()
        )

    def test_one_request_for_each_group(self) -> None:
        made = self.plan(held(of=minecraft()), licenses=["EMS"], purge_licenses=True)
        assert changes(made) == [("assign_licenses", ["EMS", "MINE"]), ("remove_licenses", ["EMS"])]
        assert [operation.target.group for operation in made.operations] == ["group1", "group2"]
        assert merged_fields(made.operations) == {"licenses": {"before": ["MINE"], "after": ["EMS"]}}
        other = sku(id=INTUNE.id, part_number="OLD")
        swap = self.plan(held(of=other), licenses=["EMS"], purge_licenses=True)
        assert changes(swap) == [("assign_licenses", ["EMS"])] and swap.operations[0].target.remove == (other.id,)

    def test_usage_location(self) -> None:
        assert self.plan(location=None, licenses=["EMS"]).details["reason"] == "no_usage_location"
        assert [
            action for action, _after in changes(self.plan(location=None, licenses=["EMS"], usage_location="DE"))
        ] == ["update", "assign_licenses"]
        assert changes(self.plan(held(), location=None, licenses=["EMS"])) == [], "nothing is assigned"
        assert changes(self.plan(held(), location=None, licenses=[], purge_licenses=True)) == [("remove_licenses", [])]

    def test_only_what_is_declared_is_read(self) -> None:
        bare = snapshot(user(usage_location="US"), skus=None, catalogue=None)
        for options in ({}, {"licenses": [], "roles": []}, {"state": "absent", "licenses": ["EMS"], "roles": ["x"]}):
            plan_user(declared(**options), bare)
        with pytest.raises(Unread) as asked:
            plan_user(declared(licenses=["EMS"], roles=["x"]), bare)
        assert asked.value.needs == {Need("skus"), Need("licenses", IDS[0]), Need("catalogue")}
        with pytest.raises(Unread) as asked:
            plan_user(declared(licenses=[], purge_licenses=True), bare)
        assert asked.value.needs == {Need("licenses", IDS[0])}

    def test_a_new_user_needs_no_read_of_its_own(self) -> None:
        made = plan_user(
            declared(
                display_name="A",
                password="Correct-Horse-7",
                usage_location="US",
                licenses=["EMS"],
                roles=["Reports Reader"],
            ),
            known(),
        )
        assert [operation.action for operation in made.operations] == ["create", "assign_licenses", "add_role"]
        assert made.after.licenses == ("EMS",) and made.after.roles == ("Reports Reader",)

    def test_a_restored_user_is_planned_as_if_nothing_came_back(self) -> None:
        row = declared(state="restored", licenses=["EMS"], roles=["Reports Reader"])
        made = plan_user(row, known(gone(usage_location="US")))
        expected = [("restore", False), ("assign_licenses", True), ("add_role", True)]
        assert [(operation.action, operation.conditional) for operation in made.operations] == expected
        assert made.operations[1].fields["licenses"] == (None, ["EMS"])
        purging = plan_user(
            declared(state="restored", licenses=[], purge_licenses=True, roles=[], purge_roles=True), known(gone())
        )
        assert [operation.action for operation in purging.operations] == ["restore", "remove_licenses", "remove_role"]

    def test_a_cloud_that_does_not_offer_it(self) -> None:
        refused = plan_user(declared(roles=["Reports Reader"]), known(user()), Policy(facts_of("AzureUSGovernment")))
        assert refused.details["reason"] == "not_offered" and "add_role" in str(refused.refusal)
        policy = Policy(facts_of("AzureUSGovernment"))
        assert (
            changes(plan_user(declared(roles=["Reports Reader"]), known(user(), roles={IDS[0]: (READER,)}), policy))
            == []
        )


class TestRoles:
    def test_added_and_taken_away(self) -> None:
        state = known(user(), roles={IDS[0]: (HELPDESK, READER)})
        assert changes(plan_user(declared(roles=["reports reader"]), state)) == []
        made = plan_user(declared(roles=["Reports Reader", "Company Administrator"], purge_roles=True), state)
        assert [(operation.action, operation.target) for operation in made.operations] == [
            ("add_role", ADMINISTRATOR),
            ("remove_role", HELPDESK),
        ]
        assert merged_fields(made.operations)["roles"] == {
            "before": [HELPDESK.name, READER.name],
            "after": [ADMINISTRATOR.name, READER.name],
        }

    def test_the_acting_identity_keeps_its_roles(self) -> None:
        state = known(user(), roles={IDS[0]: (READER,)})
        for acting in ({IDS[0]}, {UPN}):
            refused = plan_user(declared(roles=[], purge_roles=True), state, Policy(acting=acting))
            assert refused.details["reason"] == "acting_identity"
        assert changes(plan_user(declared(roles=["Helpdesk Administrator"]), state, Policy(acting={UPN}))) == [
            ("add_role", [HELPDESK.name])
        ]

    def test_the_last_administrator(self) -> None:
        people = [user(number, f"u{number}@contoso.example") for number in range(3)]
        held_by = {IDS[number]: (ADMINISTRATOR,) for number in range(2)}

        def refusals(*rows: t.Any) -> list[bool]:
            declaration = tuple(rows)
            with pytest.raises(Unread) as asked:
                plan(declaration, known(*people, roles=held_by, members={}))
            assert asked.value.needs == {Need("guard", "members")}
            made = plan(declaration, known(*people, roles=held_by, members={GLOBAL_ADMINISTRATOR: frozenset(held_by)}))
            return [row.refusal is not None for row in made.rows]

        strip = [declared(user_principal_name=item.user_principal_name, roles=[], purge_roles=True) for item in people]
        promote = declared(user_principal_name=people[2].user_principal_name, roles=["Global Administrator"])
        assert refusals(strip[0]) == [False]
        assert refusals(strip[0], strip[1], promote) == [True, True, False], "who is about to become one does not count"
        assert refusals(strip[0], declared(user_principal_name=people[1].user_principal_name, state="absent")) == [
            True,
            True,
        ]
        by_id = declared(user_id=IDS[0], user_principal_name=None, roles=[], purge_roles=True)
        alone = known(*people, roles={IDS[0]: (ADMINISTRATOR,)}, members={GLOBAL_ADMINISTRATOR: frozenset({IDS[0]})})
        (refused,) = plan((by_id,), alone).rows
        assert refused.details["reason"] == "last_administrator" and "u0@contoso.example" in str(refused.refusal)


class TestReads:
    ids = st.sampled_from(IDS)

    @given(st.sets(st.tuples(ids, st.sampled_from(["*", *(role.id for role in ROLES)])), min_size=1), st.booleans())
    def test_every_question_is_answered_by_the_fewest_reads(self, pairs: set[tuple[str, str]], catalogue: bool) -> None:
        reads = cheapest([Need("membership", " ".join(pair)) for pair in pairs], ROLES if catalogue else None)
        users, members = (
            {need.value for need in reads if need.kind == "user_roles"},
            {need.value for need in reads if need.kind == "members"},
        )
        for user_id, role in pairs:
            assert (
                user_id in users
                or role in members
                or (role == "*" and catalogue and members == {each.id for each in ROLES})
            )
        assert len(reads) <= len({user_id for user_id, _role in pairs})
        if catalogue:
            assert len(reads) <= len(ROLES)

    def test_it_is_decided_when_everything_else_is_known(self) -> None:
        rows = [
            declared(user_principal_name=f"u{number}@contoso.example", roles=["Reports Reader"]) for number in range(3)
        ]
        people = [user(number, f"u{number}@contoso.example") for number in range(3)]
        state = snapshot(
            *people, catalogue=ROLES, known_keys=frozenset(), active={item.key: item for item in people[:2]}
        )
        with pytest.raises(Unread) as asked:
            plan(tuple(rows), state)
        assert {need.kind for need in asked.value.needs} == {"active"}
        with pytest.raises(Unread) as asked:
            plan(tuple(rows), snapshot(*people, catalogue=ROLES))
        assert asked.value.needs == {Need("members", READER.id)}


class TestSeats:
    def plan(self, number: int, free: int, on_no_seats: str, *more: t.Any) -> Plan:
        people = [user(index, f"u{index}@contoso.example", usage_location="US") for index in range(number)]
        rows = [
            declared(user_principal_name=item.user_principal_name, licenses=["EMS", "MINE"], first_name="x")
            for item in people
        ]
        return plan((*rows, *more), known(*people, free=free), Policy(on_no_seats=on_no_seats))

    def test_enough(self) -> None:
        assert all(len(row.operations) == 3 for row in self.plan(4, 4, "fail").rows)

    def test_who_newly_needs_what_is_short_is_refused_and_nobody_else(self) -> None:
        made = self.plan(
            4,
            1,
            "fail",
            declared(user_principal_name="u9@contoso.example", display_name="x", password="Correct-Horse-7"),
        )
        assert [row.details.get("reason") for row in made.rows] == ["no_seats"] * 4 + [None]
        assert [operation.action for operation in made.operations] == ["create"] and not any(
            row.skipped for row in made.rows
        )
        assert all(fact in str(made.rows[1].refusal) for fact in ("EMS (Mobility): 3 ", "(4 ", "u0@", "u3@"))
        assert "MINE (Minecraft)" in str(made.rows[0].refusal) and '"refused"' in plan_text([made], 1)

    def test_create_unlicensed(self) -> None:
        made = self.plan(3, 1, "create_unlicensed")
        assert [[operation.action for operation in row.operations] for row in made.rows] == [
            ["update"] + ["assign_licenses"] * 2,
            ["update"],
            ["update"],
        ]
        assert [bool(row.note) for row in made.rows] == [False, True, True] and made.rows[1].note in made.rows[
            1
        ].warnings

    def test_a_licence_is_not_taken_away_while_there_is_no_seat_for_the_one_in_its_place(self) -> None:
        state = known(user(usage_location="US"), free=0, licenses={IDS[0]: (held(of=minecraft()),)})
        swap = declared(user_id=IDS[0], user_principal_name=None, licenses=["EMS"], purge_licenses=True)
        (made,) = plan((swap,), state, Policy(on_no_seats="create_unlicensed")).rows
        assert made.operations == () and made.refusal is None
        assert UPN in made.note and "EMS" in made.note and "purge_licenses" in made.note

    def test_a_product_that_is_suspended_is_called_so(self) -> None:
        state = known(user(usage_location="US"))
        state = replace(state, skus=(sku(0, total=0, consumed=0, suspended=10, status="Suspended"),))
        (made,) = plan((declared(licenses=["EMS"]),), state).rows
        assert made.details["reason"] == "no_seats" and "Suspended" in str(made.refusal)


class TestSeatsThatThePlanGivesUp:
    def plan(self, free: int, *rows: t.Any, on_no_seats: str = "fail", **licenses: t.Any) -> Plan:
        people = [user(number, f"u{number}@contoso.example", usage_location="US") for number in range(6)]
        has = {IDS[int(name[1:])]: licences for name, licences in licenses.items()}
        return plan(rows, known(*people, free=free, licenses=has), Policy(on_no_seats=on_no_seats))

    def row(self, number: int, **options: t.Any) -> t.Any:
        return declared(user_principal_name=f"u{number}@contoso.example", index=number, **options)

    def leaves(self, number: int) -> t.Any:
        return self.row(number, state="absent")

    def wants(self, number: int, *skus: str, purge: bool = False) -> t.Any:
        return self.row(number, licenses=list(skus), purge_licenses=purge)

    def waits(self, made: Plan) -> list[set[int]]:
        assert not any(row.refusal or row.skipped for row in made.rows), made.rows
        return [{IDS.index(giver) for giver in row.waits_for} for row in made.rows]

    def test_who_comes_gets_the_seat_of_who_leaves(self) -> None:
        made = self.plan(
            0,
            self.wants(2, "EMS"),
            self.wants(3, "EMS"),
            self.leaves(0),
            self.wants(1, purge=True),
            u0=(held(),),
            u1=(held(),),
        )
        assert self.waits(made) == [{0}, {1}, set(), set()]
        assert self.waits(self.plan(1, self.wants(2, "EMS"), self.wants(3, "EMS"), self.leaves(0), u0=(held(),))) == [
            set(),
            {0},
            set(),
        ], "free ones first"

    def test_nobody_waits_and_nothing_more_is_read_while_there_are_seats(self) -> None:
        rows = (self.leaves(0), self.wants(2, "EMS"))
        people = [user(number, f"u{number}@contoso.example", usage_location="US") for number in (0, 2)]
        bare = replace(known(*people, free=1), licenses={IDS[2]: ()})
        assert self.waits(plan(rows, bare)) == [set(), set()]
        with pytest.raises(Unread) as asked:
            plan(rows, replace(bare, skus=(sku(0), minecraft())))
        assert asked.value.needs == {Need("licenses", IDS[0])}

    def test_still_too_few(self) -> None:
        made = self.plan(0, self.leaves(0), self.wants(2, "EMS"), self.wants(3, "EMS"), u0=(held(),))
        assert [operation.action for operation in made.operations] == ["delete"], "who leaves needs no seat"
        assert [row.details.get("reason") for row in made.rows] == [None, "no_seats", "no_seats"]
        part = self.plan(
            0, self.leaves(0), self.wants(2, "EMS"), self.wants(3, "EMS"), on_no_seats="create_unlicensed", u0=(held(),)
        )
        assert self.waits(part) == [set(), {0}, set()] and [len(row.operations) for row in part.rows] == [1, 1, 0]
        assert "EMS" in part.rows[2].note and "(2 " in part.rows[2].note

    def test_who_has_the_license_already_is_not_refused(self) -> None:
        made = self.plan(
            0, self.row(0, licenses=["EMS"], first_name="x"), self.wants(1, "EMS"), self.wants(2, "MINE"), u0=(held(),)
        )
        assert [bool(row.refusal) for row in made.rows] == [False, True, True]
        assert [operation.action for operation in made.operations] == ["update"]

    def test_who_is_refused_gives_no_seat_to_others(self) -> None:
        """u0 would give up EMS for u1, and is short of MINE; u2 gives up a seat of EMS and lacks nothing."""
        rows = (self.wants(0, "MINE", purge=True), self.wants(1, "EMS"))
        assert all(row.refusal for row in self.plan(0, *rows, u0=(held(),)).rows)
        made = self.plan(0, *rows, self.wants(2, purge=True), u0=(held(),), u2=(held(),))
        assert [bool(row.refusal) for row in made.rows] == [True, False, False]
        assert {IDS.index(giver) for giver in made.rows[1].waits_for} == {2}

    def test_a_chain(self) -> None:
        other = sku(0, id=MINE, part_number="MINE", name="Minecraft", group="group2", plans=())
        made = self.plan(
            0,
            self.wants(1, "MINE", purge=True),
            self.wants(2, "EMS"),
            self.leaves(0),
            u0=(held(of=other),),
            u1=(held(),),
        )
        assert self.waits(made) == [{0}, {1}, set()]

    def test_two_who_would_wait_for_each_other_do_not_get_anything(self) -> None:
        rows = (self.wants(0, "MINE", purge=True), self.wants(1, "EMS", purge=True))
        made = self.plan(0, *rows, u0=(held(),), u1=(held(of=minecraft()),))
        assert made.operations == () and all("1 short (1 seat needed, 0 free)" in row.refusal for row in made.rows)
        unlicensed = self.plan(0, *rows, on_no_seats="create_unlicensed", u0=(held(),), u1=(held(of=minecraft()),))
        assert unlicensed.operations == (), "nobody loses the old licence without the new one"

    def test_who_gets_no_seat_gives_none_up(self) -> None:
        rows = (self.wants(0, "MINE", purge=True), self.wants(1, "EMS"))
        made = self.plan(0, *rows, on_no_seats="create_unlicensed", u0=(held(),))
        assert made.operations == () and all(row.note for row in made.rows)


FACTS = facts_of("AzureCloud")


class TestRolesOfThePartner:
    def error(self, code: str | None = "900308", status: int = 403) -> ServiceError:
        return meaning.refusal(
            "POST was refused.",
            path="customers/c/users",
            status=status,
            code=code,
            description="Insufficient privileges",
            request_id="r",
        )

    def operation(self, action: str) -> Operation:
        return Operation(action, UPN, IDS[0])

    def test_every_action_and_every_read_has_its_roles(self) -> None:
        assert set(FACTS.writes) == set(ACTIONS) and set(FACTS.reads) == set(meaning._WORDS)

    def test_what_a_plan_needs(self) -> None:
        assert granted.demanded([], FACTS) == []
        assert granted.demanded(map(self.operation, ("add_role", "delete", "update", "create", "create")), FACTS) == [
            {"actions": ["create", "update"], "one_of": ["User Administrator", "Directory Writers"]},
            {"actions": ["add_role"], "one_of": ["Privileged Role Administrator"]},
            {"actions": ["delete"], "one_of": ["User Administrator"]},
        ]

    def test_which_answers_mean_it(self) -> None:
        assert {self.error(code).kind for code in ("900308", None, "900150")} == {Kind.LACKS_ROLE}
        others = (self.error("20002"), self.error("900329"), self.error("900308", 400))
        assert {error.kind for error in others} == {Kind.OTHER}

    def test_what_is_said(self) -> None:
        error = granted.Permissions(CUSTOMER, FACTS).refused(self.operation("assign_licenses"), self.error())
        assert CUSTOMER in error.message and "assign_licenses" in error.message
        assert (
            error.details["needed_roles"][0] == "License Administrator"
            and error.details["request_id"] == "r"
            and error.code == "900308"
        )
        for code in ("900308", "900150"):
            general = meaning.refusal("POST was refused.", path="customers/c/users", status=403, code=code)
            explained = meaning.explained(general, "create", ("A", "B"), CUSTOMER)
            assert general.message != "POST was refused." and explained.details["needed_roles"] == ["A", "B"]
        with refused(ServiceError, reason="missing_role", needed_roles=["Directory Readers"]):
            with meaning.reading("catalogue", client()[0]):
                raise self.error()
        with pytest.raises(ServiceError) as other:
            with meaning.reading("catalogue", client()[0]):
                raise self.error("60003", 404)
        assert other.value.kind is Kind.NOT_YET and "needed_roles" not in other.value.details

    def test_others_are_not_begun(self) -> None:
        permissions = granted.Permissions(CUSTOMER, FACTS)
        row = [self.operation("create"), self.operation("add_role")]
        assert permissions.missing(row) == ""
        permissions.refused(self.operation("remove_role"), self.error())
        assert permissions.missing(row) and permissions.missing(row[:1]) == ""
        assert (
            permissions.missing_roles(row) == ("Privileged Role Administrator",)
            and permissions.missing_roles(row[:1]) == ()
        )

    def test_one_administrator_who_is_refused_does_not_stop_the_others(self) -> None:
        permissions = granted.Permissions(CUSTOMER, FACTS)
        assert "administrator" in permissions.refused(self.operation("update"), self.error()).message
        assert permissions.missing([self.operation("create")]) == ""
        permissions.refused(self.operation("rename"), self.error())
        assert permissions.missing([self.operation("create")])
        permissions.granted("update")
        assert permissions.missing([self.operation("create")]) == "", "it was granted, so something else was the reason"


def test_the_list_of_privileged_roles() -> None:
    assert GLOBAL_ADMINISTRATOR in PRIVILEGED and HELPDESK.id in PRIVILEGED and READER.id not in PRIVILEGED
    assert all(len(role_id) == 36 and role_id == role_id.lower() for role_id in PRIVILEGED)


def test_a_purge_spares_a_privileged_role_that_the_catalogue_does_not_list() -> None:
    eve = user(1, "eve@contoso.example")
    state = snapshot(
        user(), eve, all_active=(user(), eve), catalogue=(ADMINISTRATOR,), user_roles={IDS[1]: (HELPDESK, READER)}
    )
    scope = PurgePolicy(domains=("contoso.example",), max_delete_percentage=100)
    made = plan((declared(),), state, purge=scope)
    assert (
        made.operations == ()
        and made.purge
        and [(person, HELPDESK.name in why) for person, why in made.purge.spared] == [(eve, True)]
    )
