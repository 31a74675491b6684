# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Passwords in addresses. Addresses with one are refused where they are ours, and proxies may have one; neither is
ever shown."""

from __future__ import annotations

import typing as t
from urllib.parse import unquote

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def names_url(option: str) -> bool:
    """Whether an option is for an address, by its name."""
    return option.endswith(("_url", "_host", "endpoint"))


def userinfo(text: str) -> str:
    """Whatever may be user name and password in an address, also in one that is written wrongly or has no scheme;
    empty if there is none."""
    return (text.partition("://")[2] if "://" in text else text).rpartition("@")[0]


def url_secrets(values: t.Iterable[t.Any]) -> t.Iterator[str]:
    """What must not be shown of texts that may be addresses: user name with password, and the password, as it is
    written and as it is meant."""
    for value in values:
        found = userinfo(value) if isinstance(value, str) else ""
        if not found:
            continue
        name, colon, password = found.partition(":")
        for text in (password, unquote(password)) if colon else (name, unquote(name)):
            if len(text) > 3:
                yield text
        yield found + "@"


def proxy_secrets(environ: t.Mapping[str, str]) -> t.Iterator[str]:
    """The same of the proxies in the environment."""
    for name in PROXIES:
        yield from url_secrets([environ.get(name)])
