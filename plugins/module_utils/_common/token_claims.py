# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads what an access token says about itself, for early and friendly errors only; it is not verified here."""

from __future__ import annotations

import base64
import json
import math
import time
import typing as t

from .foreign import clean


def read_claims(token: str) -> dict[str, t.Any]:
    """The claims of a JWT without verifying it; empty when it is not a readable JWT."""
    try:
        part = token.split(".")[1]
        data = clean(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
    except (IndexError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def second(claim: t.Any) -> int | None:
    """A moment of a claim in whole epoch seconds; None for what is no number, or one without end."""
    return int(claim) if isinstance(claim, int) or (isinstance(claim, float) and math.isfinite(claim)) else None


def utc(seconds: float) -> str:
    """A moment of a claim, in epoch seconds, as ISO 8601 in UTC; a claim can hold any number, also one that is no
    date."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"an invalid time ({seconds})"
