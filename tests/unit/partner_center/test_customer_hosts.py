"""Which customers become hosts and what the hosts are called, with names that nobody would choose."""

from __future__ import annotations

import random
import re
import typing as t
import uuid

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.doc_fragments.sign_in import ModuleDocFragment
from ansible_collections.tenantops.partner_center.plugins.inventory import customers as plugin
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as options
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.inventory.hosts import (
    FILTERS,
    HOSTNAMES,
    Selection,
    host_names,
    preference,
    selection,
)
from hypothesis import given
from hypothesis import strategies as st
from support.refused import about

ONE, TWO, THREE = (str(uuid.UUID(int=number)) for number in (1, 2, 3))


def customer(
    customer_id: str = ONE,
    name: str | None = "Contoso",
    domain: str | None = "contoso.onmicrosoft.com",
    relationship: str | None = "reseller",
) -> Customer:
    return Customer(customer_id, name, domain, relationship)


# Names


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [(["domain"], "contoso.onmicrosoft.com"), (["id"], ONE), (["name"], "contoso"), (["name", "domain"], "contoso")],
)
def test_a_host_is_called_as_wanted(preferred: list[str], expected: str) -> None:
    assert host_names([customer(domain="Contoso.onMicrosoft.com")], preferred) == ({ONE: expected}, [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("O'Brien & Söhne GmbH", "o-brien-s-hne-gmbh"),
        ("  Contoso,  Ltd. ", "contoso-ltd"),
        ("{{ 1 + 1 }}", "1-1"),
        ("日本", ONE),
        ("All", ONE),
        ("customers", ONE),
        ("localhost", ONE),
        ("!contoso:&x[0]", "contoso-x-0"),
        ("../../etc/passwd", "etc-passwd"),
        ("-i", "i"),
        ("", ONE),
        (None, ONE),
        ("x" * 200, "x" * 63),
    ],
)
def test_a_name_becomes_a_safe_one(name: str | None, expected: str) -> None:
    assert host_names([customer(name=name)], ["name"]) == ({ONE: expected}, [])


NO_DOMAINS = [
    None,
    "",
    "localhost",
    "10.0.0.1",
    "a b.example",
    "{{ x }}.example",
    "a..example",
    "-a.example",
    "a.example:22",
    "münchen.example",
]


@pytest.mark.parametrize("domain", [*NO_DOMAINS, "x" * 250 + ".com", "x" * 64 + ".com"])
def test_a_domain_that_is_none_is_not_used(domain: str | None) -> None:
    assert host_names([customer(domain=domain)], ["domain"])[0] == {ONE: ONE}


def test_a_name_that_several_have_is_given_to_none_of_them_and_said() -> None:
    listed = [
        customer(ONE, "Contoso", "a.example"),
        customer(TWO, "contoso!", "b.example"),
        customer(THREE, "Fabrikam", "c.example"),
    ]
    names, said = host_names(listed, ["name", "domain"])
    assert names == {ONE: "a.example", TWO: "b.example", THREE: "fabrikam"}
    (told,) = said
    assert all(fact in told for fact in ("contoso", "a.example", ONE, "b.example", TWO)) and THREE not in told


def test_nobody_can_take_the_id_of_somebody_else_as_a_name() -> None:
    names, said = host_names([customer(ONE, TWO, None), customer(TWO, "Fabrikam", None)], ["name"])
    assert names == {ONE: ONE, TWO: "fabrikam"} and len(said) == 1
    assert host_names([customer(ONE, TWO, None), customer(TWO, "", None)], ["name"])[0] == {ONE: ONE, TWO: TWO}


words = st.sampled_from(
    ["Contoso", "contoso", "CONTOSO!", "all", "{{ x }}", "", "a.example", "A.example", ONE, TWO, "10.0.0.1", "ı", "İ"]
)
hostile = st.one_of(st.none(), words, st.text(max_size=40))
companies = st.lists(st.tuples(st.integers(1, 12), hostile, hostile), max_size=12, unique_by=lambda item: item[0])


