"""The Markdown report: nothing of a value comes alive in a comment, and what does not fit is the least important."""

from __future__ import annotations

import re
import typing as t
from html.parser import HTMLParser

import pytest
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.markdown_text import LONGEST, code
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.text import cut, visible
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .hostile import HOSTILE, everywhere
from .reports import CONTOSO, STATUSES, WORDS, result, row, rows_of_markdown, status_of

markdown_it = pytest.importorskip("markdown_it")

ORDER = ("failed", "unknown", "changed", "skipped", "ok")
IN_WORDS = {status: word for word, status in WORDS.items()}
LIVELY = [
    *HOSTILE,
    "@everyone @all @octocat",
    "a|b||c\\|d\\",
    "`x` ``y`` ```",
    " ` ",
    "   ",
    "![i](https://example.com/i.png) [l](https://example.com) <https://example.com> https://example.com www.example.com me@example.com",
    "#1 !2 GH-3 owner/repo#4 ~label %1 :smile: $`x`$ 0123456789abcdef0123456789abcdef01234567",
    "/close\n/merge\n# heading\n- [ ] task\n> quote\n```\ncode",
    "</details></summary><details>",
    "**b** _i_ ~~s~~ [^1] [[_TOC_]]",
]
lively = st.sampled_from(LIVELY) | st.text("`|\\ {%#}<>@[]()*_!\n&;-a", min_size=1, max_size=60) | st.text(min_size=1)


