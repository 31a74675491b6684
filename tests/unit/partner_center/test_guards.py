"""Options that guard or select: what cannot be meant is refused, and what can be meant is taken."""

from __future__ import annotations

import json
import string
import typing as t
from fnmatch import fnmatchcase

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import pattern_key, upn_key
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.results import parallel_problems
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare import patterns as guards
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import (
    PurgePolicy,
    matched,
    unmatched,
)
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, user
from .leftovers import LEFTOVERS

PAIR = ["break.glass@*", "svc-*@contoso.example"]
CANNOT_BE_MEANT: dict[str, t.Any] = {
    "a wide at sign": "break.glass\uff20*",
    "a wide star": ["break.glass@\uff0a"],
    "a wide comma": "break.glass@*\uff0cx@*",
    "JSON inside a text": json.dumps(PAIR),
    "JSON of one inside a text": json.dumps(PAIR[:1]),
    "JSON over lines": json.dumps(PAIR, indent=2) + "\n",
    "a Python list inside a text": str(PAIR),
    "YAML inside a text": "[break.glass@*, svc-*@contoso.example]",
    "YAML of one inside a text": "[break.glass@*]",
    "JSON inside an element": [json.dumps(PAIR)],
    "JSON of one inside an element": [json.dumps(PAIR[:1])],
    "a list in a list": [PAIR],
    "semicolons": ";".join(PAIR),
    "blanks": " ".join(PAIR),
    "lines": "\n".join(PAIR),
    "semicolons in an element": [";".join(PAIR)],
    "commas in an element": [",".join(PAIR)],
    "blanks in an element": [" ".join(PAIR)],
    "lines in an element": ["\n".join(PAIR)],
    "double quotes": ['"break.glass@*"'],
    "single quotes": ["'break.glass@*'"],
    "typographic quotes": ["\u201cbreak.glass@*\u201d"],
    "quotes in a text": '"break.glass@*","x@*"',
    "a zero-width space": ["break\u200b.glass@*"],
    "a byte order mark": ["\ufeffbreak.glass@*"],
    "a soft hyphen": ["break\u00ad.glass@*"],
    "a control character": ["break.glass\x07@*"],
    "a tabulator": ["break.glass\t@*"],
    "half a pair": ["break.glass\ud800@*"],
    "a number": 5,
    "numbers": [5],
    "a boolean": True,
    "booleans": [True],
    "null inside": ["break.glass@*", None],
    "a dictionary": {"break.glass@*": None},
    "dictionaries": [{"name": "break.glass@*"}],
    "what is left of omit": ["__omit_place_holder__4f2a"],
    "what is left of omit in 2.19": ["<<Omit>>"],
    "omit with a domain": ["<<OMIT>>@contoso.example"],
    **{f"left over: {text}": [text] for text in LEFTOVERS["omit_left_over"]},
    "a template": ["{{ break_glass }}"],
    "nothing": [],
    "no text": "",
    "blank": " ",
    "a comma too many": "break.glass@*,",
    "an empty element": ["break.glass@*", ""],
    "no domain": ["break.glass"],
    "an address": ["mailto:break.glass@contoso.example"],
    "a name and an address": ["Break Glass <break.glass@contoso.example>"],
    "a domain alone": ["contoso.example"],
    "an at sign too many": ["break.glass@@contoso.example"],
    "two at signs": ["*@*@*"],
    "no top level": ["break.glass@contoso"],
    "a question mark for a name": ["?"],
    "a set for a name": ["[break.glass@*"],
    "nothing before the at sign": ["@contoso.example"],
    "nothing after it": ["break.glass@"],
}
CAN_BE_MEANT: dict[str, tuple[t.Any, tuple[str, ...]]] = {
    "a list": (PAIR, tuple(PAIR)),
    "one text": ("break.glass@*", ("break.glass@*",)),
    "a text with commas": ("break.glass@*, svc-*@contoso.example", tuple(PAIR)),
    "case and blanks around": ([" Break.Glass@* "], ("break.glass@*",)),
    "a beginning": (["svc-*"], ("svc-*",)),
    "an end": (["*.admin@contoso.example"], ("*.admin@contoso.example",)),
    "everybody": (["*"], ("*",)),
    "a domain": (["*@contoso.example"], ("*@contoso.example",)),
    "an end of a domain": (["*.onmicrosoft.com"], ("*.onmicrosoft.com",)),
    "sets": ("[ab]*@contoso.example", ("[ab]*@contoso.example",)),
    "sets at both ends": (["[ab]*@contoso.exampl[e]"], ("[ab]*@contoso.exampl[e]",)),
    "a set that is not": (["[!x]*@contoso.example"], ("[!x]*@contoso.example",)),
    "an apostrophe": (["o'brien@contoso.example"], ("o'brien@contoso.example",)),
    "a guest": (["*#EXT#@contoso.onmicrosoft.com"], ("*#ext#@contoso.onmicrosoft.com",)),
    "odd old names": (["a+b&c=d/e@contoso.example"], ("a+b&c=d/e@contoso.example",)),
    "accents": (["Jose\u0301@contoso.example"], ("jos\u00e9@contoso.example",)),
    "an international domain": (["*@m\u00fcnchen.example"], ("*@xn--mnchen-3ya.example",)),
    "an international domain below anything": (["*@*.m\u00fcnchen.example"], ("*@*.xn--mnchen-3ya.example",)),
}


