"""What declaring 100 users of a Windows Azure Pack costs at 100 ms latency, against a bare HTTP client that sends the same requests at the same parallelism.

PYTHONPATH=tests python tests/bench/azure_pack.py [--repeat N]      (part of make bench)
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

USERS, LATENCY, PARALLEL = 100, 100, 8


def bare(path: str) -> None:
    """The limit: for each user a read and a write, PARALLEL users at a time. ``path``: JSON {ca, url, token, names}."""
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    session = requests.Session()
    session.trust_env = False
    session.verify = job["ca"]
    session.headers["Authorization"] = f"Bearer {job['token']}"
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))

    def create(name: str) -> None:
        assert session.get(f"{job['url']}/users/{name}").status_code == 404
        session.post(f"{job['url']}/users", json={"Name": name, "Email": name, "State": 1}).raise_for_status()

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        list(pool.map(create, job["names"]))


def main(repeat: int = 3) -> None:
    tests = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(tests))
    import conftest  # makes the checkout importable as a collection
    from emulator import launch
    from support.playbooks import MODULE, Runner

    assert conftest
    names = [f"user{number:03d}@bench.example" for number in range(USERS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, launch.start(Path(scratch, "emulator")) as emulator:
        job = {
            "ca": emulator.info["ca_path"],
            "url": emulator.info["azure_pack_admin_url"],
            "token": emulator.control.azure_pack.token(expires_in=86400),
            "names": names,
        }
        path = Path(scratch, "job.json")
        path.write_text(json.dumps(job))
        runner = Runner(
            {
                "AZURE_PACK_ENDPOINT": job["url"],
                "AZURE_PACK_CA_PATH": job["ca"],
                "AZURE_PACK_ACCESS_TOKEN": job["token"],
            }
        )
        task = {
            "name": "Users",
            MODULE + "azure_pack_users": {"users": [{"name": name} for name in names], "max_parallel": PARALLEL},
        }

        def play(tasks: list[dict[str, t.Any]]) -> None:
            done = runner.tasks(tasks)
            if done.rc != 0:
                sys.exit(done.output[-3000:])

        def timed(action: t.Callable[[], t.Any]) -> float:
            emulator.control.reset()
            emulator.control.set(latency_ms=LATENCY)
            started = time.perf_counter()
            action()
            return time.perf_counter() - started

        scenarios: dict[str, t.Callable[[], t.Any]] = {
            "empty play": lambda: play([{"name": "Nothing", "ansible.builtin.meta": "noop"}]),
            "bare client": lambda: subprocess.run([sys.executable, __file__, "--bare", str(path)], check=True),
            "azure_pack_users": lambda: play([task]),
        }
        times: dict[str, list[float]] = {name: [] for name in scenarios}
        for _number in range(repeat):
            for name, action in scenarios.items():
                times[name].append(timed(action))
        sent = len(emulator.control.azure_pack.log())
        print(
            f"\n{USERS} creates in Windows Azure Pack, {LATENCY} ms latency, {PARALLEL} at a time; median of {repeat}"
        )
        for name, values in times.items():
            print(
                f"{name:42}{statistics.median(values):9.2f}"
                + (f"    {sent} requests" if name == "azure_pack_users" else "")
            )
        assert sent == 2 * USERS, "a read and a write for each user"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--bare")
    arguments = parser.parse_args()
    if arguments.bare:
        bare(arguments.bare)
    else:
        main(arguments.repeat)
