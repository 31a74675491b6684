"""What users build on, read from the sources: options, keys of results, variables of playbooks, reasons.

``docs/stability.md`` says what is promised about it. ``current.json`` beside ``docs/`` is written by ``make generate``, so that every
change of it is seen in a review; the file of a release is written once and stays.
"""

from __future__ import annotations

import ast
import json
import re
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FQCN = "tenantops.partner_center"
PLACE = ROOT / "tests" / "contract"
CURRENT = PLACE / "current.json"
RELEASED = "0.2.0"
"""The release that the current state is compared with."""

PRIVATE = {"filter/step_outcome", "lookup/input_problems", "lookup/playbook_result", "lookup/playbook_variables"}
"""Plugins that only the playbooks of the collection use; their documentation says so."""
KINDS = ("modules", "lookup", "inventory", "filter")
PROMISED = ("type", "elements", "required", "default", "choices", "aliases")
"""What of an option a user may rely on."""
VERSION = "version_added"
"""Written down, and not compared."""

Entries = dict[str, t.Any]


def of(root: Path) -> dict[str, Entries]:
    """The contract of a checkout: for each plugin its options and results, and the rest, as ``area -> path -> facts``."""
    made: dict[str, Entries] = {}
    for kind in KINDS:
        for path in sorted((root / "plugins" / kind).glob("*.yml" if kind == "filter" else "*.py")):
            name = f"{'module' if kind == 'modules' else kind}/{path.stem}"
            if path.stem != "__init__" and name not in PRIVATE:
                documentation, results = documents(path)
                made[f"{name}: options"] = dict(_options(_merged(root, documentation), ""))
                made[f"{name}: results"] = dict(_results(results, ""))
    for path in sorted((root / "playbooks").glob("*.yml")):
        made[f"playbook/{path.stem}: variables"] = {name: {} for name in variables(path)}
    page = (root / "docs" / "errors.md").read_text(encoding="utf-8")
    keys = re.compile(r"^## What a failed task returns\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
    words = re.findall(r"^\| `([a-z_]+)` \|", keys.sub("", page), re.MULTILINE)
    made["reasons and classes of errors"] = {word: {} for word in sorted(set(words))}
    return made


def as_text(contract: dict[str, Entries]) -> str:
    """One line for each entry, so that a change is a line of a diff."""
    lines = []
    for area, entries in sorted(contract.items()):
        rows = [f"    {json.dumps(name)}: {json.dumps(facts)}" for name, facts in sorted(entries.items())]
        inner = ",\n".join(rows)
        lines.append(f"  {json.dumps(area)}: {{\n{inner}\n  }}" if rows else f"  {json.dumps(area)}: {{}}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def released() -> dict[str, Entries]:
    return t.cast("dict[str, Entries]", json.loads((PLACE / f"{RELEASED}.json").read_text(encoding="utf-8")))


class Change(t.NamedTuple):
    """One difference: ``kind`` is ``new``, ``gone`` or ``changed``; ``facts`` says what changed."""

    kind: str
    area: str
    name: str
    facts: str


def changes(old: dict[str, Entries], new: dict[str, Entries]) -> list[Change]:
    """Every difference, in the order of the areas. What is new within something new is not repeated."""
    found = []
    for area in sorted(old.keys() | new.keys()):
        before, after = old.get(area, {}), new.get(area, {})
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                found.append(Change("gone", area, name, ""))
            elif name not in before:
                found.append(Change("new", area, name, ""))
            elif difference := _difference(before[name], after[name]):
                found.append(Change("changed", area, name, difference))
    return found


def _difference(before: Entries, after: Entries) -> str:
    keys = sorted(key for key in (before.keys() | after.keys()) - {VERSION} if before.get(key) != after.get(key))
    return "; ".join(f"{key} {_shown(before.get(key))} -> {_shown(after.get(key))}" for key in keys)


def _shown(value: t.Any) -> str:
    return "none" if value is None else json.dumps(value)


def changes_table() -> str:
    """What is new, gone or changed since the release: rows of a table in Markdown. Reasons have a page of their own."""
    words = {"new": "new", "gone": "**gone**", "changed": "**changed**"}
    rows = ["| Where | What | Change |", "| --- | --- | --- |"]
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for change in changes(released(), of(ROOT)):
        if not change.area.startswith("reasons"):
            facts = f": {change.facts}" if change.facts else ""
            grouped.setdefault((change.area, change.kind, facts), []).append(f"`{change.name}`")
    for (area, kind, facts), names in grouped.items():
        place, _colon, what = area.partition(": ")
        rows.append(
            f"| `{place.partition('/')[2]}`, {what} | {', '.join(names)} | {words[kind]}{facts} |".replace("``", "`")
        )
    return "\n".join(rows) + "\n"


def breaking_changes() -> str:
    """What the fragments of the changelog say about what breaks, since the release: a list in Markdown."""
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    old = {
        name
        for version, release in releases.items()
        if _number(version) <= _number(RELEASED)
        for name in release["fragments"]
    }
    lines = []
    for path in sorted((ROOT / "changelogs" / "fragments").glob("*.y*ml")):
        fragment_of_it = yaml.safe_load(path.read_text(encoding="utf-8")) if path.name not in old else {}
        for section in ("breaking_changes", "removed_features", "deprecated_features"):
            lines += [f"* {line.replace('``', '`')}" for line in fragment_of_it.get(section, [])]
    return "\n".join(lines) + "\n"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def documents(path: Path) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """DOCUMENTATION and RETURN of a plugin, without importing it."""
    if path.suffix == ".yml":
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        return whole["DOCUMENTATION"], whole.get("RETURN") or {}
    texts = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            texts[t.cast(ast.Name, node.targets[0]).id] = node.value.value
    return yaml.safe_load(texts["DOCUMENTATION"]), yaml.safe_load(texts.get("RETURN", "")) or {}


def _merged(root: Path, documentation: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options with those of the fragments below them."""
    merged: dict[str, t.Any] = {}
    names = documentation.get("extends_documentation_fragment", [])
    for source in [documentation, *(fragment(root, name) for name in names if name.startswith(FQCN + "."))]:
        for name, option in (source.get("options") or {}).items():
            merged[name] = option | merged.get(name, {})
    return merged


def fragment(root: Path, name: str) -> dict[str, t.Any]:
    """A documentation fragment of this collection, by its full name with an optional part."""
    stem, _dot, part = name.removeprefix(FQCN + ".").partition(".")
    tree = ast.parse((root / "plugins" / "doc_fragments" / f"{stem}.py").read_text(encoding="utf-8"))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment"]
    texts = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in body if isinstance(node, ast.Assign)
    }
    return t.cast("dict[str, t.Any]", yaml.safe_load(texts[part.upper() or "DOCUMENTATION"]))


def _options(options: dict[str, t.Any], above: str) -> t.Iterator[tuple[str, Entries]]:
    for name, option in options.items():
        facts = {key: option[key] for key in (*PROMISED, VERSION) if option.get(key) not in (None, False, [])}
        places = {
            kind: sorted(str(each["name"]) for each in option[kind]) for kind in ("env", "vars") if kind in option
        }
        yield above + name, facts | places
        yield from _options(option.get("suboptions") or {}, f"{above}{name}.")


def _results(results: dict[str, t.Any], above: str) -> t.Iterator[tuple[str, Entries]]:
    for name, result in results.items():
        yield above + name, {key: result[key] for key in ("type", "elements", VERSION) if key in result}
        yield from _results(result.get("contains") or {}, f"{above}{name}.")


def variables(playbook: Path) -> list[str]:
    """The variables that the head of a playbook lists."""
    head = playbook.read_text(encoding="utf-8").partition("\n- ")[0]
    lines = re.findall(r"^#   ([a-z]+(?:_[a-z]+)+(?:, [a-z]+(?:_[a-z]+)+)*),?(?=[ :]|$)", head, re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]
