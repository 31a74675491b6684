"""Routes: which of them a method and a path mean. What a route carries besides is its service's business."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar


class HasPattern(Protocol):
    @property
    def method(self) -> str:
        """In capitals."""

    @property
    def pattern(self) -> str:
        """`customers/{customer_id}/users`; literal segments are in lower case and compare without case."""


RouteT = TypeVar("RouteT", bound=HasPattern)


class NoRoute(LookupError):
    """allowed: the methods that the path has; empty when the path is not known."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.allowed = sorted(set(allowed))
        super().__init__(", ".join(self.allowed))


class Router(Generic[RouteT]):
    def __init__(self, routes: Iterable[RouteT]) -> None:
        self._by_length: dict[int, list[tuple[list[str], RouteT]]] = {}
        for route in routes:
            segments = route.pattern.split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(
        self, method: str, segments: list[str], is_here: Callable[[RouteT], bool] = lambda _route: True
    ) -> tuple[RouteT, dict[str, str]]:
        """The route and its parameters, or NoRoute. HEAD is not answered as GET.

        is_here: a path whose operation of this method is elsewhere is not known here, although other methods of it may
        be.
        """
        allowed = []
        is_elsewhere = False
        for pattern, route in self._by_length.get(len(segments), ()):
            params = _match(pattern, segments)
            if params is None:
                continue
            if not is_here(route):
                is_elsewhere = is_elsewhere or route.method == method
            elif route.method == method:
                return route, params
            else:
                allowed.append(route.method)
        raise NoRoute(() if is_elsewhere else allowed)


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for expected, found in zip(pattern, segments, strict=True):
        if expected[0] == "{":
            params[expected[1:-1]] = found
        elif expected != found.lower():
            return None
    return params
