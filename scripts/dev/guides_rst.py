# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides as reStructuredText, which is all that docs.ansible.com takes: docs/docsite/rst and its table of contents.

The guides are written in Markdown. What they use of it is little (headings, paragraphs, lists, tables, quotes, code, links), and each part has
one form here; anything else is an error, so that nothing is lost without notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import layout
import site_pages
import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

FOLDER = layout.ROOT / "docs" / "docsite" / "rst"
CONTENTS = layout.ROOT / "docs" / "docsite" / "extra-docs.yml"
LABEL = f"ansible_collections.{layout.FQCN}.docsite"
_HEAD = """\
.. Copyright (c) 2026 tenantops contributors
.. GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
.. SPDX-License-Identifier: GPL-3.0-or-later
.. Made from docs/{name}.md with "make generate".

"""
_UNDERLINES = "=-~^"
_LEXERS = {"yaml": "yaml+jinja", "yml": "yaml+jinja", "sh": "shell", "text": "text", "powershell": "powershell"}
_LEXERS |= {"json": "json", "csv": "text", "ini": "ini", "python": "python", "": "text"}
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_WORD = re.compile(r"[\w\\*`|]")


class _Indented(yaml.SafeDumper):
    """Lists are indented, as ansible-lint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class NoForm(Exception):
    """A guide uses something that has no form here."""


def generated() -> Iterator[tuple[Path, str]]:
    """Each file, and how it should be. :raises NoForm:"""
    guides = {path.stem: path for path in site_pages.pages()}
    for name, path in guides.items():
        yield FOLDER / f"{name}.rst", rst(name, path.read_text(encoding="utf-8"), guides)
    yield CONTENTS, _contents()


def _contents() -> str:
    sections = [{"title": title, "toctree": list(names)} for title, names in site_pages.SECTIONS.items()]
    return "---\n" + yaml.dump({"sections": sections}, Dumper=_Indented, sort_keys=False)


def rst(name: str, text: str, guides: dict[str, Path] | None = None) -> str:
    """One guide. :raises NoForm:"""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    page = _Page(name, guides if guides is not None else {})
    return _HEAD.format(name=name) + page.blocks(tree.children) + "\n"


def slug(heading: str) -> str:
    """The name of a heading in a link, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class _Page:
    """Writes one page. Blocks give lines without a newline at the end."""

    def __init__(self, name: str, guides: dict[str, Path]) -> None:
        self._name = name
        self._guides = guides
        self._labels: set[str] = set()
        self._block: dict[str, Callable[[SyntaxTreeNode], str]] = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "fence": self._fence,
            "bullet_list": lambda node: self._list(node, lambda number: "* "),
            "ordered_list": lambda node: self._list(node, lambda number: f"{number}. "),
            "table": self._table,
            "blockquote": lambda node: ".. note::\n\n" + _indented(self.blocks(node.children), 3),
            "html_block": self._remark,
        }

    def blocks(self, nodes: list[SyntaxTreeNode]) -> str:
        found = [self._known(self._block, node)(node) for node in nodes]
        return "\n\n".join(block for block in found if block)

    def _known(self, known: dict, node: SyntaxTreeNode) -> Callable:
        if node.type not in known:
            raise NoForm(f"docs/{self._name}.md: {node.type} has no form in guides_rst.py")
        return known[node.type]

    def _label(self, anchor: str) -> str:
        """A target for links; nothing if the page has it: an old name of a heading can be its new one."""
        if anchor in self._labels:
            return ""
        self._labels.add(anchor)
        return f".. _{LABEL}.{self._name}{'.' if anchor else ''}{anchor}:"

    def _heading(self, node: SyntaxTreeNode) -> str:
        level = int(node.tag[1])
        title = self._inline(node.children[0])
        label = self._label("" if level == 1 else slug(node.children[0].content))
        return f"{label}\n\n{title}\n{_UNDERLINES[level - 1] * len(title)}".lstrip()

    def _paragraph(self, node: SyntaxTreeNode) -> str:
        text = node.children[0].content
        if anchors := _ANCHOR.findall(text):
            if _ANCHOR.sub("", text).strip():
                raise NoForm(f"docs/{self._name}.md: an anchor inside of a paragraph")
            return "\n".join(self._label(anchor) for anchor in anchors)
        return self._inline(node.children[0])

    def _fence(self, node: SyntaxTreeNode) -> str:
        if node.info not in _LEXERS:
            raise NoForm(f"docs/{self._name}.md: no lexer for {node.info!r}")
        return f".. code-block:: {_LEXERS[node.info]}\n\n" + _indented(node.content.rstrip("\n"), 4)

    def _list(self, node: SyntaxTreeNode, mark: Callable[[int], str]) -> str:
        items = []
        for number, item in enumerate(node.children, 1):
            sign = mark(number)
            items.append(sign + _indented(self.blocks(item.children), len(sign)).lstrip())
        return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(items)

    def _table(self, node: SyntaxTreeNode) -> str:
        rows = [row for part in node.children for row in part.children]
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: auto", ""]
        for row in rows:
            for number, cell in enumerate(row.children):
                text = self._inline(cell.children[0]) if cell.children else ""
                lines.append(f"   {'*' if not number else ' '} - {text}".rstrip())
        return "\n".join(lines)

    def _remark(self, node: SyntaxTreeNode) -> str:
        if not re.fullmatch(r"<!--.*-->\s*", node.content, re.DOTALL):
            raise NoForm(f"docs/{self._name}.md: HTML has no form in guides_rst.py: {node.content.strip()}")
        return ""

    # Inline. Markup of reStructuredText does not nest, and needs something other than a word on both sides.

    def _inline(self, node: SyntaxTreeNode) -> str:
        made, closed = "", False
        for kind, text in self._runs(node.children, ""):
            if kind and (made and _WORD.match(made[-1])):
                made += "\\ "
            if not kind and made and closed and text and _WORD.match(text[0]):
                made += "\\ "
            made += text
            closed = bool(kind)
        return made

    def _runs(self, nodes: list[SyntaxTreeNode], sign: str) -> Iterator[tuple[str, str]]:
        for node in nodes:
            if node.type == "text" and node.content:
                yield from self._signed(node.content, sign)
            elif node.type == "softbreak":
                yield "", "\n"
            elif node.type == "code_inline":
                yield "code", f"``{node.content}``"
            elif node.type in ("strong", "em"):
                yield from self._runs(node.children, "**" if node.type == "strong" else "*")
            elif node.type == "link":
                yield "link", self._link(node)
            elif node.type == "image":
                yield "link", self._picture(node)
            elif node.type == "html_inline" and node.content.startswith("<!--"):
                continue
            elif node.content or node.children:
                raise NoForm(f"docs/{self._name}.md: {node.type} has no form in guides_rst.py: {node.content}")

    @staticmethod
    def _signed(text: str, sign: str) -> Iterator[tuple[str, str]]:
        if not sign or not text.strip():
            yield "", _escaped(text)
            return
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        yield from [("", before)] if before else []
        yield "sign", f"{sign}{_escaped(text.strip())}{sign}"
        yield from [("", after)] if after else []

    def _link(self, node: SyntaxTreeNode) -> str:
        words = "".join(child.content for child in node.walk() if child.type in ("text", "code_inline"))
        title = re.sub(r"([\\`<>])", r"\\\1", words)
        target = str(node.attrs["href"])
        if target.startswith("https://"):
            return f"`{title} <{target}>`__"
        path, _hash, anchor = target.partition("#")
        guide = path.removesuffix(".md") or self._name
        if path and (guide not in self._guides or not path.endswith(".md")):
            return f"`{title} <{site_pages.repository(target)}>`__"
        return f":ref:`{title} <{LABEL}.{guide}{'.' if anchor else ''}{anchor}>`"

    def _picture(self, node: SyntaxTreeNode) -> str:
        return f"`{node.content} <{site_pages.repository(str(node.attrs['src']))}>`__"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*|]|_(?=\W|$))", r"\\\1", text)


def _indented(text: str, width: int) -> str:
    return "\n".join(" " * width + line if line else "" for line in text.split("\n"))
