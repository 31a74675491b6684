"""The examples for pipelines: what can be said about them without the services, and their scripts, run with stand-ins for what the services offer.

Against the emulator run plan and apply of GitHub Actions, and the nightly run of GitLab. The others have the same commands, word by word, and run with a
stand-in for ansible-playbook. `make lint` holds the files to the schemas of the services.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from support.documentation import ROOT
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, REFRESH_TOKEN, SECRET
from .scenes import ADELE, writes

EXAMPLES = ROOT / "docs" / "examples"
GITHUB = yaml.safe_load((EXAMPLES / "github-actions" / "customers.yml").read_text())
GITLAB = yaml.safe_load((EXAMPLES / "gitlab-ci" / "gitlab-ci.yml").read_text())
GITHUB_ON = GITHUB["on"]
EVENTS = {"plan": "pull_request", "apply": "push", "drift": "schedule"}
SIGN_IN = ("TENANT_ID", "CLIENT_ID", "REFRESH_TOKEN")
TOKEN = "Canary-Zq7-comment-token"


class Unsafe(yaml.SafeLoader):
    """Reads playbooks with texts that are not to be templates."""


Unsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


# GitHub Actions


def evaluated(text: str, store: t.Mapping[str, str]) -> str:
    """A text with its expressions replaced; one that the store does not know is an error."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: store[match[1]], text)


def words(script: str) -> list[str]:
    (line,) = [line for line in script.splitlines() if line.startswith("ansible-playbook")]
    return shlex.split(line.removesuffix("|| status=$?"))


def test_each_event_has_its_job() -> None:
    assert {name: job["if"] for name, job in GITHUB["jobs"].items()} == {
        name: f"github.event_name == '{event}'" for name, event in EVENTS.items()
    }
    assert set(GITHUB_ON) == set(EVENTS.values()) and GITHUB_ON["push"]["branches"] == GITHUB_ON["pull_request"][
        "branches"
    ] == ["main"]
    assert len(GITHUB_ON["schedule"]) == 1 and len(GITHUB_ON["schedule"][0]["cron"].split()) == 5
    rules = {name: GITLAB[name]["rules"][0]["if"] for name in EVENTS}
    assert len(rules) == len(set(rules.values())) and all(len(GITLAB[name]["rules"]) == 1 for name in EVENTS)
    for word, name in (("merge_request_event", "plan"), ("schedule", "drift"), ("$CI_DEFAULT_BRANCH", "apply")):
        assert [job for job, rule in rules.items() if word in rule] == [name]
    jobs = {name for name, job in GITLAB.items() if isinstance(job, dict) and "script" in job}
    assert (
        jobs == {*EVENTS, "renew"}
        and all(GITLAB[name]["extends"] == ".reconcile" for name in EVENTS)
        and GITLAB[".reconcile"]["extends"] == GITLAB["renew"]["extends"] == ".job"
        and GITLAB["stages"] == [GITLAB[".job"]["stage"]]
    )
    assert GITLAB["apply"]["resource_group"] and GITHUB["concurrency"]["group"], (
        "two runs that change things do not meet"
    )


def test_permissions_are_the_least() -> None:
    assert GITHUB["permissions"] == {}
    read = {"contents": "read", "id-token": "write"}
    assert {name: job["permissions"] for name, job in GITHUB["jobs"].items()} == {
        "plan": {**read, "pull-requests": "write"},
        "apply": read,
        "drift": read,
    }
    for job in GITHUB["jobs"].values():
        checkout = job["steps"][0]
        assert checkout["uses"].startswith("actions/checkout@") and checkout["with"] == {"persist-credentials": False}
        assert job["timeout-minutes"] and job["environment"] and re.fullmatch(r"ubuntu-\d+\.\d+", job["runs-on"])


