# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has approved a plan, with real keys and the real ssh-keygen."""

from __future__ import annotations

import json
import os
import random
import subprocess
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import paths
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    OptionError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.ssh_signature import (
    NotASignature,
    _dearmored,
    parsed,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.places import places
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.approval_policy import (
    WEAKER,
    ApprovalPolicy,
    approval_policy,
    demand_problem,
    sign_command,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.approvals import (
    Checked,
    decide,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.plan_file import (
    Made,
    plan_text,
    read_plan,
    text_to_keep,
)
from hypothesis import given
from hypothesis import strategies as st
from support.refused import refused
from support.ssh_keys import NAMESPACE

from .approval_desk import ANN, BEN, CAT, NOW, Desk, every_change, made
from .factories import user


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Approved by Ann and Ben; whoever changes something in it puts it back."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.sign("ann", "ben")
    return desk


def test_two_people_approve(signed: Desk) -> None:
    result = signed.ask().result()
    assert result["approved_by"] == [ANN, BEN] and result["not_counted"] == [] and result["required"] == 2


def test_the_command_that_is_shown_signs(desk: Desk) -> None:
    for name in ("ann", "ben"):
        command = sign_command(str(desk.plan)).replace("KEY", str(desk.people.key(name))).replace("NAME", name)
        assert os.system(f"{command} 2>/dev/null") == 0
    assert desk.ask().approved_by == (ANN, BEN)


def test_a_signature_with_the_name_that_ssh_keygen_gives_it(desk: Desk) -> None:
    desk.plan.with_name("plan.json.sig").write_bytes(desk.people.signature("ann", desk.plan.read_bytes()))
    assert desk.ask(required=1).approved_by == (ANN,)


@pytest.mark.parametrize(
    ("namespace", "signer", "reason"),
    [
        ("file", "ben", "wrong_namespace"),
        ("git", "ben", "wrong_namespace"),
        (f"{NAMESPACE}2", "ben", "wrong_namespace"),
        (NAMESPACE, "stranger", "signature_not_valid"),
    ],
)
def test_what_does_not_count(desk: Desk, namespace: str, signer: str, reason: str) -> None:
    desk.sign("ann")
    desk.sign(signer, namespace=namespace)
    desk.refused(reason)


def test_too_few(desk: Desk) -> None:
    desk.refused(counted=0)
    desk.sign("ann")
    desk.refused()
    desk.sign("ben")
    desk.refused(counted=2, required=3)


def test_the_same_person_twice(desk: Desk) -> None:
    desk.sign("ann")
    twice = desk.plan.with_name("plan.json.twice.sig")
    twice.write_bytes(desk.plan.with_name("plan.json.ann.sig").read_bytes())
    desk.refused("counted_already")
    twice.unlink()
    # Another key of hers, and one key for two people.
    desk.people.allow(ann=ANN, laptop=ANN.upper(), ben=BEN)
    desk.sign("laptop")
    desk.refused("counted_already")
    desk.people.allow(ann=f"{ANN},{BEN}", ben=BEN)
    desk.plan.with_name("plan.json.laptop.sig").unlink()
    desk.sign("ben")
    desk.refused("counted_already")


def test_who_may(desk: Desk) -> None:
    desk.sign("ann", "ben", "cat")
    desk.refused("not_an_approver", "not_an_approver", approvers=(ANN, "dan@msp.example"))
    assert desk.ask(approvers=(ANN, CAT)).approved_by == (ANN, CAT)
    # A pattern names no person, also where people are named: whose key it is would be anybody's guess.
    desk.people.allow(ann=ANN, ben="*@msp.example")
    desk.refused("not_an_approver", "signature_not_valid")
    desk.refused("not_an_approver", "signature_not_valid", approvers=(ANN, BEN))
    desk.refused(
        "not_an_approver", "not_an_approver", "signature_not_valid", approvers=(BEN, CAT), required=1, counted=0
    )


def test_the_author(desk: Desk) -> None:
    desk.sign("ann", "ben")
    with refused(OptionError, reason="author_unknown", option="plan_file"):
        desk.ask(not_author=True)
    desk.write(by="Ann@msp.example")
    desk.sign("ann", "ben")
    desk.refused("own_plan", not_author=True)
    assert desk.ask().approved_by == (ANN, BEN), "only where the policy says so"
    # Her key stands for her under another name, too.
    desk.people.allowed.write_text(desk.people.line("ann", "ops@msp.example") + desk.people.line("ann", ANN))
    desk.refused("own_plan", "signature_not_valid", not_author=True, counted=0)


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=7, minutes=58), None),
        (timedelta(hours=8, minutes=2), "plan_too_old"),
        (timedelta(minutes=-4), None),
        (timedelta(minutes=-7), "plan_undated"),
    ],
)
def test_its_age(desk: Desk, age: timedelta, reason: str | None) -> None:
    desk.write(datetime.now(timezone.utc) - age)
    desk.sign("ann", "ben")
    limit = {"max_age": timedelta(hours=8)}
    if reason is None:
        assert desk.ask(**limit).approved_by
    else:
        with refused(OptionError, reason=reason, option="plan_file"):
            desk.ask(**limit)
        assert desk.ask().approved_by, "only where the policy says so"


