"""The same people in many customers: what they become at which customer, whom a row may write, and what the record says
after whatever has happened."""

from __future__ import annotations

import contextlib
import itertools
import json
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    ServiceError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.people import People
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.people_options import (
    declare_people,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan import people as planning
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.made_accounts import (
    ADOPTED,
    EVENTS,
    MADE,
    MAKING,
    NOT_MADE,
    REMOVED,
    Accounts,
    Event,
    event_of,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.people import (
    PeopleSession,
    RecordedCustomer,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.people_record import (
    PeopleRecord,
    RecordError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from hypothesis import given
from hypothesis import strategies as st
from support.refused import refused

from .factories import NOW, user
from .technicians import CUSTOMERS, IDS, LOCALS, RUN, block, declared
from .worlds import World

COUNTRIES = ("US", "CA", "DE", "FR")


def rows(people: People, accounts: Accounts | None = None, listed: t.Sequence[Customer] = CUSTOMERS) -> list[t.Any]:
    blocks = planning.rows_of(people, planning.select(people, listed), accounts or Accounts())
    return [(block.declaration.customer_id, row) for block in blocks for row in block.declaration.rows]


# Validation


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"people": []}, "empty"),
        ({"people": None}, "not_a_list"),
        ({"people": [{"display_name": "Nobody"}]}, "option_missing"),
        ({"people": [{"local": "ada", "display_name": "A"}, {"local": "ADA", "display_name": "B"}]}, "declared_twice"),
        ({"people": [{"local": "ada", "password": "Correct-Horse-7"}]}, "unknown_option"),
        ({"people": [{"local": "a da"}]}, "not_a_name"),
        ({"people": [{"local": "ada", "usage_location": "XX"}]}, "not_a_country"),
        ({"people": [{"local": "ada", "state": "restored"}]}, "not_a_choice"),
        ({"defaults": {}}, "name_missing"),
        ({"defaults": {"user_principal_name": "{local}@{customer.name}"}}, "unknown_placeholder"),
        ({"defaults": {"user_principal_name": "{local@{customer.domain}"}}, "unknown_placeholder"),
        ({"name": ""}, "name_missing"),
        ({"record_file": None}, "option_missing"),
        ({"customers": {}}, "customer_missing"),
        ({"customers": {"ids": []}}, "customer_missing"),
        ({"customers": {"ids": ["c0.onmicrosoft.com"]}}, "not_a_guid"),
        ({"customers": {"all": True, "ids": [IDS[0]]}}, "contradiction"),
        ({"customers": {"groups": ["gold"]}}, "contradiction"),
        ({"except": [{"customer": IDS[0], "person": "max", "leave_out": True}]}, "unknown_person"),
        ({"except": [{"customer": IDS[0]}]}, "contradiction"),
        ({"except": [{"customer": IDS[0], "leave_out": True, "usage_location": "CA"}]}, "contradiction"),
        ({"except": [{"customer": IDS[0], "leave_out": True}] * 2}, "declared_twice"),
        ({"except": [{"customer": IDS[0], "usage_location": "XX"}]}, "not_a_country"),
        ({"adopt": ["max"]}, "unknown_person"),
        ({"adopt": [7]}, "not_a_text"),
        ({"adpot": ["ada"]}, "unknown_option"),
    ],
    ids=str,
)
def test_what_cannot_be_meant(changes: dict[str, t.Any], reason: str) -> None:
    people, _rows, problems = declare_people(block(**changes))
    assert people is None and reason in [problem.reason for problem in problems], problems


def test_ten_people_in_all_customers_are_few_words() -> None:
    people = declared(people=[{"local": f"tech{n}", "display_name": "T"} for n in range(10)])
    assert len(rows(people)) == 40


def test_a_person_without_a_password_file_is_not_given_a_password() -> None:
    people, found, _problems = declare_people(block(), credentials_file=False)
    assert people and not any(row.has_password for row in found)
    assert not any(row.has_password for _customer, row in rows(people))


# Which customers, and under which domain


