"""Bad input and bad days: a clear error before the first write, nothing lost, nothing done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t

import pytest
import trustme
import yaml
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, sign_in_environment
from .scenes import ADELE, CREATE, GRACE, PASSWORD, count, sent, user, writes

BAD_INPUT = {
    "guid with %20": ({"customer_id": CONTOSO + "%20", "user_principal_name": GRACE}, "customer_id", "is not a GUID"),
    "guid with slash": ({"customer_id": CONTOSO + "/", "user_principal_name": GRACE}, "customer_id", "is not a GUID"),
    "path in guid": ({"customer_id": "../" + CONTOSO, "user_principal_name": GRACE}, "customer_id", "is not a GUID"),
    "empty customer": ({"customer_id": "", "user_principal_name": GRACE}, "customer_id", "is not a GUID"),
    "blank user id": ({"customer_id": CONTOSO, "user_id": " "}, "user_id", "is not a GUID"),
    "two customers": (
        {**CREATE, "customer_domain": "contoso.onmicrosoft.com"},
        "customer_domain",
        "mutually exclusive",
    ),
    "no customer": ({"user_principal_name": GRACE}, "customer_id", "The customer is missing"),
    "no user": ({"customer_id": CONTOSO}, "user_principal_name", "The user is missing"),
    "no domain": ({**CREATE, "user_principal_name": "grace"}, "user_principal_name", "no domain"),
    "control characters": ({**CREATE, "display_name": "Gr\u0007ace"}, "display_name", "control characters"),
    "300 characters": ({**CREATE, "display_name": "x" * 300}, "display_name", "300 characters"),
    "unknown country": ({**CREATE, "usage_location": "ZZ"}, "usage_location", "ISO 3166-1"),
    "contradiction": (
        {**CREATE, "state": "absent", "previous_user_principal_name": ADELE + "@contoso.example"},
        "previous",
        "not for state absent",
    ),
    "flag without password": (
        {**CREATE, "force_change_password": True},
        "force_change_password",
        "only with a new password",
    ),
    "weak password": ({**CREATE, "password": "CANARYweak"}, "password", "three of"),
}


@pytest.fixture(scope="module")
def refusals(running: t.Any) -> tuple[dict[str, dict[str, t.Any]], list[t.Any]]:
    """All of them in one play, and the requests that it made."""
    running.control.reset()
    several = {"customer_id": "x", "user_id": "y", "usage_location": "ZZ", "api_url": "http://x"}
    options = {name: each[0] for name, each in BAD_INPUT.items()} | {"several": several}
    tasks = [{"name": name, MODULE + "customer_user": each, "ignore_errors": True} for name, each in options.items()]
    done = Runner(sign_in_environment(running.info)).tasks(tasks)
    assert len(done.modules) == len(options), done.output
    return dict(zip(options, done.modules)), running.control.log()


@pytest.mark.xdist_group("bad input")  # one worker, so that the play is run once
@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_refused_before_the_first_request(refusals: t.Any, name: str) -> None:
    _options, field, words = BAD_INPUT[name]
    result, log = refusals[0][name], refusals[1]
    assert result["failed"] and field in result["msg"] and words in result["msg"]
    assert result["problems"] and log == [] and "CANARYweak" not in result["msg"]


@pytest.mark.xdist_group("bad input")
def test_several_problems_at_once(refusals: t.Any) -> None:
    assert len(refusals[0]["several"]["problems"]) == 4


def test_a_foreign_domain_is_refused_before_the_write(ansible: Runner, emulator: t.Any) -> None:
    result = ansible.module(
        "customer_user", **{**CREATE, "user_principal_name": "grace@fabrikam.onmicrosoft.com"}, password=PASSWORD
    )
    assert (
        result["failure"]["reason"] == "foreign_domain"
        and "contoso.example" in result["msg"]
        and writes(emulator) == []
    )


NAMES = ["O'Brien", "a # b", "100 %2f", "Jürgen Größe", "李小龍", "👩‍💻 Ada", "{{ 1 + 1 }}", "<b>R&D</b>", "x" * 256]


@pytest.fixture(scope="module")
def unusual_names(
    running: t.Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, t.Any]], list[dict[str, t.Any]], dict[str, str]]:
    """The rows of two runs with all names, and what is there then. One more user is declared alone, with the name that looks like a template."""
    running.control.reset()
    directory = tmp_path_factory.mktemp("names")
    users = []
    for number, name in enumerate(NAMES):
        (directory / str(number)).write_text(name, encoding="utf-8")
        # As it would come from a file or a service: text that is not a template.
        text = f"{{{{ lookup('ansible.builtin.file', '{directory}/{number}') }}}}" if "{{" in name else name
        users.append(
            {
                "user_principal_name": f"user{number}@contoso.example",
                "display_name": text,
                "usage_location": "US",
                "password": PASSWORD,
            }
        )
    alone = {
        **next(each for each in users if "{{" in each["display_name"]),
        "user_principal_name": "alone@contoso.example",
        "customer_id": CONTOSO,
    }
    tasks = [
        {"name": "Many", MODULE + "customer_users": {"customer_id": CONTOSO, "users": users}},
        {"name": "One", MODULE + "customer_user": alone},
    ]
    done = Runner(sign_in_environment(running.info)).tasks([*tasks, *tasks])
    made, one, again, one_again = done.modules
    assert one["changed"] and not one_again["changed"], done.output
    return (
        made["rows"],
        again["rows"],
        {item["user_principal_name"]: item["display_name"] for item in running.control.users(CONTOSO)},
    )


@pytest.mark.xdist_group("unusual names")  # one worker, so that the runs are made once
@pytest.mark.parametrize("name", NAMES)
def test_unusual_names_arrive_as_meant(unusual_names: t.Any, name: str) -> None:
    made, again, there = unusual_names
    number = NAMES.index(name)
    assert made[number]["status"] == "changed" and there[f"user{number}@contoso.example"] == name
    assert again[number]["status"] == "ok"
    assert "{{" not in name or there["alone@contoso.example"] == name


def test_unusual_sign_in_names_hit_one_user(ansible: Runner, emulator: t.Any) -> None:
    names = ("o'brien@contoso.example", "a#b^c~d@contoso.example")

    def run(*options: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        return ansible.tasks(
            [{"name": "Run", MODULE + "customer_user": {"customer_id": CONTOSO, **each}} for each in options]
        ).modules

    made = run(*({"user_principal_name": upn, "display_name": upn, "password": PASSWORD} for upn in names))
    for upn, result in zip(names, made):
        assert result["changed"] and user(emulator, upn)["id"] == result["user"]["id"]
    gone = run(*({"user_principal_name": upn.upper(), "state": "absent"} for upn in names))
    assert [result["user"]["id"] for result in gone] == [result["user"]["id"] for result in made]


class TestConnection:
    def test_nobody_listens(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module("customer_user", **CREATE, api_url="https://localhost:9", max_wait=0, password=PASSWORD)
        assert result["failure"]["error_class"] == "unreachable"

    def test_unknown_name(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module(
            "customer_user", **CREATE, api_url="https://no-such-host.invalid", max_wait=0, password=PASSWORD
        )
        assert result["failure"]["error_class"] == "unreachable" and "no-such-host.invalid" in result["msg"]

    def test_unknown_ca(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        result = ansible.module("customer_user", **CREATE, ca_path=str(other), password=PASSWORD)
        assert result["failure"]["error_class"] == "tls" and "ca_path" in result["msg"] and emulator.log() == []

    @pytest.mark.parametrize(
        ("fault", "error_class"),
        [
            ({"kind": "html", "status": 200}, "html"),
            ({"kind": "truncated_json"}, "bad_json"),
            ({"kind": "redirect", "location": "https://evil.example/"}, "redirect"),
        ],
    )
    def test_what_is_not_an_answer(
        self, ansible: Runner, emulator: t.Any, fault: dict[str, t.Any], error_class: str
    ) -> None:
        emulator.add_faults({"match": {"server": "api"}, "do": fault, "times": None})
        result = ansible.module("customer_user", **CREATE, password=PASSWORD, max_wait=3)
        assert result["failed"] and result["failure"]["error_class"] == error_class and writes(emulator) == []
        assert "evil.example" not in result["msg"]

    def test_a_page_of_a_proxy_that_has_no_backend(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api"}, "do": {"kind": "html"}, "times": None})
        result = ansible.module("customer_user", **CREATE, password=PASSWORD, max_wait=1)
        assert (
            result["failure"]["http_status"] == 502
            and result["failure"]["reason"] == "service_unavailable"
            and writes(emulator) == []
        )

    def test_a_truncated_page_once_is_read_again(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api", "method": "GET"}, "do": {"kind": "truncated_json"}})
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE)
        assert result["outcome"] == "ok" and result["requests"]["retries"] == 1


class TestSignIn:
    def test_a_token_that_ends_in_the_middle_is_renewed_once(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api", "method": "PATCH"}, "do": {"kind": "unauthorized"}})
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, display_name="Other")
        assert (
            result["changed"]
            and result["requests"]["writes"] == 1
            and user(emulator, "adele.vance@contoso.example")["display_name"] == "Other"
        )
        assert len([entry for entry in emulator.log() if entry["server"] == "login" and entry["method"] == "POST"]) == 2

    def test_a_second_401_is_final(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api"}, "do": {"kind": "unauthorized"}, "times": None})
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE)
        assert result["failed"] and result["failure"]["http_status"] == 401 and len(sent(emulator)) == 2

    def test_a_given_token_cannot_be_renewed(self, ansible: Runner, emulator: t.Any) -> None:
        token = emulator.token(expires_in=3600)
        emulator.add_faults({"match": {"server": "api"}, "do": {"kind": "unauthorized"}, "times": None})
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, access_token=token)
        assert result["failure"]["reason"] == "token_rejected" and len(sent(emulator)) == 1

    def test_no_mfa(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module(
            "customer_user", customer_id=CONTOSO, user_id=ADELE, refresh_token="emulator-refresh-token-no-mfa"
        )
        assert result["failure"]["http_status"] == 401 and len(sent(emulator)) == 1
        assert "MFA" in result["msg"] and "ansible-playbook tenantops.partner_center.consent" in result["msg"]

    def test_no_mfa_in_the_older_form(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.set(mfa_rejection="text")
        result = ansible.module(
            "customer_user", customer_id=CONTOSO, user_id=ADELE, refresh_token="emulator-refresh-token-no-mfa"
        )
        assert (
            result["failure"]["http_status"] == 401
            and "ansible-playbook tenantops.partner_center.consent" in result["msg"]
        )

    def test_app_only(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, auth_method="client_credentials")
        assert result["failure"]["error_class"] == "app_only" and emulator.log() == []

    def test_no_relationship_with_the_customer(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module("customer_user", customer_id="5a5eae96-40a2-4d42-8d71-a15fbe6d3f05", user_id=ADELE)
        assert (
            result["failure"]["code"] == "20002"
            and "no relationship" in result["msg"].lower()
            and result["correlation_id"] in result["msg"]
        )

    def test_unknown_customer(self, ansible: Runner, emulator: t.Any) -> None:
        result = ansible.module(
            "customer_user", customer_id="00000000-1111-4111-8111-000000000000", user_id=ADELE, state="absent"
        )
        assert result["failed"] and result["failure"]["code"] == "60003" and "Check customer_id" in result["msg"], (
            "an unknown customer is not an absent user"
        )


class TestThrottling:
    def test_a_short_wait_is_kept(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults(
            {"match": {"server": "api", "method": "POST"}, "do": {"kind": "throttle", "retry_after": 1}}
        )
        started = time.monotonic()
        result = ansible.module("customer_user", **CREATE, password=PASSWORD)
        assert result["changed"] and result["requests"]["throttled"] == 1 and time.monotonic() - started > 1
        ids = [entry["request_id"] for entry in sent(emulator, "POST")]
        assert len(ids) == 2 and ids[0] != ids[1], "a refusal is an answer: the next request has its own id"

    def test_longer_than_max_wait(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults(
            {"match": {"server": "api", "method": "POST"}, "do": {"kind": "throttle", "retry_after": 57}, "times": None}
        )
        started = time.monotonic()
        result = ansible.module("customer_user", **CREATE, password=PASSWORD, max_wait=5)
        assert (
            result["failed"]
            and "57 seconds" in result["msg"]
            and "max_wait" in result["msg"]
            and time.monotonic() - started < 10
        )
        assert len(sent(emulator, "POST")) == 1 and count(emulator) == 0


class TestLostAnswers:
    def test_a_create_that_was_carried_out(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_after"}})
        path = tmp_path / "c.jsonl"
        result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
        assert (
            result["changed"]
            and result["requests"]["retries"] == 1
            and result["requests"]["writes"] == 1
            and count(emulator) == 1
        )
        ids = {entry["request_id"] for entry in sent(emulator, "POST")}
        assert len(ids) == 1, "the same request under the same id"
        last = json.loads(path.read_text().splitlines()[-1])
        assert (
            last["status"] == "delivered"
            and emulator.check_password(CONTOSO, last["user_id"], last["password"])["matches"]
        )

    def test_without_replay_it_is_read_back(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        emulator.set(replay=False)
        emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_after"}})
        path = tmp_path / "c.jsonl"
        result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
        assert result["changed"] and result["outcome"] == "changed" and count(emulator) == 1
        assert len(result["warnings"]) == 1, result["warnings"]
        last = json.loads(path.read_text().splitlines()[-1])
        assert (
            last["status"] == "delivered"
            and emulator.check_password(CONTOSO, last["user_id"], last["password"])["matches"]
        )

    def test_a_create_that_was_not_carried_out(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_before"}})
        result = ansible.module("customer_user", **CREATE, password=PASSWORD)
        assert result["changed"] and count(emulator) == 1 and result["requests"]["retries"] == 1

    @pytest.mark.thorough
    def test_somebody_else_was_faster(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        emulator.set(replay=False)
        emulator.add_faults(
            [
                {"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_before"}},
                {
                    "match": {"server": "api", "method": "POST"},
                    "do": {
                        "kind": "status",
                        "status": 400,
                        "body": {
                            "code": 3000,
                            "description": "Another object with the same value for property userPrincipalName already exists.",
                        },
                    },
                },
            ]
        )
        path = tmp_path / "c.jsonl"
        result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
        # Nobody is found, but a listing can lag behind: the honest word is unknown.
        assert (
            result["outcome"] == "unknown"
            and not result["changed"]
            and json.loads(path.read_text().splitlines()[-1])["status"] == "reset_needed"
        )

    def test_unknown_is_not_failed(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        emulator.add_faults(
            {"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_before"}, "times": None}
        )
        path = tmp_path / "c.jsonl"
        result = ansible.module("customer_user", **CREATE, credentials_file=str(path), max_wait=3)
        assert (
            result["failed"] and result["outcome"] == "unknown" and result["failure"]["operation"]["action"] == "create"
        )
        assert json.loads(path.read_text().splitlines()[-1])["status"] == "reset_needed"
        emulator.clear_faults()
        assert ansible.module("customer_user", **CREATE, credentials_file=str(path))["changed"]

    @pytest.mark.parametrize(
        "change",
        [{"state": "absent"}, {"display_name": "Other"}, {"user_principal_name": "adele.stone@contoso.example"}],
    )
    @pytest.mark.parametrize("replay", [True, False])
    def test_other_writes_are_repeated(
        self, ansible: Runner, emulator: t.Any, change: dict[str, str], replay: bool
    ) -> None:
        emulator.set(replay=replay)
        method = "DELETE" if "state" in change else "PATCH"
        emulator.add_faults({"match": {"server": "api", "method": method}, "do": {"kind": "drop_after"}})
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, **change)
        assert result["changed"] and result["requests"]["writes"] == 1 and result["requests"]["retries"] == 1

    @pytest.mark.parametrize(
        "refusal",
        [
            {"kind": "throttle", "retry_after": 600},
            {"kind": "status", "status": 403, "body": {"code": 900308, "description": "No."}},
            {"kind": "unauthorized"},
        ],
    )
    def test_done_and_then_refused_is_done(
        self, ansible: Runner, emulator: t.Any, tmp_path: t.Any, refusal: dict[str, t.Any]
    ) -> None:
        """The answer was lost, and the repeat is refused for another reason: what counts is what is there."""
        emulator.add_faults(
            [
                {"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_after"}},
                {"match": {"server": "api", "method": "POST"}, "do": refusal, "times": None},
            ]
        )
        path = tmp_path / "c.jsonl"
        result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
        assert result["outcome"] == "changed" and count(emulator) == 1
        last = json.loads(path.read_text().splitlines()[-1])
        assert (
            last["status"] == "delivered"
            and emulator.check_password(CONTOSO, last["user_id"], last["password"])["matches"]
        )

    @pytest.mark.parametrize(
        ("change", "method"), [({"display_name": "Other"}, "PATCH"), ({"state": "absent"}, "DELETE")]
    )
    @pytest.mark.parametrize("done", [True, False])
    def test_a_repeat_that_is_refused(
        self, ansible: Runner, emulator: t.Any, change: dict[str, str], method: str, done: bool
    ) -> None:
        emulator.add_faults(
            [
                {"match": {"server": "api", "method": method}, "do": {"kind": "drop_after" if done else "drop_before"}},
                {
                    "match": {"server": "api", "method": method},
                    "times": None,
                    "do": {"kind": "status", "status": 403, "body": {"code": 900308, "description": "No."}},
                },
            ]
        )
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, **change)
        assert (result["outcome"], result["changed"]) == (("changed", True) if done else ("unknown", False))

    def test_a_server_error_after_the_create(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "status", "status": 503}})
        result = ansible.module("customer_user", **CREATE, password=PASSWORD)
        assert result["changed"] and count(emulator) == 1

    def test_read_lag_after_a_lost_create(self, ansible: Runner, emulator: t.Any) -> None:
        emulator.set(replay=False, read_lag_ms=1500)
        emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "drop_after"}})
        result = ansible.module("customer_user", **CREATE, password=PASSWORD, max_wait=30)
        assert result["changed"] and count(emulator) == 1


class TestRefusalsThatLookLikeAbsence:
    """400/3000 is a catch-all of the service: what it means is looked up before it is believed."""

    def test_a_refused_delete_is_a_failure(self, ansible: Runner, emulator: t.Any) -> None:
        refusal = {"code": 3000, "description": "The last Global Administrator cannot be deleted."}
        emulator.add_faults(
            {
                "match": {"server": "api", "method": "DELETE"},
                "do": {"kind": "status", "status": 400, "body": refusal},
                "times": None,
            }
        )
        result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, state="absent")
        assert result["failed"] and not result["changed"] and result["failure"]["http_status"] == 400
        assert user(emulator, "adele.vance@contoso.example")["state"] == "active"

    @pytest.mark.parametrize("form", ["404/60002", "400/3000"])
    def test_somebody_else_deleted_it_just_now(self, ansible: Runner, emulator: t.Any, form: str) -> None:
        emulator.set(missing_user=form)
        code = int(form.split("/")[1])
        refusal = {"kind": "status", "status": int(form[:3]), "body": {"code": code, "description": "x"}}
        emulator.add_faults({"match": {"server": "api", "method": "DELETE"}, "do": refusal})
        emulator.add_faults(
            {
                "match": {"server": "api", "method": "GET", "path": ADELE},
                "after": 1,
                "do": {"kind": "status", "status": int(form[:3]), "body": {"code": code, "description": "x"}},
            }
        )
        assert not ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, state="absent")["failed"]


def test_a_selector_that_is_null_does_not_select_everybody(ansible: Runner, emulator: t.Any) -> None:
    selectors = ("user_principal_name", "user_id")
    tasks = [
        {"name": name, MODULE + "customer_user_info": {"customer_id": CONTOSO, name: None}, "ignore_errors": True}
        for name in selectors
    ]
    results = ansible.tasks(tasks).modules
    assert (
        len(results) == 2 and all(result["failure"]["reason"] == "null" for result in results) and emulator.log() == []
    )


@pytest.mark.parametrize("body", [{}, ""])
def test_an_answer_without_a_user_is_not_a_failure_of_the_create(
    ansible: Runner, emulator: t.Any, tmp_path: t.Any, body: t.Any
) -> None:
    emulator.add_faults(
        {
            "match": {"server": "api", "method": "POST"},
            "do": {"kind": "status", "status": 201, "body": body},
            "times": None,
        }
    )
    path = tmp_path / "c.jsonl"
    result = ansible.module("customer_user", **CREATE, credentials_file=str(path), max_wait=1)
    assert result["outcome"] == "unknown" and json.loads(path.read_text().splitlines()[-1])["status"] == "reset_needed"


def test_a_misspelt_password_is_not_shown(ansible: Runner, emulator: t.Any) -> None:
    task = {
        "name": "Run",
        MODULE + "customer_user": {**CREATE, "passwrd": "{{ lookup('ansible.builtin.env', 'MISSPELT') }}"},
    }
    done = ansible.tasks([task], env={"MISSPELT": "Canary-Zq7-misspelt"}, verbosity=4)
    assert done.rc != 0 and "passwrd" in done.output and "Canary-Zq7" not in done.output


@pytest.mark.core_differences
def test_a_failing_sign_in_is_explained(ansible: Runner, emulator: t.Any) -> None:
    result = ansible.module("access_token_info", refresh_token="emulator-refresh-token-expired")
    assert result["failed"] and "AADSTS700082" in result["msg"] and result["failure"]["error_class"] == "expired"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_between_the_request_and_its_answer(
    ansible: Runner, emulator: t.Any, running: t.Any, tmp_path: t.Any, number: int
) -> None:
    """The password of a user that exists is in the journal, whenever somebody presses Ctrl-C."""
    path = tmp_path / "c.jsonl"
    emulator.add_faults({"match": {"server": "api", "method": "POST"}, "do": {"kind": "latency", "seconds": 3}})
    playbook = tmp_path / "p.yml"
    task = {MODULE + "customer_user": {**CREATE, "credentials_file": str(path)}}
    playbook.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    process = subprocess.Popen(
        [
            str(ansible.bin / "ansible-playbook"),
            "-i",
            "localhost,",
            "-c",
            "local",
            "-e",
            "ansible_python_interpreter={{ ansible_playbook_python }}",
            str(playbook),
        ],
        env=ansible.env(RECORD_FILE=str(tmp_path / "record")),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, number)
    output, _nothing = process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while count(emulator) == 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["status"] == "pending" and lines[0]["password"] not in output
    if count(emulator):
        assert emulator.check_password(CONTOSO, user(emulator, GRACE)["id"], lines[-1]["password"])["matches"]
    result = ansible.module("customer_user", **CREATE, credentials_file=str(path))
    assert not result["failed"] and count(emulator) == 1
    assert sys.executable
