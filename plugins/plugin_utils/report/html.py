# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report as one HTML page that needs nothing else: it loads nothing, sends nothing, and says everything without its
script.

Values never become markup, addresses or names of classes. The style and the script are allowed by their hashes, and
nothing else is: a browser would refuse to run anything that got into the page.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import pathlib
import typing as t

from .model import MEANINGS, STATUSES, Change, Customer, Entry, Report, counts, worst_entries_first
from .text import (
    action_text,
    changes_text,
    counts_text,
    details,
    failed_runs_text,
    place_text,
    prediction_text,
    requests_text,
    run_text,
    spared_text,
    totals_text,
    value_text,
    value_words,
    visible,
)


def render(report: Report) -> str:
    """The page."""
    customers = report.worst_first()
    body = [
        _header(report),
        "<main>",
        _summary(report),
        _customers(customers) if len(customers) > 1 else "",
        _filter(report),
        f'<section id="users"{"" if customers else " hidden"}>'
        f"<h2>{'Users' if len(customers) == 1 else 'Customers and their users'}</h2>",
        *(_customer(number, customer, report) for number, customer in enumerate(customers, start=1)),
        '<p id="nothing" hidden>No user matches the filter.</p></section></main>',
    ]
    return _head(report) + "\n".join(filter(None, body)) + f"\n<script>{_asset('js')}</script>\n</body>\n</html>\n"


def text(value: str) -> str:
    """Text as content or as the value of a quoted attribute. Braces too, so that no template engine finds work here."""
    return html.escape(visible(value)).replace("{", "&#123;")


@functools.cache
def _asset(kind: str) -> str:
    return (pathlib.Path(__file__).parent / f"page.{kind}").read_text(encoding="utf-8")


def _hash(kind: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(_asset(kind).encode()).digest()).decode() + "'"


def _head(report: Report) -> str:
    policy = (
        f"default-src 'none'; style-src {_hash('css')}; script-src {_hash('js')}; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" '
        'content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(report.title)}</title>\n<style>{_asset('css')}</style>\n</head>\n<body>\n"
    )


def _header(report: Report) -> str:
    generated = f"<p>Generated: <bdi>{text(report.generated)}</bdi></p>" if report.generated else ""
    prediction = prediction_text(report)
    notice = f'<p class="notice"><strong>{text(prediction)}</strong></p>' if prediction else ""
    return (
        '<a class="skip" href="#users">Skip to the '
        f"users</a>\n<header><h1>{text(report.title)}</h1>{generated}{notice}</header>"
    )


def _summary(report: Report) -> str:
    total = counts(report.entries)
    cards = "".join(
        f'<li class="{status if count else "skipped"}"><b>{count:,}</b> <span>{STATUSES[status]}</span> '
        f"<small>{MEANINGS[status]}</small></li>"
        for status, count in total.items()
        if count or status in ("failed", "ok")
    )
    remarks = [*report.notes, *(_run(report, number) for number, run in enumerate(report.runs))]
    if report.requests:
        remarks.insert(0, f"Requests: {requests_text(report.requests)}.")
    lines = "".join(f"<li>{text(remark)}</li>" for remark in remarks if remark)
    failed = failed_runs_text(report)
    alarm = f'<p class="failed"><strong>{failed}.</strong></p>' if failed else ""
    return (
        f'<section><h2>Summary</h2>{alarm}<p>{totals_text(report)}.</p><ul class="counts">{cards}</ul><ul '
        f'class="remarks">{lines}</ul></section>'
    )


def _run(report: Report, number: int) -> str:
    run = report.runs[number]
    said = f": {run.message}" if run.message else ""
    return run_text(run) + said + (f" (correlation id {run.correlation_id})" if run.correlation_id else "")


def _customers(customers: t.Sequence[Customer]) -> str:
    rows = "".join(
        '<tr><th scope="row"><a '
        f'href="#c{number}"><bdi>{text(customer.label)}</bdi></a></th><td>{_chips(customer)}</td></tr>'
        for number, customer in enumerate(customers, start=1)
    )
    head = '<thead><tr><th scope="col">Customer</th><th scope="col">Users</th></tr></thead>'
    return f"<section><h2>Overview</h2><table>{head}<tbody>{rows}</tbody></table></section>"


