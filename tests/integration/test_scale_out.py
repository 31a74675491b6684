"""Slices on ansible-runner, each in a worker process of its own: the guide as it is written, compared with one run of one task."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from hypothesis import given
from hypothesis import strategies as st
from support import documentation
from support.documentation import ROOT
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM, REFRESH_TOKEN, SECRET
from .scenes import writes

PAGE = "docs/scale-out.md"
EXAMPLES = ROOT / "docs" / "examples"
ALL, REPEAT = (
    block.text for block in documentation.blocks("sh") if block.page == PAGE and "ansible-runner" in block.text
)
CUSTOMERS = {
    "contoso": CONTOSO,
    "fabrikam": FABRIKAM,
    "contosopharma": "3e7c8c74-2e80-4b20-8b5f-8f3d9c4b1d03",
    "adatum": "4f6d9d85-3f91-4c31-9c60-904ead5c2e04",
    "evil": "00000000-0000-4000-8000-00000000e711",
}
MANY = 40
"""Users of Adatum: more than are sent at the same time, so that a kill comes before the last of them."""
SECONDS = 240


def declared(name: str) -> dict[str, t.Any]:
    numbers = range(MANY if name == "adatum" else 3)
    rows = [
        {"user_principal_name": f"new{number}@{name}.onmicrosoft.com", "display_name": f"New {{{{ {number} }}}}"}
        for number in numbers
    ]
    return {"customer_id": CUSTOMERS[name], "defaults": {"usage_location": "US"}, "users": rows}


class Site:
    """A directory as the guide describes it, and workers that sign in with files."""

    def __init__(self, runner: Runner, directory: Path, state: Path) -> None:
        self.directory = directory
        for name in ("cut.py", "users.yml", "report.yml"):
            shutil.copy(EXAMPLES / "slices" / name, directory)
        (directory / "customers.yml").write_text(f"plugin: {MODULE}customers\n")
        for name in CUSTOMERS:
            path = directory / "tenants" / f"{name}.onmicrosoft.com" / "users.yml"
            path.parent.mkdir(parents=True)
            path.write_text(yaml.safe_dump(declared(name), sort_keys=False))
        (directory / "credentials").mkdir()
        token = directory / "refresh-token"
        token.write_text(REFRESH_TOKEN)
        token.chmod(0o600)
        self.env = runner.env(
            # ansible-runner is in the development environment, and takes the ansible-playbook that comes first.
            PATH=f"{runner.bin}:{Path(sys.executable).parent}:/usr/bin:/bin",
            RECORD_FILE="/dev/null",
            ANSIBLE_CALLBACKS_ENABLED=None,
            PARTNER_CENTER_CLIENT_SECRET=None,
            PARTNER_CENTER_REFRESH_TOKEN=None,
            AZURE_PACK_ACCESS_TOKEN=None,
            PARTNER_CENTER_CLIENT_CERTIFICATE_PATH=str(state / "client.pem"),
            PARTNER_CENTER_REFRESH_TOKEN_FILE=str(token),
            CREDENTIALS_DIRECTORY=str(directory / "credentials"),
        )

    def shell(self, script: str, **popen: t.Any) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=self.directory, env=self.env, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    def report(self) -> dict[str, t.Any]:
        return json.loads((self.directory / "slices" / "report.json").read_text())


@pytest.fixture
def site(ansible: Runner, running: t.Any, emulator: t.Any, tmp_path: Path) -> Site:
    fresh(emulator)
    return Site(ansible, tmp_path, Path(running.info["ca_path"]).parent)


def fresh(emulator: t.Any) -> None:
    emulator.reset()
    emulator.add_customers(
        {"id": CUSTOMERS["evil"], "company_name": "{{ 7 * 7 }}", "domain": "evil.onmicrosoft.com", "users": []}
    )


def state(emulator: t.Any) -> dict[str, list[tuple[t.Any, ...]]]:
    kept = ("user_principal_name", "display_name", "usage_location", "state")
    return {
        name: sorted(tuple(user[key] for key in kept) for user in emulator.users(customer_id))
        for name, customer_id in CUSTOMERS.items()
    }


def told(report: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """What a report says about users, without what is new in every run: ids that the service made up, and which run it was."""
    text = json.dumps(report["users"], sort_keys=True)
    text = re.sub(
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        lambda match: match[0] if match[0] in CUSTOMERS.values() else "ID",
        text,
    )
    users = [
        {key: value for key, value in user.items() if key not in ("run", "index", "source")}
        for user in json.loads(text)
    ]
    return sorted(users, key=lambda user: user["user_principal_name"])


@pytest.mark.thorough
def test_four_slices_do_what_one_run_does(site: Site, ansible: Runner, emulator: t.Any) -> None:
    count = MANY + 3 * 4
    query = f"{{{{ query('tenantops.partner_center.declarations', '{site.directory}/tenants') }}}}"
    once = ansible.module("customer_users", customers=query, credentials_file=str(site.directory / "once.jsonl"))
    assert once["changed"] and len(once["rows"]) == count
    expected, wanted = json.loads(to_report(once, "json")), state(emulator)

    fresh(emulator)
    done = site.shell(ALL)
    assert done.returncode == 0 and "6 hosts in 4 slices: 2, 2, 1, 1" in done.stdout, done.stdout + done.stderr
    report = site.report()
    assert state(emulator) == wanted and told(report) == told(expected)
    created = [entry["body"]["userPrincipalName"] for entry in writes(emulator)]
    shown = [user["user_principal_name"] for user in report["users"]]
    assert len(created) == len(set(created)) == count and sorted(shown) == sorted(created), "no user twice"
    assert report["summary"] == expected["summary"], report["summary"]
    # A worker each, and their passwords where they stay.
    assert (
        len(list(site.directory.glob("slices/*/artifacts/rc"))) == 4
        and len(list((site.directory / "credentials").iterdir())) == 5
    )
    lines = [
        json.loads(line)
        for path in (site.directory / "credentials").iterdir()
        for line in path.read_text().splitlines()
    ]
    secrets = {SECRET, REFRESH_TOKEN, "eyJ", *(line["password"] for line in lines if line.get("password"))}
    assert len(secrets) > count
    for path in site.directory.glob("slices/**/*"):
        assert not path.is_file() or not [value for value in secrets if value in path.read_text(errors="replace")], path


@pytest.mark.thorough
def test_a_slice_that_was_killed_is_repeated(site: Site, emulator: t.Any) -> None:
    values = {
        "partner_center_customer_id": CUSTOMERS["adatum"],
        "partner_center_customer_domain": "adatum.onmicrosoft.com",
        "ansible_connection": "local",
    }
    listed = {
        "customers": {"hosts": ["adatum.onmicrosoft.com"]},
        "_meta": {"hostvars": {"adatum.onmicrosoft.com": values}},
    }
    (site.directory / "listed").write_text(json.dumps(listed))
    prepare = 'python3 cut.py 1 slices < listed; slice=slices/1; mkdir "$slice/project"; cp -r users.yml tenants "$slice/project"; '
    assert (
        site.shell(prepare + 'ansible-runner transmit "$slice" --playbook users.yml --omit-env-files > job').returncode
        == 0
    )
    # Slow enough that the first answer to a write comes long before the last write is sent.
    emulator.fault("latency", {"server": "api", "method": "POST"}, seconds=2, times=None)
    command = [str(Path(sys.executable).parent / "ansible-runner"), "worker"]
    with (site.directory / "job").open() as job, (site.directory / "outcome").open("w") as outcome:
        worker = subprocess.Popen(
            command, cwd=site.directory, env=site.env, stdin=job, stdout=outcome, stderr=subprocess.STDOUT
        )
        until(lambda: writes(emulator), "a write")
        family = descendants(worker.pid)
        for pid in (worker.pid, *family):
            signal_if_there(pid)
        worker.wait()
    until(lambda: not [pid for pid in family if alive(pid)], "the end of what the worker had started")
    emulator.clear_faults()
    rows = sorted(row["user_principal_name"] for row in declared("adatum")["users"])
    assert 0 < len(new_users(emulator)) < len(rows)
    site.shell("ansible-runner process slices/1 < outcome")
    early = site.shell("ansible-playbook report.yml")
    assert early.returncode != 0 and "1 slices, of which 0 came to their end" in early.stdout, early.stdout
    compared = site.shell("ansible-playbook -i slices/1/inventory/hosts users.yml --check -e fail_on_drift=true")
    assert compared.returncode == 2 and "users differ from what is declared" in compared.stdout, compared.stdout

    done = site.shell(REPEAT)
    assert done.returncode == 0, done.stdout + done.stderr
    report = site.report()
    assert sorted(user["user_principal_name"] for user in report["users"]) == rows == new_users(emulator)
    assert {user["status"] for user in report["users"]} == {"ok", "changed"}


def new_users(emulator: t.Any) -> list[str]:
    names = (user["user_principal_name"] for user in emulator.users(CUSTOMERS["adatum"]) if user["state"] == "active")
    return sorted(name for name in names if name.startswith("new"))


def until(condition: t.Callable[[], t.Any], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def descendants(pid: int) -> list[int]:
    """Processes that this one has started, and theirs. What ends meanwhile is left out."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in path.read_text().split()]
        except OSError:
            continue
        found += [one for child in children for one in (child, *descendants(child))]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def signal_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