def test_everything_that_is_fetched_is_pinned() -> None:
    used = [step["uses"] for job in GITHUB["jobs"].values() for step in job["steps"] if "uses" in step]
    assert len(used) == 7 and all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) for name in used)
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-\w+", GITLAB[".job"]["image"])
    lines = [
        line
        for line in (EXAMPLES / "requirements" / "requirements.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", line) for line in lines) and len(lines) == 3
    pins = dict(
        line.split("==") for line in (ROOT / "tests/requirements/dev.txt").read_text().splitlines() if "==" in line
    )
    assert all(pins[name] == version for name, version in (line.split("==") for line in lines)), (
        "the versions that are tested"
    )
    (collection,) = yaml.safe_load((EXAMPLES / "requirements" / "requirements.yml").read_text())["collections"]
    assert collection == {
        "name": "tenantops.partner_center",
        "version": yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"],
    }


def test_secrets_come_from_the_store_and_reach_one_step() -> None:
    for job in GITHUB["jobs"].values():
        holders = [
            step for step in job["steps"] if "PARTNER_CENTER_REFRESH_TOKEN" in step.get("env", {})
        ]  # and no client secret is stored
        assert len(holders) == 1 and "env" not in job and holders[0]["run"].startswith("ansible-playbook ")
        assert holders[0]["env"] == {
            f"PARTNER_CENTER_{name}": f"${{{{ {'secrets' if 'TOKEN' in name else 'vars'}.PARTNER_CENTER_{name} }}}}"
            for name in SIGN_IN
        }
        # What a person wrote does not become part of a script.
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]
    texts = [path.read_text() for path in EXAMPLES.rglob("*.yml")]
    assert len(texts) >= 7
    for text in texts:
        for value in re.findall(r"(?im)^ *\w*(?:secret|token|password)\w*: +(\S.*)", text):
            assert re.match(
                r"\$\{\{ (?:secrets|github)\.|!unsafe \"\{\{|\"\{\{|(?:false|true)$|Client secret of|Refresh token of",
                value,
            ), value
    assert not [
        name
        for name in (
            *GITLAB["variables"],
            *(name for job in GITLAB.values() if isinstance(job, dict) for name in job.get("variables", {})),
        )
        if "TOKEN" in name or "SECRET" in name
    ]
    assert GITLAB[".job"]["id_tokens"] == {"PARTNER_CENTER_CLIENT_ASSERTION": {"aud": "api://AzureADTokenExchange"}}


def test_gitlab_has_the_commands_of_github() -> None:
    for name in EVENTS:
        (step,) = [
            step["run"] for step in GITHUB["jobs"][name]["steps"] if step.get("run", "").startswith("ansible-playbook")
        ]
        (line,) = [line for line in GITLAB[name]["script"] if line.startswith("ansible-playbook")]
        assert words(step) == words(line), name
    prepare = [
        step["run"] for step in GITHUB["jobs"]["plan"]["steps"] if step.get("name", "").startswith("Get Ansible")
    ]
    assert "\n".join(GITLAB[".job"]["before_script"]) + "\n" == prepare[0]


