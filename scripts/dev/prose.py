# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs proselint over the prose of the project, without code, with the few rules that hold for it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import layout

RULES = (
    "archaism",
    "cliches",
    "hedging",
    "lexical_illusions",
    "malapropisms",
    "mixed_metaphors",
    "mondegreens",
    "needless_variants",
    "nonwords",
    "redundancy",
    "skunked_terms",
    "spelling",
    "weasel_words",
)
"""Rules about words. Those about typography are for typeset text, and those about style are the writer's."""


def _checks() -> dict[str, bool]:
    from proselint.config import DEFAULT

    return {name: name in RULES for name in DEFAULT["checks"]}


def main() -> int:
    """Print each finding with its place. The status is 1 if there is one."""
    sys.path.insert(0, str(layout.ROOT / "tests"))
    from support import prose

    pages: dict[str, dict[int, str]] = {}
    for line in prose.lines():
        pages.setdefault(line.path, {})[line.number] = line.text
    if len(pages) < 50:
        print(f"only {len(pages)} files have prose")
        return 1
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / ".proselintrc.json").write_text(json.dumps({"max_errors": 1000, "checks": _checks()}))
        files = []
        for number, rows in enumerate(pages.values()):
            file = folder / f"{number}.md"
            # A sign at the end, so that the last word of a line and the first of the next are no repetition.
            texts = [rows.get(row, "") + " ·" for row in range(1, max(rows) + 1)]
            file.write_text("\n".join(texts) + "\n", encoding="utf-8")
            files.append(file.name)
        command = ["proselint", "--output-format", "compact", "check", *files]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    names = list(pages)
    found = []
    for row in done.stdout.splitlines():
        file, _dot, rest = row.partition(".md:")
        if file.rpartition("/")[2].isdecimal():
            found.append(f"{names[int(file.rpartition('/')[2])]}:{rest}")
    print("\n".join(found) or done.stdout + done.stderr, end="\n" if found else "")
    return 1 if found or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