def _chips(customer: Customer) -> str:
    chips = (
        f'<span class="chip {status}">{count:,} {STATUSES[status]}</span>'
        for status, count in counts(customer.entries).items()
        if count
    )
    return " ".join(chips) or counts_text(customer.entries)


def _filter(report: Report) -> str:
    """Without a script there is nothing to operate, so it appears only together with the script."""
    boxes = "".join(
        f'<label class="{status}"><input type="checkbox" value="{status}" checked> {STATUSES[status]} '
        f"<output>{count}</output></label>"
        for status, count in counts(report.entries).items()
        if count
    )
    return (
        '<section id="filter" role="search" aria-label="Filter the users" hidden>'
        '<div><label for="query">Filter</label><input id="query" type="search" autocomplete="off" spellcheck="false"'
        ' placeholder="name, customer, message, id &#8230;"></div>'
        f'<div role="group" aria-labelledby="by"><span id="by">Status</span>{boxes}</div><button id="reset" '
        'type="button">Show all</button><p id="shown" role="status"></p></section>'
    )


def _customer(number: int, customer: Customer, report: Report) -> str:
    ids = [
        f"{name} <bdi>{text(value)}</bdi>"
        for name, value in (("id", customer.customer_id), ("domain", customer.domain))
        if value
    ]
    messages = "".join(f"<p>{text(message)}</p>" for message in customer.messages)
    messages += _spared(customer) if customer.spared else ""
    users = "\n".join(_entry(entry, report) for entry in worst_entries_first(customer.entries))
    return (
        f'<details class="customer" id="c{number}" open><summary><h3>{text(customer.label)}</h3> {_chips(customer)} <i '
        'class="hits"></i></summary>'
        f"{'<p class=ids>' + ', '.join(ids) + '</p>' if ids else ''}{messages}"
        f"{'<ul class=users>' + users + '</ul>' if users else ''}</details>"
    )


def _spared(customer: Customer) -> str:
    users = "".join(
        f"<li><bdi>{text(user.user_principal_name or user.user_id or 'name not known')}</bdi>: "
        f"{text(user.reason or 'no reason stated')}</li>"
        for user in customer.spared
    )
    return f"<details class=spared><summary>{spared_text(customer)}</summary><ul>{users}</ul></details>"


def _entry(entry: Entry, report: Report) -> str:
    name = text(entry.user_principal_name or entry.user_id or "name not known")
    action = action_text(entry)
    about = "".join(f"<small>{text(part)}</small>" for part in (action, place_text(entry, report)) if part)
    lead = changes_text(entry.status)
    changes = (f"<small>{lead}:</small>" if lead and entry.changes else "") + "".join(map(_change, entry.changes))
    ids = ", ".join(f"{word} <bdi>{text(value)}</bdi>" for word, value in details(entry, report.runs[entry.run - 1]))
    message = f"<p>{text(entry.message)}</p>" if entry.message else ""
    ids = f"<p class=ids>{ids}</p>" if ids else ""
    return (
        f'<li data-status="{entry.status}"><span class="chip '
        f'{entry.status}">{STATUSES[entry.status]}</span><div><b>{name}</b>{about}</div>'
        f"{'<div class=changes>' + changes + '</div>' if changes else ''}"
        f"{'<div class=said>' + message + ids + '</div>' if message or ids else ''}</li>"
    )


def _change(change: Change) -> str:
    return (
        f"<p><i>{text(change.name)}</i>: <del>{_value(change.before, change.name)}</del> \u2192 "
        f"<ins>{_value(change.after, change.name)}</ins></p>"
    )


def _value(value: t.Any, name: str) -> str:
    shown = value_text(value)
    return f"<em>{value_words(value, name)}</em>" if shown is None else html.escape(shown).replace("{", "&#123;")
