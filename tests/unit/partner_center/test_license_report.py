"""Licenses over all customers: what is found, what is kept between runs, and what the reports say."""

from __future__ import annotations

import csv
import io
import json
import os
import typing as t
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.license_readings import (
    Holder,
    LicenseReading,
    Seats,
    reading_from_json,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer, iso
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.license_findings import (
    WORDS,
    Limits,
    findings,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.license_file import (
    LicenseFile,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.license_reader import (
    READ,
    CustomerLicenses,
    Steps,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.license_results import (
    licenses_result,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.license_report import (
    as_csv,
    as_html,
    as_json,
    as_markdown,
)
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.appearance import Appearance
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.report.html import TemplateProblem
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.task_files.license_files import LicenseFiles
from hypothesis import given
from hypothesis import strategies as st

from .factories import IDS

NOW = datetime(2026, 11, 29, 7, tzinfo=timezone.utc)
CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
SERVICE = "https://api.partnercenter.microsoft.com"
SKUS = [f"10000000-0000-4000-8000-00000000000{number}" for number in range(4)]
"""The last one is never subscribed to."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.integers(0, 60)


@st.composite
def all_seats(draw: st.DrawFn, number: int) -> Seats:
    bought, used = draw(counts), draw(counts)
    return Seats(
        SKUS[number],
        f"SKU_{number}",
        draw(st.none() | texts),
        "group1",
        draw(st.sampled_from([None, "Enabled", "Suspended"])),
        bought,
        used,
        max(0, bought - used),
        draw(counts),
        draw(st.integers(0, 3)),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def readings(draw: st.DrawFn) -> LicenseReading:
    subscribed = draw(st.integers(0, 3))
    holders = []
    for number in range(draw(st.integers(0, 8))):
        licenses = draw(st.none() | st.lists(st.sampled_from(SKUS), unique=True))
        holders.append(
            Holder(
                f"20000000-0000-4000-8000-0000000000{number:02d}",
                f"user{number}@contoso.example",
                draw(st.none() | texts),
                draw(st.sampled_from([None, "US"])),
                "deleted" if licenses is None else "active",
                draw(st.booleans()),
                None if licenses is None else tuple(licenses),
            )
        )
    seats = tuple(draw(all_seats(number)) for number in range(subscribed))
    names = {sku_id: f"SKU_{number}" for number, sku_id in enumerate(SKUS)}
    return LicenseReading(CUSTOMER, t.cast(str, iso(NOW)), seats, tuple(holders), names)


limits = st.builds(Limits, st.integers(0, 20), st.integers(1, 20))


@given(readings(), limits)
def test_every_finding_is_true_and_none_is_missing(reading: LicenseReading, limit: Limits) -> None:
    """Told once more, from the other end: which words apply to a SKU or a user."""
    found = {
        (each.finding, each.user.id if each.user else each.sku_id): each.seats for each in findings(reading, limit)
    }
    assert len(found) == len(findings(reading, limit)), "nothing is told twice"
    expected: dict[tuple[str, str | None], int | None] = {}
    holders = {sku_id: sum(sku_id in (holder.licenses or ()) for holder in reading.holders) for sku_id in SKUS}
    unexplained = 0
    for seats in reading.seats:
        if seats.tenant_wide:
            continue
        over, lost = seats.used - seats.bought, seats.used - holders[seats.sku_id]
        unexplained += max(0, lost)
        for word, applies, number in (
            ("more_used_than_bought", over > 0, over),
            ("running_out", seats.usable and seats.used > 0 and seats.free <= limit.low_seats, seats.free),
            ("seats_expiring", seats.warning > 0, seats.warning),
            ("unused_seats", seats.free >= limit.unused_seats, seats.free),
            ("seats_without_user", lost > 0, lost),
        ):
            if applies:
                expected[word, seats.sku_id] = number
    known = {seats.sku_id for seats in reading.seats}
    expected.update({("not_subscribed", sku): n for sku, n in holders.items() if n and sku not in known})
    for holder in reading.holders:
        if holder.licenses is not None and holder.usage_location is None:
            expected["no_usage_location", holder.id] = None
        if holder.licenses is None and unexplained:
            expected["synced_away" if holder.directory_synced else "soft_deleted", holder.id] = None
    assert found == expected


@given(readings())
def test_what_is_kept_comes_back_the_same(reading: LicenseReading) -> None:
    text = json.dumps(reading.as_json())
    assert reading_from_json(json.loads(text)) == reading
    if reading.seats:
        damaged = json.loads(text)
        damaged["seats"][0]["free"] = "7"
        with pytest.raises(ValueError, match="seats"):
            reading_from_json(damaged)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda x: st.lists(x) | st.dictionaries(texts, x))
)
def test_whatever_else_is_in_the_file_is_no_reading(data: t.Any) -> None:
    with pytest.raises(ValueError, match="no "):
        reading_from_json(data)


def result_of(*all_readings: LicenseReading) -> dict[str, t.Any]:
    runs = [
        CustomerLicenses(
            Customer(t.cast(t.Any, each.customer_id), "<b>Contoso</b>", "contoso.example", None), READ, each
        )
        for each in all_readings
    ]
    return {**licenses_result(runs, Limits()), "changed": False}


@given(readings())
def test_the_reports_say_the_same_numbers(reading: LicenseReading) -> None:
    result = result_of(reading)
    rows = list(csv.DictReader(io.StringIO(as_csv.skus(result).removeprefix("\ufeff"))))
    assert [int(row["Bought"]) for row in rows] == [seats.bought for seats in reading.seats]
    held = list(csv.DictReader(io.StringIO(as_csv.users(result).removeprefix("\ufeff"))))
    assert len(held) == sum(max(1, len(holder.licenses or ())) for holder in reading.holders)
    assert len(as_csv.findings(result).splitlines()) == 1 + len(result["findings"])
    document = json.loads(as_json.render(result, "Title"))
    assert document["summary"] == result["summary"] and set(document["summary"]["findings"]) == set(WORDS)
    page, text = as_html.render(result, "Title"), as_markdown.render(result, "Title")
    assert "<b>Contoso" not in page and len(page) > len(text) and text.startswith("## Title\n\n**")
    assert all(holder.user_principal_name in page for holder in reading.holders)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), st.sampled_from("=+-@\t\r\n"))
def test_no_cell_is_a_formula(text: str, begin: str) -> None:
    holder = Holder(f"{SKUS[0]}", f"{begin}{text}", begin + text, begin, "active", False, ())
    cells = list(csv.reader(io.StringIO(as_csv.users(result_of(_reading(holder))).removeprefix("\ufeff"))))
    assert len(cells) == 2
    assert not [cell for cell in cells[1] if cell.lstrip("' ")[:1] in tuple("=+-@\t\r\n") and not cell.startswith("'")]


def test_markdown_stays_within_the_limit_and_counts_what_is_left_out() -> None:
    reading = _reading(
        *(
            Holder(f"20000000-0000-4000-8000-{n:012d}", f"u{n}@x.example", None, None, "active", False, ())
            for n in range(3000)
        )
    )
    text = as_markdown.render(result_of(reading), "Licenses")
    shown = text.count("@x.example")
    assert len(text) <= as_markdown.LIMIT and 0 < shown < 3000 and f"\n{3000 - shown} " in text


class TestTemplate:
    """A page of a user's own, as the other reports have it."""

    def own(self, tmp_path: Path, text: str) -> Appearance:
        path = tmp_path / "own.html.j2"
        path.write_text(text)
        return Appearance(str(path))

    def test_a_template_extends_the_one_of_the_collection(self, tmp_path: Path) -> None:
        result = result_of(_reading(Holder(SKUS[0], "ada@x.example", "Ada <x>", None, "active", False, ())))
        look = self.own(
            tmp_path,
            '{% extends "standard_license_report.html.j2" %}{% block style %}{{ super() }} h1 { color: teal; }{% endblock %}'
            "{% block customer %}<i>{{ customer.label }}</i>{{ super() }}{% endblock %}"
            "{% block footer %}<footer>{{ title }} {{ report_values }}</footer>{% endblock %}",
        )
        made = as_html.render(result, "<b>", look)
        assert "<footer>&lt;b&gt; 1</footer>" in made and "<i>&lt;b&gt;Contoso&lt;/b&gt;</i>" in made
        assert "Ada &lt;x&gt;" in made and "h1 { color: teal; }</style>" in made
        assert 'class="license"' not in made

    def test_what_cannot_be_used_is_said_before_anything_is_read(self, tmp_path: Path) -> None:
        look = self.own(tmp_path, "{% if %}")
        options = {"report": ["r.html"], "report_template": look.template}
        with pytest.raises(CollectionError, match="report_template"):
            LicenseFiles(options, str(tmp_path), check_mode=False, detached=False)
        with pytest.raises(CollectionError, match="report"):
            LicenseFiles({"report_template": "x.j2"}, str(tmp_path), check_mode=False, detached=False)

    def test_one_that_fails_hides_nothing_of_what_was_read(self, tmp_path: Path) -> None:
        look = self.own(tmp_path, "{{ nothing.like.it }}")
        result = result_of(_reading())
        with pytest.raises(TemplateProblem):
            as_html.render(result, "Title", look)
        options = {"report": ["r.html", "r.json"], "report_template": "own.html.j2"}
        files = LicenseFiles(options, str(tmp_path), check_mode=False, detached=False)
        done = files.finish(result)
        assert done["failed"] and done["failure"]["reason"] == "report_not_written"
        assert done["customers"] == result["customers"] and done["files_written"] == [str(tmp_path / "r.json")]


def _reading(*holders: Holder) -> LicenseReading:
    return LicenseReading(CUSTOMER, t.cast(str, iso(NOW)), (), holders, {})


def kept(path: Path, service: str = SERVICE, writes: bool = True) -> LicenseFile:
    return LicenseFile(str(path), service, writes)


def test_only_what_is_young_enough_is_used(tmp_path: Path) -> None:
    path = tmp_path / "read.jsonl"
    ages = {0: timedelta(), 1: timedelta(hours=23), 2: timedelta(hours=25), 3: timedelta(hours=-1)}
    with kept(path).opened(NOW, 24) as found:
        assert found == {}
    file = kept(path)
    with file.opened(NOW, 24):
        for number, age in ages.items():
            file.add(replace(_reading(), customer_id=SKUS[number], read_at=t.cast(str, iso(NOW - age))))
    with kept(path, writes=False).opened(NOW, 24) as found:
        assert set(found) == {SKUS[0], SKUS[1]}, "neither what is old, nor what is from tomorrow"
    before = path.read_bytes()
    with kept(path, writes=False).opened(NOW, 0) as found:
        assert found == {} and path.read_bytes() == before
    with kept(path).opened(NOW, 24):
        assert len(path.read_bytes().splitlines()) == 4 and path.stat().st_mode & 0o777 == 0o600, "what is old stays"


def test_a_run_that_reads_again_replaces_only_what_it_has_read(tmp_path: Path) -> None:
    path = tmp_path / "read.jsonl"
    file = kept(path)
    hour, old = timedelta(hours=1), iso(NOW - timedelta(days=40))
    with file.opened(NOW, 24):
        for each in SKUS:
            file.add(replace(_reading(), customer_id=each, read_at=t.cast(str, iso(NOW - hour))))
        file.add(replace(_reading(), customer_id=IDS[0], read_at=t.cast(str, old)))
    small = kept(path)
    with small.opened(NOW, 0) as found:
        assert found == {}
        small.add(replace(_reading(), customer_id=SKUS[0], read_at=t.cast(str, iso(NOW))))
    with kept(path).opened(NOW, 24) as found:
        assert {each: reading.read_at for each, reading in found.items()} == {
            each: iso(NOW - hour * (each != SKUS[0])) for each in SKUS
        }
    assert IDS[0] not in path.read_text(), "nothing is kept for ever"


@given(st.integers(0, 400))
def test_a_file_that_was_cut_off_has_only_whole_customers(length: int) -> None:
    whole = [
        json.dumps(kept(Path("x"))._head),
        *(json.dumps(replace(_reading(), customer_id=each).as_json()) for each in SKUS),
    ]
    content = "\n".join(whole) + "\n"
    path = Path(os.environ.get("TMPDIR", "/tmp"), f"cut-{os.getpid()}.jsonl")
    try:
        path.write_text(content[: len(whole[0]) + 1 + length])
        with kept(path, writes=False).opened(NOW, 24) as found:
            assert list(found) == SKUS[: len(found)]
            assert all(each == replace(_reading(), customer_id=name) for name, each in found.items())
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [("{}\n", 0o600, "wrong_file_kind"), ("[]", 0o600, "wrong_file_kind"), ("x", 0o600, "wrong_file_kind"), ("", 0o666, "untrusted_file")],
)  # fmt: skip
def test_another_file_is_left_alone(tmp_path: Path, content: str, mode: int, reason: str) -> None:
    path = tmp_path / "read.jsonl"
    path.write_text(content)
    path.chmod(mode)
    problem = kept(path).problem()
    assert problem is not None and problem.reason == reason
    with pytest.raises(CollectionError), kept(path).opened(NOW, 24):
        pass
    assert path.read_text() == content


def test_another_service_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "read.jsonl"
    with kept(path).opened(NOW, 24):
        pass
    problem = kept(path, "https://elsewhere.example").problem()
    assert problem is not None and problem.reason == "wrong_file_kind"
    assert kept(path).problem() is None and kept(tmp_path / "none" / "x").problem() is not None


def test_the_estimate_grows_with_what_is_known() -> None:
    said: list[tuple[int, int, int]] = []
    steps = Steps(10, lambda *numbers: said.append(numbers))
    steps.listed(50)
    for _number in range(50):
        steps.done()
    steps.done()
    steps.listed(30)
    steps.done(failed=True)
    assert said[0] == (1, 510, 0) and said[50] == (51, 510, 0) and said[51] == (52, 410, 1)
