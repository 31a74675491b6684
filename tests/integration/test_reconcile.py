"""The playbook reconcile as a pipeline meets it: files, statuses, exit statuses; its guide, and the schema of its declarations."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import jsonschema
import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES
from support import documentation, tenant_schema
from support.playbooks import MODULE, PlaybookRun, Runner

from .conftest import CONTOSO
from .scenes import ADELE, PHARMA, user, writes

RECONCILE = MODULE + "reconcile"
PASSWORD = "CANARY-Correct-Horse-7"
DECLARATIONS = [
    made
    for made in (yaml.safe_load(block.text) for block in documentation.blocks("yml"))
    if isinstance(made, dict) and "users" in made
]
FILES = {"plan.json", "reconcile.env", "report.html", "report.json", "report.md", "result.json"}


def blocks(page: str, *words: str) -> list[str]:
    return [
        block.text
        for block in documentation.blocks("sh")
        if block.page == page and all(word in block.text for word in words)
    ]


class Repository:
    """A directory with declarations, and runs of the playbook on it."""

    def __init__(self, ansible: Runner, directory: Path) -> None:
        self.ansible = ansible
        self.directory = directory
        self.output = directory / "out"

    def declare(self, name: str, content: t.Any) -> None:
        path = self.directory / "tenants" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))

    def run(
        self,
        check: bool = False,
        env: t.Mapping[str, str | None] | None = None,
        extra: t.Sequence[str] = (),
        **variables: t.Any,
    ) -> PlaybookRun:
        given = {
            "reconcile_directory": str(self.directory / "tenants"),
            "reconcile_output": str(self.output),
            **variables,
        }
        words = ["-e", json.dumps({name: value for name, value in given.items() if value is not None})]
        return self.ansible.playbook(RECONCILE, check=check, env=env, extra=[*words, *extra])

    def result(self) -> dict[str, t.Any]:
        found = json.loads((self.output / "result.json").read_text())
        lines = dict(line.split("=", 1) for line in (self.output / "reconcile.env").read_text().splitlines())
        assert lines == {f"RECONCILE_{name.upper()}": str(value) for name, value in found.items() if name != "message"}
        return found


def ending(done: PlaybookRun) -> str:
    """The message with which a run failed."""
    (said,) = [
        record["result"]["msg"]
        for record in done.records
        if record["action"] == "ansible.builtin.fail" and record["kind"] == "failed"
    ]
    assert said.startswith("failed: ")
    return said


@pytest.fixture
def repository(ansible: Runner, tmp_path: Path) -> Repository:
    return Repository(ansible, tmp_path)


def contoso(**changes: t.Any) -> dict[str, t.Any]:
    rows = [
        {"user_id": ADELE, "display_name": "Adele Stone"},
        {
            "user_principal_name": "grace@contoso.example",
            "display_name": "{{ 1 + 1 }} 'Grace'",
            "usage_location": "US",
            "password": PASSWORD,
        },
    ]
    return {"customer_id": CONTOSO, "users": rows, **changes}


@pytest.mark.core_differences
def test_drift_is_reported_and_then_applied(repository: Repository, emulator: t.Any) -> None:
    sealed = VaultLib().encrypt(PASSWORD, VaultSecret(b"open")).decode().replace("\n", "\n      ")
    repository.declare(
        "contoso.yml", yaml.safe_dump(contoso(), sort_keys=False).replace(PASSWORD, f"!vault |\n      {sealed}")
    )
    kept = {"user_principal_name": "admin@contosopharma.onmicrosoft.com"}
    repository.declare(
        "pharma.yml",
        {
            "customer_id": PHARMA,
            "users": [kept],
            "purge": True,
            "purge_scope": {"domains": ["contosopharma.onmicrosoft.com"]},
        },
    )
    emulator.add_users(
        PHARMA, [{"user_principal_name": "stranger@contosopharma.onmicrosoft.com", "display_name": "Stranger"}]
    )
    (repository.directory / "key").write_text("open")
    extra = ["-vvv", "--vault-password-file", str(repository.directory / "key")]

    planned = repository.run(extra=extra, reconcile_max_delete_percentage=50)
    assert planned.rc == 0 and "drift: 1 to create, 1 to update, 1 to delete, 1 unchanged" in planned.stdout, (
        planned.output
    )
    assert repository.result() == {
        "status": "drift", "message": "1 to create, 1 to update, 1 to delete, 1 unchanged",
        "customers": 2, "rows": 3, "ok": 1, "changed": 2, "failed": 0, "unknown": 0, "skipped": 0, "purged": 1,
        "delete": 1, "create": 1, "restore": 0, "update": 1, "rename": 0, "reset_password": 0, "license": 0, "role": 0,
    }  # fmt: skip
    assert {
        path.name for path in repository.output.iterdir()
    } == FILES and repository.output.stat().st_mode & 0o077 == 0
    plan = (repository.output / "plan.json").read_bytes()
    assert b"Adele Stone" in plan and b"tenants/contoso.yml:3" in plan
    for name in ("report.md", "report.html", "report.json"):
        text = (repository.output / name).read_text()
        assert "Adele Stone" in text and "tenants/contoso.yml:3" in text and "stranger@" in text
    assert writes(emulator) == [] and json.loads((repository.output / "report.json").read_text())["runs"]
    (gone,) = json.loads(plan)["deletions"]["users"]
    assert (gone["display_name"], gone["user_principal_name"][:9]) == ("Stranger", "stranger@")
    shown = [(repository.output / name).read_text() for name in ("report.md", "report.html")]
    assert all(text.index("stranger@") < text.index("grace@") and "Stranger" in text for text in shown)

    again = repository.run(extra=extra, reconcile_max_delete_percentage=50)
    assert again.rc == 0 and shown == [(repository.output / name).read_text() for name in ("report.md", "report.html")]

    applied = repository.run(extra=extra, reconcile_max_delete_percentage=50, reconcile_apply=True)
    assert applied.rc == 0 and "changed=1 " in applied.stdout, applied.output
    assert repository.result()["status"] == "applied" and repository.result()["purged"] == 1
    assert (repository.output / "plan.json").read_bytes() == plan, "it was made again, from the same state"
    assert [entry["method"] for entry in writes(emulator)].count("DELETE") == 1 and len(writes(emulator)) == 3
    assert emulator.check_password(CONTOSO, user(emulator, "grace@contoso.example")["id"], PASSWORD)["matches"]
    assert user(emulator, "grace@contoso.example")["display_name"] == "{{ 1 + 1 }} 'Grace'"
    assert (
        "stranger@" in (repository.output / "undo.json").read_text()
        and "would" not in (repository.output / "report.md").read_text()
    )
    assert "CANARY" not in planned.output + applied.output + "".join(
        path.read_text() for path in repository.output.iterdir()
    )


def test_a_user_who_changed_after_the_plan_is_refused_and_the_others_are_done(
    repository: Repository, emulator: t.Any
) -> None:
    repository.declare("contoso.yml", contoso())
    planned = repository.run(reconcile_fail_on_drift=True)
    assert (
        planned.rc == 2
        and repository.result()["status"] == "drift"
        and "drift: 1 to create, 1 to update" in planned.output
    )
    reviewed = repository.directory / "reviewed.json"
    (repository.output / "plan.json").rename(reviewed)
    repository.ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, display_name="Somebody Else")
    emulator.clear_log()
    done = repository.run(reconcile_apply=True, reconcile_reviewed_plan=str(reviewed))
    result = repository.result()
    assert done.rc == 2 and result["status"] == "failed" and (result["failed"], result["changed"]) == (1, 1), (
        done.output
    )
    assert "adele.vance@contoso.example" in result["message"] or ADELE in result["message"]
    assert (
        "from 'Adele Vance' to 'Adele Stone'" in result["message"]
        and "from 'Somebody Else' to 'Adele Stone'" in result["message"]
    )
    assert [entry["method"] for entry in writes(emulator)] == ["POST"] and user(emulator, "grace@contoso.example")[
        "state"
    ] == "active"
    assert (
        "Somebody Else" in (repository.output / "report.md").read_text()
        and not (repository.output / "plan.json").exists()
    )


def test_a_row_that_cannot_be_carried_out_does_not_stop_the_others(repository: Repository, emulator: t.Any) -> None:
    declared = contoso()
    declared["users"].append({"user_principal_name": "nobody@contoso.example", "state": "restored"})
    repository.declare("contoso.yml", declared)
    done = repository.run(reconcile_apply=True)
    result = repository.result()
    assert done.rc == 2 and result["status"] == "failed" and (result["failed"], result["changed"]) == (1, 2), (
        done.output
    )
    assert "nobody@contoso.example" in result["message"] and len(writes(emulator)) == 2


@pytest.mark.core_differences
def test_declarations_that_are_wrong_are_named_and_nothing_is_sent(repository: Repository, emulator: t.Any) -> None:
    repository.declare("contoso.yml", contoso(colour="red"))
    repository.declare("contoso2.yml", contoso())
    repository.declare("broken.yml", "customer_domain: a.example\nusers: [\n")
    done = repository.run(reconcile_apply=True)
    message = repository.result()["message"]
    assert done.rc == 2 and repository.result()["status"] == "failed", done.output
    for words in (
        "3 problems in the",
        "tenants/broken.yml:3: invalid YAML",
        "tenants/contoso.yml: 'colour' is not",
        "tenants/contoso2.yml: the customer",
    ):
        assert words in message and words in done.stdout
    assert "CANARY" not in done.output and emulator.log() == [] and len(message.splitlines()) == 4


@pytest.mark.core_differences
@pytest.mark.parametrize("apply", [True, False])
def test_check_mode_writes_nothing_anywhere_and_names_everybody(
    repository: Repository, emulator: t.Any, apply: bool
) -> None:
    gone = {"user_principal_name": "alex.wilber@contoso.example", "state": "absent"}
    declared = contoso()
    repository.declare("contoso.yml", {**declared, "users": [*declared["users"], gone]})
    done = repository.run(check=True, extra=["--diff"], reconcile_apply=apply)
    assert done.rc == 0 and "drift: 1 to create, 1 to update, 1 to delete" in done.stdout, done.output
    assert f"changed={int(apply)} " in done.stdout, "what would be changed in the run, too"
    assert writes(emulator) == [] and not repository.output.exists()
    (said,) = [
        record["result"]["msg"]
        for record in done.records
        if record["action"] == "ansible.builtin.debug" and isinstance(record["result"].get("msg"), list)
    ]
    assert said == [
        "- to delete: Alex Wilber <alex.wilber@contoso.example>",
        "+ to create: {{ 1 + 1 }} 'Grace' <grace@contoso.example>",
        "~ to update: Adele Stone <adele.vance@contoso.example>",
    ]
    heading = "--- before: delete Alex Wilber <alex.wilber@contoso.example>"
    assert (heading in done.stdout) is apply, "Ansible shows a difference only where something changes"


def test_nobody_can_sign_in(repository: Repository, emulator: t.Any) -> None:
    repository.declare("contoso.yml", contoso())
    done = repository.run(
        check=True, env={"PARTNER_CENTER_REFRESH_TOKEN": "emulator-refresh-token-expired"}, reconcile_apply=True
    )
    assert done.rc == 2 and "AADSTS700082" in ending(done)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"reconcile_aply": True}, "has no variable reconcile_aply"),
        (
            {"reconcile_reviewed_plan": "x"},
            "reconcile_reviewed_plan is a plan to carry out, and needs reconcile_apply=true",
        ),
        ({"reconcile_max_delete": "many"}, "reconcile_max_delete"),
        ({"reconcile_directory": None}, "missing required arguments: reconcile_directory"),
        ({"reconcile_directory": "/nowhere"}, "/nowhere: there is no such folder"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_variables_that_are_wrong_are_named(
    repository: Repository, emulator: t.Any, variables: dict[str, t.Any], words: str
) -> None:
    repository.declare("contoso.yml", contoso())
    done = repository.run(check=True, **variables)
    assert done.rc == 2 and words in ending(done) and emulator.log() == [], done.output


# The guides


def shell(script: str, ansible: Runner, directory: Path) -> str:
    command, env = ["bash", "-euo", "pipefail", "-c", script], ansible.env(RECORD_FILE="/dev/null")
    done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pipeline_of_the_guide(repository: Repository, emulator: t.Any) -> None:
    repository.declare("contoso.yml", DECLARATIONS[0])
    _first, plan, apply, nightly = blocks("docs/reconcile.md", "ansible-playbook")
    shown = shell(plan, repository.ansible, repository.directory)
    assert "**1 to delete, 1 to create, 1 to update**" in shown and writes(emulator) == []
    assert "applied: 1 created, 1 updated, 1 deleted" in shell(apply, repository.ansible, repository.directory)
    assert "no_drift: 3 rows are as declared." in shell(nightly, repository.ansible, repository.directory)
    assert len(writes(emulator)) == 3 and "katherine" in (repository.directory / "credentials.jsonl").read_text()


def test_the_variables_of_the_guide_are_those_of_the_playbook() -> None:
    known = [f"reconcile_{name}" for name in TABLES["reconcile"].variables]
    head = (documentation.ROOT / "playbooks" / "reconcile.yml").read_text().split("\n- name:")[0]
    table = (documentation.ROOT / "docs" / "reconcile.md").read_text().split("## Variables")[1]
    for name in known:
        assert name in head and f"`{name}`" in table


def test_the_encrypted_passwords_are_opened_as_shown(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    (make,), (read,) = blocks("docs/many-users.md", "openssl req"), blocks("docs/many-users.md", "openssl cms")
    shell(make, ansible, tmp_path)
    people = [
        {"user_principal_name": f"new{index}@contoso.example", "display_name": "New", "usage_location": "US"}
        for index in range(2)
    ]
    files = {
        "credentials_file": str(tmp_path / "credentials.jsonl"),
        "credentials_certificate": str(tmp_path / "onboarding.pem"),
    }
    ansible.module("customer_users", customer_id=CONTOSO, users=people, **files)
    opened = dict(line.split("\t") for line in shell(read, ansible, tmp_path).splitlines())
    assert set(opened) == {row["user_principal_name"] for row in people}
    for name, password in opened.items():
        assert emulator.check_password(CONTOSO, user(emulator, name)["id"], password)["matches"]


# The schema


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = json.loads(tenant_schema.SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_the_schema_is_that_of_the_module() -> None:
    assert tenant_schema.SCHEMA.read_text(encoding="utf-8") == tenant_schema.text(), (
        "run: PYTHONPATH=tests .venv/bin/python -m support.tenant_schema"
    )


def test_the_schema_accepts_the_examples(validator: jsonschema.Draft7Validator) -> None:
    assert DECLARATIONS
    everything = contoso(
        purge=True,
        purge_scope={"domains": ["contoso.example"]},
        purge_protected=["svc-*"],
        defaults={"usage_location": "no"},
    )
    for declared in [*DECLARATIONS, contoso(), everything, {"customer_domain": "a.example", "users": []}]:
        assert not list(validator.iter_errors(declared))


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer_domain": "a.example"},
        {"users": []},
        contoso(customer_domain="a.example"),
        contoso(colour="red"),
        contoso(customer_id="x"),
        contoso(purge=True),
        contoso(defaults={"password": PASSWORD}),
        contoso(users=[{"display_name": "X"}]),
        contoso(users=[{"user_id": ADELE, "usage_location": False}]),
        contoso(users=[{"user_id": ADELE, "state": "gone"}]),
        contoso(users=[{"user_id": ADELE, "frist_name": "x"}]),
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_module_refuses(
    validator: jsonschema.Draft7Validator, wrong: dict[str, t.Any]
) -> None:
    assert list(validator.iter_errors(wrong))