def test_customers_are_selected_once() -> None:
    people = declared(customers={"ids": [IDS[0], IDS[1].upper()], "domains": ["C0.onmicrosoft.com", "nobody.example"]})
    targets = planning.select(people, CUSTOMERS)
    assert [target.customer and target.customer.id for target in targets] == [IDS[0], IDS[1], None]
    assert targets[2].error and targets[2].error.details["reason"] == "customer_not_found"


@pytest.mark.parametrize(
    ("default", "domains", "expected"),
    [
        ("c.onmicrosoft.com", ("c.onmicrosoft.com",), "c.onmicrosoft.com"),
        ("c.onmicrosoft.com", ("c.onmicrosoft.com", "c.example"), "c.example"),
        ("c.example", None, "c.example"),
        ("c.onmicrosoft.com", ("c.onmicrosoft.com", "c.example", "d.example"), None),
        ("c.onmicrosoft.com", None, None),
        (None, None, None),
    ],
)
def test_the_domain_of_a_customer(default: str | None, domains: tuple[str, ...] | None, expected: str | None) -> None:
    customer = replace(CUSTOMERS[0], domain=default, domains=domains)
    people = declared(defaults={"user_principal_name": "{local}@{customer.domain}"})
    (made,) = planning.rows_of(people, [planning.Target(IDS[0], customer)], Accounts())
    names = {row.user_principal_name for row in made.declaration.rows}
    if expected:
        assert not made.error and names == {f"{local}@{expected}" for local in LOCALS}
    else:
        assert made.error and made.error.details["reason"] == "customer_domain_unknown" and len(names) == 3


def test_an_exception_about_a_customer_that_is_not_selected_is_named() -> None:
    people = declared(**{"except": [{"customer": "c9.onmicrosoft.com", "leave_out": True}], "adopt": ["ada"]})
    (problem,) = planning.unmatched(people, planning.select(people, CUSTOMERS))
    assert problem.reason == "customer_not_selected"


# Expansion and exceptions

values = st.fixed_dictionaries({}, optional={"usage_location": st.sampled_from(COUNTRIES), "first_name": st.just("F")})
exceptions = st.dictionaries(
    st.tuples(st.sampled_from(range(len(IDS))), st.sampled_from((None, *LOCALS))),
    st.one_of(st.just({"leave_out": True}), values.filter(bool)),
    max_size=6,
)


@given(common=values, own=st.tuples(values, values, values), exempted=exceptions)
def test_every_pair_is_a_row_with_what_is_said_most_closely(
    common: dict[str, str], own: tuple[dict[str, str], ...], exempted: dict[tuple[int, str | None], dict[str, t.Any]]
) -> None:
    listed = [
        {"customer": IDS[number] if number % 2 else CUSTOMERS[number].domain}
        | ({"person": person.upper()} if person else {})
        | said
        for (number, person), said in exempted.items()
    ]
    people = declared(
        **{"except": listed},
        defaults={"user_principal_name": "{local}@{customer.default_domain}", **common},
        people=[{"local": local, "display_name": "X", **each} for local, each in zip(LOCALS, own)],
    )
    expected = {}
    for number, (local, each) in itertools.product(range(len(IDS)), zip(LOCALS, own)):
        here = [exempted.get((number, None), {}), exempted.get((number, local), {})]
        if not any("leave_out" in said for said in here):
            expected[IDS[number], f"{local}@c{number}.onmicrosoft.com"] = {**common, **each, **here[0], **here[1]}
    made = rows(people)
    assert [row.index for _customer, row in made] == list(range(len(expected)))
    found = {}
    for customer, row in made:
        found[customer, row.user_principal_name] = {k: v for k, v in row.attributes.items() if k != "display_name"}
    assert found == expected


# Who may be written: a random record and a random customer


def event(kind: str, number: int, person: str, name: str | None = None, run: str = RUN) -> Event:
    user_id = None if kind in (MAKING, NOT_MADE) else user(number).id
    return Event(kind, "2026-01-01T00:00:00Z", person, IDS[0], user_id, name or f"{person}@c0.onmicrosoft.com", run)


