"""Routes: which handler, which tokens, which clouds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.partner_center import errors

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest
    from emulator.partner_center.wire import Reply

NOWHERE: frozenset[str] = frozenset()
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """pattern: `customers/{customer_id}/users`; a parameter named customer_id makes the app find the customer first."""

    method: str
    pattern: str
    handler: Callable[[ApiRequest], Reply]
    app_only: bool = False
    """An application's own token suffices (prerequisites section of the operation's docs page)."""
    app_only_switch: str | None = None
    """Name of the switch that says so, where the sources disagree."""
    missing_in: frozenset[str] = NOWHERE
    """National clouds that lack the operation (developing-for-partner-center-for-microsoft-national-cloud)."""
    needs: frozenset[str] = NOTHING
    """Ids of directory roles of which the partner needs one in the customer's tenant."""


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            segments = route.pattern.split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]]:
        """The route and its parameters; 404 for an unknown path, 405 for another method."""
        other_methods = []
        for pattern, route in self._by_length.get(len(segments), ()):
            params = _match(pattern, segments)
            if params is None:
                continue
            if route.method == method:
                return route, params
            other_methods.append(route.method)
        if other_methods:
            raise errors.method_not_allowed(method, sorted(set(other_methods)))
        raise errors.not_found()


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for expected, found in zip(pattern, segments, strict=True):
        if expected[0] == "{":
            params[expected[1:-1]] = found
        elif expected != found.lower():
            return None
    return params