class _Rendered(HTMLParser):
    """Splits a rendered page into the texts in code elements and everything else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0
        self.codes: list[str] = []
        self.rest = ""
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        if tag == "code":
            self.depth += 1
            self.codes.append("")
        if tag in ("td", "th"):
            self.cells.append("")
        self.rest += f"<{tag}{''.join(f' {name}={value}' for name, value in attrs)}>" if tag != "code" else ""

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"
        self.rest += f"</{tag}>" if tag != "code" else ""

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.codes[-1] += data
        else:
            self.rest += data
        if self.cells:
            self.cells[-1] += data


def rendered(text: str) -> _Rendered:
    parsed = _Rendered()
    parsed.feed(markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    parsed.close()
    return parsed


def without_references(rest: str) -> str:
    """Bars, braces and marks of direction stand between code spans, as references; alone they are harmless."""
    return re.sub("[|{\u200e]", "", rest)


@settings(max_examples=150, deadline=None)
@given(text=lively)
@example(text=LIVELY[-1])
@example(text=LIVELY[-5])
def test_a_value_is_only_ever_code(text: str) -> None:
    made = to_report(everywhere(text), "markdown", title=f"{text}!", generated=text, limit=1_000_000)
    parsed, harmless = (
        rendered(made),
        rendered(
            to_report(everywhere("harmless"), "markdown", title="harmless!", generated="harmless", limit=1_000_000)
        ),
    )
    assert without_references(parsed.rest) == without_references(harmless.rest)
    assert len(parsed.cells) == len(harmless.cells), "no cell begins or ends in a value"
    assert not re.search(r"\{[{%#]", made)
    made.encode()


@settings(max_examples=200, deadline=None)
@given(text=lively)
def test_code_shows_the_text_as_it_is(text: str) -> None:
    parsed = rendered(f"| a | b |\n| --- | --- |\n| {code(text)} | x |\n")
    assert parsed.cells[2].strip() == cut(visible(text), LONGEST).strip() and parsed.cells[3].strip() == "x"


@pytest.mark.parametrize("text", LIVELY)
def test_no_line_begins_with_a_value(text: str) -> None:
    """Otherwise a service could take it for a command."""
    for line in to_report(everywhere(text), "markdown", title=text).splitlines():
        assert re.match(
            r"$|## |\*\*|> This |Requests: |Generated: |\* (`|&#)|\| |\|( --- \|)+$|</?details|customer id (`|&#)|Not shown",
            line,
        ), line


def test_what_a_reader_gets() -> None:
    value = result(
        row(0, "ok"),
        row(
            1,
            "changed",
            action="update",
            source="users.csv:3",
            fields={"display_name": {"before": "A|B", "after": None}},
        ),
        row(
            2,
            "failed",
            action="create",
            http_status=403,
            code="900308",
            request_id="r1",
            attempts=3,
            message="No role.",
        ),
        customers=[{"customer_id": CONTOSO, "customer_name": "Contoso"}],
        requests={"reads": 1, "writes": 2, "retries": 1, "throttled": 0},
    )
    text = to_report(value, "markdown", title="Users of Contoso")
    assert text.startswith(
        "## Users of Contoso\n\n**1 failed, 1 updated, 1 unchanged** (3 users of 1 customer)\n\nRequests: 1 read, 2 writes\n"
    )
    assert (
        "| Customer | failed | updated | unchanged | Message |\n| --- | --- | --- | --- | --- |\n"
        "| `Contoso` | 1 | 1 | 1 |  |\n" in text
    )
    assert "<details open><summary><code>Contoso</code>: 1 failed, 1 updated, 1 unchanged</summary>\n\n" in text
    failed, changed, ok = rows_of_markdown(text)
    assert failed == [
        "\u274c **failed**<br>`create`",
        "`user2@contoso.example`<br>`row 3`",
        "",
        "`No role.`<br>HTTP `403`, code `900308`",
    ]
    assert changed[1:3] == ["`user1@contoso.example`<br>`users.csv:3`", "`display_name`: `A`&#124;`B` \u2192 not set"]
    assert ok[0] == "unchanged"


def test_customers_without_failures_are_folded_in() -> None:
    assert "<details><summary>" in to_report(result(row(0, "changed")), "markdown")


def test_the_arrow_keeps_its_direction_between_texts_from_right_to_left() -> None:
    fields = {"display_name": {"before": "\u05d0\u05d1", "after": "\u05d2\u05d3"}}
    assert "`\u05d0\u05d1` &lrm;\u2192&lrm; `\u05d2\u05d3`" in to_report(
        result(row(0, "changed", fields=fields)), "markdown"
    )


class TestLimit:
    @settings(max_examples=40, deadline=None)
    @given(
        statuses=st.lists(st.sampled_from(STATUSES), max_size=120),
        customers=st.integers(1, 60),
        limit=st.integers(5000, 12_000),
        message=st.sampled_from(["", "m" * 50, "|" * 300, "`" * 200]),
    )
    def test_it_is_kept_and_the_worst_is_shown(
        self, statuses: list[str], customers: int, limit: int, message: str
    ) -> None:
        ids = [f"{CONTOSO[:-4]}{number:04x}" for number in range(customers)]
        value = result(
            *(row(n, status, customer_id=ids[n % customers], message=message) for n, status in enumerate(statuses)),
            msg=message,
        )
        text = to_report(value, "markdown", limit=limit, title=message, generated=message)
        assert len(text) <= limit
        shown = [int(re.search(r"user(\d+)@", cells[1])[1]) for cells in rows_of_markdown(text)]  # type: ignore[index]
        assert len(shown) == len(set(shown))
        left = [status for number, status in enumerate(statuses) if number not in shown]
        if left:
            best_left = min(map(ORDER.index, left))
            assert all(ORDER.index(statuses[number]) <= best_left for number in shown)
            said = ", ".join(f"{left.count(status)} {IN_WORDS[status]}" for status in ORDER if status in left)
            assert (
                f"{len(left)} user{'s' * (len(left) != 1)} ({said})" in text and "**Not shown, to stay within" in text
            )
        else:
            assert "users (" not in text or "**Not shown" not in text

    def test_ten_thousand_users_fit_into_a_comment(self) -> None:
        statuses = ["ok"] * 9_900 + ["changed"] * 90 + ["failed"] * 10
        text = to_report(result(*(row(n, status, message="m" * 80) for n, status in enumerate(statuses))), "markdown")
        assert 50_000 < len(text) <= 60_000
        rows = rows_of_markdown(text)
        assert [status_of(cells) for cells in rows[:100]] == ["failed"] * 10 + ["changed"] * 90
        left = 10_000 - len(rows)
        assert (
            f"{left:,} users ({left:,} unchanged)" in text
            and f"Not shown of this customer: {left:,} unchanged." in text
        )

    def test_many_runs_and_many_customers(self) -> None:
        runs = [
            result(row(n, "ok", customer_id=f"{CONTOSO[:-4]}{n:04x}"), msg="m" * 300, failed=n == 999)
            for n in range(1000)
        ]
        text = to_report(runs, "markdown", limit=20_000)
        assert len(text) <= 20_000 and "`Run 1000 (converge, failed)`" in text
        assert re.search(r"[\d,]+ customers in the table; [\d,]+ remarks about runs", text)

    def test_a_long_value_is_cut_and_says_so(self) -> None:
        assert "(600 more characters)" in to_report(result(row(0, "failed", message="m" * 1000)), "markdown")
