# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a task leaves on the controller: reports and a summary, written from its result."""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import replace

from ...module_utils._common import paths
from ...module_utils._common.errors import OptionError
from ...module_utils._common.problem import Problem
from ...module_utils._common.returned import RETURN_ROWS, returned
from ...module_utils._partner_center.places import places
from ..playbooks.output_folder import refusal
from ..report.appearance import Appearance, AppearanceProblem, appearance

LOOK = ("report_template", "report_logo", "report_accent")
OPTIONS = ("report", "report_title", *LOOK, "summary_file")
TITLE = "Customer users"
LIMIT = 60000
"""Characters of a report in Markdown: comments of pull requests take no more."""
ENDINGS = (".json", ".md", ".html")
"""What a report may end in, which says its format."""

Result = t.Mapping[str, t.Any]
_IDS = ('"correlation_id": ', '"request_id": ')


class TaskFiles:
    """The files of one task. :raises OptionError: with everything that is wrong with the options.

    :param args: the options of the task.
    :param directory: where relative paths start.
    :param reads: paths that the task reads besides.
    :param check_mode: nothing is written then.
    :param detached: whether the task ends before its result is there (async).
    """

    def __init__(
        self,
        args: t.Mapping[str, t.Any],
        directory: str,
        *,
        reads: t.Sequence[str] = (),
        check_mode: bool = False,
        detached: bool = False,
    ) -> None:
        wrong: list[str] = []
        self._directory = directory
        self._check_mode = check_mode
        self._reports = [self._path(path, "report", wrong) for path in items(args.get("report"))]
        summary = args.get("summary_file")
        self._summary = None if summary is None else self._path(summary, "summary_file", wrong)
        self._look = Appearance()
        try:
            self._look = look_of({name: inside(directory, name, args.get(name)) for name in LOOK})
            check_look(self._look)
        except AppearanceProblem as exc:
            wrong.append(Problem(str(exc), "report_look"))
        self._title = str(args.get("report_title") or TITLE)
        self._rows = str(args.get("return_rows") or RETURN_ROWS[0])
        wrong += [
            Problem.about(name, "is for report, and there is none.", "contradiction")
            for name in ("report_title", *LOOK)
            if args.get(name) is not None and not self._reports
        ]
        if detached and self.any:
            said = "report and summary_file need a result, and async waits for none."
            wrong.append(Problem(said, "contradiction"))
        wrong += [
            Problem(
                f"report {path!r} must end in one of {', '.join(ENDINGS)}, which selects the format.", "not_a_choice"
            )
            for path in self._reports
            if os.path.splitext(path)[1] not in ENDINGS
        ]
        if not wrong:
            wrong += self._problems(args, reads)
        if wrong:
            raise OptionError(wrong)

    @property
    def any(self) -> bool:
        """Whether the task has such files."""
        return bool(self._reports or self._summary)

    def args(self, args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The options for the module, which knows nothing of these files. A report is about all rows."""
        rest = {name: value for name, value in args.items() if name not in OPTIONS}
        return {**rest, "return_rows": RETURN_ROWS[0]} if self.any and self._rows in RETURN_ROWS else rest

    def begin(self) -> None:
        """Take away the summary of an earlier run, so that it is not taken for one of this. :raises OptionError:"""
        if self._summary and not self._check_mode and os.path.lexists(self._summary):
            try:
                os.unlink(self._summary)
            except OSError as exc:
                said = f"summary_file {self._summary!r} cannot be replaced ({exc.strerror})."
                raise OptionError([Problem(said, "file_unwritable", option="summary_file")]) from None

    def finish(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """Write the files of a result that has come back, and return what the play gets of it."""
        if not self.any:
            return result
        written: list[str] = []
        if not self._check_mode:
            makers = makers_of([result], self._title, self._look) if self._reports and "rows" in result else {}
            for path in self._reports if makers else ():
                try:
                    written += [path] * replaced(path, makers[os.path.splitext(path)[1]]())
                except (OSError, AppearanceProblem) as exc:
                    result = unwritten(result, path, exc)
            if self._summary:
                try:
                    text = json.dumps(summary(result), indent=4, ensure_ascii=False) + "\n"
                    written += [self._summary] * replaced(self._summary, text)
                except OSError as exc:
                    result = unwritten(result, self._summary, exc)
        result["files_written"] = written
        return returned(result, self._rows)

    def _path(self, path: t.Any, option: str, wrong: list[str]) -> str:
        return path_of(self._directory, path, option, wrong)

    def _problems(self, args: t.Mapping[str, t.Any], reads: t.Sequence[str]) -> t.Iterator[str]:
        kinds = {path: "report" + os.path.splitext(path)[1] for path in self._reports}
        own = [paths.Place(f"report ({path})", path, written=True) for path in self._reports]
        if self._summary:
            own.append(paths.Place("summary_file", self._summary, written=True))
            kinds[self._summary] = "result.json"
        return path_problems(own, kinds, args, self._directory, reads=reads, writes=not self._check_mode)


def path_of(directory: str, path: t.Any, option: str, wrong: list[str]) -> str:
    """The absolute path of an option, empty if it is none. :param wrong: takes what is wrong."""
    if not isinstance(path, str) or not path.strip():
        wrong.append(Problem.about(option, "must be the name of a file.", "not_a_text"))
        return ""
    return os.path.join(directory, os.path.expanduser(path))


def path_problems(
    own: t.Sequence[paths.Place],
    kinds: t.Mapping[str, str],
    args: t.Mapping[str, t.Any],
    directory: str,
    *,
    reads: t.Sequence[str] = (),
    writes: bool = True,
) -> t.Iterator[str]:
    """Why files cannot be written: they are those of other options, or of another kind, or cannot be.

    :param own: the files.
    :param kinds: what kind each of them is of, by its path.
    :param args: the options of the task.
    :param reads: paths that the task reads besides.
    :param writes: False in check mode.
    """

    def absolute(path: t.Any) -> str | None:
        return os.path.join(directory, os.path.expanduser(path)) if isinstance(path, str) else None

    others = [
        paths.Place(place.option, absolute(place.path), place.written, place.directory, place.beside)
        for place in places(args, None)
    ]
    read_ones = [paths.Place(path, absolute(path), directory=None) for path in reads]
    if own:
        yield from paths.problems([*own, *others, *read_ones])
    for path, kind in kinds.items():
        why = refusal(path, kind=kind)
        if why:
            said = f"{path} {why}, and was not overwritten. Use another file, or move it away."
            yield Problem(said, "wrong_file_kind")
        folder = os.path.dirname(path)
        if writes and not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
            yield Problem(f"{path}: its folder does not exist or cannot be written.", "file_unwritable")


def rendered(
    endings: t.Iterable[str], results: t.Sequence[Result], title: str, look: Appearance = Appearance()
) -> dict[str, str]:
    """The texts of a report by the endings that say their formats. :raises AppearanceProblem:"""
    makers = makers_of(results, title, look)
    return {ending: makers[ending]() for ending in dict.fromkeys(endings)}


def makers_of(
    results: t.Sequence[Result], title: str, look: Appearance = Appearance()
) -> dict[str, t.Callable[[], str]]:
    """What makes the texts of a report, by the endings that say their formats. The results are read once. The id of the
    run, which is another one each time, is only in JSON. An :class:`AppearanceProblem` may come of each."""
    # Only who writes a report needs what makes it: in a play over hundreds of hosts, each one is a process of its own.
    from ..report import as_json, html, markdown
    from ..report.reading import read

    report = read(list(results), title, None)
    lasting = replace(report, runs=tuple(replace(run, correlation_id=None) for run in report.runs))
    return {
        ".json": lambda: as_json.render(report),
        ".md": lambda: markdown.render(lasting, LIMIT),
        ".html": lambda: html.render(lasting, look),
    }


def check_look(look: Appearance) -> None:
    """Find what is wrong with a template before anything is sent. :raises AppearanceProblem:"""
    if look.template:
        from ..report import html  # only who writes a page with a template of its own needs it

        html.check_template(html.STANDARD, html.standard(), look)


def look_of(given: t.Mapping[str, t.Any]) -> Appearance:
    """How pages look, by options or by variables of a playbook. :raises AppearanceProblem:"""
    return appearance(*(given.get(name) for name in LOOK))


def inside(directory: str, name: str, value: t.Any) -> t.Any:
    """An option, as an absolute path if it is one."""
    if name == "report_accent" or not isinstance(value, str) or not value.strip():
        return value
    return os.path.join(directory, os.path.expanduser(value))


def summary(result: Result) -> dict[str, t.Any]:
    """What a pipeline wants to know of a result: one word, one sentence, and the counts."""
    counts = result.get("summary") or {}
    differs = bool(counts.get("changed") or counts.get("purged"))
    predicted = result.get("check_mode") is True or result.get("mode") == "plan"
    failure = result.get("failure") or {}
    deletions = result.get("deletions") or {}
    status = (
        "failed" if result.get("failed") else "unchanged" if not differs else "would_change" if predicted else "changed"
    )
    said = {
        "status": status,
        "reason": failure.get("reason"),
        "message": str(result.get("msg") or ""),
        "customers": len(result.get("customers") or ()),
        **counts,
        "deletions": {name: deletions.get(name) for name in ("count", "digest", "allowed")} if deletions else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def replaced(path: str, text: str) -> bool:
    """Write a private file, if it is not there with this content. :returns: whether it was written. :raises OSError:"""
    try:
        content, status = paths.read(path, follow=False)
        if status.st_mode & 0o777 == 0o600 and _same(content, text):
            return False
    except (OSError, ValueError, RecursionError):
        pass
    paths.replace(path, text, 0o600)
    return True


def _same(content: bytes, text: str) -> bool:
    """Whether two files say the same: as they are, or as JSON but for the ids of requests."""
    if content == text.encode("utf-8"):
        return True
    return text.startswith("{") and _without_ids(content.decode("utf-8")) == _without_ids(text)


def _without_ids(text: str) -> list[str]:
    """The lines but for those with an id. In a text that was written here each value has a line of its own."""
    return [line for line in text.split("\n") if not line.lstrip(" ").startswith(_IDS)]


def unwritten(result: dict[str, t.Any], path: str, exc: OSError | ValueError) -> dict[str, t.Any]:
    """What was done stays done; but a report that is missing must not look like success."""
    why = (exc.strerror or type(exc).__name__) if isinstance(exc, OSError) else str(exc)
    said = f"{path} cannot be written ({why})."
    result = {**result, "msg": f"{result.get('msg') or ''} {said}".strip()}
    if not result.get("failed"):
        result.update(failed=True, failure={"reason": "report_not_written"})
    return result


def items(value: t.Any) -> list[t.Any]:
    """A list, or a single value as one of one."""
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