class Machine:
    """Where a job runs: a checkout, the files of the example, and programs that write down how they were called."""

    def __init__(self, ansible: Runner, emulator: t.Any, directory: Path) -> None:
        self.ansible = ansible
        self.emulator = emulator
        self.directory = directory
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.work = directory / "work"
        (self.work / "tenants").mkdir(parents=True)
        declared = {
            "customer_id": CONTOSO,
            "users": [
                {"user_id": ADELE, "display_name": "Adele Stone"},
                {"user_principal_name": "grace@contoso.example", "display_name": "Grace", "usage_location": "US"},
            ],
        }
        (self.work / "tenants" / "contoso.yml").write_text(yaml.safe_dump(declared))
        for path in (EXAMPLES / "requirements").iterdir():
            (self.work / path.name).write_text(path.read_text())
        self.stand_in("ansible-galaxy", "")
        self.stand_in("python", "")

    def stand_in(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f'#!/bin/bash\nprintf "%s\\n" "{name} $*" >> "{self.directory}/calls"\n{script}\n')
        path.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        path = self.directory / "calls"
        return (
            [line.removeprefix(name + " ") for line in path.read_text().splitlines() if line.startswith(name + " ")]
            if path.exists()
            else []
        )

    def shell(self, script: str, env: t.Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """As both services run a script: by bash, to the first line that fails."""
        stored = (*SIGN_IN, "CLIENT_SECRET")
        base = {
            key: value
            for key, value in self.ansible.env(RECORD_FILE="/dev/null").items()
            if key.removeprefix("PARTNER_CENTER_") not in stored
        }
        variables = {**base, "PATH": f"{self.bin}:{base['PATH']}", **env}
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.work,
            env=variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def store(self) -> dict[str, str]:
        """What the service knows under its own names."""
        known = self.ansible.environment
        return {
            **{f"vars.PARTNER_CENTER_{name}": known[f"PARTNER_CENTER_{name}"] for name in ("TENANT_ID", "CLIENT_ID")},
            "secrets.PARTNER_CENTER_REFRESH_TOKEN": REFRESH_TOKEN,
            "github.token": TOKEN,
            "github.repository": "northwind/customers",
            "github.event.pull_request.number": "7",
        }

    def github(self, name: str) -> tuple[int, str]:
        """The steps of a job; (its status, its output). A step after a failure runs if it says so."""
        status, output = 0, ""
        job = {**self.emulator.job(), "GITHUB_STEP_SUMMARY": str(self.directory / "summary.md")}
        for step in GITHUB["jobs"][name]["steps"]:
            assert step.get("if") in (None, "${{ !cancelled() }}")
            if "run" in step and (status == 0 or "if" in step):
                env = {key: evaluated(value, self.store()) for key, value in step.get("env", {}).items()}
                done = self.shell(step["run"], {**env, **job})
                status, output = status or done.returncode, output + done.stdout + done.stderr
        return status, output

    def gitlab(self, name: str) -> tuple[int, str]:
        """All lines of a job are one script."""
        sign_in = {f"PARTNER_CENTER_{key}": self.ansible.environment[f"PARTNER_CENTER_{key}"] for key in SIGN_IN}
        sign_in |= {name: self.emulator.assertion("gitlab") for name in GITLAB[".job"]["id_tokens"]}
        env = {
            **sign_in,
            "COMMENT_TOKEN": TOKEN,
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
        }
        done = self.shell("\n".join([*GITLAB[".job"]["before_script"], *GITLAB[name]["script"]]), env)
        return done.returncode, done.stdout + done.stderr


def test_gitlab_renews_the_token_wherever_a_job_reads_it(machine: Machine, tmp_path: Path) -> None:
    """A variable has a value for each environment. What curl is given works, and neither its words nor the output hold a secret."""
    builds, kept = tmp_path / "builds", tmp_path / "kept"
    builds.mkdir()
    kept.mkdir()
    header = machine.directory / "header"
    machine.stand_in("curl", f'cat > "{header}"; last="${{@: -1}}"; cp "{builds}/token" "{kept}/${{last##*=}}"')
    readers = {GITLAB[name]["environment"]["name"] for name in (*EVENTS, "renew")}
    job = GITLAB["renew"]
    (kept / job["environment"]["name"]).write_text(REFRESH_TOKEN)
    printed, secrets = "", {REFRESH_TOKEN, TOKEN}
    for day in DAYS:
        identity = machine.emulator.assertion("gitlab")
        env = {f"PARTNER_CENTER_{key}": machine.ansible.environment[f"PARTNER_CENTER_{key}"] for key in SIGN_IN}
        env |= {
            "PARTNER_CENTER_REFRESH_TOKEN": (kept / job["environment"]["name"]).read_text(),
            "PARTNER_CENTER_CLIENT_ASSERTION": identity,
            "SECRETS_WRITER": TOKEN,
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_PROJECT_ID": "5",
            "CI_BUILDS_DIR": str(builds),
        }
        done = machine.shell("\n".join([*job["script"], *job["after_script"]]), env)
        assert done.returncode == 0, f"day {day}: {done.stderr}"
        printed += done.stdout + done.stderr
        secrets |= {identity, *(path.read_text() for path in kept.iterdir())}
        assert header.read_text() == f"PRIVATE-TOKEN: {TOKEN}\n" and not (builds / "token").exists()
        machine.emulator.advance(40 * 86400)
    machine.emulator.advance(-20 * 86400)
    calls = machine.calls("curl")
    assert {call.rpartition("=")[2] for call in calls} == readers == {path.name for path in kept.iterdir()}
    assert len(calls) == len(readers) * len(DAYS) == 9 and all(
        "/projects/5/variables/PARTNER_CENTER_REFRESH_TOKEN?filter%5Benvironment_scope%5D=" in call for call in calls
    )
    for secret in secrets:
        assert secret not in printed + " ".join(calls)
    (new,) = {path.read_text() for path in kept.iterdir()}
    assert_only_the_new_one_works(machine, new)


DAYS = (0, 40, 80)
"""On which the token is renewed. A hundred days after the beginning, that of the beginning is dead."""


def assert_only_the_new_one_works(machine: Machine, new: str) -> None:
    works, dead = (
        machine.ansible.module("customer_info", env={"PARTNER_CENTER_REFRESH_TOKEN": token})
        for token in (new, REFRESH_TOKEN)
    )
    assert works["customers"] and dead["failed"] and dead["failure"]["error_class"] == "expired"


@pytest.fixture
def machine(ansible: Runner, emulator: t.Any, tmp_path: Path) -> Machine:
    return Machine(ansible, emulator, tmp_path)


def test_a_change_goes_its_way_from_the_comment_to_the_customer(machine: Machine, emulator: t.Any) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=onboarding", "-keyout", "key.pem", "-out", "onboarding.pem"],
        cwd=machine.work, capture_output=True, check=True,
    )  # fmt: skip
    machine.stand_in(
        "gh",
        f'cp "${{@: -1}}" "{machine.directory}/comment.md"; printf %s "$GH_TOKEN $GH_REPO" > "{machine.directory}/gh"',
    )
    status, output = machine.github("plan")
    assert status == 0 and writes(emulator) == [], output
    assert machine.calls("gh") == ["pr comment 7 --edit-last --create-if-none --body-file reconcile-output/report.md"]
    assert (machine.directory / "gh").read_text() == f"{TOKEN} northwind/customers"
    comment = (machine.directory / "comment.md").read_text()
    assert "Adele Stone" in comment and "**1 to create, 1 to update**" in comment and len(comment) < 65536
    assert machine.calls("python") == ["-m pip install --requirement requirements.txt"]
    assert machine.calls("ansible-galaxy") == ["collection install --requirements-file requirements.yml"]

    status, told = machine.github("apply")
    assert status == 0 and "applied: 1 created, 1 updated" in told and len(writes(emulator)) == 2, told
    kept = GITHUB["jobs"]["apply"]["steps"][-1]["with"]["path"].split()
    assert kept == ["reconcile-output/", "credentials.jsonl"] and all((machine.work / name).exists() for name in kept)
    credentials = (machine.work / "credentials.jsonl").read_text()
    assert '"cms"' in credentials and '"password"' not in credentials

    # Another night: nothing differs, until somebody changes something by hand.
    status, quiet = machine.gitlab("drift")
    assert status == 0 and "RECONCILE_CHANGED=0" in (machine.work / "reconcile-output" / "reconcile.env").read_text(), (
        quiet
    )
    assert len(writes(emulator)) == 2

    everything = (
        output + told + quiet + "".join(path.read_text() for path in (machine.work / "reconcile-output").iterdir())
    )
    assert not [value for value in (SECRET, REFRESH_TOKEN, TOKEN, "eyJ") if value in everything]


