# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that follows from code is current, and the check would notice if it was not."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import roles

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "dev"))

import generate_docs  # noqa: E402
import guides_rst  # noqa: E402

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
    stale = [path.name for path, _text in generate_docs.not_current()]
    assert not stale, "run make generate"


def test_no_guide_is_left_of_one_that_went():
    made = {path for path, _text in guides_rst.generated()}
    assert {*guides_rst.FOLDER.iterdir(), guides_rst.CONTENTS} == made


@pytest.mark.parametrize(
    ("markdown", "made"),
    [
        ("a `b`s and **c `d`** e", "a ``b``\\ s and **c** ``d`` e"),
        ("*x*, `y`.", "*x*, ``y``."),
        ("see [`a_b`](users.md#x)", "see :ref:`a_b <ansible_collections.tenantops.partner_center.docsite.users.x>`"),
        ("see [a](#y)", "see :ref:`a <ansible_collections.tenantops.partner_center.docsite.page.y>`"),
        ("[a](https://b.example/c_)", "`a <https://b.example/c_>`__"),
        ("a \\* b_ | c", "a \\* b\\_ \\| c"),
        ("> Careful.", ".. note::\n\n   Careful."),
        ("1. a\n\n   b\n2. c", "1. a\n\n   b\n\n2. c"),
        ("| a | b |\n|---|---|\n| `c` | |", None),
        ("```sh\nls\n```", ".. code-block:: shell\n\n    ls"),
        ('<a id="old"></a>', ".. _ansible_collections.tenantops.partner_center.docsite.page.old:"),
    ],
)
def test_a_guide_becomes_restructuredtext(markdown, made):
    text = guides_rst.rst("page", markdown, {"users": Path("users.md")}).split('"make generate".\n\n')[1][:-1]
    table = ".. list-table::\n   :header-rows: 1\n   :widths: auto\n\n   * - a\n     - b\n   * - ``c``\n     -"
    assert text == (table if made is None else made)


@pytest.mark.parametrize("markdown", ["<b>x</b>", "---", "```cobol\nx\n```", 'x <a id="y"></a>'])
def test_what_has_no_form_is_an_error(markdown):
    with pytest.raises(guides_rst.NoForm):
        guides_rst.rst("page", markdown)


def test_every_link_of_a_guide_has_its_target():
    texts = [text for path, text in guides_rst.generated() if path.suffix == ".rst"]
    targets = [target for text in texts for target in re.findall(r"^\.\. _(\S+):$", text, re.MULTILINE)]
    wanted = {target for text in texts for target in re.findall(r":ref:`[^`]* <([^>`]+)>`", text)}
    assert len(targets) == len(set(targets)) > 200
    assert len(wanted) > 50 and wanted <= set(targets)


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


def test_the_guides_are_valid_restructuredtext():
    """As docs.ansible.com reads them: with Sphinx's role for links, and nothing else beyond docutils."""
    roles.register_local_role("ref", lambda *_, **_more: ([nodes.inline()], []))
    settings = {"report_level": 1, "halt_level": 5, "warning_stream": False, "syntax_highlight": "none"}
    found = []
    for path, text in guides_rst.generated():
        if path.suffix == ".rst":
            document = publish_doctree(text, settings_overrides=settings)
            messages = [*document.findall(nodes.system_message), *document.transform_messages]
            texts = [message.astext() for message in messages]
            found += [f"{path.name}: {text}" for text in texts if not text.endswith("is not referenced.")]
    assert not found, "\n".join(found)
