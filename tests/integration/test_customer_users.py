"""customer_users as a user meets it: many rows, many customers, purge, plan and apply, sealed passwords."""

from __future__ import annotations

import json
import subprocess
import typing as t
from collections import Counter

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import COUNTED
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM, sign_in_environment
from .scenes import ADELE, active, sent, writes

PHARMA = "3e7c8c74-2e80-4b20-8b5f-8f3d9c4b1d03"
TAILSPIN = "5a5eae96-40a2-4d42-8d71-a15fbe6d3f05"
PASSWORD = "CANARY-Correct-Horse-7"


def people(number: int, domain: str = "contoso.example", **values: t.Any) -> list[dict[str, t.Any]]:
    return [
        {"user_principal_name": f"new{index}@{domain}", "display_name": f"New {index}", "password": PASSWORD, **values}
        for index in range(number)
    ]


def test_many_rows_of_one_customer(ansible: Runner, emulator: t.Any) -> None:
    rows = [
        *people(3),
        {"user_id": ADELE, "display_name": "Adele V."},
        {"user_principal_name": "nobody@contoso.example", "state": "absent"},
        {"user_principal_name": "nobody2@contoso.example", "state": "restored", "source": "people.csv:7"},
    ]
    options = {"customer_domain": "contoso.onmicrosoft.com", "users": rows, "defaults": {"usage_location": "de"}}
    check = ansible.module("customer_users", check=True, **options)
    assert writes(emulator) == []
    made = ansible.module("customer_users", **options)
    assert made["failed"] and made["changed"] and "nobody2@contoso.example" in made["msg"]
    assert made["rows"][5]["reason"] == "no_such_user"
    assert [row["status"] for row in made["rows"]] == ["changed", "changed", "changed", "changed", "ok", "failed"]
    assert [row["action"] for row in made["rows"]] == ["create", "create", "create", "update", "none", "none"]
    assert [row["index"] for row in made["rows"]] == list(range(6)) and made["rows"][5]["source"] == "people.csv:7"
    assert set(made["rows"][0]) == {
        "index",
        "source",
        "customer_id",
        "customer_domain",
        "change_reference",
        "overdue_since",
        "user_principal_name",
        "display_name",
        "user_id",
        "action",
        "status",
        "fields",
        "attempts",
        "http_status",
        "code",
        "request_id",
        "correlation_id",
        "needed_roles",
        "message",
        "reason",
    }
    summary = dict(made["summary"])
    actions = {name: summary.pop(name) for name in COUNTED}
    assert summary == {"rows": 6, "ok": 1, "changed": 4, "failed": 1, "skipped": 0, "unknown": 0, "purged": 0}
    assert actions == dict.fromkeys(COUNTED, 0) | Counter(operation["action"] for operation in made["operations"])
    assert {row["customer_domain"] for row in made["rows"]} == {"contoso.onmicrosoft.com"}
    for key in ("operations", "summary"):
        assert check[key] == made[key], key
    # The one change is looked after, whether the service keeps it.
    reads = check["requests"]["reads"]
    assert made["requests"] == {**check["requests"], "reads": reads + 1}
    assert made["requests"]["writes"] == len(writes(emulator)) == 4
    assert made["requests"]["reads"] + reads == len(sent(emulator, "GET"))
    second = ansible.module("customer_users", customer_id=CONTOSO, users=rows[:5], defaults={"usage_location": "DE"})
    assert not second["changed"] and second["requests"]["writes"] == 0
    assert active(emulator)["new1@contoso.example"]["usage_location"] == "DE"


def test_one_listing_for_many_rows(ansible: Runner, emulator: t.Any) -> None:
    names = sorted(active(emulator, FABRIKAM))[:200]
    result = ansible.module(
        "customer_users", customer_id=FABRIKAM, users=[{"user_principal_name": name} for name in names]
    )
    assert result["summary"]["ok"] == 200 and result["requests"]["reads"] == len(sent(emulator)) <= 2


