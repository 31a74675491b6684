"""The part of the control client that all services have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import requests


class ControlError(RuntimeError):
    """The emulator did not take the call; the message says why."""


class ControlClient:
    """The calls that are about no service; `call` makes any other."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # The port is on loopback: a proxy of the environment is never meant.
        self._session.trust_env = False

    def close(self) -> None:
        self._session.close()

    def health(self) -> dict[str, Any]:
        return self.call("GET", "/health")

    def reset(self, seed: Any = None) -> None:
        """seed: path, YAML text or document; None takes the seed that was used last."""
        self.call("POST", "/reset", {} if seed is None else {"seed": seed if isinstance(seed, dict) else str(seed)})

    def log(self, since: int = 0, server: str | Sequence[str] = (), **equal: Any) -> list[dict[str, Any]]:
        """Entries after `since`, of one server or of several; keywords select, such as `log(server="api",
        method="POST")`."""
        servers = [server] if isinstance(server, str) else server
        query = urlencode([("since", since), *(("server", each) for each in servers)])
        entries = self.call("GET", f"/log?{query}")["entries"]
        return [entry for entry in entries if all(entry.get(name) == value for name, value in equal.items())]

    def clear_log(self) -> None:
        self.call("DELETE", "/log")

    def clock(self) -> dict[str, Any]:
        """`{"now": "2026-...Z", "offset_seconds": float}`."""
        return self.call("GET", "/clock")

    def advance(self, seconds: float) -> dict[str, Any]:
        return self.call("POST", "/clock", {"advance": seconds})

    def set_clock(self, moment: str) -> dict[str, Any]:
        return self.call("POST", "/clock", {"set": moment})

    def switches(self) -> dict[str, Any]:
        return self.call("GET", "/switches")

    def set(self, **switches: Any) -> dict[str, Any]:
        return self.call("POST", "/switches", switches)

    def faults(self) -> list[dict[str, Any]]:
        """The rules, each with `fired`: how often it acted."""
        return self.call("GET", "/faults")["rules"]

    def fault(self, kind: str, match: dict[str, Any] | None = None, **options: Any) -> None:
        """`fault("status", {"method": "POST"}, status=503, times=2)`: one rule, as described in README.md."""
        rule_keys = ("times", "after", "probability", "seed")
        rule = {name: options.pop(name) for name in rule_keys if name in options}
        self.add_faults({"match": match or {}, "do": {"kind": kind, **options}, **rule})

    def add_faults(self, rules: Any) -> None:
        self.call("POST", "/faults", rules)

    def replay(self, path: Any) -> None:
        """The services answer out of this recording, until a reset."""
        self.call("POST", "/replay", {"file": str(path)})

    def clear_faults(self) -> None:
        self.call("DELETE", "/faults")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of `path` below the control port, or ControlError."""
        answer = self._session.request(method, self._url + path, json=body, timeout=self._timeout)
        if answer.status_code != 200:
            raise ControlError(f"{method} {path}: {answer.status_code} {answer.text[:2000]}")
        return answer.json()
