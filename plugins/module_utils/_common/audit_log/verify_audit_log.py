# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``verify_audit_log`` to its result. Reads files, and nothing else."""

from __future__ import annotations

import re
import time
import typing as t

from .. import paths
from ..context import TaskContext
from ..definition import Definition
from ..errors import CollectionError, OptionError
from ..module import CollectionModule
from ..problem import Problem
from ..results import warn
from .chain import Entry
from .chained_file import files_of
from .verify import ANCHOR, TORN_END, Anchor, Findings, verify

LOOKS = 5
"""How often a log is read whose last line has no end: a run may be writing it."""
_HASH = re.compile(r"[0-9a-fA-F]{64}")


class AuditLogModule(CollectionModule):
    """A module without a service."""

    libraries = ()
    interrupted = "nothing was changed"

    def __init__(self, argument_spec: dict[str, t.Any], **kwargs: t.Any) -> None:
        super().__init__({}, argument_spec, {}, **kwargs)

    def settings(self) -> None:
        """There are none. :raises OptionError: what is wrong with the texts of the task."""
        problems = self.text_problems()
        if problems:
            raise OptionError(problems)


def verify_log(module: TaskContext[None]) -> dict[str, t.Any]:
    """Read the files and look at every line; returns the module's result. :raises CollectionError:"""
    params = module.params
    module.settings()
    problems: list[str] = []
    names = _files(params, problems)
    anchors = _anchors(params, problems)
    if problems:
        raise OptionError(problems)
    found = Findings()
    for look in range(LOOKS):
        if look:
            time.sleep(0.2)
        found = verify(((name, _content(name)) for name in names), anchors, continued=params["continued"])
        if found.reason != TORN_END:
            break
    expected = params["expected_last_hash"]
    if expected and not found.reason and found.last and found.last.hash != expected:
        found.reason, found.seq = ANCHOR, found.last.seq
        found.detail = f"the last line has another hash than {expected}; lines are missing or were added"
    return _result(module, found, names)


def _files(params: t.Mapping[str, t.Any], problems: list[str]) -> list[str]:
    """The files in the order of the chain: those that a log was renamed to in front of it."""
    names: list[str] = []
    for path in params["audit_log"]:
        if not str(path).strip():
            problems.append(Problem.about("audit_log", "has an empty element.", "empty"))
            continue
        names += files_of(path) if params["rotated"] else [path]
    if not params["audit_log"]:
        problems.append(Problem.about("audit_log", "is empty. Specify files.", "empty"))
    return list(dict.fromkeys(names))


def _anchors(params: t.Mapping[str, t.Any], problems: list[str]) -> list[Anchor]:
    given = [(f"anchors[{number}]", each) for number, each in enumerate(params["anchors"] or ())]
    anchors = []
    for name, each in given:
        if each["hash"] is None:
            problems.append(Problem.about(name, "has no hash.", "option_missing"))
        elif not _HASH.fullmatch(str(each["hash"])):
            problems.append(Problem.about(name, "has a hash that is not 64 hexadecimal digits.", "hash_malformed"))
        elif each["seq"] is not None and each["seq"] < 1:
            problems.append(Problem.about(name, "has a seq below 1.", "out_of_range"))
        else:
            anchors.append(Anchor(str(each["hash"]), each["seq"]))
    expected = params["expected_last_hash"]
    if expected is not None and not _HASH.fullmatch(expected):
        problems.append(Problem.about("expected_last_hash", "is not 64 hexadecimal digits.", "hash_malformed"))
    return anchors


def _content(name: str) -> bytes:
    try:
        return paths.read(name)[0]
    except OSError as exc:
        raise CollectionError(
            f"audit_log {name!r} cannot be read ({exc.strerror or type(exc).__name__}).", reason="file_unreadable"
        ) from None


def _result(module: TaskContext[None], found: Findings, names: list[str]) -> dict[str, t.Any]:
    unsettled = list(found.unsettled.values())
    result: dict[str, t.Any] = {
        "changed": False,
        "valid": found.reason is None,
        "files": names,
        "lines": found.lines,
        "runs": found.runs,
        "writes": found.writes,
        "first": _line(found.first),
        "last": _line(found.last),
        "torn": found.torn,
        "unsettled": unsettled,
        "bad": None,
        "msg": f"{found.lines} lines are unchanged.",
    }
    if unsettled:
        warn(
            module,
            [
                f"{each['file']}:{each['line']}: the run {each['correlation_id']} started to {each['action']} "
                f"{each['user_principal_name'] or each['name'] or each['user_id']}, and the outcome is not recorded. "
                "Check the service."
                for each in unsettled
            ],
        )
    if found.reason:
        result["bad"] = {
            "reason": found.reason,
            "file": found.file,
            "line": found.line,
            "seq": found.seq,
            "detail": found.detail,
        }
        where = f"{found.file}:{found.line}" if found.file else ", ".join(names)
        more = "" if found.reason == ANCHOR else " Later checks were skipped."
        result.update(
            failed=True, msg=f"{where}: the log was changed: {found.detail}.{more}", failure={"reason": found.reason}
        )
    return result


def _line(entry: Entry | None) -> dict[str, t.Any] | None:
    return {"seq": entry.seq, "hash": entry.hash, "time": entry.values.get("time")} if entry else None


SPEC: dict[str, dict[str, t.Any]] = {
    "audit_log": {"type": "list", "elements": "path", "required": True},
    "rotated": {"type": "bool", "default": True},
    "continued": {"type": "bool", "default": False},
    "anchors": {
        "type": "list",
        "elements": "dict",
        "options": {"hash": {"type": "str"}, "seq": {"type": "int"}, "path": {"type": "path"}},
    },
    "expected_last_hash": {"type": "str"},
}
DEFINITION = Definition(AuditLogModule, SPEC, verify_log)