def test_everything_wrong_is_said_at_once_with_its_row(ansible: Runner, emulator: t.Any) -> None:
    rows = [
        {"user_principal_name": "a@contoso.example", "source": "x.csv:2"},
        {"user_principal_name": "A@contoso.example", "source": "x.csv:9"},
        {
            "user_principal_name": "b",
            "no_such": 1,
            "allow_synced": "perhaps",
            "usage_location": False,
            "password": "CANARYshort",
            "display_name": None,
        },
        "text",
        {"user_principal_name": "c@contoso.example", "previous_user_principal_name": "d@contoso.example"},
        {"user_principal_name": "d@contoso.example", "previous_user_principal_name": "e@contoso.example"},
    ]
    result = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=rows,
        defaults={"password": "CANARYshared", "nonsense": 1},
        max_parallel=0,
    )
    text = "\n".join(result["problems"])
    for part in (
        "x.csv:2 (a@contoso.example) and x.csv:9 (A@contoso.example) declare the same name",
        "users[2] 'b': 'no_such' is not an option",
        "users[2] 'b': allow_synced 'perhaps'",
        "users[2] 'b': usage_location is the boolean false",
        "users[2] 'b': user_principal_name 'b' has no domain",
        "users[2] 'b': password must have three of",
        "users[2] 'b': display_name is null",
        "users[3]: must be a dictionary",
        "a rename chain or swap",
        "defaults: password cannot be the same",
        "defaults: 'nonsense'",
        "max_parallel must be",
    ):
        assert part in text, part
    assert emulator.log() == [] and "CANARY" not in json.dumps(result)


SHAPES: dict[str, t.Any] = {
    "text": "[{'password': 'CANARY-in-a-text'}]",
    "dictionary": {"password": "CANARY-in-a-dictionary"},
    "list in a list": [["CANARY-in-a-list"]],
}
PLACES: dict[str, t.Callable[[t.Any], dict[str, t.Any]]] = {
    "users": lambda users: {"customer_id": CONTOSO, "users": users},
    "users of customers": lambda users: {"customers": [{"customer_id": CONTOSO, "users": users}]},
    "customers": lambda users: {"customers": users},
}


@pytest.fixture(scope="module")
def shapes(running: t.Any) -> tuple[dict[tuple[str, str], dict[str, t.Any]], list[t.Any]]:
    """Every shape in every place, in one play, and the requests that it made."""
    running.control.reset()
    cases = {(shape, place): PLACES[place](SHAPES[shape]) for shape in SHAPES for place in PLACES}
    tasks = [
        {"name": " ".join(case), MODULE + "customer_users": options, "ignore_errors": True}
        for case, options in cases.items()
    ]
    done = Runner(sign_in_environment(running.info)).tasks(tasks)
    assert len(done.modules) == len(cases), done.output
    return dict(zip(cases, done.modules)), running.control.log()


@pytest.mark.xdist_group("shapes")  # one worker, so that the play is run once
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_of_another_shape_are_refused_and_not_shown(shapes: t.Any, shape: str, place: str) -> None:
    result, log = shapes[0][shape, place], shapes[1]
    assert result["failed"] and result["problems"] and log == []
    assert "CANARY" not in json.dumps({key: value for key, value in result.items() if key != "invocation"})


def test_many_customers_and_one_that_cannot_be_reached(ansible: Runner, emulator: t.Any) -> None:
    customers = [
        {"customer_id": CONTOSO, "users": people(2)},
        {"customer_id": TAILSPIN, "users": people(3, "tailspin.onmicrosoft.com")},
        {
            "customer_domain": "contosopharma.onmicrosoft.com",
            "users": people(2, "contosopharma.onmicrosoft.com"),
            "defaults": {"usage_location": "CH"},
        },
        {"customer_domain": "nobody.onmicrosoft.com", "users": people(1, "nobody.onmicrosoft.com")},
    ]
    result = ansible.module("customer_users", customers=customers)
    assert [row["status"] for row in result["rows"]] == ["changed"] * 2 + ["failed"] * 3 + ["changed"] * 2 + ["failed"]
    assert [customer["failed"] for customer in result["customers"]] == [0, 3, 0, 1]
    assert [customer["customer_name"] for customer in result["customers"]] == [None, None, "Contoso Pharma", None], (
        "no request is made for a name alone"
    )
    assert "no relationship" in result["rows"][2]["message"].lower() and result["rows"][2]["code"] == "20002"
    assert result["rows"][-1]["reason"] == "customer_not_found" and "nobody.onmicrosoft.com" in result["msg"]
    assert active(emulator, PHARMA)["new0@contosopharma.onmicrosoft.com"]["usage_location"] == "CH"


