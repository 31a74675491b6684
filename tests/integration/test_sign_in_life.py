"""The life of a sign-in, with playbooks against the emulator: cache, renewal, examination."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import CAUSES
from support.playbooks import MODULE, ROOT, Runner

from .conftest import CONTOSO, REFRESH_TOKEN, SECRET

DAY = 86400


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "refresh-token"
    path.write_text(REFRESH_TOKEN)
    path.chmod(0o600)
    return path


def aged(path: Path, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def sign_ins(emulator: t.Any) -> list[str]:
    """Method and path of what the sign-in host was asked."""
    return [f"{entry['method']} {entry['path']}" for entry in emulator.log(server="login")]


def by_check(result: dict[str, t.Any]) -> dict[str, dict[str, str]]:
    return {check["check"]: check for check in result["checks"]}


def test_a_task_with_a_warm_cache_sends_no_sign_in_request(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    read = {MODULE + "customer_info": {"customer_id": CONTOSO}}
    settings = {"PARTNER_CENTER_TOKEN_CACHE": "true", "PARTNER_CENTER_TOKEN_CACHE_PATH": str(tmp_path / "cache")}
    tasks = [{"name": f"Read {number}", **read} for number in range(3)]
    hosts = tmp_path / "mine.partner_center.yml"
    hosts.write_text("plugin: tenantops.partner_center.customers\n")
    # The inventory signs in, and the tasks after it find its token.
    done = ansible.tasks(tasks, env=settings, extra=["-i", str(hosts)])
    assert done.rc == 0, done.output
    assert emulator.log(server="api")[0]["path"] == "/v1/customers"
    asked = sign_ins(emulator)
    assert len(asked) == 2 and asked[0].endswith("openid-configuration") and asked[1].endswith("/token"), asked
    assert len(emulator.log(server="api")) == 4


def test_a_token_lives_and_is_renewed_in_a_play(
    ansible: Runner, emulator: t.Any, token_file: Path, tmp_path: Path
) -> None:
    """Due in check mode, renewed, not due any more; then into another file; and an ordinary task confirms what it renewed."""
    aged(token_file, 20)
    env = {"PARTNER_CENTER_REFRESH_TOKEN": None, "PARTNER_CENTER_REFRESH_TOKEN_FILE": str(token_file)}
    fresh = tmp_path / "for-the-pipeline"
    renew = MODULE + "refresh_token"
    tasks: list[dict[str, t.Any]] = [
        {"name": "Due", renew: {}, "check_mode": True},
        {"name": "Renew", renew: {}},
        {"name": "Again", renew: {}},
        {"name": "Elsewhere", renew: {"dest": str(fresh), "force": True}},
        {"name": "Read with renewal", MODULE + "customer_info": {"customer_id": CONTOSO, "rotate_after": 1}},
        {
            "name": "Nowhere",
            renew: {"refresh_token_file": "{{ omit }}", "refresh_token": "{{ token }}"},
            "ignore_errors": True,
        },
    ]
    done = ansible.tasks(tasks, env=env, play={"vars": {"token": REFRESH_TOKEN}})
    assert done.rc == 0, done.output
    due, renewed, again, elsewhere, _read, nowhere = done.modules
    assert due["changed"] and due["age_days"] == 20
    assert (
        renewed["changed"] and renewed["age_days"] == 0 and renewed["user_principal_name"].startswith("svc-automation@")
    )
    assert not again["changed"]
    assert elsewhere["changed"] and fresh.stat().st_mode & 0o077 == 0
    assert nowhere["failure"]["reason"] == "option_missing"
    new = token_file.read_text().strip()
    assert REFRESH_TOKEN not in (new, fresh.read_text()) and new != fresh.read_text()
    assert not Path(f"{token_file}.previous").exists(), "it was tried at once"
    for text in (new, fresh.read_text()):
        assert text not in done.output and text not in json.dumps(done.records)
    weekly = ansible.playbook(MODULE + "rotate", env=env)
    assert weekly.rc == 0 and "Not due" in weekly.stdout and not weekly.last["changed"], weekly.output


def test_the_doctor_finds_nothing_and_says_so(ansible: Runner, token_file: Path, tmp_path: Path) -> None:
    aged(token_file, 3)
    env = {"PARTNER_CENTER_REFRESH_TOKEN": None, "PARTNER_CENTER_REFRESH_TOKEN_FILE": str(token_file)}
    before = token_file.stat()
    (tmp_path / "declared").mkdir()
    (tmp_path / "declared" / "fabrikam.yml").write_text("customer_domain: fabrikam.onmicrosoft.com\nusers: []\n")
    declared = {"doctor_customers": f"{CONTOSO}, ", "doctor_directory": str(tmp_path / "declared")}
    done = ansible.playbook(MODULE + "doctor", env=env, extra=["-e", json.dumps(declared)])
    assert done.rc == 0, done.output
    result = done.last
    assert result["healthy"] and result["worst"] == "ok", result["table"]
    checks = by_check(result)
    assert {
        "cloud", "sign-in host: TLS", "API host: TLS", "sign-in host: name", "clock", "discovery", "refresh token", "sign-in", "token", "MFA", "audience",
        "tenant", "expiry", "MFA at Partner Center", "customers", f"customer {CONTOSO}", "customer fabrikam.onmicrosoft.com",
    } <= set(checks)  # fmt: skip
    assert "svc-automation@" in checks["token"]["finding"] and "3 days" in checks["refresh token"]["finding"]
    assert token_file.stat().st_mtime == before.st_mtime and not list(tmp_path.glob("refresh-token.*")), "it only looks"
    for secret in (REFRESH_TOKEN, SECRET, "eyJ"):
        assert secret not in done.output + json.dumps(done.records)


def test_what_is_wrong_with_a_secret_is_said_before_anything_is_sent(
    ansible: Runner, emulator: t.Any, running: t.Any, tmp_path: Path
) -> None:
    """Tokens with something around them, and certificate files: what is only untidy works, and what cannot work has its own word."""
    client = Path(running.info["ca_path"]).with_name("client.pem").read_text()
    key, certificate = client[client.index("-----BEGIN PRIVATE") :], client[: client.index("-----BEGIN PRIVATE")]
    if "CERTIFICATE" not in certificate:
        key, certificate = client[: client.index("-----BEGIN CERT")], client[client.index("-----BEGIN CERT") :]
    authority = Path(running.info["ca_path"]).read_text()
    other = tmp_path / "other.key"
    make = ["openssl", "genpkey", "-algorithm", "RSA", "-out", str(other)]
    subprocess.run(make, check=True, capture_output=True)
    untidy = f"\ufeff# Schl\u00fcssel\r\n{authority}Bag Attributes\n    friendlyName: M\u00fcller\n{certificate}{key}"
    files = {
        "untidy": untidy,
        "no_key": certificate,
        "no_certificate": key,
        "foreign": other.read_text() + certificate,
        "empty": "",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.pem").write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.pem").chmod(0o600)
    line = tmp_path / "token"
    line.write_text(f"PARTNER_CENTER_REFRESH_TOKEN={REFRESH_TOKEN}\n")
    line.chmod(0o600)
    ask = MODULE + "customer_info"
    options = {"customer_domain": "contoso.onmicrosoft.com"}
    tasks: list[dict[str, t.Any]] = [
        {ask: options, "environment": {"PARTNER_CENTER_REFRESH_TOKEN": f'"{REFRESH_TOKEN}"'}},
        {ask: {**options, "refresh_token_file": str(line)}},
        *(
            {ask: {**options, "client_certificate_path": str(tmp_path / f"{name}.pem")}}
            for name in files
            if name != "untidy"
        ),
    ]
    done = ansible.tasks(
        [{"name": f"Task {number}", "ignore_errors": True, **task} for number, task in enumerate(tasks)]
    )
    reasons = [record["result"].get("failure", {}).get("reason") for record in done.records]
    words = ["certificate_key_missing", "certificate_missing", "certificate_key_foreign", "certificate_file_empty"]
    assert reasons == ["token_in_quotes", "token_assignment", *words], done.output
    # Ansible itself shows the lines of the play that a failed task comes from.
    assert emulator.log() == [] and REFRESH_TOKEN not in json.dumps(done.records)
    result = ansible.module("customer_info", **options, client_certificate_path=str(tmp_path / "untidy.pem"))
    assert not result.get("failed"), result


def test_the_doctor_finds_what_is_wrong(
    ansible: Runner, emulator: t.Any, running: t.Any, token_file: Path, tmp_path: Path
) -> None:
    """One play with many patients; the playbook's exit code is that of the worst."""
    info = MODULE + "sign_in_info"
    token = {"refresh_token": "{{ token }}"}
    patients: dict[str, dict[str, t.Any]] = {
        "no options": {"client_id": "nonsense", "refresh_token_file": "/nowhere"},
        "name": {"authority_host": "https://no-such-host.invalid"},
        "port": {"authority_host": "https://localhost:9"},
        "tls": {
            "ca_path": "/etc/ssl/certs/ca-certificates.crt"
            if Path("/etc/ssl/certs/ca-certificates.crt").exists()
            else running.info["ca_path"] + ".key"
        },
        "unchecked": {"validate_certs": False, "ca_path": "{{ omit }}"},
        "tenant": {"tenant_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9bef"},
        "cloud": {"cloud_environment": "AzureUSGovernment"},
        "dead": {"refresh_token": "emulator-refresh-token-expired"},
        "no MFA": {"refresh_token": "emulator-refresh-token-no-mfa"},
        "public": {
            "refresh_token": "emulator-refresh-token-public",
            "client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02",
        },
        "app-only": {"auth_method": "client_credentials"},
        "stranger": {"customers": ["nobody.example", "0f3a5c7e-9b1d-4e2f-8a6c-000000000000", CONTOSO]},
    }
    tasks: list[dict[str, t.Any]] = []
    for name, options in patients.items():
        own = {"refresh_token", "auth_method"} & set(options)
        tasks.append({"name": name, info: {**({} if own else token), **options}})
    for task, env in ((tasks[9], {"PARTNER_CENTER_CLIENT_SECRET": ""}), (tasks[1], {"HTTPS_PROXY": ""})):
        task["environment"] = env
    emulator.set_gdap_roles(CONTOSO, [])
    done = ansible.tasks(tasks, play={"vars": {"token": REFRESH_TOKEN}}, env={"PARTNER_CENTER_REFRESH_TOKEN": None})
    assert done.rc == 0, done.output
    found = {record["task"]: by_check(record["result"]) for record in done.records}
    status = {name: {check: value["status"] for check, value in checks.items()} for name, checks in found.items()}
    assert status["no options"] == {"options": "failed", "sign-in": "skipped"}
    assert status["name"]["sign-in host: name"] == "failed" and status["name"]["discovery"] == "skipped"
    assert status["port"]["sign-in host: connection"] == "failed" and status["port"]["customers"] == "skipped"
    assert status["port"]["sign-in host: TLS"] == status["port"]["sign-in"] == "skipped", "said once, where it is"
    assert status["tls"]["sign-in host: TLS"] == "failed" and "ca_path" in found["tls"]["sign-in host: TLS"]["action"]
    assert status["unchecked"]["API host: TLS"] == "warning"
    assert status["tenant"]["discovery"] == "failed" and "AADSTS90002" in found["tenant"]["discovery"]["finding"]
    assert status["cloud"]["cloud"] == "warning" and "reset_password" in found["cloud"]["cloud"]["finding"]
    assert (
        status["dead"]["sign-in"] == "failed"
        and "consent" in found["dead"]["sign-in"]["action"]
        and status["dead"]["token"] == "skipped"
    )
    assert (
        status["no MFA"]["MFA"] == "failed"
        and "900421" in found["no MFA"]["MFA"]["finding"]
        and status["no MFA"]["customers"] == "failed"
    )
    assert status["public"]["application"] == "warning"
    assert status["app-only"]["token"] == "warning" and status["app-only"]["customers"] == "ok"
    assert status["stranger"]["customer nobody.example"] == "failed" and status["stranger"]["customers"] == "ok"
    assert (
        status["stranger"][f"customer {CONTOSO}"] == "failed"
        and "GDAP" in found["stranger"][f"customer {CONTOSO}"]["action"]
    )
    order = ["failed", "warning", "unknown", "skipped", "ok"]
    for record in done.records:
        ranks = [order.index(check["status"]) for check in record["result"]["checks"]]
        assert ranks == sorted(ranks) and all(
            check["action"] for check in record["result"]["checks"] if check["status"] in ("failed", "warning")
        )


