"""GUIDs as they come in paths and documents."""

from __future__ import annotations

import re
from typing import Any

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def guid_or_none(text: Any) -> str | None:
    """The GUID in lower case, or None if the text is none. White space around it is tolerated (an address in the docs
    page remove-a-customer-user-from-a-role has it)."""
    if not isinstance(text, str):
        return None
    candidate = text.strip().lower()
    return candidate if _GUID.fullmatch(candidate) else None