def test_the_same_customer_by_id_and_by_domain(ansible: Runner, emulator: t.Any) -> None:
    customers = [
        {"customer_id": CONTOSO, "users": people(1)},
        {"customer_domain": "contoso.onmicrosoft.com", "users": people(1)},
    ]
    result = ansible.module("customer_users", customers=customers)
    assert (
        [row["status"] for row in result["rows"]] == ["failed", "failed"]
        and {row["reason"] for row in result["rows"]} == {"declared_twice"}
        and writes(emulator) == []
    )


def test_two_rows_about_one_user_are_refused(ansible: Runner, emulator: t.Any) -> None:
    rows = [
        {"user_id": ADELE, "display_name": "A"},
        {"user_principal_name": "adele.vance@contoso.example", "display_name": "B"},
        *people(1),
    ]
    result = ansible.module("customer_users", customer_id=CONTOSO, users=rows)
    found = [(row["status"], row["reason"]) for row in result["rows"]]
    assert found == [("failed", "rows_collide")] * 2 + [("changed", None)]


def test_a_limit_of_failures_stops_the_run(ansible: Runner, emulator: t.Any) -> None:
    refusal = {"kind": "status", "status": 400, "body": {"code": 2000, "description": "No."}}
    emulator.add_faults({"match": {"method": "POST", "server": "api"}, "do": refusal, "times": None})
    result = ansible.module(
        "customer_users", customer_id=CONTOSO, users=people(40), max_fail_percentage=10, max_parallel=2
    )
    statuses = [row["status"] for row in result["rows"]]
    assert (
        len(statuses) == 40
        and 5 <= statuses.count("failed") <= 7
        and statuses.count("skipped") == 40 - statuses.count("failed")
    )
    assert len(writes(emulator)) == statuses.count("failed") and "max_fail_percentage" in result["msg"]


def test_rows_that_a_plan_refuses_stop_a_run_before_its_first_write(ansible: Runner, emulator: t.Any) -> None:
    rows = [*people(3), {"user_principal_name": "nobody@contoso.example", "state": "restored"}]
    check, made = (
        ansible.module("customer_users", check=check, customer_id=CONTOSO, users=rows, max_fail_percentage=20)
        for check in (True, False)
    )
    assert [row["status"] for row in made["rows"]] == ["skipped"] * 3 + ["failed"] and writes(emulator) == []
    assert check["operations"] == made["operations"] == [] and check["rows"] == made["rows"] and not check["changed"]


def test_a_user_without_a_name_in_the_listing_does_not_block_the_others(ansible: Runner, emulator: t.Any) -> None:
    others = [
        {"id": f"{ADELE[:-1]}{number}", "userPrincipalName": f"{name}@contoso.example"}
        for number, name in enumerate(["keep", "leave"])
    ]
    listing = {"items": [{"id": ADELE, "displayName": "Odd"}, *others]}
    emulator.add_faults(
        {
            "match": {"method": "GET", "path": "/users$"},
            "do": {"kind": "status", "status": 200, "body": listing},
            "times": None,
        }
    )
    rows = [{"user_principal_name": "keep@contoso.example"}]
    result = ansible.module("customer_users", customer_id=CONTOSO, users=rows)
    assert result["summary"]["ok"] == 1 and len(result["warnings"]) == 1
    purge = {
        "purge": True,
        "purge_scope": {"domains": ["contoso.example"]},
        "undo_file": "/tmp/never-written.json",
        "max_delete_percentage": 100,
    }
    result = ansible.module("customer_users", customer_id=CONTOSO, users=rows, **purge)
    assert result["failed"] and result["customers"][0]["reason"] == "listing_not_understood" and writes(emulator) == []


def test_nobody_can_sign_in(ansible: Runner, emulator: t.Any) -> None:
    customers = [
        {"customer_id": CONTOSO, "users": people(2)},
        {"customer_id": FABRIKAM, "users": people(2, "fabrikam.onmicrosoft.com")},
    ]
    result = ansible.module(
        "customer_users", customers=customers, refresh_token="emulator-refresh-token-expired", max_parallel=1
    )
    assert (
        {row["status"] for row in result["rows"]} <= {"failed", "skipped"}
        and len(result["rows"]) == 4
        and "AADSTS700082" in result["msg"]
    )