def read(value: t.Any) -> tuple[tuple[str, ...], list[str]]:
    problems: list[str] = []
    return guards.name_patterns("purge_protected", value, problems), problems


@pytest.mark.parametrize("value", CANNOT_BE_MEANT.values(), ids=CANNOT_BE_MEANT)
@pytest.mark.parametrize("option", ["purge_protected", "purge_scope"])
@pytest.mark.parametrize("nested", [False, True])
def test_what_cannot_be_meant_is_refused(option: str, nested: bool, value: t.Any) -> None:
    scope = {"domains": ["contoso.example"]}
    wrong = (
        {"purge_scope": {**scope, "user_principal_names": value}}
        if option == "purge_scope"
        else {"purge_scope": scope, "purge_protected": value}
    )
    users = [{"user_principal_name": "ada@contoso.example"}]
    task = {"undo_file": "/tmp/undo.json", "max_delete": 5, "max_delete_percentage": 10.0}
    block = {"customer_id": CUSTOMER, "users": users, "purge": True, **wrong}
    # What the argument spec has made of it looks well, and must not count.
    made = {
        "purge": True,
        "purge_scope": {"domains": ["contoso.example"], "user_principal_names": ["x@*"]},
        "purge_protected": ["x@*"],
    }
    declared_customers = (
        declare_customers({"customers": [block]}, task) if nested else declare_customers(block, {**task, **made})
    )
    assert declared_customers.customers[0].purge is None and any(
        option in problem for problem in declared_customers.problems
    ), declared_customers.problems


@pytest.mark.parametrize(("value", "taken"), CAN_BE_MEANT.values(), ids=CAN_BE_MEANT)
def test_what_can_be_meant_is_taken(value: t.Any, taken: tuple[str, ...]) -> None:
    assert read(value) == (taken, [])


LOCAL = st.text(string.ascii_letters + string.digits + "._-'\u00e9", min_size=1, max_size=8).filter(
    lambda text: text.strip("'") == text
)
DOMAIN = st.lists(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6), min_size=2, max_size=3).map(
    ".".join
)


@given(LOCAL, DOMAIN, st.data())
def test_a_pattern_that_matches_somebody_is_never_refused(local: str, domain: str, data: t.Any) -> None:
    """Made of a name by putting wildcards in the place of some of its parts."""
    name = upn_key(f"{local}@{domain}")
    start = data.draw(st.integers(0, len(name)))
    end = data.draw(st.integers(start, len(name)))
    for middle in ("*", "?" * (end - start), "".join(f"[{char}]" for char in name[start:end])):
        pattern = name[:start] + middle + name[end:]
        assert fnmatchcase(name, pattern) and read([pattern]) == ((pattern,), [])


@given(st.text("ab@.*?[]!-", min_size=1, max_size=7))
def test_a_pattern_that_is_taken_can_match_somebody(pattern: str) -> None:
    """Compared with all short names there are; a longer one than that can only be needed by a longer pattern."""
    if guards.can_match_a_name(pattern_key(pattern)):
        assert "@" in pattern or any(mark in pattern for mark in "*?["), pattern
    for name in ("a@a.a", "b@a.b", "ab@b.a", "a.b@ab.ab", "a-b@a-b.a.b"):
        if fnmatchcase(name, pattern):
            assert guards.can_match_a_name(pattern_key(pattern))


@pytest.mark.parametrize(
    "value",
    [
        "*.contoso.example",
        "@contoso.example",
        "contoso",
        "ada@contoso.example",
        "contoso.example;other.example",
        "http://contoso.example",
        '["contoso.example"]',
        "contoso .example",
        "contoso..example",
        "<<Omit>>",
        [5],
        [],
        {},
    ],
)
def test_a_scope_by_what_is_no_domain_is_refused(value: t.Any) -> None:
    problems: list[str] = []
    guards.domains("purge_scope.domains", value, problems)
    assert problems


def test_domains_compare_in_their_ascii_form() -> None:
    problems: list[str] = []
    assert (
        guards.domains("x", ["M\u00dcNCHEN.example", "Contoso.Example"], problems)
        == ("xn--mnchen-3ya.example", "contoso.example")
        and problems == []
    )


def test_who_is_matched_by_a_pattern_and_which_patterns_match_nobody() -> None:
    ada = user(0, "Ada@contoso.example")
    assert matched(("ada@*", "bob@*"), ada) == {"ada@*"}
    both, own = (
        PurgePolicy(protected=("ada@*", "bob@*")),
        PurgePolicy(protected=("ada@*", "bob@*", "eve@*"), names=("*",)),
    )
    assert unmatched([(both, {"ada@*"}), (own, {"*"})]) == ["bob@*", "eve@*"], "at one of the customers is enough"
    assert unmatched([(both, {"ada@*"}), (own, None)]) == [], "of a customer that was not read nothing is known"


def test_a_limit_that_a_template_left_empty_is_refused() -> None:
    params = {"max_parallel": 8, "max_fail_percentage": None, "progress_file": None}
    assert parallel_problems(params, {}) == [] and len(parallel_problems(params, {"max_fail_percentage": None})) == 1
    assert parallel_problems({**params, "max_fail_percentage": float("nan")}, {})
