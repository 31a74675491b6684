"""The filter to_report: every user once, worst first, the same bytes for the same input, and nothing invented."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.text import ids_words
from hypothesis import given, settings
from hypothesis import strategies as st

from .reports import CONTOSO, FABRIKAM, FORMATS, entries_of_html, result, results, row, rows_of_markdown, status_of

DONE = {"delete": "deleted", "create": "created", "restore": "restored", "rename": "renamed", "update": "updated"}

each_format = pytest.mark.parametrize("format", FORMATS)


def names(text: str, format: str) -> list[str]:
    """The users in a report, in its order, with every repetition."""
    if format == "json":
        text = "\n".join(str(user["user_principal_name"]) for user in json.loads(text)["users"])
    return re.findall(r"user\d+@contoso\.example", text)


def document(value: t.Any, **options: t.Any) -> dict[str, t.Any]:
    return json.loads(to_report(value, "json", **options))


class TestAnyFormat:
    @each_format
    @settings(max_examples=30, deadline=None)
    @given(value=results())
    def test_every_row_is_there_exactly_once(self, format: str, value: t.Any) -> None:
        runs = value if isinstance(value, list) else [value]
        wanted = sorted(
            entry["user_principal_name"] for run in runs for key in ("rows", "purged") for entry in run.get(key) or []
        )
        limit = {"limit": 1_000_000} if format == "markdown" else {}
        assert sorted(names(to_report(value, format, **limit), format)) == wanted

    @each_format
    @settings(max_examples=15, deadline=None)
    @given(value=results())
    def test_the_same_input_gives_the_same_text(self, format: str, value: t.Any) -> None:
        assert to_report(value, format) == to_report(json.loads(json.dumps(value)), format)

    @each_format
    def test_title_and_time_are_as_given(self, format: str) -> None:
        text = to_report(result(), format, title="Users of Contoso", generated="at noon")
        assert "Users of Contoso" in text and "at noon" in text
        assert "enerated:" not in to_report(result(), format)

    @pytest.mark.parametrize("prediction", [{"check_mode": True}, {"mode": "plan"}])
    @pytest.mark.parametrize("format", ["markdown", "html"])
    def test_a_prediction_never_says_that_something_was_done(self, format: str, prediction: dict[str, t.Any]) -> None:
        rows = [row(place, "changed", action=action) for place, action in enumerate(DONE)]
        text = to_report(result(*rows, row(9, "failed"), requests={"writes": 1}, **prediction), format)
        text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", "", text, flags=re.DOTALL)
        assert "Prediction: nothing was changed." in text and "1 write would be sent" in text
        for action, done in DONE.items():
            assert f"to {action}" in text and done not in text.replace("not as declared", "")
        text = to_report(result(*rows), format)
        assert all(done in text and f"to {action}" not in text for action, done in DONE.items())

    @each_format
    def test_a_password_never_leaves_even_if_it_came(self, format: str) -> None:
        changed = row(0, "changed", fields={"password": {"before": "Old-Horse-7", "after": "Correct-Horse-7"}})
        text = to_report(result(changed), format)
        assert "Horse" not in text and "********" in text

    @each_format
    @pytest.mark.parametrize("value", ["text", None, 7, ["text"], [[{}]], {"results": ["text"]}])
    def test_other_input_is_refused(self, format: str, value: t.Any) -> None:
        with pytest.raises(AnsibleFilterError, match="customer_users"):
            to_report(value, format)

    @each_format
    @settings(max_examples=60, deadline=None)
    @given(
        value=st.dictionaries(
            st.sampled_from(
                "rows purged customers summary requests mode check_mode msg correlation_id results skipped failed".split()
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from("customer_id status fields index spared rows reads message before".split()),
                        inner,
                        max_size=5,
                    )
                ),
            ),
        )
    )
    def test_no_mapping_makes_it_fail(self, format: str, value: t.Any) -> None:
        try:
            to_report(value, format).encode()
        except AnsibleFilterError as problem:
            assert "customer_users" in str(problem) and "results" in value

    @each_format
    def test_a_failure_without_rows_is_no_success(self, format: str) -> None:
        text = to_report({"failed": True, "msg": "Options were refused."}, format)
        assert "Options were refused." in text
        assert format == "json" or "1 run failed without any user" in text

    def test_wrong_arguments_are_refused(self) -> None:
        for arguments in (
            {"format": "pdf"},
            {"format": "markdown", "limit": 100},
            {"format": "markdown", "limit": "much"},
        ):
            with pytest.raises(AnsibleFilterError, match="to_report"):
                to_report(result(), **arguments)


class TestJson:
    def test_its_keys_are_a_contract(self) -> None:
        made = document(
            result(row(0, "changed", fields={"phone_number": {"before": None, "after": "1"}}), requests={"reads": 1})
        )
        assert list(made) == [
            "schema_version", "title", "generated", "predicted", "summary", "deletions", "requests", "notes",
            "ending", "runs", "customers", "users",
        ]  # fmt: skip
        assert made["schema_version"] == 1 and made["predicted"] is False
        assert list(made["summary"]) == [
            "customers",
            "users",
            "purged",
            "failed",
            "unknown",
            "changed",
            "would_change",
            "skipped",
            "ok",
            "actions",
            "text",
        ]
        assert made["summary"]["actions"] == {"delete": 0, "create": 0, "restore": 0, "update": 1, "rename": 0}
        assert list(made["requests"]) == ["reads", "writes", "would_write", "retries", "throttled"]
        assert list(made["customers"][0])[:6] == [
            "customer_id",
            "customer_name",
            "domain",
            "messages",
            "spared",
            "users",
        ]
        assert list(made["users"][0]) == [
            "run", "purge", "status", "index", "source", "customer_id", "user_principal_name", "display_name", "user_id", "action", "attempts",
            "http_status", "code", "request_id", "correlation_id", "message", "reason", "changed_by", "change_reference", "kind", "fields",
        ]  # fmt: skip
        assert made["users"][0]["fields"] == {"phone_number": {"before": None, "after": "1"}}

    def test_several_runs_are_merged(self) -> None:
        first = result(
            row(0, "ok"), row(1, "failed", customer_id=FABRIKAM), requests={"reads": 2, "writes": 1, "retries": 1}
        )
        first["customers"] = [
            {"customer_id": CONTOSO, "domain": "contoso.example"},
            {"customer_id": FABRIKAM, "message": "Stopped."},
        ]
        second = result(
            row(2, "changed", customer_id=CONTOSO.upper()),
            check_mode=True,
            requests={"reads": 3, "writes": 4, "throttled": 2},
        )
        second["customers"] = [
            {"customer_id": CONTOSO, "customer_name": "Contoso", "domain": "other"},
            {"customer_id": FABRIKAM, "message": "Stopped."},
        ]
        made = document([first, second])
        assert made["predicted"] is None and made["requests"] == {
            "reads": 5,
            "writes": 1,
            "would_write": 4,
            "retries": 1,
            "throttled": 2,
        }
        contoso, fabrikam = made["customers"]
        assert (contoso["customer_name"], contoso["domain"], contoso["users"], contoso["would_change"]) == (
            "Contoso",
            "contoso.example",
            2,
            1,
        )
        assert fabrikam["messages"] == ["Stopped."] and fabrikam["failed"] == 1
        assert [user["run"] for user in made["users"]] == [1, 1, 2]
        assert made == document({"results": [first, second]}), "a loop registers its results like this"

    def test_counts_are_of_what_is_there(self) -> None:
        made = document(result(row(0, "ok"), row(1, "nonsense"), row(2, None), summary={"rows": 9, "ok": 9}))
        assert made["summary"]["users"] == 3 and made["summary"]["ok"] == 1 and made["summary"]["unknown"] == 2
        assert made["notes"] == ["Run 1 should have 9 rows, but 3 were included."]
        assert "nonsense" in made["users"][1]["message"] and made["users"][2]["message"] == "The result has no status."

    def test_what_is_not_said_is_null(self) -> None:
        made = document({"rows": [{"status": "ok"}]})
        assert made["requests"] is None and made["runs"][0]["mode"] is None
        assert {
            value for key, value in made["users"][0].items() if key not in ("run", "purge", "status", "fields")
        } == {None}

    def test_spared_users_are_kept(self) -> None:
        spared = {"user_principal_name": "boss@contoso.example", "user_id": CONTOSO, "reason": "protected"}
        value = result(row(0, "ok"), customers=[{"customer_id": CONTOSO, "spared": [spared, spared]}])
        assert document(value)["customers"][0]["spared"] == [spared]
        assert "1 user in the scope of the purge is protected" in to_report(value, "markdown")
        assert "boss@contoso.example" in to_report(value, "html")


class TestOrder:
    WORST = ["failed", "unknown", "changed", "skipped", "ok"]

    def test_html_shows_the_worst_first(self) -> None:
        value = result(*(row(place, status) for place, status in enumerate(reversed(self.WORST))))
        assert [entry.status for entry in entries_of_html(to_report(value, "html"))] == [
            "update" if status == "changed" else status for status in self.WORST
        ]

    def test_markdown_shows_the_worst_first(self) -> None:
        value = result(*(row(place, status) for place, status in enumerate(reversed(self.WORST))))
        assert [status_of(cells) for cells in rows_of_markdown(to_report(value, "markdown"))] == self.WORST

    @pytest.mark.parametrize("format", ["markdown", "html"])
    def test_the_customer_with_the_failure_comes_first(self, format: str) -> None:
        text = to_report(result(row(0, "ok"), row(1, "failed", customer_id=FABRIKAM)), format)
        assert text.index(FABRIKAM) < text.index(CONTOSO)

    def test_purged_users_are_marked(self) -> None:
        value = result(row(0, "ok"), purged=[row(1, "changed", action="delete", index=-1)])
        assert "**deleted**<br>`purge`" in to_report(value, "markdown") and "<small>purge</small>" in to_report(
            value, "html"
        )
        assert (
            document(value)["summary"]["purged"] == 1
            and " row" not in to_report(result(purged=value["purged"]), "markdown")
            and "row -1" not in to_report(value, "html")
        )

    def test_what_a_failure_only_attempted_is_not_shown_as_done(self) -> None:
        value = result(row(0, "failed", fields={"phone_number": {"before": "1", "after": "2"}}))
        (cells,) = rows_of_markdown(to_report(value, "markdown"))
        assert cells[2] == "attempted:<br>`phone_number`: `1` \u2192 `2`"
        assert entries_of_html(to_report(value, "html"))[0].text.count("attempted: phone_number: 1 \u2192 2") == 1


class TestDeletions:
    """Whoever is deleted comes first, with both names, in words and a sign that nobody else has."""

    ROWS: t.ClassVar = [
        row(0, "failed", action="create", message="No."),
        row(1, "changed", action="rename+update", display_name="Ren Amed"),
        row(2, "changed", action="delete", display_name="Adele Vance", user_id=CONTOSO),
        row(3, "failed", action="update", message="No."),
        row(4, "failed", action="delete", message="No."),
    ]

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_in_a_page(self, check_mode: bool) -> None:
        text = to_report(result(*self.ROWS, check_mode=check_mode), "html")
        entries = entries_of_html(text)
        assert [entry.status.removeprefix("to_") for entry in entries] == ["delete", *["failed"] * 3, "rename"]
        assert "Adele Vance" in entries[0].text and "user2@contoso.example" in entries[0].text
        assert "user4@contoso.example" in entries[1].text, "a deletion that failed is the first of the failures"
        marks = [entry.values["i"][0] for entry in entries]
        assert marks[0] == "\u2212" and "\u2212" not in marks[1:]

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_in_a_comment(self, check_mode: bool) -> None:
        first, second, *_others, last = rows_of_markdown(
            to_report(result(*self.ROWS, check_mode=check_mode), "markdown")
        )
        assert "**to delete**" in first[0] if check_mode else "**deleted**" in first[0]
        assert first[1].startswith("`Adele Vance`<br>`user2@contoso.example`") and "user4@" in second[1]
        assert last[0].split()[0] != first[0].split()[0]

    def test_in_json(self) -> None:
        made = document(result(*self.ROWS, purged=[row(5, "changed", action="delete", index=-1)]))
        assert [(one["status"], one["purge"], one["display_name"]) for one in made["deletions"]] == [
            ("changed", False, "Adele Vance"),
            ("changed", True, None),
            ("failed", False, None),
        ]
        assert made["summary"]["actions"]["delete"] == 2 and made["summary"]["actions"]["rename"] == 1
        assert made["summary"]["text"] == "2 deleted, 3 failed, 1 renamed"
        assert [user["user_principal_name"] for user in made["users"]][:2] == [
            "user0@contoso.example",
            "user1@contoso.example",
        ], "the users stay in the order of the input"

    def test_a_comment_that_is_full_of_deletions_still_says_what_failed(self) -> None:
        rows = [row(n, "changed", action="delete", message=f"{n}" + "m" * 200) for n in range(400)]
        text = to_report(result(*rows, row(400, "failed", message="No.")), "markdown")
        shown = rows_of_markdown(text)
        assert "user400@contoso.example" in text and len(shown) < 401 and "deleted" in shown[0][0]


class TestSameEveryTime:
    """What is another one in every run stands in the JSON only."""

    @staticmethod
    def run(number: int) -> dict[str, t.Any]:
        ids = {
            "request_id": f"0d7b9c0e-2222-4b1b-8d5e-{number:012}",
            "correlation_id": f"{number:08}-1111-4c1c-9d5e-1f7d1c1b1a19",
        }
        sentence = "No role." + ids_words(ids["request_id"], ids["correlation_id"])
        return result(
            row(0, "failed", message=sentence, attempts=number, http_status=403, **ids),
            row(1, "failed", message=sentence, **ids),
            failed=True,
            msg=f"2 of 2 rows failed. user0: {sentence} Entra said no (correlation id {ids['correlation_id']}).",
            customers=[{"customer_id": CONTOSO, "message": sentence}],
            requests={"reads": 3, "writes": 0, "retries": number, "throttled": number},
            correlation_id=ids["correlation_id"],
        )

    @pytest.mark.parametrize("format", ["markdown", "html"])
    def test_ids_and_repeats_are_not_in_it(self, format: str) -> None:
        text = to_report(self.run(1), format)
        assert text == to_report(self.run(2), format)
        assert "No role." in text and "request id" not in text and "HTTP" in text

    def test_the_json_has_them(self) -> None:
        made = document(self.run(7))
        assert made["users"][0]["request_id"].endswith("7") and made["users"][0]["attempts"] == 7
        assert made["runs"][0]["correlation_id"] and made["requests"]["retries"] == 7


class TestCustomers:
    def test_one_that_could_not_be_found_is_one_customer(self) -> None:
        gone = {"customer_id": None, "domain": "gone.example", "message": "There is no customer gone.example."}
        rows = [row(n, "failed", customer_id=None, message=gone["message"]) for n in range(2)]
        (customer,) = document(result(*rows, customers=[gone]))["customers"]
        assert (customer["domain"], customer["users"], customer["failed"]) == ("gone.example", 2, 2)

    def test_several_of_them_are_told_apart_by_their_domains(self) -> None:
        customers = [{"customer_id": None, "domain": f"{name}.example", "message": "No."} for name in "ab"]
        rows = [row(n, "failed", customer_id=None, customer_domain=f"{'ab'[n % 2]}.example") for n in range(3)]
        made = document(result(*rows, customers=customers))["customers"]
        assert [(one["domain"], one["users"]) for one in made] == [("a.example", 2), ("b.example", 1)]

    @pytest.mark.parametrize("format", ["markdown", "html"])
    def test_the_same_sentence_stands_there_once(self, format: str) -> None:
        sentence = "Insufficient privileges to complete the operation."
        rows = [row(n, "failed", message=sentence) for n in range(5)]
        assert to_report(result(*rows), format).count(sentence) == 1
        rows = [row(n, "failed", message=sentence) for n in range(5)]
        customer = {"customer_id": CONTOSO, "message": sentence}
        assert to_report(result(*rows, customers=[customer]), format).count(sentence) == 1

    @pytest.mark.parametrize(("index", "words"), [(0, "row 1"), (1, "row 2"), (120, "row 121")])
    def test_rows_are_counted_as_people_count(self, index: int, words: str) -> None:
        for format in ("markdown", "html"):
            text = to_report(result(row(0, "ok", index=index)), format)
            assert words in text and f"row {index}" not in text
