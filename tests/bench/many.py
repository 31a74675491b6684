"""What declaring many users costs: 100 creates at 100 ms latency, and 10,000 users that are as declared already.

Compared in one run: an empty play, a bare HTTP client that sends the same requests at the same parallelism (the limit), customer_users, and two loops over
ansible.builtin.uri: one that only sends the creates and cannot be run twice, and one that does what customer_users does (sign in, read, compare, create), for
each user as a loop does it. Both loops are measured with fewer users and scaled, because they take minutes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)
from emulator import launch  # noqa: E402
from run import environment  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

CUSTOMER = "00000000-0000-4000-8000-0000000000aa"
DOMAIN = "bench.example"
PARALLEL = 8
LOOP = 20
"""Users of the uri loops; their time for 100 is scaled from this."""


def person(number: int) -> dict[str, t.Any]:
    return {
        "user_principal_name": f"user{number:05d}@{DOMAIN}",
        "display_name": f"User {number}",
        "password": f"Bench-Pass-{number:05d}",
    }


def reset(emulator: t.Any, users: int, latency: int) -> None:
    emulator.control.reset()
    rows = [{key: value for key, value in person(number).items() if key != "password"} for number in range(users)]
    emulator.control.add_customers(
        {"id": CUSTOMER, "company_name": "Bench", "domain": DOMAIN, "custom_domains": [DOMAIN], "users": rows}
    )
    emulator.control.set(latency_ms=latency)
    emulator.control.clear_log()


def timed(action: t.Callable[[], t.Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def play(runner: Runner, tasks: list[dict[str, t.Any]]) -> float:
    """Run a play; returns the seconds of ansible-playbook. The playbook is written before, as JSON, which is YAML and takes no time."""
    path = runner.directory / "bench.json"
    path.write_text(json.dumps([{"name": "Bench", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    started = time.perf_counter()
    # Without the callback that the tests read results with: it costs time for each row.
    done = runner.playbook(str(path), timeout=3600, env={"ANSIBLE_CALLBACKS_ENABLED": None})
    seconds = time.perf_counter() - started
    if done.rc != 0:
        sys.exit(done.output[-3000:])
    return seconds


def bare(
    emulator: t.Any,
    requests: list[list[t.Any]],
    scratch: Path,
    chains: t.Sequence[t.Any] = (),
    parallel: int = PARALLEL,
) -> None:
    info = emulator.info
    job = {
        "ca": info["ca_path"],
        "discovery_url": f"{info['authority_host']}/{info['tenant_id']}/v2.0/.well-known/openid-configuration",
        "token_url": f"{info['authority_host']}/{info['tenant_id']}/oauth2/v2.0/token",
        "token_form": {
            "grant_type": "refresh_token",
            "client_id": info["client_id"],
            "client_secret": "emulator-client-secret",
            "refresh_token": "emulator-refresh-token",
            "scope": "https://api.partnercenter.microsoft.com/user_impersonation offline_access openid profile",
        },
        "api": info["api_url"],
        "requests": requests,
        "chains": list(chains),
    }
    path = scratch / "job.json"
    path.write_text(json.dumps(job))
    subprocess.run(
        [sys.executable, str(Path(__file__).parent / "bare_client.py"), str(path), str(parallel)], check=True
    )


def requests_of(emulator: t.Any) -> list[list[t.Any]]:
    """What customer_users sent, from the log; passwords are masked there, so new ones are put in."""
    sent = []
    for number, entry in enumerate(entry for entry in emulator.control.log() if entry["server"] == "api"):
        body = entry["body"]
        if body is not None:
            body = {**body, "passwordProfile": {"password": f"Bench-Pass-{number:05d}"}}
        sent.append([entry["method"], entry["path"], entry["query"], body])
    return sent


def uri_loop(emulator: t.Any, users: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return [
        {
            "name": "Create",
            "ansible.builtin.uri": {
                "url": f"{emulator.info['api_url']}/v1/customers/{CUSTOMER}/users",
                "ca_path": emulator.info["ca_path"],
                "method": "POST",
                "body_format": "json",
                "body": {
                    "userPrincipalName": "{{ item.user_principal_name }}",
                    "displayName": "{{ item.display_name }}",
                    "passwordProfile": {"password": "{{ item.password }}"},
                },
                "headers": {"Authorization": f"Bearer {emulator.control.token()}"},
            },
            "loop": users,
        }
    ]


def careful_loop(emulator: t.Any, users: list[dict[str, t.Any]], scratch: Path) -> list[dict[str, t.Any]]:
    """What a loop has to do to be idempotent, and what people's loops do: sign in, list, compare, and create whom the list does not have."""
    info = emulator.info
    common = {"ca_path": info["ca_path"], "return_content": True}
    url = f"{info['api_url']}/v1/customers/{CUSTOMER}/users"
    bearer = {"Authorization": "Bearer {{ token.json.access_token }}"}
    form = {
        "grant_type": "refresh_token",
        "client_id": info["client_id"],
        "client_secret": "emulator-client-secret",
        "refresh_token": "emulator-refresh-token",
        "scope": "https://api.partnercenter.microsoft.com/user_impersonation",
    }
    sign_in = {
        "url": f"{info['authority_host']}/{info['tenant_id']}/oauth2/v2.0/token",
        "method": "POST",
        "body_format": "form-urlencoded",
        "body": form,
    }
    person_body = {
        "userPrincipalName": "{{ item.user_principal_name }}",
        "displayName": "{{ item.display_name }}",
        "passwordProfile": {"password": "{{ item.password }}"},
    }
    known = "((page.content | regex_replace('^\\ufeff', '')) | from_json)['items'] | map(attribute='userPrincipalName')"
    create = {**common, "url": url, "method": "POST", "body_format": "json", "headers": bearer, "body": person_body}
    tasks = [
        {"name": "Sign in", "ansible.builtin.uri": {**common, **sign_in}, "register": "token"},
        {
            "name": "List",
            "ansible.builtin.uri": {**common, "url": f"{url}?size=500", "headers": bearer},
            "register": "page",
        },
        {"name": "Create", "ansible.builtin.uri": create, "when": f"item.user_principal_name not in {known}"},
    ]
    path = scratch / "careful.json"
    path.write_text(json.dumps(tasks))
    return [{"name": "One user", "ansible.builtin.include_tasks": str(path), "loop": users}]


