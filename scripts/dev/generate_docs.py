# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the documentation that follow from code, or stand in several places: `--write` makes them anew, `--check`
says which are not current.

* The tables of the pages in docs/: variables of the environment, clouds, refusals (tests/support/documentation.py).
* The part of the sign-in options that plugins have besides, in plugins/doc_fragments/sign_in.py.
* tests/contract/current.json: the options, results, variables and reasons that users build on (tests/support/contract.py).
* The version in the links of README.md.
* The guides as reStructuredText in docs/docsite/rst, and their table of contents (guides_rst.py).
* Keys of RETURN that several modules share, from return_keys.yml.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import guides_rst
import layout
import yaml

SIGN_IN = layout.ROOT / "plugins" / "doc_fragments" / "sign_in.py"
MODULES = layout.ROOT / "plugins" / "modules"
RETURN_KEYS = Path(__file__).parent / "return_keys.yml"

_PLUGINS = re.compile(r'(?P<begin>^    PLUGINS = r"""\n)(?P<text>.*?)(?P<end>^"""$)', re.MULTILINE | re.DOTALL)
_RETURN = re.compile(r'(?P<begin>^RETURN = r"""\n)(?P<text>.*?)(?P<end>^"""$)', re.MULTILINE | re.DOTALL)


class NoPlace(Exception):
    """What is generated has no place where it belongs."""


def generated() -> Iterator[tuple[Path, str]]:
    """Each file that holds generated parts, and how it should be. :raises NoPlace:"""
    sys.path[:0] = [str(layout.COLLECTIONS), str(layout.ROOT / "tests")]
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings
    from support import contract, documentation

    for page in documentation.PAGES:
        text = documentation.with_tables(page.read_text(encoding="utf-8"))
        yield page, documentation.with_version(text) if page.name == "README.md" else text
    yield from guides_rst.generated()
    yield contract.CURRENT, contract.as_text(contract.of(layout.ROOT))
    yield SIGN_IN, with_plugin_part(SIGN_IN.read_text(encoding="utf-8"), settings)
    shared = yaml.safe_load(RETURN_KEYS.read_text(encoding="utf-8"))
    for path in sorted(MODULES.glob("*.py")):
        texts = [entry["text"] for entry in shared if path.stem in entry["modules"]]
        yield path, with_return_keys(path.read_text(encoding="utf-8"), texts, path.stem)


def not_current() -> Iterator[tuple[Path, str]]:
    """Those that differ from what they should be, or are not there. :raises NoPlace:"""
    for path, text in generated():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text


def with_plugin_part(text: str, settings: Any) -> str:
    """doc_fragments/sign_in.py with all options of the sign-in in the part for plugins. :raises NoPlace:"""
    made = "options:\n" + "".join(
        f"  {name}:\n"
        f"    env: [{{name: {settings.variable(name)}}}]\n"
        f"    ini: [{{section: partner_center, key: {name}}}]\n"
        f"    vars: [{{name: partner_center_{name}}}]\n"
        for name in settings.ARGUMENT_SPEC
    )
    return _replaced(_PLUGINS, text, made, "sign_in.py has no text PLUGINS")


def with_return_keys(text: str, wanted: list[str], module: str) -> str:
    """A module with these keys in RETURN in place of those of the same names. :raises NoPlace:"""
    for key_text in wanted:
        name = key_text.partition(":")[0]
        documented = _RETURN.search(text)
        if documented is None:
            raise NoPlace(f"{module} has no RETURN")
        key = re.compile(rf"(?P<begin>)^{name}:\n(?:[ -].*\n|\n)*(?P<end>)", re.MULTILINE)
        part = _replaced(key, documented["text"], key_text, f"RETURN of {module} has no key {name}")
        text = _replaced(_RETURN, text, part, "")
    return text


def _replaced(place: re.Pattern[str], text: str, part: str, why: str) -> str:
    new, count = place.subn(lambda match: match["begin"] + part + match["end"], text, count=1)
    if not count:
        raise NoPlace(why)
    return new


_ROUNDS = 2
"""The guides for docs.ansible.com are made of pages that have generated parts themselves."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--check", action="store_true", help="say which parts are not current, and write nothing")
    wanted.add_argument("--write", action="store_true", help="write them")
    arguments = parser.parse_args()
    for _round in range(_ROUNDS if arguments.write else 1):
        stale = list(not_current())
        for path, text in stale:
            print(f"{'written' if arguments.write else 'not current'}: {path.relative_to(layout.ROOT)}")
            if arguments.write:
                path.write_text(text, encoding="utf-8")
        if not stale:
            return 0
    if arguments.check:
        print("make generate writes them.")
    return 1 if arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
