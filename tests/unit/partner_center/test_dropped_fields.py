"""A field that the service takes and drops is never "changed" for ever, and one that comes late is not called dropped."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import ServiceError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import Written
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.attributes import (
    ATTRIBUTES,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.confirming import LOOKS
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import IDS, declared
from .worlds import Quiet, World

NEW = {
    "user_principal_name": "other@contoso.example",
    "display_name": "Other",
    "first_name": "Other",
    "last_name": "Other",
    "usage_location": "NO",
    "immutable_id": "other",
    "phone_number": "+47 1",
}
assert NEW.keys() == ATTRIBUTES.keys()


class Clocked(Quiet):
    """A session in which waiting costs nothing and is counted."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.slept: list[float] = []
        self.budget = WaitBudget(seconds, self.slept.append, lambda: sum(self.slept))


@dataclass
class Service(World):
    """``dropped``: fields that a write does not change; ``form``: what its answer says of them; ``lag``: so many reads
    after a write show what was before; ``hidden``: fields that nothing shows; ``deaf``: reads by id fail."""

    dropped: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    form: str = "old"
    lag: int = 0
    deaf: bool = False
    stale: dict[str, list[User]] = field(default_factory=dict)
    reads: int = 0

    def _shown(self, user: User) -> User:
        return user.with_values(dict.fromkeys(self.hidden))

    def user(self, user_id: str) -> User | None:
        self.reads += 1
        if self.deaf:
            raise ServiceError("no", status=503)
        late = self.stale.get(user_id)
        if late:
            return self._shown(late.pop())
        found = super().user(user_id)
        return found and self._shown(found)

    def users(self, unidentified: t.Any = None) -> t.Iterator[list[User]]:
        return iter([[self._shown(each) for page in super().users(unidentified) for each in page]])

    def update_user(self, user_id: str, values: dict[str, str]) -> Written:
        before = self.users_by_id[user_id]
        kept = {name: value for name, value in values.items() if name not in self.dropped}
        if not kept:
            self.writes += 1
            after, answer = before, Answer(200, None, "request", "correlation")
        else:
            written = super().update_user(user_id, kept)
            after, answer = t.cast(User, written.user), written.answer
        self.stale[user_id] = [before] * self.lag
        dropped = {name: values[name] for name in values if name in self.dropped}
        said = {"old": {}, "silent": dict.fromkeys(dropped), "repeats": dropped}[self.form]
        said.pop("user_principal_name", None) if self.form == "silent" else None
        return Written(answer, self._shown(after.with_values(said)))

    def create_user(
        self, values: t.Mapping[str, str], password: Secret, force_change: bool | None, request_id: str | None
    ) -> Written:
        kept = {name: value for name, value in values.items() if name not in self.dropped}
        written = super().create_user(kept, password, force_change, request_id)
        made = t.cast(User, written.user)
        said = {name: value for name, value in values.items() if name in self.dropped}
        shown = {"old": {}, "silent": dict.fromkeys(said), "repeats": said}[self.form]
        return replace(written, user=self._shown(made.with_values(shown)))


ADA = User(IDS[1], "ada@contoso.example", "Ada", "Ada", "Byron", "US")


def service(**options: t.Any) -> Service:
    options.setdefault("session", Clocked(120))
    return Service({IDS[1]: ADA}, **options)


def converge(world: Service, *names: str) -> Outcome:
    """One run of a declaration with new values for these fields."""
    wanted = {name: NEW[name] for name in names if name != "user_principal_name"}
    if "user_principal_name" in names:
        wanted |= {"user_id": IDS[1], "user_principal_name": NEW["user_principal_name"]}
    elif world.users_by_id[IDS[1]].user_principal_name != ADA.user_principal_name:
        wanted["user_id"] = IDS[1]
    rows = (declared(**wanted),)
    made, _snapshot = read_and_plan(CustomerReader(world, rows), rows, Policy())
    (outcome,) = begin(made, world, secrets=Secrets(), credentials=None).finish()
    assert "Internal error" not in outcome.message, outcome.message
    return outcome


