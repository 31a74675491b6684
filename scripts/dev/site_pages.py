# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays out the sources of the documentation site: the front page, the guides, and the reference of the playbooks. The
reference of modules and plugins comes from antsibull-docs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import layout
import yaml

DOCS = layout.ROOT / "docs"
LEFT_OUT = ("architecture", "releasing")
"""For contributors: it is read in the repository."""
SECTIONS = {
    "Start": ("demo", "sign-in", "users", "emulator", "compare"),
    "Tasks": (
        "onboarding",
        "offboarding",
        "many-users",
        "people",
        "temporary-access",
        "licenses",
        "license-report",
        "csv",
        "reports",
    ),
    "Tenants in git": ("reconcile", "approvals", "drift", "audit-log", "export", "pipelines", "inventory", "scale-out"),
    "Windows Azure Pack": ("azure-pack", "azure-pack-states"),
    "Reference": ("states", "errors", "execution", "moving", "stability", "truth", "probe", "trials"),
}
_OWN = re.compile(r"https://github\.com/tenantops/partner_center/blob/[^/)\s]+/docs/([a-z-]+\.md)")
_PICTURE = re.compile(r"https://raw\.githubusercontent\.com/tenantops/partner_center/[^/)\s]+/docs/(images/[a-z.-]+)")
_CONTENTS = re.compile(r"^\.\. contents::\n(?: +.*\n)+", re.MULTILINE)
"""The theme has a table of contents of its own."""
_LINK = re.compile(r"\]\(((?:\.\./|examples/|tenant\.schema)[^)\s]*)\)")


def lay_out(source: Path) -> None:
    """Write everything but the reference of modules and plugins into this folder, and fit that to the theme."""
    for page in (source / "reference").glob("*.rst"):
        page.write_text(_CONTENTS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    guides = source / "guides"
    guides.mkdir()
    shutil.copytree(DOCS / "images", guides / "images")
    for page in pages():
        (guides / page.name).write_text(_guide(page.read_text(encoding="utf-8")), encoding="utf-8")
    (source / "playbooks.md").write_text(_playbooks(), encoding="utf-8")
    (source / "index.md").write_text(_front(), encoding="utf-8")


def pages() -> list[Path]:
    """The guides of the site. Each is in a section; one that is in none fails the build."""
    found = [path for path in sorted(DOCS.glob("*.md")) if path.stem not in LEFT_OUT]
    listed = {name for names in SECTIONS.values() for name in names}
    missing = listed ^ {path.stem for path in found}
    if missing:
        raise ValueError(f"site_pages.py: SECTIONS and docs/ differ in {', '.join(sorted(missing))}")
    return found


def _guide(text: str) -> str:
    """A guide with links to what is not on the site leading to the repository."""
    text = re.sub(r"\]\(architecture\.md", "](../docs/architecture.md", text)
    return _LINK.sub(lambda match: f"]({repository(match[1])})", text)


def repository(target: str) -> str:
    """The address of what a guide links to and the site does not have: a file or folder of this version."""
    path = target.removeprefix("../") if target.startswith("../") else f"docs/{target}"
    kind = "tree" if (layout.ROOT / path.partition("#")[0]).is_dir() else "blob"
    return f"https://github.com/tenantops/partner_center/{kind}/{_version()}/{path}"


def _version() -> str:
    return yaml.safe_load((layout.ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]


def _front() -> str:
    """The README up to its list of guides, and the tree of all pages."""
    readme = (layout.ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Guides")[0]
    readme = re.sub(r"^\[!\[.*\n\n", "", readme, flags=re.MULTILINE)
    text = _PICTURE.sub(r"guides/\1", _OWN.sub(r"guides/\1", readme))
    for title, names in SECTIONS.items():
        tree = "\n".join(f"guides/{name}" for name in names)
        text += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{tree}\n```\n"
    text += "\n```{toctree}\n:hidden:\n:caption: Options and results\n\nModules and plugins <reference/index>\nplaybooks\n```\n"
    return text


def _playbooks() -> str:
    """One section for each playbook: the comment at its head, as it is."""
    parts = ["# Playbooks\n\nRun each as `tenantops.partner_center.NAME`.\n"]
    for path in sorted((layout.ROOT / "playbooks").glob("*.yml")):
        head = path.read_text(encoding="utf-8").partition("\n- name:")[0].splitlines()
        remarks = "\n".join(line.removeprefix("#").removeprefix(" ") for line in head if line.startswith("#"))
        parts.append(f"## {path.stem}\n\n```text\n{remarks}\n```\n")
    return "\n".join(parts)
