# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The one place where secrets of options become known. An option is secret because its argument spec says ``no_log``.

They are looked for in what was given, by name and at any depth: also in rows, which the argument spec never sees, and
where such an option does not belong, because what is refused must not be shown either.
"""

from __future__ import annotations

import typing as t

from .secrets import Secrets
from .urls import names_url, proxy_secrets, url_secrets

Spec = t.Mapping[str, t.Mapping[str, t.Any]]


def secret_names(spec: Spec) -> frozenset[str]:
    """The names and aliases of all secret options of an argument spec, those of nested options among them."""
    found: set[str] = set()
    for name, option in spec.items():
        if option.get("no_log"):
            found |= {name, *option.get("aliases", ())}
        found |= secret_names(option.get("options") or {})
    return frozenset(found)


def register(
    secrets: Secrets,
    given: t.Mapping[str, t.Any],
    spec: Spec,
    environ: t.Mapping[str, str],
    variables: t.Mapping[str, t.Sequence[str]],
    rows: t.Collection[str] = (),
) -> None:
    """Remember every secret that a task was given, also those that lost to another source.

    :param given: the options as they were written.
    :param spec: of these options; a secret option of it is one in every place where its name stands.
    :param variables: the environment variables of each option; options that are not in ``spec`` count as secret.
    :param rows: options with rows, which Ansible never gets to see. It compares every value that it knows with every
        text, which would take minutes with thousands of rows; so it is not told about these.
    """
    names = secret_names(spec)
    for option, part in given.items():
        for value in _values({option: part}, names):
            for text in (value, value.strip()):
                secrets.add(text, tell=option not in rows)
    addresses = [value for name, value in given.items() if names_url(str(name))]
    for name, found in variables.items():
        for value in filter(None, map(environ.get, found)):
            if names_url(name):
                addresses.append(value)
            elif name in names or name not in spec:
                secrets.add(value)
                secrets.add(value.strip())
    for text in (*url_secrets(addresses), *proxy_secrets(environ)):
        secrets.add(text)


def _values(value: t.Any, names: frozenset[str]) -> t.Iterator[str]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _values(item, names)
    elif isinstance(value, t.Mapping):
        for name, item in value.items():
            yield from leaves(item) if name in names else _values(item, names)


def leaves(value: t.Any) -> t.Iterator[str]:
    """Everything in a value that could be a secret, as texts."""
    if isinstance(value, t.Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
