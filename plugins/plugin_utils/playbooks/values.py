# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What one variable of a playbook may hold, and what it then means. Pure, but for the directory in which relative paths
start.

One rule for all of them: null, a blank text and what is left of an ``omit`` are refused. A variable that is not needed
is left out.
"""

from __future__ import annotations

import datetime
import math
import os
import typing as t
from dataclasses import dataclass, replace

import yaml

from ...module_utils._common.plausible import TextKind, leftovers, text_problems
from ...module_utils._common.text import nearest, shown, unprintable
from ...module_utils._partner_center.declare.asked import FORMS

READ_PATHS = ("file", "place", "folder")
WRITTEN_PATHS = ("new_file", "output")
PATHS = (*READ_PATHS, *WRITTEN_PATHS)
LISTS = ("names", "guard", "raw_list", "paths")

_TRUE = ("yes", "on", "1", "true", "y", "t")
_FALSE = ("no", "off", "0", "false", "n", "f")
_LEFT_OUT = "Leave it out if it is not needed."


@dataclass(frozen=True)
class Variable:
    """A variable of a playbook.

    ``type``: ``text``, ``choice``, ``flag``, ``int``, ``number``, ``day`` (2026-11-24), ``moment`` (a day, or
    2026-11-24T08:00Z), ``dict``, ``raw`` (anything
    that is not empty); lists: ``names`` and ``guard`` (texts, also one text with commas), ``raw_list`` (the same with
    dictionaries), ``paths``; paths: ``file``
    (read), ``place`` (a file or a folder, read), ``folder`` (a folder, read), ``new_file`` (written), ``output``
    (a folder for several files).

    ``forms``: for lists, whether a dictionary of lists is possible, too (``add``, ``remove``, ``set``).
    ``empty``: for lists, whether none at all is something that can be meant. ``blanks``: for lists, whether empty
    elements are dropped and not refused; never
    for something that guards. ``exists``: the folder or file must be there already.
    ``again``: a file that is there must be one that an earlier run of the playbook has made. ``folder``: the folder of
    the file is made if it is not there.
    """

    type: str
    required: bool = False
    default: t.Any = None
    choices: tuple[str, ...] = ()
    forms: bool = False
    empty: bool = False
    blanks: bool = False
    exists: bool = False
    again: bool = False
    folder: bool = False


class Wrong(Exception):
    """A value that cannot be meant; the text goes on after the name of the variable."""


class Omitted:
    """Stands for a variable that holds nothing else than ``omit``."""


def judged(variable: Variable, value: t.Any) -> t.Any:
    """The value in the form in which the playbook uses it: texts as they are, lists as lists, paths absolute and
    without links.

    :param value: made of plain types, dates, and :class:`Omitted`.
    :raises Wrong: it is empty or of another type.
    """
    _refuse_leftovers(value)
    if value is None:
        raise Wrong(f"is null. {_LEFT_OUT}")
    if isinstance(value, str) and not value.strip():
        raise Wrong(f"is empty. {_LEFT_OUT}")
    if variable.type in LISTS:
        return _list(variable, value)
    if variable.type in PATHS:
        return _path(value)
    return _JUDGES[variable.type](variable, value)


def _refuse_leftovers(value: t.Any) -> None:
    if isinstance(value, Omitted) or (isinstance(value, str) and leftovers("", value)):
        raise Wrong("holds an omit placeholder. Remove the variable, or use default(..., true) in its template.")
    if isinstance(value, t.Mapping):
        for name, item in value.items():
            _refuse_leftovers(name)
            _refuse_leftovers(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_leftovers(item)


def _text(value: t.Any) -> str:
    """A text, or a whole number as its digits. YAML makes other things of NO, 1e3 and 2026-11-24."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        norway = " YAML reads NO (Norway) as false." if isinstance(value, bool) else ""
        raise Wrong(f"must be a string, but YAML read it as {_kind(value)}. Put it in quotes.{norway}")
    if unprintable(value):
        raise Wrong(f"holds a line break or another control character: {shown(value)}.")
    return value


