"""Routes: which handler, on which of the two servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.azure_pack import errors
from emulator.azure_pack.request import SERVERS

if TYPE_CHECKING:
    from emulator.azure_pack.request import ApiRequest
    from emulator.azure_pack.wire import Reply


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    """`users/{name}`; literal segments compare without case."""
    handler: Callable[[ApiRequest], Reply]
    servers: tuple[str, ...] = SERVERS


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route.pattern.split("/"), route) for route in routes]

    def find(self, server: str, method: str, segments: list[str]) -> tuple[Route, dict[str, str]]:
        """The route and its parameters. 404 for what the server does not have, 405 for another method.

        HEAD is not answered as GET: Web API has it only where an operation declares it.
        """
        allowed = set()
        elsewhere = False
        for pattern, route in self._routes:
            params = _match(pattern, segments)
            if params is None:
                continue
            if server not in route.servers:
                elsewhere = elsewhere or route.method == method
                continue
            if route.method == method:
                return route, params
            allowed.add(route.method)
        # An operation that only the other server has is not found here, although its path is known.
        if allowed and not elsewhere:
            raise errors.method_not_allowed(method, sorted(allowed))
        raise errors.no_such_path()


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params = {}
    for expected, found in zip(pattern, segments, strict=True):
        if expected[0] == "{":
            params[expected[1:-1]] = found
        elif expected != found.lower():
            return None
    return params