# The cut


def cutter() -> t.Any:
    spec = importlib.util.spec_from_file_location("cut", EXAMPLES / "slices" / "cut.py")
    module = importlib.util.module_from_spec(t.cast(t.Any, spec))
    t.cast(t.Any, spec).loader.exec_module(module)
    return module


def inventory(hosts: t.Iterable[str]) -> dict[str, t.Any]:
    names = list(hosts)
    return {
        "_meta": {"hostvars": {name: {"x": name} for name in names}, "profile": "inventory_legacy"},
        "all": {"children": ["ungrouped", "customers", "odd"]},
        "customers": {"hosts": names, "vars": {"a": 1}},
        "odd": {"hosts": names[::2]},
    }


@given(st.lists(st.text("abcxyz.-0", min_size=1, max_size=6), unique=True, min_size=1, max_size=30), st.integers(1, 9))
def test_every_host_is_in_one_slice_by_the_rule_of_awx(hosts: list[str], count: int) -> None:
    module = cutter()
    slices = [module.cut(inventory(hosts), number, count) for number in range(1, count + 1)]
    for position, name in enumerate(sorted(hosts)):
        assert [name in made["customers"]["hosts"] for made in slices] == [
            number == position % count for number in range(count)
        ]
    for made in slices:
        assert (
            set(made["_meta"]["hostvars"]) == set(made["customers"]["hosts"])
            and made["_meta"]["profile"] == "inventory_legacy"
        )
        assert set(made["odd"]["hosts"]) == set(made["customers"]["hosts"]) & set(hosts[::2]) and made["customers"][
            "vars"
        ] == {"a": 1}


