# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a text can be what it claims to be: the one place that judges, for all options, rows, files and variables.

What arrives here went through YAML, templates, spreadsheets and code pages, and each of them leaves other things
behind: an omit that a filter was applied to, a number in the place of a telephone number, an error value of a cell,
letters that were decoded twice. None of it can be meant, and all of it would be accepted by the services. What only a
service can refuse (a name that exists) is not judged here, nor what is legal only somewhere
(``partner_center.directory_rules``).
"""

from __future__ import annotations

import datetime
import enum
import html.entities
import re
import typing as t

from .characters import strange_character
from .encodings import doubly_encoded
from .problem import Problem
from .text import shown

Spec = t.Mapping[str, t.Mapping[str, t.Any]]


class TextKind(enum.Enum):
    """What a text is for, which decides what it cannot hold.

    ``NAME`` is read by people; ``WORD`` is looked up or kept as it is (a product, a role, a telephone number);
    ``ADDRESS`` names an object that exists, however oddly it is named; ``SECRET`` is never shown; ``PATH`` is a file;
    ``LOOSE`` may be a number as well.
    """

    NAME = "name"
    WORD = "word"
    ADDRESS = "address"
    SECRET = "secret"
    PATH = "path"
    LOOSE = "loose"


Kinds = t.Mapping[str, TextKind]


_OMIT = re.compile(
    r"<<\s*omit|__omit_place_holder__|&lt;&lt;omit|%3c%3comit|"
    # The same in base64, in which immutable ids are written.
    r"^PDxPbWl0Pj4|^X19vbWl0X3BsYWNlX2hvbGRlcl9f",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{6})?(?:[+-]\d\d:\d\d)?)?")
"""How a date or a time looks when ansible-core has made a text of it."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]|^\?+[a-z]|^[\s?]*\?\?[\s?]*$")
_CELL_ERROR = re.compile(
    r"^#NV$|#(?:N/A|N/D|DIV/0!|(?:NULL|REF|NUM|NAME|VALUE|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|PYTHON|"
    r"WERT|BEZUG|ZAHL|VALEUR|NOM|NOMBRE|VALOR|VALORE|"
    r"NOME|RIF|NAAM|WAARDE|VERW)[!?]|GETTING_DATA)(?!\w)"
)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]\d{2,3}")
"""A spreadsheet always writes the sign of the exponent; without it, it may be the number of a room."""
_TOO_NARROW = re.compile(r"#{3,}")
_FORCED_TEXT = re.compile(r'=\s*".*"', re.DOTALL)
_FORMULA = re.compile(r"=\s*[\w$(\"'+\-{@\[.#]")
_OTHER_FORMULA = re.compile(r"[+\-@]=?\s*(?:[A-Z][A-Z0-9.]*\(|\$?[A-Z]{1,3}\$?\d{1,7}(?:[+\-*/&^=<>:,)]|$))")

_WORTH_A_LOOK = re.compile(r"<<|_omit|%3c|[&?#]|^PDx|^X19v|^\s*[=+\-@\d]", re.IGNORECASE)
"""What every text in ASCII has that one of the patterns above finds."""

_QUOTE = "put it in quotes, or convert it to a string in its template"
_OMITTED = (
    "a filter or text was applied to omit. Make omit the result of the whole template: x | default('') | trim or omit"
)


def text_problems(name: str, value: t.Any, kind: TextKind = TextKind.WORD) -> list[Problem]:
    """What is wrong with the value of an option that is to be a text. Null is not judged here.

    :param name: how to call the option, with its place (``roles[2]``).
    :param value: as it was written, in the type that YAML, JSON or a template gave it.
    :returns: sentences that begin with the name; at most one, because the first cause found explains the others. A
        secret is never part of them.
    """
    if value is None:
        return []
    if not isinstance(value, str):
        return _type_problems(name, value, kind)
    if _harmless(value):
        return []
    what = "" if kind is TextKind.SECRET else f"{shown(value)} "
    if _OMIT.search(value):
        return [Problem.about(name, f"{what}holds an omit placeholder: {_OMITTED}.", "omit_left_over")]
    found = _written_problem(value, kind) or _spreadsheet_problem(value, kind) or _character_problem(value, kind)
    return [Problem.about(name, f"{what}{found[1]}.", found[0])] if found else []