def test_the_clock_of_the_service_decides(signed: Desk) -> None:
    approval = signed.ask(max_age=timedelta(hours=8))
    approval.check(datetime.now(timezone.utc))
    approval.check(datetime.now(timezone.utc) - timedelta(minutes=4))
    with pytest.raises(CollectionError) as caught:
        approval.check(datetime.now(timezone.utc) + timedelta(minutes=6))
    assert caught.value.details["reason"] == "clock_behind"
    with pytest.raises(CollectionError) as caught:
        approval.check(datetime.now(timezone.utc) - timedelta(days=1))
    assert caught.value.details["reason"] == "plan_undated"


@pytest.mark.parametrize(
    ("demanded", "required", "reason"),
    [(0, 0, None), (0, 2, None), (1, 0, WEAKER), (2, 1, WEAKER), (2, 2, None), (1, 3, None)],
)
def test_a_plan_does_not_lose_the_approvals_that_it_was_made_for(
    tmp_path: Path, demanded: int, required: int, reason: str | None
) -> None:
    """The policy is forgotten in the second of two steps, or is a weaker one there."""
    path = tmp_path / "plan.json"
    path.write_text(plan_text([], 1, Made(NOW, None, demanded)), encoding="utf-8")
    path.chmod(0o600)
    found = read_plan(str(path)).approvals
    problem = demand_problem(found, ApprovalPolicy("signers", required) if required else None, str(path))
    assert found == demanded and (problem.reason if problem else None) == reason


def test_a_plan_without_a_time(desk: Desk) -> None:
    desk.plan.write_text(plan_text([made(user(), display_name="New")], 1))
    desk.sign("ann", "ben")
    assert desk.ask().approved_by
    with refused(OptionError, reason="plan_undated", option="plan_file"):
        desk.ask(max_age=timedelta(hours=8))


@pytest.mark.parametrize("options", ['valid-before="20200101"', 'valid-after="29990101"', 'namespaces="file"'])
def test_the_limits_of_a_signer_are_those_of_the_file(desk: Desk, options: str) -> None:
    desk.sign("ann", "ben")
    desk.people.allowed.write_text(desk.people.line("ann", ANN) + desk.people.line("ben", BEN, options))
    desk.refused("signature_not_valid")
    desk.people.allowed.write_text(
        desk.people.line("ann", ANN) + desk.people.line("ben", BEN, f'namespaces="{NAMESPACE}"')
    )
    assert desk.ask().approved_by == (ANN, BEN)


def test_a_certificate_authority(desk: Desk) -> None:
    desk.sign("ann")
    key, authority = desk.people.key("ben"), desk.people.key("authority")
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(authority), "-I", "ben", "-n", BEN, f"{key}.pub"],
        check=True,
        capture_output=True,
    )
    desk.people.allowed.write_text(
        desk.people.line("ann", ANN) + desk.people.line("authority", "*@msp.example", "cert-authority")
    )
    Path(f"{key}.pub").write_bytes(Path(f"{key}-cert.pub").read_bytes())
    content = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", f"{key}-cert.pub", "-n", NAMESPACE],
        input=desk.plan.read_bytes(), capture_output=True, check=True,
    ).stdout  # fmt: skip
    desk.plan.with_name("plan.json.ben.sig").write_bytes(content)
    # Several certificates of one key would be several people.
    desk.refused("not_a_signature")
    assert desk.ask(required=1).approved_by == (ANN,)


