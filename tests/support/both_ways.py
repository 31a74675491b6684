"""Runs of one playbook in place and as modules, and how they differ."""

from __future__ import annotations

import json
import re
import stat
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .playbooks import MODULE, PlaybookRun, Runner

WAYS = ("auto", "module")
"""Values of ``partner_center_execution``."""

_CHANGING = (
    ("guid", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)),
    ("time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")),
    ("token", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|\b1\.A[\w-]{60,}")),
    ("prefix", re.compile(r"tenantops-probe-[0-9a-f]{12}")),
    ("digest", re.compile(r"\b[0-9a-f]{20}\b")),
    ("hex", re.compile(r"\b[0-9a-f]{32,}\b")),
    (
        "text",
        re.compile(
            r"(?<=after )\d+\.\d+(?= seconds)|(?<=expires in )\d+(?= minutes)|\bemulator-refresh-[\w-]+|M\.[\w-]{20,}"
        ),
    ),
)
"""What no two runs have in common. Each different value gets a number, in the order in which they come."""
_SECONDS = {"seconds", "throttled_seconds", "expires_on", "expires_in", "issued", "first_seen", "delta", "start", "end"}
"""Keys whose values are times."""
_IN_FILES = re.compile(r'("password": ?)"(?!\*+")[^"]*"|("(?:throttled_)?seconds": )[\d.]+')


@dataclass
class Seen:
    """Everything that a run left, with nothing in it that is never the same."""

    status: int
    results: list[t.Any]
    warnings: list[str]
    requests: list[t.Any]
    files: dict[str, t.Any]


def seen(done: PlaybookRun, requests: list[dict[str, t.Any]], scratch: Path) -> Seen:
    """What to compare.

    :param requests: the log of the emulator.
    :param scratch: where the tasks wrote files.
    """
    names = _Names({str(scratch): "SCRATCH"})
    return Seen(
        done.rc,
        [names.plain(record) for record in done.records],
        [names.text(line) for line in done.output.splitlines() if line.startswith(("[WARNING]", "[DEPRECATION"))],
        sorted(
            # Some are sent side by side, so only their number and content can be the same.
            json.dumps(names.plain([entry[key] for key in ("method", "path", "query", "status", "body")]))
            for entry in requests
        ),
        {
            names.text(str(path.relative_to(scratch))): [
                stat.filemode(path.stat().st_mode),
                _IN_FILES.sub(r'\1\2"ANY"', names.text(path.read_text(errors="replace"))) if path.is_file() else "",
            ]
            for path in sorted(scratch.rglob("*"))
        },
    )


def differences(one: Seen, other: Seen) -> list[str]:
    """Where they differ, one line each."""
    return [line for name in vars(one) for line in _differences(name, getattr(one, name), getattr(other, name))]


def run_both_ways(
    runner: Runner, emulator: t.Any, playbook: str, directory: Path, **kwargs: t.Any
) -> dict[str, tuple[PlaybookRun, Seen]]:
    """One playbook, given as text, both ways: each time with the emulator in its first state, and in an empty
    directory, which is also the variable ``scratch``."""
    found = {}
    for way in WAYS:
        emulator.reset()
        scratch = directory / way
        scratch.mkdir()
        path = scratch / "playbook.yml"
        path.write_text(playbook, encoding="utf-8")
        extra = ["-e", json.dumps({"partner_center_execution": way, "scratch": str(scratch)})]
        done = runner.playbook(str(path), extra=extra, **kwargs)
        found[way] = (done, seen(done, emulator.log(), scratch))
    return found


class _Names:
    def __init__(self, fixed: t.Mapping[str, str]) -> None:
        self._fixed = fixed
        self._known: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        for value, name in self._fixed.items():
            text = text.replace(value, name)
        for kind, pattern in _CHANGING:
            text = pattern.sub(lambda match, kind=kind: self._name(kind, match[0]), text)
        return text

    def _name(self, kind: str, value: str) -> str:
        if kind == "time":
            return "TIME"
        key = (kind, value.lower())
        return self._known.setdefault(key, f"{kind.upper()}-{len(self._known)}")

    def plain(self, value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {
                key: "SECONDS" if key in _SECONDS and isinstance(item, (int, float, str)) else self.plain(item)
                for key, item in value.items()
                if not (key == "partner_center_execution" or key == "password" and value.get("forceChangePassword"))
            }
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


def _differences(place: str, one: t.Any, other: t.Any) -> t.Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}, key=str):
            yield from _differences(f"{place}.{key}", one.get(key, "nothing"), other.get(key, "nothing"))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, its) in enumerate(zip(one, other)):
            label = f" ({mine.get('task')})" if isinstance(mine, dict) and "task" in mine else ""
            yield from _differences(f"{place}[{number}]{label}", mine, its)
    elif one != other:
        yield f"{place}: {str(one)[:300]!r} is not {str(other)[:300]!r}"


def modules_of(done: PlaybookRun) -> set[str]:
    """The modules of this collection that a run has results of."""
    return {record["action"].removeprefix(MODULE) for record in done.records if record["action"].startswith(MODULE)}