PLAYED = 'mkdir -p reconcile-output; echo "# Report" > reconcile-output/report.md; exit {status}'


@pytest.mark.parametrize("status", [0, 2])
def test_gitlab_comments_however_the_plan_ends(machine: Machine, status: int) -> None:
    machine.stand_in("ansible-playbook", PLAYED.format(status=status))
    machine.stand_in("curl", f'cat > "{machine.directory}/header"')
    ended, output = machine.gitlab("plan")
    assert ended == status, output
    (call,) = machine.calls("curl")
    assert call.endswith(
        " --header @- --data-urlencode body@reconcile-output/report.md https://gitlab.example/api/v4/projects/5/merge_requests/7/notes"
    )
    assert (
        "--fail" in call
        and TOKEN not in call
        and (machine.directory / "header").read_text() == f"PRIVATE-TOKEN: {TOKEN}\n"
    )


def test_a_plan_without_a_report_fails_and_comments_nothing(machine: Machine) -> None:
    machine.stand_in("ansible-playbook", "exit 2")
    machine.stand_in("curl", "")
    machine.stand_in("gh", "")
    assert machine.gitlab("plan")[0] == 2 and machine.github("plan")[0] == 2
    assert machine.calls("curl") == machine.calls("gh") == []


def test_a_comment_that_fails_does_not_look_like_success(machine: Machine) -> None:
    machine.stand_in("ansible-playbook", PLAYED.format(status=0))
    machine.stand_in("curl", "exit 22")
    machine.stand_in("gh", "exit 1")
    assert machine.gitlab("plan")[0] != 0 and machine.github("plan")[0] != 0