def test_without_the_program(signed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with refused(OptionError, reason="ssh_keygen_missing", option="approvals"):
        signed.ask()


def test_a_program_that_does_not_answer_or_says_no(
    signed: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._common import ssh_keygen

    fake = tmp_path / "ssh-keygen"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(ssh_keygen, "SECONDS", 0.2)
    for script in ("exec /bin/sleep 30", "echo 'unknown option -- Y' >&2; exit 1", "kill -9 $$"):
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        signed.refused("signature_not_valid", "signature_not_valid", counted=0)


def test_it_gets_no_secret(signed: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, seen = tmp_path / "ssh-keygen", tmp_path / "seen"
    fake.write_text(f"#!/bin/sh\n/usr/bin/env >> {seen}\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("PARTNER_CENTER_CLIENT_SECRET", "CANARY")
    signed.refused("signature_not_valid", "signature_not_valid", counted=0)
    assert "PATH=" in seen.read_text() and "CANARY" not in seen.read_text()


def test_files_that_cannot_be_believed(desk: Desk) -> None:
    desk.sign("ann", "ben")
    desk.people.allowed.chmod(0o666)
    with refused(OptionError, reason="untrusted_file", option="approvals"):
        desk.ask()
    with refused(OptionError, reason="file_unreadable", option="approvals"):
        desk.ask(allowed_signers="/nonexistent")
    desk.people.allowed.chmod(0o600)
    ben = desk.plan.with_name("plan.json.ben.sig")
    ben.unlink()
    os.mkfifo(ben)
    desk.refused("file_unreadable")
    ben.unlink()
    ben.write_bytes(b"x" * 100_000)
    desk.refused("file_unreadable")
    desk.refused("file_unreadable", signatures=(str(desk.plan) + ".ann.sig", "/nonexistent"))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {**data, "actions": {**data["actions"], "delete": 5}},
        lambda data: {**data, "price": {**data["price"], "writes": 0}},
        lambda data: {**data, "deletions": {**data["deletions"], "digest": "d" * 20}},
        lambda data: {**data, "customers": [*data["customers"], data["customers"][0]]},
        lambda data: json.loads(json.dumps(data).replace('"action": "update"', '"action": "delight"')),
        lambda data: {**data, "deletions": []},
    ],
)
def test_a_plan_that_says_something_else_than_it_does(desk: Desk, change: t.Callable[[t.Any], t.Any]) -> None:
    desk.plan.write_text(json.dumps(change(json.loads(desk.plan.read_text())), indent=2, ensure_ascii=False) + "\n")
    desk.sign("ann", "ben")
    with refused(OptionError, reason="wrong_file_kind", option="plan_file"):
        desk.ask()


def test_a_key_that_is_there_twice(desk: Desk) -> None:
    text = desk.plan.read_text().replace('"version": 1,', '"version": 1,\n  "customers": [],')
    desk.plan.write_text(text)
    desk.sign("ann", "ben")
    with refused(OptionError, reason="wrong_file_kind", option="plan_file"):
        desk.ask()


# Every change is found


def test_a_single_byte_is_found(signed: Desk) -> None:
    dice = random.Random(7)
    assert every_change(signed, lambda content: sorted(dice.sample(range(len(content)), 12)), dice) >= 18


def test_every_single_byte_of_a_signature_changes_what_it_says(signed: Desk) -> None:
    """All positions and all values, as far as no program is needed to see it."""
    content = signed.plan.with_name("plan.json.ben.sig").read_bytes()
    before, blob = parsed(content), _dearmored(content)
    for position in range(len(content)):
        for value in range(256):
            edited = content[:position] + bytes([value]) + content[position + 1 :]
            if edited == content:
                continue
            try:
                after = _dearmored(edited)
            except NotASignature:
                continue
            assert after != blob, "what can be read is another signature; there is one text for each"
    for edited in (content[:-1], content + b"\n", b"\n" + content, content.replace(b"\n", b"\r", 1)):
        with pytest.raises(NotASignature):
            parsed(edited)
    assert parsed(content.replace(b"\n", b"\r\n")) == before, "a file from Windows"


@given(st.binary(max_size=400))
def test_anything_else_is_no_signature(content: bytes) -> None:
    with pytest.raises(NotASignature):
        parsed(content)


_WHO = st.sampled_from([ANN, BEN, CAT, "dan@msp.example", "*@msp.example"])
_SIGNATURES = st.lists(
    st.tuples(st.lists(_WHO, min_size=1, max_size=2, unique=True), st.integers(0, 4), st.booleans()), max_size=6
)


@given(_SIGNATURES, st.permutations(range(6)), st.sampled_from([None, ANN, BEN]), st.booleans())
def test_counting_people(made_by: t.Any, order: t.Any, author: str | None, named: bool) -> None:
    files = [
        Checked(f"{number}.sig", tuple(who), bytes([key]), reason="" if good else "signature_not_valid")
        for number, (who, key, good) in enumerate(made_by)
    ]
    policy = ApprovalPolicy("x", 1, (ANN, BEN) if named else (), not_author=True)
    approved, rest = decide(policy, author, files)
    assert len(approved) + len(rest) == len(files) and len(set(approved)) == len(approved)
    good = [one for one in files if not one.reason]
    assert len(approved) <= len({one.key for one in good})
    assert author not in approved and all(one.reason for one in rest)
    if named:
        assert set(approved) <= {ANN, BEN}
    shuffled = [files[place] for place in order if place < len(files)]
    assert len(decide(policy, author, shuffled)[0]) == len(approved), "the order does not matter"


# Options


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"approvals": None}, "null"),
        ({"approvals": {"allowed_signers": "x", "approvers": None}}, "null"),
        ({"approvals": {"allowed_signers": "x", "max_age_hours": None}}, "null"),
        ({"approvals": {}}, "option_missing"),
        ({"approvals": {"allowed_signers": " "}}, "option_missing"),
        ({"approvals": {"allowed_signers": "x", "required": 0}}, "out_of_range"),
        ({"approvals": {"allowed_signers": "x", "approvers": []}}, "empty"),
        ({"approvals": {"allowed_signers": "x", "signatures": []}}, "empty"),
        ({"approvals": {"allowed_signers": "x", "required": 2, "approvers": [ANN, ANN.upper()]}}, "contradiction"),
        ({"approvals": {"allowed_signers": "x", "max_age_hours": 0.0}}, "out_of_range"),
        ({"approvals": {"allowed_signers": "x", "max_age_hours": float("nan")}}, "out_of_range"),
        ({"approvals": {"allowed_signers": "x"}, "mode": "converge"}, "contradiction"),
        ({"plan_author": ANN, "mode": "converge"}, "contradiction"),
        ({"plan_author": "  "}, "empty"),
        ({"plan_author": None}, "null"),
    ],
)
def test_policies_that_would_not_guard(given_: dict[str, t.Any], reason: str) -> None:
    options = {"allowed_signers": None, "required": 1, "approvers": None, "signatures": None, "not_author": False,
               "max_age_hours": None}  # fmt: skip
    params = {"mode": "apply", "plan_author": None, "approvals": None, **given_}
    if isinstance(params["approvals"], dict):
        params["approvals"] = {**options, **params["approvals"]}
    problems: list[t.Any] = []
    assert approval_policy(given_, params, problems) is None
    assert [problem.reason for problem in problems] == [reason]


