"""JSON as a tolerant service reads it."""

from __future__ import annotations

import json
import re
from typing import Any

_STRING_OR_NAME = re.compile(r'"(?:\\.|[^"\\])*"|([{,]\s*)([A-Za-z_$][\w$]*)(?=\s*:)')


def decode_json(raw: bytes, *, unquoted_names: bool = False) -> Any:
    """A JSON value, or ValueError. A byte order mark is skipped, NaN and Infinity are no JSON.

    unquoted_names: the docs pages for create and reset show `password: "..."`; a tolerant reader takes it.
    """
    text = raw.decode("utf-8-sig")
    if unquoted_names:
        text = _STRING_OR_NAME.sub(lambda m: m.group(0) if m.group(2) is None else f'{m.group(1)}"{m.group(2)}"', text)

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def fold_names(value: Any) -> Any:
    """Member names in lower case at every depth: the service matches names without case. Of two equal names the last
    counts."""
    if isinstance(value, dict):
        return {name.lower(): fold_names(each) for name, each in value.items()}
    if isinstance(value, list):
        return [fold_names(each) for each in value]
    return value
