"""Answers that break HTTP, or never end, after the service has done what was asked.

The module ends in time and in memory, says `unknown` or finds out by reading back, and never calls `failed` what was done.
"""

from __future__ import annotations

import gzip
import itertools
import json
import typing as t
import zlib
from collections import Counter

from trials import answers, forked, proxy, scenes
from trials.setting import Report, setting

TIMEOUT = 2
"""The option `timeout` of the tasks."""
PLENTY = 45.0
"""Seconds in which a task with some requests, each of which may be repeated, has to end. None of the answers below would end by itself."""
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _bomb(level: int = 9) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    parts = [packer.compress(b"[" + b"0," * 500_000) for _number in range(400)]
    return b"".join([*parts, packer.flush()])


def _whole(answer: proxy.Answer, head: bytes) -> bytes:
    return head + f"Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body


def _status(line: bytes) -> t.Callable[[proxy.Answer], proxy.Raw]:
    return lambda answer: proxy.Raw([_whole(answer, b"HTTP/1.1 " + line + b"\r\nContent-Type: application/json\r\n")])


FAULTS: dict[str, t.Callable[[proxy.Answer], proxy.Raw]] = {
    "nothing": lambda _answer: proxy.Raw([]),
    "silence": lambda _answer: proxy.Raw(itertools.repeat(b""), 0.2),
    "half a status line": lambda _answer: proxy.Raw([b"HTTP/1.1 2"]),
    "no status line": lambda _answer: proxy.Raw([b"hello\r\n\r\n"]),
    "a status that is no number": _status(b"abc OK"),
    "100 and no end": lambda _answer: proxy.Raw(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.01),
    "103 before the answer": lambda answer: proxy.Raw([b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", _whole(answer, _OK)]),
    "101": _status(b"101 Switching Protocols"),
    "199": _status(b"199 Strange"),
    "226": _status(b"226 IM Used"),
    "302": lambda answer: proxy.Raw([_whole(answer, b"HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\n")]),
    "308": lambda answer: proxy.Raw([_whole(answer, b"HTTP/1.1 308 Permanent Redirect\r\nLocation: /\r\n")]),
    "304": _status(b"304 Not Modified"),
    "a byte a second": lambda _answer: proxy.Raw((bytes([byte]) for byte in itertools.cycle(_OK)), 0.5),
    "headers without end": lambda _answer: proxy.Raw(itertools.chain([_OK], (f"X-{n}: {'y' * 100}\r\n".encode() for n in itertools.count()))),
    "slow headers": lambda _answer: proxy.Raw(itertools.chain([_OK], (f"X-{n}: y\r\n".encode() for n in itertools.count())), 0.4),
    "one header without end": lambda _answer: proxy.Raw(itertools.chain([_OK, b"X: "], itertools.repeat(b"y" * 65536))),
    "a body without end": lambda _answer: proxy.Raw(itertools.chain([_OK, b"\r\n{"], itertools.repeat(b" " * 65536))),
    "chunks without end": lambda _answer: proxy.Raw(itertools.chain([_OK, b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(_chunk(b" " * 65536)))),
    "slow chunks": lambda _answer: proxy.Raw(itertools.chain([_OK, b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(_chunk(b" "))), 0.4),
    "a bomb": lambda _answer: proxy.Raw([_OK + b"Content-Encoding: gzip\r\n\r\n", _bomb()]),
    "broken gzip": lambda answer: proxy.Raw([_OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(answer.body)[:-6]]),
    "no gzip": lambda answer: proxy.Raw([_whole(answer, _OK + b"Content-Encoding: gzip\r\n")]),
    "too short": lambda answer: proxy.Raw([_OK + f"Content-Length: {len(answer.body) + 50}\r\n\r\n".encode() + answer.body]),
    "a length that is none": lambda answer: proxy.Raw([_OK + b"Content-Length: many\r\n\r\n" + answer.body]),
    "two lengths": lambda answer: proxy.Raw([_OK + f"Content-Length: {len(answer.body)}\r\nContent-Length: 3\r\n\r\n".encode() + answer.body]),
    "a broken chunk": lambda _answer: proxy.Raw([_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello"]),
    "half an answer": lambda answer: proxy.Raw([_whole(answer, _OK)[:-1]]),
    "json without end": lambda _answer: proxy.Raw(itertools.chain([_OK, b"\r\n"], itertools.repeat(b"[" * 65536))),
    "half a pair": lambda answer: proxy.Raw([_OK + b"X-Odd: \xed\xa0\x80\r\n" + b"Content-Length: 26\r\n\r\n" + b'{"displayName": "\\ud83d!"}']),
}  # fmt: skip
PLACES: tuple[tuple[str, str], ...] = (
    ("create", "POST"),
    ("update", "PATCH"),
    ("rename", "PATCH"),
    ("restore", "PATCH"),
    ("delete", "DELETE"),
    ("roles", "POST"),
    ("purge", "GET"),
)
"""Scenes, and the method whose first answer is broken there."""


def trial(
    faults: t.Collection[str] = tuple(FAULTS), places: t.Collection[tuple[str, str]] = PLACES, name: str = "protocol"
) -> Report:
    """Each fault at each place."""
    report = Report(name)
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    longest, where, largest = 0.0, "", 0
    with (
        setting() as place,
        proxy.between(
            place.runner.environment["PARTNER_CENTER_API_URL"],
            place.runner.environment["PARTNER_CENTER_CA_PATH"],
            place.directory,
        ) as wire,
    ):
        here = answers.Trial(place, wire)
        for (scene, method), fault in itertools.product(places, faults):
            here.fresh()
            before = {user["id"]: user for user in place.control.users(scenes.CUSTOMER)}
            wire.arm(FAULTS[fault], 0, lambda sent, method=method: sent == method)
            given = {**scenes.options(scene, place.directory), "max_wait": 2, "timeout": TIMEOUT}
            started = forked.start("customer_users", given, here.environment, directory=str(place.directory))
            done = started.wait(PLENTY)
            wire.disarm()
            what = f"{scene}, {fault}"
            counts["faults"] += wire.fired
            counts.update(row["status"] for row in done.result.get("rows", []))
            if done.seconds > longest:
                longest, where = done.seconds, what
            largest = max(largest, done.memory)
            wrong += [
                f"{what}: {text}" for text in ([done.defect] if done.defect else []) + here.damage(scene, before, done)
            ]
            if method != "GET":
                wrong += [
                    f"{what}: {row['user_principal_name']} is failed, and was done"
                    for row in done.result.get("rows", [])
                    if _denied(place, scene, row)
                ]
    report.say(json.dumps(counts))
    report.target(counts["faults"] == len(faults) * len(places), f"{counts['faults']} answers were broken")
    report.target(longest < PLENTY, f"the longest task took {longest:.1f} s ({where})")
    report.target(largest < 200 * 1024, f"at most {largest / 1024:.0f} MiB of memory")
    report.target(not wrong, f"{len(wrong)} deviations {wrong[:6] or ''}".rstrip())
    return report


def _denied(place: t.Any, scene: str, row: t.Mapping[str, t.Any]) -> bool:
    """Whether a row is called failed with nothing done, while the service has done all of it."""
    if row["status"] != "failed" or "+" in row["action"]:
        return False
    name = (row["user_principal_name"] or "").lower()
    active = [
        user
        for user in place.control.users(scenes.CUSTOMER)
        if user["user_principal_name"].lower() == name and user["state"] == "active"
    ]
    if row["action"] == "update":
        declared = next(each for each in scenes.SCENES[scene]["users"] if each["user_principal_name"] == name)
        return bool(active) and active[0]["display_name"] == declared["display_name"]
    return (
        not active if row["action"] == "delete" else bool(active) and row["action"] in ("create", "restore", "rename")
    )