@settings(max_examples=250, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(NEW)), min_size=1, max_size=3, unique=True),
    st.sets(st.sampled_from(sorted(NEW)), max_size=2),
    st.sampled_from(("old", "silent", "repeats")),
    st.integers(0, LOOKS - 1),
)
def test_dropped_is_told_in_every_run_and_late_is_not_dropped(
    names: list[str], dropped: set[str], form: str, lag: int
) -> None:
    world = service(dropped=frozenset(dropped), form=form, lag=lag)
    lost = dropped & set(names)
    for again in (False, True):
        writes = world.writes
        world.stale.clear()  # by the next run all have heard of it
        outcome = converge(world, *names)
        if lost:
            assert outcome.status == "failed" and outcome.details["reason"] in ("not_accepted", "not_kept")
            assert any(name in outcome.message for name in lost), outcome.message
            assert not any(name in outcome.message for name in set(names) - lost), outcome.message
            assert world.writes <= writes + 1 + ("user_principal_name" in names)
        else:
            assert outcome.status == ("ok" if again else "changed"), outcome.message
            assert not outcome.warnings
            assert not again or world.writes == writes


OPTIONAL = sorted(set(NEW) - {"user_principal_name", "display_name"})
"""Without the other two there is no user."""


@settings(max_examples=80, deadline=None)
@given(
    st.sets(st.sampled_from(OPTIONAL), max_size=len(OPTIONAL)),
    st.sets(st.sampled_from(OPTIONAL), max_size=2),
    st.sampled_from(("old", "silent", "repeats")),
)
def test_a_create_that_drops_a_field_is_not_happy_for_ever(names: set[str], dropped: set[str], form: str) -> None:
    """The first run may not see it; from the second one on the field is named, and no more than one write is sent."""
    world = Service({}, session=Clocked(120), dropped=frozenset(dropped), form=form)
    wanted = {"usage_location": "NO", **{name: NEW[name] for name in names}}
    lost = dropped & wanted.keys()
    for again in range(3):
        writes = world.writes
        rows = (
            declared(
                user_principal_name="new@contoso.example",
                password="Correct-Horse-7",
                **{"display_name": "New", **wanted},
            ),
        )
        made, _snapshot = read_and_plan(CustomerReader(world, rows), rows, Policy())
        (outcome,) = begin(made, world, secrets=Secrets(), credentials=None).finish()
        assert "Internal error" not in outcome.message, outcome.message
        assert world.writes <= writes + 1 + (again == 0)
        told = [name for name in lost if name in outcome.message + " ".join(outcome.warnings)]
        if lost and again:
            assert outcome.status == "failed" and told, outcome
        elif not lost:
            assert outcome.status == ("ok" if again else "changed") and not outcome.warnings, outcome


@pytest.mark.parametrize("name", sorted(set(NEW) - {"user_principal_name"}))
def test_a_field_that_nothing_shows(name: str) -> None:
    world = service(hidden=frozenset({name}))
    for _again in range(2):
        writes = world.writes
        outcome = converge(world, name)
        assert (outcome.status, world.writes) == ("failed", writes + 1) and name in outcome.message


def test_who_waits_for_a_field_waits_once() -> None:
    world = service(dropped=frozenset({"phone_number"}), form="repeats")
    world.users_by_id[IDS[2]] = User(IDS[2], "bob@contoso.example", "Bob")
    rows = tuple(declared(user_principal_name=f"{who}@contoso.example", phone_number="1") for who in ("ada", "bob"))
    made, _snapshot = read_and_plan(CustomerReader(world, rows), rows, Policy())
    world.reads = 0
    outcomes = begin(made, world, secrets=Secrets(), credentials=None).finish()
    assert [each.status for each in outcomes] == ["failed", "failed"]
    assert world.reads == LOOKS + 1 and len(world.session.slept) == LOOKS - 1


def test_without_time_to_wait_it_is_a_warning_that_comes_again() -> None:
    world = service(dropped=frozenset({"phone_number"}), form="repeats", session=Clocked(0))
    for _again in range(2):
        outcome = converge(world, "phone_number")
        assert outcome.status == "changed" and len(outcome.warnings) == 1 and "phone_number" in outcome.warnings[0]
    assert world.writes == 2


@pytest.mark.parametrize(("form", "status"), [("repeats", "changed"), ("silent", "unknown")])
def test_where_nothing_can_be_read_the_answer_has_to_do(form: str, status: str) -> None:
    world = service(dropped=frozenset({"phone_number"}), form=form, deaf=True)
    assert converge(world, "phone_number").status == status
