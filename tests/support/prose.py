"""The prose of the project, line by line, without code: what a linter of words has to look at.

``python -m support.prose`` (with ``tests`` on the path) prints it; with ``messages`` it prints the messages in code that have words of the table.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

from support.sentences import text_of

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"

_DOCUMENTED = ("DOCUMENTATION", "RETURN", "EXAMPLES")
_CODE = re.compile(
    r"`+[^`]*`+"  # code of Markdown and of changelog fragments
    r"|\b(?:[CEILMOPUV]|RV|HORIZONTALLINE)\((?:ignore:)?[^()]*(?:\([^()]*\)[^()]*)*\)"  # code of Ansible's documentation
    r"|(?<=\])\([^)\s]*\)"  # where a link leads
    r"|<[^>\s][^>]*>"  # HTML
    r"|https?://\S+"
    r"|\{\{.*?\}\}"
    r"|\"\w+\":"  # a key of JSON
    r"|\b\w+_\w+\b"  # names of options and variables
)
_FENCE = re.compile(r"^ *```")
_NAME = re.compile(r"^\s*-?\s*(?:name|msg|title|fail_msg): (?P<text>.*)")
_COMMENT = re.compile(r"^\s*#+ ?(?P<text>.*)")


@dataclass(frozen=True)
class Line:
    """One line of prose, and where it stands."""

    path: str
    number: int
    text: str


def lines() -> t.Iterator[Line]:
    """Every line of prose that a user or a contributor reads outside of messages."""
    for page in [ROOT / "README.md", CONTRIBUTING, *sorted((ROOT / "docs").rglob("*.md"))]:
        yield from _of(page, markdown(page.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "plugins").rglob("*")):
        if path.suffix == ".py" and path.parent.name in ("modules", "doc_fragments", "lookup", "filter", "inventory"):
            yield from _of(path, documented(path.read_text(encoding="utf-8")))
        elif path.suffix in (".yml", ".yaml"):
            yield from _of(path, enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    shared = ROOT / "scripts" / "dev" / "return_keys.yml"
    yield from _of(shared, enumerate(shared.read_text(encoding="utf-8").splitlines(), 1))
    for path in sorted((ROOT / "changelogs" / "fragments").iterdir()):
        yield from _of(path, enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for path in sorted((ROOT / "playbooks").rglob("*.yml")):
        head = path.read_text(encoding="utf-8").partition("\n- name:")[0]
        yield from _of(path, remarks(head, tasks=False))
    for path in sorted((ROOT / "docs" / "examples").rglob("*")):
        if path.suffix in (".yml", ".py", ".sh", ".cfg"):
            yield from _of(path, remarks(path.read_text(encoding="utf-8"), tasks=True))
    yield from _of(ROOT / "docs" / "tenant.schema.json", _schema())


def _of(path: Path, found: t.Iterable[tuple[int, str]]) -> t.Iterator[Line]:
    name = str(path.relative_to(ROOT))
    for number, text in found:
        bare = without_code(text)
        if bare.strip():
            yield Line(name, number, bare)


def without_code(text: str) -> str:
    """A line without names of options, values, addresses and templates."""
    return _CODE.sub(lambda match: "·" * len(match[0]), text)


def markdown(text: str) -> t.Iterator[tuple[int, str]]:
    """The prose of a page: no code, but the names of tasks in examples; no table that is made from code."""
    fenced = generated = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif line.startswith(("<!-- table:", "<!-- terms -->")):
            generated = True
        elif line.startswith(("<!-- end of table", "<!-- end of terms -->")):
            generated = False
        elif fenced:
            named = _NAME.match(line)
            if named:
                yield number, named["text"]
        elif not generated:
            yield number, line


def documented(source: str) -> t.Iterator[tuple[int, str]]:
    """The texts of a plugin that ansible-doc shows, and those of a documentation fragment."""
    texts: list[tuple[str, ast.Constant]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            (target,) = node.targets
            if isinstance(target, ast.Name) and target.id.isupper():
                texts.append((target.id, node.value))
    rows = source.splitlines()
    for name, text in texts:
        if name not in _DOCUMENTED and "\n" not in text.value:
            continue
        for number in range(text.lineno, (text.end_lineno or text.lineno) + 1):
            line = rows[number - 1]
            if name == "EXAMPLES":
                named = _NAME.match(line) or _COMMENT.match(line)
                line = named["text"] if named else ""
            yield number, line


def remarks(text: str, tasks: bool) -> t.Iterator[tuple[int, str]]:
    """Comments, and with ``tasks`` the names of plays and tasks."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _COMMENT.match(line) or (tasks and _NAME.match(line))
        if found:
            yield number, found["text"]


def _schema() -> t.Iterator[tuple[int, str]]:
    text = (ROOT / "docs" / "tenant.schema.json").read_text(encoding="utf-8")
    json.loads(text)
    for number, line in enumerate(text.splitlines(), 1):
        if '"description"' in line or '"title"' in line:
            yield number, line


def terms() -> dict[str, str]:
    """Words that are not used, as in the table of CONTRIBUTING.md, each with the one that is."""
    (table,) = re.findall(
        r"<!-- terms -->\n(.*?)<!-- end of terms -->", CONTRIBUTING.read_text(encoding="utf-8"), re.DOTALL
    )
    found: dict[str, str] = {}
    for row in table.splitlines()[2:]:
        write, avoid = (cell.strip() for cell in row.strip("| ").split("|"))
        found.update({word.strip(): write for word in avoid.split(",")})
    return found


def pattern(word: str) -> re.Pattern[str]:
    """Finds a word of the table; one that ends with a star has any ending."""
    stem = re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+")
    end = "" if word.endswith("*") else r"(?![\w-])"
    return re.compile(rf"(?<![\w-]){stem}{end}", re.IGNORECASE)


def messages() -> t.Iterator[Line]:
    """What the code says to a user: texts of plugins, and names and messages of playbooks. One word alone is a name."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        if path.parent.name in ("modules", "doc_fragments") and "module_utils" not in path.parts:
            continue
        yield from _of(path, said(path.read_text(encoding="utf-8")))
    for folder in ("playbooks", "extensions"):
        for path in sorted((ROOT / folder).rglob("*.yml")):
            text = path.read_text(encoding="utf-8")
            yield from _of(path, ((n, line) for n, line in enumerate(text.splitlines(), 1) if not _COMMENT.match(line)))


def said(source: str) -> t.Iterator[tuple[int, str]]:
    """The texts in a source, an f-string as a whole, with its gaps; no documentation of functions, classes or values."""

    def walk(node: ast.AST) -> t.Iterator[tuple[int, str]]:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id in _DOCUMENTED:
                return
        text = text_of(node)
        if text is not None and " " in text.strip() and "\n" not in text:
            yield getattr(node, "lineno", 0), text
        for child in ast.iter_child_nodes(node):
            if text is None or isinstance(child, ast.FormattedValue):
                yield from walk(child)

    yield from walk(ast.parse(source))


if __name__ == "__main__":
    words = {word: pattern(word) for word in terms()}
    for each in messages() if "messages" in sys.argv else lines():
        found = [word for word, expression in words.items() if expression.search(each.text)]
        if found or "messages" not in sys.argv:
            print(f"{each.path}:{each.number}: {each.text}  {found or ''}".rstrip())