def test_drift_fails_and_is_shown(machine: Machine) -> None:
    machine.stand_in("ansible-playbook", PLAYED.format(status=2))
    assert machine.github("drift")[0] == 2 and (machine.directory / "summary.md").read_text() == "# Report\n"


@pytest.mark.parametrize("name", ["apply", "drift"])
def test_gitlab_ends_as_the_playbook_ends(machine: Machine, name: str) -> None:
    machine.stand_in("ansible-playbook", PLAYED.format(status=2))
    assert machine.gitlab(name)[0] == 2 and len(machine.calls("ansible-playbook")) == 1


# AWX

OPTIONS = {
    "execution_environment": {"name", "organization", "image"},
    "credential_type": {"name", "kind", "inputs", "injectors"},
    "credential": {"name", "organization", "credential_type", "inputs", "update_secrets"},
    "project": {"name", "organization", "scm_type", "scm_url", "scm_branch", "scm_update_on_launch", "default_environment"},
    "inventory": {"name", "organization"},
    "inventory_source": {"name", "inventory", "organization", "source", "source_project", "source_path", "credential", "execution_environment", "overwrite",
                         "overwrite_vars", "update_on_launch", "update_cache_timeout"},
    "job_template": {"name", "organization", "job_type", "project", "playbook", "inventory", "credentials", "execution_environment", "diff_mode",
                     "job_slice_count", "extra_vars"},
    "workflow_job_template": {"name", "organization", "webhook_service", "destroy_current_schema", "schema"},
    "schedule": {"name", "unified_job_template", "organization", "rrule"},
}  # fmt: skip
"""Options that the documentation of awx.awx has. A name that is not among them was not looked up."""


