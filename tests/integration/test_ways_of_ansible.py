"""What makes a task run as a module (another user, another machine, the background) gives the same as the task in place."""

from __future__ import annotations

import json
import os
import shutil
import typing as t
from pathlib import Path

import pytest
from support.both_ways import differences, seen
from support.playbooks import MODULE, PlaybookRun, Runner

from .conftest import CONTOSO
from .scenes import ADELE

PASSWORD = "CANARY-Correct-Horse-7"
OF_ANSIBLE = {
    "_ansible_delegated_vars",
    "ansible_job_id",
    "finished",
    "results_file",
    "started",
    "stdout",
    "stdout_lines",
    "stderr",
    "stderr_lines",
}
SSH = """#!/bin/sh
# In the place of ssh: the last word is the command, and this machine is the other one.
for word; do command="$word"; done
exec /bin/sh -c "$command"
"""
BECOME = '''
from ansible.plugins.become import BecomeBase
DOCUMENTATION = """
name: same_user
short_description: Become the user that one is
options:
  become_user: {description: x, default: x, vars: [{name: ansible_become_user}]}
  become_exe: {description: x, default: x, vars: [{name: ansible_become_exe}]}
  become_flags: {description: x, default: "", vars: [{name: ansible_become_flags}]}
  become_pass: {description: x, vars: [{name: ansible_become_password}]}
"""
class BecomeModule(BecomeBase):
    name = "same_user"
    def build_become_command(self, cmd, shell):
        super().build_become_command(cmd, shell)
        return self._build_success_command(cmd, shell) if cmd else cmd
'''


@pytest.mark.core_differences
def test_become_async_and_another_machine_give_the_same(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    (tmp_path / "become").mkdir()
    (tmp_path / "become" / "same_user.py").write_text(BECOME)
    ssh = tmp_path / "ssh"
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    # Whoever is root may become root again without a password; elsewhere a plugin stands for su, which the front door does not tell from it.
    method = "su" if os.geteuid() == 0 and shutil.which("su") else "same_user"
    bastion = {
        "ansible_connection": "ssh",
        "ansible_ssh_executable": str(ssh),
        "ansible_ssh_transfer_method": "piped",
        "ansible_remote_tmp": str(tmp_path / "remote"),
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "ansible_host": "bastion.example",
    }
    ways: dict[str, dict[str, t.Any]] = {
        "in place": {},
        "async": {"async": 60, "poll": 1},
        "become": {"become": True, "become_method": method},
        "delegate_to, by ssh": {"delegate_to": "bastion"},
        "delegate_to localhost": {"delegate_to": "localhost"},
    }
    task = {
        MODULE + "customer_user": {
            "customer_id": CONTOSO,
            "user_id": ADELE,
            "password": "{{ lookup('env', 'CANARY') }}",
            "update_password": "always",
            "display_name": "Adele Vance",
        },
        "diff": True,
    }  # fmt: skip
    inventory = tmp_path / "hosts.json"
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": local, "bastion": bastion}}}))
    done = ansible.tasks(
        [{"name": "Same", **task, **how} for how in ways.values()],
        verbosity=2,
        extra=["-i", str(inventory)],
        env={
            "ANSIBLE_BECOME_PLUGINS": str(tmp_path / "become"),
            "ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs"),
            "CANARY": PASSWORD,
        },
    )
    assert done.rc == 0 and PASSWORD not in done.output, done.output
    placed = [line.partition(": runs ")[2] for line in done.output.splitlines() if ": runs " in line]
    assert [line.startswith("in place") for line in placed] == [True, False, False, False, True]
    records = [record for record in done.records if record["action"] == MODULE + "customer_user"]
    records = [record for record in records if "requests" in record["result"]]
    assert len(records) == len(ways)
    log = emulator.log()
    share = len(log) // len(ways)
    found = []
    for number, record in enumerate(records):
        result = {key: value for key, value in record["result"].items() if key not in OF_ANSIBLE}
        run = PlaybookRun(0, "", "", [{"result": result}])
        found.append(seen(run, log[number * share : (number + 1) * share], tmp_path / "nothing"))
    assert records[0]["result"]["changed"] and share * len(ways) == len(log)
    for way, other in zip(ways, found):
        assert differences(found[0], other) == [], way
    left = [path for path in (tmp_path / "remote").rglob("*") if path.is_file()]
    assert left == [] and not any(PASSWORD in path.read_text() for path in (tmp_path / "jobs").rglob("*"))