# When a plan was made


def test_a_plan_stays_while_it_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plans = {"name": "New"}

    def text(when: Made | None) -> str:
        return plan_text([made(user(), display_name=plans["name"])], 1, when)

    def again(hours: float, by: str | None = ANN, limit: timedelta | None = timedelta(hours=8)) -> str:
        content = text_to_keep(str(path), text, Made(NOW + timedelta(hours=hours), by), limit)
        kept = path.exists() and path.read_text() == content
        path.write_text(content)
        path.chmod(0o600)
        return "kept" if kept else "new"

    assert [again(0), again(7), again(9), again(10, BEN), again(9, BEN)] == ["new", "kept", "new", "new", "new"]
    plans["name"] = "Newer"
    assert [again(10, BEN), again(999, BEN, None)] == ["new", "kept"]
    assert read_plan(str(path)).made_by == BEN and read_plan(str(path)).made_at == NOW + timedelta(hours=10)
    path.write_text("x")
    assert again(0) == "new"


@pytest.mark.parametrize("part", [{"at": "x", "by": None}, {"at": "2026-11-29T06:00:00Z"}, {"at": 5, "by": None}, [1],
                                  {"at": "2026-11-29T06:00:00Z", "by": 5}])  # fmt: skip
def test_a_time_that_somebody_has_edited(tmp_path: Path, part: t.Any) -> None:
    data = json.loads(plan_text([made(user(), display_name="New")], 1))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**data, "made": part}))
    with refused(OptionError, reason="wrong_file_kind", option="plan_file"):
        read_plan(str(path))


def test_nothing_else_is_written_where_the_policy_is(tmp_path: Path) -> None:
    signers = str(tmp_path / "allowed_signers")
    policy = {"allowed_signers": signers, "signatures": [str(tmp_path / "plan.json")]}
    found = paths.problems(
        places({"approvals": policy, "credentials_file": signers, "plan_file": policy["signatures"][0]}, None)
    )
    assert len(found) == 2 and all("same file" in problem for problem in found)
