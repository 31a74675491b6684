"""Licenses and roles as a dictionary: what it may say, what is refused, and what the plan makes of it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.ends import AccessPolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.people_options import (
    people_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    Sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.acting import ANYBODY
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.ends import (
    Ends,
    policy_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Need, Unread
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan, plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import acting_for
from hypothesis import given
from hypothesis import strategies as st
from support import tenant_schema
from support.refused import about

from .factories import CUSTOMER, IDS, NOW, UPN, declared, gone, user
from .known_roles import ADMINISTRATOR, HELPDESK, INTUNE, READER, known, minecraft, sku

BOTH = ("licenses", "roles")
KEY = {"licenses": "sku", "roles": "name"}


def problems(**options: t.Any) -> list[tuple[str | None, str | None]]:
    options = {"user_principal_name": UPN, **options}
    return about(declare_user(options, credentials_file=False, raw=options)[1])


def held(of: Sku | None = None, off: t.Collection[str] = ()) -> License:
    of = of or sku()
    return License(of.id, of.part_number, of.name, of.group, frozenset(each.id for each in of.plans) - set(off))


def actions(made: RowPlan) -> list[tuple[str, t.Any]]:
    assert made.refusal is None, made.refusal
    return [(operation.action, next(iter(operation.fields.values()))[1]) for operation in made.operations]


@pytest.mark.parametrize("option", BOTH)
class TestWhatItMaySay:
    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ({}, "empty"),
            ({"ad": ["x"]}, "unknown_option"),
            ({"sku": "x"}, "unknown_option"),
            ({"name": "x"}, "unknown_option"),
            ({7: ["x"]}, "unknown_option"),
            ({"add": None}, "null"),
            ({"set": None}, "null"),
            ({"remove": None}, "null"),
            ({"add": "x"}, "not_a_list"),
            ({"set": ""}, "not_a_list"),
            ({"set": {}}, "not_a_list"),
            ({"set": False}, "not_a_list"),
            ({"remove": {"x": 1}}, "not_a_list"),
            ({"set": ["x"], "add": ["y"]}, "contradiction"),
            ({"set": [], "remove": []}, "contradiction"),
            ({"add": ["x"], "remove": ["X"]}, "added_and_removed"),
            ({"add": ["x", "X"]}, "named_twice"),
            ({"remove": ["x", "X"]}, "named_twice"),
            ({"set": [7]}, "not_a_text"),
            ({"remove": [7]}, "not_a_text"),
            ({"remove": [""]}, "not_a_text"),
            ({"remove": [None]}, "not_a_text"),
            ({"remove": [{}]}, "not_a_text"),
            ({"remove": ["__omit_place_holder__1"]}, "omit_left_over"),
            ({"remove": "__omit_place_holder__1"}, "omit_left_over"),
            ({"add": ["a\x07b"]}, "control_characters"),
            ({"remove": ["a\x07b"]}, "control_characters"),
            ("x", "not_a_list"),
            ('{"add": ["x"]}', "not_a_list"),
            (True, "not_a_list"),
            (7, "not_a_list"),
        ],
    )
    def test_what_is_refused(self, option: str, value: t.Any, reason: str) -> None:
        found = problems(**{option: value})
        assert (option, reason) in found and {each for each, _reason in found} == {option}, found

    def test_what_an_entry_that_is_taken_away_cannot_have(self, option: str) -> None:
        key = KEY[option]
        for more in ({"lasts": "2h"}, {"expires_at": "2026-12-31T00:00:00Z"}, {"granted_for": "x"}, {"plan": 1}):
            assert problems(**{option: {"remove": [{key: "x", **more}]}}) == [(option, "unknown_option")]
        assert problems(**{option: {"remove": [{key: "x"}, "y"]}}) == []
        assert problems(licenses={"remove": [{"sku": "x", "excluded_plans": []}]}) == [("licenses", "unknown_option")]

    def test_everything_else_is_as_in_a_list(self, option: str) -> None:
        key = KEY[option]
        for word in ("add", "set"):
            entries = [{key: "x", "lasts": "2h", "granted_for": "INC-1"}, {key: "y"}, "z"]
            (of_list, none), (of_set, found) = (
                declare_user({"user_principal_name": UPN, option: value}, credentials_file=False)
                for value in (entries, {word: entries})
            )
            assert none == found == [] and of_set.ends == of_list.ends and len(of_set.ends) == 1
            assert getattr(of_set, option) == getattr(of_list, option)
            for wrong in ({key: "x", "plan": 1}, {key: "x", "lasts": "2"}, {key: "x", "granted_for": "y"}, {}, None):
                assert problems(**{option: [wrong]}) == problems(**{option: {word: [wrong]}}) != []

    def test_the_two_ways_to_be_authoritative_are_not_mixed(self, option: str) -> None:
        for value in ({"add": ["x"]}, {"remove": ["x"]}, {"set": ["x"]}, {"set": []}):
            assert (option, "contradiction") in problems(**{option: value, f"purge_{option}": True})
            assert problems(**{option: value, f"purge_{option}": False}) == []

    def test_one_normal_form(self, option: str) -> None:
        def form(**options: t.Any) -> t.Any:
            row = declared(**options)
            return getattr(row, option), getattr(row, f"purge_{option}"), getattr(row, f"removed_{option}")

        purge = f"purge_{option}"
        assert form(**{option: {"add": ["x"]}}) == form(**{option: ["x"]})
        assert form(**{option: {"set": ["x"]}}) == form(**{option: ["x"], purge: True})
        assert form(**{option: {"set": []}}) == form(**{option: [], purge: True})
        assert form(**{option: {"remove": ["x", {KEY[option]: "y"}]}}) == ((), False, ("x", "y"))

    def test_nothing_is_nothing(self, option: str) -> None:
        manages = f"manages_{option}"
        for value in ({"add": []}, {"remove": []}, {"add": [], "remove": []}):
            assert not getattr(declared(**{option: value}), manages)
        for value in ({"add": ["x"]}, {"remove": ["x"]}, {"set": []}):
            assert getattr(declared(**{option: value}), manages)
            assert not getattr(declared(state="absent", **{option: value}), manages)


def test_a_key_that_others_use_says_what_is_meant() -> None:
    for written, meant in (("ad", "add"), ("addLicenses", "add"), ("remove_licenses", "remove"), ("replace", "set")):
        options = {"user_principal_name": UPN, "licenses": {written: ["x"]}}
        (problem,) = declare_user(options, credentials_file=False)[1]
        assert problem.reason == "unknown_option" and problem.rstrip(".").endswith(f" {meant}")


ROW = {"user_principal_name": UPN}


class TestRowsAndDefaults:
    def declare(self, row: dict[str, t.Any], **defaults: t.Any) -> tuple[UserDeclaration, list[t.Any]]:
        given = {"customer_id": str(CUSTOMER), "users": [{**ROW, **row}], "defaults": defaults}
        made = declare_customers(given, {"credentials_file": None})
        return made.rows[0], made.problems

    def test_the_row_takes_the_place_of_the_defaults(self) -> None:
        for row, default in ((["x"], {"add": ["y"]}), ({"add": ["x"]}, ["y"]), ({"add": ["x"]}, {"remove": ["y"]})):
            made, found = self.declare({"roles": row}, roles=default)
            assert (made.roles, made.removed_roles, made.purge_roles, found) == (("x",), (), False, [])
        made, _found = self.declare({}, roles={"set": []})
        assert made.manages_roles and made.purge_roles

    def test_purge_for_all_and_a_dictionary_in_a_row_contradict(self) -> None:
        made, found = self.declare({"roles": {"add": ["x"]}}, purge_roles=True)
        assert about(found) == [("roles", "contradiction")] and found[0].row == 0
        made, found = self.declare({"roles": {"add": ["x"]}, "purge_roles": False}, purge_roles=True)
        assert found == [] and not made.purge_roles
        assert about(self.declare({"purge_roles": True}, roles={"add": ["x"]})[1]) == [("roles", "contradiction")]

    def test_a_problem_names_row_and_option(self) -> None:
        _made, (problem,) = self.declare({"licenses": {"remove": "x"}, "source": "people.yml:7"})
        assert (problem.option, problem.row, problem.source, problem.reason) == (
            "licenses",
            0,
            "people.yml:7",
            "not_a_list",
        )

    def test_people(self) -> None:
        people = {
            "name": "p",
            "record_file": "/tmp/p",
            "customers": {"all": True},
            "defaults": {"user_principal_name": "{local}@{customer.domain}", "roles": {"set": []}},
            "people": [{"local": "ada", "display_name": "A", "licenses": {"remove": ["x"]}}],
            "except": [{"customer": "a.example", "roles": {"add": ["y"], "remove": ["z"]}}],
        }
        assert people_problems(people) == []
        people["except"] = [{"customer": "a.example", "roles": {"add": ["y"], "set": ["z"]}}]
        assert about(people_problems(people)) == [("roles", "contradiction")]


class TestLicenses:
    def plan(self, value: t.Any, *has: License, location: str | None = "US", **options: t.Any) -> RowPlan:
        row = declared(licenses=value, **options)
        return plan_user(row, known(user(usage_location=location), licenses={IDS[0]: has}))

    def test_one_is_taken_away_and_the_others_stay(self) -> None:
        assert actions(self.plan({"remove": ["ems"]}, held(), held(minecraft()))) == [("remove_licenses", ["MINE"])]
        assert actions(self.plan({"remove": ["Mobility"]}, held(minecraft()))) == []
        swap = self.plan({"add": ["MINE"], "remove": ["EMS"]}, held())
        assert actions(swap) == [("assign_licenses", ["EMS", "MINE"]), ("remove_licenses", ["MINE"])]
        other = sku(id=INTUNE.id, part_number="OTHER", name="Other")
        made = plan_user(
            declared(licenses={"add": ["OTHER"], "remove": ["EMS"]}),
            replace(known(user(usage_location="US"), licenses={IDS[0]: (held(),)}), skus=(sku(), other)),
        )
        assert actions(made) == [("assign_licenses", ["OTHER"])], "one group is one request"
        assert made.operations[0].target.remove == (sku().id,)  # type: ignore[union-attr]

    def test_set(self) -> None:
        assert actions(self.plan({"set": []}, held())) == [("remove_licenses", [])]
        off = {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}
        for word in ("add", "set"):
            assert actions(self.plan({word: [off]}, held())) == [("assign_licenses", [off])]
            assert actions(self.plan({word: ["EMS"]}, held(off=[INTUNE.id]))) == [], "left out: not touched"

    def test_what_is_unknown_is_refused_as_it_is_for_a_license_to_add(self) -> None:
        wide = sku(id=INTUNE.id, part_number="WIDE", name="Wide", tenant_wide=True)
        state = replace(known(user(usage_location="US")), skus=(sku(), wide))
        for name, reason in (("E5", "no_such_license"), ("WIDE", "license_for_tenant")):
            for word in ("add", "remove"):
                made = plan_user(declared(licenses={word: [name]}), state)
                assert made.details["reason"] == reason and not made.operations, (word, name)

    def test_two_names_of_one(self) -> None:
        made = self.plan({"add": ["EMS"], "remove": ["Mobility"]}, held())
        assert made.details["reason"] == "added_and_removed" and not made.operations
        twice = self.plan({"remove": ["EMS", "Mobility"]}, held())
        assert twice.details["reason"] == "license_named_twice" and not twice.operations

    def test_the_usage_location_is_needed_by_what_is_added_alone(self) -> None:
        assert actions(self.plan({"remove": ["EMS"]}, held(), location=None)) == [("remove_licenses", [])]
        assert self.plan({"add": ["MINE"], "remove": ["EMS"]}, held(), location=None).details["reason"] == (
            "no_usage_location"
        )

    def test_what_is_read(self) -> None:
        bare = replace(known(user()), skus=None, licenses={})
        with pytest.raises(Unread) as asked:
            plan_user(declared(licenses={"remove": ["EMS"]}), bare)
        assert asked.value.needs == {Need("skus"), Need("licenses", IDS[0])}
        plan_user(declared(licenses={"remove": []}), bare)

    def test_who_gets_no_seat_keeps_the_license_in_whose_place_it_would_come(self) -> None:
        state = known(user(usage_location="US"), free=0, licenses={IDS[0]: (held(minecraft()),)})
        row = declared(licenses={"add": ["EMS"], "remove": ["MINE"]})
        (made,) = plan((row,), state, Policy(on_no_seats="create_unlicensed")).rows
        assert made.operations == () and made.refusal is None and made.note
        (made,) = plan((row,), state, Policy(on_no_seats="fail")).rows
        assert made.operations == () and made.details["reason"] == "no_seats"

    def test_the_seat_that_is_taken_away_goes_to_somebody_else(self) -> None:
        people = [user(number, f"u{number}@contoso.example", usage_location="US") for number in range(2)]
        rows = (
            declared(user_principal_name="u0@contoso.example", licenses={"add": ["EMS"]}),
            declared(user_principal_name="u1@contoso.example", licenses={"remove": ["EMS"]}),
        )
        made = plan(rows, known(*people, free=0, licenses={IDS[1]: (held(),)}))
        assert [row.refusal for row in made.rows] == [None, None] and made.rows[0].waits_for == {IDS[1]}

    def test_after_a_restore_what_came_back_is_taken_away(self) -> None:
        row = declared(state="restored", licenses={"remove": ["EMS"]}, roles={"remove": ["Reports Reader"]})
        made = plan_user(row, known(gone(usage_location="US")))
        expected = [("restore", False), ("remove_licenses", True), ("remove_role", True)]
        assert [(operation.action, operation.conditional) for operation in made.operations] == expected

    def test_a_new_user_has_nothing_that_could_be_taken_away(self) -> None:
        row = declared(
            display_name="A",
            password="Correct-Horse-7",
            licenses={"remove": ["EMS"]},
            roles={"remove": ["Reports Reader"]},
        )
        assert [operation.action for operation in plan_user(row, known()).operations] == ["create"]

    def test_what_has_ended_goes_although_it_is_in_set(self) -> None:
        over = {"sku": "EMS", "expires_at": (NOW - timedelta(hours=1)).isoformat()}
        later = {"sku": "EMS", "expires_at": (NOW + timedelta(hours=1)).isoformat()}
        for word in ("add", "set"):
            assert actions(self.plan({word: [over]}, held())) == [("remove_licenses", [])]
            assert actions(self.plan({word: [later]}, held())) == []


class TestRoles:
    def plan(self, value: t.Any, *has: t.Any, policy: Policy = Policy(), **values: t.Any) -> RowPlan:
        return plan((declared(roles=value),), known(user(), roles={IDS[0]: has}, **values), policy).rows[0]

    def test_one_is_taken_away_and_the_others_stay(self) -> None:
        made = self.plan({"remove": ["reports reader"]}, HELPDESK, READER)
        assert [(operation.action, operation.target) for operation in made.operations] == [("remove_role", READER)]
        assert self.plan({"remove": ["Reports Reader"]}, HELPDESK).operations == ()
        swap = self.plan({"add": ["Helpdesk Administrator"], "remove": [str(READER.id)]}, READER)
        assert [(operation.action, operation.target) for operation in swap.operations] == [
            ("add_role", HELPDESK),
            ("remove_role", READER),
        ]
        assert self.plan({"remove": ["Emperor"]}).details["reason"] == "no_such_role"
        both = self.plan({"add": ["Company Administrator"], "remove": [str(GLOBAL_ADMINISTRATOR)]}, ADMINISTRATOR)
        assert both.details["reason"] == "added_and_removed" and not both.operations

    def test_the_last_administrator_keeps_the_role(self) -> None:
        alone = {GLOBAL_ADMINISTRATOR: frozenset({IDS[0]})}
        for value in ({"remove": ["Global Administrator"]}, {"set": []}, {"set": ["Reports Reader"]}):
            made = self.plan(value, ADMINISTRATOR, members=alone)
            assert made.details["reason"] == "last_administrator" and not made.operations, value
            assert self.plan(value, ADMINISTRATOR).refusal is None

    def test_the_acting_identity_keeps_its_roles(self) -> None:
        for value in ({"remove": ["Reports Reader"]}, {"set": []}):
            for acting, reason in (({IDS[0]}, "acting_identity"), (ANYBODY, "acting_identity_unknown")):
                made = self.plan(value, READER, policy=Policy(acting=acting))
                assert made.details["reason"] == reason and not made.operations

    def test_whose_token_it_is_is_asked_before_a_role_is_taken_away(self) -> None:
        class Session:
            def acting_identity(self) -> frozenset[str]:
                return frozenset({"me"})

        def acting(value: t.Any) -> t.Collection[str]:
            return acting_for(Session(), [declared(roles=value)])  # type: ignore[arg-type]

        assert acting({"remove": ["x"]}) == acting({"set": []}) == acting({"set": ["x"]}) == {"me"}
        assert acting({"add": ["x"]}) == acting(["x"]) == ()

    def test_only_the_roles_that_are_named_are_asked_about(self) -> None:
        state = replace(known(user()), user_roles={}, members={})
        with pytest.raises(Unread) as asked:
            plan((declared(roles={"add": ["Helpdesk Administrator"], "remove": ["Reports Reader"]}),), state)
        assert asked.value.needs == {Need("user_roles", IDS[0])}
        with pytest.raises(Unread) as asked:
            plan((declared(roles={"remove": ["Reports Reader"]}),), state)
        assert {need.kind for need in asked.value.needs} <= {"user_roles", "members"}


class TestWhatEnds:
    over: t.ClassVar[dict[str, t.Any]] = {"name": HELPDESK.name, "expires_at": NOW.isoformat()}

    def plan(self, value: t.Any, ends: Ends) -> RowPlan:
        state = known(user(), roles={IDS[0]: (HELPDESK, READER)})
        return plan((declared(roles=value),), state, Policy(ends=ends)).rows[0]

    def targets(self, made: RowPlan) -> list[t.Any]:
        return [operation.target for operation in made.operations]

    def test_only_ends_takes_nothing_else_away(self) -> None:
        for value in ({"add": [self.over], "remove": [READER.name]}, {"set": [self.over]}):
            assert self.targets(self.plan(value, Ends(only=True))) == [HELPDESK]
            assert self.targets(self.plan(value, Ends())) == [HELPDESK, READER]
        assert self.targets(self.plan({"remove": [READER.name]}, Ends(only=True))) == []

    def test_what_else_is_refused_keeps_everything_but_what_has_ended(self) -> None:
        made = self.plan({"add": [self.over], "remove": [READER.name, "Emperor"]}, Ends())
        assert made.details["reason"] == "no_such_role" and self.targets(made) == [HELPDESK]

    def test_a_policy_holds_for_what_is_added_and_not_for_what_is_taken_away(self) -> None:
        policy = AccessPolicy(demanded={"role": {"*": timedelta(hours=1)}})
        for value, reason in (
            ({"add": [READER.name]}, "end_missing"),
            ({"set": [READER.name]}, "end_missing"),
            ({"set": [{"name": READER.name, "lasts": "2h"}]}, "lifetime_exceeded"),
            ({"remove": [READER.name]}, None),
            ({"set": []}, None),
        ):
            found = [word for word, _said in policy_problems([declared(roles=value)], policy, NOW)]
            assert found == ([reason] if reason else [])
            assert self.plan(value, Ends(policy)).details.get("reason") == reason


NAMES = st.sampled_from(["EMS", "ems", "Mobility", "MINE", "E5", "", "__omit_place_holder__", "a\x07b"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | NAMES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["add", "remove", "set", "sku", "name", "ad", "expires_at"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JUNK, st.sampled_from(BOTH), st.booleans())
def test_whatever_is_written_is_refused_or_understood(value: t.Any, option: str, purge: bool) -> None:
    """And only what says so plainly takes anything away."""
    options = {"user_principal_name": UPN, option: value, f"purge_{option}": purge}
    row, found = declare_user(options, credentials_file=False, raw=options)
    if found or value is None:
        return
    takes = row.removed_licenses or row.removed_roles or getattr(row, f"purge_{option}")
    if isinstance(value, list):
        assert bool(takes) == purge
    else:
        assert set(value) <= {"add", "remove"} or set(value) == {"set"}
        assert not purge and all(isinstance(each, list) for each in value.values())
        assert bool(takes) == ("set" in value or bool(value.get("remove")))


SCHEMA = jsonschema.Draft7Validator(json.loads(tenant_schema.SCHEMA.read_text(encoding="utf-8")))


def of_schema(option: str, value: t.Any) -> bool:
    """Whether an editor takes it."""
    return bool(SCHEMA.is_valid({"customer_id": str(CUSTOMER), "users": [{**ROW, option: value}]}))


@given(JUNK, st.sampled_from(BOTH))
def test_the_schema_for_editors_takes_what_is_taken(value: t.Any, option: str) -> None:
    if value is None:
        return
    found = problems(**{option: value})
    assert found or of_schema(option, value)
    # What it cannot tell is what a text holds, and what several of them say together.
    if not {reason for _option, reason in found} <= {
        "named_twice",
        "added_and_removed",
        "control_characters",
        "omit_left_over",
        "not_a_time",
        "end_missing",
    }:
        assert not of_schema(option, value), (value, found)
