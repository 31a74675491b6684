# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report as one HTML page that needs nothing else: it loads nothing, sends nothing, and says everything without its
script.

The page is a Jinja2 template, which users can extend or replace; docs/reports.md says what a template gets. Whatever a
template shows is escaped, in templates of users as well: values never become markup, addresses or names of classes.
The style and the script are allowed by their hashes, and nothing else is: a browser would refuse to run anything that
got into the page.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import re
import typing as t

import jinja2
from markupsafe import Markup, escape

from ...module_utils._common.visible import visible
from . import page_values
from .appearance import Appearance, AppearanceProblem
from .model import Report

STANDARD = "standard_report.html.j2"
"""The name by which a template of a user extends the one of the collection."""

_HERE = pathlib.Path(__file__).parent
_SPECIAL = re.compile(r"[&<>\"'{]")


class TemplateProblem(AppearanceProblem):
    """A template of a user cannot be used; the message says why."""


def render(report: Report, appearance: Appearance | None = None) -> str:
    """The page.

    :raises TemplateProblem: for a template of a user that cannot be read or carried out.
    """
    appearance = appearance or Appearance()
    return page(STANDARD, standard(), appearance, page_values.of(report, appearance))


def standard() -> str:
    """The template of the collection."""
    return (_HERE / "page.html.j2").read_text(encoding="utf-8")


def page(name: str, text: str, look: Appearance, values: t.Mapping[str, t.Any], css: str = "") -> str:
    """A page of the collection, or of the template of a user in its place.

    :param name: by which a template of a user extends the one of the collection.
    :param text: the template of the collection.
    :param css: more of the style, for its own parts.
    :raises TemplateProblem: for a template of a user that cannot be read or carried out.
    """
    made = environment({name: text}, look.template)
    # Markup, because it is a part of the page itself; no value is in it.
    made.globals["css"] = Markup(f"{made.globals['css']}{css}")
    return t.cast(str, _carried_out(look, lambda: _template(made, name, look).render(values)))


def check_template(name: str, text: str, look: Appearance) -> None:
    """Find what is wrong with a template of a user, as far as that shows without values.

    :raises TemplateProblem: before anything is sent, whose report could not be made then.
    """
    if look.template:
        _carried_out(look, lambda: _template(environment({name: text}, look.template), name, look))


def _template(made: jinja2.Environment, name: str, look: Appearance) -> jinja2.Template:
    return made.get_template(pathlib.Path(look.template).name if look.template else name)


def _carried_out(look: Appearance, act: t.Callable[[], t.Any]) -> t.Any:
    try:
        return act()
    except jinja2.TemplateNotFound as problem:
        raise TemplateProblem(f"report_template {look.template}: the template {problem.name} does not exist.") from None
    except jinja2.TemplateSyntaxError as problem:
        raise TemplateProblem(
            f"report_template {problem.filename or problem.name}, line {problem.lineno}: {problem.message}"
        ) from None
    except Exception as problem:
        if not look.template:
            raise
        # What a template calls may raise anything.
        raise TemplateProblem(
            f"report_template {look.template} cannot be rendered ({type(problem).__name__}): {problem}"
        ) from None


def shown(value: t.Any) -> t.Any:
    """Text as content or as the value of a quoted attribute. Braces too, so that no template engine finds work here."""
    if hasattr(value, "__html__"):
        return value
    if isinstance(value, int):
        return Markup(value)
    text = visible("" if value is None else str(value))
    return Markup(str(escape(text)).replace("{", "&#123;") if _SPECIAL.search(text) else text)


def environment(templates: dict[str, str], own: str = "") -> jinja2.Environment:
    """Where a page is made, with the style and the script that all pages have.

    :param templates: the templates of the collection by name.
    :param own: path of a template of the user, next to which others may be.
    """
    loaders: list[jinja2.BaseLoader] = [jinja2.DictLoader(templates)]
    if own:
        loaders.append(jinja2.FileSystemLoader(str(pathlib.Path(own).parent)))
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(
        css=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
        js=Markup((_HERE / "page.js").read_text(encoding="utf-8")),
        allowed=_allowed,
    )
    return made


def _allowed(content: t.Any) -> Markup:
    """The source expression of a content security policy that allows exactly this style or script."""
    return Markup("'sha256-" + base64.b64encode(hashlib.sha256(str(content).encode()).digest()).decode() + "'")
