"""Rows from files, results into files, and how much of a result comes back: the pure parts."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    OptionError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome, Status
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.returned import RETURN_ROWS, returned
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.deletion_records import (
    DeletionRecords,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.declared import (
    Unreadable,
    with_declarations,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.written import TaskFiles, summary
from hypothesis import given
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, declared, user
from .worlds import World

ROW = {"user_principal_name": "ada@contoso.example", "source": "a.yml:3"}
BLOCK = {"customer_id": CUSTOMER, "users": [ROW]}


class Reader:
    """In the place of the lookups."""

    def __init__(self, **answers: t.Any) -> None:
        self.answers = answers
        self.asked: list[t.Any] = []

    def __call__(self, lookup: str, terms: t.Sequence[str], **options: t.Any) -> list[dict[str, t.Any]]:
        self.asked.append((lookup, list(terms), options))
        answer = self.answers.get(lookup, [BLOCK])
        if isinstance(answer, Exception):
            raise answer
        return t.cast("list[dict[str, t.Any]]", answer)


class TestDeclarations:
    def test_a_task_without_files_is_left_alone(self) -> None:
        read = Reader()
        assert with_declarations({"users": [], "customer_id": "x"}, read) == {"users": [], "customer_id": "x"}
        assert read.asked == []

    def test_files_folders_records_and_tables(self) -> None:
        read = Reader(portal_csv=[ROW])
        made = with_declarations(
            {
                "declarations": ["tenants", "people.CSV"],
                "records": "old",
                "portal_csv": {"encoding": "cp1250"},
                "customer_id": CUSTOMER.upper(),
                "mode": "plan",
            },
            read,
        )
        assert read.asked == [
            ("declarations", ["tenants"], {}),
            ("declarations", ["old"], {"merge": True, "records": True}),
            ("portal_csv", ["people.CSV"], {"encoding": "cp1250"}),
        ]
        assert made == {"mode": "plan", "customers": [BLOCK, BLOCK, {"customer_id": CUSTOMER.upper(), "users": [ROW]}]}

    @pytest.mark.parametrize(
        "args",
        [
            {"declarations": []},
            {"declarations": [None]},
            {"declarations": [" "]},
            {"declarations": [7]},
            {"declarations": ["a"], "customers": []},
            {"records": ["a"], "users": []},
            {"declarations": ["a.csv"]},
            {"declarations": ["a.csv"], "customer_id": "x", "customer_domain": "y"},
            {"declarations": ["a.yml"], "portal_csv": {}},
            {"declarations": ["a.csv"], "customer_id": "x", "portal_csv": "x"},
            {"portal_csv": {}},
        ],
    )
    def test_what_cannot_be_meant_reads_nothing(self, args: dict[str, t.Any]) -> None:
        read = Reader()
        with pytest.raises(OptionError):
            with_declarations(args, read)
        assert read.asked == []

    def test_all_files_are_named_at_once(self) -> None:
        read = Reader(
            declarations=Unreadable("1 problem:\na.yml:3: x"), portal_csv=Unreadable("1 problem:\nb.csv:2: y")
        )
        with pytest.raises(CollectionError) as found:
            with_declarations({"declarations": ["a.yml", "b.csv"], "customer_id": "x"}, read)
        assert found.value.details["reason"] == "invalid_declarations"
        assert {"a.yml:3: x", "b.csv:2: y"} <= set(found.value.details["problems"])

    @pytest.mark.parametrize(
        ("block", "task", "fits"),
        [
            ({"customer_id": CUSTOMER}, {"customer_id": CUSTOMER.upper()}, True),
            ({"customer_domain": "A.example"}, {"customer_id": CUSTOMER, "customer_domain": "a.example"}, True),
            ({"customer_domain": "b.example"}, {"customer_id": CUSTOMER, "customer_domain": "a.example"}, False),
            ({"customer_domain": "a.example"}, {"customer_id": CUSTOMER}, False),
            ({"customer_id": CUSTOMER}, {"customer_domain": "a.example"}, False),
            ({"customer_domain": "a.example"}, {}, True),
        ],
    )
    def test_a_file_is_about_the_customer_of_the_task(
        self, block: dict[str, t.Any], task: dict[str, t.Any], fits: bool
    ) -> None:
        read = Reader(declarations=[{**block, "users": []}])
        if fits:
            assert with_declarations({"declarations": ["a"], **task}, read) == {"customers": [{**block, "users": []}]}
            return
        with pytest.raises(OptionError) as found:
            with_declarations({"declarations": ["a"], **task}, read)
        assert found.value.details["reason"] == "another_customer"


def row(number: int, status: str, action: str = "none") -> dict[str, t.Any]:
    return {"index": number, "user_id": f"id{number}", "user_principal_name": None, "status": status, "action": action}


statuses = st.lists(st.sampled_from([status.value for status in Status]), max_size=8)


def result_of(words: list[str], **more: t.Any) -> dict[str, t.Any]:
    counts = {"rows": len(words), "changed": words.count("changed"), "failed": words.count("failed")}
    return {
        "rows": [row(number, word) for number, word in enumerate(words)],
        "purged": [],
        "operations": [
            {"action": "update", "user_id": f"ID{number}"} for number, word in enumerate(words) if word == "changed"
        ],
        "customers": [{"customer_id": "c", "message": "", "failed": words.count("failed"), "ok": 1}],
        "summary": counts,
        **more,
    }


class TestReturned:
    @given(statuses, st.sampled_from(RETURN_ROWS))
    def test_who_comes_back(self, words: list[str], which: str) -> None:
        result = result_of(words)
        cut = returned(result, which)
        kept = {
            "all": list(words),
            "changed": [word for word in words if word != "ok"],
            "problems": [word for word in words if word in ("failed", "skipped", "unknown")],
            "none": [],
        }[which]
        assert [each["status"] for each in cut["rows"]] == kept
        assert cut["summary"] == result["summary"], "counts are of all"
        assert len(cut["operations"]) == (words.count("changed") if which in ("all", "changed") else 0)
        assert len(result["rows"]) == len(words), "what is given is not touched"

    def test_customers_that_have_something_to_say(self) -> None:
        assert returned(result_of(["ok"]), "problems")["customers"] == []
        assert len(returned(result_of(["failed"]), "problems")["customers"]) == 1
        assert len(returned(result_of(["ok"]), "changed")["customers"]) == 1
        refused = {"failed": True, "msg": "x", "problems": []}
        assert returned(refused, "none") == refused


class TestWritten:
    def files(self, tmp_path: Path, **options: t.Any) -> TaskFiles:
        return TaskFiles({"report": ["r.json", "r.md", "r.html"], "summary_file": "s.json", **options}, str(tmp_path))

    def test_written_once_and_private(self, tmp_path: Path) -> None:
        result = {**result_of(["ok", "failed"], correlation_id="one", msg="x"), "failed": True}
        assert len(self.files(tmp_path).finish(dict(result))["files_written"]) == 4
        again = {**result, "correlation_id": "two"}
        assert self.files(tmp_path).finish(again)["files_written"] == [], "the id of a run is no news"
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
        (tmp_path / "r.md").chmod(0o644)
        assert self.files(tmp_path).finish(dict(result))["files_written"] == [str(tmp_path / "r.md")]
        assert json.loads((tmp_path / "s.json").read_text())["status"] == "failed"

    def test_the_report_has_all_rows_whatever_comes_back(self, tmp_path: Path) -> None:
        files = self.files(tmp_path, return_rows="none")
        assert files.args({"return_rows": "none", "report": []}) == {"return_rows": "all"}
        assert files.finish(result_of(["ok", "changed"]))["rows"] == []
        assert len(json.loads((tmp_path / "r.json").read_text())["users"]) == 2

    def test_a_summary_of_an_earlier_run_does_not_stay(self, tmp_path: Path) -> None:
        self.files(tmp_path).finish(result_of(["ok"]))
        self.files(tmp_path).begin()
        assert not (tmp_path / "s.json").exists() and (tmp_path / "r.json").exists()

    def test_check_mode_writes_and_removes_nothing(self, tmp_path: Path) -> None:
        self.files(tmp_path).finish(result_of(["ok"]))
        before = {path.name: path.read_text() for path in tmp_path.iterdir()}
        files = TaskFiles({"report": ["r.md"], "summary_file": "s.json"}, str(tmp_path), check_mode=True)
        files.begin()
        assert files.finish(result_of(["changed"]))["files_written"] == []
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before

    @pytest.mark.parametrize(
        "options",
        [
            {"report": ["r.txt"]},
            {"report": [""]},
            {"report": [None]},
            {"report": ["r.json", "sub/../r.json"]},
            {"report": ["r.json"], "summary_file": "r.json"},
            {"report": ["undo.json"], "undo_file": "undo.json"},
            {"report": ["foreign.json"]},
            {"summary_file": "foreign.json"},
            {"summary_file": "nowhere/s.json"},
            {"report": None, "summary_file": None, "report_title": "x"},
        ],
    )
    def test_what_cannot_be_written(self, tmp_path: Path, options: dict[str, t.Any]) -> None:
        (tmp_path / "foreign.json").write_text('{"mine": 1}')
        with pytest.raises(OptionError):
            self.files(tmp_path, **{"report": None, "summary_file": None, **options})

    def test_a_report_that_cannot_be_written_is_a_failure_and_hides_nothing(self, tmp_path: Path) -> None:
        files = self.files(tmp_path, report=["r.md"])
        (tmp_path / "r.md").mkdir()
        done = files.finish(result_of(["changed"], changed=True))
        assert done["failed"] and done["failure"]["reason"] == "report_not_written" and done["changed"]

    @pytest.mark.parametrize(("text", "early"), [("{% if %}", True), ("{{ nothing.like.it }}", False)])
    def test_a_template_that_fails_hides_nothing(self, tmp_path: Path, text: str, early: bool) -> None:
        """What shows without values is said before the first request; the rest must not lose what was done."""
        (tmp_path / "own.j2").write_text(text)
        options = {"report": ["r.html", "r.json"], "report_template": "own.j2"}
        if early:
            with pytest.raises(OptionError, match="report_template"):
                self.files(tmp_path, **options)
            return
        done = self.files(tmp_path, **options).finish(result_of(["changed"], changed=True))
        assert done["failed"] and done["failure"]["reason"] == "report_not_written" and done["changed"]
        assert done["files_written"] == [str(tmp_path / "r.json"), str(tmp_path / "s.json")]
        assert json.loads((tmp_path / "s.json").read_text())["reason"] == "report_not_written"

    def test_async_has_no_result_to_write(self, tmp_path: Path) -> None:
        with pytest.raises(OptionError):
            TaskFiles({"report": ["r.md"]}, str(tmp_path), detached=True)

    @pytest.mark.parametrize(
        ("words", "more", "status"),
        [
            (["ok"], {}, "unchanged"),
            (["changed"], {}, "changed"),
            (["changed"], {"mode": "plan"}, "would_change"),
            (["changed"], {"check_mode": True}, "would_change"),
            (["changed"], {"failed": True, "msg": "x", "failure": {"reason": "rows_failed"}}, "failed"),
        ],
    )
    def test_the_summary(self, words: list[str], more: dict[str, t.Any], status: str) -> None:
        assert summary(result_of(words, **more))["status"] == status


class TestRecords:
    def begin(self, tmp_path: Path, *numbers: int) -> t.Any:
        from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
            Operation,
            RowPlan,
        )

        rows = []
        for number in numbers:
            person = user(number, f"u{number}@contoso.example")
            operation = Operation("delete", person.user_principal_name, person.id)
            rows.append(RowPlan(declared(user_id=person.id, state="absent"), before=person, operations=(operation,)))
        world = World({})
        world.subscribed_skus = lambda: ()  # type: ignore[attr-defined]
        world.licenses = lambda _user: ()  # type: ignore[attr-defined]
        record = DeletionRecords(str(tmp_path / "records")).begin(world, rows, 2)  # type: ignore[arg-type]
        return rows, record

    def ids(self, tmp_path: Path) -> list[str]:
        path = tmp_path / "records" / f"{CUSTOMER}.yml"
        return (
            [row["user_id"] for row in json.loads(path.read_text())["customers"][0]["users"]] if path.exists() else []
        )

    def test_who_is_not_deleted_is_taken_out_again(self, tmp_path: Path) -> None:
        rows, record = self.begin(tmp_path, 0, 1, 2)
        assert self.ids(tmp_path) == [IDS[0], IDS[1], IDS[2]]
        outcomes = [
            Outcome(rows[0], Status.CHANGED, done=list(rows[0].operations)),
            Outcome(rows[1], Status.SKIPPED),
            Outcome(rows[2], Status.UNKNOWN),
        ]
        record.settle(outcomes)
        assert self.ids(tmp_path) == [IDS[0], IDS[2]], "who may be gone stays"

    def test_what_was_there_before_is_there_again(self, tmp_path: Path) -> None:
        self.begin(tmp_path, 0)
        rows, record = self.begin(tmp_path, 0)
        record.settle([Outcome(rows[0], Status.FAILED)])
        assert self.ids(tmp_path) == [IDS[0]]

    def test_nobody_is_no_file(self, tmp_path: Path) -> None:
        rows, record = self.begin(tmp_path, 0)
        record.settle([Outcome(rows[0], Status.SKIPPED)])
        assert not (tmp_path / "records" / f"{CUSTOMER}.yml").exists()
        assert self.begin(tmp_path)[1] is None
