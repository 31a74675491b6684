# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that follows from code is current, and the check would notice if it was not."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "dev"))

import generate_docs  # noqa: E402

MODULE = '''RETURN = r"""
first:
  description: One.
second:
  description:
    - Two,
      and more.
  type: str
third: {}
"""
'''


def test_everything_is_current():
    stale = [path.name for path, text in generate_docs.generated() if path.read_text(encoding="utf-8") != text]
    assert not stale, "run make generate"


def test_only_the_key_itself_is_replaced():
    made = generate_docs.with_return_keys(MODULE, ["second:\n  description: New.\n"], "some_module")
    assert made == MODULE.replace("  description:\n    - Two,\n      and more.\n  type: str\n", "  description: New.\n")


def test_a_key_that_stands_last_is_replaced():
    made = generate_docs.with_return_keys(MODULE.replace("third: {}\n", ""), ["second:\n  type: int\n"], "some_module")
    assert made.endswith('second:\n  type: int\n"""\n')


@pytest.mark.parametrize("text", ["", MODULE.replace("second:", "another:")])
def test_a_key_without_a_place_is_an_error(text):
    with pytest.raises(generate_docs.NoPlace):
        generate_docs.with_return_keys(text, ["second:\n  type: int\n"], "some_module")


def test_a_new_option_gets_its_part_for_plugins():
    settings = SimpleNamespace(ARGUMENT_SPEC={"color": {}}, variable=lambda name: f"OWN_{name.upper()}")
    made = generate_docs.with_plugin_part('class Part:\n    PLUGINS = r"""\noptions: {}\n"""\n', settings)
    assert yaml.safe_load(made.split('"""')[1]) == {
        "options": {
            "color": {
                "env": [{"name": "OWN_COLOR"}],
                "ini": [{"section": "partner_center", "key": "color"}],
                "vars": [{"name": "partner_center_color"}],
            }
        }
    }


def test_the_shared_texts_are_keys_of_return_and_each_stands_once():
    shared = yaml.safe_load(generate_docs.RETURN_KEYS.read_text(encoding="utf-8"))
    places = [(module, key) for entry in shared for module in entry["modules"] for key in yaml.safe_load(entry["text"])]
    assert len(places) == len(set(places))
    assert all(len(yaml.safe_load(entry["text"])) == 1 and len(entry["modules"]) > 1 for entry in shared)
