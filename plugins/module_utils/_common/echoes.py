# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The forms in which a service, a proxy or a log may repeat a secret: escaped, encoded, in other letters, backwards.

Sources: RFC 3986 and the encoders of .NET (Uri.EscapeDataString, HttpUtility.UrlEncode, JavaScriptEncoder.Default,
HtmlEncoder.Default) and of JavaScript
(encodeURI, encodeURIComponent) for what each of them escapes; RFC 4648 for base64.
"""

from __future__ import annotations

import base64
import html
import json
import re
import typing as t
from urllib.parse import quote, quote_plus

LONG = 8
"""Characters from which on a secret is also looked for in other letters and backwards; a shorter one would be found
in ordinary words."""
_SAFE = ("", "/", "!*'()", ";,/?:@&=+$!*'()#")
"""What quote() shall leave as it is: nothing, and what .NET and JavaScript leave."""
_SIMPLE = re.compile(r"[A-Za-z0-9_.~-]*")
_NET = tuple(map(frozenset, ("\"&'+<>`", "\"&'<>", '"', "")))
"""What encoders of .NET write as a number, with and without respect to HTML."""
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_RUN = re.compile(r"[A-Za-z0-9+/=_-]*")
_BEFORE = re.compile(r"[A-Za-z0-9+/=_-]*\Z")


class Form(t.NamedTuple):
    """A form of a secret.

    :param text: what to look for, in small letters.
    :param exact: what has to be there letter by letter; None if the case does not matter.
    :param inside: whether it can be a part of a longer encoded text, which is then hidden as a whole.
    """

    text: str
    exact: str | None = None
    inside: bool = False


def forms(secret: str) -> set[Form]:
    """All forms of a secret."""
    plain = {secret, " ".join(secret.split())}
    encoded = {secret}
    if not _SIMPLE.fullmatch(secret):
        jsons = {
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            *(_net(secret, escaped) for escaped in _NET),
        }
        # What bodies are made of, of which the whole may come back encoded.
        encoded |= jsons | {quote_plus(secret.encode("utf-8", "surrogatepass"))}
        plain |= _escaped(secret, jsons)
    # A word is not looked for in other letters: it would be found in every second message.
    any_case = len(secret) >= LONG and (len(secret) >= 2 * LONG or not secret.isalpha())
    made = {_form(text, None if any_case or text not in (secret, " ".join(secret.split())) else text) for text in plain}
    if any_case:
        made.add(_form(secret[::-1]))
        # Letters outside of ASCII keep their case in small().
        made |= set() if secret.isascii() else {_form(secret.upper()), _form(secret.lower())}
        wide = secret.encode("utf-16-le", "surrogatepass")  # what .NET calls Unicode
        made.add(Form(wide.hex(), inside=True))
        made |= {Form(core, inside=True) for offset in range(3) for core in _cores(wide, offset)}
    for text in encoded:
        data = text.encode("utf-8", "surrogatepass")
        made.add(Form(data.hex(), inside=True))
        made |= {Form(core, inside=True) for offset in range(3) for core in _cores(data, offset) if len(core) > 6}
    if any_case:
        made.add(Form("-".join(f"{byte:02x}" for byte in secret.encode("utf-8", "surrogatepass"))))
    return made


def _form(text: str, exact: str | None = None) -> Form:
    return Form(small(text), exact)


def small(text: str) -> str:
    """The text with A to Z in small letters, and just as long."""
    return text.lower() if text.isascii() else "".join(char.lower() if char.isascii() else char for char in text)


def _escaped(text: str, jsons: set[str]) -> set[str]:
    data = text.encode("utf-8", "surrogatepass")
    found = {quote(data, safe=safe) for safe in _SAFE} | {
        quote_plus(data),
        quote_plus(data, safe="!*()"),
        quote(quote(data, safe=""), safe=""),
    }
    found |= jsons | {form.replace("\\", "\\\\").replace('"', '\\"') for form in jsons if "\\" in form or '"' in form}
    numbered: t.Callable[[str], str]
    for numbered in (lambda char: f"&#x{ord(char):x};", lambda char: f"&#{ord(char)};"):
        found.add(
            "".join(char if char.isascii() and (char.isalnum() or char in "_.-~") else numbered(char) for char in text)
        )
        found.add(
            "".join(
                _NAMED.get(char) or (char if char.isascii() and char not in "'+`" else numbered(char)) for char in text
            )
        )
    if _NAMED.keys() & set(text) or "'" in text or not text.isascii():
        plain = html.escape(text, quote=False)
        entities = {
            html.escape(text),
            plain,
            *(plain.replace('"', "&quot;").replace("'", single) for single in ("'", "&#39;", "&apos;")),
        }
        found |= entities
        if not text.isascii():
            found |= {"".join(char if char.isascii() else f"&#{ord(char)};" for char in form) for form in entities}
            found |= {"".join(char if char.isascii() else f"&#x{ord(char):x};" for char in form) for form in entities}
    return found


def _net(text: str, escaped: frozenset[str]) -> str:
    r"""As .NET escapes JSON: ``\uXXXX`` for what is outside of ASCII and for what means something in HTML."""
    made = []
    for char in text:
        if char == "\\":
            made.append("\\\\")
        elif char in escaped or not 32 <= ord(char) < 127:
            units = char.encode("utf-16-be", "surrogatepass")
            made += [f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2)]
        else:
            made.append(char)
    return "".join(made)


def _cores(data: bytes, offset: int) -> t.Iterator[str]:
    """The characters of base64 that depend on these bytes alone, when so many others (modulo 3) are in front of them,
    in small letters."""
    first, last = (0, 2, 3)[offset], 8 * (offset + len(data)) // 6
    text = base64.b64encode(bytes(offset) + data).decode("ascii")[first:last].lower()
    yield text
    if "+" in text or "/" in text:
        yield text.replace("+", "-").replace("/", "_")
        yield text.replace("+", "%2b").replace("/", "%2f")


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole of an encoded text in which something was found."""
    before = t.cast("re.Match[str]", _BEFORE.search(text, 0, start))
    after = t.cast("re.Match[str]", _RUN.match(text, end))
    return before.start(), after.end()
