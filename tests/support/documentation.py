"""Reads what the documentation shows: examples, links, commands, variables; and writes the tables that come from the code.

``python -m support.documentation`` (with ``tests`` on the path) writes the tables again.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import contract

ROOT = Path(__file__).resolve().parents[2]
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
SITE = "https://github.com/tenantops/partner_center/"
URL = f"{SITE}blob/{VERSION}/"
"""Where the README links to: it is also shown outside of the repository, and a reader of a version gets that version's guides."""
PICTURES = f"https://raw.githubusercontent.com/tenantops/partner_center/{VERSION}/docs/images/"

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(path for path in (ROOT / "plugins" / "modules").glob("*.py") if path.name != "__init__.py")

NAME = "Example"
"""The name of the play for tasks that are shown without one."""

REASONS = {
    "requirements file": "ansible-galaxy reads it, not ansible-playbook",
    "policy file": "access_policy_file reads it; test_ends does, too",
}
"""Why a YAML block may be left out of the run. Every reason is one of these."""

_FENCE = re.compile(
    r"^(?: *<!-- not run: (?P<reason>[^>]*?) -->\n+)?(?P<indent> *)```(?P<language>[a-z]*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
DEMO_STEPS = "2378"
"""The steps of the demo that docs/demo.md shows."""
DEMO_SETTINGS = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
"""What `make demo` sets for Ansible."""

_DEMO = re.compile(r"(?<=<!-- demo-output -->\n).*?(?=<!-- end of demo-output -->)", re.DOTALL)
_TABLE = re.compile(
    r"(?P<begin><!-- table: (?P<name>[a-z-]+) -->\n)(?P<rows>.*?)(?P<end><!-- end of table -->)", re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, or the EXAMPLES of a module. ``reason`` is why it is not run, None if it is."""

    page: str
    line: int
    language: str
    text: str
    reason: str | None = None

    @property
    def name(self) -> str:
        """Where it is, as a test id."""
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The fenced blocks of all pages in these languages."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            if match["language"] in languages:
                line = text.count("\n", 0, match.start("text"))
                body = re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
                found.append(Block(str(page.relative_to(ROOT)), line, match["language"], body, match["reason"]))
    return found


def module_examples() -> list[Block]:
    """The EXAMPLES of every module."""
    found = []
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and t.cast(ast.Name, node.targets[0]).id == "EXAMPLES":
                found.append(Block(str(path.relative_to(ROOT)), node.lineno, "yaml", ast.literal_eval(node.value)))
    return found


def links() -> list[tuple[str, str]]:
    """(page, target) of every link."""
    return [
        (str(page.relative_to(ROOT)), target)
        for page in PAGES
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
    ]


def anchors(page: Path) -> set[str]:
    """The names under which the headings of a page can be linked to, made as GitHub makes them."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)"></a>', text))


def pictures() -> list[tuple[str, str]]:
    """(page, address) of every picture."""
    return [
        (str(page.relative_to(ROOT)), target)
        for page in PAGES
        for target in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ]


# Tables that come from the code


@functools.cache
def tables() -> dict[str, str]:
    """The tables, by the name in their marker."""
    return {
        "environment": _environment(),
        "clouds": _clouds(),
        "sign-in-errors": _sign_in_errors(),
        "service-codes": _service_codes(),
        "gdap": _gdap(),
        "attributes": _attributes(),
        "breaking-changes": contract.breaking_changes(),
        "contract-changes": contract.changes_table(),
    }


def with_tables(text: str) -> str:
    """A page with its tables as the code has them."""
    made = tables()
    return _TABLE.sub(lambda match: match["begin"] + made[match["name"]] + match["end"], text)


def with_version(text: str) -> str:
    """A text that is shown outside of the repository, with links and pictures of this version."""
    return re.sub(r"(partner_center/(?:blob/)?)\d+\.\d+\.\d+(?=/)", rf"\g<1>{VERSION}", text)


def tables_of(page: Path) -> list[str]:
    """The names of the tables that a page holds."""
    return [match["name"] for match in _TABLE.finditer(page.read_text(encoding="utf-8"))]


def _environment() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as options

    rows = []
    for name, azure in options._ENVIRONMENT.items():
        variables = [options._OWN + name.upper(), *azure]
        # The collection's own variable is always there; of the others it matters whether they need the client id of their family.
        mark = " (*)" if name in options._CREDENTIAL_OPTIONS and azure else ""
        rows.append([_code(name), ", ".join(map(_code, variables)) + mark])
    return _table(["Option", "Environment variables, the first that is set counts"], rows)


def _clouds() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.clouds import CLOUDS
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of

    rows = [
        [
            _code(cloud.name),
            _code(cloud.authority_host),
            _code(cloud.api_url),
            ", ".join(map(_code, sorted(facts_of(cloud.name).unsupported))) or "-",
        ]
        for cloud in CLOUDS.values()
    ]
    return _table(["`cloud_environment`", "Sign-in host", "API", "Refused, because that cloud does not offer it"], rows)


def _sign_in_errors() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import CAUSES

    rows = [
        [_code(cause.name), ", ".join(map(str, sorted(cause.codes))) or "-", cause.meaning, cause.action]
        for cause in CAUSES
    ]
    return _table(["`error_class`", "AADSTS", "Meaning", "Next step"], rows)


def _service_codes() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client import meaning

    return _table(
        ["`code`", "Meaning and next step"], [[_code(code), words] for code, words in meaning._BY_CODE.items()]
    )


def _gdap() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client import facts, meaning

    wanted: dict[tuple[str, ...], list[str]] = {}
    for name, roles in [*facts.READS.items(), *facts.WRITES.items()]:
        words = meaning._WORDS.get(name) or _code(name)
        if words not in wanted.setdefault(roles, []):
            wanted[roles].append(words)
    return _table(
        ["For", "One of these roles"], [[", ".join(names), ", ".join(roles)] for roles, names in wanted.items()]
    )


def _attributes() -> str:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.attributes import (
        ATTRIBUTES,
    )

    def yes(what: bool) -> str:
        return "yes" if what else "no"

    rows = [
        [
            _code(attribute.name),
            _code(str(attribute.wire)) if attribute.wire else "-",
            str(attribute.limit or "-"),
            yes(attribute.clearable),
            yes(attribute.synced),
        ]
        for attribute in ATTRIBUTES.values()
    ]
    return _table(
        ["Option", "Property", "Characters, at most", "An empty string clears it", "Active Directory owns it"], rows
    )


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# What the code knows and a page has to mention


def error_classes() -> set[str]:
    """Every word that ``error_class`` can have."""
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import CAUSES

    found = {cause.name for cause in CAUSES}
    for path in (ROOT / "plugins" / "module_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "error_class":
                found |= {
                    leaf.value
                    for leaf in ast.walk(node.value)
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                }
    return found


def make_targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def variables_of_options() -> set[str]:
    """Every environment variable that sets an option."""
    from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
        azure_pack_access_token_info as sign_in,
    )
    from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as options

    azure_pack = {name for names in sign_in._ENVIRONMENT.values() for name in names}
    return (
        {options._OWN + name.upper() for name in options._ENVIRONMENT}
        | {name for names in options._ENVIRONMENT.values() for name in names}
        | azure_pack
    )


# Examples that are run


def demo_output(stdout: str) -> str:
    """What Ansible printed about some steps of the demo: whole tasks, with words for ids and times.

    :param stdout: of a run with ``DEMO_SETTINGS`` and ``--diff``.
    """
    parts: list[str] = []
    shown = False
    for title, body in re.findall(r"^TASK \[(.*?)\] \*+\n(.*?)(?=^TASK|^PLAY|\Z)", stdout, re.MULTILINE | re.DOTALL):
        step = re.match(r"Step (\d)", title)
        if step:
            shown = step[1] in DEMO_STEPS
        if shown and (step or title == "What happened"):
            # The word "ok" of a report says nothing, and "-" is its word for no message.
            body = re.sub(r"^ok: \[localhost\] => ?\n|^ +message: '-'\n", "", body, flags=re.MULTILINE)
            parts.append((f"TASK [{title}]\n" if step else "") + body.strip("\n"))
        elif step and parts[-1:] != ["..."]:
            parts.append("...")
    text = re.sub(r" *\n\n+(?!TASK|\.\.\.)", "\n", "\n\n".join(parts) + "\n")
    text = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"(?<=/ID)\n +(?=\d{3}$)", " ", text, flags=re.MULTILINE)  # a long line was folded
    text = re.sub(r"(?<=deleted )\d{4}-[0-9T:-]+Z", "TIME", text)
    return f"```text\n{text}```\n"


def with_demo(text: str, output: str) -> str:
    """A page with this as the output of the demo."""
    return _DEMO.sub(lambda _match: output, text)


def as_playbook(text: str) -> list[dict[str, t.Any]]:
    """Plays as they are, tasks in a play on this machine."""
    document = yaml.safe_load(text)
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise ValueError("neither a list of tasks nor a list of plays")
    if all("hosts" in item for item in document):
        return document
    return [{"name": NAME, "hosts": "localhost", "gather_facts": False, "tasks": document}]


def main() -> None:
    """Write what is made from the code again: the tables of all pages, and the output of the demo."""
    import conftest  # makes the checkout importable as a collection

    assert conftest
    subprocess.run(["make", "--silent", "demo"], cwd=ROOT, check=True)
    demo = (ROOT / ".state" / "demo.log").read_text(encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        new = with_demo(with_tables(text), demo_output(demo))
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
