"""The YAML (or JSON) document that says what the emulator knows at the start; each service reads its own sections of
it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from emulator.kernel.service import Service

DEFAULT_SEED = Path(__file__).parent.parent / "seeds" / "demo.yml"
_OWN_SECTIONS = ("switches",)


class SeedError(ValueError):
    """The document is not a seed; the message says where."""


def read_seed(source: Any, services: Sequence[Service]) -> dict[str, Any]:
    """source: a path, the text of a document, or a document already parsed; None is the default one. Strict: a misspelt
    key is an error."""
    if source is None:
        source = DEFAULT_SEED
    if isinstance(source, dict):
        document = source
    else:
        text = str(source) if isinstance(source, str) and "\n" in source else Path(source).read_text(encoding="utf-8")
        document = _parse(text)
    known = {*_OWN_SECTIONS, *(name for service in services for name in service.sections)}
    if not isinstance(document, dict):
        raise SeedError(f"a seed is a mapping with the keys {', '.join(sorted(known))}")
    unknown = set(document) - known
    if unknown:
        raise SeedError(f"unknown keys in the seed: {sorted(unknown)}")
    for service in services:
        service.check_seed(document)
    return document


@lru_cache(maxsize=8)
def _parse(text: str) -> Any:
    # Tests reset the emulator to one seed hundreds of times; nothing changes a parsed document.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