@given(
    companies,
    st.lists(st.sampled_from(HOSTNAMES), min_size=1, max_size=3, unique=True),
    st.randoms(use_true_random=False),
)
def test_names_are_safe_unique_and_independent_of_the_order(
    drawn: list[tuple[int, t.Any, t.Any]], preferred: list[str], chance: random.Random
) -> None:
    listed = [customer(str(uuid.UUID(int=number)), name, domain) for number, name, domain in drawn]
    names, said = host_names(listed, preferred)
    assert set(names) == {item.id for item in listed}
    assert len(set(names.values())) == len(listed)
    for customer_id, name in names.items():
        assert re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", name) and len(name) <= 253
        assert name not in ("all", "ungrouped", "localhost", "customers", "127.0.0.1") and not re.fullmatch(
            r"[0-9.]+\.[0-9.]+", name
        )
        assert name == customer_id or name not in names
    chance.shuffle(listed)
    assert host_names(listed, preferred) == (names, said)


@given(companies)
def test_a_customer_that_is_named_by_its_domain_keeps_its_name_whatever_others_are_called(
    drawn: list[tuple[int, t.Any, t.Any]],
) -> None:
    """Somebody else can take a domain only by having it."""
    listed = [customer(str(uuid.UUID(int=number)), name, None) for number, name, _domain in drawn]
    mine = customer(str(uuid.UUID(int=99)), "Mine", "mine.example")
    assert host_names([*listed, mine], ["domain", "name"])[0][mine.id] == "mine.example"


# Filters


@pytest.mark.parametrize(
    ("filters", "taken"),
    [
        ({}, "abc"),
        ({"names": ("CONTOSO*",)}, "ab"),
        ({"names": ("contoso",)}, "a"),
        ({"names": ("contoso", "f*")}, "ac"),
        ({"names": ("contoso*",), "domains": ("*.example",)}, "b"),
        ({"domains": ("*.ONmicrosoft.com",)}, "a"),
        ({"relationships": ("advisor",)}, "c"),
        ({"customer_ids": (ONE.upper(), THREE)}, "ac"),
        ({"exclude_names": ("*pharma*",)}, "ac"),
        ({"names": ("contoso*",), "exclude_domains": ("contoso.*",)}, "b"),
        ({"customer_ids": (ONE,), "exclude_customer_ids": (ONE,)}, ""),
        ({"exclude_relationships": ("*",)}, ""),
        ({"names": ("[cf]*",)}, "abc"),
    ],
)
def test_filters(filters: dict[str, tuple[str, ...]], taken: str) -> None:
    listed = {
        "a": customer(ONE, "Contoso", "contoso.onmicrosoft.com"),
        "b": customer(TWO, "Contoso Pharma", "pharma.example"),
        "c": customer(THREE, "Fabrikam", None, "advisor"),
    }
    chosen, problems = selection(filters)
    assert problems == [] and "".join(key for key, item in listed.items() if chosen.takes(item)) == taken


def test_an_id_that_nobody_has_is_found_missing() -> None:
    assert Selection(customer_ids=(ONE.upper(), TWO)).missing([customer(ONE)]) == [TWO]


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("value", [None, "", [""], [None], [1], {"a": 1}, 5, True])
def test_a_filter_that_is_no_list_of_texts_is_refused(name: str, value: t.Any) -> None:
    assert {reason for _option, reason in about(selection({name: value})[1])} <= {"not_a_list", "empty"}
    assert selection({name: value})[1][0].startswith(name)