def report(title: str, seconds: dict[str, float], notes: dict[str, str]) -> None:
    print(f"\n{title}")
    limit = seconds["empty play"] + seconds["bare client"]
    print(f"{'':34}{'seconds':>9}{'of limit':>10}   (limit = empty play + bare client)")
    for name, value in seconds.items():
        print(f"{name:34}{value:9.2f}{value / limit:10.2f}   {notes.get(name, '')}")


def main(repeat: int = 3) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, launch.start(Path(scratch, "emulator")) as emulator:
        runner = Runner(environment(emulator.info))
        empty = [{"name": "Nothing", "ansible.builtin.meta": "noop"}]
        users = [person(number) for number in range(100)]
        task = [
            {
                "name": "Users",
                MODULE + "customer_users": {"customer_id": CUSTOMER, "users": users, "max_parallel": PARALLEL},
            }
        ]

        times: dict[str, list[float]] = {"empty play": [], "bare client": [], "customer_users": []}
        for _number in range(repeat):
            times["empty play"].append(play(runner, empty))
            reset(emulator, 0, 100)
            times["customer_users"].append(play(runner, task))
            sent = requests_of(emulator)
            reset(emulator, 0, 100)
            times["bare client"].append(timed(lambda: bare(emulator, sent, Path(scratch))))
        medians = {name: statistics.median(values) for name, values in times.items()}
        loops = {
            "uri loop, POST only": uri_loop(emulator, users[:LOOP]),
            "uri loop, idempotent": careful_loop(emulator, users[:LOOP], Path(scratch)),
        }
        for name, tasks in loops.items():
            reset(emulator, 0, 100)
            seconds = play(runner, tasks)
            assert len(emulator.control.users(CUSTOMER)) == LOOP, "the loop creates its users"
            medians[name] = medians["empty play"] + (seconds - medians["empty play"]) * 100 / LOOP
        faster = {name: medians[name] / medians["customer_users"] for name in loops}
        report(
            f"100 creates, 100 ms latency, {PARALLEL} at a time; median of {repeat}",
            medians,
            {
                "customer_users": f"{len(sent)} requests",
                **{
                    name: f"scaled from {LOOP} users; customer_users is {ratio:.0f} times faster"
                    for name, ratio in faster.items()
                },
            },
        )

        many = [
            {
                "user_principal_name": person(number)["user_principal_name"],
                "display_name": person(number)["display_name"],
            }
            for number in range(10_000)
        ]
        path = Path(scratch, "users.json")
        path.write_text(json.dumps(many))
        declared = f"{{{{ lookup('ansible.builtin.file', '{path}') | from_json }}}}"
        task = [{"name": "Users", MODULE + "customer_users": {"customer_id": CUSTOMER, "users": declared}}]
        reset(emulator, 10_000, 0)
        unchanged = play(runner, task)
        sent = requests_of(emulator)
        seconds = {
            "empty play": medians["empty play"],
            "bare client": timed(lambda: bare(emulator, sent, Path(scratch))),
            "customer_users": unchanged,
        }
        report("10,000 users as declared already", seconds, {"customer_users": f"{len(sent)} requests = pages of 500"})


if __name__ == "__main__":
    main()
