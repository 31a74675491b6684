"""Aliases that stand for more than any memory holds are refused before anything is built of them; ordinary ones are not."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tenantops.partner_center.plugins.lookup.declarations import LookupModule
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.declarations.yaml_bounds import too_large
from hypothesis import given
from hypothesis import strategies as st


def laughs(levels: int, width: int = 10, kind: str = "[]") -> str:
    lines = ["a0: &a0 [x]" if kind == "[]" else "a0: &a0 {x: y}"]
    for level in range(1, levels):
        items = [f"*a{level - 1}"] * width
        inside = ", ".join(items if kind == "[]" else [f"k{number}: {item}" for number, item in enumerate(items)])
        lines.append(f"a{level}: &a{level} {kind[0]}{inside}{kind[1]}")
    return "\n".join(lines)


@pytest.mark.parametrize("kind", ["[]", "{}"])
@pytest.mark.parametrize(("levels", "width"), [(10, 10), (40, 2), (7, 9), (5, 30)])
def test_nested_aliases_are_refused_in_no_time(levels: int, width: int, kind: str, tmp_path: Path) -> None:
    text = f"{laughs(levels, width, kind)}\ncustomer_domain: contoso.example\nusers: *a{levels - 1}\n"
    (tmp_path / "contoso.yml").write_text(text)
    lookup = LookupModule(loader=DataLoader())
    lookup._load_name = "tenantops.partner_center.declarations"
    lookup.set_options = lambda **_: None
    started = time.process_time()
    with pytest.raises(AnsibleError, match=r"contoso\.yml: "):
        lookup.run([str(tmp_path)], {})
    assert time.process_time() - started < 1


def test_merge_keys_count_too() -> None:
    assert too_large(laughs(9, 10, "{}").replace("k0:", "<<:")) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1",
        "defaults: &d {usage_location: US, state: present}\nusers:\n"
        + "".join(f"- {{<<: *d, user_principal_name: u{number}@contoso.example}}\n" for number in range(5000)),
        "roles: &r [A, B, C]\nusers:\n"
        + "".join(f"- {{user_principal_name: u{number}@contoso.example, roles: *r}}\n" for number in range(5000)),
        "a: &a x\nb: [*a, *a]",
        "a: [\n",
        "a: *unknown",
    ],
)
def test_ordinary_files_are_not_refused(text: str) -> None:
    assert too_large(text) is None


@pytest.mark.parametrize(
    "text", ["[" * 5000 + "]" * 5000, "a: " * 200, "- " * 5000 + "x", "&a [*a]", "a: &a {b: *a}", "{" * 101 + "}" * 101]
)
def test_what_has_no_end_is_refused(text: str) -> None:
    reason = too_large(text)
    assert reason is None and text.startswith("a: a: ") or reason


NESTED = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=4),
    max_leaves=30,
)


@given(NESTED, st.integers(1, 6))
def test_small_values_with_aliases_are_never_refused(value: t.Any, times: int) -> None:
    assert too_large(yaml.safe_dump([value] * times)) is None