@pytest.mark.parametrize("name", [name for name in FILTERS if not name.endswith("customer_ids")])
@pytest.mark.parametrize(
    "value",
    [
        '["contoso*"]',
        "['contoso*']",
        ['["contoso*"]'],
        ["'contoso*'"],
        ['"contoso*"'],
        ["conto\u200bso*"],
        ["contoso*\x00"],
        ["<<Omit>>"],
        ["{{ unwanted }}"],
        ["__omit_place_holder__1"],
        [["contoso*"]],
        [{"name": "contoso*"}],
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(name: str, value: t.Any) -> None:
    """An exclusion that matches nobody excludes nobody, without a word."""
    assert selection({name: value})[1]


@pytest.mark.parametrize(
    "value",
    [
        "contoso.*;fabrikam.*",
        ["contoso.* fabrikam.*"],
        ["@contoso.example"],
        ["contoso,fabrikam"],
        ["https://contoso.example"],
    ],
)
@pytest.mark.parametrize("name", ["domains", "exclude_domains"])
def test_a_pattern_that_can_match_no_domain_is_refused(name: str, value: t.Any) -> None:
    assert selection({name: value})[1]


def test_what_a_name_may_have_in_it() -> None:
    names = ['Smith, Jones & Co; "Law"!', "O'Brien (UK)", "[cf]*", "*{x}*"]
    assert selection({"exclude_names": names}) == (Selection(exclude_names=tuple(names)), [])
    assert about(selection({"exclude_names": "Smith, Jones"})[1]) == [(None, "not_a_list")], "it would exclude neither"
    assert selection({"exclude_domains": "a.example, b.example"})[0].exclude_domains == ("a.example", "b.example")


def test_a_filter_that_is_empty_does_not_take_everybody() -> None:
    found = selection({name: [] for name in FILTERS})[1]
    assert about(found) == [(None, "empty")] * len(FILTERS)
    assert [problem.split()[0] for problem in found] == list(FILTERS)
    (problem,) = selection({"customer_ids": ["contoso"]})[1]
    assert problem.startswith("customer_ids") and "'contoso'" in problem


def test_patterns_that_match_no_customer() -> None:
    listed = [customer(ONE, "Contoso", "contoso.onmicrosoft.com"), customer(TWO, "Fabrikam", None, "advisor")]
    chosen = Selection(
        domains=("*.onmicrosoft.com",),
        exclude_domains=("wingtip.*",),
        exclude_names=("fab*", "wing*"),
        exclude_customer_ids=(THREE,),
    )
    assert chosen.unmatched(listed) == [
        ("exclude_customer_ids", THREE),
        ("exclude_domains", "wingtip.*"),
        ("exclude_names", "wing*"),
    ]


def test_an_exclusion_that_cannot_tell_leaves_the_customer_out() -> None:
    unknown = customer(TWO, "Fabrikam", None)
    assert not Selection(exclude_domains=("wingtip.*",)).takes(unknown) and Selection(
        exclude_domains=("wingtip.*",)
    ).doubtful(unknown) == ["exclude_domains"]
    assert (
        Selection(exclude_names=("wing*",)).takes(unknown)
        and Selection(exclude_names=("wing*",)).doubtful(unknown) == []
    )
    assert Selection(exclude_domains=("wingtip.*",), exclude_names=("fab*",)).doubtful(unknown) == [], (
        "it is excluded anyway"
    )


def test_domains_compare_in_their_ascii_form() -> None:
    chosen = selection({"exclude_domains": ["*.M\u00fcnchen.example"]})[0]
    assert not chosen.takes(customer(ONE, "M", "a.xn--mnchen-3ya.example")) and not chosen.takes(
        customer(ONE, "M", "a.m\u00fcnchen.example")
    )


@pytest.mark.parametrize("value", [None, [], "domain", ["colour"], ["id", "id"]])
def test_kinds_of_names_that_are_none(value: t.Any) -> None:
    assert preference(value)[1] and not preference(["name", "id"])[1]


# The plugin's own parts


def test_every_sign_in_option_can_come_from_everywhere() -> None:
    documented = yaml.safe_load(ModuleDocFragment.PLUGINS)["options"]
    assert documented == {
        name: {
            "env": [{"name": options.variable(name)}],
            "ini": [{"section": "partner_center", "key": name}],
            "vars": [{"name": f"partner_center_{name}"}],
        }
        for name in options.ARGUMENT_SPEC
    }, "each option of ARGUMENT_SPEC belongs into the part PLUGINS of doc_fragments/sign_in.py"


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"id": ONE},
        {"id": "x", "domain": None, "name": None, "relationship": None},
        {"id": ONE, "domain": 1, "name": None, "relationship": None},
    ],
)
def test_a_cache_with_anything_wrong_in_it_is_not_used(record: t.Any) -> None:
    good = {"id": ONE, "domain": "contoso.onmicrosoft.com", "name": "Contoso", "relationship": "reseller"}
    made = plugin.InventoryModule()
    made._cache = {"key": [good, record], "good": [good], "none": None}
    assert made._cached("key") is None and made._cached("none") is None and made._cached("other") is None
    assert made._cached("good") == [customer()]


def test_a_listing_that_repeats_a_customer_has_it_once() -> None:
    assert plugin._unique([customer(ONE), customer(TWO), customer(ONE.upper(), "Later")]) == [
        customer(ONE.upper(), "Later"),
        customer(TWO),
    ]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("customers.yml", True), ("my.partner_center.yaml", True), ("hosts.yml", False), ("customers.json", False)],
)
def test_the_name_of_the_file_decides(tmp_path: t.Any, name: str, wanted: bool) -> None:
    path = tmp_path / name
    path.write_text("plugin: tenantops.partner_center.customers")
    assert plugin.InventoryModule().verify_file(str(path)) is wanted
