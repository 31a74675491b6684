# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Options that guard or select: which texts can be a pattern of user principal names, a domain, or another pattern."""

from __future__ import annotations

import re
import string
import typing as t
import unicodedata
from fnmatch import fnmatchcase

from ..._common.identifiers import domain_key, pattern_key
from ..._common.selectors import QUOTES, given_texts

_NEVER = frozenset("()<>:;,\\{}[]" + QUOTES)
"""What no user principal name has, not even an odd old one, and what separates or encloses names in texts."""
_SIGNS = _NEVER | frozenset("@*?")
_LETTERS = string.ascii_lowercase + string.digits
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_SET = re.compile(r"\[!?\]?[^\]]*\]")
_NO_WORD = re.compile(r"[\s;,'\"@]")
_LONGEST = 400


def name_patterns(what: str, value: t.Any, problems: list[str]) -> tuple[str, ...]:
    """Patterns (``*``, ``?``, ``[seq]``) of user principal names, in normal form.

    :param problems: takes what is wrong.
    """
    return tuple(pattern_key(text) for text in given_texts(what, value, problems, _no_name_pattern))


def domains(what: str, value: t.Any, problems: list[str]) -> tuple[str, ...]:
    """Domains, in normal form. :param problems: takes what is wrong."""
    return tuple(domain_key(text) for text in given_texts(what, value, problems, _no_domain))


def domain_patterns(what: str, value: t.Any, problems: list[str]) -> tuple[str, ...]:
    """Patterns of domains, in normal form."""
    return tuple(domain_key(text) for text in given_texts(what, value, problems, _no_domain_pattern))


def free_patterns(what: str, value: t.Any, problems: list[str]) -> tuple[str, ...]:
    """Patterns of texts that may hold anything that can be seen, as names of companies do."""
    return given_texts(what, value, problems, lambda text: None, split=False)


def words(what: str, value: t.Any, problems: list[str]) -> tuple[str, ...]:
    """Patterns of single words, as the service's names of kinds are."""
    return given_texts(what, value, problems, lambda text: "is not a single word" if _NO_WORD.search(text) else None)


def can_match_a_name(pattern: str) -> bool:
    """Whether there is any text of the form ``local@domain.tld`` that a pattern in normal form matches.

    Pattern and form are walked through side by side, character by character.
    """
    return len(pattern) <= _LONGEST and _accepts(pattern, _NAME, "name")


def can_match_a_domain(pattern: str) -> bool:
    """Whether there is any domain that a pattern in normal form matches."""
    return len(pattern) <= _LONGEST and _accepts(pattern, _DOMAIN_FORM, "label0")


def _no_name_pattern(text: str) -> str | None:
    bare = _SET.sub("", text)
    if any(char.isspace() for char in text):
        return "has spaces; write each pattern as its own list element"
    # Wide letters of East Asian keyboards look like the signs that they are not, and match nobody.
    wrong = sorted(char for char in set(bare) if _SIGNS.intersection(unicodedata.normalize("NFKC", char)) - {char})
    wrong = sorted({*_NEVER.intersection(bare), *wrong})
    if wrong:
        return f"has {' '.join(wrong)}, which no user principal name has; write each pattern as its own list element"
    if "'" in (text[0], text[-1]):
        return "starts or ends with a quotation mark"
    if not can_match_a_name(pattern_key(text)):
        return "cannot match a user principal name (user@domain.example); for a name in all domains, write user@*"
    return None


def _no_domain(text: str) -> str | None:
    if _DOMAIN.fullmatch(domain_key(text)):
        return None
    advice = "; a pattern is none" if set("*?[") & set(text) else ""
    return "is not a domain, such as contoso.onmicrosoft.com" + advice


def _no_domain_pattern(text: str) -> str | None:
    return None if can_match_a_domain(domain_key(text)) else "cannot match a domain such as contoso.onmicrosoft.com"


def _local(char: str) -> bool:
    return char not in _NEVER and char != "@" and not char.isspace()


def _label(char: str) -> bool:
    # Domains are compared in their ASCII form.
    return char in _LETTERS or char in "-_"


_NAME: dict[str, t.Callable[[str], str | None]] = {
    "name": lambda char: "local" if _local(char) else None,
    "local": lambda char: "label0" if char == "@" else "local" if _local(char) else None,
    "label0": lambda char: "first" if _label(char) else None,
    "first": lambda char: "dot" if char == "." else "first" if _label(char) else None,
    "dot": lambda char: "domain" if _label(char) else None,
    "domain": lambda char: "dot" if char == "." else "domain" if _label(char) else None,
}
_DOMAIN_FORM = {state: step for state, step in _NAME.items() if state not in ("name", "local")}


def _tokens(pattern: str) -> list[str]:
    """The parts of a glob, as fnmatch takes it: ``*``, a set in brackets, or one character."""
    return re.findall(r"\[!?\]?[^\]]*\]|.", pattern, re.DOTALL)


def _accepts(pattern: str, form: t.Mapping[str, t.Callable[[str], str | None]], start: str) -> bool:
    tokens = _tokens(pattern)
    alphabet = sorted({*_LETTERS, *"@.-_'!#^~+&", *pattern.lower()} - set("*?[]"))
    seen: set[tuple[int, str]] = set()
    ahead = [(0, start)]
    while ahead:
        place = ahead.pop()
        if place in seen:
            continue
        seen.add(place)
        at, state = place
        if at == len(tokens):
            if state == "domain":
                return True
            continue
        token = tokens[at]
        if token == "*":
            ahead.append((at + 1, state))
        for char in alphabet:
            following = form[state](char)
            if following and (token in ("*", "?") or (fnmatchcase(char, token) if len(token) > 1 else char == token)):
                ahead.append((at if token == "*" else at + 1, following))
    return False
