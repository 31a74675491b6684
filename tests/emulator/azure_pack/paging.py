"""`skip`, `take`, `sortProperty`, `sortDirection` and `filter` of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from emulator.azure_pack import errors
from emulator.azure_pack.request import ApiRequest


def page(
    request: ApiRequest, documents: list[dict[str, Any]], default_sort: str, matches: Callable[[dict[str, Any], str], bool]
) -> dict[str, Any]:
    """The envelope of a list: `totalCount` before the filter, `filteredTotalCount` after it and before paging."""
    skip, take = _number(request, "skip") or 0, _number(request, "take")
    highest = request.switches.azure_pack_max_take
    if highest is not None:
        take = highest if take is None else min(take, highest)
    found: Iterable[dict[str, Any]] = documents
    text = request.query("filter")
    if text:
        found = [each for each in documents if matches(each, text)]
    found = _sorted(request, list(found), default_sort)
    return {"items": found[skip:] if take is None else found[skip : skip + take], "filteredTotalCount": len(found), "totalCount": len(documents)}


def _number(request: ApiRequest, name: str) -> int | None:
    value = request.query(name)
    if value is None or value == "":
        return None
    if not value.isascii() or not value.isdigit() or int(value) > 0x7FFFFFFF:
        raise errors.bad_list_parameter(name, request.switches)
    return int(value)


def _sorted(request: ApiRequest, found: list[dict[str, Any]], default_sort: str) -> list[dict[str, Any]]:
    wanted = request.query("sortProperty") or default_sort
    direction = (request.query("sortDirection") or "ascending").lower()
    if direction not in ("ascending", "descending"):
        raise errors.bad_list_parameter("sortDirection", request.switches)
    if found:
        name = next((each for each in found[0] if each.lower() == wanted.lower()), None)
        if name is None:
            raise errors.bad_list_parameter("sortProperty", request.switches)
        found.sort(key=lambda document: _key(document[name]), reverse=direction == "descending")
    return found


def _key(value: Any) -> Any:
    if value is None:
        return (0, 0, "")
    if isinstance(value, (int, IntEnum)):
        return (1, int(value), "")
    return (1, 0, str(value).lower())
