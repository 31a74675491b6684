"""Tokens as a caller has them."""

from __future__ import annotations

import base64
import json
import typing as t


def jwt(**claims: t.Any) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, "signature"])
