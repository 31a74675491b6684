"""What a terminal shows of a diff: letters as people wrote them."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.callback import CallbackBase
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.diffs import user_headers
from hypothesis import given
from hypothesis import strategies as st


class Nobody:
    """An outcome of which nothing was done."""

    done: t.ClassVar[list[t.Any]] = []


def made(before: t.Any, after: t.Any) -> dict[str, t.Any]:
    return user_headers(t.cast("t.Any", Nobody()), {"before": before, "after": after}, "Zoë", "zoe@x.example")


def test_umlauts_stay_umlauts() -> None:
    shown = CallbackBase()._get_diff(made({"display_name": "Jürgen Ößmann"}, {"display_name": "Łukasz 渡辺"}))
    assert "Jürgen Ößmann" in shown and "Łukasz 渡辺" in shown and "\\u" not in shown


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=9), st.lists(st.text(max_size=9)))))
def test_nothing_is_lost(side: dict[str, t.Any]) -> None:
    assert json.loads(made(side, "")["before"]) == side and made(side, "")["after"] == ""
