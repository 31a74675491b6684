"""The HTML report: one page of its own, in which a value is nothing but text."""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.text import visible
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .hostile import HOSTILE, everywhere
from .reports import CONTOSO, entries_of_html, page, result, row

hostile = st.text(min_size=1) | st.sampled_from(HOSTILE) | st.text("<>&\"'`{}%#|\\\u202e\n -/=", min_size=1)


def own_parts(parsed: t.Any) -> tuple[t.Any, t.Any]:
    return parsed.tags, parsed.attributes


@settings(max_examples=150, deadline=None)
@given(text=hostile)
@example(text=HOSTILE[0])
@example(text=HOSTILE[1])
def test_a_value_is_nothing_but_text(text: str) -> None:
    made = to_report(everywhere(text), "html", title=text, generated=text)
    parsed = page(made)
    assert own_parts(parsed) == own_parts(
        page(to_report(everywhere("harmless"), "html", title="harmless", generated="harmless"))
    )
    (entry,) = parsed.entries
    shown = visible(text)
    assert entry.values["b"] == [shown] and entry.values["i"][0] == shown
    assert shown in entry.values["p"], "the message"
    assert parsed.texts.count(shown) >= 8
    assert not re.search(r"\{[{%#]", made)
    made.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_cannot_be_seen_is_made_visible(text: str) -> None:
    shown = visible(text)
    assert all(char.isprintable() or char == "\u200d" for char in shown)
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202egnp", "[U+202E]gnp"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("a\u200db", "a[U+200D]b"),
        ("a\u00a0b", "a[U+00A0]b"),
        ("a\r\nb\rc\nd", "a\u23ceb\u23cec\u23ced"),
        ("J\u00fcrgen \u5f20\u4f1f \U0001f600", "J\u00fcrgen \u5f20\u4f1f \U0001f600"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page() -> None:
    made = to_report(result(row(0, "ok")), "html")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', made)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", made, re.DOTALL)
        assert rules.pop(rule) == f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}


def test_nothing_is_loaded_and_no_attribute_is_code() -> None:
    parsed = page(to_report(everywhere("https://example.com/"), "html"))
    assert not set(parsed.tags) & {"link", "img", "iframe", "object", "embed", "form", "base", "video", "audio", "svg"}
    for name, value in parsed.attributes:
        assert name not in ("src", "style", "srcset", "action") and not name.startswith("on")
        assert name != "href" or str(value).startswith("#")
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|innerHTML|eval\(", to_report(result(), "html"))


def test_what_a_user_had_and_has() -> None:
    fields = {
        "display_name": {"before": None, "after": ""},
        "licenses": {"before": ["E3"], "after": ["E3", "E5"]},
        "phone_number": {"after": True},
    }
    (entry,) = entries_of_html(
        to_report(result(row(0, "changed", fields=fields, attempts=2, http_status=200, correlation_id=CONTOSO)), "html")
    )
    assert entry.values["del"] == ["", '["E3"]', ""] and entry.values["ins"] == ["", '["E3", "E5"]', "true"]
    assert entry.values["em"] == ["not set", "empty", "not stated"]
    assert "attempts 2" in entry.text and "HTTP" not in entry.text and f"correlation {CONTOSO}" in entry.text


def test_headings_and_language() -> None:
    parsed = page(to_report(result(row(0, "ok")), "html"))
    assert ("lang", "en") in parsed.attributes and parsed.tags["h1"] == 1 and parsed.tags["main"] == 1
    assert ("name", "viewport") in parsed.attributes and ("content", "light dark") in parsed.attributes