@pytest.mark.parametrize(
    ("words", "given_inventory", "said"),
    [
        (["0", "slices"], {}, "usage:"),
        (["4"], {}, "usage:"),
        (["4", "slices"], {}, "no hosts"),
        (["4", "."], inventory("a"), "exists already"),
    ],
)
def test_a_cut_that_cannot_be_meant(
    tmp_path: Path, words: list[str], given_inventory: dict[str, t.Any], said: str
) -> None:
    command = [sys.executable, str(EXAMPLES / "slices" / "cut.py"), *words]
    done = subprocess.run(
        command, cwd=tmp_path, input=json.dumps(given_inventory), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0 and said in done.stderr and not list(tmp_path.iterdir())


# The execution environment


def test_the_image_gets_the_collection_and_what_it_needs(tmp_path: Path) -> None:
    builder = str(Path(sys.executable).parent / "ansible-builder")
    definition = EXAMPLES / "execution-environment" / "execution-environment.yml"
    subprocess.run(
        [builder, "create", "--file", str(definition), "--context", str(tmp_path / "context")],
        capture_output=True,
        check=True,
    )
    (containerfile,) = [path for name in ("Containerfile", "Dockerfile") for path in (tmp_path / "context").glob(name)]
    asked = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text())
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert [item["name"] for item in asked["collections"]] == [f"{version['namespace']}.{version['name']}"]
    text = containerfile.read_text()
    for words in (
        "ansible-galaxy collection install",
        "introspect",
        "ansible-core>=2.16",
        "ansible-runner>=2.4",
        "almalinux:10",
    ):
        assert words in text
    shown = subprocess.run(
        [builder, "introspect", os.environ["ANSIBLE_COLLECTIONS_PATH"]], capture_output=True, text=True, check=True
    )
    needed = yaml.safe_load(shown.stdout)
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    for line in (line for line in lines if line and not line.startswith("#")):
        assert any(
            line.replace(">=", "") in str(found).replace(">=", "").replace(" ", "") for found in needed["python"]
        ), needed
