"""`skip`, `take`, `sortProperty`, `sortDirection` and `filter` of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from emulator.azure_pack import errors
from emulator.azure_pack.request import ApiRequest

Record = TypeVar("Record")


@dataclass(frozen=True)
class Listing(Generic[Record]):
    """members: the members that a list can be sorted by, each with its value. matches: whether a filter's text finds a
    record."""

    records: list[Record]
    members: Mapping[str, Callable[[Record], Any]]
    default_sort: str
    matches: Callable[[Record, str], bool]
    document: Callable[[Record], dict[str, Any]]


def page(request: ApiRequest, listing: Listing[Record]) -> dict[str, Any]:
    """The envelope of a list: `totalCount` before the filter, `filteredTotalCount` after it and before paging."""
    skip, take = _number(request, "skip") or 0, _number(request, "take")
    highest = request.switches.azure_pack_max_take
    if highest is not None:
        take = highest if take is None else min(take, highest)
    text = request.query("filter")
    found = [each for each in listing.records if listing.matches(each, text)] if text else list(listing.records)
    _sort(request, found, listing)
    shown = found[skip:] if take is None else found[skip : skip + take]
    return {
        "items": [listing.document(each) for each in shown],
        "filteredTotalCount": len(found),
        "totalCount": len(listing.records),
    }


def _number(request: ApiRequest, name: str) -> int | None:
    value = request.query(name)
    if value is None or value == "":
        return None
    if not value.isascii() or not value.isdigit() or int(value) > 0x7FFFFFFF:
        raise errors.bad_list_parameter(name, request.switches)
    return int(value)


def _sort(request: ApiRequest, found: list[Record], listing: Listing[Record]) -> None:
    wanted = request.query("sortProperty") or listing.default_sort
    direction = (request.query("sortDirection") or "ascending").lower()
    if direction not in ("ascending", "descending"):
        raise errors.bad_list_parameter("sortDirection", request.switches)
    value = next((value for name, value in listing.members.items() if name.lower() == wanted.lower()), None)
    if value is None:
        raise errors.bad_list_parameter("sortProperty", request.switches)
    found.sort(key=lambda record: _key(value(record)), reverse=direction == "descending")


def _key(value: Any) -> Any:
    """Nothing comes first, then numbers by size and texts without case."""
    if value is None:
        return (0, 0, "")
    return (1, value, "") if isinstance(value, (int, float)) else (1, 0, value.lower())