class Audited(World):
    """Audit records say who has created whom."""

    def __init__(self, users: t.Iterable[t.Any], creators: t.Mapping[str, str]) -> None:
        super().__init__({str(each.id): each for each in users}, customer_id=IDS[0])
        self.created_by = creators

    def domains(self) -> tuple[str, ...] | None:
        return ("c0.onmicrosoft.com",)

    def creators(self, user_id: str, first: t.Any, last: t.Any) -> t.Iterator[set[str]]:
        return iter([{self.created_by[user_id]}] if user_id in self.created_by else [])


names = st.sampled_from([f"{local}@c0.onmicrosoft.com" for local in (*LOCALS, "max")])
events = st.builds(
    event, st.sampled_from(EVENTS), st.integers(1, 5), st.sampled_from((*LOCALS, "max")), st.one_of(st.none(), names)
)


@given(
    history=st.lists(events, max_size=8),
    there=st.lists(st.tuples(names, st.booleans()), max_size=5, unique_by=lambda each: each[0]),
    creators=st.dictionaries(st.integers(1, 5), st.sampled_from([RUN, "somebody else"])),
    locals_=st.lists(st.sampled_from(LOCALS), min_size=1, unique=True),
    adopt=st.lists(st.sampled_from(LOCALS), unique=True),
    on_deleted=st.sampled_from(["fail", "restore", "create"]),
)
def test_nobody_else_is_written_and_nobody_is_deleted_but_who_was_made_and_taken_out(
    history: list[Event],
    there: list[tuple[str, bool]],
    creators: dict[int, str],
    locals_: list[str],
    adopt: list[str],
    on_deleted: str,
) -> None:
    users = [
        user(number, name, state="active" if active else "deleted", soft_deletion_time=None if active else NOW)
        for number, (name, active) in enumerate(there, start=1)
    ]
    people = declared(
        people=[{"local": local, "display_name": "New", "on_deleted": on_deleted} for local in locals_],
        adopt=[local for local in adopt if local in locals_],
    )
    accounts = Accounts(history)
    (made,) = planning.rows_of(people, [planning.Target(IDS[0], CUSTOMERS[0])], accounts)
    by_id = {user(number).id: run for number, run in creators.items()}
    world = Audited(users, by_id)
    plan, _snapshot = read_and_plan(
        CustomerReader(t.cast(t.Any, world), made.declaration.rows), made.declaration.rows, Policy(acting=("me",))
    )

    was_made = {each.user_id for each in history if each.event == MADE}
    was_adopted = {each.user_id for each in history if each.event == ADOPTED}
    begun = {each.person for each in history if each.event == MAKING}
    for planned in plan.rows:
        person = planned.row.ownership.person
        for operation in planned.operations:
            target = operation.user_id
            if target is None:
                assert operation.action == "create" and person in locals_
                # Nobody is made beside a user of one's own who is active.
                own = {each.user_id for each in accounts.of(person, IDS[0])}
                assert not own & {each.id for each in users if each.state == "active"}
            elif operation.action == "delete":
                assert target in was_made and person not in locals_
                assert any(each.user_id == target and each.person == person for each in history)
            else:
                audited = person in begun and by_id.get(target) == RUN
                assert target in was_made | was_adopted or person in adopt or audited
        if planned.refusal is None and planned.before and planned.before.state == "active" and person in locals_:
            assert planned.before.id in was_made | was_adopted or person in adopt or person in begun


@given(history=st.lists(events, max_size=10))
def test_who_was_adopted_or_removed_is_never_declared_absent(history: list[Event]) -> None:
    people = declared(people=[{"local": "somebody", "display_name": "S"}])
    accounts = Accounts(history)
    absent = {row.user_id for _customer, row in rows(people, accounts) if row.state == "absent"}
    for each in accounts.all():
        assert (each.user_id in absent) == (not each.adopted and not each.removed)
    alone = planning.left_alone(people, planning.select(people, CUSTOMERS), accounts)
    assert {each["user_id"] for each in alone if each["reason"] == "adopted"} == {
        each.user_id for each in accounts.all() if each.adopted and not each.removed
    }
    # A create whose end nobody knows is never silent.
    assert [each["user_principal_name"] for each in alone if each["reason"] == "perhaps_made"] == [
        each.user_principal_name for each in accounts.unsettled()
    ]


