"""Rows from files, and results into files: customer_users without templates."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
import yaml
from support.playbooks import Runner

from .conftest import CONTOSO, FABRIKAM
from .plays import ALEX
from .scenes import ADELE, PASSWORD, active, writes

NEW = [f"new{number:03}@contoso.example" for number in range(40)]


class Files:
    """Writes files, and knows where they are."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(self, name: str, content: t.Any) -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return str(path)

    def __call__(self, name: str) -> str:
        return str(self.directory / name)

    def json(self, name: str) -> t.Any:
        return json.loads((self.directory / name).read_text())


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_declared_in_files_reported_in_files(ansible: Runner, emulator: t.Any, files: Files) -> None:
    """A plan, a run and a repeated run: the same files, and rows only where somebody wants them."""
    rows = [{"user_id": ADELE, "display_name": "Adele V."}, {"user_id": ALEX, "state": "absent"}]
    files.write("tenants/contoso.yml", {"customer_id": CONTOSO, "users": rows})
    files.write("tenants/fabrikam.yml", {"customer_domain": "fabrikam.onmicrosoft.com", "users": []})
    options = {
        "declarations": [files("tenants")],
        "report": [files("report.json"), files("report.md"), files("report.html")],
        "report_title": "Tenants",
        "summary_file": files("summary.json"),
        "record_directory": files("records"),
        "return_rows": "none",
    }
    before = emulator.users(CONTOSO)
    check = ansible.module("customer_users", check=True, **options)
    assert check["changed"] and check["files_written"] == [] and not list(files.directory.glob("*.*"))
    assert not Path(files("records")).exists()
    planned = ansible.module("customer_users", mode="plan", **options)
    assert not planned["changed"] and planned["rows"] == [] and planned["operations"] == []
    assert planned["summary"]["changed"] == 2 and files.json("summary.json")["status"] == "would_change"
    assert len(planned["files_written"]) == 4 and writes(emulator) == [] and not Path(files("records")).exists()
    assert files.json("report.json")["users"][0]["source"] == "tenants/contoso.yml:3"

    done = ansible.module("customer_users", **options)
    assert done["changed"] and done["rows"] == [] and files.json("summary.json")["status"] == "changed"
    record = yaml.safe_load(Path(files(f"records/{CONTOSO}.yml")).read_text())
    (alex,) = [user for user in before if user["id"] == ALEX]
    assert record["customers"][0]["users"][0]["user_id"] == ALEX and alex["state"] == "active"
    for name in ("summary.json", "report.html", f"records/{CONTOSO}.yml"):
        assert stat.S_IMODE(Path(files(name)).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(files("records")).stat().st_mode) == 0o700
    log = emulator.log(server="api")
    first_write = next(number for number, entry in enumerate(log) if entry["method"] != "GET")
    assert f"/v1/customers/{CONTOSO}/users/{ALEX}/licenses" in [entry["path"] for entry in log[:first_write]]

    again = ansible.module("customer_users", **options)
    assert not again["changed"] and files.json("summary.json")["status"] == "unchanged"
    last = ansible.module("customer_users", **options)
    assert last["files_written"] == [files("summary.json")], "a report is not written again when it is the same"

    back = ansible.module("customer_users", records=[files("records")])
    assert back["rows"][0]["action"].startswith("restore") and ALEX in {
        user["id"] for user in active(emulator).values()
    }


def test_nothing_is_sent_of_files_that_cannot_be_used(ansible: Runner, emulator: t.Any, files: Files) -> None:
    good = {"customer_id": CONTOSO, "users": [{"user_id": ADELE, "display_name": "X", "password": PASSWORD}]}
    files.write("tenants/a.yml", good)
    files.write("tenants/b.yml", "customer_domain: a.example\nusers: [\n")
    table = files.write("people.csv", "First name,Last name,Display name,Email\nA,B,,nobody\n")
    result = ansible.module("customer_users", declarations=[files("tenants"), table], customer_id=CONTOSO)
    assert result["failed"] and result["failure"]["reason"] == "invalid_declarations"
    assert "tenants/b.yml:3: " in result["msg"] and "people.csv:2" in result["msg"]
    own = files.write("mine.json", '{"mine": true}\n')
    for wrong in (
        {"declarations": [files("tenants/a.yml")], "report": [files("report.txt")]},
        {"declarations": [files("tenants/a.yml")], "report": [own]},
        {"declarations": [files("tenants/a.yml")], "summary_file": files("tenants/a.yml")},
        {"declarations": [files("tenants/a.yml")], "summary_file": files("none/summary.json")},
        {"declarations": [files("tenants/a.yml")], "report": [files("p.json")], "plan_file": files("p.json")},
        {"declarations": [files("tenants/a.yml")], "users": []},
        {"declarations": [files("tenants/a.yml")], "customer_id": FABRIKAM},
        {"declarations": []},
        {"declarations": [table]},
    ):
        assert ansible.module("customer_users", **wrong)["failed"], wrong
    assert emulator.log() == [] and files.json("mine.json") == {"mine": True}


@pytest.mark.core_differences
def test_one_bad_row_of_many_prints_little(ansible: Runner, emulator: t.Any, files: Files) -> None:
    users = [{"user_principal_name": name, "display_name": name, "password": PASSWORD} for name in NEW]
    users.append({"user_principal_name": "gone@contoso.example", "state": "restored"})
    path = files.write("many.yml", {"customer_id": CONTOSO, "users": users})
    for which in ("problems", "none"):
        done = ansible.tasks(
            [{"tenantops.partner_center.customer_users": {"declarations": [path], "return_rows": which}}]
        )
        assert done.rc == 2 and len(done.output.splitlines()) < 40 and len(done.stdout) < 6000, done.output
        assert "many.yml:" in done.output and "gone@contoso.example" in done.output and PASSWORD not in done.output


def test_a_record_that_cannot_be_written_stops_the_deletions(ansible: Runner, emulator: t.Any, files: Files) -> None:
    files.write(f"records/{CONTOSO}.yml", "something: else\n")
    result = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=[{"user_id": ALEX, "state": "absent"}, {"user_id": ADELE, "display_name": "X"}],
        record_directory=files("records"),
    )
    assert result["failed"] and [row["reason"] for row in result["rows"]] == ["wrong_file_kind", None]
    assert [write["method"] for write in writes(emulator)] == ["PATCH"]
