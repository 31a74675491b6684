"""In place and as modules: all documented examples of modules, and every row of docs/states.md, give the same."""

from __future__ import annotations

import json
import tempfile
import typing as t
from pathlib import Path

from support import documentation
from support.both_ways import WAYS, Seen, differences, seen
from support.playbooks import MODULE, Runner
from support.state_matrix import cases, customer_id, row, seed

from trials.setting import Report, Setting, setting

VARIABLES = {
    "vault_partner_center_client_secret": "emulator-client-secret",
    "vault_partner_center_refresh_token": "emulator-refresh-token",
    "vault_break_glass_password": "Correct-Horse-7-Battery",
    "vault_azure_pack_password": "emulator-adfs-password",
}


def trial(examples: int | None = None, name: str = "both ways") -> Report:
    """:param examples: how many of the examples; all, if not given."""
    report = Report(name)
    with setting() as place:
        for block in documentation.module_examples()[:examples]:
            if "consent:" not in block.text:
                _compare(report, place, block.name, documentation.as_playbook(block.text))
        matrix = [
            {
                "name": case.name,
                MODULE + "customer_user": {"customer_id": customer_id(case), **row(case)},
                "ignore_errors": True,
                "diff": True,
            }
            for case in cases()
        ]
        play = {"hosts": "localhost", "gather_facts": False}
        customers = [seed(case) for case in cases()]
        for check in (True, False):
            tasks = [{**task, "check_mode": check} for task in matrix]
            _compare(report, place, f"docs/states.md, check mode {check}", [{**play, "tasks": tasks}], customers)
    return report


def _compare(
    report: Report, place: Setting, what: str, plays: list[dict[str, t.Any]], customers: t.Sequence[t.Any] = ()
) -> None:
    found: dict[str, Seen] = {}
    for way in WAYS:
        place.control.reset()
        if customers:
            for customer in customers:
                place.control.add_customers(customer)
            place.control.clear_log()
        with tempfile.TemporaryDirectory(dir=place.directory) as scratch:
            found[way] = seen(_run(place.runner, plays, way, Path(scratch)), place.control.log(), Path(scratch))
    missed = differences(*found.values())
    results = len(found[WAYS[0]].results)
    report.target(
        not missed and results > 0, f"{what}: {results} results, {len(missed)} differences {missed[:3] or ''}"
    )


def _run(runner: Runner, plays: list[dict[str, t.Any]], way: str, scratch: Path) -> t.Any:
    text = json.dumps(plays)
    for path in ("/etc/partner-center", "/var/run/secrets/identity"):
        text = text.replace(path, str(scratch))
    (scratch / "refresh-token").write_text("emulator-refresh-token")
    (scratch / "refresh-token").chmod(0o600)
    playbook = scratch / "playbook.yml"
    playbook.write_text(text, encoding="utf-8")
    extra = json.dumps({**VARIABLES, "partner_center_execution": way})
    return runner.playbook(str(playbook), extra=["-e", extra])
