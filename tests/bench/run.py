"""What declaring one user costs, against an empty play and against what people do today with ansible.builtin.uri.

    make bench        (or: PYTHONPATH=tests python tests/bench/run.py [--repeat N])

Everything is measured in one run on one machine against the emulator; only the ratios mean something elsewhere. The number of requests is taken from the
emulator's log.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import sys
import tempfile
import time
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)
import sign_in  # noqa: E402
from emulator import launch  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

CUSTOMER = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
LATENCIES = (0, 100)


def environment(info: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {
        "PARTNER_CENTER_API_URL": info["api_url"],
        "PARTNER_CENTER_AUTHORITY_HOST": info["authority_host"],
        "PARTNER_CENTER_CA_PATH": info["ca_path"],
        "PARTNER_CENTER_TENANT_ID": info["tenant_id"],
        "PARTNER_CENTER_CLIENT_ID": info["client_id"],
        "PARTNER_CENTER_CLIENT_SECRET": "emulator-client-secret",
        "PARTNER_CENTER_REFRESH_TOKEN": "emulator-refresh-token",
    }


def uri_tasks(info: t.Mapping[str, t.Any], upn: str) -> list[dict[str, t.Any]]:
    """The same by hand: sign in, list the users, compare, (not) write."""
    common = {"ca_path": info["ca_path"], "return_content": True}
    return [
        {
            "name": "Sign in",
            "ansible.builtin.uri": {
                **common,
                "url": f"{info['authority_host']}/{info['tenant_id']}/oauth2/v2.0/token",
                "method": "POST",
                "body_format": "form-urlencoded",
                "body": {
                    "grant_type": "refresh_token",
                    "client_id": info["client_id"],
                    "client_secret": "emulator-client-secret",
                    "refresh_token": "emulator-refresh-token",
                    "scope": "https://api.partnercenter.microsoft.com/user_impersonation",
                },
            },
            "register": "token",
        },
        {
            "name": "List",
            "ansible.builtin.uri": {
                **common,
                "url": f"{info['api_url']}/v1/customers/{CUSTOMER}/users?size=500",
                "headers": {"Authorization": "Bearer {{ token.json.access_token }}"},
            },
            "register": "page",
        },
        {
            "name": "Compare",
            "ansible.builtin.set_fact": {
                "found": "{{ ((page.content | regex_replace('^\\ufeff', '')) | from_json)['items']"
                " | selectattr('userPrincipalName', 'equalto', '" + upn + "') | first }}"
            },
        },
        {
            "name": "Write",
            "ansible.builtin.uri": {
                **common,
                "url": f"{info['api_url']}/v1/customers/{CUSTOMER}/users/{{{{ found.id }}}}",
                "method": "PATCH",
                "body_format": "json",
                "body": {"displayName": "x"},
                "headers": {"Authorization": "Bearer {{ token.json.access_token }}"},
            },
            "when": "found.displayName != found.displayName",
        },
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, launch.start(Path(scratch, "emulator")) as emulator:
        runner = Runner(environment(emulator.info))
        users = sorted(
            (item for item in emulator.control.users(CUSTOMER) if item["state"] == "active"),
            key=lambda item: item["user_principal_name"],
        )
        last = users[-1]
        user = {"customer_id": CUSTOMER}
        scenarios = {
            "empty play": [{"name": "Nothing", "ansible.builtin.meta": "noop"}],
            "customer_user by id, unchanged": [
                {"name": "User", MODULE + "customer_user": {**user, "user_id": last["id"]}}
            ],
            "customer_user by name, unchanged": [
                {"name": "User", MODULE + "customer_user": {**user, "user_principal_name": last["user_principal_name"]}}
            ],
            "ansible.builtin.uri, the same by hand": uri_tasks(emulator.info, last["user_principal_name"]),
        }
        core = importlib.metadata.version("ansible-core")
        print(
            f"ansible-core {core}, msal {importlib.metadata.version('msal')}, Python {platform.python_version()}, {os.cpu_count()} cores; "
            f"{len(users)} active users; median of {repeat} runs"
        )
        for latency in LATENCIES:
            emulator.control.set(latency_ms=latency)
            print(f"\n{latency} ms latency for each API request")
            print(f"{'':42}{'seconds':>9}{'of uri':>9}{'sign-in':>9}{'API':>6}")
            measured: dict[str, tuple[float, int, int]] = {}
            for name, tasks in scenarios.items():
                times = []
                for _number in range(repeat):
                    emulator.control.clear_log()
                    started = time.perf_counter()
                    done = runner.tasks(tasks)
                    times.append(time.perf_counter() - started)
                    if done.rc != 0:
                        sys.exit(done.output)
                log = emulator.control.log()
                measured[name] = (
                    statistics.median(times),
                    sum(e["server"] == "login" for e in log),
                    sum(e["server"] == "api" for e in log),
                )
            slowest = measured["ansible.builtin.uri, the same by hand"][0]
            for name, (seconds, logins, calls) in measured.items():
                print(f"{name:42}{seconds:9.2f}{seconds / slowest:9.2f}{logins:9}{calls:6}")
            assert measured["customer_user by id, unchanged"][2] == 1, "one GET by id"
            assert measured["customer_user by name, unchanged"][2] == -(-len(users) // 500), (
                "one GET for each page by name"
            )
        sign_in.measure(emulator, runner, repeat, CUSTOMER, Path(scratch, "token-cache"))


if __name__ == "__main__":
    main()
    import azure_pack
    import customers
    import licenses
    import life
    import many

    many.main()
    customers.main()
    life.main()
    licenses.main()
    azure_pack.main()
