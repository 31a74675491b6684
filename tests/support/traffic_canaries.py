"""Looks for what must not be in a recording: in whatever writing, and inside of whatever was encoded."""

from __future__ import annotations

import base64
import binascii
import json
import re
import typing as t
from urllib.parse import quote

_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_DEEPEST = 3


def written(secret: str) -> set[str]:
    """How a secret can be written, in lower case but for what is in base64."""
    raw = secret.encode()
    found = {secret.lower(), quote(secret, safe="").lower(), quote(secret).lower(), json.dumps(secret)[1:-1].lower()}
    found |= {raw.hex(), raw[::-1].decode("utf-8", "replace").lower()}
    return {each for each in found if len(each) >= 5}


def in_base64(secret: str) -> set[str]:
    """The middle of a secret in base64, wherever it begins."""
    found = set()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        middle = text[-(-shift * 4 // 3) + 1 : -2]
        found |= {middle, middle.replace("+", "-").replace("/", "_")}
    return {each for each in found if len(each) >= 8}


def decoded(text: str, depth: int = 0) -> t.Iterator[str]:
    """What is inside of a text, in base64 at any place: payloads of tokens, bodies of messages."""
    if depth >= _DEEPEST:
        return
    for run in set(_ENCODED.findall(text)):
        for shift in range(4):
            part = run[shift:].replace("-", "+").replace("_", "/")
            try:
                inner = base64.b64decode(part + "=" * (-len(part) % 4)).decode("utf-8")
            except (binascii.Error, ValueError):
                continue
            if inner.isprintable() and len(inner) > 6:
                yield inner
                yield from decoded(inner, depth + 1)


def betrayed(text: str, secrets: t.Iterable[str]) -> list[str]:
    """Which of these can be found in a text."""
    inside = [text.lower(), *(each.lower() for each in decoded(text))]
    return sorted(
        secret
        for secret in secrets
        if any(form in each for form in written(secret) for each in inside)
        or any(form in text for form in in_base64(secret))
    )
