"""Who is affected by a task, for a terminal: everybody once, deletions first, nothing that a terminal would carry out."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.outcomes import of_tasks
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.people import affected
from hypothesis import given
from hypothesis import strategies as st

from .hostile import HOSTILE
from .reports import result, row

ACTIONS = ["none", "create", "restore", "rename+update", "update", "add_role", "delete"]


def test_deletions_come_first_and_have_their_own_sign() -> None:
    rows = [row(n, "changed", action=action) for n, action in enumerate(ACTIONS[1:])]
    lines = affected(result(*rows, purged=[row(9, "changed", action="delete", display_name="Nobody")], check_mode=True))
    assert lines[0] == "- to delete: user5@contoso.example" and lines[1].endswith("Nobody <user9@contoso.example>")
    assert [line[0] for line in lines] == ["-", "-", "+", "<", ">", "~", "~"]
    assert affected(result(rows[0]))[0] == "+ created: user0@contoso.example"


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["ok", "changed", "failed", "unknown", "skipped"]), st.sampled_from(ACTIONS))
    ),
    name=st.sampled_from(HOSTILE) | st.text(),
)
def test_everybody_who_is_not_as_before_is_named_once(rows: list[tuple[str, str]], name: str) -> None:
    made = [row(n, status, action=action, display_name=name) for n, (status, action) in enumerate(rows)]
    lines = affected(result(*made))
    assert len(lines) == sum(status != "ok" for status, _action in rows)
    assert all(char.isprintable() or char in "\u200c\u200d" for line in lines for char in line)


@given(
    value=st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_nothing_makes_it_fail(value: t.Any) -> None:
    assert affected(value) == [] or isinstance(value, dict)
    affected({"rows": value, "purged": [value]})


def test_several_tasks_are_one() -> None:
    one = {**result(row(0, "changed", action="create"), row(1, "ok"), mode="plan"), "summary": {"rows": 2, "create": 1}}
    two = {**result(row(2, "changed", action="delete"), mode="plan"), "summary": {"rows": 1, "delete": 1}}
    made = of_tasks([one, two, None])
    assert made["counts"] == {"rows": 3, "create": 1, "delete": 1} and len(made["people"]) == 2
    assert made["text"] == "1 to create, 1 to delete, 1 unchanged"
