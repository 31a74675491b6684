# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""All variables of a playbook at once: what they mean, and everything that is wrong with them."""

from __future__ import annotations

import difflib
import os
import typing as t
from dataclasses import dataclass, field

from ...module_utils._common.problem import Problem
from . import output_folder
from .paths import Place
from .paths import problems_of as problems_of_paths
from .tables import Table
from .values import PATHS, Wrong, judged

_SIGN_IN = "PARTNER_CENTER_"
_FILES = ("_FILE", "_PATH")


@dataclass
class Checked:
    """What a playbook goes on with.

    :ivar given: values by name without the prefix, with defaults; what is neither given nor has a default is not in it.
    :ivar problems: sentences, for all variables.
    :ivar output: whether the folder of results can be used although there may be other problems.
    """

    given: dict[str, t.Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    output: bool = False


class Unreadable:
    """Stands for a variable whose template cannot be evaluated. :ivar why: in words that hold no value."""

    def __init__(self, why: str) -> None:
        self.why = why


def misspelled(table: Table, names: t.Iterable[str]) -> list[str]:
    """Variables that begin as those of this playbook do, and that it does not know. A guard that is misspelled guards
    nobody.
    """
    known = {f"{table.prefix}_{name}" for name in table.variables}
    found = sorted(
        name for name in names if name not in known and name.lower().replace("-", "_").startswith(table.prefix + "_")
    )
    if not found:
        return []
    near = {name: difflib.get_close_matches(name.lower().replace("-", "_"), sorted(known), 1) for name in found}
    hints = [f" Is {name} {near[name][0]}?" for name in found if near[name]]
    return [
        Problem(
            f"This playbook has no variable {', '.join(found)}. It has {', '.join(sorted(known))}.{''.join(hints)}",
            "unknown_option",
        )
    ]


def check(table: Table, values: t.Mapping[str, t.Any], names: t.Iterable[str], environ: t.Mapping[str, str]) -> Checked:
    """Judge them, and the paths among each other.

    :param values: by their full names, as :func:`playbook_values.judged` takes them; or :class:`Unreadable`.
    :param names: of all variables that there are.
    :param environ: where the sign-in names its files.
    """
    checked = Checked(problems=misspelled(table, names))
    seen: dict[str, t.Any] = {}
    missing = []
    for name, variable in table.variables.items():
        full = f"{table.prefix}_{name}"
        if full not in values:
            missing += [full] * variable.required
            continue
        value = values[full]
        seen[name] = None
        try:
            if isinstance(value, Unreadable):
                raise Wrong(f"cannot be evaluated: {value.why}.")
            seen[name] = judged(variable, value)
        except Wrong as wrong:
            checked.problems.append(f"{full} {wrong}")
    if missing:
        checked.problems.append(Problem(f"missing required arguments: {', '.join(missing)}.", "option_missing"))
    checked.given = {name: value for name, value in seen.items() if value is not None}
    for name, variable in table.variables.items():
        if name not in seen and variable.default is not None:
            checked.given[name] = _default(variable.type, variable.default, checked.given)
    checked.given = {name: value for name, value in checked.given.items() if value is not None}
    # Whoever has given something wrong has given it nevertheless.
    checked.problems += table.rules({**seen, **checked.given})
    wrong_paths = _problems_of_paths(table, checked.given, environ)
    checked.problems += wrong_paths
    checked.output = "output" in checked.given and not wrong_paths
    return checked


def folders_made(given: t.Mapping[str, t.Any], table: Table) -> list[str]:
    """Make the folders of files that are to be written. :return: why one could not be made."""
    problems = []
    for name, variable in table.variables.items():
        folder = os.path.dirname(given[name]) if variable.folder and name in given else ""
        if not folder or os.path.isdir(folder):
            continue
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            os.chmod(folder, 0o700)
        except OSError as exc:
            problems.append(f"{table.prefix}_{name}: the folder {folder} cannot be created ({exc.strerror}).")
    return problems


def _default(kind: str, default: t.Any, given: t.Mapping[str, t.Any]) -> t.Any:
    if kind not in PATHS:
        return default
    if "{output}" in default:
        return default.replace("{output}", given["output"]) if "output" in given else None
    return os.path.realpath(default)


def _problems_of_paths(table: Table, given: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> list[str]:
    places = []
    for name, variable in table.variables.items():
        label = f"{table.prefix}_{name}"
        if name not in given:
            continue
        if variable.type == "paths":
            places += [Place(label, path, "place") for path in given[name]]
        elif variable.type in PATHS:
            places.append(Place(label, given[name], variable.type))
    wrong = [
        f"{table.prefix}_{name} must be a folder that exists."
        for name, variable in table.variables.items()
        if variable.exists and name in given and not os.path.lexists(given[name])
    ]
    for name, variable in table.variables.items():
        why = output_folder.refusal(given[name], handover=True) if variable.again and name in given else None
        if why:
            wrong.append(f"{table.prefix}_{name} ({given[name]}) {why}, and was not overwritten. Use another file.")
    if "output" in given:
        # A reviewed plan is read, and then there is no plan that is made.
        written = [name for name in table.files if not (name == "plan.json" and "reviewed_plan" in given)]
        places += [
            Place(f"the {name} of this playbook", os.path.realpath(os.path.join(given["output"], name)), "made")
            for name in (*written, ".lock")
        ]
    places += [
        Place(name, os.path.realpath(os.path.expanduser(value)), "kept")
        for name, value in environ.items()
        if name.startswith(_SIGN_IN)
        and name.endswith(_FILES)
        and value.strip()
        and "\n" not in value
        and "\0" not in value
        and len(value) < 4096
    ]
    if table.prefix in ("rotate", "consent"):
        # These two write what the sign-in reads; their modules know how.
        places = [place for place in places if place.type != "kept"]
    return [*wrong, *problems_of_paths(places)]