def test_awx_gets_what_belongs_together() -> None:
    (play,) = yaml.load((EXAMPLES / "awx" / "setup.yml").read_text(), Unsafe)
    tasks: dict[str, dict[str, t.Any]] = {}
    renewal: dict[str, dict[str, t.Any]] = {}
    for task in play["tasks"]:
        (module,) = [key for key in task if key.startswith("awx.awx.")]
        kind_of = module.removeprefix("awx.awx.")
        of_renewal = task[module].get("name", "").startswith(("Customers - renew", "Customers - every week"))
        (renewal if of_renewal else tasks)[kind_of] = task
        assert set(task[module]) <= OPTIONS[kind_of], module
    assert set(tasks) == set(OPTIONS) and set(renewal) == {"credential", "job_template", "schedule"}

    def options(name: str) -> dict[str, t.Any]:
        return tasks[name][f"awx.awx.{name}"]

    kind, credential = options("credential_type"), options("credential")
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert {name for name, field in fields.items() if field.get("secret")} == {"client_secret", "refresh_token"}
    assert set(kind["inputs"]["required"]) <= set(fields)
    assert set(credential["inputs"]) == set(kind["inputs"]["required"]) and tasks["credential"]["no_log"] is True
    injected = kind["injectors"]["env"]
    assert set(injected) == {f"PARTNER_CENTER_{name}" for name in (*SIGN_IN, "CLIENT_SECRET")} | {
        "CREDENTIALS_DIRECTORY"
    }
    assert set(re.findall(r"\{\{ (\w+)", " ".join(injected.values()))) == set(fields)
    prompted = {item["name"]: item.get("private", True) for item in play["vars_prompt"]}
    assert [name for name, private in prompted.items() if private] == [
        "partner_client_secret",
        "partner_refresh_token",
        "renewal_token",
    ]

    # Names lead to what the tasks before have made.
    image, project, hosts = (options(name)["name"] for name in ("execution_environment", "project", "inventory"))
    source, jobs, schedule = options("inventory_source"), options("job_template"), options("schedule")
    assert source["inventory"] == jobs["inventory"] == hosts and source["source_project"] == jobs["project"] == project
    assert (
        source["credential"] == credential["name"]
        and jobs["credentials"] == [credential["name"]]
        and credential["credential_type"] == kind["name"]
    )
    assert (
        source["execution_environment"]
        == jobs["execution_environment"]
        == options("project")["default_environment"]
        == image
    )
    assert (
        jobs["playbook"] == "users.yml"
        and (EXAMPLES / "slices" / "users.yml").exists()
        and source["source_path"].endswith("customers.yml")
    )
    templates = {item["name"]: item for item in tasks["job_template"]["loop"]}
    kinds = {name: item["job_type"] for name, item in templates.items()}
    assert kinds == {"Customers - plan": "check", "Customers - apply": "run", "Customers - drift": "check"}
    assert schedule["unified_job_template"] == "Customers - drift" and templates["Customers - drift"]["extra_vars"] == {
        "fail_on_drift": True
    }
    nodes = {node["identifier"]: node for node in options("workflow_job_template")["schema"]}
    order = ["plan"]
    while "related" in nodes[order[-1]]:
        (following,) = nodes[order[-1]]["related"]["success_nodes"]
        order.append(following["identifier"])
    assert order == ["plan", "approve", "apply"] == list(nodes)
    assert [nodes[name]["unified_job_template"]["type"] for name in order] == [
        "job_template",
        "workflow_approval",
        "job_template",
    ]
    assert {nodes[name]["unified_job_template"]["name"] for name in ("plan", "apply")} <= set(templates)
    assert play["vars"]["slices"] == 4 and jobs["job_slice_count"] == "{{ slices }}"

    # The renewal is a job of its own, and is the only one that can reach the controller.
    job, writer = renewal["job_template"]["awx.awx.job_template"], renewal["credential"]["awx.awx.credential"]
    assert job["credentials"] == [credential["name"], writer["name"]] and renewal["credential"]["no_log"] is True
    assert job["playbook"] == "renew.yml" and job["execution_environment"] == image and job["project"] == project
    assert renewal["schedule"]["awx.awx.schedule"]["unified_job_template"] == job["name"]
    assert "FREQ=WEEKLY" in renewal["schedule"]["awx.awx.schedule"]["rrule"]


