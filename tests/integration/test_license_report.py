"""Licenses over all customers: what is in the report, what is missing and said to be, and what is not read again."""

from __future__ import annotations

import csv
import io
import json
import stat
import typing as t
from pathlib import Path

import pytest
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM

ENDINGS = (".html", ".json", ".md", ".csv", ".users.csv", ".findings.csv")
SMALL = "3e7c5a10-0000-4000-8000-00000000000a"


def small(emulator: t.Any) -> str:
    """A customer with one finding of each kind that can be told."""
    emulator.add_customers(
        {
            "id": SMALL,
            "company_name": "=cmd|Tailspin",
            "domain": "tailspin.onmicrosoft.com",
            "custom_domains": [],
            "skus": [
                {"part_number": "EMS", "units": 4, "consumed": 1},
                {"part_number": "POWER_BI_PRO", "units": 50, "warning_units": 5},
            ],
            "users": [
                {"user_principal_name": "ada@tailspin.onmicrosoft.com", "usage_location": "US", "licenses": ["EMS"]},
                {"user_principal_name": "bob@tailspin.onmicrosoft.com", "usage_location": "US", "licenses": ["EMS"]},
                {"user_principal_name": "eve@tailspin.onmicrosoft.com"},
                {"user_principal_name": "gone@tailspin.onmicrosoft.com", "deleted_days_ago": 3},
                {"user_principal_name": "left@tailspin.onmicrosoft.com", "deleted_days_ago": 3, "synced": True},
            ],
        }
    )
    return SMALL


def gets(emulator: t.Any, ending: str = "") -> list[str]:
    return [entry["path"] for entry in emulator.log() if entry["server"] == "api" and entry["path"].endswith(ending)]


@pytest.mark.parametrize("way", [pytest.param("auto", marks=pytest.mark.core_differences), "module"])
def test_what_is_bought_used_free_and_worth_a_word(ansible: Runner, emulator: t.Any, tmp_path: Path, way: str) -> None:
    small(emulator)
    emulator.clear_log()
    reports = [str(tmp_path / f"report{ending}") for ending in ENDINGS]
    options = {"customers": [SMALL.upper(), "contoso.onmicrosoft.com"], "report": reports, "return_users": False}
    done = ansible.tasks(
        [{"name": "x", MODULE + "license_info": options}], play={"vars": {"partner_center_execution": way}}
    )
    assert done.rc == 0, done.output
    result = done.last
    (customer,) = [each for each in result["customers"] if each["customer_id"] == SMALL]
    seats = {sku["sku"]: [sku[name] for name in ("bought", "used", "free", "held")] for sku in customer["skus"]}
    assert seats == {"EMS": [4, 3, 1, 2], "POWER_BI_PRO": [55, 0, 55, 0]} and customer["users"] == []
    found = [
        (each["finding"], each["sku"] or each["user_principal_name"].partition("@")[0], each["seats"])
        for each in result["findings"]
        if each["customer_id"] == SMALL
    ]
    assert found == [
        ("running_out", "EMS", 1),
        ("seats_expiring", "POWER_BI_PRO", 5),
        ("unused_seats", "EMS", 1),
        ("unused_seats", "POWER_BI_PRO", 55),
        ("seats_without_user", "EMS", 1),
        ("soft_deleted", "gone", None),
        ("synced_away", "left", None),
        ("no_usage_location", "eve", None),
    ]
    # One list, three lists for each customer, and one request for each active user; nobody else's.
    users = [user for each in (SMALL, CONTOSO) for user in emulator.users(each) if user["state"] == "active"]
    assert len(gets(emulator)) == 1 + 3 * 2 + len(users) == result["requests"]["reads"]
    assert len(gets(emulator, "/licenses")) == len(users) and result["summary"]["users"] == len(users)
    assert {entry["method"] for entry in emulator.log() if entry["server"] == "api"} == {"GET"}

    assert all(stat.S_IMODE(Path(path).stat().st_mode) == 0o600 for path in reports)
    text = (tmp_path / "report.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") and b"\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    (ems,) = [row for row in rows if row["Customer id"] == SMALL and row["SKU"] == "EMS"]
    assert [ems[name] for name in ("Customer", "Bought", "Used", "Free", "Findings")] == [
        "'=cmd|Tailspin", "4", "3", "1", "running_out; unused_seats; seats_without_user",
    ]  # fmt: skip
    held = [
        row["License"]
        for row in csv.DictReader(io.StringIO((tmp_path / "report.users.csv").read_text(encoding="utf-8-sig")))
        if row["User principal name"].startswith(("ada@tailspin", "eve@tailspin"))
    ]
    assert held == ["EMS", ""], "a user without a license has a line, too"
    whole = json.loads((tmp_path / "report.json").read_text())
    assert whole["summary"] == result["summary"] and sum(len(each["users"]) for each in whole["customers"]) > 5
    page = (tmp_path / "report.html").read_text()
    assert "ada@tailspin.onmicrosoft.com" in page and "=cmd|Tailspin" in page and "<script" in page


def test_thresholds_decide_what_is_said(ansible: Runner, emulator: t.Any) -> None:
    small(emulator)
    said = {
        (low, unused): [
            (each["finding"], each["sku"])
            for each in ansible.module("license_info", customers=[SMALL], low_seats=low, unused_seats=unused)[
                "findings"
            ]
            if each["finding"] in ("running_out", "unused_seats")
        ]
        for low, unused in ((0, 55), (1, 56))
    }
    assert said == {(0, 55): [("unused_seats", "POWER_BI_PRO")], (1, 56): [("running_out", "EMS")]}