def _kind(value: t.Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return "a date"
    return (
        "a dictionary"
        if isinstance(value, t.Mapping)
        else "a list"
        if isinstance(value, (list, tuple))
        else f"a {type(value).__name__}"
    )


def _brief(value: t.Any) -> str:
    if not isinstance(value, str):
        return _kind(value)
    return value if value.isalnum() and len(value) < 40 else shown(value)


def _path(value: t.Any) -> str:
    text = _text(value)
    if text != text.strip():
        raise Wrong(f"starts or ends with a space: {shown(text)}.")
    if text[0] in "[{":
        raise Wrong(f"must be one path, not {shown(text)}.")
    return os.path.realpath(os.path.expanduser(text))


def _choice(variable: Variable, value: t.Any) -> str:
    if not isinstance(value, str) or value not in variable.choices:
        hint = f" YAML read it as {_kind(value)}; put it in quotes." if isinstance(value, bool) else ""
        raise Wrong(f"must be one of: {', '.join(variable.choices)}, got: {_brief(value)}.{hint}")
    return str(value)


def _flag(_variable: Variable, value: t.Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise Wrong(f"must be true or false, not {shown(value) if isinstance(value, str) else _kind(value)}.")


def _number(variable: Variable, value: t.Any) -> int | float:
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        number = float(value)
        if not math.isfinite(number) or (isinstance(value, str) and ("_" in value or not value.isascii())):
            raise ValueError
    except (ValueError, OverflowError):
        number = math.nan
    if math.isnan(number) or (variable.type == "int" and number != int(number)):
        what = "a whole number" if variable.type == "int" else "a number"
        raise Wrong(f"must be {what}, not {shown(value) if isinstance(value, str) else _kind(value)}.")
    return int(number) if number == int(number) else number


def _day(_variable: Variable, value: t.Any) -> str:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if not isinstance(value, str) or not _is_time(value, "%Y-%m-%d", 10):
        raise Wrong("must be a day such as 2026-11-24.")
    return value


def _moment(variable: Variable, value: t.Any) -> str:
    forms = (("%Y-%m-%dT%H:%MZ", 17), ("%Y-%m-%dT%H:%M:%SZ", 20))
    if isinstance(value, str) and any(_is_time(value, form, length) for form, length in forms):
        return value
    try:
        return _day(variable, value)
    except Wrong:
        raise Wrong(
            "must be a day such as 2026-11-24, or a time in UTC such as 2026-11-24T08:00Z, in quotes."
        ) from None


def _is_time(text: str, form: str, length: int) -> bool:
    try:
        datetime.datetime.strptime(text, form)
    except ValueError:
        return False
    # strptime takes single digits and blanks, too.
    return len(text) == length and text.isascii() and " " not in text


def _dict(_variable: Variable, value: t.Any) -> dict[str, t.Any]:
    if isinstance(value, str):
        value = _of_text(value)
    if not isinstance(value, t.Mapping):
        raise Wrong(f"must be a dictionary, not {_kind(value)}.")
    return dict(value)


def _of_text(text: str) -> t.Any:
    """What a text on the command line stands for: JSON, or a list or dictionary as YAML and Python write it on one
    line.
    """
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Wrong(f"is a string that cannot be read as a list or dictionary: {shown(text)}.") from None


def _list(variable: Variable, value: t.Any) -> list[t.Any] | dict[str, t.Any]:
    items: t.Any = value
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("{") or (text.startswith("[") and text.endswith("]")):
            # With -e name=value a list arrives as a text, and as one name it would stand for nobody.
            items = _of_text(text)
        else:
            items = [value] if variable.type == "paths" else text.split(",")
    if isinstance(items, t.Mapping) and variable.forms:
        return _lists(variable, items)
    if not isinstance(items, (list, tuple)):
        raise Wrong(f"must be a list or a string, not {_kind(items)}.")
    if variable.blanks:
        items = [item for item in items if not isinstance(item, str) or item.strip()]
    if not items and not variable.empty:
        raise Wrong(f"is empty. {_LEFT_OUT}")
    return [_element(variable, item, number) for number, item in enumerate(items, 1)]


def _lists(variable: Variable, value: t.Mapping[t.Any, t.Any]) -> dict[str, t.Any]:
    """A dictionary of lists. Which of them go together, the module says."""
    if not value:
        raise Wrong(f"is empty. {_LEFT_OUT}")
    made: dict[str, t.Any] = {}
    for name, item in value.items():
        if name not in FORMS:
            near = nearest(str(name), FORMS)
            raise Wrong(f"has {shown(str(name))}, which is not one of {', '.join(FORMS)}{near}.")
        try:
            if item is None or (isinstance(item, str) and not item.strip()):
                raise Wrong(f"is {'null' if item is None else 'empty'}. {_LEFT_OUT}")
            one = replace(variable, forms=False, empty=True)
            made[str(name)] = _list(one, item)
        except Wrong as wrong:
            raise Wrong(f"has {shown(str(name))}, which {wrong}") from None
    return made


def _element(variable: Variable, item: t.Any, number: int) -> t.Any:
    try:
        _refuse_leftovers(item)
        if item is None or (isinstance(item, str) and not item.strip()):
            raise Wrong("is empty.")
        if variable.type == "paths":
            return _path(item)
        if variable.type == "raw_list" and isinstance(item, t.Mapping):
            return dict(item)
        if not isinstance(item, str):
            raise Wrong(f"must be a string, not {_kind(item)}. Put it in quotes.")
        name = _text(item.strip())
        # Names of what exists, however oddly it is named.
        for problem in text_problems("", name, TextKind.ADDRESS):
            raise Wrong(problem.strip())
        if variable.choices and name not in variable.choices:
            raise Wrong(f"must be one of: {', '.join(variable.choices)}, got: {_brief(name)}.")
        return name
    except Wrong as wrong:
        raise Wrong(f"has an element (number {number}) that {wrong}") from None


_JUDGES: dict[str, t.Callable[[Variable, t.Any], t.Any]] = {
    "text": lambda _variable, value: _text(value),
    "choice": _choice,
    "flag": _flag,
    "int": _number,
    "number": _number,
    "day": _day,
    "moment": _moment,
    "dict": _dict,
    "raw": lambda _variable, value: value,
}


def one_customer(prefix: str, given: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the variables that name the customer. :param prefix: of all variables of the playbook."""
    if ("customer_domain" in given) == ("customer_id" in given):
        return [f"Specify the customer: either {prefix}_customer_domain or {prefix}_customer_id."]
    return []
