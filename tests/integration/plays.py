"""Runs of the playbooks, and how they end."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from support.playbooks import MODULE, PlaybookRun, Runner

from .conftest import CONTOSO

ALEX = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e02"


INES = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e06"


class Play:
    """Runs the playbooks with variables; where no place is given, files go to one directory."""

    def __init__(self, ansible: Runner, directory: Path) -> None:
        self.ansible = ansible
        self.directory = directory

    def __call__(
        self,
        *names: str,
        check: bool = False,
        extra: t.Sequence[str] = (),
        env: t.Mapping[str, str] | None = None,
        **variables: t.Any,
    ) -> PlaybookRun:
        """Several names are one run of ansible-playbook, one after the other."""
        first = [MODULE + name for name in names[:-1]]
        return self.ansible.playbook(
            MODULE + names[-1], check=check, env=env, extra=["-e", json.dumps(variables), *extra, *first]
        )

    def file(self, name: str, content: t.Any) -> str:
        path = self.directory / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(
            content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        )
        return str(path)

    def path(self, name: str) -> str:
        return str(self.directory / name)


def endings(done: PlaybookRun) -> list[str]:
    """The last line of each playbook, which is for a person."""
    records = [item for item in done.records if item["task"].startswith("End with") and "msg" in item["result"]]
    assert done.rc in (0, 2) and [item["kind"] == "failed" for item in records] == [False] * (len(records) - 1) + [
        done.rc == 2
    ], done.output
    return [str(item["result"]["msg"]) for item in records]


def ending(done: PlaybookRun, *, middle: bool = False) -> str:
    """The same of one playbook. :param middle: it ended before its last task, with a failure of another one."""
    if middle:
        assert done.rc == 2, done.output
        return [str(item["result"]["msg"]).strip() for item in done.records if item["kind"] == "failed"][-1]
    (said,) = endings(done)
    return said


def snapshot(emulator: t.Any, customer_id: str = CONTOSO) -> dict[str, t.Any]:
    """All users as the service keeps them, without times; roles are a set."""
    users = emulator.users(customer_id)
    return {
        item["id"]: {**{key: value for key, value in item.items() if "time" not in key}, "roles": sorted(item["roles"])}
        for item in users
    }
