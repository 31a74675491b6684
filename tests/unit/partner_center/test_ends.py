"""What has ended by which clock, what the record says, and what a policy demands."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    OptionError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.moments import length
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.ends import (
    SKEW,
    AccessPolicy,
    End,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
    declare_user,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.ends import (
    Ends,
    Grant,
    policy_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Snapshot
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.access_file import AccessFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.access_policy_file import (
    FORMAT,
    read_policy,
)
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, NOW, SOMEBODY_ELSE, UPN, gone, snapshot, user

HELPDESK = Role("Helpdesk Administrator", Guid("729827e3-9c14-49f7-bb1b-9608f156bbb8"))
READER = Role("Reports Reader", Guid("4a5d8f65-41da-4de4-8968-e035b65339cf"))
ADMINISTRATOR = Role("Company Administrator", GLOBAL_ADMINISTRATOR)
ROLES = (ADMINISTRATOR, HELPDESK, READER)


def row(**options: t.Any) -> UserDeclaration:
    made, problems = declare_user(
        {"user_principal_name": UPN, **options}, credentials_file=False, raw={"user_principal_name": UPN, **options}
    )
    assert not problems, problems
    return made


def world(*roles: Role, now: datetime = NOW, **values: t.Any) -> Snapshot:
    members = {role.id: frozenset({IDS[0]} if role in roles else ()) for role in ROLES}
    members[ADMINISTRATOR.id] |= {SOMEBODY_ELSE}
    known = {"catalogue": ROLES, "user_roles": {IDS[0]: roles}, "members": members, "now": now}
    return snapshot(user(), **{**known, **values})


def planned(declared: UserDeclaration, found: Snapshot, ends: Ends = Ends()) -> RowPlan:
    (made,) = plan([declared], found, Policy(ends=ends)).rows
    return made


def actions(made: RowPlan) -> list[str]:
    return [operation.action for operation in made.operations]


def iso(when: datetime, zone: timezone = timezone.utc) -> str:
    return when.astimezone(zone).isoformat()


HOUR = timedelta(hours=1)
SECONDS = st.integers(-10 * 86400, 10 * 86400)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(SECONDS, ZONES, st.booleans())
def test_the_service_time_decides_to_the_second_in_every_zone(seconds: int, zone: timezone, whole: bool) -> None:
    ends_at = iso(NOW + timedelta(seconds=seconds), zone)
    over = seconds <= 0
    declared = row(expires_at=ends_at) if whole else row(roles=[{"name": HELPDESK.name, "expires_at": ends_at}])
    made = planned(declared, world(HELPDESK))
    assert actions(made) == ([["remove_role"], ["delete"]][whole] if over else [])
    assert all(operation.ended for operation in made.operations)
    absent = planned(declared, world())
    assert actions(absent) == (
        [["delete"], ["delete"]][whole] if over and whole else [] if over or whole else ["add_role"]
    )


@given(st.integers(1, 86400 * 30), st.integers(0, 86400 * 60))
def test_what_lasts_is_counted_from_the_record(lasts: int, past: int) -> None:
    declared = row(
        roles=[{"name": "helpdesk administrator", "lasts": length(timedelta(seconds=lasts)), "granted_for": "A"}]
    )
    recorded = Grant(CUSTOMER, "role", str(HELPDESK.id), "A", NOW - timedelta(seconds=past), lasts, declared.own_key)
    made = planned(declared, world(HELPDESK), Ends(grants=(recorded,)))
    assert actions(made) == (["remove_role"] if past >= lasts else [])
    for other in (
        replace(recorded, granted_for="B"),
        replace(recorded, customer_id=IDS[5]),
        replace(recorded, what="license"),
        replace(recorded, name=str(READER.id)),
        replace(recorded, user_principal_name="somebody@contoso.example", user_id=IDS[3]),
    ):
        fresh = planned(declared, world(HELPDESK), Ends(grants=(other,)))
        assert actions(fresh) == [] and fresh.row.ends[0].begins, "it is not about this grant"


def test_the_record_knows_a_user_by_name_and_by_id_and_a_role_by_all_its_names() -> None:
    recorded = Grant(CUSTOMER, "role", str(ADMINISTRATOR.id), "", NOW - timedelta(days=9), 3600, user_id=IDS[0])
    for name in ("Global Administrator", "company administrator", str(GLOBAL_ADMINISTRATOR)):
        declared = row(roles=[{"name": name, "lasts": "1h"}])
        assert actions(planned(declared, world(ADMINISTRATOR), Ends(grants=(recorded,)))) == ["remove_role"]


def test_what_has_ended_stays_ended_for_what_it_was_granted_for() -> None:
    recorded = Grant(CUSTOMER, "user", "", "A", NOW - timedelta(hours=3), 7200, "ada@contoso.example", ended_at=NOW)
    ends = Ends(grants=(recorded,))
    for lasts in ("1h", "4h", "30d"):
        assert actions(planned(row(lasts=lasts, granted_for="A", display_name="Ada"), world(), ends)) == ["delete"]
        left = planned(row(lasts=lasts, granted_for="A", display_name="Ada"), snapshot(gone()), ends)
        assert actions(left) == [] and left.refusal is None, "it is not created anew"
    assert actions(planned(row(lasts="1h", granted_for="B"), world(), ends)) == []


@given(st.integers(-3600, 3600))
def test_a_record_from_the_future_is_no_ground_to_grant_anything(seconds: int) -> None:
    recorded = Grant(CUSTOMER, "user", "", "", NOW + timedelta(seconds=seconds), 7200, "ada@contoso.example")
    made = planned(row(lasts="2h"), world(), Ends(grants=(recorded,)))
    assert made.details.get("reason") == ("access_record_in_future" if seconds > SKEW.total_seconds() else None)


def test_without_the_time_of_the_service_nothing_is_done() -> None:
    made = planned(row(expires_at=iso(NOW - timedelta(days=1))), world(timed=False))
    assert actions(made) == [] and made.details["reason"] == "service_time_unknown"


def test_what_else_is_refused_does_not_keep_what_has_ended() -> None:
    over = {"name": HELPDESK.name, "expires_at": iso(NOW)}
    made = planned(row(roles=[over, "Emperor"]), world(HELPDESK))
    assert made.details["reason"] == "no_such_role" and actions(made) == ["remove_role"]
    synced = replace(user(), directory_synced=True)
    found = replace(world(HELPDESK), active={synced.key: synced})
    made = planned(row(roles=[over], display_name="Other"), found)
    assert made.details["reason"] == "directory_synced" and actions(made) == ["remove_role"]


def test_a_policy_that_one_role_is_against_does_not_keep_another_that_has_ended() -> None:
    policy = AccessPolicy(demanded={"role": {"reports reader": HOUR, "*": timedelta(days=9)}})
    over = {"name": HELPDESK.name, "expires_at": iso(NOW)}
    declared = row(roles=[over, {"name": str(READER.id), "lasts": "2h"}])
    made = planned(declared, world(HELPDESK), Ends(policy))
    assert made.details["reason"] == "lifetime_exceeded" and actions(made) == ["remove_role"]


def test_the_last_administrator_keeps_the_role_and_the_row_says_why() -> None:
    declared = row(roles=[{"name": "Global Administrator", "expires_at": iso(NOW)}])
    found = world(ADMINISTRATOR)
    made = planned(declared, replace(found, members={**found.members, ADMINISTRATOR.id: frozenset({IDS[0]})}))
    assert made.details["reason"] == "last_administrator" and actions(made) == []


def test_one_role_under_two_names_cannot_both_end_and_stay() -> None:
    made = planned(row(roles=[{"name": HELPDESK.name, "expires_at": iso(NOW)}, str(HELPDESK.id)]), world(HELPDESK))
    assert made.details["reason"] == "ends_contradict" and actions(made) == []


def test_only_ends_does_nothing_else() -> None:
    over = {"name": HELPDESK.name, "expires_at": iso(NOW)}
    ends = Ends(only=True)
    assert actions(planned(row(display_name="Other", roles=["Reports Reader"]), world(), ends)) == []
    assert actions(planned(row(display_name="Other", roles=[over, READER.name]), world(HELPDESK), ends)) == [
        "remove_role"
    ]
    assert actions(planned(row(display_name="Other", roles=[over]), snapshot(catalogue=ROLES), ends)) == []
    assert actions(planned(row(display_name="Other", lasts="2h"), snapshot(), ends)) == []


def test_absent_users_have_no_end() -> None:
    assert row(state="absent", expires_at=iso(NOW + timedelta(days=1))).ends == ()


@pytest.mark.parametrize(
    ("policy", "options", "reason"),
    [
        (AccessPolicy(HOUR), {"lasts": "2h"}, "lifetime_exceeded"),
        (AccessPolicy(HOUR), {"lasts": "1h"}, None),
        (AccessPolicy(HOUR), {}, None),
        (AccessPolicy(HOUR), {"expires_at": iso(NOW + HOUR + SKEW)}, None),
        (AccessPolicy(HOUR), {"expires_at": iso(NOW + HOUR + SKEW + timedelta(seconds=1))}, "lifetime_exceeded"),
        (AccessPolicy(HOUR), {"lasts": "9d", "expires_at": iso(NOW + HOUR)}, None),
        (AccessPolicy(demanded={"user": {"*": HOUR}}), {}, "end_missing"),
        (AccessPolicy(demanded={"user": {"*": HOUR}}), {"state": "absent"}, None),
        (AccessPolicy(demanded={"role": {"global administrator": HOUR}}), {"roles": ["Company Administrator"]}, "end_missing"),
        (AccessPolicy(demanded={"role": {"global administrator": HOUR}}), {"roles": [READER.name]}, None),
        (AccessPolicy(demanded={"role": {"global administrator": HOUR}}), {"roles": ["Company Administrator"], "lasts": "1h"}, None),
        (AccessPolicy(demanded={"role": {"*": HOUR}}), {"roles": [{"name": READER.name, "lasts": "3h"}]}, "lifetime_exceeded"),
        (AccessPolicy(demanded={"license": {"*": HOUR}}), {"licenses": ["EMS"]}, "end_missing"),
        (AccessPolicy(reason=True), {"lasts": "1h"}, "reason_missing"),
        (AccessPolicy(reason=True), {"lasts": "1h", "granted_for": "INC-1"}, None),
        (AccessPolicy(reason=True), {"roles": [{"name": "x", "lasts": "1h", "granted_for": "INC-1"}]}, None),
    ],
)  # fmt: skip
def test_policies_before_the_first_request(policy: AccessPolicy, options: dict[str, t.Any], reason: str | None) -> None:
    found = [word for word, _sentence in policy_problems([row(**options)], policy, NOW)]
    assert found == ([reason] if reason else [])


def test_a_policy_about_a_role_holds_for_its_id() -> None:
    policy = AccessPolicy(demanded={"role": {"helpdesk administrator": HOUR, "*": timedelta(days=9)}})
    declared = row(roles=[{"name": str(HELPDESK.id), "lasts": "2h"}])
    assert list(policy_problems([declared], policy, NOW)) == [], "what the id is, only the customer says"
    made = planned(declared, world(), Ends(policy))
    assert made.details["reason"] == "lifetime_exceeded" and actions(made) == []


def test_the_policy_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    good = f"format: {FORMAT}\nversion: 1\nrequire_reason: true\nmax_lifetime: {{users: 90d, roles: {{Company Administrator: 4h, '*': 30d}}}}\n"
    path.write_text(good)
    path.chmod(0o600)
    policy = read_policy(str(path), None)
    assert policy.reason and policy.limit("role", ["global administrator"]) == timedelta(hours=4)
    assert policy.limit("role", ["other"]) == timedelta(days=30) and policy.limit("license", ["ems"]) is None
    for text, reason in (
        ("nothing: 1", "wrong_file_kind"),
        ("[", "wrong_file_kind"),
        (good.replace("version: 1", "version: 2"), "wrong_file_kind"),
        (good.replace("4h", "4"), "not_a_time"),
        (good.replace("roles", "rolls"), "unknown_option"),
        (good.replace("true", "'yes'"), "not_a_boolean"),
    ):
        path.write_text(text)
        with pytest.raises(OptionError) as caught:
            read_policy(str(path), None)
        assert caught.value.details["reason"] == reason, text
    path.write_text(good)
    path.chmod(0o666)
    with pytest.raises(OptionError) as caught:
        read_policy(str(path), None)
    assert caught.value.details["reason"] == "untrusted_file"


def rows(*ends: End, unproven: frozenset[str] = frozenset(), **values: t.Any) -> list[tuple[RowPlan, frozenset[str]]]:
    declared = replace(row(), ends=tuple(ends))
    return [(RowPlan(declared, **{"before": user(), **values}), unproven)]


LASTS = End("user", lasts=HOUR, granted_at=NOW, ends_at=NOW + HOUR, begins=True)


def test_the_record_is_kept_and_its_loss_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "access.json"
    with pytest.raises(CollectionError) as caught:
        AccessFile(str(path)).read()
    assert caught.value.details["reason"] == "access_file_missing"
    file = AccessFile(str(path), new=True)
    assert file.read() == () and not path.exists()
    file.add(CUSTOMER, rows(LASTS))
    assert path.stat().st_mode & 0o777 == 0o600
    (grant,) = AccessFile(str(path)).read()
    assert (grant.granted_at, grant.lasts, grant.user_id, grant.ended_at) == (NOW, 3600, IDS[0], None)
    later = replace(LASTS, granted_at=NOW + HOUR, ends_at=NOW, ended=True)
    file.add(CUSTOMER, rows(later, unproven=frozenset({"user:"})))
    assert file.read() == (grant,), "what is not known to be gone stays open"
    file.add(CUSTOMER, rows(later))
    (grant,) = file.read()
    assert (grant.granted_at, grant.ended_at) == (NOW, NOW), "the first time counts, and the end stays"
    assert AccessFile(str(path), new=True).check().reason == "access_file_exists"  # type: ignore[union-attr]
    path.unlink()
    with pytest.raises(CollectionError) as caught:
        file.add(CUSTOMER, rows(LASTS))
    assert caught.value.details["reason"] == "access_file_missing" and not path.exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "tenantops.partner_center undo", "version": 1, "grants": []}']
)
def test_what_is_no_record_is_neither_believed_nor_overwritten(content: str, tmp_path: Path) -> None:
    path = tmp_path / "access.json"
    path.write_text(content)
    path.chmod(0o600)
    for attempt in (lambda file: file.read(), lambda file: file.add(CUSTOMER, rows(LASTS))):
        with pytest.raises(CollectionError) as caught:
            attempt(AccessFile(str(path), new=True))
        assert caught.value.details["reason"] == "wrong_file_kind" and path.read_text() == content


@given(st.data())
def test_a_record_of_which_a_part_is_missing_is_not_believed(data: t.Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "access.json")
        AccessFile(str(path), new=True).add(CUSTOMER, rows(LASTS))
        document = json.loads(path.read_text())
        grant = document["grants"][0]
        grant.pop(data.draw(st.sampled_from(sorted(grant))))
        path.write_text(json.dumps(document))
        with pytest.raises(CollectionError):
            AccessFile(str(path)).read()


def test_a_refused_row_begins_nothing_unless_the_user_is_there(tmp_path: Path) -> None:
    file = AccessFile(str(tmp_path / "access.json"), new=True)
    file.add(CUSTOMER, rows(LASTS, before=None, refusal="no"))
    assert file.read() == ()
    file.add(CUSTOMER, rows(LASTS, refusal="no"))
    assert len(file.read()) == 1


def test_a_purge_with_everybody_ended_deletes_only_those() -> None:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import (
        PurgePolicy,
    )

    other = user(1, "bob@contoso.example")
    found = replace(world(), all_active=(user(), other))
    made: Plan = plan([row(expires_at=iso(NOW))], found, Policy(), PurgePolicy(domains=("contoso.example",)))
    assert made.purge and made.purge.reason == "purge_of_everybody" and not made.purge.operations
    assert [operation.user_id for operation in made.operations] == [IDS[0]]


def test_two_names_of_one_role_are_allowed_the_shorter_time(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    rules = {"Global Administrator": "4h", "Company Administrator": "90d"}
    for order in (rules, dict(reversed(rules.items()))):
        policy = {"format": "tenantops.partner_center access policy", "version": 1, "max_lifetime": {"roles": order}}
        path.write_text(json.dumps(policy))
        path.chmod(0o600)
        assert read_policy(str(path), None).limit("role", ["global administrator"]) == timedelta(hours=4)


def test_the_policy_of_the_guide_is_one(tmp_path: Path) -> None:
    from support.documentation import blocks

    (block,) = [block for block in blocks("yaml") if block.reason == "policy file"]
    path = tmp_path / "policy.yml"
    path.write_text(block.text)
    path.chmod(0o600)
    policy = read_policy(str(path), None)
    assert policy.limit("role", ["global administrator"]) == timedelta(hours=4) and policy.reason