def _harmless(value: str) -> bool:
    """Whether nothing can be wrong with it, whatever it is for: nearly all texts, of which there may be very many."""
    return value.isprintable() and value.isascii() and not _WORTH_A_LOOK.search(value)


def _type_problems(name: str, value: t.Any, kind: TextKind) -> list[Problem]:
    if isinstance(value, bool):
        return [
            Problem(
                f"{name} is the boolean {str(value).lower()}, not a string; put it in quotes (YAML reads NO, the code "
                "of Norway, as false, and on, off and yes as booleans).",
                "not_a_text",
            )
        ]
    if isinstance(value, (int, float)):
        if kind is TextKind.LOOSE:
            return []
        number = "" if kind is TextKind.SECRET else f" {value}"
        return [
            Problem(
                f"{name} is the number{number}, not a string; {_QUOTE}. YAML drops plus signs and leading zeros, and "
                "reads 12:30:45 as 45045.",
                "not_a_text",
            )
        ]
    if isinstance(value, (datetime.date, datetime.time)):
        return [Problem(f"{name} is a date or a time, not a string; {_QUOTE}.", "not_a_text")]
    if isinstance(value, (list, tuple, dict, set)):
        # What is in it may be secret.
        return [
            Problem(
                f"{name} is a {'dictionary' if isinstance(value, dict) else 'list'}, but must be a string.",
                "not_a_text",
            )
        ]
    return []  # a kind of text that a version of ansible-core has of its own


def _written_problem(value: str, kind: TextKind) -> tuple[str, str] | None:
    if kind in (TextKind.PATH, TextKind.LOOSE):
        return None
    if _DATE.fullmatch(value):
        return "not_a_text", f"is a value that YAML read as a date or time; {_QUOTE}"
    return None


def _spreadsheet_problem(value: str, kind: TextKind) -> tuple[str, str] | None:
    if kind in (TextKind.PATH, TextKind.LOOSE):
        return None
    text = value.strip()
    reason = "spreadsheet_leftover"
    if _FORCED_TEXT.fullmatch(text):
        return (reason, 'is a spreadsheet cell that is forced to be text (="..."); use only what is inside the quotes')
    if _SCIENTIFIC.fullmatch(text):
        return (
            reason,
            "is a number that a spreadsheet shortened, so digits are lost; format the cells as text and enter it again",
        )
    if kind is TextKind.SECRET:
        return None
    if _CELL_ERROR.search(text) or _TOO_NARROW.fullmatch(text):
        return (reason, "is a spreadsheet placeholder (an error, or a column that is too narrow); correct the cell")
    if (kind is not TextKind.ADDRESS and _FORMULA.match(text)) or (
        kind is TextKind.NAME and _OTHER_FORMULA.match(text)
    ):
        return reason, "is a spreadsheet formula, not its result; paste the values"
    return None


def _character_problem(value: str, kind: TextKind) -> tuple[str, str] | None:
    if kind is TextKind.LOOSE:
        return None
    strange = strange_character(value)
    if kind in (TextKind.SECRET, TextKind.ADDRESS, TextKind.PATH):
        # They name what exists, or are whatever somebody else has made; only what nobody can have written is refused.
        if strange and strange[0] == "replacement_characters" and kind is not TextKind.PATH:
            return strange[
                0
            ], "holds replacement characters (U+FFFD): letters were lost; read the file in its own encoding"
        if kind is TextKind.PATH and strange and strange[0] == "control_characters":
            return strange[0], f"holds control characters ({strange[1]}): a line break at the end?"
        return None
    meant = doubly_encoded(value)
    if meant is not None:
        return (
            "doubly_encoded",
            f"is UTF-8 text that was read in another encoding (perhaps {shown(meant)}); read the file as UTF-8",
        )
    if strange:
        kinds = {
            "replacement_characters": "letters were lost; read the file in its own encoding",
            "control_characters": "type the value again, in one line",
            "invisible_characters": "they are invisible, or not valid characters; type the value again",
        }
        return strange[0], f"holds {strange[0].replace('_', ' ')} ({strange[1]}): {kinds[strange[0]]}"
    entity = next(
        (match[0] for match in _ENTITY.finditer(value) if match[0][1] == "#" or match[0][1:] in html.entities.html5),
        None,
    )
    if entity:
        return "html_entity", f"holds the HTML entity {entity}; write the character itself"
    if kind is TextKind.NAME and _LOST_LETTER.search(value):
        return (
            "lost_letters",
            "has a question mark in place of a letter that the file's encoding lacks; correct the letter and save as "
            "UTF-8",
        )
    return None


