# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter to_report: results of customer_users as JSON, Markdown or HTML. Documentation: to_report.yml."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils.report import as_json as report_json
from ..plugin_utils.report import html as report_html
from ..plugin_utils.report import markdown as report_markdown
from ..plugin_utils.report.appearance import AppearanceProblem, appearance
from ..plugin_utils.report.reading import NotAResult, read

# Before ansible-core 2.19 a text that looks like JSON would be read as such after the filter, unless it is of this
# type.
try:
    from ansible.utils.native_jinja import NativeJinjaText as _Text
except ImportError:
    _Text = str

FORMATS = ("json", "markdown", "html")
TITLE = "Customer users"
LIMIT = 60000


def to_report(
    value: t.Any,
    format: str,
    title: t.Any = None,
    generated: t.Any = None,
    limit: t.Any = LIMIT,
    report_template: t.Any = None,
    report_logo: t.Any = None,
    report_accent: t.Any = None,
) -> str:
    """The report as text; the same arguments (and files) give the same text.

    :param value: a result of customer_users, a list of them, or what ``register`` made of a loop.
    :param limit: characters of the Markdown text; the other formats have no limit.
    :param report_template: path of a Jinja2 template for the page, instead of the one of the collection.
    :param report_logo: path of an image for the page.
    :param report_accent: a colour for the page.
    :raises AnsibleFilterError: for other input, an unknown format, a limit that leaves no room, options of a page for
        another format, or a template, an image or a colour that cannot be used.
    """
    if format not in FORMATS:
        raise AnsibleFilterError(f"to_report: format must be one of {', '.join(FORMATS)}, not {format!r}")
    looks = {"report_template": report_template, "report_logo": report_logo, "report_accent": report_accent}
    wrong = [name for name, given in looks.items() if given not in (None, "")] if format != "html" else []
    if wrong:
        raise AnsibleFilterError(f"to_report: {', '.join(wrong)} can only be used with the format html, not {format}")
    try:
        report = read(value, str(title or TITLE), None if generated in (None, "") else str(generated))
        if format == "json":
            text = report_json.render(report)
        elif format == "html":
            text = report_html.render(report, appearance(report_template, report_logo, report_accent))
        else:
            text = report_markdown.render(report, _limit(limit))
        return t.cast(str, _Text(text))
    except (NotAResult, report_markdown.TooShort, AppearanceProblem, report_html.TemplateProblem) as problem:
        raise AnsibleFilterError(f"to_report: {problem}") from problem


def _limit(limit: t.Any) -> int:
    try:
        return int(limit)
    except (TypeError, ValueError):
        raise AnsibleFilterError(f"to_report: limit must be a number, not {limit!r}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Its name and its function."""
        return {"to_report": to_report}