def test_each_row_of_the_error_table_is_what_a_playbook_shows(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """One number for each class. A task that begins with a device's code costs the least; the unit tests have all numbers, and the token endpoint."""
    # The tenant is looked up before anything else, so its refusal meets the first task.
    rows = [
        (cause, min(cause.codes)) for cause in sorted(CAUSES, key=lambda cause: cause.name != "tenant") if cause.codes
    ]
    for cause, number in rows:
        emulator.refuse(number, endpoint="discovery" if cause.name == "tenant" else "devicecode")
    options = {
        "flow": "device_code",
        "client_id": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02",
        "refresh_token_file": str(tmp_path / "token"),
        "max_wait": 0,
    }
    task = {
        "name": "Sign in",
        MODULE + "consent": options,
        "loop": [cause.name for cause, _number in rows],
        "ignore_errors": True,
    }
    done = ansible.tasks([task], env={"PARTNER_CENTER_REFRESH_TOKEN": None, "PARTNER_CENTER_CLIENT_SECRET": None})
    assert len(done.modules) == len(rows) > 20, done.output
    for (cause, number), result in zip(rows, done.modules):
        assert (result["failure"]["error_class"], result["failure"]["aadsts"]) == (cause.name, f"AADSTS{number}"), (
            result
        )
        for words in (
            cause.meaning,
            cause.action,
            f"(AADSTS{number}).",
            "Entra said: ",
            result["failure"]["correlation_id"],
        ):
            assert words in result["msg"] and words in done.output
    assert [rule["fired"] for rule in emulator.refusals()] == [1] * len(rows)


def test_the_exit_code_is_for_monitoring(ansible: Runner) -> None:
    given = ["-e", "doctor_customers=contoso.onmicrosoft.com"]
    done = ansible.playbook(
        MODULE + "doctor", env={"PARTNER_CENTER_REFRESH_TOKEN": "emulator-refresh-token-revoked"}, extra=given
    )
    assert done.rc == 2 and "AADSTS50173" in done.stdout and "emulator-refresh-token" not in done.output


def test_tokens_of_pipelines_and_pods_stand_for_the_credential(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    """Each of the three ways, what Entra compares when one is refused, and that a cached access token needs no assertion."""
    read = MODULE + "customer_info"
    cache = {"token_cache": True, "token_cache_path": str(tmp_path / "cache")}
    pod, other = tmp_path / "pod", tmp_path / "other"
    pod.write_text(emulator.assertion("kubernetes"))
    other.write_text(emulator.assertion("kubernetes", subject="system:serviceaccount:default:default"))
    env = {
        "PARTNER_CENTER_CLIENT_SECRET": None,
        "GITLAB": emulator.assertion("gitlab"),
        "EXPIRED": emulator.assertion("gitlab", expires_in=-900),
        **emulator.job(),
    }
    tasks: list[dict[str, t.Any]] = [
        {"name": "github", read: {"customer_id": CONTOSO, **cache}},
        {"name": "github again", read: {"customer_id": CONTOSO, **cache}},
        {"name": "kubernetes", read: {"customer_id": CONTOSO, "client_assertion_file": str(pod)}},
        {
            "name": "gitlab",
            read: {"customer_id": CONTOSO, "client_assertion": "{{ lookup('ansible.builtin.env', 'GITLAB') }}"},
        },
        {"name": "another pod", read: {"client_assertion_file": str(other)}, "ignore_errors": True},
        {
            "name": "too late",
            read: {"client_assertion": "{{ lookup('ansible.builtin.env', 'EXPIRED') }}"},
            "ignore_errors": True,
        },
    ]
    emulator.clear_log()
    done = ansible.tasks(tasks, env=env, verbosity=3)
    assert done.rc == 0, done.output
    *good, foreign, late = done.modules
    assert len(good) == 4 and all(len(result["customers"]) == 1 for result in good)
    assert (foreign["failure"]["error_class"], foreign["failure"]["aadsts"]) == ("assertion", "AADSTS700213")
    assert "sub 'system:serviceaccount:default:default'" in foreign["msg"] and "/issuers/kubernetes'" in foreign["msg"]
    assert late["failure"]["aadsts"] == "AADSTS700024" and "valid until" in late["msg"]
    assert len([path for path in sign_ins(emulator) if path.startswith("POST") and path.endswith("/token")]) == 5, (
        "the second task found the first one's token"
    )
    for secret in (
        env["GITLAB"],
        env["EXPIRED"],
        pod.read_text(),
        other.read_text(),
        env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
        "eyJ",
    ):
        assert secret not in done.output + json.dumps(done.records)
    assert all(
        "client_assertion" not in path.read_text() and pod.read_text() not in path.read_text()
        for path in (tmp_path / "cache").iterdir()
    )


WORKFLOW = yaml.safe_load((ROOT / "docs" / "examples" / "github-actions" / "rotate.yml").read_text(encoding="utf-8"))


READERS = yaml.safe_load((ROOT / "docs" / "examples" / "github-actions" / "customers.yml").read_text(encoding="utf-8"))


def test_a_pipeline_renews_the_token_wherever_a_job_reads_it() -> None:
    """GitHub gives a job the secret of its environment, and that of the repository only where the environment has none."""
    readers = {job["environment"] for job in (*READERS["jobs"].values(), WORKFLOW["jobs"]["rotate"])}
    (store,) = [step for step in WORKFLOW["jobs"]["rotate"]["steps"] if step["name"] == "Store"]
    assert set(store["env"]["ENVIRONMENTS"].split()) == readers and len(readers) == 3
    guide = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert all(f"environment:{name}`" in guide for name in readers) and "`SECRETS_WRITER`" in guide


def test_a_pipeline_survives_a_hundred_days(ansible: Runner, emulator: t.Any, running: t.Any, tmp_path: Path) -> None:
    """The scripts of the workflow as they are, with a stand-in for the forge's own program that keeps a secret for each
    environment. It runs on three days only, and nothing is printed. At the end the token of the beginning is dead."""
    programs, store = tmp_path / "bin", tmp_path / "store"
    programs.mkdir()
    store.mkdir()
    (programs / "gh").write_text(
        f'#!/bin/sh\n[ "$1 $2 $3 $4" = "secret set PARTNER_CENTER_REFRESH_TOKEN --env" ] && cat > {store}/$5\n'
    )
    (programs / "gh").chmod(0o700)
    job = WORKFLOW["jobs"]["rotate"]
    (store / job["environment"]).write_text(REFRESH_TOKEN)
    assert job["permissions"] == {"contents": "read", "id-token": "write"} and WORKFLOW["permissions"] == {}
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]) for step in job["steps"] if "uses" in step)
    steps = [step for step in job["steps"] if "run" in step and not step["name"].startswith("Get ")]
    assert [step["name"] for step in steps] == ["Renew", "Store", "Remove"] and not any(
        "${{" in step["run"] for step in steps
    )
    base = {name: value for name, value in ansible.env().items() if not name.startswith("PARTNER_CENTER_")}
    base |= {
        f"PARTNER_CENTER_{name}": ansible.environment[f"PARTNER_CENTER_{name}"]
        for name in ("API_URL", "AUTHORITY_HOST", "CA_PATH")
    }
    base |= {
        "RUNNER_TEMP": str(tmp_path),
        "PATH": f"{programs}:{base['PATH']}",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }
    printed, secrets = "", {REFRESH_TOKEN}

    def renew() -> str:
        found = ""
        known = {
            "vars.PARTNER_CENTER_TENANT_ID": running.info["tenant_id"],
            "vars.PARTNER_CENTER_CLIENT_ID": running.info["client_id"],
            "secrets.PARTNER_CENTER_REFRESH_TOKEN": (store / job["environment"]).read_text(),
            "secrets.SECRETS_WRITER": "Canary-Zq7-writer",
            "github.repository": "northwind/users",
        }
        identity = emulator.job()
        secrets.add(identity["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
        for step in steps:
            env = {
                name: re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: known[match[1]], value)
                for name, value in step.get("env", {}).items()
            }
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                env={**base, **identity, **env},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            found += done.stdout + done.stderr
        return found

    for _time in range(3):  # on day 0, 40 and 80
        printed += renew()
        secrets |= {path.read_text() for path in store.iterdir()}
        emulator.advance(40 * 86400)
    emulator.advance(-20 * 86400)
    assert not (tmp_path / "token").exists()
    for secret in (*secrets, "Canary-Zq7", "eyJ"):
        assert secret not in printed
    tokens = {path.name: path.read_text() for path in store.iterdir()}
    assert set(tokens) == {job["environment"] for job in READERS["jobs"].values()} | {job["environment"]}
    assert len(set(tokens.values())) == 1 and REFRESH_TOKEN not in tokens.values()
    works, dead = (
        ansible.module("customer_info", env={"PARTNER_CENTER_REFRESH_TOKEN": token})
        for token in (tokens["customers-apply"], REFRESH_TOKEN)
    )
    assert works["customers"] and dead["failed"] and dead["failure"]["error_class"] == "expired"


@pytest.mark.parametrize("name", ["consent", "doctor", "rotate"])
def test_a_misspelt_variable_is_named(ansible: Runner, emulator: t.Any, name: str) -> None:
    done = ansible.playbook(MODULE + name, extra=["-e", f"{name}_usr=x"])
    assert done.rc == 2 and f" {name}_usr. " in done.output, done.output
    assert emulator.log() == []
