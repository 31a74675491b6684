# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report about licenses as JSON: for programs, and to be kept. docs/license-report.md describes it; an incompatible
change raises SCHEMA_VERSION."""

from __future__ import annotations

import json
import typing as t

from ..report.as_json import without_templates
from .words import Result, products

SCHEMA_VERSION = 1
KIND = "licenses"


def render(result: Result, title: str) -> str:
    """The document. Only ASCII is written, so invisible characters show as their escapes."""
    document: dict[str, t.Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "title": title,
        "summary": result["summary"],
        "products": products(result),
        "findings": result["findings"],
        "customers": result["customers"],
    }
    return without_templates(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=1)) + "\n"