def test_who_has_another_name_by_now_is_not_deleted() -> None:
    renamed = user(1, "somebody@c0.onmicrosoft.com")
    people = declared(people=[{"local": "bob", "display_name": "Bob"}])
    (made,) = planning.rows_of(people, [planning.Target(IDS[0], CUSTOMERS[0])], Accounts([event(MADE, 1, "ada")]))
    world = Audited([renamed], {})
    plan, _snapshot = read_and_plan(
        CustomerReader(t.cast(t.Any, world), made.declaration.rows), made.declaration.rows, Policy(acting=("me",))
    )
    (ada,) = [each for each in plan.rows if each.row.state == "absent"]
    assert not ada.operations and ada.details["reason"] == "id_contradicts_name"


def test_customers_and_people_that_are_left_out_are_left_alone() -> None:
    accounts = Accounts([event(MADE, 1, "ada"), event(MADE, 2, "bob")])
    for exempted, reason in (
        ({"customer": IDS[0], "leave_out": True}, "customer_not_selected"),
        ({"customer": IDS[0], "person": "ada", "leave_out": True}, "left_out"),
    ):
        people = declared(**{"except": [exempted]})
        targets = planning.select(people, CUSTOMERS)
        assert not [row for _customer, row in rows(people, accounts) if row.state == "absent"]
        found = planning.left_alone(people, targets, accounts)
        assert {each["person"]: each["reason"] for each in found}["ada"] == reason


# The record


def record(path: Path, name: str = "technicians") -> PeopleRecord:
    return PeopleRecord(str(path), name)