def test_half_a_customer_is_no_customer(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    small(emulator)
    emulator.add_users(FABRIKAM, {"user_principal_name": "second.page@fabrikam.onmicrosoft.com"})
    emulator.fault("broken_page", {"server": "api", "customer_id": FABRIKAM})
    report = tmp_path / "report.json"
    names = ["tailspin.onmicrosoft.com", FABRIKAM, "nobody.onmicrosoft.com"]
    tables = [tmp_path / name for name in ("report.csv", "report.users.csv", "report.findings.csv")]
    result = ansible.module("license_info", customers=names, report=[str(report), *map(str, tables)])
    assert result["failed"] and result["failure"]["reason"] == "customers_failed"
    by_name = {each["domain"]: each for each in result["customers"]}
    assert {name: (each["status"], each["reason"]) for name, each in by_name.items()} == {
        "tailspin.onmicrosoft.com": ("read", None),
        "fabrikam.onmicrosoft.com": ("failed", "not_found"),
        "nobody.onmicrosoft.com": ("failed", "customer_not_found"),
    }
    assert by_name["fabrikam.onmicrosoft.com"]["users"] == [] and by_name["fabrikam.onmicrosoft.com"]["skus"] == []
    assert result["summary"]["failed"] == 2 and result["summary"]["read"] == 1
    assert json.loads(report.read_text())["customers"] == result["customers"]
    for table in tables:
        head, *rows = csv.reader(table.read_text(encoding="utf-8-sig").splitlines())
        assert {len(row) for row in rows} == {len(head)}
        missing = [row for row in rows if any(cell.startswith("failed") for cell in row)]
        assert len(missing) == 2, "no table looks whole"


def test_what_was_read_is_not_read_again(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    small(emulator)
    kept = tmp_path / "read.jsonl"
    emulator.fault("status", {"server": "api", "customer_id": CONTOSO}, status=403, body={"code": 900308})
    options: dict[str, t.Any] = {"customers": [SMALL, CONTOSO], "read_file": str(kept)}
    first = ansible.module("license_info", **options)
    assert first["failed"] and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [each["status"] for each in first["customers"]] == ["read", "failed"]
    assert first["customers"][1]["needed_roles"]

    emulator.clear_faults()
    with kept.open("ab") as handle:
        handle.write(b'{"customer_id": "cut off')
    emulator.clear_log()
    second = ansible.module("license_info", **options)
    assert [each["status"] for each in second["customers"]] == ["reused", "read"] and not second["failed"]
    assert not [path for path in gets(emulator) if SMALL in path]
    assert second["customers"][0] == {**first["customers"][0], "status": "reused"}
    own = [each for each in first["findings"] if each["customer_id"] == SMALL]
    assert own == [each for each in second["findings"] if each["customer_id"] == SMALL]

    # The service's time decides, and not this machine's.
    emulator.advance(25 * 3600)
    third = ansible.module("license_info", **options)
    assert [each["status"] for each in third["customers"]] == ["read", "read"]
    emulator.clear_log()
    before = kept.read_bytes()
    checked = ansible.module("license_info", check=True, **options, read_max_age=1)
    assert [each["status"] for each in checked["customers"]] == ["reused", "reused"] and len(gets(emulator)) == 1
    assert kept.read_bytes() == before
    anew = ansible.module("license_info", **options, read_max_age=0)
    assert anew["summary"]["read"] == 2

    kept.write_text("- [1, 2]\n")
    refused = ansible.module("license_info", **options)
    assert refused["failure"]["reason"] == "wrong_file_kind" and kept.read_text() == "- [1, 2]\n"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"customers": []}, "empty"),
        ({"customers": None}, "empty"),
        ({"customers": ["contoso"]}, "customer_not_found"),
        ({"low_seats": -1}, "out_of_range"),
        ({"read_max_age": 3}, "contradiction"),
        ({"report_title": "x"}, "contradiction"),
        ({"report": ["x.pdf"]}, "not_a_choice"),
    ],
)
def test_what_cannot_be_meant_is_refused(ansible: Runner, emulator: t.Any, options: t.Any, reason: str) -> None:
    emulator.clear_log()
    assert ansible.module("license_info", **options)["failure"]["reason"] == reason
    assert gets(emulator) == []


def test_lines_tell_how_far_it_is(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(latency_ms=100)
    task = {"name": "x", MODULE + "license_info": {"customers": [CONTOSO], "max_parallel": 1}}
    done = ansible.tasks([task], play={"vars": {"partner_center_progress_seconds": 0.2}})
    assert "license_info: " in done.stderr and " of 7 steps" in done.stderr and " left" in done.stderr, done.stderr


@pytest.mark.core_differences_thorough
def test_the_playbook(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    small(emulator)
    output = tmp_path / "out"
    values: dict[str, t.Any] = {"license_customers": "tailspin.onmicrosoft.com", "license_output": str(output)}
    done = ansible.playbook(MODULE + "license_report", extra=["-e", json.dumps(values)])
    assert done.rc == 0, done.output
    said = json.loads((output / "result.json").read_text())
    assert said["status"] == "findings" and said["findings"]["seats_without_user"] == 1 and said["read"] == 1
    assert {path.name for path in output.iterdir()} >= {f"report{ending}" for ending in ENDINGS}
    values["license_fail_on"] = ["running_out"]
    assert ansible.playbook(MODULE + "license_report", extra=["-e", json.dumps(values)]).rc == 2
    values.update(license_customers="nobody.onmicrosoft.com", license_fail_on=[])
    assert ansible.playbook(MODULE + "license_report", extra=["-e", json.dumps(values)]).rc == 2
    assert json.loads((output / "result.json").read_text())["status"] == "failed"
