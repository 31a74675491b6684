"""The HTML report: one page of its own, in which a value is nothing but text."""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
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
    assert entry.values["b"] == [visible(f"{text}?"), shown] and entry.values["i"][1] == shown
    assert shown in entry.values["p"], "the message"
    assert [text.strip() for text in parsed.texts].count(shown.strip()) >= 5
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
    assert not {"attempts", "HTTP", CONTOSO} & set(entry.text.split()), "nothing that is another one in the next run"


def test_headings_and_language() -> None:
    parsed = page(to_report(result(row(0, "ok")), "html"))
    assert ("lang", "en") in parsed.attributes and parsed.tags["h1"] == 1 and parsed.tags["main"] == 1
    assert ("name", "viewport") in parsed.attributes and ("content", "light dark") in parsed.attributes


LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class TestAppearance:
    """What users choose: a template of their own, a logo, a colour."""

    def made(self, **options: t.Any) -> str:
        return to_report(
            result(row(0, "ok"), customers=[{"customer_id": CONTOSO, "customer_name": "Contoso"}]), "html", **options
        )

    def test_a_logo_is_a_part_of_the_page(self, tmp_path: Path) -> None:
        logo = tmp_path / "logo.png"
        logo.write_bytes(LOGO)
        made = self.made(report_logo=str(logo))
        assert f'<img class="logo" src="data:image/png;base64,{base64.b64encode(LOGO).decode()}" alt="">' in made
        assert "img-src data:;" in made and "img-src" not in self.made()

    @pytest.mark.parametrize(
        "content", [b"<html></html>", b"", b"<?xml version='1.0'?><a/>", b"GIF", LOGO + b"x" * 600_000]
    )
    def test_anything_else_is_no_logo(self, tmp_path: Path, content: bytes) -> None:
        logo = tmp_path / "logo.png"
        logo.write_bytes(content)
        for path in (logo, tmp_path / "none.png", tmp_path):
            with pytest.raises(AnsibleFilterError, match="report_logo"):
                self.made(report_logo=str(path))

    def test_a_colour_is_in_the_style_and_allowed_there(self) -> None:
        made = self.made(report_accent="#7a1FA2")
        assert ":root { --accent: #7a1FA2; }</style>" in made
        test = re.findall("<style>(.*?)</style>", made, re.DOTALL)[0]
        assert base64.b64encode(hashlib.sha256(test.encode()).digest()).decode() in made

    @pytest.mark.parametrize(
        "colour", ["red", "#12", "#1234567", "#abc; } * { display: none", "url(//x)", "#abc\n}", 7]
    )
    def test_anything_else_is_no_colour(self, colour: t.Any) -> None:
        with pytest.raises(AnsibleFilterError, match="report_accent"):
            self.made(report_accent=colour)

    def test_a_template_extends_the_one_of_the_collection(self, tmp_path: Path) -> None:
        template = tmp_path / "mine.html.j2"
        template.write_text(
            '{% extends "standard_report.html.j2" %}{% block style %}{{ super() }} h1 { color: teal; }{% endblock %}'
            '{% block footer %}{% include "footer.html" %}{% endblock %}'
        )
        (tmp_path / "footer.html").write_text("<footer>{{ customers[0].label }} {{ title }}</footer>")
        made = self.made(report_template=str(template), title="<b>")
        assert "<footer>Contoso &lt;b&gt;</footer>" in made and "user0@contoso.example" in made
        style = re.findall("<style>(.*?)</style>", made, re.DOTALL)[0]
        assert style.endswith("h1 { color: teal; }")
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in made

    @settings(max_examples=30, deadline=None)
    @given(text=hostile)
    def test_a_template_of_a_user_escapes_everything(self, tmp_path_factory: t.Any, text: str) -> None:
        template = tmp_path_factory.mktemp("own") / "own.txt"
        template.write_text(
            "<p>{% for customer in customers %}{% for group in customer.groups %}{{ group.message }}"
            "{% for user in group.users %}<a title='{{ user.name }}'>{{ user }}</a>{% endfor %}{% endfor %}{% endfor %}</p>"
        )
        made = to_report(everywhere(text), "html", report_template=str(template))
        assert page(made).tags == {"p": 1, "a": 1} and not re.search(r"\{[{%#]", made)

    @pytest.mark.parametrize(
        "content",
        [
            "{% if %}",
            "{{ nothing.like.it }}",
            '{% extends "nowhere.j2" %}',
            "{{ 1 / 0 }}",
            "{% include 'x' %}",
            "{{ title | nofilter }}",
        ],
    )
    def test_a_template_that_cannot_be_used_is_named(self, tmp_path: Path, content: str) -> None:
        template = tmp_path / "broken.j2"
        template.write_text(content)
        with pytest.raises(AnsibleFilterError, match=r"report_template .*broken\.j2"):
            self.made(report_template=str(template))
        with pytest.raises(AnsibleFilterError, match="report_template"):
            self.made(report_template=str(tmp_path / "none.j2"))

    @pytest.mark.parametrize("format", ["json", "markdown"])
    @pytest.mark.parametrize("option", ["report_template", "report_logo", "report_accent"])
    def test_no_option_is_ignored(self, format: str, option: str) -> None:
        with pytest.raises(AnsibleFilterError, match=option):
            to_report(result(), format, **{option: "#abc"})
        assert to_report(result(), format, **{option: ""}) == to_report(result(), format)


def test_no_row_is_drawn_only_when_it_is_looked_at() -> None:
    assert "content-visibility: auto" not in to_report(result(), "html")