@given(history=st.lists(events, max_size=6), data=st.data())
def test_a_record_that_was_cut_off_anywhere_says_what_was_written_before(
    tmp_path_factory: pytest.TempPathFactory, history: list[Event], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("record") / "record.jsonl"
    written = record(path)
    lengths = []
    with written.held():
        for each in history:
            lengths.append(path.stat().st_size)
            written.note(each)
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    head = content.index(b"\n") + 1
    end = data.draw(st.integers(head, len(content)))
    path.write_bytes(content[:end])
    whole = [each for each, length in zip(history, [*lengths[1:], len(content)]) if length <= end]
    again = record(path)
    with again.held():
        assert again.accounts.all() == Accounts(whole).all()
        again.note(event(MADE, 1, "ada"))
    last = record(path)
    last.load()
    assert last.accounts.all() == Accounts([*whole, event(MADE, 1, "ada")]).all()


def test_what_a_line_says_is_what_was_written() -> None:
    for kind in EVENTS:
        made = event(kind, 1, "ada")
        assert event_of(made.line()) == made
        for name in made.line():
            assert event_of({**made.line(), name: 7}) is None
    assert event_of({**event(MADE, 1, "ada").line(), "user_id": None}) is None
    assert event_of({**event(MAKING, 1, "ada").line(), "user_id": IDS[0]}) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "wrong_file_kind"),
        (b"my diary\n", "wrong_file_kind"),
        (b'{"format": "tenantops.partner_center undo", "version": 1, "customers": []}\n', "wrong_file_kind"),
        (b'{"format": "tenantops.partner_center people record", "version": 2, "name": "technicians"}\n', "wrong_file_kind"),
        (
            b'{"format": "tenantops.partner_center people record", "version": 1, "name": "others"}\n',
            "record_of_another_declaration",
        ),
        (
            b'{"format": "tenantops.partner_center people record", "version": 1, "name": "technicians"}\n{"a": 1}\n',
            "people_record",
        ),
    ],
)  # fmt: skip
def test_a_record_that_is_not_understood_is_refused_and_stays(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(content)
    problem = record(path).check(writes=True)
    assert problem and problem.reason == reason
    with pytest.raises(RecordError), record(path).held():
        raise AssertionError("it was opened")
    assert path.read_bytes() == content


def test_a_record_that_others_can_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    with record(path).held():
        pass
    path.chmod(0o666)
    problem = record(path).check(writes=False)
    assert problem and problem.reason == "untrusted_file"


def test_one_run_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.jsonl"
    monkeypatch.setattr(
        "ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.people_record.LOCK_WAIT", 0
    )  # fmt: skip
    with files.lock(str(path)), pytest.raises(CollectionError) as refused, record(path).held():
        raise AssertionError("two runs at once")
    assert refused.value.details["reason"] == "people_record_in_use"


def test_a_record_that_vanishes_stops_what_comes_before_and_keeps_what_comes_after(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    held = record(path)
    with held.held():
        path.unlink()
        with pytest.raises(RecordError):
            held.note(event(MAKING, 1, "ada"))
        held.note_afterwards(event(MADE, 1, "ada"))
        assert [each.event for each in held.try_again()] == [MADE]
    assert REMOVED not in [each.event for each in held.unwritten]


# What is written down around a create


class Wire:
    """A transport whose write ends in some way, and which looks what the record says by then."""

    def __init__(self, ending: BaseException | None, path: Path) -> None:
        self.ending = ending
        self.path = path
        self.seen: list[str] = []

    def write(self, _method: str, _path: str, body: t.Any, _request: str | None = None, **_how: t.Any) -> Answer:
        self.seen = kinds(self.path)
        if self.ending:
            raise self.ending
        return Answer(201, {"id": IDS[3], "userPrincipalName": body["userPrincipalName"]}, "request", RUN)


def kinds(path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in path.read_text().splitlines()[1:]]


def client(held: PeopleRecord, wire: Wire) -> RecordedCustomer:
    session = PeopleSession(
        facts=t.cast(t.Any, None),
        transport=t.cast(t.Any, wire),
        budget=t.cast(t.Any, None),
        counters=t.cast(t.Any, None),
        clock=t.cast(t.Any, type("Clock", (), {"now": staticmethod(lambda: NOW)})),
        correlation_id=RUN,
        read_only=False,
        record=held,
        persons={(IDS[0], "ada@c0.onmicrosoft.com"): "ada"},
    )
    made = session.customer(IDS[0])
    assert isinstance(made, RecordedCustomer)
    made.facts = facts_of("AzureCloud")
    return made


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (None, [MAKING, MADE]),
        (ServiceError("refused", status=400, code="3000"), [MAKING, NOT_MADE]),
        (TransportError("the answer was lost", ambiguous=True), [MAKING]),
        (KeyboardInterrupt(), [MAKING]),
    ],
    ids=["answered", "refused", "lost", "killed"],
)
def test_a_create_is_written_down_before_and_after(
    tmp_path: Path, ending: BaseException | None, expected: list[str]
) -> None:
    path = tmp_path / "record.jsonl"
    held = record(path)
    wire = Wire(ending, path)
    with held.held():
        with contextlib.suppress(BaseException) if ending else contextlib.nullcontext():
            client(held, wire).create_user(
                {"user_principal_name": "ada@c0.onmicrosoft.com"}, Secret("Correct-Horse-7"), None, None
            )
    assert wire.seen == [MAKING] and kinds(path) == expected
    again = record(path)
    again.load()
    assert [each.user_id for each in again.accounts.all()] == ([IDS[3]] if ending is None else [])
    assert again.accounts.begun("ada", IDS[0]) == ({RUN: "2026-11-22"} if expected == [MAKING] else {})


def test_what_cannot_be_written_down_before_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    held = record(path)
    with held.held():
        path.unlink()
        path.write_text("")
        wire = Wire(None, path)
        with refused(RecordError, reason="people_record"):
            client(held, wire).create_user(
                {"user_principal_name": "ada@c0.onmicrosoft.com"}, Secret("Correct-Horse-7"), None, None
            )
    assert wire.seen == [] and path.read_text() == ""