CREDENTIAL = """
from ansible.module_utils.basic import AnsibleModule
import json, os
spec = {name: {} for name in %r}
spec.update(inputs={"type": "dict", "no_log": True}, update_secrets={"type": "bool", "no_log": False})
module = AnsibleModule(spec)
with open(os.environ["AWX_STORE"], "w") as file:
    json.dump(module.params, file)
module.exit_json(changed=True)
"""


def injected(text: str, inputs: t.Mapping[str, str]) -> str:
    """A template of the controller, with the inputs of a credential."""
    return re.sub(r"\{\{ (\w+).*? \}\}", lambda match: inputs.get(match[1], ""), text)


def test_awx_renews_the_token_in_its_credential(machine: Machine, tmp_path: Path) -> None:
    """As the controller does it: what the credential injects is the environment of each job."""
    (setup,) = yaml.load((EXAMPLES / "awx" / "setup.yml").read_text(), Unsafe)
    (kind,) = [task["awx.awx.credential_type"] for task in setup["tasks"] if "awx.awx.credential_type" in task]
    modules = tmp_path / "collections/ansible_collections/awx/awx/plugins/modules"
    modules.mkdir(parents=True)
    (modules / "credential.py").write_text(CREDENTIAL % sorted(OPTIONS["credential"]))
    (machine.work / "renew.yml").write_text((EXAMPLES / "awx" / "renew.yml").read_text())
    store, temporary = tmp_path / "store", tmp_path / "tmp"
    temporary.mkdir()
    known = machine.ansible.environment
    inputs = {
        "tenant_id": known["PARTNER_CENTER_TENANT_ID"],
        "client_id": known["PARTNER_CENTER_CLIENT_ID"],
        "client_secret": SECRET,
        "refresh_token": REFRESH_TOKEN,
    }
    printed, secrets = "", {SECRET, REFRESH_TOKEN}
    for day in DAYS:
        if day == DAYS[-1]:
            inputs["credentials_directory"] = "/srv/passwords"

        env = {name: injected(text, inputs) for name, text in kind["injectors"]["env"].items()}
        env |= {"AWX_STORE": str(store), "TMPDIR": str(temporary)}
        env["ANSIBLE_COLLECTIONS_PATH"] = f"{tmp_path}/collections:{machine.ansible.env()['ANSIBLE_COLLECTIONS_PATH']}"
        done = machine.shell("ansible-playbook renew.yml -vvv", env)
        assert done.returncode == 0, f"day {day}: {done.stdout}{done.stderr}"
        printed += done.stdout + done.stderr
        written = json.loads(store.read_text())
        assert written["update_secrets"] and written["name"] == written["credential_type"] == "Partner Center"
        # What is written replaces everything, so it has to be everything.
        assert {**written["inputs"], "refresh_token": ""} == {**inputs, "refresh_token": ""}
        assert not list(temporary.rglob("token"))
        inputs = written["inputs"]
        secrets.add(inputs["refresh_token"])
        machine.emulator.advance(40 * 86400)
    machine.emulator.advance(-20 * 86400)
    assert len(secrets) == 2 + len(DAYS) and not [secret for secret in secrets if secret in printed]
    assert_only_the_new_one_works(machine, inputs["refresh_token"])


def test_the_play_of_awx_tells_about_drift() -> None:
    """The rest of users.yml runs in the test of the slices."""
    (play,) = yaml.safe_load((EXAMPLES / "slices" / "users.yml").read_text())
    last = play["tasks"][-1]
    assert MODULE + "customer_users" in play["tasks"][-2] and "ansible.builtin.fail" in last
    assert json.dumps(last["when"]) == json.dumps(
        "ansible_check_mode and fail_on_drift | default(false) | bool and outcome is changed"
    )