def test_a_throttled_customer_is_reported_and_the_others_go_on(ansible: Runner, emulator: t.Any) -> None:
    emulator.add_faults(
        {
            "match": {"server": "api", "customer_id": FABRIKAM},
            "do": {"kind": "throttle", "retry_after": 60},
            "times": None,
        }
    )
    customers = [
        {"customer_id": FABRIKAM, "users": people(5, "fabrikam.onmicrosoft.com")},
        {"customer_id": CONTOSO, "users": people(5)},
    ]
    result = ansible.module("customer_users", customers=customers, max_wait=2)
    assert [row["status"] for row in result["rows"]] == ["failed"] * 5 + ["changed"] * 5 and "throttled" in result[
        "rows"
    ][0]["message"]
    assert len(sent(emulator)) - len([e for e in sent(emulator) if FABRIKAM not in e["path"]]) == 1, (
        "no early retry is sent"
    )


class TestPurge:
    def options(self, tmp_path: t.Any, **changes: t.Any) -> dict[str, t.Any]:
        return {
            "customer_id": PHARMA,
            "users": [{"user_principal_name": "keep@contosopharma.onmicrosoft.com"}],
            "purge": True,
            "purge_scope": {"domains": ["contosopharma.onmicrosoft.com"]},
            "undo_file": str(tmp_path / "undo.json"),
            "max_delete_percentage": 100,
            **changes,
        }

    def seed(self, emulator: t.Any) -> None:
        domain = "contosopharma.onmicrosoft.com"
        emulator.add_customers(
            {
                "id": PHARMA,
                "company_name": "Contoso Pharma",
                "domain": domain,
                "custom_domains": [domain, "other.example"],
                "users": [
                    {"user_principal_name": f"{name}@{domain}", "display_name": name}
                    for name in ("keep", "leaver1", "leaver2", "breakglass", "guest_x.example#EXT#")
                ]
                + [
                    {"user_principal_name": f"synced@{domain}", "display_name": "S", "synced": True},
                    {"user_principal_name": "somebody@other.example", "display_name": "O"},
                ],
            }
        )

    def test_deletes_whom_nobody_declared_and_the_undo_file_takes_it_back(
        self, ansible: Runner, emulator: t.Any, tmp_path: t.Any
    ) -> None:
        self.seed(emulator)
        options = self.options(tmp_path, purge_protected=["BREAK*"])
        check = ansible.module("customer_users", check=True, **options)
        assert (
            [row["status"] for row in check["purged"]] == ["changed"] * 2
            and writes(emulator) == []
            and not (tmp_path / "undo.json").exists()
        )
        made = ansible.module("customer_users", **options)
        assert (
            sorted(row["user_principal_name"].split("@")[0] for row in made["purged"]) == ["leaver1", "leaver2"]
            and made["summary"]["purged"] == 2
        )
        assert len({entry["reason"] for entry in made["customers"][0]["spared"]}) == 3
        assert (
            len(made["rows"]) == 1 and len(active(emulator, PHARMA)) == 5 and check["operations"] == made["operations"]
        )
        assert (tmp_path / "undo.json").stat().st_mode & 0o777 == 0o600
        assert not ansible.module("customer_users", **options)["changed"]
        back = ansible.module("customer_users", customers=json.loads((tmp_path / "undo.json").read_text())["customers"])
        assert back["summary"]["changed"] == 2 and len(active(emulator, PHARMA)) == 7

    def refused(self, ansible: Runner, tmp_path: t.Any, cases: dict[str, dict[str, t.Any]]) -> None:
        """Each of them fails with its words, and purges nobody."""
        tasks = [
            {"name": words, MODULE + "customer_users": self.options(tmp_path, **changes), "ignore_errors": True}
            for words, changes in cases.items()
        ]
        done = ansible.tasks(tasks)
        assert len(done.modules) == len(cases), done.output
        for words, result in zip(cases, done.modules):
            assert result["failed"] and words in result["msg"] and not result.get("purged"), words

    def test_above_a_cap_nobody_is_deleted(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        self.seed(emulator)
        self.refused(
            ansible,
            tmp_path,
            {
                "max_delete allows 2": {"max_delete": 2},
                "max_delete_percentage allows 10": {"max_delete_percentage": 10},
            },
        )
        assert writes(emulator) == []

    def test_refused_before_the_first_request(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        self.refused(
            ansible,
            tmp_path,
            {
                "would delete all users": {"users": []},
                "purge needs purge_scope": {"purge_scope": {}},
                "purge needs undo_file": {"undo_file": ""},
            },
        )
        assert emulator.log() == []

    def test_a_declaration_that_fails_purges_nobody(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        self.seed(emulator)
        rows = [
            {"user_principal_name": "keep@contosopharma.onmicrosoft.com"},
            {"user_principal_name": "typo@contosopharma.onmicrosoft.com"},
        ]
        result = ansible.module("customer_users", **self.options(tmp_path, users=rows))
        assert result["failed"] and result["customers"][0]["reason"] == "rows_refused" and writes(emulator) == []

    def test_a_listing_that_breaks_off_purges_nobody(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        self.seed(emulator)
        emulator.set(page_size_max=2)
        emulator.add_faults({"do": {"kind": "broken_page"}, "times": None})
        result = ansible.module("customer_users", **self.options(tmp_path))
        assert result["failed"] and writes(emulator) == [] and result["purged"] == []


class TestPlanAndApply:
    def options(self, tmp_path: t.Any) -> dict[str, t.Any]:
        rows = [
            *people(2),
            {"user_id": ADELE, "display_name": "Adele V."},
            {"user_principal_name": "alex.wilber@contoso.example", "usage_location": "FR"},
        ]
        return {"customer_id": CONTOSO, "users": rows, "plan_file": str(tmp_path / "plan.json")}

    def test_apply_does_exactly_the_plan(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        options = self.options(tmp_path)
        last = sorted(name for name in active(emulator) if not active(emulator)[name]["synced"])[-1]
        options["users"][3] = {"user_principal_name": last, "usage_location": "FR"}
        ansible.module("customer_users", mode="plan", check=True, **options)
        assert not (tmp_path / "plan.json").exists(), "check mode writes no file"
        planned = ansible.module("customer_users", mode="plan", **options)
        first = (tmp_path / "plan.json").read_bytes()
        assert not planned["changed"] and planned["plan_changed"] and writes(emulator) == [] and b"CANARY" not in first
        assert (
            not ansible.module("customer_users", mode="plan", **options)["plan_changed"]
            and (tmp_path / "plan.json").read_bytes() == first
        )
        document = json.loads(first)
        assert document["price"]["writes"] == 4
        assert document["customers"][0]["users"][2]["operations"][0]["precondition"] == {
            "state": "active",
            "display_name": "Adele Vance",
        }
        changed = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, display_name="Adele X.")
        assert changed["changed"]
        emulator.clear_log()
        applied = ansible.module("customer_users", mode="apply", **options)
        assert [row["status"] for row in applied["rows"]] == ["changed", "changed", "failed", "changed"]
        assert "'Adele Vance'" in applied["rows"][2]["message"] and "'Adele X.'" in applied["rows"][2]["message"]
        assert len(writes(emulator)) == 3
        again = ansible.module("customer_users", mode="apply", **options)
        assert [row["status"] for row in again["rows"]] == ["ok", "ok", "failed", "ok"]

    def test_what_the_plan_does_not_have_is_not_done(self, ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
        options = self.options(tmp_path)
        options["users"] = options["users"][:2]
        ansible.module("customer_users", mode="plan", **options)
        options["users"] = [options["users"][0], {"user_id": ADELE, "display_name": "Adele V."}]
        emulator.clear_log()
        applied = ansible.module("customer_users", mode="apply", **options)
        assert [row["status"] for row in applied["rows"]] == ["changed", "failed"] and len(writes(emulator)) == 1
        assert applied["rows"][1]["reason"] == "changed_since_plan" and applied["failed"]

    def test_a_planned_deletion_of_somebody_who_has_changed(
        self, ansible: Runner, emulator: t.Any, tmp_path: t.Any
    ) -> None:
        purging = TestPurge()
        purging.seed(emulator)
        domain = "contosopharma.onmicrosoft.com"
        names = {name: f"{name}@{domain}" for name in ("leaver1", "leaver2", "breakglass")}
        pharma = {name: value for name, value in purging.options(tmp_path).items() if name in ("customer_id", "users")}
        pharma |= {"purge": True, "purge_scope": {"domains": [domain]}}
        options = {
            "plan_file": str(tmp_path / "plan.json"),
            "undo_file": str(tmp_path / "undo.json"),
            "max_delete_percentage": 100,
        }
        declared = [pharma, {"customer_id": CONTOSO, "users": people(1)}]
        assert ansible.module("customer_users", mode="plan", customers=declared, **options)["summary"]["purged"] == 3
        found = active(emulator, PHARMA)
        moved = {
            "user_id": found[names["leaver1"]]["id"],
            "user_principal_name": "moved@other.example",
            "on_deleted": "create",
        }
        renamed = {"user_id": found[names["leaver2"]]["id"], "user_principal_name": f"stays@{domain}"}
        ansible.module("customer_users", customer_id=PHARMA, users=[moved, renamed])
        emulator.clear_log()
        applied = ansible.module("customer_users", mode="apply", customers=declared[:1], **options)
        assert [(row["status"], row["user_principal_name"]) for row in applied["purged"]] == [
            ("changed", names["breakglass"]),
            ("failed", f"stays@{domain}"),
            ("failed", "moved@other.example"),
        ]
        for row, before in zip(applied["purged"][1:], ("leaver2", "leaver1")):
            assert names[before] in row["message"] and row["reason"] == "changed_since_plan"
        assert applied["failed"] and applied["summary"]["failed"] == 0 and CONTOSO in applied["msg"]
        assert [(entry["method"], entry["user_id"]) for entry in writes(emulator)] == [
            ("DELETE", found[names["breakglass"]]["id"])
        ]

    def test_options(self, ansible: Runner, emulator: t.Any) -> None:
        cases: list[tuple[str, dict[str, str]]] = [
            ("option_missing", {"mode": "apply"}),
            ("file_unwritable", {"mode": "plan", "plan_file": "/nowhere/plan.json"}),
            ("contradiction", {"plan_file": "/tmp/x"}),
            ("file_unreadable", {"mode": "apply", "plan_file": "/nowhere/plan"}),
        ]
        common = {"customer_id": CONTOSO, "users": people(1)}
        done = ansible.tasks(
            [
                {"name": reason, MODULE + "customer_users": {**common, **each}, "ignore_errors": True}
                for reason, each in cases
            ]
        )
        assert len(done.modules) == len(cases), done.output
        assert [result["failure"]["reason"] for result in done.modules] == [reason for reason, _each in cases]
        assert emulator.log() == []


def test_passwords_encrypted_to_a_certificate(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    key, certificate, journal = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "c.jsonl"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        certificate,
        "-subj",
        "/CN=x",
        "-days",
        "2",
    ]
    subprocess.run(make, check=True, capture_output=True)
    rows = [{key: value for key, value in row.items() if key != "password"} for row in people(3)]
    result = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=rows,
        credentials_file=str(journal),
        credentials_certificate=str(certificate),
    )
    assert result["summary"]["changed"] == 3
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len(lines) == 6 and all("password" not in line and line["cms"].startswith("-----BEGIN") for line in lines)
    for line in lines:
        if line["status"] == "delivered":
            decrypt = ["openssl", "cms", "-decrypt", "-inform", "PEM", "-inkey", key]
            opened = subprocess.run(decrypt, input=line["cms"].encode(), check=True, capture_output=True)
            assert emulator.check_password(CONTOSO, line["user_id"], opened.stdout.decode())["matches"]
    wrong = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=rows,
        credentials_file=str(journal),
        credentials_certificate=str(key),
    )
    assert wrong["failed"] and wrong["failure"]["reason"] == "certificate_missing"


def test_a_password_that_an_interrupted_run_left_behind_is_told(
    ansible: Runner, emulator: t.Any, tmp_path: t.Any
) -> None:
    journal = tmp_path / "c.jsonl"
    lines = [
        ("adele.vance@contoso.example", "pending"),
        ("alex.wilber@contoso.example", "pending"),
        ("alex.wilber@contoso.example", "delivered"),
    ]
    records = [
        {"customer_id": CONTOSO.upper(), "user_principal_name": name, "password": "x", "status": status}
        for name, status in lines
    ]
    text = "".join(json.dumps(record) + "\n" for record in records)
    journal.touch(0o600)
    journal.write_text(text + '{"torn')
    rows = [{"user_principal_name": name} for name in ("Adele.Vance@contoso.example", "alex.wilber@contoso.example")]
    result = ansible.module("customer_users", customer_id=CONTOSO, users=rows, credentials_file=str(journal))
    (warning,) = result["warnings"]
    assert "adele.vance@contoso.example" in warning and "alex" not in warning and "update_password: always" in warning
    rows[0]["update_password"] = "always"
    assert not ansible.module("customer_users", customer_id=CONTOSO, users=rows, credentials_file=str(journal)).get(
        "warnings"
    )
    del rows[0]["update_password"]
    assert not ansible.module("customer_users", customer_id=CONTOSO, users=rows, credentials_file=str(journal)).get(
        "warnings"
    )
