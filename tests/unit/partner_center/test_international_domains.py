"""A domain has two forms, and both are the same domain; a name in a foreign domain is nobody's here."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import LookupFailed
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import (
    ascii_domain,
    domain_key,
    upn_domain,
    upn_key,
    without_prefix,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Need, Unread
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import customer_by_domain
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, declared, gone, snapshot, user

FORMS = [
    ("m\u00fcnchen.example", "xn--mnchen-3ya.example"),
    ("M\u00dcNCHEN.Example", "xn--mnchen-3ya.example"),
    ("mu\u0308nchen.example", "xn--mnchen-3ya.example"),
    ("a.b\u00fccher.example", "a.xn--bcher-kva.example"),
    ("\u4f8b\u3048.example", "xn--r8jz45g.example"),
    ("contoso.example", "contoso.example"),
]
DOMAINS = ("contoso.onmicrosoft.com", "xn--mnchen-3ya.example")


@pytest.mark.parametrize(("written", "ascii_form"), FORMS)
def test_both_forms_are_one(written: str, ascii_form: str) -> None:
    assert domain_key(written) == ascii_form == domain_key(ascii_form.upper())
    assert upn_key(f"Anna@{written}") == f"anna@{ascii_form}" and upn_domain(f"anna@{written}") == ascii_form
    assert ascii_domain(f"Anna@{written}").lower() == f"anna@{ascii_form}"


@pytest.mark.parametrize("label", ["stra\u00dfe", "\u03ba\u03cc\u03c3\u03bc\u03bf\u03c2", "a\u200db"])
def test_what_is_two_domains_by_one_rule_and_one_by_another_is_not_made_one(label: str) -> None:
    assert domain_key(f"{label}.example") == f"{label}.example"
    assert domain_key("stra\u00dfe.example") not in (domain_key("strasse.example"), domain_key("xn--strae-oqa.example"))


@given(st.text(max_size=20))
def test_a_normal_form_is_its_own(text: str) -> None:
    assert domain_key(domain_key(text)) == domain_key(text) and upn_key(upn_key(text)) == upn_key(text)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,12}@[A-Za-z0-9.-]{1,12}", fullmatch=True))
def test_names_in_ascii_are_as_they_were(name: str) -> None:
    assert upn_key(name) == name.lower() and ascii_domain(name) == name


def test_whoever_is_named_in_the_other_form_is_found() -> None:
    anna = user(0, "anna@xn--mnchen-3ya.example")
    state = snapshot(anna, domains=DOMAINS)
    made = plan_user(declared(user_principal_name="anna@m\u00fcnchen.example", state="absent"), state)
    assert [(operation.action, operation.user_id) for operation in made.operations] == [("delete", IDS[0])]
    assert (
        plan_user(declared(user_principal_name="Anna@M\u00fcnchen.example", display_name="Ada"), state).operations == ()
    ), "no rename"


def test_whoever_is_created_or_renamed_gets_the_form_that_the_directory_keeps() -> None:
    state = snapshot(user(0, "ada@contoso.onmicrosoft.com"), domains=DOMAINS)
    created = plan_user(
        declared(user_principal_name="Eve@m\u00fcnchen.example", display_name="Eve", password="Correct-Horse-7"), state
    )
    assert created.operations[0].after("user_principal_name") == {"user_principal_name": "Eve@xn--mnchen-3ya.example"}
    renamed = plan_user(
        declared(
            user_principal_name="ada@m\u00fcnchen.example", previous_user_principal_name="ada@contoso.onmicrosoft.com"
        ),
        state,
    )
    assert renamed.operations[0].after() == {"user_principal_name": "ada@xn--mnchen-3ya.example"}


class TestAbsentInAForeignDomain:
    ROW = declared(user_principal_name="anna@fabrikam.example", state="absent")

    def test_is_refused_when_the_domains_are_known(self) -> None:
        assert plan_user(self.ROW, snapshot(domains=DOMAINS)).details == {"reason": "foreign_domain"}

    def test_is_fine_when_they_are_not(self) -> None:
        assert plan_user(self.ROW, snapshot(domains=None)).refusal is None

    def test_costs_a_read_only_when_nobody_is_found(self) -> None:
        here = declared(user_principal_name="ada@contoso.example", state="absent")
        assert plan_user(here, snapshot(user(), domains=None, domains_read=False)).operations
        assert plan_user(here, snapshot(gone(), domains=None, domains_read=False)).refusal is None, "already deleted"
        assert (
            plan_user(
                declared(user_id=IDS[3], user_principal_name=None, state="absent"), snapshot(domains_read=False)
            ).refusal
            is None
        )
        with pytest.raises(Unread) as asked:
            plan_user(here, snapshot(domains=None, domains_read=False))
        assert asked.value.needs == {Need("domains")}


class Listing:
    """A partner with one customer."""

    def customers(self, _field: str, prefix: str) -> t.Iterator[Customer]:
        return iter(
            [Customer(CUSTOMER, "M", "xn--mnchen-3ya.example", None)]
            if "xn--mnchen-3ya.example".startswith(prefix)
            else []
        )


def test_a_customer_is_found_by_either_form() -> None:
    for domain in ("m\u00fcnchen.example", "XN--MNCHEN-3YA.example"):
        assert customer_by_domain(t.cast(t.Any, Listing()), domain).id == CUSTOMER
    with pytest.raises(LookupFailed):
        customer_by_domain(t.cast(t.Any, Listing()), "munchen.example")


def test_one_customer_in_both_forms_is_declared_twice() -> None:
    blocks = [
        {"customer_domain": domain, "users": [{"user_principal_name": "a@x.example", "display_name": "A"}]}
        for domain in FORMS[0]
    ]
    assert "declared_twice" in [problem.reason for problem in declare_customers({"customers": blocks}, {}).problems]


def test_the_prefix_of_a_deleted_user_is_taken_off_as_it_was_written() -> None:
    hexadecimal = IDS[1].replace("-", "")
    assert without_prefix(f"{hexadecimal}Anna@m\u00fcnchen.example", IDS[1]) == "Anna@m\u00fcnchen.example"
    assert without_prefix("Anna@m\u00fcnchen.example", IDS[1]) == "Anna@m\u00fcnchen.example"
