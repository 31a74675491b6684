# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Options that come from the task or from the environment, with the checks that the connection options of every system
need.

What the task (or module_defaults) says beats every variable. A check adds a sentence to ``problems`` and goes on, so
that all problems are told at once.
"""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from .plausible import Kinds, Spec, kind_of, text_problems
from .problem import Problem
from .secrets import Secret
from .token_shapes import misplaced, wrapping


class Sources:
    """Values of the options by source.

    :param params: the module's parameters after the argument spec.
    :param explicit: names that the task (or module_defaults) really set; defaults are not among them.
    :param environ: the environment.
    :param variables: for each option the variables that may give it, the first that is set counts.
    """

    def __init__(
        self,
        params: t.Mapping[str, t.Any],
        explicit: t.Collection[str],
        environ: t.Mapping[str, str],
        variables: t.Mapping[str, t.Sequence[str]],
    ) -> None:
        self.params = params
        self.explicit = {name for name in explicit if params.get(name) is not None}
        self.environ = environ
        self._used = {name: self._find(name, names) for name, names in variables.items()}

    def _find(self, name: str, variables: t.Sequence[str]) -> tuple[t.Any, str]:
        if name in self.explicit:
            return self.params[name], f"option {name}"
        for variable in variables:
            value = self.environ.get(variable)
            if value:
                return value, variable
        return self.params.get(name), ""

    def get(self, name: str) -> t.Any:
        """The value that counts, or the default."""
        return self._used[name][0]

    def where(self, name: str) -> str:
        """Where it comes from, for a message; empty for a default."""
        return self._used[name][1]

    def text_problems(self, spec: Spec, kinds: Kinds) -> list[Problem]:
        """What is wrong with the texts that variables give; those that the task gives are judged as they were
        written."""
        return [
            problem
            for name in self._used
            if self.rank(name) == 1 and spec[name]["type"] in ("str", "path")
            for kind in [kind_of(name, spec[name], kinds)]
            for problem in text_problems(f"{name} ({self.where(name)})", self.get(name), kind)
        ]

    def rank(self, name: str) -> int:
        """0 = said by the task, 1 = from the environment, 2 = not given."""
        if name in self.explicit:
            return 0
        return 1 if self.where(name) else 2


def secret_text(sources: Sources, name: str, problems: list[str], *, foreign_letters: bool = False) -> Secret | None:
    """A secret of one line.

    :param foreign_letters: whether it may hold characters outside of ASCII; tokens never do.
    """
    text = str(sources.get(name) or "").strip()
    if not text:
        problems.append(Problem(f"{name} is missing or blank.", "option_missing", option=name))
        return None
    wrong = token_problem(name, f"{name} ({sources.where(name)})", text)
    if wrong:
        problems.append(wrong)
        return None
    if (
        any(not 33 <= ord(char) <= 126 for char in text)
        and not foreign_letters
        or any(ord(char) < 33 or ord(char) == 127 for char in text)
    ):
        sentence = (
            f"{name} ({sources.where(name)}) holds white space or other characters that it cannot have; it was "
            "probably cut or wrapped."
        )
        problems.append(Problem(sentence, "token_white_space"))
        return None
    return Secret(text)


def token_problem(name: str, what: str, text: str) -> Problem | None:
    """What is around a token or a secret, or that it is another one; nothing of the value is in the sentence.

    :param name: the option, which says what it should be.
    :param what: how it is called in the sentence.
    """
    secret = name == "client_secret"
    found = wrapping(text, secret=secret) or (None if secret else misplaced(name, text))
    return Problem(f"{what} {found[1]}.", f"token_{found[0]}") if found else None


def verify(sources: Sources, problems: list[str]) -> bool | str:
    """What requests takes, from ``validate_certs`` and ``ca_path``: True, False, or the path of a CA bundle or
    directory."""
    validate = flag(sources, "validate_certs", problems)
    path = sources.get("ca_path")
    if not path:
        return validate
    if not validate:
        if sources.rank("ca_path") == sources.rank("validate_certs") == 0:
            problems.append(
                Problem("ca_path and validate_certs: false contradict each other.", "contradiction", option="ca_path")
            )
        return False
    if os.path.isdir(path) or not str(path).strip():
        return str(path)
    readable(str(path), f"ca_path ({sources.where('ca_path')})", problems)
    return str(path)


def readable(path: str, what: str, problems: list[str]) -> bool:
    """Whether there is a file that this user may read."""
    if not os.path.isfile(path):
        problems.append(
            Problem(f"{what}: there is no file {path!r} on the machine that runs the module.", "file_missing")
        )
    elif not os.access(path, os.R_OK):
        problems.append(Problem(f"{what}: the file {path!r} cannot be read by this user.", "file_unreadable"))
    else:
        return True
    return False


def seconds(sources: Sources, name: str, low: int, high: int, problems: list[str]) -> int:
    """A whole number of seconds."""
    try:
        value = int(sources.get(name))
    except (TypeError, ValueError):
        value = -1
    if not low <= value <= high:
        problems.append(
            Problem(f"{name} must be a whole number of seconds from {low} to {high}.", "out_of_range", option=name)
        )
    return value


def flag(sources: Sources, name: str, problems: list[str]) -> bool:
    """A truth value, also as a variable of the environment writes it."""
    try:
        return bool(boolean(sources.get(name)))
    except TypeError:
        problems.append(
            Problem(f"{name} ({sources.where(name)}) is neither true nor false.", "not_a_boolean", option=name)
        )
        return False
