"""A directory with an inventory of customers."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import yaml
from support.playbooks import MODULE, Runner


class Place:
    """A directory with an inventory file, and the commands of Ansible in it."""

    def __init__(self, ansible: Runner, directory: Path) -> None:
        self.ansible = ansible
        self.directory = directory
        self.file = directory / "customers.yml"
        self.env: dict[str, str | None] = {}

    def write(self, content: t.Any = None, /, **options: t.Any) -> None:
        document = {"plugin": MODULE + "customers", **options}
        self.file.write_text(
            content if isinstance(content, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True),
            encoding="utf-8",
        )

    def call(self, program: str, *words: str, **env: str | None) -> subprocess.CompletedProcess[str]:
        command = [str(self.ansible.bin / program), "-i", str(self.file), *words]
        variables = self.ansible.env(**{"RECORD_FILE": "/dev/null", **self.env, **env})
        return subprocess.run(
            command, cwd=self.directory, env=variables, capture_output=True, text=True, timeout=120, check=False
        )

    def hosts(self, *words: str, **env: str | None) -> dict[str, dict[str, t.Any]]:
        """The variables of all hosts, with everything that is no customer's own."""
        listed = self.listed(*words, **env)
        return {
            name: {key: plain(value) for key, value in variables.items()}
            for name, variables in listed["_meta"]["hostvars"].items()
        }

    def listed(self, *words: str, **env: str | None) -> dict[str, t.Any]:
        done = self.call("ansible-inventory", "--list", *words, **env)
        assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
        return json.loads(done.stdout)

    def refusal(self, *words: str, **env: str | None) -> str:
        """What is said when there is no inventory, on one line, at the highest verbosity."""
        done = self.call(
            "ansible-inventory", "--list", "-vvvv", *words, **env, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true"
        )
        assert done.returncode != 0 and "hostvars" not in done.stdout, done.stdout
        return " ".join((done.stdout + done.stderr).split())


def plain(value: t.Any) -> t.Any:
    return value["__ansible_unsafe"] if isinstance(value, dict) and set(value) == {"__ansible_unsafe"} else value