# Many options at once


def kind_of(name: str, option: t.Mapping[str, t.Any], kinds: Kinds) -> TextKind:
    """What the text of an option is for: as ``kinds`` says, otherwise as the argument spec shows it."""
    if name in kinds:
        return kinds[name]
    if option.get("no_log"):
        return TextKind.SECRET
    return TextKind.PATH if option.get("type") == "path" else TextKind.WORD


def option_text_problems(
    given: t.Mapping[str, t.Any], spec: Spec, kinds: Kinds, prefix: str = "", skip: t.Collection[str] = ()
) -> list[Problem]:
    """What is wrong with the texts among some options, at any depth, and what is left of an omit anywhere.

    :param given: the options as they were written. What the argument spec does not know is somebody else's problem.
    :param kinds: what texts are for, by the name of their option.
    :param skip: options that are judged elsewhere.
    """
    found = problems_by_option(given, spec, kinds, prefix, skip)
    return [problem for problems in found.values() for problem in problems]


def problems_by_option(
    given: t.Mapping[str, t.Any], spec: Spec, kinds: Kinds, prefix: str = "", skip: t.Collection[str] = ()
) -> dict[str, list[Problem]]:
    """The same, by the option as it was written, and only for those with problems."""
    aliases: dict[str, str] | None = None
    problems: dict[str, list[Problem]] = {}
    for name, value in given.items():
        if isinstance(value, str) and _harmless(value):
            continue
        key = name
        if name not in spec:
            if aliases is None:
                aliases = {alias: key for key, option in spec.items() for alias in option.get("aliases", ())}
            key = aliases.get(name, name)
        if value is not None and key in spec and name not in skip:
            found = _value_problems(prefix + name, value, spec[key], kind_of(key, spec[key], kinds), kinds)
            if found:
                problems[name] = [problem.of(key) for problem in found]
    return problems


def _value_problems(
    place: str, value: t.Any, option: t.Mapping[str, t.Any], kind: TextKind, kinds: Kinds
) -> list[Problem]:
    wanted = option.get("type", "str")
    if wanted in ("str", "path"):
        return text_problems(place, value, kind)
    if wanted == "list" and option.get("elements") in ("str", "path"):
        if isinstance(value, list):
            return [
                problem
                for number, item in enumerate(value)
                for problem in text_problems(f"{place}[{number}]", item, kind)
            ]
        # A single value stands for a list of one, and a text with commas for several.
        return [] if isinstance(value, dict) else text_problems(place, value, kind)
    if "options" in option:
        if isinstance(value, dict):
            return option_text_problems(value, option["options"], kinds, f"{place}.")
        if isinstance(value, list):
            return [
                problem
                for number, item in enumerate(value)
                for problem in (
                    option_text_problems(item, option["options"], kinds, f"{place}[{number}].")
                    if isinstance(item, dict)
                    else leftovers(f"{place}[{number}]", item)
                )
            ]
    return leftovers(place, value)


def leftovers(place: str, value: t.Any) -> list[Problem]:
    """What is left of an omit in any text of a value, keys included."""
    if isinstance(value, str):
        return (
            [Problem(f"{place} holds an omit placeholder: {_OMITTED}.", "omit_left_over")]
            if _OMIT.search(value)
            else []
        )
    if isinstance(value, (list, tuple)):
        return [problem for number, item in enumerate(value) for problem in leftovers(f"{place}[{number}]", item)]
    if isinstance(value, t.Mapping):
        found = [problem for key in value for problem in leftovers(f"a key of {place}", key)]
        return found + [problem for key, item in value.items() for problem in leftovers(f"{place}.{key}", item)]
    return []
